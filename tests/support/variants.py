"""Variants of the cases: the same program under a migration, or with texts, that differ in one respect.

What comes of a variant is not written down anywhere. It is asked that a module which worked before works after, and
that a second run changes nothing.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from cases import Case, all_cases, carried_out, plan_of, write
from oracle import newly_broken

from unfork.errors import UnforkError

_SOURCE = re.compile(r'^from = ["\'](.*?)["\']', re.MULTILINE)
_FUTURE = b"from __future__ import annotations\n"
_NOT_ABOVE = (b'"', b"'", b"#", b"%", b"!")
"""How a text begins above which no import can stand: a docstring, a comment on its encoding, a magic."""
_BATCH = 60


class Outcome(NamedTuple):
    """A variant of a case, the errors of modules that worked before, and the files that a second run changes."""

    variant: Case
    broken: dict[str, str]
    unstable: tuple[str, ...]


def runnable_cases() -> list[Case]:
    """Return the cases that have something to run here."""
    idle = {"oracle", "xfail"}
    return [case for case in all_cases() if case.runs_here and not case.options.keys() & idle]


def _with_steps(case: Case, table: str) -> Iterator[Case]:
    """Yield the case with a step for each legacy module, if none is about these yet."""
    if "[[deprecate]]" in case.migration or "[[remove]]" in case.migration:
        return
    sources = dict.fromkeys(_SOURCE.findall(case.migration))
    steps = "".join(f"\n[[{table.format(source)}" for source in sources)
    if steps:
        yield replace(case, migration=f"{case.migration.rstrip()}\n{steps}")


def _as_shims(case: Case) -> Iterator[Case]:
    return _with_steps(case, 'deprecate]]\nmodule = "{}"\nshim = true\n')


def _removed(case: Case) -> Iterator[Case]:
    return _with_steps(case, 'remove]]\nmodule = "{}"\n')


def _with_future(case: Case) -> Iterator[Case]:
    files = {**case.base, **case.own}
    own = {
        path: _FUTURE + data if data and path.endswith(".py") and _may_begin(data) else data
        for path, data in files.items()
    }
    yield replace(case, base={}, own=own)


def _may_begin(data: bytes) -> bool:
    return b"__future__" not in data and not data.lstrip().startswith(_NOT_ABOVE)


def _with_a_file_excluded(case: Case) -> Iterator[Case]:
    if "exclude" in case.migration:
        return
    for path in sorted(case.before):
        if path.endswith(".py") and not path.endswith("__init__.py"):
            head = "" if "[migration]" in case.migration else '[migration]\nname = "m"\n'
            text = head + case.migration
            line = f'[migration]\nexclude = ["{path}"]\n'
            yield replace(case, migration=text.replace("[migration]\n", line, 1))


def _beside_what_cannot_be_parsed(case: Case) -> Iterator[Case]:
    """Yield the case with an unfinished copy of each file beside it, which must not stop a run."""
    copies = {
        path.removesuffix(".py") + "_unfinished.py": data + b"\nclass Unfinished:\n"
        for path, data in case.before.items()
        if path.endswith(".py") and data and not path.endswith("__init__.py")
    }
    yield replace(case, base={}, own={**case.before, **copies})


VARIANTS: dict[str, Callable[[Case], Iterator[Case]]] = {
    "shim": _as_shims,
    "remove": _removed,
    "future": _with_future,
    "exclude": _with_a_file_excluded,
    "unparsable": _beside_what_cannot_be_parsed,
}


def outcomes(variants: Iterable[Case]) -> Iterator[Outcome]:
    """Carry out variants, run them before and after, and yield those of which something changes."""
    waiting: list[tuple[Case, tuple[str, ...]]] = []
    for variant in variants:
        with tempfile.TemporaryDirectory() as folder:
            root = write(variant.before, Path(folder))
            try:
                done = carried_out(plan_of(variant, root), root)
                again = (
                    tuple(change.path for change in plan_of(variant, root).changes) if done else ()
                )
            except UnforkError:  # the variant is no valid migration
                continue
        if done:
            waiting.append((replace(variant, after=done), again))
        if len(waiting) == _BATCH:
            yield from _run(waiting)
            waiting.clear()
    yield from _run(waiting)


def _run(waiting: list[tuple[Case, tuple[str, ...]]]) -> Iterator[Outcome]:
    with tempfile.TemporaryDirectory() as folder:
        broken = newly_broken([case for case, _ in waiting], Path(folder))
    for (case, again), errors in zip(waiting, broken, strict=True):
        yield Outcome(case, errors, again)
