"""Scopes beside CPython's own, on snippets and on the standard library; and what CPython has no scopes for: strings."""

from __future__ import annotations

import ast
import sys
import sysconfig
from pathlib import Path

import pytest
from lab.realcode.differential import EXPLAINED, Disagreement, compare, compare_imports

from unfork.reading.scope_analysis import analyse_scopes
from unfork.reading.scopes import Ref, resolve_name
from unfork.reading.source import Source, Unparsable

SNIPPETS = {
    "module": "x = 1\nprint(x, y)\nfor z in x: z\nwith x as w, y as (a, b): w",
    "function": "x = 1\ndef f(a, /, b=x, *c, d: x = x, **e) -> x:\n    x = a\n"
    "    return b, c, d, e, x",
    "closure": "def f():\n    x = 1\n    def g():\n        def h():\n            return x\n"
    "        return h\n    return g",
    "class is no closure": "x = 1\nclass A:\n    x = 2\n    y = x\n    def f(self): return x",
    "class in function": "def f(x):\n    class A:\n        y = x\n        def g(self): return x, y\n"
    "    return A",
    "bases and keywords": "class A(B, metaclass=M):\n    B = M = 1\n    z = [B for B in M]",
    "global": "def f():\n    global x, y\n    import x\n    y = 1\ndef g(): return x, y",
    "global of an outer function": "def f():\n    x = 1\n    def g():\n        global x\n        def h(): return x\n"
    "    return x",
    "global in a class": "x = 1\nclass A:\n    global x\n    x = 2\n    def f(self): return x",
    "global in a class is for its body": "x = 1\ndef f():\n    x = 2\n    class A:\n        global x\n"
    "        y = x\n        def g(self): return x\n        z = lambda: x",
    "global at the top": "global x\nx = 1",
    "nonlocal": "def f():\n    x = 1\n    def g():\n        nonlocal x\n        x = 2\n"
    "        del x\n    return x",
    "nonlocal through a class": "def f():\n    x = 1\n    class A:\n        nonlocal x\n        x = 2\n"
    "    return x",
    "nonlocal import": "def f():\n    x = 1\n    def g():\n        nonlocal x\n        import x\n"
    "    return x",
    "comprehension": "x = [x for x in x if x for y in x if y]\ny",
    "comprehension in a class": "class A:\n    x = 1\n    y = [x for _ in x]\n"
    "    z = [x for _ in range(3) for _ in x]",
    "nested comprehensions": "def f(x):\n"
    "    return {k: [v for v in k if x] for k in x}, (x for x in x)",
    "lambda": "x = 1\nf = lambda x, y=x: lambda: (x, y, z)",
    "walrus": "def f():\n    return [y := x for x in z], y\nif (n := 1): n",
    "walrus of comprehensions": "def f():\n    return [[(y := x) for x in z] for z in w], y",
    "walrus and global": "def f():\n    global y\n    return [y := x for x in z]\ny",
    "except": "try: x\nexcept (A, B) as e: e\nelse: e\nfinally: e",
    "except star": "try: x\nexcept* A as e: e",
    "match": "match x:\n    case A(b, c=d) | {'k': b, **d} | [b, *d]: b\n    case e as f: f\n"
    "    case g.h: i\n    case _: _",
    "imports": "import a.b, c.d as e\nfrom f import g, h as i\nfrom .j import *\n"
    "a, c, e, g, h, i, f, j",
    "imports in functions": "def f():\n    import a.b\n    from c import d as e\n    return a, d, e\n"
    "a, e",
    "annotated, unbound": "x: int\ndef f():\n    y: x\n    return y\ndef g(): return x",
    "annotated in parentheses": "x = 1\ndef f():\n    (x): int\n    return x\n"
    "def g():\n    (x): int = 2\n    return x",
    "annotated attribute": "def f(a, b):\n    a.b: c = 1\n    a[b]: d",
    "augmented": "x = 1\ndef f():\n    x += 1\ndef g(a):\n    a.x += 1\n    a[x] += 1",
    "deleted": "def f():\n    del x\n    return x\ndel y.z",
    "decorators": "x = 1\ndef f(x):\n    @x\n    @y(lambda x: x)\n    def g(x): return x\n    @x\n"
    "    class A: pass",
    "future annotations": "from __future__ import annotations\ndef f(a: b = c) -> [d for d in e]:\n"
    "    g: h = i\n    class b: pass",
    "async": "async def f(x):\n    async with x as y: y\n    async for z in x: await z\n"
    "    return [w async for w in x]",
    "the class of a method": "__class__ = 1\nclass A:\n    x = __class__\n"
    "    def f(self): return __class__, lambda: __class__\n",
    "a class of its own": "def f(__class__):\n    class A:\n        def g(self): return __class__",
    "super": "class A:\n    def f(self): return super().f()",
    "format strings": "def f(x): return f'{x!r:{y}} {[z for z in x]}'",
    "starred": "a, *b = c\n[d, (e, *f)] = g\nprint(*a, **b)",
}

NEW_SYNTAX = {
    "type parameters": "T = 1\ndef f[T: B, *Ts, **P](a: T, b: B) -> T:\n    return T, Ts, P\n"
    "class A[T](B[T]):\n    x: T",
    "type alias": "type X = Y\ntype Z[T: B] = X | T\nclass A:\n    type B[T] = T | A",
    "type parameters in a class": "class A:\n    def f[T](self, x: T) -> T:\n"
    "        return [T for T in x]",
}

NEWER_SYNTAX = {
    (3, 14): {
        "template strings": "def f(x): return t'{x!r:{y}} {[z for z in x]}'",
        "several exceptions": "try: x\nexcept A, B: y",
    },
    (3, 15): {"lazy imports": "lazy import a.b, c as d\nlazy from e import f\nlazy = a, d, f"},
}


def told(text: str) -> tuple[int, list[Disagreement]]:
    return compare(Source.read("snippet.py", text.encode()))


@pytest.mark.parametrize("text", SNIPPETS.values(), ids=SNIPPETS)
def test_agrees_with_cpython(text: str) -> None:
    compared, disagreements = told(text)
    assert compared
    assert disagreements == []


@pytest.mark.parametrize("text", NEW_SYNTAX.values(), ids=NEW_SYNTAX)
@pytest.mark.skipif(not hasattr(ast, "TypeAlias"), reason="needs Python 3.12")
def test_agrees_with_cpython_on_new_syntax(text: str) -> None:
    compared, disagreements = told(text)
    assert compared
    assert disagreements == []


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            text,
            id=name,
            marks=pytest.mark.skipif(sys.version_info < version, reason=f"needs {version}"),
        )
        for version, snippets in NEWER_SYNTAX.items()
        for name, text in snippets.items()
    ],
)
def test_agrees_with_cpython_on_newer_syntax(text: str) -> None:
    compared, disagreements = told(text)
    assert compared
    assert disagreements == []


def test_the_comparison_sees_a_difference() -> None:
    source = Source.read("snippet.py", b"class A:\n    def f(self): return __x\n__x = 1")
    assert [disagreements.kind for disagreements in compare(source)[1]] == ["private"]


def test_agrees_with_cpython_on_the_standard_library() -> None:
    """Files of all over it, none of them very long."""
    folder = Path(sysconfig.get_path("stdlib"))
    out = {"site-packages", "dist-packages", "lib2to3", "bad"}
    every = [p for p in sorted(folder.rglob("*.py")) if out.isdisjoint(p.parts)]
    paths = [path for path in every if path.stat().st_size < 20_000]
    files = names = 0
    unexplained: list[Disagreement] = []
    for path in paths[:: max(1, len(paths) // 150)]:
        try:
            compared, disagreements = compare(Source.read(str(path), path.read_bytes()))
        except (Unparsable, SyntaxError, ValueError):
            continue  # its tests have files that are no Python
        files += 1
        names += compared
        unexplained += [
            disagreement for disagreement in disagreements if disagreement.kind not in EXPLAINED
        ]
    assert unexplained == []
    assert files > 50, "the standard library is not where it should be"
    assert names > 5_000


@pytest.mark.parametrize(
    "text", [text for text in SNIPPETS.values() if "import" in text and "global" not in text]
)
def test_agrees_with_libcst_on_imports(text: str) -> None:
    assert compare_imports(Source.read("snippet.py", text.encode()))[1] == []


def test_agrees_with_libcst_on_columns_in_bytes() -> None:
    text = "from a import b\r\n'é', b\r\n\tif b: b\r\n".replace("\t", "")
    assert compare_imports(Source.read("snippet.py", text.encode())) == (3, [])


# -- names in strings


def quoted(text: str) -> list[tuple[str, str]]:
    """Return the names read in strings, each with the text at the place where it is said to stand."""
    source = Source.read("snippet.py", text.encode())
    return [(ref.name, _there(source, ref)) for ref in analyse_scopes(source).refs if ref.literal]


def _there(source: Source, ref: Ref) -> str:
    if ref.literal is None or ref.literal.start is None:
        return ""
    start = ref.literal.start + ref.node.col_offset
    return source.data[start : start + len(ref.name.encode())].decode()


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("x: 'A'", ["A"]),
        ("def f(a: 'A', *b: 'B', c: 'List[C]' = 'D') -> 'E.F': 'G'", ["A", "B", "List", "C", "E"]),
        ("x: \"Union[A, List['B']]\"", ["Union", "A", "List", "B"]),
        ("x: '''A'''\ny: r'B'", ["A", "B"]),
        ("import typing\ntyping.cast('A', 'b')", ["A"]),
        ("from typing import cast as c\nc('A', 'b')", []),
        ("from typing import TypeVar\nT = TypeVar('T', 'A', 'B', bound='C')", ["A", "B", "C"]),
        ("cast('A', 'b')", []),
        ("from typing import Literal, Annotated\nx: Literal['a']\ny: Annotated['B', 'c']", ["B"]),
        ("from typing import NamedTuple\nN = NamedTuple('N', [('x', 'A')])", ["A"]),
        ("from typing import TypedDict\nD = TypedDict('D', {'x': 'A'})", ["A"]),
        ("from typing import TypeAlias\nX: TypeAlias = 'A'", ["A"]),
        ("from typing import List\nX = List['A']", ["A"]),
        ("X = d['A']", []),
        ("x: 'no Python at all'", []),
        ("x = 'A'", []),
    ],
)
def test_reads_the_strings_that_are_types(text: str, names: list[str]) -> None:
    assert [(name, meant) for name, meant in quoted(text)] == [(name, name) for name in names]


@pytest.mark.parametrize("text", ["x: 'A' 'B'", "x: '\\x41'", "x: ' A'", "x: 'A\\\n'"])
def test_knows_no_place_for_what_does_not_stand_there_as_it_is(text: str) -> None:
    assert all(meant == "" for _, meant in quoted(text))


def test_a_string_sees_the_scope_that_it_stands_in() -> None:
    source = Source.read("s.py", b"class A:\n    B = 1\n    def f(self, x: 'B') -> 'C': pass\n")
    scopes = analyse_scopes(source)
    reached = {r.name: resolve_name(r.scope, r.name) for r in scopes.refs if r.literal}
    assert reached["C"] is None
    assert reached["B"] is not None
    assert reached["B"].kind == "class"
