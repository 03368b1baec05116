"""Imports of modules whose names code puts together: what they may load is not removed.

importlib.import_module(f"app.jobs.{name}")    import_module("." + name, __name__)    pkgutil.iter_modules(__path__)
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from unfork.reading.calls import IMPORTS, callee_name, keyword_argument
from unfork.reading.source import Source, Unparsable

_HOLE = "\0"
_LISTINGS = frozenset({"iter_modules", "walk_packages"})
"""Functions of pkgutil that go through the modules of a package."""
_GAPS = re.compile(r"%[sdr]|%\(\w+\)[sdr]|\{[^{}]*\}")


@dataclass(frozen=True)
class ComputedImport:
    """An import of modules with names of a form, ``\\0`` where it is unknown, and the line."""

    form: str
    line: int

    def may_load(self, module: str) -> bool:
        """Return whether a module's dotted name has the form, seen from some folder above it."""
        pattern = r"(?:.*\.)?" + r"\w+".join(map(re.escape, self.form.split(_HOLE)))
        return re.fullmatch(pattern, module) is not None


def computed_imports(path: str, dotted: str, data: bytes) -> Iterator[ComputedImport]:
    """Yield the imports of a file whose names are known in part. ``dotted`` is the file's own module."""
    try:
        tree = Source.read(path, data).tree
    except (Unparsable, RecursionError):
        return
    is_package = path.rpartition("/")[2].startswith("__init__.")
    package = dotted if is_package else dotted.rpartition(".")[0]
    names = {**_constants(tree), "__name__": dotted, "__package__": package}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args:
            form = _form_of_call(node, names, package)
            if form is not None and _HOLE in form and not form.startswith(_HOLE):
                yield ComputedImport(form, node.lineno)


def _constants(tree: ast.Module) -> dict[str, str]:
    """Return the texts that a module binds to names, each to one name."""
    texts: dict[str, str] = {}
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=str(text))):
                texts[name] = _HOLE if name in texts else text
    return texts


def _form_of_call(call: ast.Call, names: Mapping[str, str], package: str) -> str | None:
    name = callee_name(call)
    if name in _LISTINGS:
        return f"{package}.{_HOLE}" if _has_own_path(call) and package else None
    if name not in IMPORTS:
        return None
    form = _form(call.args[0], names)
    level = len(form) - len(form.lstrip("."))
    if not level:
        return form
    anchor = call.args[1] if len(call.args) > 1 else keyword_argument(call, "package")
    start = _form(anchor, names) if anchor is not None else _HOLE
    parents = start.split(".")[: 1 - level or None]
    return f"{'.'.join(parents)}.{form[level:]}"


def _has_own_path(call: ast.Call) -> bool:
    return any(isinstance(n, ast.Name) and n.id == "__path__" for n in ast.walk(call))


def _form(node: ast.expr, names: Mapping[str, str]) -> str:
    """Return the text of an expression, with a hole for each part that is unknown."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.Name(id=name):
            return names.get(name, _HOLE)
        case ast.JoinedStr(values=parts):
            return "".join(_form(part, names) for part in parts)
        case ast.FormattedValue(value=value):
            return _form(value, names)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _form(left, names) + _form(right, names)
        case ast.BinOp(left=left, op=ast.Mod()):
            return _GAPS.sub(_HOLE, _form(left, names))
        case ast.Call(func=ast.Attribute(value=value, attr="format")):
            return _GAPS.sub(_HOLE, _form(value, names))
        case _:
            return _HOLE
