"""One file in the tree as it will be, beside the same file before."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cached_property

from unfork.reading.source import Source, Unparsable
from unfork.verification.counterparts import Counterparts
from unfork.verification.facts import Access, Exports, FileReport, Replacement, Violation
from unfork.verification.machine import STAR, Event, Machine
from unfork.verification.pairing import Pair, Pairing
from unfork.verification.shims import is_shim, shim_exports, shim_violations
from unfork.verification.states import States
from unfork.verification.values import (
    NOT_BOUND,
    OPAQUE,
    UNBOUND,
    Attribute,
    Definition,
    Legacy,
    Missing,
    Module,
    Namespace,
    Outside,
    Taken,
    Value,
    Values,
    plain,
    shown,
)
from unfork.verification.world import World, is_import

_EXAMPLE = re.compile(rb"^[ \t]*(?:>>>|\.\.\.) .*", re.MULTILINE)


def report_on(states: States, path: str) -> FileReport:
    """Return what one file comes to, read in full."""
    try:
        before = states.source_before(path)
        tree = before.tree
    except (OSError, Unparsable):
        return FileReport(path)
    if path in states.rewrites.edits:
        try:
            states.source_after(path).tree  # noqa: B018 (parsed here, or refused)
            compile(states.source_after(path).data.decode(), path, "exec", dont_inherit=True)
        except SyntaxError as error:
            if _compiles(before):
                broken = Violation(
                    path, error.lineno or 1, 1, f"no Python any more: {error.msg}", (path,)
                )
                return FileReport(path, (broken,))
        except Unparsable as error:
            broken = Violation(
                path, error.line, error.col, f"no Python any more: {error.why}", (path,)
            )
            return FileReport(path, (broken,))
    if is_shim(states, path):
        return FileReport(
            path, tuple(shim_violations(states, path)), exports=shim_exports(states, path)
        )
    file = _File(states, path, before, tree, typing=False)
    report = file.report()
    text = before.data + states.source_after(path).data
    if b"TYPE_CHECKING" in text and not path.endswith(".pyi"):
        typed = _File(states, path, before, tree, typing=True)
        found = (*typed.violations(), *typed.imports_resolve())
        more = tuple(v for v in found if v not in report.violations)
        report = report._replace(violations=report.violations + more)
    return report


def _compiles(source: Source) -> bool:
    try:
        compile(source.data.decode(), source.path, "exec", dont_inherit=True)
    except SyntaxError:
        return False
    return True


class _File:
    """One file, run in both states of the tree."""

    def __init__(
        self, states: States, path: str, source: Source, tree: ast.Module, typing: bool
    ) -> None:
        self.states, self.path, self.source, self.tree = states, path, source, tree
        self.typing = typing
        self.changed = path in states.rewrites.edits
        self.source_after = states.source_after(path)
        self.worlds = states.worlds(typing)
        self.counterparts: Counterparts = states.counterparts(typing)
        before = self.worlds[0].machine(path, whole=True)
        after = self.worlds[1].machine(path, whole=True)
        assert before is not None and after is not None
        self.before, self.after = before, after

    def report(self) -> FileReport:
        pairs = list(self.pairs())
        violations = [*self.violations(pairs), *self.imports_resolve(), *self._lost_loads(pairs)]
        exports, more = self.exports() if self.changed else self._exports_of_unchanged()
        return FileReport(
            self.path,
            tuple(dict.fromkeys([*violations, *more])),
            tuple(self.accesses(pairs)),
            tuple(self.replacements()),
            exports,
            tuple(self._imported()),
            tuple(dict.fromkeys(self._reached())),
        )

    # -- references

    def pairs(self) -> Iterator[Pair]:
        """Yield each expression with its successor."""

        def strings(node: ast.AST) -> tuple[ast.expr | None, ast.expr | None]:
            return self.before.parsed.get(id(node)), self.after.parsed.get(id(node))

        pairing = Pairing(
            lambda node: self.before.seen.get(id(node)),
            lambda node: self.after.seen.get(id(node)),
            strings,
            self.path in self.states.project.deprecated,
        )
        yield from pairing.blocks(self.tree.body, self.source_after.tree.body)

    def violations(self, pairs: list[Pair] | None = None) -> Iterator[Violation]:
        """Yield what no longer reaches what it reached."""
        for pair in self.pairs() if pairs is None else pairs:
            if pair.why:
                if self.changed:
                    yield self.violation(pair.before, pair.why, (self.path,))
                continue
            assert pair.after is not None
            old, new = self.values(pair)
            objection = self.counterparts.objection(old, new)
            if objection is not None:
                yield self.violation(pair.before, _why(*objection), self.blamed(pair))

    def values(self, pair: Pair) -> tuple[Values, Values]:
        """Return what a reference was, and what it is."""
        old = self.before.seen.get(id(pair.before), OPAQUE)
        new = self.after.seen.get(id(pair.after), OPAQUE)
        return self.worlds[0].resolved(old), self.worlds[1].resolved(new)

    def violation(self, node: ast.AST, why: str, blame: tuple[str, ...]) -> Violation:
        line, col = getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
        return Violation(self.path, line, col + 1, why, blame)

    def blamed(self, pair: Pair) -> tuple[str, ...]:
        """Return whose rewrite has to go: the file's own, unless it would fail just as well without."""
        touched = self.states.rewrites.touched
        old = self.before.seen.get(id(pair.before), OPAQUE)
        passed = _passed(self.worlds[0], old) | _passed(
            self.worlds[1], self.after.seen.get(id(pair.after), OPAQUE)
        )
        others = tuple(sorted((passed & touched) - {self.path}))
        if not self.changed:
            return others or tuple(sorted(touched))
        if others and not self.counterparts.agree(
            self.worlds[0].resolved(old), self.worlds[1].resolved(old)
        ):
            return others
        return (self.path,)

    # -- imports

    def imports_resolve(self) -> Iterator[Violation]:
        """Yield imports that are new and name nothing that is there."""
        if not self.changed and not self.states.rewrites.removed:
            return
        known = {v for e in self.before.events for v in _resolved(self.worlds[0], e.values)}
        for event in self.after.events:
            if event.kind not in ("import", "from", "take", "name module"):
                continue
            if event.typing_only is not self.typing:
                continue
            for value in _resolved(self.worlds[1], event.values):
                inner = plain(value)
                if inner in known or value in known:
                    continue
                if isinstance(inner, Missing):
                    blame = (
                        (self.path,)
                        if self.changed
                        else tuple(sorted(self.states.rewrites.removed))
                    )
                    what = inner.name or inner.module
                    yield self.violation(event.node, f"{what} is not there", blame)
                elif inner == UNBOUND and not self._was_unsure(event):
                    yield self.violation(
                        event.node, f"{event.name} may not be bound there", (self.path,)
                    )

    def _was_unsure(self, event: Event) -> bool:
        return any(
            UNBOUND in self.worlds[0].resolved(e.values)
            for e in self.before.events
            if e.kind == "take" and e.name == event.name
        )

    def _reached(self) -> Iterator[tuple[str, int]]:
        """Yield the modules that imports mean after, with the line: not the packages on the way."""
        for event in self.after.events:
            line = getattr(event.node, "lineno", 1)
            if event.kind in ("import", "star"):
                modules = event.values
            elif event.kind == "take":
                taken = (v for v in event.values if isinstance(v, Taken))
                modules = frozenset(
                    v.module
                    for v in taken
                    if not any(isinstance(plain(f), Module) for f in self.worlds[1].resolve(v))
                ) | {plain(f) for v in event.values for f in self.worlds[1].resolve(v)}
            else:
                continue
            yield from ((v.path, line) for v in modules if isinstance(v, Module))

    def _imported(self) -> Iterator[tuple[str, bool, int]]:
        seen = set()
        for event in self.after.events:
            if event.kind not in ("import", "from", "take"):
                continue
            for value in (
                self.worlds[1].resolved(event.values) if event.kind == "take" else event.values
            ):
                if isinstance(value, Module | Legacy):
                    module = plain(value)
                    if isinstance(module, Module):
                        line = getattr(event.node, "lineno", 1)
                        found = (module.path, event.late, line)
                        if found not in seen:
                            seen.add(found)
                            yield found

    # -- submodules that somebody has to have imported

    def _lost_loads(self, pairs: list[Pair]) -> Iterator[Violation]:
        """Yield uses of a package's submodule that nobody imports any more."""
        own = {path for path, _, _ in self._imported()}
        for pair in pairs:
            if pair.after is None or not isinstance(pair.after, ast.Attribute):
                continue
            for node, path in self._submodules(self.worlds[1], self.after, pair.after):
                if path not in own and not self.states.loaded_for(self.path, path, after=True):
                    was = {p for _, p in self._submodules(self.worlds[0], self.before, pair.before)}
                    lost = self.states.loaders_lost(self.path, path)
                    if path in was and not lost and not self._imported_before(path):
                        continue
                    blame = (self.path,) if path not in was or self._imported_before(path) else lost
                    yield self.violation(pair.before, f"nothing imports {path} any more", blame)
                    del node

    def _imported_before(self, path: str) -> bool:
        for event in self.before.events:
            if event.kind in ("import", "from", "take"):
                for value in self.worlds[0].resolved(event.values):
                    if plain(value) == Module(path):
                        return True
        return False

    def _submodules(
        self, world: World, machine: Machine, node: ast.AST
    ) -> Iterator[tuple[ast.AST, str]]:
        while isinstance(node, ast.Attribute):
            base = machine.seen.get(id(node.value), OPAQUE)
            for value in world.resolved(base) if base != OPAQUE else ():
                owner = plain(value)
                if not isinstance(owner, Module | Namespace):
                    continue
                env = world.exports(owner.path) if isinstance(owner, Module) else {}
                if env is None or env.get(node.attr, NOT_BOUND) != NOT_BOUND:
                    continue
                found = world.finder.submodule(owner, node.attr)
                if isinstance(found, Module):
                    yield node, found.path
            node = node.value

    # -- what others take

    def exports(self) -> tuple[Exports, list[Violation]]:
        """Return how what the file offers differs, and what of that is wrong whoever takes it."""
        old, new = self.before.module.env, self.after.module.env
        gone, moved, wrong = set(), set(), []
        listed = set(self.worlds[0].listed(Module(self.path)) or ())
        for name, values in old.items():
            if name == STAR or values == NOT_BOUND:
                continue
            now = new.get(name, NOT_BOUND)
            if now == NOT_BOUND:
                gone.add(name)
                if name in listed or self._is_for_others(name):
                    wrong.append(self._at_binding(name, f"{name} is gone, and others may take it"))
                continue
            if values == now:
                continue
            was, is_ = self.worlds[0].resolved(values), self.worlds[1].resolved(now)
            objection = self.counterparts.objection(was, is_)
            if objection is not None and (name in listed or self._is_for_others(name)):
                wrong.append(self._at_binding(name, f"{name}: {_why(*objection)}"))
            if objection is not None or any(
                isinstance(plain(v), Module | Namespace | Outside) for v in was
            ):
                moved.add(name)
        wrong += self._classes() if self.changed else []
        wrong += self._listed()
        added = {n for n, v in new.items() if n != STAR and n not in old and v != NOT_BOUND}
        return Exports(frozenset(gone), frozenset(moved), frozenset(added)), wrong

    def _exports_of_unchanged(self) -> tuple[Exports, list[Violation]]:
        """Return how what a file offers differs that did not change itself: by its star imports."""
        found, _ = self.exports()
        return found, []

    def _is_for_others(self, name: str) -> bool:
        """Return whether an import is there for others: it is not used here, or exported for certain."""
        bound = self.before.module.env[name] - NOT_BOUND
        if not all(is_import(plain(each)) or isinstance(each, Missing) for each in bound):
            return True
        if name not in self._explicit:
            return False
        if self.path.endswith(("/__init__.py", ".pyi")) and not name.startswith("_"):
            return True
        if name not in self.before.used:
            return True
        if any(name.encode() in line for line in _EXAMPLE.findall(self.source.data)):
            return True
        return any(
            isinstance(node, ast.ImportFrom) and any(a.asname == a.name == name for a in node.names)
            for node in self.tree.body
        )

    @cached_property
    def _explicit(self) -> frozenset[str]:
        """The names that imports of the file bind, stars apart."""
        imports = (n for n in ast.walk(self.tree) if isinstance(n, ast.Import | ast.ImportFrom))
        return frozenset(
            alias.asname or alias.name
            for node in imports
            for alias in node.names
            if alias.asname or isinstance(node, ast.ImportFrom) or "." not in alias.name
        )

    def _listed(self) -> Iterator[Violation]:
        """Yield where ``__all__`` says less, or names what is not there."""
        was = self.worlds[0].listed(Module(self.path))
        now = self.worlds[1].listed(Module(self.path))
        if was is None or was == now:
            return
        if now is None:
            yield self._at_binding("__all__", "__all__ cannot be told any more")
            return
        lost = [name for name in was if name not in now]
        if lost:
            yield self._at_binding("__all__", f"__all__ has no {lost[0]} any more")
        env = self.after.module.env
        for name in now:
            if name not in was and env.get(name, NOT_BOUND) == NOT_BOUND and STAR not in env:
                yield self._at_binding("__all__", f"__all__ names {name}, which is not there")

    def _classes(self) -> Iterator[Violation]:
        """Yield what classes have no more: an import in a class body is an attribute to all."""
        for definition, (env, _) in self.before.classes.items():
            now = self.after.classes.get(definition)
            for name, values in env.items():
                if not all(is_import(each) for each in values) or now is None:
                    continue
                new = now[0].get(name, NOT_BOUND)
                objection = self.counterparts.objection(
                    self.worlds[0].resolved(values), self.worlds[1].resolved(new)
                )
                if objection is not None:
                    node = self.before.definitions[definition]
                    why = (
                        f"the class has no {name} any more"
                        if new == NOT_BOUND
                        else _why(*objection)
                    )
                    yield self.violation(node, why, (self.path,))

    def _at_binding(self, name: str, why: str) -> Violation:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = {a.asname or a.name.partition(".")[0] for a in node.names}
                if name in names:
                    return self.violation(node, why, (self.path,))
        return Violation(self.path, 1, 1, why, (self.path,))

    # -- bindings

    def replacements(self) -> Iterator[Replacement]:
        """Yield what the file replaces of modules, before and after."""
        kinds = ("replace", "replace module")
        old = [e for e in self.before.events if e.kind in kinds]
        new = [e for e in self.after.events if e.kind in kinds]
        if len(old) != len(new):
            new = []
        for number, event in enumerate(old):
            line, col = getattr(event.node, "lineno", 1), getattr(event.node, "col_offset", 0) + 1
            after = self._replaced(self.worlds[1], new[number]) if new else set()
            for binding in self._replaced(self.worlds[0], event):
                counterpart = next(iter(after & {binding} or after), None)
                yield Replacement(binding, counterpart, line, col)

    def _replaced(self, world: World, event: Event) -> set[tuple[str, str]]:
        if event.kind == "replace module":
            found = {v.path for v in event.values if isinstance(v, Module)}
            return {(path, "*") for path in found} or {(event.name, "*")}
        bases = {plain(v) for v in _resolved(world, event.values)}
        modules = {v.path for v in bases if isinstance(v, Module)}
        if event.values == OPAQUE and "\0" in event.name:
            return {("", event.name)}
        return {(path, event.name) for path in modules}

    def accesses(self, pairs: list[Pair]) -> Iterator[Access]:
        """Yield which names of modules the file takes and reads, before and after."""
        seen = set()
        for pair in pairs:
            if pair.after is None or pair.why:
                continue
            line = getattr(pair.before, "lineno", 1)
            new = list(self._bindings(self.worlds[1], self.after, pair.after))
            for binding in self._bindings(self.worlds[0], self.before, pair.before):
                access = Access(binding, new[0] if new else None, True, line)
                if access[:3] not in seen:
                    seen.add(access[:3])
                    yield access
        yield from self._takes()

    def _bindings(self, world: World, machine: Machine, node: ast.AST) -> Iterator[tuple[str, str]]:
        """Yield the names of modules that an expression reads on its way, the last first."""
        while isinstance(node, ast.Attribute):
            base = machine.seen.get(id(node.value), OPAQUE)
            for value in world.resolved(base) if base not in (OPAQUE, frozenset()) else ():
                owner = plain(value)
                if isinstance(owner, Module):
                    yield owner.path, node.attr
            node = node.value

    def _takes(self) -> Iterator[Access]:
        old, new = self._taken(self.before), self._taken(self.after)
        for (binding, late), (value, line) in old.items():
            if (binding, late) in new:
                yield Access(binding, binding, late, line)
                continue
            was = self.worlds[0].resolve(value)
            after = next(
                (
                    other
                    for (other, _), (now, _) in new.items()
                    if self.counterparts.agree(was, self.worlds[1].resolve(now))
                ),
                None,
            )
            yield Access(binding, after, late, line)

    def _taken(self, machine: Machine) -> dict[tuple[tuple[str, str], bool], tuple[Value, int]]:
        found: dict[tuple[tuple[str, str], bool], tuple[Value, int]] = {}
        for event in machine.events:
            if event.kind == "take":
                for value in event.values:
                    if isinstance(value, Taken) and isinstance(value.module, Module):
                        line = getattr(event.node, "lineno", 1)
                        found[(value.module.path, value.name), event.late] = (value, line)
        return found


def _why(old: Value | None, new: Value | None) -> str:
    if new == UNBOUND:
        return "it may not be bound there any more"
    if new is not None:
        return f"it would be {shown(new)}, and was not"
    assert old is not None
    return f"it would not be {shown(old)} any more, nor what takes its place"


def _resolved(world: World, values: Values) -> Values:
    return world.resolved(values) if values and values != OPAQUE else frozenset()


def _passed(world: World, values: Values, depth: int = 0) -> set[str]:
    """Return the files that values are reached through."""
    found: set[str] = set()
    for value in values:
        match value:
            case Module(path) | Definition(path, _, _):
                found.add(path)
            case Taken(base, name, _):
                found |= _through(world, base, name, depth)
            case Legacy(path, _, inner):
                found |= {path} | _passed(world, frozenset({inner}), depth)
            case Attribute(base, name):
                found |= _through(world, base, name, depth)
            case _:
                pass
    return found


def _through(world: World, base: Value, name: str, depth: int) -> set[str]:
    found = _passed(world, frozenset({base}), depth)
    if depth > 12:
        return found
    for module in world.resolve(base):
        inner = plain(module)
        if isinstance(inner, Module):
            found.add(inner.path)
            env = world.exports(inner.path) or {}
            found |= _passed(world, env.get(name, frozenset()), depth + 1)
    return found
