"""What a file exports: its top-level names, ``__all__``, and the attributes of its classes."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

from unfork.verification.facts import Exports, Violation
from unfork.verification.file_in_both import Both
from unfork.verification.machine import LOADS, STAR, Env
from unfork.verification.references import explain_objection
from unfork.verification.tree_state import is_import
from unfork.verification.values import (
    NOT_BOUND,
    Missing,
    Module,
    Namespace,
    Outside,
    Value,
    Values,
    plain_value,
)

_GIVES_EXAMPLES = b"__test__"
_EXAMPLE = re.compile(rb"^[ \t]*(?:>>>|\.\.\.) .*", re.MULTILINE)


def exports_of(file: Both) -> Exports:
    """Return how the file's exports differ."""
    gone, moved = set(), set()
    new = file.after.module.env
    for name, values in _offered_names(file):
        now = new.get(name, NOT_BOUND)
        if now == NOT_BOUND:
            gone.add(name)
        elif values != now or file.states.concerns(values):
            was, is_now = file.tree_states[0].resolved(values), file.tree_states[1].resolved(now)
            modules = [v for v in map(plain_value, was) if isinstance(v, _MODULES)]
            if was == is_now:  # no run changes what is outside
                modules = [value for value in modules if not isinstance(value, Outside)]
                differs = any(_may_differ(file, value) for value in modules)
            else:
                differs = bool(modules)
            if differs or _find_objection(file, values, now):
                moved.add(name)
    old = file.before.module.env
    added = {n for n, v in new.items() if n.isidentifier() and n not in old and v != NOT_BOUND}
    return Exports(frozenset(gone), frozenset(moved), frozenset(added))


def names_listed_as_before(file: Both) -> Iterator[Violation]:
    """Yield where a changed file takes the names of its module as a whole, and these are not the same any more."""
    taking = next((event.node for event in file.before.events if event.kind == "namespace"), None)
    if taking is None:
        return
    before, after = _names(file.before.module.env), _names(file.after.module.env)
    new = file.after.module.env
    changed = sorted(before - after) + sorted(n for n in after - before if not _is_outside(new[n]))
    if changed and STAR not in before | after:
        how = "would be missing" if changed[0] in before else "would be there, too"
        why = f"the names of this module are taken as a whole here, where {changed[0]} {how}"
        yield file.violation(taking, why, (file.path,))


def _is_outside(values: Values) -> bool:
    return all(isinstance(value, Outside) for value in values)


def _names(env: Env) -> frozenset[str]:
    return frozenset(name for name, values in env.items() if name != LOADS and values != NOT_BOUND)


_MODULES = Module | Namespace | Outside


def _may_differ(file: Both, value: Value) -> bool:
    """Return whether names taken from a remaining module may differ: the migration names it, or its names changed."""
    if not isinstance(value, Module):
        return True
    path, known, project = value.path, file.states.differing, file.states.project
    if path not in known:
        known[path] = False  # for modules that import each other
        known[path] = (
            path in project.forwards
            or project.is_meant(path)
            or _is_around(path, project.forwards)
            or _has_changed_names(file, path)
        )
    return known[path]


def _is_around(path: str, modules: Iterable[str]) -> bool:
    """Return whether a package contains one of the modules, which becomes its attribute once imported."""
    folder, _, name = path.rpartition("/")
    return name.startswith("__init__.") and any(
        module.startswith(f"{folder}/") for module in modules
    )


def _has_changed_names(file: Both, path: str) -> bool:
    was, now = (tree_state.exports(path) or {} for tree_state in file.tree_states)
    for name, values in was.items():
        if not name.isidentifier() or values == NOT_BOUND:
            continue
        new = now.get(name, NOT_BOUND)
        if values == new and not file.states.concerns(values):
            continue
        if new == NOT_BOUND or _find_objection(file, values, new):
            return True
        modules = (plain_value(value) for value in file.tree_states[0].resolved(values))
        if any(isinstance(module, Module) and _may_differ(file, module) for module in modules):
            return True
    return False


def offers_less(file: Both) -> Iterator[Violation]:
    """Yield names that the file no longer exports, but must, whichever code imports them."""
    new = file.after.module.env
    listed = file.tree_states[0].listed(Module(file.path)) or ()
    for name, values in _offered_names(file):
        now = new.get(name, NOT_BOUND)
        if values == now or not (name in listed or _is_for_others(file, name)):
            continue
        objection = _find_objection(file, values, now)
        if now == NOT_BOUND:
            yield _at_binding(file, name, f"{name} is gone, and others may take it")
        elif objection is not None:
            yield _at_binding(file, name, f"{name}: {explain_objection(*objection)}")
    yield from _class_violations(file)
    yield from _dunder_all_violations(file)


def _offered_names(file: Both) -> Iterator[tuple[str, Values]]:
    for name, values in file.before.module.env.items():
        if name.isidentifier() and values != NOT_BOUND:
            yield name, values


def _find_objection(
    file: Both, old: Values, new: Values
) -> tuple[Value | None, Value | None] | None:
    return file.counterparts.objection(
        file.tree_states[0].resolved(old), file.tree_states[1].resolved(new)
    )


def _is_for_others(file: Both, name: str) -> bool:
    """Return whether an import exists for other modules: it is unused here, or certainly exported."""
    bound = file.before.module.env[name] - NOT_BOUND
    if not all(is_import(plain_value(value)) or isinstance(value, Missing) for value in bound):
        return True
    if name not in _explicitly_imported(file):
        return False
    if name not in file.before.used:
        return True
    if file.path.endswith("/__init__.py") and not name.startswith("_"):
        return not _is_going(file, bound)
    if _is_in_example(file, name):
        return True
    return any(
        isinstance(node, ast.ImportFrom) and any(a.asname == a.name == name for a in node.names)
        for node in file.tree.body
    )


def _is_in_example(file: Both, name: str) -> bool:
    """Return whether an example of a docstring has a name, or one in another string where doctest is given strings."""
    word, data = name.encode(), file.source.data
    if not any(
        word in line and re.search(rb"(?<![\w.])%b\b" % word, line)
        for line in _EXAMPLE.findall(data)
    ):
        return False
    return _GIVES_EXAMPLES in data or any(name in part.names() for part in file.source.examples)


def _is_going(file: Both, values: Values) -> bool:
    """Return whether values are modules that the migration removes: no code can keep importing these."""
    modules = {plain_value(value) for value in file.tree_states[0].resolved(values)}
    return all(isinstance(v, Module) and v.path in file.states.project.removed for v in modules)


def _explicitly_imported(file: Both) -> frozenset[str]:
    """Return the names that the file's imports bind, except by stars and dotted paths."""
    return frozenset(
        alias.asname or alias.name
        for statement in file.source.imports
        for alias in statement.node.names
        if alias.asname or isinstance(statement.node, ast.ImportFrom) or "." not in alias.name
    )


def _dunder_all_violations(file: Both) -> Iterator[Violation]:
    """Yield where ``__all__`` lists fewer names, or names that do not exist."""
    was = file.tree_states[0].listed(Module(file.path))
    now = file.tree_states[1].listed(Module(file.path))
    if was is None or was == now:
        return
    if now is None:
        yield _at_binding(file, "__all__", "__all__ cannot be told any more")
        return
    lost = [name for name in was if name not in now]
    if lost:
        yield _at_binding(file, "__all__", f"__all__ has no {lost[0]} any more")
    env = file.after.module.env
    for name in now:
        if name not in was and env.get(name, NOT_BOUND) == NOT_BOUND and STAR not in env:
            yield _at_binding(file, "__all__", f"__all__ names {name}, which is not there")


def _class_violations(file: Both) -> Iterator[Violation]:
    """Yield what classes have lost: anything that a class body binds, even by an import, is a public attribute."""
    for definition, (env, _) in file.before.classes.items():
        now = file.after.classes.get(definition)
        for name, values in env.items():
            if now is None or not name.isidentifier():
                continue
            new = now[0].get(name, NOT_BOUND)
            if new != NOT_BOUND and not all(is_import(value) for value in values):
                continue
            if new == values and not file.states.concerns(values):
                continue
            calls = file.states.project.call_changes
            if any(calls.is_renamed(name, other) and other not in env for other in now[0]):
                continue
            objection = file.counterparts.objection(
                file.tree_states[0].resolved(values), file.tree_states[1].resolved(new)
            )
            if objection is not None:
                node = file.before.definitions[definition]
                lost = f"the class has no {name} any more"
                told = lost if new == NOT_BOUND else explain_objection(*objection)
                yield file.violation(node, told, (file.path,))


def _at_binding(file: Both, name: str, why: str) -> Violation:
    for node in ast.walk(file.tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = {a.asname or a.name.partition(".")[0] for a in node.names}
            if name in names:
                return file.violation(node, why, (file.path,))
    return Violation(file.path, 1, 1, why, (file.path,))
