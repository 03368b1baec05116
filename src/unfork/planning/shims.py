"""What shims have to know of the other files: names that are still taken of them, and cycles that they would close."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from unfork.planning.cycles import Graph, closed_cycles
from unfork.planning.pool import Workers
from unfork.reading.layout import key_of
from unfork.reading.prefilter import Taking, Words
from unfork.rewriting.engine import Engine, FileResult
from unfork.rewriting.facts import Facts
from unfork_codemods.project import Key, last_segment

Results = dict[str, FileResult]


@dataclass(frozen=True)
class Shims:
    """The modules of a run that become shims. ``paths`` are the files that may take something of them."""

    engine: Engine
    workers: Workers
    paths: Iterable[str]
    after: Callable[[str], bytes]

    def settle(self, results: Results, facts: Mapping[str, Facts]) -> None:
        """Work on shims, and their stubs, again: with the names that others take, and not as shims in a new cycle."""
        if not _shims(results):
            return
        known = {path: facts.get(path, Facts()) for path in _shims(results)}
        taken, replaced = self._taken(results)
        for path, names in taken.items():
            known[path] = replace(
                known[path],
                taken=tuple(sorted(names.items())),
                replaced=frozenset(replaced.get(path, ())),
            )
        self._again(results, {path: known[path] for path in taken})
        closing = self._closing(results)
        self._again(results, {p: replace(known[p], no_shim=why) for p, why in closing.items()})

    def _again(self, results: Results, facts: Mapping[str, Facts]) -> None:
        modules = self.engine.index.layout.modules
        every = {
            beside: each
            for path, each in facts.items()
            for beside in modules[key_of(path)]
            if beside in results
        }
        results |= {result.path: result for result in self.workers.files(sorted(every), every)}

    def _taken(self, results: Results) -> tuple[dict[str, dict[str, str]], dict[str, set[str]]]:
        """Return by shim the names that it has no more, and that others still take of it, each with such a file.

        And those of them that a string replaces there.
        """
        shims = {key_of(path): result for path, result in _shims(results).items()}
        interest = frozenset(name for result in shims.values() for name in result.forgets)
        near = self._near(shims, interest)
        edits = {path: results[path].edits if path in results else () for path in near}
        taken: dict[str, dict[str, str]] = {}
        replaced: dict[str, set[str]] = {}
        for path, demands in self.workers.demands(near, interest, edits).items():
            for key, name in demands.used | demands.quoted:
                if key in shims and key != key_of(path) and name in shims[key].forgets:
                    taken.setdefault(shims[key].path, {}).setdefault(name, path)
                    if (key, name) in demands.replaced:
                        replaced.setdefault(shims[key].path, set()).add(name)
        return taken, replaced

    def _near(self, shims: Mapping[Key, FileResult], interest: frozenset[str]) -> list[str]:
        words = Words(frozenset(last_segment(key).encode() for key in shims))
        taking = Taking(interest, ())
        near = []
        for path in sorted(set(self.paths)):
            text = self.after(path)
            named = words.found(text) or any(path.startswith(f"{key}/") for key in shims)
            if named and (b"import *" in text or taking.may_be_in(text)):
                near.append(path)
        return near

    def _closing(self, results: Results) -> dict[str, str]:
        """Return the shims whose forwards would close an import cycle, by way of who still imports them, and why."""
        index = self.engine.index
        loads = {key_of(path): result.loads for path, result in _shims(results).items()}
        asking = {
            path: FileResult(path, closes=tuple((key, 1) for key in result.loads))
            for path, result in _shims(results).items()
        }
        before = Graph(index, self.engine.tree.read)
        after = _Forwarding(index, self.after, loads=loads)
        found = closed_cycles(asking, before, after, {})
        return {path: finding.message for path, finding in found.items()}


@dataclass
class _Forwarding(Graph):
    """The project after the rewrite, each shim importing what it forwards to."""

    loads: Mapping[Key, tuple[Key, ...]] = field(default_factory=dict)

    def edges(self, key: Key) -> tuple[Key, ...]:
        """Return the modules that a module imports at import time."""
        return (*super().edges(key), *self.loads.get(key, ()))


def _shims(results: Results) -> dict[str, FileResult]:
    """Return the results of the modules that become shims, not of their stubs."""
    found = {path: result for path, result in results.items() if result.forgets or result.loads}
    return {path: result for path, result in found.items() if not path.endswith(".pyi")}
