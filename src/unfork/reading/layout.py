"""Which file an import names: modules are files, and a dotted name starts from a root.

A module is identified by its key, its path without the suffix (``src/a/b`` for ``src/a/b.py``, ``src/a`` for
``src/a/__init__.py``). A module outside the project is identified by its dotted name in angle brackets, ``<os.path>``.
"""

from __future__ import annotations

import keyword
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import filterfalse
from pathlib import PurePosixPath
from typing import NamedTuple

from unfork.file_kinds import is_notebook
from unfork.reading.outside import Outside, has_standard, is_standard
from unfork_codemods.project import Key, Located, external_key, is_external


def key_of(path: str) -> Key:
    """Return the key of the module that a file holds. No import names a notebook: its key is its path."""
    if is_notebook(path):
        return path
    stem = path.rpartition(".")[0]
    return (
        stem[: -len("/__init__")]
        if stem.endswith("/__init__")
        else ""
        if stem == "__init__"
        else stem
    )


def join_key(base: str, dotted: str) -> Key:
    """Return the key of a dotted name that starts from the folder ``base``."""
    tail = dotted.replace(".", "/")
    return f"{base}/{tail}" if base and tail else base or tail


def submodule_key(key: Key, name: str) -> Key:
    """Return the key of the submodule ``name`` of a module, in the project or outside."""
    return external_key(f"{key[1:-1]}.{name}") if is_external(key) else join_key(key, name)


def parent_folder(key: Key) -> Key:
    """Return the folder of a key; the root is empty."""
    return key.rpartition("/")[0]


def enclosing_folders(folder: Key) -> Iterator[Key]:
    """Yield a folder and those above it, but not the topmost one."""
    while folder:
        yield folder
        folder = parent_folder(folder)


class SearchPath(NamedTuple):
    """The folders in which an import is looked for: those of the importer's ``own`` project, of those that it declares
    as ``required``, those ``around`` it, and all ``others``."""

    own: tuple[str, ...]
    required: tuple[str, ...]
    around: tuple[str, ...]
    others: tuple[str, ...]

    @property
    def every(self) -> tuple[str, ...]:
        """All folders, in order."""
        return tuple(dict.fromkeys((*self.own, *self.required, *self.around, *self.others)))


@dataclass(frozen=True)
class Layout:
    """The project's modules: the paths of its Python files, the roots, and legacy modules whose files are gone.

    Roots are folders relative to the project's root, which is itself the empty one. ``projects`` are the folders of
    projects within this one, each with its own roots: for files in such a folder, these are searched first, then those
    of the projects that it ``requires``. A migration's name refers to a module in one of the roots ``first``, if any.
    ``mapped`` are packages in folders of other names, which a build says.
    """

    paths: frozenset[str]
    roots: tuple[str, ...]
    gone: frozenset[Key] = field(default=frozenset())
    projects: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    outside: Outside = field(default_factory=Outside, compare=False)
    requires: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    first: tuple[str, ...] = ()
    mapped: Mapping[str, str] = field(default_factory=dict)
    _known: dict[tuple[str, str], Located] = field(default_factory=dict, repr=False, compare=False)
    _searched: dict[str, SearchPath] = field(default_factory=dict, repr=False, compare=False)
    _named: dict[str, Located] = field(default_factory=dict, init=False, repr=False, compare=False)

    @cached_property
    def modules(self) -> dict[Key, tuple[str, ...]]:
        """The files of each module: the source, and its stub if there is one.

        Of a package and a module of one name, the package comes first, as it does for Python.
        """
        result: dict[Key, tuple[str, ...]] = {}
        for path in sorted(self.paths):
            key = key_of(path)
            known = result.get(key, ())
            result[key] = (path, *known) if path.endswith("/__init__.py") else (*known, path)
        return result

    @cached_property
    def folders(self) -> frozenset[str]:
        """Folders that hold Python files, at any depth: namespace packages (PEP 420) among them."""
        seen: set[str] = set()
        for path in filterfalse(is_notebook, self.paths):
            folder = path.rpartition("/")[0]
            while folder and folder not in seen:
                seen.add(folder)
                folder = folder.rpartition("/")[0]
        for key in self.gone:
            folder = parent_folder(key)
            while folder and folder not in seen:
                seen.add(folder)
                folder = parent_folder(folder)
        return frozenset(seen)

    def shared_namespaces(self, is_open: Callable[[Key], bool] = lambda _: False) -> frozenset[Key]:
        """Return the folders that are shared namespaces (PEP 420): they contain packages but no modules of their own.

        A folder with modules directly in it is a package that merely lacks an ``__init__.py``. ``is_open`` tells of a
        package whether it looks for its modules elsewhere, too.
        """
        own = {"", "src", *(parent_folder(path) for path in self.paths if "/__init__." not in path)}
        namespaces: set[Key] = set()
        for path in self.paths:
            if "/__init__." in path:
                above: list[Key] = []
                folder = parent_folder(parent_folder(path))
                while folder not in own and not self.is_package(folder):
                    above.append(folder)
                    folder = parent_folder(folder)
                if folder not in self.modules or is_open(folder):
                    namespaces.update(above)
        return frozenset(namespaces)

    def is_package(self, key: Key) -> bool:
        """Return whether the module is a regular package, a folder with ``__init__.py``."""
        prefix = f"{key}/" if key else ""
        return f"{prefix}__init__.py" in self.paths or f"{prefix}__init__.pyi" in self.paths

    def is_hidden(self, path: str) -> bool:
        """Return whether a file is a module that has the name of a package beside it, which Python finds first."""
        return f"{path.rpartition('.')[0]}/__init__.py" in self.paths

    def has_inside(self, key: Key, name: str) -> bool:
        """Return whether a regular package has a module of this name."""
        return self.is_package(key) and self.exists(join_key(key, name))

    def inside(self, packages: Collection[Key]) -> Iterator[Key]:
        """Yield the modules and folders directly inside one of the packages."""
        if not self.folders.isdisjoint(packages):
            yield from (
                key for key in {*self.modules, *self.folders} if parent_folder(key) in packages
            )

    def submodule(self, key: Key, name: str) -> Key | None:
        """Return the submodule ``name`` of a package; of a namespace package (PEP 420), from any of its portions."""
        below = join_key(key, name)
        if self.exists(below):
            return below if key not in self.modules or self.is_package(key) else None
        if key not in self.folders or not self._is_folder(key):
            return None
        others = [join_key(portion, name) for portion in self._other_portions(key)]
        files = (other for other in others if not self._is_folder(other))
        return next(files, next(filter(self.exists, others), None))

    def submodule_key(self, key: Key, name: str) -> Key:
        """Return the key of the submodule ``name`` of a module, in the project or outside, whether it exists or not."""
        known = None if is_external(key) else self.submodule(key, name)
        return submodule_key(key, name) if known is None else known

    def _other_portions(self, key: Key) -> Iterator[Key]:
        """Yield the other folders of a namespace package: those of the same name in the other roots."""
        names = self.spellings(key)
        keys = dict.fromkeys(join_key(base, name) for name in names for base in self.roots)
        yield from (other for other in keys if other != key and self._is_folder(other))

    def exists(self, key: Key) -> bool:
        """Return whether a key names a module, a package or a namespace package of the project."""
        return key in self.modules or key in self.folders or key in self.gone

    def absolute(self, dotted: str, importer: str) -> Located:
        """Return what ``import dotted`` names in the file ``importer``."""
        dotted, folder = self.by_folder(dotted), importer.rpartition("/")[0]
        known = self._known.get((dotted, folder))
        if known is None:
            known = self._known[dotted, folder] = self._find_absolute(dotted, folder)
        return known

    def by_folder(self, dotted: str) -> str:
        """Return a name with the folder of its package in place of the package, where a build maps one to the other."""
        for package, folder in self.mapped.items():
            if f"{dotted}.".startswith(f"{package}."):
                return folder.replace("/", ".") + dotted[len(package) :]
        return dotted

    def _find_absolute(self, dotted: str, folder: str) -> Located:
        if self.outside.lists(dotted):
            return Located(external_key(dotted))
        path = self._search_path(folder)
        if self.first:  # a module that is gone from a member is missing in that member alone
            others = (base for base in path.others if join_key(base, dotted) not in self.gone)
            path = path._replace(others=tuple(others))
        candidate = self._in_own_roots(dotted, path, folder)
        if candidate is None:
            rivals = self._rivals(dotted, path.others)
            if len(rivals) > 1 and not is_standard(dotted.partition(".")[0]):
                return Located(external_key(dotted), maybe=tuple(located.key for located in rivals))
            candidate = rivals[0] if rivals else self._portion_or_missing(dotted, path.every)
        if (
            candidate is None or not candidate.exists
        ):  # pytest puts the folder of a conftest on sys.path
            around = self._around_folder(dotted, folder)
            candidate = around if around and not self.outside.knows(dotted) else candidate
        return (
            Located(external_key(dotted))
            if candidate is None
            else self._decide_outside(candidate, dotted, folder)
        )

    def _in_own_roots(self, dotted: str, path: SearchPath, folder: str) -> Located | None:
        """Return the module that the importer's own project has, else one it requires, else one around it.

        A namespace portion counts only if the importer is in it: a package in another root may hide it (PEP 420).
        """
        for bases in (path.own, path.required, path.around):
            located = self._first_match(dotted, bases)
            if located is not None and (
                not self._is_folder(located.key) or _contains_folder(located.key, folder)
            ):
                return located
        return None

    def _rivals(self, dotted: str, bases: tuple[str, ...]) -> tuple[Located, ...]:
        """Return the modules of a name in the roots of other projects: nothing says which of several is meant."""
        matches = [self._first_match(dotted, (base,)) for base in bases]
        files = [located for located in matches if located and not self._is_folder(located.key)]
        return tuple(
            {self.project_of(located.key): located for located in reversed(files)}.values()
        )[::-1]

    def _first_match(self, dotted: str, bases: tuple[str, ...]) -> Located | None:
        """Return the module that an import finds in the folders ``bases``; None if they do not have it.

        Which of several packages of one name Python finds depends on how it is started: if the first lacks the module,
        another may have it.
        """
        top = dotted.partition(".")[0]
        having = tuple(base for base in bases if self.exists(join_key(base, top)))
        followed = self._follow(dotted, having)
        if len(having) > 1 and (followed is None or self._is_folder(followed.key)):
            by_base = (self._follow(dotted, (base,)) for base in having)
            return next((m for m in by_base if m and not self._is_folder(m.key)), followed)
        return followed

    def _follow(self, dotted: str, bases: tuple[str, ...]) -> Located | None:
        """Return what an import finds when ``sys.path`` is ``bases`` (language reference, 5.3 to 5.5; PEP 420).

        The first regular package or module of a name hides all other folders of the name, those before it included.
        Without one, the folders together are a namespace package.
        """
        end = -1
        while bases and end < len(dotted):
            end = dotted.find(".", end + 1)
            end = len(dotted) if end < 0 else end
            keys = {base: join_key(base, dotted[:end]) for base in bases}
            regular = next((base for base, key in keys.items() if not self._is_folder(key)), None)
            if regular is not None:
                bases = (regular,)
            else:
                bases = tuple(base for base, key in keys.items() if self._has_below(key))
        return Located(join_key(bases[0], dotted), bases[0]) if bases else None

    def _portion_or_missing(self, dotted: str, bases: tuple[str, ...]) -> Located | None:
        """Return the first folder of a dotted name; else a missing module, if some folder has its first segment."""
        located = self._first_match(dotted, bases)
        if located is not None:
            return located
        top = dotted.partition(".")[0]
        having = (base for base in bases if self.exists(join_key(base, top)))
        base = next(having, None)
        return None if base is None else Located(join_key(base, dotted), base, exists=False)

    def _decide_outside(self, candidate: Located, dotted: str, folder: str = "") -> Located:
        """Return what a dotted name refers to that the project seems to have: the outside module, if that is possible.

        A folder without ``__init__.py`` does not hide a package (PEP 420), a module of a package is imported by the
        package's name, and which of two modules of one name is imported depends on ``sys.path``. But the importer's own
        ``folder`` and the packages around it are always the project's.
        """
        top, _, rest = dotted.partition(".")
        base = candidate.base or ""
        first = join_key(base, top)
        is_regular = self.is_package(first)
        standard = is_standard(top)
        if standard or self.outside.declares(top):
            if not candidate.exists or self.is_package(base):
                return Located(external_key(dotted))
            is_part = is_regular or bool(rest and _contains_folder(first, folder))
            if is_part and (not standard or (rest and not has_standard(dotted))):
                return candidate
            maybe = () if self._is_folder(candidate.key) else (candidate.key,)
            return Located(external_key(dotted), maybe=maybe)
        unsure = not candidate.exists or self._is_folder(candidate.key)
        if unsure and not is_regular and self.outside.has_installed(top):
            return Located(external_key(dotted))
        return candidate

    def _has_below(self, key: Key) -> bool:
        """Return whether there are modules in a folder, or were."""
        return key in self.folders or key in self._folders_of_gone

    @cached_property
    def _folders_of_gone(self) -> frozenset[Key]:
        return frozenset(
            folder for key in self.gone for folder in enclosing_folders(parent_folder(key))
        )

    def _is_folder(self, key: Key) -> bool:
        """Return whether a key names a folder without ``__init__.py``, and no module."""
        return key not in self.modules and key not in self.gone

    def _search_path(self, folder: str) -> SearchPath:
        """Return the folders to search for imports in a file in ``folder``, in order.

        First its own folder, if not a package, because the file may run as a script; then the roots of its project, of
        those that the project requires, and of the enclosing ones, nearest first; then the other roots.
        """
        if folder not in self._searched:
            beside = () if not folder or self.is_package(folder) else (folder,)
            project = self.project_of(folder)
            mine = self.projects.get(project) or self._roots_of_main_project
            near = sorted(self.roots, key=_distance_to(folder))
            self._searched[folder] = SearchPath(
                tuple(dict.fromkeys((*beside, *sorted(mine, key=_distance_to(folder))))),
                self.requires.get(project, ()),
                tuple(root for root in near if _contains_folder(root, folder)),
                self.roots,
            )
        return self._searched[folder]

    @cached_property
    def _roots_of_main_project(self) -> tuple[str, ...]:
        return tuple(root for root in self.roots if not self.project_of(root))

    def around(self, dotted: str, importer: str) -> Located | None:
        """Return a module that ``import dotted`` finds if Python starts in a folder around the file ``importer``.

        Folders that are packages do not count; the nearest one that has the module does.
        """
        return self._around_folder(dotted, parent_folder(importer))

    def _around_folder(self, dotted: str, folder: str) -> Located | None:
        for base in enclosing_folders(folder):
            key = join_key(base, dotted)
            if not self.is_package(base) and self.exists(key):
                return Located(key, base)
        return None

    def project_of(self, folder: str) -> str:
        """Return the folder of the project that contains a folder; empty for the root project."""
        return next((above for above in enclosing_folders(folder) if above in self.projects), "")

    @property
    def searched_first(self) -> dict[str, tuple[str, ...]]:
        """The roots that files of each project within this one search first; for migrations, under an empty name."""
        own = {name: (*own, *self.requires.get(name, ())) for name, own in self.projects.items()}
        return own | {"": self.first} if self.first else own

    @cached_property
    def every_root(self) -> tuple[str, ...]:
        """The roots, including those of projects within this one."""
        return tuple(
            dict.fromkeys((*self.roots, *(r for own in self.projects.values() for r in own)))
        )

    def relative(self, level: int, module: str, importer: str) -> Located:
        """Return what ``from ..module import`` names (PEP 328); above the root nothing exists."""
        folder = importer.rpartition("/")[0]
        for _ in range(level - 1):
            if not folder:
                return Located(external_key("." * level + module), exists=False)
            folder = parent_folder(folder)
        key = join_key(folder, module)
        if not self.exists(key) and self._is_folder(folder):
            key = self._in_any_portion(folder, module) or key
        return Located(key, None, self.exists(key) or key == folder)

    def _in_any_portion(self, folder: Key, module: str) -> Key | None:
        """Return a module in a namespace package (PEP 420), of which other roots have portions, too."""
        key: Key | None = folder
        for name in filter(None, module.split(".")):
            key = self.submodule(key, name) if key is not None else None
        return key

    def named(self, dotted: str) -> Located:
        """Return what a dotted name in a migration refers to. All steps and files ask for the same few names."""
        dotted = self.by_folder(dotted)
        known = self._named.get(dotted)
        if known is None:
            known = self._named[dotted] = self._find_named(dotted)
        return known

    def _find_named(self, dotted: str) -> Located:
        """Return what a dotted name in a migration refers to: from the first root where most of it exists.

        A name that is missing in the project, or only a folder there, is outside if it may be.
        """
        if self.outside.lists(dotted):
            return Located(external_key(dotted))
        having = [base for base in self.roots if self.exists(join_key(base, dotted))]
        visible = tuple(base for base in having if not self._is_hidden(base, dotted))
        own = tuple(
            base
            for base in visible
            if base in self.first and not self._is_folder(join_key(base, dotted))
        )
        located = self._first_match(dotted, own or visible)
        if located is not None:
            return located
        missing = self._missing_module(dotted)
        if missing is not None:
            return self._decide_outside(missing, dotted)
        if self.first and not self.outside.knows(dotted):  # the member's own, which is gone
            return Located(join_key(self.first[0], dotted), self.first[0], exists=False)
        return Located(external_key(dotted))

    def _missing_module(self, dotted: str) -> Located | None:
        """Return a missing module in the root that has most of the packages around it; None if no root has any."""
        package = dotted
        while package := package.rpartition(".")[0]:
            located = self._first_match(package, (*self.first, *self.roots))
            if located is not None:
                base = located.base or ""
                return Located(join_key(base, dotted), base, exists=False)
        return None

    def _is_hidden(self, base: str, dotted: str) -> bool:
        """Return whether a name refers to an outside module rather than to the one in the folder ``base``."""
        top = dotted.partition(".")[0]
        if self._is_folder(join_key(base, dotted)):
            return not self.is_package(join_key(base, top)) and self.outside.knows(top)
        known = is_standard(top) or (self.is_package(base) and self.outside.declares(top))
        return self.is_package(base) and known

    def spellings(self, key: Key) -> tuple[str, ...]:
        """Return the dotted names of a module, in the order of the roots that it has them by."""
        return tuple(filter(None, (self.spelled(key, root) for root in self.roots)))

    def spelled(self, key: Key, base: str) -> str | None:
        """Return the dotted name of a module from the folder ``base``; None if it has none there."""
        if is_external(key):
            return key[1:-1]
        if base and not key.startswith(f"{base}/"):
            return None
        for package, folder in self.mapped.items():
            if f"{key}/".startswith(f"{folder}/"):
                key, base = package.replace(".", "/") + key[len(folder) :], ""
        tail = key[len(base) + 1 :] if base else key
        segments = tail.split("/")
        if not tail or not all(s.isidentifier() and not keyword.iskeyword(s) for s in segments):
            return None
        return ".".join(segments)

    def can_be_imported(self, key: Key) -> bool:
        """Return whether an absolute import can name a module: all parts of its name are identifiers."""
        return any(self.spelled(key, base) is not None for base in self.every_root)

    def is_listed(self, key: Key) -> bool:
        """Return whether a nested project's module can be imported from everywhere: its root is a main root."""
        own = self.projects.get(self.project_of(parent_folder(key)), ())
        return any(base in self.roots and self.spelled(key, base) is not None for base in own)

    def dotted(self, key: Key) -> str:
        """Return the dotted name of a module from the first root that gives it one, its own project's roots first."""
        own = self.projects.get(self.project_of(parent_folder(key)), ())
        for base in (*sorted(own, key=len, reverse=True), *self.roots):
            name = self.spelled(key, base)
            if name:
                return name
        return key

    def relative_name(self, key: Key, importer: str, highest: str) -> str | None:
        """Return a module's name relative to the file ``importer``, with its dots; None if that would go too high.

        ``highest`` is the topmost folder that the dots may reach.
        """
        folder = importer.rpartition("/")[0]
        level = 1
        while not (key == folder or key.startswith(f"{folder}/") or not folder):
            if folder == highest:
                return None
            folder, level = parent_folder(folder), level + 1
        tail = key[len(folder) + 1 :] if folder else key
        if key == folder:
            tail = ""
        if not folder and highest:
            return None
        if tail and not all(s.isidentifier() and not keyword.iskeyword(s) for s in tail.split("/")):
            return None
        return "." * level + tail.replace("/", ".")

    def top_package(self, path: str) -> str:
        """Return the topmost folder that relative imports of the file may reach: its outermost regular package."""
        folder = path.rpartition("/")[0]
        top = folder
        while folder and self.is_package(folder):
            top, folder = folder, parent_folder(folder)
        return top


def _distance_to(folder: str) -> Callable[[str], int]:
    """Return a sort key: roots that contain a folder come first, the nearest one before the others."""
    return lambda root: -len(root) - 1 if _contains_folder(root, folder) else 0


def _contains_folder(root: str, folder: str) -> bool:
    return not root or folder == root or folder.startswith(f"{root}/")


def roots_of(named: Iterable[str] | None, paths: Iterable[str]) -> tuple[str, ...]:
    """Return the folders that absolute imports start from, as a migration names them.

    Default: the root, and ``src`` if it exists.
    """
    if named is None:
        has_src = any(path.startswith("src/") for path in paths)
        return ("", "src") if has_src else ("",)
    return tuple(
        "" if PurePosixPath(name) == PurePosixPath(".") else str(PurePosixPath(name))
        for name in named
    )
