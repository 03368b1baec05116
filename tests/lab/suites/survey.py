"""Which modules of a project are imported most, and which of their names: counted, so that nobody picks what works."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from projects import Project


@dataclass(frozen=True)
class Module:
    """A module of the project: its dotted name, its file and its text."""

    name: str
    path: Path

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def package(self) -> str:
        """The package whose relative imports start at one dot."""
        return self.name if self.path.stem == "__init__" else self.name.rpartition(".")[0]

    @cached_property
    def definitions(self) -> Counter[str]:
        """The names that its own statements bind by ``def``, ``class`` or ``=``, with the number of times."""
        return Counter(name for statement in self.tree.body for name in bound_by(statement))


@dataclass
class Survey:
    """How many files import each module, and each name of each module, of the project's package."""

    modules: dict[str, Module] = field(default_factory=dict)
    importers: Counter[str] = field(default_factory=Counter)
    names: Counter[tuple[str, str]] = field(default_factory=Counter)

    def ranked(self) -> list[Module]:
        """The modules that can be copied, those first that most files import; ties by name."""
        imported = (module for module in self.modules.values() if self.importers[module.name])
        ordered = sorted(imported, key=lambda module: (-self.importers[module.name], module.name))
        return [module for module in ordered if _is_plain(module)]

    def ranked_names(self, module: Module) -> list[str]:
        """The public names that the module defines, those first that most files use; ties by name."""
        used = [name for owner, name in self.names if owner == module.name]
        public = (name for name in used if not name.startswith("_") and module.definitions[name])
        return sorted(public, key=lambda name: (-self.names[module.name, name], name))


def survey(project: Project, tree: Path) -> Survey:
    """Count the imports in the project's package and its tests."""
    surveyed = Survey()
    package = tree / project.package
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package.parent).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        surveyed.modules[name] = Module(name, path)
    others = (path for folder in project.tests for path in sorted((tree / folder).rglob("*.py")))
    for module in [*surveyed.modules.values(), *(Module("", path) for path in others)]:
        try:
            tree_of_module = module.tree
        except (SyntaxError, UnicodeDecodeError):
            continue
        taken = set(_taken(tree_of_module, module.package, surveyed.modules))
        surveyed.importers.update({owner for owner, _ in taken})
        surveyed.names.update({(owner, name) for owner, name in taken if name})
    return surveyed


def bound_by(statement: ast.stmt) -> Iterator[str]:
    """Yield the names that a statement at module level defines; imports do not count."""
    match statement:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            yield statement.name
        case ast.Import() | ast.ImportFrom():
            return
        case _:
            for node in walk_scope(statement):
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del):
                    yield node.id
                elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                    yield node.name
                elif isinstance(node, ast.alias):
                    yield (node.asname or node.name).split(".")[0]
                elif isinstance(node, ast.ExceptHandler) and node.name:
                    yield node.name


def walk_scope(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes below one that run in its scope: not the insides of functions, classes, comprehensions."""
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(child, _SCOPES):
            yield from walk_scope(child)


_SCOPES = (
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.Lambda,
    ast.ListComp,
    ast.SetComp,
    ast.DictComp,
    ast.GeneratorExp,
)


def _is_plain(module: Module) -> bool:
    """Whether a module is no package, is importable without side effects of a program, and defines a few things."""
    definitions = sum(
        isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        for statement in module.tree.body
    )
    return module.path.stem not in ("__init__", "__main__") and definitions > 3


def _taken(tree: ast.Module, package: str, modules: dict[str, Module]) -> Iterator[tuple[str, str]]:
    """Yield each module that a file imports, and each (module, name) that it takes from one."""
    aliases: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name in modules:
                    yield alias.name, ""
                    aliases[alias.asname or alias.name] = alias.name
        elif isinstance(node, ast.ImportFrom):
            base = absolute(node, package)
            for alias in node.names:
                if f"{base}.{alias.name}" in modules:
                    yield f"{base}.{alias.name}", ""
                    aliases[alias.asname or alias.name] = f"{base}.{alias.name}"
                elif base in modules:
                    yield base, alias.name
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and (owner := aliases.get(ast.unparse(node.value))):
            yield owner, node.attr


def absolute(node: ast.ImportFrom, package: str) -> str:
    """Return the dotted name of the module that a from import takes names from."""
    if not node.level:
        return node.module or ""
    parts = package.split(".")
    return ".".join(
        [*parts[: len(parts) - node.level + 1], *([node.module] if node.module else [])]
    )
