"""``from legacy import *``: kept as a star if the canonical module has all used names, else expanded."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from unfork.reading.projects import is_nowhere
from unfork.reading.statements import ImportStatement
from unfork.rewriting.calls import follow_calls, free_nodes_of
from unfork.rewriting.file_context import FileContext, ImportedAlias
from unfork.rewriting.file_rewrite import DecidedFile, FileRewrite, FollowedCalls
from unfork.rewriting.renames import reads_namespace, runs_untold_text
from unfork.rewriting.spelling import module_import
from unfork.rewriting.star_uses import names_offered, names_used, start_position
from unfork_codemods.new_import import NewImport
from unfork_codemods.project import (
    MODULE_ATTRIBUTES,
    Destination,
    Identity,
    ImportedName,
    Key,
    Kind,
    Located,
    Unresolved,
    external_key,
    is_external,
)

_BUILTINS = frozenset(dir(builtins))
_FUTURE = external_key("__future__")


def move_stars(context: FileRewrite, items: Iterable[ImportedAlias]) -> None:
    """Decide about every star import of a module that the codemod is about.

    Raises Unparsable for one in a function or class, which has a syntax tree and yet is no Python.
    """
    for item in items:
        if (
            item.alias.name == "*"
            and context.codemod.applies_to(item.imported_name.of("*"))
            and not context.skips(item)
        ):
            if item.statement.scope is not context.source.tree:
                context.source.compiles()
            _carry_out(context, item, _decide_star(context, item))


class _StarMove(NamedTuple):
    """What becomes of a star: its new imports and what these fix, if it moves; what is left; the calls of its names."""

    imports: Sequence[NewImport] = ()
    fixes: str = ""
    left: Sequence[Unresolved] = ()
    calls: Sequence[FollowedCalls] = ()
    gone: Collection[str] = ()
    """Names that the star gave, and that nothing here uses."""


def _carry_out(context: FileRewrite, item: ImportedAlias, move: _StarMove) -> None:
    for calls in move.calls:
        context.record_calls(calls)
        context.call_edits.setdefault(item.alias, []).extend(calls.edits)
    for stays in move.left:
        context.record_unresolved(item.alias, stays)
    context.renamed += [(name, name) for name in move.gone]  # unless others ask for it
    if move.imports:
        context.decided[item.alias] = [*move.imports]
        context.record_fix(item.alias, move.fixes, item.imported_name)


def _decide_star(context: DecidedFile, item: ImportedAlias) -> _StarMove:
    target = context.codemod.destination(item.imported_name.module_itself)
    names = _names_from_star(context, item, target)
    why = _why_it_stays(context, item, target, names)
    if names is None or why:
        return _StarMove(left=[Unresolved(context.codemod.code_of(item.imported_name), why)])
    destinations = {name: _destination_of_name(context, item, name) for name in sorted(names)}
    if renamed := _renamed_in_text(context, destinations):
        why = f"code that is put together runs here, and may name {renamed} either way; import it by both names"
        return _StarMove(left=[Unresolved(context.codemod.code_of(item.imported_name), why)])
    calls = {
        name: _follow_name(context, item, name, destination)
        for name, destination in destinations.items()
        if isinstance(destination, Destination)
    }
    move = _StarMove(
        left=[stays for stays in destinations.values() if isinstance(stays, Unresolved)],
        calls=[*calls.values()],
        gone=(context.index.star_names(item.imported_name.key) or frozenset()) - names,
    )
    for name, followed in calls.items():
        if followed.stays:
            destinations[name] = Unresolved("UF009", "its uses are left")
    new = _new_imports(context, item, target, destinations)
    if new:
        advice = f"write: {new[0].statement}" if len(new) == 1 else "import what it takes by name"
        what = f"all names are taken of {item.imported_name.spelled}; {advice}"
        return move._replace(imports=new, fixes=what)
    return move if names else _move_unused(context, item, target, move)


def _why_it_stays(
    context: FileContext,
    item: ImportedAlias,
    target: Destination | Unresolved | None,
    names: Collection[str] | None,
) -> str:
    """Return why a star must not move, whatever becomes of its names; empty if nothing speaks against it."""
    spelled = item.imported_name.spelled
    if names is None:
        return f"which names this takes of {spelled} cannot be told; import them by name"
    if isinstance(target, Destination) and _comes_round(context, item, target):
        what = f"{target.spelling} takes names of {spelled}"
        return f"{what} from this very module; move their definitions"
    return ""


def _renamed_in_text(
    context: FileContext, destinations: Mapping[str, Destination | Unresolved | None]
) -> str | None:
    """Return a name that is called differently, where the file runs text that a ``repr`` may be in; else None."""
    renamed = (
        name
        for name, destination in destinations.items()
        if isinstance(destination, Destination) and destination.name not in (None, name)
    )
    return next(renamed, None) if runs_untold_text(context.scopes) else None


def _new_imports(
    context: FileContext,
    item: ImportedAlias,
    target: Destination | Unresolved | None,
    destinations: dict[str, Destination | Unresolved | None],
) -> list[NewImport]:
    """Return what replaces a star: another star, or imports by name; empty if it stays, or if nothing is taken."""
    if isinstance(target, Destination):
        is_other = target.key != context.key
        if is_other and _can_stay_star(context, item, target, destinations):
            return [NewImport(context.spelled(target, item), "*")]
        if not destinations and _may_take_over(context, target):
            return [NewImport(context.spelled(target, item), "*")]
    if any(isinstance(destination, Destination) for destination in destinations.values()):
        return _explicit_imports(context, item, destinations)
    return []


def _move_unused(
    context: FileContext,
    item: ImportedAlias,
    target: Destination | Unresolved | None,
    move: _StarMove,
) -> _StarMove:
    """Return the move of a star that gives nothing: what is left of it is that the module is imported."""
    if isinstance(target, Unresolved):
        return move._replace(left=[target])
    if target is None or target.key == context.key:
        return move
    if _is_unbound(context, item, target):
        import_ = NewImport("", target.spelling).statement
        what = f"{item.imported_name.spelled} is imported; write: {import_}"
        return move._replace(imports=[NewImport("", context.spelled(target, item))], fixes=what)
    why = f"a star of {target.spelling} would hide names that this file uses; import by name"
    return move._replace(left=[Unresolved(context.codemod.code_of(item.imported_name), why)])


def _follow_name(
    context: DecidedFile, item: ImportedAlias, name: str, destination: Destination
) -> FollowedCalls:
    """Return what becomes of all that is done with a name of the star."""
    return follow_calls(
        context,
        item.imported_name.of(name),
        destination,
        item.alias,
        lambda: free_nodes_of(context, name),
    )


def _destination_of_name(
    context: FileContext, item: ImportedAlias, name: str
) -> Destination | Unresolved | None:
    """Return the destination of a name that a star gives; one that becomes an attribute has to be imported by name."""
    destination = context.codemod.destination(item.imported_name.of(name))
    if destination is None:
        site = context.module_site(
            item, context.index.layout.submodule_key(item.imported_name.key, name)
        )
        is_module = context.index.module_of(item.imported_name.key, name) == site.key
        return context.codemod.destination(site) if is_module else None
    if isinstance(destination, Destination) and destination.is_attribute:
        spelled, code = item.imported_name.spelled, context.codemod.code_of(item.imported_name)
        why = f"{name} of {spelled} is {destination.spelling}:{destination.name} now"
        import_ = NewImport(spelled, name).statement
        return Unresolved(code, f"{why}; import it by name: {import_}")
    return destination


def _names_from_star(
    context: FileContext,
    item: ImportedAlias,
    module_destination: Destination | Unresolved | None,
) -> frozenset[str] | None:
    """Return the names that the file or its importers use from the star; None if these cannot be determined.

    A star also gives what ``from __future__ import annotations`` binds: nobody uses that, and no name is imported so.
    """
    given = context.index.star_names(item.imported_name.key)
    used = names_used(context, item.alias)
    if given is None:
        if context.index.has_file(item.imported_name.key):
            return None
        used = used - _BUILTINS - _given_by_others(context, item)
        return frozenset(used - _bound_otherwise(context, item, module_destination))
    offered = given if context.facts.avoid else frozenset(names_offered(context, given))
    offered -= _given_by_later(context, item)
    key = item.imported_name.key
    taken = given & (used | offered)
    return frozenset(name for name in taken if context.index.origin(key, name).key != _FUTURE)


def _bound_otherwise(
    context: FileContext,
    item: ImportedAlias,
    module_destination: Destination | Unresolved | None,
) -> frozenset[str]:
    """Return the names that the file binds itself and the counterpart of a module that is gone does not have.

    What the module had, its counterpart tells: nothing else is known of it.
    """
    key = item.imported_name.key
    is_outside = is_external(key) and not is_nowhere(context.index.layout, key.strip("<>"))
    if not isinstance(module_destination, Destination) or is_outside:
        return frozenset()
    given = context.index.star_names(module_destination.key)
    if given is None:
        return frozenset()
    bound = {name for scope in context.scopes.module.within() for name in scope.binds}
    return frozenset(bound | MODULE_ATTRIBUTES) - given


def _other_stars(
    context: FileContext, item: ImportedAlias
) -> Iterator[tuple[ImportStatement, ast.alias, Key]]:
    """Yield the star imports of other modules, in the order of the text, each with its statement."""
    for statement in context.statements:
        for alias in statement.node.names:
            if alias.name == "*":
                key = context.imported_name(statement, alias).key
                if key != item.imported_name.key:
                    yield statement, alias, key


def _given_by_later(context: FileContext, item: ImportedAlias) -> frozenset[str]:
    """Return the names that later stars give in any case: one under a condition, or in a handler, may never run."""
    star_start, block = start_position(item.alias), item.statement.block
    behind = [
        key
        for statement, alias, key in _other_stars(context, item)
        if start_position(alias) > star_start
        and (statement.block is block or not (statement.guarded or statement.typing_only))
    ]
    return frozenset(name for key in behind for name in context.index.star_names(key) or ())


def _given_by_others(context: FileContext, item: ImportedAlias) -> frozenset[str]:
    stars = _other_stars(context, item)
    return frozenset(name for _, _, key in stars for name in context.index.star_names(key) or ())


def _can_stay_star(
    context: FileContext,
    item: ImportedAlias,
    module_destination: Destination,
    destinations: dict[str, Destination | Unresolved | None],
) -> bool:
    """Return whether a star of the canonical module gives every name under its own name, and hides no other."""
    if is_external(module_destination.key):  # its names are unknown, as are those of the old star
        return context.index.star_names(item.imported_name.key) is None and all(
            isinstance(h, Destination) and h.key == module_destination.key and h.name == n
            for n, h in destinations.items()
        )
    given = context.index.star_names(module_destination.key)
    if given is None or any(name not in given for name in destinations):
        return False
    if _lists_what_is_missing(context, module_destination.key, given):
        return False
    if not all(
        _gives_the_same(context, module_destination, name, destination)
        for name, destination in destinations.items()
    ):
        return False
    given_before = context.index.star_names(item.imported_name.key) or frozenset()
    if given - given_before and reads_namespace(context.source, context.scopes):
        return False
    again = {  # by a later star, too, so that it makes no difference here
        name
        for name in (given & given_before) - destinations.keys()
        if _gives_the_same(
            context, module_destination, name, _destination_of_name(context, item, name)
        )
    }
    return not _has_hidden_name(context, given - destinations.keys() - again)


def _gives_the_same(
    context: FileContext,
    module: Destination,
    name: str,
    destination: Destination | Unresolved | None,
) -> bool:
    """Return whether a star of a module gives a name as what the name's destination is."""
    if not isinstance(destination, Destination):
        return False
    whole_origin = context.index.origin(module.key, name)
    if destination.name is None:
        return whole_origin.identity == (destination.key, None)
    home_origin = context.index.origin(destination.key, destination.name)
    if not whole_origin.found or whole_origin.identity == home_origin.identity:
        return whole_origin.found
    return _identity_of_counterpart(context, *whole_origin.identity) == home_origin.identity


def _identity_of_counterpart(context: FileContext, key: Key, name: str | None) -> Identity | None:
    """Return what takes the place of a legacy name, which the module of the new star takes after the run, too."""
    if name is None:
        return None
    imported = ImportedName("", Located(key), context.index.dotted(key), name)
    destination = context.codemod.destination(imported)
    if not isinstance(destination, Destination) or destination.name is None:
        return None
    return context.index.origin(destination.key, destination.name).identity


def _has_hidden_name(context: FileContext, added: frozenset[str]) -> bool:
    """Return whether a name that the new star adds is used here and means something else."""
    if added & context.facts.avoid:
        return True
    bound = {name for scope in context.scopes.module.within() for name in scope.binds}
    return any(ref.name in added for ref in context.scopes.refs) or bool(
        added & {name for name in bound if name in context.scopes.module.binds}
    )


def _comes_round(
    context: FileContext, item: ImportedAlias, module_destination: Destination
) -> bool:
    """Return whether the canonical module has a name by this very star."""
    given = context.index.star_names(item.imported_name.key) or ()
    hops = (
        hop
        for name in given
        for hop in pairwise(context.index.origin(module_destination.key, name).hops)
    )
    return any(
        module == context.key and source == item.imported_name.key
        for (module, _), (source, _) in hops
    )


def _may_take_over(context: FileContext, module_destination: Destination) -> bool:
    """Return whether a star of which nothing is used can become one of the canonical module."""
    if module_destination.key == context.key:
        return False
    if is_external(module_destination.key):
        return True
    given = context.index.star_names(module_destination.key) or frozenset()
    return not (
        _has_hidden_name(context, given)
        or _lists_what_is_missing(context, module_destination.key, given)
    )


def _lists_what_is_missing(context: FileContext, key: Key, given: Iterable[str]) -> bool:
    """Return whether a star of a module fails, since its ``__all__`` names what it does not define."""
    return any(context.index.origin(key, name).kind is Kind.MISSING for name in given)


def _is_unbound(context: FileContext, item: ImportedAlias, module_destination: Destination) -> bool:
    """Return whether ``import a.b`` can stand here: ``a`` means nothing else in the file."""
    spelled = context.spelled(module_destination, item)
    root = spelled.partition(".")[0]
    scopes = context.scopes.module.within()
    return (
        bool(root)
        and root not in context.facts.avoid
        and not any(root in s.binds or any(r.name == root for r in s.refs) for s in scopes)
    )


def _explicit_imports(
    context: FileContext,
    item: ImportedAlias,
    destinations: dict[str, Destination | Unresolved | None],
) -> list[NewImport]:
    """Return the imports of the names one by one; the star stays where the migration leaves names alone."""
    new = [item.as_is] if any(destination is None for destination in destinations.values()) else []
    for name, destination in destinations.items():
        if isinstance(destination, Destination) and destination.name is not None:
            asname = None if destination.name == name else name
            new.append(NewImport(context.spelled(destination, item), destination.name, asname))
        elif isinstance(destination, Destination):
            new.append(module_import(context.spelled(destination, item), name))
        elif destination is not None:
            new.append(NewImport(item.imported_name.spelled, name))
    return new
