"""Redirect: imports of a legacy module become imports of the canonical one."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping

from unfork_codemods.bindings import Bindings
from unfork_codemods.legacy_packages import LegacyPackages
from unfork_codemods.plan import Redirect
from unfork_codemods.project import (
    DATA_NAMES,
    MODULE_ATTRIBUTES,
    Home,
    Identity,
    Key,
    Kind,
    Located,
    Project,
    Site,
    Stays,
    is_external,
    last_segment,
)


class RedirectImports:
    """Moves names from legacy modules to where the redirects say they live now.

    from a.legacy import Old, helper    ->    from a.canonical import New
                                              from a.util import helper
    """

    step = "redirect"
    code = "UF001"
    follows_parents = True

    def __init__(self, redirects: Iterable[Redirect], project: Project) -> None:
        self._project = project
        self.redirects: Mapping[Key, Redirect] = {project.named(r.source).key: r for r in redirects}
        self.words: frozenset[str] | None = frozenset(map(last_segment, self.redirects))
        moved = (key for key, redirect in self.redirects.items() if redirect.to is not None)
        self._gone = frozenset(key for key in moved if not project.has_file(key))
        self._packages = LegacyPackages(self.redirects, project)
        # The modules that are being compared: those that import each other are interchangeable if all else is.
        self._assumed: list[Key] = []
        self._bindings = Bindings()

    def is_about(self, key: Key) -> bool:
        """Return whether a module is legacy."""
        return key in self.redirects

    def bound(self, bindings: Bindings) -> RedirectImports:
        """Return the codemod as it decides where names are replaced."""
        clone = copy.copy(self)
        clone._assumed, clone._bindings = [], bindings
        return clone

    def touches(self, site: Site) -> bool:
        """Return whether the site's module is legacy, and the importer another."""
        if site.key not in self.redirects or site.key == site.importer_key:
            return False
        return not self._binds_its_own(site) or self.redirects[site.importer_key].to is None

    def _binds_its_own(self, site: Site) -> bool:
        """Return whether a legacy package imports its own submodule, which others reach as its attribute."""
        package = site.importer_key
        return (
            site.name is None and package in self.redirects and site.key.startswith(f"{package}/")
        )

    def code_of(self, site: Site) -> str:
        """Return the one code that it has."""
        return self.code

    def outside(self) -> frozenset[Key]:
        """Return the legacy modules outside the project."""
        return frozenset(key for key in self.redirects if is_external(key))

    def home(self, site: Site) -> Home | Stays | None:
        """Return where a name of a legacy module lives now, following redirects of redirects."""
        if not self.touches(site):
            return None
        replaced = self._replaced_destination(site)
        if replaced is not None:
            return replaced
        if self._binds_its_own(site):
            why = f"others reach {site.spelled} as an attribute of this package, some names of which stay"
            return Stays(self.code, f"{why}; rewrite both by hand")
        if site.name is None:
            whole = self._canonical_module(site.key)
            return whole and self._ensure_readable(self.redirects[site.key], whole)
        if self._is_submodule(site.key, site.name):
            located = Located(f"{site.key}/{site.name}", site.located.base)
            return self.inside(site._replace(located=located, name=None))
        home = self._final_destination(site, site.key, site.name, frozenset())
        if isinstance(home, Home) and self._comes_round(site, home):
            why = (
                f"{site.name} of {site.spelled} is what {home.spelling} takes from this very module"
            )
            return Stays("UF006", f"{why}; move its definition here, or to {home.spelling}")
        return home

    def _replaced_destination(self, site: Site) -> Home | Stays | None:
        """Return what is decided about a name that something in the project replaces; None where nothing is."""
        why = self._bindings.kept(site)
        if why is not None:
            return Stays(self.code, why)
        if site.key not in self._bindings.swapped or site.name is None:
            return self._bindings.moved(site)
        whole, redirect = self._canonical_module(site.key), self.redirects[site.key]
        if whole is None or site.name in redirect.names:
            why = "another module is put in its place in sys.modules, and a name is called differently"
            return Stays(self.code, f"{redirect.source}: {why}; rewrite both by hand")
        if self._project.origin(whole.key, site.name).found:
            return Home(whole.key, site.name, whole.spelling)
        return self._no_counterpart(site.key, site.name)

    def _comes_round(self, site: Site, home: Home) -> bool:
        """Return whether the home has the name from the importer, which has it by this very import."""
        if home.name is None:
            return False
        origin = self._project.origin(home.key, home.name)
        onward = (*origin.hops[1:], None if origin.certain else (site.key, site.name))
        ways = zip(origin.hops, onward)
        return any(hop[0] == site.importer_key and to == (site.key, site.name) for hop, to in ways)

    def patched(self, site: Site) -> Home | Stays | None:
        """Return where replacing a name of a legacy module has its effect now.

        That is the namespace in which the code looks the name up: the migration's target, else the canonical module
        if it has the name, be it only by an import.
        """
        replaced = self._replaced_destination(site)
        if replaced is not None:
            return replaced
        home = self.home(site)
        redirect = self.redirects.get(site.key)
        name = site.name or ""
        if (
            redirect is None
            or redirect.to is None
            or isinstance(home, Stays)
            or name in redirect.names
        ):
            return home
        module = self._canonical_module(site.key)
        if module is not None and self._is_counterpart(site, module.key):
            return Home(module.key, name, module.spelling)
        return Stays(
            self.code,
            f"{name} is replaced in {redirect.source}, and {redirect.to} does not look it up",
        )

    def _is_counterpart(self, site: Site, key: Key) -> bool:
        """Return whether the module ``key`` has what a legacy module defines, or the very thing that this imports."""
        name = site.name or ""
        legacy_origin, new_origin = (
            self._project.origin(site.key, name),
            self._project.origin(key, name),
        )
        own = legacy_origin.key == site.key
        same = new_origin.identity in (
            legacy_origin.identity,
            self._moved_identity(site, legacy_origin.identity),
        )
        return (own or same) and self._project.is_always_there(key, name, site.key)

    def interchangeable(self, site: Site) -> bool:
        """Return whether every public name of the legacy module is the same name of the canonical one."""
        if site.key not in self.redirects:
            return False
        if site.key in self._assumed:
            return True
        start, is_alike = len(self._assumed), False
        self._assumed.append(site.key)
        try:
            is_alike = self._is_interchangeable(site)
        finally:
            if not is_alike or start == 0:
                del self._assumed[start:]  # what was found behind it may rest on it
        return is_alike

    def _is_interchangeable(self, site: Site) -> bool:
        names = self._project.public_names(site.key)
        target = self._canonical_module(site.key)
        if target is None:
            return False
        if names is None:
            return not self._project.has_file(site.key) and not self.redirects[site.key].names
        return all(self._has_same_object(site.of(name), target.key) for name in names)

    def inside(self, site: Site) -> Stays | None:
        """Return what is to be said of an import of a module inside a legacy package.

        And of a name that may mean a legacy module, or one outside that is called the same.
        """
        maybe = site.located.maybe
        if maybe is not None and maybe in self.redirects:
            return self._ambiguous_import(site, maybe)
        return self._packages.inside(site)

    def _ambiguous_import(self, site: Site, legacy: Key) -> Stays | None:
        """Return that it depends on where Python is started whether the legacy module is imported.

        But only where the migration calls it as the import does, or it lies beside the importer.
        """
        redirect = self.redirects[legacy]
        is_beside = legacy.rpartition("/")[0] == site.importer.rpartition("/")[0]
        if legacy == site.importer_key or not (is_beside or redirect.source == site.spelled):
            return None
        why = f"{site.spelled} may be {legacy}.py, which is legacy, or a module outside the project"
        to = f"import {redirect.to}" if redirect.to else "import what its names moved to"
        return Stays(self.code, f"{why}: {to}, or write '# unfork: ignore' if it is the latter")

    def _has_same_object(self, site: Site, key: Key) -> bool:
        """Return whether a name may be asked of the module ``key`` instead: there, under the same name."""
        home = self.home(site)
        if isinstance(home, Stays):
            return False
        if home is not None and home.key == key:
            return home.name == site.name
        own_identity = self._project.origin(site.key, site.name or "").identity
        if home is not None:
            own_identity = self._identity_of(home)
        other_origin = self._project.origin(key, site.name or "")
        if not other_origin.found or own_identity == other_origin.identity:
            return other_origin.found
        ways = {own_identity, self._moved_identity(site, own_identity)}
        return not ways.isdisjoint(
            (other_origin.identity, self._moved_identity(site, other_origin.identity))
        )

    def _identity_of(self, home: Home) -> Identity:
        if home.name is None:
            return home.key, None
        return self._project.origin(home.key, home.name).identity

    def _moved_identity(self, site: Site, known: Identity) -> Identity:
        """Return what an object is once all who take it of a legacy module are rewritten."""
        key, name = known
        if key not in self.redirects:
            return known
        if name is None:
            home: Home | Stays | None = self._legacy_module(site, Home(key, None, ""))
        else:
            home = self._final_destination(site, key, name, frozenset())
        return self._identity_of(home) if isinstance(home, Home) else known

    def _is_submodule(self, key: Key, name: str) -> bool:
        if name in self.redirects[key].names:
            return False
        if is_external(key):
            return f"{key[:-1]}.{name}>" in self.redirects
        origin = self._project.origin(key, name)
        return origin.kind is Kind.MODULE and origin.key == f"{key}/{name}"

    def _canonical_module(self, key: Key) -> Home | None:
        redirect = self.redirects[key]
        while redirect.to is not None:
            located = self._project.named(redirect.to)
            if located.key not in self.redirects:
                return Home(located.key, None, redirect.to)
            redirect = self.redirects[located.key]
        return None

    def _final_destination(
        self, site: Site, key: Key, name: str, seen: frozenset[tuple[Key, str]]
    ) -> Home | Stays | None:
        """Return a name's home, following redirects of redirects; None where the migration does not speak of it."""
        home = self._direct_destination(site, key, name)
        if not isinstance(home, Home) or home.key not in self.redirects:
            return home
        if home.name is None:
            return self._legacy_module(site, home)
        if (home.key, home.name) in seen:
            return self._no_counterpart(key, name)
        onward = self._final_destination(site, home.key, home.name, seen | {(key, name)})
        if isinstance(onward, Home):
            return onward
        return home if name in self.redirects[key].names else self._no_counterpart(key, name)

    def _legacy_module(self, site: Site, home: Home) -> Home | Stays:
        """Return what takes the place of a legacy module that another legacy module imports."""
        taken = site._replace(located=Located(home.key), name=None)
        onward = self._canonical_module(home.key)
        if onward is not None and self.interchangeable(taken):
            return onward
        return Stays(
            self.code,
            f"{site.name} of {site.spelled} is the legacy module {home.spelling}; import that by its own name",
        )

    def _direct_destination(self, site: Site, key: Key, name: str) -> Home | Stays | None:
        """Return a name's home by the contract's order: the migration, the real definer, the canonical module.

        Without a canonical module the migration names all there is to move, and nothing is said of other names.
        """
        redirect = self.redirects[key]
        target = redirect.names.get(name)
        if target is not None:
            target_key = self._project.named(target.module).key
            home = self._ensure_readable(redirect, Home(target_key, target.name, target.module))
            return (
                home
                if isinstance(home, Stays)
                else self._ensure_always_defined(site, key, name, home)
            )
        if redirect.to is None:
            return None
        located = self._project.named(redirect.to)
        if name in DATA_NAMES and not self._is_same_data(key, located.key, name):
            why = (
                f"{redirect.source}.{name} says what that module is, and {redirect.to} has another"
            )
            code = self.code if name in MODULE_ATTRIBUTES else "UF006"
            return Stays(code, f"{why}; decide by hand what it should be")
        definer = self._definer_destination(key, name)
        if definer is not None:
            return definer
        origin = self._project.origin(located.key, name)
        if origin.key == f"{located.key}/{name}" and len(origin.hops) == 1 and key in self._gone:
            return Home(origin.key, None, f"{redirect.to}.{name}")  # it has to be imported
        home = self._ensure_readable(redirect, Home(located.key, name, redirect.to))
        is_other = origin.identity != (key, name) and (origin.runtime or site.typing)
        if isinstance(home, Stays):
            return home
        if origin.found and is_other:
            return self._ensure_always_defined(site, key, name, home)
        return self._no_counterpart(key, name)

    def _is_same_data(self, key: Key, other: Key, name: str) -> bool:
        """Return whether two modules say the same of themselves by a name: the same ``__all__``, for instance."""
        value = self._project.literal(key, name)
        return value is not None and value == self._project.literal(other, name)

    def _ensure_always_defined(self, site: Site, key: Key, name: str, home: Home) -> Home | Stays:
        """Return a home that has its name whenever the legacy module ``key`` has its own; else that it stays there."""
        if home.name is None or site.typing or is_external(home.key) or home.key in self._gone:
            return home
        origin = self._project.origin(home.key, home.name)
        if not origin.found or self._project.is_always_there(home.key, home.name, key):
            return home
        return Stays(
            "UF006",
            f"{name} of {self.redirects[key].source} is always there, and {home.spelling} has {home.name} only under "
            f"a condition; define it in any case",
        )

    def _ensure_readable(self, redirect: Redirect, home: Home) -> Home | Stays:
        """Return a home, or that it stays where it is, if nobody can read what is in the home."""
        if self._project.is_readable(home.key):
            return home
        why = (
            f"{redirect.source} gives way to {home.spelling}, which cannot be read: mend that first"
        )
        return Stays(self.code, why)

    def _definer_destination(self, key: Key, name: str) -> Home | None:
        """Return where a name that the legacy module only imports is really defined."""
        origin = self._project.origin(key, name)
        if (
            not origin.found
            or origin.key == key
            or not self._project.has_file(key)
            or self._packages.around(origin.key) is not None
        ):
            return None
        spelling = self._project.dotted(origin.key, self.redirects[key].source)
        return Home(origin.key, origin.name, spelling)

    def _no_counterpart(self, key: Key, name: str) -> Stays:
        redirect = self.redirects[key]
        to = self._project.named(redirect.to or "").key
        where = [
            self._project.dotted(k, redirect.source)
            for k in self._project.definers(name)
            if not (k in (key, to) or k in self.redirects or self._packages.around(k))
        ]
        advice = f'names.{name} = "{where[0]}:{name}"' if where else f'names.{name} = "module:Name"'
        why = self._missing_reason(redirect, key, name)
        elsewhere = f"; {' and '.join(where)} define{'s' * (len(where) == 1)} one" if where else ""
        return Stays(
            "UF006",
            f"{name} of {redirect.source} has no counterpart in {redirect.to}{why}{elsewhere}: {advice}",
        )

    def _missing_reason(self, redirect: Redirect, key: Key, name: str) -> str:
        origin = self._project.origin(self._project.named(redirect.to or "").key, name)
        if origin.kind is Kind.UNKNOWN:
            return " that its text shows"
        if origin.found and not origin.runtime:
            return ", which has it for type checkers only"
        return (
            ", which only takes it from the legacy module" if origin.identity == (key, name) else ""
        )
