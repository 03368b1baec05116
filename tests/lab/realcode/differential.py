"""Which binding each name reaches: unfork's scopes beside those of CPython, and of LibCST.

    python tests/lab/realcode/differential.py FOLDER... [--libcst N] [--show N]
    python tests/lab/realcode/differential.py Django==4.2.11 sympy==1.12     releases, fetched into .realcode

For each scope of each file that parses, and each name that occurs in it, unfork and CPython's ``symtable`` say which
scope's binding the name reaches; what one sees and the other does not counts too. With ``--libcst N``, N files spread
over the folders are also given to LibCST's QualifiedNameProvider: which imports does each name reach? Exit code 1:
there is a disagreement that is not explained.

What ``symtable`` cannot tell is made comparable, or left out:

- Under ``from __future__ import annotations`` it leaves annotations out. So the statement is read as an import of
  another module, ``__futura__``, which binds the same names.
- String annotations are no names to it; unfork reads them. They are left out.
- From Python 3.14 on (PEP 649) it has no names of annotations that nothing evaluates: those of local variables. What it
  does not have there is left out.
- From Python 3.12 on (PEP 709) a comprehension may be part of the scope around it. Its own names, and what reaches them
  from a scope in it, are left out then.
"""

from __future__ import annotations

import argparse
import ast
import re
import symtable
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from unfork.reading.scope_analysis import analyse_scopes
from unfork.reading.scopes import Ref, Scope, Scopes, resolve_name
from unfork.reading.source import Source, Unparsable

Names = frozenset[str]

EXPLAINED = {
    "private": "CPython is right: a private name of a class body is another name (_Class__name)",
    "annotation scope": "unfork is right: symtable does not say that it looks into the class first",
    "class loop": "LibCST is wrong: a comprehension does not see the names of the class around it",
    "class first": "both: a class body that binds a name reads the outer one before it does",
    "del": "LibCST takes no note of del; a deleted name is bound here all the same",
    "order": "LibCST leaves out bindings below the use in the same scope; unfork counts all",
    "dotted": "LibCST follows import a.b as far as the uses go; unfork names the first package",
    "global": "unfork is right: a name declared global reaches the module's binding",
    "walrus": "unfork is right: := in a comprehension binds in the scope around it (PEP 572)",
}
"""Who is right, by the kind of the disagreement."""


@dataclass(frozen=True, slots=True, order=True)
class Disagreement:
    """Where unfork and the other analysis say different things of a name."""

    path: str
    line: int
    name: str
    kind: str
    ours: str
    theirs: str

    def __str__(self) -> str:
        said = f"unfork: {self.ours}; it: {self.theirs}"
        return f"{self.path}:{self.line} {self.name}: {said} [{self.kind or 'unexplained'}]"


# -- CPython's symtable

_INLINES: bool = sys.version_info >= (3, 12)
"""Whether comprehensions may be part of the scopes around them."""
_PRIVATE = re.compile(r"_[^_]\w*?__\w*[^_]_?$")
"""What the private names of classes are called."""
_TRANSPARENT = frozenset({"annotation", "TypeVar bound", "type alias", "type variable"})
_IMPLICIT = frozenset(
    {"__class__", "__classdict__", "__type_params__", "__conditional_annotations__"}
)
_COMPREHENSIONS: dict[type[ast.AST], str] = {
    ast.ListComp: "listcomp",
    ast.SetComp: "setcomp",
    ast.DictComp: "dictcomp",
    ast.GeneratorExp: "genexpr",
    ast.Lambda: "lambda",
}


@dataclass(eq=False)
class Table:
    """A scope of CPython's, with the scopes in it that are not matched yet."""

    tables: list[symtable.SymbolTable]
    parent: Table | None
    pool: list[symtable.SymbolTable] = field(default_factory=list)

    def __post_init__(self) -> None:
        for table in self.tables:  # it grows meanwhile
            for child in table.get_children():
                into = self.tables if str(child.get_type()) in _TRANSPARENT else self.pool
                into.append(child)

    @property
    def kind(self) -> str:
        return str(self.tables[0].get_type())

    @property
    def label(self) -> str:
        return f"{self.kind} {self.tables[0].get_name()}:{self.tables[0].get_lineno()}"

    @property
    def module(self) -> Table:
        return self.parent.module if self.parent else self

    def symbol(self, name: str) -> symtable.Symbol | None:
        for table in self.tables:
            if name in table.get_identifiers():
                return table.lookup(name)
        return None

    def identifiers(self) -> set[str]:
        return {name for table in self.tables for name in table.get_identifiers()}

    def takes(self, scope: Scope) -> Table | None:
        """Return the scope in this one that is the same as unfork's, and take it out of the pool."""
        tables = [t for t in self.pool if _sort_of(t) == _sort_of_scope(scope)]
        same = [t for t in tables if _bound(t) == set(scope.binds)]
        for table in (*same, *tables):
            self.pool.remove(table)
            return Table([table], self)
        return None


def _sort_of(table: symtable.SymbolTable) -> tuple[str, str, int]:
    kind = str(table.get_type()).removesuffix("s")
    return kind, table.get_name().strip("<>"), table.get_lineno()


def _sort_of_scope(scope: Scope) -> tuple[str, str, int]:
    node: Any = scope.node
    name: Any = _COMPREHENSIONS.get(type(node)) or getattr(node, "name", "")
    if isinstance(name, ast.Name):
        name = name.id
    kinds = {"comprehension": "function", "type parameters": "type parameter", "class": "clas"}
    return kinds.get(scope.kind, scope.kind), name, getattr(node, "lineno", 0)


def _bound(table: symtable.SymbolTable) -> set[str]:
    symbols = table.get_symbols()
    return {s.get_name() for s in symbols if s.is_local() and not s.get_name().startswith(".")}


class _Comparison:
    """One file."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.scopes = analyse_scopes(source)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            top = symtable.symtable(_without_future(source), source.path, "exec")
        self.table_of: dict[Scope, Table] = {}
        self.globals = set(_globals(top))
        self.unevaluated = set(_unevaluated(source.tree))
        self.inlined: set[Scope | None] = set()
        self.found: list[Disagreement] = []
        self.compared = 0
        self._pair(self.scopes.module, Table([top], None))

    def _pair(self, scope: Scope, table: Table, inlined: bool = False) -> None:
        self.table_of[scope] = table
        if inlined:
            self.inlined.add(scope)
        self._names(scope, table, inlined)
        for child in scope.children:
            if _is_quoted(child):
                continue
            match = table.takes(child)
            if match is not None:
                self._pair(child, match)
            elif child.kind == "comprehension" and _INLINES:
                self._pair(child, table, inlined=True)
            else:
                self._differ(child.node, child.kind, "", "has such a scope", "has none")
        if not inlined:
            for left in table.pool:
                at = ast.Pass(lineno=left.get_lineno())
                self._differ(at, left.get_name(), "", "has no such scope", "has one")

    def _names(self, scope: Scope, table: Table, inlined: bool) -> None:
        refs = {ref.name: ref.node for ref in reversed(scope.refs) if ref.literal is None}
        names: dict[str, ast.AST] = {**dict.fromkeys(scope.declared, scope.node), **refs}
        if scope.parent is not None:
            names |= {n: binds[0].node for n, binds in scope.binds.items() if n not in names}
        for name, node in names.items():
            if inlined and (name in scope.binds or _is_of_class(table, name)):
                continue
            self.compared += 1
            self._name(scope, table, name, node)
        if not inlined:
            self._unseen(scope, table, set(names) | set(scope.binds))

    def _name(self, scope: Scope, table: Table, name: str, node: ast.AST) -> None:
        said = _mangled(scope, name)
        symbol = table.symbol(said)
        reached = resolve_name(scope, name)
        if reached in self.inlined:
            return
        ours = self.table_of.get(reached) if reached is not None else None
        if symbol is None and node in self.unevaluated:
            return
        if symbol is None:
            self._differ(node, name, "", _label(ours), "does not have the name")
            return
        theirs = self._owner(table, symbol)
        if (ours and ours.tables[0].get_id()) == (theirs and theirs.tables[0].get_id()):
            return
        self._differ(node, name, self._why(scope, name, said), _label(ours), _label(theirs))

    def _owner(self, table: Table, symbol: symtable.Symbol) -> Table | None:
        name = symbol.get_name()
        if symbol.is_local():
            return table
        if symbol.is_global():
            return table.module if name in self.globals else None
        current = table.parent
        while current is not None:
            entry = current.symbol(name)
            if current.kind == "class" and name == "__class__":
                return None  # the class itself
            if current.kind != "class" and entry is not None and entry.is_local():
                return current
            current = current.parent
        return None

    def _why(self, scope: Scope, name: str, said: str) -> str:
        if name != said or _PRIVATE.match(name):
            return "private"
        if scope.kind == "type parameters" or any(
            str(t.get_type()) in _TRANSPARENT for t in self.table_of[scope].tables
        ):
            return "annotation scope"
        return ""

    def _unseen(self, scope: Scope, table: Table, seen: set[str]) -> None:
        seen = {_mangled(scope, name) for name in seen}
        for name in table.identifiers() - seen:
            symbol = table.symbol(name)
            implicit = name.startswith(".") or name in _IMPLICIT
            if implicit or symbol is None or self._is_of_inlined(scope, name):
                continue
            if _is_there(symbol, table):
                self._differ(scope.node, name, "", "does not see the name", "has it")

    def _is_of_inlined(self, scope: Scope, name: str) -> bool:
        if not _INLINES:
            return False
        below = [s for s in scope.within() if s.kind == "comprehension"]
        return any(name in s.binds or any(r.name == name for r in s.refs) for s in below)

    def _differ(self, node: ast.AST, name: str, kind: str, ours: str, theirs: str) -> None:
        line = getattr(node, "lineno", 1)
        self.found.append(Disagreement(self.source.path, line, name, kind, ours, theirs))


def _label(table: Table | None) -> str:
    return table.label if table else "nothing in the file"


def _is_quoted(scope: Scope) -> bool:
    """Return whether a comprehension or a lambda stands in a string annotation."""
    is_expression = isinstance(scope.node, ast.expr)
    return is_expression and bool(scope.refs) and all(ref.literal for ref in scope.refs)


def _is_of_class(table: Table, name: str) -> bool:
    """Return whether a class binds a name: what a comprehension that became a part of it reaches cannot be told."""
    symbol = table.symbol(name)
    return table.kind == "class" and symbol is not None and symbol.is_local()


def _is_there(symbol: symtable.Symbol, table: Table) -> bool:
    """Return whether a scope itself has a name: it may only hand it on to a scope in it, or be told of ``global``."""
    bound = symbol.is_assigned() or symbol.is_parameter() or symbol.is_imported()
    declared = symbol.is_declared_global() and table.parent is not None
    return bound or symbol.is_referenced() or declared


def _mangled(scope: Scope, name: str) -> str:
    """Return a name as a class body makes it (the language reference, 6.2.1)."""
    current: Scope | None = scope
    while name.startswith("__") and not name.endswith("__") and current is not None:
        if isinstance(current.node, ast.ClassDef) and (
            current.kind == "class" or name in current.binds
        ):
            owner = current.node.name.lstrip("_")
            return f"_{owner}{name}" if owner else name
        current = current.parent
    return name


def _globals(table: symtable.SymbolTable) -> Iterator[str]:
    """Yield the names that the module's scope has: bound there, or where they are declared global."""
    top = table.get_type() == "module"
    for symbol in table.get_symbols():
        if symbol.is_local() if top else _is_bound_globally(symbol):
            yield symbol.get_name()
    for child in table.get_children():
        yield from _globals(child)


def _is_bound_globally(symbol: symtable.Symbol) -> bool:
    return symbol.is_declared_global() and (symbol.is_assigned() or symbol.is_imported())


def _unevaluated(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield what stands in the annotations of variables, which need not be evaluated."""
    if sys.version_info >= (3, 14):
        for node in ast.walk(tree):
            if isinstance(node, ast.AnnAssign):
                yield from ast.walk(node.annotation)


def _without_future(source: Source) -> str:
    data = bytearray(source.data)
    for node in source.tree.body:
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            start, end = source.span(node)
            data[start:end] = data[start:end].replace(b"__future__", b"__futura__", 1)
    return data.decode()


def compare(source: Source) -> tuple[int, list[Disagreement]]:
    """Return how many names of how many scopes were compared, and where they differ. Raises Unparsable, SyntaxError."""
    comparison = _Comparison(source)
    return comparison.compared, comparison.found


# -- LibCST's QualifiedNameProvider


def compare_imports(source: Source) -> tuple[int, list[Disagreement]]:
    """Return how many names reach an import, and where LibCST says that they reach another. Raises Unparsable."""
    scopes = analyse_scopes(source)
    theirs = _qualified(source.data)
    disagreements: list[Disagreement] = []
    compared = 0
    for ref in scopes.refs:
        if ref.literal is not None or not isinstance(ref.node.ctx, ast.Load):
            continue
        if (ref.node.lineno, ref.node.col_offset) not in theirs:
            continue
        ours, said = _imports(ref), theirs[ref.node.lineno, ref.node.col_offset]
        if not ours and not said:
            continue
        compared += 1
        if ours != said:
            kind = _why(ref, ours, said, scopes)
            shown = [" ".join(sorted(names)) or "no import" for names in (ours, said)]
            disagreements.append(Disagreement(source.path, ref.node.lineno, ref.name, kind, *shown))
    return compared, disagreements


def _imports(ref: Ref) -> Names:
    scope = resolve_name(ref.scope, ref.name)
    modules = set()
    for bind in scope.binds[ref.name] if scope else ():
        if bind.alias is None:
            continue
        if isinstance(bind.node, ast.ImportFrom):
            module = "." * bind.node.level + (bind.node.module or "")
            modules.add(f"{module}{'' if module.endswith('.') else '.'}{bind.alias.name}")
        else:
            modules.add(bind.alias.name if bind.alias.asname else ref.name)
    return frozenset(modules)


def _qualified(data: bytes) -> dict[tuple[int, int], Names]:
    """Return the imports that each name reaches, by line and column in bytes."""
    import libcst as cst
    from libcst.metadata import (
        ExpressionContextProvider,
        MetadataWrapper,
        PositionProvider,
        QualifiedNameProvider,
        QualifiedNameSource,
    )

    wrapper = MetadataWrapper(cst.parse_module(data), unsafe_skip_copy=True)
    positions: Mapping[cst.CSTNode, Any] = wrapper.resolve(PositionProvider)
    names: Mapping[cst.CSTNode, Any] = wrapper.resolve(QualifiedNameProvider)
    contexts: Mapping[cst.CSTNode, Any] = wrapper.resolve(ExpressionContextProvider)
    lines = re.split(r"(?<=\n)|(?<=\r)(?!\n)", data.decode())
    imports_by_place = {}
    for node in contexts:
        if not isinstance(node, cst.Name) or node not in positions:
            continue
        start = positions[node].start
        column = len(lines[start.line - 1][: start.column].encode())
        qualified = names.get(node) or ()
        if callable(qualified):
            qualified = qualified()
        imports = {q.name for q in qualified if q.source is QualifiedNameSource.IMPORT}
        imports_by_place[start.line, column] = frozenset(imports)
    return imports_by_place


def _why(ref: Ref, ours: Names, theirs: Names, scopes: Scopes) -> str:
    scope = resolve_name(ref.scope, ref.name)
    if _is_declared_global(ref):
        return "global"
    if any(isinstance(s.node, ast.ClassDef) for s in _outwards(ref.scope)) and (
        ref.scope.kind == "comprehension"
    ):
        return "class loop"
    if not isinstance(ref.context, ast.Load) or _is_deleted(ref, scopes):
        return "del"
    if scope is not None and scope.kind == "class":
        return "class first"
    if theirs < ours:
        return "order"
    return ""


def _is_declared_global(ref: Ref) -> bool:
    return any(
        s.declared.get(ref.name) == "global" for top in (ref.scope,) for s in _module(top).within()
    )


def _is_deleted(ref: Ref, scopes: Scopes) -> bool:
    return any(r.name == ref.name and isinstance(r.context, ast.Del) for r in scopes.refs)


def _outwards(scope: Scope | None) -> Iterator[Scope]:
    while scope is not None:
        yield scope
        scope = scope.parent


def _module(scope: Scope) -> Scope:
    return list(_outwards(scope))[-1]


# -- the command


def python_files(folders: Iterable[Path]) -> list[Path]:
    """Return the Python files below the folders, sorted."""
    paths = (path for folder in folders for path in folder.rglob("*.py"))
    return sorted(path for path in paths if path.is_file() and not path.is_symlink())


def main(arguments: Sequence[str]) -> int:
    from corpora import (
        corpus,
    )  # late: it lies beside the script, and tests import this as a part of a package

    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folders", nargs="+", metavar="FOLDER | NAME==VERSION")
    parser.add_argument("--libcst", type=int, default=0, metavar="N", help="N files by LibCST too")
    parser.add_argument("--show", type=int, default=20, metavar="N", help="N of each kind")
    options = parser.parse_args(arguments)
    paths = python_files(map(corpus, options.folders))
    print(f"symtable, Python {sys.version.split()[0]}")
    left = _report(paths, compare, options.show)
    if options.libcst:
        step = max(1, len(paths) // options.libcst)
        print("\nLibCST's QualifiedNameProvider")
        left += _report(paths[::step][: options.libcst], compare_imports, options.show)
    return 1 if left else 0


def _report(
    paths: Iterable[Path], how: Callable[[Source], tuple[int, list[Disagreement]]], show: int
) -> int:
    files = names = 0
    unread: list[str] = []
    disagreements: list[Disagreement] = []
    for path in paths:
        try:
            compared, differ = how(Source.read(str(path), path.read_bytes()))
        except (Unparsable, SyntaxError, ValueError, RecursionError, OSError) as error:
            unread.append(f"{path}: {type(error).__name__}: {error}")
            continue
        except Exception as error:  # noqa: BLE001 (LibCST's parser, too, is looked at from outside)
            unread.append(f"{path}: {type(error).__name__}: {str(error).splitlines()[0]}")
            continue
        files += 1
        names += compared
        disagreements += differ
    print(f"{files} files, {names} names compared; {len(unread)} files are no Python of today")
    for line in unread[: show // 4]:
        print(f"    {line}")
    kinds = Counter(disagreement.kind for disagreement in disagreements)
    for kind, count in kinds.most_common():
        print(f"{count} disagreements: {EXPLAINED.get(kind, 'UNEXPLAINED')}")
        for disagreement in [
            disagreement for disagreement in disagreements if disagreement.kind == kind
        ][:show]:
            print(f"    {disagreement}")
    return kinds[""]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
