"""Align: import a module under one spelling where several are in use."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import ClassVar, NamedTuple

from unfork_codemods.bindings import Bindings
from unfork_codemods.packages import Modules, is_package_entry, module_of_entry
from unfork_codemods.project import (
    MODULE_ATTRIBUTES,
    Destination,
    ImportCodemod,
    ImportedName,
    Key,
    Kind,
    Project,
    Unresolved,
    last_segment,
)
from unfork_codemods.step import NO_LINES, StepKind, StepTable, line_of


class Align(NamedTuple):
    """Import ``modules`` as spelled here; outside the package ``surface``, import from it the names it re-exports."""

    modules: tuple[str, ...]
    surface: str | None = None
    line: int = 0
    lines: Mapping[str, int] = NO_LINES

    @property
    def kind(self) -> str:
        """The name of the step's kind."""
        return "align"


class AlignKind(StepKind):
    """``[[align]]``."""

    name = "align"
    keys = ("modules", "surface")
    about: ClassVar = {
        "modules": "Modules with the one spelling that imports of them get.",
        "surface": "The package from whose re-exports outsiders import.",
    }

    def read(self, table: StepTable) -> Align:
        """Return the step that a table defines."""
        modules = table.modules_or_packages("modules")
        if not modules:
            raise table.error("[[align]] needs 'modules', an array of modules", "modules")
        return Align(modules, table.optional_module("surface"), table.line(), table.lines())

    def imported_modules(self, step: Align) -> Iterator[str]:
        """Yield the aligned modules."""
        yield from map(module_of_entry, step.modules)

    def required_modules(self, step: Align) -> Iterator[tuple[str, int]]:
        """Yield the aligned modules and the surface."""
        for module in step.modules:
            yield module_of_entry(module), line_of(step, "modules", module)
        if step.surface is not None:
            yield step.surface, line_of(step, "surface")

    def is_package(self, step: Align) -> bool:
        """Return whether a step is about a package with everything in it."""
        return any(map(is_package_entry, step.modules))

    def steps_by_module(
        self, steps: Sequence[Align], modules: Modules, file: str
    ) -> tuple[Align, ...]:
        """Return the steps with the modules of each package: one that a step names comes before a package."""
        named = {module for step in steps for module in step.modules}
        return tuple(_step_by_module(step, modules, named) for step in steps)

    def codemod(
        self, steps: Sequence[Align], project: Project, earlier: Mapping[str, ImportCodemod]
    ) -> AlignImports:
        """Return the codemod that carries out the alignments."""
        return AlignImports(steps, project)


def _step_by_module(step: Align, modules: Modules, named: Collection[str]) -> Align:
    listed, lines = [], dict(step.lines)
    for entry in step.modules:
        inside = [entry]
        if is_package_entry(entry):
            inside = [m for m in modules.inside(module_of_entry(entry)) if m not in named]
            inside = inside or [module_of_entry(entry)]
        listed += inside
        lines |= {f"modules.{module}": line_of(step, "modules", entry) for module in inside}
    return step._replace(modules=tuple(dict.fromkeys(listed)), lines=lines)


class AlignImports(ImportCodemod):
    """Respell imports of the aligned modules; outsiders import from the surface the names it re-exports.

    from orchestration.engine import Engine    ->    from src.orchestration.engine import Engine
                                         or, with a surface, from src.orchestration import Engine
    """

    step = "align"
    code = "UF004"

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
        """Return the codemod with the bindings of replaced names, which are not imported from the surface."""
        from copy import copy  # late: a hook that finds nothing needs none

        clone = copy(self)
        clone._bindings = bindings
        return clone

    def applies_to(self, imported_name: ImportedName) -> bool:
        """Return whether the imported name's module is aligned, and spelled differently or offered by a surface.

        Two imports of one name in a ``try`` and its ``except ImportError`` are deliberate alternatives.
        """
        aligned = self._aligned_spelling(imported_name)
        if aligned is None or imported_name.rivals:
            return False
        spelling, align = aligned
        return self._is_spelled_otherwise(imported_name, spelling) or self._is_outsider(
            imported_name, align
        )

    def destination(self, imported_name: ImportedName) -> Destination | Unresolved | None:
        """Return the aligned spelling, or the surface if it re-exports the name."""
        aligned = self._aligned_spelling(imported_name)
        if aligned is None or not self.applies_to(imported_name):
            return None
        spelling, align = aligned
        why = self._bindings.kept(imported_name)
        if why is not None:
            return Unresolved(self.code, why)
        if self._bindings.moved(imported_name) is not None:
            return self.patch_destination(imported_name)
        if imported_name.name not in (None, "*") and self._is_missing(imported_name):
            return Unresolved(
                "UF002",
                f"{imported_name.name} is not defined in {spelling}; import it from where it is",
            )
        if (
            align is not None
            and align.surface
            and imported_name.name
            and self._is_outsider(imported_name, align)
        ):
            key = self._project.named(align.surface).key
            exported = self._is_reexported(key, imported_name)
            if exported:
                return Destination(
                    key,
                    imported_name.name,
                    align.surface,
                    fixed=not imported_name.spelled.startswith("."),
                )
        if not self._is_spelled_otherwise(imported_name, spelling):
            return None
        return Destination(imported_name.key, imported_name.name, spelling, fixed=True)

    def patch_destination(self, imported_name: ImportedName) -> Destination | Unresolved | None:
        """Return where to patch a name: in the module itself, which looks it up, never in the surface."""
        aligned = self._aligned_spelling(imported_name)
        if aligned is None or not self._is_spelled_otherwise(imported_name, aligned[0]):
            return None
        return Destination(imported_name.key, imported_name.name, aligned[0], fixed=True)

    def _aligned_spelling(self, imported_name: ImportedName) -> tuple[str, Align | None] | None:
        """Return the one spelling of an aligned module, or of a module in an aligned package, which its import loads.

        An aligned module's spelling comes with its alignment; that of a module in a package comes with None, as no
        surface offers its names.
        """
        if imported_name.key in self._aligned:
            return self._aligned[imported_name.key]
        package, _, rest = imported_name.key.rpartition("/")
        while package and package not in self._packages:
            package, _, last = package.rpartition("/")
            rest = f"{last}/{rest}"
        if not package:
            return None
        return f"{self._aligned[package][0]}.{rest.replace('/', '.')}", None

    def _is_missing(self, imported_name: ImportedName) -> bool:
        name = imported_name.name or ""
        is_known = name in MODULE_ATTRIBUTES
        return not is_known and self._project.origin(imported_name.key, name).kind is Kind.MISSING

    def _is_spelled_otherwise(self, imported_name: ImportedName, spelling: str) -> bool:
        return not imported_name.spelled.startswith(".") and imported_name.spelled != spelling

    def _is_outsider(self, imported_name: ImportedName, align: Align | None) -> bool:
        if align is None or align.surface is None:
            return False
        folder = self._project.named(align.surface).key
        return not imported_name.importer.startswith(f"{folder}/")

    def _is_reexported(self, surface: Key, imported_name: ImportedName) -> bool:
        """Return whether the surface is certain to re-export the same object, for as long as the program runs."""
        name = imported_name.name or ""
        surface_origin, own_origin = (
            self._project.origin(surface, name),
            self._project.origin(imported_name.key, name),
        )
        public = self._project.public_names(surface)
        return (
            surface_origin.found
            and surface_origin.kind is not Kind.MODULE
            and surface_origin.certain
            and surface_origin.runtime
            and surface_origin.identity == own_origin.identity
            and (public is None or name in public)
            and not self._project.is_rebound(*own_origin.identity)
            and not self._project.is_bound_from_afar(surface, name)
        )
