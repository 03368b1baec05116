"""Which file an import names: the search of the import system (language reference, 5.3 to 5.5; PEP 328, PEP 420)."""

from __future__ import annotations

import ast
import sys
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from unfork.verification.two_roots import COPY, file_of
from unfork.verification.values import Missing, Module, Namespace, Outside, Value

STANDARD = sys.stdlib_module_names


@dataclass(frozen=True)
class Finder:
    """The Python files of a tree, and where imports look for them.

    ``own`` are top-level modules that the migration names: they belong to the project even if something else has the
    same name. ``nested`` are the folders of projects within the project, each with its roots and those of the projects
    it requires; the empty folder stands for the names in the migration. In the files ``repaired``, a module found in no
    root is missing if the file's package has one of its name; else, as in other files, it counts as outside. ``twice``
    are roots below another: files reached through them from there are copies. ``mapped`` are packages that are built
    from folders of other names.
    """

    paths: frozenset[str]
    roots: tuple[str, ...]
    external: Container[str] | None
    own: frozenset[str] = frozenset()
    nested: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    repaired: frozenset[str] = frozenset()
    twice: frozenset[str] = frozenset()
    mapped: Mapping[str, str] = field(default_factory=dict)
    _known: dict[tuple[str, tuple[str, ...], bool, str], Value] = field(
        default_factory=dict, repr=False, compare=False
    )
    _searched: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = field(
        default_factory=dict, repr=False, compare=False
    )

    def known_to_repair(self, modules: Iterable[str]) -> Finder:
        """Return this finder, with the files of the modules to be repaired."""
        places = (self.absolute(module) for module in modules)
        files = frozenset(
            path
            for place in places
            if isinstance(place, Module)
            for path in self.all_of(place.path)
        )
        return replace(self, repaired=files, _known={})

    @cached_property
    def folders(self) -> frozenset[str]:
        """Folders that hold Python files, at any depth."""
        seen: set[str] = set()
        for path in self.paths:
            folder = path.rpartition("/")[0]
            while folder and folder not in seen:
                seen.add(folder)
                folder = folder.rpartition("/")[0]
        return frozenset(seen)

    def absolute(self, dotted: str, importer: str = "") -> Value:
        """Return what ``import dotted`` in the file ``importer`` names."""
        for package, built_from in self.mapped.items():
            if dotted == package or dotted.startswith(f"{package}."):
                dotted = built_from.replace("/", ".") + dotted.removeprefix(package)
        folder, repaired = importer.rpartition("/")[0], importer in self.repaired
        searched = self._searched.get(folder)
        if searched is None:
            searched = self._searched[folder] = self._search_folders(folder)
        bases, own = searched
        beside = folder if repaired and self._is_package(folder) else ""
        known = self._known.get((dotted, bases, repaired, beside))
        if known is None:
            own_module = self._follow_segments(own, dotted.split(".")) if own else None
            known = self._known[dotted, bases, repaired, beside] = (
                own_module
                if isinstance(own_module, Module)
                and not self.may_be_outside(dotted.partition(".")[0])
                else self._find_absolute(dotted, bases, repaired, beside)
            )
        is_found = isinstance(known, Module | Namespace)
        return known if is_found else self._find_around(folder, dotted) or known

    def _find_around(self, folder: str, dotted: str) -> Module | Namespace | None:
        """Return what no root has and a folder around the importer's has, if Python may be started there."""
        segments = dotted.split(".")
        while folder:
            found = None if self._is_package(folder) else self._follow_segments((folder,), segments)
            if isinstance(
                found, Module | Namespace
            ):  # rarely: what is installed takes time to know
                return None if self.may_be_outside(segments[0]) else found
            folder = folder.rpartition("/")[0]
        return None

    def _find_absolute(
        self, dotted: str, bases: tuple[str, ...], repaired: bool, package: str
    ) -> Value:
        top, _, rest = dotted.partition(".")
        segments = dotted.split(".")
        missing: Value | None = None
        for folders in _search_orders(bases):
            result = self._follow_segments(folders, segments)
            if result is None:
                continue
            if not isinstance(result, Missing):
                alone = not rest and top in STANDARD and top not in self.own
                return Outside(dotted) if alone or self._is_below(result, top, folders) else result
            missing = missing or Missing(dotted, "")
        has_sibling = package and self._find_segment((package,), top) is not None
        if missing is None and not has_sibling and top not in self.own:
            return Outside(dotted)
        if missing is not None and repaired and self._hides_installed(top, bases):
            return missing
        if self.may_be_outside(top) or (missing is None and self.external is None):
            return Outside(dotted)
        return missing or Missing(dotted, "")

    def _hides_installed(self, top: str, bases: tuple[str, ...]) -> bool:
        """Return whether a regular package in a root takes the name, be it installed as well: the project itself."""
        return top not in STANDARD and any(
            isinstance(self._find_segment((base,), top), Module) for base in bases
        )

    def _is_below(self, target: Value, top: str, folders: Iterable[str]) -> bool:
        """Return whether a target with the name of an outside module lies in a package, where its real name differs."""
        if not isinstance(target, Module) or not self.may_be_outside(top) or top in self.own:
            return False
        return any(
            self._is_package(base) and target.path.startswith((f"{base}/{top}.", f"{base}/{top}/"))
            for base in folders
        )

    def may_be_outside(self, top: str) -> bool:
        """Return whether a top-level module is known to be outside the project."""
        if top in STANDARD:
            return top not in self.own
        return self.external is not None and top in self.external

    def may_be_of_others(self, dotted: str, importer: str) -> bool:
        """Return whether a module that is not here may be another distribution's, in a namespace that they share.

        Such a namespace (PEP 420) has packages and no module of its own.
        """
        above = dotted.rpartition(".")[0]
        while above:
            match self.absolute(above, importer):
                case Namespace(folders):
                    return self._with_modules.isdisjoint(folders)
                case Module():
                    return False
            above = above.rpartition(".")[0]
        return False

    @cached_property
    def _with_modules(self) -> frozenset[str]:
        """Folders with a module directly in them."""
        split = (path.rpartition("/") for path in self.paths)
        return frozenset(folder for folder, _, file in split if not file.startswith("__init__."))

    def _search_folders(self, folder: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the folders to search, and those among them that come first: the importer's own project's.

        A member of a workspace has modules that others may have too, and its own are installed for it.
        """
        beside = bool(folder) and not self._is_package(folder) and folder not in self.roots
        own = folder
        while own and own not in self.nested:
            own = own.rpartition("/")[0]
        around = [root for root in self.roots if root and f"{folder}/".startswith(f"{root}/")]
        mine = self.nested.get(own, ())
        near = (*mine, *sorted(around, key=len, reverse=True))
        first = ((folder,) if beside else ()) + mine if mine else ()
        return tuple(dict.fromkeys(((folder,) if beside else ()) + near + self.roots)), first

    def _is_package(self, folder: str) -> bool:
        return f"{folder}/__init__.py" in self.paths or f"{folder}/__init__.pyi" in self.paths

    def relative(self, level: int, dotted: str, importer: str) -> Value:
        """Return what ``from ..dotted import`` in the file ``importer`` names (PEP 328)."""
        folder = importer.rpartition("/")[0]
        for _ in range(level - 1):
            if not folder:
                return Missing("." * level + dotted, "")
            folder = folder.rpartition("/")[0]
        if level > 1 and not folder:  # beyond the top-level package
            return Missing("." * level + dotted, "")
        if not dotted:
            return self.folder(folder)
        return self._follow_segments(self._portions(folder), dotted.split(".")) or Missing(
            "." * level + dotted, ""
        )

    def _portions(self, folder: str) -> tuple[str, ...]:
        """Return a folder, and those of its name in the other roots if it is a namespace package (PEP 420)."""
        if not folder or self._is_package(folder):
            return (folder,)
        around = [root for root in self.roots if not root or folder.startswith(f"{root}/")]
        root = max(around, key=len, default="")
        name = folder[len(root) + 1 :] if root else folder
        above = name.rpartition("/")[0]
        while above:
            if self._is_package(f"{root}/{above}" if root else above):
                return (folder,)
            above = above.rpartition("/")[0]
        others = (f"{other}/{name}" if other else name for other in self.roots)
        named = (other for other in others if other in self.folders and not self._is_package(other))
        return tuple(dict.fromkeys((folder, *named)))

    def named_by(self, node: ast.ImportFrom, importer: str) -> Value:
        """Return the module that a ``from`` import in the file ``importer`` names."""
        if node.level:
            return self.relative(node.level, node.module or "", importer)
        return self.absolute(node.module or "", importer)

    def folder(self, folder: str) -> Value:
        """Return the package that a folder is."""
        prefix = f"{folder}/" if folder else ""
        for name in ("__init__.py", "__init__.pyi"):
            if prefix + name in self.paths:
                return Module(prefix + name)
        return Namespace(self._portions(folder))

    def _follow_segments(self, bases: tuple[str, ...], segments: list[str]) -> Value | None:
        """Return what the segments lead to, from the folders ``bases``; None if not even the first exists."""
        result: Value | None = None
        for depth, segment in enumerate(segments):
            result = self._find_segment(bases, segment) if bases else None
            match result:
                case Module(path):
                    folder, _, file = path.rpartition("/")
                    bases = (folder,) if file.startswith("__init__.") else ()
                case Namespace(folders):
                    bases = folders
                case _:
                    return Missing(".".join(segments), "") if depth else None
        return result

    def _find_segment(self, bases: tuple[str, ...], name: str) -> Module | Namespace | None:
        portions = []
        for base in bases:
            key = f"{base}/{name}" if base else name
            if key in self.twice:
                key = COPY + key
            for path in (f"{key}/__init__.py", f"{key}.py", f"{key}/__init__.pyi", f"{key}.pyi"):
                if path in self.paths:
                    return Module(path)
            if key in self.folders:
                portions.append(key)
        return Namespace(tuple(portions)) if portions else None

    def all_of(self, path: str) -> tuple[str, ...]:
        """Return a file and its copy, if any, given either of them."""
        path = file_of(path)
        return (path, COPY + path) if COPY + path in self.paths else (path,)

    def submodule(self, package: Value, name: str) -> Module | Namespace | None:
        """Return a package's submodule; None if it has none of that name."""
        match package:
            case Module(path):
                folder, _, file = path.rpartition("/")
                return self._find_segment((folder,), name) if file.startswith("__init__.") else None
            case Namespace(folders):
                return self._find_segment(folders, name)
            case _:
                return None

    def dotted(self, path: str) -> str:
        """Return a file's dotted name from the first root that contains it."""
        stem = path.rpartition(".")[0].removesuffix("/__init__")
        is_copy = stem.startswith(COPY)
        stem = stem.removeprefix(COPY)
        for package, folder in self.mapped.items():
            if stem == folder or stem.startswith(f"{folder}/"):
                return (package + stem.removeprefix(folder)).replace("/", ".")
        for root in sorted(self.roots, key=len, reverse=True):
            if is_copy and root in self.twice:
                continue
            if not root or stem.startswith(f"{root}/"):
                return stem[len(root) + 1 if root else 0 :].replace("/", ".")
        return stem.replace("/", ".")


def _search_orders(bases: tuple[str, ...]) -> Iterable[tuple[str, ...]]:
    """Yield the lists of folders to search: in ``sys.path`` order, then each root alone.

    A file outside packages may be run as a script: then its folder comes first. If the first root with a package of
    the name lacks the rest of it, the import may refer to another root's.
    """
    yield bases
    if len(bases) > 1:
        yield from ((base,) for base in bases)
