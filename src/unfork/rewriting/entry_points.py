"""Entry points that name a legacy module: rewritten where they stand, in pyproject.toml, setup.cfg and setup.py."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain

from unfork.reading.calls import callee_name
from unfork.reading.entry_points import EntryPoint, entry_points_in_lines, entry_points_of
from unfork.reading.ignores import is_ignored_on_line
from unfork.reading.index import Index
from unfork.reading.source import string_span
from unfork.rewriting.constraints import Name
from unfork.rewriting.file_context import FileContext
from unfork.rewriting.file_rewrite import FileRewrite
from unfork.rewriting.spelling import Style, spell_module
from unfork.values import Finding
from unfork_codemods.edits import Edit, sort_edits
from unfork_codemods.project import Destination, ImportCodemod, ImportedName, Key, Unresolved

STEP = "redirect"
"""The kind of step whose codemod moves entry points."""


@dataclass
class ManifestRewrite:
    """What a redirect does to the entry points of a file that is no Python file."""

    edits: list[Edit] = field(default_factory=list)
    fixed: list[Finding] = field(default_factory=list)
    left: list[Finding] = field(default_factory=list)


def rewrite_manifest(
    path: str, raw: bytes, index: Index, codemod: ImportCodemod, reports: bool
) -> ManifestRewrite:
    """Return what a redirect does to the entry points in the bytes of a file; ``reports``: they stay, and are left."""
    result = ManifestRewrite()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return result
    lines, start = text.split("\n"), len(raw) - len(text.encode())  # of the text, after a BOM
    for point in entry_points_of(path, text, lambda m: _applies(index, codemod, path, m)):
        row, col = _place_of(text, point)
        decided = _decide(index, codemod, path, point, reports)
        if decided is None or is_ignored_on_line(lines[row - 1], codemod.code):
            continue
        if isinstance(decided, Unresolved):
            result.left.append(Finding(path, row, col, decided.code, decided.message))
        else:
            at = start + len(text[: point.start].encode())
            result.edits += _edits_at(decided, point, at)
            result.fixed.append(Finding(path, row, col, codemod.code, _fix_text(decided, point)))
    result.edits = list(sort_edits(result.edits))
    return result


def names_declared(path: str, raw: bytes, index: Index) -> Iterator[Name]:
    """Yield the module and the first name of each entry point of a file that is no Python file."""
    text = raw.decode("utf-8-sig", errors="replace")
    for point in entry_points_of(path, text, lambda _: True):
        if point.names:
            yield _key_of(index, path, point.module), point.names.partition(".")[0]


def move_entry_points(context: FileRewrite) -> None:
    """Decide about the entry points in the literals of ``setup(entry_points=...)``."""
    if context.codemod.step != STEP:
        return
    for node in _entry_point_strings(context):
        span = string_span(context.source, node)
        for point in entry_points_in_lines(str(node.value)):
            point = point._replace(literal=span is not None)
            decided = _decide(
                context.index,
                context.codemod,
                context.importer,
                point,
                context.facts.reports_references,
            )
            if decided is None or context.is_ignored(node, context.codemod.code):
                continue
            if isinstance(decided, Unresolved):
                context.record_unresolved(node, decided)
            elif span is not None:
                at = span[0] + len(str(node.value)[: point.start].encode())
                context.edits += _edits_at(decided, point, at)
                context.record_fix(node, _fix_text(decided, point))


@dataclass(frozen=True)
class _Moved:
    """The new module and names of an entry point; ``names`` is empty where it is the module itself from now on."""

    module: str
    names: str

    def __str__(self) -> str:
        return f"{self.module}:{self.names}" if self.names else self.module


def _decide(
    index: Index, codemod: ImportCodemod, path: str, point: EntryPoint, reports: bool
) -> _Moved | Unresolved | None:
    imported_name = _imported_name(index, path, point.module)
    inside = codemod.inside(imported_name)
    if inside is not None or not codemod.applies_to(imported_name):
        return inside
    first, _, rest = point.names.partition(".")
    destination = codemod.destination(imported_name.of(first) if first else imported_name)
    if not isinstance(destination, Destination):
        return destination
    if not first and not codemod.is_drop_in_replacement(imported_name):
        why = "what is done with the module cannot be told"
        return _stays(codemod, point, f"{why}; rewrite it by hand")
    style = Style.of(path, imported_name.located, 0)
    module = spell_module(index.layout, destination, style)
    moved = _Moved(module, ".".join(filter(None, (destination.name or "", rest))))
    if reports:
        return _stays(codemod, point, f'the migration has references = "report"; write {moved}')
    if not point.literal:
        return _stays(codemod, point, f"it is not written out plainly; write {moved}")
    return moved


def _stays(codemod: ImportCodemod, point: EntryPoint, why: str) -> Unresolved:
    message = f"the entry point {_said(point)} names {point.module}, and {why}"
    return Unresolved(codemod.code, message)


def _fix_text(moved: _Moved, point: EntryPoint) -> str:
    return f"the entry point {_said(point)} names {point.module}; use {moved}"


def _said(point: EntryPoint) -> str:
    return f"{point.module}:{point.names}" if point.names else point.module


def _edits_at(moved: _Moved, point: EntryPoint, at: int) -> list[Edit]:
    """Return the edits of an entry point that starts at an offset in bytes; what is equal in both stays."""
    length = len(point.module.encode())
    if bool(moved.names) != bool(point.names):
        return [Edit(at, at + len(_said(point).encode()), str(moved).encode())]
    parts: Sequence[tuple[int, str, str]] = (
        (at, point.module, moved.module),
        (
            at + length + point.names_start - point.start - len(point.module),
            point.names,
            moved.names,
        ),
    )
    return [
        Edit(start, start + len(old.encode()), new.encode())
        for start, old, new in parts
        if old != new
    ]


def _place_of(text: str, point: EntryPoint) -> tuple[int, int]:
    """Return the line and column of an entry point; of one that is not written literally, the beginning of the file."""
    if not point.literal:
        return 1, 1
    before = text[: point.start]
    return before.count("\n") + 1, point.start - (before.rfind("\n") + 1) + 1


def _imported_name(index: Index, path: str, module: str) -> ImportedName:
    return ImportedName(path, index.layout.absolute(module, path), module)


def _key_of(index: Index, path: str, module: str) -> Key:
    return index.layout.absolute(module, path).key


def _applies(index: Index, codemod: ImportCodemod, path: str, module: str) -> bool:
    imported_name = _imported_name(index, path, module)
    return codemod.applies_to(imported_name) or codemod.inside(imported_name) is not None


def _entry_point_strings(context: FileContext) -> Iterator[ast.Constant]:
    """Yield the strings in the argument ``entry_points`` of calls of ``setup``, also through a variable."""
    for call, _ in context.scopes.calls:
        for value in _entry_points_given(context, call) if callee_name(call) == "setup" else ():
            named = _value_of(context, value)
            inner = (_value_of(context, n) for n in ast.walk(named) if isinstance(n, ast.Name))
            for node in chain.from_iterable(map(ast.walk, (named, *inner))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield node


def _entry_points_given(context: FileContext, call: ast.Call) -> Iterator[ast.expr]:
    """Yield what a call is given as ``entry_points``, also in a dictionary: ``setup(**options)``."""
    for keyword in call.keywords:
        if keyword.arg == "entry_points":
            yield keyword.value
        elif keyword.arg is None and isinstance(keyword.value, ast.Name):
            for node in context.source.nodes_of(ast.Assign):
                match node:
                    case ast.Assign(targets=[ast.Name(id=name)], value=ast.Dict() as given) if (
                        name == keyword.value.id
                    ):
                        yield from _values_of_key(given, "entry_points")


def _values_of_key(node: ast.Dict, wanted: str) -> Iterator[ast.expr]:
    for key, value in zip(node.keys, node.values, strict=True):
        if isinstance(key, ast.Constant) and key.value == wanted:
            yield value


def _value_of(context: FileContext, value: ast.expr) -> ast.expr:
    """Return what a variable is bound to, where it is bound once, at the top level."""
    if not isinstance(value, ast.Name):
        return value
    bound = [
        node.value
        for node in context.source.tree.body
        if isinstance(node, ast.Assign)
        and any(isinstance(t, ast.Name) and t.id == value.id for t in node.targets)
    ]
    return bound[0] if len(bound) == 1 else value
