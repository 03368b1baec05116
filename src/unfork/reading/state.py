"""The state of a module while the program runs: top-level names that its own code changes, and the code sharing them.

    PLUGINS = {}

    def register(plugin):
        PLUGINS[plugin.name] = plugin

Code that takes ``register`` from one module and ``PLUGINS`` from another finds nothing registered. The same applies to
the errors that a module raises: code that takes ``run`` from one and ``Busy`` from another does not catch the error.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import chain
from typing import NamedTuple

from unfork.nodes import FunctionDef, defaults, last_name
from unfork.reading.asked_names import classes_called, names_to_ask_by
from unfork.reading.changes import changed_objects, names_in_chain
from unfork.reading.kept_by_functions import DISPLAYS, functions_keeping_state
from unfork.reading.reads import names_reached, names_read
from unfork.reading.source import Source
from unfork.reading.statement_names import assigned_values


def shared_state(source: Source) -> Mapping[str, frozenset[str]]:
    """Return the top-level names that functions change or raise, each with all names that use it.

    Raises Unparsable.
    """
    return source.once(_shared_state)


def _shared_state(source: Source) -> Mapping[str, frozenset[str]]:
    kept, keeping = frozenset(_assigned_names(source.tree)), functions_keeping_state(source.tree)
    changes = source.once(_changes) if kept else ()
    changed = kept.intersection(chain.from_iterable(names for _, names in changes))
    if not (changed or keeping):
        return {}
    reads, alone = names_read(source), frozenset[str]()
    return {
        name: frozenset().union(
            keeping.get(name, alone) - {name},
            *(_names_using(source, shared, reads) for shared in keeping.get(name, {name})),
        )
        for name in sorted({*changed, *keeping})
    }


def changeable_state(source: Source) -> Mapping[str, frozenset[str]]:
    """Return the top-level names of objects that only other modules may change, each with all names that use it.

    Raises Unparsable.
    """
    own = shared_state(source)
    objects = {
        name
        for node in source.tree.body
        for name, value in assigned_values(node)
        if isinstance(value, _CHANGEABLE) and not _is_logger(value)
    }
    given = _names_given(source.tree, objects) if objects else {}
    names = objects.union(given, _registering(source.tree)) - own.keys()
    reads = names_read(source) if names else {}
    return {
        name: frozenset().union(
            given.get(name, frozenset()),
            *(_names_using(source, part, reads) for part in (name, *given.get(name, ()))),
        )
        - {name}
        for name in sorted(names)
    }


def _names_given(tree: ast.Module, objects: Collection[str]) -> dict[str, frozenset[str]]:
    """Return the functions that return one of some objects: who calls one of these may change the object."""
    given = {
        node.name: frozenset(
            part.value.id
            for part in ast.walk(node)
            if isinstance(part, ast.Return) and isinstance(part.value, ast.Name)
        ).intersection(objects)
        for node in tree.body
        if isinstance(node, FunctionDef)
    }
    return {name: names for name, names in given.items() if names}


def _registering(tree: ast.Module) -> Iterator[str]:
    """Yield the decorated functions and the abstract classes: others may register something with these."""
    for node in tree.body:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) if (
                node.decorator_list
            ):
                yield name
            case ast.ClassDef(name=name, bases=bases, keywords=keywords):
                parts = [*bases, *(keyword.value for keyword in keywords)]
                if any(last_name(part) in ("ABC", "ABCMeta") for part in parts):
                    yield name
            case _:
                pass


def _is_logger(value: ast.expr) -> bool:
    """Return whether a value is a logger: each module has its own, and what is set of it is not what it gives."""
    return isinstance(value, ast.Call) and last_name(value.func) in ("getLogger", "get_logger")


_CHANGEABLE = DISPLAYS | ast.Call


class Shared(NamedTuple):
    """What definitions of a module share: names, each with all names that use it.

    ``plain`` are classes whose instances are not compared by their values, each with its names and its bases: who
    shares one of these matters only to code that asks for one of them.
    """

    users: Mapping[str, frozenset[str]]
    plain: Mapping[str, frozenset[str]]


def shared_by_definitions(source: Source) -> Shared:
    """Return the state of a module and its classes, with the names that use each.

    Code that catches, compares or asks for a ``Job`` needs the class that ``run`` makes it of. A subclass and another
    name of a class use it. Raises Unparsable.
    """
    classes = {node.name: node for node in source.tree.body if isinstance(node, ast.ClassDef)}
    calls, told_apart = dict(_names_made(source.tree)), _names_told_apart(source)
    own = {*classes, "object"}
    made = {name for name, maker in calls.items() if maker in own or name in told_apart}
    state, called = shared_state(source), {*classes_called(source.tree)} - classes.keys()
    users = {name: {*state.get(name, ())} for name in (*state, *classes, *called, *made)}
    for owner, names in names_reached(source).items() if made else ():
        for name in names & made - {owner}:  # a default is what was made, too
            users[name].add(owner)
    for owner, names in names_read(source).items():
        for name in names & users.keys():
            users[name].add(owner)
    pairs = [*_names_inherited(classes.values()), *_other_names(source.tree)]
    for owner, name in pairs:
        if name in classes or name in called:
            users[name].add(owner)
    for owner, name in _instances_held(source.tree, called.union(classes)):
        users[name].add(owner)
    for table, name in _classes_as_keys(source.tree, classes.keys()):
        readers = (owner for owner, names in names_read(source).items() if table in names)
        users[name].update((table, *readers))
    members = names_to_ask_by(source)
    plain = {
        name: frozenset(
            members[name]
            | {base for owner, base in pairs if owner == name}
            | {other for other, own in pairs if own == name and other not in classes}
        )
        for name in _plain_classes(classes)
        if name not in state
    }
    by_name = {n for n in called - state.keys() - made if not calls[n].endswith(("Enum", "Flag"))}
    plain |= {name: frozenset({name}) for name in by_name}
    return Shared({name: frozenset(users[name] - {name}) for name in sorted(users)}, plain)


def _names_made(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield what a module makes once, with what of: ``UNSET = object()``."""
    for node in tree.body:
        for name, value in assigned_values(node):
            if isinstance(value, ast.Call):
                yield name, last_name(value.func)


def _instances_held(tree: ast.Module, classes: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield what has instances of a module's classes from the start, with the class: ``ALL = [Engine()]``."""
    for node in tree.body:
        for owner, value in assigned_values(node):
            for part in ast.walk(value) if value is not None else ():
                if isinstance(part, ast.Call) and last_name(part.func) in classes:
                    yield owner, last_name(part.func)


def _names_told_apart(source: Source) -> frozenset[str]:
    """Return the names that code compares by identity: ``if value is UNSET``."""
    compared = (
        (node.left, *node.comparators)
        for node in source.nodes_of(ast.Compare)
        if any(isinstance(op, ast.Is | ast.IsNot) for op in node.ops)
    )
    return frozenset(part.id for parts in compared for part in parts if isinstance(part, ast.Name))


def _names_inherited(classes: Iterable[ast.ClassDef]) -> Iterator[tuple[str, str]]:
    """Yield classes with the names of those that they inherit from."""
    for node in classes:
        yield from ((node.name, base.id) for base in node.bases if isinstance(base, ast.Name))


def _other_names(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield what a module binds to what another name is bound to: ``engine = Engine``."""
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=other)], value=ast.Name(id=name)):
                yield other, name
            case _:
                pass


def _classes_as_keys(tree: ast.Module, classes: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield what a module looks up by its classes, with one of these: ``NAMES = {Engine: "engine"}``."""
    for node in tree.body:
        for name, value in assigned_values(node):
            for key in value.keys if isinstance(value, ast.Dict) else ():
                if isinstance(key, ast.Name) and key.id in classes:
                    yield name, key.id


def _plain_classes(classes: Mapping[str, ast.ClassDef]) -> set[str]:
    """Return the classes whose instances are compared by identity, as far as they and their bases here tell."""
    plain = {name for name, node in classes.items() if _is_plain(node, classes.keys())}
    while others := {
        name for name in plain if not _bases(classes[name]) <= plain.union({"object"})
    }:
        plain -= others
    return plain


def _is_plain(node: ast.ClassDef, classes: Collection[str]) -> bool:
    """Return whether instances are compared by identity, as far as a class itself tells."""
    compares = any(getattr(part, "name", "") == "__eq__" for part in node.body)
    return not (node.decorator_list or node.keywords or compares) and all(
        base in classes or base == "object" for base in _bases(node)
    )


def _bases(node: ast.ClassDef) -> set[str]:
    return {base.id if isinstance(base, ast.Name) else "" for base in node.bases}


def _names_using(source: Source, name: str, reads: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """Return the names whose code looks a name up or changes it, directly or by calling another that changes it."""
    changes = source.once(_changes)
    changing = frozenset(owner for owner, names in changes if owner and name in names)
    holding = _names_holding(source, name)
    using = {name} | holding | changing
    looking = {owner for owner, names in reads.items() if not using.isdisjoint(names)}
    return frozenset((looking | changing | holding) - {name})


def _changes(source: Source) -> tuple[tuple[str, frozenset[str]], ...]:
    """Return the names that each statement at the top changes, with what it defines, or an empty text."""
    return tuple(
        (node.name if isinstance(node, _DEFINES) else "", frozenset(_changed_names(node)))
        for node in source.tree.body
    )


def _names_holding(source: Source, name: str) -> set[str]:
    """Return the names of what contains the object of another name: ``ALL = {"x": X}``, ``def find(among=X)``."""
    held, holders = {name}, source.once(_holders)
    while more := {owner for owner, names in holders if names & held} - held:
        held |= more
    return held - {name}


def _holders(source: Source) -> tuple[tuple[str, frozenset[str]], ...]:
    return tuple(
        (owner, frozenset(_names_in_display(value)))
        for node in source.tree.body
        for owner, value in _values_held(node)
    )


def _values_held(node: ast.stmt) -> Iterator[tuple[str, ast.expr]]:
    """Yield what a statement at the top assigns, and what a function or class keeps: defaults, attributes."""
    yield from ((name, value) for name, value in assigned_values(node) if value is not None)
    if isinstance(node, FunctionDef):
        yield from ((node.name, value) for _, value in defaults(node.args))
    elif isinstance(node, ast.ClassDef):
        yield from ((node.name, value) for part in node.body for _, value in _values_held(part))


def _names_in_display(value: ast.expr) -> Iterator[str]:
    """Yield the names that an expression is, or has among its elements."""
    match value:
        case ast.Name(id=name):
            yield name
        case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts):
            for part in parts:
                yield from _names_in_display(part)
        case ast.Dict(values=parts):
            for part in parts:
                yield from _names_in_display(part)
        case _:
            pass


_DEFINES = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def _assigned_names(tree: ast.Module) -> Iterator[str]:
    """Yield the names that a module assigns, at the top level or by ``global`` in a function."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Global):
            yield from node.names
    for node in tree.body:
        yield from (name for name, _ in assigned_values(node))
        if isinstance(node, ast.ClassDef) or (
            isinstance(node, FunctionDef) and node.decorator_list
        ):
            yield node.name


def _changed_names(tree: ast.AST) -> Iterator[str]:
    """Yield the names that functions change in place, rebind by ``global``, or raise."""
    for function in ast.walk(tree):
        if isinstance(function, ast.ClassDef) and _changes_itself(function):
            yield function.name
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _changed_in(function)


def _changes_itself(node: ast.ClassDef) -> bool:
    """Return whether a class is changed by its methods: through ``cls``, or an object that all its instances share."""
    if "cls" in _changed_in(node) or any(map(_is_own_class, changed_objects(node))):
        return True
    shared = {
        name
        for part in node.body
        for name, value in assigned_values(part)
        if isinstance(value, DISPLAYS)
    }
    if not shared:
        return False
    own = {
        part.attr
        for part in ast.walk(node)
        if isinstance(part, ast.Attribute) and isinstance(part.ctx, ast.Store)
    }
    changed = (tuple(names_in_chain(changed)) for changed in changed_objects(node))
    return any(
        chain[-1] == "self" and chain[-2:-1] and chain[-2] in shared - own
        for chain in changed
        if chain
    )


def _is_own_class(expression: ast.expr) -> bool:
    """Return whether an expression is the class of an object in one of its methods."""
    return ast.unparse(expression) in ("type(self)", "self.__class__")


def _changed_in(function: ast.AST) -> set[str]:
    names = {
        name for changed in changed_objects(function) for name in [*names_in_chain(changed)][-1:]
    }
    for node in ast.walk(function):
        match node:
            case ast.Global(names=rebound):
                names |= {*rebound}
            case ast.Raise(exc=ast.Name(id=name) | ast.Call(func=ast.Name(id=name))):
                names.add(name)
            case ast.Attribute(value=ast.Name(id=name), attr="__subclasses__"):
                names.add(name)  # a class keeps a list of its subclasses
            case _:
                pass
    return names
