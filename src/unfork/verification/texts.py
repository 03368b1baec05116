"""The string values of expressions: constants, combined in any way."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Collection, Iterator, Mapping, Sequence
from string import Formatter
from types import UnionType

from unfork.verification.machine import Frame, Machine
from unfork.verification.made_texts import base_of_text, text_made
from unfork.verification.values import OPAQUE, Definition, Outside, Value, plain_value

HOLE = "\0"
"""Marks an unknown part of a text."""


def text_of(machine: Machine, node: ast.expr) -> str | None:
    """Return the text of an expression, with ``HOLE`` for unknown parts; None if it may not be a text."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr():
            return "".join(_piece_of_fstring(machine, part) for part in node.values)
        case ast.BinOp(op=ast.Add()):
            left, right = text_of(machine, node.left), text_of(machine, node.right)
            if left is None and right is None:
                return None
            return (left or HOLE) + (right or HOLE)
        case ast.BinOp(op=ast.Mod()):
            form = text_of(machine, node.left)
            return None if form is None else _format_percent(machine, form, node.right)
        case ast.Attribute(value=ast.Name(id="__spec__"), attr="name" | "parent" as part):
            dotted, package = _names_of_module(machine)
            return dotted if part == "name" else package
        case ast.Name() | ast.Attribute():
            return _constant_text(machine, node)
        case ast.Call(func=ast.Attribute(value=template, attr="format")):
            form = text_of(machine, template)
            if form is None:
                return None
            given = {str(place): part for place, part in enumerate(node.args)}
            given |= {part.arg: part.value for part in node.keywords if part.arg}
            known = {name: text_of(machine, part) or HOLE for name, part in given.items()}
            return _format_braces(form, known)
        case ast.Call(
            func=ast.Attribute(value=between, attr="join"),
            args=[ast.List(elts=parts) | ast.Tuple(elts=parts)],
        ):
            joint = text_of(machine, between)
            return None if joint is None else _joined(machine, joint, parts)
        case _:
            base = base_of_text(node)
            begun = text_of(machine, base) if base is not None else None
            return None if begun is None or HOLE in begun else text_made(node, begun)


def _joined(machine: Machine, joint: str, parts: Sequence[ast.expr]) -> str:
    """Return the result of ``joint.join(parts)``; how many parts an unpacked one has is not known."""
    return joint.join(text_of(machine, part) or HOLE for part in parts)


def _piece_of_fstring(machine: Machine, node: ast.expr) -> str:
    if isinstance(node, ast.FormattedValue):
        plain = node.format_spec is None and node.conversion in (-1, 115)
        return (text_of(machine, node.value) if plain else None) or HOLE
    return text_of(machine, node) or ""


def _format_braces(form: str, known: Mapping[str, str]) -> str:
    """Return the result of ``form.format`` with the texts known by position or name; only plain fields are filled."""
    pieces: list[str] = []
    places = map(str, itertools.count())
    try:
        for literal, name, spec, conversion in Formatter().parse(form):
            pieces.append(literal)
            if name is not None:
                plain = not spec and conversion in (None, "s")
                text = known.get(name or next(places), HOLE)
                pieces.append(text if plain else HOLE)
    except ValueError:
        return HOLE
    return "".join(pieces)


def _format_percent(machine: Machine, form: str, value: ast.expr) -> str:
    values = value.elts if isinstance(value, ast.Tuple) else [value]
    try:
        return form % tuple(text_of(machine, element) or HOLE for element in values)
    except (TypeError, ValueError):
        return HOLE


def _constant_text(machine: Machine, node: ast.Name | ast.Attribute) -> str | None:
    """Return the text that a name is bound to, if there is only one."""
    if isinstance(node, ast.Attribute) and node.attr in ("__name__", "__package__", "__module__"):
        values = machine.modules.resolved(machine.seen.get(id(node.value), OPAQUE))
        names = {machine.modules.special_text(value, node.attr) for value in values}
        machine.leans = True
        return next(iter(names)) or HOLE if len(names) == 1 else HOLE
    values = machine.modules.resolved(machine.seen.get(id(node), OPAQUE))
    if values == frozenset({Outside("builtins.__name__")}):
        return _names_of_module(machine)[0]
    if values == frozenset({Outside("builtins.__package__")}):
        return _names_of_module(machine)[1]
    texts = {text for v in values for text in _texts_bound(machine, v)}
    machine.told.add(id(node))
    return texts.pop() if len(texts) == 1 else None


def _names_of_module(machine: Machine) -> tuple[str, str]:
    """Return the ``__name__`` of a file's module, and its ``__package__``."""
    dotted = machine.modules.finder.dotted(machine.path)
    is_package = "/__init__." in f"/{machine.path}"
    return dotted, dotted if is_package else dotted.rpartition(".")[0]


def texts_of(machine: Machine, node: ast.expr) -> list[str]:
    """Return the possible texts of an expression: several, if a loop iterates over them."""
    text = text_of(machine, node)
    if text is not None or not isinstance(node, ast.Name):
        return [text] if text is not None else []
    values = machine.modules.resolved(machine.seen.get(id(node), OPAQUE))
    return sorted({text for value in values for text in _texts_bound(machine, value)})


def strings_of_table(node: ast.expr, key: object = None) -> tuple[ast.Constant, ...]:
    """Return the strings that a literal table holds, or those under a key; none if it holds anything else."""
    match node:
        case ast.Dict(keys=keys, values=held) if None not in keys:
            names = [k.value if isinstance(k, ast.Constant) else key for k in keys]
        case ast.List(elts=held) | ast.Tuple(elts=held):
            names = [*range(len(held))]
        case ast.Set(elts=held):
            names = [None] * len(held)
        case _:
            return ()
    strings = _all_strings(held)
    chosen = tuple(string for name, string in zip(names, strings) if name == key)
    return chosen if key in names else strings


def _all_strings(held: Sequence[ast.expr | None]) -> tuple[ast.Constant, ...]:
    """Return expressions that are all strings; none if any is something else."""
    strings = [e for e in held if isinstance(e, ast.Constant) and isinstance(e.value, str)]
    return tuple(strings) if len(strings) == len(held) else ()


def _table_of(machine: Machine, node: ast.expr) -> ast.expr | None:
    """Return the literal table that a name is bound to."""
    values = [*machine.seen.get(id(node), OPAQUE)] if isinstance(node, ast.Name) else []
    definition = values[0] if len(values) == 1 else None
    return machine.tables.get(definition) if isinstance(definition, Definition) else None


def note_elements(machine: Machine, frame: Frame, target: ast.expr, given: ast.expr) -> None:
    """Record the strings of a literal table that names stand for: in a loop over it, or unpacked from an entry."""
    names = target.elts if isinstance(target, ast.Tuple) else [target]
    for position, name in enumerate(names):
        if isinstance(name, ast.Name):
            column = position if isinstance(target, ast.Tuple) else None
            held, holder = _entries_of(machine, given, column)
            strings = _all_strings([_part_of(entry, column) for entry in held])
            if strings:
                definition = machine.definition(name, frame.scope, name.id)
                machine.elements[definition] = strings, holder


def _entries_of(
    machine: Machine, given: ast.expr, column: int | None
) -> tuple[Sequence[ast.expr], ast.Name | None]:
    """Return the entries of a literal table that an expression gives one of, and the name that the table has there."""
    match given:
        case ast.Call(func=ast.Attribute(value=ast.Name() as holder, attr="values"), args=[]):
            return _held_by(_table_of(machine, holder), ast.Dict), holder
        case ast.Call(func=ast.Attribute(value=ast.Name() as holder, attr="items"), args=[]):
            values = _held_by(_table_of(machine, holder), ast.Dict)
            return [ast.Tuple([value, value]) for value in values if column == 1], holder
        case (
            ast.Subscript(value=ast.Name() as holder)
            | ast.Call(func=ast.Attribute(value=ast.Name() as holder, attr="get"), args=[_])
        ) if column is not None:
            return _held_by(_table_of(machine, holder), ast.Dict | ast.List | ast.Tuple), holder
        case ast.Name() as holder:
            return _held_by(_table_of(machine, holder)), holder
        case _:
            return _held_by(given), None


def _held_by(
    table: ast.expr | None, kind: type | UnionType = ast.List | ast.Tuple | ast.Set
) -> Sequence[ast.expr]:
    """Return what a literal table of a kind holds: the values of a dictionary, the elements of all others."""
    if table is None or not isinstance(table, kind):
        return ()
    held: Sequence[ast.expr] = table.values if isinstance(table, ast.Dict) else table.elts  # type: ignore[attr-defined]
    return held


def _part_of(element: ast.expr, column: int | None) -> ast.expr | None:
    if column is None:
        return element
    parts = element.elts if isinstance(element, ast.Tuple | ast.List) else []
    return parts[column] if column < len(parts) else None


def looked_up(machine: Machine, node: ast.expr) -> Sequence[tuple[str, ast.Constant]]:
    """Return the texts that the strings of a literal table give, each with its string: ``TABLE[key]``, ``f"{e}.x"``."""
    match node:
        case ast.Subscript(value=ast.Name() as table, slice=key):
            pass
        case ast.Call(func=ast.Attribute(value=ast.Name() as table, attr="get"), args=[key]):
            pass
        case _:
            return _texts_of_elements(machine, node)
    held = _table_of(machine, table)
    if held is None:
        return ()
    strings = strings_of_table(held, key.value if isinstance(key, ast.Constant) else None)
    if strings:
        machine.told.add(id(table))
    return [(str(string.value), string) for string in strings]


def _texts_of_elements(machine: Machine, node: ast.expr) -> Sequence[tuple[str, ast.Constant]]:
    """Return the texts of an expression with a name that stands for strings of a table, one for each of these."""
    names = [
        (name, value)
        for name in ast.walk(node)
        if isinstance(name, ast.Name)
        for value in machine.seen.get(id(name), OPAQUE)
        if isinstance(value, Definition) and value in machine.elements
    ]
    if len(names) != 1:
        return ()
    [(name, definition)] = names
    strings, holder = machine.elements[definition]
    known = machine.texts.get(definition)
    texts = []
    for string in strings:
        machine.texts[definition] = frozenset({str(string.value)})
        texts.append(text_of(machine, node))
    machine.texts.pop(definition)
    machine.texts |= {definition: known} if known is not None else {}
    if any(text is None or HOLE in text for text in texts):
        return ()
    machine.told |= {id(name), id(holder)}
    return [(text, string) for text, string in zip(texts, strings) if text is not None]


def own_texts(machine: Machine, node: ast.Name) -> Iterator[str]:
    """Yield the texts that the file itself binds a name to."""
    for value in map(plain_value, machine.seen.get(id(node), OPAQUE)):
        if isinstance(value, Definition):
            yield from machine.texts.get(value, ())


def _texts_bound(machine: Machine, value: Value) -> Collection[str]:
    value = plain_value(value)
    if not isinstance(value, Definition):
        return ()
    if value.path == machine.path:
        return machine.texts.get(value, ())
    machine.leans = True
    return machine.modules.texts(value)
