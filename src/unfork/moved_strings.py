"""Strings that import or patch: ``importlib.import_module("a.legacy")``, ``mock.patch("a.legacy.Name")``.

Only calls that are known to take a module's or an object's path are read; other strings are never rewritten.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from unfork.filework import FileWork
from unfork.layout import is_external
from unfork.places import attribute_span
from unfork.scopes import Ref, Scope, resolve
from unfork.source import string_span
from unfork.spelling import Style, spell
from unfork.walks import is_target, walk
from unfork_codemods.edits import Edit
from unfork_codemods.project import Home, Key, Located, Site, Stays

_PATCHES = frozenset({"patch", "setattr", "delattr", "dict", "multiple"})


@dataclass(frozen=True, slots=True, eq=False)
class Quoted:
    """A string that is a path: of a module (``names`` is None), or of the names that lead from it to an object."""

    node: ast.Constant
    call: ast.Call
    scope: Scope
    located: Located
    spelled: str
    names: tuple[str, ...] | None


def move_strings(work: FileWork) -> None:
    """Decide about every string that names a module that the codemod is about, or a name renamed elsewhere."""
    if work.codemod.step == "repair":
        return
    for quoted in quoted_paths(work):
        site = Site(work.importer, quoted.located, quoted.spelled)
        if work.is_ignored(quoted.node, work.codemod.code):
            continue
        if not work.codemod.touches(site):
            _follow(work, quoted)
        elif quoted.names is None:
            _move_module(work, quoted, site)
        elif quoted.names:
            _move_path(work, quoted, site)


def quoted_paths(work: FileWork) -> Iterator[Quoted]:
    """Yield the strings of a file that are paths, those that lead out of the project left out."""
    for call, scope in work.scopes.calls:
        argument = call.args[0] if call.args else _keyword(call, "target") or _keyword(call, "name")
        if not isinstance(argument, ast.Constant) or not isinstance(argument.value, str):
            continue
        last = _last(call.func)
        if last in ("import_module", "__import__"):
            yield from _module_path(work, call, scope, argument, argument.value)
        elif last in _PATCHES and (last != "dict" or _is_patch(call.func)):
            yield from _object_path(work, call, scope, argument, argument.value)


def _keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((k.value for k in call.keywords if k.arg == name), None)


def _last(func: ast.expr) -> str:
    return func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")


def _is_patch(func: ast.expr) -> bool:
    """Return whether ``func`` is ``patch.dict`` or the like: not any other ``dict``."""
    return isinstance(func, ast.Attribute) and _last(func.value) == "patch"


def _module_path(
    work: FileWork, call: ast.Call, scope: Scope, node: ast.Constant, dotted: str
) -> Iterator[Quoted]:
    if all(part.isidentifier() for part in dotted.split(".")):
        yield Quoted(
            node, call, scope, work.index.layout.absolute(dotted, work.importer), dotted, None
        )
        return
    name = dotted.lstrip(".")
    if dotted.startswith(".") and _is_own_package(call):
        located = work.index.layout.relative(
            len(dotted) - len(name), name.replace(".", "."), work.importer
        )
        yield Quoted(node, call, scope, located, dotted, None)


def _is_own_package(call: ast.Call) -> bool:
    """Return whether a relative path is relative to the file's own package."""
    package = call.args[1] if len(call.args) > 1 else _keyword(call, "package")
    return isinstance(package, ast.Name) and package.id == "__package__"


def _object_path(
    work: FileWork, call: ast.Call, scope: Scope, node: ast.Constant, path: str
) -> Iterator[Quoted]:
    parts = path.split(".")
    if len(parts) < 2 or not all(part.isidentifier() for part in parts):
        return
    located = work.index.layout.absolute(parts[0], work.importer)
    outside = work.codemod.outside()
    if is_external(located.key) and not any(
        key[1:-1].partition(".")[0] == parts[0] for key in outside
    ):
        return
    reached = walk(work, located.key, parts[1:], outside)
    depth = reached.depth + 1
    key = Located(reached.key, located.base, located.exists)
    if _last(call.func) == "multiple" and depth == len(parts):
        yield Quoted(node, call, scope, key, path, None)
    else:
        yield Quoted(node, call, scope, key, ".".join(parts[:depth]), tuple(parts[depth:]))


def _spelled(work: FileWork, quoted: Quoted, home: Home) -> str:
    level = 1 if quoted.spelled.startswith(".") else 0
    return spell(work.index.layout, home, Style.of(work.importer, quoted.located, level))


def _replace(work: FileWork, quoted: Quoted, text: str) -> None:
    span = string_span(work.source, quoted.node)
    if span is None:
        work.leave(quoted.node, _unproved(work, quoted, "the string is not written in one piece"))
        return
    work.edits.append(Edit(*span, text.encode()))
    work.mend(quoted.node, f"{quoted.node.value!r} names {quoted.spelled}; use {text!r}")


def _unproved(work: FileWork, quoted: Quoted, why: str) -> Stays:
    return Stays(
        work.codemod.code,
        f"{quoted.node.value!r} names {quoted.spelled}, and {why}; rewrite it by hand",
    )


# -- patch("a.legacy.Name")


def _move_path(work: FileWork, quoted: Quoted, site: Site) -> None:
    assert quoted.names
    home = work.codemod.patched(site.of(quoted.names[0]))
    if isinstance(home, Stays):
        work.leave(quoted.node, home)
    elif home is not None:
        names = (home.name, *quoted.names[1:]) if home.name else quoted.names[1:]
        _replace(work, quoted, ".".join([_spelled(work, quoted, home), *names]))


def _follow(work: FileWork, quoted: Quoted) -> None:
    """Follow the rename of a name that another module of the project has at its top level."""
    follow = dict(work.facts.follow)
    if quoted.names:
        new = follow.get((quoted.located.key, quoted.names[0]))
        if new is not None:
            _replace(work, quoted, ".".join([quoted.spelled, new, *quoted.names[1:]]))


# -- import_module("a.legacy")


def _move_module(work: FileWork, quoted: Quoted, site: Site) -> None:
    whole = work.codemod.home(site)
    if whole is None:
        return
    if isinstance(whole, Stays):
        work.leave(quoted.node, whole)
        return
    taken = _taken(work, quoted)
    if taken is None:
        if work.codemod.interchangeable(site):
            _replace(work, quoted, _spelled(work, quoted, whole))
        else:
            work.leave(
                quoted.node, _unproved(work, quoted, "what is done with the module cannot be told")
            )
        return
    edits = [_edit_name(work, site, whole, name, node) for name, node in taken]
    if None in edits:
        work.leave(
            quoted.node,
            _unproved(work, quoted, f"not all that is taken of it is in {whole.spelling}"),
        )
        return
    work.edits += [edit for found in edits for edit in found or ()]
    _replace(work, quoted, _spelled(work, quoted, whole))


def _edit_name(
    work: FileWork, site: Site, whole: Home, name: str, node: Ref | ast.expr
) -> tuple[Edit, ...] | None:
    """Return the edits that a name taken of the module needs, () for the same name; None: it has no home."""
    home = work.codemod.home(site.of(name))
    if not isinstance(home, Home) or home.name is None:
        return None
    if home.key != whole.key:
        there = work.index.origin(whole.key, home.name)
        here = work.index.origin(home.key, home.name)
        if not there.found or there.identity != here.identity:
            return None
    if home.name == name:
        return ()
    if isinstance(node, Ref):
        span = attribute_span(work.source, node, 0)
    elif isinstance(node, ast.Attribute):
        _, end = work.source.span(node)
        span = end - len(name.encode()), end
    else:
        span = string_span(work.source, node) if isinstance(node, ast.Constant) else None
    return (Edit(*span, home.name.encode()),) if span else None


def _taken(work: FileWork, quoted: Quoted) -> list[tuple[str, Ref | ast.expr]] | None:
    """Return the names taken of what the call returns, with where they stand; None where not all can be seen."""
    if (
        _last(quoted.call.func) == "__import__"
        and len(quoted.call.args) < 4
        and not _keyword(quoted.call, "fromlist")
    ):
        return [] if isinstance(_parent(work, quoted.call), ast.Expr) else None
    if _last(quoted.call.func) == "multiple":
        return None
    parent = _parent(work, quoted.call)
    if isinstance(parent, ast.Expr):
        return []
    if isinstance(parent, ast.Attribute):
        return [(parent.attr, parent)]
    if (
        isinstance(parent, ast.Call)
        and parent.args[:1] == [quoted.call]
        and _last(parent.func) in {"getattr", "hasattr"}
    ):
        named = parent.args[1] if len(parent.args) > 1 else None
        return (
            [(named.value, named)]
            if isinstance(named, ast.Constant) and isinstance(named.value, str)
            else None
        )
    if (
        isinstance(parent, ast.Assign)
        and len(parent.targets) == 1
        and isinstance(parent.targets[0], ast.Name)
    ):
        return _through(quoted, parent.targets[0].id)
    return None


def _through(quoted: Quoted, local: str) -> list[tuple[str, Ref | ast.expr]] | None:
    """Return the names taken through a variable that holds the module, if it holds nothing else."""
    scope = resolve(quoted.scope, local)
    if scope is None or scope.kind != "function" or len(scope.binds[local]) != 1:
        return None
    taken: list[tuple[str, Ref | ast.expr]] = []
    for inner in scope.within():
        for ref in inner.refs:
            if (
                ref.name != local
                or resolve(inner, local) is not scope
                or isinstance(ref.node.ctx, ast.Store)
            ):
                continue
            if ref.attributes:
                taken.append((ref.attributes[0].attr, ref))
            elif (named := _named(ref)) is not None:
                taken.append((str(named.value), named))
            else:
                return None
    return taken


def _named(ref: Ref) -> ast.Constant | None:
    call = ref.call
    if call is None or _last(call.func) not in {"getattr", "hasattr"} or len(call.args) < 2:
        return None
    named = call.args[1]
    return named if isinstance(named, ast.Constant) and isinstance(named.value, str) else None


def _parent(work: FileWork, node: ast.AST) -> ast.AST | None:
    for outer in ast.walk(work.source.tree):
        if any(child is node for child in ast.iter_child_nodes(outer)):
            return outer
    return None


def keys_named(work: FileWork) -> Iterator[tuple[Key, str]]:
    """Yield the module and the name of every path in a string that stays within the project."""
    for quoted in quoted_paths(work):
        if quoted.names and not is_target(work, quoted.located.key):
            yield quoted.located.key, quoted.names[0]
