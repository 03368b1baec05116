"""Which module an import names, what a module has, and where it is really defined."""

from __future__ import annotations

import ast

import pytest
from memory import MemoryTree

from unfork.reading.definitions import Definitions, definitions_of
from unfork.reading.index import Index
from unfork.reading.layout import Layout, key_of, roots_of
from unfork_codemods.project import Kind, is_external


def index(files: dict[str, str], roots: tuple[str, ...] = ("",)) -> Index:
    tree = MemoryTree({path: text.encode() for path, text in files.items()})
    return Index(Layout(frozenset(files), roots), tree.read)


def layout(*paths: str, roots: tuple[str, ...] = ("",)) -> Layout:
    return Layout(frozenset(paths), roots)


# -- layout


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("a.py", "a"),
        ("src/a/b.py", "src/a/b"),
        ("src/a/b.pyi", "src/a/b"),
        ("src/a/__init__.py", "src/a"),
        ("__init__.py", ""),
        ("a.b/c.d.py", "a.b/c.d"),
    ],
)
def test_key_of(path: str, key: str) -> None:
    assert key_of(path) == key


def test_absolute_starts_from_each_root_in_order() -> None:
    modules = layout("src/a/__init__.py", "src/a/b.py", "tools/run.py", roots=("", "src"))
    assert modules.absolute("src.a.b", "x.py").key == "src/a/b"
    assert modules.absolute("a.b", "x.py").key == "src/a/b"
    assert modules.absolute("a.b", "x.py").base == "src"
    assert is_external(modules.absolute("b", "x.py").key)


def test_what_one_of_several_roots_has_is_there() -> None:
    package = layout("a/__init__.py", "src/a/b.py", roots=("", "src"))
    assert package.absolute("a.b", "x.py").key == "src/a/b"
    assert package.absolute("a.c", "x.py").exists is False
    namespace = layout("a/c.py", "src/a/b.py", roots=("", "src"))
    assert namespace.absolute("a.b", "x.py").key == "src/a/b"


def test_a_script_finds_what_lies_beside_it_and_a_module_of_a_package_does_not() -> None:
    modules = layout("scripts/run.py", "scripts/tool.py", "p/__init__.py", "p/m.py", "p/tool.py")
    assert modules.absolute("tool", "scripts/run.py").key == "scripts/tool"
    assert is_external(modules.absolute("tool", "p/m.py").key)


@pytest.mark.parametrize(
    ("level", "module", "importer", "key", "exists"),
    [
        (1, "b", "p/a.py", "p/b", True),
        (1, "", "p/a.py", "p", True),
        (1, "b", "p/__init__.py", "p/b", True),
        (2, "b", "p/q/c.py", "p/b", True),
        (1, "lost", "p/a.py", "p/lost", False),
        (3, "b", "p/a.py", "<...b>", False),
    ],
)
def test_relative(level: int, module: str, importer: str, key: str, exists: bool) -> None:
    modules = layout("p/__init__.py", "p/a.py", "p/b.py", "p/q/c.py")
    located = modules.relative(level, module, importer)
    assert (located.key, located.exists) == (key, exists)


def test_relative_name_is_the_inverse_of_relative() -> None:
    modules = layout("p/__init__.py", "p/a.py", "p/q/__init__.py", "p/q/c.py")
    for importer in sorted(modules.paths):
        top = modules.top_package(importer)
        for key in ("p", "p/a", "p/q", "p/q/c"):
            name = modules.relative_name(key, importer, top)
            assert name is not None
            tail = name.lstrip(".")
            assert modules.relative(len(name) - len(tail), tail, importer).key == key


def test_no_relative_name_leads_out_of_the_package() -> None:
    modules = layout("p/__init__.py", "p/a.py", "q/__init__.py", "q/b.py")
    assert modules.relative_name("q/b", "p/a.py", modules.top_package("p/a.py")) is None


@pytest.mark.parametrize("segment", ["class", "a-b", "1a"])
def test_what_is_no_identifier_has_no_dotted_name(segment: str) -> None:
    assert layout(f"p/{segment}.py").spelled(f"p/{segment}", "") is None


def test_default_roots() -> None:
    assert roots_of(None, ["a.py"]) == ("",)
    assert roots_of(None, ["src/a.py"]) == ("", "src")
    assert roots_of([".", "lib/"], []) == ("", "lib")


# -- definitions


def read(text: str) -> Definitions:
    return definitions_of(ast.parse(text), text.encode())


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("def f(): x = 1", {"f"}),
        ("class A:\n    x = 1", {"A"}),
        ("a = b = 1\nc, (d, *e) = 2, (3, 4)", {"a", "b", "c", "d", "e"}),
        ("a: int\nb: int = 1", {"b"}),
        ("a[0] = b.c = 1", set()),
        ("for i in x: j = i\nelse: k = 1", {"i", "j", "k"}),
        ("while x: a = 1", {"a"}),
        ("with x as a, y as (b, c): d = 1", {"a", "b", "c", "d"}),
        ("if x: a = 1\nelif y: b = 1\nelse: c = 1", {"a", "b", "c"}),
        ("try: a = 1\nexcept E as e: b = 1\nelse: c = 1\nfinally: d = 1", {"a", "b", "c", "d"}),
        (
            "match x:\n    case A(a, b=b) | [a, *b]: c = 1\n    case {**d}: pass",
            {"a", "b", "c", "d"},
        ),
        ("print(a := 1)", {"a"}),
        ("if (a := 1): pass\nelif (b := 1): pass", {"a", "b"}),
        ("while (a := 1): assert (b := 1)", {"a", "b"}),
        ("with (a := 1), f(b := 1) as c: pass", {"a", "b", "c"}),
        ("for i in (a := 1): del i[(b := 1)]", {"i", "a", "b"}),
        ("a: int = (b := 1)\na += (c := 1)", {"a", "b", "c"}),
        ("def f(x=(a := 1), *, y=(b := 1)): (c := 1)", {"f", "a", "b"}),
        ("@g(a := 1)\nclass A(b := 1, m=(c := 1)):\n    (d := 1)", {"A", "a", "b", "c"}),
        ("match (a := 1):\n    case 1 if (b := 1): (c := 1)", {"a", "b", "c"}),
        ("try: (a := 1)\nexcept (b := E): (c := 1)", {"a", "b", "c"}),
        ("[a := i for i in x if (b := i)]", {"a", "b"}),
        ("f(lambda x=(a := 1): (b := 1))", {"a"}),
        ("def f():\n    global a\n    a = 1", {"f", "a"}),
        ("a = 1\ndel a", set()),
        ("import a.b, c.d as e\nfrom f import g, h as i", {"a", "e", "g", "i"}),
    ],
)
def test_names(text: str, names: set[str]) -> None:
    assert set(read(text).names) == names


@pytest.mark.parametrize(
    ("text", "certain", "runtime"),
    [
        ("a = 1", True, True),
        ("if x: a = 1", False, True),
        ("try: import a\nexcept ImportError: a = None", False, True),
        ("try: a = 1\nfinally: pass", True, True),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING: import a", True, False),
        ("import typing\nif typing.TYPE_CHECKING: pass\nelse: a = 1", False, True),
        ("if TYPE_CHECKING: import a\nelse: a = 1", True, True),
        ("if TYPE_CHECKING: (a := 1)", False, False),
        ("with suppress(ImportError): import a", False, True),
        ("with contextlib.suppress(ImportError), x: a = 1", False, True),
        ("with warnings.catch_warnings(): import a", True, True),
    ],
)
def test_certain_and_runtime(text: str, certain: bool, runtime: bool) -> None:
    binding = read(text).names["a"]
    assert (binding.certain, binding.runtime) == (certain, runtime)


@pytest.mark.parametrize(
    ("text", "exported", "known"),
    [
        ("a = 1", None, True),
        ("__all__ = ['a', 'b']", ["a", "b"], True),
        ("__all__ = ('a',) + ('b',)", ["a", "b"], True),
        ("__all__: list[str] = ['a']", ["a"], True),
        ("__all__ = ['a']\n__all__ += ['b']", ["a", "b"], True),
        ("__all__ = ['a']\n__all__.append('b')\n__all__.extend(['c'])", ["a", "b", "c"], True),
        ("__all__ = ['a']\nif x: __all__ += ['b']", ["a", "b"], True),
        ("__all__ = ['a'] + m.__all__", ["a"], False),
        ("__all__ = ['a']\n__all__ += names()", ["a"], False),
    ],
)
def test_all(text: str, exported: list[str] | None, known: bool) -> None:
    exports = read(text)
    assert (exports.exported, exports.exported_known) == (exported, known)


@pytest.mark.parametrize(
    "text",
    [
        "def __getattr__(name): ...",
        "globals()['a'] = 1",
        "globals().update(a=1)",
        "exec('a = 1')",
        "vars()['a'] = 1",
        "__getattr__ = partial(f)",
        "__getattr__, __dir__, __all__ = lazy.attach(__name__)",
        "from lazy import __getattr__",
        "from lazy import find as __getattr__",
    ],
)
def test_dynamic(text: str) -> None:
    assert read(text).dynamic


def test_not_dynamic() -> None:
    assert not read("d['a'] = 1\nclass A:\n    def __getattr__(self, name): ...").dynamic


# -- the index


def origin(files: dict[str, str], key: str, name: str) -> tuple[Kind, str, str | None]:
    origin_ = index(files).origin(key, name)
    return origin_.kind, origin_.key, origin_.name


CHAIN = {
    "p/__init__.py": "from .a import A as B\nfrom . import c\nfrom .star import *\n",
    "p/a.py": "from .deep import A\nimport os\nfrom json import dumps as d\n",
    "p/deep.py": "class A: ...\n",
    "p/c.py": "",
    "p/sub/__init__.py": "from ..deep import *\n",
    "p/star.py": "from p.deep import *\n__all__ = ['A', 'own']\nown = 1\n_hidden = 2\n",
    "p/loop.py": "from p.pool import X\n",
    "p/pool.py": "from p.loop import X\n",
    "p/torn.py": "def f(:\n",
    "p/typed.py": "x = 1\n",
    "p/typed.pyi": "x: int\ny: int = 1\nclass T: ...\n",
    "p/lazy.py": "def __getattr__(name): ...\n",
    "p/either.py": "try:\n    from p.deep import A\nexcept ImportError:\n    from p.a import A\n",
    "p/or_own.py": "try:\n    from p.deep import A\nexcept ImportError:\n    A = None\n",
}


@pytest.mark.parametrize(
    ("key", "name", "expected"),
    [
        ("p/deep", "A", (Kind.OWN, "p/deep", "A")),
        ("p", "B", (Kind.OWN, "p/deep", "A")),
        ("p", "A", (Kind.OWN, "p/deep", "A")),
        ("p", "c", (Kind.MODULE, "p/c", None)),
        ("p", "sub", (Kind.MODULE, "p/sub", None)),
        ("p", "own", (Kind.OWN, "p/star", "own")),
        ("p", "_hidden", (Kind.MISSING, "p", "_hidden")),
        ("p", "lost", (Kind.MISSING, "p", "lost")),
        ("p/sub", "A", (Kind.OWN, "p/deep", "A")),
        ("p/a", "os", (Kind.EXTERNAL, "<os>", None)),
        ("p/a", "d", (Kind.EXTERNAL, "<json>", "dumps")),
        ("p/loop", "X", (Kind.MISSING, "p/loop", "X")),
        ("p/torn", "f", (Kind.UNKNOWN, "p/torn", "f")),
        ("p/lazy", "any", (Kind.UNKNOWN, "p/lazy", "any")),
        ("p/typed", "x", (Kind.OWN, "p/typed", "x")),
        ("p/typed", "T", (Kind.OWN, "p/typed", "T")),
        ("p/either", "A", (Kind.OWN, "p/deep", "A")),
        ("p/or_own", "A", (Kind.OWN, "p/or_own", "A")),
        ("<os>", "path", (Kind.EXTERNAL, "<os>", "path")),
    ],
)
def test_origin(key: str, name: str, expected: tuple[Kind, str, str | None]) -> None:
    assert origin(CHAIN, key, name) == expected


def test_what_only_a_stub_has_is_not_there_at_run_time() -> None:
    assert not index(CHAIN).origin("p/typed", "T").runtime
    assert index(CHAIN).origin("p/typed", "x").runtime


def test_star_names() -> None:
    known = index(CHAIN)
    assert known.star_names("p/star") == {"A", "own"}
    assert known.star_names("p") == {"A", "B", "c", "own"}
    assert known.star_names("p/torn") is None


def test_definers() -> None:
    assert index(CHAIN).definers("A") == ("p/deep", "p/or_own")
    assert index(CHAIN).definers("lost") == ()


def test_definers_of_many_names_are_those_of_few() -> None:
    many = index(CHAIN)
    names = ("A", "B", "c", "own", "lost", "A", "other", "own", "deep")
    found = {name: many.definers(name) for name in (*names, *names[::-1])}
    assert found == {name: index(CHAIN).definers(name) for name in names}
    assert many.definers("deep_") == ()


def test_sibling() -> None:
    known = index({"p/__init__.py": "", "p/a.py": "", "p/b.py": "", "s/a.py": "", "s/b.py": ""})
    assert known.sibling("b", "p/a.py") == "p/b"
    assert known.sibling("lost", "p/a.py") is None
    assert known.sibling("b", "s/a.py") is None


def test_only_what_is_asked_for_is_read() -> None:
    asked: list[str] = []
    tree = MemoryTree({path: text.encode() for path, text in CHAIN.items()})

    def reading(path: str) -> bytes:
        asked.append(path)
        return tree.read(path)

    Index(Layout(frozenset(CHAIN), ("",)), reading).origin("p/a", "A")
    assert asked == ["p/a.py", "p/deep.py"]
