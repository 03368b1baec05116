"""One file between two steps: what the steps so far have made of it. All positions are those of the stored file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from unfork.reading.ignores import without_ignored
from unfork.reading.source import Source
from unfork.rewriting.constraints import Wrapper
from unfork.rewriting.edges import edge_changes
from unfork.rewriting.file_results import StepResult
from unfork.rewriting.file_rewrite import DecidedFile, FileRewrite
from unfork.rewriting.star_names import names_added
from unfork.values import Finding
from unfork_codemods.edits import Edit, apply_edits, compose_edits, origin_of
from unfork_codemods.project import Identity, Key


@dataclass
class MigratedFile:
    """What the steps so far have made of a file: its ``source``, and the ``text`` that the last of them left.

    ``added``, ``added_edges`` and ``removed_edges`` are those of `FileResult`, and so is ``refused``.
    """

    source: Source
    text: Source
    edits: tuple[Edit, ...] = ()
    steps: list[StepResult] = field(default_factory=list)
    contexts: list[FileRewrite] = field(default_factory=list)
    added: dict[str, Identity] = field(default_factory=dict)
    added_edges: dict[Key, int] = field(default_factory=dict)
    removed_edges: set[Key] = field(default_factory=set)
    refused: Finding | None = None

    def add(self, step: StepResult, new: Source | None) -> None:
        """Add a step, which makes ``new`` of the text; None: its edits, if any, are dropped."""
        self.steps.append(step)
        if new is not None:
            edits = step.edits
            self.edits = compose_edits(self.edits, edits, self.text.data) if self.edits else edits
            self.text = new

    def add_effects(self, context: DecidedFile, new: Source) -> None:
        """Add what a rewrite changes for other files: the names that the file has, and the modules that it imports."""
        self.added |= names_added(context, new)
        added_edges, removed_edges = edge_changes(context)
        self.added_edges |= added_edges
        self.removed_edges |= removed_edges


def sorted_wrappers(contexts: Sequence[FileRewrite]) -> tuple[Wrapper, ...]:
    """Return the patching functions that are defined in a file, each once."""
    return tuple(
        sorted(
            {wrapper for context in contexts for wrapper in context.wrappers}, key=Wrapper.sort_key
        )
    )


def edited_source(text: Source, edits: Sequence[Edit]) -> Source:
    """Return the text after edits."""
    return Source(text.path, b"", apply_edits(text.data, edits), text.encoding) if edits else text


def step_result(source: Source, before: tuple[Edit, ...], context: DecidedFile) -> StepResult:
    """Return the result of a step, with its findings at their positions in the file before all steps."""
    changed = {
        id(s) for s in context.statements for alias in s.node.names if alias in context.decided
    }
    return StepResult(
        context.codemod.step,
        tuple(context.edits),
        tuple(sorted(_original_place(source, before, context.source, f) for f in context.fixed))
        if context.edits
        else (),
        tuple(
            sorted(
                without_ignored(
                    source,
                    {_original_place(source, before, context.source, f) for f in context.left},
                )
            )
        ),
        len(changed) if context.edits else 0,
    )


def notes_above_shim(
    notes: list[Finding], source: Source, before: tuple[Edit, ...], shim: StepResult
) -> list[Finding]:
    """Return the notes of a file except those on lines that its shim removes."""
    if not shim.edits or not (shim.loads or shim.forgets):
        return notes
    start = shim.edits[0].start
    line, _ = source.location(origin_of(before, start) if before else start)
    return [note for note in notes if note.line <= line]


def _original_place(
    source: Source, before: tuple[Edit, ...], text: Source, finding: Finding
) -> Finding:
    if not before:
        return finding
    line = text.line(finding.line).decode(errors="replace")
    offset = text.offset(finding.line, len(line[: finding.col - 1].encode()))
    row, col = source.location(origin_of(before, offset))
    return replace(finding, line=row, col=col)


def steps_as_stored(source: Source, steps: Sequence[StepResult]) -> Sequence[StepResult]:
    """Return the steps with their edits as offsets in stored bytes, each of the text that the previous step left."""
    if source.encoding == "utf-8":
        return steps
    result, text = [], source
    for step in steps:
        raw = apply_edits(text.raw, text.stored_edits(step.edits))
        result.append(replace(step, edits=text.stored_edits(step.edits)))
        text = Source.read(source.path, raw)
    return result
