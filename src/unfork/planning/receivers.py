"""Members of classes that move, in files that do not import the class: the text may not tell whose they are.

app/factory.py    from app.old import OldEngine        def make(): return OldEngine()
web.py            make().run_job("a")                  what make returns tells; where nothing does, no file may move it
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from functools import cached_property
from itertools import chain, islice
from typing import NamedTuple

from unfork.nodes import FunctionDef
from unfork.planning.class_pairs import Pair, Pairs
from unfork.planning.settling import Settling
from unfork.reading.calls import named_attribute
from unfork.reading.disguise import normalized_text
from unfork.reading.layout import key_of
from unfork.reading.source import Unparsable
from unfork.reading.statement_names import names_bound
from unfork.rewriting.altered_members import (
    Alteration,
    has_to_change,
    is_called_otherwise,
    overrides_that_differ,
    uses_of_unknown,
)
from unfork.rewriting.constraints import Constraints, Followed, Name, Typed
from unfork.rewriting.file_context import FileContext
from unfork.rewriting.handed_misfits import Misfit, misfits_of_handed_values
from unfork.rewriting.inference import Inference
from unfork.rewriting.kinds import Class, Function, Instance, held_kinds
from unfork.rewriting.named_values import may_stand_for_names, member_stands_for, stands_for_name
from unfork.rewriting.other_errors import misfits_of_errors
from unfork.rewriting.other_kinds import (
    misfits_of_instances,
    misfits_of_name,
    misfits_of_value_members,
)
from unfork.rewriting.other_values import has_untold_arguments
from unfork.rewriting.receivers import COMMON_MEMBERS, Receivers, typed_at, typed_nodes
from unfork.rewriting.stand_ins import misfits_of_replacements, misfits_of_stand_ins
from unfork_codemods.project import Key, last_segment

_WORD = re.compile(r"\w+")
_DEFINITION = rb"\bdef[ \t]+%b\b"
_CLASS = rb"\bclass[ \t]+(?:%b)\b"


class Judgement(NamedTuple):
    """What files that do not import a class do with it: ``told`` are the constraints of those that can follow.

    ``reasons`` are, by class, the first place where a file may use it in the old way and cannot follow.
    """

    told: dict[str, Constraints]
    reasons: dict[Name, str]


def uses_elsewhere(
    settling: Settling, followed: Collection[Followed], every: Collection[Followed]
) -> Judgement:
    """Return what files that do not import the classes ``followed`` do with them; ``every``: those that stay, too.

    Where the text tells of a receiver, the file is told. Of unknown receivers, only members are asked for that no
    other class of the project or of Python itself has: a common name, such as ``get``, is hardly ever of one of these.
    """
    return _Members(settling, followed, every).judgement()


class _Members:
    def __init__(
        self, settling: Settling, followed: Collection[Followed], every: Collection[Followed]
    ) -> None:
        self._settling = settling
        self._pairs = Pairs(settling.run)
        self._given = self._pairs.given_by(every)
        named = {entry.name for entry in followed}
        unnamed = [given.entry for name, given in self._given.items() if name not in named]
        self._moving = self._pairs.of([*followed, *unnamed])
        self._names = {
            pair.name: (pair.entry.lost - COMMON_MEMBERS) | {pair.name[1]} for pair in self._moving
        }
        for name, giver in self._givers():
            self._names[name] |= {giver}
        names = frozenset[str]().union(*self._names.values())
        self._texts = {path: settling.run.read(path) for path in settling.run.naming(names)}

    def _givers(self) -> set[tuple[Name, str]]:
        """Return other names for what differs, and those of functions and variables that give an instance of it."""
        asked = [
            pair
            for pair in self._moving
            if (pair.old and pair.new and pair.old.shape != pair.new.shape) or pair.errors_missed
        ]
        run, known, givers = self._settling.run, set[str](), set[tuple[Name, str]]()
        new = frozenset(pair.name[1] for pair in asked)
        while new:
            paths = [path for path in run.naming(new) if path not in known]
            known.update(paths)
            found = {giver for path in paths for giver in self._names_giving(path, asked)}
            new = frozenset(giver for _, giver in found - givers)
            givers |= found
        return givers

    def _names_giving(self, path: str, pairs: Collection[Pair]) -> Iterator[tuple[Name, str]]:
        """Yield the names of functions and variables of a file that give an instance of a class, with that class."""
        try:
            inference = self._pairs.inference(path, self._settling.run.read(path)).guessing
            tree = inference.context.source.tree
        except (Unparsable, OSError):
            return
        for node in tree.body:
            yield from self._methods_giving(inference, node, pairs)
            for name in names_bound(node):
                if name == "*":
                    continue
                kinds = inference.own.member_of_module(inference.context.key, name)
                given = {k for kind in kinds or () for k in inference.given(kind)}
                owners = {kind.of for kind in given if isinstance(kind, Instance)}
                owners |= {k for k in given if isinstance(k, Class) and k.name == name}
                held = {k for kind in given for k in held_kinds(kind) if k not in given}
                held |= {kind for kind in given if isinstance(kind, Function)}
                names = {(k.key, k.name) for k in held if isinstance(k, Class | Function)}
                for pair in pairs:
                    is_held = pair.name in names and name != pair.name[1]
                    if is_held or self._is_given(inference, name, owners, pair):
                        yield pair.name, name

    @staticmethod
    def _is_given(inference: Inference, name: str, owners: Collection[Class], pair: Pair) -> bool:
        """Return whether a name of a file is another one for what differs, or gives an instance of it."""
        key, receivers = inference.context.key, Receivers(inference, pair.name)
        if name != pair.name[1] and any(map(receivers.is_derived, owners)):
            return True
        return (key, name) != pair.name and member_stands_for(inference, key, name, pair.name)

    def _methods_giving(
        self, inference: Inference, node: ast.stmt, pairs: Collection[Pair]
    ) -> Iterator[tuple[Name, str]]:
        """Yield the names of a class's members that are, or give, an instance of one of some classes, with that one."""
        if not isinstance(node, ast.ClassDef):
            return
        owner = Class(inference.context.key, node.name, node)
        methods = {part.name: part for part in node.body if isinstance(part, FunctionDef)}
        for name in inference.own.members(node).keys() - COMMON_MEMBERS:
            given = (
                inference.own.returned(methods[name], owner)
                if name in methods
                else inference.own.taken(Instance(owner), name)
            )
            owners = {kind.of for kind in given or () if isinstance(kind, Instance)} - {owner}
            for pair in pairs:
                if any(map(Receivers(inference, pair.name).is_derived, owners)):
                    yield pair.name, name

    def judgement(self) -> Judgement:
        """Return the constraints of files that can follow, and the reasons of classes to stay."""
        asked = {pair.name: self._distinctive_members(pair.entry) for pair in self._moving}
        reasons = dict(self._reasons_by_users())
        typed: dict[str, list[Typed]] = {}
        for path in sorted(self._texts):
            open_pairs = [
                pair
                for pair in self._pairs_named_in(path)
                if pair.name not in reasons and not self._is_of_class(path, pair.entry)
            ]
            if not open_pairs:
                continue
            try:
                inference = self._pairs.inference(path, self._texts[path])
                for pair in open_pairs:
                    uses = list(self._followed_uses(inference, pair))
                    distinctive = asked[pair.name]
                    if self._names_class(path, pair.name):
                        distinctive = pair.entry.lost - COMMON_MEMBERS
                    for place in islice(self._places(inference, pair, distinctive, uses), 1):
                        reasons[pair.name] = place
                    typed.setdefault(path, []).extend(use for _, use in uses)
            except Unparsable:
                continue
        told = {
            path: self._with_typed(path, [use for use in uses if use.name not in reasons])
            for path, uses in typed.items()
        }
        changed = {p: c for p, c in told.items() if c != self._settling.constraints_of(p)}
        return Judgement(changed, reasons)

    def _pairs_named_in(self, path: str) -> Iterator[Pair]:
        """Yield the pairs of which a file names the class, a member, or what gives an instance."""
        words = frozenset(
            _WORD.findall(normalized_text(self._texts[path]).decode(errors="replace"))
        )
        return (pair for pair in self._moving if not self._names[pair.name].isdisjoint(words))

    def _names_class(self, path: str, name: Name) -> bool:
        """Return whether a file names a class itself, as a test does that replaces it: ``patch("app.main.Engine")``."""
        return re.search(rb"\b%b\b" % re.escape(name[1].encode()), self._texts[path]) is not None

    def _with_typed(self, path: str, uses: Iterable[Typed]) -> Constraints:
        known = self._settling.constraints_of(path)
        return replace(known, typed=tuple(sorted({*known.typed, *uses})))

    def _reasons_by_users(self) -> Iterator[tuple[Name, str]]:
        """Yield the classes that files follow without importing them, while another file still takes the legacy one.

        Also those that an excluded file still takes: it may give instances to files that name its module.
        """
        for path, constraints in self._settling.constraints.items():
            for name in {use.name for use in constraints.typed}:
                user = self._user_of(name)
                if user is not None:
                    yield name, f"{user} goes on using it, and {path} may get it from there"

        for pair in self._moving:
            user = self._user_of(pair.name)
            if user is not None and pair.entry.lost and self._may_give_to_others(user):
                yield pair.name, f"{user} goes on using it, and this run does not rewrite that file"

    def _may_give_to_others(self, user: str) -> bool:
        """Return whether a file is not rewritten, and one that is may import it."""
        run = self._settling.run
        named = run.naming(frozenset({last_segment(key_of(user))})) if not run.covers(user) else ()
        return any(run.covers(path) for path in named)

    def _user_of(self, name: Name) -> str | None:
        """Return a file that still uses a legacy class although others follow its move."""
        givers = self._given[name].givers if name in self._given else ()
        users = (self._taken.get((key, own)) for key, own in (name, *givers))
        return next(filter(None, users), None) or self._taken.get((name[0], None))

    @cached_property
    def _taken(self) -> dict[tuple[Key, str | None], str]:
        run = self._settling.run
        keys = frozenset(pair.name[0] for pair in self._moving)
        return self._settling.still_taken(
            {*self._settling.results, *run.uncovered_candidates}, keys
        )

    def _followed_uses(self, inference: Inference, pair: Pair) -> Iterator[tuple[ast.expr, Typed]]:
        """Yield the uses of a class that a file can follow though it does not import it, with their places."""
        path = inference.context.importer
        if pair.name in self._given and not self._given[pair.name].moves:
            return
        if not self._settling.run.covers(path) or self._user_of(pair.name) is not None:
            return
        receivers = Receivers(inference, pair.name)
        known = typed_nodes(inference.context, self._settling.constraints_of(path).typed)
        for node, *_ in uses_of_unknown(receivers, pair.gone, pair.altered, known, certain=True):
            place = named_attribute(node) if isinstance(node, ast.Call) else node
            if isinstance(place, ast.Attribute | ast.Constant):
                yield place, typed_at(place, pair.name)
        for call in self._calls_to_change(receivers, pair) if pair.gone else ():
            yield call, typed_at(call, pair.name)

    def _calls_to_change(self, receivers: Receivers, pair: Pair) -> Iterator[ast.Call]:
        source = receivers.context.source
        decorating = (
            ast.copy_location(ast.Call(decorator, [ast.Constant(...)], []), decorator)
            for node in source.nodes_of(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
            if isinstance(node, FunctionDef | ast.ClassDef)
            for decorator in node.decorator_list
            if not isinstance(decorator, ast.Call)
        )
        for call in chain(source.nodes_of(ast.Call), decorating):
            called = receivers.called(call.func)
            if called is None and stands_for_name(
                receivers.inference, receivers.context, call.func, pair.name
            ):
                called = "", None
            if called is None or (called[0] and not isinstance(call.func, ast.Name)):
                continue
            old, new, change = pair.called(called[0])
            if has_to_change(call, old, new, change, called[1]):
                yield call

    def _places(
        self,
        inference: Inference,
        pair: Pair,
        asked: frozenset[str],
        uses: Collection[tuple[ast.expr, Typed]],
    ) -> Iterator[str]:
        """Yield where a file uses a class in the old way, or may do so: ``asked`` are members that only it has.

        It follows the ``uses``.
        """
        context, path = inference.context, inference.context.importer
        receivers = Receivers(inference, pair.name)
        known: set[ast.expr] = {*typed_nodes(context, self._settling.constraints_of(path).typed)}
        known |= {node for node, _ in uses}
        certain = receivers.guessing()
        told = uses_of_unknown(certain, pair.gone, pair.altered, known, certain=True)
        altered = {name: alteration for name, alteration in pair.altered.items() if name in asked}
        vague = uses_of_unknown(receivers, pair.gone & asked, altered, known)
        for node, member, _ in chain(told, vague):
            line, col = context.at(node)
            what = f"{path}:{line}:{col} takes {member} of what may be one"
            yield f"{what}; annotate it there, or change it by hand"
        for part, member in overrides_that_differ(receivers, pair.gone, pair.altered, ()):
            line, col = context.at(part)
            yield f"{path}:{line}:{col} defines {member} in a subclass of it; change it by hand"
        for place, why in self._misfits(receivers, pair):
            line, col = context.at(place)
            yield f"{path}:{line}:{col}: {why}; change it by hand"
        for call in self._calls_to_change(receivers, pair):
            if call not in known and not self._stays_there(context, call, pair.name[0]):
                line, col = context.at(call)
                how = "calls it through another module, or by another name"
                yield f"{path}:{line}:{col} {how}; use {pair.name[1]} of its own module there"

    def _stays_there(self, context: FileContext, call: ast.Call, key: Key) -> bool:
        """Return whether a file that is not rewritten calls what it imports of the legacy module itself."""
        root: ast.expr = call.func
        while isinstance(root, ast.Attribute):
            root = root.value
        own = {item.local for item in context.items if item.imported_name.key == key}
        is_own = isinstance(root, ast.Name) and root.id in own
        return is_own and not self._settling.run.covers(context.importer)

    def _misfits(self, receivers: Receivers, pair: Pair) -> Iterator[Misfit]:
        """Yield where a file uses a class in a way that a definition of another kind does not take."""
        if pair.old is None or pair.new is None:
            return
        if pair.old.shape == pair.new.shape and not pair.errors_missed:
            return
        context, inference = receivers.context, receivers.inference
        names = [n for n in may_stand_for_names(context) if self._is_named(inference, n, pair)]
        yield from misfits_of_name(context, pair.old, pair.new, pair.changes, names)
        yield from misfits_of_instances(receivers, pair.old, pair.new, pair.changes)
        yield from misfits_of_stand_ins(receivers, pair.old, pair.gone)
        yield from misfits_of_replacements(context, pair.name[1], pair.changes)
        if pair.old.kind == "value":
            yield from misfits_of_handed_values(receivers, pair.old, pair.new, pair.changes, names)
            yield from misfits_of_value_members(context, pair.old, pair.new, pair.changes, names)
        members = (pair.old.members or {}).keys() - COMMON_MEMBERS
        yield from misfits_of_errors(receivers, pair.errors_missed, names, members)
        old, new = pair.old.call, pair.new.call
        if old is None or new is None or new.takes_all_of(old):
            return
        for node in names:
            is_partial = has_untold_arguments(context, node)
            if is_partial or is_called_otherwise(inference, Alteration(old, new), node):
                yield node, f"{pair.name[1]} takes other arguments there"

    def _is_named(self, inference: Inference, node: ast.expr, pair: Pair) -> bool:
        """Return whether an expression is the function, class or value itself."""
        kinds = inference.kinds(node) or ()
        named = {(kind.key, kind.name) for kind in kinds if isinstance(kind, Class | Function)}
        if pair.name in named:
            return True
        return not named and stands_for_name(inference, inference.context, node, pair.name)

    def _distinctive_members(self, entry: Followed) -> frozenset[str]:
        return frozenset(name for name in entry.lost if self._is_distinctive(entry, name))

    def _is_distinctive(self, entry: Followed, member: str) -> bool:
        """Return whether only the class, copies of it and files that follow it define a member of that name."""
        if member in COMMON_MEMBERS:
            return False
        defines = re.compile(_DEFINITION % re.escape(member.encode()))
        names = (re.escape(name.encode()) for _, name in (entry.name, entry.counterpart))
        is_copy = re.compile(_CLASS % b"|".join(names))
        return not any(
            defines.search(data) and not is_copy.search(data) and not self._is_of_class(path, entry)
            for path, data in self._texts.items()
        )

    def _is_of_class(self, path: str, entry: Followed) -> bool:
        """Return whether a file defines the class or its counterpart, or follows its uses."""
        result = self._settling.results.get(path)
        follows = result is not None and any(
            followed.name == entry.name for followed in result.followed
        )
        modules = self._pairs.index.layout.modules
        keys = (entry.name[0], entry.counterpart[0])
        return follows or any(path in modules.get(key, ()) for key in keys)
