"""Members of classes that move, taken in files that do not import the class: of what, the text may not tell.

app/factory.py    from app.old import OldEngine        def make(): return OldEngine()
web.py            make().run_job("a")                  if the new class has no run_job, no file may move the class
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator
from itertools import chain, islice

from unfork.planning.class_pairs import Pair, Pairs
from unfork.planning.settling import Settling
from unfork.reading.source import Unparsable
from unfork.rewriting.calls import has_to_change, overrides_that_differ, uses_of_unknown
from unfork.rewriting.constraints import Followed, Name
from unfork.rewriting.inference import Inference
from unfork.rewriting.receivers import COMMON_MEMBERS, Receivers, typed_nodes

_DEFINITION = rb"\bdef[ \t]+%b\b"


def reasons_to_stay(settling: Settling, followed: Collection[Followed]) -> dict[Name, str]:
    """Return why classes must not move, of those that are ``followed``.

    Only members that no other class of the project or of Python itself has are asked for: an unknown receiver of a
    common name, such as ``get``, is hardly ever one of these classes.
    """
    return _Members(settling, followed).reasons()


class _Members:
    def __init__(self, settling: Settling, followed: Collection[Followed]) -> None:
        self._settling = settling
        self._pairs = Pairs(settling.run)
        self._moving = self._pairs.of(followed)
        names = frozenset[str]().union(*(entry.lost for entry in followed)) - COMMON_MEMBERS
        names |= {entry.name[1] for entry in followed}
        self._texts = {path: settling.run.read(path) for path in settling.run.naming(names)}

    def reasons(self) -> dict[Name, str]:
        """Return, by class, the first place where a file that does not import it may use it in the old way."""
        asked = {pair.name: self._distinctive_members(pair.entry) for pair in self._moving}
        reasons: dict[Name, str] = {}
        for path in sorted(self._texts):
            open_pairs = [
                pair
                for pair in self._moving
                if pair.name not in reasons and not self._is_of_class(path, pair.entry)
            ]
            if not open_pairs:
                continue
            try:
                inference = Inference(self._pairs.context(path, self._texts[path]))
                for pair in open_pairs:
                    for place in islice(self._places(inference, pair, asked[pair.name]), 1):
                        reasons[pair.name] = place
            except Unparsable:
                continue
        return reasons

    def _places(self, inference: Inference, pair: Pair, asked: frozenset[str]) -> Iterator[str]:
        """Yield where a file uses a class in the old way, or may do so: ``asked`` are members that only it has."""
        context, path = inference.context, inference.context.importer
        receivers = Receivers(inference, pair.name)
        known = typed_nodes(context, self._settling.constraints_of(path).typed)
        told = uses_of_unknown(receivers, pair.gone, pair.altered, known, certain=True)
        altered = {name: each for name, each in pair.altered.items() if name in asked}
        vague = uses_of_unknown(receivers, pair.gone & asked, altered, known)
        for node, member, _ in chain(told, vague):
            line, col = context.at(node)
            what = f"{path}:{line}:{col} takes {member} of what may be one"
            yield f"{what}; annotate it there, or change it by hand"
        for part, member in overrides_that_differ(receivers, pair.gone, pair.altered, ()):
            line, col = context.at(part)
            yield f"{path}:{line}:{col} defines {member} in a subclass of it; change it by hand"
        for call in (node for node in context.source.nodes if isinstance(node, ast.Call)):
            called = receivers.called(call.func)
            if called is None or called[0]:
                continue
            if has_to_change(context, call, pair.old, pair.new, pair.change):
                line, col = context.at(call)
                yield f"{path}:{line}:{col} calls it through another module; import it there"

    def _distinctive_members(self, entry: Followed) -> frozenset[str]:
        return frozenset(name for name in entry.lost if self._is_distinctive(entry, name))

    def _is_distinctive(self, entry: Followed, member: str) -> bool:
        """Return whether only the class, its counterpart and files that follow it define a member of that name."""
        if member in COMMON_MEMBERS:
            return False
        defines = re.compile(_DEFINITION % re.escape(member.encode()))
        return not any(
            defines.search(data) and not self._is_of_class(path, entry)
            for path, data in self._texts.items()
        )

    def _is_of_class(self, path: str, entry: Followed) -> bool:
        """Return whether a file defines the class or its counterpart, or follows its uses."""
        result = self._settling.results.get(path)
        follows = result is not None and any(each.name == entry.name for each in result.followed)
        modules = self._pairs.index.layout.modules
        keys = (entry.name[0], entry.counterpart[0])
        return follows or any(path in modules.get(key, ()) for key in keys)
