"""What importing a module may import, functions that are called meanwhile included."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from unfork.verification.called_functions import CalledFunctions
from unfork.verification.forwards import forwarding_files
from unfork.verification.import_calls import is_import_call, modules_given
from unfork.verification.states import States, files_imported, files_named, packages_of
from unfork.verification.values import Module


class CalledImports:
    """The files that importing each file may load: one state of the tree."""

    def __init__(self, states: States, after: bool) -> None:
        self._states, self._after = states, after
        self._finder = states.tree_states(False)[after].finder
        self._functions = CalledFunctions(states, after)
        self._edges: dict[str, frozenset[str]] = {}
        self._closures: dict[str, frozenset[str]] = {}
        self._hiding: dict[str, bool] = {}
        self._ways: dict[str, set[str]] = {}

    def closure(self, path: str) -> frozenset[str]:
        """Return the files that importing a file may load, directly or not."""
        known = self._closures.get(path)
        if known is None:
            reached = {path, *packages_of(self._finder, path)}
            waiting = list(reached)
            while waiting:
                fresh = self.files(waiting.pop()) - reached
                reached |= fresh
                waiting += fresh
            known = self._closures[path] = frozenset(reached)
        return known

    def files(self, path: str) -> frozenset[str]:
        """Return the files that a file may import while it is imported."""
        known = self._edges.get(path)
        if known is None:
            known = self._imported_by(path)
            if self._may_hide_imports(path, known):
                more = {*self._of_calls(path)}
                packages = (package for file in more for package in packages_of(self._finder, file))
                known = known | more.union(packages) - {path}
            self._edges[path] = known
        return known

    def ways(self, path: str) -> frozenset[str]:
        """Return the files through which a file comes to the functions that it calls while it is imported."""
        return frozenset(self._ways.get(path, ()))

    def _imported_by(self, path: str) -> frozenset[str]:
        imported = files_imported(self._states, path, self._after, late=False)
        if self._after and (forwarded := forwarding_files(self._states, path)):
            packages = (
                package for file in forwarded for package in packages_of(self._finder, file)
            )
            imported |= forwarded.union(packages) - {path}
        return imported

    def _may_hide_imports(self, path: str, imported: frozenset[str]) -> bool:
        """Return whether a file, or one that it may take a function from, has imports in functions.

        Packages pass on the functions of their modules: those are one import further.
        """
        if any(map(self._hides_imports, (path, *imported))):
            return True
        return any(
            self._hides_imports(imported_file)
            for file in imported
            for imported_file in self._imported_by(file)
        )

    def _hides_imports(self, path: str) -> bool:
        """Return whether a file has imports in functions, or calls that import, so far as its bytes tell."""
        if path not in self._hiding:
            self._hiding[path] = _HIDDEN.search(self._text(path)) is not None
        return self._hiding[path]

    def _text(self, path: str) -> bytes:
        try:
            return self._states.text_after(path) if self._after else self._states.project.read(path)
        except OSError:
            return b""

    def _of_calls(self, path: str) -> Iterator[str]:
        """Yield the files that a file imports by calls, and in functions, while it is imported."""
        ways = self._ways[path] = set()
        for file, nodes in self._functions.code_run_by(path, ways):
            for node in nodes:
                if isinstance(node, ast.Call) and is_import_call(node):
                    yield from self._given(node, file, path)
                elif isinstance(node, ast.Import | ast.ImportFrom):
                    yield from files_named(self._finder, node, file)

    def _given(self, node: ast.Call, path: str, caller: str) -> Iterator[str]:
        """Yield the files that a call imports, or may: what it is given may be a text of the caller's."""
        bodies = [self._states.body(file, self._after) for file in dict.fromkeys((path, caller))]
        for place in modules_given(self._finder, path, node, bodies):
            if isinstance(place, Module):
                yield place.path


_HIDDEN = re.compile(rb"^[ \t]+(?:import|from)\b|import_module\b|__import__\b", re.MULTILINE)
