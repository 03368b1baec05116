"""Repair: imports of one module that do not resolve."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from unfork_codemods.bindings import Bindings
from unfork_codemods.plan import Repair
from unfork_codemods.project import (
    MODULE_ATTRIBUTES,
    Home,
    Key,
    Kind,
    Located,
    Project,
    Site,
    Stays,
    is_external,
)
from unfork_codemods.redirect_imports import RedirectImports


class RepairImports:
    """Mends names imported from modules that do not define them, and siblings imported bare inside a package.

    from job_state import JobMetadata    ->    from .job_state import JobMetadata
    from .engine import JobStatus        ->    from .job_state import JobStatus
    """

    step = "repair"
    code = "UF002"
    follows_parents = False
    words: frozenset[str] | None = None

    def __init__(
        self, repairs: Iterable[Repair], project: Project, redirects: RedirectImports | None = None
    ) -> None:
        self._project, self._redirects = project, redirects
        self._legacy: Collection[Key] = redirects.redirects if redirects else ()
        self._repairs: Mapping[Key, Repair] = {project.named(r.module).key: r for r in repairs}

    def repair_of(self, importer: Key) -> Repair | None:
        """Return the repair of a module, if there is one."""
        return self._repairs.get(importer)

    def touches(self, site: Site) -> bool:
        """Return whether the importer is to be repaired and the site does not resolve.

        What an import takes from above its package is a matter of names, be it a module.
        """
        is_above = site.name is None and self._climbs(site)
        return self._repair(site) is not None and self._is_broken(site) and not is_above

    def is_about(self, key: Key) -> bool:
        """Return False: nothing replaces a name where it is not."""
        return False

    def bound(self, bindings: Bindings) -> RepairImports:
        """Return the codemod: it is about none of these."""
        return self

    def code_of(self, site: Site) -> str:
        """Return UF003 where the module is not found, UF002 where only the name is not."""
        is_found = site.located.exists and not is_external(site.key) and not self._climbs(site)
        return self.code if is_found else "UF003"

    def outside(self) -> frozenset[Key]:
        """Return nothing: what it is about is in the project."""
        return frozenset()

    def home(self, site: Site) -> Home | Stays | None:
        """Return where a thing that does not resolve really is."""
        repair = self._repair(site)
        if repair is None or not self._is_broken(site):
            return None
        sibling = self._sibling(site)
        if sibling is not None:
            onward = self._onward(site, Home(sibling, site.name, "", relative=True))
            if onward is not None:
                return onward
        if site.name is None:
            return self._module(site, repair, sibling)
        if (
            sibling is not None
            and site.name not in repair.names
            and self._defined(sibling, site.name)
        ):
            return Home(sibling, site.name, self._dotted(repair, sibling), relative=True)
        return self._source(site, repair, sibling)

    def patched(self, site: Site) -> Home | Stays | None:
        """Return where a name is to be replaced: where it is looked up."""
        return self.home(site)

    def interchangeable(self, site: Site) -> bool:
        """Return True: what did not import is no one's to keep."""
        return True

    def inside(self, site: Site) -> Stays | None:
        """Return None: what it is about is there."""
        return None

    def _repair(self, site: Site) -> Repair | None:
        return self._repairs.get(site.importer_key)

    def _is_broken(self, site: Site) -> bool:
        if not site.located.exists or self._climbs(site):
            return True
        if is_external(site.key):
            return self._sibling(site) is not None
        if site.name is None:
            return False
        return self._project.origin(site.key, site.name).kind is Kind.MISSING

    def _climbs(self, site: Site) -> bool:
        """Return whether a relative import climbs above the top-level package that the repair's module is in."""
        repair = self._repair(site)
        level = len(site.spelled) - len(site.spelled.lstrip("."))
        if repair is None or not level:
            return False
        depth = repair.module.count(".") + self._project.is_package(site.importer_key)
        return level > depth

    def _sibling(self, site: Site) -> Key | None:
        """Return the module beside the importer that a bare import means: never one of the standard library."""
        if not is_external(site.key) or site.spelled.startswith("."):
            return None
        if site.spelled.partition(".")[0] in sys.stdlib_module_names:
            return None
        return self._project.sibling(site.spelled, site.importer)

    def _onward(self, site: Site, home: Home) -> Home | None:
        """Return where a redirect leads what is in a legacy module: there a second run would look for it."""
        if self._redirects is None or home.key not in self._legacy:
            return None
        there = self._redirects.home(site._replace(located=Located(home.key), name=home.name))
        if not isinstance(there, Home):
            return None
        return replace(there, relative=home.relative, fixed=home.fixed)

    def _dotted(self, repair: Repair, key: Key) -> str:
        return self._project.dotted(key, repair.module)

    def _module(self, site: Site, repair: Repair, sibling: Key | None) -> Home | Stays:
        if sibling is not None:
            return Home(sibling, None, self._dotted(repair, sibling), relative=True)
        return Stays("UF003", f"no module is called {site.spelled}; import the one that is meant")

    def _defined(self, key: Key, name: str) -> bool:
        known = name in MODULE_ATTRIBUTES
        return known or self._project.origin(key, name).kind is not Kind.MISSING

    def _source(self, site: Site, repair: Repair, sibling: Key | None) -> Home | Stays:
        name = site.name or ""
        target = repair.names.get(name)
        if target is not None:
            key = self._project.named(target.module).key
            return self._at(site, Home(key, target.name, target.module), sibling)
        for module in repair.prefer:
            key = self._project.named(module).key
            if self._project.origin(key, name).found:
                return self._at(site, Home(key, name, module), sibling)
        own = self._project.named(repair.module).key
        candidates = [
            key for key in self._project.definers(name) if key not in self._legacy and key != own
        ]
        if len(candidates) == 1:
            home = Home(candidates[0], name, self._dotted(repair, candidates[0]))
            return self._at(site, home, sibling)
        return self._left(site, repair, name, candidates)

    def _at(self, site: Site, home: Home, sibling: Key | None) -> Home:
        """Return a home as the importer is to spell it: beside a sibling relative, never climbing too high again."""
        spelled = replace(home, relative=sibling is not None, fixed=self._climbs(site))
        return self._onward(site, spelled) or spelled

    def _left(self, site: Site, repair: Repair, name: str, candidates: Iterable[Key]) -> Stays:
        where = [self._dotted(repair, key) for key in candidates]
        code = self.code_of(site)
        broken = f"{name} is not defined in {site.spelled}"
        if where:
            advice = f'more than one module defines it ({", ".join(where)}): names.{name} = "{where[0]}:{name}"'
            return Stays(code, f"{broken}; {advice}")
        legacy = [self._dotted(repair, key) for key in self._project.definers(name)]
        if legacy:
            advice = f'only legacy {" and ".join(legacy)} defines it: names.{name} = "module:Name"'
            return Stays(code, f"{broken}; {advice}")
        return Stays(code, f'{broken}, nor anywhere under the root: names.{name} = "module:Name"')
