"""New imports of modules that cannot be imported: what they or modules that they import need is nowhere."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from unfork.reading.made_modules import may_have_unseen_modules
from unfork.reading.source import Unparsable
from unfork.reading.statements import ImportStatement
from unfork.verification.facts import FileReport, Violation
from unfork.verification.states import States, files_imported
from unfork.verification.tree_state import GLOBALS, TreeState
from unfork.verification.two_roots import file_of
from unfork.verification.unbound import UnboundUses
from unfork.verification.values import Missing, Module, Namespace, Taken, Value, plain_value
from unfork_codemods.project import Key


def failing_targets(states: States, reports: Mapping[str, FileReport]) -> Iterator[Violation]:
    """Yield new imports of modules that cannot be imported, and could not be before."""
    failures = _Failures(states, _loaded_with_sources(states, reports))
    for path in sorted(states.rewrites.edits.keys() & reports.keys()):
        if not path.endswith(".py"):
            continue
        for target, line in _modules_taken_from(reports[path]).items():
            failure = failures.of(target) if target != path else None
            if failure is None or failures.are_old(path, target, failure):
                continue
            where = "its line" if failure.path == target else f"{failure.path}, line"
            why = f"{target} cannot be imported: {failure.what.format(f'{where} {failure.line}')}"
            yield Violation(path, line, 1, why, (path,), f"mend {failure.path} first")


def _modules_taken_from(report: FileReport) -> dict[str, int]:
    """Return the modules that a changed file takes something from now, each with a line."""
    moved = (a for a in report.accesses if a.after is not None and a.after != a.before)
    lines = {a.after[0]: a.line for a in moved if a.after is not None and a.after[0]}
    return {**dict(report.reached), **lines}


def _loaded_with_sources(states: States, reports: Mapping[str, FileReport]) -> frozenset[str]:
    """Return the files that are loaded, before, with the modules of which something is taken elsewhere now."""
    changed = (reports[path] for path in states.rewrites.edits.keys() & reports.keys())
    moved = (a.before[0] for r in changed for a in r.accesses if a.after != a.before)
    return frozenset[str]().union(*(states.closure(path, after=False) for path in set(moved)))


class _Failure(NamedTuple):
    """A statement that fails where a module is imported: ``what`` says why, with braces for the place.

    ``lacking`` is what an import does not find.
    """

    path: str
    line: int
    what: str
    lacking: Value | None = None


@dataclass
class _Failures:
    """Why modules cannot be imported. ``proven`` are files that are loaded before with what is replaced."""

    states: States
    proven: frozenset[str]
    _of_targets: dict[str, _Failure | None] = field(default_factory=dict)
    _of_files: dict[tuple[str, bool], _Failure | None] = field(default_factory=dict)
    _needs: dict[str, frozenset[Value]] = field(default_factory=dict)
    _doubts: dict[str, frozenset[bytes]] = field(default_factory=dict)

    def are_old(self, path: str, target: str, failure: _Failure) -> bool:
        """Return whether a file imported a module before, or what that fails at, or one that needs the same."""
        if target in files_imported(self.states, path, after=False, late=True):
            return True
        loaded = self.states.closure(path, after=False, late=True)
        return failure.path in loaded or any(
            failure.lacking in self._needed_by(file) for file in loaded
        )

    def _needed_by(self, path: str) -> frozenset[Value]:
        """Return what the imports at the top of a file take, of modules and of names that these may lack."""
        if path not in self._needs:
            needs = self._needs_of(path, self.states.project.read, True)
            self._needs[path] = frozenset(value for _, value, _ in needs)
        return self._needs[path]

    def of(self, target: str) -> _Failure | None:
        """Return what fails if a module is imported: in itself, its packages, or what these import; None: nothing."""
        if target not in self._of_targets:
            loaded = sorted(self.states.closure(target, after=True), key=lambda p: (p != target, p))
            failures = filter(None, (self._of_file(path, target) for path in loaded))
            self._of_targets[target] = next(failures, None)
        return self._of_targets[target]

    def _of_file(self, path: str, target: str) -> _Failure | None:
        """Return what fails in a file; only where it is the target, names that its sources only mention are seen."""
        known = path, path == target
        if known not in self._of_files:
            self._of_files[known] = self._first_failure(*known)
        return self._of_files[known]

    def _first_failure(self, path: str, is_target: bool) -> _Failure | None:
        before, after = self.states.tree_states(False)
        for statement, value, key in self._needs_of(path, self.states.text_after, is_target):
            is_nowhere = _is_nowhere(after, value) and _is_nowhere(before, value)
            if is_nowhere and not self._may_be_there(path, statement, key):
                return _Failure(path, statement.node.lineno, _FINDS_NOTHING, value)
        return self._failing_use(path) if is_target or path not in self.proven else None

    def _failing_use(self, path: str) -> _Failure | None:
        """Return a statement that raises an error by itself, or uses what nothing binds."""
        if not path.endswith(".py"):
            return None
        uses = UnboundUses(self.states.tree_states(False)[1], path, GLOBALS)
        if uses.raise_line is not None:
            return _Failure(path, uses.raise_line, "{} raises an error")
        first = next(uses.at_import(), None)
        what = f"{{}} uses {first.spelled}, which is not defined" if first is not None else ""
        return _Failure(path, first.line, what) if first is not None else None

    def _needs_of(
        self, path: str, read: Callable[[str], bytes], is_target: bool
    ) -> Iterator[tuple[ImportStatement, Value, Key]]:
        """Yield the imports at the top of a file that no `try` guards, with what they take."""
        try:
            head = self.states.project.heads.of(path, read(path))
        except (OSError, Unparsable):
            return
        for statement in head.imports:
            if statement.at_import_time and not statement.guarded:
                for value, key in self._suspects(path, statement, is_target):
                    yield statement, value, key

    def _suspects(
        self, path: str, statement: ImportStatement, is_target: bool
    ) -> Iterator[tuple[Value, Key]]:
        """Yield what an import may take in vain, each with the module that it may be, as a path.

        It is the module itself, or a name that the module's text does not seem to bind.
        """
        finder, node = self.states.tree_states(False)[1].finder, statement.node
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield finder.absolute(alias.name, path), alias.name.replace(".", "/")
            return
        place, key = finder.named_by(node, path), (node.module or "").replace(".", "/")
        yield place, key
        for alias in node.names:
            if alias.name != "*" and self._may_lack(place, alias.name, is_target):
                yield Taken(place, alias.name), f"{key}/{alias.name}".lstrip("/")

    def _may_lack(self, place: Value, name: str, is_target: bool) -> bool:
        match place:
            case Module(path):
                try:
                    text = self.states.text_after(path)
                except OSError:
                    return False
                word = name.encode()
                if word not in text or word in self._in_doubt(path, text):
                    return True
                return is_target and re.search(_BOUND % word, text, re.MULTILINE) is None
            case Namespace():
                return True
            case _:
                return False

    def _in_doubt(self, path: str, text: bytes) -> frozenset[bytes]:
        if path not in self._doubts:
            self._doubts[path] = _words_in_doubt(text)
        return self._doubts[path]

    def _may_be_there(self, path: str, statement: ImportStatement, key: Key) -> bool:
        """Return whether another distribution may have a module, or a build or a package may make it."""
        level = statement.node.level if isinstance(statement.node, ast.ImportFrom) else 0
        finder = self.states.tree_states(False)[1].finder
        is_of_others = not level and finder.may_be_of_others(key.replace("/", "."), path)
        return is_of_others or self._is_made(path, level, key)

    def _is_made(self, path: str, level: int, key: Key) -> bool:
        """Return whether a build may make a module, or a package that it is in, or one of these as it runs."""
        folder = file_of(path)
        for _ in range(level):
            folder = folder.rpartition("/")[0]
        segments = key.split("/")
        inner = ["/".join(segments[:depth]) for depth in range(1, len(segments) + 1)]
        bases = (folder,) if level else self.states.project.roots
        keys = {f"{base}/{key}".lstrip("/") for base in bases for key in inner}
        files = {f"{key}{ending}" for key in keys for ending in (".py", "/__init__.py")}
        return any(
            may_have_unseen_modules(self.states.text_after(file))
            for file in files & self.states.project.paths
        ) or bool(self.states.project.generated(keys))


_BOUND = rb"(?:^|\b(?:def|class|import|as)\b|[,(;])[ \t]*%b\b"
"""What a text has where it binds a name, or may: it is read only if it has nothing like it."""
_FOR_CHECKERS = re.compile(
    rb"^if[ \t(]+(?:\w+\.)?TYPE_CHECKING[^\n]*\n(?:[ \t)][^\n]*\n?|\s*\n)*+", re.MULTILINE
)
"""A block at the top level that runs for type checkers only (PEP 484)."""
_DELETED = re.compile(rb"^del\b[^\n]*", re.MULTILINE)
_FINDS_NOTHING = "what {} imports is not there"


def _words_in_doubt(text: bytes) -> frozenset[bytes]:
    """Return the words of a text that it may delete, or bind for type checkers only."""
    deleted = _DELETED.findall(text) if b"\ndel " in text else []
    checked = _FOR_CHECKERS.findall(text) if b"TYPE_CHECKING" in text else []
    return frozenset(re.findall(rb"\w+", b" ".join([*deleted, *checked])))


def _is_nowhere(tree_state: TreeState, value: Value) -> bool:
    values = tree_state.resolve(value)
    return bool(values) and all(isinstance(plain_value(v), Missing) for v in values)
