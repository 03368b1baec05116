"""Members of classes that move, taken in files that do not import the class: of what, the text may not tell.

app/factory.py    from app.old import OldEngine        def make(): return OldEngine()
web.py            make().run_job("a")                  if the new class has no run_job, no file may move the class
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator

from unfork.planning.settling import Settling
from unfork.reading.interfaces import Interface
from unfork.reading.source import Source, Unparsable
from unfork.rewriting.calls import altered_members, gone_members, uses_of_unknown
from unfork.rewriting.constraints import Followed, Name
from unfork.rewriting.file_context import FileContext
from unfork.rewriting.receivers import COMMON_MEMBERS
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


class _Members:
    def __init__(self, settling: Settling, followed: Iterable[Followed]) -> None:
        self._settling, self._run = settling, settling.run
        names = frozenset[str]().union(*(entry.lost for entry in followed)) - COMMON_MEMBERS
        self._texts = {path: self._run.read(path) for path in self._run.naming(names)}
        engine = self._run.engine
        self._index = engine.index
        self._codemod = next(c for c in engine.codemods if isinstance(c, RedirectImports))

    def unknown_places(self, entry: Followed) -> Iterator[str]:
        """Yield where a lost member is taken of something whose class nothing tells, in words."""
        asked = frozenset(name for name in entry.lost if self._is_distinctive(entry, name))
        if not asked:
            return
        interfaces = self._index.interfaces
        old, new = interfaces.interface(*entry.name), interfaces.interface(*entry.counterpart)
        altered = altered_members(old, new) if old is not None else {}
        imported_name = ImportedName("", Located(entry.name[0]), "", entry.name[1])
        changes = self._codemod.call_changes(imported_name)
        gone = gone_members(old or Interface(), new, changes)
        altered = {name: each for name, each in altered.items() if name in asked - gone}
        for path in sorted(self._texts):
            if self._is_of_class(path, entry):
                continue
            try:
                source = Source.read(path, self._texts[path])
                context = FileContext(source, self._index, self._codemod)
                for node in uses_of_unknown(context, gone & asked, altered, ()):
                    line, col = context.at(node)
                    what = f"{path}:{line}:{col} takes {node.attr} of what may be one"
                    yield f"{what}; annotate it there, or change it by hand"
            except Unparsable:
                continue

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
