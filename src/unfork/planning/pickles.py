"""Pickled objects, in files and in code, which name the module of their class: ``pickle.loads(b"\\x80...")``."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from unfork.file_kinds import is_of_unfork
from unfork.planning.run import Run
from unfork.reading.source import Source, Unparsable
from unfork.rewriting.mentions import LARGEST
from unfork_codemods.project import Key

_ENDINGS = (".pickle", ".pkl")
_HIDDEN = re.compile(r"(?:.*/)?\..*")
_PROTOCOL = b"\\x80"
"""How a literal begins that holds a pickle of protocol 2 and up (the opcode PROTO of pickletools)."""

_LIBRARY = b"pickle"
"""What reads a literal that holds a pickle of protocol 0 or 1, which begins like any other text."""


class Pickled(NamedTuple):
    """A module of which there are pickled objects, with the place.

    What the objects are of, their opcodes say. But they refer to each other, and meet others: all of the module stays.
    """

    module: str
    place: str

    @property
    def why(self) -> str:
        """Why it keeps the module."""
        return f"{self.place} has pickled objects of {self.module}; save them anew"


def pickled_objects(run: Run, modules: Collection[str]) -> Iterator[Pickled]:
    """Yield what there is of modules in pickles."""
    for path in run.documents if modules else ():
        if path.endswith(_ENDINGS) and not _HIDDEN.fullmatch(path):
            data = run.read(path)
            if len(data) <= LARGEST and not is_of_unfork(data):
                for module in modules:
                    if re.search(rb"%b(?![\w.])" % _escaped(module), data):
                        yield Pickled(module, path)
    for path in run.files_with(frozenset({_PROTOCOL, _LIBRARY})) if modules else ():
        found = run.read(path)
        if any(module.encode() in found for module in modules):
            yield from _in_literals(path, found, modules)


def modules_in_pickles(run: Run, keys: Mapping[str, Key]) -> dict[str, str]:
    """Return which modules have pickled objects, by any name that they have from a root, each with the reason."""
    layout = run.engine.index.layout
    names = {
        spelled: name for name, key in keys.items() for spelled in (name, *layout.spellings(key))
    }
    return {names[pickled.module]: pickled.why for pickled in pickled_objects(run, names)}


def _in_literals(path: str, data: bytes, modules: Collection[str]) -> Iterator[Pickled]:
    try:
        nodes = Source.read(path, data).nodes
    except (Unparsable, RecursionError):
        return
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, bytes):
            for module in modules:
                if _names_in_pickle(node.value, module):
                    yield Pickled(module, f"{path}:{node.lineno}")


def _names_in_pickle(data: bytes, module: str) -> bool:
    """Return whether a pickle has a class of a module: by GLOBAL, or by a short string (STACK_GLOBAL)."""
    name = _escaped(module)
    short = re.escape(bytes([len(module.encode()) % 256]))
    return (
        re.search(rb"[ci]%b\n|\x8c%b%b[\x8c\x94]" % (name, short, name), data, re.DOTALL)
        is not None
    )


def _escaped(module: str) -> bytes:
    return re.escape(module.encode())
