"""One file, run in both states of the tree, with its text before paired with its text after."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from math import inf

from unfork.reading.source import Source
from unfork.verification.counterparts import Counterparts
from unfork.verification.entry_points import entry_point_strings
from unfork.verification.facts import Violation
from unfork.verification.interest import EVERYTHING, Interest, names_in_doubt, text_of
from unfork.verification.pairing import Pair, Pairing
from unfork.verification.states import States
from unfork.verification.tree_state import TreeState
from unfork.verification.values import (
    OPAQUE,
    Attribute,
    Definition,
    Legacy,
    Module,
    Taken,
    Value,
    Values,
    plain_value,
)


class Both:
    """One file in both states of the tree, with its functions; ``typing``: as a type checker sees it."""

    def __init__(self, states: States, path: str, typing: bool) -> None:
        self.states, self.path, self.typing = states, path, typing
        self.source, self.source_after = states.source_before(path), states.source_after(path)
        self.tree = self.source.tree
        self.changed = path in states.rewrites.edits
        self.tree_states = states.tree_states(typing)
        self.counterparts: Counterparts = states.counterparts(typing)
        names = names_in_doubt(self.source, self.source_after) if self.changed else frozenset()
        self.words = None if names is None else names | states.words
        interests = self._interest_pair
        before = self.tree_states[0].whole(path, interests[0])
        after = self.tree_states[1].whole(path, interests[1])
        assert before is not None and after is not None
        self.before, self.after = before, after
        self.compared: list[ast.Compare] = []

    @cached_property
    def _interest_pair(self) -> tuple[Interest, Interest]:
        """What must be examined before and after."""
        if self.words is None:
            return EVERYTHING, EVERYTHING
        words = frozenset(word.encode() for word in self.words)
        if not self.changed:
            return Interest(words), Interest(words)
        return Interest(words, self.source_after.data), Interest(words, self.source.data)

    @cached_property
    def pairs(self) -> list[Pair]:
        """Each expression with its successor."""

        def strings(node: ast.AST) -> tuple[ast.expr | None, ast.expr | None]:
            return self.before.parsed.get(id(node)), self.after.parsed.get(id(node))

        pairing = Pairing(
            self._seen_before,
            lambda node: self.after.seen.get(id(node)),
            strings,
            self.path in self.states.project.deprecated,
            self._is_dull,
            lambda node: node in self._path_strings,
            self.states.project.call_changes,
        )
        blocks = [
            [*source.tree.body, *source.example_functions]
            for source in (self.source, self.source_after)
        ]
        paired = list(pairing.blocks(*blocks))
        self.compared = pairing.compared
        return paired

    def outermost_functions(self, after: bool) -> Mapping[int, ast.AST]:
        """Return the outermost function around each node inside a function, by the node's identity."""
        return self._functions_after if after else self._functions_before

    def first_use(self, after: bool, function: ast.AST) -> float:
        """Return the line where importing the file first uses an outermost function, or the class that contains it."""
        lines = self._uses_after if after else self._uses_before
        return lines.get(id(function), inf)

    def is_in_string(self, after: bool, node: ast.AST) -> bool:
        """Return whether a node is part of an annotation in a string: its line counts from there, and it runs later."""
        return id(node) in (self._quoted_after if after else self._quoted_before)

    @cached_property
    def in_examples(self) -> frozenset[int]:
        """The parts of the examples in docstrings, which nothing but their own test runs."""
        return _parts_of((*self.source.example_functions, *self.source_after.example_functions))

    @cached_property
    def _quoted_before(self) -> frozenset[int]:
        return _parts_of(self.before.parsed.values())

    @cached_property
    def _quoted_after(self) -> frozenset[int]:
        return _parts_of(self.after.parsed.values())

    @cached_property
    def _uses_before(self) -> Mapping[int, int]:
        return _first_uses(self.source)

    @cached_property
    def _uses_after(self) -> Mapping[int, int]:
        return _first_uses(self.source_after)

    @cached_property
    def _functions_before(self) -> Mapping[int, ast.AST]:
        return _within_functions(self.source)

    @cached_property
    def _functions_after(self) -> Mapping[int, ast.AST]:
        return _within_functions(self.source_after)

    @cached_property
    def _path_strings(self) -> frozenset[ast.Constant]:
        """The strings that only name what calls import or replace: each is assigned to a name that has no other use."""
        uses = self._uses_by_value
        is_setup = self.path.rpartition("/")[2] == "setup.py"
        points = frozenset(entry_point_strings(self.tree) if is_setup else ())
        return points | frozenset(
            value
            for node in ast.walk(self.tree)
            for target, value in _assigned_strings(node)
            if (definition := self.before.known_definition(target)) is not None
            and uses.get(definition)
            and all(id(use) in self.before.told for use in uses[definition])
        )

    @cached_property
    def _uses_by_value(self) -> Mapping[Value, Sequence[ast.Name]]:
        """The names that may be each value where they are read."""
        uses: dict[Value, list[ast.Name]] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                for value in self.before.seen.get(id(node), ()):
                    uses.setdefault(value, []).append(node)
        return uses

    def _seen_before(self, node: ast.AST) -> Values | None:
        """Return what an expression may be; None for a string of a table that is not only looked up to be imported."""
        has_tables = bool(self.before.tables or self.before.elements)
        is_loose = has_tables and isinstance(node, ast.Constant) and node in self._loose_strings
        return None if is_loose else self.before.seen.get(id(node))

    @cached_property
    def _loose_strings(self) -> frozenset[ast.Constant]:
        """The strings of the tables that are looked up for an import, and have another use than for their keys."""
        told, keys = self.before.told, _asked_for_keys(self.tree)
        elements = self.before.elements.items()
        held = {definition: strings for definition, (strings, _) in elements}
        for definition, table in self.before.tables.items():
            held[definition] = tuple(n for n in ast.walk(table) if isinstance(n, ast.Constant))
        loose: set[ast.Constant] = set()
        for definition, strings in held.items():
            uses = {id(use) for use in self._uses_by_value.get(definition, ())}
            if uses & told and uses - told - keys:
                loose.update(strings)
        return frozenset(loose)

    def _is_dull(self, old: ast.stmt, new: ast.stmt) -> bool:
        """Return whether a statement is unchanged, word for word, and has nothing of interest."""
        if self._interest_pair[0].within(self.source, old):
            return False
        return old is new or text_of(self.source, old) == text_of(self.source_after, new)

    @cached_property
    def doubtful(self) -> list[Pair]:
        """The pairs that may differ: all others are unchanged, word for word, and nothing they refer to moved."""
        if self.before is self.after and not any(
            map(self.states.concerns, self.before.seen.values())
        ):
            return []
        return [pair for pair in self.pairs if pair.why or self._is_doubtful(pair)]

    def _is_doubtful(self, pair: Pair) -> bool:
        if id(pair.before) in self.before.owners and id(pair.after) in self.after.owners:
            return False  # the name is compared, and there it may be in another module than others
        old = self.before.seen.get(id(pair.before), OPAQUE)
        new = self.after.seen.get(id(pair.after), OPAQUE)
        return old != new or self._may_concern(old)

    def _may_concern(self, values: Values) -> bool:
        return self.words is None or self.states.concerns(values, self.words)

    def values(self, pair: Pair) -> tuple[Values, Values]:
        """Return the values of a reference, before and after."""
        old = self.before.seen.get(id(pair.before), OPAQUE)
        new = self.after.seen.get(id(pair.after), OPAQUE)
        return self.tree_states[0].resolved(old), self.tree_states[1].resolved(new)

    def violation(self, node: ast.AST, why: str, blame: tuple[str, ...]) -> Violation:
        """Return a violation at a node."""
        line, col = getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
        return Violation(self.path, line, col + 1, why, blame)

    def blamed(self, pair: Pair) -> tuple[str, ...]:
        """Return the files whose rewrite to revert: this file, unless others alone already break the reference."""
        touched = self.states.rewrites.touched
        old = self.before.seen.get(id(pair.before), OPAQUE)
        passed = _files_passed_through(self.tree_states[0], old) | _files_passed_through(
            self.tree_states[1], self.after.seen.get(id(pair.after), OPAQUE)
        )
        others = tuple(sorted((passed & touched) - {self.path}))
        if not self.changed:
            return others or tuple(sorted(touched))
        if others and not self.counterparts.agree(
            self.tree_states[0].resolved(old), self.tree_states[1].resolved(old)
        ):
            return others
        return (self.path,)

    def resolved(self, after: bool, values: Values) -> Values:
        """Return resolved values; an empty set if they are unknown."""
        return (
            self.tree_states[after].resolved(values) if values and values != OPAQUE else frozenset()
        )


def _files_passed_through(tree_state: TreeState, values: Values, depth: int = 0) -> set[str]:
    """Return the files that values are reached through."""
    files: set[str] = set()
    for value in values:
        match value:
            case Module(path) | Definition(path, _, _):
                files.add(path)
            case Taken(base, name, _):
                files |= _files_through_attribute(tree_state, base, name, depth)
            case Legacy(path, _, inner):
                files |= {path} | _files_passed_through(tree_state, frozenset({inner}), depth)
            case Attribute(base, name):
                files |= _files_through_attribute(tree_state, base, name, depth)
            case _:
                pass
    return files


def _files_through_attribute(tree_state: TreeState, base: Value, name: str, depth: int) -> set[str]:
    files = _files_passed_through(tree_state, frozenset({base}), depth)
    if depth > 12:
        return files
    for module in tree_state.resolve(base):
        inner = plain_value(module)
        if isinstance(inner, Module):
            files.add(inner.path)
            env = tree_state.exports(inner.path) or {}
            files |= _files_passed_through(tree_state, env.get(name, frozenset()), depth + 1)
    return files


def _parts_of(nodes: Iterable[ast.AST]) -> frozenset[int]:
    return frozenset(id(part) for node in nodes for part in ast.walk(node))


def _within_functions(source: Source) -> dict[int, ast.AST]:
    function_of: dict[int, ast.AST] = {}
    waiting: list[tuple[ast.AST, ast.AST | None]] = [
        (node, None) for node in (*source.tree.body, *source.example_functions)
    ]
    while waiting:
        node, function = waiting.pop()
        if function is None and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            function = node
        if function is not None:
            function_of[id(node)] = function
        waiting += ((child, function) for child in ast.iter_child_nodes(node))
    return function_of


def _first_uses(source: Source) -> dict[int, int]:
    """Return, by the identity of outermost functions, the first line that uses each during the file's import."""
    named: dict[str, list[ast.AST]] = {}
    first_lines: dict[int, int] = {}
    waiting: list[tuple[ast.AST, str]] = [(node, "") for node in reversed(source.tree.body)]
    while waiting:
        node, owner = waiting.pop()
        parts: Iterable[ast.AST] = ast.iter_child_nodes(node)
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                named.setdefault(owner or node.name, []).append(node)
                parts = (*node.decorator_list, node.args)
            case ast.ClassDef():
                owner = owner or node.name
            case ast.Name(id=name, ctx=ast.Load()):
                for function in named.pop(name, ()):
                    first_lines[id(function)] = node.lineno
        waiting += ((part, owner) for part in reversed([*parts]))
    return first_lines


def _asked_for_keys(tree: ast.Module) -> set[int]:
    """Return the names that are only asked for the keys of what they hold: ``key in TABLE``, ``TABLE.keys()``."""
    asked: set[int] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Compare(ops=[ast.In() | ast.NotIn()], comparators=[ast.Name() as table]):
                asked.add(id(table))
            case ast.Attribute(value=ast.Name() as table, attr="keys"):
                asked.add(id(table))
            case ast.Call(func=ast.Name(id="list" | "sorted" | "len"), args=[ast.Name() as table]):
                asked.add(id(table))
            case _:
                pass
    return asked


def _assigned_strings(node: ast.AST) -> Iterator[tuple[ast.Name, ast.Constant]]:
    """Yield each name that a statement binds to a string, with the string."""
    match node:
        case ast.Assign(targets=[ast.Name() as target], value=ast.Constant(value=str()) as value):
            yield target, value
        case ast.AnnAssign(target=ast.Name() as target, value=ast.Constant(value=str()) as value):
            yield target, value
        case _:
            return
