"""Members that code asks for without an attribute at hand: by a name that is put together, or in a subclass.

getattr(engine, f"handle_{kind}")        class Mine(Source): def search_for(self, text): ...
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

from unfork.nodes import FunctionDef
from unfork.reading.interface import Interface
from unfork.reading.reads import attributes_taken
from unfork.rewriting.altered_members import gone_members
from unfork.rewriting.handed_misfits import Misfit
from unfork.rewriting.receivers import Receivers
from unfork_codemods.calls import CallChange


def misfits_of_untold_names(
    receivers: Receivers, old: Interface, new: Interface, changes: Mapping[str, CallChange]
) -> Iterator[Misfit]:
    """Yield where a file takes a member of an instance by a name that may be that of a member which is not there."""
    gone = sorted(gone_members(old, new, changes))
    for node in receivers.context.source.nodes_of(ast.Call) if gone else ():
        match node:
            case ast.Call(func=ast.Name(id="getattr"), args=[owner, name, *_]) if not isinstance(
                name, ast.Constant
            ):
                asked = next((g for g in gone if _may_be(name, g)), None)
                if asked is not None and receivers.is_instance(owner, asked):
                    yield node, f"it may be asked for {asked}, which it has not there"


def _may_be(name: ast.expr, member: str) -> bool:
    """Return whether a name that is put together may be a member's: an f-string fits, and all else may be any."""
    if not isinstance(name, ast.JoinedStr):
        return True
    parts = (
        re.escape(str(part.value)) if isinstance(part, ast.Constant) else ".*"
        for part in name.values
    )
    return re.fullmatch("".join(parts), member, re.DOTALL) is not None


def misfits_of_overrides(
    receivers: Receivers, old: Interface, new: Interface, changes: Mapping[str, CallChange]
) -> Iterator[Misfit]:
    """Yield what subclasses define and only other code of the legacy module asks for: nothing calls it any more."""
    key, name = receivers.name
    renamed = {member for member, change in changes.items() if change.to}
    gone = gone_members(old, new, changes) & (old.members or {}).keys() - renamed
    if not gone:
        return
    taken = receivers.context.index.told(key, attributes_taken) or {}
    asked = gone & frozenset[str]().union(*(taken[other] for other in taken.keys() - {name}))
    for node in receivers.context.source.nodes_of(ast.ClassDef) if asked else ():
        if receivers.is_subclass(node):
            for part in node.body:
                if isinstance(part, FunctionDef) and part.name in asked:
                    yield part, f"a subclass defines {part.name}, which nothing there asks for"
