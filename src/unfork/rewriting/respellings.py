"""Dotted paths that change although no module moved: those of aligned modules, and of names that a repair finds.

orchestration.engine -> src.orchestration.engine (align)    a.engine.JobStatus -> a.job_state.JobStatus (repair)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from unfork.reading.index import Index
from unfork.reading.source import Source, Unparsable
from unfork_codemods.migration import Migration
from unfork_codemods.project import Destination, ImportCodemod, ImportedName

_NAMES = r"\(?\s*(?:\w+(?:\s+as\s+\w+)?\s*,\s*)*"
"""What may stand between ``import`` and a name that it imports."""
_TAIL = r"(?:[.:][^\W\d]\w*)*"


class RepairedName(NamedTuple):
    """A name that a repair finds elsewhere: the ``module`` that it is imported from, and its full new path."""

    module: str
    name: str
    now: str


@dataclass(frozen=True)
class Respellings:
    """Aligned modules, each other spelling with the one that is meant, and repaired names by the end of their path.

    ``aligning`` is the codemod that carries out the alignments.
    """

    aligned: Mapping[str, str]
    repaired: Mapping[tuple[str, str], RepairedName]
    index: Index
    aligning: ImportCodemod | None = None

    @classmethod
    def of(
        cls, migration: Migration, index: Index, codemods: Iterable[ImportCodemod]
    ) -> Respellings:
        """Return what the alignments and the repairs of a migration spell differently."""
        by_step = {codemod.step: codemod for codemod in codemods}
        repairing, aligning = by_step.get("repair"), by_step.get("align")
        repaired = _repaired_names(migration, index, repairing) if repairing is not None else ()
        by_end = {(repair.module.rpartition(".")[2], repair.name): repair for repair in repaired}
        return cls(dict(_other_spellings(migration, index)), by_end, index, aligning)

    def patterns(self) -> Iterator[tuple[str, str, str]]:
        """Yield a word that a mention has, its pattern, and a part that starts with a known letter."""
        for dotted in sorted(self.aligned, key=len, reverse=True):
            path, last = re.escape(dotted), dotted.rpartition(".")[2]
            if "." in dotted:
                yield last, rf"(?<!/){path}(?![\w/]){_TAIL}", path
            else:
                yield last, rf"(?<=import ){path}(?=\s*(?:$|[\"'`,;:]| as ))", path
                yield last, rf"(?<=from ){path}(?= import )", path
                yield last, rf"(?<=-m ){path}(?![\w.])", path
        for module, name in sorted(self.repaired):
            end, word = re.escape(module), re.escape(name)
            yield name, rf"(?<!/)(?:\w+\.)*{end}[.:]{word}(?!\w)", end
            start = rf"from\s+(?:\w+\.)*{end}\s+import"
            yield name, rf"{start}\s+{_NAMES}{word}(?!\w)", rf"{end}\s+import"

    def now(self, said: str) -> str | None:
        """Return how a dotted path is spelled from now on; None if it is neither aligned nor repaired."""
        dotted = said.replace(":", ".")
        module, tail = dotted, ""
        while module:
            if module in self.aligned:
                return self._now_of_aligned(module, tail)
            module, _, name = module.rpartition(".")
            tail = f".{name}{tail}"
        return self._now_of_repaired(dotted.split("."))

    def _now_of_aligned(self, spelled: str, tail: str) -> str:
        """Return the one spelling of a module and of what is taken of it: from the surface, if that has it."""
        module = self.aligned[spelled]
        _, _, name = tail.partition(".")
        if name and "." not in name and self.aligning is not None:
            imported_name = ImportedName("", self.index.named(module), spelled, name)
            destination = self.aligning.destination(imported_name)
            if isinstance(destination, Destination):
                module = destination.spelling
        return module + tail

    def _now_of_repaired(self, parts: list[str]) -> str | None:
        repair = self.repaired.get((parts[-2], parts[-1])) if len(parts) > 1 else None
        if repair is None:
            return None
        module = repair.module.split(".")
        common = min(len(parts) - 1, len(module))
        return repair.now if parts[-1 - common : -1] == module[-common:] else None


def _other_spellings(migration: Migration, index: Index) -> Iterator[tuple[str, str]]:
    layout = index.layout
    for align in migration.aligns:
        for module in align.modules:
            key = index.named(module).key
            for base in layout.roots if key in layout.modules else ():
                name = layout.spelled(key, base)
                if name is not None and name != module:
                    yield name, module


def _repaired_names(
    migration: Migration, index: Index, repairing: ImportCodemod
) -> Iterator[RepairedName]:
    """Yield the names that the repaired modules import from where they are not."""
    for repair in migration.repairs:
        key = index.named(repair.module).key
        path = index.file(key) if index.has_file(key) else ""
        try:
            source = Source.read(path, index.text(path)) if path else None
            statements = source.imports if source is not None else ()
        except Unparsable:
            continue
        for statement in statements:
            node = statement.node
            if not statement.module or statement.attempts:
                continue
            for alias in node.names:
                yield from _repaired_name(index, repairing, path, statement.module, alias.name)


def _repaired_name(
    index: Index, repairing: ImportCodemod, path: str, spelled: str, name: str
) -> Iterator[RepairedName]:
    module = spelled.lstrip(".")
    level = len(spelled) - len(module)
    layout = index.layout
    located = layout.relative(level, module, path) if level else layout.absolute(module, path)
    destination = repairing.destination(ImportedName(path, located, spelled, name))
    if not isinstance(destination, Destination) or not module:
        return
    now = f"{destination.spelling or layout.dotted(destination.key)}.{destination.name or name}"
    keeps_its_name = f".{now}".endswith(f".{module}.{name}")  # a sibling that is imported bare
    if not keeps_its_name:
        yield RepairedName(layout.dotted(located.key) if level else module, name, now)
