"""Fingerprints: numbers that are equal for equal code, whatever its layout, comments and local names.

Functions are compared by their bytecode: it is identical for two functions with the same steps, whatever their local
variables are called, and compiling costs less than walking the tree in Python. Whole modules are compared by
winnowing (Schleimer, Wilkerson, Aiken 2003) over their statements. This finds every run of `SURE` equal statements
and takes 20 lines; a sketching library would bring in numpy and scipy.
"""

from __future__ import annotations

import hashlib
import opcode
from collections.abc import Iterator, Sequence
from types import CodeType

from unfork.audit.scanning.facts import Unit

RUN = 3
"""The number of statements in one fingerprint."""
WINDOW = 4
"""The number of consecutive fingerprints of which one is kept."""
SURE = RUN + WINDOW - 1
_NEWLOCALS = (
    0x2  # inspect.CO_NEWLOCALS: importing inspect takes longer than this audit of a small project
)
_LOADS_OF_FIRST = tuple(bytes((load, 0)) for load in opcode.hasconst if load < 256)
_LOADS_INT = opcode.opmap.get("LOAD_SMALL_INT")
"""Since Python 3.14, an instruction has a small number itself; before, it is one of the constants."""
_HAS_CODE = 40
"""Functions with fewer bytes of bytecode are too small to be evidence."""


def winnow(hashes: Sequence[int]) -> frozenset[int]:
    """Return the fingerprints of a sequence of statements, each given by a hash."""
    grams = list(map(hash, _in_a_row(hashes, RUN)))
    if len(grams) <= WINDOW:
        return frozenset(grams)
    return frozenset(map(min, _in_a_row(grams, WINDOW)))


def _in_a_row(numbers: Sequence[int], count: int) -> Iterator[tuple[int, ...]]:
    """Yield every run of ``count`` consecutive numbers."""
    return zip(*(numbers[first:] for first in range(count)))


def units_of(code: CodeType) -> tuple[Unit, ...]:
    """Return the functions and methods in a module's code that are large enough to compare."""
    return tuple(_functions_in_code(code))


def _functions_in_code(code: CodeType) -> Iterator[Unit]:
    for const in code.co_consts:
        if not isinstance(const, CodeType):
            continue
        if const.co_flags & _NEWLOCALS and not const.co_name.startswith(("<", "__annotate")):
            size = len(const.co_code)
            if size >= _HAS_CODE:
                exact, shape = _exact_and_shape(const)
                yield Unit(const.co_qualname, const.co_firstlineno, size // 2, exact, shape)
        else:
            yield from _functions_in_code(const)


def _exact_and_shape(code: CodeType) -> tuple[int, int]:
    exact, shape = hashlib.blake2b(digest_size=7), hashlib.blake2b(digest_size=7)
    pending = [code]
    for part in pending:
        exact.update(part.co_code)
        shape.update(_without_numbers(part.co_code))
        exact.update("\0".join(part.co_names).encode("utf-8", "surrogatepass"))
        for const in _constants(part):
            if isinstance(const, CodeType):
                pending.append(const)
            else:
                exact.update(_stable_repr(const).encode("utf-8", "surrogatepass"))
    return _digest_as_int(exact.digest()), _digest_as_int(shape.digest())


def _without_numbers(bytecode: bytes) -> bytes:
    """Return bytecode without the small numbers in its instructions, which are constants to any other reader."""
    if _LOADS_INT is None or _LOADS_INT not in bytecode:
        return bytecode
    operations, changed = bytecode[::2], bytearray(bytecode)
    position = operations.find(_LOADS_INT)
    while position != -1:
        changed[2 * position + 1] = 0
        position = operations.find(_LOADS_INT, position + 1)
    return bytes(changed)


def _constants(code: CodeType) -> tuple[object, ...]:
    """Return the constants that code loads.

    The first one is a docstring or, since Python 3.14, may be what the compiler has folded into another constant:
    of ``x in {"a", "b"}`` it keeps both ``"a"`` and the set.
    """
    is_loaded = any(load in code.co_code for load in _LOADS_OF_FIRST)
    return code.co_consts if is_loaded else code.co_consts[1:]


def _stable_repr(value: object) -> str:
    """Return the text of a constant, the same in every process: the order of sets differs between processes."""
    if isinstance(value, frozenset):
        return repr(sorted(map(repr, value)))
    if isinstance(value, tuple):
        return "(" + ",".join(map(_stable_repr, value)) + ")"
    return repr(value)


def _digest_as_int(digest: bytes) -> int:
    return int.from_bytes(digest, "big")
