"""Members of classes that move, taken in files that do not import the class: of what, the text may not tell.

app/factory.py    from app.old import OldEngine        def make(): return OldEngine()
web.py            make().run_job("a")                  if the new class has no run_job, no file may move the class
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from unfork.planning.settling import Settling
from unfork.reading.source import Source, Unparsable
from unfork.rewriting.constraints import Name
from unfork.rewriting.file_context import FileContext
from unfork.rewriting.receivers import COMMON_MEMBERS, unknown_receivers
from unfork_codemods.redirect import RedirectImports

_DEFINITION = rb"\bdef[ \t]+%b\b"


def reasons_to_stay(settling: Settling, followed: Mapping[Name, frozenset[str]]) -> dict[Name, str]:
    """Return why classes must not move, of those that are ``followed``, with the members that they lose.

    Only members that no other class of the project or of Python itself has are asked for: an unknown receiver of a
    common name, such as ``get``, is hardly ever one of these classes.
    """
    own = _Members(settling, followed)
    reasons = {}
    for name, members in followed.items():
        asked = frozenset(member for member in members if own.is_distinctive(name, member))
        place = next(own.unknown_places(name, asked), None) if asked else None
        if place is not None:
            reasons[name] = place
    return reasons


class _Members:
    def __init__(self, settling: Settling, followed: Mapping[Name, frozenset[str]]) -> None:
        self._settling, self._run = settling, settling.run
        members = frozenset().union(*followed.values()) - COMMON_MEMBERS
        self._texts = {path: self._run.read(path) for path in self._run.naming(members)}
        engine = self._run.engine
        self._codemod = next(c for c in engine.codemods if isinstance(c, RedirectImports))

    def is_distinctive(self, name: Name, member: str) -> bool:
        """Return whether only the class, its counterpart and files that follow it define a member of that name."""
        if member in COMMON_MEMBERS:
            return False
        defines = re.compile(_DEFINITION % re.escape(member.encode()))
        return not any(
            defines.search(data) and not self._is_of_class(path, name)
            for path, data in self._texts.items()
        )

    def _is_of_class(self, path: str, name: Name) -> bool:
        """Return whether a file defines the class, or follows its uses."""
        result = self._settling.results.get(path)
        follows = result is not None and any(followed == name for followed, _ in result.followed)
        modules = self._run.engine.index.layout.modules
        keys = {name[0], *self._run.engine.replaced.values()}
        return follows or any(path in modules.get(key, ()) for key in keys)

    def unknown_places(self, name: Name, members: frozenset[str]) -> Iterator[str]:
        """Yield where one of the members is taken of something whose class nothing tells, in words."""
        for path in sorted(self._texts):
            if self._is_of_class(path, name):
                continue
            try:
                source = Source.read(path, self._texts[path])
                context = FileContext(source, self._run.engine.index, self._codemod)
                for node in unknown_receivers(context, members, ()):
                    line, col = context.at(node)
                    what = f"{path}:{line}:{col} takes {node.attr} of what may be one"
                    yield f"{what}; annotate it there, or change it by hand"
            except Unparsable:
                continue
