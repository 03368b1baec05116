"""Where strings, comments, docstrings and documents name what moved: reported, never rewritten (UF005)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from unfork.reading.index import Index
from unfork.reading.source import Source, Unparsable
from unfork.values import NOTE, Finding
from unfork_codemods.plan import Migration

DOCUMENTS = (".md", ".rst", ".txt", ".toml", ".cfg", ".ini", ".yaml", ".yml")
"""Endings of the documents and configurations that are read for mentions."""
LARGEST = 1 << 20
"""Documents of more bytes than this are data, not documents."""

_BETWEEN = r"(?:\.|/|\\\\?)"
"""What stands between the names of a module's path."""


@dataclass(frozen=True)
class Moved:
    """What may be named: the modules and names that a migration moves.

    ``staying`` are, by legacy package, the modules and folders in it that stay where they are.
    """

    migration: Migration
    staying: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, migration: Migration, index: Index) -> Moved:
        """Return what a migration moves in a project."""
        sources = {index.named(each.source).key: each.source for each in migration.redirects}
        staying: dict[str, set[str]] = {source: set() for source in sources.values()}
        for key in index.layout.inside(sources):
            package, _, name = key.rpartition("/")
            if key not in sources:
                staying[sources[package]].add(name)
        return cls(migration, {source: frozenset(names) for source, names in staying.items()})

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The pattern of what moved: modules by two segments at least, or by one that says enough, and names."""
        redirects = self.migration.redirects
        targets = {redirect.to.rpartition(".")[2] for redirect in redirects if redirect.to}
        paths = []
        for parts in sorted((r.source.split(".") for r in redirects), key=len, reverse=True):
            source = ".".join(parts)
            paths.append(self._path(source, parts[-2:]))
            if "_" in parts[-1] and parts[-1] not in targets:
                paths.append(self._path(source, parts[-1:]))
        kept = {target.name for redirect in redirects for target in redirect.names.values()}
        names = {name for redirect in redirects for name in redirect.names if name not in kept}
        alternatives = [*paths, *(rf"{re.escape(name)}(?!\w)" for name in sorted(names))]
        return re.compile(r"(?<![\w.])(?:" + "|".join(alternatives) + ")")

    def _path(self, source: str, parts: Iterable[str]) -> str:
        """Return the pattern of a module's path, not one that leads on to what stays where it is."""
        whole = _BETWEEN.join(map(re.escape, parts))
        inside = "|".join(map(re.escape, sorted(self.staying.get(source, ()))))
        leads_on = rf"(?!{_BETWEEN}(?:{inside})(?!\w))" if inside else ""
        return rf"(?:\w+{_BETWEEN})*{whole}(?:\.py\b)?(?!\w){leads_on}"

    @cached_property
    def in_bytes(self) -> re.Pattern[bytes]:
        """The pattern for what is not decoded."""
        return re.compile(self.pattern.pattern.encode())


def mentions_of(before: Source, after: Source, moved: Moved) -> Iterator[Finding]:
    """Yield the mentions in the strings and comments of a file, at their places in ``before``.

    A mention that was rewritten, in a call that imports or patches, is none any more: those of ``after`` count.
    """
    if not moved.migration.redirects or not before.has_outside_imports(
        mentioned_words(moved.migration)
    ):
        return
    if not _may_mention(before, moved):
        return
    wanted = [text for _, text in _texts(after) if moved.pattern.search(text)]
    if not wanted:
        return
    yield from _found(before, moved, frozenset(wanted))


def remarks(path: str, raw: bytes, moved: Moved) -> Iterator[Finding]:
    """Yield the mentions in the strings and comments of a file that is not looked at for any other reason."""
    if not moved.migration.redirects or not moved.in_bytes.search(raw):
        return
    try:
        source = Source.read(path, raw)
    except Unparsable:
        return  # it names nothing that could be read
    yield from _found(source, moved)


def _found(
    source: Source,
    moved: Moved,
    only: Collection[str] | None = None,
) -> Iterator[Finding]:
    for offset, text in _texts(source):
        if only is not None and text not in only:
            continue
        for match in moved.pattern.finditer(text):
            before = text[: match.start()].encode(errors="surrogatepass")
            line, col = source.location(offset + len(before))
            yield _finding(source.path, line, col, match, moved.migration)


def _may_mention(source: Source, moved: Moved) -> bool:
    """Return whether the pattern stands outside the import statements: only then is a closer look worth it."""
    found = moved.in_bytes.finditer(source.data)
    return any(not source.in_import(match.start()) for match in found)


def document_mentions(path: str, raw: bytes, moved: Moved) -> Iterator[Finding]:
    """Yield the mentions in a document."""
    if not moved.migration.redirects or len(raw) > LARGEST or b"[[redirect]]" in raw:
        return  # a migration has to name what it moves
    text = raw.decode(errors="replace")
    for match in moved.pattern.finditer(text):
        start = text.rfind("\n", 0, match.start()) + 1
        line = text.count("\n", 0, match.start()) + 1
        yield _finding(path, line, match.start() - start + 1, match, moved.migration)


def _finding(path: str, line: int, col: int, match: re.Match[str], migration: Migration) -> Finding:
    said = match.group()
    return Finding(
        path, line, col, NOTE, f"{said} is named here, and moved: {_advice(said, migration)}"
    )


def _advice(said: str, migration: Migration) -> str:
    for redirect in migration.redirects:
        target = redirect.names.get(said)
        if target is not None:
            return f"it is {target.name} of {target.module} now"
    last = re.split(r"[./\\]+", said.removesuffix(".py"))
    for redirect in migration.redirects:
        if redirect.source.split(".")[-len(last) :] == last and redirect.to:
            return f"{redirect.source} gave way to {redirect.to}"
    return "its redirect says where"


def mentioned_words(migration: Migration) -> frozenset[bytes]:
    """Return words of which a mention has one."""
    words = {redirect.source.rpartition(".")[2] for redirect in migration.redirects}
    words |= {name for redirect in migration.redirects for name in redirect.names}
    return frozenset(word.encode() for word in words)


_TEXTS = re.compile(
    rb"(\"\"\"(?:\\.|[^\\])*?\"\"\"|'''(?:\\.|[^\\])*?'''|"
    rb"\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|#[^\n]*)|[^\"'#]+",
    re.DOTALL,
)
"""The strings and comments of a text, and what lies between them."""


def _texts(source: Source) -> Iterator[tuple[int, str]]:
    """Yield the strings and comments of a file that parses, with their offsets.

    ``tokenize`` takes fifty times as long. A string in the braces of an f-string, with the quotes that are around it
    (PEP 701), is taken for code: a mention there is not reported.
    """
    for match in _TEXTS.finditer(source.data):
        if match[1] is not None:
            yield match.start(), match[1].decode(errors="replace")
