"""Notebooks: whatever is edited in the text of the cells, nothing else in the file changes."""

from __future__ import annotations

import ast
import json
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unfork.reading.cells import OPAQUE, TEXT, python_parts
from unfork.reading.code_tree import notebook_text
from unfork.reading.notebook_json import NotebookError
from unfork.reading.notebooks import Notebook
from unfork_codemods.edits import Edit, apply_edits

LETTERS = st.text("ab\"'\\\té\N{GRINNING FACE}/ %!?", max_size=6)
LINES = st.one_of(
    st.just(""),
    LETTERS.map(lambda text: f"x = {text!r}"),
    LETTERS.map(lambda text: f"# {text}"),
)
MAGICS = st.sampled_from(["%matplotlib inline", "!echo 'a", "x?", "y = !ls", "%time x = 1"])


@dataclass(frozen=True)
class Written:
    """A notebook as a file, and as the value that it holds."""

    raw: bytes
    value: dict[str, object]


@st.composite
def notebooks(draw: st.DrawFn) -> Written:
    """Draw a notebook, with its cells in the ways in which programs write them."""
    cells: list[dict[str, object]] = []
    for lines in draw(st.lists(st.lists(st.one_of(LINES, MAGICS), max_size=5), max_size=4)):
        text = "\n".join(lines)
        source = text if draw(st.booleans()) else text.splitlines(keepends=True)
        kind = draw(st.sampled_from(["code", "code", "markdown"]))
        outputs = [{"text": [draw(LETTERS), '"source": ["x"]']}]
        cell = {"cell_type": kind, "metadata": {"source": draw(LETTERS)}, "source": source}
        cells.append(cell | ({"outputs": outputs} if kind == "code" else {}))
    value: dict[str, object] = {"metadata": {"b": 1, "a": [{}]}, "cells": cells, "nbformat": 4}
    indent = draw(st.sampled_from([None, 0, 1, 2]))
    separators = (",", ":") if indent is None and draw(st.booleans()) else None
    text = json.dumps(value, indent=indent, ensure_ascii=draw(st.booleans()), separators=separators)
    text += draw(st.sampled_from(["", "\n"]))
    return Written(text.replace("\n", draw(st.sampled_from(["\n", "\r\n"]))).encode(), value)


def _editable(notebook: Notebook) -> list[tuple[int, int]]:
    """Return the spans of the Python lines of a notebook's text, each with its line end."""
    spans, at = [], 0
    for line in notebook.text.splitlines(keepends=True):
        is_python = OPAQUE not in line and not line.startswith((TEXT, b"0;"))
        if is_python and at >= len(b"# notebook\n\n"):
            spans.append((at, at + len(line)))
        at += len(line)
    return spans


def _sources(value: dict[str, object]) -> list[str]:
    cells = value["cells"]
    assert isinstance(cells, list)
    return ["".join(cell["source"]) for cell in cells]


def _without_sources(value: dict[str, object]) -> list[object]:
    cells = value["cells"]
    assert isinstance(cells, list)
    return [{**value, "cells": None}, *({**cell, "source": None} for cell in cells)]


@settings(max_examples=200)
@given(notebooks(), st.data())
def test_any_edit_of_lines_is_an_edit_of_the_file(written: Written, data: st.DataObject) -> None:
    notebook = Notebook.read(written.raw)
    spans = data.draw(st.lists(st.sampled_from(_editable(notebook) or [(0, 0)]), unique=True))
    edits = []
    for start, end in sorted(spans):
        new = "\n".join(data.draw(st.lists(LINES.filter(bool), max_size=3)))
        keeps_end = data.draw(st.booleans()) or not new
        text = notebook.text[start:end]
        body = end - len(text) + len(text.rstrip(b"\r\n"))
        if end > start:
            edits.append(
                Edit(start, body, new.encode())
                if keeps_end and new
                else Edit(start, end, f"{new}\n".encode() if new else b"")
            )
    stored = notebook.stored_edits(edits)
    raw = apply_edits(written.raw, stored)
    value = json.loads(raw)
    assert _without_sources(value) == _without_sources(written.value)
    assert raw.count(b"\r\n") == raw.count(b"\n") or b"\r\n" not in written.raw
    expected = apply_edits(notebook.text, edits).replace(b"\r\n", b"\n")
    assert _squeezed(Notebook.read(raw).text) == _squeezed(expected)
    if not edits:
        assert raw == written.raw


def _squeezed(text: bytes) -> list[bytes]:
    return [line for line in text.splitlines() if line]


@given(notebooks())
def test_the_text_has_each_line_of_each_code_cell(written: Written) -> None:
    text = notebook_text(written.raw).decode()
    shown = text.replace("0#\x1f", "").replace("#\x1f", "").replace("\x1f", "")
    cells = written.value["cells"]
    assert isinstance(cells, list)
    for cell in cells:
        for line in "".join(cell["source"]).split("\n") if cell["cell_type"] == "code" else ():
            assert line.strip().replace("%time ", "") in shown
    compile(text, "notebook", "exec")


@given(notebooks(), st.data())
def test_offsets_in_python_lines_are_those_of_the_same_bytes(
    written: Written, data: st.DataObject
) -> None:
    notebook = Notebook.read(written.raw)
    for start, end in _editable(notebook):
        for offset in range(start, end):
            byte = notebook.text[offset : offset + 1]
            at = notebook.raw_offset(offset)
            if byte.isalnum() and byte.isascii():
                assert notebook.raw[at : at + 1] == byte


@pytest.mark.parametrize(
    "cell, text",
    [
        ("%time f(x)", "0;f(x)"),
        ("%timeit -n 10 -r3 f(x)", "0;f(x)"),
        ("%%timeit -n 10 a = f(x)\na.g()", "0;a = f(x)\na.g()"),
        ("%%timeit -n 10 -r3\nf(x)", "#%%timeit -n 10 -r3\nf(x)"),
        ("%%time f(x)\ny", "#%%time f(x)\ny"),
        ("y = %time f(x)", "y = f(x)"),
        ("%time for x in y: pass", "#%time for x in y: pass"),
        ("if x:\n    !ls", "if x:\n    0#!ls"),
        ("a, b = !ls 'x", "a, b = 0#!ls 'x"),
        ("!pip install \\\n  x", "#!pip install \\\n#  x"),
        ("f?\n?g\nh.i??", "#f?\n#?g\n#h.i??"),
        ("x = (1\n  % 2)", "x = (1\n  % 2)"),
        ("x = '''\n%time\n!ls\n'''\n%time x", "x = '''\n%time\n!ls\n'''\n0;x"),
        ("%%bash\nfor x in y; do", "#%%bash\n#for x in y; do"),
        ("%%time\nimport x", "#%%time\nimport x"),
        ("%%unknown\nimport x", "#%%unknown\n#import x"),
        ("let x = 1", "#let x = 1"),
        ("# only a comment", "# only a comment"),
        ("", ""),
    ],
)
def test_python_text_of_a_cell(cell: str, text: str) -> None:
    parts = python_parts(cell.encode())
    shown = b"".join(part.text for part in parts).replace(b"\x1f", b"").decode()
    assert shown == text
    assert sum(part.length for part in parts) == len(cell)


@pytest.mark.parametrize(
    "raw, why",
    [
        (b"{", "not valid JSON"),
        (b"[]", "not a notebook of format 4"),
        (b'{"worksheets": []}', "nbconvert"),
        (b'{"cells": [{"cell_type": "code", "source": [1]}]}', "the source of cell 1 is not text"),
        (b'\xff{"cells": []}', "not valid JSON"),
    ],
)
def test_what_is_no_notebook(raw: bytes, why: str) -> None:
    with pytest.raises(NotebookError, match=why):
        Notebook.read(raw)


def test_new_letters_are_spelled_as_the_notebook_spells_them() -> None:
    cell = '{"cells": [{"cell_type": "code", "source": ["x = 1\\n", "y = %s"]}]}'
    for raw, new in (
        ("'\\u00e9'", b'"\\u4e2d\\ud83d\\ude00\\n", "y'),
        ("'é'", '"中😀\\n", "y'.encode()),
    ):
        notebook = Notebook.read((cell % raw).encode())
        at = notebook.text.index(b"x = 1")
        edits = notebook.stored_edits([Edit(at, at + 5, "# 中😀".encode())])
        assert new.replace(b'"', b'"# ', 1) in apply_edits(notebook.raw, edits)


@pytest.mark.parametrize("text", ["a\rimport b", "a\0b", "", "\n\n", "# a\r\nb", "import b"])
def test_text_of_a_cell_that_is_no_code_is_no_code(text: str) -> None:
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": text},
        {"cell_type": "code", "metadata": {}, "outputs": [], "source": "x = 1"},
    ]
    notebook = Notebook.read(json.dumps({"cells": cells, "metadata": {}}).encode())
    (statement,) = ast.parse(notebook.text).body
    assert ast.unparse(statement) == "x = 1"
