"""Entry points in pyproject.toml and setup.cfg, and in strings of setup.py: what each names, and where it stands.

go = "a.legacy:main [extra]"
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

FILES = ("pyproject.toml", "setup.cfg")
"""The names of the files, other than Python files, that declare entry points."""
_NAME = r"[^\W\d]\w*(?:\.[^\W\d]\w*)*"
_TARGET = rf"(?P<module>{_NAME})(?P<colon>\s*:\s*(?P<names>{_NAME}))?\s*(?:\[[^\]\n]*\]\s*)?"
_VALUE = re.compile(rf"\s*{_TARGET}")
_LINE = re.compile(
    rf"^[ \t]*[^=\[#;\s][^=\n]*=[ \t]*{_TARGET.replace(chr(92) + 's', '[ ]')}[ \t\r]*$", re.M
)
"""A line ``name = module:attribute [extra]``."""
_GROUP = re.compile(r"^[^=\[#;\s][^=\n]*=[ \t]*(?=[^=\s][^=\n]*=)", re.M)
"""The beginning of a line that names a group and its only entry point."""
_SECTION = re.compile(r"^\[([^\]\n]+)\]", re.M)
_SECTIONS = frozenset({"options.entry_points", "entry_points"})
"""Sections of setup.cfg: that of setuptools, and that of pbr."""
_PROBE = "?"
"""A value that no entry point begins with."""


class EntryPoint(NamedTuple):
    """An entry point: a ``module``, and the attribute in it that is loaded, empty for the module itself.

    ``start`` is the offset of the module in characters, ``names_start`` that of the attribute, and ``end`` that of
    what follows both. ``literal``: the text has them there, character by character.
    """

    module: str
    names: str
    start: int
    names_start: int
    end: int
    literal: bool = True


def is_entry_point_file(path: str) -> bool:
    """Return whether a file, other than a Python file, may declare entry points."""
    return path.endswith(FILES) and path.rpartition("/")[2] in FILES


def entry_points_of(path: str, text: str, concerns: Callable[[str], bool]) -> Iterator[EntryPoint]:
    """Yield the entry points of a file whose modules are of concern; none of a file that cannot be parsed."""
    if path.rpartition("/")[2] == "pyproject.toml":
        yield from _toml_entry_points(text, concerns)
    else:
        yield from (p for p in _setup_cfg_entry_points(text) if concerns(p.module))


def entry_points_in_lines(text: str) -> Iterator[EntryPoint]:
    """Yield the entry points that a text has, one on a line."""
    yield from (_entry_point(match) for match in _LINE.finditer(text))


def _entry_point(match: re.Match[str], offset: int = 0, literal: bool = True) -> EntryPoint:
    module, names = match["module"], match["names"] or ""
    start = match.start("module") + offset
    end = match.end("names" if names else "module") + offset
    return EntryPoint(module, names, start, end - len(names), end, literal)


def _setup_cfg_entry_points(text: str) -> Iterator[EntryPoint]:
    sections = [*_SECTION.finditer(text)]
    ends = [*(match.start() for match in sections[1:]), len(text)]
    for section, end in zip(sections, ends):
        if section[1].strip() in _SECTIONS:
            # a group's name is blanked, so that its only entry point stands alone
            body = _GROUP.sub(lambda match: " " * len(match[0]), text[section.end() : end])
            for match in _LINE.finditer(body):
                if body[match.start()] in " \t":
                    yield _entry_point(match, section.end())


# -- pyproject.toml


def _toml_entry_points(text: str, concerns: Callable[[str], bool]) -> Iterator[EntryPoint]:
    from unfork.toml import loads

    try:
        table = loads(text)
    except ValueError:
        return
    matches = ((where, _VALUE.fullmatch(value)) for where, value in _declared_values(table))
    concerned = {where: match for where, match in matches if match and concerns(match["module"])}
    for where, match in concerned.items():
        start = _value_start(text, where, match.string)
        if start is None:
            yield _entry_point(match, 0, literal=False)
        else:
            yield _entry_point(match, start)


def _declared_values(table: Mapping[str, object]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield the values of all entry points, each with the keys that lead to it."""
    for where in (
        ("project", "scripts"),
        ("project", "gui-scripts"),
        ("tool", "poetry", "scripts"),
    ):
        yield from _strings_in(table, where)
    for where in (("project", "entry-points"), ("tool", "poetry", "plugins")):
        for group in _table_at(table, where):
            yield from _strings_in(table, (*where, group))


def _strings_in(
    table: Mapping[str, object], where: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], str]]:
    for name, value in _table_at(table, where).items():
        if isinstance(value, str):
            yield (*where, name), value
        elif isinstance(value, dict) and value.get("type") != "file":  # Poetry's long form
            path = value.get("reference")
            if isinstance(path, str):
                yield (*where, name, "reference"), path


def _table_at(table: object, where: tuple[str, ...]) -> Mapping[str, object]:
    for key in where:
        table = table.get(key) if isinstance(table, dict) else None
    return table if isinstance(table, dict) else {}


def _value_start(text: str, where: tuple[str, ...], value: str) -> int | None:
    """Return where the characters of a string begin in a TOML text; None if it is written with escapes.

    tomlkit keeps the layout of a text but tells no offsets: where the text differs once the value is another one, the
    value begins.
    """
    import tomlkit  # late: only a file that is to change needs it
    from tomlkit.exceptions import TOMLKitError

    try:
        document = tomlkit.parse(text)
        table: object = document
        for key in where[:-1]:
            table = table[key]  # type: ignore[index]
        literal = table[where[-1]].as_string()  # type: ignore[index]
        table[where[-1]] = tomlkit.string(_PROBE, literal=literal.startswith("'"))  # type: ignore[index]
        changed = document.as_string()
    except (TOMLKitError, KeyError, TypeError):
        return None
    same = next((at for at, pair in enumerate(zip(text, changed)) if pair[0] != pair[1]), 0)
    quotes = literal[: 3 if literal[:3] in ('"""', "'''") else 1]
    start = same - 1 + len(quotes)
    return start if text[start - len(quotes) :].startswith(f"{quotes}{value}{quotes}") else None
