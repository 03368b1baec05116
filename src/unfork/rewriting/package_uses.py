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
    key, inner = package.imported_name.key, group.imported_name.key
    is_through = package.direct and not group.direct and inner.startswith(f"{key}/")
    if not is_through or (package.scope, package.local) != (group.scope, group.local):
        return False
    old, new = (context.codemod.destination(g.imported_name) for g in (package, group))
    if not (isinstance(old, Destination) and isinstance(new, Destination)):
        return False
    if _attribute_of(context, old.key, _names_between(package, group)) != new.key:
        return False
    return all(follows_by_itself(context, group.parents[0], inner, use) for use in group.uses)


def _names_between(package: Group, group: Group) -> list[str]:
    return group.imported_name.key[len(package.imported_name.key) + 1 :].split("/")


def _attribute_of(context: FileContext, key: Key, names: Iterable[str]) -> Key | None:
    """Return the module that attributes of a module lead to, each bound for certain when it is imported."""
    for name in names:
        definitions = None if is_external(key) else context.index.definitions(key)
        binding = definitions.names.get(name) if definitions is not None else None
        below = context.index.module_of(key, name)
        if binding is None or below is None or not (binding.certain and binding.runtime):
            return None
        key = below
    return key


def _hand_over(context: FileContext, group: Group, package: Group) -> None:
    """Make each use of a module a use of its package: what it takes of the package is the module."""
    names = _names_between(package, group)
    destination = context.codemod.destination(package.imported_name)
    assert isinstance(destination, Destination)
    for use in group.uses:
        handed = use_of(use.ref, use.depth - len(names))
        handed.destination = destination._replace(name=handed.name)
        package.uses.append(handed)
    order = {ref: at for at, ref in enumerate(context.scopes.refs)}
    package.uses.sort(key=lambda use: order[use.ref])
