"""A file's head: that what is told from it, and from what is behind it, is true of the whole."""

from __future__ import annotations

import ast

from hypothesis import given
from hypothesis import strategies as st

from unfork.reading.parsing import parses_as_module
from unfork.reading.source import Head, Source
from unfork_codemods.edits import Edit, apply_edits

LINES = (
    "import a",
    "from a import b",
    "from a import (",
    "    b,",
    ")",
    "try:",
    "    import a",
    "except ImportError:",
    "    a = None",
    "else:",
    "if a:",
    "def f():",
    "    return 1",
    "@f",
    "class C:",
    "x = [",
    "]",
    '"""',
    "x = 1 \\",
    "match x:",
    "    case 1:",
    "    pass",
    "<<<<<<< ours",
    "# import a",
    "",
)


@given(st.lists(st.sampled_from(LINES), max_size=12))
def test_a_head_and_a_rest_that_parse_are_a_whole_that_parses(lines: list[str]) -> None:
    data = "\n".join(lines).encode()
    head = Source.read("a.py", data).head()
    if isinstance(head, Head):
        assert parses_as_module(head.data[head.end :]) == parses_as_module(data)
        told = [ast.dump(statement.node) for statement in head.imports]
        if parses_as_module(data):
            assert told == [ast.dump(s.node) for s in Source.read("a.py", data).imports]


def test_an_edit_of_names_asks_only_whether_the_rest_parses() -> None:
    sound = b"from a.old import b\n\nprint(b)\n"
    broken = b"from a.old import b\n\nprint(b\n"
    edit = Edit(5, 10, b"a.c.new")
    for data in (sound, broken):
        head = Source.read("x.py", data).head()
        assert isinstance(head, Head)
        assert head.stays_module((edit,), apply_edits(data, (edit,))) == (data is sound)


def test_an_edit_of_more_than_names_asks_whether_the_new_text_parses() -> None:
    data = b"from a.old import b\n\nprint(b)\n"
    head = Source.read("x.py", data).head()
    assert isinstance(head, Head)
    torn = Edit(0, 19, b"from a import (b")
    whole = Edit(0, 19, b"from a import (b)")
    assert not head.stays_module((torn,), apply_edits(data, (torn,)))
    assert head.stays_module((whole,), apply_edits(data, (whole,)))
