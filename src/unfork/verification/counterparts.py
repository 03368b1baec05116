"""Which value may replace which, by the migration (the contract, "What a redirect means")."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping

from unfork.verification.call_changes import CallChanges
from unfork.verification.resolution import Finder
from unfork.verification.standard_library import is_absent
from unfork.verification.tree_state import TreeState
from unfork.verification.two_roots import original_value
from unfork.verification.values import (
    UNBOUND,
    UNKNOWN,
    Attribute,
    Definition,
    Instance,
    Legacy,
    Missing,
    Module,
    Namespace,
    Outside,
    Special,
    Taken,
    Value,
    Values,
    plain_value,
)
from unfork_codemods.migration import Migration
from unfork_codemods.redirect import Redirect


class Counterparts:
    """Which values of the tree after may replace values of the tree before."""

    def __init__(
        self,
        redirects: Mapping[str, Redirect],
        before: TreeState,
        after: TreeState,
        offers: Callable[[str, str], bool],
    ) -> None:
        self._before, self._after, self.redirects = before, after, redirects
        self._offers = offers
        self._calls = CallChanges(redirects.values())
        self._known: dict[tuple[Value, Value], bool] = {}

    # -- sets of values

    def agree(self, old: Values, new: Values) -> bool:
        """Return whether the values at a place after may replace the old ones, with none lost."""
        return self.objection(old, new) is None

    def objection(self, old: Values, new: Values) -> tuple[Value | None, Value | None] | None:
        """Return the value without a counterpart, old or new; None if every value has one."""
        if old == new or UNKNOWN in old:
            return None
        has_fallback = self._has_fallback(old, new)
        for value in new:
            if value == UNBOUND:
                if UNBOUND not in old and not all(map(is_missing, old)):
                    return None, value
            elif has_fallback and is_missing(value):
                continue
            elif not any(self.matches(candidate, value) for candidate in old):
                return None, value
        for value in old:
            if isinstance(value, Special) or is_missing(value):
                continue
            if not any(self.matches(value, candidate) for candidate in new):
                return value, None
        return None

    def _has_fallback(self, old: Values, new: Values) -> bool:
        """Return whether an optional import that finds nothing has a fallback: as before, or one that is as much."""
        others = [value for value in new if not is_missing(value)]
        was_optional = any(map(is_missing, old))
        return bool(others) and (was_optional or all(map(self._is_function_or_class, others)))

    def _is_function_or_class(self, value: Value) -> bool:
        if not isinstance(value, Definition):
            return False
        machine = self._after.machine(value.path)
        node = machine.definitions.get(value) if machine is not None else None
        return isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)

    # -- one value

    def matches(self, old: Value, new: Value) -> bool:
        """Return whether ``new`` may replace ``old``: the same value, or its counterpart."""
        known = self._known.get((old, new))
        if known is None:
            known = self._known[old, new] = self._is_counterpart(
                original_value(old), original_value(new), 0
            )
        return known

    def _is_counterpart(self, old: Value, new: Value, depth: int) -> bool:
        new = plain_value(new)
        if plain_value(old) == new or depth > 8:
            return plain_value(old) == new
        if new == UNKNOWN:
            return old == UNKNOWN
        if is_missing(old) or self._is_unread(old):
            return True
        if is_missing(new):
            return False
        match old:
            case Attribute() if _is_of_nothing(old, self._before):
                return _is_of_nothing(new, self._after)
            case Attribute(base, name):
                if isinstance(new, Attribute) and self._is_same_member(name, new.name):
                    return self._is_counterpart(base, new.base, depth + 1)
                if isinstance(base, Module) and base.path in self.redirects:
                    return self._is_moved_name(base.path, name, new, depth)
                return any(
                    self._is_counterpart(candidate, new, depth + 1)
                    for candidate in self._counterpart_attributes(base, name)
                )
            case Instance(of):
                return isinstance(new, Instance) and self._is_counterpart(of, new.of, depth + 1)
            case Legacy(path, name, inner):
                return self._is_moved_name(path, name, new, depth) or self._is_counterpart(
                    inner, new, depth + 1
                )
            case Module(path):
                return any(
                    self._resolves_to(candidate, new, depth)
                    for candidate in self._module_targets(path)
                )
            case Definition(path, scope, _):
                return not scope and path in self.redirects and self._is_own_moved(old, new, depth)
            case Outside(dotted):
                return any(
                    self._resolves_to(candidate, new, depth)
                    for candidate in self._outside_targets(dotted)
                ) or is_absent(dotted)
            case _:
                return False

    def _is_same_member(self, old: str, new: str) -> bool:
        """Return whether a member of a class has its old name, or the one that ``[redirect.calls]`` gives it."""
        return old == new or self._calls.is_renamed(old, new)

    def _is_unread(self, value: Value) -> bool:
        """Return whether a value belongs to a module that does not parse: importing it never worked."""
        while isinstance(value, Attribute | Instance | Legacy):
            value = (
                value.base
                if isinstance(value, Attribute)
                else value.of
                if isinstance(value, Instance)
                else value.object
            )
            if isinstance(value, Module):
                return self._before.machine(value.path) is None
        return False

    def _resolves_to(self, value: Value, new: Value, depth: int) -> bool:
        """Return whether a value, in the tree after, is ``new`` or leads to it."""
        resolved = self._after.resolve(value)
        if not resolved or all(is_missing(candidate) for candidate in resolved):
            resolved = self._before.resolve(value)
        resolved = frozenset(map(original_value, resolved))
        return any(plain_value(candidate) == new for candidate in resolved) or any(
            self._is_counterpart(candidate, new, depth + 1)
            for candidate in resolved
            if not is_missing(candidate)
        )

    def _is_own_moved(self, old: Definition, new: Value, depth: int) -> bool:
        machine = self._before.machine(old.path)
        name = machine.names.get(old, "") if machine is not None else ""
        return bool(name) and self._is_moved_name(old.path, name, new, depth)

    def _is_moved_name(self, path: str, name: str, new: Value, depth: int) -> bool:
        if new == Attribute(Module(path), name) and self._after.has_more(path):
            return self._before.has_more(path) or self._offers(path, name)
        redirect = self.redirects.get(path)
        target = None if redirect is None else self.target(redirect, name)
        return target is not None and self._resolves_to(target, new, depth)

    def target(self, redirect: Redirect, name: str) -> Value | None:
        """Return what a name of a redirected module refers to after the migration."""
        first, *rest = name.split(".")
        change = redirect.calls.get(".".join([first, *rest[:1]])) if rest else None
        if change is not None and change.to is not None:
            rest[0] = change.to
        if first in redirect.names:
            target = redirect.names[first]
            return self._value_of_path(target.module, [*target.name.split("."), *rest])
        if redirect.to is None:
            return None
        return self._value_of_path(redirect.to, [first, *rest])

    def _value_of_path(self, module: str, names: list[str]) -> Value:
        finder = self._after.finder
        value = finder.absolute(module)
        if isinstance(value, Missing):  # removed in this run: what it was leads on
            value = self._before.finder.absolute(module)
        for name in names:
            value = Taken(value, name)
        return value

    def _module_targets(self, path: str) -> Iterator[Value]:
        redirect = self.redirects.get(path)
        if redirect is not None and redirect.to is not None:
            yield self._after.finder.absolute(redirect.to)

    def _outside_targets(self, dotted: str) -> Iterator[Value]:
        """Yield what an outside name refers to after the migration: a redirected module or a name in one."""
        for source, redirect in self.redirects.items():
            if not source.startswith("<"):
                continue
            module = source[1:-1]
            if dotted == module and redirect.to is not None:
                yield self._after.finder.absolute(redirect.to)
            elif dotted.startswith(f"{module}."):
                name, _, rest = dotted[len(module) + 1 :].partition(".")
                value = self.target(redirect, name)
                if value is not None:
                    for segment in filter(None, rest.split(".")):
                        value = Attribute(value, segment)
                    yield value

    def _counterpart_attributes(self, base: Value, name: str) -> Iterator[Value]:
        """Yield what an attribute of a counterpart refers to."""
        match base:
            case Legacy(path, own, _):
                redirect = self.redirects.get(path)
                target = None if redirect is None else self.target(redirect, own)
                if target is not None:
                    yield from map(original_value, self._after.resolve(Attribute(target, name)))
            case _:
                return


def redirected_files(migration: Migration, finder: Finder) -> Iterator[tuple[str, Redirect]]:
    """Yield the files of the redirected modules; modules outside or gone, by their dotted names in angle brackets."""
    for redirect in reversed(migration.redirects):
        match finder.absolute(redirect.source):
            case Module(path):
                yield path, redirect
            case Namespace():
                pass
            case _:
                yield f"<{redirect.source}>", redirect


def is_missing(value: Value) -> bool:
    """Return whether a value is a module or name that does not exist, or of one, however it was reached."""
    match value:
        case Legacy():
            return is_missing(value.object)
        case Attribute(base):
            return is_missing(base)
        case _:
            return isinstance(value, Missing)


def _is_of_nothing(value: Value, state: TreeState) -> bool:
    """Return whether a value is an attribute that is not there, since it is asked of None or False."""
    if not isinstance(value, Attribute):
        return False
    base = plain_value(value.base)
    if not isinstance(base, Definition):
        return _is_of_nothing(base, state)
    machine = state.machine(base.path)
    is_nothing = machine is not None and base in machine.nothings
    return is_nothing and not hasattr(None, value.name) and not hasattr(False, value.name)
