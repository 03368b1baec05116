"""A migration file as values: every key known and of the right type, and no two in conflict.

Only the text is checked; whether a module exists is checked against the definitions of a root.
"""

from __future__ import annotations

import keyword
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import NoReturn

from unfork.errors import MigrationError
from unfork.loading.tables import Table, quoted_value
from unfork_codemods import STEP_KINDS, StepKind
from unfork_codemods.calls import CallChange
from unfork_codemods.migration import Migration, by_kind
from unfork_codemods.packages import is_package_entry, module_of_entry
from unfork_codemods.redirect import Redirect
from unfork_codemods.step import Step, Target, line_of

HEAD_KEYS = ("name", "summary", "roots", "exclude", "outside", "references")
"""The keys of the table ``[migration]``."""


def migration_of(table: Table) -> Migration:
    """Return the migration in the top level of a migration file.

    Raises MigrationError, with the line, for anything that CONTRACT's "Migration files" does not allow.
    """
    table.known(("migration", *STEP_KINDS))
    head = table.table("migration")
    head.known(HEAD_KEYS)
    migration = Migration(
        name=head.text("name"),
        file=table.file,
        summary=head.optional_text("summary") or "",
        roots=_read_roots(head),
        exclude=patterns_of(head, "exclude"),
        steps=by_kind(step for kind in STEP_KINDS.values() for step in _read_steps(table, kind)),
        outside=tuple(dict.fromkeys(_StepTable(head).modules("outside"))),
        lines=_StepTable(head).lines(),
        reports_references=_reports_references(head),
    )
    for kind, steps in migration.kinds():
        if kind.once is not None:
            _check_once(kind.once, [(step.module, table.file, step.line) for step in steps])
    check_redirects([migration])
    return migration


def _read_steps(table: Table, kind: StepKind) -> Iterator[Step]:
    for step in table.tables(kind.name):
        step.known(kind.keys)
        yield kind.read(_StepTable(step))


class _StepTable:
    """A table of the file, as step kinds read it: ``unfork_codemods.step.StepTable``."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self.text, self.optional_text = table.text, table.optional_text
        self.flag, self.error = table.flag, table.error

    def module(self, key: str) -> str:
        """Return the dotted name of a required module."""
        return _checked_module(self._table, self._table.text(key), key)

    def optional_module(self, key: str) -> str | None:
        """Return the dotted name of a module, or None if the key is missing."""
        return self.module(key) if key in self._table.values else None

    def module_or_package(self, key: str) -> str:
        """Return the dotted name of a required module, or a package entry."""
        return _checked_entry(self._table, self._table.text(key), key)

    def optional_module_or_package(self, key: str) -> str | None:
        """Return the dotted name of a module, or a package entry, or None if the key is missing."""
        return self.module_or_package(key) if key in self._table.values else None

    def modules_or_packages(self, key: str) -> tuple[str, ...]:
        """Return an array of dotted names and package entries, empty if the key is missing."""
        texts = enumerate(self._table.texts(key))
        return tuple(_checked_entry(self._table, name, key, index) for index, name in texts)

    def has(self, key: str) -> bool:
        """Return whether the table has a key."""
        return key in self._table.values

    def modules(self, key: str) -> tuple[str, ...]:
        """Return an array of dotted names, empty if the key is missing."""
        texts = enumerate(self._table.texts(key))
        return tuple(_checked_module(self._table, name, key, index) for index, name in texts)

    def names(self, to: str | None) -> dict[str, Target]:
        """Return the table ``names``: where each name lives; a name without a module lives in ``to``."""
        names = self._table.table("names")
        return {name: _read_target(names, name, to) for name in names.values}

    def calls(self) -> dict[str, CallChange]:
        """Return the table ``calls``: how members and arguments change, by the legacy name."""
        calls = self._table.table("calls")
        return {name: _read_call_change(calls, name) for name in calls.values}

    def line(self) -> int:
        """Return the line of the table."""
        return self._table.line()

    def lines(self) -> dict[str, int]:
        """Return the lines of its keys and their values, as ``line_of`` looks them up."""
        lines = {}
        for key, value in self._table.values.items():
            lines[key] = self._table.line(key)
            if isinstance(value, dict):
                lines.update((f"{key}.{name}", self._table.line(key, name)) for name in value)
            elif isinstance(value, list):
                entries = enumerate(value)
                lines.update((f"{key}.{item}", self._table.line(key, at)) for at, item in entries)
        return lines


_Way = tuple[str, str, int]  # a module of a step, its file and its line
_Known = Mapping[str, tuple[Redirect, str]]  # redirects by module, with their files


def check_redirects(migrations: Iterable[Migration]) -> None:
    """Raise MigrationError if two redirects share a module, or if ``to`` or ``names`` lead in a circle.

    A redirect without ``to`` moves single names, so it may lead to names of its own module.
    """
    redirects = [
        (redirect, migration.file) for migration in migrations for redirect in migration.redirects
    ]
    _check_once(
        "redirected", [(redirect.source, file, redirect.line) for redirect, file in redirects]
    )
    known = {redirect.source: (redirect, file) for redirect, file in redirects}
    done: set[str] = set()
    for redirect, file in redirects:
        if redirect.to is not None:
            _follow_modules(redirect.source, known, done)
        for name in redirect.names:
            _follow_name(redirect, file, name, known)


def _follow_modules(start: str, known: _Known, done: set[str]) -> None:
    """Follow ``to`` from module to module."""
    trail: list[str] = []
    module: str | None = start
    while module is not None and module in known and module not in done:
        redirect, file = known[module]
        trail.append(module)
        if redirect.to in trail:
            _raise_circular_redirect(trail, redirect.to, file, line_of(redirect, "to"))
        module = redirect.to
    done.update(trail)


def _follow_name(redirect: Redirect, file: str, name: str, known: _Known) -> None:
    """Follow a name from module to module: by its entry if it has one, otherwise by ``to``."""
    line = line_of(redirect, "names", name)
    trail, names = [redirect.source], {(redirect.source, name)}
    target: Target | None = redirect.names[name]
    while target is not None and target.module in known:
        onward, _ = known[target.module]
        named = (target.module, target.name)
        if named in names or (target.module in trail and onward.to is not None):
            _raise_circular_redirect(trail, target.module, file, line)
        trail.append(target.module)
        names.add(named)
        through = Target(onward.to, target.name) if onward.to is not None else None
        target = onward.names.get(target.name, through)


def _raise_circular_redirect(trail: Sequence[str], module: str, file: str, line: int) -> NoReturn:
    circle = " -> ".join([*trail[trail.index(module) :], module])
    raise MigrationError(file, line, f"circular redirect: {circle}")


def _check_once(what: str, modules: Iterable[_Way]) -> None:
    seen: dict[str, str] = {}
    for module, file, line in modules:
        if module in seen:
            raise MigrationError(file, line, f"'{module}' is {what} twice: first in {seen[module]}")
        seen[module] = f"{file}:{line}"


def _checked_module(table: Table, name: str, *keys: str | int) -> str:
    if is_package_entry(name) and all(map(is_name, module_of_entry(name).split("."))):
        raise table.error(f"'{name}': only a module can be named here, without '.*'", *keys)
    if not all(is_name(part) for part in name.split(".")):
        why = (
            "a path: write it with dots" if "/" in name or name.endswith(".py") else "not a module"
        )
        raise table.error(f"{quoted_value(name)} is {why} (like 'package.module')", *keys)
    return name


def _checked_entry(table: Table, name: str, *keys: str | int) -> str:
    """Return a module's dotted name, or a package entry: a dotted name and ``.*``."""
    package = module_of_entry(name)
    _checked_module(table, package if package != name else name, *keys)
    return name


def is_name(text: str) -> bool:
    """Return whether ``text`` is a valid Python name."""
    return text.isidentifier() and not keyword.iskeyword(text)


def _read_target(names: Table, name: str, to: str | None) -> Target:
    if not is_name(name):
        raise names.error(f"{quoted_value(name)} is not a name that a module can define", name)
    module, colon, new = names.text(name).rpartition(":")
    if not all(map(is_name, new.split(".") if colon else [new])):
        raise names.error(
            f"{quoted_value(names.text(name))} is neither 'Name' nor 'module:Name'", name
        )
    if colon:
        return Target(_checked_module(names, module, name), new)
    if to is None:
        why = "a bare name is looked for in 'to', which this table does not have"
        raise names.error(f"'{new}' needs its module, as in 'module:{new}': {why}", name)
    return Target(to, new)


def _read_call_change(calls: Table, name: str) -> CallChange:
    owner, dot, member = name.partition(".")
    if not is_name(owner) or (dot and not is_name(member)):
        raise calls.error(f"{quoted_value(name)} is neither 'Name' nor 'Class.member'", name)
    table = calls.table(name)
    table.known(("to", "rename", "drop", "add"))
    change = CallChange(
        table.optional_text("to"),
        {key: _checked_name(table, "rename", key) for key in table.table("rename").values},
        tuple(table.texts("drop")),
        {key: _checked_literal(table.table("add"), key) for key in table.table("add").values},
    )
    if change == CallChange():
        raise calls.error(
            f"{quoted_value(name)} changes nothing: write to, rename, drop or add", name
        )
    if change.to is not None and not member:
        why = f"write {name} = {quoted_value(change.to)} under [redirect.names]"
        raise table.error(f"'to' is for members of a class; {why}", "to")
    if change.to is not None and not is_name(change.to):
        raise table.error(f"{quoted_value(change.to)} is not a name that a class can define", "to")
    for parameter in change.drop:
        if not is_name(parameter):
            raise table.error(f"{quoted_value(parameter)} is not an argument's name", "drop")
        if parameter in change.rename:
            raise table.error(f"'{parameter}' is renamed, and cannot be dropped, too", "drop")
    return change


def _checked_name(table: Table, key: str, old: str) -> str:
    names = table.table(key)
    new = names.text(old)
    for name in (old, new):
        if not is_name(name):
            raise names.error(f"{quoted_value(name)} is not an argument's name", old)
    return new


def _checked_literal(table: Table, name: str) -> str:
    """Return the source of a literal. Raises MigrationError: other expressions may mean something else elsewhere."""
    from ast import literal_eval  # late: few migrations have calls

    text = table.text(name)
    try:
        literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        why = f"is not a literal; a text is written with its quotes: {name} = {quoted_value(repr(text))}"
        raise table.error(f"{quoted_value(text)} {why}", name) from None
    if not is_name(name):
        raise table.error(f"{quoted_value(name)} is not an argument's name", name)
    return text


def _read_roots(head: Table) -> tuple[str, ...] | None:
    if "roots" not in head.values:
        return None
    roots = [_checked_root(head, root, index) for index, root in enumerate(head.texts("roots"))]
    if not roots:
        raise head.error("'roots' is empty: leave it out for the default", "roots")
    return tuple(dict.fromkeys(roots))


def _reports_references(head: Table) -> bool:
    said = head.optional_text("references") or "rewrite"
    if said not in ("rewrite", "report"):
        raise head.error(f"{quoted_value(said)} is neither 'rewrite' nor 'report'", "references")
    return said == "report"


def _checked_root(head: Table, root: str, index: int) -> str:
    path = PurePosixPath(root)
    if "\\" in root or ":" in root:
        raise head.error(
            f"{quoted_value(root)} is not a folder: write '/' between folders", "roots", index
        )
    if path.is_absolute() or ".." in path.parts:
        raise head.error(f"{quoted_value(root)} leads out of the project's root", "roots", index)
    return path.as_posix()


def patterns_of(table: Table, key: str) -> tuple[str, ...]:
    """Return an array of patterns as defined in ``unfork.patterns``. Raises MigrationError."""
    if not (patterns := table.texts(key)):
        return ()
    from unfork.patterns import path_matcher  # late: most projects exclude nothing

    for index, pattern in enumerate(patterns):
        try:
            path_matcher([pattern])
        except ValueError as error:
            raise table.error(f"'{key}': {error}", key, index) from None
    return patterns
