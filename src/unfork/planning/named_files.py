"""Modules whose files other code names by their paths, and may run or read: ``"tools/legacy.py"``."""

from __future__ import annotations

import ast
import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set

from unfork.planning.run import Run
from unfork.reading.layout import parent_folder
from unfork.reading.source import Source, Unparsable

_FILE = re.compile(r"(?:(?<=\s)|^)(?:\./)?([\w./-]+\.py)(?=\s|$)")
_RUNS_FILES = frozenset({"spec_from_file_location", "SourceFileLoader", "run_path", "exec"})
_PUTS_STEM = re.compile(rb"""(?:\}|\+\s*["']|%s|["'])\.pyc?["']""")
_LISTS_FILES = re.compile(rb"""\*\.py["']|\b(?:listdir|iterdir|scandir)\(""")


def modules_named_by_file(
    run: Run, files: Mapping[str, Sequence[str]], in_commands: bool = True
) -> dict[str, str]:
    """Return which modules have ``files`` that strings name by their paths, each with what that means.

    ``in_commands``: also within longer strings, which may be commands that run them, and by their stems, if code puts
    names of files together that it runs: ``folder / f"{name}.py"``.
    """
    paths = {path: module for module, own in files.items() for path in own if path.endswith(".py")}
    names = {path.rpartition("/")[2] for path in paths}
    stems = frozenset(name.removesuffix(".py") for name in names)
    loaded = stems if stems and in_commands and run.once(_loads_by_stem) else frozenset()
    kept: dict[str, str] = {}
    for user in run.naming(stems) if stems else ():
        data = run.read(user)
        if user in paths or not (loaded or any(os.fsencode(name) in data for name in names)):
            continue
        for line, word in _files_in_strings(user, data, in_commands, loaded):
            for path, module in paths.items():
                if f"/{path}".endswith(f"/{word}") and ("/" in word or _is_only_one(run, word)):
                    kept.setdefault(module, f"{user}:{line} names its file, and may run or read it")
    return kept


def modules_run_from_folder(run: Run, files: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return which modules' files another one may run with all files of their folder, each with what that means.

    for path in Path("plugins").glob("*.py"): spec_from_file_location(path.stem, path)
    """
    kept: dict[str, str] = {}
    for user in run.naming(_RUNS_FILES) if files else ():
        data = run.read(user)
        if not _LISTS_FILES.search(data):
            continue
        for module, own in files.items():
            folder = parent_folder(own[0])
            quoted = rb"[\"'/]%b[\"'/]" % re.escape(os.fsencode(folder.rpartition("/")[2]))
            is_near = folder == parent_folder(user) or (folder and re.search(quoted, data))
            if user not in own and is_near:
                kept.setdefault(module, f"{user} may run all files of its folder")
    return kept


def _loads_by_stem(run: Run) -> bool:
    """Return whether a file may run Python files whose names it puts together."""
    return any(_PUTS_STEM.search(run.read(path)) for path in run.naming(_RUNS_FILES))


def _is_only_one(run: Run, name: str) -> bool:
    """Return whether a single file of the project has a name."""
    return run.once(_files_by_name)[name] == 1


def _files_by_name(run: Run) -> Counter[str]:
    """Return how many files of the project have each name."""
    return Counter(path.rpartition("/")[2] for path in run.every)


def _files_in_strings(
    path: str, data: bytes, in_commands: bool, stems: Set[str]
) -> Iterator[tuple[int, str]]:
    """Yield the paths of Python files in the strings of a file that are no docstrings; ``stems`` are files, too."""
    try:
        nodes = [*Source.read(path, data).nodes]
    except (Unparsable, RecursionError):
        return
    statements = {node.value for node in nodes if isinstance(node, ast.Expr)}
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found = _FILE.findall(node.value) if node not in statements else []
            words = [word for word in found if in_commands or len(word) == len(node.value)]
            words += [f"{node.value}.py"] if node.value in stems else []
            yield from ((node.lineno, word) for word in words)
