"""Entry points in pyproject.toml and setup.cfg: what starts an installed project."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from unfork.toml import loads
from unfork.verification.facts import Violation
from unfork.verification.states import States
from unfork.verification.tree_state import TreeState
from unfork.verification.values import Attribute, Missing, Outside, Taken, Value, plain_value


def broken_entry_points(states: States) -> Iterator[Violation]:
    """Yield the entry points whose targets no longer exist."""
    for file, parse in (("pyproject.toml", _read_pyproject), ("setup.cfg", _read_setup_cfg)):
        try:
            text = states.project.read(file).decode()
            raw = states.rewrites.text(file, states.project.read(file)).decode()
        except (OSError, UnicodeDecodeError):
            continue
        was, now = parse(text), parse(raw)
        for key, value in was.items():
            yield from _compare_entry_point(states, file, key, value, now.get(key, ""))


def _compare_entry_point(
    states: States, file: str, key: str, old: str, new: str
) -> Iterator[Violation]:
    before, after = states.tree_states(False)
    was, now = _entry_point_value(before, old), _entry_point_value(after, new)
    if was is None:
        return
    values = before.resolve(was)
    resolved = after.resolve(now) if now is not None else frozenset()
    if any(isinstance(plain_value(v), Missing | Outside) for v in values):
        return
    if not states.counterparts(False).agree(values, resolved):
        touched = states.rewrites.touched
        blame = (file,) if file in touched else tuple(sorted(states.rewrites.removed or touched))
        yield Violation(file, 1, 1, f"the entry point {key} = {old!r} is not there any more", blame)


def _entry_point_value(tree_state: TreeState, text: str) -> Value | None:
    module, _, path = text.partition(":")
    module, path = module.strip(), path.partition("[")[0].strip()
    if not module:
        return None
    value: Value = tree_state.finder.absolute(module)
    for number, name in enumerate(filter(None, path.split("."))):
        value = Attribute(value, name) if number else Taken(value, name)
    return value


def _read_pyproject(text: str) -> Mapping[str, str]:
    try:
        project = _table_or_empty(loads(text).get("project"))
    except ValueError:
        return {}
    groups = {group: project.get(group) for group in ("scripts", "gui-scripts")}
    groups |= _table_or_empty(project.get("entry-points"))
    return {
        f"{group}.{name}": value
        for group, entries in groups.items()
        for name, value in _table_or_empty(entries).items()
        if isinstance(value, str)
    }


def _table_or_empty(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _read_setup_cfg(text: str) -> Mapping[str, str]:
    from configparser import ConfigParser, Error  # imported late: few projects have such a file

    parser = ConfigParser(interpolation=None)
    try:
        parser.read_string(text)
    except Error:
        return {}
    entries = {}
    if parser.has_section("options.entry_points"):
        for group, lines in parser.items("options.entry_points"):
            for line in filter(None, map(str.strip, lines.splitlines())):
                name, _, value = line.partition("=")
                entries[f"{group}.{name.strip()}"] = value.strip()
    return entries
