"""Strings that import or patch: ``importlib.import_module("a.legacy")``, ``mock.patch("a.legacy.Name")``.

Only calls that are known to take a module's or an object's path are read; other strings are never rewritten.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from unfork.reading.calls import IMPORTS, PATCHES, called, keyword, named_attribute
from unfork.reading.places import attribute_span
from unfork.reading.scopes import Ref, Scope, resolve
from unfork.reading.source import Span, string_span
from unfork.rewriting.filework import FileWork
from unfork.rewriting.renames import reaching
from unfork.rewriting.spelling import Style, spell
from unfork.rewriting.walks import walk
from unfork_codemods.edits import Edit
from unfork_codemods.project import Home, Key, Located, Site, Stays, is_external

_NOWHERE = Located("")


@dataclass(frozen=True, slots=True, eq=False)
class Quoted:
    """A string that is a path: of a module (``names`` is None), or of the names that lead from it to an object.

    ``called`` is the name of what it is given to; ``anchor`` the file that a relative path starts from, if another.
    ``guessed``: the package that it starts from cannot be told, and is taken to be the file's own.
    """

    node: ast.Constant
    call: ast.Call
    scope: Scope
    called: str
    located: Located = _NOWHERE
    spelled: str = ""
    anchor: str | None = None
    names: tuple[str, ...] | None = None
    guessed: bool = False

    def at(self, located: Located, spelled: str, anchor: str | None = None) -> Quoted:
        """Return the string with the module that it names."""
        return replace(self, located=located, spelled=spelled, anchor=anchor)


def move_strings(work: FileWork) -> None:
    """Decide about every string that names a module that the codemod is about, or a name renamed elsewhere."""
    if work.codemod.step == "repair":
        return
    for quoted in quoted_paths(work):
        site = Site(work.importer, quoted.located, quoted.spelled)
        if work.is_ignored(quoted.node, work.codemod.code):
            continue
        inside = work.codemod.inside(site)
        if inside is not None:
            work.leave(quoted.node, inside)
        elif not work.codemod.touches(site):
            _follow(work, quoted)
        elif quoted.guessed:
            work.leave(quoted.node, _unproved(work, quoted, "its package cannot be told"))
        elif quoted.names is None:
            _move_module(work, quoted, site)
        elif quoted.names:
            _move_path(work, quoted, site)


def quoted_paths(work: FileWork) -> Iterator[Quoted]:
    """Yield the strings of a file that are paths, those that lead out of the project left out."""
    for call, scope in work.scopes.calls:
        argument = call.args[0] if call.args else keyword(call, "target", "name")
        if not isinstance(argument, ast.Constant) or not isinstance(argument.value, str):
            continue
        name = called(call, scope)
        if name in IMPORTS:
            yield from _module_path(work, Quoted(argument, call, scope, name), argument.value)
        elif name in PATCHES and (name != "dict" or _is_patch(call.func)):
            yield from _object_path(work, Quoted(argument, call, scope, name), argument.value)


def _is_patch(func: ast.expr) -> bool:
    """Return whether ``func`` is ``patch.dict`` or the like: not any other ``dict``."""
    return isinstance(func, ast.Attribute) and getattr(
        func.value, "attr", getattr(func.value, "id", "")
    ).endswith("patch")


def _module_path(work: FileWork, quoted: Quoted, dotted: str) -> Iterator[Quoted]:
    name = dotted.lstrip(".")
    level = len(dotted) - len(name)
    if not all(part.isidentifier() for part in name.split(".")):
        return
    if not level:
        yield quoted.at(work.index.layout.absolute(dotted, work.importer), dotted)
        return
    package = quoted.call.args[1] if len(quoted.call.args) > 1 else keyword(quoted.call, "package")
    own = quoted.at(work.index.layout.relative(level, name, work.importer), dotted)
    match package:
        case ast.Name(id="__package__"):
            yield own
        case ast.Name(id="__name__") if work.importer.endswith("/__init__.py"):
            yield own
        case ast.Constant(value=str() as anchor):
            base = work.index.layout.absolute(anchor, work.importer)
            inside = f"{base.key}/__init__.py"
            if base.exists and not is_external(base.key):
                yield quoted.at(work.index.layout.relative(level, name, inside), dotted, inside)
        case None:
            return  # Python refuses that
        case _:
            yield replace(own, guessed=True)


def _object_path(work: FileWork, quoted: Quoted, path: str) -> Iterator[Quoted]:
    parts = path.split(".")
    if len(parts) < 2 or not all(part.isidentifier() for part in parts):
        return
    located = work.index.layout.absolute(parts[0], work.importer)
    outside = work.codemod.outside()
    roots = {key[1:-1].partition(".")[0] for key in outside}
    if is_external(located.key) and parts[0] not in roots:
        return
    reached = walk(work, located.key, parts[1:], outside)
    depth = reached.depth + 1
    found = quoted.at(Located(reached.key, located.base, located.exists), ".".join(parts[:depth]))
    is_module = quoted.called == "multiple" and depth == len(parts)
    yield found if is_module else replace(found, names=tuple(parts[depth:]))


def _spelled(work: FileWork, quoted: Quoted, home: Home) -> str:
    level = 1 if quoted.spelled.startswith(".") else 0
    importer = quoted.anchor or work.importer
    return spell(work.index.layout, home, Style.of(importer, quoted.located, level))


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
    path = _path_taken(work, quoted)
    if path is not None:
        _move_package(work, quoted, site, path)
        return
    taken = _taken(work, quoted)
    if isinstance(whole, Stays) or taken is _UNSEEN:
        why = "what is done with the module cannot be told"
        work.leave(quoted.node, whole if isinstance(whole, Stays) else _unproved(work, quoted, why))
    elif taken is None:
        _move_whole(work, quoted, site, whole)
    else:
        _move_taken(work, quoted, site, whole, taken)


def _move_package(
    work: FileWork, quoted: Quoted, site: Site, path: Sequence[ast.Attribute]
) -> None:
    """Move ``__import__("a.legacy").legacy.Name``: the call returns the package, and attributes lead to the module."""
    *modules, last = path
    home = work.codemod.home(site.of(last.attr))
    span = _chain_behind(work, quoted.call, modules)
    name = _name_span(work, _Taken(last.attr, last))
    if isinstance(home, Stays):
        work.leave(quoted.node, home)
    elif home is not None and home.name is not None and span is not None and name is not None:
        new = _spelled(work, quoted, home)
        _, *attributes = new.split(".")
        work.edits.append(Edit(*span, "".join(f".{each}" for each in attributes).encode()))
        work.edits.append(Edit(*name, home.name.encode()))
        _replace(work, quoted, new)
    elif home is not None:
        why = "the attributes that lead to it cannot be rewritten where they stand"
        work.leave(quoted.node, _unproved(work, quoted, why))


def _chain_behind(work: FileWork, call: ast.Call, modules: Sequence[ast.Attribute]) -> Span | None:
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
    node: ast.AST | None = quoted.call
    for expected in (*modules, None):
        node = _parent(work, node) if node is not None else None
        if not isinstance(node, ast.Attribute) or expected not in (None, node.attr):
            return None
        path.append(node)
    return path if modules else None


def _returns_package(quoted: Quoted) -> bool:
    """Return whether a call is ``__import__`` without names: it returns the first package of the path."""
    call = quoted.call
    is_bare = len(call.args) < 4 and not keyword(call, "fromlist")
    return quoted.called == "__import__" and is_bare


def _move_whole(work: FileWork, quoted: Quoted, site: Site, whole: Home | None) -> None:
    if whole is None:
        return
    if work.codemod.interchangeable(site):
        _replace(work, quoted, _spelled(work, quoted, whole))
    else:
        why = "what is done with the module cannot be told"
        work.leave(quoted.node, _unproved(work, quoted, why))


def _move_taken(
    work: FileWork, quoted: Quoted, site: Site, whole: Home | None, taken: Sequence[_Taken]
) -> None:
    """Move a module of which only certain names are taken, if one module has them all."""
    homes = [_taken_home(work, quoted, site, each.name) for each in taken]
    modules = {home.key: home for home in homes if isinstance(home, Home)}
    target = whole if whole is not None and _have_all(work, whole, homes) else None
    if target is None and len(modules) == 1 and all(isinstance(home, Home) for home in homes):
        target = next(iter(modules.values()))
    spans = [_name_span(work, each) for each in taken]
    if target is None and not any(isinstance(home, Home | Stays) for home in homes):
        return
    if target is None or None in spans:
        where = whole.spelling if whole is not None else "one module"
        work.leave(
            quoted.node, _unproved(work, quoted, f"not all that is taken of it is in {where}")
        )
        return
    for each, home, span in zip(taken, homes, spans):
        if isinstance(home, Home) and home.name not in (None, each.name) and span is not None:
            work.edits.append(Edit(*span, str(home.name).encode()))
            if isinstance(each.node, Ref):
                work.retargeted[each.node] = str(home.name)
    _replace(work, quoted, _spelled(work, quoted, target))


def _taken_home(work: FileWork, quoted: Quoted, site: Site, name: str) -> Home | Stays | None:
    named = site.of(name)
    return work.codemod.patched(named) if quoted.called == "multiple" else work.codemod.home(named)


def _have_all(work: FileWork, whole: Home, homes: Sequence[Home | Stays | None]) -> bool:
    """Return whether the canonical module has every name, be it by an import of the same thing."""
    for home in homes:
        if not isinstance(home, Home) or home.name is None:
            return False
        there, here = (
            work.index.origin(whole.key, home.name),
            work.index.origin(home.key, home.name),
        )
        if home.key != whole.key and (not there.found or there.identity != here.identity):
            return False
    return True


@dataclass(frozen=True, slots=True, eq=False)
class _Taken:
    """A name that is taken of what a call returns, and where it stands."""

    name: str
    node: Ref | ast.expr | ast.keyword


_UNSEEN: tuple[_Taken, ...] = (_Taken("", ast.Constant("")),)
"""Stands for uses that must not be touched, whatever the module has."""


def _name_span(work: FileWork, taken: _Taken) -> Span | None:
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


def _taken(work: FileWork, quoted: Quoted) -> Sequence[_Taken] | None:
    """Return the names taken of what the call returns; None where the module itself is handed around."""
    call = quoted.call
    parent = _parent(work, call)
    if quoted.called == "multiple":
        options = {"target", "spec", "create", "spec_set", "autospec", "new_callable"}
        return [_Taken(k.arg, k) for k in call.keywords if k.arg and k.arg not in options]
    if isinstance(parent, ast.Expr):
        return []
    if _returns_package(quoted):
        return _UNSEEN
    if isinstance(parent, ast.Attribute):
        return [_Taken(parent.attr, parent)]
    if isinstance(parent, ast.Call) and parent.args[:1] == [call]:
        named = named_attribute(parent)
        return [_Taken(str(named.value), named)] if named is not None else None
    match parent:
        case ast.Assign(targets=[ast.Name(id=local)]):
            return _through(quoted, local)
        case _:
            return None


def _through(quoted: Quoted, local: str) -> Sequence[_Taken] | None:
    """Return the names taken through a variable that holds the module, if it holds nothing else."""
    scope = resolve(quoted.scope, local)
    if scope is None or scope.kind != "function" or len(scope.binds[local]) != 1:
        return None
    taken = []
    for ref in reaching(scope, local):
        if isinstance(ref.node.ctx, ast.Store):
            continue
        named = named_attribute(ref.call)
        if ref.attributes:
            taken.append(_Taken(ref.attributes[0].attr, ref))
        elif named is not None:
            taken.append(_Taken(str(named.value), named))
        else:
            return None
    return taken


def _parent(work: FileWork, node: ast.AST) -> ast.AST | None:
    for outer in ast.walk(work.source.tree):
        if any(child is node for child in ast.iter_child_nodes(outer)):
            return outer
    return None


def keys_named(work: FileWork) -> Iterator[tuple[ast.Constant, Key, str]]:
    """Yield every string that is a path of an object in the project and stays, with its module and its first name."""
    for quoted in quoted_paths(work):
        if quoted.names:
            site = Site(work.importer, quoted.located, quoted.spelled, quoted.names[0])
            if not isinstance(work.codemod.patched(site), Home):
                yield quoted.node, quoted.located.key, quoted.names[0]
