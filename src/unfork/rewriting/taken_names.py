"""What a file takes of a module that a call loads by a string, or that it finds in ``sys.modules``.

importlib.import_module("a.legacy").Old    module = import_module("a.legacy"); module.Old    "a.legacy" in sys.modules
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from unfork.reading.calls import (
    FINDS,
    REPLACING,
    RUNS,
    callee_name,
    keyword_argument,
    named_attribute,
    replaced_keywords,
)
from unfork.reading.places import attribute_span
from unfork.reading.scopes import Ref, Scope, resolve_name
from unfork.reading.source import Span, string_span
from unfork.rewriting.file_context import FileContext
from unfork.rewriting.quoted_paths import KEY, PLUGINS, Quoted
from unfork.rewriting.renames import is_offered, references_to
from unfork_codemods.project import Destination, ImportedName


@dataclass(frozen=True, slots=True, eq=False)
class TakenName:
    """A name used from a module, and its node; ``replaces``: the name is assigned another value there."""

    name: str
    node: Ref | ast.expr | ast.keyword
    replaces: bool = False


UNSEEN: tuple[TakenName, ...] = (TakenName("", ast.Constant("")),)
"""A marker for uses that must not change, whatever the module has."""


def names_taken(context: FileContext, quoted: Quoted) -> Sequence[TakenName] | None:
    """Return the names used from a path's module; None if the module is used as a value, or run as a whole.

    Return no names if the module is only looked up or replaced.
    """
    holder = quoted.argument.holder
    if quoted.called == "multiple" and isinstance(holder, ast.Call):
        return [
            TakenName(str(argument.arg), argument, True) for argument in replaced_keywords(holder)
        ]
    if quoted.called in FINDS or isinstance(holder, ast.Compare) or _is_placed(context, quoted):
        return []
    if quoted.called in RUNS or quoted.called == PLUGINS:
        return None
    parent = context.parents.get(holder)
    if isinstance(parent, ast.Expr):
        return []
    if returns_package(quoted) and "." in quoted.spelled:
        return UNSEEN
    return _taken_of(context, holder, parent, quoted.argument.scope)


def _is_placed(context: FileContext, quoted: Quoted) -> bool:
    """Return whether a key of ``sys.modules`` is only stored or deleted, not read."""
    holder = quoted.argument.holder
    if quoted.called != KEY or not quoted.argument.stores:
        return False
    gets = isinstance(holder, ast.Call) and callee_name(holder) in {
        "pop",
        "setdefault",
        "__getitem__",
    }
    return not gets or isinstance(context.parents.get(holder), ast.Expr)


def _taken_of(
    context: FileContext, node: ast.AST, parent: ast.AST | None, scope: Scope
) -> Sequence[TakenName] | None:
    match parent:
        case ast.Attribute():
            return [TakenName(parent.attr, parent, not isinstance(parent.ctx, ast.Load))]
        case ast.Call(args=[first, *_]) if first is node:
            return _named_taken(parent)
        case _:
            local = _variable_given(context, node)
            return None if local is None else _taken_of_variable(context, scope, local)


def _variable_given(context: FileContext, node: ast.AST) -> str | None:
    """Return the variable that is given a value and nothing else is: by itself, in a tuple, or where it is tested."""
    parent = context.parents.get(node)
    match parent:
        case ast.Assign(targets=[ast.Name(id=local)]) | ast.AnnAssign(target=ast.Name(id=local)):
            return local
        case ast.NamedExpr(target=ast.Name(id=local)):
            is_only_tested = parent in context.tested
            is_alone = isinstance(context.parents.get(parent), ast.Expr)
            return local if is_only_tested or is_alone else None
        case ast.Tuple(elts=values):
            assignment = context.parents.get(parent)
        case _:
            return None
    match assignment:
        case ast.Assign(targets=[ast.Tuple(elts=targets)]) if len(targets) == len(values):
            starred = any(isinstance(part, ast.Starred) for part in (*targets, *values))
            target = next(to for to, value in zip(targets, values) if value is node)
            return target.id if isinstance(target, ast.Name) and not starred else None
        case _:
            return None


def _named_taken(call: ast.Call | None) -> Sequence[TakenName] | None:
    """Return the names that a call reads or replaces in the module that is its first argument."""
    named = named_attribute(call)
    if named is not None and call is not None:
        return [TakenName(str(named.value), named, callee_name(call) in REPLACING)]
    return [
        TakenName(str(argument.arg), argument, True) for argument in replaced_keywords(call)
    ] or None


def _taken_of_variable(
    context: FileContext, scope: Scope, local: str
) -> Sequence[TakenName] | None:
    """Return the names used through a variable that holds only the module, if no other file can use the variable."""
    reached = resolve_name(scope, local)
    if reached is None or reached.kind == "class" or len(reached.binds[local]) != 1:
        return None
    if reached.kind == "module" and (
        is_offered(context.source, local) or local in context.facts.keep
    ):
        return None
    taken: list[TakenName] = []
    for ref in references_to(reached, local):
        if isinstance(ref.node.ctx, ast.Store):
            continue
        names = _of_ref(ref)
        if names is None:
            return None
        taken += names
    return taken


def _of_ref(ref: Ref) -> Sequence[TakenName] | None:
    if ref.attributes:
        replaces = len(ref.attributes) == 1 and not isinstance(ref.context, ast.Load)
        return [TakenName(ref.attributes[0].attr, ref, replaces)]
    return _named_taken(ref.call)


def bound_at_top(context: FileContext, quoted: Quoted) -> str | None:
    """Return the top-level name that is bound to a call's result."""
    local = _variable_given(context, quoted.argument.holder)
    if local is None:
        return None
    return local if resolve_name(quoted.argument.scope, local) is context.scopes.module else None


def is_old_name(context: FileContext, quoted: Quoted) -> bool:
    """Return whether a key of ``sys.modules`` is given the module that takes its place: an alias for importers.

    sys.modules["a.legacy"] = a.canonical
    """
    holder = quoted.argument.holder
    parent = context.parents.get(holder) if quoted.called == KEY else None
    match parent:
        case ast.Assign(targets=[target], value=value) if target is holder:
            module = context.module_of(value, quoted.argument.scope)
        case _:
            return False
    imported_name = ImportedName(context.importer, quoted.located, quoted.spelled)
    if module is None or not context.codemod.applies_to(imported_name):
        return False
    destination = context.codemod.destination(imported_name)
    return isinstance(destination, Destination) and destination.key == module


def returns_package(quoted: Quoted) -> bool:
    """Return whether a call is ``__import__`` without names, which returns the first package of the path."""
    call = quoted.argument.holder
    if quoted.called != "__import__" or not isinstance(call, ast.Call):
        return False
    return len(call.args) < 4 and not keyword_argument(call, "fromlist")


def path_taken(context: FileContext, quoted: Quoted) -> Sequence[ast.Attribute] | None:
    """Return the attributes that lead to a name from the package that ``__import__`` returns, or None."""
    if not returns_package(quoted) or quoted.spelled.startswith("."):
        return None
    _, *modules = quoted.spelled.split(".")
    path: list[ast.Attribute] = []
    node: ast.AST | None = quoted.argument.holder
    for expected in (*modules, None):
        node = context.parents.get(node) if node is not None else None
        if not isinstance(node, ast.Attribute) or expected not in (None, node.attr):
            return None
        path.append(node)
    return path if modules else None


def span_of_name(context: FileContext, taken: TakenName) -> Span | None:
    """Return where a text has a name that is taken; None if it cannot be edited there."""
    node = taken.node
    if isinstance(node, Ref):
        return attribute_span(context.source, node, 0)
    if isinstance(node, ast.Attribute):
        end = context.source.span(node)[1]
        return end - len(taken.name.encode()), end
    if isinstance(node, ast.keyword):
        start = context.source.offset(node.lineno, node.col_offset)
        return start, start + len(taken.name.encode())
    return string_span(context.source, node) if isinstance(node, ast.Constant) else None


def replaced_of(context: FileContext, quoted: Quoted) -> Iterator[str | None]:
    """Yield what a path replaces: names of its module, or None for the module itself."""
    if quoted.names is not None:
        stores = quoted.argument.stores
        # with more names, it replaces an attribute of the object
        if stores and len(quoted.names) == 1:
            yield quoted.names[0]
        elif stores and not quoted.names and _is_its_own(context, quoted):
            yield None
        return
    if quoted.called == KEY and not is_old_name(context, quoted):
        yield None
    for taken in names_taken(context, quoted) or ():
        if taken.replaces:
            yield taken.name


def _is_its_own(context: FileContext, quoted: Quoted) -> bool:
    """Return whether a path is a module's own, rather than that of a name that another module binds to it."""
    return context.index.layout.absolute(quoted.value, context.importer).key == quoted.located.key
