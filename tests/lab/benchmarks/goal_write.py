"""Goal 3: 2,180 files are written, on two cores and on one."""

from __future__ import annotations

from clock import Command, Samples, in_turn, one_core, run
from corpus import git
from lab import Lab
from migrations import DENSE, DENSE_TO
from results import Row, Section, compared, raw


def measure(lab: Lab) -> Section:
    """Run unfork and ast-grep in turn; the tree is restored before each run, outside of its time."""
    try:
        changed = {command.name: _changed(lab, command) for command in _commands(lab, 2)}
        two = _measured(lab, 2)
        with one_core() as is_pinned:
            one = _measured(lab, 1)
    finally:
        lab.restore()
    files = ", ".join(f"{name} {count:,}" for name, count in changed.items())
    return Section(
        "write",
        (_row("`apply`, 2 processes", two, 2, 1.0), _row("`apply`, one core", one, 1, 1.2)),
        (
            f"Files changed: {files}. unfork also follows relative imports, "
            f"`from homeassistant.helpers import {DENSE.rpartition('.')[2]}`, and uses through it.",
            "One core: both are held on one core by the system."
            if is_pinned
            else "One core: -j 1 and --threads 1; this system cannot hold programs on one core.",
        ),
        samples=raw(two, one),
    )


def _commands(lab: Lab, cores: int) -> list[Command]:
    args = ("-m", lab.migration("dense"), "-j", str(cores))
    ours = lab.unfork("unfork", "apply", *args)
    return [ours, lab.ast_grep(DENSE, DENSE_TO, "--update-all", "--threads", str(cores))]


def _measured(lab: Lab, cores: int) -> Samples:
    samples = in_turn(_commands(lab, cores), lab.rounds, lab.restore)
    return {f"{name}, {cores}": runs for name, runs in samples.items()}


def _row(what: str, samples: Samples, cores: int, limit: float) -> Row:
    ours, theirs = (f"{name}, {cores}" for name in ("unfork", "ast-grep"))
    what = f"{what}, 2,180 files to change"
    return compared(samples, "3", what, ours, theirs, limit, "ast-grep")


def _changed(lab: Lab, command: Command) -> int:
    lab.restore()
    run(command)
    return git(lab.tree, "diff", "--name-only", "-z").count("\0")
