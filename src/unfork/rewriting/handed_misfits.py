"""Instances and values that a file hands to functions, which use them in a way that the counterpart does not take.

util.py   def size(group): return len(group)          use.py   size(Group())
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from unfork.nodes import last_name
from unfork.reading.interface import Interface
from unfork.rewriting.altered_members import (
    Alteration,
    altered_members,
    gone_members,
    members_gained,
    special_methods_lost,
)
from unfork.rewriting.field_uses import misfit_of_fields
from unfork.rewriting.file_context import FileContext
from unfork.rewriting.handed_instances import HandedInstances
from unfork.rewriting.inference import Inference
from unfork.rewriting.kinds import Instance
from unfork.rewriting.library_calls import MERELY_TELLING, is_handed_to_library
from unfork.rewriting.other_errors import last_names
from unfork.rewriting.other_values import misfit_of_member
from unfork.rewriting.receivers import Receivers, attributes_matched, attributes_probed
from unfork.rewriting.special_methods import HOLDERS, special_methods_asked, values_told_equal

Misfit = tuple[ast.expr | ast.stmt, str]
"""A place, and why the counterpart does not take what is done there."""


def misfits_of_handed_values(
    receivers: Receivers,
    old: Interface,
    new: Interface,
    changes: Collection[str],
    nodes: Collection[ast.expr],
) -> Iterator[Misfit]:
    """Yield the places where a value is handed to a function that uses it as the counterpart does not take it.

    Uses of the members that have ``changes`` follow where their file tells what they are members of.
    """
    if old.members is None or new.members is None or not new.complete:
        return
    lost = special_methods_lost(old, new)
    handed = _Handed(receivers.inference, old, new, lost, changes)
    yield from handed.misfits(receivers.context, nodes)


def misfits_of_handed_instances(
    receivers: Receivers,
    old: Interface,
    new: Interface,
    lost: frozenset[str],
    changes: Collection[str],
) -> Iterator[Misfit]:
    """Yield the instances that a file hands to functions which use them as the counterpart does not take it.

    Uses of the members that have ``changes`` follow where their file tells what they are members of.
    """
    handed = _Handed(receivers.inference, old, new, lost, changes)
    name, context = min(lost, default=""), receivers.context
    arguments = (part for call in context.source.nodes_of(ast.Call) for part in _arguments(call))
    instances = (argument for argument in arguments if receivers.is_instance(argument, name))
    for node in instances:
        why = handed.why_of_library(context, node)
        if why:
            yield node, why
        yield from handed.misfits(context, [node])


def _arguments(call: ast.Call) -> Iterator[ast.expr]:
    yield from (*call.args, *(keyword.value for keyword in call.keywords))


@dataclass
class _Handed:
    """What is asked of something in functions that it is handed to; ``lost`` are special methods of the legacy one."""

    inference: Inference
    old: Interface
    new: Interface
    lost: frozenset[str]
    changes: Collection[str]

    @cached_property
    def _altered(self) -> dict[str, Alteration]:
        return altered_members(self.old, self.new)

    def misfits(self, context: FileContext, nodes: Iterable[ast.expr]) -> Iterator[Misfit]:
        handed = HandedInstances(self.inference)
        for node in nodes:
            for around, use in handed.uses(context, node):
                why = self._misfit(around, use)
                if why:
                    line, col = around.at(use)
                    yield node, f"it is used at {around.importer}:{line}:{col}: {why}"

    def why_of_library(self, context: FileContext, node: ast.expr) -> str:
        """Return why a library function may not take it: it may ask for a special method that is missing."""
        asked = self.lost - MERELY_TELLING - (self.new.members or {}).keys()
        if not asked or not is_handed_to_library(self.inference, context, node):
            return ""
        return f"it has no {min(asked)}, which may be asked for"

    def _misfit(self, context: FileContext, node: ast.expr) -> str:
        members, others = self.old.members or {}, self.new.members or {}
        if self._is_copied_there(context, node):
            return ""
        for names in special_methods_asked(context.parents, node):
            name = next((name for name in names if name in members), "")
            if name in self.lost:
                return f"it has no {name}" if name not in others else "it has other fields"
        parent = context.parents.get(node)
        why = self.why_of_library(context, node) or self._misfit_of_class(parent, node)
        if why:
            return why
        if not isinstance(parent, ast.Attribute):
            return misfit_of_fields(context, self.old, self.new, node)
        asked = "__getattr__" if isinstance(parent.ctx, ast.Load) else "__dict__"
        if parent.attr in self.lost or (asked in self.lost and parent.attr not in others):
            return f"it has no {parent.attr}"
        alteration = self._altered.get(parent.attr)
        if alteration is not None and _is_used_otherwise(context, alteration, parent):
            if parent.attr in self.changes and self._is_instance_there(context, node):
                return ""
            return alteration.why or f"{parent.attr} takes other arguments"
        return misfit_of_fields(context, self.old, self.new, parent) or misfit_of_member(
            context, self.old, self.new, parent
        )

    def _is_copied_there(self, context: FileContext, node: ast.expr) -> bool:
        """Return whether a copy of it with other fields is made, which its own file follows."""
        parent = context.parents.get(node)
        is_copy = isinstance(parent, ast.Call) and last_name(parent.func) == "replace"
        return is_copy and "" in self.changes and self._is_instance_there(context, node)

    def _is_instance_there(self, context: FileContext, node: ast.expr) -> bool:
        """Return whether the file of an expression tells of what class it is, by an annotation, say."""
        file = self.inference.file(context.key)
        kinds = file.kinds(node) if file is not None else None
        return any(isinstance(kind, Instance) for kind in kinds or ())

    def _misfit_of_class(self, parent: ast.AST | None, node: ast.expr) -> str:
        """Return why it is not what is asked for: a pattern, ``isinstance``, ``getattr``."""
        others = self.new.members or {}
        probed = {name for value, name in _probed(parent) if value is node}
        gained = probed & members_gained(self.old, self.new)
        if gained:
            return f"it has {min(gained)} there, which is asked for"
        held = self.old.bases_missed(self.new) & HOLDERS
        if held and any(value is node for value in values_told_equal(parent)):
            return f"it is no {min(held)}"
        match parent:
            case ast.Match():
                gone = gone_members(self.old, self.new, {})
                name = next((name for _, name in attributes_matched(parent) if name in gone), "")
                return f"it has no {name}" if name else ""
            case ast.Call(func=ast.Name(id="isinstance"), args=[value, kinds]) if value is node:
                asked = self.old.bases_missed(self.new) & last_names(kinds)
                return f"it is no {min(asked)}" if asked else ""
            case ast.Call(func=ast.Name(id="getattr"), args=[value, ast.Constant(value=name)]) if (
                value is node
            ):
                is_gone = "__getattr__" in self.lost and name not in others
                return f"it has no {name!s}" if is_gone else ""
            case _:
                return ""


def _probed(node: ast.AST | None) -> Iterator[tuple[ast.expr, str]]:
    return attributes_probed(node) if node is not None else iter(())


def _is_used_otherwise(context: FileContext, alteration: Alteration, node: ast.Attribute) -> bool:
    """Return whether a method is called as the new one does not take it, or passed on to who may do so."""
    outer = context.parents.get(node)
    is_passed = isinstance(outer, ast.Call) and outer.func is not node
    old, new = alteration.old, alteration.new
    if is_passed and old is not None and new is not None:
        return not new.takes_all_of(old)
    return alteration.concerns(context, node)
