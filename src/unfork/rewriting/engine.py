"""Run all steps of one migration on one file at a time, in a worker process.

The rewriting modules are imported only when a file needs them: most runs find nothing to do.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING

from unfork.errors import ProofError
from unfork.files.tree import Tree
from unfork.interning import interned
from unfork.reading.entry_points import is_entry_point_file
from unfork.reading.heads import Heads
from unfork.reading.ignores import without_ignored
from unfork.reading.index import Index
from unfork.reading.layout import Layout, key_of, parent_folder
from unfork.reading.outside import Outside
from unfork.reading.path_rules import is_live
from unfork.reading.prefilter import Prefilter, last_word
from unfork.reading.projects import layout_of, with_roots_of
from unfork.reading.source import Head, NeedsWhole, Source, Unparsable
from unfork.rewriting.constraints import Constraints, ExternalReferences, Taken, Wrapper
from unfork.rewriting.file_results import FileResult, StepResult, unresolved_result
from unfork.rewriting.mentions import mentions_of
from unfork.rewriting.moved_names import Moved
from unfork.rewriting.opaque_cells import (
    opaque_findings,
    possible_imports,
    reason_to_refuse,
    with_opaque_names,
)
from unfork.values import Finding, digest
from unfork_codemods import STEP_KINDS
from unfork_codemods.bindings import AskedBindings, Bindings
from unfork_codemods.edits import Edit, apply_edits
from unfork_codemods.migration import Migration
from unfork_codemods.project import ImportCodemod, Key, is_external

if TYPE_CHECKING:
    from unfork.rewriting.deprecations import Deprecation
    from unfork.rewriting.file_rewrite import DecidedFile
    from unfork.rewriting.migrated_file import MigratedFile
    from unfork.verification import Verifier

_NO_FACTS = Constraints()
_State = tuple[Tree, Migration, tuple[str, ...], bool, tuple[str, ...], bool]
_NO_BINDINGS = Bindings()


@dataclass
class Engine:
    """A migration applied to the files of a tree. Each process creates its own engine from the same three values."""

    tree: Tree
    migration: Migration
    paths: tuple[str, ...]
    strict: bool = False
    """Whether a failed proof ends the run; otherwise, only the file in question is left unchanged."""
    manifests: tuple[str, ...] = ()
    verifies: bool = True
    """Whether the result is verified, which requires knowing what each file uses afterwards."""
    heads: Heads = field(default_factory=Heads)
    """The files that are parsed already, which other engines may have read before."""
    _bound: tuple[Bindings, tuple[ImportCodemod, ...]] | None = None

    def __getstate__(self) -> _State:
        return (
            self.tree,
            self.migration,
            self.paths,
            self.strict,
            self.manifests,
            self.verifies,
        )

    def __setstate__(self, state: _State) -> None:
        self.tree, self.migration, self.paths, self.strict, self.manifests, self.verifies = state
        self.heads, self._bound = Heads(), None

    @cached_property
    def index(self) -> Index:
        """The definitions of the project as it is before the run."""
        plain = self.plain_layout
        named = [(plain.named(redirect.source), redirect) for redirect in self.migration.redirects]
        gone = {n.key: redirect for n, redirect in named if not n.exists and not is_external(n.key)}
        layout = replace(plain, gone=frozenset(gone), _known={}) if gone else plain
        return Index(
            layout,
            self.tree.read,
            hints=self.words,
            moved=gone,
            listed=self.tree.paths,
            parsed=self.heads.sources,
        )

    @cached_property
    def plain_layout(self) -> Layout:
        """The layout of the project, according to its manifests and the migration, without what is gone."""
        steps, read = self.migration, self.tree.read
        live = tuple(filter(is_live, self.manifests))
        outside = Outside(steps.outside, live, read, self.tree.root)
        layout = layout_of(steps.roots, self.paths, self.manifests, outside)
        if steps.roots is not None:
            return layout
        required = (module for module, _ in steps.required_modules())
        layout = with_roots_of(layout, (*required, *steps.edited_modules()))
        return replace(layout, first=steps.first, _known={}) if steps.first else layout

    def forget_verification(self) -> None:
        """Drop what the verifier knows of the tree, if there is one."""
        if "verifier" in self.__dict__:
            self.verifier.forget()

    @cached_property
    def verifier(self) -> Verifier:
        """The verifier, which reads the rewritten project independently."""
        from unfork.verification import Verifier

        layout = self.index.layout
        read, outside, nested = self.tree.read, layout.outside, layout.searched_first
        generated = partial(_generated_modules, self.tree)
        return Verifier(
            self.paths,
            read,
            layout.every_root,
            self.migration,
            outside,
            nested,
            generated,
            self.heads,
        )

    @cached_property
    def codemods(self) -> tuple[ImportCodemod, ...]:
        """The codemods that give imports a new destination, in the order of their steps."""
        codemods: dict[str, ImportCodemod] = {}
        for kind, steps in self.migration.kinds():
            codemod = kind.codemod(steps, self.index, codemods)
            if codemod is not None:
                codemods[kind.name] = codemod
        return tuple(codemods.values())

    def bound(self, bindings: Bindings) -> tuple[ImportCodemod, ...]:
        """Return the codemods with the bindings of patched names."""
        if self._bound is None or self._bound[0] is not bindings:
            self._bound = bindings, tuple(codemod.bound(bindings) for codemod in self.codemods)
        return self._bound[1]

    @property
    def replaced(self) -> dict[Key, Key]:
        """The legacy modules that another module replaces, each with that module."""
        steps = ((redirect.source, redirect.to) for redirect in self.migration.redirects)
        return {self.index.named(old).key: self.index.named(to).key for old, to in steps if to}

    @cached_property
    def named(self) -> frozenset[str]:
        """The dotted names of the modules in the migration."""
        return frozenset(self.migration.imported_modules())

    @cached_property
    def words(self) -> frozenset[bytes]:
        """The words of which any file that concerns the migration contains at least one."""
        return frozenset(map(last_word, self.named))

    @cached_property
    def prefilter(self) -> Prefilter:
        """The filter that tells from a file's bytes whether it concerns the migration, by all names of its modules."""
        return self._prefilter_for(self.named)

    def _prefilter_for(self, modules: Collection[str]) -> Prefilter:
        keys = {self.index.named(name).key for name in modules}
        roots = self.index.layout.every_root
        spelled = {self.index.layout.spelled(key, root) for key in keys for root in roots}
        return Prefilter(frozenset(modules) | frozenset(filter(None, spelled)))

    @cached_property
    def paths_always_read(self) -> frozenset[str]:
        """The files that are always read, whatever words they contain.

        These are modules to be repaired or deprecated, files inside a legacy package, which may refer to it as ``.``,
        and packages of modules to be removed, whose ``__all__`` may name these.
        """
        index = self.index
        keys = {index.named(module).key for module in self.migration.edited_modules()}
        keys |= {parent_folder(key) for key in self.watched}
        paths = {path for key in keys for path in index.layout.modules.get(key, ())}
        moving = self.migration.imports_only().imported_modules()
        packages = [index.named(module).key for module in moving]
        inside = tuple(f"{key}/" for key in packages if index.layout.is_package(key))
        if inside:
            paths |= {path for path in self.paths if path.startswith(inside)}
        return frozenset(paths)

    @cached_property
    def moved(self) -> Moved:
        """The moved modules and names that strings, comments and documents may mention."""
        return Moved.of(self.migration, self.index, self.codemods)

    @cached_property
    def watched(self) -> frozenset[Key]:
        """The modules to be removed."""
        return frozenset(self.index.named(remove.module).key for remove in self.migration.removes)

    def demands(
        self,
        path: str,
        interest: frozenset[str],
        edits: Sequence[Edit] | None = None,
        unchanged: bool = False,
        bindings: Bindings = _NO_BINDINGS,
        wrappers: tuple[Wrapper, ...] = (),
    ) -> ExternalReferences:
        """Return the names of other modules that a file uses; with ``edits``, those it uses of shims after the edits.

        ``unchanged``: the file itself is not rewritten. A file that does not parse uses nothing.
        """
        from unfork.rewriting.external_references import demands_of
        from unfork.rewriting.file_context import FileContext

        if is_entry_point_file(path):
            return self._demands_of_manifest(path, interest)
        try:
            raw = apply_edits(self.tree.read(path), edits or ())
            source = self.heads.sources.read(path, raw)
            codemod = self._demanding_codemod(edits, unchanged, bindings)
            facts = Constraints(look=True, wrappers=wrappers)
            return demands_of(FileContext(source, self.index, codemod, facts), interest)
        except (Unparsable, OSError):
            return ExternalReferences()

    def _demands_of_manifest(self, path: str, interest: frozenset[str]) -> ExternalReferences:
        """Return the names that entry points load from modules that are not legacy ones."""
        from unfork.rewriting.entry_points import names_declared

        try:
            names = names_declared(path, self.tree.read(path), self.index)
        except OSError:
            return ExternalReferences()
        moving = self.replaced
        used = (pair for pair in names if pair[1] in interest and pair[0] not in moving)
        return ExternalReferences(frozenset(used))

    def _demanding_codemod(
        self, edits: Sequence[Edit] | None, unchanged: bool, bindings: Bindings
    ) -> ImportCodemod:
        """Return the codemod that rewrites some of the uses, which then no longer constrain other files."""
        if edits is not None:
            return self._shim_codemod
        return self._idle_codemod if unchanged else self.bound(bindings)[0]

    @cached_property
    def _idle_codemod(self) -> ImportCodemod:
        from unfork.rewriting.importers import Watched

        return Watched((), self.index)

    def still_taken(
        self,
        path: str,
        edits: Sequence[Edit],
        keys: frozenset[Key],
        wrappers: tuple[Wrapper, ...] = (),
    ) -> frozenset[Taken]:
        """Return what a file uses of certain modules after ``edits``; a file that does not parse uses nothing."""
        from unfork.rewriting.importers import names_taken_of

        try:
            source = self.heads.sources.read(path, apply_edits(self.tree.read(path), edits))
            return names_taken_of(source, self.index, keys, wrappers)
        except (Unparsable, OSError):
            return frozenset()

    @cached_property
    def _shim_codemod(self) -> ImportCodemod:
        from unfork.rewriting.importers import Watched

        shims = (self.index.named(d.module).key for d in self.migration.deprecates if d.shim)
        return Watched(frozenset(shims), self.index)

    def file(self, path: str, facts: Constraints = _NO_FACTS, rewrites: bool = True) -> FileResult:
        """Return what the migration does to a file; without ``rewrites``, only read its imports.

        Raises ProofError.
        """
        bindings = AskedBindings.of(facts.bindings)
        facts = replace(facts, bindings=bindings)
        if self.migration.reports_references:
            facts = replace(facts, reports_references=True)
        result = self._file(path, facts, rewrites)
        return replace(result, asked=interned(frozenset(bindings.asked)))

    def _file(self, path: str, facts: Constraints, rewrites: bool) -> FileResult:
        try:
            raw = self.tree.read(path)
        except OSError as error:
            why = f"cannot be read: {error.strerror or error}"
            return unresolved_result(path, self.step_of(path), Finding(path, 1, 1, "UF007", why))
        if is_entry_point_file(path):
            return self._migrate_manifest(path, raw, facts) if rewrites else FileResult(path)
        try:
            source = self.heads.sources.read(path, raw)
            if not rewrites:
                return self._only_read(source, facts)
            try:
                return self._migrate_file(source.head(), facts)
            except NeedsWhole:
                return self._migrate_file(source, facts)
        except Unparsable as error:
            from unfork.reading.newer import unparsable_reason  # late: most files parse

            why = f"cannot be parsed: {unparsable_reason(error, path, raw)}"
            finding = Finding(path, error.line, error.col, "UF007", why)
            return unresolved_result(
                path, self.step_of(path, raw), finding, self._possible_imports(path, raw)
            )

    def _migrate_manifest(self, path: str, raw: bytes, facts: Constraints) -> FileResult:
        """Return what the redirects do to the entry points of a file that is no Python file."""
        from unfork.rewriting.entry_points import STEP, rewrite_manifest

        codemod = next((c for c in self.codemods if c.step == STEP), None)
        if codemod is None:
            return FileResult(path)
        result = rewrite_manifest(path, raw, self.index, codemod, facts.reports_references)
        edits, fixed, left = tuple(result.edits), tuple(result.fixed), tuple(result.left)
        if facts.unchanged is not None and edits:
            edits, fixed, left = (), (), (*left, facts.unchanged)
        step = StepResult(STEP, edits, fixed, left, len(fixed))
        return FileResult(path, digest(raw), edits, (step,))

    def _only_read(self, source: Source, facts: Constraints) -> FileResult:
        """Return what a file that is not rewritten imports and patches."""
        from unfork.rewriting.file_rewrite import FileRewrite
        from unfork.rewriting.migrated_file import sorted_wrappers
        from unfork.rewriting.quoted_paths import quoted_paths
        from unfork.rewriting.replacements import note_replacements

        contexts = [FileRewrite(source, self.index, codemod, facts) for codemod in self.codemods]
        for context in contexts:
            note_replacements(context, list(quoted_paths(context)))
        return FileResult(
            source.path,
            imports=self._remaining_imports(source),
            replaced=tuple(
                replacement for context in contexts for replacement in context.replacing
            ),
            dangling=tuple(replacement for context in contexts for replacement in context.dangling),
            untold=any(context.untold for context in contexts),
            wrappers=sorted_wrappers(contexts),
        )

    def step_of(self, path: str, raw: bytes = b"") -> str:
        """Return the step under which an unreadable file is reported: the first that seems to concern it."""
        key = key_of(path)
        for kind, steps in self.migration.kinds():
            edited = {module for step in steps for module in kind.edited_modules(step)}
            imported = {module for step in steps for module in kind.imported_modules(step)}
            if edited and key in {self.index.named(module).key for module in edited}:
                return kind.name
            if not edited and self._has_module_names(raw, imported):
                return kind.name
        return next(iter(STEP_KINDS))

    def _has_module_names(self, raw: bytes, modules: Collection[str]) -> bool:
        return bool(modules) and self._prefilter_for(modules).matches(raw)

    def _possible_imports(self, path: str, raw: bytes) -> tuple[tuple[Key, Finding], ...]:
        """Return the watched modules that an unreadable file may import and that must not be removed."""
        finding = Finding(path, 1, 1, "UF007", "it cannot be parsed, and may import the module")
        names = {key: self.index.dotted(key) for key in self.watched}
        return tuple(
            (key, finding)
            for key, name in names.items()
            if Prefilter(frozenset({name})).matches(raw)
        )

    def _migrate_file(self, source: Source, facts: Constraints) -> FileResult:
        """Return what all steps make of a file. Raises NeedsWhole if more of it must be read than its head."""
        from unfork.rewriting.migrated_file import MigratedFile, edited_source, notes_above_shim

        facts = with_opaque_names(source, facts)
        file = MigratedFile(source, source)
        codemods = self.bound(facts.bindings)
        for codemod in codemods:
            self._run_codemod(file, codemod, facts, codemod is codemods[-1])
        file.steps += self._opaque_results(source)
        notes = [note for context in file.contexts for note in context.notes]
        notes += mentions_of(source, file.text, self.moved, file.edits)
        notes = list(without_ignored(source, notes))
        deprecation = self._deprecation_of(source.path, facts)
        deprecated = deprecation.verified_result(file) if deprecation is not None else None
        if deprecated is not None:
            notes = notes_above_shim(notes, source, file.edits, deprecated)
            file.add(deprecated, edited_source(file.text, deprecated.edits))
        if isinstance(source, Head) and not source.stays_module(file.edits, file.text.data):
            raise NeedsWhole  # to see whether and where the old text had it
        return self._file_result(file, notes)

    def _run_codemod(
        self, file: MigratedFile, codemod: ImportCodemod, facts: Constraints, is_last: bool
    ) -> None:
        """Add what an import codemod does to a file, unless its verification fails."""
        from unfork.rewriting.migrated_file import step_result
        from unfork.rewriting.rewrite import rewrite_file

        text = file.text
        context = rewrite_file(text, self.index, codemod, facts, self.prefilter)
        new = self._next_source(text, context, is_last)
        why = None
        if new is not None:
            why = self._reason_to_refuse(text, new, codemod, facts, context)
        if why is not None:
            context.drop(why if why != file.refused else None)
            file.refused, new = why, None
        has_calls = any(context.call_edits.values()) and facts.unchanged is None
        if has_calls and (new is not None or not context.edits):
            context.join_call_edits()
            new = self._next_source(text, context, is_last)
        file.contexts.append(context)
        file.add(step_result(file.source, file.edits, context), new)
        if new is not None:
            file.add_effects(context, new)

    def _deprecation_of(self, path: str, facts: Constraints) -> Deprecation | None:
        """Return the step that deprecates the module of a file."""
        key = key_of(path)
        step = next(
            (d for d in self.migration.deprecates if self.index.named(d.module).key == key), None
        )
        if step is None:
            return None
        from unfork.rewriting.deprecations import Deprecation  # late: it loads LibCST

        return Deprecation(step, self.index, self.bound(facts.bindings), facts, self.strict)

    def _file_result(self, file: MigratedFile, notes: Sequence[Finding]) -> FileResult:
        """Return the result of a file, with edits of its stored bytes; a finding if its encoding cannot hold them."""
        from unfork.rewriting.migrated_file import sorted_wrappers, steps_as_stored

        source, contexts = file.source, file.contexts
        try:
            stored = source.stored_edits(file.edits)
            steps = tuple(steps_as_stored(source, file.steps))
        except UnicodeEncodeError:
            unfit = f"its encoding, {source.encoding}, cannot hold the new text"
            first = next(step.step for step in file.steps if step.edits)
            return unresolved_result(source.path, first, Finding(source.path, 1, 1, "UF001", unfit))
        modules = self.index.layout.modules
        return FileResult(
            path=source.path,
            before=digest(source.raw),
            edits=stored,
            steps=steps,
            notes=tuple(notes),
            renamed=tuple(entry for context in contexts for entry in context.renamed),
            repointed_aliases=tuple(
                name for context in contexts for name in context.repointed_aliases
            ),
            added=tuple(file.added.items()),
            legacy_names_in_use=tuple(
                entry for context in contexts for entry in context.legacy_names_in_use
            ),
            added_edges=tuple(edge for edge in file.added_edges.items() if edge[0] in modules),
            removed_edges=interned(frozenset(file.removed_edges)),
            imports=self._remaining_imports(file.text) if self.watched else (),
            refused=file.refused,
            moves=self.verifier.quick(source, file.edits) if file.edits and self.verifies else None,
            replaced=tuple(entry for context in contexts for entry in context.replacing),
            dangling=tuple(entry for context in contexts for entry in context.dangling),
            untold=any(context.untold for context in contexts),
            wrappers=sorted_wrappers(contexts),
            followed=tuple(entry for context in contexts for entry in context.followed.values()),
        )

    def _reason_to_refuse(
        self,
        text: Source,
        new: Source,
        codemod: ImportCodemod,
        facts: Constraints,
        context: DecidedFile,
    ) -> Finding | None:
        """Return why a rewrite must be dropped; None if it is verified and nothing else prevents it.

        Raises ProofError if proofs are ``strict``, Unparsable if Python cannot compile the old text.
        """
        from unfork.rewriting.verify import refusal_finding, verify_rewrite

        if facts.unchanged is not None:
            return facts.unchanged
        opaque = reason_to_refuse(text, new, context.edits, self.index)
        try:
            if opaque:
                line = text.location(context.edits[0].start)[0]
                raise ProofError(text.path, line, "each use reaches what it reached", opaque)
            verify_rewrite(text, new, self.index, codemod, facts, self.prefilter, context)
        except ProofError as error:
            text.compiles()
            if self.strict:
                raise
            return refusal_finding(text, context.edits, error)
        return None

    def _next_source(self, text: Source, context: DecidedFile, is_last: bool) -> Source | None:
        from unfork.rewriting.migrated_file import edited_source

        if not context.edits:
            return None
        new = edited_source(text, context.edits)
        return new.head() if not is_last and isinstance(text, Head) else new

    def _opaque_results(self, source: Source) -> Iterator[StepResult]:
        """Yield what the lines of a notebook that are not Python leave to a person."""
        left = tuple(without_ignored(source, opaque_findings(source, self.prefilter)))
        if left:
            yield StepResult(self.step_of(source.path, source.data), (), left=left)

    def _remaining_imports(self, text: Source) -> tuple[tuple[Key, Finding], ...]:
        from unfork.rewriting.importers import imports_of

        if not self.watched:
            return ()
        opaque = self._possible_imports(text.path, possible_imports(text))
        return (*imports_of(text, self.index, self.watched), *opaque)


def _generated_modules(tree: Tree, missing: Collection[Key]) -> Collection[Key]:
    """Return the ``missing`` modules that a build generates from other files."""
    from unfork.reading.generated_modules import generated_modules

    return generated_modules(tree, tree.paths(), missing)
