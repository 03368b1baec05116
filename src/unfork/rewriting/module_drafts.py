"""The planned rewrite of a group of uses of a module: new imports, and the edits at its uses."""

from __future__ import annotations

import ast
from collections.abc import Collection
from dataclasses import dataclass, field

from unfork.reading.places import attribute_span, chain_span, link_spans
from unfork.reading.scopes import resolve_name
from unfork.reading.source import Span, string_span
from unfork.rewriting.code_in_strings import line_of_code_using
from unfork.rewriting.file_context import FileContext, ImportedAlias
from unfork.rewriting.file_rewrite import DecidedFile, Place
from unfork.rewriting.module_uses import Group, Use
from unfork.rewriting.renames import is_in_examples, is_offered, line_looking_up
from unfork_codemods.edits import Edit
from unfork_codemods.new_import import NewImport
from unfork_codemods.project import Unresolved


@dataclass(slots=True)
class Draft:
    """The planned rewrite of a group: the new imports for each of its statements, and the edits at its uses."""

    imports: dict[ast.alias, list[NewImport]] = field(default_factory=dict)
    edits: list[Edit] = field(default_factory=list)
    renamed: list[tuple[str, str]] = field(default_factory=list)
    """The top-level names that are renamed, each with its new name."""
    left: list[tuple[Place, Unresolved]] = field(default_factory=list)
    """What a person has to fix."""
    moves: bool = False
    """Whether anything moves."""


def edit_use(context: FileContext, use: Use, expression: str, draft: Draft) -> None:
    """Put ``expression`` in the place of the module, and the new name in the place of the old one."""
    destination = use.destination
    assert destination is not None
    depth = use.depth
    if use.name is not None and destination.name is None and use.text is None:
        depth += (
            1  # legacy.os, which the legacy module only imports: the module itself takes its place
        )
    parts = expression.split(".")
    module_destination = chain_span(context.source, use.ref, depth)
    if module_destination is not None and len(parts) != depth + 1:
        _add_edit(context, module_destination, expression, draft)
    else:
        _edit_links(context, use, depth, parts, draft)
    if use.name is None or destination.name in (None, use.name):
        return
    name = (
        string_span(context.source, use.text)
        if use.text
        else attribute_span(context.source, use.ref, use.depth)
    )
    _add_edit(context, name, destination.name or "", draft)


def edit_to_own_name(context: FileContext, use: Use, draft: Draft) -> None:
    """Put the mere name of what the file defines itself in the place of a use."""
    assert use.destination is not None
    span = chain_span(context.source, use.ref, use.depth + 1)
    _add_edit(context, span, use.destination.name or "", draft)


def _edit_links(context: FileContext, use: Use, depth: int, parts: list[str], draft: Draft) -> None:
    """Put ``parts`` in the places of the names that lead to a module, and keep what stands between these."""
    links = link_spans(context.source, use.ref, depth)
    assert links is not None, "a use that is moved can be edited"
    if len(parts) > len(links):
        parts = [*parts[:depth], ".".join(parts[depth:])]
    for (_, start, end), part in zip(links, parts):
        _add_edit(context, (start, end), part, draft)
    for dot, start, end in links[len(parts) :]:
        _add_edit(context, (dot, dot + 1), "", draft)
        _add_edit(context, (start, end), "", draft)


def _add_edit(context: FileContext, span: Span | None, text: str, draft: Draft) -> None:
    assert span is not None, "a use that is moved can be edited"
    if context.source.data[span[0] : span[1]] != text.encode():
        draft.edits.append(Edit(*span, text.encode()))


def unused_name(context: DecidedFile, name: str, others: Collection[str]) -> str:
    """Return a name like ``name`` that nothing in the file uses and that is not one of ``others``."""
    taken = {r.name for r in context.scopes.refs} | {
        n for s in context.scopes.module.within() for n in s.binds
    }
    taken.update(others)
    taken |= {new.local for news in context.decided.values() for new in news}
    # never two underscores: a class would read that as a private name of its own
    candidate, number = f"_{name}", 1
    while candidate in taken:
        number += 1
        candidate = f"_{name}{number}"
    return candidate


def has_other_use(context: FileContext, group: Group, moving: list[Use]) -> bool:
    """Return whether the group's binding is used in other ways than those that move.

    An annotation in a string may be evaluated among the module's own names, wherever it stands
    (``typing.get_type_hints``).
    """
    moved = {use.ref for use in moving}
    is_global = group.scope is context.scopes.module
    others = (r for r in context.scopes.refs if r.name == group.local and r not in moved)
    return any(
        resolve_name(ref.scope, ref.name) is group.scope or (is_global and ref.literal is not None)
        for ref in others
    )


def is_name_needed(context: FileContext, group: Group) -> bool:
    """Return whether the name that a group is reached through is of use besides: here, or for others."""
    if group.parents[0].alias.name == "*" or is_kept(context, group):
        return True
    if group.scope is context.scopes.module and is_in_examples(context.source, group.local):
        return True
    if line_looking_up(context.source, context.scopes, group.scope, group.local) is not None:
        return True
    if line_of_code_using(context, lambda node: _is_of(node, group.local)) is not None:
        return True
    return has_other_use(context, group, group.moving)


def _is_of(node: ast.Attribute, name: str) -> bool:
    return isinstance(node.value, ast.Name) and node.value.id == name


def has_effect(context: DecidedFile, group: Group) -> bool:
    """Return whether the import that a group is reached through does more than bind names.

    What the legacy module does is what the redirect changes, and a package that it is in is left out: where the module
    goes to another package, that one runs instead.
    """
    parent = group.parents[0]
    if parent.statement.typing_only:
        return False
    keys = {context.imported_module(parent) or parent.imported_name.key}
    keys.add(parent.imported_name.key)
    if _is_loaded_anyway(context, parent):
        keys.remove(parent.imported_name.key)
    return any(
        not f"{group.imported_name.key}/".startswith(f"{key}/") and not context.index.is_idle(key)
        for key in keys
    )


def _is_loaded_anyway(context: DecidedFile, item: ImportedAlias) -> bool:
    """Return whether the module of ``from module import name`` is loaded without that name.

    It is a package around the file, or another name of the statement goes on being imported.
    """
    if f"{context.key}/".startswith(f"{item.imported_name.key}/"):
        return True
    return item.imported_name.name is not None and any(
        other.statement is item.statement
        and other.alias is not item.alias
        and other.as_is in context.decided.get(other.alias, [other.as_is])
        for other in context.items
    )


def is_kept(context: FileContext, group: Group) -> bool:
    """Return whether others may take the group's local name from this file."""
    is_global = group.scope is context.scopes.module
    return is_global and (
        is_offered(context.source, group.local) or group.local in context.facts.keep
    )
