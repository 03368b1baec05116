"""What is known to be outside the project: the standard library, declared or installed packages, a migration's list.

Each question is answered on first request: most runs never ask.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Collection, Iterator
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from unfork.reading.manifests import normalized_name, read_manifest

if TYPE_CHECKING:
    from importlib.metadata import Distribution

_MODULE_SUFFIXES = (".py", ".pyi", ".so", ".pyd")
Read = Callable[[str], bytes]


def is_standard(top: str) -> bool:
    """Return whether a top-level name belongs to a standard library module."""
    return top in sys.stdlib_module_names


def has_standard(dotted: str) -> bool:
    """Return whether the standard library has a module of this dotted name, as far as its files show."""
    if "." not in dotted or dotted in sys.modules:
        return is_standard(dotted.partition(".")[0])
    path = f"{os.path.dirname(os.__file__)}/{dotted.replace('.', '/')}"  # noqa: PTH120
    return Path(path).is_dir() or Path(f"{path}.py").is_file()


@lru_cache(maxsize=4096)
def standard_lacks(dotted: str, name: str | None) -> bool:
    """Return whether the running Python's standard library certainly lacks a module, or a name of one."""
    top = dotted.partition(".")[0]
    if not is_standard(top) or top == "distutils":  # setuptools brings another one
        return False
    if not has_standard(dotted):
        package, _, last = dotted.rpartition(".")
        return bool(package) and standard_lacks(package, last)
    file = _standard_file(dotted)
    if name is None or file is None or has_standard(f"{dotted}.{name}"):
        return False
    try:
        text = file.read_bytes()
    except OSError:
        return False
    return not re.search(_STANDARD_NAMES % re.escape(name.encode()), text)


_STANDARD_NAMES = (
    rb"\b(?:%b|__getattr__|sys\.modules|_convert_|global_enum)\b"
    rb"|\b(?:globals|locals|vars|setattr|exec)\(|import[ \t]+\*"
)
"""A name of a module, and what may give a module names that its text does not show."""


def _standard_file(dotted: str) -> Path | None:
    """Return the file of a module of the standard library; None if it has none in Python."""
    place = Path(os.__file__).parent.joinpath(*dotted.split("."))
    files = (place / "__init__.py", place.with_suffix(".py"))
    return next(filter(Path.is_file, files), None)


class Outside:
    """Decides by a module's dotted name whether it may be outside the project.

    ``listed`` are the packages that a migration lists, ``manifests`` the paths of the files that declare dependencies,
    ``root`` is the project's folder, which may contain a virtual environment.
    """

    def __init__(
        self,
        listed: tuple[str, ...] = (),
        manifests: tuple[str, ...] = (),
        read: Read | None = None,
        root: Path | None = None,
    ) -> None:
        self.listed, self.manifests, self.read, self.root = listed, manifests, read, root
        self._declared: dict[str, bool] = {}
        self._installed: dict[str, bool] = {}

    def knows(self, dotted: str) -> bool:
        """Return whether a module is known to be outside, unless the project has it."""
        top = dotted.partition(".")[0]
        known = self.lists(dotted) or is_standard(top) or self.declares(top)
        return known or self.has_installed(top)

    def __contains__(self, dotted: object) -> bool:
        return isinstance(dotted, str) and self.knows(dotted)

    def lists(self, dotted: str) -> bool:
        """Return whether the migration lists a module as outside."""
        return any(dotted == package or dotted.startswith(f"{package}.") for package in self.listed)

    def declares(self, top: str) -> bool:
        """Return whether a top-level name is that of a distribution that the project requires, other than itself."""
        if top not in self._declared:
            self._declared[top] = self._is_declared(top)
        return self._declared[top]

    def is_optional(self, top: str) -> bool:
        """Return whether a top-level name is that of a distribution that the project requires for an extra only."""
        name = normalized_name(top)
        said = [read_manifest(*text) for text in self._manifest_texts]
        requiring = [manifest for manifest in said if name in manifest.requires]
        is_needed = any(name not in manifest.optional for manifest in requiring)
        return bool(requiring) and not (is_needed or self.lists(top))

    def has_installed(self, top: str) -> bool:
        """Return whether an installed distribution has a top-level module of this name.

        The target of an editable install does not count: that is a project.
        """
        if top not in self._installed:
            from importlib.machinery import PathFinder

            spec = PathFinder.find_spec(top, self._site_packages) if self._site_packages else None
            self._installed[top] = spec is not None
        return self._installed[top]

    def may_have(self, dotted: str) -> bool:
        """Return whether a module outside may exist: one of an installed package does if its file is there."""
        top = dotted.partition(".")[0]
        if self.lists(dotted):
            return True
        if is_standard(top):
            return has_standard(dotted)
        folders = self._package_folders(top)
        return not folders or "." not in dotted or dotted in self.modules_inside(top)

    def modules_inside(self, package: str) -> Collection[str]:
        """Return the modules of an installed package, itself included; none if it is not installed."""
        top, _, rest = package.partition(".")
        if is_standard(top):
            return ()
        below = rest.replace(".", "/")
        return {
            f"{package}{tail}"
            for folder in self._package_folders(top)
            for tail in _tails(folder, below)
        }

    def _package_folders(self, top: str) -> tuple[str, ...]:
        """Return the folders of an installed package."""
        from importlib.machinery import PathFinder

        spec = PathFinder.find_spec(top, self._site_packages) if self._site_packages else None
        return tuple(spec.submodule_search_locations or ()) if spec is not None else ()

    def _is_declared(self, top: str) -> bool:
        name = normalized_name(top)
        spelled = re.compile(re.escape(name).replace("_", "[-_.]+").encode(), re.IGNORECASE)
        said = [
            read_manifest(path, text) for path, text in self._manifest_texts if spelled.search(text)
        ]
        if any(manifest.name == name for manifest in said):
            return False
        if any(name in manifest.requires for manifest in said):
            return True
        return bool(self._manifest_texts) and self.has_installed(top) and self._is_provided(top)

    def _is_provided(self, top: str) -> bool:
        """Return whether an installed distribution that the project requires has a top-level module of this name."""
        distributions = (found for every in self._required.values() for found in every)
        return any(top in _top_level(distribution) for distribution in distributions)

    def can_tell(self) -> bool:
        """Return whether all that the project requires is installed, so that it is known which modules that has."""
        return all(self._required.values())

    @cached_property
    def _required(self) -> dict[str, list[Distribution]]:
        """What is installed of each distribution that the project requires."""
        from importlib import metadata

        required = {
            requirement
            for text in self._manifest_texts
            for requirement in read_manifest(*text).requires
        }
        where = list(self._site_packages)
        return {name: [*metadata.distributions(name=name, path=where)] for name in sorted(required)}

    @cached_property
    def _manifest_texts(self) -> tuple[tuple[str, bytes], ...]:
        """The manifests that can be read, by path."""
        return tuple(self._readable_manifests()) if self.read is not None else ()

    def _readable_manifests(self) -> Iterator[tuple[str, bytes]]:
        for path in self.manifests:
            try:
                yield path, self.read(path) if self.read is not None else b""
            except OSError:
                continue

    @cached_property
    def _site_packages(self) -> tuple[str, ...]:
        """The folders of installed packages: those of the running Python, and of the project's virtual environment."""
        import site

        folders = site.getsitepackages()
        homes = [Path(os.environ["VIRTUAL_ENV"])] if os.environ.get("VIRTUAL_ENV") else []
        homes += [self.root / name for name in (".venv", "venv")] if self.root else []
        for home in homes:
            folders += map(str, home.glob("lib/python*/site-packages"))
            folders += map(str, home.glob("Lib/site-packages"))
        return tuple(dict.fromkeys(filter(os.path.isdir, folders)))


def _tails(folder: str, below: str) -> Iterator[str]:
    """Yield the dotted names of the modules in a folder below a package's, each with its leading dot."""
    start = Path(folder, below)
    for path in start.rglob("*"):
        parts = path.relative_to(start).parts
        names = (*parts[:-1], parts[-1].partition(".")[0])
        if path.suffix in _MODULE_SUFFIXES and all(map(str.isidentifier, names)):
            yield "".join(f".{name}" for name in names if name != "__init__")


def _top_level(distribution: Distribution) -> Collection[str]:
    """Return the top-level modules of an installed distribution."""
    listed = distribution.read_text("top_level.txt")
    if listed is not None:
        return listed.split()
    return {file.parts[0].removesuffix(".py") for file in distribution.files or ()}
