"""Folders that are copies of one another: one finding and one decision, instead of one for each module."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace

from unfork.audit.duplicates.similarity import Alike
from unfork.audit.file_roles import VARIANTS, words_of_name
from unfork.audit.project_model import ProjectModel
from unfork.reading.path_rules import is_archived, is_live, is_vendored
from unfork_codemods.project import Key

_LEAST = 3
"""A copied folder has at least this many modules with a counterpart."""
_MOST_OF_IT = 0.6
"""At least this share of the smaller folder's modules has a counterpart in the other."""
_REASONS = (
    "it lies in an archive, or is vendored",
    "more files import the other one",
    "more of the other one is reached from where the program starts",
    "its name says that it is a variant",
)
"""Why a folder is the copy, strongest first, as ``_Search._rank`` counts it. That it lies inside proves nothing."""
_Folders = tuple[str, str]
_Matches = dict[tuple[Key, Key], Alike]


@dataclass(frozen=True, slots=True)
class CopiedFolder:
    """A folder that is mostly a copy of the ``canonical`` one; both are paths, empty for the root.

    ``counterparts`` are the modules that correspond to its own, ``differing`` those of its own that are not identical
    to them, ``only`` those without one. ``why`` it is the copy; empty if nothing tells which of the two is to go.
    """

    path: str
    canonical: str
    counterparts: Mapping[Key, Key]
    differing: tuple[Key, ...]
    only: tuple[Key, ...]
    why: str

    @property
    def is_certain(self) -> bool:
        """Whether something tells which of the two folders is to go."""
        return bool(self.why)


def copied_folders(
    model: ProjectModel, pairs: Sequence[Alike], compared: Iterable[Key], alive: Set[Key]
) -> tuple[CopiedFolder, ...]:
    """Return the folders that are copies, largest first, given the pairs of similar modules among those ``compared``.

    A module belongs to one copied folder at most.
    """
    search = _Search(model, frozenset(compared), alive)
    rest = list(pairs)
    copies: list[CopiedFolder] = []
    settled: set[Key] = set()
    while best := search.largest_match(rest):
        folders, matches = best
        copy = search.directed(folders, matches)
        new = {key: to for key, to in copy.counterparts.items() if key not in settled}
        if len(new) >= _LEAST:
            differing = tuple(key for key in copy.differing if key in new)
            copies.append(replace(copy, counterparts=new, differing=differing))
            settled.update(new)
        matched = set(map(id, matches.values()))
        rest = [pair for pair in rest if id(pair) not in matched]
    return tuple(_with_last_canonical(copy, copies) for copy in copies)


def _with_last_canonical(copy: CopiedFolder, copies: Sequence[CopiedFolder]) -> CopiedFolder:
    """Return a copied folder with its canonical one, where what it corresponds to is a copy itself."""
    passed = {copy.path}
    while next_copy := next((c for c in copies if _is_in(f"{copy.canonical}/", c.path)), None):
        further = f"{next_copy.canonical}/{copy.canonical.removeprefix(next_copy.path)[1:]}"
        canonical = further.strip("/")
        if canonical in passed or not next_copy.path:
            return copy
        passed.add(canonical)
        counterparts = {
            key: next_copy.counterparts.get(to, to) for key, to in copy.counterparts.items()
        }
        copy = replace(copy, canonical=canonical, counterparts=counterparts)
    return copy


@dataclass(frozen=True)
class _Search:
    model: ProjectModel
    compared: frozenset[Key]
    alive: Set[Key]
    sizes: dict[_Folders, int] = field(default_factory=dict)

    def largest_match(self, pairs: Iterable[Alike]) -> tuple[_Folders, _Matches] | None:
        """Return the two folders that share most, the innermost of several; None if none share enough."""
        matches: dict[_Folders, _Matches] = {}
        for alike in pairs:
            for folders, keys in _common_endings(alike):
                matches.setdefault(folders, {})[keys] = alike
        best = max(
            (
                (len(shared), sum(map(len, folders)), folders)
                for folders, shared in matches.items()
                if len(shared) >= max(_LEAST, _MOST_OF_IT * self._smaller_size(folders))
            ),
            default=None,
        )
        return (best[2], matches[best[2]]) if best else None

    def _smaller_size(self, folders: _Folders) -> int:
        if folders not in self.sizes:
            one, other = folders
            sizes = len(self._modules_in(one, other)), len(self._modules_in(other, one))
            self.sizes[folders] = min(sizes)
        return self.sizes[folders]

    def _modules_in(self, folder: str, other: str) -> list[Key]:
        """Return the compared modules of a folder, without those of the other one if that lies inside."""
        has_inside = bool(other) and _is_in(f"{other}/", folder)
        return [
            key
            for key in self.compared
            if _is_in(key, folder) and not (has_inside and _is_in(key, other))
        ]

    def directed(self, folders: _Folders, matches: _Matches) -> CopiedFolder:
        """Return which of two folders is the copy, with the modules that match."""
        one, other = folders
        left = self._rank(one, other, [keys[0] for keys in matches])
        right = self._rank(other, one, [keys[1] for keys in matches])
        is_copy = left < right
        path, canonical = (one, other) if is_copy else (other, one)
        ordered = {(k if is_copy else k[::-1]): alike for k, alike in sorted(matches.items())}
        return CopiedFolder(
            path,
            canonical,
            dict(ordered.keys()),
            tuple(own for (own, _), alike in ordered.items() if not alike.identical),
            tuple(sorted(set(self._modules_in(path, canonical)) - {own for own, _ in ordered})),
            next((why for why, a, b in zip(_REASONS, left, right) if a != b), ""),
        )

    def _rank(self, folder: str, other: str, keys: Sequence[Key]) -> tuple[int, ...]:
        """Return what speaks for a folder as the canonical one, beside the ``_REASONS`` against it."""
        place = f"{folder}/module.py"
        users = {
            importer.path
            for key in keys
            for importer in self.model.importers.get(key, ())
            if is_live(importer.path) and not _is_of_copies(importer.path, folder, other)
        }
        return (
            -int(is_archived(place) or is_vendored(place)),
            len(users),
            sum(key in self.alive for key in keys),
            -len(_words_of_place(folder) & VARIANTS - _words_of_place(other)),
            -int(bool(folder) and _is_in(f"{folder}/", other)),
        )


def _common_endings(alike: Alike) -> Iterator[tuple[_Folders, tuple[Key, Key]]]:
    """Yield the pairs of folders in which two modules have the same place, each with the two in the same order."""
    one, other = alike.left.split("/"), alike.right.split("/")
    for at in range(1, min(len(one), len(other)) + 1):
        if one[-at] != other[-at]:
            return
        left, right = "/".join(one[:-at]), "/".join(other[:-at])
        if left < right:
            yield (left, right), (alike.left, alike.right)
        else:
            yield (right, left), (alike.right, alike.left)


def _is_of_copies(path: str, folder: str, other: str) -> bool:
    """Return whether a file lies in one of two folders; if one contains the other, only the inner one counts."""
    if _is_in(f"{folder}/", other):
        return _is_in(path, folder)
    return _is_in(path, other) or (not _is_in(f"{other}/", folder) and _is_in(path, folder))


def _words_of_place(folder: str) -> set[str]:
    return {word for part in folder.split("/") for word in words_of_name(part)}


def _is_in(key: str, folder: str) -> bool:
    return not folder or key.startswith(f"{folder}/")
