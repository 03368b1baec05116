"""Repair: fix the imports in one module that do not resolve."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from types import ModuleType
from typing import ClassVar, NamedTuple

from unfork_codemods.project import (
    MODULE_ATTRIBUTES,
    Destination,
    ImportCodemod,
    ImportedName,
    Key,
    Kind,
    Located,
    Project,
    Unresolved,
    is_external,
    last_segment,
)
from unfork_codemods.redirect import RedirectImports
from unfork_codemods.step import (
    NO_LINES,
    StepKind,
    StepTable,
    Target,
    line_of,
    named_targets,
    names_advice,
)


class Repair(NamedTuple):
    """Fix imports in the module ``module`` that do not resolve, searching ``prefer`` first."""

    module: str
    prefer: tuple[str, ...] = ()
    names: Mapping[str, Target] = NO_LINES
    line: int = 0
    lines: Mapping[str, int] = NO_LINES

    @property
    def kind(self) -> str:
        """The name of the step's kind."""
        return "repair"


class RepairKind(StepKind):
    """``[[repair]]``."""

    name = "repair"
    keys = ("module", "prefer", "names")
    about: ClassVar = {
        "module": "The module whose imports do not resolve.",
        "prefer": "Modules to look for names in first, in order.",
        "names": "Where names are that the definitions cannot tell (Name = 'module:Name').",
    }
    once = "repaired"

    def read(self, table: StepTable) -> Repair:
        """Return the step that a table defines."""
        module, prefer = table.module("module"), table.modules("prefer")
        return Repair(module, prefer, table.names(None), table.line(), table.lines())

    def edited_modules(self, step: Repair) -> Iterator[str]:
        """Yield the module."""
        yield step.module

    def legacy_modules(self, step: Repair) -> Iterator[tuple[str, int]]:
        """Yield the module, which may be gone by now."""
        yield step.module, line_of(step, "module")

    def required_modules(self, step: Repair) -> Iterator[tuple[str, int]]:
        """Yield the modules to prefer and the modules in ``names``."""
        yield from ((module, line_of(step, "prefer", module)) for module in step.prefer)
        yield from super().required_modules(step)

    def required_names(self, step: Repair) -> Iterator[tuple[Target, int]]:
        """Yield the targets of ``names``."""
        yield from named_targets(step, step.names)

    def codemod(
        self, steps: Sequence[Repair], project: Project, earlier: Mapping[str, ImportCodemod]
    ) -> RepairImports:
        """Return the codemod that carries out the repairs; redirected modules are no source of names."""
        redirects = earlier.get("redirect")
        known = redirects if isinstance(redirects, RedirectImports) else None
        return RepairImports(steps, project, known)


class RepairImports(ImportCodemod):
    """Fix names imported from modules that do not define them, and siblings imported bare inside a package.

    A name that is used through a module counts as imported from it, unless some code may give the module that name.

    from job_state import JobMetadata    ->    from .job_state import JobMetadata
    from .engine import JobStatus        ->    from .job_state import JobStatus
    """

    step = "repair"
    code = "UF002"

    def __init__(
        self, repairs: Iterable[Repair], project: Project, redirects: RedirectImports | None = None
    ) -> None:
        self._project, self._redirects = project, redirects
        self._legacy: Collection[Key] = redirects.redirects if redirects else ()
        steps = redirects.redirects.values() if redirects else ()
        self._canonical = frozenset(project.named(step.to).key for step in steps if step.to)
        self._repairs: Mapping[Key, Repair] = {project.named(r.module).key: r for r in repairs}

    def repairs(self, importer: Key) -> bool:
        """Return whether a module has a repair."""
        return importer in self._repairs

    def applies_to(self, imported_name: ImportedName) -> bool:
        """Return whether the importer has a repair and the imported name does not resolve.

        Anything imported from above the importer's package is handled name by name, even a module.
        """
        if self._repair_for_site(imported_name) is None:
            return False
        if imported_name.name is None and self._is_above_top_package(imported_name):
            return False
        return self._is_broken(imported_name) or self._may_lack_names(imported_name)

    def fails(self, imported_name: ImportedName) -> bool:
        """Return whether an import does not resolve, whatever its file does then."""
        return self._is_broken(imported_name._replace(optional=False))

    def code_of(self, imported_name: ImportedName) -> str:
        """Return UF003 if the module is not found, UF002 if only the name is not."""
        is_found = (
            imported_name.located.exists
            and not is_external(imported_name.key)
            and not self._is_above_top_package(imported_name)
        )
        return self.code if is_found else "UF003"

    def destination(self, imported_name: ImportedName) -> Destination | Unresolved | None:
        """Return the actual location of an imported name that does not resolve."""
        repair = self._repair_for_site(imported_name)
        if repair is None or not self._is_broken(imported_name):
            return None
        sibling = self._sibling_module(imported_name)
        if sibling is not None:
            onward = self._redirected_destination(
                imported_name, Destination(sibling, imported_name.name, "", relative=True)
            )
            if onward is not None:
                return onward
        if imported_name.name is None:
            return self._module_destination(imported_name, repair, sibling)
        if (
            sibling is not None
            and imported_name.name not in repair.names
            and self._is_defined(sibling, imported_name.name)
        ):
            return Destination(
                sibling, imported_name.name, self._dotted_name(repair, sibling), relative=True
            )
        return self._name_destination(imported_name, repair, sibling)

    def patch_destination(self, imported_name: ImportedName) -> Destination | Unresolved | None:
        """Return where to patch a name: where it is looked up."""
        return self.destination(imported_name)

    def _repair_for_site(self, imported_name: ImportedName) -> Repair | None:
        return self._repairs.get(imported_name.importer_key)

    def _is_broken(self, imported_name: ImportedName) -> bool:
        if imported_name.optional:
            return False
        if not imported_name.located.exists or self._is_above_top_package(imported_name):
            return not self._may_come_from_elsewhere(imported_name)
        if is_external(imported_name.key):
            is_sibling = self._sibling_module(imported_name) is not None
            return is_sibling or self._is_missing_outside(imported_name)
        if imported_name.name is None:
            return False
        if self._project.origin(imported_name.key, imported_name.name).kind is Kind.MISSING:
            is_given = imported_name.late and self._project.may_be_given(imported_name.name)
            has_every_module = hasattr(ModuleType, imported_name.name)
            return not (
                is_given or has_every_module or self._may_come_from_elsewhere(imported_name)
            )
        return not self._project.is_readable(imported_name.key) and self._is_chosen(imported_name)

    def _may_lack_names(self, imported_name: ImportedName) -> bool:
        """Return whether an import gives a module whose text tells its names, which are used through it."""
        if imported_name.name is not None:
            return False
        if is_external(imported_name.key):
            is_standard = imported_name.spelled.partition(".")[0] in sys.stdlib_module_names
            return is_standard and not imported_name.optional
        return imported_name.located.exists and self._project.has_file(imported_name.key)

    def _may_come_from_elsewhere(self, imported_name: ImportedName) -> bool:
        """Return whether an import may resolve from another root, from a folder below, or at run time."""
        spelled = imported_name.spelled
        if not imported_name.located.exists and self._project.may_be_made(imported_name.key):
            return True
        return not spelled.startswith(".") and self._project.may_come_from_elsewhere(
            spelled, imported_name.name, imported_name.importer
        )

    def _is_chosen(self, imported_name: ImportedName) -> bool:
        """Return whether the migration says where a name is, regardless of the module that it is imported from."""
        repair = self._repair_for_site(imported_name)
        name = imported_name.name or ""
        return repair is not None and (
            name in repair.names or self._preferred_destination(imported_name, repair) is not None
        )

    def _preferred_destination(
        self, imported_name: ImportedName, repair: Repair
    ) -> Destination | None:
        """Return the first preferred module that has a name, or is called by it, except the one it is imported from."""
        name = imported_name.name or ""
        for module in repair.prefer:
            key = self._project.named(module).key
            if key == imported_name.key:
                continue
            if self._project.origin(key, name).found:
                return Destination(key, name, module)
            if key != imported_name.importer_key and module.rpartition(".")[2] == name:
                return Destination(key, None, module)
        return None

    def _is_above_top_package(self, imported_name: ImportedName) -> bool:
        """Return whether a relative import climbs above the top-level package of the repaired module."""
        repair = self._repair_for_site(imported_name)
        level = len(imported_name.spelled) - len(imported_name.spelled.lstrip("."))
        if repair is None or not level:
            return False
        depth = repair.module.count(".") + self._project.is_package(imported_name.importer_key)
        return level > depth

    def _sibling_module(self, imported_name: ImportedName) -> Key | None:
        """Return the module next to the importer that a bare import names; None if it may be outside the project."""
        if not is_external(imported_name.key) or imported_name.spelled.startswith("."):
            return None
        sibling = self._project.sibling(imported_name.spelled, imported_name.importer)
        is_outside = self._project.may_be_outside(imported_name.spelled)
        if sibling is None or (is_outside and not self._is_missing_outside(imported_name)):
            return None
        return sibling

    def _is_missing_outside(self, imported_name: ImportedName) -> bool:
        """Return whether an import means the standard library, which has no such module or name."""
        name, project = imported_name.name, self._project
        if name == "*" or name in MODULE_ATTRIBUTES:
            return False
        is_missing = project.is_missing_outside(imported_name.spelled, name, imported_name.importer)
        return is_missing and not (name is not None and project.may_be_given(name))

    def _redirected_destination(
        self, imported_name: ImportedName, destination: Destination
    ) -> Destination | None:
        """Return the redirected destination of a name in a legacy module, where a second run would look for it."""
        if self._redirects is None or destination.key not in self._legacy:
            return None
        redirected = self._redirects.destination(
            imported_name._replace(located=Located(destination.key), name=destination.name)
        )
        if not isinstance(redirected, Destination):
            return None
        return redirected._replace(relative=destination.relative, fixed=destination.fixed)

    def _dotted_name(self, repair: Repair, key: Key) -> str:
        return self._project.dotted(key, repair.module)

    def _module_destination(
        self, imported_name: ImportedName, repair: Repair, sibling: Key | None
    ) -> Destination | Unresolved:
        if sibling is not None:
            return Destination(sibling, None, self._dotted_name(repair, sibling), relative=True)
        moved = self._preferred_module(imported_name, repair)
        if moved is None and not is_external(imported_name.key):
            moved = self._only_module(imported_name, repair, last_segment(imported_name.key))
        if moved is not None:
            return moved
        return Unresolved(
            "UF003", f"no module is called {imported_name.spelled}; import the one that is meant"
        )

    def _preferred_module(self, imported_name: ImportedName, repair: Repair) -> Destination | None:
        """Return the first preferred module with the same last name as a module that does not exist."""
        last = last_segment(imported_name.key)
        for module in repair.prefer:
            key = self._project.named(module).key
            if key != imported_name.importer_key and module.rpartition(".")[2] == last:
                return Destination(key, None, module)
        return None

    def _only_module(
        self, imported_name: ImportedName, repair: Repair, name: str
    ) -> Destination | None:
        """Return the only module that has a last name, below the top-level package of the repaired one."""
        found = self._modules_called(imported_name, repair, name)
        if len(found) != 1:
            return None
        return Destination(found[0], None, self._dotted_name(repair, found[0]))

    def _modules_called(self, imported_name: ImportedName, repair: Repair, name: str) -> list[Key]:
        top, own = repair.module.partition(".")[0], self._project.named(repair.module).key
        return [
            key
            for key in self._project.modules_called(name, imported_name.importer)
            if key != own
            and key not in self._legacy
            and self._dotted_name(repair, key).startswith(f"{top}.")
            and self._project.failing_import(key) is None
        ]

    def _is_defined(self, key: Key, name: str) -> bool:
        known = name in MODULE_ATTRIBUTES
        return known or self._project.origin(key, name).kind is not Kind.MISSING

    def _name_destination(
        self, imported_name: ImportedName, repair: Repair, sibling: Key | None
    ) -> Destination | Unresolved:
        name = imported_name.name or ""
        target = repair.names.get(name)
        if target is not None:
            key = self._project.named(target.module).key
            return self._spelled_destination(
                imported_name, Destination(key, target.name, target.module), sibling
            )
        preferred = self._preferred_destination(imported_name, repair)
        if preferred is not None:
            return self._spelled_destination(imported_name, preferred, sibling)
        candidates = self._candidate_modules(imported_name, repair, name)
        if sibling is None and self._is_missing_outside(imported_name):
            return self._missing_outside(imported_name, repair, name, candidates)
        module = None if candidates else self._only_module(imported_name, repair, name)
        if module is not None:
            return self._spelled_destination(imported_name, module, sibling)
        best = self._unique_candidate(imported_name, candidates)
        if best is not None:
            destination = Destination(best, name, self._dotted_name(repair, best))
            return self._spelled_destination(imported_name, destination, sibling)
        return self._unresolved_name(imported_name, repair, name, candidates)

    def _candidate_modules(
        self, imported_name: ImportedName, repair: Repair, name: str
    ) -> list[Key]:
        """Return the modules that a name may come from: they define it, may serve the importer, and can be imported."""
        not_these = {self._project.named(repair.module).key, *self._legacy}
        sources = self._project.sources(name, imported_name.importer)
        return [
            key
            for key in sources
            if key not in not_these
            and self._project.failing_import(key) is None
            and (imported_name.typing or self._project.origin(key, name).runtime)
        ]

    def _unique_candidate(
        self, imported_name: ImportedName, candidates: Sequence[Key]
    ) -> Key | None:
        """Return the one candidate that the evidence favors, or None.

        That is the module with the same last segment as the imported module, or with all names that the statement
        cannot find, or the canonical module of a redirect; of several with one sign, the one that has the next too.
        """
        last = last_segment(imported_name.key)
        lacks = [name for name in imported_name.names if self._is_broken(imported_name.of(name))]
        signs: tuple[Callable[[Key], bool], ...] = (
            lambda key: last_segment(key) == last,
            lambda key: all(self._has_name(key, name) for name in lacks),
            lambda key: key in self._canonical,
        )
        for has_sign in signs:
            if len(candidates) > 1:
                candidates = list(filter(has_sign, candidates)) or candidates
        return candidates[0] if len(candidates) == 1 else None

    def _has_name(self, key: Key, name: str) -> bool:
        return self._project.origin(key, name).found

    def _is_in_conflict(self, module: str, name: str) -> bool:
        """Return whether a module that does not parse defines a name on one side of a conflict."""
        key = self._project.named(module).key
        unknown = self._project.origin(key, name).kind is Kind.UNKNOWN
        return unknown and not self._project.is_readable(key)

    def _failing_definers(self, name: str) -> str:
        """Return the definers of a name that cannot be imported themselves, each with the line to blame."""
        lines = {key: self._project.failing_import(key) for key in self._project.definers(name)}
        return " and ".join(
            f"{self._project.dotted(key)} defines it, but its own import in line {line} finds nothing"
            for key, line in lines.items()
            if line is not None and key not in self._legacy
        )

    def _spelled_destination(
        self, imported_name: ImportedName, destination: Destination, sibling: Key | None
    ) -> Destination:
        """Return a destination with the importer's spelling: relative for a sibling, never climbing too high again."""
        spelled = destination._replace(
            relative=sibling is not None,
            fixed=self._is_above_top_package(imported_name),
        )
        return self._redirected_destination(imported_name, spelled) or spelled

    def _unresolved_name(
        self, imported_name: ImportedName, repair: Repair, name: str, candidates: Iterable[Key]
    ) -> Unresolved:
        where = [self._dotted_name(repair, key) for key in candidates]
        code = self.code_of(imported_name)
        is_package = not imported_name.spelled.strip(".")  # from . import name
        module = (
            self._dotted_name(repair, imported_name.key) if is_package else imported_name.spelled
        )
        broken = f"{name} is not defined in {module}"
        if where:
            advice = names_advice("repair", name, f"{where[0]}:{name}")
            several = f"more than one module defines it ({', '.join(where)})"
            return Unresolved(code, f"{broken}; {several}: {advice}")
        called = [
            self._dotted_name(repair, key)
            for key in self._modules_called(imported_name, repair, name)
        ]
        if called:
            package = called[0].rpartition(".")[0]
            advice = names_advice("repair", name, f"{package}:{name}")
            return Unresolved(
                code, f"{broken}; modules of that name are {' and '.join(called)}: {advice}"
            )
        return Unresolved(code, f"{broken}{self._why_no_source(repair, name)}")

    def _missing_outside(
        self, imported_name: ImportedName, repair: Repair, name: str, candidates: Sequence[Key]
    ) -> Unresolved:
        """Return the finding for a name that the standard library lacks: another Python may have it."""
        dotted = [self._dotted_name(repair, key) for key in candidates]
        where = [module for module in dotted if not self._project.may_be_outside(module)]
        advice = names_advice("repair", name, f"{where[0]}:{name}" if where else "module:Name")
        named = f"; {' and '.join(where)} define{'s' * (len(where) == 1)} it" if where else ""
        why = f"{imported_name.spelled} means the standard library, which has no {name} there"
        return Unresolved("UF003", f"{why}{named}: {advice}")

    def _why_no_source(self, repair: Repair, name: str) -> str:
        """Return the end of the message about a name that no module is a source of, with what to write."""
        advice = names_advice("repair", name, "module:Name")
        definers = self._project.definers(name)
        legacy = [self._dotted_name(repair, key) for key in definers if key in self._legacy]
        if legacy:
            only = f"only legacy {' and '.join(legacy)} define{'s' * (len(legacy) == 1)} it"
            return f"; {only}: {advice}"
        parted = [module for module in repair.prefer if self._is_in_conflict(module, name)]
        if parted:
            do = "does" if len(parted) == 1 else "do"
            return f"; {' and '.join(parted)} may define it, and {do} not parse; fix that first"
        if failing := self._failing_definers(name):
            return f"; {failing}: {advice}"
        aside = [self._dotted_name(repair, key) for key in definers]
        if aside:
            only = f"only {' and '.join(aside)}, from which no other code takes anything"
            return f"; {only}, define{'s' * (len(aside) == 1)} it: {advice}"
        return f", nor anywhere under the root: {advice}"
