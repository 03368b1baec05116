"""Project metadata in pyproject.toml, setup.cfg, setup.py and requirements files: names and folders.

Only literal values are read; no code runs. A manifest that cannot be read counts as empty.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import ast

_REQUIREMENT = re.compile(r"\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)")
_REQUIREMENTS_FILE = re.compile(r"(?:^|/)(?:[^/]*requirements[^/]*|requirements/[^/]+)\.txt$")
_IN_PROJECT = re.compile(r"(?:file:///\$\{PROJECT_ROOT\}|\{root:uri\})/([^#\s;]+)")
"""A requirement by its folder: ``file:///${PROJECT_ROOT}/libs/a`` for pdm, ``{root:uri}/libs/a`` for hatch."""
PROJECT_FILES = ("pyproject.toml", "setup.cfg", "setup.py")
"""The files that mark a folder as a project."""
BUILD_FILES = (*PROJECT_FILES, "hatch.toml")
"""The files that may locate a project's packages and the members of its workspace."""
ENDINGS = ("pyproject.toml", "setup.cfg", "hatch.toml", ".txt")
"""The endings of manifest names, except those of Python files."""


class Manifest(NamedTuple):
    """The contents of a manifest: the ``name`` of its distribution, normalised, and the names that it ``requires``.

    ``sources`` are the folders of its packages, relative to its own; ``members`` are patterns of the project folders
    in its workspace, without those that match a pattern of ``excluded``. ``mapped`` are packages in folders of other
    names, each with its folder (``package-dir``). ``optional`` are those that it requires for an extra only.
    """

    name: str = ""
    requires: frozenset[str] = frozenset()
    sources: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    mapped: tuple[tuple[str, str], ...] = ()
    optional: frozenset[str] = frozenset()


def is_manifest(path: str) -> bool:
    """Return whether a file may declare requirements or the location of a project's packages."""
    if not path.endswith((*BUILD_FILES, ".txt")):
        return False  # true of nearly all files
    return is_build_file(path) or _REQUIREMENTS_FILE.search(path) is not None


def is_build_file(path: str) -> bool:
    """Return whether a file may locate the packages of the project in its folder, or the members of its workspace."""
    return path.rpartition("/")[2] in BUILD_FILES


def is_project_file(path: str) -> bool:
    """Return whether a file marks its folder as a project."""
    return path.rpartition("/")[2] in PROJECT_FILES


def normalized_name(name: str) -> str:
    """Return a distribution's name in the normal form of all its spellings (PEP 503), as an import spells it."""
    return re.sub(r"[-_.]+", "_", name).lower()


@lru_cache(maxsize=1024)
def read_manifest(path: str, data: bytes) -> Manifest:
    """Return the contents of a manifest."""
    text = data.decode("utf-8-sig", errors="replace")
    name = path.rpartition("/")[2]
    if name == "pyproject.toml":
        return _read_pyproject(text)
    if name == "hatch.toml":
        return _read_hatch(text)
    if name == "setup.cfg":
        return _setup_cfg(text)
    if name == "setup.py":
        return _setup_py(text)
    return Manifest(requires=_required_names(text.splitlines()))


def _required_names(lines: Iterable[object]) -> frozenset[str]:
    """Return the names of requirements (PEP 508), ignoring the options and comments of requirements files."""
    matches = (_REQUIREMENT.match(line) for line in lines if isinstance(line, str))
    return frozenset(normalized_name(match[1]) for match in matches if match)


# -- pyproject.toml


def _read_pyproject(text: str) -> Manifest:
    from unfork.toml import loads

    try:
        table: object = loads(text)
    except ValueError:
        return Manifest()
    name = _value_at(table, "project", "name") or _value_at(table, "tool", "poetry", "name")
    return Manifest(
        normalized_name(name) if isinstance(name, str) else "",
        _required_names(_pyproject_requirements(table)) - {"python"},
        tuple(dict.fromkeys(_package_folders(_value_at(table, "tool")))),
        tuple(dict.fromkeys(_workspace_members(table))),
        tuple(
            _only_strings(_list_or_empty(_value_at(table, "tool", "uv", "workspace", "exclude")))
        ),
        tuple(_packages_mapped(_value_at(table, "tool", "setuptools", "package-dir"))),
        _pyproject_optional(table),
    )


def _pyproject_optional(table: object) -> frozenset[str]:
    """Return the names of what is required for extras only."""
    always = _required_names(_list_or_empty(_value_at(table, "project", "dependencies")))
    extras = _value_at(table, "project", "optional-dependencies")
    named = frozenset().union(
        *(_required_names(_list_or_empty(e)) for e in _values_or_empty(extras))
    )
    poetry = _value_at(table, "tool", "poetry", "dependencies")
    for name in _keys_or_empty(poetry):
        if isinstance(name, str) and _value_at(poetry, name, "optional") is True:
            named |= {normalized_name(name)}
    return named - always


def _pyproject_requirements(table: object) -> Iterator[object]:
    yield from _list_or_empty(_value_at(table, "project", "dependencies"))
    yield from _list_or_empty(_value_at(table, "build-system", "requires"))
    yield from _list_or_empty(_value_at(table, "tool", "uv", "dev-dependencies"))
    groups = (
        _value_at(table, "project", "optional-dependencies"),
        _value_at(table, "dependency-groups"),
        _value_at(table, "tool", "pdm", "dev-dependencies"),
    )
    for group in groups:
        yield from (
            requirement
            for listed in _values_or_empty(group)
            for requirement in _list_or_empty(listed)
        )
    poetry = _value_at(table, "tool", "poetry")
    yield from _keys_or_empty(_value_at(poetry, "dependencies"))
    yield from _keys_or_empty(_value_at(poetry, "dev-dependencies"))
    for group in _values_or_empty(_value_at(poetry, "group")):
        yield from _keys_or_empty(_value_at(group, "dependencies"))


def _read_hatch(text: str) -> Manifest:
    """Return the contents of a hatch.toml, which has the tables of ``[tool.hatch]``."""
    from unfork.toml import loads

    try:
        tool: object = {"hatch": loads(text)}
    except ValueError:
        return Manifest()
    return Manifest(
        sources=tuple(dict.fromkeys(_package_folders(tool))),
        members=tuple(dict.fromkeys(_workspace_members({"tool": tool}))),
    )


def _package_folders(tool: object) -> Iterator[str]:
    """Yield the package folders declared for setuptools, hatch, poetry, pdm, uv, flit and maturin."""
    setuptools = _value_at(tool, "setuptools")
    yield from _package_dir_folders(_value_at(setuptools, "package-dir"))
    yield from _only_strings(_list_or_empty(_value_at(setuptools, "packages", "find", "where")))
    hatch = _value_at(tool, "hatch", "build")
    for target in (hatch, _value_at(hatch, "targets", "wheel")):
        yield from _hatch_folders(target)
    for package in _list_or_empty(_value_at(tool, "poetry", "packages")):
        yield from _only_strings([_value_at(package, "from")])
    yield from _only_strings([_value_at(tool, "pdm", "build", "package-dir")])
    yield from _only_strings([_value_at(tool, "pdm", "package-dir")])
    yield from _only_strings([_value_at(tool, "uv", "build-backend", "module-root")])
    yield from _only_strings([_value_at(tool, "maturin", "python-source")])


def _hatch_folders(target: object) -> Iterator[str]:
    """Yield the package folders of a build target of hatch.

    packages = ["src/foo"]        sources = ["src"]        sources = {"src/foo" = "foo"}        dev-mode-dirs = ["src"]
    """
    yield from _parent_folders(_list_or_empty(_value_at(target, "packages")))
    yield from _only_strings(_list_or_empty(_value_at(target, "dev-mode-dirs")))
    sources = _value_at(target, "sources")
    yield from _only_strings(_list_or_empty(sources))
    if isinstance(sources, dict):
        yield from _package_dir_folders(
            {to: folder for folder, to in sources.items() if isinstance(to, str)}
        )


def _workspace_members(table: object) -> Iterator[str]:
    """Yield the patterns of a workspace's folders, and the folders of dependencies by path: all relative."""
    tool = _value_at(table, "tool")
    uv = _value_at(tool, "uv")
    yield from _only_strings(_list_or_empty(_value_at(uv, "workspace", "members")))
    yield from _paths_of(_value_at(uv, "sources"))
    yield from _only_strings(_list_or_empty(_value_at(tool, "rye", "workspace", "members")))
    for environment in (
        _value_at(tool, "hatch"),
        *_values_or_empty(_value_at(tool, "hatch", "envs")),
    ):
        for member in _list_or_empty(_value_at(environment, "workspace", "members")):
            yield from _only_strings([member, _value_at(member, "path")])
    poetry = _value_at(tool, "poetry")
    yield from _paths_of(_value_at(poetry, "dependencies"))
    yield from _paths_of(_value_at(poetry, "dev-dependencies"))
    for group in _values_or_empty(_value_at(poetry, "group")):
        yield from _paths_of(_value_at(group, "dependencies"))
    for requirement in _pyproject_requirements(table):
        match = _IN_PROJECT.search(requirement) if isinstance(requirement, str) else None
        if match:
            yield match[1]


def _paths_of(dependencies: object) -> Iterator[str]:
    """Yield the folders of dependencies by path: ``{path = "libs/a"}``, or an array of these, one a platform."""
    for dependency in _values_or_empty(dependencies):
        for table in dependency if isinstance(dependency, list) else (dependency,):
            yield from _only_strings([_value_at(table, "path")])


def _package_dir_folders(folders: object) -> Iterator[str]:
    """Yield the folders of ``package-dir``, which maps a package to its folder, or the empty name to that of all."""
    for package, folder in folders.items() if isinstance(folders, dict) else ():
        if isinstance(folder, str) and isinstance(package, str):
            tail = package.replace(".", "/")
            if not tail:
                yield folder
            elif folder == tail or folder.endswith(f"/{tail}"):
                yield folder[: -len(tail)].rstrip("/")


def _packages_mapped(folders: object) -> Iterator[tuple[str, str]]:
    """Yield the packages that ``package-dir`` maps to folders of other names, each with its folder."""
    for package, folder in folders.items() if isinstance(folders, dict) else ():
        if isinstance(folder, str) and isinstance(package, str) and package:
            tail = package.replace(".", "/")
            yield from () if f"/{folder}".endswith(f"/{tail}") else [(package, folder)]


def _parent_folders(packages: Iterable[object]) -> Iterator[str]:
    yield from (package.rstrip("/").rpartition("/")[0] for package in _only_strings(packages))


def _value_at(table: object, *keys: str) -> object:
    """Return the value under a path of keys in nested tables; None if there is none."""
    for key in keys:
        table = table.get(key) if isinstance(table, dict) else None
    return table


def _list_or_empty(value: object) -> Iterable[object]:
    return value if isinstance(value, list) else ()


def _keys_or_empty(value: object) -> Iterable[object]:
    return value.keys() if isinstance(value, dict) else ()


def _values_or_empty(value: object) -> Iterable[object]:
    return value.values() if isinstance(value, dict) else ()


def _only_strings(values: Iterable[object]) -> Iterator[str]:
    yield from (value for value in values if isinstance(value, str))


# -- setup.cfg


def _setup_cfg(text: str) -> Manifest:
    from configparser import Error, RawConfigParser

    parser = RawConfigParser()
    try:
        parser.read_string(text)
    except Error:
        return Manifest()
    sections = {name: dict(parser.items(name)) for name in parser.sections()}
    options = sections.get("options", {})
    required = _required_names(options.get("install_requires", "").splitlines())
    extras = sections.get("options.extras_require", {}).values()
    optional = _required_names(line for extra in extras for line in extra.splitlines()) - required
    pairs = (line.partition("=") for line in options.get("package_dir", "").splitlines())
    folders = {package.strip(): folder.strip() for package, equals, folder in pairs if equals}
    where = sections.get("options.packages.find", {}).get("where", "").split()
    return Manifest(
        normalized_name(sections.get("metadata", {}).get("name", "")),
        required | optional,
        tuple(dict.fromkeys((*_package_dir_folders(folders), *where))),
        mapped=tuple(_packages_mapped(folders)),
        optional=optional,
    )


# -- setup.py

_SETUP_CALL = re.compile(r"\b(?:setup|find_packages|find_namespace_packages)[\s\\)]*\(")


def _setup_py(text: str) -> Manifest:
    """Read the literal arguments of ``setup(...)`` and ``find_packages(...)``."""
    if not _SETUP_CALL.search(text):
        return Manifest()  # a module named setup
    import ast

    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return Manifest()
    name, required, optional, sources = "", frozenset[str](), frozenset[str](), list[str]()
    mapped: list[tuple[str, str]] = []
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        given = {word.arg: word.value for word in call.keywords if word.arg}
        called = getattr(call.func, "attr", getattr(call.func, "id", ""))
        if called == "setup":
            said = _literal_value(given.get("name"))
            name = normalized_name(said) if isinstance(said, str) else name
            required |= _required_names(
                _list_or_empty(_literal_value(given.get("install_requires")))
            )
            for extra in _values_or_empty(_literal_value(given.get("extras_require"))):
                optional |= _required_names(_list_or_empty(extra)) - required
            sources += _package_dir_folders(_literal_value(given.get("package_dir")))
            mapped += _packages_mapped(_literal_value(given.get("package_dir")))
        elif called in ("find_packages", "find_namespace_packages"):
            sources += _only_strings(
                [_literal_value(call.args[0] if call.args else given.get("where"))]
            )
    folders = tuple(dict.fromkeys(sources))
    every = required | optional
    return Manifest(name, every, folders, mapped=tuple(mapped), optional=optional)


def _literal_value(node: ast.expr | None) -> object:
    import ast

    try:
        return None if node is None else ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None
