"""Import statements are written in one place, and codemods return changed trees."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import libcst as cst
import pytest

from unfork_codemods.deprecate import Deprecate
from unfork_codemods.deprecate_module import DeprecateModule, deprecation_edits
from unfork_codemods.edits import apply_edits
from unfork_codemods.new_import import NewImport, import_statement
from unfork_codemods.shim_module import Forwards, ShimModule, shim_edits
from unfork_codemods.step import Target
from unfork_codemods.tree_edits import tree_edits

ROOT = Path(__file__).resolve().parents[2]
WRITERS = {"new_import.py", "rehome_imports.py"}
VERIFIER = ROOT / "src/unfork/verification"
"""Reads imports, writes none, and shares nothing with those who do."""
VALUE = "\0"
_FROM_PARTS = re.compile(rf"from {VALUE} import\b|\bimport {VALUE}")


def written_imports(tree: ast.AST) -> Iterator[int]:
    """Yield the lines of code that makes an import statement: as a literal, from parts, or as a node."""
    inside = {
        id(node.value if isinstance(node, ast.Expr) else part)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr | ast.JoinedStr)
        for part in getattr(node, "values", [node])
    }
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(ast.Name("ast" | "cst"), "Import" | "ImportFrom")):
                yield node.lineno
            case ast.JoinedStr(values=parts):
                text = "".join(p.value if isinstance(p, ast.Constant) else VALUE for p in parts)
                if _FROM_PARTS.search(text):
                    yield node.lineno
            case ast.Constant(value=str() as text) if id(node) not in inside and is_import(text):
                yield node.lineno


def is_import(text: str) -> bool:
    """Return whether a text is an import statement."""
    try:
        body = ast.parse(text.strip()).body
    except (SyntaxError, ValueError):
        return False
    return bool(body) and all(isinstance(node, ast.Import | ast.ImportFrom) for node in body)


@pytest.mark.parametrize(
    "text",
    [
        'f"write: import {spelled}"',
        'f"{indent}from {module} import {name} as {local}"',
        'line = "import warnings"',
        "cst.Import([])",
        "ast.ImportFrom(module, kept, level)",
    ],
)
def test_a_second_writer_would_be_seen(text: str) -> None:
    assert list(written_imports(ast.parse(text)))


@pytest.mark.parametrize(
    "text", ['x = "import it by name"', 'f"comes from {module}"', "f(ast.Import)", '"import a"']
)
def test_docstrings_and_english_are_no_imports(text: str) -> None:
    assert not list(written_imports(ast.parse(text)))


def test_one_writer_of_import_statements() -> None:
    paths = [p for folder in ("src", "codemods") for p in (ROOT / folder).rglob("*.py")]
    others = {
        f"{path.relative_to(ROOT)}:{line}"
        for path in paths
        if path.name not in WRITERS and VERIFIER not in path.parents
        for line in written_imports(ast.parse(path.read_text(encoding="utf-8")))
    }
    assert not others


def test_how_an_import_is_written() -> None:
    assert NewImport("..a", "b", "c").statement == "from ..a import b as c"
    assert NewImport("", "a.b").statement == "import a.b"
    assert (
        import_statement([NewImport("a", "b"), NewImport("a", "c", "d")])
        == "from a import b, c as d"
    )


# -- codemods that insert nodes

STEP = Deprecate(module="a.legacy", use="a.canonical")
FORWARDS = Forwards({"run": Target("a.canonical", "start")}, listed=("run",))
TEXTS = [
    "",
    "# a comment\n",
    "# a comment, and no line end",
    '"""Docstring."""\n\nimport os\n\nx = 1\n',
    '"""Docstring."""\nfrom __future__ import annotations\n\n\ndef run(): ...\n',
    "import os\r\nimport sys\r\n\r\nx = (1,\r\n     2)\r\n",
    "x = 1",
    "# licence\n\n# of x\nx = 1\n# the end\n",
    "import os, sys;  import re  # noqa\nx = 1\n",
]


@pytest.mark.parametrize("text", TEXTS)
def test_edits_say_what_the_transformers_return(text: str) -> None:
    module = cst.parse_module(text)
    changed = module.visit(DeprecateModule(STEP))
    assert apply_edits(text.encode(), deprecation_edits(text, STEP)) == changed.bytes
    assert "DeprecationWarning" in changed.code
    shim = shim_edits(text, STEP, FORWARDS)
    assert "_FORWARDS" in apply_edits(text.encode(), shim).decode()


@pytest.mark.parametrize("text", TEXTS)
def test_a_second_time_the_same_tree_is_returned(text: str) -> None:
    once = cst.parse_module(text).visit(DeprecateModule(STEP))
    assert once.visit(DeprecateModule(STEP)) is once
    shim = apply_edits(text.encode(), shim_edits(text, STEP, FORWARDS)).decode()
    assert shim_edits(shim, STEP, FORWARDS) == ()


def test_statements_that_a_transformer_leaves_alone_are_the_same_nodes() -> None:
    module = cst.parse_module("import os\n\n\nclass A:\n    x = 1\n")
    changed = module.visit(DeprecateModule(STEP))
    assert changed.body[0] is module.body[0]
    assert changed.body[-1] is module.body[-1]
    shim = cst.parse_module('"""Doc."""\nx = 1\n')
    assert shim.visit(ShimModule("y = 2\n")).body[0] is shim.body[0]


def test_edits_of_trees_touch_only_what_changed() -> None:
    old = cst.parse_module("a = 1\nb = 2\n# of c\nc = 3\n# end\n")
    a, b, c = old.body
    new = old.with_changes(body=[c, cst.parse_statement("d = 4\n")])
    (first, last) = tree_edits(old, new)
    assert (old.bytes[first.start : first.end], first.text) == (b"a = 1\nb = 2\n", b"")
    assert (last.start, last.end, last.text) == (25, 25, b"d = 4\n")
    assert tree_edits(old, old) == ()
    swapped = old.with_changes(body=[b, a, c])
    assert apply_edits(old.bytes, tree_edits(old, swapped)) == swapped.bytes
