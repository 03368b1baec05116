"""Where strings, comments, docstrings and documents name what moved: reported, never rewritten (UF005)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from functools import cache

from unfork.reading.source import Source, Unparsable
from unfork.values import NOTE, Finding
from unfork_codemods.plan import Migration

DOCUMENTS = (".md", ".rst", ".txt", ".toml", ".cfg", ".ini", ".yaml", ".yml")
"""Endings of the documents and configurations that are read for mentions."""
LARGEST = 1 << 20
"""Documents of more bytes than this are data, not documents."""


def mentions_of(before: Source, after: Source, migration: Migration) -> Iterator[Finding]:
    """Yield the mentions in the strings and comments of a file, at their places in ``before``.

    A mention that was rewritten, in a call that imports or patches, is none any more: those of ``after`` count.
    """
    if not migration.redirects or not before.has_outside_imports(mentioned_words(migration)):
        return
    pattern = _pattern(migration)
    if not _may_mention(before, pattern):
        return
    wanted = [text for _, text in _texts(after) if pattern.search(text)]
    if not wanted:
        return
    yield from _found(before, pattern, migration, frozenset(wanted))


def remarks(path: str, raw: bytes, migration: Migration) -> Iterator[Finding]:
    """Yield the mentions in the strings and comments of a file that is not looked at for any other reason."""
    if not migration.redirects or not _in_bytes(_pattern(migration)).search(raw):
        return
    try:
        source = Source.read(path, raw)
    except Unparsable:
        return  # it names nothing that could be read
    yield from _found(source, _pattern(migration), migration)


def _found(
    source: Source,
    pattern: re.Pattern[str],
    migration: Migration,
    only: Collection[str] | None = None,
) -> Iterator[Finding]:
    for offset, text in _texts(source):
        if only is not None and text not in only:
            continue
        for match in pattern.finditer(text):
            before = text[: match.start()].encode(errors="surrogatepass")
            line, col = source.location(offset + len(before))
            yield _finding(source.path, line, col, match, migration)


def _may_mention(source: Source, pattern: re.Pattern[str]) -> bool:
    """Return whether the pattern stands outside the import statements: only then is a closer look worth it."""
    found = _in_bytes(pattern).finditer(source.data)
    return any(not source.in_import(match.start()) for match in found)


@cache
def _in_bytes(pattern: re.Pattern[str]) -> re.Pattern[bytes]:
    return re.compile(pattern.pattern.encode())


def document_mentions(path: str, raw: bytes, migration: Migration) -> Iterator[Finding]:
    """Yield the mentions in a document."""
    if not migration.redirects or len(raw) > LARGEST or b"[[redirect]]" in raw:
        return  # a migration has to name what it moves
    pattern = _pattern(migration)
    text = raw.decode(errors="replace")
    for match in pattern.finditer(text):
        start = text.rfind("\n", 0, match.start()) + 1
        line = text.count("\n", 0, match.start()) + 1
        yield _finding(path, line, match.start() - start + 1, match, migration)


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


@cache
def _sources(words: tuple[tuple[str, ...], ...], names: tuple[str, ...]) -> re.Pattern[str]:
    paths = []
    for parts in words:
        whole = r"(?:\.|/|\\\\?)".join(map(re.escape, parts[-2:]))
        paths.append(rf"(?:\w+(?:\.|/|\\\\?))*{whole}(?:\.py\b)?")
    alternatives = [*paths, *(re.escape(name) for name in names)]
    return re.compile(r"(?<![\w.])(?:" + "|".join(alternatives) + r")(?!\w)")


def mentioned_words(migration: Migration) -> frozenset[bytes]:
    """Return words of which a mention has one."""
    words = {redirect.source.rpartition(".")[2] for redirect in migration.redirects}
    words |= {name for redirect in migration.redirects for name in redirect.names}
    return frozenset(word.encode() for word in words)


def _pattern(migration: Migration) -> re.Pattern[str]:
    """Return the pattern of what moved: modules by two segments at least, or by one that says enough, and names."""
    modules = [tuple(redirect.source.split(".")) for redirect in migration.redirects]
    targets = {redirect.to.rpartition(".")[2] for redirect in migration.redirects if redirect.to}
    single = [(parts[-1],) for parts in modules if "_" in parts[-1] and parts[-1] not in targets]
    kept = {target.name for redirect in migration.redirects for target in redirect.names.values()}
    names = {
        name for redirect in migration.redirects for name in redirect.names if name not in kept
    }
    return _sources((*modules, *single), tuple(sorted(names)))


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
