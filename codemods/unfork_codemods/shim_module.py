"""Shim: a legacy module's body becomes forwards to where its names live now, each of which warns when it is used."""

from __future__ import annotations

import ast
from collections.abc import Mapping

import libcst as cst
import libcst.matchers as m

from unfork_codemods.deprecate_module import deprecated_words, escaped
from unfork_codemods.edits import Edit
from unfork_codemods.plan import Deprecate, Target

OWN_NAMES = frozenset(
    {"Any", "TYPE_CHECKING", "__all__", "__dir__", "__getattr__", "importlib", "warnings"}
)
"""What a shim has itself, whatever it forwards."""


def shim_edits(text: str, step: Deprecate, targets: Mapping[str, Target]) -> tuple[Edit, ...]:
    """Return the edit that makes a module's text a shim; none where it is this very shim already.

    Raises ParserSyntaxError for a text that LibCST cannot parse: there is Python that it does not know.
    """
    module = cst.parse_module(text)
    codemod = ShimModule(step, targets)
    module.visit(codemod)
    return codemod.edits


def forwarded(tree: ast.Module) -> dict[str, Target] | None:
    """Return the forwards of a module that is a shim already; None where it is none."""
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id="_FORWARDS")], value=ast.Dict() as table):
                try:
                    pairs = ast.literal_eval(table)
                    return {
                        name: Target(module, target) for name, (module, target) in pairs.items()
                    }
                except (ValueError, TypeError):
                    return None
            case _:
                continue
    return None


class ShimModule(cst.CSTTransformer):
    """Replaces all of a module but its first comments, its docstring and its ``__future__`` imports.

    The forwards are lazy (PEP 562), so that importing the shim imports nothing; type checkers and editors see the
    names in the ``TYPE_CHECKING`` block.
    """

    def __init__(self, step: Deprecate, targets: Mapping[str, Target]) -> None:
        self._step, self._targets = step, targets
        self.edits: tuple[Edit, ...] = ()

    def leave_Module(self, original_node: cst.Module, updated_node: cst.Module) -> cst.Module:
        """Work out the edit; the module itself is left as it is, for the edit says it all."""
        text = original_node.code.encode()
        newline = original_node.default_newline
        start = len(text[: self._behind_head(original_node)].rstrip())
        gap = newline * 2 if start else ""
        body = (gap + self._body().replace("\n", newline)).encode()
        if text[start:] != body:
            self.edits = (Edit(start, len(text), body),)
        return updated_node

    def _behind_head(self, module: cst.Module) -> int:
        """Return the offset behind the first comments, the docstring and the ``__future__`` imports."""
        end = len("".join(module.code_for_node(line) for line in module.header).encode())
        kept = 1 if module.get_docstring() is not None else 0
        future = m.SimpleStatementLine(body=[m.ImportFrom(module=m.Name("__future__"))])
        while kept < len(module.body) and m.matches(module.body[kept], future):
            kept += 1
        return end + sum(len(module.code_for_node(node).encode()) for node in module.body[:kept])

    def _body(self) -> str:
        names = sorted(self._targets)
        imports = [self._typed_import(name) for name in names] or ["    pass"]
        table = [
            f'    "{name}": ("{self._targets[name].module}", "{self._targets[name].name}"),'
            for name in names
        ]
        exported = [f'    "{name}",' for name in names]
        return "\n".join(
            [
                "import importlib",
                "import warnings",
                "from typing import TYPE_CHECKING, Any",
                "",
                "if TYPE_CHECKING:",
                *imports,
                "",
                "__all__ = [",
                *exported,
                "]",
                "",
                "_FORWARDS = {",
                *table,
                "}",
                "",
                "",
                "def __getattr__(name: str) -> Any:",
                "    if name not in _FORWARDS:",
                '        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")',
                "    module, target = _FORWARDS[name]",
                "    warnings.warn(",
                f'        f"{{__name__}}.{{name}} {self._words()}; "',
                '        f"use {module}.{target} instead",',
                "        DeprecationWarning,",
                "        stacklevel=2,",
                "    )",
                "    return getattr(importlib.import_module(module), target)",
                "",
                "",
                "def __dir__() -> list[str]:",
                "    return sorted({*globals(), *__all__})",
                "",
            ]
        )

    def _words(self) -> str:
        """Return the words of the warning as they stand within an f-string."""
        return escaped(deprecated_words(self._step)).replace("{", "{{").replace("}", "}}")

    def _typed_import(self, name: str) -> str:
        target = self._targets[name]
        return f"    from {target.module} import {target.name} as {name}"
