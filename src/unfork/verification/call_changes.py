"""What a migration lets become of members and of the arguments of calls: the table ``[redirect.calls]``."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from unfork_codemods.calls import CallChange
from unfork_codemods.redirect import Redirect

_Given = tuple[str | None, ast.expr]
"""An argument: the name that it is given under, and its value. ``**`` has the name ``**``."""
Pairs = list[tuple[ast.expr, ast.expr]]


class CallChanges:
    """The changes that the redirects of a migration list, whatever class they are of."""

    def __init__(self, redirects: Iterable[Redirect]) -> None:
        self._renamed: set[tuple[str, str]] = set()
        self._changes: list[CallChange] = []
        for redirect in redirects:
            for key, change in redirect.calls.items():
                member = key.partition(".")[2]
                if member and change.to is not None:
                    self._renamed.add((member, change.to))
                if change.changes_arguments:
                    self._changes.append(change)

    def is_renamed(self, old: object, new: object) -> bool:
        """Return whether a member of some class is called ``new`` now and was called ``old``."""
        return (old, new) in self._renamed

    def arguments(self, old: ast.Call, new: ast.Call) -> Pairs | None:
        """Return the arguments of a call, each with what stands in its place; None if no change explains them.

        Arguments keep their order. One may get its new name, or a name where it had a place; a dropped one is missing;
        added ones are literals that the change lists.
        """
        before, after = list(_given_arguments(old)), list(_given_arguments(new))
        for change in (CallChange(), *self._changes):
            pairs = _pairs_by(change, before, after)
            if pairs is not None:
                return pairs
        return None


def _given_arguments(call: ast.Call) -> Iterator[_Given]:
    """Yield the arguments of a call in the order of the text; ``**{"a": 1}`` gives ``a``."""
    given: list[_Given] = [(None, value) for value in call.args]
    for keyword in call.keywords:
        match keyword:
            case ast.keyword(arg=None, value=ast.Dict(keys=keys, values=values)):
                names = [key.value for key in keys if isinstance(key, ast.Constant)]
                texts = [name for name in names if isinstance(name, str)]
                is_plain = len(texts) == len(keys)
                given += zip(texts, values) if is_plain else [("**", keyword.value)]
            case _:
                given.append((keyword.arg or "**", keyword.value))
    given.sort(key=lambda entry: (entry[1].lineno, entry[1].col_offset))
    yield from given


def _pairs_by(change: CallChange, before: list[_Given], after: list[_Given]) -> Pairs | None:
    """Return the pairs of arguments under one change; None if it does not lead from one list to the other."""
    rest = list(after)
    pairs: Pairs = []
    for name, value in before:
        if rest and _may_become(change, name, value, rest[0]):
            pairs.append((value, rest.pop(0)[1]))
        elif not _may_be_dropped(change, name, value):
            return None
    if any(not _is_added(change, *entry) for entry in rest):
        return None
    return pairs


def _may_become(change: CallChange, name: str | None, value: ast.expr, new: _Given) -> bool:
    new_name, new_value = new
    if name == "**" or isinstance(value, ast.Starred):
        return new_name == name and type(value) is type(new_value)
    if type(value) is not type(new_value) and not isinstance(value, ast.Name | ast.Attribute):
        return False
    if isinstance(value, ast.Constant) and isinstance(new_value, ast.Constant):
        is_same = (value.value, type(value.value)) == (new_value.value, type(new_value.value))
        if not is_same and not isinstance(value.value, str):
            return False
    return name is None or new_name == change.rename.get(name, name)


def _may_be_dropped(change: CallChange, name: str | None, value: ast.expr) -> bool:
    return bool(change.drop) and (name is None or name in change.drop) and _has_no_effect(value)


def _has_no_effect(value: ast.expr) -> bool:
    """Return whether a value is a name or made of literals alone."""
    inner = (ast.Constant, ast.Tuple, ast.List, ast.Dict, ast.Set, ast.UnaryOp, ast.unaryop)
    context = (ast.expr_context, ast.BinOp, ast.operator)
    return isinstance(value, ast.Name) or all(
        isinstance(node, (*inner, *context)) for node in ast.walk(value)
    )


def _is_added(change: CallChange, name: str | None, value: ast.expr) -> bool:
    literal = change.add.get(name or "")
    return literal is not None and ast.dump(value) == ast.dump(ast.parse(literal, mode="eval").body)
