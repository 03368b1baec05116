"""Twins that drifted apart (UF104): what differs between modules that a migration keeps alike.

Definitions are compared by name, without comments, docstrings and blank lines. A difference has a mark, which
depends only on the lines that the two sides do not share; a baseline keeps it:

    the same change to both      the difference stays the same, and so does its mark
    a change to one of them      another mark: another finding, which no baseline lists yet
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from unfork.planning.run import Run
from unfork.reading.ignores import without_ignored
from unfork.reading.source import Source, Unparsable
from unfork.values import Finding, digest
from unfork_codemods.migration import Migration

_BODY = "the module's own code"
_MARK_LENGTH = 8
_LINE_END = re.compile(r"\r\n|\r|\n")
_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


class Part(NamedTuple):
    """A part of a module that is compared by itself: its first ``line``, and its ``lines`` of code."""

    line: int
    lines: tuple[str, ...]


def drifted_twins(run: Run, migration: Migration) -> Iterator[Finding]:
    """Yield the differences of twins of which a selected file is one, at the module that is not the first.

    A module that cannot be parsed is UF007: it cannot be compared.
    """
    for twin in migration.twins:
        paths = [run.engine.index.file(run.engine.index.named(name).key) for name in twin.modules]
        first, *others = dict.fromkeys(paths)
        for path in others:
            if run.covers(first) or run.covers(path):
                yield from _compare_files(run, first, path)


def _compare_files(run: Run, first: str, path: str) -> Iterator[Finding]:
    if run.read(first) == run.read(path):
        return
    sources = []
    for name in (first, path):
        try:
            source = Source.read(name, run.read(name))
            sources.append((source, module_parts(source)))
        except Unparsable as error:
            why = f"cannot be parsed: {error.why}"
            yield Finding(name, error.line, error.col, "UF007", why)
    if len(sources) == 2:
        (_, canonical), (source, copy) = sources
        yield from without_ignored(source, _differences(first, canonical, path, copy))


def _differences(
    first: str, canonical: Mapping[str, Part], path: str, copy: Mapping[str, Part]
) -> Iterator[Finding]:
    for name in dict.fromkeys((*canonical, *copy)):
        one, other = canonical.get(name), copy.get(name)
        line, subject = other.line if other is not None else 1, name
        if one is None:
            what = f"{name} is not in {first}: {_ADVICE}"
        elif other is None:
            what = f"{name} is only in {first}:{one.line}:1: {_ADVICE}"
        elif one.lines != other.lines:
            mark = difference_mark(one.lines, other.lines)
            what = f"{name} differs from {first}:{one.line}:1: {_ADVICE} (difference {mark})"
            subject = f"{name} ({mark})"
        else:
            continue
        yield Finding(path, line, 1, "UF104", what, module=first, name=subject)


_ADVICE = "make both alike, or record the difference with --baseline FILE --write-baseline"


def difference_mark(one: Iterable[str], other: Iterable[str]) -> str:
    """Return a short mark of the lines that two sides do not share, and of the order of those that they share.

    A line that both sides gain or lose does not change it, unless it lies between shared lines in another order.
    """
    sides = list(one), list(other)
    shared = Counter(sides[0]) & Counter(sides[1])
    (common, own), (its_common, its_own) = (_split_lines(side, shared) for side in sides)
    start = _shared_start(common, its_common)
    end = len(common) - _shared_start(common[:start:-1], its_common[:start:-1])
    order = [*common[start:end], "", *its_common[start:end]]
    text = "\n".join([*own, "", *its_own, "", *order])
    return digest(text.encode("utf-8", "surrogateescape"))[:_MARK_LENGTH]


def _shared_start(one: Sequence[str], other: Sequence[str]) -> int:
    """Return how many lines the two begin with alike."""
    pairs = enumerate(zip(one, other))
    return next((at for at, (line, its_line) in pairs if line != its_line), len(one))


def _split_lines(side: Iterable[str], shared: Counter[str]) -> tuple[list[str], list[str]]:
    """Return the lines of a side that the other has as well, and the rest."""
    left = Counter(shared)
    common: list[str] = []
    own: list[str] = []
    for line in side:
        (common if left[line] > 0 else own).append(line)
        left[line] -= 1
    return common, own


def module_parts(source: Source) -> dict[str, Part]:
    """Return the parts of a module by name: functions, methods, classes without their methods, and the rest.

    Parts of one name (overloads, the branches of a condition) are one. Raises Unparsable.
    """
    code = _code_lines(source)
    parts: dict[str, Part] = {}
    own = set(code)
    for name, node in _named_definitions(source.tree.body, ""):
        span = range(_first_line(node), (node.end_lineno or node.lineno) + 1)
        methods = _lines_of_methods(node)
        own.difference_update(span)
        lines = tuple(code[number] for number in span if number in code and number not in methods)
        before = parts.get(name, Part(_first_line(node), ()))
        parts[name] = Part(before.line, (*before.lines, *lines))
    if own:
        parts[_BODY] = Part(min(own), tuple(code[number] for number in sorted(own)))
    return parts


def _named_definitions(body: Iterable[ast.stmt], prefix: str) -> Iterator[tuple[str, _Definition]]:
    """Yield the definitions of a module, and the methods of its classes, each with its qualified name."""
    for node in body:
        if isinstance(node, _Definition):
            name = f"{prefix}{node.name}"
            yield name, node
            if isinstance(node, ast.ClassDef):
                yield from _named_definitions(node.body, f"{name}.")


def _lines_of_methods(node: _Definition) -> set[int]:
    """Return the lines of the definitions inside a class, which are parts of their own."""
    inside = node.body if isinstance(node, ast.ClassDef) else []
    return {
        number
        for child in inside
        if isinstance(child, _Definition)
        for number in range(_first_line(child), (child.end_lineno or child.lineno) + 1)
    }


def _first_line(node: _Definition) -> int:
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])


def _code_lines(source: Source) -> dict[int, str]:
    """Return the lines of a text that hold code, by number: no docstrings, blank lines or lines with only a comment.

    Inside other strings every line counts.
    """
    skipped: set[int] = set()
    verbatim: set[int] = set()
    for node in source.nodes:
        if isinstance(node, ast.Module | _Definition) and (string := _docstring(node)) is not None:
            skipped.update(_line_numbers(string))
        elif isinstance(node, ast.Constant | ast.JoinedStr):
            verbatim.update(_line_numbers(node)[1:])
    lines = _LINE_END.split(source.data.decode("utf-8", "surrogateescape"))
    return {
        number: line if number in verbatim else line.rstrip()
        for number, line in enumerate(lines, 1)
        if number not in skipped and (number in verbatim or _holds_code(line))
    }


def _line_numbers(node: ast.stmt | ast.expr) -> range:
    return range(node.lineno, (node.end_lineno or node.lineno) + 1)


def _holds_code(line: str) -> bool:
    text = line.strip()
    return bool(text) and not text.startswith("#")


def _docstring(node: ast.Module | _Definition) -> ast.stmt | None:
    """Return the statement that is the docstring, if it has lines of its own."""
    first = node.body[0] if node.body else None
    is_string = (
        isinstance(first, ast.Expr)
        and isinstance(first.value, ast.Constant)
        and isinstance(first.value.value, str)
    )
    is_alone = isinstance(node, ast.Module) or (first is not None and first.lineno > node.lineno)
    return first if is_string and is_alone else None
