"""The legacy modules of the redirects: where the counterpart of each is, and what to report if there is none.

These questions are about modules and their names. Who imports them, and how, is the business of `redirect.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from unfork_codemods.legacy_packages import LegacyPackages
from unfork_codemods.new_import import NewImport
from unfork_codemods.project import (
    Destination,
    ImportedName,
    Key,
    Kind,
    Project,
    Unresolved,
    is_external,
    submodule_key,
)
from unfork_codemods.step import names_advice

if TYPE_CHECKING:
    from unfork_codemods.redirect import Redirect

_CODE = "UF001"


def found_otherwise(legacy: str, name: str, canonical: str) -> Unresolved:
    """Return the finding that code which checks for a name in a legacy module would get another answer."""
    why = f"{legacy} has no {name}, and {canonical} has one: what this finds would change"
    return Unresolved(_CODE, f"{why}; rewrite it by hand")


class LegacyModules:
    """The modules that redirects replace, by their keys."""

    def __init__(self, redirects: Mapping[Key, Redirect], project: Project) -> None:
        self._redirects, self._project = redirects, project
        moved = (key for key, redirect in redirects.items() if redirect.to is not None)
        self.gone = frozenset(key for key in moved if not project.has_file(key))
        self.packages = LegacyPackages(redirects, project)

    def canonical_module(self, key: Key) -> Destination | None:
        """Return the module that takes a legacy module's place, following chained redirects; None if none does."""
        redirect = self._redirects[key]
        while redirect.to is not None:
            located = self._project.named(redirect.to)
            if located.key not in self._redirects:
                return Destination(located.key, None, redirect.to)
            redirect = self._redirects[located.key]
        return None

    def is_submodule(self, key: Key, name: str) -> bool:
        """Return whether a name of a legacy package is a module in it."""
        if name in self._redirects[key].names:
            return False
        if key in self.gone and self._is_shadowed(key, name):
            return False
        if is_external(key):
            return submodule_key(key, name) in self._redirects
        origin = self._project.origin(key, name)
        return origin.kind is Kind.MODULE and origin.key == f"{key}/{name}"

    def _is_shadowed(self, key: Key, name: str) -> bool:
        """Return whether the counterpart of a gone package binds a name to something other than its submodule."""
        to = self.canonical_module(key)
        if to is None or not self._project.has_file(to.key):
            return False
        origin = self._project.origin(to.key, name)
        return origin.found and origin.kind is not Kind.MODULE

    def definer_destination(self, key: Key, name: str) -> Destination | None:
        """Return the module that defines a name which the legacy module only imports."""
        origin = self._project.origin(key, name)
        if self._redirects[key].moves_names_only:
            return None
        if (
            not origin.found
            or self._has_no_counterpart(origin.key)
            or origin.key == key
            or not self._project.has_file(key)
            or self.packages.around(origin.key) is not None
        ):
            return None
        spelling = self._project.dotted(origin.key, self._redirects[key].source)
        return Destination(origin.key, origin.name, spelling)

    def is_same_data(self, key: Key, other: Key, name: str) -> bool:
        """Return whether a name has the same value in both modules: the same ``__all__``, for instance."""
        value = self._project.literal(key, name)
        return value is not None and value == self._project.literal(other, name)

    def ensure_always_defined(
        self, imported_name: ImportedName, key: Key, name: str, destination: Destination
    ) -> Destination | Unresolved:
        """Return the destination if it has its name whenever the legacy module ``key`` has its own; else Unresolved."""
        if (
            destination.name is None
            or imported_name.typing
            or is_external(destination.key)
            or destination.key in self.gone
            or key in self.gone  # its text is gone, and with it the conditions of the name
        ):
            return destination
        origin = self._project.origin(destination.key, destination.name)
        if not origin.found or self._project.is_always_there(
            destination.key, destination.name, key
        ):
            return destination
        return Unresolved(
            "UF006",
            f"{name} of {self._redirects[key].source} is always there, and {destination.spelling} "
            f"has {destination.name} only under a condition; define it in any case",
        )

    def why_value_differs(
        self, imported_name: ImportedName, destination: Destination
    ) -> Unresolved | None:
        """Return the finding for a name that only one of two modules defines itself, where functions bind it again.

        pkg/core.py    def load(): global CONFIG; CONFIG = read()    pkg/__init__.py    from .core import CONFIG, load
        """
        name, there_name = imported_name.name, destination.name
        if name is None or there_name is None or not self._project.has_file(imported_name.key):
            return None
        own = self._project.origin(imported_name.key, name)
        there = self._project.origin(destination.key, there_name)
        is_copy, is_copy_there = own.key != imported_name.key, there.key != destination.key
        if is_copy == is_copy_there or (is_copy and not imported_name.late):
            return None
        if not (
            self._project.is_rebound(*own.identity) and self._project.is_rebound(*there.identity)
        ):
            return None
        source = self._redirects[imported_name.key].source
        definer = self._project.dotted(there.key, destination.spelling)
        told = f"functions of {definer} bind {there.name} again, and"
        if is_copy:
            why = f"{told} {source} keeps the value from when it was imported"
            return Unresolved(_CODE, f"{why}; decide by hand which is meant")
        advice = names_advice("redirect", name, f"{definer}:{there.name}")
        why = f"{told} {destination.spelling} keeps the value from when it was imported"
        return Unresolved("UF006", f"{why}: {advice}")

    def ensure_readable(
        self, redirect: Redirect, destination: Destination
    ) -> Destination | Unresolved:
        """Return the destination, or Unresolved if its module cannot be read."""
        if self._project.is_readable(destination.key):
            return destination
        why = f"cannot redirect {redirect.source}: {destination.spelling} cannot be read; fix that first"
        return Unresolved(_CODE, why)

    def _has_no_counterpart(self, key: Key) -> bool:
        return key in self._redirects and self._redirects[key].missing is not None

    def no_module(self, key: Key) -> Unresolved | None:
        """Return the finding for a module of a package entry without a counterpart; None for any other module."""
        redirect = self._redirects[key]
        if redirect.missing is None or redirect.package is None:
            return None
        entry = f"{redirect.package.package}.* ({redirect.package.place})"
        why = f"{redirect.source} has no counterpart for {entry}: there is no {redirect.missing}"
        return Unresolved(
            _CODE, f'{why}: write a [[redirect]] with from = "{redirect.source}", to = "module"'
        )

    def no_counterpart(self, key: Key, name: str) -> Unresolved:
        """Return the finding for a name that the canonical module does not have."""
        redirect = self._redirects[key]
        to = self._project.named(redirect.to or "").key
        where = [
            self._project.dotted(k, redirect.source)
            for k in self._project.definers(name)
            if not (k in (key, to) or k in self._redirects or self.packages.around(k))
        ]
        advice = names_advice("redirect", name, f"{where[0]}:{name}" if where else "module:Name")
        if redirect.package is not None:
            own = f'from = "{redirect.source}", to = "{redirect.to}"'
            advice = f"write a [[redirect]] with {own}, and {advice}"
        why = self._missing_reason(redirect, key, name)
        elsewhere = f"; {' and '.join(where)} define{'s' * (len(where) == 1)} one" if where else ""
        told = f"{name} of {redirect.source} has no counterpart in {redirect.to}{why}"
        if self.lacks(key, name) and not why:
            told = f"{redirect.source} has no {name}, and neither has {redirect.to}"
            advice = f"correct the name, or {advice}"
        return Unresolved("UF006", f"{told}{elsewhere}: {advice}")

    def found_otherwise(self, key: Key, name: str) -> Unresolved:
        """Return the finding that a name is not in a legacy module, and would be found in the canonical one."""
        redirect = self._redirects[key]
        return found_otherwise(redirect.source, name, redirect.to or "")

    def lacks(self, key: Key, name: str) -> bool:
        """Return whether a readable module clearly lacks a name, so that its import is broken already."""
        is_seen = self._project.has_file(key) and self._project.is_readable(key)
        return is_seen and self._project.origin(key, name).kind is Kind.MISSING

    def _missing_reason(self, redirect: Redirect, key: Key, name: str) -> str:
        origin = self._project.origin(self._project.named(redirect.to or "").key, name)
        if origin.kind is Kind.UNKNOWN:
            return " that its text shows"
        if origin.found and not origin.runtime:
            return ", which has it for type checkers only"
        return (
            ", which only takes it from the legacy module" if origin.identity == (key, name) else ""
        )

    def ambiguous_import(self, imported_name: ImportedName, legacy: Key) -> Unresolved | None:
        """Return the finding that the import reaches the legacy module or not depending on where Python is started.

        Only if the migration spells the module as the import does, or the module is next to the importer.
        """
        redirect, spelled = self._redirects[legacy], imported_name.spelled
        is_beside = legacy.rpartition("/")[0] == imported_name.importer.rpartition("/")[0]
        is_named = redirect.source in (spelled, f"{spelled}.{imported_name.name}")
        is_elsewhere = f".{spelled}." in f"{redirect.source}." and not self._project.may_be_outside(
            spelled
        )
        if legacy == imported_name.importer_key or not (is_beside or is_named or is_elsewhere):
            return None
        to = (
            NewImport("", redirect.to).statement
            if redirect.to
            else "import what its names moved to"
        )
        maybe = imported_name.located.maybe
        if len(maybe) > 1:
            files = (
                f"{k}/__init__.py" if self._project.is_package(k) else f"{k}.py" for k in maybe
            )
            why = f"{spelled} may be {' or '.join(files)}"
            return Unresolved(_CODE, f"{why}: {to}, or write '# unfork: ignore' if it stays")
        if is_elsewhere and not (is_beside or is_named):
            why = f"this may take {legacy}.py, which is legacy, from a folder that is no root"
            return Unresolved(_CODE, f"{why}: list that folder under roots, or write: {to}")
        why = f"{spelled} may be {legacy}.py, which is legacy, or a module outside the project"
        return Unresolved(_CODE, f"{why}: {to}, or write '# unfork: ignore' if it is the latter")
