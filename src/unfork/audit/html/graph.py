"""The import graph of a group as a drawing: importers on the left, what they import on the right.

A layout in two layers is all that such a graph needs, and 60 lines: importers stand in the order of what they import
(the barycentre of Sugiyama's method), so that lines cross little. Of many importers, the last are summed up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from unfork.audit.forks import Group
from unfork.audit.kinds import is_live, is_test
from unfork.audit.result import Audit
from unfork.layout import key_of
from unfork.reports.shown import shown
from unfork_codemods.project import Key

_ROW = 26
_MOST = 36
_LEFT, _RIGHT = 330, 330
_GAP = 120
_LETTERS = 43
WIDTH = _LEFT + _GAP + _RIGHT
Links = Mapping[str, Mapping[Key, int]]
"""For each importing file, how many names it takes of each module."""


@dataclass(frozen=True, slots=True)
class Node:
    """A module: ``kind`` is canonical, fork, other, live, test, aside or more; ``anchor`` where it is explained."""

    ident: str
    label: str
    kind: str
    x: int
    y: int
    width: int
    anchor: str = ""

    @property
    def short(self) -> str:
        """The label as far as it fits, its end rather than its beginning."""
        text = shown(self.label)
        return text if len(text) <= _LETTERS else f"…{text[1 - _LETTERS :]}"


@dataclass(frozen=True, slots=True)
class Edge:
    """An import: a curve from the file ``start`` to the module ``end``."""

    start: str
    end: str
    kind: str
    path: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """Nodes and edges with their places."""

    title: str
    height: int
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


def before(found: Audit, group: Group) -> Links:
    """Return who imports which module of a group, as it is."""
    links: dict[str, dict[Key, int]] = {}
    for each in group.members:
        for importer in (*each.live, *each.tests):
            if not importer.via:
                taken = links.setdefault(importer.path, {})
                taken[each.key] = taken.get(each.key, 0) + max(1, len(importer.names))
    return links


def after(found: Audit, group: Group) -> Links:
    """Return who would import which module, once all names of the forks have moved as the draft says or asks."""
    links: dict[str, dict[Key, int]] = {}
    becomes = {
        fork.key: {each.name: each.module or fork.key for each in fork.names}
        for fork in group.forks
    }
    for each in group.members:
        for importer in (*each.live, *each.tests):
            if importer.via:
                continue
            taken = links.setdefault(importer.path, {})
            for name in importer.names or ("",):
                here = group.canonical.key if each.key in becomes else each.key
                target = becomes.get(each.key, {}).get(name, here)
                taken[target] = taken.get(target, 0) + 1
    return links


def draw(
    found: Audit, group: Group, links: Links, title: str, anchors: Mapping[Key, str]
) -> Drawing:
    """Return the drawing of some links."""
    modules = _modules(group, links)
    place = {key: at for at, key in enumerate(modules)}
    order = sorted(links, key=lambda path: (_middle(links[path], place), path))
    shown, hidden = order[:_MOST], order[_MOST:]
    rows = max(len(shown) + bool(hidden), 2 * len(modules), 2)
    left = {path: _at(at, len(shown) + bool(hidden), rows) for at, path in enumerate(shown)}
    right = {key: _at(at, len(modules), rows) for at, key in enumerate(modules)}
    ident = {key: f"{title}-m{at}" for key, at in place.items()}
    nodes = [
        Node(
            f"{title}-f{at}", path, _kind(path), 0, left[path], _LEFT, anchors.get(key_of(path), "")
        )
        for at, path in enumerate(shown)
    ]
    if hidden:
        y = _at(len(shown), len(shown) + 1, rows)
        nodes.append(Node(f"{title}-more", f"and {len(hidden)} more files", "more", 0, y, _LEFT))
    x = _LEFT + _GAP
    for key in modules:
        label, kind = found.dotted(key), _role(group, key)
        nodes.append(Node(ident[key], label, kind, x, right[key], _RIGHT, anchors.get(key, "")))
    edges = tuple(
        Edge(f"{title}-f{at}", ident[key], _role(group, key), _curve(left[path], right[key]))
        for at, path in enumerate(shown)
        for key in links[path]
    )
    return Drawing(title, rows * _ROW + _ROW, tuple(nodes), edges)


def _modules(group: Group, links: Links) -> list[Key]:
    """Return the modules on the right: the group's, and where else its names go; none that nobody imports."""
    used = {key for taken in links.values() for key in taken}
    members = [each.key for each in group.members]
    return [*members, *sorted(used.difference(members))]


def _middle(taken: Mapping[Key, int], place: Mapping[Key, int]) -> float:
    places = [place[key] for key in taken]
    return sum(places) / len(places)


def _at(index: int, count: int, rows: int) -> int:
    return int((index + 0.5) * rows / max(count, 1) * _ROW)


def _curve(start: int, end: int) -> str:
    x, y, to = _LEFT, start + _ROW // 2, end + _ROW // 2
    middle = _GAP // 2
    return f"M{x} {y}C{x + middle} {y} {x + middle} {to} {x + _GAP} {to}"


def _role(group: Group, key: Key) -> str:
    if key == group.canonical.key:
        return "canonical"
    return "fork" if any(key == each.key for each in group.forks) else "other"


def _kind(path: str) -> str:
    return "test" if is_test(path) else "live" if is_live(path) else "aside"
