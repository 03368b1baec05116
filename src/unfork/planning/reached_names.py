"""What a program reaches of a legacy module by what goes on being bound to the whole of it.

    mid.py   mod = import_module("app.old")     left: others may take anything of it
    use.py   mid.mod.make()                     what this makes is of the legacy module

Such an expression names nothing that moves, so it is not rewritten, and no finding is about it.
"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Collection, Iterator

from unfork.nodes import last_name, root_name
from unfork.planning.carried import files_reached
from unfork.planning.settling import Settling
from unfork.reading.layout import key_of
from unfork.reading.meetings import Meetings
from unfork.reading.source import Source
from unfork.rewriting.file_context import FileContext
from unfork_codemods.project import Key, is_external, last_segment


def names_reached(
    settling: Settling, key: Key, binders: Collection[str], names: Collection[str]
) -> dict[str, str]:
    """Return those ``names`` of a module that files reach by what holds it, each with a place.

    ``binders`` are files that go on binding it for others. Also what is read through a package that is not followed:
    ``holder.app.old.make()``.
    """
    run = settling.run
    own = run.engine.index.layout.modules.get(key, ())
    files = [path for path in run.naming(frozenset(names)) if path not in own]
    words = b"|".join(re.escape(os.fsencode(name)) for name in sorted(names))
    last = os.fsencode(last_segment(key))
    through = re.compile(rb"\.\s*%b\s*\.\s*(?:%b)\b" % (re.escape(last), words))
    starts = [*binders, *(path for path in files if through.search(settling.after(path)))]
    if not starts:
        return {}
    spelled = run.engine.index.layout.spellings(key)

    def look(path: str, bound: frozenset[str]) -> Meetings:
        source = Source.read(path, settling.after(path))
        context = FileContext(source, run.engine.index, run.redirect_codemod)
        others = frozenset(_of_other_modules(context, key, bound))
        return Meetings(source, bound, spelled=spelled, foreign=others)

    reached: dict[str, str] = {}
    start = frozenset({last_segment(key)})
    for path, meetings in files_reached(run, dict.fromkeys(starts, start), look):
        if key_of(path) == key:
            continue
        taken = meetings.taken if meetings is not None else dict.fromkeys(names, 1)
        for name in sorted(taken.keys() & {*names}):
            reached.setdefault(name, f"{path}:{taken[name]}")
    return reached


def _of_other_modules(context: FileContext, key: Key, bound: Collection[str]) -> Iterator[ast.expr]:
    """Yield the expressions that end in one of the ``bound`` names and are something of another module than ``key``."""
    outside = {*_names_from_outside(context)}
    for node in context.source.nodes_of(ast.Name, ast.Attribute):
        if root_name(node) in outside:
            yield node
        elif last_name(node) in bound:
            module = context.module_of(node, context.scope_around(node))
            if module not in (None, key):
                yield node


def _names_from_outside(context: FileContext) -> Iterator[str]:
    for item in context.items:
        if is_external(item.imported_name.key):
            yield item.local
