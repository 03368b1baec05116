"""Goal 7: a second run after a small change, and what a cache could save of it at best."""

from __future__ import annotations

from clock import Command, in_turn, seconds
from lab import Lab
from migrations import DENSE
from results import Row, Section, raw

_TOUCHED = f"{DENSE.replace('.', '/')}.py"
_KEYS = "git ls-files --stage -z && git diff-files --name-only -z"

_NOTES = (
    "unfork keeps no cache: a second run costs what the first did.",
    "Keys and start: git's blob of each file, `git diff-files`, and `unfork list`. "
    "No run with a cache by content could take less.",
)


def measure(lab: Lab) -> Section:
    """Change a file before each run, and time the run beside the finding of the keys of a cache.

    A cache by content needs a key of each file. The cheapest is what git's index knows of it: its
    blob, and whether the file still is that. A run with a cache takes that, the start of the
    program, and the reading of the cache.
    """
    changes = 0

    def change() -> None:
        nonlocal changes
        changes += 1
        with (lab.tree / _TOUCHED).open("a", encoding="utf-8") as file:
            file.write(f"# {changes}\n")

    commands = [
        lab.unfork(name, "diff", "-m", lab.migration(name))
        for name in ("nothing", "sparse", "dense")
    ]
    keys = Command("keys", ["sh", "-c", _KEYS], lab.tree)
    start = lab.unfork("start", "list")
    try:
        again = in_turn([*commands, keys, start], lab.rounds, change)
    finally:
        lab.restore()
    best = seconds(again, "keys") + seconds(again, "start")
    what = {"nothing": "nothing", "sparse": "3 files", "dense": "2,180 files"}
    rows = [
        Row("7", f"`diff`, {text} to change, again", seconds(again, name), "keys and start", best)
        for name, text in what.items()
    ]
    return Section("again", tuple(rows), _NOTES, samples=raw(again))
