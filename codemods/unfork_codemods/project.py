"""What a codemod may ask about the project it works on, and what it answers: where an imported thing lives from now on.

A module is known by its *key*: its path without the suffix (``src/a/b`` for ``src/a/b.py``, ``src/a`` for
``src/a/__init__.py``); a module outside the project by its dotted name in angle brackets, ``<os.path>``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from unfork_codemods.bindings import Bindings

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
"""What every module has without defining it (the language reference, 3.2.9)."""

DATA_NAMES = MODULE_ATTRIBUTES | {"__all__", "__lazy_modules__", "__getattr__", "__dir__"}
"""Names that say what a module is, or how it answers (PEP 562, PEP 810): data about that module, which do not move."""


class Kind(Enum):
    """What a name turned out to be."""

    OWN = "defined there"
    MODULE = "a module"
    EXTERNAL = "from a module outside the project"
    MISSING = "not there"
    UNKNOWN = "perhaps there, by __getattr__ or a star import from outside"


Identity = tuple[Key, str | None]
"""An object: the module that defines it and its name there, None for the module itself."""


class Origin(NamedTuple):
    """Where a name comes from: ``name`` of the module ``key`` (None where it is that module itself).

    ``hops`` are the modules and names that lead there, the definer's last. ``certain`` is false where a condition or
    ``try`` stands on the way, ``runtime`` where only type checkers see the name.
    """

    kind: Kind
    key: Key
    name: str | None
    hops: tuple[tuple[Key, str], ...] = ()
    certain: bool = True
    runtime: bool = True

    @property
    def found(self) -> bool:
        """Whether the name is surely there."""
        return self.kind in (Kind.OWN, Kind.MODULE, Kind.EXTERNAL)

    @property
    def identity(self) -> Identity:
        """The object that the name is."""
        return self.key, self.name


class Located(NamedTuple):
    """What a dotted name turned out to name.

    ``base`` is the folder that an absolute name started from, None for a relative import and outside the project;
    ``exists`` is false for a name within the project that no file has. ``maybe`` is the module of the project that a
    name outside may mean instead, depending on where Python is started.
    """

    key: Key
    base: str | None = None
    exists: bool = True
    maybe: Key | None = None


class Project(Protocol):
    """The questions."""

    def named(self, dotted: str) -> Located:
        """Return the module that a migration means by a dotted name."""

    def dotted(self, key: Key, like: str | None = None) -> str:
        """Return a module's dotted name, as a message or a migration would spell it.

        That is from the root that ``like``, another dotted name, starts from, where the module has a name from there.
        """

    def has_file(self, key: Key) -> bool:
        """Return whether a file of the project holds the module (it may be outside, or gone)."""

    def is_readable(self, key: Key) -> bool:
        """Return whether the module's text can be read and parsed, if it is a file of the project."""

    def literal(self, key: Key, name: str) -> object:
        """Return the value of a name that the module's text gives it once, as a literal; None where it does not."""

    def is_always_there(self, key: Key, name: str, like: Key) -> bool:
        """Return whether a module has a name however conditions turn out, or wherever the module ``like`` has it."""

    def is_package(self, key: Key) -> bool:
        """Return whether the module is a regular package of the project."""

    def origin(self, key: Key, name: str) -> Origin:
        """Return where the name ``name`` of the module ``key`` comes from, through every re-export."""

    def public_names(self, key: Key) -> Collection[str] | None:
        """Return the names that a module offers; None where its text does not tell."""

    def definers(self, name: str) -> tuple[Key, ...]:
        """Return the modules of the project that define ``name`` themselves and can be imported, sorted."""

    def sources(self, name: str, importer: str) -> tuple[Key, ...]:
        """Return those of the definers of ``name`` that the file ``importer`` may take it from.

        Nobody takes it from a test or a script, and from an archive, an example or a test's helper only what is beside.
        """

    def may_be_outside(self, dotted: str) -> bool:
        """Return whether an absolute import may mean a module outside the project: known, declared or installed."""

    def sibling(self, dotted: str, importer: str) -> Key | None:
        """Return the module ``dotted`` beside the file ``importer`` within its package; None where there is none."""


def external_key(dotted: str) -> Key:
    """Return the key of a module that is not in the project."""
    return f"<{dotted}>"


def is_external(key: Key) -> bool:
    """Return whether a key names a module outside the project."""
    return key.startswith("<")


def last_segment(key: Key) -> str:
    """Return the last segment of a module's name."""
    return (
        key.strip("<>").replace(".", "/").rpartition("/")[2]
        if is_external(key)
        else key.rpartition("/")[2]
    )


class ImportedName(NamedTuple):
    """A thing that the file ``importer`` imports: ``name`` of the module ``key``, or the module itself (None).

    ``spelled`` is the module as the statement spells it, with its dots. ``typing``: only type checkers see the import.
    ``optional``: where the import fails, the file goes on. ``rivals``: other imports in the same ``try`` bind the same
    local name. ``names`` are all that the statement takes of the module. ``late``: code looks it up there each time
    that it runs, rather than once when the file is imported.
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
        """The site of the module itself."""
        return self._replace(name=None)

    def of(self, name: str) -> ImportedName:
        """Return the site of one name of the module."""
        return self._replace(name=name)


class Destination(NamedTuple):
    """Where a thing lives from now on: ``name`` of the module ``key``, or the module itself (None).

    ``spelling`` is the module's dotted name as the migration has it. ``fixed``: importers spell it just so, rather
    than in the style that they had. ``relative``: they spell it relative to themselves where they can.
    """

    key: Key
    name: str | None
    spelling: str
    fixed: bool = False
    relative: bool = False


class Unresolved(NamedTuple):
    """The thing cannot be moved: the finding's code and a message that says what to do."""

    code: str
    message: str


class ImportCodemod(ABC):
    """A codemod that gives imported things a new home. One instance serves all files of a run.

    ``applies_to`` and ``destination`` are what it has to say; by default no name changes its module, modules are handed
    around as before, and what replaces a name (``mock.patch``) goes on doing so where it does.
    """

    step: str
    code: str
    follows_parents: bool = False
    """Whether uses through a parent package (``a.legacy.x``, where only ``a`` is imported) are its business too."""

    words: frozenset[str] | None = None
    """The last segments of the modules that it is about; None: any module."""

    @abstractmethod
    def applies_to(self, imported_name: ImportedName) -> bool:
        """Return whether an imported thing is one that this codemod is about."""

    @abstractmethod
    def destination(self, imported_name: ImportedName) -> Destination | Unresolved | None:
        """Return where a thing lives from now on, why it stays, or None: this codemod has nothing to say of it."""

    def is_about(self, key: Key) -> bool:
        """Return whether names of a module may get another home by this codemod."""
        return False

    def bound(self, bindings: Bindings) -> ImportCodemod:
        """Return the codemod as it decides where names are replaced: these end where all their readers do."""
        return self

    def code_of(self, imported_name: ImportedName) -> str:
        """Return the code of a finding about a thing that it applies to."""
        return self.code

    def outside(self) -> frozenset[Key]:
        """Return the modules outside the project that it is about."""
        return frozenset()

    def patch_destination(self, imported_name: ImportedName) -> Destination | Unresolved | None:
        """Return where a name is to be replaced (``module.name = ...``, ``mock.patch``) so that it has its effect."""
        return None

    def is_drop_in_replacement(self, imported_name: ImportedName) -> bool:
        """Return whether the module itself may be handed around in the other's place."""
        return True

    def inside(self, imported_name: ImportedName) -> Unresolved | None:
        """Return why an import of a module inside one that is gone cannot be moved; None: it is no such import."""
        return None
