"""What a codemod may ask about the project, and what it answers: the destination of each imported name.

A module is identified by its *key*: its path without the suffix (``src/a/b`` for ``src/a/b.py``, ``src/a`` for
``src/a/__init__.py``), or for a module outside the project its dotted name in angle brackets, ``<os.path>``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from unfork_codemods.bindings import Bindings
    from unfork_codemods.calls import CallChange

Key = str

MODULE_ATTRIBUTES = frozenset(
    f"__{name}__"
    for name in (
        "name",
        "doc",
        "package",
        "loader",
        "spec",
        "file",
        "path",
        "cached",
        "dict",
        "builtins",
        "annotations",
    )
)
"""Attributes that every module has without defining them (the language reference, 3.2.9)."""

DATA_NAMES = MODULE_ATTRIBUTES | {"__all__", "__lazy_modules__", "__getattr__", "__dir__"}
"""Names that describe a module or control its attribute access (PEP 562, PEP 810); these never move."""


class Kind(Enum):
    """The kind of thing that a name refers to."""

    OWN = "defined there"
    MODULE = "a module"
    EXTERNAL = "from a module outside the project"
    MISSING = "not there"
    UNKNOWN = "perhaps there, by __getattr__ or a star import from outside"


Identity = tuple[Key, str | None]
"""An object: the module that defines it, and its name there (None for the module itself)."""


class Origin(NamedTuple):
    """Where a name comes from: ``name`` of the module ``key`` (None for the module itself).

    ``hops`` are the modules and names that lead there, ending with the definer. ``certain`` is false if a condition or
    ``try`` is on the way, ``runtime`` is false if only type checkers see the name.
    """

    kind: Kind
    key: Key
    name: str | None
    hops: tuple[tuple[Key, str], ...] = ()
    certain: bool = True
    runtime: bool = True

    @property
    def found(self) -> bool:
        """Whether the name certainly exists."""
        return self.kind in (Kind.OWN, Kind.MODULE, Kind.EXTERNAL)

    @property
    def identity(self) -> Identity:
        """The object that the name refers to."""
        return self.key, self.name


class Located(NamedTuple):
    """What a dotted name resolves to.

    ``base`` is the folder that an absolute name starts from, None for a relative import and outside the project;
    ``exists`` is false for a name within the project that no file provides. ``maybe`` are the project's modules that a
    name may refer to, depending on where Python is started: one that hides an outside module, or those of several
    members of a workspace.
    """

    key: Key
    base: str | None = None
    exists: bool = True
    maybe: tuple[Key, ...] = ()


class Project(Protocol):
    """The questions that a codemod may ask about the project."""

    def named(self, dotted: str) -> Located:
        """Return the module that a dotted name in a migration refers to."""

    def dotted(self, key: Key, like: str | None = None) -> str:
        """Return a module's dotted name, as a message or a migration would spell it.

        If possible, it starts from the same root as ``like``, another dotted name.
        """

    def has_file(self, key: Key) -> bool:
        """Return whether the module is a file of the project, rather than outside or deleted."""

    def is_readable(self, key: Key) -> bool:
        """Return whether the module's text can be read and parsed, if the module is a file of the project."""

    def literal(self, key: Key, name: str) -> object:
        """Return the literal value that the module assigns to a name once; None if it does not."""

    def is_rebound(self, key: Key, name: str | None) -> bool:
        """Return whether functions of a module bind a name of it again: who imports the name keeps an older value."""

    def is_bound_from_afar(self, key: Key, name: str) -> bool:
        """Return whether code may bind a name of a module by its spelling, or from elsewhere: ``pkg.run = fake``."""

    def is_always_there(self, key: Key, name: str, like: Key) -> bool:
        """Return whether a module has a name under all conditions, or whenever the module ``like`` has it."""

    def is_package(self, key: Key) -> bool:
        """Return whether the module is a regular package of the project."""

    def origin(self, key: Key, name: str) -> Origin:
        """Return where ``name`` of the module ``key`` comes from, following every re-export."""

    def public_names(self, key: Key) -> Collection[str] | None:
        """Return the public names of a module; None if its text does not determine them."""

    def definers(self, name: str) -> tuple[Key, ...]:
        """Return the importable modules of the project that define ``name`` themselves, sorted."""

    def sources(self, name: str, importer: str) -> tuple[Key, ...]:
        """Return the definers of ``name`` from which the file ``importer`` may import it.

        Tests and scripts never count; archives, examples and test helpers count only for importers next to them.
        """

    def modules_called(self, name: str, importer: str) -> tuple[Key, ...]:
        """Return the modules with a last name that the file ``importer`` may import, as for ``sources``."""

    def may_be_given(self, name: str) -> bool:
        """Return whether some code may give a module the name while the program runs: ``module.name = 1``, a patch."""

    def failing_import(self, key: Key) -> int | None:
        """Return the line of an import that makes importing a module of the project fail; None if none surely does."""

    def may_be_outside(self, dotted: str) -> bool:
        """Return whether an absolute import may refer to a module outside the project: known, declared or installed."""

    def is_missing_outside(self, dotted: str, name: str | None, importer: str) -> bool:
        """Return whether an absolute import takes what the standard library lacks, wherever Python starts."""

    def may_come_from_elsewhere(self, dotted: str, name: str | None, importer: str) -> bool:
        """Return whether an absolute import works from another root, or if Python starts in a folder around a file."""

    def may_be_made(self, key: Key) -> bool:
        """Return whether a module that no file provides may be made as the program runs, by a module above it."""

    def sibling(self, dotted: str, importer: str) -> Key | None:
        """Return the module ``dotted`` next to the file ``importer`` in its package, or None."""


def external_key(dotted: str) -> Key:
    """Return the key of a module that is not in the project."""
    return f"<{dotted}>"


def is_external(key: Key) -> bool:
    """Return whether a key names a module outside the project."""
    return key.startswith("<")


def submodule_key(key: Key, name: str) -> Key:
    """Return the module of a name in a package."""
    return f"{key[:-1]}.{name}>" if is_external(key) else f"{key}/{name}"


def last_segment(key: Key) -> str:
    """Return the last segment of a module's name."""
    return (
        key.strip("<>").replace(".", "/").rpartition("/")[2]
        if is_external(key)
        else key.rpartition("/")[2]
    )


class ImportedName(NamedTuple):
    """A name that the file ``importer`` imports: ``name`` of the module ``key``, or the module itself (None).

    ``spelled`` is the module as the statement spells it, with its dots. ``typing``: only type checkers see the import.
    ``optional``: the file still runs if the import fails. ``rivals``: other imports in the same ``try`` bind the same
    local name. ``names`` are all the names that the statement imports from the module. ``late``: the name is looked up
    in the module each time the code runs, rather than once when the file is imported.
    """

    importer: str
    located: Located
    spelled: str
    name: str | None = None
    typing: bool = False
    optional: bool = False
    rivals: bool = False
    names: tuple[str, ...] = ()
    late: bool = True

    @property
    def importer_key(self) -> Key:
        """The importer's own module."""
        return self.importer.rpartition(".")[0].removesuffix("/__init__")

    @property
    def key(self) -> Key:
        """The module's key."""
        return self.located.key

    @property
    def module_itself(self) -> ImportedName:
        """The imported name for the module itself."""
        return self._replace(name=None)

    def of(self, name: str) -> ImportedName:
        """Return the imported name for one name of the module."""
        return self._replace(name=name)


class Destination(NamedTuple):
    """Where an imported name moves to: ``name`` of the module ``key``, or the module itself (None).

    A name with dots, ``Outer.Inner``, is an attribute: what is imported is ``imported``, and uses go on from there.

    ``spelling`` is the module's dotted name as in the migration. ``fixed``: importers use exactly this spelling rather
    than their own style. ``relative``: importers spell it relative to themselves if they can.
    """

    key: Key
    name: str | None
    spelling: str
    fixed: bool = False
    relative: bool = False

    @property
    def is_attribute(self) -> bool:
        """Whether the name is an attribute of something that the module has."""
        return self.name is not None and "." in self.name

    @property
    def imported(self) -> str:
        """The name to import from the module: the first of a dotted one."""
        return (self.name or "").partition(".")[0]


class Unresolved(NamedTuple):
    """A name that cannot be moved: the finding's code, and a message that says what to do."""

    code: str
    message: str


class ImportCodemod(ABC):
    """A codemod that gives imported names a new destination. One instance serves all files of a run.

    Subclasses implement ``applies_to`` and ``destination``. By default, modules used as values stay as they are, and
    patches of a name (``mock.patch``) keep their target.
    """

    step: str
    code: str
    follows_parents: bool = False
    """Whether it also handles uses through a parent package (``a.legacy.x``, where only ``a`` is imported)."""

    words: frozenset[str] | None = None
    """The last segments of the modules that it handles, or None for any module."""

    @abstractmethod
    def applies_to(self, imported_name: ImportedName) -> bool:
        """Return whether this codemod handles an imported name."""

    @abstractmethod
    def destination(self, imported_name: ImportedName) -> Destination | Unresolved | None:
        """Return the destination of an imported name, why it is unresolved, or None to leave it alone."""

    def is_about(self, key: Key) -> bool:
        """Return whether this codemod may move names of a module."""
        return False

    def modules_elsewhere(self, dotted: str) -> tuple[Key, ...]:
        """Return the modules concerned, or packages of such, that have a name seen from a folder that is no root."""
        return ()

    def repairs(self, importer: Key) -> bool:
        """Return whether this codemod looks for what the imports of a module do not find."""
        return False

    def fails(self, imported_name: ImportedName) -> bool:
        """Return whether an import of a module that this codemod repairs surely fails, even if it may."""
        return False

    def bound(self, bindings: Bindings) -> ImportCodemod:
        """Return the codemod with the bindings of patched names: a patch and its readers must share one binding."""
        return self

    def code_of(self, imported_name: ImportedName) -> str:
        """Return the code of a finding about an imported name that the codemod applies to."""
        return self.code

    def outside(self) -> frozenset[Key]:
        """Return the modules outside the project that the codemod handles."""
        return frozenset()

    def patch_destination(self, imported_name: ImportedName) -> Destination | Unresolved | None:
        """Return where to patch a name (``module.name = ...``, ``mock.patch``) for the patch to take effect."""
        return None

    def is_drop_in_replacement(self, imported_name: ImportedName) -> bool:
        """Return whether the new module may be used as a value in place of the old one."""
        return True

    def call_changes(self, imported_name: ImportedName) -> Mapping[str, CallChange]:
        """Return how the call of a name (under the empty key) and its members change."""
        return {}

    def inside(self, imported_name: ImportedName) -> Unresolved | None:
        """Return why an import of a module inside a removed package cannot be moved; None if it is no such import."""
        return None
