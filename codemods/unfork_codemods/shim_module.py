"""Shim: replace a legacy module's body with forwards to where its names live now; each use of one warns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import libcst as cst
import libcst.matchers as m

from unfork_codemods.deprecate import Deprecate
from unfork_codemods.deprecate_module import deprecated_words, escape_for_quotes
from unfork_codemods.edits import Edit
from unfork_codemods.new_import import NewImport, import_statement
from unfork_codemods.step import Target
from unfork_codemods.tree_edits import below_lines, tree_edits

FORWARDS = "_FORWARDS"
"""The name of a shim's table, which maps each forwarded name to its module and its name there."""
OWN_NAMES = frozenset(
    {"Any", "TYPE_CHECKING", "__all__", "__dir__", "__getattr__", "importlib", "sys", "warnings"}
)
"""The names that every shim defines, whatever it forwards."""


class Forwards(NamedTuple):
    """What a shim forwards, and what else it contains.

    ``typed`` are forwards that only type checkers see, ``kept`` the statements that stay, as text, ``listed`` the names
    in ``__all__``, or None if ``kept`` contains ``__all__``; ``lists_tuple``: as a tuple, which some code adds to.
    """

    targets: Mapping[str, Target]
    typed: Mapping[str, Target] = MappingProxyType({})
    kept: tuple[str, ...] = ()
    listed: tuple[str, ...] | None = ()
    is_package: bool = False
    lists_tuple: bool = False


def shim_edits(text: str, step: Deprecate, forwards: Forwards) -> tuple[Edit, ...]:
    """Return the edits that turn a module's text into a shim, empty if it already is this shim.

    Raises ParserSyntaxError if LibCST cannot parse the text; it does not know all Python syntax.
    """
    return _body_edits(text, _shim_source(step, forwards))


def own_imports(is_package: bool) -> list[str]:
    """Return the imports that a shim needs itself; in a package it also checks which code looks a name up."""
    modules = ["importlib", "sys", "warnings"] if is_package else ["importlib", "warnings"]
    typing = [NewImport("typing", "TYPE_CHECKING"), NewImport("typing", "Any")]
    return [*(NewImport("", name).statement for name in modules), import_statement(typing)]


def warning_lines(step: Deprecate, name: str, target: Target) -> list[str]:
    """Return the lines of a call that warns of a function of a shim, where that is called."""
    words = escape_for_quotes(deprecated_words(step)).replace("{", "{{").replace("}", "}}")
    return [
        "warnings.warn(",
        f'    f"{{__name__}}.{name} {words}; "',
        f'    "use {target.module}.{target.name} instead",',
        "    DeprecationWarning,",
        "    stacklevel=2,",
        ")",
    ]


def stub_edits(text: str, forwards: Forwards) -> tuple[Edit, ...]:
    """Return the edits that make a stub match a shim: its names come from where they are forwarded to."""
    lines = [*forwards.kept, *_typed_imports(forwards, "")]
    return _body_edits(text, "\n".join([*lines, *_list_of(forwards)]).rstrip("\n") + "\n")


def _body_edits(text: str, body: str) -> tuple[Edit, ...]:
    module = cst.parse_module(text)
    return tree_edits(module, module.visit(ShimModule(body)))


class ShimModule(cst.CSTTransformer):
    """Replace everything in a module except its first comments, docstring and ``__future__`` imports.

    The forwards are lazy (PEP 562): importing the shim imports nothing for them. Type checkers and editors see
    the names in the ``TYPE_CHECKING`` block.
    """

    def __init__(self, body: str) -> None:
        self._body = body

    def visit_Module(self, node: cst.Module) -> bool:
        """Return False: the statements of the module itself are all that is needed."""
        return False

    def leave_Module(self, original_node: cst.Module, updated_node: cst.Module) -> cst.Module:
        """Return the module with another body, below a blank line."""
        head = _head_statements(updated_node)
        header = list(updated_node.header)
        while header and not head and header[-1].comment is None:
            header.pop()
        shim = self._parsed_body(updated_node.default_newline)
        above = [*([cst.EmptyLine()] if head or header else []), *shim.header]
        body = [below_lines(above, node) for node in shim.body[:1]] + [*shim.body[1:]]
        return updated_node.with_changes(
            header=header,
            body=[*head, *body],
            footer=shim.footer if body else [*above, *shim.footer],
            has_trailing_newline=True,
        )

    def _parsed_body(self, newline: str) -> cst.Module:
        config = cst.PartialParserConfig(default_newline=newline)
        return cst.parse_module(self._body.replace("\n", newline), config)


def _head_statements(
    module: cst.Module,
) -> Sequence[cst.BaseCompoundStatement | cst.SimpleStatementLine]:
    """Return the docstring of a module and its ``__future__`` imports."""
    count = 1 if module.get_docstring() is not None else 0
    future = m.SimpleStatementLine(body=[m.ImportFrom(module=m.Name("__future__"))])
    while count < len(module.body) and m.matches(module.body[count], future):
        count += 1
    return module.body[:count]


def _shim_source(step: Deprecate, forwards: Forwards) -> str:
    """Return the text of a shim below its docstring."""
    imports = own_imports(forwards.is_package)
    kept = [text for text in forwards.kept if text not in imports]
    words = escape_for_quotes(deprecated_words(step)).replace("{", "{{").replace("}", "}}")
    lines = [*imports, *_kept_lines(kept), "", *_list_of(forwards)]
    lines += [*_forwards_table(forwards), "", "if TYPE_CHECKING:"]
    lines += _typed_imports(forwards, "    ") or ["    pass"]
    lines += ["else:", "", *(f"    {line}".rstrip() for line in _getattr_lines(words, forwards))]
    lines += [
        "",
        "",
        "def __dir__() -> list[str]:",
        f"    return sorted({{*globals(), *{FORWARDS}}})",
    ]
    return "\n".join(lines) + "\n"


def _kept_lines(kept: Sequence[str]) -> list[str]:
    """Return the lines of the kept statements, with functions and classes set apart."""
    lines = [""]
    for text in kept:
        is_block = text.startswith(("def ", "async def ", "class ", "@"))
        lines += ["", text, "", ""] if is_block else [text]
    ends_with_block = len(lines) > 1 and not lines[-1]
    while lines and not lines[-1]:
        lines.pop()
    return [*lines, ""] if ends_with_block else lines


def _list_of(forwards: Forwards) -> list[str]:
    if forwards.listed is None:
        return []
    opening, closing = "()" if forwards.lists_tuple else "[]"
    names = (f'    "{name}",' for name in forwards.listed)
    return [f"__all__ = {opening}", *names, closing, ""]


def _forwards_table(forwards: Forwards) -> list[str]:
    if not forwards.targets:
        return [f"{FORWARDS}: dict[str, tuple[str, str]] = {{}}"]
    pairs = sorted(forwards.targets.items())
    return [f"{FORWARDS} = {{", *(f'    "{n}": ("{t.module}", "{t.name}"),' for n, t in pairs), "}"]


def _getattr_lines(words: str, forwards: Forwards) -> list[str]:
    """Return the lines of the function that forwards a name and warns.

    ``from package import name`` looks the name up in a package twice, once by ``hasattr`` in the import system.
    """
    warn = [
        "warnings.warn(",
        f'    f"{{__name__}}.{{name}} {words}; "',
        '    f"use {module}.{target} instead",',
        "    DeprecationWarning,",
        "    stacklevel=2,",
        ")",
    ]
    if forwards.is_package:
        asked = 'if sys._getframe(1).f_globals.get("__name__") != "importlib._bootstrap":'
        warn = [asked, *(f"    {line}" for line in warn)]
    return [
        "def __getattr__(name: str) -> Any:",
        f"    if name not in {FORWARDS}:",
        '        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")',
        f"    module, target = {FORWARDS}[name]",
        *(f"    {line}" for line in warn),
        "    return getattr(importlib.import_module(module), target)",
    ]


def _typed_imports(forwards: Forwards, indent: str) -> list[str]:
    """Return the lines that export names to type checkers (PEP 484): ``X as X``, by ``__all__``, or as a variable."""
    lines: list[str] = []
    for name, target in sorted({**forwards.targets, **forwards.typed}.items()):
        is_export = target.name == name or name in (forwards.listed or ())
        local = name if is_export else f"_{target.name.strip('_')}_of_{name.strip('_')}"
        lines.append(indent + NewImport(target.module, target.name, local).statement)
        lines += [] if is_export else [f"{indent}{name} = {local}"]
    return lines
