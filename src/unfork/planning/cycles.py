"""Find the import cycles that a rewrite would close; such a file is left unchanged (UF008)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from unfork.reading.heads import Heads
from unfork.reading.index import Index
from unfork.reading.layout import key_of
from unfork.reading.source import Unparsable
from unfork.rewriting.file_results import FileResult
from unfork.values import Finding
from unfork_codemods.project import Key

Text = Callable[[str], bytes]


@dataclass
class Graph:
    """The import graph at import time, read on demand.

    ``moved`` maps legacy modules that are gone to the modules that now hold their text; they imported what those
    import.
    """

    index: Index
    read: Text
    moved: Mapping[Key, Key] = field(default_factory=dict)
    heads: Heads = field(default_factory=Heads)
    _edges: dict[Key, tuple[Key, ...]] = field(default_factory=dict)
    _reachable: dict[Key, frozenset[Key]] = field(default_factory=dict)

    def edges(self, key: Key) -> tuple[Key, ...]:
        """Return the modules that a module imports at import time. What cannot be read imports nothing."""
        if key not in self._edges:
            self._edges[key] = tuple(self._read_edges(key))
        return self._edges[key]

    def _read_edges(self, key: Key) -> Iterable[Key]:
        from unfork.rewriting.edges import import_edges

        if key in self.moved:
            return (self.moved[key],)
        for path in self.index.layout.modules.get(key, ())[:1]:
            try:
                source = self.heads.of(path, self.read(path))
                return [target for target, _ in import_edges(source, self.index)]
            except (Unparsable, OSError):
                break
        return ()

    def path(self, start: Key, end: Key) -> tuple[Key, ...] | None:
        """Return the shortest path from one module to another, both included; None if there is none."""
        back: dict[Key, Key] = {start: start}
        queue = [start]
        for key in queue:
            if key == end:
                way = [end]
                while way[-1] != start:
                    way.append(back[way[-1]])
                return tuple(reversed(way))
            for target in self.edges(key):
                if target not in back:
                    back[target] = key
                    queue.append(target)
        return None

    def reachable(self, start: Key) -> frozenset[Key]:
        """Return all modules that importing a module imports."""
        if start not in self._reachable:
            seen = {start}
            queue = [start]
            for key in queue:
                fresh = [target for target in self.edges(key) if target not in seen]
                seen.update(fresh)
                queue += fresh
            self._reachable[start] = frozenset(seen)
        return self._reachable[start]


class _PartlyAfter(Graph):
    """The project after the rewrite, except for some modules that are reverted."""

    def __init__(self, before: Graph, after: Graph, back: frozenset[Key]) -> None:
        super().__init__(after.index, after.read)
        self._before, self._after, self._back = before, after, back

    def edges(self, key: Key) -> tuple[Key, ...]:
        """Return the modules that a module imports at import time."""
        return (self._before if key in self._back else self._after).edges(key)


def closed_cycles(
    results: Mapping[str, FileResult],
    before: Graph,
    after: Graph,
    legacy: Mapping[Key, Collection[Key]],
) -> dict[str, Finding]:
    """Return, by path, the files whose rewrite would close a new cycle, each with the finding that shows it.

    A cycle is not new if the file already imported its new target indirectly, if the cycle ran through a legacy module
    that the file no longer imports, or if it ran through the ``legacy`` modules that the file replaces. Whatever a
    second run would do once the others are written is done at once.
    """
    findings = _files_closing_cycles(results, before, after, legacy)
    while findings:
        written = _PartlyAfter(
            before, after, frozenset(map(key_of, findings)) | before.moved.keys()
        )
        left = {path: results[path] for path in findings}
        again = _files_closing_cycles(left, written, after, legacy)
        if again.keys() == findings.keys():
            break
        findings = again
    return dict(sorted(findings.items()))


def _files_closing_cycles(
    results: Mapping[str, FileResult],
    before: Graph,
    after: Graph,
    legacy: Mapping[Key, Collection[Key]],
) -> dict[str, Finding]:
    """Return the files whose rewrite would close a new cycle if all are rewritten together.

    If a cycle runs through another file's new import, and that import closes a cycle of its own, only the other file is
    left.
    """
    findings: dict[str, Finding] = {}
    while True:
        graph = _PartlyAfter(before, after, frozenset(map(key_of, findings)))
        ways = {
            path: way
            for path, result in sorted(results.items())
            if path not in findings
            and (way := _new_cycle(path, result, before, graph, legacy)) is not None
        }
        if not ways:
            return findings
        closing = {key_of(path): dict(results[path].added_edges) for path in ways}
        own = {path: way for path, way in ways.items() if not _has_another(way, closing)}
        for path, way in (own or ways).items():
            findings[path] = _cycle_finding(
                path, dict(results[path].added_edges)[way[1]], way, after.index
            )


def _new_cycle(
    path: str,
    result: FileResult,
    before: Graph,
    after: Graph,
    legacy: Mapping[Key, Collection[Key]],
) -> tuple[Key, ...] | None:
    """Return a cycle through a file's new import; the file's own module is first and last."""
    own = key_of(path)
    for target, _ in result.added_edges:
        if own not in after.reachable(target) or _was_there(own, target, result, before):
            continue
        if not any(
            _ran_round(legacy_module, result, before) for legacy_module in legacy.get(own, ())
        ):
            return (own, *(after.path(target, own) or ()))
    return None


def _ran_round(key: Key, result: FileResult, before: Graph) -> bool:
    """Return whether a module and one of the modules that a file drops imported each other."""
    return any(
        before.path(key, dropped) is not None and before.path(dropped, key) is not None
        for dropped in result.removed_edges - {key}
    )


def _has_another(way: Sequence[Key], closing: Mapping[Key, Mapping[Key, int]]) -> bool:
    """Return whether a cycle uses a new import of another file that closes a cycle."""
    return any(imported in closing.get(module, ()) for module, imported in pairwise(way[1:]))


def _was_there(own: Key, target: Key, result: FileResult, before: Graph) -> bool:
    if any(before.path(dropped, own) is not None for dropped in result.removed_edges):
        return True
    return before.path(own, target) is not None and before.path(target, own) is not None


def _cycle_finding(path: str, line: int, way: Sequence[Key], index: Index) -> Finding:
    spelled = " -> ".join(index.dotted(key) for key in way)
    advice = "import it inside the function that needs it, or move what both need to a third module"
    return Finding(
        path, line, 1, "UF008", f"the rewrite would close an import cycle, {spelled}: {advice}"
    )
