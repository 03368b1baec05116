"""Goal 6: time by the number of files, and by the number of redirects."""

from __future__ import annotations

from pathlib import Path

from clock import Command, Samples, in_turn, peak, seconds
from corpus import sized
from goal_memory import LIMIT
from lab import Lab
from migrations import MANY
from results import Row, Section, compared, raw

SIZES = (1_000, 10_000, 50_000)
_TELLING = 1.1  # "constant", less what a clock cannot tell


def measure_files(lab: Lab) -> Section:
    """Run dry runs in trees of different sizes: the time of each file more, from size to size."""
    trees = [sized(lab.cache, lab.tree, size) for size in SIZES]
    rounds = max(1, lab.rounds // 2)
    nothing = in_turn([_diff(lab, "nothing", tree) for tree in trees], rounds)
    dense = in_turn([_diff(lab, "dense", tree) for tree in trees], 1, warm=True)
    rows = [
        *_rows("`diff`, nothing to change", "nothing", nothing),
        *_rows("`diff`, a third of the files to change", "dense", dense),
    ]
    return Section(
        "files",
        tuple(rows),
        (
            "Each file more: the start of the program is not in it. Trees are copies of one mixture.",
        ),
        samples=raw(nothing, dense),
    )


def _diff(lab: Lab, name: str, tree: Path) -> Command:
    args = ("-m", lab.migration(name), "-j", "2")
    return lab.unfork(f"{name}, {tree.name}", "diff", *args, tree=tree)


def _rows(what: str, name: str, samples: Samples) -> list[Row]:
    small, middle, large = (seconds(samples, f"{name}, files-{size}") for size in SIZES)
    first = 1000 * (middle - small) / (SIZES[1] - SIZES[0])
    then = 1000 * (large - middle) / (SIZES[2] - SIZES[1])
    whole = 1000 * large / SIZES[2], 1000 * small / SIZES[0]
    most = peak(samples, f"{name}, files-{SIZES[2]}")
    more = f"{what}: each file more, 10,000 to 50,000"
    return [
        Row("6", more, then, "1,000 to 10,000", first, _TELLING, "ms"),
        Row("6", f"{what}: time by files, 50,000", whole[0], "1,000", whole[1], _TELLING, "ms"),
        Row("5", f"{what}, in 50,000 files: largest process", most, "the limit", LIMIT, 1.0, "MiB"),
    ]


def measure_redirects(lab: Lab) -> Section:
    """Run dry runs with 500 redirects, one of which does what one redirect alone does."""
    names = ("nothing", "many-nothing", "dense", "many-dense")
    commands = [lab.unfork(name, "diff", "-m", lab.migration(name), "-j", "2") for name in names]
    samples = in_turn(commands, lab.rounds)

    def row(what: str, name: str) -> Row:
        what = f"{what}: {MANY} redirects"
        return compared(samples, "6", what, f"many-{name}", name, 1.5, "one redirect")

    return Section(
        "redirects",
        (
            row("`diff`, nothing to change", "nothing"),
            row("`diff`, 2,180 files to change", "dense"),
        ),
        ("The other 499 legacy modules are named nowhere; their names begin with 14 letters.",),
        samples=raw(samples),
    )
