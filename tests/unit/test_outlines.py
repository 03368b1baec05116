"""Files in outline: the bodies of functions are parsed when something looks into them, and are what they were."""

from __future__ import annotations

import ast
import sysconfig
from pathlib import Path

import pytest

from unfork.reading.source import Source, Unparsable

CODE = '''\
import os

LIMIT = len(os.sep)


@os.register
def run(job, times=len("x")):
    """Docs
that go on at the margin."""
    def again():
        return job

    return again


class Queue:
    class Item:
        @property
        async def value(self):
            return [x async for x in self]; y = 1

    def put(self, job): return (
        job
    )

\tdef get(self): pass
'''.replace("\tdef", "    def")


def _whole(path: str, data: bytes) -> Source:
    return Source.read(path, data)


def _functions(tree: ast.Module) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [node for node in ast.walk(tree) if isinstance(node, kinds)]


def _dump(tree: ast.AST) -> str:
    return ast.dump(tree, include_attributes=True)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_bodies_are_parsed_as_they_stand(end: str) -> None:
    data = CODE.replace("\n", end).encode()
    assert _dump(_whole("a.py", data).outline) == _dump(ast.parse(data))


def test_a_body_is_not_parsed_before_something_looks_into_it() -> None:
    run = _whole("a.py", CODE.encode()).outline.body[2]
    assert isinstance(run, ast.FunctionDef)
    assert run.__dict__["body"] is None
    assert len(run.body) == 3
    assert run.body is run.body


def test_a_tree_that_is_known_is_its_own_outline() -> None:
    source = _whole("a.py", CODE.encode())
    assert source.tree is source.outline


def test_an_outline_does_not_keep_the_whole_tree() -> None:
    source = _whole("a.py", CODE.encode())
    assert source.outline.body
    assert "tree" not in source.__dict__


def test_another_encoding() -> None:
    text = "# -*- coding: latin-1 -*-\ndef f():\n    return 'é'\n"
    source = _whole("a.py", text.encode("latin-1"))
    assert _dump(source.outline) == _dump(source.tree)
    [function] = _functions(source.outline)
    assert isinstance(function.body[0], ast.Return)
    assert ast.literal_eval(function.body[0].value) == "é"


def test_what_does_not_parse_has_no_outline() -> None:
    with pytest.raises(Unparsable):
        _ = _whole("a.py", b"def f(:\n").outline


@pytest.mark.slow
def test_the_standard_library() -> None:
    for path in sorted(Path(sysconfig.get_path("stdlib")).glob("*.py")):
        source = _whole(path.name, path.read_bytes())
        assert _dump(source.outline) == _dump(source.tree), path
