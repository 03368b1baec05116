"""Shims by hand: modules that define nothing of their own and only forward to one other module."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from unfork.reading.statements import is_type_checking

_HELPERS = frozenset({"__future__", "importlib", "sys", "types", "typing", "warnings"})
"""Modules that a shim uses for its work, and does not forward to."""


class Forward(NamedTuple):
    """What a module forwards to: ``module`` as spelled, ``level`` dots before it, and the ``line`` that says so.

    ``renamed`` are the names that it assigns from others, each with the name in the other module. ``declared``: it
    says that it forwards, by a star, ``__all__``, assignments or a hook. Plain imports do so only if they are used.
    """

    module: str
    level: int
    line: int
    renamed: tuple[tuple[str, str], ...] = ()
    declared: bool = False


def forward_of(tree: ast.Module) -> Forward | None:
    """Return the one module that a module forwards to; None if it does anything else."""
    reader = _Reader()
    for node in tree.body:
        if not reader.takes(node):
            return None
    targets = {(target.module, target.level) for target in reader.targets}
    if len(targets) != 1 or not reader.forwards:
        return None
    return reader.targets[0]._replace(
        renamed=tuple(reader.renamed), declared=reader.is_declared(tree)
    )


@dataclass(slots=True)
class _Reader:
    """Reads a module's statements for as long as they only forward.

    ``modules`` are the local names of imported modules, ``names`` those of what is imported from them, each with the
    name that it has there. ``members`` may be modules, too: each with the package and the module as targets.
    """

    targets: list[Forward] = field(default_factory=list)
    modules: set[str] = field(default_factory=set)
    names: dict[str, str] = field(default_factory=dict)
    members: dict[str, tuple[Forward, Forward]] = field(default_factory=dict)
    renamed: list[tuple[str, str]] = field(default_factory=list)
    forwards: bool = False

    def is_declared(self, tree: ast.Module) -> bool:
        """Return whether the module says that it forwards, beyond plain imports of names."""
        if "*" in self.names or not all(
            isinstance(node, ast.Import | ast.ImportFrom | ast.Pass) for node in tree.body
        ):
            return True
        return any(alias.asname == alias.name for node in tree.body for alias in _aliases_of(node))

    def takes(self, node: ast.stmt) -> bool:
        """Return whether a statement only forwards, or helps to do so."""
        match node:
            case ast.Pass() | ast.Expr(value=ast.Constant()):
                return True
            case ast.Import():
                return all(self._takes_module(alias, node.lineno) for alias in node.names)
            case ast.ImportFrom():
                return self._takes_names(node)
            case ast.If() if is_type_checking(node.test) and not node.orelse:
                return all(isinstance(inner, ast.Import | ast.ImportFrom) for inner in node.body)
            case ast.FunctionDef(name="__getattr__" | "__dir__"):
                return self._takes_hook(node)
            case ast.Assign(targets=[target]):
                return self._takes_assignment(target, node.value, node.lineno)
            case ast.AugAssign(target=ast.Name(id="__all__")):
                return True
            case ast.AnnAssign(target=ast.Name(id="__all__")):
                return True
            case ast.Expr(value=ast.Call() as call):
                return self._takes_call(call)
            case _:
                return False

    def _takes_module(self, alias: ast.alias, line: int) -> bool:
        if alias.name.partition(".")[0] in _HELPERS:
            return True
        if alias.asname is None and "." in alias.name:
            return False
        self.modules.add(alias.asname or alias.name)
        self.targets.append(Forward(alias.name, 0, line))
        return True

    def _takes_names(self, node: ast.ImportFrom) -> bool:
        if not node.level and (node.module or "").partition(".")[0] in _HELPERS:
            return True
        self.targets.append(Forward(node.module or "", node.level, node.lineno))
        if len(node.names) == 1:  # from package import module
            (alias,) = node.names
            module = f"{node.module}.{alias.name}" if node.module else alias.name
            member = Forward(module, node.level, node.lineno)
            self.members[alias.asname or alias.name] = self.targets[-1], member
        self.names |= {alias.asname or alias.name: alias.name for alias in node.names}
        self.forwards = True
        return True

    def _uses_module(self, names: Iterable[str]) -> bool:
        """Return whether one of the local names is used as a module; if it was imported from a package, it is one."""
        for name in names:
            if name in self.members:
                package, member = self.members.pop(name)
                self.targets[self.targets.index(package)] = member
                self.names.pop(name, None)
                self.modules.add(name)
        return not self.modules.isdisjoint(names)

    def _takes_hook(self, node: ast.FunctionDef) -> bool:
        """Return whether a function hands all names on: it is one ``return`` that uses the other module."""
        *before, last = node.body
        if not all(_is_harmless(statement) for statement in before):
            return False
        if not isinstance(last, ast.Return) or last.value is None:
            return False
        used = {part.id for part in ast.walk(last.value) if isinstance(part, ast.Name)}
        if not self._uses_module(used) and node.name == "__getattr__":
            return False
        self.forwards = True
        return True

    def _takes_assignment(self, target: ast.expr, value: ast.expr, line: int) -> bool:
        match target, value:
            case ast.Name(id="__all__"), _:
                return True
            case ast.Name(id=name), ast.Attribute(value=ast.Name(id=module), attr=attribute):
                self.renamed.append((name, attribute))
                self.forwards = True
                return self._uses_module([module])
            case ast.Name(id=name), ast.Name(id=original) if original in self.names:
                self.renamed.append((name, self.names[original]))
                return True
            case ast.Name(id=name), ast.Call() as call if module := _imported_by_call(call):
                self.modules.add(name)
                self.targets.append(Forward(module, 0, line))
                return True
            case ast.Subscript() as place, _ if ast.unparse(place) == "sys.modules[__name__]":
                self.forwards = True
                return self._takes_replacement(value, line)
            case _:
                return False

    def _takes_replacement(self, value: ast.expr, line: int) -> bool:
        """Return whether what replaces the module itself is the other module."""
        if isinstance(value, ast.Call) and (module := _imported_by_call(value)):
            self.targets.append(Forward(module, 0, line))
            return True
        return isinstance(value, ast.Name) and self._uses_module([value.id])

    def _takes_call(self, call: ast.Call) -> bool:
        called = ast.unparse(call.func)
        if called in ("warnings.warn", "warn"):
            return True
        if called == "globals().update":
            used = {part.id for part in ast.walk(call) if isinstance(part, ast.Name)}
            self.forwards = True
            return self._uses_module(used)
        return False


def _aliases_of(node: ast.stmt) -> list[ast.alias]:
    return node.names if isinstance(node, ast.ImportFrom) else []


def _is_harmless(node: ast.stmt) -> bool:
    """Return whether a statement in a hook only imports or warns, or refuses names with underscores."""
    match node:
        case ast.Import() | ast.ImportFrom() | ast.Expr(value=ast.Constant() | ast.Call()):
            return True
        case ast.If(body=[ast.Raise()], orelse=[]):
            return True
        case _:
            return False


def _imported_by_call(call: ast.Call) -> str:
    """Return the module that ``import_module`` imports by a literal absolute name, else an empty string."""
    match call:
        case ast.Call(func=func, args=[ast.Constant(value=str(name))], keywords=[]):
            is_loader = ast.unparse(func).rpartition(".")[2] == "import_module"
            return name if is_loader and not name.startswith(".") else ""
        case _:
            return ""
