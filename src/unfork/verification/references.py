"""The references of a file: their values before and after."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from itertools import pairwise

from unfork.verification.facts import Violation
from unfork.verification.file_in_both import Both
from unfork.verification.pairing import Pair
from unfork.verification.values import (
    UNBOUND,
    UNKNOWN,
    Attribute,
    Definition,
    Module,
    Value,
    Values,
    describe_value,
    plain_value,
)


def lost_references(file: Both) -> Iterator[Violation]:
    """Yield references that no longer reach the same object or its counterpart."""
    for pair in file.doubtful:
        if pair.why:
            if file.changed:
                yield file.violation(pair.before, pair.why, (file.path,))
            continue
        assert pair.after is not None
        objection = file.counterparts.objection(*file.values(pair))
        if objection is not None:
            why = explain_objection(*objection, subject=_spelled(pair.before))
            yield file.violation(pair.before, why, file.blamed(pair))
        elif file.changed and _is_unknown_through_another(file, pair):
            why = "what it is cannot be told, neither before nor after"
            yield file.violation(pair.before, why, (file.path,))


def _is_unknown_through_another(file: Both, pair: Pair) -> bool:
    """Return whether an unknown object is read through another module now.

    The star of a module that still ran left names unknown in one of them, and perhaps unbound in the other.
    """
    if not isinstance(pair.before, ast.Name | ast.Attribute):
        return False
    before, after = file.before.seen.get(id(pair.before)), file.after.seen.get(id(pair.after))
    return before != after and all(UNKNOWN in values for values in file.values(pair))


def parted_twins(file: Both) -> Iterator[Violation]:
    """Yield where what was the same object meets and no longer is: one moved, the other did not.

    Likewise where a legacy object is asked to be another one than that of the canonical module.
    """
    known = {id(pair.before): file.values(pair) for pair in file.doubtful if not pair.why}
    if len(known) < 2:
        return
    around = (*_compared(file.compared), *_raised_and_caught(file.tree), *_matched(file.tree))
    for node, meeting in around:
        sides = [known[id(operand)] for operand in meeting if id(operand) in known]
        for (old, new), (other, now) in pairwise(sides):
            if None in (_only_value(old), _only_value(new), _only_value(now)):
                continue
            was_same = _only_value(old) == _only_value(other)
            is_same = _only_value(new) == _only_value(now)
            if was_same and not is_same:
                why = "these were the same object, and are not any more"
            elif is_same and not was_same and _are_copies(file, node, old, other):
                why = "these were two objects, and are one now"
            else:
                continue
            blame = (file.path,) if file.changed else tuple(sorted(file.states.rewrites.touched))
            yield file.violation(node, why, blame)


def _are_copies(file: Both, node: ast.AST, old: Values, other: Values) -> bool:
    """Return whether a legacy object is asked not to be that of a module that takes its place."""
    if not isinstance(node, ast.Compare) or not isinstance(node.ops[0], ast.IsNot):
        return False
    project = file.states.project
    paths = [{_path_of(value) for value in values} for values in (old, other)]
    for legacy, canonical in (paths, paths[::-1]):
        for path in legacy & project.redirects.keys():
            home = project.finder.absolute(project.redirects[path].to or "")
            if isinstance(home, Module) and home.path in canonical:
                return True
    return False


def _path_of(value: Value) -> str:
    """Return the file that has a value; empty if none is known."""
    value = plain_value(value)
    base = value.base if isinstance(value, Attribute) else value
    return base.path if isinstance(base, Definition | Module) else ""


def _compared(nodes: Iterable[ast.Compare]) -> Iterator[tuple[ast.AST, list[ast.expr]]]:
    """Yield the operands of comparisons for identity or equality."""
    for node in nodes:
        if all(isinstance(op, _EQUAL) for op in node.ops):
            yield node, [node.left, *node.comparators]


def _raised_and_caught(tree: ast.Module) -> Iterator[tuple[ast.AST, list[ast.expr]]]:
    """Yield each error that a block raises with one that is caught around it, by ``except`` or ``suppress``."""
    for node in ast.walk(tree):
        match node:
            case ast.Try() | ast.TryStar():
                catching = [handler.type for handler in node.handlers]
            case ast.With() | ast.AsyncWith():
                calls = [item.context_expr for item in node.items]
                catching = [
                    arg for call in calls if isinstance(call, ast.Call) for arg in call.args
                ]
            case _:
                continue
        parts = [part for kinds in catching for part in getattr(kinds, "elts", (kinds,))]
        for statement in node.body:
            if isinstance(statement, ast.Raise) and statement.exc is not None:
                error = statement.exc.func if isinstance(statement.exc, ast.Call) else statement.exc
                yield from ((statement, [caught, error]) for caught in parts if caught is not None)


def _matched(tree: ast.Module) -> Iterator[tuple[ast.AST, list[ast.expr]]]:
    """Yield each class of which a ``match`` makes its subject with one that a pattern asks for."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Match) and isinstance(node.subject, ast.Call):
            patterns = (part for case in node.cases for part in ast.walk(case.pattern))
            for pattern in patterns:
                if isinstance(pattern, ast.MatchClass):
                    yield pattern, [node.subject.func, pattern.cls]


_EQUAL = (ast.Is, ast.IsNot, ast.Eq, ast.NotEq)


def _only_value(values: Values) -> Value | None:
    """Return the only value; None if there are several, or a module computes it on request."""
    value = plain_value(next(iter(values))) if len(values) == 1 else None
    made = isinstance(value, Attribute) and isinstance(value.base, Module)
    return None if made else value


def _spelled(node: ast.AST) -> str:
    """Return a dotted name as text; "it" for any other expression."""
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *parts[::-1]]) if isinstance(node, ast.Name) else "it"


def explain_objection(old: Value | None, new: Value | None, subject: str = "it") -> str:
    """Return a message about a value that has no counterpart; ``subject`` is what has the value."""
    if new == UNBOUND:
        return f"{subject} may not be bound there any more"
    if new is not None:
        return f"{subject} would be {describe_value(new)}, and was not"
    assert old is not None
    return f"{subject} would not be {describe_value(old)} any more, nor what takes its place"
