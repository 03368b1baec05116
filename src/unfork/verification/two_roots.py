"""Files with two names, from a root and from another root below it: the interpreter makes two modules of each.

    roots ".", "src"        import app.old ──▶ src/app/old.py ◀── import src.app.old

A copy represents the file as reached from the outer root: it has its own path, and the same text.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from unfork.verification.facts import Rewrites, Violation
from unfork.verification.values import (
    Attribute,
    Definition,
    Instance,
    Legacy,
    Module,
    Namespace,
    Taken,
    Value,
)

COPY = "\x01"
"""Prefix of the paths of copies, and of no other path."""


def inner_roots(roots: Sequence[str]) -> frozenset[str]:
    """Return the roots that lie below another."""
    return frozenset(r for r in roots if r and any(_is_around(other, r) for other in roots))


def _is_around(root: str, inner: str) -> bool:
    return root != inner and (not root or inner.startswith(f"{root}/"))


def outer_names(roots: Sequence[str]) -> re.Pattern[bytes] | None:
    """Return a pattern for names that lead from a root through a root below it; None if no root lies in another."""
    names = {
        inner[len(outer) + 1 if outer else 0 :].replace("/", ".")
        for inner in inner_roots(roots)
        for outer in roots
        if _is_around(outer, inner)
    }
    if not names:
        return None
    spelled = b"|".join(re.escape(os.fsencode(name)) for name in sorted(names))
    return re.compile(
        rb"(?:\b(?:from|import|,)[ \t]+|[\"'])(?:" + spelled + rb")(?:\.|[ \t]+import)"
    )


def with_copies(paths: Iterable[str], roots: Sequence[str]) -> frozenset[str]:
    """Return paths, plus the copies of all files below an inner root."""
    every = frozenset(paths)
    folders = tuple(f"{root}/" for root in inner_roots(roots))
    return every | {COPY + path for path in every if path.startswith(folders)}


def file_of(path: str) -> str:
    """Return the file's path, given its own or its copy's."""
    return path.removeprefix(COPY)


def read_with_copies(read: Callable[[str], bytes]) -> Callable[[str], bytes]:
    """Return a ``read`` function that also reads copies."""
    return lambda path: read(file_of(path))


def rewrites_of_copies(rewrites: Rewrites, paths: frozenset[str]) -> Rewrites:
    """Return rewrites that also change and remove the copies among ``paths``."""
    edits = {COPY + path: edits for path, edits in rewrites.edits.items()}
    removed = {COPY + path for path in rewrites.removed}
    return Rewrites(
        {**rewrites.edits, **{path: changes for path, changes in edits.items() if path in paths}},
        rewrites.removed | (removed & paths),
    )


def violations_of_files(violations: Iterable[Violation]) -> Iterator[Violation]:
    """Yield violations with copies replaced by their files."""
    for violation in violations:
        blame = tuple(dict.fromkeys(map(file_of, violation.blame)))
        yield Violation(
            file_of(violation.path),
            violation.line,
            violation.col,
            violation.why.replace(COPY, ""),
            blame,
        )


def original_value(value: Value) -> Value:
    """Return a value with copies replaced by their files: both have the same text."""
    match value:
        case Module(path):
            return Module(file_of(path))
        case Namespace(folders):
            return Namespace(tuple(map(file_of, folders)))
        case Definition(path, scope, number):
            return Definition(file_of(path), scope, number)
        case Attribute(base, name):
            return Attribute(original_value(base), name)
        case Taken(module, name, imported):
            return Taken(original_value(module), name, imported)
        case Instance(of):
            return Instance(original_value(of))
        case Legacy(path, name, inner):
            return Legacy(file_of(path), name, original_value(inner))
        case _:
            return value
