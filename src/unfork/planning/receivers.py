"""Members of classes that move, taken in files that do not import the class: of what, the text may not tell.

app/factory.py    from app.old import OldEngine        def make(): return OldEngine()
web.py            make().run_job("a")                  if the new class has no run_job, no file may move the class
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from unfork.planning.settling import Settling
from unfork.reading.interfaces import Interface
from unfork.reading.source import Source, Unparsable
from unfork.rewriting.calls import (
    Alteration,
    altered_members,
    gone_members,
    has_to_change,
    overrides_that_differ,
    uses_of_unknown,
)
from unfork.rewriting.constraints import Followed, Name
from unfork.rewriting.file_context import FileContext
from unfork.rewriting.inference import Inference
from unfork.rewriting.receivers import COMMON_MEMBERS, Receivers, typed_nodes
from unfork_codemods.calls import CallChange
from unfork_codemods.project import ImportedName, Located
from unfork_codemods.redirect import RedirectImports

_DEFINITION = rb"\bdef[ \t]+%b\b"


def reasons_to_stay(settling: Settling, followed: Collection[Followed]) -> dict[Name, str]:
    """Return why classes must not move, of those that are ``followed``.

    Only members that no other class of the project or of Python itself has are asked for: an unknown receiver of a
    common name, such as ``get``, is hardly ever one of these classes.
    """
    members = _Members(settling, followed)
    places = {entry.name: next(members.unknown_places(entry), None) for entry in followed}
    return {name: place for name, place in places.items() if place is not None}


class _OwnCalls(NamedTuple):
    """The interfaces of a function or class, and what becomes of the arguments of its own calls."""

    old: Interface | None
    new: Interface | None
    change: CallChange


class _Members:
    def __init__(self, settling: Settling, followed: Iterable[Followed]) -> None:
        self._settling, self._run = settling, settling.run
        entries = tuple(followed)
        names = frozenset[str]().union(*(entry.lost for entry in entries)) - COMMON_MEMBERS
        names |= {entry.name[1] for entry in entries}
        self._texts = {path: self._run.read(path) for path in self._run.naming(names)}
        engine = self._run.engine
        self._index = engine.index
        self._codemod = next(c for c in engine.codemods if isinstance(c, RedirectImports))

    def unknown_places(self, entry: Followed) -> Iterator[str]:
        """Yield where a file that does not import the class uses it in the old way, or may do so, in words."""
        asked = frozenset(name for name in entry.lost if self._is_distinctive(entry, name))
        interfaces = self._index.interfaces
        old, new = interfaces.interface(*entry.name), interfaces.interface(*entry.counterpart)
        altered = altered_members(old, new) if old is not None else {}
        imported_name = ImportedName("", Located(entry.name[0]), "", entry.name[1])
        changes = self._codemod.call_changes(imported_name)
        gone = gone_members(old or Interface(), new, changes)
        altered = {name: each for name, each in altered.items() if name not in gone}
        own = _OwnCalls(old, new, changes.get("", CallChange()))
        for path in sorted(self._texts):
            if self._is_of_class(path, entry):
                continue
            try:
                yield from self._places(path, entry, asked, gone, altered, own)
            except Unparsable:
                continue

    def _places(
        self,
        path: str,
        entry: Followed,
        asked: frozenset[str],
        gone: frozenset[str],
        altered: Mapping[str, Alteration],
        own: _OwnCalls,
    ) -> Iterator[str]:
        source = Source.read(path, self._texts[path])
        context = FileContext(source, self._index, self._codemod)
        receivers = Receivers(context, Inference(context), entry.name)
        known = typed_nodes(context, self._settling.constraints_of(path).typed)
        told = uses_of_unknown(receivers, gone, altered, known, certain=True)
        vague = uses_of_unknown(
            receivers, gone & asked, {n: a for n, a in altered.items() if n in asked}, known
        )
        for node, member, _ in (*told, *vague):
            line, col = context.at(node)
            what = f"{path}:{line}:{col} takes {member} of what may be one"
            yield f"{what}; annotate it there, or change it by hand"
        for part, member in overrides_that_differ(receivers, gone, altered, ()):
            line, col = context.at(part)
            yield f"{path}:{line}:{col} defines {member} in a subclass of it; change it by hand"
        for call in (node for node in source.nodes if isinstance(node, ast.Call)):
            called = receivers.called(call.func)
            if called is not None and not called[0] and has_to_change(context, call, *own):
                line, col = context.at(call)
                yield f"{path}:{line}:{col} calls it through another module; import it there"

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
        modules = self._index.layout.modules
        keys = (entry.name[0], entry.counterpart[0])
        return follows or any(path in modules.get(key, ()) for key in keys)
