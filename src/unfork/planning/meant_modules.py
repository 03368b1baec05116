"""What dotted names that name no module may mean: a module that was moved, or one with a similar name."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Iterator, Sequence

from unfork.nearest import nearest_module
from unfork.reading.index import Index
from unfork_codemods.project import Key, last_segment

_ANY = "*"


class MeantModules:
    """What each of the dotted names ``missing`` may mean in a project; all are looked for in one pass over its modules.

    Never meant is what the migration itself ``named`` for something else, such as the module that a redirect leads away
    from, or what is inside it.
    """

    def __init__(self, index: Index, missing: Collection[str], named: Iterable[str]) -> None:
        self._index = index
        self._named = frozenset(index.named(other).key for other in named)
        self._inside = tuple(f"{key}/" for key in self._named)
        self._of_last_name: dict[str, list[Key]] = {_last_part(dotted): [] for dotted in missing}
        self._similar: dict[str, list[str]] = {dotted: [] for dotted in missing}
        self._find()

    def _find(self) -> None:
        wanted: dict[str, list[str]] = {}
        lengths = frozenset(dotted.count(".") + 1 for dotted in self._similar)
        for dotted in self._similar:
            for pattern in _patterns(dotted.split("."), lengths):
                wanted.setdefault(pattern, []).append(dotted)
        roots = [root for root in self._index.layout.every_root if root]
        for key in filter(None, self._index.layout.modules):
            if (last := last_segment(key)) in self._of_last_name:
                self._of_last_name[last].append(key)
            tails = (tail.split("/") for tail in _tails(key, roots))
            patterns = {pattern for parts in tails for pattern in _patterns(parts, lengths)}
            if common := patterns & wanted.keys():
                module = self._index.dotted(key)
                for dotted in {dotted for pattern in common for dotted in wanted[pattern]}:
                    self._similar[dotted].append(module)

    def is_in_another_folder(self, dotted: str) -> bool:
        """Return whether a file has the name, but in a folder that is no root."""
        return not {dotted, dotted.replace(".", "/")}.isdisjoint(self._similar[dotted])

    def hint(self, dotted: str) -> str:
        """Return ``; did you mean 'a.b'?`` for a name that is no module, or an empty string if no module is meant."""
        similar = filter(self._may_be_meant, self._similar_to(dotted))
        meant = {self._moved(dotted), nearest_module(dotted, similar)}
        words = " or ".join(f"'{module}'" for module in sorted(meant - {None}, key=str))
        return f"; did you mean {words}?" if words else ""

    def _similar_to(self, dotted: str) -> Sequence[str]:
        similar = self._similar[dotted]
        return similar if "." in dotted else [*similar, *sys.stdlib_module_names]

    def _moved(self, dotted: str) -> str | None:
        """Return the only module of the same last name in the same top package, or None: moving keeps that name."""
        top, dot, _ = dotted.partition(".")
        same = map(self._index.dotted, self._of_last_name[_last_part(dotted)] if dot else ())
        moved = [module for module in same if module.startswith(f"{top}.")]
        meant = list(filter(self._may_be_meant, moved))
        return meant[0] if len(meant) == 1 else None

    def _may_be_meant(self, module: str) -> bool:
        key = self._index.named(module).key
        return key not in self._named and not key.startswith(self._inside)


def _last_part(dotted: str) -> str:
    return dotted.rpartition(".")[2]


def _tails(key: Key, roots: Iterable[str]) -> Iterator[Key]:
    """Yield the keys a module may have: its whole key, or the part after a root."""
    yield key
    yield from (key[len(root) + 1 :] for root in roots if key.startswith(f"{root}/"))


def _patterns(parts: Sequence[str], lengths: Collection[int]) -> Iterator[str]:
    """Yield what two dotted names have in common if one misspells the other.

    They differ in what stands between the parts, or in one part; then both are of one of the ``lengths``, in parts::

        shopcoreengine    *.core.engine    shop.*.engine    shop.core.*
    """
    yield "".join(parts).replace("_", "").casefold()
    for place in range(len(parts)) if len(parts) in lengths else ():
        yield ".".join([*parts[:place], _ANY, *parts[place + 1 :]]).casefold()
