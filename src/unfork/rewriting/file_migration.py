"""All steps of a migration on one file: what a worker process does with a path."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from unfork.errors import ProofError
from unfork.interning import interned
from unfork.reading.entry_points import is_entry_point_file
from unfork.reading.ignores import without_ignored
from unfork.reading.layout import key_of
from unfork.reading.prefilter import Prefilter
from unfork.reading.source import Head, NeedsWhole, Source, Unparsable
from unfork.rewriting.constraints import Constraints
from unfork.rewriting.engine import Engine
from unfork.rewriting.entry_points import STEP, rewrite_manifest
from unfork.rewriting.file_results import FileResult, StepResult, unresolved_result
from unfork.rewriting.file_rewrite import DecidedFile, FileRewrite
from unfork.rewriting.mentions import mentions_of
from unfork.rewriting.migrated_file import (
    MigratedFile,
    edited_source,
    notes_above_shim,
    sorted_wrappers,
    step_result,
    steps_as_stored,
)
from unfork.rewriting.opaque_cells import (
    opaque_findings,
    possible_imports,
    reason_to_refuse,
    with_opaque_names,
)
from unfork.rewriting.quoted_paths import quoted_paths
from unfork.rewriting.replacements import note_replacements
from unfork.rewriting.rewrite import rewrite_file
from unfork.values import Finding, digest
from unfork_codemods import STEP_KINDS
from unfork_codemods.bindings import AskedBindings
from unfork_codemods.project import ImportCodemod, Key

if TYPE_CHECKING:
    from unfork.rewriting.deprecations import Deprecation

_NO_FACTS = Constraints()


def migrate_file(
    engine: Engine, path: str, facts: Constraints = _NO_FACTS, rewrites: bool = True
) -> FileResult:
    """Return what the migration does to a file; without ``rewrites``, only read its imports.

    Raises ProofError.
    """
    bindings = AskedBindings.of(facts.bindings)
    facts = replace(facts, bindings=bindings)
    if engine.migration.reports_references:
        facts = replace(facts, reports_references=True)
    result = _migrate_or_report(engine, path, facts, rewrites)
    return replace(result, asked=interned(frozenset(bindings.asked)))


def _migrate_or_report(engine: Engine, path: str, facts: Constraints, rewrites: bool) -> FileResult:
    try:
        raw = engine.tree.read(path)
    except OSError as error:
        why = f"cannot be read: {error.strerror or error}"
        may_import = Finding(path, 1, 1, "UF007", "it cannot be read, and may import the module")
        every = tuple((key, may_import) for key in engine.watched)
        finding = Finding(path, 1, 1, "UF007", why)
        return unresolved_result(path, step_of(engine, path), finding, every)
    if is_entry_point_file(path):
        return _migrate_manifest(engine, path, raw, facts) if rewrites else FileResult(path)
    try:
        source = engine.heads.sources.read(path, raw)
        if not rewrites:
            return _only_read(engine, source, facts)
        try:
            return _migrate_code(engine, source.head(), facts)
        except NeedsWhole:
            return _migrate_code(engine, source, facts)
    except Unparsable as error:
        from unfork.reading.newer import unparsable_reason  # late: most files parse

        why = f"cannot be parsed: {unparsable_reason(error, path, raw)}"
        finding = Finding(path, error.line, error.col, "UF007", why)
        return unresolved_result(
            path, step_of(engine, path, raw), finding, _possible_imports(engine, path, raw)
        )


def _migrate_manifest(engine: Engine, path: str, raw: bytes, facts: Constraints) -> FileResult:
    """Return what the redirects do to the entry points of a file that is no Python file."""
    codemod = next((c for c in engine.codemods if c.step == STEP), None)
    if codemod is None:
        return FileResult(path)
    result = rewrite_manifest(path, raw, engine.index, codemod, facts.reports_references)
    edits, fixed, left = tuple(result.edits), tuple(result.fixed), tuple(result.left)
    if facts.unchanged is not None and edits:
        edits, fixed, left = (), (), (*left, facts.unchanged)
    step = StepResult(STEP, edits, fixed, left, len(fixed))
    return FileResult(path, digest(raw), edits, (step,))


def _only_read(engine: Engine, source: Source, facts: Constraints) -> FileResult:
    """Return what a file that is not rewritten imports and patches."""
    contexts = [FileRewrite(source, engine.index, codemod, facts) for codemod in engine.codemods]
    for context in contexts:
        note_replacements(context, list(quoted_paths(context)))
    return FileResult(
        source.path,
        imports=_remaining_imports(engine, source),
        replaced=tuple(replacement for context in contexts for replacement in context.replacing),
        dangling=tuple(replacement for context in contexts for replacement in context.dangling),
        untold=any(context.untold for context in contexts),
        wrappers=sorted_wrappers(contexts),
    )


def step_of(engine: Engine, path: str, raw: bytes = b"") -> str:
    """Return the step under which an unreadable file is reported: the first that seems to concern it."""
    key = key_of(path)
    for kind, steps in engine.migration.kinds():
        edited = {module for step in steps for module in kind.edited_modules(step)}
        imported = {module for step in steps for module in kind.imported_modules(step)}
        if edited and key in {engine.index.named(module).key for module in edited}:
            return kind.name
        if not edited and _has_module_names(engine, raw, imported):
            return kind.name
    return next(iter(STEP_KINDS))


def _has_module_names(engine: Engine, raw: bytes, modules: Collection[str]) -> bool:
    return bool(modules) and engine.prefilter_for(modules).matches(raw)


def _possible_imports(engine: Engine, path: str, raw: bytes) -> tuple[tuple[Key, Finding], ...]:
    """Return the watched modules that an unreadable file may import and that must not be removed."""
    finding = Finding(path, 1, 1, "UF007", "it cannot be parsed, and may import the module")
    names = {key: engine.index.dotted(key) for key in engine.watched}
    return tuple(
        (key, finding) for key, name in names.items() if Prefilter(frozenset({name})).matches(raw)
    )


def _migrate_code(engine: Engine, source: Source, facts: Constraints) -> FileResult:
    """Return what all steps make of a file. Raises NeedsWhole if more of it must be read than its head."""
    facts = with_opaque_names(source, facts)
    file = MigratedFile(source, source)
    codemods = engine.bound(facts.bindings)
    for codemod in codemods:
        _run_codemod(engine, file, codemod, facts, codemod is codemods[-1])
    file.steps += _opaque_results(engine, source)
    notes = [note for context in file.contexts for note in context.notes]
    notes += mentions_of(source, file.text, engine.moved, file.edits)
    notes = list(without_ignored(source, notes))
    deprecation = _deprecation_of(engine, source.path, facts)
    deprecated = deprecation.verified_result(file) if deprecation is not None else None
    if deprecated is not None:
        notes = notes_above_shim(notes, source, file.edits, deprecated)
        file.add(deprecated, edited_source(file.text, deprecated.edits))
    if isinstance(source, Head) and not source.stays_module(file.edits, file.text.data):
        raise NeedsWhole  # to see whether and where the old text had it
    return _file_result(engine, file, notes)


def _run_codemod(
    engine: Engine, file: MigratedFile, codemod: ImportCodemod, facts: Constraints, is_last: bool
) -> None:
    """Add what an import codemod does to a file, unless its verification fails."""
    text = file.text
    context = rewrite_file(text, engine.index, codemod, facts, engine.prefilter)
    new = _next_source(text, context, is_last)
    why = None
    if new is not None:
        why = _reason_to_refuse(engine, text, new, codemod, facts, context)
    if why is not None:
        context.drop(why if why != file.refused else None)
        file.refused, new = why, None
    has_calls = any(context.call_edits.values()) and facts.unchanged is None
    if has_calls and (new is not None or not context.edits):
        context.join_call_edits()
        new = _next_source(text, context, is_last)
    file.contexts.append(context)
    file.add(step_result(file.source, file.edits, context), new)
    if new is not None:
        file.add_effects(context, new)


def _deprecation_of(engine: Engine, path: str, facts: Constraints) -> Deprecation | None:
    """Return the step that deprecates the module of a file."""
    key = key_of(path)
    step = next(
        (d for d in engine.migration.deprecates if engine.index.named(d.module).key == key), None
    )
    if step is None:
        return None
    from unfork.rewriting.deprecations import Deprecation  # late: it loads LibCST

    return Deprecation(step, engine.index, engine.bound(facts.bindings), facts, engine.strict)


def _file_result(engine: Engine, file: MigratedFile, notes: Sequence[Finding]) -> FileResult:
    """Return the result of a file, with edits of its stored bytes; a finding if its encoding cannot hold them."""
    source, contexts = file.source, file.contexts
    try:
        stored = source.stored_edits(file.edits)
        steps = tuple(steps_as_stored(source, file.steps))
    except UnicodeEncodeError:
        unfit = f"its encoding, {source.encoding}, cannot hold the new text"
        first = next(step.step for step in file.steps if step.edits)
        return unresolved_result(source.path, first, Finding(source.path, 1, 1, "UF001", unfit))
    modules = engine.index.layout.modules
    return FileResult(
        path=source.path,
        before=digest(source.raw),
        edits=stored,
        steps=steps,
        notes=tuple(notes),
        renamed=tuple(entry for context in contexts for entry in context.renamed),
        repointed_aliases=tuple(name for context in contexts for name in context.repointed_aliases),
        added=tuple(file.added.items()),
        legacy_names_in_use=tuple(
            entry for context in contexts for entry in context.legacy_names_in_use
        ),
        added_edges=tuple(edge for edge in file.added_edges.items() if edge[0] in modules),
        removed_edges=interned(frozenset(file.removed_edges)),
        imports=_remaining_imports(engine, file.text) if engine.watched else (),
        refused=file.refused,
        moves=engine.verifier.quick(source, file.edits) if file.edits and engine.verifies else None,
        replaced=tuple(entry for context in contexts for entry in context.replacing),
        dangling=tuple(entry for context in contexts for entry in context.dangling),
        untold=any(context.untold for context in contexts),
        wrappers=sorted_wrappers(contexts),
        followed=tuple(entry for context in contexts for entry in context.followed.values()),
    )


def _reason_to_refuse(
    engine: Engine,
    text: Source,
    new: Source,
    codemod: ImportCodemod,
    facts: Constraints,
    context: DecidedFile,
) -> Finding | None:
    """Return why a rewrite must be dropped; None if it is verified and nothing else prevents it.

    Raises ProofError if proofs are ``strict``, Unparsable if Python cannot compile the old text.
    """
    # late: most files stay as they are
    from unfork.rewriting.verify import refusal_finding, verify_rewrite

    if facts.unchanged is not None:
        return facts.unchanged
    opaque = reason_to_refuse(text, new, context.edits, engine.index)
    try:
        if opaque:
            line = text.location(context.edits[0].start)[0]
            raise ProofError(text.path, line, "each use reaches what it reached", opaque)
        verify_rewrite(text, new, engine.index, codemod, facts, engine.prefilter, context)
    except ProofError as error:
        text.compiles()
        if engine.strict:
            raise
        return refusal_finding(text, context.edits, error)
    return None


def _next_source(text: Source, context: DecidedFile, is_last: bool) -> Source | None:
    """Return what a codemod makes of a text, in outline where the next one need not read more of it."""
    if not context.edits:
        return None
    new = edited_source(text, context.edits)
    return new.head() if not is_last and isinstance(text, Head) else new


def _opaque_results(engine: Engine, source: Source) -> Iterator[StepResult]:
    """Yield what the lines of a notebook that are not Python leave to a person."""
    left = tuple(without_ignored(source, opaque_findings(source, engine.prefilter)))
    if left:
        yield StepResult(step_of(engine, source.path, source.data), (), left=left)


def _remaining_imports(engine: Engine, text: Source) -> tuple[tuple[Key, Finding], ...]:
    if not engine.watched:
        return ()
    from unfork.rewriting.importers import imports_of  # late: few migrations remove a module

    opaque = _possible_imports(engine, text.path, possible_imports(text))
    return (*imports_of(text, engine.index, engine.watched), *opaque)
