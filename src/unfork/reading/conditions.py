"""Which names a module always has, whatever its conditions: a name bound in one branch only may be missing.

Importing runs every top-level statement, with ``__name__`` the module's own name and ``TYPE_CHECKING`` false.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Collection, Iterable, Iterator

from unfork.nodes import FunctionDef, last_name
from unfork.reading.statement_names import (
    COMPOUND,
    names_bound_directly,
    names_bound_or_deleted,
    names_in_head,
)
from unfork.reading.statements import is_type_checking

_COMPARE: dict[type[ast.cmpop], Callable[[int, int], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_FLIPPED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.Gt,
    ast.LtE: ast.GtE,
    ast.Gt: ast.Lt,
    ast.GtE: ast.LtE,
}
_FIRST = (3, 0)
"""The oldest version considered: no module read here runs in Python 2."""
_PLATFORM = frozenset({"sys", "os", "platform", "TYPE_CHECKING", "typing"})
"""Names that mean the same in every module: a condition that uses only these has the same value everywhere."""


def truth_of(test: ast.expr) -> bool | None:
    """Return the value of a condition on every import of its module, by any Python 3; None if that varies."""
    match test:
        case ast.Constant(value=value):
            return bool(value)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            truth = truth_of(operand)
            return None if truth is None else not truth
        case ast.BoolOp(op=op, values=values):
            ends = isinstance(op, ast.Or)  # one of these is enough
            truths = [truth_of(value) for value in values]
            return ends if ends in truths else None if None in truths else not ends
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return _truth_of_comparison(left, op, right)
        case _:
            return None


def _truth_of_comparison(left: ast.expr, op: ast.cmpop, right: ast.expr) -> bool | None:
    if isinstance(left, ast.Constant | ast.Tuple) and not isinstance(
        right, ast.Constant | ast.Tuple
    ):
        flipped = _FLIPPED.get(type(op), type(op))
        return _truth_of_comparison(right, flipped(), left)
    match left, op, right:
        case ast.Name(id="__name__"), ast.Eq(), ast.Constant(value="__main__"):
            return False
        case ast.Name(id="__name__"), ast.NotEq(), ast.Constant(value="__main__"):
            return True
        case _:
            return _of_version(left, op, right)


def _of_version(left: ast.expr, op: ast.cmpop, right: ast.expr) -> bool | None:
    """Return how ``sys.version_info``, or its first number, compares with a version in every Python 3."""
    text = ast.unparse(left)
    try:
        version = ast.literal_eval(right)
    except ValueError:
        return None
    if text.endswith(("version_info[0]", "version_info.major")):
        compare = _COMPARE.get(type(op))
        return compare(3, version) if compare is not None and isinstance(version, int) else None
    if not text.endswith(("version_info", "version_info[:2]")) or not isinstance(version, tuple):
        return None
    reached = all(isinstance(part, int) for part in version) and version <= _FIRST
    match op:
        case ast.GtE():
            return True if reached else None
        case ast.Lt():
            return False if reached else None
        case _:
            return None


def runtime_truth(test: ast.expr) -> bool | None:
    """Return the value of a condition at run time, when ``TYPE_CHECKING`` is false."""
    if is_type_checking(test):
        return False
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        truth = runtime_truth(test.operand)
        return None if truth is None else not truth
    return truth_of(test)


def is_bound_alike(tree: ast.Module, other: ast.Module | None, name: str) -> bool:
    """Return whether a module always binds a name, or binds it under all conditions under which ``other`` does."""
    if name in always_bound(tree.body) or (other and _is_bound_by_same_code(tree, other, name)):
        return True
    conditions = conditions_of(tree.body, name)
    others = conditions_of(other.body, name) if other is not None else None
    if other is not None and conditions == others == frozenset():
        binding = _functions_binding(other, name)
        return bool(binding) and binding <= _functions_binding(tree, name)
    return bool(conditions and others) and (conditions or frozenset()) >= (others or frozenset())


def _is_bound_by_same_code(tree: ast.Module, other: ast.Module, name: str) -> bool:
    """Return whether two modules bind a name by the same statements, and all that these use of the module as well."""
    if any(map(_is_star, (*tree.body, *other.body))):
        return False
    waiting, asked = [name], {name}
    for wanted in waiting:
        own, others = (
            [node for node in module.body if wanted in names_bound_or_deleted(node)]
            for module in (tree, other)
        )
        parts = [part for node in own for part in ast.walk(node)]
        is_same = [*map(ast.dump, own)] == [*map(ast.dump, others)]
        if not is_same or (wanted == name and not own) or any(map(_is_of_its_place, parts)):
            return False
        used = {part.id for part in parts if isinstance(part, ast.Name)} - asked
        waiting += sorted(used)
        asked |= used
    return True


def _is_of_its_place(node: ast.AST) -> bool:
    """Return whether code means something else in another module: a relative import, ``__name__``, a ``global``."""
    match node:
        case ast.ImportFrom(level=int(level)):
            return level > 0
        case ast.Name(id=name):
            return name.startswith("__") or name in ("globals", "vars", "locals")
        case _:
            return isinstance(node, ast.Global)


def _is_star(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.names[0].name == "*"


def _functions_binding(tree: ast.Module, name: str) -> set[str]:
    """Return the functions that bind a name of the module once they are called: ``global name``."""
    return {
        node.name
        for node in tree.body
        if isinstance(node, FunctionDef)
        and any(isinstance(part, ast.Global) and name in part.names for part in ast.walk(node))
    }


def always_bound(body: Iterable[ast.stmt]) -> frozenset[str]:
    """Return the names that a module's top-level statements bind, whatever its conditions."""
    return frozenset(_surely_bound_names(body) or ())


def _surely_bound_names(body: Iterable[ast.stmt]) -> set[str] | None:
    """Return the names that a block certainly binds; None if it never completes."""
    bound: set[str] = set()
    for node in body:
        if isinstance(node, ast.Raise | ast.Return | ast.Continue | ast.Break):
            return None
        if isinstance(node, ast.Delete):
            bound -= {target.id for target in node.targets if isinstance(target, ast.Name)}
            continue
        more = _of_statement(node)
        if more is None:
            return None
        bound = (bound | more | set(names_in_head(node))) - _perhaps_deleted(node)
    return bound


def _of_statement(node: ast.stmt) -> set[str] | None:
    match node:
        case ast.If():
            truth = runtime_truth(node.test)
            if truth is not None:
                return _surely_bound_names(node.body if truth else node.orelse)
            return _bound_in_all_branches(
                [_surely_bound_names(node.body), _surely_bound_names(node.orelse)]
            )
        case ast.Try() | ast.TryStar():
            last = _surely_bound_names(node.finalbody)
            ways = [_surely_bound_names([*node.body, *node.orelse])]
            ways += [_surely_bound_names(handler.body) for handler in node.handlers]
            common = _bound_in_all_branches(ways)
            return None if common is None or last is None else common | last
        case ast.With() | ast.AsyncWith():
            return (
                set() if any(map(suppresses_errors, node.items)) else _surely_bound_names(node.body)
            )
        case ast.Match():
            whole = any(_is_irrefutable(case) for case in node.cases)
            return (
                _bound_in_all_branches([_surely_bound_names(case.body) for case in node.cases])
                if whole
                else set()
            )
        case ast.For() | ast.AsyncFor() | ast.While():
            return set()
        case _:
            return set(names_bound_directly(node))


def _bound_in_all_branches(ways: Collection[set[str] | None]) -> set[str] | None:
    """Return the names that all branches bind, ignoring branches that never complete."""
    ending = [way for way in ways if way is not None]
    return set.intersection(*ending) if ending else None


def _is_irrefutable(case: ast.match_case) -> bool:
    return (
        case.guard is None
        and isinstance(case.pattern, ast.MatchAs)
        and case.pattern.pattern is None
    )


def suppresses_errors(item: ast.withitem) -> bool:
    """Return whether execution continues after a ``with`` whose body fails: ``with suppress(ImportError):``."""
    call = item.context_expr
    func = call.func if isinstance(call, ast.Call) else None
    return last_name(func) == "suppress"


def _perhaps_deleted(node: ast.stmt) -> set[str]:
    """Return the names that a compound statement may delete."""
    if not isinstance(node, COMPOUND):
        return set()
    deleted = (part for part in ast.walk(node) if isinstance(part, ast.Delete))
    return {t.id for part in deleted for t in part.targets if isinstance(t, ast.Name)}


# -- under which conditions a name is bound


def conditions_of(body: Iterable[ast.stmt], name: str) -> frozenset[str] | None:
    """Return each of the conditions under which a module binds a name, as text; None if one cannot be compared.

    Two modules that bind it under the same conditions either both have it or both lack it.
    """
    conditions = list(_binding_conditions(body, name, ()))
    return (
        None
        if None in conditions
        else frozenset(condition for condition in conditions if condition is not None)
    )


def _binding_conditions(
    body: Iterable[ast.stmt], name: str, above: tuple[str, ...]
) -> Iterator[str | None]:
    for node in body:
        match node:
            case ast.If():
                test = _comparable_text(node.test)
                yield from _conditions_in_branch(node.body, name, above, test)
                yield from _conditions_in_branch(node.orelse, name, above, test and f"not ({test})")
            case ast.Try() | ast.TryStar():
                imports = [n for n in node.body if isinstance(n, ast.Import | ast.ImportFrom)]
                tried = "; ".join(map(ast.unparse, imports))
                is_plain = len(imports) == len(node.body) and not any(
                    isinstance(n, ast.ImportFrom) and n.level for n in imports
                )
                yield from _conditions_in_branch(
                    node.body, name, above, (is_plain and f"try {tried}") or None
                )
                for handler in node.handlers:
                    kind = ast.unparse(handler.type) if handler.type else ""
                    why = (is_plain and f"except {kind} of {tried}") or None
                    yield from _conditions_in_branch(handler.body, name, above, why)
                yield from _conditions_in_branch([*node.orelse, *node.finalbody], name, above, None)
            case ast.Delete(targets=targets):
                yield from (None for t in targets if isinstance(t, ast.Name) and t.id == name)
            case _ if isinstance(node, COMPOUND):
                inner = (part for part in ast.walk(node) if isinstance(part, ast.stmt))
                yield from (None for part in inner if name in names_bound_directly(part))
            case _:
                yield from (
                    " and ".join(above) for bound in names_bound_directly(node) if bound == name
                )


def _conditions_in_branch(
    body: Iterable[ast.stmt], name: str, above: tuple[str, ...], why: str | None
) -> Iterator[str | None]:
    if why is not None:
        yield from _binding_conditions(body, name, (*above, why))
    else:
        yield from (None for _ in _binding_conditions(body, name, above))


def _comparable_text(test: ast.expr) -> str | None:
    names = {part.id for part in ast.walk(test) if isinstance(part, ast.Name)}
    return ast.unparse(test) if names <= _PLATFORM else None


# -- values


def literal_of(tree: ast.Module, name: str) -> object:
    """Return the literal value that a module's only statement for a name assigns; None if there is no such value."""
    if name == "__doc__":
        return ast.get_docstring(tree, clean=False)
    given = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.stmt) and name in names_bound_directly(node)
    ]
    match given:
        case [ast.Assign(value=value) | ast.AnnAssign(value=ast.expr() as value) as node]:
            try:
                return ast.literal_eval(value) if node in tree.body else None
            except ValueError:
                return None
        case _:
            return None
