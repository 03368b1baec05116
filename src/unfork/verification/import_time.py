"""Import cycles: a name requested from a module that has not bound it yet (language reference, 5.4)."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

from unfork.verification.called_imports import CalledImports
from unfork.verification.facts import FileReport, NotYet, Violation
from unfork.verification.forwards import forwarded_names, forwarding_files
from unfork.verification.import_runs import ImportRun
from unfork.verification.states import States, files_imported, module_name, packages_of
from unfork.verification.values import Missing, Module, Taken, Value


def early_uses(states: States, reports: Mapping[str, FileReport]) -> Iterator[Violation]:
    """Yield the imports that may request a name from a module too early, and did not before."""
    for path, report in reports.items():
        if not path.endswith(".py"):
            continue
        if path in states.rewrites.edits:
            yield from _of_changed(states, path, report)
        else:
            yield from _through_shims(states, path)


def _of_changed(states: States, path: str, report: FileReport) -> Iterator[Violation]:
    """Yield a file's new imports from modules that in turn import the file."""
    was = {a.after: a.before for a in report.accesses if a.after and a.after != a.before}
    if not any(target and states.leads_to(target, path) for target, _ in was):
        return
    failed = _names_of_missing_modules(states, path)
    machine = states.tree_states(False)[1].machine(path)
    known = files_imported(states, path, after=False, late=False)
    for event in machine.events if machine is not None else ():
        lazy = getattr(event.node, "is_lazy", False)
        if event.kind != "take" or event.late or event.typing_only or lazy:
            continue
        for value in event.values:
            target = _module_of(value)
            if target in known or not target or target == path or not states.leads_to(target, path):
                continue
            module, name = was.get((target, event.name), (target, ""))
            if not module and name in failed:
                continue
            if not _had_cycle(states, path, known) and not _bound_first(
                states, target, event.name, path
            ):
                line = getattr(event.node, "lineno", 1)
                why = f"{event.name} may not be there yet: importing {target} imports {path}"
                yield Violation(path, line, 1, why, (path,))


def _names_of_missing_modules(states: States, path: str) -> set[str]:
    """Return the names whose import failed: the module that they were taken of is gone. No order was right then."""
    machine = states.tree_states(False)[0].machine(path)
    return {
        event.name
        for event in (machine.events if machine is not None else ())
        if event.kind == "take" and not event.late and event.values
        if all(isinstance(v, Taken) and isinstance(v.module, Missing) for v in event.values)
    }


def failing_imports(states: States, reports: Mapping[str, FileReport]) -> Iterator[Violation]:
    """Yield where a module requests a name too early if some module is imported first that could be before."""
    runs = _Runs(states)
    for path in sorted(states.rewrites.edits.keys() & reports.keys()):
        if not path.endswith(".py"):
            continue
        for target in sorted(_new_targets(states, reports[path])):
            is_round = path in runs.may_load(target, after=True)
            if not is_round and runs.is_sound(target):
                continue
            error = None if is_round else runs.failure_when_called(path, target)
            if error is not None:
                yield Violation(path, 1, 1, _failure_reason(error, target), (path,))
            for first in (path, *(runs.cycle_modules(path, target) if is_round else ())):
                error = runs.new_failure(first)
                if error is None:
                    continue
                if first != path and not runs.is_imported_from_without(first):
                    continue
                changed = [file for file in error.begun if file in states.rewrites.edits]
                blame = tuple(changed[-1:]) or (path,)
                yield Violation(error.path, error.line, 1, _failure_reason(error, first), blame)


def names_of_early_stars(states: States, reports: Mapping[str, FileReport]) -> Iterator[Violation]:
    """Yield names taken, now, of a module whose star import ran too early to get them: within a cycle."""
    runs = _Runs(states)
    in_cycles: dict[str, bool] = {}
    for path in sorted(states.rewrites.edits.keys() & reports.keys()):
        for module, name, line in _names_taken_now(states, reports[path]):
            if module not in in_cycles:
                in_cycles[module] = _has_early_star(states, module)
            if in_cycles[module] and runs.lacks(module, name):
                yield Violation(path, line, 1, _EARLY_STAR.format(name, module), (path,))


_EARLY_STAR = "{0} is not there: {1} takes it by a star of a module that imports {1}"


def _names_taken_now(states: States, report: FileReport) -> Iterator[tuple[str, str, int]]:
    """Yield the names of modules that a changed file takes now and did not before, each with its line."""
    for access in report.accesses:
        if access.after is not None and access.after != access.before:
            yield *access.after, access.line
    for place, target in forwarded_names(states, report.path).values():
        if isinstance(place, Module):
            yield place.path, target.partition(".")[0], 1


def _has_early_star(states: States, path: str) -> bool:
    """Return whether a module has a star import of a module that imports it in turn."""
    sources = states.tree_states(False)[1].star_modules(path)
    return any(path in states.closure(source, True) for source in sources)


def _failure_reason(error: NotYet, first: str) -> str:
    return f"{error.name} of {error.module} is not there yet when {first} is imported first"


def _new_targets(states: States, report: FileReport) -> set[str]:
    """Return the modules that a changed file takes something from now and did not before."""
    targets = {a.after[0] for a in report.accesses if a.after is not None and a.after != a.before}
    if report.reached:
        before = files_imported(states, report.path, after=False, late=False)
        targets |= {target for target, _ in report.reached} - before
    targets |= forwarding_files(states, report.path)
    return {target for target in targets if target and target != report.path}


@dataclass
class _Runs:
    """Results of importing a module first, before and after."""

    states: States
    _failures: dict[str, NotYet | None] = field(default_factory=dict)
    _fallbacks: dict[str, Mapping[str, NotYet]] = field(default_factory=dict)
    _package_runs: dict[tuple[bool, str], ImportRun | NotYet] = field(default_factory=dict)
    _circling: dict[tuple[bool, str], frozenset[str]] = field(default_factory=dict)
    _called: dict[bool, CalledImports] = field(default_factory=dict)

    def may_load(self, path: str, after: bool) -> frozenset[str]:
        """Return the files that importing a file may load, by what it or they call meanwhile, too."""
        return self._called_imports(after).closure(path)

    def _called_imports(self, after: bool) -> CalledImports:
        known = self._called.get(after)
        if known is None:
            known = self._called[after] = CalledImports(self.states, after)
        return known

    def failure(self, path: str, after: bool) -> NotYet | None:
        """Return why a module cannot be imported first; None if it can."""
        known = self._failures if after else self.states.project.import_failures
        if path not in known:
            known[path] = self._run_failure(path, after)
        return known[path]

    def is_sound(self, path: str) -> bool:
        """Return whether a module can be imported first after the rewrite, and no ``try`` catches what fails."""
        return self.failure(path, after=True) is None and not self._fallbacks.get(path)

    def _run_failure(self, path: str, after: bool) -> NotYet | None:
        if not self._circling_from(path, after):
            return None
        outcome = self._first_import(path, after)
        if isinstance(outcome, NotYet):
            return outcome
        if after:
            self._fallbacks[path] = outcome.fallbacks
        return None

    def new_failure(self, path: str) -> NotYet | None:
        """Return what fails now if a module is imported first, or is caught now by a ``try``; None: as before."""
        error = self.failure(path, after=True)
        if error is not None:
            return None if self.failure(path, after=False) is not None else error
        caught = self._fallbacks.get(path)
        before = self._first_import(path, after=False) if caught else None
        if not caught or not isinstance(before, ImportRun):
            return None
        return next((e for file, e in caught.items() if file not in before.fallbacks), None)

    def _first_import(self, path: str, after: bool) -> ImportRun | NotYet:
        """Return the interpreter in which a module is imported first, or why it cannot be.

        Its packages run before it (5.3.1), and so one run of a package serves all modules inside.
        """
        matters = self._circling_from(path, after).__contains__
        package = next(packages_of(self.states.tree_states(False)[after].finder, path), None)
        if package is None:
            run = ImportRun(self.states, after, matters)
        else:
            packages = self._package_run(package, after)
            if isinstance(packages, NotYet) or packages.has_imported(path):
                return packages
            run = packages.fork(matters)
        try:
            run.load(path)
        except NotYet as error:
            return error
        return run

    def _package_run(self, package: str, after: bool) -> ImportRun | NotYet:
        known = self._package_runs.get((after, package))
        if known is None:
            known = self._package_runs[after, package] = self._first_import(package, after)
        return known

    def lacks(self, path: str, name: str) -> bool:
        """Return whether a module that is imported first, after the rewrite, certainly does not bind a name."""
        outcome = self._first_import(path, after=True)
        return isinstance(outcome, ImportRun) and outcome.lacks(path, name)

    def _circling_from(self, path: str, after: bool) -> frozenset[str]:
        """Return the modules that importing one loads and whose import enters a cycle, where order matters."""
        known = self._circling.get((after, path))
        if known is not None:
            return known
        finder = self.states.tree_states(False)[after].finder
        called = self._called_imports(after)
        left = {
            module: called.files(module) | {*packages_of(finder, module)}
            for module in called.closure(path)
        }
        ending = [module for module, names in left.items() if left.keys().isdisjoint(names)]
        while ending:
            for module in ending:
                del left[module]
            ending = [module for module, names in left.items() if left.keys().isdisjoint(names)]
        cycle = self._circling[after, path] = frozenset(left).union(*map(called.ways, left))
        return cycle

    def cycle_modules(self, path: str, target: str) -> Iterator[str]:
        """Yield modules of a cycle through a file and what it imports: an importer may reach them first."""
        around = sorted(m for m in self.may_load(target, True) if m != path)
        leading = (m for m in around if target in self.may_load(m, True))
        yield from islice((m for m in leading if path in self.may_load(m, True)), _MOST)

    def failure_when_called(self, path: str, target: str) -> NotYet | None:
        """Return why a module cannot be imported by a function of a file, once that file has been imported.

        None: it can, or the function is not, as far as known, the first to import it.
        """
        late = files_imported(self.states, path, after=True, late=True)
        if target not in late or target in self.states.closure(path, True):
            return None
        if self.failure(target, after=True) is None:
            return None
        outcome = self._first_import(path, after=True)
        if isinstance(outcome, NotYet):
            return None  # which is a failure of its own
        try:
            outcome.fork(self._circling_from(target, after=True).__contains__).load(target)
        except NotYet as error:
            return error
        return None

    def is_imported_from_without(self, path: str) -> bool:
        """Return whether a file is imported by a module that importing the file does not import in turn."""
        inside = self.states.closure(path, True)
        name = os.fsencode(module_name(path))
        for importer in sorted(self.states.project.paths - inside - self.states.rewrites.removed):
            try:
                is_named = name in self.states.text_after(importer)
            except OSError:
                continue
            if is_named and path in files_imported(self.states, importer, after=True, late=True):
                return True
        return False


_MOST = 30
"""The maximum number of modules of a cycle to try as the first: more would rarely change the result."""


def _module_of(value: Value) -> str:
    if isinstance(value, Taken) and isinstance(value.module, Module):
        return value.module.path
    return ""


def _through_shims(states: States, path: str) -> Iterator[Violation]:
    """Yield imports of names that a shim forwards: resolving them imports their new modules immediately."""
    if not states.project.shims & states.rewrites.edits.keys():
        return
    after, typed = states.tree_states(False)[1], states.tree_states(True)[1]
    machine = after.machine(path)
    for event in machine.events if machine is not None else ():
        lazy = getattr(event.node, "is_lazy", False)
        if event.kind != "take" or event.late or event.typing_only or lazy:
            continue
        for value in event.values:
            shim = _module_of(value)
            if shim not in states.project.shims or shim not in states.rewrites.edits:
                continue
            for forward in (typed.exports(shim) or {}).get(event.name, ()):
                target = _module_of(forward)
                if target and target != path and states.leads_to(target, path):
                    line = getattr(event.node, "lineno", 1)
                    why = f"{event.name} may not be there yet: its shim imports {target}, which imports {path}"
                    yield Violation(path, line, 1, why, (shim,))


def _had_cycle(states: States, path: str, known: frozenset[str]) -> bool:
    """Return whether an import that the file had before, and no longer has, also led back to it."""
    now = files_imported(states, path, after=True, late=False)
    return any(path in states.closure(module, False) for module in known - now)


def _bound_first(states: States, module: str, name: str, path: str) -> bool:
    """Return whether a module binds a name before it imports anything that leads to a file."""
    machine = states.tree_states(False)[1].machine(module)
    if machine is None:
        return True
    bound = [
        getattr(node, "lineno", 0)
        for definition, node in machine.definitions.items()
        if not definition.scope and machine.names[definition] == name
    ]
    leading = [
        getattr(event.node, "lineno", 0)
        for event in machine.events
        if not event.late
        and not event.typing_only
        and any(
            isinstance(v, Module) and (v.path == path or path in states.closure(v.path, True))
            for v in event.values
        )
    ]
    return bool(bound) and bool(leading) and min(bound) < min(leading)
