"""What a clone detector finds in the labelled projects: pairs of files, for `score.py --clones`.

    clones.py CHECKOUTS JSCPD OUTPUT

JSCPD is the program (`npm install jscpd`). It runs with its own settings (50 tokens, 5 lines) on the Python files of
each checkout. A pair of files counts when their clones cover at least `--share` of the lines of one (0: any
clone). Tests are left out, as the labels do. OUTPUT becomes JSON: project -> pairs of paths.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

HERE = Path(__file__).parent
TESTS = re.compile(r"(^|/)(tests?|testing)/|(^|/)(test_[^/]*|[^/]*_tests?|conftest)\.py$")
Pair = tuple[str, str]


def run_detector(program: Path, root: Path, output: Path) -> list[dict[str, dict[str, object]]]:
    """Run jscpd; its list of clones."""
    limits = ["--max-lines", "100000", "--max-size", "10mb"]
    command = [
        str(program),
        str(root),
        "--format",
        "python",
        "--reporters",
        "json",
        "--output",
        str(output),
        *limits,
    ]
    subprocess.run(command, stdout=subprocess.DEVNULL, check=False)
    report = json.loads((output / "jscpd-report.json").read_text(encoding="utf-8"))
    clones: list[dict[str, dict[str, object]]] = report["duplicates"]
    return clones


def covered_lines(
    root: Path, clones: list[dict[str, dict[str, object]]]
) -> dict[Pair, tuple[set[int], set[int]]]:
    """For each pair of files, the lines of either that are in a clone with the other."""
    covered: dict[Pair, tuple[set[int], set[int]]] = defaultdict(lambda: (set(), set()))
    for clone in clones:
        sides = sorted(
            (clone["firstFile"], clone["secondFile"]), key=lambda side: str(side["name"])
        )
        one, other = (relative_path(root, str(side["name"])) for side in sides)
        if one == other or TESTS.search(one) or TESTS.search(other):
            continue
        for side, lines in zip(sides, covered[one, other], strict=True):
            lines.update(range(int(str(side["start"])), int(str(side["end"])) + 1))
    return covered


def relative_path(root: Path, name: str) -> str:
    """A path as jscpd writes it, relative to the root; jscpd writes it so itself, or relative to where it runs."""
    path = Path(name)
    if (root / path).exists():
        path = root / path
    full = path if path.is_absolute() else Path.cwd() / path
    return (
        full.resolve().relative_to(root.resolve()).as_posix() if full.exists() else path.as_posix()
    )


def duplicate_pairs(
    root: Path, clones: list[dict[str, dict[str, object]]], share: float
) -> list[Pair]:
    """The pairs whose clones cover enough of the smaller file."""
    pairs = []
    for (one, other), sides in covered_lines(root, clones).items():
        sizes = [len((root / path).read_bytes().splitlines()) or 1 for path in (one, other)]
        if max(len(lines) / size for lines, size in zip(sides, sizes, strict=True)) >= share:
            pairs.append((one, other))
    return sorted(pairs)


def main() -> int:
    """Parse the command line, run, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("checkouts", type=Path)
    parser.add_argument("jscpd", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--share", type=float, default=0.0)
    options = parser.parse_args()
    result: dict[str, list[Pair]] = {}
    for labels in sorted(HERE.glob("*.toml")):
        root = options.checkouts / labels.stem
        with tempfile.TemporaryDirectory() as folder:
            start = time.perf_counter()
            clones = run_detector(options.jscpd, root, Path(folder))
            seconds = time.perf_counter() - start
        result[labels.stem] = duplicate_pairs(root, clones, options.share)
        print(
            f"{labels.stem}: {len(clones)} clones, {len(result[labels.stem])} pairs, {seconds:.1f} s"
        )
    options.output.write_text(json.dumps(result, indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
