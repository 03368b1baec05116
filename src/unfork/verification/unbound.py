"""What code uses although nothing binds it: names (language reference, 4.2.2), and attributes of modules."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

from unfork.nodes import FunctionDef
from unfork.reading.statements import is_type_checking
from unfork.verification.interest import EVERYTHING, Interest
from unfork.verification.tree_state import TreeState
from unfork.verification.values import NOT_BOUND, Attribute, Missing, Module, Values, plain_value

_Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
_NOT_OURS = frozenset({"_", "reveal_type", "reveal_locals", "WindowsError"})
"""Names that gettext, a type checker or another system provides."""
_BINDS_MORE = re.compile(
    rb"\bglobals\(\)|\bvars\(\)|\bexec\(|\bglobal_enum\b|\b_convert_\b|\bsys\.modules\[|\b__dict__\b"
)
"""What may bind names of a module that its text does not show."""


class Unbound(NamedTuple):
    """A use of what nothing binds: its line, and how it is spelled."""

    line: int
    spelled: str


class UnboundUses:
    """Those of one module of a tree, as far as it is of ``interest``; a file that does not parse has none."""

    def __init__(self, tree_state: TreeState, path: str, interest: Interest = EVERYTHING) -> None:
        self._tree_state, self._path = tree_state, path
        self._machine = machine = tree_state.whole(path, interest)
        self._body: Sequence[ast.stmt] = ()
        if machine is not None and not machine.dynamic and not self._may_bind_more():
            self._body = machine.tree.body

    def _may_bind_more(self) -> bool:
        """Return whether the module, or one that it takes all names of, may bind names that its text does not show."""
        modules, waiting = {self._path}, [self._path]
        while waiting:
            fresh = self._tree_state.star_modules(waiting.pop()) - modules
            modules |= fresh
            waiting += fresh
        return any(_BINDS_MORE.search(self._tree_state.text(path)) for path in modules)

    def at_import(self) -> Iterator[Unbound]:
        """Yield the uses that the import of the module certainly comes to, of attributes of modules, too."""
        for use in _run_for_sure(self._body, self._has_late_hints):
            if isinstance(use, ast.Name):
                yield from self._unbound([use])
            elif self._lacks(self._seen(use.value), use.attr):
                yield Unbound(use.lineno, ast.unparse(use))

    @property
    def raise_line(self) -> int | None:
        """The line where the import of the module always raises an error; None if there is none, or it is an exit."""
        raised = (node for node in self._body if isinstance(node, ast.Raise))
        return next((node.lineno for node in raised if not _exits(node.exc)), None)

    def in_definition(self, name: str) -> Iterator[Unbound]:
        """Yield the uses of names in a function or class, and in those of the module that it uses."""
        defined = {n.name: n for n in self._body if isinstance(n, FunctionDef | ast.ClassDef)}
        waiting = [name]
        while waiting:
            definition = defined.pop(waiting.pop(), None)
            if definition is not None:
                uses = [*_names_read([definition], self._has_late_hints)]
                yield from self._unbound(use for use in uses if use.id not in self._locals)
                waiting += (use.id for use in uses)

    def anywhere(self) -> Iterator[Unbound]:
        """Yield all uses of names in the module, but for those whose errors are caught."""
        uses = _names_read(self._body, self._has_late_hints)
        yield from self._unbound(use for use in uses if use.id not in self._locals)

    @property
    def _has_late_hints(self) -> bool:
        return self._machine is not None and self._machine.future

    @cached_property
    def _locals(self) -> frozenset[str]:
        """The names that some function binds: whether it has by the time it reads them is not asked."""
        functions = self._machine.symbols if self._machine is not None else {}
        return frozenset(name for known in functions.values() for name in known.locals)

    def _seen(self, node: ast.expr) -> Values:
        known = self._machine.seen if self._machine is not None else {}
        return known.get(id(node), frozenset())

    def _unbound(self, uses: Iterable[ast.Name]) -> Iterator[Unbound]:
        for use in uses:
            if self._seen(use) == NOT_BOUND and not self._is_provided(use.id):
                yield Unbound(use.lineno, use.id)

    def _is_provided(self, name: str) -> bool:
        """Return whether a name is there although nothing binds it, such as an imported submodule in its package."""
        package = Module(self._path) if self._path.endswith("__init__.py") else None
        is_submodule = package is not None and self._tree_state.finder.submodule(package, name)
        return name in _NOT_OURS or bool(is_submodule)

    def _lacks(self, owners: Values, name: str) -> bool:
        """Return whether values are modules of the project that certainly do not have a name."""
        modules = [*map(plain_value, self._tree_state.resolved(owners))] if owners else []
        return bool(modules) and all(
            isinstance(owner, Module)
            and self._tree_state.resolve(Attribute(owner, name)) == {Missing(owner.path, name)}
            for owner in modules
        )


def _exits(error: ast.expr | None) -> bool:
    """Return whether what is raised ends the program: ``raise SystemExit(main())``."""
    called = error.func if isinstance(error, ast.Call) else error
    return isinstance(called, ast.Name) and called.id == "SystemExit"


def _run_for_sure(body: Sequence[ast.stmt], future: bool) -> Iterator[ast.Name | ast.Attribute]:
    """Yield the names and attributes that are read if a block runs to its end; ``future``: annotations are not.

    What is in branches, loops and functions may not run; what a ``try`` or a ``with`` is around may be caught.
    """
    for node in body:
        match node:
            case ast.ClassDef():
                yield from _reads([*node.decorator_list, *node.bases])
                yield from _reads(keyword.value for keyword in node.keywords)
                yield from _run_for_sure(node.body, future)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                yield from _reads(_run_where_defined(node, future))
            case ast.If() | ast.While():
                yield from _reads([node.test])
            case ast.For() | ast.AsyncFor():
                yield from _reads([node.iter])
            case ast.With() | ast.AsyncWith():
                yield from _reads(item.context_expr for item in node.items)
            case ast.Try(handlers=[]):
                yield from _run_for_sure(node.body, future)
            case ast.Try() | ast.TryStar():
                pass
            case ast.AnnAssign():
                hints = [] if future else [node.annotation]
                yield from _reads([*hints, *filter(None, [node.value])])
            case _:
                yield from _reads(c for c in ast.iter_child_nodes(node) if isinstance(c, ast.expr))


def _run_where_defined(node: FunctionDef, future: bool) -> Iterator[ast.expr]:
    yield from node.decorator_list
    yield from node.args.defaults
    yield from filter(None, node.args.kw_defaults)
    if not future:
        yield from _hints(node)


def _hints(node: FunctionDef) -> Iterator[ast.expr]:
    several = (node.args.vararg, node.args.kwarg)
    arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    for argument in (*arguments, *filter(None, several)):
        if argument.annotation is not None:
            yield argument.annotation
    if node.returns is not None:
        yield node.returns


def _reads(nodes: Iterable[ast.expr]) -> Iterator[ast.Name | ast.Attribute]:
    """Yield the names and attributes that evaluating expressions reads in any case."""
    waiting = [*nodes]
    while waiting:
        node = waiting.pop()
        match node:
            case ast.Lambda(args=arguments):
                waiting += [*arguments.defaults, *filter(None, arguments.kw_defaults)]
            case ast.IfExp(test=test):
                waiting.append(test)
            case ast.BoolOp(values=[first, *_]):
                waiting.append(first)
            case _ if isinstance(node, _Comprehension):
                waiting.append(node.generators[0].iter)
            case _:
                if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
                    yield node
                for child in ast.iter_child_nodes(node):
                    inner = child.value if isinstance(child, ast.keyword) else child
                    waiting += [inner] if isinstance(inner, ast.expr) else []


def _names_read(nodes: Iterable[ast.AST], future: bool, local: bool = False) -> Iterator[ast.Name]:
    """Yield the names that code reads, except in a ``try`` that has handlers, and for type checkers only.

    Left out are also annotations that are never evaluated: those of local variables, and with ``future`` all.
    """
    for node in nodes:
        children: Iterable[ast.AST] = ast.iter_child_nodes(node)
        inside = local
        match node:
            case ast.Try(handlers=[_, *_]) | ast.TryStar():
                children = (*node.handlers, *node.orelse, *node.finalbody)
            case ast.If(test=test) if is_type_checking(test):
                children = node.orelse
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                children, inside = (*_run_where_defined(node, future), *node.body), True
            case ast.ClassDef():
                inside = False
            case ast.AnnAssign() if future or local:
                children = filter(None, (node.target, node.value))
            case ast.Name(ctx=ast.Load()):
                yield node
        yield from _names_read(children, future, inside)
