"""Goals 1 and 2: a dry run with nothing to change, and with three files to change."""

from __future__ import annotations

from functools import partial

from clock import in_turn
from lab import Lab
from migrations import SPARSE, SPARSE_TO
from results import Section, compared, raw


def measure(lab: Lab) -> Section:
    """Run unfork, ruff, ast-grep and git grep in turn."""
    ours = [
        lab.unfork(name, "diff", "-m", lab.migration(name))
        for name in ("nothing", "common", "sparse")
    ]
    theirs = [lab.ruff(SPARSE), lab.ast_grep(SPARSE, SPARSE_TO), lab.git_grep(SPARSE)]
    samples = in_turn([*ours, *theirs], lab.rounds)

    row = partial(compared, samples)
    none, three = "`diff`, nothing to change", "`diff`, 3 files to change"
    return Section(
        "find",
        (
            row("1", none, "nothing", "ruff", 0.7),
            row("", f"{none}, but the word is in many files", "common", "ruff"),
            row("2", three, "sparse", "ruff", 1.3),
            row("2", three, "sparse", "ast-grep", 0.35),
            row("", three, "sparse", "git grep"),
        ),
        (
            "ruff: `check --isolated --no-cache --select TID251` with one banned module; only finds.",
            "ast-grep: `run --pattern 'from … import $$$NAMES' --rewrite …`; no scopes.",
        ),
        samples=raw(samples),
    )
