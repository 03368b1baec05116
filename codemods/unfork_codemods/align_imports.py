"""Align: a module that is reached under several spellings is imported under one."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping

from unfork_codemods.bindings import Bindings
from unfork_codemods.plan import Align
from unfork_codemods.project import (
    MODULE_ATTRIBUTES,
    Home,
    Key,
    Kind,
    Project,
    Site,
    Stays,
    last_segment,
)


class AlignImports:
    """Respells imports of the aligned modules; outsiders take from the surface what it re-exports.

    from orchestration.engine import Engine    ->    from src.orchestration.engine import Engine
                                         or, with a surface, from src.orchestration import Engine
    """

    step = "align"
    code = "UF004"
    follows_parents = False

    def __init__(self, aligns: Iterable[Align], project: Project) -> None:
        self._project = project
        self._aligned: Mapping[Key, tuple[str, Align]] = {
            project.named(module).key: (module, align)
            for align in aligns
            for module in align.modules
        }
        self._packages = frozenset(filter(project.is_package, self._aligned))
        words = frozenset(map(last_segment, self._aligned))
        self.words: frozenset[str] | None = None if self._packages else words
        self._bindings = Bindings()

    def is_about(self, key: Key) -> bool:
        """Return whether a module is aligned."""
        return key in self._aligned

    def bound(self, bindings: Bindings) -> AlignImports:
        """Return the codemod as it decides where names are replaced: these are not taken of the surface."""
        clone = copy.copy(self)
        clone._bindings = bindings
        return clone

    def touches(self, site: Site) -> bool:
        """Return whether the site's module is aligned, and spelled otherwise or offered by a surface.

        Two imports of one name in a ``try`` and its ``except ImportError`` are two spellings that are meant so.
        """
        aligned = self._aligned_spelling(site)
        if aligned is None or site.rivals:
            return False
        spelling, align = aligned
        return self._is_spelled_otherwise(site, spelling) or self._is_outsider(site, align)

    def code_of(self, site: Site) -> str:
        """Return the one code that it has."""
        return self.code

    def outside(self) -> frozenset[Key]:
        """Return nothing: what it is about is in the project."""
        return frozenset()

    def home(self, site: Site) -> Home | Stays | None:
        """Return the aligned spelling, or the surface where it re-exports the name."""
        aligned = self._aligned_spelling(site)
        if aligned is None or not self.touches(site):
            return None
        spelling, align = aligned
        why = self._bindings.kept(site)
        if why is not None:
            return Stays(self.code, why)
        if self._bindings.moved(site) is not None:
            return self.patched(site)
        if site.name not in (None, "*") and self._is_missing(site):
            return Stays(
                "UF002", f"{site.name} is not defined in {spelling}; import it from where it is"
            )
        if align is not None and align.surface and site.name and self._is_outsider(site, align):
            key = self._project.named(align.surface).key
            exported = self._is_reexported(key, site)
            if exported:
                return Home(key, site.name, align.surface, fixed=not site.spelled.startswith("."))
        if not self._is_spelled_otherwise(site, spelling):
            return None
        return Home(site.key, site.name, spelling, fixed=True)

    def patched(self, site: Site) -> Home | Stays | None:
        """Return where a name is to be replaced: in the module itself, which looks it up, never in the surface."""
        aligned = self._aligned_spelling(site)
        if aligned is None or not self._is_spelled_otherwise(site, aligned[0]):
            return None
        return Home(site.key, site.name, aligned[0], fixed=True)

    def interchangeable(self, site: Site) -> bool:
        """Return True: the module stays the same."""
        return True

    def inside(self, site: Site) -> Stays | None:
        """Return None: what it is about is there."""
        return None

    def _aligned_spelling(self, site: Site) -> tuple[str, Align | None] | None:
        """Return the one spelling of an aligned module, or of one inside an aligned package, which loads the package.

        With the alignment that says so; without it for the latter, whose names no surface offers.
        """
        if site.key in self._aligned:
            return self._aligned[site.key]
        package, _, rest = site.key.rpartition("/")
        while package and package not in self._packages:
            package, _, last = package.rpartition("/")
            rest = f"{last}/{rest}"
        if not package:
            return None
        return f"{self._aligned[package][0]}.{rest.replace('/', '.')}", None

    def _is_missing(self, site: Site) -> bool:
        name = site.name or ""
        is_known = name in MODULE_ATTRIBUTES
        return not is_known and self._project.origin(site.key, name).kind is Kind.MISSING

    def _is_spelled_otherwise(self, site: Site, spelling: str) -> bool:
        return not site.spelled.startswith(".") and site.spelled != spelling

    def _is_outsider(self, site: Site, align: Align | None) -> bool:
        if align is None or align.surface is None:
            return False
        folder = self._project.named(align.surface).key
        return not site.importer.startswith(f"{folder}/")

    def _is_reexported(self, surface: Key, site: Site) -> bool:
        """Return whether the surface surely re-exports the very same object at run time."""
        name = site.name or ""
        surface_origin, own_origin = (
            self._project.origin(surface, name),
            self._project.origin(site.key, name),
        )
        public = self._project.public_names(surface)
        return (
            surface_origin.found
            and surface_origin.kind is not Kind.MODULE
            and surface_origin.certain
            and surface_origin.runtime
            and surface_origin.identity == own_origin.identity
            and (public is None or name in public)
        )
