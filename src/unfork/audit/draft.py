"""The drafted migration: what can be proved as steps, what a person has to decide as questions in comments.

It is written so that `unfork diff` takes it as it is: a name is redirected where it is the same for certain, and every
other one stands in a comment with the best guess, to be uncommented or not.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from unfork.audit.broken import Broken
from unfork.audit.counterparts import Counterpart
from unfork.audit.forks import Fork, Group
from unfork.audit.result import Audit
from unfork.loading.migration_file import is_name
from unfork.reading.layout import key_of, roots_of
from unfork.reports.sums import count
from unfork_codemods.project import Key, Kind

_WIDTH = 100


@dataclass(frozen=True, slots=True)
class Draft:
    """The text of a migration, and how many of its steps are written out or asked about."""

    text: str
    steps: int
    questions: int


def draft_of(found: Audit, name: str = "drafted-by-audit") -> Draft:
    """Return a migration for what an audit found; without steps where it found nothing to do."""
    writer = _Writer(found)
    lines = [*writer.head(name), *writer.redirects(), *writer.repairs(), *writer.aligns()]
    lines += [*writer.deprecations()]
    text = "\n".join(lines).rstrip("\n") + "\n"
    steps = sum(line.startswith("[[") for line in lines)
    questions = sum(line.startswith("# ? ") for line in lines)
    return Draft(text, steps, questions)


@dataclass(frozen=True)
class _Writer:
    found: Audit

    def head(self, name: str) -> Iterator[str]:
        yield "# Drafted by `unfork audit`. Read it, answer the questions (lines with `# ?`), then:"
        yield "#   unfork diff -m THIS_FILE      to see every change; nothing is written"
        yield "#   unfork apply -m THIS_FILE     to write them"
        yield "[migration]"
        yield f"name    = {_quoted(name)}"
        yield f"summary = {_quoted(self._summary())}"
        roots = self.found.scope.roots
        if roots != roots_of(None, self.found.world.layout.paths):
            yield f"roots   = [{', '.join(_quoted(root or '.') for root in roots)}]"
        yield ""

    def _summary(self) -> str:
        found = self.found
        forks = sum(len(group.open) for group in found.groups)
        broken = len({each.path for each in found.broken if not each.expected})
        return f"{count(forks, 'duplicate')} of canonical modules, {count(broken, 'file')} with broken imports"

    # -- redirects

    def redirects(self) -> Iterator[str]:
        for group in self._written():
            for fork in group.open:
                yield from self._redirect(group, fork)

    def _written(self) -> list[Group]:
        """Return the groups whose modules can be named: others cannot be in a migration."""
        return [
            group
            for group in self.found.groups
            if all(self._has_name(each.key) for each in group.members)
        ]

    def _has_name(self, key: Key) -> bool:
        dotted = self.found.dotted(key)
        return (
            all(map(is_name, dotted.split(".")))
            and self.found.world.layout.named(dotted).key == key
        )

    def _redirect(self, group: Group, fork: Fork) -> Iterator[str]:
        own, canonical = self.found.dotted(fork.key), self.found.dotted(group.canonical.key)
        yield from _comment(f"Score {fork.alike.score:.2f}: {fork.evidence(self.found.dotted)}.")
        if fork.standing.covers > group.canonical.covers:
            yield from _comment(f"? {canonical} lacks some of it: is it the one to keep?")
        if fork.parallel:
            told = (
                f"? {own} and {canonical} are two versions, and both are in use: is the one to go?"
            )
            yield from _comment(f"{told} Nothing of it moves unless you say so.")
        asked = [each for each in fork.names if not each.moves]
        moved = [each for each in fork.names if each.moves and self._is_defined(each)]
        in_part = not fork.moves
        if in_part and not moved:
            yield from self._put_off(own, canonical, asked, group)
            return
        yield "[[redirect]]"
        yield f"from = {_quoted(own)}"
        if asked:
            yield f"# to = {_quoted(canonical)}  # once the questions are answered"
        elif in_part:
            differing = ", ".join(fork.differing[:3])
            yield f"# to = {_quoted(canonical)}  # all of it but what differs: {differing}"
        else:
            yield f"to   = {_quoted(canonical)}"
        listed = [each for each in moved if in_part or each.module != group.canonical.key]
        if listed or asked:
            yield "[redirect.names]"
        for each in listed:
            yield f"{each.name} = {_quoted(self._target(each, group, in_part))}  # {each.why}"
        yield from self._questions(asked, group)
        yield from self._differing(fork)
        yield ""

    def _put_off(
        self, own: str, canonical: str, asked: list[Counterpart], group: Group
    ) -> Iterator[str]:
        """Yield a redirect of which nothing is sure, as a comment."""
        yield "# [[redirect]]"
        yield f"# from = {_quoted(own)}"
        yield f"# to   = {_quoted(canonical)}"
        yield "# [redirect.names]"
        yield from self._questions(asked, group)
        yield ""

    def _is_defined(self, each: Counterpart) -> bool:
        origin = self.found.world.index.origin(each.module, each.target)
        return origin.kind is not Kind.MISSING and self._has_name(each.module)

    def _target(self, each: Counterpart, group: Group, full: bool = False) -> str:
        if each.module == group.canonical.key and not full:
            return each.target
        return f"{self.found.dotted(each.module)}:{each.target}"

    def _questions(self, asked: list[Counterpart], group: Group) -> Iterator[str]:
        if any(each.tied for each in asked):
            yield from _comment(
                "These work together: one that moved alone would meet objects of the other module."
                " Answer for all of them, and take away the `# ` before each."
            )
        for each in asked:
            yield from self._question(each, group)

    def _question(self, each: Counterpart, group: Group) -> Iterator[str]:
        if not each.module:
            yield f"# ? {each.name}: {each.why}; imports of it stay as they are, until a name is given"
            yield f'# {each.name} = "module:Name"'
            return
        told = f"{each.why[0].upper()}{each.why[1:]}"
        tied = f"; it stays as long as {each.tied} does" if each.tied else ""
        yield f"# ? {each.name}: {'' if each.tied else 'is it this one? '}{told}{tied}"
        yield f"# {each.name} = {_quoted(self._target(each, group, full=True))}"

    def _differing(self, fork: Fork) -> Iterator[str]:
        for each in fork.names:
            if each.moves and each.why.startswith("the same name; ") and each.sure < 1:
                yield f"# {each.name} moves by its name, but compare them: {each.why[15:]}"

    # -- repairs

    def repairs(self) -> Iterator[str]:
        by_module: dict[Key, list[Broken]] = {}
        for each in self.found.broken:
            if not each.expected:
                by_module.setdefault(key_of(each.path), []).append(each)
        for key, broken in sorted(by_module.items()):
            if self._has_name(key):
                yield from self._repair(key, broken)

    def _repair(self, key: Key, broken: list[Broken]) -> Iterator[str]:
        yield "[[repair]]"
        yield f"module = {_quoted(self.found.dotted(key))}"
        prefer = self._preferred(broken)
        if prefer:
            yield f"prefer = [{', '.join(_quoted(self.found.dotted(each)) for each in prefer)}]"
        for each in broken:
            if each.name and not each.definers:
                yield f"# ? {each.path}:{each.line}: nothing defines {each.name}; what is meant?"
            elif each.code == "UF003" and not each.name and not each.definers:
                yield f"# ? {each.path}:{each.line}: no module is called {each.spelled}; what is meant?"
        yield ""

    def _preferred(self, broken: Iterable[Broken]) -> list[Key]:
        """Return where to look first for names that several modules define: those that are no forks."""
        forks = {fork.key for group in self.found.groups for fork in group.forks}
        found: dict[Key, int] = {}
        for each in broken:
            if each.name and len(each.definers) > 1:
                mine = [k for k in each.definers if k not in forks and self._has_name(k)]
                for key in self._nearest(key_of(each.path), mine)[:1]:
                    found[key] = found.get(key, 0) + 1
        return sorted(found, key=lambda key: (-found[key], key))

    def _nearest(self, importer: Key, keys: list[Key]) -> list[Key]:
        """Return modules in the order of how many folders they have in common with the importer."""
        importers = self.found.world.importers

        def rank(key: Key) -> tuple[int, int, Key]:
            common = sum(a == b for a, b in zip(importer.split("/"), key.split("/")))
            return -common, -len(importers.get(key, ())), key

        return sorted(keys, key=rank)

    # -- aligns and deprecations

    def aligns(self) -> Iterator[str]:
        named = self.found.world.layout.named
        kept = [each.kept for each in self.found.spellings if named(each.kept).key == each.key]
        if kept:
            yield "# Imported under two names, they are two modules while the program runs."
            yield "[[align]]"
            yield "modules = ["
            yield from (f"    {_quoted(each)}," for each in kept)
            yield "]"
            yield ""

    def deprecations(self) -> Iterator[str]:
        for group in self._written():
            for fork in group.open:
                mark = "" if fork.moves else "# "
                if mark:
                    yield "# Once nothing of it is needed any more:"
                yield f"{mark}[[deprecate]]"
                yield f"{mark}module = {_quoted(self.found.dotted(fork.key))}"
                yield f"{mark}use    = {_quoted(self.found.dotted(group.canonical.key))}"
                yield ""


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _comment(text: str) -> Iterator[str]:
    """Yield a text as comment lines."""
    line = "#"
    for word in text.split():
        if len(line) + len(word) + 1 > _WIDTH and line != "#":
            yield line
            line = "#"
        line += f" {word}"
    yield line
