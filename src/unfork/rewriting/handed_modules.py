"""Modules that are used as values: whoever is handed one may take anything of it, and call that in any way.

helpers.py   def call(module): return module.submit("a", attempts=2)        use.py   call(legacy)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from unfork.reading.index import Index
from unfork.reading.interfaces import Interface
from unfork.rewriting.altered_members import altered_members, gone_members
from unfork.rewriting.file_context import FileContext
from unfork_codemods.calls import CallChange
from unfork_codemods.project import Destination, ImportCodemod, ImportedName


def stands_for(context: FileContext, imported_name: ImportedName) -> bool:
    """Return whether a canonical module can be handed around in a legacy one's place."""
    if not context.codemod.is_drop_in_replacement(imported_name):
        return False
    return name_called_differently(context, imported_name) is None


def name_called_differently(context: FileContext, imported_name: ImportedName) -> str | None:
    """Return a public name of a legacy module whose counterpart does not take everything that it takes, if any."""
    return next(names_called_differently(context.index, context.codemod, imported_name), None)


def names_called_differently(
    index: Index, codemod: ImportCodemod, imported_name: ImportedName
) -> Iterator[str]:
    """Yield the public names of a legacy module whose counterparts do not take everything that they take."""
    for name in sorted(index.public_names(imported_name.key) or ()):
        own = imported_name.of(name)
        destination = codemod.destination(own)
        if not isinstance(destination, Destination) or destination.name is None:
            continue
        old = index.interfaces.interface(own.key, name)
        new = index.interfaces.interface(destination.key, destination.name)
        if _differ(old, new, codemod.call_changes(own)):
            yield name


def _differ(
    old: Interface | None, new: Interface | None, changes: Mapping[str, CallChange]
) -> bool:
    """Return whether a call or a member of a definition is known to be none of its counterpart."""
    if changes:
        return True
    if old is None or new is None or old is new:
        return False
    if old.call is not None and new.call is not None and not new.call.takes_all_of(old.call):
        return True
    altered = altered_members(old, new).values()
    return bool(gone_members(old, new, {})) or any(
        not alteration.new.takes_all_of(alteration.old) for alteration in altered
    )
