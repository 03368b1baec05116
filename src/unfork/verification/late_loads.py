"""Files that a program loads by names or paths that no text tells, or once more: nobody knows when they run.

    with patch("a.legacy.now", fake):
        load("plugin")                  what plugin.py imports from a.legacy is the fake

Such a file copies what stands in at that time, even by an import at its top (language reference, 7.11).
"""

from __future__ import annotations

import re

from unfork.verification.states import States, files_imported, module_name

_LOADING = re.compile(
    rb"\b(?:exec_module|load_module|run_path|run_module)\("
    rb"|\b(?:import_module|__import__)\(\s*(?:[^\s\"']|[\"'][^\"'\n]*[\"']\s*[+%.])"
)
"""What code has that loads a file of which it does not tell the name."""
_AGAIN = re.compile(rb"\breload\(|\bmodules\.pop\(|\bdel\s+(?:sys\.)?modules\[")
"""What code has that loads modules once more."""
_OF_TESTS = re.compile(r"(?:^|/)(?:conftest|tests?_\w+|\w+_tests?)\.py$")
"""Files that a test runner loads before it runs any test."""


class LateLoads:
    """What the files of a tree, as it was, may load without telling what."""

    def __init__(self, states: States) -> None:
        self._states = states
        self._is_loading: dict[str, bool] = {}
        self._is_imported: dict[str, bool] = {}

    def may_load(self, path: str, other: str) -> bool:
        """Return whether a file may load another of which it does not tell the name, or that it has loaded before."""
        read = self._states.project.read
        if _AGAIN.search(read(path)) and other in self._states.closure(path, False, late=True):
            return True
        if _OF_TESTS.search(other) or not self._loads_what_is_not_told(path):
            return False
        return not self._is_imported_by_name(other)

    def _loads_what_is_not_told(self, path: str) -> bool:
        if path not in self._is_loading:
            read = self._states.project.read
            reached = {path, *self._states.closure(path, False, late=True)}
            self._is_loading[path] = any(_LOADING.search(read(file)) for file in sorted(reached))
        return self._is_loading[path]

    def _is_imported_by_name(self, path: str) -> bool:
        """Return whether any file of the project has an import of a file."""
        if path not in self._is_imported:
            word, project = module_name(path).encode(), self._states.project
            self._is_imported[path] = any(
                path in files_imported(self._states, file, after=False, late=True)
                for file in sorted(project.paths)
                if file != path and file.endswith(".py") and word in project.read(file)
            )
        return self._is_imported[path]
