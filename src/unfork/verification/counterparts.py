"""Which value may take the place of which, by the migration (the contract, "What a redirect means")."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from unfork.verification.resolution import Finder
from unfork.verification.two_roots import original
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
    plain,
)
from unfork.verification.world import World
from unfork_codemods.plan import Migration, Redirect


class Counterparts:
    """What values of the tree before may be in the tree after."""

    def __init__(
        self,
        redirects: Mapping[str, Redirect],
        before: World,
        after: World,
        offers: Callable[[str, str], bool],
    ) -> None:
        self._before, self._after, self.redirects = before, after, redirects
        self._offers = offers
        self._known: dict[tuple[Value, Value], bool] = {}

    # -- sets of values

    def agree(self, old: Values, new: Values) -> bool:
        """Return whether the values of a place after may stand for those that it had before, and none is lost."""
        return self.objection(old, new) is None

    def objection(self, old: Values, new: Values) -> tuple[Value | None, Value | None] | None:
        """Return the value that has no counterpart, an old one or a new one; None if all is well."""
        if old == new or UNKNOWN in old:
            return None
        for value in new:
            if value == UNBOUND:
                if UNBOUND not in old:
                    return None, value
            elif not any(self.matches(each, value) for each in old):
                return None, value
        for value in old:
            if isinstance(value, Special) or _is_missing(value):
                continue
            if not any(self.matches(value, each) for each in new):
                return value, None
        return None

    # -- one value

    def matches(self, old: Value, new: Value) -> bool:
        """Return whether ``new`` may be what ``old`` was: the same, or its counterpart."""
        known = self._known.get((old, new))
        if known is None:
            known = self._known[old, new] = self._matches(original(old), original(new), 0)
        return known

    def _matches(self, old: Value, new: Value, depth: int) -> bool:
        new = plain(new)
        if plain(old) == new or depth > 8:
            return plain(old) == new
        if new == UNKNOWN:
            return old == UNKNOWN
        if _is_missing(old) or self._is_unread(old):
            return True
        if _is_missing(new):
            return False
        match old:
            case Attribute(base, name):
                if isinstance(new, Attribute) and new.name == name:
                    return self._matches(base, new.base, depth + 1)
                if isinstance(base, Module) and base.path in self.redirects:
                    return self._moved(base.path, name, new, depth)
                return any(
                    self._matches(each, new, depth + 1) for each in self._attributes(base, name)
                )
            case Instance(of):
                return isinstance(new, Instance) and self._matches(of, new.of, depth + 1)
            case Legacy(path, name, inner):
                return self._moved(path, name, new, depth) or self._matches(inner, new, depth + 1)
            case Module(path):
                return any(self._is(each, new, depth) for each in self._modules(path))
            case Definition(path, scope, _):
                return not scope and path in self.redirects and self._own(old, new, depth)
            case Outside(dotted):
                return any(self._is(each, new, depth) for each in self._outside(dotted))
            case _:
                return False

    def _is_unread(self, value: Value) -> bool:
        """Return whether a value is something of a module that does not parse: importing that never worked."""
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

    def _is(self, value: Value, new: Value, depth: int) -> bool:
        """Return whether a value, in the tree after, is ``new``, or goes on to be it."""
        found = self._after.resolve(value)
        if not found or all(_is_missing(each) for each in found):
            found = self._before.resolve(value)
        found = frozenset(map(original, found))
        return any(plain(each) == new for each in found) or any(
            self._matches(each, new, depth + 1) for each in found if not _is_missing(each)
        )

    def _own(self, old: Definition, new: Value, depth: int) -> bool:
        machine = self._before.machine(old.path)
        name = machine.names.get(old, "") if machine is not None else ""
        return bool(name) and self._moved(old.path, name, new, depth)

    def _moved(self, path: str, name: str, new: Value, depth: int) -> bool:
        if new == Attribute(Module(path), name) and self._after.has_more(path):
            return self._before.has_more(path) or self._offers(path, name)
        redirect = self.redirects.get(path)
        target = None if redirect is None else self.target(redirect, name)
        return target is not None and self._is(target, new, depth)

    def target(self, redirect: Redirect, name: str) -> Value | None:
        """Return what a name of a redirected module is from now on."""
        first, *rest = name.split(".")
        if first in redirect.names:
            target = redirect.names[first]
            return self._path(target.module, [*target.name.split("."), *rest])
        if redirect.to is None:
            return None
        return self._path(redirect.to, [first, *rest])

    def _path(self, module: str, names: list[str]) -> Value:
        finder = self._after.finder
        value = finder.absolute(module)
        if isinstance(value, Missing):  # gone with this very run: what it was leads on
            value = self._before.finder.absolute(module)
        for name in names:
            value = Taken(value, name)
        return value

    def _modules(self, path: str) -> Iterator[Value]:
        redirect = self.redirects.get(path)
        if redirect is not None and redirect.to is not None:
            yield self._after.finder.absolute(redirect.to)

    def _outside(self, dotted: str) -> Iterator[Value]:
        """Yield what something outside is from now on, be it a module that is redirected or something of one."""
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
                    for each in filter(None, rest.split(".")):
                        value = Attribute(value, each)
                    yield value

    def _attributes(self, base: Value, name: str) -> Iterator[Value]:
        """Yield what an attribute of a counterpart is."""
        match base:
            case Legacy(path, own, _):
                redirect = self.redirects.get(path)
                target = None if redirect is None else self.target(redirect, own)
                if target is not None:
                    yield from map(original, self._after.resolve(Attribute(target, name)))
            case _:
                return


def redirected(migration: Migration, finder: Finder) -> Iterator[tuple[str, Redirect]]:
    """Yield the files of the redirected modules; those outside or gone, by their dotted names in angle brackets."""
    for redirect in reversed(migration.redirects):
        source = redirect.source.removesuffix(".*")
        place = finder.absolute(source)
        match place:
            case Module(path):
                yield path, redirect
            case Namespace():
                pass
            case _:
                yield f"<{source}>", redirect
        if source != redirect.source and redirect.to is not None:
            yield from _inside(redirect, place, finder)


def _inside(redirect: Redirect, place: Value, finder: Finder) -> Iterator[tuple[str, Redirect]]:
    """Yield the modules of a package that is redirected with all that is in it."""
    folders: Mapping[str, str] = {}
    match place:
        case Module(path):
            folders = {path.rpartition("/")[0]: ""}
        case Namespace(found):
            folders = dict.fromkeys(found, "")
        case _:
            return
    to = (redirect.to or "").removesuffix(".*")
    for path in finder.paths:
        for folder in folders:
            if path.startswith(f"{folder}/"):
                inner = path[len(folder) + 1 :].rpartition(".")[0].removesuffix("__init__")
                dotted = inner.strip("/").replace("/", ".")
                yield path, redirect._replace(to=f"{to}.{dotted}" if dotted else to)


def _is_missing(value: Value) -> bool:
    return isinstance(value, Missing) or (isinstance(value, Legacy) and _is_missing(value.object))
