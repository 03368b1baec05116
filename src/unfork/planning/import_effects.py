"""What importing a legacy module does to others has to happen still, or its imports stay."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from unfork.planning.cycles import Graph
from unfork.planning.settling import Settling
from unfork.rewriting.constraints import Constraints
from unfork_codemods.project import Key, is_external
from unfork_codemods.redirect import Redirect, RedirectImports


def acts_of_imports_happen(settling: Settling) -> dict[str, Constraints]:
    """Keep all imports of a legacy module that does something to others which no canonical module does."""
    engine = settling.run.engine
    moved = [codemod for codemod in engine.codemods if isinstance(codemod, RedirectImports)]
    if not moved or not any(result.edits for result in settling.results.values()):
        return {}
    known = settling.bindings.acting
    acting = {
        key: why
        for key, redirect in moved[0].redirects.items()
        if key not in known and engine.index.has_file(key)
        for why in _lost_act(settling, key, redirect)
    }
    if not acting:
        return {}
    return settling.bind(settling.bindings._replace(acting={**known, **acting}))


def _lost_act(settling: Settling, legacy: Key, redirect: Redirect) -> Iterator[str]:
    """Yield why imports of a legacy module stay, if it does something that nothing imported in its place does."""
    from unfork.rewriting.outward_acts import outward_acts  # late: only where something moves

    index = settling.run.engine.index
    acts = outward_acts(index, legacy)
    if not acts:
        return
    homes = _homes(redirect)
    if any(is_external(index.named(home).key) for home in homes):
        return  # the migration is taken at its word
    graph = Graph(index, settling.run.tree.read, heads=settling.run.engine.heads)
    imported = {key for home in homes for key in graph.reachable(index.named(home).key)}
    if legacy in imported:
        return
    known = {act.text for key in sorted(imported) for act in outward_acts(index, key)}
    names = {old: target.name for old, target in redirect.names.items()}
    for act in acts:
        if act.text not in known and _renamed(act.text, names) not in known:
            where = f"{index.file(legacy)}:{act.line}"
            why = f"importing {redirect.source} does what {' and '.join(homes)} does not ({where}: {act.text})"
            yield f"{why}; copy that there, or remove it from {redirect.source}"
            return


def _homes(redirect: Redirect) -> list[str]:
    """Return the modules that names of a legacy module move to."""
    homes = [redirect.to, *(target.module for target in redirect.names.values())]
    return list(dict.fromkeys(home for home in homes if home is not None))


def _renamed(text: str, names: Mapping[str, str]) -> str:
    return re.sub(r"\w+", lambda word: names.get(word[0], word[0]), text)
