"""Texts with a module's name where code looks at what is shown of modules, or goes through their names.

self.assertEqual(logs.output, ["INFO:a.legacy:done"])    b"a.legacy" in pickle.dumps(x)    "a.legacy" in str(cls)
[m for m in sys.modules if m.startswith("a.legacy")]     cls.__module__.startswith("a.legacy")
record.module == "legacy"
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from unfork.reading.calls import callee_name
from unfork.reading.names_as_data import Meaning, NameAsData
from unfork.reading.source import Source

_LOGGED = re.compile(r"(?:DEBUG|INFO|WARNING|ERROR|CRITICAL):(\w+(?:\.\w+)*):")
"""The beginning of a message in the output of ``assertLogs``."""
_WALKING = re.compile(rb"\bin\s+(?:(?:list|set|sorted|tuple)\(\s*)?(?:sys\s*\.\s*)?modules\b")
"""What code has that goes through ``sys.modules``."""
_SHOWING = frozenset({"ascii", "dumps", "format", "repr", "str"})
"""Functions that show what they are given."""
_NAMES = ("__module__", "__name__")


def begins_names(data: bytes) -> bool:
    """Return whether a text may ask how the names of modules begin."""
    is_told = any(name.encode() in data for name in _NAMES)
    return b".startswith(" in data and (is_told or _WALKING.search(data) is not None)


def tells_records(data: bytes) -> bool:
    """Return whether a text asks in which module a record of a log was made."""
    return b"record.module" in data


def names_in_texts(source: Source) -> Iterator[NameAsData]:
    """Yield the texts of a file that have, or begin, the name of a module as it is shown. Raises Unparsable."""
    has_logs = b"assertLogs" in source.data
    has_walks = begins_names(source.data) and _WALKING.search(source.data) is not None
    shown: frozenset[str] | None = None
    for node in source.nodes:
        match node:
            case ast.Constant(value=str(text)) if has_logs and (logged := _LOGGED.match(text)):
                yield NameAsData(Meaning.LOGGER, logged[1], node.lineno)
            case ast.Compare(
                left=ast.Constant(value=str() | bytes() as text),
                ops=[ast.In() | ast.NotIn()],
                comparators=[within],
            ):
                if isinstance(within, ast.Name) and shown is None:
                    shown = _names_shown(source)
                if _shows(within) or (isinstance(within, ast.Name) and within.id in (shown or ())):
                    name = text if isinstance(text, str) else text.decode(errors="replace")
                    yield NameAsData(Meaning.ORIGIN, name, node.lineno)
            case ast.Compare(left=ast.Attribute(value=ast.Name(id="record"), attr="module")):
                for value in node.comparators:
                    for text in _texts_of(source, value):
                        yield NameAsData(Meaning.STEM, text, node.lineno)
            case ast.Call(func=ast.Attribute(value=asked, attr="startswith"), args=[given, *_]):
                is_name = isinstance(asked, ast.Attribute) and asked.attr in _NAMES
                if is_name or (has_walks and isinstance(asked, ast.Name)):
                    for text in _texts_of(source, given):
                        yield NameAsData(Meaning.BEGINNING, text, node.lineno)
            case _:
                pass


def _names_shown(source: Source) -> frozenset[str]:
    """Return the variables of a file to which it assigns what a function shows."""
    return frozenset(
        target.id
        for node in source.nodes_of(ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name) and _shows(node.value)
    )


def _shows(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and callee_name(node) in _SHOWING


def _texts_of(source: Source, node: ast.expr) -> Iterator[str]:
    """Yield the strings of a literal, one or those of a tuple, or of what is assigned to a name."""
    if isinstance(node, ast.Name):
        for statement in source.nodes_of(ast.Assign):
            targets = [t.id for t in statement.targets if isinstance(t, ast.Name)]
            if node.id in targets and not isinstance(statement.value, ast.Name):
                yield from _texts_of(source, statement.value)
        return
    for element in node.elts if isinstance(node, ast.Tuple | ast.List | ast.Set) else [node]:
        if isinstance(element, ast.Constant) and isinstance(element.value, str):
            yield element.value
