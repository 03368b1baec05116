"""The mistakes that a plan can have: each takes what is right, and yields plans with one mistake in them."""

from __future__ import annotations

import ast
import random
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from unfork.values import Plan
from unfork_codemods.edits import Edit, apply_edits, compose_edits

from .model import Program

Edits = dict[str, tuple[Edit, ...]]


@dataclass(frozen=True)
class Proposal:
    """What is to be written: edits of the files before, and files that go."""

    edits: Edits
    removed: frozenset[str] = frozenset()

    def files(self, before: Mapping[str, str]) -> dict[str, str]:
        """Return the files after."""
        return {
            path: apply_edits(text.encode(), self.edits[path]).decode()
            if path in self.edits
            else text
            for path, text in before.items()
            if path not in self.removed
        }

    def respelled(
        self, before: Mapping[str, str], path: str, start: int, end: int, text: str
    ) -> Proposal:
        """Return the proposal with something else in ``[start, end)`` (in bytes) of what a file will be."""
        middle = self.files(before)[path].encode()
        edits = compose_edits(self.edits.get(path, ()), [Edit(start, end, text.encode())], middle)
        return Proposal({**self.edits, path: edits}, self.removed)


@dataclass(frozen=True)
class Site:
    """Where a mistake can be made: a program, what is right for it, and one source of chance."""

    program: Program
    right: Proposal
    rng: random.Random

    def changed(self) -> list[str]:
        return sorted(self.right.edits)

    def after(self) -> dict[str, str]:
        return self.right.files(self.program.files)

    def respelled(self, path: str, start: int, end: int, text: str) -> Proposal:
        return self.right.respelled(self.program.files, path, start, end, text)


Mistake = Callable[[Site], Iterator[Proposal]]


def proposal(plan: Plan) -> Proposal:
    """Return what a plan writes."""
    return Proposal(
        {change.path: tuple(change.edits) for change in plan.changes if not change.deleted},
        frozenset(change.path for change in plan.changes if change.deleted),
    )


# -- mistakes


def drop_an_edit(site: Site) -> Iterator[Proposal]:
    """One edit is forgotten: an import, a use, a string."""
    for path in site.changed():
        edits = site.right.edits[path]
        for edit in edits:
            rest = tuple(other for other in edits if other is not edit)
            yield _with_edits(site, path, rest)


def drop_a_file(site: Site) -> Iterator[Proposal]:
    """One file is not written."""
    for path in site.changed():
        yield _with_edits(site, path, ())


def _with_edits(site: Site, path: str, edits: tuple[Edit, ...]) -> Proposal:
    rest = {p: e for p, e in site.right.edits.items() if p != path}
    return Proposal({**rest, **({path: edits} if edits else {})}, site.right.removed)


def swap_names(site: Site) -> Iterator[Proposal]:
    """An import gets another name of the same module, under the old local name."""
    names = _defined(site)
    for path, node, span in _froms(site):
        others = [n for n in names.get(_module(node), ()) if n not in {a.name for a in node.names}]
        for alias in node.names:
            if others and alias.name != "*":
                new = f"{site.rng.choice(others)} as {alias.asname or alias.name}"
                yield site.respelled(path, *_alias_span(site, path, alias), new)
        if len(node.names) > 1:
            first, second = node.names[:2]
            one, other = first.asname or first.name, second.asname or second.name
            text = f"{first.name} as {other}, {second.name} as {one}"
            yield site.respelled(path, span[0], span[1], _statement(node, text, node.names[2:]))


def move_to_another_module(site: Site) -> Iterator[Proposal]:
    """An import is of another module, which may have the name or not."""
    modules = sorted(_defined(site))
    for path, node, _ in _froms(site):
        others = [module for module in modules if module != _module(node)]
        if others:
            yield from _with_module(site, path, node, site.rng.choice(others))


def other_level(site: Site) -> Iterator[Proposal]:
    """A relative import starts from another package."""
    for path, node, _ in _froms(site):
        if node.level:
            start = _offset(site, path, node.lineno, node.col_offset)
            text = site.after()[path].encode()
            at = text.index(b".", start)
            yield site.respelled(
                path, at, at + 1, site.rng.choice(("..", "" if node.level > 1 else ".."))
            )


def _with_module(site: Site, path: str, node: ast.ImportFrom, module: str) -> Iterator[Proposal]:
    start = _offset(site, path, node.lineno, node.col_offset)
    text = site.after()[path].encode()
    match = re.compile(rb"from\s+([.\w]+)\s+import").match(text, start)
    if match:
        yield site.respelled(path, *match.span(1), module)


def wrong_alias(site: Site) -> Iterator[Proposal]:
    """The local name is not what the file uses: ``as`` is forgotten, or wrong."""
    for path, node, _ in _imports(site):
        for alias in node.names:
            if alias.asname:
                yield site.respelled(path, *_alias_span(site, path, alias), alias.name)
            elif alias.name != "*" and "." not in alias.name:
                yield site.respelled(
                    path, *_alias_span(site, path, alias), f"{alias.name} as _other"
                )


def drop_an_import(site: Site) -> Iterator[Proposal]:
    """An import, or one name of it, is gone: a re-export, or what the file itself uses."""
    for path, node, span in _imports(site):
        yield site.respelled(path, *span, "pass")
        if len(node.names) > 1 and isinstance(node, ast.ImportFrom):
            gone = site.rng.randrange(len(node.names))
            kept = [alias for at, alias in enumerate(node.names) if at != gone]
            yield site.respelled(path, *span, _statement(node, "", kept))


def import_too_late(site: Site) -> Iterator[Proposal]:
    """An import at module level moves behind everything that uses it."""
    for path, node, span in _imports(site):
        text = site.after()[path].encode()
        if node.col_offset == 0 and node.lineno < text.count(b"\n"):
            statement = text[slice(*span)].decode()
            at_end = site.respelled(path, len(text), len(text), f"{statement}\n")
            yield at_end.respelled(site.program.files, path, *span, "pass")


def rename_a_use(site: Site) -> Iterator[Proposal]:
    """A use is called differently than what is imported."""
    for path in site.changed():
        for start, end, name in _uses(site, path):
            other = {
                old.rpartition(":")[2]: new.rpartition(":")[2]
                for old, new in site.program.moved.items()
            }
            back = {new: old for old, new in other.items()}
            for new in {other.get(name), back.get(name)} - {None, name}:
                yield site.respelled(path, start, end, str(new))


def delete_a_module(site: Site) -> Iterator[Proposal]:
    """A module is deleted that may still be needed."""
    for path in sorted({*site.program.legacy} - site.right.removed):
        edits = {p: e for p, e in site.right.edits.items() if p != path}
        yield Proposal(edits, site.right.removed | {path})


def spoil_a_string(site: Site) -> Iterator[Proposal]:
    """A string that names something names something else."""
    for path in site.changed():
        text = site.after()[path]
        for match in re.finditer(r'"(?:[a-z]\w*\.)+(\w+)"', text):
            start = len(text[: match.start(1)].encode())
            others = [n for names in _defined(site).values() for n in names if n != match[1]]
            if others:
                yield site.respelled(
                    path, start, start + len(match[1].encode()), site.rng.choice(others)
                )


def drop_a_line_of_a_shim(site: Site) -> Iterator[Proposal]:
    """A forward, or another line of a shim, is lost."""
    for path in [path for path in site.program.legacy if path in site.right.edits]:
        text = site.after()[path]
        for match in re.finditer(r"(?m)^    \S.*,\n", text):
            start, end = (len(text[:at].encode()) for at in match.span())
            yield site.respelled(path, start, end, "")


MISTAKES: tuple[Mistake, ...] = (
    drop_an_edit,
    drop_a_file,
    swap_names,
    move_to_another_module,
    other_level,
    wrong_alias,
    drop_an_import,
    import_too_late,
    rename_a_use,
    delete_a_module,
    spoil_a_string,
    drop_a_line_of_a_shim,
)


# -- reading what will be


def _imports(site: Site) -> Iterator[tuple[str, ast.Import | ast.ImportFrom, tuple[int, int]]]:
    """Yield the import statements of the files that change, with their spans in bytes."""
    for path in site.changed():
        text = site.after()[path]
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Import | ast.ImportFrom) and not _is_future(node):
                yield path, node, _span(site, path, node)


def _is_future(node: ast.Import | ast.ImportFrom) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"


def _froms(site: Site) -> Iterator[tuple[str, ast.ImportFrom, tuple[int, int]]]:
    for path, node, span in _imports(site):
        if isinstance(node, ast.ImportFrom):
            yield path, node, span


def _uses(site: Site, path: str) -> Iterator[tuple[int, int, str]]:
    for node in ast.walk(ast.parse(site.after()[path])):
        if isinstance(node, ast.Name):
            yield *_span(site, path, node), node.id
        if isinstance(node, ast.Attribute):
            end = _span(site, path, node)[1]
            yield end - len(node.attr.encode()), end, node.attr


def _span(site: Site, path: str, node: ast.stmt | ast.expr | ast.alias) -> tuple[int, int]:
    start = _offset(site, path, node.lineno, node.col_offset)
    return start, _offset(site, path, node.end_lineno or 0, node.end_col_offset or 0)


def _alias_span(site: Site, path: str, alias: ast.alias) -> tuple[int, int]:
    return _span(site, path, alias)


def _offset(site: Site, path: str, line: int, column: int) -> int:
    lines = site.after()[path].encode().split(b"\n")
    return sum(len(text) + 1 for text in lines[: line - 1]) + column


def _module(node: ast.ImportFrom) -> str:
    return node.module or ""


def _statement(node: ast.ImportFrom, first: str, rest: list[ast.alias]) -> str:
    names = [first] if first else []
    names += [f"{alias.name} as {alias.asname}" if alias.asname else alias.name for alias in rest]
    return f"from {'.' * node.level}{node.module or ''} import {', '.join(names)}"


def _defined(site: Site) -> dict[str, list[str]]:
    """Return the modules after, by dotted name, with what they define."""
    names: dict[str, list[str]] = {}
    for path, text in site.after().items():
        if path.endswith(".py"):
            dotted = (
                path.removeprefix("src/")
                .removesuffix(".py")
                .removesuffix("/__init__")
                .replace("/", ".")
            )
            tree = ast.parse(text)
            names[dotted] = [
                n.name for n in tree.body if isinstance(n, ast.FunctionDef | ast.ClassDef)
            ]
    return names
