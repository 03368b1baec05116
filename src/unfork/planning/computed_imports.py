"""Imports of modules whose names are computed: what they may load is not removed.

importlib.import_module(f"app.jobs.{name}")    import_module("." + name, __name__)    pkgutil.iter_modules(__path__)
exec(f"from app.jobs.{name} import *")
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from unfork.reading.calls import (
    IMPORTS,
    LIBRARIES,
    LISTINGS,
    NAMES,
    RUNS,
    callee_name,
    keyword_argument,
)
from unfork.reading.scope_analysis import analyse_scopes
from unfork.reading.scopes import Scope
from unfork.reading.source import Source
from unfork.reading.texts import UNKNOWN, Text, Texts
from unfork.rewriting.file_context import FileContext
from unfork.rewriting.quoted_paths import KEY, path_arguments

HOLE = "\0"
"""What stands for a part of a form that is unknown."""
LOADING = IMPORTS | NAMES | RUNS | LIBRARIES | {"exec", "find_spec", "reduce"}
"""Functions that load what a path names: those of the standard library, and common names in libraries."""
ASKING = frozenset(
    {"import_module", "__import__", "getattr", "hasattr", "attrgetter", "vars", "__dict__"}
)
"""Words, one of which any file has that loads a module by a path in pieces, or asks a package for one by its name."""
_STATEMENT = re.compile(r"\s*(?:from|import)\s+([\w.\0]+)")
"""An import statement in a text."""
_LOADS = re.compile(
    rb"\b(?:%b)\b|\breduce\(\s*getattr\b"
    % b"|".join(sorted(name.encode() for name in LOADING - {"exec", "reduce"}))
)
_CODE = re.compile(rb"[\"'](?:\s|\\n)*(?:from|import)\s")
"""A string with an import statement."""
_OWN_NAMES = frozenset({"__module__", "__name__", "__package__"})
"""What a loaded module or class says of its module: what is there already is loaded again."""


@dataclass(frozen=True)
class ComputedImport:
    """An import of modules with names of a form, ``\\0`` where it is unknown, and the line.

    ``is_code``: it is a statement in code that is run. ``is_found``: it only finds what others have imported.
    ``is_joined``: the text is put together of several.
    """

    form: str
    line: int
    is_code: bool = False
    is_found: bool = False
    is_joined: bool = False

    @property
    def is_known(self) -> bool:
        """Whether the form has a known beginning; without one, it matches anything."""
        return not self.form.startswith(HOLE)

    @property
    def is_in_part(self) -> bool:
        """Whether a part of the form is unknown."""
        return HOLE in self.form

    def may_load(self, module: str) -> bool:
        """Return whether a module's dotted name has the form, seen from some folder above it."""
        pattern = r"(?:.*\.)?" + r"\w+".join(map(re.escape, self.form.split(HOLE)))
        return re.fullmatch(pattern, module) is not None

    def filled(self, text: str) -> str | None:
        """Return what is loaded where ``text`` is the part that is unknown; None if that does not tell.

        Of several unknown parts, the first may be a package: it is loaded on the way.
        """
        before, *after = self.form.split(HOLE)
        if len(after) == 1:
            return before + text + after[0]
        return text if self.form.startswith(f"{HOLE}.") else None

    def packages_below(self, module: str) -> Iterator[str]:
        """Yield the packages that make the form a module's name where they are its unknown beginning."""
        rest = re.compile(r"\w+".join(map(re.escape, self.form.split(HOLE)[1:])))
        if not self.is_known and self.form != HOLE:
            for dot in re.finditer(r"\.", module):
                if rest.fullmatch(module, dot.start()):
                    yield module[: dot.start()]


def may_load(data: bytes) -> bool:
    """Return whether a text may load what a path names: ``exec`` counts where a string has an import."""
    is_running = b"exec(" in data and _CODE.search(data) is not None
    return is_running or _LOADS.search(data) is not None


def imports_by_names(source: Source, texts: Texts) -> Iterator[ComputedImport]:
    """Yield the imports of a file by a name, as far as its ``texts`` tell that. Raises Unparsable."""
    for call, scope in analyse_scopes(source).calls:
        is_code = callee_name(call, scope) == "exec"
        for form, is_joined in _forms_of_call(texts, call, scope):
            yield ComputedImport(form, call.lineno, is_code, is_joined=is_joined)


def modules_found(context: FileContext) -> Iterator[ComputedImport]:
    """Yield what a file looks up in ``sys.modules`` by names that are put together, not known, or not in full."""
    for argument in path_arguments(context):
        is_own = isinstance(argument.node, ast.Attribute) and argument.node.attr in _OWN_NAMES
        if argument.called == KEY and not argument.stores and not is_own:
            for text in argument.texts(context):
                if text.value is None or len(text.pieces) > 1:
                    yield ComputedImport(_form(text), argument.node.lineno, is_found=True)


def _forms_of_call(texts: Texts, call: ast.Call, scope: Scope) -> Iterator[tuple[str, bool]]:
    """Yield the forms of what a call loads, each with whether it is put together of several texts."""
    name = callee_name(call, scope)
    if name in LISTINGS:
        yield from ((f"{listed}.{HOLE}", True) for listed in _packages_listed(texts, call, scope))
        return
    path = call.args[0] if call.args else keyword_argument(call, "name", "mod_name", "modname")
    if path is None or (isinstance(path, ast.Attribute) and path.attr in _OWN_NAMES):
        return
    if name == "exec":
        (package,) = texts.of(ast.Name("__package__", ast.Load()), scope)
        for text in texts.of(path, scope):
            statement = _STATEMENT.match(_form(text))
            if statement is not None:
                yield _absolute_form(statement[1], _form(package)), len(text.pieces) > 1
    elif name == "reduce":  # reduce(getattr, path.split("."), package)
        if isinstance(path, ast.Name) and path.id == "getattr":
            yield HOLE, True
    elif name in LOADING:
        anchor = call.args[1] if len(call.args) > 1 else keyword_argument(call, "package")
        for start in texts.of(anchor, scope) if anchor is not None else [UNKNOWN]:
            read = texts.of_looked_up if name in IMPORTS else texts.of
            for text in read(path, scope):
                yield _absolute_form(_form(text), _form(start)), len(text.pieces) > 1


def _absolute_form(form: str, package: str) -> str:
    """Return the form of a name that may be relative to a package."""
    level = len(form) - len(form.lstrip("."))
    if not level:
        return form
    parents = package.split(".")[: 1 - level or None]
    return f"{'.'.join(parents)}.{form[level:]}"


def _packages_listed(texts: Texts, call: ast.Call, scope: Scope) -> Iterator[str]:
    """Yield the packages whose modules a call goes through: ``iter_modules(__path__)``, ``(jobs.__path__)``."""
    for node in ast.walk(call):
        match node:
            case ast.Name(id="__path__"):
                name: ast.expr = ast.Name("__package__", ast.Load())
            case ast.Attribute(value=package, attr="__path__"):
                name = ast.Attribute(package, "__name__", ast.Load())
            case _:
                continue
        yield from (text.value for text in texts.of(name, scope) if text.value)


def _form(text: Text) -> str:
    """Return a text with a hole for each part that is unknown."""
    return "".join(HOLE if piece.text is None else piece.text for piece in text.pieces)
