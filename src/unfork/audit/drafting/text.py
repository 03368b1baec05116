"""Lines of a drafted migration: TOML strings, wrapped comments, and which modules a migration can name."""

from __future__ import annotations

from collections.abc import Iterator

from unfork.audit.result import Audit
from unfork.loading.migration_file import is_name
from unfork_codemods.project import Key

_WIDTH = 100


def comment_lines(text: str, indent: str = "") -> Iterator[str]:
    """Yield a text as wrapped comment lines; an ``indent`` goes before the text of each line."""
    line = start = f"#{indent}"
    for word in text.split():
        if len(line) + len(word) + 1 > _WIDTH and line != start:
            yield line
            line = start
        line += f" {word}"
    yield line


def trailing_comment(text: str) -> str:
    """Return a text as the comment at the end of a line."""
    return f"  # {' '.join(text.split())}"


def has_name(audit: Audit, key: Key) -> bool:
    """Return whether a migration can name a module."""
    dotted = audit.dotted(key)
    layout = audit.model.layout
    return all(map(is_name, dotted.split("."))) and layout.named(dotted).key == key


def choice_lines(text: str) -> Iterator[str]:
    """Return what an answer to a question does, as wrapped comment lines below the question."""
    return comment_lines(text, "  ")
