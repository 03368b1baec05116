"""The drafted migration: what is proved as steps, what a person has to decide as questions in comments.

`unfork diff` accepts the draft as it is: a name is redirected if it is certainly the same, and every other name is in
a comment with the best guess, ready to be uncommented.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from unfork.audit.broken_imports import Broken
from unfork.audit.counterparts import Counterpart
from unfork.audit.duplicate_groups import Fork, Group
from unfork.audit.hand_shims import HandShim
from unfork.audit.result import Audit
from unfork.loading.migration_file import is_name
from unfork.reading.layout import key_of, roots_of
from unfork.reports.sums import count_text
from unfork_codemods.project import Key, Kind

_WIDTH = 100


@dataclass(frozen=True, slots=True)
class Draft:
    """The text of a migration, with the number of steps and of questions in it."""

    text: str
    steps: int
    questions: int


def draft_of(audit: Audit, name: str = "drafted-by-audit") -> Draft:
    """Return a migration for the findings of an audit; without steps if there is nothing to do."""
    writer = _Writer(audit)
    lines = [*writer.head(name), *writer.redirects(), *writer.shims(), *writer.repairs()]
    lines += [*writer.aligns(), *writer.deprecations()]
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
        yield f"name    = {_toml_string(name)}"
        yield f"summary = {_toml_string(self._summary_text())}"
        roots = self.found.scope.roots
        if roots != roots_of(None, self.found.model.layout.paths):
            yield f"roots   = [{', '.join(_toml_string(root or '.') for root in roots)}]"
        yield ""

    def _summary_text(self) -> str:
        audit = self.found
        forks = sum(len(group.open) for group in audit.groups)
        broken = len({problem.path for problem in audit.broken if not problem.expected})
        duplicates = f"{count_text(forks, 'duplicate')} of canonical modules"
        return f"{duplicates}, {count_text(broken, 'file')} with broken imports"

    # -- redirects

    def redirects(self) -> Iterator[str]:
        undecided = self._undecided_modules()
        for copy in self.found.folders:
            yield from _comment_lines(f"{copy.name} duplicates {copy.canonical}: {copy.summary}.")
            if not copy.folder.is_certain:
                yield from _comment_lines(
                    f"? Is {copy.name} to go, or {copy.canonical}? Write a redirect for the one to go."
                )
            yield ""
        for group in self._nameable_groups():
            for fork in group.open:
                if fork.key not in undecided:
                    yield from self._redirect_lines(group, fork)

    def _undecided_modules(self) -> frozenset[Key]:
        """Return the modules of copied folders of which nothing tells which one is to go."""
        undecided = (copy.keys for copy in self.found.folders if not copy.folder.is_certain)
        return frozenset[Key]().union(*undecided)

    def _nameable_groups(self) -> list[Group]:
        """Return the groups whose modules can all be named in a migration."""
        return [
            group
            for group in self.found.groups
            if all(self._has_name(standing.key) for standing in group.members)
        ]

    def _has_name(self, key: Key) -> bool:
        dotted = self.found.dotted(key)
        return (
            all(map(is_name, dotted.split(".")))
            and self.found.model.layout.named(dotted).key == key
        )

    def _redirect_lines(self, group: Group, fork: Fork) -> Iterator[str]:
        own, canonical = self.found.dotted(fork.key), self.found.dotted(group.canonical.key)
        yield from _comment_lines(
            f"Score {fork.alike.score:.2f}: {fork.evidence(self.found.dotted)}."
        )
        broken = self._unparsable_path(group, fork)
        if broken:
            yield from _comment_lines(
                f"{broken} cannot be parsed: mend it first, then draft again."
            )
            yield ""
            return
        if fork.standing.covers > group.canonical.covers:
            yield from _comment_lines(f"? {canonical} lacks some of it: is it the one to keep?")
        if fork.parallel:
            told = (
                f"? {own} and {canonical} are two versions, and both are in use: is the one to go?"
            )
            yield from _comment_lines(f"{told} Nothing of it moves unless you say so.")
        if fork.undecided:
            told = f"? {own} or {canonical}: {fork.undecided}."
            yield from _comment_lines(f"{told} Nothing of it moves unless you say so.")
            yield from self._commented_redirect(own, canonical)
            return
        lone = [match.name for match in fork.names if match.lone]
        if lone:
            yield from _comment_lines(
                f"Equal today, but no reason to share a module: {', '.join(lone)}. They stay."
            )
        asked = [match for match in fork.names if not (match.moves or match.lone)]
        moved = [match for match in fork.names if match.moves and self._is_defined(match)]
        in_part = not fork.moves
        if in_part and not moved:
            questions = self._all_question_lines(asked, group)
            yield from self._commented_redirect(own, canonical, questions)
            return
        yield "[[redirect]]"
        yield f"from = {_toml_string(own)}"
        if asked:
            yield f"# to = {_toml_string(canonical)}  # once the questions are answered"
        elif in_part:
            differing = ", ".join(fork.differing[:3])
            yield f"# to = {_toml_string(canonical)}  # all of it but what differs: {differing}"
        else:
            yield f"to   = {_toml_string(canonical)}"
        listed = [match for match in moved if in_part or match.module != group.canonical.key]
        if listed or asked:
            yield "[redirect.names]"
        for match in listed:
            yield f"{match.name} = {_toml_string(self._target_reference(match, group, in_part))}  # {match.why}"
        yield from self._all_question_lines(asked, group)
        yield from self._comparison_comments(fork)
        yield ""

    def _unparsable_path(self, group: Group, fork: Fork) -> str:
        """Return the file of a fork or its canonical module that cannot be parsed, empty if both can."""
        both = (self.found.model.modules[key] for key in (fork.key, group.canonical.key))
        return next((facts.path for facts in both if facts.error is not None), "")

    def _commented_redirect(
        self, own: str, canonical: str, questions: Iterable[str] = ()
    ) -> Iterator[str]:
        """Yield a redirect as a comment, as nothing in it is certain."""
        yield "# [[redirect]]"
        yield f"# from = {_toml_string(own)}"
        yield f"# to   = {_toml_string(canonical)}"
        if questions:
            yield "# [redirect.names]"
            yield from questions
        yield ""

    def _is_defined(self, match: Counterpart) -> bool:
        origin = self.found.model.index.origin(match.module, match.target)
        return origin.kind is not Kind.MISSING and self._has_name(match.module)

    def _target_reference(self, match: Counterpart, group: Group, full: bool = False) -> str:
        if match.module == group.canonical.key and not full:
            return match.target
        return f"{self.found.dotted(match.module)}:{match.target}"

    def _all_question_lines(self, asked: list[Counterpart], group: Group) -> Iterator[str]:
        if any(match.tied for match in asked):
            yield from _comment_lines(
                "These work together: one that moved alone would meet objects of the other module."
                " Answer for all of them, and take away the `# ` before each."
            )
        for match in asked:
            yield from self._question_lines(match, group)

    def _question_lines(self, match: Counterpart, group: Group) -> Iterator[str]:
        if not match.module:
            yield f"# ? {match.name}: {match.why}; imports of it stay as they are, until a name is given"
            yield f'# {match.name} = "module:Name"'
            return
        told = f"{match.why[0].upper()}{match.why[1:]}"
        tied = f"; it stays as long as {match.tied} does" if match.tied else ""
        yield f"# ? {match.name}: {'' if match.tied else 'is it this one? '}{told}{tied}"
        yield f"# {match.name} = {_toml_string(self._target_reference(match, group, full=True))}"

    def _comparison_comments(self, fork: Fork) -> Iterator[str]:
        for match in fork.names:
            if match.moves and match.why.startswith("the same name; ") and match.sure < 1:
                yield f"# {match.name} moves by its name, but compare them: {match.why[15:]}"

    # -- shims by hand

    def shims(self) -> Iterator[str]:
        """Yield for each module that only forwards a redirect to where it forwards, and its removal."""
        files = self.found.model.modules
        forks = {fork.key: group for group in self.found.groups for fork in group.forks}
        for shim in self.found.shims:
            own, target = self.found.dotted(shim.key), self.found.dotted(shim.target)
            if not (self._has_name(shim.key) and self._has_name(shim.target)):
                continue
            yield from _comment_lines(f"{shim.summary(self.found.dotted)}.")
            if files[shim.target].error is not None:
                yield from _comment_lines(f"{target} cannot be parsed: mend it first.")
            elif shim.target in forks:
                canonical = self.found.dotted(forks[shim.target].canonical.key)
                yield from _comment_lines(
                    f"? {target} duplicates {canonical}: decide about that first, then draft again."
                )
            else:
                yield from self._shim_steps(shim, own, target)
            yield ""

    def _shim_steps(self, shim: HandShim, own: str, target: str) -> Iterator[str]:
        if shim.importers:
            yield "[[redirect]]"
            yield f"from = {_toml_string(own)}"
            yield f"to   = {_toml_string(target)}"
            if shim.renamed:
                yield "[redirect.names]"
            for name, other in shim.renamed:
                yield f"{name} = {_toml_string(other)}"
            yield ""
        yield "[[remove]]"
        yield f"module = {_toml_string(own)}"

    # -- repairs

    def repairs(self) -> Iterator[str]:
        by_module: dict[Key, list[Broken]] = {}
        for problem in self.found.broken:
            if not problem.expected:
                by_module.setdefault(key_of(problem.path), []).append(problem)
        for key, broken in sorted(by_module.items()):
            if self._has_name(key):
                yield from self._repair_lines(key, broken)

    def _repair_lines(self, key: Key, broken: list[Broken]) -> Iterator[str]:
        yield "[[repair]]"
        yield f"module = {_toml_string(self.found.dotted(key))}"
        sources = {item: self._sources_of(item) for item in broken if item.name}
        certain = [keys[0] for item, keys in sources.items() if 1 == len(keys) < len(item.definers)]
        if certain:
            names = ", ".join(_toml_string(self.found.dotted(item)) for item in _by_count(certain))
            yield f"prefer = [{names}]"
        for item in broken:
            if item.name and not item.definers:
                yield f"# ? {item.path}:{item.line}: nothing defines {item.name}; what is meant?"
            elif item.code == "UF003" and not item.name and not item.definers:
                yield f"# ? {item.path}:{item.line}: no module is called {item.spelled}; what is meant?"
        open_names = {item.name: keys for item, keys in sources.items() if len(keys) > 1}
        if open_names:
            yield "[repair.names]"
        for name, keys in open_names.items():
            named = [self.found.dotted(key) for key in self._nearest_first(key, keys)]
            yield f"# ? {name}: {', '.join(named)} define it; which one is meant?"
            yield f'# {name} = "{named[0]}:{name}"'
        yield ""

    def _sources_of(self, item: Broken) -> list[Key]:
        """Return the modules that a name may come from: one if the evidence decides, as it does for a repair.

        Forks are left out. The module of the same last name is meant, or the one that has all that the statement lacks.
        """
        sources = [k for k in item.definers if k not in self._forks and self._has_name(k)]
        last = item.spelled.rpartition(".")[2]
        lacking = [
            other.name
            for other in self.found.broken
            if (other.path, other.spelled) == (item.path, item.spelled) and other.name
        ]
        provides = self.found.model.index.provides
        same = [key for key in sources if key.rpartition("/")[2] == last] or sources
        full = [key for key in same if all(provides(key, name) for name in lacking)]
        return same if len(same) == 1 else full or same

    @cached_property
    def _forks(self) -> frozenset[Key]:
        return frozenset(fork.key for group in self.found.groups for fork in group.forks)

    def _nearest_first(self, importer: Key, keys: list[Key]) -> list[Key]:
        """Return modules ordered by the number of folders shared with the importer, then by their own importers."""
        importers = self.found.model.importers

        def rank(key: Key) -> tuple[int, int, Key]:
            common = sum(a == b for a, b in zip(importer.split("/"), key.split("/")))
            return -common, -len(importers.get(key, ())), key

        return sorted(keys, key=rank)

    # -- aligns and deprecations

    def aligns(self) -> Iterator[str]:
        named = self.found.model.layout.named
        kept = [item.kept for item in self.found.spellings if named(item.kept).key == item.key]
        if kept:
            yield "# Imported under two names, they are two modules while the program runs."
            yield "[[align]]"
            yield "modules = ["
            yield from (f"    {_toml_string(item)}," for item in kept)
            yield "]"
            yield ""

    def deprecations(self) -> Iterator[str]:
        undecided = self._undecided_modules()
        for group in self._nameable_groups():
            for fork in group.open:
                if fork.key in undecided or self._unparsable_path(group, fork):
                    continue
                mark = "" if fork.moves else "# "
                if mark:
                    yield "# Once nothing of it is needed any more:"
                yield f"{mark}[[deprecate]]"
                yield f"{mark}module = {_toml_string(self.found.dotted(fork.key))}"
                yield f"{mark}use    = {_toml_string(self.found.dotted(group.canonical.key))}"
                yield ""


def _by_count(keys: Iterable[Key]) -> list[Key]:
    """Return the modules without repetition, the most frequent first."""
    counts = Counter(keys)
    return sorted(counts, key=lambda key: (-counts[key], key))


def _toml_string(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _comment_lines(text: str) -> Iterator[str]:
    """Yield a text as wrapped comment lines."""
    line = "#"
    for word in text.split():
        if len(line) + len(word) + 1 > _WIDTH and line != "#":
            yield line
            line = "#"
        line += f" {word}"
    yield line
