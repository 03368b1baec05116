"""Legacy functions and classes with their counterparts: what both accept, and what a migration says about it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from unfork.planning.run import Run
from unfork.reading.interface import Interface
from unfork.reading.source import Source
from unfork.rewriting.altered_members import Alteration, altered_members, gone_members
from unfork.rewriting.calls import counterpart_of, is_instance_that_moves
from unfork.rewriting.constraints import Followed, Name
from unfork.rewriting.file_context import FileContext
from unfork.rewriting.inference import Inference
from unfork.rewriting.other_errors import errors_missed
from unfork_codemods.calls import CallChange
from unfork_codemods.project import ImportedName, Located


@dataclass(frozen=True)
class Pair:
    """A legacy function or class and its counterpart; ``changes`` are those that the migration lists, by member.

    ``errors_missed`` are the built-in exceptions that catch what only the legacy one raises.
    """

    entry: Followed
    old: Interface | None
    new: Interface | None
    changes: dict[str, CallChange]
    errors_missed: frozenset[str] = frozenset()

    @property
    def name(self) -> Name:
        """The legacy module and name."""
        return self.entry.name

    @property
    def change(self) -> CallChange:
        """What becomes of the arguments of a call of the function or class itself."""
        return self.changes.get("", CallChange())

    def called(self, member: str) -> tuple[Interface | None, Interface | None, CallChange]:
        """Return what is called by a member of an instance, before and after; without one, the definition itself."""
        if not member:
            return self.old, self.new, self.change
        change = self.changes.get(member, CallChange())
        old, new = (
            Interface(call=(side.members or {}).get(name)) if side is not None else None
            for side, name in ((self.old, member), (self.new, change.to or member))
        )
        return old, new, change

    @cached_property
    def gone(self) -> frozenset[str]:
        """The members that the new class lacks or defines differently."""
        return gone_members(self.old or Interface(), self.new, self.changes)

    @cached_property
    def altered(self) -> dict[str, Alteration]:
        """The methods that both have and that take other arguments."""
        altered = altered_members(self.old, self.new) if self.old is not None else {}
        return {name: alteration for name, alteration in altered.items() if name not in self.gone}


class Given(NamedTuple):
    """A class of which ``givers``, which move, give instances; ``moves`` if the migration itself says where to."""

    entry: Followed
    givers: tuple[Name, ...]
    moves: bool


class Pairs:
    """The definitions that a run redirects."""

    def __init__(self, run: Run) -> None:
        self.index = run.engine.index
        self._codemod = run.redirect_codemod
        self._sources = run.engine.heads.sources

    def given_by(self, followed: Collection[Followed]) -> dict[Name, Given]:
        """Return the classes that differ and of which names that move give instances, with what becomes of them."""
        found: dict[Name, Given] = {}
        for entry in followed:
            for own, there in self.index.interfaces.given_that_differ(
                entry.name, entry.counterpart, self._follower
            ):
                known = found.get(own) or self._given(own, there)
                found[own] = known._replace(givers=(*known.givers, entry.name))
        return found

    def _follower(self, name: Name) -> Name | None:
        return counterpart_of(self._codemod, self.index, name)

    def _given(self, own: Name, there: Name) -> Given:
        pair = self._pair(Followed(own, there, frozenset()))
        lost = pair.gone.union(pair.altered)
        return Given(pair.entry._replace(lost=lost), (), self._follower(own) == there)

    def of(self, followed: Collection[Followed]) -> list[Pair]:
        """Return the pairs of legacy names and their counterparts."""
        return list(map(self._pair, followed))

    def _pair(self, entry: Followed) -> Pair:
        interface = self.index.interfaces.interface
        imported_name = ImportedName("", Located(entry.name[0]), "", entry.name[1])
        changes = dict(self._codemod.call_changes(imported_name))
        old, new = interface(*entry.name), interface(*entry.counterpart)
        there = entry.counterpart
        if is_instance_that_moves(self.index, self._codemod, entry.name, there):
            return Pair(entry, None, None, {})  # its class is compared
        missed = errors_missed(self.index.interfaces, entry.name, there) if old and new else None
        return Pair(entry, old, new, changes, missed or frozenset())

    def context(self, path: str, data: bytes) -> FileContext:
        """Return a file with these bytes as the redirects see it. Raises Unparsable, now or when it is looked at."""
        return FileContext(self._sources.read(path, data), self.index, self._codemod)

    def inference(self, path: str, data: bytes) -> Inference:
        """Return the inference for a file with these bytes, kept with its text. Raises as `context` does."""
        known = self._sources.read(path, data).once(_known_inferences)
        if not known or known[0].index is not self.index:
            known[:] = [Inference(self.context(path, data))]
        return known[0]


def _known_inferences(_: Source) -> list[Inference]:
    """Return the inference for a file in the last run that asked, put there by `Pairs.inference`."""
    return []
