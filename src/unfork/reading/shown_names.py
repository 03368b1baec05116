"""What classes are called, as a part of texts and of other names: what is shown of objects, and who visits them.

assert repr(point) == "Point(x=1)"    str(Color.RED) == "Color.RED"    getattr(self, "visit_" + type(node).__name__)
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator
from typing import NamedTuple

from unfork.nodes import FunctionDef
from unfork.reading.calls import callee_name
from unfork.reading.names_as_data import (
    LOGGER_FIRST,
    Meaning,
    names_as_data,
    stores_by_name,
    values_in_comparison,
)
from unfork.reading.source import Source

_SHOWING = re.compile(
    rb"\b(?:format|print)_exc|\btraceback\b|\.exception\(|\bexc_info\b|\bcap(?:sys|fd|log)\b|\bgetvalue\("
    rb"|\bstd(?:out|err)\b"
)
"""What a file has that looks at what was shown: of objects and errors, that has what their classes are called."""
_SHOWING_HERE = re.compile(
    rb"\brepr\(|![ra]\b|%r|\bsignature\(|__annotations__(?:\[[^\]\n]*\])?\s*[=!]="
)
"""What a comparison has that shows what a class is called, without asking for it."""
_ASKING = re.compile(rb"\.__(?:qual)?name__")
_ALTERED = re.compile(
    rb"__name__\s*\.\s*(?:lower|upper|casefold|title|replace|swapcase|remove(?:suf|pre)fix)\b"
    rb"|\bsub\([^\n]*__name__|\(type\)(?=.*\.(?:lower|upper|replace)\()",
    re.DOTALL,
)
"""What code has that makes another name of what a class is called; a metaclass is given that."""
_DROPPED = re.compile(rb"__name__\s*\.\s*(?:replace|remove(?:suf|pre)fix)\(\s*[\"'](\w+)[\"']")
_TESTING = frozenset({"startswith", "endswith", "count", "find", "index", "get", "raises", "warns"})
_MATCHING = frozenset({"match", "search", "fullmatch", "findall"})
_SHOWN = "|".join(
    (
        r"(?<!\w){0}\((?:\w+=|['\"\d\[{{(])",
        r"(?<!\w){0}\\?\(\\?\) (?:missing|got|takes)\b",
        r"<(?:function )?{0}\b",
        r"'{0}' object\b",
    )
)
"""What only shows an object, or a call that fails: no code and no prose."""
_BETWEEN = re.compile(r"(?<=[a-z\d])(?=[A-Z])")


class ComparedText(NamedTuple):
    """A text that others are compared with, or that finds a value in a table, and its line.

    ``is_stored``: it is only stored, and may be compared elsewhere. ``is_shown``: the comparison shows objects.
    """

    text: str
    line: int
    is_stored: bool = False
    is_shown: bool = False


def texts_compared(source: Source) -> Iterator[ComparedText]:
    """Yield the texts that a file compares with others, or stores, and what its examples expect to be shown.

    Raises Unparsable.
    """
    for node in source.nodes:
        for value in (*values_in_comparison(node), *_given_to_tests(node)):
            for part in ast.walk(value) if isinstance(value, _LITERAL) else ():
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield ComparedText(part.value, part.lineno, is_shown=_shows(source, node))
        match node:
            case ast.Assign(value=ast.Constant(value=str(text), lineno=line)):
                yield ComparedText(text, line, is_stored=True)
            case ast.Expr(value=ast.Constant(value=str(text), lineno=line)) if ">>>" in text:
                for number, shown in enumerate(text.split("\n"), line):
                    if not shown.lstrip().startswith((">>>", "...")):
                        yield ComparedText(shown, number)
            case _:
                pass


def _shows(source: Source, node: ast.AST) -> bool:
    start, end = source.span(node) if isinstance(node, ast.expr) else (0, 0)
    return _SHOWING_HERE.search(source.data, start, end) is not None


_LITERAL = ast.Constant | ast.JoinedStr | ast.Tuple | ast.List | ast.Set | ast.Dict


def _given_to_tests(node: ast.AST) -> Iterator[ast.expr]:
    match node:
        case ast.Call(args=given, keywords=named):
            called = callee_name(node)
            if called.startswith("assert") or called in _TESTING | _MATCHING | LOGGER_FIRST:
                yield from given
            yield from (keyword.value for keyword in named if keyword.arg == "match")
        case _:
            pass


def is_shown_in(name: str, text: str, shows: bool) -> bool:
    """Return whether a text has the name of a class, as it is shown; ``shows``: code near by shows such names.

    Color.RED    Engine object at 0x7f    and any text with the name as a word, near code that shows it
    """
    if is_sure_to_show(name, text) or re.search(rf"(?<!\w){name}(?:\(|\.[A-Z]| object\b)", text):
        return True
    return shows and re.search(rf"(?<!\w){name}(?!\w)", text) is not None


def is_sure_to_show(name: str, text: str) -> bool:
    """Return whether a text is what Python shows of an object, or says of a call: Point(x=1)    make() takes 1"""
    return name in text and re.search(_SHOWN.format(name), text) is not None


def shows_names(data: bytes) -> bool:
    """Return whether code shows what classes are called, or asks what."""
    return shows_classes(data) or _ASKING.search(data) is not None


def shows_classes(data: bytes) -> bool:
    """Return whether code looks at what is shown of objects, and with it at what their classes are called."""
    return _SHOWING.search(data) is not None


def alters_names(data: bytes) -> bool:
    """Return whether code makes other names of what classes are called: ``cls.__name__.lower()``."""
    return _ALTERED.search(data) is not None


def altered_names(name: str, data: bytes = b"") -> frozenset[str]:
    """Return what code makes of a name: engine_pool and enginepool of EnginePool, and what is left without a part."""
    dropped = {match[1].decode() for match in _DROPPED.finditer(data)}
    whole = {name, *(name.removesuffix(part).removeprefix(part) for part in dropped)}
    split = {each: _BETWEEN.sub("_", each).lower() for each in whole}
    kebab = {made.replace("_", "-") for made in split.values()}
    made = {each.lower() for each in whole} | {each.upper() for each in whole}
    return frozenset(made | kebab | set(split.values()) | (whole - {name})) - {""}


class Dispatch(NamedTuple):
    """Where an attribute is asked for by what a class is called: the constant ``part`` of its name, and the line."""

    part: str
    line: int

    def names(self, name: str) -> frozenset[str]:
        """Return the attributes that may be asked for by the name of a class: visit_Point, visit_point."""
        made = {name, *altered_names(name)}
        return frozenset({self.part + each for each in made} | {each + self.part for each in made})


def may_dispatch(data: bytes) -> bool:
    """Return whether code may ask for attributes by what a class is called."""
    return b"getattr" in data and _PUT_TOGETHER.search(data) is not None


_PUT_TOGETHER = re.compile(rb"[\"'][^\n]*\.__name__|\.__name__[^\n]*[\"']")


def dispatches(source: Source) -> Iterator[Dispatch]:
    """Yield where attributes are asked for by what a class is called. Raises Unparsable."""
    for node in source.nodes:
        if isinstance(node, ast.Call) and callee_name(node) in ("getattr", "hasattr"):
            for value in _values_of(source, node.args[1:2]):
                parts = [*ast.walk(value)]
                if any(isinstance(p, ast.Attribute) and p.attr == "__name__" for p in parts):
                    texts = (p.value for p in parts if isinstance(p, ast.Constant))
                    fixed = (re.sub(r"%s|\{\w*\}", "", t) for t in texts if isinstance(t, str))
                    yield from (Dispatch(part, node.lineno) for part in filter(None, fixed))


def _values_of(source: Source, given: Collection[ast.expr]) -> Iterator[ast.expr]:
    """Yield expressions; of a name, what is assigned to it anywhere in the file."""
    for value in given:
        if not isinstance(value, ast.Name):
            yield value
            continue
        for node in source.nodes_of(ast.Assign):
            if any(isinstance(t, ast.Name) and t.id == value.id for t in node.targets):
                yield node.value


def functions_called(source: Source) -> dict[str, int]:
    """Return the functions and methods that a file defines, each with its line. Raises Unparsable."""
    return {n.name: n.lineno for n in source.nodes if isinstance(n, FunctionDef)}


def definitions_asking(source: Source) -> set[str]:
    """Return the classes and functions of a module whose code asks what something is called. Raises Unparsable."""
    named = (n for n in source.tree.body if isinstance(n, FunctionDef | ast.ClassDef))
    return {
        node.name
        for node in named
        if any(isinstance(p, ast.Attribute) and p.attr in _NAMES for p in ast.walk(node))
    }


_NAMES = ("__name__", "__qualname__")


_COMPARES = re.compile(rb"\.__name__\s*[=!]=|[=!]=\s*[\w.]+\.__name__\b")


def may_find_by_name(data: bytes) -> bool:
    """Return whether code finds classes or functions by what they are called: it stores them so, or compares that.

    TABLE[name or f.__name__] = f    class Meta(type): def __new__(meta, name, bases, space): ... TABLE[name] = cls
    """
    if stores_by_name(data) or _COMPARES.search(data):
        return True
    if _ASKING.search(data) and _STORES.search(data):
        return True
    names = {match[1] for match in _OF_METACLASS.finditer(data)}
    return any(
        re.search(rb"\[%b\]\s*=(?!=)|setdefault\(%b\b" % (name, name), data) for name in names
    )


_STORES = re.compile(
    rb"\w\[\w[^\]\n]*\]\s*=\s*(?:c|cls|f|fn|func|function|klass|obj|self|target|wrapped|wrapper)\b"
)
_OF_METACLASS = re.compile(rb"def __(?:new|init)__\(\s*\w+,\s*(\w+),\s*\w+,\s*\w+")
"""The constructor of a metaclass is given the name of the class, its bases, and its names."""


def texts_given(source: Source) -> Iterator[ComparedText]:
    """Yield the strings that name something when the program runs: not in annotations and ``__all__``.

    Raises Unparsable.
    """
    hints = {id(part) for node in source.nodes for part in _parts_of_hints(node)}
    lines = {n.lineno for n in source.nodes_of(ast.Constant) if id(n) not in hints}
    for name in names_as_data(source):
        if name.meaning is Meaning.KEY and name.line in lines:
            yield ComparedText(name.text, name.line)


def _parts_of_hints(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.arg(annotation=hint) | ast.AnnAssign(annotation=hint) if hint is not None:
            yield from ast.walk(hint)
        case ast.FunctionDef(returns=hint) | ast.AsyncFunctionDef(returns=hint) if hint is not None:
            yield from ast.walk(hint)
        case _:
            pass
