"""Modules that are used through their package, where the package moves too.

from a import legacy          ->    from a import canonical
legacy.money.RATE                   canonical.money.RATE
"""

from __future__ import annotations

from collections.abc import Iterable

from unfork.rewriting.file_context import FileContext
from unfork.rewriting.module_uses import Group, follows_by_itself, use_of
from unfork_codemods.project import Destination, Key, is_external


def through_packages(context: FileContext, groups: Iterable[Group]) -> list[Group]:
    """Return the groups; uses of a module go to the group of its package if that will lead to the counterpart."""
    listed = list(groups)
    remaining = []
    for group in listed:
        package = next((p for p in listed if _will_lead_to(context, p, group)), None)
        if package is None:
            remaining.append(group)
        else:
            _hand_over(context, group, package)
    return remaining


def _will_lead_to(context: FileContext, package: Group, group: Group) -> bool:
    """Return whether the new package has the new module as an attribute, and each use finds its name there."""
    names = _names_between(package, group)
    if not (names and package.direct and not group.direct) or (package.scope, package.local) != (
        group.scope,
        group.local,
    ):
        return False
    old, new = (context.codemod.destination(g.imported_name) for g in (package, group))
    if not (isinstance(old, Destination) and isinstance(new, Destination)):
        return False
    if _attribute_of(context, old.key, names) != new.key:
        return False
    key = group.imported_name.key
    return all(follows_by_itself(context, group.parents[0], key, use) for use in group.uses)


def _names_between(package: Group, group: Group) -> list[str]:
    """Return the names that lead from a package to a module in it; none if it is not in the package."""
    outer, inner = package.imported_name.key, group.imported_name.key
    separator = "." if is_external(outer) else "/"
    start = outer.strip("<>") + separator
    tail = inner.strip("<>").removeprefix(start)
    return tail.split(separator) if tail != inner.strip("<>") else []


def _attribute_of(context: FileContext, key: Key, names: Iterable[str]) -> Key | None:
    """Return the module that attributes of a module lead to, each bound for certain when it is imported."""
    for name in names:
        below = context.index.module_of(key, name)
        if below is None or is_external(key) or not _binds(context, key, name, below):
            return None
        key = below
    return key


def _binds(context: FileContext, key: Key, name: str, below: Key) -> bool:
    """Return whether importing a package is certain to bind a module in it as its attribute.

    ``from .money import RATE`` binds ``money``, too (the language reference, 5.4.2).
    """
    index = context.index
    definitions = index.definitions(key)
    if definitions is None:
        return False
    binding = definitions.names.get(name)
    if binding is not None:
        return binding.certain and binding.runtime
    certain = (b for b in definitions.names.values() if b.certain and b.runtime and not b.own)
    return any(
        index.locate(imported, index.file(key)).key == below
        for binding in certain
        for imported in binding.imports
    )


def _hand_over(context: FileContext, group: Group, package: Group) -> None:
    """Make each use of a module a use of its package: the name taken from the package is the module."""
    names = _names_between(package, group)
    destination = context.codemod.destination(package.imported_name)
    assert isinstance(destination, Destination)
    for use in group.uses:
        handed = use_of(use.ref, use.depth - len(names))
        handed.destination = destination._replace(name=handed.name)
        package.uses.append(handed)
    order = {ref: at for at, ref in enumerate(context.scopes.refs)}
    package.uses.sort(key=lambda use: order[use.ref])
