"""What stands for an instance of a class that moves: another class with its members, handed to code that follows.

def go(engine: OldEngine): engine.halt()        go(FakeEngine())        class Halts(Protocol): def halt(self): ...
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Mapping

from unfork.nodes import FunctionDef, last_name
from unfork.reading.interface import Interface
from unfork.rewriting.definition_bodies import is_stand_in
from unfork.rewriting.file_context import FileContext
from unfork.rewriting.handed_misfits import Misfit
from unfork.rewriting.kinds import Class, Function, Instance, Kinds, Member
from unfork.rewriting.receivers import Receivers
from unfork_codemods.calls import CallChange

_DOUBLE = re.compile(r"(?:^|_|(?<=[a-z]))(?:Dummy|Fake|Mock|Null|Spy|Stub)|(?:Double|InMemory)")
"""A part of the name of a class that is there to stand for another."""


def misfits_of_stand_ins(
    receivers: Receivers, old: Interface, gone: frozenset[str]
) -> Iterator[Misfit]:
    """Yield the classes and arguments that stand for an instance, with members that the new class has not like that."""
    members = {name for name in old.members or () if not name.startswith("_")}
    for node in receivers.context.source.nodes_of(ast.ClassDef, ast.Call) if gone else ():
        if isinstance(node, ast.ClassDef) and not receivers.is_subclass(node):
            own = {part.name for part in node.body if isinstance(part, FunctionDef)}
            shared = own & gone
            public = {name for name in own if not name.startswith("_")}
            if shared and public <= members and _stands_for_others(node):
                yield node, f"{node.name} has {min(shared)}, too, and may stand for one"
        elif isinstance(node, ast.Call):
            yield from _misfits_handed(receivers, node, gone)


def misfits_of_replacements(
    context: FileContext, name: str, changes: Mapping[str, CallChange]
) -> Iterator[Misfit]:
    """Yield where a test replaces what is called with other arguments, and tells the old ones itself.

    patch("app.main.submit", lambda job, attempts: ...)        submit.assert_called_with("a", attempts=2)
    """
    asked = {member or name: change for member, change in changes.items()}
    asked = {called: change for called, change in asked.items() if change.changes_arguments}
    words: frozenset[str] | None = None
    for node in context.source.nodes_of(ast.Call) if asked else ():
        change = asked.get(_name_replaced(node))
        if change is None:
            continue
        words = _argument_names(context) if words is None else words
        if change.add or not words.isdisjoint((*change.rename, *change.drop)):
            yield node, f"{_name_replaced(node)} is replaced here, and would get other arguments"


def _name_replaced(call: ast.Call) -> str:
    """Return the last name of what a call replaces: ``patch("app.main.submit")``, ``setattr(main, "submit", fake)``."""
    if not is_stand_in(call) and last_name(call.func) not in ("setattr", "spy"):
        return ""
    texts = (part.value for part in call.args[:2] if isinstance(part, ast.Constant))
    return next((text.rpartition(".")[2] for text in texts if isinstance(text, str)), "")


def _argument_names(context: FileContext) -> frozenset[str]:
    """Return the names of parameters and keyword arguments in a file, and its strings."""
    names: set[str] = set()
    for node in context.source.nodes:
        match node:
            case ast.arg(arg=name) | ast.keyword(arg=str(name)) | ast.Constant(value=str(name)):
                names.add(name)
            case _:
                continue
    return frozenset(names)


def _stands_for_others(node: ast.ClassDef) -> bool:
    is_protocol = any(last_name(base) == "Protocol" for base in node.bases)
    return is_protocol or _DOUBLE.search(node.name) is not None


def _misfits_handed(receivers: Receivers, call: ast.Call, gone: frozenset[str]) -> Iterator[Misfit]:
    """Yield the arguments of another class where one of this is asked for, or the other way round."""
    inference = receivers.inference
    for argument, asked in _arguments_asked(receivers, call):
        given = inference.kinds(argument)
        for taken, other in ((asked, given), (given, asked)):
            if not _has_instance_of(receivers, taken) or _has_instance_of(receivers, other):
                continue
            for kind in other or ():
                if not isinstance(kind, Instance):
                    continue
                shared = [name for name in sorted(gone) if inference.defines(kind.of, name)]
                if shared:
                    yield argument, f"{kind.of.name} has {shared[0]}, too, and stands for one here"


def _has_instance_of(receivers: Receivers, kinds: Kinds | None) -> bool:
    return any(isinstance(kind, Instance) and receivers.is_derived(kind.of) for kind in kinds or ())


def _arguments_asked(receivers: Receivers, call: ast.Call) -> Iterator[tuple[ast.expr, Kinds]]:
    """Yield the arguments of a call of the project's code, each with what the parameter's annotation asks for."""
    for key, function, skipped in _functions_called(receivers, call):
        file = receivers.inference.file(key)
        every = [*function.args.posonlyargs, *function.args.args]
        named = {arg.arg: arg for arg in (*every, *function.args.kwonlyargs)}
        pairs = [*zip(call.args, every[skipped:])]
        pairs += [(k.value, named[k.arg]) for k in call.keywords if k.arg in named and k.arg]
        for value, parameter in pairs if file is not None else ():
            if parameter.annotation is not None and file is not None:
                scope = file.context.scope_around(function)
                yield value, file.annotation(parameter.annotation, scope) or frozenset()


def _functions_called(
    receivers: Receivers, call: ast.Call
) -> Iterator[tuple[str, FunctionDef, int]]:
    """Yield the functions that a call may call, each with its module and how many parameters have a value already."""
    for kind in receivers.inference.kinds(call.func) or ():
        match kind:
            case Function(key=key, node=node):
                yield key, node, 0
            case Class() as owner:
                yield from _methods(receivers, owner, "__init__", 1)
            case Member(owner=owner, name=name, of_class=of_class):
                yield from _methods(receivers, owner, name, 0 if of_class else 1)
            case _:
                continue


def _methods(
    receivers: Receivers, owner: Class, name: str, skipped: int
) -> Iterator[tuple[str, FunctionDef, int]]:
    definer = receivers.inference.definer(owner, name)
    body: Collection[ast.stmt] = definer.node.body if definer is not None and definer.node else ()
    for part in body:
        if isinstance(part, FunctionDef) and part.name == name and definer is not None:
            yield definer.key, part, skipped
