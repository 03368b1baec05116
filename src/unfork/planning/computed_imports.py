"""Imports of modules whose names code puts together: what they may load is not removed.

importlib.import_module(f"app.jobs.{name}")    import_module("." + name, __name__)    pkgutil.iter_modules(__path__)
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from unfork.reading.calls import IMPORTS, callee_name, keyword_argument
from unfork.reading.scopes import Scope, analyse_scopes
from unfork.reading.source import Source, Unparsable
from unfork.reading.texts import UNKNOWN, Text, Texts

_HOLE = "\0"
_LISTINGS = frozenset({"iter_modules", "walk_packages"})
"""Functions of pkgutil that go through the modules of a package."""


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
        source = Source.read(path, data)
        calls = analyse_scopes(source).calls
    except (Unparsable, RecursionError):
        return
    texts = Texts(source, lambda: source.parents, own_name=dotted)
    for call, scope in calls:
        for form in _forms_of_call(texts, call, scope):
            if _HOLE in form and not form.startswith(_HOLE):
                yield ComputedImport(form, call.lineno)


def _forms_of_call(texts: Texts, call: ast.Call, scope: Scope) -> Iterator[str]:
    name = callee_name(call)
    if not call.args:
        return
    if name in _LISTINGS and _has_own_path(call):
        (package,) = texts.of(ast.Name("__package__", ast.Load()), scope)
        if package.value:
            yield f"{package.value}.{_HOLE}"
    elif name in IMPORTS:
        anchor = call.args[1] if len(call.args) > 1 else keyword_argument(call, "package")
        for start in texts.of(anchor, scope) if anchor is not None else [UNKNOWN]:
            for text in texts.of(call.args[0], scope):
                yield _absolute_form(_form(text), _form(start))


def _absolute_form(form: str, package: str) -> str:
    """Return the form of a name that may be relative to a package."""
    level = len(form) - len(form.lstrip("."))
    if not level:
        return form
    parents = package.split(".")[: 1 - level or None]
    return f"{'.'.join(parents)}.{form[level:]}"


def _has_own_path(call: ast.Call) -> bool:
    return any(isinstance(n, ast.Name) and n.id == "__path__" for n in ast.walk(call))


def _form(text: Text) -> str:
    """Return a text with a hole for each part that is unknown."""
    return "".join(_HOLE if piece.text is None else piece.text for piece in text.pieces)
