"""A drawing of a group's import graph: importers on the left, what they import on the right.

Such a graph needs only a layout in two layers, which takes 60 lines: importers are in the order of what they import
(the barycentre heuristic of Sugiyama's method), to keep crossings few. If there are many importers, the last ones are
only counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from unfork.audit.duplicates.forks import Group
from unfork.audit.result import Audit
from unfork.escape import escaped_text
from unfork.reading.layout import key_of
from unfork.reading.path_rules import is_live, is_test
from unfork_codemods.project import Key

_ROW = 26
_MOST = 36
_SIDE = 330
_GAP = 120
_LETTERS = 43
WIDTH = 2 * _SIDE + _GAP
Links = Mapping[str, Mapping[Key, int]]
"""For each importing file, the number of names it imports from each module."""


@dataclass(frozen=True, slots=True)
class Node:
    """A box for a module or file: ``kind`` is canonical, fork, other, live, test, aside or more; ``anchor`` links to
    the module's entry on the page.
    """

    ident: str
    label: str
    kind: str
    x: int
    y: int
    width: int
    anchor: str = ""

    @property
    def short(self) -> str:
        """The label, cut at its beginning to fit."""
        text = escaped_text(self.label)
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
    """Nodes and edges with their positions."""

    title: str
    height: int
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


def links_before(group: Group) -> Links:
    """Return which files import which modules of a group now."""
    links: dict[str, dict[Key, int]] = {}
    for standing in group.members:
        for importer in (*standing.live, *standing.tests):
            if not importer.via:
                taken = links.setdefault(importer.path, {})
                taken[standing.key] = taken.get(standing.key, 0) + max(1, len(importer.names))
    return links


def links_after(group: Group) -> Links:
    """Return which files would import which modules once all names have moved as the draft does or suggests."""
    links: dict[str, dict[Key, int]] = {}
    becomes = {
        fork.key: {item.name: item.module or fork.key for item in fork.names}
        for fork in group.forks
    }
    for item in group.members:
        for importer in (*item.live, *item.tests):
            if importer.via:
                continue
            taken = links.setdefault(importer.path, {})
            for name in importer.names or ("",):
                default = group.canonical.key if item.key in becomes else item.key
                target = becomes.get(item.key, {}).get(name, default)
                taken[target] = taken.get(target, 0) + 1
    return links


def order_of(group: Group, links: Links) -> list[str]:
    """Return importers in the order of what they import, to keep crossings few."""
    place = {key: at for at, key in enumerate(_modules_on_right(group, links))}
    return sorted(links, key=lambda path: (_mean_place(links[path], place), path))


def draw_graph(
    audit: Audit,
    group: Group,
    links: Links,
    order: Sequence[str],
    title: str,
    anchors: Mapping[Key, str],
) -> Drawing:
    """Return the drawing of links, with the importers in a given order."""
    modules = _modules_on_right(group, links)
    shown, hidden = order[:_MOST], order[_MOST:]
    count = len(shown) + bool(hidden)
    rows = max(count, 2 * len(modules), 2)
    places = [_y_of_row(at, count, rows) for at in range(count)]
    files = {
        path: Node(
            f"{title}-f{at}", path, _file_kind(path), 0, y, _SIDE, _anchor_of_file(path, anchors)
        )
        for at, (path, y) in enumerate(zip(shown, places))
    }
    targets = {
        key: _module_node(
            audit, group, key, f"{title}-m{at}", _y_of_row(at, len(modules), rows), anchors
        )
        for at, key in enumerate(modules)
    }
    edges = tuple(
        _import_edge(file, targets[key])
        for path, file in files.items()
        for key in links.get(path, ())
    )
    nodes = [*files.values(), *targets.values()]
    if hidden:
        label = f"and {len(hidden)} more files"
        nodes.append(Node(f"{title}-more", label, "more", 0, places[-1], _SIDE))
    return Drawing(title, rows * _ROW + _ROW // 2, tuple(nodes), edges)


def _module_node(
    audit: Audit, group: Group, key: Key, ident: str, y: int, anchors: Mapping[Key, str]
) -> Node:
    kind, label = _role_in_group(group, key), audit.dotted(key)
    return Node(ident, label, kind, _SIDE + _GAP, y, _SIDE, anchors.get(key, ""))


def _anchor_of_file(path: str, anchors: Mapping[Key, str]) -> str:
    return anchors.get(key_of(path), "")


def _import_edge(file: Node, module: Node) -> Edge:
    start, end = file.y + _ROW // 2, module.y + _ROW // 2
    bend, stop = _SIDE + _GAP // 2, _SIDE + _GAP
    curve = f"M{_SIDE} {start}C{bend} {start} {bend} {end} {stop} {end}"
    return Edge(file.ident, module.ident, module.kind, curve)


def _modules_on_right(group: Group, links: Links) -> list[Key]:
    """Return the modules on the right: the members of the group, and other modules that its names move to."""
    used = {key for taken in links.values() for key in taken}
    members = [standing.key for standing in group.members]
    return [*members, *sorted(used.difference(members))]


def _mean_place(taken: Mapping[Key, int], place: Mapping[Key, int]) -> float:
    places = [place[key] for key in taken]
    return sum(places) / len(places)


def _y_of_row(index: int, count: int, rows: int) -> int:
    return int((index + 0.5) * rows / max(count, 1) * _ROW) - _ROW // 2


def _role_in_group(group: Group, key: Key) -> str:
    if key == group.canonical.key:
        return "canonical"
    return "fork" if any(key == fork.key for fork in group.forks) else "other"


def _file_kind(path: str) -> str:
    return "test" if is_test(path) else "live" if is_live(path) else "aside"
