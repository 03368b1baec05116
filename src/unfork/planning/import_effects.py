"""What importing a legacy module does to others must still happen; otherwise its imports stay."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from unfork.planning.cycles import Graph
from unfork.planning.run import Run
from unfork.planning.settling import Settling
from unfork.reading.effects import line_of_own_replacement
from unfork.reading.index import Index
from unfork.reading.layout import key_of
from unfork.rewriting.constraints import Constraints
from unfork_codemods.project import Key, is_external, last_segment
from unfork_codemods.redirect import Redirect

if TYPE_CHECKING:
    from unfork.rewriting.outward_acts import Act


def acts_of_imports_happen(settling: Settling) -> dict[str, Constraints]:
    """Keep all imports of a legacy module that does something to others which no canonical module does."""
    if not any(result.edits for result in settling.results.values()):
        return {}
    run = settling.run
    return settling.keep(acting=run.once(_lost_acts) | run.once(_own_replacements))


def _own_replacements(run: Run) -> dict[Key, str]:
    """Return the legacy modules that put another object in their own place, each with the reason to stay."""
    index = run.engine.index
    replacing = (key for key in run.redirects if b"modules" in index.text(index.file(key)))
    lines = {
        key: line_of_own_replacement(tree)
        for key in replacing
        if (tree := index.tree(key)) is not None
    }
    return {
        key: f"{index.file(key)}:{line} puts another object in the module's place, and what that has cannot be told; "
        "move all imports of it together, by hand"
        for key, line in lines.items()
        if line is not None
    }


def _lost_acts(run: Run) -> dict[Key, str]:
    return {
        key: why for key, redirect in run.redirects.items() for why in _lost_act(run, key, redirect)
    }


def _lost_act(run: Run, legacy: Key, redirect: Redirect) -> Iterator[str]:
    """Yield why imports of a legacy module stay, if nothing imported in its place does what it does.

    The packages that it is in count, too, unless other files import them.
    """
    from unfork.rewriting.outward_acts import outward_acts  # late: only where something moves

    index = run.engine.index
    acting = {key: outward_acts(index, key) for key in (legacy, *index.packages_above(legacy))}
    homes = redirect.homes
    if not any(acting.values()) or any(is_external(index.named(home).key) for home in homes):
        return  # the migration is taken at its word
    names = {old: target.name for old, target in redirect.names.items()}
    keys = {index.named(home).key for home in homes}
    graph = Graph(index, run.tree.read, heads=run.engine.heads)
    for key, acts in acting.items():
        lost = _not_done(index, sorted(keys), acts, names)
        if not lost:
            continue
        imported = {other for home in keys for other in graph.reachable(home)}
        imported |= {above for home in keys for above in index.packages_above(home)}
        if key in imported or (key != legacy and _is_imported_otherwise(run, graph, key)):
            continue
        for act in _not_done(index, sorted(imported - keys), lost, names)[:1]:
            where = f"{index.file(key)}:{act.line}"
            why = f"importing {redirect.source} does what {' and '.join(homes)} does not ({where}: {act.text})"
            yield f"{why}; copy that there, or remove it from {index.dotted(key)}"
            return


def _is_imported_otherwise(run: Run, graph: Graph, package: Key) -> bool:
    """Return whether a file outside a package imports something of it that stays, so that its ``__init__`` runs."""
    for path in run.naming(frozenset({last_segment(package)})):
        if path.startswith(f"{package}/"):
            continue
        edges = graph.edges(key_of(path))
        inside = [key for key in edges if key.startswith(f"{package}/")]
        moving = [key for key in inside if key in run.redirects]
        if len(moving) < len(inside) or (package in edges and not inside):
            return True
    return False


def _not_done(
    index: Index, keys: Iterable[Key], acts: Sequence[Act], names: Mapping[str, str]
) -> Sequence[Act]:
    """Return the acts that no module performs, even under the new ``names``. Most modules are not even parsed."""
    from unfork.rewriting.outward_acts import outward_acts  # late: only where something moves

    spelled = {act: {act.text, _renamed(act.text, names)} for act in acts}
    for key in keys:
        if any(_has_words(index, key, text) for texts in spelled.values() for text in texts):
            done = {act.text for act in outward_acts(index, key)}
            spelled = {act: texts for act, texts in spelled.items() if done.isdisjoint(texts)}
    return list(spelled)


def _has_words(index: Index, key: Key, text: str) -> bool:
    """Return whether a module has all words of a text, as far as they can be read."""
    data = index.text(index.file(key)) if index.has_file(key) else b""
    return all(word.encode() in data for word in re.findall(r"\w+", text))


def _renamed(text: str, names: Mapping[str, str]) -> str:
    return re.sub(r"\w+", lambda word: names.get(word[0], word[0]), text)
