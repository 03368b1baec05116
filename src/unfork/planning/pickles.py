"""Pickled objects, in files and in code, which name the module of their class: ``pickle.loads(b"\\x80...")``."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator

from unfork.file_kinds import is_of_unfork
from unfork.planning.run import Run
from unfork.reading.source import Source, Unparsable
from unfork.rewriting.mentions import LARGEST

_ENDINGS = (".pickle", ".pkl")
_HIDDEN = re.compile(r"(?:.*/)?\..*")
_PROTOCOL = b"\\x80"
"""How a literal begins that holds a pickle of protocol 2 and up (the opcode PROTO of pickletools)."""


def pickled_modules(run: Run, modules: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield the modules of which there are pickled objects, each with the place."""
    for path in run.documents if modules else ():
        if path.endswith(_ENDINGS) and not _HIDDEN.fullmatch(path):
            data = run.read(path)
            if len(data) <= LARGEST and not is_of_unfork(data):
                names = (m for m in modules if re.search(rb"%b(?![\w.])" % _escaped(m), data))
                yield from ((module, path) for module in names)
    for path, found in run.tree.scan(run.paths, _has_pickle) if modules else ():
        if found and any(module.encode() in found for module in modules):
            yield from _in_literals(path, found, modules)


def _has_pickle(buffer: bytearray, size: int) -> bool:
    return buffer.find(_PROTOCOL, 0, size) >= 0


def _in_literals(path: str, data: bytes, modules: Collection[str]) -> Iterator[tuple[str, str]]:
    try:
        nodes = Source.read(path, data).nodes
    except (Unparsable, RecursionError):
        return
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, bytes):
            for module in modules:
                if _names_in_pickle(node.value, module):
                    yield module, f"{path}:{node.lineno}"


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
