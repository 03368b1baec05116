"""Repair: imports of one module that do not resolve."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
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
    last_segment,
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
        steps = redirects.redirects.values() if redirects else ()
        self._canonical = frozenset(project.named(step.to).key for step in steps if step.to)
        self._repairs: Mapping[Key, Repair] = {project.named(r.module).key: r for r in repairs}

    def repair_of(self, importer: Key) -> Repair | None:
        """Return the repair of a module, if there is one."""
        return self._repairs.get(importer)

    def touches(self, site: Site) -> bool:
        """Return whether the importer is to be repaired and the site does not resolve.

        What an import takes from above its package is a matter of names, be it a module.
        """
        is_above = site.name is None and self._is_above_top_package(site)
        return self._repair_for_site(site) is not None and self._is_broken(site) and not is_above

    def is_about(self, key: Key) -> bool:
        """Return False: nothing replaces a name where it is not."""
        return False

    def bound(self, bindings: Bindings) -> RepairImports:
        """Return the codemod: it is about none of these."""
        return self

    def code_of(self, site: Site) -> str:
        """Return UF003 where the module is not found, UF002 where only the name is not."""
        is_found = (
            site.located.exists
            and not is_external(site.key)
            and not self._is_above_top_package(site)
        )
        return self.code if is_found else "UF003"

    def outside(self) -> frozenset[Key]:
        """Return nothing: what it is about is in the project."""
        return frozenset()

    def home(self, site: Site) -> Home | Stays | None:
        """Return where a thing that does not resolve really is."""
        repair = self._repair_for_site(site)
        if repair is None or not self._is_broken(site):
            return None
        sibling = self._sibling_module(site)
        if sibling is not None:
            onward = self._redirected_destination(site, Home(sibling, site.name, "", relative=True))
            if onward is not None:
                return onward
        if site.name is None:
            return self._module_destination(site, repair, sibling)
        if (
            sibling is not None
            and site.name not in repair.names
            and self._is_defined(sibling, site.name)
        ):
            return Home(sibling, site.name, self._dotted_name(repair, sibling), relative=True)
        return self._name_destination(site, repair, sibling)

    def patched(self, site: Site) -> Home | Stays | None:
        """Return where a name is to be replaced: where it is looked up."""
        return self.home(site)

    def interchangeable(self, site: Site) -> bool:
        """Return True: what did not import is no one's to keep."""
        return True

    def inside(self, site: Site) -> Stays | None:
        """Return None: what it is about is there."""
        return None

    def _repair_for_site(self, site: Site) -> Repair | None:
        return self._repairs.get(site.importer_key)

    def _is_broken(self, site: Site) -> bool:
        if site.optional:
            return False
        if not site.located.exists or self._is_above_top_package(site):
            return True
        if is_external(site.key):
            return self._sibling_module(site) is not None
        if site.name is None:
            return False
        if self._project.origin(site.key, site.name).kind is Kind.MISSING:
            return True
        return not self._project.is_readable(site.key) and self._is_chosen(site)

    def _is_chosen(self, site: Site) -> bool:
        """Return whether the migration says where a name is, which needs no look at the module that it is taken of."""
        repair = self._repair_for_site(site)
        name = site.name or ""
        return repair is not None and (
            name in repair.names or self._preferred_destination(site, repair) is not None
        )

    def _preferred_destination(self, site: Site, repair: Repair) -> Home | None:
        """Return the first of the preferred modules that has a name; another than that which it is imported from."""
        for module in repair.prefer:
            key = self._project.named(module).key
            if key != site.key and self._project.origin(key, site.name or "").found:
                return Home(key, site.name, module)
        return None

    def _is_above_top_package(self, site: Site) -> bool:
        """Return whether a relative import climbs above the top-level package that the repair's module is in."""
        repair = self._repair_for_site(site)
        level = len(site.spelled) - len(site.spelled.lstrip("."))
        if repair is None or not level:
            return False
        depth = repair.module.count(".") + self._project.is_package(site.importer_key)
        return level > depth

    def _sibling_module(self, site: Site) -> Key | None:
        """Return the module beside the importer that a bare import means: never one that may be outside the project."""
        if not is_external(site.key) or site.spelled.startswith("."):
            return None
        sibling = self._project.sibling(site.spelled, site.importer)
        return None if sibling is None or self._project.may_be_outside(site.spelled) else sibling

    def _redirected_destination(self, site: Site, home: Home) -> Home | None:
        """Return where a redirect leads what is in a legacy module: there a second run would look for it."""
        if self._redirects is None or home.key not in self._legacy:
            return None
        redirected = self._redirects.home(site._replace(located=Located(home.key), name=home.name))
        if not isinstance(redirected, Home):
            return None
        return replace(redirected, relative=home.relative, fixed=home.fixed)

    def _dotted_name(self, repair: Repair, key: Key) -> str:
        return self._project.dotted(key, repair.module)

    def _module_destination(self, site: Site, repair: Repair, sibling: Key | None) -> Home | Stays:
        if sibling is not None:
            return Home(sibling, None, self._dotted_name(repair, sibling), relative=True)
        return Stays("UF003", f"no module is called {site.spelled}; import the one that is meant")

    def _is_defined(self, key: Key, name: str) -> bool:
        known = name in MODULE_ATTRIBUTES
        return known or self._project.origin(key, name).kind is not Kind.MISSING

    def _name_destination(self, site: Site, repair: Repair, sibling: Key | None) -> Home | Stays:
        name = site.name or ""
        target = repair.names.get(name)
        if target is not None:
            key = self._project.named(target.module).key
            return self._spelled_destination(site, Home(key, target.name, target.module), sibling)
        preferred = self._preferred_destination(site, repair)
        if preferred is not None:
            return self._spelled_destination(site, preferred, sibling)
        candidates = self._candidate_modules(site, repair, name)
        best = self._unique_candidate(site, candidates)
        if best is not None:
            home = Home(best, name, self._dotted_name(repair, best))
            return self._spelled_destination(site, home, sibling)
        return self._unresolved_name(site, repair, name, candidates)

    def _candidate_modules(self, site: Site, repair: Repair, name: str) -> list[Key]:
        """Return the modules that a name may come from: all that define it, and that live code imports."""
        not_these = {self._project.named(repair.module).key, *self._legacy}
        sources = self._project.sources(name, site.importer)
        return [key for key in sources if key not in not_these]

    def _unique_candidate(self, site: Site, candidates: Sequence[Key]) -> Key | None:
        """Return the one of several candidates that something speaks for; None where nothing does.

        That is the one with the last name of the module that the import names, or with all names of the statement that
        this lacks, or the canonical one, to which a redirect leads.
        """
        last = last_segment(site.key)
        lacks = [name for name in site.names if self._is_broken(site.of(name))]
        ways = (
            candidates,
            [key for key in candidates if last_segment(key) == last],
            [key for key in candidates if all(self._has_name(key, name) for name in lacks)],
            [key for key in candidates if key in self._canonical],
        )
        return next((matches[0] for matches in ways if len(matches) == 1), None)

    def _has_name(self, key: Key, name: str) -> bool:
        return self._project.origin(key, name).found

    def _spelled_destination(self, site: Site, home: Home, sibling: Key | None) -> Home:
        """Return a home as the importer is to spell it: beside a sibling relative, never climbing too high again."""
        spelled = replace(
            home, relative=sibling is not None, fixed=self._is_above_top_package(site)
        )
        return self._redirected_destination(site, spelled) or spelled

    def _unresolved_name(
        self, site: Site, repair: Repair, name: str, candidates: Iterable[Key]
    ) -> Stays:
        where = [self._dotted_name(repair, key) for key in candidates]
        code = self.code_of(site)
        broken = f"{name} is not defined in {site.spelled}"
        if where:
            advice = f'more than one module defines it ({", ".join(where)}): names.{name} = "{where[0]}:{name}"'
            return Stays(code, f"{broken}; {advice}")
        legacy = [
            self._dotted_name(repair, key)
            for key in self._project.definers(name)
            if key in self._legacy
        ]
        if legacy:
            advice = f'only legacy {" and ".join(legacy)} defines it: names.{name} = "module:Name"'
            return Stays(code, f"{broken}; {advice}")
        aside = [self._dotted_name(repair, key) for key in self._project.definers(name)]
        if aside:
            reason = (
                f"only {' and '.join(aside)}, from which no other code takes anything, defines it"
            )
            return Stays(code, f'{broken}; {reason}: names.{name} = "module:Name"')
        return Stays(code, f'{broken}, nor anywhere under the root: names.{name} = "module:Name"')
