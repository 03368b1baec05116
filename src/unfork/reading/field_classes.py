"""Classes whose fields make their constructor: data classes and named tuples (PEP 557, PEP 526)."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from unfork.nodes import last_name


class Field(NamedTuple):
    """A field of a data class or named tuple, as a parameter of its constructor."""

    name: str
    has_default: bool
    by_keyword: bool = False
    in_constructor: bool = True


class Options(NamedTuple):
    """The arguments of ``dataclass`` that matter here; ``known`` is false if one is no literal."""

    init: bool = True
    kw_only: bool = False
    frozen: bool = False
    order: bool = False
    eq: bool = True
    unsafe_hash: bool = False
    slots: bool = False
    match_args: bool = True
    known: bool = True


def dataclass_options(decorator: ast.expr) -> Options:
    """Return the options of a ``dataclass`` decorator, called or not."""
    if not isinstance(decorator, ast.Call):
        return Options()
    given = {k.arg: k.value.value for k in decorator.keywords if isinstance(k.value, ast.Constant)}
    known = len(given) == len(decorator.keywords) and not decorator.args and None not in given
    told = {name: bool(value) for name, value in given.items() if name in Options._fields[:-1]}
    return Options(**told, known=known)


def methods_made(options: Options) -> Iterator[str]:
    """Yield the special members that ``dataclass`` gives a class."""
    yield from ("__dataclass_fields__", "__repr__")
    if options.eq:
        yield "__eq__"
    if options.order:
        yield from ("__ge__", "__gt__", "__le__", "__lt__")


def fields_of(node: ast.ClassDef, kw_only: bool = False) -> Iterator[Field]:
    """Yield the fields that the annotations of a class body declare."""
    for statement in node.body:
        if not isinstance(statement, ast.AnnAssign) or not isinstance(statement.target, ast.Name):
            continue
        annotation = statement.annotation
        kind = last_name(annotation.value if isinstance(annotation, ast.Subscript) else annotation)
        if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
            kind = annotation.value.partition("[")[0].rpartition(".")[2]
        if kind == "KW_ONLY":
            kw_only = True
        elif kind != "ClassVar":
            yield _field(statement.target.id, statement.value, kw_only)


def fields_of_call(call: ast.Call) -> tuple[Field, ...] | None:
    """Return the fields of a ``namedtuple`` or ``make_dataclass`` call; None if they cannot be told."""
    names = names_in_call(call)
    return None if names is None else tuple(Field(name, False) for name in names)


def names_in_call(call: ast.Call) -> list[str] | None:
    """Return the names that a call which makes a class is given: ``"x y"``, ``["x", ("y", int)]``; None: not told."""
    match call:
        case ast.Call(args=[_, ast.Constant(value=str(text))], keywords=[]):
            return text.replace(",", " ").split()
        case ast.Call(args=[_, ast.List(elts=parts) | ast.Tuple(elts=parts)], keywords=[]):
            firsts = [p.elts[0] if isinstance(p, ast.Tuple) and p.elts else p for p in parts]
            names = [first.value for first in firsts if isinstance(first, ast.Constant)]
            return list(map(str, names)) if len(names) == len(parts) else None
        case _:
            return None


def choices_of(node: ast.ClassDef) -> dict[str, object]:
    """Return the members of an enumeration with their values, None for those that are no literals.

    ``auto()`` counts from 1; in one whose bases have ``Flag`` in their names, its values are not told.
    """
    counts = not any("Flag" in last_name(base) for base in node.bases)
    choices: dict[str, object] = {}
    for statement in node.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name[0] != "_":
                is_next = isinstance(value, ast.Call) and last_name(value.func) == "auto"
                number = (
                    len(choices) + 1
                    if is_next and counts and None not in choices.values()
                    else None
                )
                choices[name] = value.value if isinstance(value, ast.Constant) else number
            case _:
                continue
    return choices


def match_arguments(node: ast.ClassDef) -> tuple[str, ...] | None:
    """Return the names in ``__match_args__`` of a class body; None if it has none, or they are not told."""
    for statement in node.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id="__match_args__")], value=ast.Tuple(elts=elts)):
                names = [elt.value for elt in elts if isinstance(elt, ast.Constant)]
                return tuple(map(str, names)) if len(names) == len(elts) else None
            case _:
                continue
    return None


def default_of_field(value: ast.expr) -> ast.expr:
    """Return what a field holds by default; of ``field(default_factory=list)``, a call of the factory."""
    if not isinstance(value, ast.Call) or last_name(value.func) != "field":
        return value
    given = {keyword.arg: keyword.value for keyword in value.keywords}
    if "default_factory" in given:
        return ast.Call(given["default_factory"], [], [])
    return given.get("default", value)


def _field(name: str, value: ast.expr | None, kw_only: bool) -> Field:
    if not isinstance(value, ast.Call) or last_name(value.func) != "field":
        return Field(name, value is not None, kw_only)
    given: Mapping[str | None, ast.expr] = {k.arg: k.value for k in value.keywords}
    has_default = "default" in given or "default_factory" in given
    return Field(
        name,
        has_default,
        _is_true(given.get("kw_only"), kw_only),
        _is_true(given.get("init"), True),
    )


def _is_true(value: ast.expr | None, otherwise: bool) -> bool:
    return bool(value.value) if isinstance(value, ast.Constant) else otherwise


def constructor_arguments(fields: Iterable[Field]) -> ast.arguments:
    """Return the parameters of the constructor that fields make. Defaults are told apart from none, not by value."""
    given = [field for field in fields if field.in_constructor]
    by_place = [field for field in given if not field.by_keyword]
    by_keyword = [field for field in given if field.by_keyword]
    default: ast.expr = ast.Constant(...)
    return ast.arguments(
        posonlyargs=[],
        args=[ast.arg(field.name) for field in by_place],
        kwonlyargs=[ast.arg(field.name) for field in by_keyword],
        kw_defaults=[default if field.has_default else None for field in by_keyword],
        defaults=[default for field in by_place if field.has_default],
    )
