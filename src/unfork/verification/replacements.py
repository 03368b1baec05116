"""What tests replace, and which code reads it: both must use the same binding (``unittest.mock``, "where to patch").

A replacement rebinds a name of a module. It affects any code that looks the name up there afterwards: the module's own
functions, and other code through an attribute or an import in a function. A ``from`` import at the top copied the
object.
"""

from __future__ import annotations

import ast
import os
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace

from unfork.verification.facts import Access, Binding, FileReport, Replacement, Violation
from unfork.verification.held_modules import held_words
from unfork.verification.late_loads import LateLoads
from unfork.verification.machine import Machine
from unfork.verification.states import States, files_imported, imports_by_place
from unfork.verification.tree_state import TreeState
from unfork.verification.values import (
    Definition,
    Missing,
    Module,
    Outside,
    Taken,
    plain_value,
)

_HOLE = "\0"
_Where = tuple[FileReport, Access]


def unmet_replacements(states: States, reports: Mapping[str, FileReport]) -> Iterator[Violation]:
    """Yield the replacements that no longer affect some reader."""
    readers = _Readers(states, reports)
    for report in reports.values():
        for replacement in report.replacements:
            if replacement.before[1] == "*":
                yield from readers.of_module(report, replacement)
            elif _HOLE in replacement.before[1] or not replacement.before[0]:
                yield from readers.of_unknown(report, replacement)
            else:
                yield from readers.of_name(report, replacement)
            yield from readers.of_aligned(report, replacement)


class _Readers:
    def __init__(self, states: States, reports: Mapping[str, FileReport]) -> None:
        self.states, self.reports = states, reports
        self._by_module: dict[str, list[_Where]] = defaultdict(list)
        self._moved_to: dict[str, list[_Where]] = defaultdict(list)
        for report in reports.values():
            for access in report.accesses:
                self._by_module[access.before[0]].append((report, access))
                if access.after is not None and access.after[0] != access.before[0]:
                    self._moved_to[access.after[0]].append((report, access))
        self._reads: dict[tuple[bool, str], dict[str, frozenset[str]]] = {}
        self._successors_of: dict[str, frozenset[str]] = {}
        self._held: dict[str, frozenset[str]] = {}
        self._loaded_later: dict[tuple[str, int | None], frozenset[str]] = {}
        self._late_loads = LateLoads(states)

    def _is_changed(self, path: str) -> bool:
        return path in self.states.rewrites.touched

    def _files_to_blame(self, *paths: str) -> tuple[str, ...]:
        return tuple(sorted({path for path in paths if self._is_changed(path)}))

    def _moved_for(self, reader: str, module: str) -> tuple[str, ...]:
        """Return the changed files through which a reader, itself unchanged, no longer comes to a module."""
        states = self.states
        return tuple(
            sorted(
                path
                for path in states.closure(reader, False, late=True) & states.rewrites.edits.keys()
                if module in files_imported(states, path, after=False, late=True)
                and module not in files_imported(states, path, after=True, late=True)
            )
        )

    # -- a name of a module

    def of_name(self, report: FileReport, replacement: Replacement) -> Iterator[Violation]:
        """Yield readers that were affected by a replacement and no longer are, or the reverse."""
        path, name = replacement.before
        if self._is_nothing(True, replacement.after) and not self._is_nothing(
            False, replacement.before
        ):
            why = f"{name} is replaced here, and what is named for it is not there"
            if self._is_changed(report.path):
                yield Violation(report.path, replacement.line, replacement.col, why, (report.path,))
        for other, access in self._by_module[path]:
            as_read = access._replace(reads=True)
            wrong = self._reader_mismatch(replacement, as_read)
            if wrong and not access.reads:
                is_late = self._may_copy_later(report.path, replacement, other, access)
                wrong = wrong if is_late else self._reader_mismatch(replacement, access)
            if wrong and other.path != path:
                blame = self._files_to_blame(report.path, other.path) or self._moved_for(
                    other.path, path
                )
                if blame:
                    why = f"{path}: {name} is replaced here, and {other.path}:{access.line} {wrong}"
                    yield Violation(report.path, replacement.line, replacement.col, why, blame)
        yield from self._of_late_stars(report, replacement)
        if self._is_changed(path) and path not in self.states.rewrites.removed:
            yield from self._of_changed(report, replacement)
        yield from self._new_readers(report, replacement)

    def _of_late_stars(self, report: FileReport, replacement: Replacement) -> Iterator[Violation]:
        """Yield stars that might have copied what stands in, and are of another module now."""
        path, name = replacement.before
        path_after = replacement.after[0] if replacement.after else path
        before, after = self.states.tree_states(False)
        for changed in sorted(self.states.rewrites.edits):
            if not changed.endswith(".py") or path not in before.star_modules(changed):
                continue
            if path_after in after.star_modules(changed):
                continue
            if changed in self._may_load_later(report.path, replacement):
                why = f"{path}: {name} is replaced here, and {changed} may take it by its star then"
                blame = self._files_to_blame(report.path, changed)
                yield Violation(report.path, replacement.line, replacement.col, why, blame)

    def _may_copy_later(
        self, path: str, replacement: Replacement, other: FileReport, access: Access
    ) -> bool:
        """Return whether an import at the top of a file may run only once the name is replaced, and copy that."""
        if other.path == path:
            return not replacement.late and access.line > replacement.line
        is_told = other.path in self._may_load_later(path, replacement)
        return is_told or self._late_loads.may_load(path, other.path)

    def _may_load_later(self, path: str, replacement: Replacement) -> frozenset[str]:
        """Return the files that a file may be the first to load, and only while or after it replaces something.

        Then even an import at the top of one of them copies what stands in (language reference, 7.11).
        """
        line = None if replacement.late else replacement.line
        known = self._loaded_later.get((path, line))
        if known is None:
            states = self.states
            before = (
                states.closure(path, False) if line is None else states.loaded_above(path, line)
            )
            known = states.closure(path, False, late=True) - before
            self._loaded_later[path, line] = known
        return known

    def _new_readers(self, report: FileReport, replacement: Replacement) -> Iterator[Violation]:
        """Yield readers of a replaced name that previously read another module made from the same file."""
        path, name = replacement.before
        for copy in self.states.project.finder.all_of(path):
            for other, access in self._by_module[copy] if copy != path else ():
                blame = self._files_to_blame(report.path, other.path)
                if blame and access.reads and access.after == replacement.after:
                    why = f"{path}: {name} is replaced here, and {other.path}:{access.line} did not read it"
                    yield Violation(report.path, replacement.line, replacement.col, why, blame)

    def of_aligned(self, report: FileReport, replacement: Replacement) -> Iterator[Violation]:
        """Yield what is taken of another module now that offers the same object, until it is replaced there."""
        path, name = replacement.before
        is_surface = path in self.states.project.surfaces
        for other, access in self._moved_to.get(path, ()) if is_surface else ():
            now = access.after
            if access.before[0] in self.states.project.redirects or now is None:
                continue
            if name in (now[1], _HOLE) and self._is_changed(other.path):
                why = f"{path}: {now[1]} may be replaced here, and {other.path}:{access.line} did not read it"
                blame = self._files_to_blame(other.path)
                yield Violation(report.path, replacement.line, replacement.col, why, blame)

    def _is_nothing(self, after: bool, binding: Binding | None) -> bool:
        """Return whether a name does not exist in its module."""
        if binding is None or not binding[0]:
            return False
        resolved = self.states.tree_states(False)[after].resolve(
            Taken(Module(binding[0]), binding[1])
        )
        return any(isinstance(plain_value(value), Missing) for value in resolved)

    def _reader_mismatch(self, replacement: Replacement, access: Access) -> str:
        """Return how a reader and a replacement diverge; empty if they do not, or never matched."""
        path, name = replacement.before
        if access.before[1] == name:
            if access.reads and access.after is not None and access.after != replacement.after:
                return "reads another name now"
            return ""
        if name not in self.reads(False, path).get(access.before[1], ()):
            return ""
        if access.after is None:
            return ""
        definer = self._defining_module(access.after)
        if definer is None or replacement.after is None:
            return "uses what may read another name now"
        if self._looks_up(definer, replacement.after, path):
            return ""
        return "uses what reads another name now"

    def _looks_up(self, code: Binding, binding: Binding, legacy: str) -> bool:
        """Return whether code looks a name up in its module, or in another that took names of the legacy module.

        There it comes by what it imports: functions, and classes as bases. If it has a copy of the object under a name
        of its own, it looks that up instead.
        """
        if code[0] == binding[0]:
            return binding[1] in self.reads(True, code[0]).get(code[1], frozenset())
        successors = self._successors(legacy)
        replaced = self._defining_module(binding)
        is_found, seen, waiting = False, {code}, [code]
        while waiting:
            path, name = waiting.pop()
            for read in self.reads(True, path).get(name, ()):
                is_found |= (path, read) == binding
                origin = self._defining_module((path, read))
                if origin is None or origin[0] == path:
                    continue
                if origin == replaced:
                    return False
                if origin[0] in successors and origin not in seen:
                    seen.add(origin)
                    waiting.append(origin)
        return is_found

    def _successors(self, legacy: str) -> frozenset[str]:
        """Return the modules that define now what was taken of a legacy module."""
        known = self._successors_of.get(legacy)
        if known is None:
            taken = {access.after for _, access in self._by_module[legacy] if access.after}
            definers = map(self._defining_module, taken)
            known = self._successors_of[legacy] = frozenset(d[0] for d in definers if d is not None)
        return known

    def _of_changed(self, report: FileReport, replacement: Replacement) -> Iterator[Violation]:
        """Yield where the module itself read the name before, and reads another now."""
        path, name = replacement.before
        if replacement.after != replacement.before:
            return
        was, now = self.reads(False, path), self.reads(True, path)
        lost = [f for f, names in was.items() if name in names and name not in now.get(f, names)]
        if lost:
            why = f"{path}: {name} is replaced here, and {lost[0]} does not read it any more"
            yield Violation(report.path, replacement.line, replacement.col, why, (path,))

    # -- a whole module, in sys.modules

    def of_module(self, report: FileReport, replacement: Replacement) -> Iterator[Violation]:
        """Yield files that imported a module replaced in ``sys.modules``, and import another now."""
        if replacement.before[0] not in self.states.project.paths:
            yield from self._of_unknown_module(report, replacement)
            return
        path = replacement.before[0]
        target = replacement.after[0] if replacement.after else None
        for other, access in self._by_module[path]:
            if access.early and path not in self.states.project.redirects:
                continue
            now = access.after[0] if access.after else None
            if now is not None and now != target and other.path != path:
                blame = self._files_to_blame(report.path, other.path)
                if blame:
                    why = f"{path} is replaced here, and {other.path}:{access.line} imports {now}"
                    yield Violation(report.path, replacement.line, replacement.col, why, blame)
        if target != path:
            return
        yield from self._of_new_attributes(report, replacement)
        for changed in self.states.rewrites.edits:
            was = files_imported(self.states, changed, after=False, late=True)
            lost = was - files_imported(self.states, changed, after=True, late=True)
            if path in lost:
                why = f"{path} is replaced here, and {changed} imports another module now"
                blame = self._files_to_blame(report.path, changed)
                yield Violation(report.path, replacement.line, replacement.col, why, blame)

    def _of_new_attributes(
        self, report: FileReport, replacement: Replacement
    ) -> Iterator[Violation]:
        """Yield files that import a replaced module where they did not: it becomes an attribute of its package.

        ``from package import module`` prefers the attribute to ``sys.modules`` (language reference, 7.11). An import in
        a function, which the file had before, need not have run by then. One at the top has.
        """
        path = replacement.before[0]
        if "/" not in path:
            return
        for changed in sorted(self.states.rewrites.edits):
            early = files_imported(self.states, changed, after=False, late=False)
            if path in early or path not in files_imported(self.states, changed, True, late=True):
                continue
            was, now = (
                imports_by_place(self.states, changed, after, late=True).count(path)
                for after in (False, True)
            )
            if now > was:
                why = f"{path} is replaced here in sys.modules, and {changed} imports it now"
                yield Violation(report.path, replacement.line, replacement.col, why, (changed,))

    def _of_unknown_module(
        self, report: FileReport, replacement: Replacement
    ) -> Iterator[Violation]:
        """Yield where a module that may be dropped from ``sys.modules`` was imported again, and no longer is.

        What is put in place of a module from outside drops none of the project's: at most, those that the file loads
        meanwhile are dropped afterwards, by ``patch.dict``.
        """
        before, after = self.states.tree_states(False)
        late_only = self._is_outside(report.path, replacement.before[0])
        was = _count_imports(before, report.path, late_only)
        now = _count_imports(after, report.path, late_only)
        if now < was and self._is_changed(report.path):
            why = "modules are forgotten here, and one that was imported again is not any more"
            yield Violation(report.path, replacement.line, replacement.col, why, (report.path,))

    def _is_outside(self, path: str, dotted: str) -> bool:
        """Return whether a key of ``sys.modules`` is known, and names nothing that is in the project."""
        place = self.states.project.finder.absolute(dotted, path) if _HOLE not in dotted else None
        return isinstance(place, Outside | Missing)

    # -- what is unknown

    def of_unknown(self, report: FileReport, replacement: Replacement) -> Iterator[Violation]:
        """Yield possible targets of an unknown replacement that have moved or are gone."""
        if replacement.after is not None and self._moves_along(replacement):
            yield from self._of_moved_module(report, replacement, replacement.after[0])
            return
        text = replacement.before[1]
        module, _, name = text.rpartition(".")
        for path, accesses in list(self._by_module.items()):
            if path not in self.states.project.redirects or path != (replacement.before[0] or path):
                continue
            if not replacement.before[0] and not self._is_in_reach(report.path, module, path):
                continue
            for other, access in accesses:
                hits = _HOLE in name or name == access.before[1]
                hits |= name in self.reads(False, path).get(access.before[1], ())
                moved = access.after is not None and access.after != access.before
                if hits and moved and self._files_to_blame(other.path):
                    why = f"what is replaced here may be {path}: {name or 'a name'}, which {other.path} takes elsewhere"
                    yield Violation(
                        report.path,
                        replacement.line,
                        replacement.col,
                        why.replace(_HOLE, "?"),
                        self._files_to_blame(other.path),
                    )
        for other in self.reports.values():
            gone = name in other.exports.gone and self._may_mean(module, other.path)
            if gone and self._is_changed(other.path):
                why = f"what is replaced here may be {other.path}: {name}, which is gone"
                yield Violation(report.path, replacement.line, replacement.col, why, (other.path,))

    def _moves_along(self, replacement: Replacement) -> bool:
        """Return whether an unknown name of a module is replaced in another module now, whatever its name is."""
        (path, name), (to, new) = replacement.before, replacement.after or ("", "")
        return "" not in (path, to) and path != to and name == new == _HOLE

    def _of_moved_module(
        self, report: FileReport, replacement: Replacement, to: str
    ) -> Iterator[Violation]:
        """Yield what does not look up the same name in ``to``, where it may be replaced now, as in the module before.

        patch.object(legacy, name)    legacy.load()    becomes    patch.object(canonical, name)    canonical.load()
        """
        path = replacement.before[0]
        before, after = self.states.tree_states(False)
        bound = before.exports(path) or {}
        for other, access in self._by_module[path]:
            if access.before[1] not in bound and not before.has_more(path):
                continue  # a module of the package: it is imported, and no name to replace
            reads = access.reads or self._may_copy_later(report.path, replacement, other, access)
            if reads and access.after != (to, access.before[1]):
                wrong = "reads another module now"
            elif not self._reads_the_same(path, to, access):
                wrong = "uses what may read another name now"
            else:
                continue
            blame = self._files_to_blame(report.path, other.path)
            if blame and other.path != path:
                why = f"{path}: a name is replaced here, and {other.path}:{access.line} {wrong}"
                yield Violation(report.path, replacement.line, replacement.col, why, blame)
        names = bound.keys() - (after.exports(to) or {}).keys()
        for name in sorted(names):
            if self._has_word(report.path, name):
                why = f"{path}: {name} may be replaced here, and {to} has none"
                yield Violation(report.path, replacement.line, replacement.col, why, (report.path,))

    def _reads_the_same(self, path: str, to: str, access: Access) -> bool:
        """Return whether a function taken of one module and its successor read the same names of their modules."""
        was = self.reads(False, path).get(access.before[1], frozenset())
        if not was:
            return True
        definer = self._defining_module(access.after) if access.after is not None else None
        return (
            definer is not None
            and definer[0] == to
            and was <= self.reads(True, to).get(definer[1], frozenset())
        )

    def _is_in_reach(self, path: str, module: str, meant: str) -> bool:
        """Return whether a file may refer to a module, by a name that is only partly known or through an object."""
        if not module:
            return self._may_lead_to(path, meant)
        return self._may_mean(module, meant) and (
            _HOLE not in module or self._may_reach(path, meant)
        )

    def _may_mean(self, module: str, path: str) -> bool:
        dotted = self.states.project.finder.dotted(path)
        pieces = module.split(_HOLE)
        return dotted.startswith(pieces[0]) and dotted.endswith(pieces[-1])

    def _may_lead_to(self, path: str, module: str) -> bool:
        """Return whether some object in a file may be a module: the file contains the path to it, relative to both."""
        finder = self.states.project.finder
        own, way = finder.dotted(path).split("."), finder.dotted(module).split(".")
        while len(way) > 1 and own and own[0] == way[0]:
            own, way = own[1:], way[1:]
        return self._may_reach(path, module) and all(
            self._has_word(path, part) for part in way[:-1]
        )

    def _has_word(self, path: str, word: str) -> bool:
        pattern = re.compile(rf"\b{re.escape(word)}\b")
        return any(
            _is_mention(node, pattern)
            or (isinstance(node, ast.ImportFrom) and pattern.search(node.module or ""))
            for node in ast.walk(self.states.source_before(path).tree)
        )

    def _may_reach(self, path: str, module: str) -> bool:
        """Return whether a file can reach a module that it does not spell out: as a value, or by a text.

        A ``from`` import of something that the module defines does not make the module available.
        """
        stem = module.rpartition(".")[0].removesuffix("/__init__").rpartition("/")[2]
        try:
            if os.fsencode(stem) not in self.states.project.read(path):
                return False
        except OSError:
            return False
        if path not in self._held:
            self._held[path] = held_words(self.states.source_before(path).tree)
        return stem in self._held[path]

    # -- what functions read

    def _defining_module(self, binding: Binding) -> Binding | None:
        """Return the module that defines what a name is bound to after, and its name there."""
        tree_state = self.states.tree_states(False)[1]
        for value in tree_state.resolve(Taken(Module(binding[0]), binding[1])):
            inner = plain_value(value)
            if isinstance(inner, Definition) and not inner.scope:
                machine = tree_state.machine(inner.path)
                if machine is not None:
                    return inner.path, machine.names[inner]
        return None

    def reads(self, after: bool, path: str) -> Mapping[str, frozenset[str]]:
        """Return the module's own names that each of its functions and classes reads, directly or through others."""
        known = self._reads.get((after, path))
        if known is None:
            known = self._reads[after, path] = _reads_of(
                self.states.tree_states(False)[after], path
            )
        return known


def _is_mention(node: ast.AST, stem: re.Pattern[str]) -> bool:
    match node:
        case ast.alias(name=text) | ast.Constant(value=str(text)) | ast.Attribute(attr=text):
            return stem.search(text) is not None
        case ast.ImportFrom(names=[ast.alias(name="*")], module=str(text)):
            return stem.search(text) is not None
        case _:
            return False


def _count_imports(tree_state: TreeState, path: str, late_only: bool) -> int:
    machine = tree_state.machine(path)
    events = machine.events if machine is not None else ()
    return sum(
        event.kind in ("import", "from") and isinstance(value, Module)
        for event in events
        if event.late or not late_only
        for value in event.values
    )


def _reads_of(tree_state: TreeState, path: str) -> dict[str, frozenset[str]]:
    machine = tree_state.machine(path)
    if machine is None:
        return {}
    direct: dict[str, set[str]] = {}
    for node in _defined_at_the_top(machine):
        names = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)} & machine.top_names
        direct.setdefault(node.name, set()).update(names)
    grown = True
    while grown:
        grown = False
        for names in direct.values():
            more = {n for name in names if name in direct for n in direct[name]} - names
            if more:
                names |= more
                grown = True
    return {name: frozenset(names) for name, names in direct.items()}


def _defined_at_the_top(machine: Machine) -> Iterator[_Definition]:
    """Yield the functions and classes that a module binds, of a tree that is not kept: the module may be in outline."""
    places = {
        (node.lineno, node.col_offset)
        for definition, node in machine.definitions.items()
        if not definition.scope and isinstance(node, _Definition)
    }
    tree = replace(machine.source).tree if machine.source is not None and places else machine.tree
    for node in ast.walk(tree):
        if isinstance(node, _Definition) and (node.lineno, node.col_offset) in places:
            yield node


_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
