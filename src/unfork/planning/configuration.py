"""Files that are neither code nor prose, and name modules: settings, commands, and what runs them.

handler: a.legacy.Handler        addopts = -p a.legacy        CMD ["python", "-m", "a.legacy"]

A program may import what its settings name, so a module that one of them names is not removed.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from unfork.file_kinds import CODE, is_of_unfork
from unfork.planning.run import Run
from unfork.reading.prefilter import last_word
from unfork.rewriting.mentions import LARGEST

_ENDINGS = (
    *(".bash", ".bat", ".cfg", ".cmd", ".conf", ".env", ".ini", ".json", ".mk", ".ps1", ".service"),
    *(".sh", ".toml", ".xml", ".yaml", ".yml"),
)
_NAMES = ("Containerfile", "Dockerfile", "Makefile", "Procfile", "justfile")
_OF_CHECKERS = re.compile(
    r"\W(?:black|coverage|flake8|importlinter|isort|mypy|pydocstyle|pylint|pyrefly|pyright|ruff|ty|vulture)\b"
)
"""The heading of a section for a tool that reads code and runs none of it."""
_HEADING = re.compile(r"^\s*(\[.*)$", re.MULTILINE)


def modules_in_configuration(
    run: Run, modules: Collection[str], rewritten: Mapping[str, bytes]
) -> dict[str, str]:
    """Return which modules a configuration file names, each with the reason to keep it.

    ``rewritten`` are the texts of files that this run changes.
    """
    kept: dict[str, str] = {}
    patterns = {module: _mention_of(run, module) for module in modules}
    for path in run.once(_configuration_files):
        data = rewritten.get(path) or run.read(path)
        if b"\0" in data or is_of_unfork(data):
            continue
        text = data.decode(errors="replace")
        for module, pattern in patterns.items():
            line = next(_lines_naming(text, pattern), None) if module not in kept else None
            if line is not None:
                kept[module] = (
                    f"{module} is not removed: {path}:{line} names it, and may have it imported"
                )
    return kept


def _configuration_files(run: Run) -> tuple[str, ...]:
    """Return the configuration files that have a word of a module to be removed."""
    words = frozenset(last_word(step.module) for step in run.migration.removes)
    found = run.tree.begin_search(words, CODE, LARGEST)()
    return tuple(path for path in sorted(found) if _is_configuration(path))


def _is_configuration(path: str) -> bool:
    name = path.rpartition("/")[2]
    return name.endswith(_ENDINGS) or name.startswith(_NAMES) or name == ".env"


def _mention_of(run: Run, module: str) -> re.Pattern[str]:
    """Return the pattern of a module's name, from each root; a name without a dot only counts in a command."""
    layout = run.engine.index.layout
    key = run.engine.index.named(module).key
    names = {module, *filter(None, (layout.spelled(key, root) for root in layout.roots))}
    ways = [
        rf"(?<![\w./-]){re.escape(name)}" if "." in name else rf"(?<=-[mp] ){re.escape(name)}(?!\.)"
        for name in sorted(names)
    ]
    return re.compile(rf"(?:{'|'.join(ways)})(?![\w/-])")


def _lines_naming(text: str, pattern: re.Pattern[str]) -> Iterator[int]:
    """Yield the lines that have a module's name, except in the sections of tools that only read code."""
    for match in pattern.finditer(text):
        if not is_for_checkers(text, match.end()):
            yield text.count("\n", 0, match.start()) + 1


def is_for_checkers(text: str, offset: int) -> bool:
    """Return whether a place in a configuration is in a section for tools that only read code."""
    return _OF_CHECKERS.search(heading_above(text, offset)) is not None


def heading_above(text: str, offset: int) -> str:
    """Return the heading of the section that a place in a configuration is in; empty if there is none."""
    headings = _HEADING.findall(text, 0, offset + 1)
    return str(headings[-1]) if headings else ""
