"""From a plan about the text of notebooks to a plan about their files.

A position in a notebook is given as the line in its file, where an editor finds it, and by cell and line in the cell,
where a person does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from unfork.errors import ProofError
from unfork.file_kinds import NOTEBOOK, is_notebook
from unfork.files.tree import Tree
from unfork.reading.notebook_json import NotebookError
from unfork.reading.notebooks import Notebook
from unfork.reading.source import Source
from unfork.values import Change, Finding, Plan, Step, digest
from unfork_codemods.edits import Edit, apply_edits, compose_edits

_PLACE = re.compile(rf"([^\s:]+{re.escape(NOTEBOOK)}):(\d+)(?::(\d+))?")


@dataclass
class Notebooks:
    """The notebooks of a tree as their files hold them."""

    tree: Tree
    _known: dict[str, Notebook | str | None] = field(default_factory=dict)

    def plan(self, plan: Plan) -> Plan:
        """Return a plan with all edits and positions in notebooks as those of their files. Raises ProofError."""
        return replace(
            plan,
            changes=tuple(map(self._change, plan.changes)),
            left=self.findings(plan.left),
            notes=tuple(map(self._finding, plan.notes)),
            steps=tuple(self._steps(plan.steps)),
        )

    def findings(self, findings: Iterable[Finding]) -> tuple[Finding, ...]:
        """Return findings with their positions in the files, sorted."""
        return tuple(sorted(map(self._finding, findings)))

    def place(self, path: str, line: int, col: int) -> tuple[int, int]:
        """Return the line and the column in the file of a position in the text of a file."""
        notebook = self._notebook(path) if is_notebook(path) else None
        if not isinstance(notebook, Notebook):
            return line, col
        return _located(notebook, path, line, col)[:2]

    def _change(self, change: Change) -> Change:
        sites = tuple(map(self._finding, change.sites))
        notebook = self._notebook(change.path) if is_notebook(change.path) else None
        if not isinstance(notebook, Notebook):
            return replace(change, sites=sites)
        edits = _stored_edits(change.path, notebook, change.edits)
        return replace(change, before=digest(notebook.raw), edits=edits, sites=sites)

    def _steps(self, steps: Iterable[Step]) -> Iterator[Step]:
        """Yield the steps; the edits of each are those of the file that the step before left."""
        so_far: dict[str, tuple[Edit, ...]] = {}
        for step in steps:
            edits = {
                path: self._step_edits(path, some, so_far) if is_notebook(path) and some else some
                for path, some in step.edits.items()
            }
            yield replace(step, edits=edits, left=self.findings(step.left))

    def _step_edits(
        self, path: str, edits: tuple[Edit, ...], so_far: dict[str, tuple[Edit, ...]]
    ) -> tuple[Edit, ...]:
        notebook = self._notebook(path)
        if not isinstance(notebook, Notebook):
            return edits
        earlier = so_far.get(path, ())
        middle = apply_edits(notebook.text, earlier)
        so_far[path] = compose_edits(earlier, edits, middle) if earlier else edits
        if not earlier:
            return _stored_edits(path, notebook, edits)
        old, new = (
            apply_edits(notebook.raw, _stored_edits(path, notebook, some))
            for some in (earlier, so_far[path])
        )
        return _difference(old, new)

    def _finding(self, finding: Finding) -> Finding:
        message = _PLACE.sub(self._place, finding.message)
        notebook = self._notebook(finding.path) if is_notebook(finding.path) else None
        if notebook is None:
            return replace(finding, message=message)
        if isinstance(notebook, str):
            return replace(finding, line=1, col=1, message=f"cannot be parsed: {notebook}")
        line, col, cell, row = _located(notebook, finding.path, finding.line, finding.col)
        return replace(finding, line=line, col=col, message=f"{message} (cell {cell}, line {row})")

    def _place(self, match: re.Match[str]) -> str:
        line, col = self.place(match[1], int(match[2]), int(match[3] or 1))
        return f"{match[1]}:{line}" + (f":{col}" if match[3] else "")

    def _notebook(self, path: str) -> Notebook | str | None:
        """Return a notebook, why a file is none, or None for a file that cannot be read."""
        if path not in self._known:
            try:
                self._known[path] = Notebook.read(self.tree.read(path))
            except NotebookError as error:
                self._known[path] = str(error)
            except OSError:
                self._known[path] = None
        return self._known[path]


def _stored_edits(path: str, notebook: Notebook, edits: Iterable[Edit]) -> tuple[Edit, ...]:
    try:
        return notebook.stored_edits(edits)
    except NotebookError as error:
        raise ProofError(path, 1, "the notebook has the new text", str(error)) from None


def _located(notebook: Notebook, path: str, line: int, col: int) -> tuple[int, int, int, int]:
    """Return the line and the column in the file, the cell and the line in it, of a position in the text."""
    text = Source(path, b"", notebook.text, "utf-8")
    offset = text.place(line, col)
    stored = Source(path, b"", notebook.raw, "utf-8")
    return *stored.location(notebook.raw_offset(offset)), *notebook.cell_line(offset)


def _difference(old: bytes, new: bytes) -> tuple[Edit, ...]:
    """Return the one edit that makes ``new`` of ``old``."""
    most = min(len(old), len(new))
    head = next((n for n in range(most) if old[n] != new[n]), most)
    most -= head
    tail = next((n for n in range(most) if old[-1 - n] != new[-1 - n]), most)
    edit = Edit(head, len(old) - tail, new[head : len(new) - tail])
    return (edit,) if old != new else ()
