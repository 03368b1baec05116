"""What expressions evaluate to, by annotations, assignments and the text of other files. Nothing is run or guessed.

engine: Engine                     an instance of Engine
for engine in engines              an element of what engines holds
make().run                         a member of what make returns, by its annotation or its return statements
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from functools import cached_property

from unfork.nodes import last_name
from unfork.reading.index import Index
from unfork.reading.source import Unparsable
from unfork.rewriting.expression_kinds import MOST_STEPS
from unfork.rewriting.file_context import FileContext
from unfork.rewriting.file_expressions import FileExpressions
from unfork.rewriting.kinds import NOTHING, Class, Function, Kind, Kinds, Plain, one
from unfork.worked_out import WorksOutOnce
from unfork_codemods.project import Key


@dataclass
class Inference(WorksOutOnce):
    """Infers what the expressions of a file are; it reads other files where they matter."""

    context: FileContext
    guesses: bool = False
    _files: dict[Key, FileExpressions | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._files[self.context.key] = self.own

    @cached_property
    def guessing(self) -> Inference:
        """The same inference, assuming that a method returns the same in every subclass."""
        return self if self.guesses else Inference(self.context, guesses=True)

    @cached_property
    def own(self) -> FileExpressions:
        """The file itself."""
        return FileExpressions(self.context, self)

    def kinds(self, node: ast.expr) -> Kinds | None:
        """Return what an expression of the file is; None if nothing is known."""
        return self.own.kinds(node)

    def file(self, key: Key) -> FileExpressions | None:
        """Return the file of a module of the project; None if it cannot be read."""
        if key not in self._files:
            self._files[key] = self._read(key)
        return self._files[key]

    def _read(self, key: Key) -> FileExpressions | None:
        index = self.context.index
        if not index.has_file(key):
            return None
        path = index.file(key)
        try:
            source = index.source(path)
            source.tree  # noqa: B018 (raises)
        except (Unparsable, OSError, RecursionError):
            return None
        return FileExpressions(FileContext(source, index, self.context.codemod), self)

    @property
    def index(self) -> Index:
        """The project's definitions."""
        return self.context.index

    def given(self, kind: Kind) -> Kinds:
        """Return what something is, or gives when it is called."""
        if not isinstance(kind, Function):
            return one(kind)
        file = self.file(kind.key)
        return (file.returned(kind.node, None) if file is not None else None) or NOTHING

    # -- classes

    def lineage(self, owner: Class) -> tuple[Class, ...] | None:
        """Return a class and those that it inherits from, as far as they are known; None: others may be among them."""
        known, is_whole = self._ancestors(owner, MOST_STEPS)
        return known if is_whole else None

    def ancestors(self, owner: Class) -> tuple[Class, ...]:
        """Return a class and those of the project that it inherits from, in order."""
        return self._ancestors(owner, MOST_STEPS)[0]

    def has_library_base(self, owner: Class) -> bool:
        """Return whether a class inherits from one of a library."""
        return any(
            any(kind == Plain() for kind in self.bases(ancestor, base) or ())
            for ancestor in self.ancestors(owner)
            if ancestor.node is not None
            for base in ancestor.node.bases
            if not (isinstance(base, ast.Name) and base.id == "object")
        )

    def is_protocol(self, owner: Class) -> bool:
        """Return whether a class is a protocol: any class that has its members will do."""
        bases = owner.node.bases if owner.node is not None else []
        return any(
            last_name(base.value if isinstance(base, ast.Subscript) else base) == "Protocol"
            for base in bases
        )

    def bases(self, owner: Class, base: ast.expr) -> Kinds | None:
        """Return what a base of a class is."""
        file = self.file(owner.key)
        inner = base.value if isinstance(base, ast.Subscript) else base
        if file is None or owner.node is None:
            return None
        return file.kinds_in(inner, file.scope_outside(owner.node))

    def _ancestors(self, owner: Class, steps: int) -> tuple[tuple[Class, ...], bool]:
        lineage, is_whole = [owner], steps > 0
        for base in owner.node.bases if owner.node is not None and steps else ():
            kinds = self.bases(owner, base)
            classes = [kind for kind in kinds or () if isinstance(kind, Class)]
            is_whole = is_whole and kinds is not None
            for base_class in classes:
                above, whole = self._ancestors(base_class, steps - 1)
                lineage += [ancestor for ancestor in above if ancestor not in lineage]
                is_whole = is_whole and whole
        return tuple(lineage), is_whole

    def definer(self, owner: Class, member: str) -> Class | None:
        """Return the class of a lineage that gives a member, the first of them; None if none does."""
        return next((c for c in self.ancestors(owner) if self.defines(c, member)), None)

    def defines(self, owner: Class, member: str) -> bool:
        """Return whether a class itself has a member, by its body or its methods."""
        file = self.file(owner.key)
        return file is not None and owner.node is not None and member in file.members(owner.node)
