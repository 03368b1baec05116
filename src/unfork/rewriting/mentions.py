"""Mentions of moved names in strings, comments, docstrings and documents: reported, never rewritten (UF005)."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from unfork.reading.ignores import without_ignored
from unfork.reading.index import Index
from unfork.reading.prefilter import Words
from unfork.reading.source import Source, Unparsable
from unfork.values import MENTION, Finding
from unfork_codemods.migration import Migration

DOCUMENTS = (".md", ".rst", ".txt", ".toml", ".cfg", ".ini", ".yaml", ".yml")
"""Endings of the documents and configurations that are read for mentions."""
LARGEST = 1 << 20
"""Documents of more bytes than this are data, not documents."""

_DEEPEST = 30
"""So many folders a path may have before its module: each name in a text may be the first of them."""
_BETWEEN = r"(?:\.|/|\\\\?)"
"""What stands between the names of a module's path."""


@dataclass(frozen=True)
class Look:
    """How to look for mentions of the ``words``: ``core`` is part of each, and found faster than ``pattern``."""

    words: frozenset[bytes]
    pattern: re.Pattern[str]
    in_bytes: re.Pattern[bytes]
    core: re.Pattern[bytes]


@dataclass(frozen=True)
class Moved:
    """What may be named: the modules and names that a migration moves.

    ``staying`` are, by legacy package, the modules and folders in it that stay where they are.
    """

    migration: Migration
    staying: Mapping[str, frozenset[str]]
    _looks: dict[frozenset[bytes], Look] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, migration: Migration, index: Index) -> Moved:
        """Return what a migration moves in a project."""
        sources = {
            index.named(redirect.source).key: redirect.source for redirect in migration.redirects
        }
        staying: dict[str, set[str]] = {source: set() for source in sources.values()}
        for key in index.layout.inside(sources):
            package, _, name = key.rpartition("/")
            if key not in sources:
                staying[sources[package]].add(name)
        return cls(migration, {source: frozenset(names) for source, names in staying.items()})

    @cached_property
    def words(self) -> Words:
        """Words of which a mention has one."""
        return Words(frozenset(word.encode() for word, _, _ in self._word_patterns))

    def mentions(self, look: Look, text: str) -> Iterator[re.Match[str]]:
        """Yield where a text names what moved: what ends like a module that moved may be another, or its target."""
        return (
            mention
            for mention in look.pattern.finditer(text)
            if self._may_be_moved(mention.group())
        )

    def look(self, data: bytes) -> Look | None:
        """Return how to look into a text for what it has of the words; None where a first look finds nothing."""
        present = self.words.found(data)
        if not present:
            return None
        if present not in self._looks:
            ways = [way for way in self._word_patterns if way[0].encode() in present]
            module_destination = (
                r"(?<![\w.])(?:" + "|".join(pattern for _, pattern, _ in ways) + ")"
            )
            core = "|".join(core for _, _, core in ways)
            patterns = (
                re.compile(module_destination),
                re.compile(module_destination.encode()),
                re.compile(core.encode()),
            )
            self._looks[present] = Look(present, *patterns)
        look = self._looks[present]
        return look if look.core.search(data) else None

    @cached_property
    def _word_patterns(self) -> tuple[tuple[str, str, str], ...]:
        """The patterns of modules by two segments at least, or by one that says enough, and of names.

        Each has the word that it ends in, and a part that it has in any case, and that starts with a known letter.
        """
        redirects = self.migration.redirects
        targets = {redirect.to.rpartition(".")[2] for redirect in redirects if redirect.to}
        ways = []
        for parts in sorted((r.source.split(".") for r in redirects), key=len, reverse=True):
            source = ".".join(parts)
            ways.append((parts[-1], *self._path_pattern(source, parts[-2:])))
            if "_" in parts[-1] and parts[-1] not in targets:
                ways.append((parts[-1], *self._path_pattern(source, parts[-1:])))
        kept = {target.name for redirect in redirects for target in redirect.names.values()}
        names = {name for redirect in redirects for name in redirect.names if name not in kept}
        ways += [(n, rf"{re.escape(n)}(?!\w)", re.escape(n)) for n in sorted(names)]
        return tuple(ways)

    def _may_be_moved(self, said: str) -> bool:
        """Return whether a path, with less or more before it, is one of a module that moved, and of no target.

        b.legacy    ../src/a/b/legacy.py    but not other.b.legacy
        """
        parts = _path_segments(said)
        if len(parts) == 1:
            return True  # a name, or a module by a segment that says enough
        source = _agreeing_segments(parts, self._source_parts)
        return source[0] > 0 and source >= _agreeing_segments(parts, self._target_parts)

    @cached_property
    def _source_parts(self) -> tuple[list[str], ...]:
        return tuple(redirect.source.split(".") for redirect in self.migration.redirects)

    @cached_property
    def _target_parts(self) -> tuple[list[str], ...]:
        redirects = self.migration.redirects
        places = {redirect.to for redirect in redirects if redirect.to}
        places |= {target.module for redirect in redirects for target in redirect.names.values()}
        return tuple(place.split(".") for place in sorted(places))

    def _path_pattern(self, source: str, parts: Iterable[str]) -> tuple[str, str]:
        """Return the pattern of a module's path, not one that leads on to what stays where it is, and its core."""
        module_destination = _BETWEEN.join(map(re.escape, parts))
        inside = "|".join(map(re.escape, sorted(self.staying.get(source, ()))))
        leads_on = rf"(?!{_BETWEEN}(?:{inside})(?!\w))" if inside else ""
        return (
            rf"(?:\w+{_BETWEEN}){{0,{_DEEPEST}}}{module_destination}(?:\.py\b)?(?!\w){leads_on}",
            module_destination,
        )


def mentions_of(before: Source, after: Source, moved: Moved) -> Iterator[Finding]:
    """Yield the mentions in the strings and comments of a file, at their places in ``before``.

    A mention that was rewritten, in a call that imports or patches, is none any more: those of ``after`` count.
    """
    look = moved.look(before.data)
    if look is None or not _may_mention(before, look):
        return
    wanted = [text for _, text in _strings_and_comments(after) if any(moved.mentions(look, text))]
    if not wanted:
        return
    yield from _find_mentions(before, look, moved, frozenset(wanted))


def remaining_mentions(path: str, raw: bytes, moved: Moved) -> Iterator[Finding]:
    """Yield the mentions in the strings and comments of a file that is not looked at for any other reason."""
    look = moved.look(raw)
    if look is None or not look.in_bytes.search(raw):
        return
    try:
        source = Source.read(path, raw)
    except Unparsable:
        return  # it names nothing that could be read
    yield from without_ignored(source, _find_mentions(source, look, moved))


def _find_mentions(
    source: Source,
    look: Look,
    moved: Moved,
    only: Collection[str] | None = None,
) -> Iterator[Finding]:
    for offset, text in _strings_and_comments(source):
        if only is not None and text not in only:
            continue
        read = 0
        for match in moved.mentions(look, text):
            offset += len(text[read : match.start()].encode(errors="surrogatepass"))
            read = match.start()
            line, col = source.location(offset)
            yield _mention_finding(source.path, line, col, match, moved.migration)


def _may_mention(source: Source, look: Look) -> bool:
    """Return whether something stands outside the import statements: only then is a closer look worth it."""
    if not source.has_outside_imports(look.words):
        return False
    matches = look.core.finditer(source.data)
    return any(not source.in_import(match.start()) for match in matches)


def document_mentions(path: str, raw: bytes, moved: Moved) -> Iterator[Finding]:
    """Yield the mentions in a document."""
    if len(raw) > LARGEST or b"[[redirect]]" in raw:
        return  # a migration has to name what it moves
    look = moved.look(raw)
    if look is None:
        return
    text = raw.decode(errors="replace")
    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    for match in moved.mentions(look, text):
        line = bisect_right(starts, match.start())
        col = match.start() - starts[line - 1] + 1
        yield _mention_finding(path, line, col, match, moved.migration)


def _mention_finding(
    path: str, line: int, col: int, match: re.Match[str], migration: Migration
) -> Finding:
    said = match.group()
    return Finding(
        path,
        line,
        col,
        MENTION,
        f"{said} {_where_it_moved(said, migration)}",
    )


def _where_it_moved(said: str, migration: Migration) -> str:
    for redirect in migration.redirects:
        target = redirect.names.get(said)
        if target is not None:
            return f"is now {target.module}.{target.name}"
    path = _path_segments(said)
    for redirect in migration.redirects:
        source = redirect.source.split(".")
        shared = min(len(path), len(source))
        if redirect.to and path[-shared:] == source[-shared:]:
            return f"is now {redirect.to}"
    return "has moved"


def _path_segments(said: str) -> list[str]:
    return re.split(r"[./\\]+", said.removesuffix(".py"))


def _agreeing_segments(parts: list[str], modules: Iterable[list[str]]) -> tuple[int, bool]:
    """Return in how many segments a path agrees with a module as far as both go, and whether it is that module's."""
    ends = ((min(len(parts), len(module)), module) for module in modules)
    return max(
        ((n, parts == module) for n, module in ends if parts[-n:] == module[-n:]),
        default=(0, False),
    )


_TEXTS = re.compile(
    rb"(\"\"\"(?:\\.|[^\\])*?\"\"\"|'''(?:\\.|[^\\])*?'''|"
    rb"\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|#[^\n]*)|[^\"'#]+",
    re.DOTALL,
)
"""The strings and comments of a text, and what lies between them."""


def _strings_and_comments(source: Source) -> Iterator[tuple[int, str]]:
    """Yield the strings and comments of a file that parses, with their offsets.

    ``tokenize`` takes fifty times as long. A string in the braces of an f-string, with the quotes that are around it
    (PEP 701), is taken for code: a mention there is not reported.
    """
    for match in _TEXTS.finditer(source.data):
        if match[1] is not None:
            yield match.start(), match[1].decode(errors="replace")
