"""Mentions of moved names in strings, comments, docstrings and documents: reported, never rewritten (UF005)."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Iterator

from unfork.file_kinds import is_of_unfork
from unfork.reading.ignores import has_marks, is_ignored_on_line, without_ignored
from unfork.reading.layout import key_of
from unfork.reading.source import Source, Unparsable
from unfork.rewriting.moved_names import Look, Mention, Moved
from unfork.values import MENTION, Finding
from unfork_codemods.edits import Edit

LARGEST = 1 << 20
"""Documents of more bytes than this are data, not documents."""
_BEGINNING = 8000
"""In so many bytes git looks for a NUL: a file that has one is binary."""
_ALL = re.compile(
    rb"^__all__\b(?:[^\[\](){}\n=]*\+?=|\.\w+)[^\[\](){}\n]*[\[(][^\[\](){}]*[\])]+", re.MULTILINE
)
"""Statements about ``__all__``: its entries are names of the file itself."""
_WARNING = " is deprecated"
"""What follows the module's name in the warning that a deprecation inserts."""


def mentions_of(
    before: Source, after: Source, moved: Moved, edits: Collection[Edit] = ()
) -> Iterator[Finding]:
    """Yield the mentions in the strings and comments of a file, at their places in ``before``.

    A mention that was rewritten, in a call that imports or patches, is none any more: those of ``after`` count, except
    where one of the ``edits`` is.
    """
    look = moved.look(before.data)
    if look is None or not _may_mention(before, look):
        return
    path = before.path
    texts = (text for _, text in _strings_and_comments(after, look))
    wanted = frozenset(text for text in texts if any(moved.mentions(look, text, path)))
    if wanted:
        yield from _find_mentions(before, look, moved, wanted, edits)


def remaining_mentions(path: str, raw: bytes, moved: Moved) -> Iterator[Finding]:
    """Yield the mentions in the strings and comments of a file that is not looked at for any other reason."""
    look = moved.look(raw)
    if look is None:
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
    edits: Collection[Edit] = (),
) -> Iterator[Finding]:
    for offset, text in _strings_and_comments(source, look):
        if only is not None and text not in only:
            continue
        for mention in moved.mentions(look, text, source.path):
            if not _is_inserted_warning(source.path, text, mention, moved):
                at = offset + len(text[: mention.start].encode(errors="surrogatepass"))
                end = at + len(mention.said.encode(errors="surrogatepass"))
                if any(edit.start < end and at < edit.end for edit in edits):
                    continue
                line, col = source.location(at)
                yield _mention_finding(source.path, line, col, mention)


def _is_inserted_warning(path: str, text: str, mention: Mention, moved: Moved) -> bool:
    """Return whether a module says of itself that it is deprecated, in the words that unfork inserts."""
    end = mention.start + len(mention.said)
    if not text.startswith(_WARNING, end):
        return False
    key = key_of(path)
    return any(moved.index.named(module).key == key for module in moved.modules)


def _may_mention(source: Source, look: Look) -> bool:
    """Return whether something stands outside the import statements: only then is a closer look worth it."""
    if not source.has_outside_imports(look.words):
        return False
    matches = look.core.finditer(source.data)
    return any(not source.in_import(match.start()) for match in matches)


def document_mentions(path: str, raw: bytes, moved: Moved) -> Iterator[Finding]:
    """Yield the mentions in a text file; none in what unfork itself reads or writes: migrations and baselines."""
    if len(raw) > LARGEST or b"\0" in raw[:_BEGINNING]:
        return
    look = moved.look(raw)
    if look is None or is_of_unfork(raw):
        return
    text = raw.decode(errors="replace")
    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    marked = has_marks(raw)
    for mention in moved.mentions(look, text, path):
        line = bisect_right(starts, mention.start)
        if marked and is_ignored_on_line(text[starts[line - 1] :].partition("\n")[0], MENTION):
            continue
        yield _mention_finding(path, line, mention.start - starts[line - 1] + 1, mention)


def _mention_finding(path: str, line: int, col: int, mention: Mention) -> Finding:
    return Finding(path, line, col, MENTION, f"{mention.said} {mention.now}")


_TEXTS = re.compile(
    rb"(\"\"\"(?:\\.|[^\\])*?\"\"\"|'''(?:\\.|[^\\])*?'''|"
    rb"\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|#[^\n]*)|[^\"'#]+",
    re.DOTALL,
)
"""The strings and comments of a text, and what lies between them."""


def _strings_and_comments(source: Source, look: Look) -> Iterator[tuple[int, str]]:
    """Yield the strings and comments of a file that parses and may have a mention, with their offsets.

    ``tokenize`` takes fifty times as long. A string in the braces of an f-string, with the quotes that are around it
    (PEP 701), is taken for code: a mention there is not reported.
    """
    listed = [match.span() for match in _ALL.finditer(source.data)]
    for match in _TEXTS.finditer(source.data):
        text = match[1]
        if text is None or not look.core.search(text):
            continue
        if not any(a <= match.start() < b for a, b in listed):
            yield match.start(), text.decode(errors="replace")
