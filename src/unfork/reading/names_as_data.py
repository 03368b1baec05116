"""Strings that name a module as data: whatever has that name is meant, and no import tells which module that is.

logging.getLogger("a.legacy")                 self.assertLogs("a.legacy")        {"loggers": {"a.legacy": ...}}
warnings.filterwarnings("error", module="a.legacy")
cls.__module__ == "a.legacy"                  TASKS["a.legacy.send"], if the keys are made of ``__module__``

Likewise for what a class or function is called: ``TEXTS["Old"]``, ``type(error).__name__ == "Old"``.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from enum import Enum
from itertools import groupby
from typing import NamedTuple

from unfork.nodes import last_name
from unfork.reading.calls import FINDS, IMPORTS, NAMES, PATCHES, RESOURCES, RUNS, callee_name
from unfork.reading.source import Source

_GET_LOGGER = frozenset({"getLogger", "get_logger", "get_task_logger"})
LOGGER_FIRST = _GET_LOGGER | {"assertLogs", "assertNoLogs", "Filter"}
"""Calls that take the name of a logger first."""
_LOG_TESTS = (b"assertLogs", b"caplog", b"record_tuples", b"LogCapture", b".levelno", b".levelname")
"""What code that looks at log records uses, tests above all: any name of a module is that of a logger there."""
_ASKS_FOR_LOGGERS = re.compile(
    rb"[lL]ogger\(\s*(?!__name__\b)[A-Za-z_]|\.name\s*(?:[!=]=|\.startswith\b|(?:not\s+)?in\b)|[!=]=\s*\w+\.name\b"
)
"""What code has that finds loggers, or tells the records of some, by names from elsewhere in the file."""
_SHOWING = (
    *(b"format_exc", b"traceback", b"repr(", b"capsys", b"capfd", b"check_output", b"communicate("),
    *(b".stderr", b".stdout", b"_stderr", b"_stdout", b"StringIO"),
)
"""What code has that compares what was shown: of classes and errors, that has their modules, too."""
_CLASS_SHOWN = re.compile(r"<(?:class ')?(\w+(?:\.\w+)+)(?:'>| object\b|$)")
"""What shows a class, or an object of one."""
_PATHS = FINDS | IMPORTS | NAMES | PATCHES | RESOURCES | RUNS
"""Calls that take the path of a module or object, which a redirect rewrites."""
_MODULE = "__module__"
_READING_ORIGIN = (b"__module__", b"find_class")
"""What code has that asks for the module of a definition: an unpickler is given it (``find_class(module, name)``)."""


class Meaning(Enum):
    """What a string stands for: a logger, warnings, the module of a definition, or what a definition is called."""

    LOGGER = "its logger"
    WARNINGS = "its warnings"
    ORIGIN = "__module__"
    KEY = "a key made of __module__"
    NAME = "__name__"
    BEGINNING = "the beginning of names"
    STEM = "what records of logs say of a file"


class NameAsData(NamedTuple):
    """A string that names a module, or a definition in it, with its line. For warnings it is a regular expression."""

    meaning: Meaning
    text: str
    line: int


def may_name_loggers(data: bytes) -> bool:
    """Return whether a text may name loggers."""
    return b"ogger" in data or any(word in data for word in _LOG_TESTS)


def asks_for_loggers(data: bytes) -> bool:
    """Return whether a text finds loggers, or tells their records, by names that it has elsewhere, or is given.

    for name in QUIET: logging.getLogger(name)    record.name.startswith(prefix)
    """
    return b"ogg" in data and _ASKS_FOR_LOGGERS.search(data) is not None


def names_as_data(source: Source) -> Iterator[NameAsData]:
    """Yield the strings of a file that may name a module as data. Raises Unparsable."""
    paths = {id(part) for part in _parts_of_paths(source)}
    has_loggers = any(word in source.data for word in _LOG_TESTS) or asks_for_loggers(source.data)
    is_showing = any(word in source.data for word in _SHOWING)
    reads_origin = any(word in source.data for word in _READING_ORIGIN)
    statements = {id(node.value) for node in source.nodes if isinstance(node, ast.Expr)}
    statements |= {id(part) for part in _parts_of_export_lists(source)}
    for node in source.nodes:
        for key in values_in_comparison(node):
            yield from _string(Meaning.NAME, key)
            if is_showing:
                yield from _string(Meaning.ORIGIN, key)
        if isinstance(node, ast.Call):
            yield from _names_in_call(node)
            yield from _ends_of_names(node)
        elif isinstance(node, ast.Dict):
            yield from _names_in_configuration(node)
        elif isinstance(node, ast.Constant) and id(node) not in paths | statements:
            if not isinstance(node.value, str):
                continue
            yield NameAsData(Meaning.KEY, node.value, node.lineno)
            if has_loggers and "." in node.value:
                yield NameAsData(Meaning.LOGGER, node.value, node.lineno)
            for shown in _CLASS_SHOWN.findall(node.value):
                yield NameAsData(Meaning.ORIGIN, shown, node.lineno)
            if reads_origin:
                yield NameAsData(Meaning.ORIGIN, node.value, node.lineno)


def _parts_of_paths(source: Source) -> Iterator[ast.AST]:
    """Yield the nodes in the first arguments of calls that take the path of a module or object."""
    for node in source.nodes:
        if isinstance(node, ast.Call) and callee_name(node) in _PATHS:
            for argument in node.args[:1]:
                yield from ast.walk(argument)


def _parts_of_export_lists(source: Source) -> Iterator[ast.AST]:
    """Yield the nodes of the statements about ``__all__``: names of the module itself."""
    if b"__all__" in source.data:
        for node in source.tree.body:
            parts = [*ast.walk(node)] if isinstance(node, _LISTING) else []
            if any(isinstance(part, ast.Name) and part.id == "__all__" for part in parts):
                yield from parts


_LISTING = ast.Assign | ast.AnnAssign | ast.AugAssign | ast.Expr


def _names_in_call(call: ast.Call) -> Iterator[NameAsData]:
    name = callee_name(call)
    if name in LOGGER_FIRST:
        yield from _string(Meaning.LOGGER, call.args[0] if call.args else None)
    for keyword in call.keywords:
        if keyword.arg == "logger":
            yield from _string(Meaning.LOGGER, keyword.value)
        elif keyword.arg == "module" and name == "filterwarnings":
            yield from _string(Meaning.WARNINGS, keyword.value)
        elif keyword.arg == "loggers":
            yield from _keys(keyword.value)
    if name == "filterwarnings" and len(call.args) > _POSITION_OF_MODULE:
        yield from _string(Meaning.WARNINGS, call.args[_POSITION_OF_MODULE])


def _ends_of_names(call: ast.Call) -> Iterator[NameAsData]:
    """Yield the last part that a module's name is asked for: ``cls.__module__.endswith("legacy")``.

    Classes have a ``__name__``, too, which has no dot.
    """
    match call:
        case ast.Call(
            func=ast.Attribute(value=ast.Attribute(attr=attr), attr="endswith"),
            args=[ast.Constant(value=str(text))],
        ) if attr == "__module__" or (attr == "__name__" and text.startswith(".")):
            yield NameAsData(Meaning.NAME, text.removeprefix("."), call.lineno)
        case _:
            pass


_POSITION_OF_MODULE = 3
"""filterwarnings(action, message, category, module)"""


def values_in_comparison(node: ast.AST) -> Iterator[ast.expr]:
    """Yield what a node compares with other values, or what is a key to find one by."""
    match node:
        case ast.Subscript(slice=key):
            yield key
        case ast.Dict(keys=keys):
            yield from filter(None, keys)
        case ast.Compare(left=left, comparators=others):
            for other in (left, *others):
                yield from (
                    other.elts if isinstance(other, ast.Tuple | ast.List | ast.Set) else [other]
                )
        case ast.Call(func=ast.Attribute(attr="get" | "pop"), args=[key, *_]):
            yield key
        case ast.Set(elts=elements):
            yield from elements
        case ast.MatchValue(value=value):
            yield value
        case _:
            pass


def values_compared(node: ast.AST) -> Iterator[ast.expr]:
    """Yield the values that a node compares, or finds others by, or stores so that they may be: no literals.

    legacy.__name__ == name    TABLE[legacy.__name__]    assertIs(module, legacy)    NAME = legacy.__name__
    """
    for value in (*values_in_comparison(node), *_stored_or_asserted(node)):
        if isinstance(value, ast.Attribute | ast.Name | ast.Call):
            yield value


def _stored_or_asserted(node: ast.AST) -> Iterator[ast.expr]:
    match node:
        case ast.Assign(value=value):
            yield value
        case ast.Call(args=given):
            name = callee_name(node)
            if name.startswith("assert") or name in ("startswith", "endswith"):
                yield from given
        case _:
            pass


def _names_in_configuration(node: ast.Dict) -> Iterator[NameAsData]:
    """Yield the loggers in a configuration for ``logging.config.dictConfig``."""
    for key, value in zip(node.keys, node.values, strict=True):
        if isinstance(key, ast.Constant) and key.value == "loggers":
            yield from _keys(value)


def _keys(node: ast.expr) -> Iterator[NameAsData]:
    for key in node.keys if isinstance(node, ast.Dict) else ():
        yield from _string(Meaning.LOGGER, key)


def _string(meaning: Meaning, node: ast.expr | None) -> Iterator[NameAsData]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield NameAsData(meaning, node.value, node.lineno)


def reads_names(source: Source) -> bool:
    """Return whether a file asks classes or functions what they are called, and not only to show it in a longer text.

    f"<{cls.__name__}>"    "no %s" % cls.__name__    "{} failed".format(cls.__name__)

    Raises Unparsable.
    """
    if b".__name__" not in source.data and b".__qualname__" not in source.data:
        return False
    return any(
        node.attr in ("__name__", "__qualname__") and not _is_shown(node, source.parents)
        for node in source.nodes_of(ast.Attribute)
    )


def _is_shown(node: ast.Attribute, parents: Mapping[ast.AST, ast.AST]) -> bool:
    """Return whether a value is put into a text that has more in it."""
    around = parents.get(node)
    if isinstance(around, ast.Tuple | ast.FormattedValue):
        around = parents.get(around)
    match around:
        case ast.JoinedStr(values=parts):
            return any(isinstance(part, ast.Constant) for part in parts)
        case ast.BinOp(left=ast.Constant(value=str(text)), op=ast.Mod()):
            return re.sub(r"%\w", "", text) != ""
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str(text)), attr="format")):
            return re.sub(r"\{\w*\}", "", text) != ""
        case _:
            return False


_STORE_BY_NAME = re.compile(
    rb"\.__(?:qual)?name__\s*(?:\]\s*=(?!=)|:\s*\w+\s+for\b|:\s*[\w.]+\s*[,}]|,\s*(?:c|cls|f|fn|func|klass|self)\s*\))"
)


def stores_by_name(data: bytes) -> bool:
    """Return whether a text stores something by what it is called.

    TABLE[cls.__name__] = cls    {c.__name__: c for c in CLASSES}
    {A.__name__: A}              TABLE.setdefault(cls.__name__, cls)
    """
    return b"name__" in data and _STORE_BY_NAME.search(data) is not None


def has_name(source: Source, name: str) -> bool:
    """Return whether a file has a name or an attribute of this spelling. Raises Unparsable."""
    for node in source.nodes:
        match node:
            case ast.Name(id=found) | ast.Attribute(attr=found) if found == name:
                return True
            case _:
                pass
    return False


_NAMING = frozenset(
    {"Enum", "NamedTuple", "NewType", "ParamSpec", "TypeVar", "TypedDict", "namedtuple", "type"}
)
"""Calls that make something called like their first argument."""


def makes_its_own(source: Source, name: str) -> bool:
    """Return whether a file itself makes something that is called so: ``TypeVar("Old")``. Raises Unparsable."""
    for node in source.nodes:
        match node:
            case ast.ClassDef(name=made) | ast.FunctionDef(name=made) if made == name:
                return True
            case ast.Call(args=[ast.Constant(value=made), *_]) if made == name:
                if callee_name(node) in _NAMING:
                    return True
            case _:
                pass
    return False


def has_logger_of_its_name(source: Source) -> bool:
    """Return whether a module has a logger called like itself: ``getLogger(__name__)``. Raises Unparsable."""
    return any(
        isinstance(node, ast.Call)
        and callee_name(node) in _GET_LOGGER
        and any(isinstance(a, ast.Name) and a.id == "__name__" for a in node.args[:1])
        for node in source.nodes
    )


def hands_its_name_on(source: Source) -> bool:
    """Return whether a module gives its name to something else than a logger, or looks up by it. Raises Unparsable.

    settings.of(__name__)    LEVELS[__name__]
    """
    given: list[ast.expr] = []
    for node in source.nodes:
        if isinstance(node, ast.Subscript) and last_name(node.value) != "modules":
            given.append(node.slice)
        elif isinstance(node, ast.Call) and callee_name(node) not in _GET_LOGGER | _PATHS:
            given += [*node.args, *(keyword.value for keyword in node.keywords)]
    return any(isinstance(value, ast.Name) and value.id == "__name__" for value in given)


_LAST_PART = re.compile(
    rb"__(?:name|module)__\s*\.\s*r?(?:split|partition)\b|__module__\.endswith\b|__name__\.endswith\(\s*[\"']\."
    rb"|__file__\s*\)?\s*\.\s*stem\b"
    rb"|splitext\([^\n]*__file__|basename\([^\n]*__file__"
)


def takes_last_part(data: bytes) -> bool:
    """Return whether a text asks for the last part of a module's name, or for the name of its file without the ending.

    __name__.rpartition(".")    type(thing).__module__.split(".")    Path(__file__).stem
    """
    return b"__" in data and _LAST_PART.search(data) is not None


def keeps_last_part(data: bytes) -> bool:
    """Return whether a text asks what it is given for the last part of its module's name."""
    return b"__module__" in data and _LAST_PART_OF_ORIGIN.search(data) is not None


_LAST_PART_OF_ORIGIN = re.compile(
    rb"__module__\s*\.\s*(?:rpartition|rsplit|split)\([^()]*\)\s*\[\s*(?:-1|2)\s*\]"
)


def warns(source: Source) -> bool:
    """Return whether a module's own code issues warnings. Raises Unparsable."""
    return any(isinstance(node, ast.Call) and callee_name(node) == "warn" for node in source.nodes)


def matches_module(pattern: str, modules: Collection[str]) -> bool:
    """Return whether a warning of one of the modules matches a filter's pattern."""
    try:
        return any(re.match(pattern, module) for module in modules)
    except re.error:
        return False


def warns_when_imported(source: Source) -> bool:
    """Return whether a statement of a module's top level issues a warning. Raises Unparsable."""
    return b"warn" in source.data and any(
        isinstance(node, ast.Call) and callee_name(node) in ("warn", "warn_deprecated")
        for statement in source.tree.body
        if isinstance(statement, ast.Expr | ast.If)
        for node in ast.walk(statement)
    )


def runs_as_program(source: Source) -> bool:
    """Return whether a module does more when it is run than when it is imported. Raises Unparsable.

    if __name__ == "__main__": main()    sys.exit(main()) if "__main__" == __name__ else None
    """
    return b"__main__" in source.data and any(map(_asks_for_main, source.nodes_of(ast.Compare)))


def _asks_for_main(node: ast.Compare) -> bool:
    sides = [node.left, *node.comparators]
    named = any(isinstance(side, ast.Name) and side.id == "__name__" for side in sides)
    return named and any("__main__" in ast.unparse(side) for side in sides)


def place_of_keys_by_origin(source: Source) -> int | None:
    """Return the line where the path of a definition is made of ``__module__``, perhaps as the key of a table, or None.

    f"{f.__module__}.{f.__name__}"    cls.__module__ + "." + cls.__qualname__    ".".join((f.__module__, f.__name__))

    What has more parts, or other words around them, is no such path. Raises Unparsable.
    """
    for node in source.nodes:
        if isinstance(node, ast.JoinedStr | ast.BinOp | ast.Call):
            match [piece for piece, _ in groupby(_pieces(node))]:
                case [_Part.MODULE, "." | ":", _Part.OTHER]:
                    return node.lineno
                case _:
                    pass
    return None


def place_of_comparison_by_origin(source: Source) -> int | None:
    """Return the line where ``__module__`` is compared with a text from elsewhere, or None. Raises Unparsable.

    f.__module__.startswith(prefix)    f.__module__ == module    QUEUES[f.__module__]    f.__module__ in SLOW

    Not in ``sys.modules[f.__module__]``, which has every module.
    """
    for node in source.nodes:
        match node:
            case (
                ast.Call(
                    func=ast.Attribute(value=ast.Attribute(attr="__module__"), attr="startswith"),
                    args=[given],
                )
                | ast.Compare(left=ast.Attribute(attr="__module__"), comparators=[given])
                | ast.Compare(left=given, comparators=[ast.Attribute(attr="__module__")])
                | ast.Subscript(value=given, slice=ast.Attribute(attr="__module__"))
                | ast.Call(
                    func=ast.Attribute(value=given, attr="get"),
                    args=[ast.Attribute(attr="__module__"), *_],
                )
            ):
                is_variable = isinstance(given, ast.Name | ast.Attribute | ast.Call)
                if is_variable and last_name(given) not in _OF_MODULES:
                    return node.lineno
            case _:
                pass
    return None


_OF_MODULES = {"__module__", "__name__", "__package__", "modules"}


class _Part(Enum):
    """A part of a text that is made when the program runs."""

    MODULE = "the __module__ of something"
    OTHER = "anything else"


_Piece = str | _Part
_HOLE = re.compile(r"%(?:\((\w+)\))?s|\{(\w*)\}")


def _pieces(node: ast.expr) -> Iterator[_Piece]:
    """Yield the pieces of a text that an expression puts together."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.Attribute(attr="__module__"):
            yield _Part.MODULE
        case ast.JoinedStr(values=values):
            for value in values:
                yield from _pieces(value.value if isinstance(value, ast.FormattedValue) else value)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            yield from (*_pieces(left), *_pieces(right))
        case ast.BinOp(left=ast.Constant(value=str(form)), op=ast.Mod(), right=ast.Dict() as given):
            keys = [getattr(key, "value", None) for key in given.keys]
            yield from _filled(form, given.values, dict(zip(keys, given.values, strict=True)))
        case ast.BinOp(left=ast.Constant(value=str(form)), op=ast.Mod(), right=right):
            yield from _filled(form, right.elts if isinstance(right, ast.Tuple) else [right], {})
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str(text)), attr="format")):
            named = {keyword.arg: keyword.value for keyword in node.keywords}
            yield from _filled(text, node.args, named)
        case ast.Call(
            func=ast.Attribute(value=ast.Constant(value=str(between)), attr="join"),
            args=[ast.Tuple(elts=elements) | ast.List(elts=elements)],
        ):
            for number, element in enumerate(elements):
                yield from (*([between] if number else []), *_pieces(element))
        case _:
            yield _Part.OTHER


def _filled(
    form: str, given: Sequence[ast.expr], named: Mapping[str | None, ast.expr]
) -> Iterator[_Piece]:
    """Yield the pieces of a template whose holes are filled in order, or by name or number."""
    at = 0
    for number, hole in enumerate(_HOLE.finditer(form)):
        if hole.start() > at:
            yield form[at : hole.start()]
        name = hole[1] or hole[2] or str(number)
        place = int(name) if name.isdigit() else len(given)
        value = named.get(name) or (given[place] if place < len(given) else None)
        yield from [_Part.OTHER] if value is None else _pieces(value)
        at = hole.end()
    if at < len(form):
        yield form[at:]
