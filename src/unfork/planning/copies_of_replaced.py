"""Names of third modules that tests replace: legacy code looks them up, but canonical code has already copied them.

patch("time.time", fake)    def now(): return time.time()    from time import time

The replacement takes effect in the first module and not in the second, so code that uses the name does not move.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from unfork.planning.run import Run
from unfork.planning.settling import Settling
from unfork.reading.calls import named_attribute, replaced_keywords
from unfork.reading.looked_up import LookUps, may_copy, names_looked_up
from unfork.reading.source import Source, Unparsable
from unfork.rewriting.constraints import Constraints
from unfork.rewriting.replacements import may_replace
from unfork_codemods.bindings import Kept
from unfork_codemods.project import Identity, Key, last_segment
from unfork_codemods.redirect import Redirect


def replaced_names_are_not_copied(settling: Settling) -> dict[str, Constraints]:
    """Keep legacy code that looks up what is replaced in a third module, if canonical code copies it, or vice versa."""
    if not any(result.edits for result in settling.results.values()):
        return {}
    return settling.keep(settling.run.once(_staying_names))


def _staying_names(run: Run) -> dict[tuple[Key, str], Kept]:
    return {
        (key, reader): Kept(why)
        for key, redirect in run.redirects.items()
        if redirect.to is not None
        for reader, why in _staying_readers(run, key, redirect)
    }


def _staying_readers(run: Run, legacy: Key, redirect: Redirect) -> Iterator[tuple[str, str]]:
    """Yield the names of a legacy module whose code would miss a replacement, or notice one, with the reason."""
    index = run.engine.index
    canonical = index.named(redirect.to or "").key
    if not (may_copy(index, canonical, legacy) or may_copy(index, legacy, canonical)):
        return
    old, new = names_looked_up(index, legacy), names_looked_up(index, canonical)
    parted = [
        (identity, "looks up", old.late[identity]) for identity in old.late.keys() & new.copied
    ]
    parted += [
        (identity, "copies", old.copied[identity]) for identity in old.copied.keys() & new.late
    ]
    for identity, does, every in sorted(parted):
        users = [
            user
            for user in sorted(every)
            if _ways(old, identity, user) != _ways(new, identity, _counterpart(redirect, user))
        ]
        where = _place_of_replacement(run, identity) if users else None
        for user in users if where is not None else ():
            name = f"{index.dotted(identity[0])}.{identity[1]}"
            why = f"{user} {does} {name}, which {where} replaces, and {redirect.to} does not"
            yield user, f"{why}; import it in the same way in both"


def _ways(module: LookUps, identity: Identity, user: str) -> tuple[bool, bool]:
    """Return whether a name of a module looks another module's name up, and whether it uses a copy of it."""
    return user in module.late.get(identity, ()), user in module.copied.get(identity, ())


def _counterpart(redirect: Redirect, name: str) -> str:
    return redirect.names[name].name if name in redirect.names else name


def _place_of_replacement(run: Run, replaced: Identity) -> str | None:
    """Return where a file may replace a name of a module; None if none does."""
    module, name = last_segment(replaced[0]).strip("<>"), str(replaced[1])
    for path in run.naming(frozenset({name})):
        data = run.read(path)
        if not may_replace(data):
            continue
        try:
            source = Source.read(path, data)
            line = next(_replacing_lines(source.tree, f"{module.rpartition('.')[2]}.{name}"), None)
        except (Unparsable, RecursionError):
            continue
        if line is not None:
            return f"{path}:{line}"
    return None


def _replacing_lines(tree: ast.Module, path: str) -> Iterator[int]:
    """Yield the lines that may replace something by a path with this end, or an attribute of this name."""
    name = path.rpartition(".")[2]
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str(text)) if text == path or text.endswith(f".{path}"):
                yield node.lineno
            case ast.Attribute(attr=attribute, ctx=ast.Store() | ast.Del()) if attribute == name:
                yield node.lineno
            case ast.Call():
                named = named_attribute(node)
                is_kept = named is not None and named.value == name and not _only_reads(node)
                if is_kept or any(keyword.arg == name for keyword in replaced_keywords(node)):
                    yield node.lineno


def _only_reads(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Name) and call.func.id in ("getattr", "hasattr")
