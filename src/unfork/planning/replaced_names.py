"""Replaced names: either the replacement and all readers end at one binding, or all stay.

    mock.patch("a.legacy.now")    legacy.now = fake    sys.modules["a.legacy"] = fake

A test replaces what code looks up. Code in the legacy module looks up its own globals. Once its callers are rewritten,
the canonical module's code runs, and looks up its own. So the replacement has to move there, and so does every reader
that uses the name through the legacy module. If there is no single such place, or a reader has to stay, all stay.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from unfork.reading.index import Index
from unfork.reading.reads import names_reached, names_read
from unfork.rewriting.constraints import Name, Replaced
from unfork_codemods.bindings import EVERY, Bindings, Kept
from unfork_codemods.project import (
    Destination,
    ImportCodemod,
    ImportedName,
    Key,
    Kind,
    Located,
    Unresolved,
    is_external,
)

_HOOKS = frozenset({"__getattr__", "__dir__"})
"""Functions that a module runs for names that it does not define."""
Still = Mapping[tuple[Key, str | None], str]
"""What files still take from legacy modules, with one such file each: a name, or None for the module itself."""


def bindings_of_replaced(
    replaced: Iterable[Replaced],
    still: Still,
    before: Bindings,
    codemod: ImportCodemod,
    index: Index,
    named_with: Callable[[Key, str], bool],
) -> Bindings:
    """Return where replaced names now live, and what has to stay; always includes ``before``.

    ``still`` is what the last attempt left, with the bindings ``before``. ``named_with`` returns whether a file that
    names a module contains a word. The result lists only what differs from the codemod's own decision.
    """
    names = _Names(codemod, index, named_with, still, before)
    moves, stays, swapped = dict(before.moves), dict(before.stays), set(before.swapped)
    for replacement in sorted(set(replaced), key=_sort_key):
        if not codemod.is_about(replacement.key):
            continue
        # the module stays: only other modules that offer its names do not look them up
        if codemod.step != "redirect":
            if replacement.name not in (None, EVERY):
                moves[replacement.key, replacement.name] = Destination(
                    replacement.key, replacement.name, index.dotted(replacement.key)
                )
        elif replacement.name is None or (replacement.name == EVERY and not replacement.told):
            if not replacement.told or names.has_stayed(replacement):
                stays.setdefault((replacement.key, EVERY), Kept(names.why(replacement)))
            elif replacement.stores:
                swapped.add(replacement.key)
        elif (replacement.key, replacement.name) not in before.stays:
            destination = names.binding(replacement)
            if not replacement.told and not names.follows_module(replacement, destination):
                destination = None
            if destination is None or names.has_stayed(replacement):
                stays |= names.all_of(replacement)
            elif not names.is_plain(replacement, destination):
                moves[replacement.key, replacement.name] = destination
    return before._replace(moves=moves, stays=stays, swapped=frozenset(swapped))


def _sort_key(replacement: Replaced) -> tuple[str, str, bool, str, int]:
    return (
        replacement.key,
        replacement.name or "",
        replacement.told,
        replacement.path,
        replacement.line,
    )


@dataclass(frozen=True)
class _Names:
    """The names of legacy modules, and their readers."""

    codemod: ImportCodemod
    index: Index
    named_with: Callable[[Key, str], bool]
    still: Still
    before: Bindings

    def imported_name(self, replacement: Replaced, name: str | None) -> ImportedName:
        """Return the imported name for a name in the module where something is replaced."""
        return ImportedName(
            replacement.path, Located(replacement.key), self.index.dotted(replacement.key), name
        )

    def binding(self, replacement: Replaced) -> Destination | None:
        """Return the single binding that all readers of a replaced name reach, or None."""
        imported_name = self.imported_name(replacement, replacement.name)
        patch_destination, destination = (
            self.codemod.patch_destination(imported_name),
            self.codemod.destination(imported_name),
        )
        usual = [
            h
            for h in (patch_destination, destination)
            if isinstance(h, Destination) and h.name is not None
        ]
        looked_up = [names for names in self._looked_up(replacement, usual) if names is not None]
        if not looked_up:
            return usual[0] if usual else None
        common = frozenset.intersection(*looked_up)
        ways = [(h.key, str(h.name)) for h in usual if (h.key, h.name) in common] or sorted(common)
        if not ways:
            return None
        key, name = ways[0]
        return Destination(key, name, self.index.dotted(key, imported_name.spelled))

    def _looked_up(
        self, replacement: Replaced, usual: Collection[Destination]
    ) -> Iterator[frozenset[Name] | None]:
        """Yield, for each reader in the module, where its counterpart looks the name up, or None if unknown."""
        objects = {self.index.origin(h.key, str(h.name)).identity for h in usual}
        objects.add(self.index.origin(replacement.key, str(replacement.name)).identity)
        same = {(h.key, h.name) for h in usual}
        readers = {
            reader: self.codemod.destination(self.imported_name(replacement, reader))
            for reader in self.readers(replacement)
        }
        homes = {h.key for h in (*usual, *readers.values()) if isinstance(h, Destination)}
        for reader, destination in readers.items():
            names = (
                None
                if destination is None
                else self._names_counterpart_reads(destination, objects, same, homes)
            )
            if names != frozenset() and destination is not None:
                yield names
            elif reader not in _HOOKS and self.named_with(replacement.key, reader):
                yield frozenset()

    def _names_counterpart_reads(
        self,
        destination: Destination | Unresolved,
        objects: Collection[tuple[Key, str | None]],
        same: Collection[tuple[Key, str | None]],
        homes: Collection[Key],
    ) -> frozenset[Name] | None:
        if isinstance(destination, Unresolved) or destination.name is None:
            return frozenset()
        origin = self.index.origin(destination.key, destination.name)
        if is_external(origin.key) or origin.name is None:
            return None
        own, *others = (
            frozenset(n for n in names if n in same or self.index.origin(*n).identity in objects)
            for names in self._reads_by_module_of((origin.key, origin.name), homes)
        )
        found = own.union(*others)
        return found if found == own or len(found) == 1 else frozenset()

    def _reads_by_module_of(self, start: Name, homes: Collection[Key]) -> Iterator[frozenset[Name]]:
        """Yield what a name's code looks up in its module, then what that leads to in others of ``homes``.

        A module in pieces: what one piece looks up is replaced for those that import it from there, too.
        """
        seen, waiting = {start}, [start]
        while waiting:
            key, name = waiting.pop()
            read = self._reads_by_name(key).get(name, frozenset())
            yield frozenset((key, other) for other in read)
            if len(homes) == 1:
                continue
            reached = self._names_reached(key).get(name, frozenset())
            origins = (self.index.origin(key, other) for other in sorted(reached))
            found = {
                (origin.key, origin.name)
                for origin in origins
                if origin.name is not None and origin.key != key and origin.key in homes
            } - seen
            seen |= found
            waiting += sorted(found)

    def readers(self, replacement: Replaced) -> list[str]:
        """Return the names in the module whose code looks a name up in it."""
        reads = self._reads_by_name(replacement.key)
        return sorted(reader for reader, names in reads.items() if replacement.name in names)

    def _reads_by_name(self, key: Key) -> Mapping[str, frozenset[str]]:
        if key not in self._reads_by_module:
            self._reads_by_module[key] = self.index.told(key, names_read) or {}
        return self._reads_by_module[key]

    @cached_property
    def _reads_by_module(self) -> dict[Key, Mapping[str, frozenset[str]]]:
        return {}

    def _names_reached(self, key: Key) -> Mapping[str, frozenset[str]]:
        if key not in self._reached_by_module:
            self._reached_by_module[key] = self.index.told(key, names_reached) or {}
        return self._reached_by_module[key]

    @cached_property
    def _reached_by_module(self) -> dict[Key, Mapping[str, frozenset[str]]]:
        return {}

    def is_plain(self, replacement: Replaced, destination: Destination) -> bool:
        """Return whether everything reaches the binding without extra instructions."""
        imported_name = self.imported_name(replacement, replacement.name)
        return all(
            isinstance(reached, Destination)
            and (reached.key, reached.name) == (destination.key, destination.name)
            for reached in (
                self.codemod.patch_destination(imported_name),
                self.codemod.destination(imported_name),
            )
        )

    def follows_module(self, replacement: Replaced, binding: Destination | None) -> bool:
        """Return whether a name's binding is that of what takes its module's place: ``patch.object(legacy, name)``."""
        if not replacement.by_object or binding is None or not self.is_plain(replacement, binding):
            return False
        to = self.codemod.destination(self.imported_name(replacement, None))
        if not isinstance(to, Destination) or to.name is not None:
            return False
        return (to.key, replacement.name) == (binding.key, binding.name)

    def has_stayed(self, replacement: Replaced) -> bool:
        """Return whether something still takes a name, or its reader, after an attempt to move all of them."""
        return self._remaining_user(replacement) is not None

    def _remaining_user(self, replacement: Replaced) -> str | None:
        """Return what still takes a name after an attempt to move all; None if nothing does, or nothing was tried."""
        if replacement.name is None:
            tried = replacement.key in self.before.swapped or not replacement.stores
            still_taken = [name for key, name in self.still if key == replacement.key]
        else:
            tried = (replacement.key, replacement.name) in self.before.moves or self._is_usual(
                replacement
            )
            readers = self.readers(replacement)
            names = [None, EVERY, replacement.name, *readers]
            if not _HOOKS.isdisjoint(readers):
                names += [name for key, name in self.still if self._is_made(key, name)]
            still_taken = [name for name in names if (replacement.key, name) in self.still]
        if not tried or not still_taken:
            return None
        first = None if None in still_taken else min(map(str, still_taken))
        module = self._module_spelling(replacement)
        what = f"{module} itself" if first in (None, EVERY) else f"{module}.{first}"
        return f"{self.still[replacement.key, first]} goes on using {what}"

    def _is_made(self, key: Key, name: str | None) -> bool:
        """Return whether a module has a name only through code that it runs on request."""
        return name is not None and self.index.origin(key, name).kind is Kind.UNKNOWN

    def _is_usual(self, replacement: Replaced) -> bool:
        destination = self.binding(replacement)
        return destination is not None and self.is_plain(replacement, destination)

    def all_of(self, replacement: Replaced) -> dict[Name, Kept]:
        """Return what has to stay: a replaced name and its readers in the module."""
        stays = {
            (replacement.key, name): Kept(self.why(replacement, name))
            for name in self.readers(replacement)
        }
        stays.setdefault(
            (replacement.key, str(replacement.name)), Kept(self.why(replacement), late=True)
        )
        return {
            name: kept
            for name, kept in stays.items()
            if not self._stays_anyway(replacement, name[1])
        }

    def _stays_anyway(self, replacement: Replaced, name: str) -> bool:
        """Return whether a name has no destination, replaced or not; then it is reported in more detail."""
        imported_name = self.imported_name(replacement, name)
        ways = (
            self.codemod.destination(imported_name),
            self.codemod.patch_destination(imported_name),
        )
        return all(isinstance(way, Unresolved) for way in ways)

    def why(self, replacement: Replaced, reader: str | None = None) -> str:
        """Return why something stays, and what to do about it."""
        where = f"{replacement.path}:{replacement.line}"
        module = self._module_spelling(replacement)
        holder = self._remaining_user(replacement)
        if replacement.name in (None, EVERY):
            what = f"{module} is replaced, or looked up by its name, at {where}"
            return f"{what}, and {holder or 'not all of that can follow'}; move both by hand"
        name = f"{module}.{replacement.name}"
        if reader is None:
            why = holder or "not all that looks it up comes to one place"
            return f"{name} is replaced at {where}, and {why}; move all by hand"
        looks_up = f"{reader} looks up {name}, which {where} replaces"
        if holder is not None:
            return f"{looks_up}, and {holder}; move all by hand"
        to = self._counterpart_name(replacement, reader)
        return f"{looks_up}, and {to} does not look up what could take its place; move both by hand"

    def _module_spelling(self, replacement: Replaced) -> str:
        """Return the dotted name of the module, from the root used for what replaces it, or the replaced name."""
        for name in (None, replacement.name):
            destination = self.codemod.destination(self.imported_name(replacement, name))
            if isinstance(destination, Destination):
                return self.index.dotted(replacement.key, destination.spelling)
        return self.index.dotted(replacement.key)

    def _counterpart_name(self, replacement: Replaced, reader: str) -> str:
        destination = self.codemod.destination(self.imported_name(replacement, reader))
        return (
            f"{destination.spelling}.{destination.name}"
            if isinstance(destination, Destination)
            else "nothing else"
        )
