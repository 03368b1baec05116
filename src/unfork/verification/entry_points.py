"""Entry points in pyproject.toml, setup.cfg and setup.py: what starts an installed project."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from unfork.nodes import last_name
from unfork.toml import loads
from unfork.verification.facts import Violation
from unfork.verification.states import States
from unfork.verification.tree_state import TreeState
from unfork.verification.values import Attribute, Missing, Outside, Taken, Value, plain_value


def broken_entry_points(states: States) -> Iterator[Violation]:
    """Yield the entry points whose targets no longer exist."""
    for file in sorted({*_READERS, *filter(_declares, states.rewrites.edits)}):
        parse = _READERS[file.rpartition("/")[2]]
        try:
            text = states.project.read(file).decode("utf-8-sig")
            raw = states.rewrites.text(file, states.project.read(file)).decode("utf-8-sig")
        except (OSError, UnicodeDecodeError):
            continue
        was, now = parse(text), parse(raw)
        for key, value in was.items():
            yield from _compare_entry_point(states, file, key, value, now.get(key, ""))


def _compare_entry_point(
    states: States, file: str, key: str, old: str, new: str
) -> Iterator[Violation]:
    before, after = states.tree_states(False)
    was, now = _entry_point_value(before, old, file), _entry_point_value(after, new, file)
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


def entry_point_strings(tree: ast.AST) -> Iterator[ast.Constant]:
    """Yield the strings of ``setup(entry_points=...)`` in a setup.py, also those of variables that it is given."""
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call) or last_name(call.func) != "setup":
            continue
        for given in _given_entry_points(tree, call):
            values = [given] if not isinstance(given, ast.Name) else _assigned(tree, given.id)
            parts = [part for value in values for part in ast.walk(value)]
            inner = [v for p in parts if isinstance(p, ast.Name) for v in _assigned(tree, p.id)]
            for part in (*parts, *(part for value in inner for part in ast.walk(value))):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield part


def _given_entry_points(tree: ast.AST, call: ast.Call) -> Iterator[ast.expr]:
    """Yield what a call is given by the keyword itself, and by ``**options`` of a dictionary that is written out."""
    yield from (word.value for word in call.keywords if word.arg == "entry_points")
    spread = (word.value for word in call.keywords if word.arg is None)
    options = (v for s in spread if isinstance(s, ast.Name) for v in _assigned(tree, s.id))
    for option in options:
        if isinstance(option, ast.Dict):
            pairs = zip(option.keys, option.values, strict=True)
            yield from (v for k, v in pairs if getattr(k, "value", None) == "entry_points")


def _assigned(tree: ast.AST, name: str) -> list[ast.expr]:
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        and any(isinstance(target, ast.Name) and target.id == name for target in node.targets)
    ]


def _declares(path: str) -> bool:
    return path.rpartition("/")[2] in _READERS


def _entry_point_value(tree_state: TreeState, text: str, file: str) -> Value | None:
    module, _, path = text.partition(":")
    module, path = module.strip(), path.partition("[")[0].strip()
    if not module:
        return None
    value: Value = tree_state.finder.absolute(module, file)
    for number, name in enumerate(filter(None, path.split("."))):
        value = Attribute(value, name) if number else Taken(value, name)
    return value


def _read_pyproject(text: str) -> Mapping[str, str]:
    try:
        table = loads(text)
        project, tools = (_table_or_empty(table.get(key)) for key in ("project", "tool"))
    except ValueError:
        return {}
    groups = {group: project.get(group) for group in ("scripts", "gui-scripts")}
    groups |= _table_or_empty(project.get("entry-points"))
    groups["poetry"] = _table_or_empty(tools.get("poetry")).get("scripts")
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


def _read_setup_py(text: str) -> Mapping[str, str]:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    texts = (str(node.value) for node in entry_point_strings(tree))
    lines = [line.partition("=") for text in texts for line in text.splitlines()]
    return {f"{at}.{line[0].strip()}": line[2].strip() for at, line in enumerate(lines) if line[1]}


_READERS = {
    "pyproject.toml": _read_pyproject,
    "setup.cfg": _read_setup_cfg,
    "setup.py": _read_setup_py,
}
