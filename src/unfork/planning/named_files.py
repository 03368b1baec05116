"""Modules whose files other code names by their paths, and may run or read: ``"tools/legacy.py"``."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence

from unfork.planning.run import Run
from unfork.reading.source import Source, Unparsable


def modules_named_by_file(
    run: Run, files: Mapping[str, Sequence[str]], in_commands: bool = True
) -> dict[str, str]:
    """Return which modules have ``files`` that strings name by their paths, each with what that means.

    ``in_commands``: also within longer strings, which may be commands that run them.
    """
    paths = {path: module for module, own in files.items() for path in own if path.endswith(".py")}
    names = {path.rpartition("/")[2] for path in paths}
    kept: dict[str, str] = {}
    stems = frozenset(name.removesuffix(".py") for name in names)
    for user in run.naming(stems) if stems else ():
        data = run.read(user)
        if user in paths or not any(name.encode() in data for name in names):
            continue
        for line, word in _files_in_strings(user, data, in_commands):
            for path, module in paths.items():
                if f"/{path}".endswith(f"/{word}") and ("/" in word or _is_only_one(run, word)):
                    kept.setdefault(module, f"{user}:{line} names its file, and may run or read it")
    return kept


def _is_only_one(run: Run, name: str) -> bool:
    """Return whether a single file of the project has a name."""
    return sum(f"/{path}".endswith(f"/{name}") for path in run.every) == 1


def _files_in_strings(path: str, data: bytes, in_commands: bool) -> Iterator[tuple[int, str]]:
    """Yield the paths of Python files in the strings of a file that are no docstrings, perhaps within a command."""
    try:
        nodes = [*Source.read(path, data).nodes]
    except (Unparsable, RecursionError):
        return
    statements = {node.value for node in nodes if isinstance(node, ast.Expr)}
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found = _FILE.findall(node.value) if node not in statements else ()
            yield from (
                (node.lineno, word) for word in found if in_commands or len(word) == len(node.value)
            )


_FILE = re.compile(r"(?:(?<=\s)|^)(?:\./)?([\w./-]+\.py)(?=\s|$)")
