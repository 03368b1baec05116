"""A file's text as the analysis sees it: UTF-8 without a byte order mark, whatever the file's encoding is.

``ast`` counts columns in UTF-8 bytes, so offsets refer to that text. The resulting edits are translated back to
the bytes of the file as stored.
"""

from __future__ import annotations

import ast
import codecs
import io
import re
import tokenize
import warnings
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate, chain
from operator import itemgetter
from typing import TypeVar, cast

from unfork.file_kinds import is_notebook
from unfork.reading.conflicts import conflict_line
from unfork.reading.examples import MARK, Examples, examples_of, functions_of
from unfork.reading.outlines import drop_function_bodies
from unfork.reading.parsing import parse_quietly, parses_as_module
from unfork.reading.statements import ImportStatement, import_statements
from unfork.worked_out import WorksOutOnce
from unfork_codemods.edits import Edit, apply_edits, sort_edits

_COOKIE = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)", re.ASCII)
_STATEMENT = re.compile(rb"^(?!(?:elif|else|except|finally)\b)[A-Za-z_@]", re.MULTILINE)
"""A line that begins an unindented statement."""
_LAZY = re.compile(rb"lazy(?:[ \t\f]|\\\r?\n)+")
"""The text before the keyword of an import that waits for its first use (PEP 810)."""
_DOTTED = re.compile(rb"\.*\w+(?:\.\w+)*")
_LINE_END = re.compile(rb"\r\n|\r|\n")

_ONE_WAY = "read and written again by its encoding, {}, it is another file; store it in UTF-8"
TOO_DEEP = "nested too deeply to be parsed"

_Node = TypeVar("_Node", bound=ast.AST)
Span = tuple[int, int]
"""The position of a text: the offset of its first byte and the offset after its last."""


class Unparsable(Exception):
    """A file that is not valid Python: the position and the reason, for UF007."""

    def __init__(self, line: int, col: int, why: str) -> None:
        self.line, self.col, self.why = line, col, why
        super().__init__(why)


class NeedsWhole(Exception):
    """Code needs more than a ``Head`` has: the file must be reprocessed in full."""


@dataclass(frozen=True)
class Source(WorksOutOnce):
    """The text of one file: ``raw`` as stored, ``data`` as UTF-8 without a byte order mark."""

    path: str
    raw: bytes
    data: bytes
    encoding: str

    @classmethod
    def read(cls, path: str, raw: bytes) -> Source:
        """Decode a file. Raises Unparsable for an encoding that is unknown or does not fit (PEP 263)."""
        bom = 3 if raw.startswith(codecs.BOM_UTF8) else 0
        head = raw[bom:].split(b"\n", 2)[:2]
        encoding = "utf-8-sig" if bom else "utf-8"
        try:
            if any(_COOKIE.match(line) for line in head):
                encoding = tokenize.detect_encoding(io.BytesIO(raw).readline)[0]
            if encoding.startswith("utf-8"):
                data = raw[bom:]
                if not data.isascii():
                    data.decode()
            else:
                data = raw.decode(encoding).encode()
                if data.decode().encode(encoding) != raw:
                    raise Unparsable(1, 1, _ONE_WAY.format(encoding))
        except UnicodeDecodeError as error:
            line = raw.count(b"\n", 0, bom + error.start) + 1
            raise Unparsable(line, 1, f"{error}; say which encoding it is (PEP 263)") from None
        except (SyntaxError, LookupError, UnicodeError) as error:
            raise Unparsable(1, 1, str(error)) from None
        if data.startswith(codecs.BOM_UTF8):
            raise Unparsable(1, 1, "invalid non-printable character U+FEFF")
        return cls(path, raw, data, encoding)

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax tree. Raises Unparsable."""
        text: bytes | str = self.data if self.encoding.startswith("utf-8") else self.data.decode()
        try:
            return parse_quietly(text)
        except SyntaxError as error:
            marker = conflict_line(self.data)
            if marker is not None:
                raise Unparsable(marker, 1, f"conflict markers, line {marker}") from None
            raise Unparsable(error.lineno or 1, max(1, error.offset or 1), error.msg) from None
        except (ValueError, MemoryError, RecursionError, UnicodeError) as error:
            raise Unparsable(1, 1, str(error) or TOO_DEEP) from None

    @cached_property
    def outline(self) -> ast.Module:
        """The syntax tree; functions may be parsed only when something looks into them. Raises Unparsable."""
        if "tree" in self.__dict__:
            return self.tree
        tree = replace(self).tree  # of another source, so that only the outline is kept
        drop_function_bodies(tree, self.data)
        return tree

    @cached_property
    def parents(self) -> dict[ast.AST, ast.AST]:
        """The parent of each node of the tree, level by level in the order of ``ast.walk``. Raises Unparsable."""
        parent_of: dict[ast.AST, ast.AST] = {}
        waiting: list[ast.AST] = [self.tree]
        for node in waiting:
            for value in node.__dict__.values():
                if value.__class__ is list:
                    below = [child for child in value if isinstance(child, ast.AST)]
                elif isinstance(value, ast.AST) and not isinstance(value, ast.expr_context):
                    below = [value]
                else:
                    continue
                waiting += below
                for child in below:
                    parent_of[child] = node
        return parent_of

    @property
    def nodes(self) -> Iterator[ast.AST]:
        """The nodes of the tree, level by level. Raises Unparsable."""
        return chain([self.tree], self.parents)

    def nodes_of(self, *types: type[_Node]) -> tuple[_Node, ...]:
        """Return the nodes of some types, level by level. Raises Unparsable."""
        if types not in self._nodes_by_types:
            self._nodes_by_types[types] = tuple(n for n in self.nodes if isinstance(n, types))
        return cast(tuple[_Node, ...], self._nodes_by_types[types])

    @cached_property
    def _nodes_by_types(self) -> dict[tuple[type[ast.AST], ...], tuple[ast.AST, ...]]:
        return {}

    def compiles(self) -> None:
        """Raise Unparsable if the text has a syntax tree but does not compile: a ``return`` outside a function."""
        flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT if is_notebook(self.path) else 0
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                compile(self.data, self.path, "exec", flags, dont_inherit=True)
        except SyntaxError as error:
            raise Unparsable(error.lineno or 1, max(1, error.offset or 1), error.msg) from None

    @cached_property
    def imports(self) -> tuple[ImportStatement, ...]:
        """The import statements, in source order. Raises Unparsable."""
        try:
            return tuple(import_statements(self.tree))
        except RecursionError:
            raise Unparsable(1, 1, TOO_DEEP) from None

    @cached_property
    def examples(self) -> tuple[Examples, ...]:
        """The ``>>>`` examples in the docstrings. Raises Unparsable."""
        return examples_of(self.tree) if MARK in self.data else ()

    @cached_property
    def example_functions(self) -> tuple[ast.FunctionDef, ...]:
        """The examples of each docstring, as a function at the end of the module. Raises Unparsable."""
        return tuple(functions_of(self.examples, self.data))

    def has_outside_imports(self, words: Iterable[bytes]) -> bool:
        """Return whether one of the words occurs outside the import statements. Raises Unparsable."""
        return any(
            not self.in_import(at) for word in words for at in _offsets_of_word(self.data, word)
        )

    def in_import(self, offset: int) -> bool:
        """Return whether ``offset`` lies in an import statement. Raises Unparsable."""
        last = bisect_right(self._import_spans, offset, key=itemgetter(0)) - 1
        return last >= 0 and offset < self._import_spans[last][1]

    @cached_property
    def _import_spans(self) -> list[Span]:
        return [self.span(statement.node) for statement in self.imports]

    def head(self) -> Source:
        """Return the file up to its last import statement; the whole file if that part cannot be parsed separately.

        A text that ends before an unindented statement, and that parses, is a valid beginning of the file: an open
        string, bracket or decorator would not parse. Parsing only that takes a tenth of the time.
        """
        last = self.data.rfind(b"import")
        line_end = self.data.find(b"\n", last) if last >= 0 else -1
        behind = _STATEMENT.search(self.data, line_end + 1) if line_end >= 0 else None
        if behind is None or not self.encoding.startswith("utf-8"):
            return self
        try:
            part = parse_quietly(self.data[: behind.start()])
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            return self
        return Head(self.path, self.raw, self.data, self.encoding, part, behind.start())

    @cached_property
    def _line_starts(self) -> list[int]:
        lines = self.data.splitlines(keepends=True)
        open_end = bool(lines) and not lines[-1].endswith((b"\r", b"\n"))
        return [0, *accumulate(map(len, lines[:-1] if open_end else lines))]

    def offset(self, line: int, col: int) -> int:
        """Return the offset of a position as ``ast`` gives it: line from 1, column in UTF-8 bytes from 0."""
        return self._line_starts[line - 1] + col

    def span(self, node: ast.stmt | ast.expr | ast.alias | ast.arg) -> Span:
        """Return the offsets of a node's text."""
        end_line, end_col = node.end_lineno or node.lineno, node.end_col_offset or node.col_offset
        return self.offset(node.lineno, node.col_offset), self.offset(end_line, end_col)

    def keyword(self, node: ast.Import | ast.ImportFrom) -> int:
        """Return the offset of an import's ``import`` or ``from`` keyword: after ``lazy``, if present."""
        start, end = self.span(node)
        lazy = _LAZY.match(self.data, start, end)
        return lazy.end() if lazy else start

    def text(self, node: ast.stmt | ast.expr | ast.alias | ast.arg) -> bytes:
        """Return a node's text."""
        start, end = self.span(node)
        return self.data[start:end]

    def location(self, offset: int) -> tuple[int, int]:
        """Return line and column of an offset, both from 1, the column in characters."""
        line = bisect_right(self._line_starts, offset)
        start, column = self._known_columns.get(line, (offset + 1, 1))
        if start > offset:
            start, column = self._line_starts[line - 1], 1
        column += len(self.data[start:offset].decode(errors="replace"))
        self._known_columns[line] = offset, column
        return line, column

    @cached_property
    def _known_columns(self) -> dict[int, tuple[int, int]]:
        """The last requested offset in each line, with its column: a line may be a whole file."""
        return {}

    def place(self, line: int, col: int) -> int:
        """Return the offset in ``raw`` of a finding's position: line and column from 1, the column in characters."""
        start = self._line_starts[line - 1] if line <= len(self._line_starts) else len(self.data)
        before = self.data[start : self.line_end(start)].decode(errors="replace")[: col - 1]
        return self._raw_offset(start + len(before.encode()))

    def place_of(self, offset: int) -> tuple[int, int]:
        """Return the line and column of an offset in ``raw``, as findings give them."""
        head = Source.read(self.path, self.raw[:offset])
        return self.location(len(head.data))

    def line_start(self, offset: int) -> int:
        """Return the offset at which the line of ``offset`` starts."""
        return self._line_starts[bisect_right(self._line_starts, offset) - 1]

    def line_end(self, offset: int) -> int:
        """Return the offset at which the line of ``offset`` ends, without its line ending."""
        match = _LINE_END.search(self.data, offset)
        return match.start() if match else len(self.data)

    def next_line(self, end: int) -> int:
        """Return the offset after the line ending at ``end``, or ``end`` at the end of the text."""
        match = _LINE_END.match(self.data, end)
        return match.end() if match else end

    def line(self, number: int) -> bytes:
        """Return a line's text by its number, from 1, without its line ending."""
        start = self._line_starts[number - 1]
        return self.data[start : self.line_end(start)]

    @cached_property
    def newline(self) -> bytes:
        """The line ending that the file uses (its first)."""
        match = _LINE_END.search(self.data)
        return match.group() if match else b"\n"

    def stored_edits(self, edits: Iterable[Edit]) -> tuple[Edit, ...]:
        """Return edits of ``data`` as edits of ``raw``.

        Raises UnicodeEncodeError if the file's encoding cannot represent a new text.
        """
        edits = sort_edits(edits)
        if self.encoding == "utf-8":
            return edits
        if self.encoding == "utf-8-sig":
            return tuple(Edit(e.start + 3, e.end + 3, e.text) for e in edits)
        stored = tuple(
            Edit(self._raw_offset(e.start), self._raw_offset(e.end), self._encode_text(e.text))
            for e in edits
        )
        if apply_edits(self.raw, stored) != self._encode_text(apply_edits(self.data, edits)):
            raise UnicodeEncodeError(
                self.encoding, "", 0, 0, "what is written changes what follows"
            )
        return stored

    def _raw_offset(self, offset: int) -> int:
        if self.encoding == "utf-8":
            return offset
        return len(self._encode_text(self.data[:offset]))

    def _encode_text(self, text: bytes) -> bytes:
        return text.decode().encode(self.encoding)


@dataclass(frozen=True)
class Head(Source):
    """A file whose statements are known up to the last import; accessing more raises NeedsWhole."""

    part: ast.Module
    end: int

    def stays_module(self, edits: Sequence[Edit], new: bytes) -> bool:
        """Return whether the text with ``edits`` of import statements, ``new``, is certainly a module.

        Replacing one dotted name with another does not affect whether a text parses, and the head does parse: then only
        the text after it must be checked.
        """
        if all(self._is_of_names(edit) for edit in edits):
            return parses_as_module(self.data[self.end :])
        return parses_as_module(new)

    def _is_of_names(self, edit: Edit) -> bool:
        old = self.data[edit.start : edit.end]
        return edit.end <= self.end and bool(
            _DOTTED.fullmatch(old) and _DOTTED.fullmatch(edit.text)
        )

    @cached_property
    def tree(self) -> ast.Module:
        """Raise NeedsWhole."""
        raise NeedsWhole

    @cached_property
    def imports(self) -> tuple[ImportStatement, ...]:
        """The import statements, in source order."""
        return tuple(import_statements(self.part))


def _offsets_of_word(data: bytes, word: bytes) -> Iterator[int]:
    at = data.find(word)
    while at >= 0:
        yield at
        at = data.find(word, at + 1)


def string_span(source: Source, node: ast.Constant) -> Span | None:
    """Return the span of a string's content within its quotes; None if it is spelled differently there."""
    return content_span(source, *source.span(node), str(node.value))


def content_span(source: Source, start: int, end: int, value: str) -> Span | None:
    """Return the span of ``value`` within the quotes of the string at ``[start, end)``; None if it is not there."""
    text, content = source.data[start:end], value.encode(errors="surrogatepass")
    prefix = len(text) - len(text.lstrip(b"rRuU"))
    for quotes in (b'"""', b"'''", b'"', b"'"):
        if text[prefix:] == quotes + content + quotes:
            inner = start + prefix + len(quotes)
            return inner, inner + len(content)
    return None
