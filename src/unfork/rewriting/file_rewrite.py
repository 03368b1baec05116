"""One file that is being rewritten by one codemod: what has been decided so far, and the resulting edits.

Functions that take a `FileContext` or a `DecidedFile` only read; those that decide take a `FileRewrite`, and mypy tells
them apart.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from unfork.reading.scopes import Bind, Ref
from unfork.reading.statements import ImportStatement
from unfork.rewriting.constraints import Followed, Name, Replaced, Wrapper
from unfork.rewriting.file_context import FileContext, ImportedAlias
from unfork.rewriting.inference import Inference
from unfork.values import Finding
from unfork_codemods.edits import Edit, sort_edits
from unfork_codemods.new_import import NewImport
from unfork_codemods.project import Destination, ImportedName, Key, Unresolved

Place = ast.alias | ast.expr | ast.stmt
"""Where a finding is."""


class FollowedCalls(NamedTuple):
    """What becomes of the uses of a name that moves: edits, or findings because of which the import stays."""

    edits: Sequence[Edit] = ()
    left: Sequence[tuple[Place, Unresolved]] = ()
    notes: Sequence[tuple[Place, Unresolved]] = ()
    followed: Followed | None = None

    @property
    def stays(self) -> bool:
        """Whether the import of the name has to stay."""
        return bool(self.left)


NO_CALLS = FollowedCalls()


class Assignment(NamedTuple):
    """A line below an import, at ``offset``, that gives an exported name its value: ``Old = New``."""

    offset: int
    old: str
    new: str
    line: bytes


@dataclass(slots=True, eq=False)
class NameMoves:
    """What becomes of the imports that bind one name: the new imports of each, and the edits of its uses.

    ``renamed`` are top-level names with their new names. An import in ``left`` stays as it is, for the reason given.
    """

    imports: dict[ast.alias, list[NewImport]] = field(default_factory=dict)
    edits: list[Edit] = field(default_factory=list)
    renamed: list[tuple[str, str]] = field(default_factory=list)
    assignments: list[Assignment] = field(default_factory=list)
    left: dict[ast.alias, Unresolved] = field(default_factory=dict)


class DecidedFile(FileContext):
    """A file with what has been decided about it so far, to be read: a `FileRewrite`, which has the values."""

    # for type checkers only: at run time, these properties would stand before the fields of `FileRewrite`
    if TYPE_CHECKING:

        @property
        def edits(self) -> Sequence[Edit]:
            """The edits of the file's text so far."""

        @property
        def fixed(self) -> Sequence[Finding]:
            """The findings that the edits fix."""

        @property
        def left(self) -> Sequence[Finding]:
            """The findings that a person has to fix."""

        @property
        def renamed(self) -> Sequence[tuple[str, str]]:
            """The top-level names that are renamed, each with its new name."""

        @property
        def followed(self) -> Mapping[Name, Followed]:
            """The legacy names whose uses here are followed."""

        @property
        def retargeted(self) -> Mapping[Ref, str]:
            """The uses of a variable that holds a module, whose first attribute was renamed."""

        @property
        def patch_destination(self) -> Mapping[Ref, tuple[Destination, list[str]]]:
            """The uses of names that the file itself patches, with where these are now looked up."""

        @property
        def gone(self) -> Collection[ast.Name]:
            """The uses of constants that are replaced with a literal path."""

        @property
        def assigned(self) -> Mapping[str, str]:
            """The names that are exported as variables, each with the name that it is an alias of."""

        @property
        def replaced(self) -> Sequence[tuple[ImportStatement, tuple[Edit, ...]]]:
            """The statements that are rewritten in place, each with its edits."""

        @property
        def decided(self) -> Mapping[ast.alias, Sequence[NewImport]]:
            """The imports that take the place of each alias."""

        @property
        def destinations(self) -> Mapping[ast.alias, Destination]:
            """Where the aliases that move go to."""

    @cached_property
    def inference(self) -> Inference:
        """What the file's expressions are, for all names whose uses are followed."""
        return Inference(self)

    def is_same(self, bind: Bind, destination: Destination) -> bool:
        """Return whether a binding is, or will be, an import of exactly ``destination``."""
        if bind.alias is None or bind.node not in self.statement_of:
            return False
        decided = self.destinations.get(bind.alias)
        if decided is not None:
            return (decided.key, decided.name) == (destination.key, destination.name)
        item = ImportedAlias(
            self.statement_of[bind.node],
            0,
            bind.alias,
            self.imported_name(self.statement_of[bind.node], bind.alias),
        )
        if destination.name is None:
            return not item.is_dotted and self.imported_module(item) == destination.key
        if item.imported_name.name is None:
            return False
        home_origin, own_origin = (
            self.index.origin(destination.key, destination.name),
            self.index.origin(item.imported_name.key, item.imported_name.name),
        )
        return home_origin.found and home_origin.identity == own_origin.identity


@dataclass(eq=False)
class FileRewrite(DecidedFile):
    """A file with what has been decided about it so far."""

    edits: list[Edit] = field(default_factory=list)
    call_edits: dict[ast.AST, list[Edit]] = field(default_factory=dict)
    """The edits of calls and members, by the import or use that moves: they join the others once these are verified."""
    followed: dict[Name, Followed] = field(default_factory=dict)
    """The legacy names whose uses here are followed."""
    fixed: list[Finding] = field(default_factory=list)
    left: list[Finding] = field(default_factory=list)
    notes: list[Finding] = field(default_factory=list)
    """Places to look at, of what is rewritten."""
    renamed: list[tuple[str, str]] = field(default_factory=list)
    repointed_aliases: list[str] = field(default_factory=list)
    """Top-level names that referred to a legacy module and now refer to the canonical one.

    Also those that still refer to it while its names move one by one: others may use these through it.
    """
    legacy_names_in_use: list[tuple[Key, str]] = field(default_factory=list)
    """Names of other files that must still refer to a legacy module, as unresolved uses here go through them."""
    retargeted: dict[Ref, str] = field(default_factory=dict)
    """Uses of a variable that holds a module, whose first attribute was renamed."""
    patch_destination: dict[Ref, tuple[Destination, list[str]]] = field(default_factory=dict)
    """Uses of names that the file itself patches: where these are now looked up, and the attributes used from them."""
    gone: set[ast.Name] = field(default_factory=set)
    """Uses of constants that are replaced with a literal path."""
    replacing: list[Replaced] = field(default_factory=list)
    """The patches of names of the modules that the codemod handles."""
    dangling: list[Replaced] = field(default_factory=list)
    """Names of these modules that strings contain without any use in this file."""
    untold: bool = False
    """Whether the file patches something that cannot be determined."""
    wrappers: list[Wrapper] = field(default_factory=list)
    """Functions defined here that patch a path given as an argument."""
    assigned: dict[str, str] = field(default_factory=dict)
    """Names that are now exported as variables, each with the name that it is an alias of: ``Old = New``."""
    replaced: list[tuple[ImportStatement, tuple[Edit, ...]]] = field(default_factory=list)
    """The statements that are rewritten in place, each with its edits."""
    decided: dict[ast.alias, list[NewImport]] = field(default_factory=dict)
    destinations: dict[ast.alias, Destination] = field(default_factory=dict)

    def record_fix(
        self,
        node: Place,
        message: str,
        imported_name: ImportedName | None = None,
    ) -> None:
        """Record a finding that the edits fix."""
        line, col = self.at(node)
        code = (
            self.codemod.code_of(imported_name) if imported_name is not None else self.codemod.code
        )
        subject = self.subject_of(node, imported_name)
        self.fixed.append(Finding(self.importer, line, col, code, message, *subject))

    def record_unresolved(self, node: Place, stays: Unresolved) -> None:
        """Record a finding that a person has to fix."""
        line, col = self.at(node)
        subject = self.subject_of(node, None)
        self.left.append(Finding(self.importer, line, col, stays.code, stays.message, *subject))

    def record_note(self, node: Place, note: Unresolved) -> None:
        """Record a place to look at that never changes an exit code."""
        line, col = self.at(node)
        self.notes.append(Finding(self.importer, line, col, note.code, note.message))

    def adopt(self, moves: NameMoves) -> None:
        """Add what was decided about the imports of a name to the rest."""
        self.decided |= moves.imports
        self.edits += moves.edits
        self.renamed += moves.renamed
        for assignment in moves.assignments:
            self._assign(assignment)
        for alias, stays in moves.left.items():
            del self.destinations[alias]
            self.call_edits.pop(alias, None)
            self.record_unresolved(alias, stays)

    def _assign(self, assignment: Assignment) -> None:
        at = assignment.offset
        above = next((edit for edit in self.edits if (edit.start, edit.end) == (at, at)), None)
        if above is not None:
            self.edits.remove(above)
        self.edits.append(Edit(at, at, (above.text if above else b"") + assignment.line))
        self.assigned[assignment.old] = assignment.new

    def record_calls(self, calls: FollowedCalls) -> None:
        """Record what was found out about the uses of a name, but for the edits, which go with its import."""
        for node, stays in calls.left:
            self.record_unresolved(node, stays)
        for node, note in calls.notes:
            self.record_note(node, note)
        if calls.followed is not None:
            earlier = self.followed.get(calls.followed.name)
            now = calls.followed
            if earlier is not None:
                refused, left = now.refused or earlier.refused, now.left or earlier.left
                otherwise = now.otherwise or earlier.otherwise
                now = now._replace(refused=refused, left=left, otherwise=otherwise)
            self.followed[now.name] = now

    def join_call_edits(self) -> None:
        """Add the edits of calls to the others; edits inside a dropped argument do not matter."""
        added = {edit for edits in self.call_edits.values() for edit in edits}
        deleted = [edit for edit in added if not edit.text]
        kept = (e for e in self.edits if not any(d.start <= e.start < d.end for d in deleted))
        self.edits = list(sort_edits((*kept, *added)))
        self.call_edits = {}

    def drop(self, why: Finding | None) -> None:
        """Discard all decisions: the file stays unchanged, and ``why`` is recorded as unresolved."""
        self.edits, self.call_edits, self.fixed, self.replaced = [], {}, [], []
        self.renamed, self.repointed_aliases, self.notes = [], [], []
        self.left += [why] if why is not None else []
