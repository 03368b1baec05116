"""What packaging files declare: which modules are run and installed, and whether a distribution exists at all."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping
from configparser import ConfigParser, Error
from dataclasses import dataclass

from unfork.files.tree import Tree
from unfork.toml import loads

_POINT = re.compile(r"^[ \t]*([\w.-]++)[ \t]*=[ \t]*([A-Za-z_][\w.]*+)[ \t\r]*(?=[:\[]|$)", re.M)
"""An entry point as setuptools writes it: ``name = package.module:attribute [extra]``."""
_BUILDERS = ("poetry", "setuptools", "flit")
"""Tools whose table shows that a distribution is built."""


@dataclass(frozen=True, slots=True)
class Declared:
    """The declarations of one file: ``started`` are dotted module names, the reason, and whether each is a program.

    ``modules`` are the dotted names of single modules that it installs, ``scripts`` paths from its folder.
    ``distributes``: others install the packages next to it, and may import them.
    """

    path: str
    started: tuple[tuple[str, str, bool], ...] = ()
    modules: tuple[str, ...] = ()
    scripts: tuple[str, ...] = ()
    distributes: bool = False


def packaging_declarations(tree: Tree, paths: Iterable[str]) -> tuple[Declared, ...]:
    """Return what the packaging files among the paths declare. Unreadable files declare nothing."""
    declarations: list[Declared] = []
    for path in paths:
        reader = _READERS.get(path.rpartition("/")[2])
        if reader is not None:
            try:
                declarations.append(reader(path, tree.read(path).decode("utf-8-sig", "replace")))
            except (OSError, ValueError, Error, SyntaxError, RecursionError, MemoryError):
                continue
    return tuple(declarations)


def _read_pyproject(path: str, text: str) -> Declared:
    """Read pyproject.toml. Without a build system it only configures tools and lists dependencies."""
    data = loads(text)
    project, tools = _table_or_empty(data.get("project")), _table_or_empty(data.get("tool"))
    poetry = _table_or_empty(tools.get("poetry"))
    groups = {
        "scripts": project.get("scripts") or poetry.get("scripts"),
        "gui-scripts": project.get("gui-scripts"),
        **_table_or_empty(project.get("entry-points")),
        **_table_or_empty(poetry.get("plugins")),
    }
    started = [
        (
            _entry_point_module(target),
            f"{path} declares {name} in {group}",
            group.endswith("scripts"),
        )
        for group, points in groups.items()
        for name, target in _table_or_empty(points).items()
    ]
    modules = _table_or_empty(tools.get("setuptools")).get("py-modules")
    builds = "build-system" in data or any(name in tools for name in _BUILDERS)
    is_package = (
        _table_or_empty(tools.get("uv")).get("package", True)
        and poetry.get("package-mode", True) is True
    )
    return Declared(
        path, tuple(started), _only_strings(modules), distributes=builds and bool(is_package)
    )


def _table_or_empty(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _only_strings(value: object) -> tuple[str, ...]:
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def _entry_point_module(target: object) -> str:
    """Return the module of an entry point; Poetry also accepts a table."""
    if isinstance(target, dict):
        target = target.get("reference", target.get("callable", ""))
    return str(target).partition(":")[0].partition("[")[0].strip()


def _setup_cfg(path: str, text: str) -> Declared:
    parser = ConfigParser(interpolation=None, strict=False, allow_no_value=True)
    parser.read_string(text)
    sections = {name: dict(parser[name]) for name in parser.sections()}
    options = sections.get("options", {}) | sections.get("files", {})  # [files] is from pbr
    points = sections.get("options.entry_points", {}) | sections.get("entry_points", {})
    return Declared(
        path,
        tuple(point for text in points.values() for point in _entry_points(path, text or "")),
        _split_words(options.get("py_modules") or options.get("modules")),
        _split_words(options.get("scripts")),
        bool(
            options.keys() & {"packages", "py_modules"} or sections.get("metadata", {}).get("name")
        ),
    )


def _split_words(text: str | None) -> tuple[str, ...]:
    return tuple(re.split(r"[\s,]+", (text or "").strip())) if text else ()


def _entry_points(path: str, text: str) -> Iterator[tuple[str, str, bool]]:
    for name, module in _POINT.findall(text):
        yield module, f"{path} declares {name} as an entry point", True


def _setup_py(path: str, text: str) -> Declared:
    """Read setup.py, whose values may come from anywhere: each text that may be an entry point counts as one."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(text)
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _is_setup(node)]
    given = {word.arg: word.value for call in calls for word in call.keywords}
    return Declared(
        path,
        tuple(point for text in _string_constants(tree) for point in _entry_points(path, text)),
        tuple(_string_constants(given.get("py_modules"))),
        tuple(_string_constants(given.get("scripts"))),
        bool(calls),
    )


def _is_setup(call: ast.Call) -> bool:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    return name == "setup"


def _string_constants(node: ast.AST | None) -> Iterator[str]:
    for part in ast.walk(node) if node is not None else ():
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value


_READERS = {"pyproject.toml": _read_pyproject, "setup.cfg": _setup_cfg, "setup.py": _setup_py}
PACKAGING = frozenset(_READERS)
"""The names of packaging files."""
