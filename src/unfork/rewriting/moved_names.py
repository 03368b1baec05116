"""The modules and names that a migration moves, as a text may spell them, and where they are from now on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from unfork.reading.index import Index
from unfork.reading.layout import parent_folder
from unfork.reading.prefilter import Words
from unfork.rewriting.respellings import Respellings
from unfork_codemods.migration import Migration
from unfork_codemods.project import Destination, ImportCodemod, ImportedName, Located, is_external

_DEEPEST = 30
"""How many folders a path may have before its module: each name in a text may be the first of them."""
_DOT = r"\\{0,2}\."
"""A dot, also as a regular expression spells it."""
_BETWEEN = rf"(?:{_DOT}|\\?/|\\\\?)"
"""What stands between the names of a module's path; JSON escapes slashes."""
_BEFORE_LAST = rf"(?:{_DOT}|:|\\?/|\\\\?)"
"""What stands before the last of them: a colon, too, in Bazel's labels and in entry points."""
_ESCAPE = re.compile(r"\\[nrt](?=\w)")
"""An escape sequence: its letter is not the beginning of a name in ``"\\nshop.billing"``."""
_ESCAPED_DOT = re.compile(r"\\{1,2}\.")
_TAIL = rf"(?:(?:{_DOT}|:)[^\W\d]\w*)?"
"""A name that is taken of a module, or the suffix of a file."""
_IMPORT = re.compile(r"from\s+([\w.]+)\s+import\s.*?(\w+)\Z", re.DOTALL)


class Mention(NamedTuple):
    """A mention of what moved: where it ``start``s in a text, in characters, what it says, and what became of that."""

    start: int
    said: str
    now: str


class _Way(NamedTuple):
    """A way to spell something: the word it has, the pattern, and a part that starts with a known letter.

    ``near`` is another text that it has.
    """

    word: str
    pattern: str
    core: str
    near: str = ""


class Look:
    """How to look for mentions of the ``words``: ``core`` is part of each, and found faster than ``pattern``.

    Nearly every file has words of its own, and few files need more than ``core``: the others are compiled when used.
    """

    def __init__(self, words: frozenset[bytes], ways: Sequence[_Way]) -> None:
        self.words = words
        self._ways = ways
        self.core = re.compile("|".join(dict.fromkeys(way.core for way in ways)).encode())

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The pattern of a mention in a text."""
        any_way = "|".join(way.pattern for way in self._ways)
        return re.compile(rf"(?<![\w.])(?:{any_way})", re.MULTILINE)


@dataclass(frozen=True)
class Moved:
    """What may be named: the modules and names that a migration moves, deprecates or removes.

    ``staying`` are, by legacy package, the modules and folders in it that stay where they are. ``respellings`` are what
    alignments and repairs spell differently.
    """

    migration: Migration
    index: Index
    redirecting: ImportCodemod | None
    staying: Mapping[str, frozenset[str]]
    respellings: Respellings
    _looks: dict[frozenset[tuple[bytes, bytes]], Look] = field(
        default_factory=dict, repr=False, compare=False
    )

    @classmethod
    def of(cls, migration: Migration, index: Index, codemods: Iterable[ImportCodemod]) -> Moved:
        """Return what a migration moves in a project."""
        codemods = tuple(codemods)
        redirecting = next((codemod for codemod in codemods if codemod.step == "redirect"), None)
        sources = {
            index.named(redirect.source).key: redirect.source for redirect in migration.redirects
        }
        staying: dict[str, set[str]] = {source: set() for source in sources.values()}
        for key in index.layout.inside(sources):
            package, _, name = key.rpartition("/")
            if key not in sources:
                staying[sources[package]].add(name)
        kept = {source: frozenset(names) for source, names in staying.items()}
        respellings = Respellings.of(migration, index, codemods)
        return cls(migration, index, redirecting, kept, respellings)

    @cached_property
    def words(self) -> Words:
        """Words of which a mention has one."""
        return Words(frozenset(way.word.encode() for way in self._ways))

    @cached_property
    def modules(self) -> Mapping[str, str]:
        """The modules that are no longer to be named, each with what became of it."""
        modules = {step.module: "is removed" for step in self.migration.removes}
        for deprecate in self.migration.deprecates:
            use = f"; use {deprecate.use}" if deprecate.use else ""
            modules[deprecate.module] = f"is deprecated{use}"
        for redirect in self.migration.redirects:
            modules[redirect.source] = f"is now {redirect.to}" if redirect.to else "has moved"
        return modules

    def look(self, data: bytes) -> Look | None:
        """Return how to look into a text for what it has of the words; None where a first look finds nothing."""
        present = frozenset(
            (word, near)
            for word in self.words.present_in(data)
            for near in self._near[word]
            if near in data
        )
        if not present:
            return None
        if present not in self._looks:
            ways = [way for way in self._ways if (way.word.encode(), way.near.encode()) in present]
            self._looks[present] = Look(frozenset(word for word, _ in present), ways)
        look = self._looks[present]
        return look if look.core.search(data) else None

    @cached_property
    def _near(self) -> Mapping[bytes, frozenset[bytes]]:
        """What else a mention with a word has: one of these texts."""
        near: dict[bytes, set[bytes]] = {}
        for way in self._ways:
            near.setdefault(way.word.encode(), set()).add(way.near.encode())
        return {word: frozenset(texts) for word, texts in near.items()}

    def mentions(self, look: Look, text: str, path: str) -> Iterator[Mention]:
        """Yield where a text of the file ``path`` names what moved.

        What ends like a module that moved may be another one, or its target.
        """
        for match in look.pattern.finditer(text):
            start = match.start() - text.endswith("\\", 0, match.start())
            said = text[start : match.end()]
            starts = [match.start(), *(start + escape.end() for escape in _ESCAPE.finditer(said))]
            mentions = (list(self._mention(at, text[at : match.end()], path)) for at in starts)
            yield from next(filter(None, mentions), ())

    def _mention(self, start: int, said: str, path: str) -> Iterator[Mention]:
        plain = _ESCAPED_DOT.sub(".", said)
        for mention in self._plain_mention(start, plain, path):
            yield mention if plain == said else mention._replace(said=said)

    def _plain_mention(self, start: int, said: str, path: str) -> Iterator[Mention]:
        if said in self._names:
            yield Mention(start, said, f"is now {self._names[said]}")
            return
        named = _IMPORT.fullmatch(said)
        respelled = self.respellings.now(said if named is None else f"{named[1]}.{named[2]}")
        if respelled is not None:
            at = named.start(2) if named is not None else 0
            yield Mention(start + at, said[at:], f"is now {respelled}")
            return
        if named is not None:
            start, said = start + named.start(2), named[2]
            yield from self._module_mention(start, said, [*named[1].split("."), said], path)
            return
        module, name = _without_tail(said)
        parts = _path_segments(module)
        is_path = any(mark in said for mark in "/\\")
        if name and self._source_of([*parts, name], path) is not None:
            module, name, parts = said, "", [*parts, name]
        if name and is_path:
            if said[len(module)] == "." and not self._has_name(parts, name, path):
                return  # a file of another kind: billing/legacy.html
            name = ""
        yield from self._module_mention(start, module, parts, path, name, said)

    def _module_mention(
        self,
        start: int,
        module: str,
        parts: list[str],
        path: str,
        name: str = "",
        whole: str = "",
    ) -> Iterator[Mention]:
        source = self._source_of(parts, path)
        if source is None or (len(parts) == 1 and not self._tells(source, module, name, path)):
            return
        now = self._now_of_name(source, name) if name else None
        if now is not None:
            yield Mention(start, whole, now)
        elif any(mark in module for mark in "/\\") or module.endswith((".py", ".pyi")):
            yield Mention(start, module, self._now_of_file(source, module))
        else:
            yield Mention(start, module, self.modules[source])

    def _has_name(self, parts: list[str], name: str, path: str) -> bool:
        source = self._source_of(parts, path)
        return source is not None and name in self.index.names(self.index.named(source).key)

    # -- what became of it

    def _now_of_name(self, source: str, name: str) -> str | None:
        """Return what became of a name of a module; None if the module has no such name."""
        redirect = next((r for r in self.migration.redirects if r.source == source), None)
        if redirect is None:
            return None
        if name in redirect.names:
            target = redirect.names[name]
            return f"is now {target.module}.{target.name}"
        key = self.index.named(source).key
        if self.redirecting is None or name not in self.index.names(key):
            return None
        imported_name = ImportedName("", Located(key), source, name)
        destination = self.redirecting.destination(imported_name)
        if not isinstance(destination, Destination):
            return f"has no counterpart in {redirect.to}" if redirect.to else None
        return "is now " + ".".join(filter(None, (destination.spelling, destination.name)))

    def _now_of_file(self, source: str, said: str) -> str:
        """Return what became of a module's file, spelled with a suffix or without."""
        redirect = next((r for r in self.migration.redirects if r.source == source), None)
        key = self.index.named(redirect.to).key if redirect and redirect.to else ""
        files = self.index.layout.modules.get(key, ()) if not is_external(key) else ()
        if not files:
            return self.modules[source]
        has_suffix = said.endswith((".py", ".pyi"))
        return f"is now {files[0] if has_suffix else key}"

    # -- which module it is

    def _source_of(self, parts: list[str], path: str) -> str | None:
        """Return the module that a path names, with less or more before it; None for another, or a target.

        b.legacy    ../src/a/b/legacy.py    but not other.b.legacy
        """
        best = max(
            ((_agreement(parts, source.split(".")), source) for source in self.modules),
            default=((0, False), ""),
        )
        if best[0][0] == 0 or best[0] < self._agreement_of_targets(parts):
            return None
        return best[1]

    def _agreement_of_targets(self, parts: list[str]) -> tuple[int, bool]:
        if len(parts) == 1:
            return (0, False)
        return max((_agreement(parts, target) for target in self._targets), default=(0, False))

    @cached_property
    def _targets(self) -> tuple[list[str], ...]:
        redirects = self.migration.redirects
        places = {redirect.to for redirect in redirects if redirect.to}
        places |= {target.module for redirect in redirects for target in redirect.names.values()}
        return tuple(place.split(".") for place in sorted(places))

    def _tells(self, source: str, said: str, name: str, path: str) -> bool:
        """Return whether one word says enough: a word of its own, a name of the module, or a file beside the text."""
        last = source.rpartition(".")[2]
        if "_" in last and last not in {target[-1] for target in self._targets}:
            return True
        key = self.index.named(source).key
        if said.endswith((".py", ".pyi")):
            return parent_folder(key) == path.rpartition("/")[0]
        return "." not in source and (not name or name in self.index.names(key))

    @cached_property
    def _names(self) -> Mapping[str, str]:
        """The names that are called differently, each with its full new path."""
        redirects = self.migration.redirects
        kept = {target.name for redirect in redirects for target in redirect.names.values()}
        return {
            name: f"{target.module}.{target.name}"
            for redirect in redirects
            for name, target in redirect.names.items()
            if name not in kept
        }

    # -- how it may be spelled

    @cached_property
    def _ways(self) -> tuple[_Way, ...]:
        """The spellings of modules by two segments at least, or by one where that says enough, and of names."""
        ways: list[_Way] = []
        for source in sorted(self.modules, key=lambda name: name.count("."), reverse=True):
            ways += self._spellings(source, source.split("."))
        ways += [_Way(n, rf"{re.escape(n)}(?!\w)", re.escape(n)) for n in sorted(self._names)]
        ways += [_Way(*way) for way in self.respellings.patterns()]
        return tuple(ways)

    def _spellings(self, source: str, parts: Sequence[str]) -> Iterator[_Way]:
        last = parts[-1]
        if len(parts) > 1:
            yield _Way(last, *self._path_pattern(source, parts[-2:]), parts[-2])
            near = re.escape(parts[-2])
            names = rf"\(?\s*(?:\w+(?:\s+as\s+\w+)?\s*,\s*)*{re.escape(last)}(?!\w)"
            pattern = rf"from\s+(?:\w+\.)*{near}\s+import\s+{names}"
            yield _Way(last, pattern, rf"{near}\s+import", parts[-2])
        else:
            yield from _bare_spellings(last)
        if "_" in last:
            yield _Way(last, *self._path_pattern(source, parts[-1:]))
        file = rf"{re.escape(last)}{_DOT}py"
        yield _Way(last, rf"{file}i?(?!\w)", file, ".py")

    def _path_pattern(self, source: str, parts: Iterable[str]) -> tuple[str, str]:
        """Return the pattern of a module's path, not one that leads on to what stays where it is, and its core."""
        *before_last, last = map(re.escape, parts)
        dotted = _BEFORE_LAST.join((*before_last, last))
        inside = "|".join(map(re.escape, sorted(self.staying.get(source, ()))))
        leads_on = rf"(?!{_BETWEEN}(?:{inside})(?!\w))" if inside else ""
        before = rf"(?:\w+{_BETWEEN}){{0,{_DEEPEST}}}"
        return rf"{before}{dotted}(?:{_DOT}pyi?\b)?(?!\w){leads_on}{_TAIL}", dotted


def _bare_spellings(name: str) -> Iterator[_Way]:
    """Yield how a text names a module that is one word: not just by that word."""
    word = re.escape(name)
    for before in ("-m ", "import ", '"', "'", "`"):
        after = r"(?=\s*(?:$|[\"'`,;:]| as ))" if before == "import " else r"(?=\s|$|[\"'`:])"
        yield _Way(name, rf"(?<={before}){word}{after}", word)
    yield _Way(name, rf"(?<=from ){word}(?= import )", word)
    yield _Way(name, rf"{word}(?:{_DOT}|:)[^\W\d]\w*", word)
    yield _Way(name, rf"(?:\w+{_BETWEEN}){{1,{_DEEPEST}}}{word}{_DOT}pyi?(?!\w)", word)


def _without_tail(said: str) -> tuple[str, str]:
    """Return a path without the name that is taken of it, and that name, empty if there is none."""
    match = re.search(r"(?:(?<=\.py)|(?<=\.pyi)|(?<=\w))[.:]([^\W\d]\w*)\Z", said)
    if match is None or match[1] in ("py", "pyi"):
        return said, ""
    return said[: match.start()], match[1]


def _path_segments(said: str) -> list[str]:
    return re.split(r"[.:/\\]+", said.removesuffix(".py").removesuffix(".pyi"))


def _agreement(parts: list[str], module: list[str]) -> tuple[int, bool]:
    """Return in how many segments a path agrees with a module as far as both go, and whether it is that module's."""
    n = min(len(parts), len(module))
    return (n, parts == module) if parts[-n:] == module[-n:] else (0, False)
