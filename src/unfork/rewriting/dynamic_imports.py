"""Modules that a call imports by a string, and what is taken of them.

importlib.import_module("a.legacy").Old    module = import_module("a.legacy"); module.Old    "a.legacy" in sys.modules
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from unfork.reading.calls import (
    FINDS,
    REPLACING,
    RESOURCES,
    RUNS,
    called,
    keyword,
    named_attribute,
    replaced_keywords,
)
from unfork.reading.places import attribute_span
from unfork.reading.scopes import Ref, Scope, resolve
from unfork.reading.source import Span, string_span
from unfork.rewriting.filework import FileWork
from unfork.rewriting.quoted_paths import KEY, PLUGINS, Quoted
from unfork.rewriting.renames import is_offered, references_to
from unfork.rewriting.spelling import Style, spell_module
from unfork.rewriting.string_edits import Change, Move, module_change
from unfork_codemods.edits import Edit
from unfork_codemods.project import Home, Site, Stays


@dataclass(frozen=True, slots=True, eq=False)
class Taken:
    """A name that is taken of a module, and where it stands; ``replaces``: it is given another value there."""

    name: str
    node: Ref | ast.expr | ast.keyword
    replaces: bool = False


_UNSEEN: tuple[Taken, ...] = (Taken("", ast.Constant("")),)
"""Stands for uses that must not be touched, whatever the module has."""


def spell_for_path(work: FileWork, quoted: Quoted, home: Home) -> str:
    """Return the module of a home as a path would spell it."""
    level = 1 if quoted.spelled.startswith(".") else 0
    importer = quoted.anchor or work.importer
    return spell_module(work.index.layout, home, Style.of(importer, quoted.located, level))


def move_path_to(quoted: Quoted, module: str, name: str | None = None) -> Move:
    """Return the move of a path to another module, and to another name of it; None: the name is that module now."""
    changes: list[Change] = [module_change(quoted.spelled, module)]
    if quoted.names:
        start = len(quoted.spelled)
        end = start + 1 + len(quoted.names[0])
        if name is None:
            changes = [(0, end, module)]
        elif name != quoted.names[0]:
            changes.append((start + 1, end, name))
    return Move(quoted, changes)


def stays_unverified(work: FileWork, quoted: Quoted, why: str) -> Stays:
    """Return what is said of a path that has to stay."""
    return Stays(
        work.codemod.code,
        f"{quoted.value!r} names {quoted.spelled}, and {why}; rewrite it by hand",
    )


def move_module(work: FileWork, quoted: Quoted, site: Site) -> Move | None:
    """Return the move of a path of a module; None, with a finding, where it must stay."""
    whole = work.codemod.home(site)
    path = _path_taken(work, quoted)
    if path is not None:
        return _move_package(work, quoted, site, path)
    taken = names_taken(work, quoted)
    if quoted.called in RESOURCES:
        work.record_unresolved(
            quoted.node, stays_unverified(work, quoted, "the data files in it are asked for")
        )
    elif isinstance(whole, Stays):
        work.record_unresolved(quoted.node, whole)
    elif taken is _UNSEEN:
        why = "what is done with the module cannot be told"
        work.record_unresolved(quoted.node, stays_unverified(work, quoted, why))
    elif quoted.called in RUNS and isinstance(whole, Home) and work.index.is_package(whole.key):
        why = f"{whole.spelling} is a package, of which its __main__ would run"
        work.record_unresolved(quoted.node, stays_unverified(work, quoted, why))
    elif taken is None:
        return move_whole(work, quoted, site, whole)
    else:
        return _move_taken(work, quoted, site, whole, taken)
    return None


def move_whole(
    work: FileWork, quoted: Quoted, site: Site, whole: Home | Stays | None, bare: bool = False
) -> Move | None:
    """Return the move of a module that is handed around; ``bare``: only its place matters, not what is in it."""
    if whole is None:
        if bound_at_top(work, quoted) in work.facts.keep:
            why = "what others take of it cannot be told"
            work.record_unresolved(quoted.node, stays_unverified(work, quoted, why))
        return None
    if isinstance(whole, Stays):
        work.record_unresolved(quoted.node, whole)
    elif (bare or work.codemod.interchangeable(site)) and not _cannot_say(
        work, quoted, spell_for_path(work, quoted, whole)
    ):
        move = move_path_to(quoted, spell_for_path(work, quoted, whole))
        move.rebinds = bound_at_top(work, quoted)
        return move
    else:
        why = "what is done with the module cannot be told"
        work.record_unresolved(quoted.node, stays_unverified(work, quoted, why))
    return None


# -- __import__("a.legacy").legacy.Name


def _move_package(
    work: FileWork, quoted: Quoted, site: Site, path: Sequence[ast.Attribute]
) -> Move | None:
    """Move a call that returns the package, from which attributes lead to the module."""
    *modules, last = path
    home = work.codemod.home(site.of(last.attr))
    span = _chain_behind(work, quoted.argument.holder, modules)
    name = _name_span(work, Taken(last.attr, last))
    if isinstance(home, Stays):
        work.record_unresolved(quoted.node, home)
    elif home is not None and home.name is not None and span is not None and name is not None:
        new = spell_for_path(work, quoted, home)
        _, *attributes = new.split(".")
        move = move_path_to(quoted, new)
        move.edits.append(
            Edit(*span, "".join(f".{attribute}" for attribute in attributes).encode())
        )
        move.edits.append(Edit(*name, home.name.encode()))
        return move
    elif home is not None:
        why = "the attributes that lead to it cannot be rewritten where they stand"
        work.record_unresolved(quoted.node, stays_unverified(work, quoted, why))
    return None


def _chain_behind(
    work: FileWork, call: ast.expr | ast.stmt, modules: Sequence[ast.Attribute]
) -> Span | None:
    """Return the span of the attributes that lead from a call to a module; None where more stands there."""
    start = work.source.span(call)[1]
    end = work.source.span(modules[-1])[1]
    expected = "".join(f".{node.attr}" for node in modules).encode()
    return (start, end) if work.source.data[start:end] == expected else None


def _path_taken(work: FileWork, quoted: Quoted) -> Sequence[ast.Attribute] | None:
    """Return the attributes by which a name is taken of the package that ``__import__`` returns; else None."""
    if not _returns_package(quoted) or quoted.spelled.startswith("."):
        return None
    _, *modules = quoted.spelled.split(".")
    path: list[ast.Attribute] = []
    node: ast.AST | None = quoted.argument.holder
    for expected in (*modules, None):
        node = work.parents.get(node) if node is not None else None
        if not isinstance(node, ast.Attribute) or expected not in (None, node.attr):
            return None
        path.append(node)
    return path if modules else None


def _returns_package(quoted: Quoted) -> bool:
    """Return whether a call is ``__import__`` without names: it returns the first package of the path."""
    call = quoted.argument.holder
    if quoted.called != "__import__" or not isinstance(call, ast.Call):
        return False
    return len(call.args) < 4 and not keyword(call, "fromlist")


def _cannot_say(work: FileWork, quoted: Quoted, new: str) -> bool:
    """Return whether a new path cannot stand where the old one does.

    ``__import__`` would return a package instead of the module that it returned so far; a keyword has no dots.
    """
    if quoted.argument.text is not None and "." in new:
        return True
    is_used = not isinstance(work.parents.get(quoted.argument.holder), ast.Expr)
    return _returns_package(quoted) and is_used and "." not in quoted.spelled and "." in new


# -- import_module("a.legacy").Name


def _move_taken(
    work: FileWork, quoted: Quoted, site: Site, whole: Home | None, taken: Sequence[Taken]
) -> Move | None:
    """Move a module of which only certain names are taken, if one module has them all."""
    homes = [_home_taken(work, quoted, site, taken_name) for taken_name in taken]
    target = _common_destination(work, whole, homes)
    spans = [_name_span(work, taken_name) for taken_name in taken]
    if target is None and not any(isinstance(home, Home | Stays) for home in homes):
        local = bound_at_top(work, quoted)
        work.renamed += [(local, local)] if local is not None else []  # others may take more
        return None
    new = spell_for_path(work, quoted, target) if target is not None else ""
    told = None not in spans and not _cannot_say(work, quoted, new)
    if target is None or not told:
        stays = next((home for home in homes if isinstance(home, Stays)), None)
        where = whole.spelling if whole is not None else "one module"
        why = f"not all that is taken of it is in {where}"
        work.record_unresolved(quoted.node, stays or stays_unverified(work, quoted, why))
        return None
    move = move_path_to(quoted, new)
    move.rebinds = bound_at_top(work, quoted)
    for taken_name, home, span in zip(taken, homes, spans):
        if isinstance(home, Home) and home.name not in (None, taken_name.name) and span is not None:
            move.edits.append(Edit(*span, str(home.name).encode()))
            if isinstance(taken_name.node, Ref):
                move.uses[taken_name.node] = str(home.name)
    return move


def bound_at_top(work: FileWork, quoted: Quoted) -> str | None:
    """Return the name at the top level that holds what a call returns."""
    match work.parents.get(quoted.argument.holder):
        case ast.Assign(targets=[ast.Name(id=local)]) | ast.AnnAssign(target=ast.Name(id=local)):
            reached = resolve(quoted.argument.scope, local)
            return local if reached is work.scopes.module else None
        case _:
            return None


def _common_destination(
    work: FileWork, whole: Home | None, homes: Sequence[Home | Stays | None]
) -> Home | None:
    """Return the one module that has all names: the canonical one, or the home of each."""
    if whole is not None and _have_all(work, whole, homes):
        return whole
    modules = {home.key: home for home in homes if isinstance(home, Home)}
    if len(modules) == 1 and all(isinstance(home, Home) for home in homes):
        return next(iter(modules.values()))
    return None


def _home_taken(work: FileWork, quoted: Quoted, site: Site, taken: Taken) -> Home | Stays | None:
    named = site.of(taken.name)
    replaces = taken.replaces or quoted.called == "multiple"
    return work.codemod.patched(named) if replaces else work.codemod.home(named)


def _have_all(work: FileWork, whole: Home, homes: Sequence[Home | Stays | None]) -> bool:
    """Return whether the canonical module has every name, be it by an import of the same thing."""
    for home in homes:
        if not isinstance(home, Home) or home.name is None:
            return False
        whole_origin, home_origin = (
            work.index.origin(whole.key, home.name),
            work.index.origin(home.key, home.name),
        )
        if home.key != whole.key and (
            not whole_origin.found or whole_origin.identity != home_origin.identity
        ):
            return False
    return True


def _name_span(work: FileWork, taken: Taken) -> Span | None:
    node = taken.node
    if isinstance(node, Ref):
        return attribute_span(work.source, node, 0)
    if isinstance(node, ast.Attribute):
        end = work.source.span(node)[1]
        return end - len(taken.name.encode()), end
    if isinstance(node, ast.keyword):
        start = work.source.offset(node.lineno, node.col_offset)
        return start, start + len(taken.name.encode())
    return string_span(work.source, node) if isinstance(node, ast.Constant) else None


def names_taken(work: FileWork, quoted: Quoted) -> Sequence[Taken] | None:
    """Return the names taken of the module of a path; None where the module itself is handed around, or all of it runs.

    None of them, where it is only asked for, or something else is put in its place.
    """
    holder = quoted.argument.holder
    if quoted.called == "multiple" and isinstance(holder, ast.Call):
        return [Taken(str(argument.arg), argument, True) for argument in replaced_keywords(holder)]
    if quoted.called in FINDS or isinstance(holder, ast.Compare) or _is_placed(work, quoted):
        return []
    if quoted.called in RUNS or quoted.called == PLUGINS:
        return None
    parent = work.parents.get(holder)
    if isinstance(parent, ast.Expr):
        return []
    if _returns_package(quoted) and "." in quoted.spelled:
        return _UNSEEN
    return _taken_of(work, holder, parent, quoted.argument.scope)


def _is_placed(work: FileWork, quoted: Quoted) -> bool:
    """Return whether a key of ``sys.modules`` is stored or deleted, and nothing is got by it."""
    holder = quoted.argument.holder
    if quoted.called != KEY or not quoted.argument.stores:
        return False
    gets = isinstance(holder, ast.Call) and called(holder) in {"pop", "setdefault", "__getitem__"}
    return not gets or isinstance(work.parents.get(holder), ast.Expr)


def _taken_of(
    work: FileWork, node: ast.AST, parent: ast.AST | None, scope: Scope
) -> Sequence[Taken] | None:
    match parent:
        case ast.Attribute():
            return [Taken(parent.attr, parent, not isinstance(parent.ctx, ast.Load))]
        case ast.Call(args=[first, *_]) if first is node:
            return _named_taken(parent)
        case ast.Assign(targets=[ast.Name(id=local)]) | ast.AnnAssign(target=ast.Name(id=local)):
            return _taken_of_variable(work, scope, local)
        case ast.NamedExpr(target=ast.Name(id=local)) if isinstance(
            work.parents.get(parent), ast.Expr
        ):
            return _taken_of_variable(work, scope, local)
        case _:
            return None


def _named_taken(call: ast.Call | None) -> Sequence[Taken] | None:
    """Return the names that a call takes or replaces of the module that is its first argument."""
    named = named_attribute(call)
    if named is not None and call is not None:
        return [Taken(str(named.value), named, called(call) in REPLACING)]
    return [
        Taken(str(argument.arg), argument, True) for argument in replaced_keywords(call)
    ] or None


def _taken_of_variable(work: FileWork, scope: Scope, local: str) -> Sequence[Taken] | None:
    """Return the names taken through a variable that holds the module, if it holds nothing else, and only this file
    knows it.
    """
    reached = resolve(scope, local)
    if reached is None or reached.kind == "class" or len(reached.binds[local]) != 1:
        return None
    if reached.kind == "module" and (is_offered(work.source, local) or local in work.facts.keep):
        return None
    taken: list[Taken] = []
    for ref in references_to(reached, local):
        if isinstance(ref.node.ctx, ast.Store):
            continue
        names = _of_ref(ref)
        if names is None:
            return None
        taken += names
    return taken


def _of_ref(ref: Ref) -> Sequence[Taken] | None:
    if ref.attributes:
        replaces = len(ref.attributes) == 1 and not isinstance(ref.context, ast.Load)
        return [Taken(ref.attributes[0].attr, ref, replaces)]
    return _named_taken(ref.call)


def replaced_of(work: FileWork, quoted: Quoted) -> Iterator[str | None]:
    """Yield what a path has another value put in the place of: names of its module, or None: the module."""
    if quoted.names is not None:
        stores = quoted.argument.stores
        if stores and len(quoted.names) == 1:  # of more, it is an attribute of what the name is
            yield quoted.names[0]
        elif stores and not quoted.names and _is_its_own(work, quoted):
            yield None
        return
    if quoted.called == KEY:
        yield None
    for taken in names_taken(work, quoted) or ():
        if taken.replaces:
            yield taken.name


def _is_its_own(work: FileWork, quoted: Quoted) -> bool:
    """Return whether a path is a module's own; else it is of a name that another module binds to that one."""
    return work.index.layout.absolute(quoted.value, work.importer).key == quoted.located.key
