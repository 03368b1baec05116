"""What holds whatever a module imports, and however it uses it.

Modules are generated from the forms of imports and uses, migrations from what may happen to a name: it stays what it
is called or not, in the canonical module or in another, or it has no counterpart. The longer run:

    UNFORK_PROPERTIES=long python -m pytest tests/unit/test_properties.py
"""

from __future__ import annotations

import ast
import importlib
import io
import re
import sys
import tokenize
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st
from memory import MemoryTree, importable, planned

from unfork.planning.pipeline import make_plan
from unfork.reading.source import Source
from unfork.values import Plan
from unfork_codemods.deprecate import Deprecate
from unfork_codemods.migration import Migration, by_kind
from unfork_codemods.redirect import Redirect
from unfork_codemods.step import Target

# -- the project and its migrations

CLASSES = ("Old", "Same")
FUNCTIONS = ("helper", "assist", "now")
NAMES = (*CLASSES, *FUNCTIONS)
"""What the legacy module has, beside ``stamp``, which returns what ``now`` does."""
HOMES = ("proj.canonical", "proj.util", "proj.sub.core", "far.core")
"""Where a name may live from now on; the first is what the legacy module is redirected to."""
NEW_NAMES = ("New", "Same", "fresh", "taken", "max", "util", "Old")


@dataclass(frozen=True)
class World:
    """A project, its migration, and what each name of the legacy module means from now on; left out: nothing."""

    files: dict[str, bytes]
    migration: Migration
    homes: dict[str, tuple[str, str]]


def _definition(name: str, concept: str) -> str:
    if concept in CLASSES:
        return f"class {name}:\n    kind = {concept!r}\n\n    def run(self):\n        return {concept!r}\n"
    return f"def {name}():\n    return {concept!r}\n"


@st.composite
def worlds(draw: st.DrawFn) -> World:
    homes: dict[str, tuple[str, str]] = {}
    for concept in NAMES:
        module = draw(st.sampled_from((*HOMES, "")))
        new = draw(st.sampled_from((concept, *NEW_NAMES)))
        if module and concept != "now" and (module, new) not in homes.values():
            homes[concept] = module, new
    homes["now"] = HOMES[0], draw(st.sampled_from(("now", "later")))
    homes["stamp"] = HOMES[0], "stamp"
    for concept in NAMES:
        if concept not in homes and (HOMES[0], concept) in homes.values():
            homes[concept] = (
                "far.core",
                f"{concept}_",
            )  # else another thing would be its counterpart
    texts = {module: [] for module in HOMES}
    for concept, (module, new) in homes.items():
        texts[module].append(
            _stamp(homes["now"][1]) if concept == "stamp" else _definition(new, concept)
        )
    legacy = [*(_definition(name, name) for name in NAMES), _stamp("now")]
    files = {
        "proj/__init__.py": draw(st.sampled_from(INITS)),
        "proj/legacy.py": "\n\n".join(legacy),
        "proj/sub/__init__.py": "",
        "far/__init__.py": "",
        "other/__init__.py": "",
        "other/legacy.py": "\n\n".join(_definition(name, f"other {name}") for name in NAMES),
        "probe.py": PROBE,
        **{f"{module.replace('.', '/')}.py": "\n\n".join(text) for module, text in texts.items()},
    }
    names = {
        concept: Target(*home) for concept, home in homes.items() if home != (HOMES[0], concept)
    }
    redirect = Redirect("proj.legacy", HOMES[0], names)
    return World(
        {p: t.encode() for p, t in files.items()},
        Migration("m", "m.toml", steps=by_kind([redirect])),
        homes,
    )


def _stamp(now: str) -> str:
    return f"def stamp():\n    return {now}()\n"


INITS = ("", "", "VERSION = 1\n", "from . import legacy\n", "from .legacy import Old, helper\n")

PROBE = '''
FOUND = {}


def note(number, make):
    """Note what something is: a class or function by its module and name, an object by its class, a module, a value."""
    try:
        value = make()
    except Exception as error:
        FOUND.setdefault(number, []).append(("error", type(error).__name__))
        return
    FOUND.setdefault(number, []).append(identity(value))


def identity(value):
    if isinstance(value, (str, int, bool, type(None))):
        return ("value", repr(value))
    if isinstance(value, (list, tuple)):
        return ("list", tuple(identity(each) for each in value))
    named = value if hasattr(value, "__qualname__") else type(value)
    if hasattr(value, "__spec__"):
        return ("module", value.__name__)
    return ("object", named.__module__, named.__qualname__)
'''


# -- the modules that use it

PLACES = ("use.py", "proj/app.py", "proj/sub/app.py", "proj/pack/__init__.py")
LOCALS = ("Old", "Same", "helper", "now", "alias", "New", "taken", "util")
PATCHED = 500
"""From here on count the notes of what is patched."""
ITSELF = {f"{name} as {name}" for name in LOCALS}
MODULES = ("legacy", "m", "canonical", "core")
"""Local names of modules: what is a module in one place is nothing else in another."""


class Writer:
    """Writes a module, line by line, as the draws have it."""

    def __init__(self, draw: st.DrawFn, path: str) -> None:
        self.draw = draw
        self.path = path
        self.lines: list[str] = []
        self.indent = ""
        self.number = 0
        self.names: list[str] = []
        self.modules: list[str] = []
        self.stars = self.yes(4)
        self.aliases = LOCALS[4:] if self.stars else LOCALS  # those that no star takes away

    def one(self, *of: str) -> str:
        return self.draw(st.sampled_from(of))

    def some(self, of: tuple[str, ...]) -> list[str]:
        return self.draw(st.lists(st.sampled_from(of), min_size=1, max_size=3, unique=True))

    def yes(self, one_in: int) -> bool:
        return self.draw(st.integers(1, one_in)) == 1

    def add(self, *lines: str) -> None:
        self.lines += [self.indent + line for line in lines]

    def inside(self, body: Callable[[], None], at_least: str = "pass") -> None:
        before, self.indent = self.indent, self.indent + "    "
        start = len(self.lines)
        body()
        if len(self.lines) == start:
            self.add(at_least)
        self.indent = before

    # -- imports

    def legacy(self) -> str:
        """Return a spelling of the legacy module, relative or not."""
        dots = {"proj/app.py": ".", "proj/sub/app.py": "..", "proj/pack/__init__.py": ".."}
        relative = dots.get(self.path)
        return self.one("proj.legacy", f"{relative}legacy") if relative else "proj.legacy"

    def import_line(self) -> None:
        form = self.one("names", "names", "names", "module", "dotted", "as", "other")
        if form == "names":
            self._names(self.legacy())
        elif form == "module":
            package, _, module = self.legacy().rpartition(".")
            package = package + "." if package.strip(".") == "" else package
            self.modules.append(self.one("legacy", *MODULES))
            alias = "" if self.modules[-1] == module else f" as {self.modules[-1]}"
            self.add(f"from {package} import {module}{alias}")
        elif form == "dotted":
            self.modules.append("proj.legacy")
            more = self.one("proj.legacy", "sys, proj.legacy", "proj.legacy, other.legacy")
            self.add(f"import {more}")
        elif form == "as":
            self.modules.append(self.one(*MODULES))
            self.add(f"import proj.legacy as {self.modules[-1]}")
        elif form == "other":
            self._names("other.legacy")

    def star(self) -> None:
        self.names += [*NAMES, "stamp"]
        self.add(f"from {self.legacy()} import *")

    def _alias(self) -> str:
        return f" as {self.one(*self.aliases)}" if self.stars or self.yes(4) else ""

    def _names(self, module: str) -> None:
        names = [
            name + self._alias()
            for name in self.some((*NAMES, "stamp") if module != "other.legacy" else NAMES)
        ]
        names = [name.partition(" ")[0] if name in ITSELF else name for name in names]
        locals_ = [name.rpartition(" ")[2] for name in names]
        names = [name for at, name in enumerate(names) if locals_[at] not in locals_[:at]]
        self.names += locals_
        layout = self.one("plain", "plain", "brackets", "lines", "semicolon", "backslash")
        if layout == "plain":
            self.add(f"from {module} import {', '.join(names)}")
        elif layout == "brackets":
            self.add(f"from {module} import ({', '.join(names)})")
        elif layout == "semicolon":
            self.add(f"import os; from {module} import {', '.join(names)}; import sys")
        elif layout == "backslash":
            self.add(f"from {module} \\", f"    import {', '.join(names)}")
        else:
            inner = [f"    {name},  # {position}" for position, name in enumerate(names)]
            self.add(f"from {module} import (", *inner, ")")

    # -- uses

    def thing(self) -> str:
        """Return a name that may be bound here, or one taken of a module."""
        if self.modules and self.yes(3):
            return f"{self.one(*self.modules)}.{self.one(*NAMES, 'stamp')}"
        return self.one(*(self.names if self.names and not self.yes(6) else (*NAMES, *LOCALS)))

    def expression(self) -> str:
        name = self.thing()
        plain = name.rpartition(".")[2]
        return self.one(
            name,
            name,
            f"{name}()",
            f"{name}.kind",
            f"{name}().run()",
            f"[{name} for _ in range(1)]",
            f"[{plain} for {plain} in [1]]",
            f"[{plain} for {plain} in [{name}]]",
            f"(lambda {plain}: {plain})(1)",
            f"(lambda a={name}: a)()",
            f"(lambda {self.one(*NEW_NAMES)}=1: {name})()",
            f"(walrus := {name})",
            f"dict({plain}={name})[{plain!r}]",
            f'f"{{{name}.kind}} {plain}"',
            f"getattr({self.one(*self.modules, 'legacy')}, {self.one(*NAMES)!r})",
            self.one(*self.modules, "legacy"),
            "max(1, 2)",
            f"importlib.import_module('proj.legacy').{plain}",
        )

    def note(self) -> None:
        self.number += 1
        if self.yes(2):
            self.add(f"note({self.number}, lambda: {self.expression()})")
        else:
            self.add("try:", f"    kept = {self.expression()}", "except Exception:", "    pass")
            self.add("else:", f"    note({self.number}, lambda kept=kept: kept)")

    def statement(self, depth: int) -> None:
        kinds = ["import", "import", "note", "note", "note", "bind", "patch", "guard"]
        if depth == 0:
            kinds.append("hints")  # in a function, typing would not see what a type checker does
        if depth < 2:
            kinds += ["function", "class", "condition"]
        match self.one(*kinds):
            case "import":
                self.import_line()
            case "note":
                self.note()
            case "bind":
                self.bind()
            case "patch":
                target = self.one("now", "stamp", "Old")
                self.add(f'with mock.patch("proj.legacy.{target}", lambda: "patched"):')
                self.number += PATCHED
                self.inside(self.note)
                self.number -= PATCHED
            case "guard":
                self.add("try:")
                self.inside(lambda: self.import_line())
                self.add("except ImportError:")
                self.inside(lambda: self.add(f"{self.one(*self.aliases)} = None"))
            case "hints":
                self.hints()
            case "condition":
                self.add(self.one("if True:", "if TYPE_CHECKING:", "for _ in range(1):"))
                self.inside(lambda: self.body(depth + 1))
            case "function":
                self.function(depth)
            case "class":
                self.class_(depth)

    def body(self, depth: int) -> None:
        for _ in range(self.draw(st.integers(1, 3))):
            self.statement(depth)

    def bind(self) -> None:
        name = self.one(*LOCALS, *self.names)
        self.add(
            self.one(
                f"{name} = 1",
                f"for {name} in [1]: pass",
                f"if ({name} := 2): pass",
                f"with contextlib.nullcontext(3) as {name}: pass",
                f"def {name}(): return 4",
                f"class {name}: kind = 5",
                f"try: del {name}\n{self.indent}except NameError: pass",
            )
        )

    def hints(self) -> None:
        self.number += 1
        name = self.one(*CLASSES, "legacy.Old", "proj.legacy.Same")
        text = self.one(name, f"list[{name}]", f"{name} | None", f"list['{name}']").replace(
            "'", "'"
        )
        self.add(f'def hinted(a: "{text}"): pass')
        self.add(f"note({self.number}, lambda: typing.get_type_hints(hinted)['a'])")

    def function(self, depth: int) -> None:
        self.number += 1
        number, parameter = self.number, self.one("", "", *LOCALS)
        self.add(f"def function{number}({parameter}):")

        def inner() -> None:
            if self.yes(6) and not parameter:
                self.add(f"global {self.one(*LOCALS)}")
            self.body(depth + 1)
            self.add(f"return {self.expression()}")

        self.inside(inner)
        self.add(f"note({number}, lambda: function{number}({'6' if parameter else ''}))")

    def class_(self, depth: int) -> None:
        self.number += 1
        number, name = self.number, self.one(*NAMES, *self.names)
        self.add(f"class Class{number}:")

        def inner() -> None:
            self.add("attribute = None")
            self.body(depth + 1)
            if self.yes(3):
                self.add("try:", f"    {name} = {name}", "except NameError: pass")
            self.add("def method(self):", f"    return {self.expression()}")

        self.inside(inner)
        self.add(f"note({number}, lambda: Class{number}().method())")
        self.add(f"note({number}, lambda: Class{number}.{name})")


HEAD = """import contextlib
import importlib
import typing
from typing import TYPE_CHECKING
from unittest import mock

from probe import note
"""


class Program:
    """A world with modules that use it; ``start`` imports them all."""

    def __init__(self, world: World, files: dict[str, bytes], start: str) -> None:
        self.world, self.files, self.start = world, files, start

    def __repr__(self) -> str:
        own = {p: t.decode() for p, t in self.files.items() if self.world.files.get(p) != t}
        shown = "".join(f"\n--- {path}\n{text.replace(HEAD, '')}" for path, text in own.items())
        package = self.world.files["proj/__init__.py"].decode()
        return f"{shown}=== {self.world.homes}\n--- proj/__init__.py\n{package}"


@st.composite
def programs(draw: st.DrawFn) -> Program:
    world = draw(worlds())
    path = draw(st.sampled_from(PLACES))
    writer = Writer(draw, path)
    if writer.stars and len(world.homes) > len(NAMES):
        writer.star()  # the first of all: what stands above a star may be hidden by it
    for _ in range(draw(st.integers(1, 3))):
        writer.import_line()
    for _ in range(draw(st.integers(1, 5))):
        writer.statement(0)
    if writer.yes(6):
        writer.add(f"__all__ = [{writer.one(*NAMES)!r}]")
    files = {**world.files, path: (HEAD + "\n".join(writer.lines) + "\n").encode()}
    start = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    if writer.yes(2):
        files["reader.py"] = _reader(draw, start).encode()
        start = "reader"
    return Program(world, files, start)


def _reader(draw: st.DrawFn, module: str) -> str:
    """Return a module that takes names through another one."""
    writer = Writer(draw, "reader.py")
    names = writer.some(LOCALS)
    how = writer.one("names", "module")
    if how == "names":
        for name in names:
            writer.add("try:", f"    from {module} import {name}", "except ImportError: pass")
    elif how == "star":
        writer.add("try:", f"    from {module} import *", "except AttributeError: pass")
    else:
        writer.add(f"import {module} as read")
    for number, name in enumerate(names, 1000):
        writer.add(f"note({number}, lambda: {'read.' if how == 'module' else ''}{name})")
    if writer.yes(3):
        name = names[0]
        writer.add(f"note(2000, lambda: mock.patch('{module}.{name}', 7).__enter__())")
        writer.add(f"import {module} as patched", f"note(2001, lambda: patched.{name})")
    return (
        HEAD.replace("from probe", "import " + module + "\nfrom probe")
        + "\n".join(writer.lines)
        + "\n"
    )


# -- what holds

Found = Mapping[int, list[tuple[object, ...]]]


@dataclass(frozen=True)
class Run:
    """What came of importing a module: its error, what was noted, and whether the legacy module was loaded."""

    error: str | None
    found: Found
    legacy: bool


def run(files: Mapping[str, bytes], start: str) -> Run:
    with importable(files):
        error = None
        try:
            importlib.import_module(start)
        except Exception as raised:  # noqa: BLE001 (whatever it raises is the answer)
            error = f"{type(raised).__name__}: {raised}"
        probe = sys.modules.get("probe")
        reached = dict(probe.FOUND) if probe else {}
        return Run(error, reached, "proj.legacy" in sys.modules)


def moved(identity: tuple[object, ...], homes: Mapping[str, tuple[str, str]]) -> tuple[object, ...]:
    """Return what an object of the legacy module is, once the migration is done."""
    match identity:
        case ("object", "proj.legacy", str(name)) if name in homes:
            return ("object", *homes[name])
        case ("module", "proj.legacy"):
            return ("module", HOMES[0])
        case ("list", items):
            assert isinstance(items, tuple)
            return ("list", tuple(moved(item, homes) for item in items))
        case _:
            return identity


@given(programs())
def test_a_program_means_what_it_meant(program: Program) -> None:
    plan = make_plan(MemoryTree(program.files), [program.world.migration], jobs=1)
    after = planned(program.files, plan)
    for path, text in after.items():
        ast.parse(text, path)
    again = make_plan(MemoryTree(after), [program.world.migration], jobs=1)
    assert not again.changes
    _only_imports_and_names_change(program.files, plan)
    was, is_ = run(program.files, program.start), run(after, program.start)
    if was.error:
        return
    assert is_.error is None
    for number, identities in was.found.items():
        if plan.left and PATCHED <= number < 1000:
            continue  # what is left may look elsewhere than what is patched now
        for before, now in zip(identities, is_.found[number], strict=True):
            if before[0] != "error":
                kept = [before] if plan.left else []
                assert now in [moved(before, program.world.homes), *kept], number
    assert plan.left or not is_.legacy


_WORDS = re.compile(rb"[\w.\s\\]*")


def _only_imports_and_names_change(files: Mapping[str, bytes], plan: Plan) -> None:
    """Each edit is within an import statement and its line, or puts a name in the place of another."""
    for change in plan.changes:
        source = Source.read(change.path, files[change.path])
        lines = {line for node in ast.walk(source.tree) for line in _lines(node)}
        for edit in change.edits:
            line = source.location(edit.start)[0]
            old = source.data[edit.start : edit.end]
            names = _WORDS.fullmatch(old) and _WORDS.fullmatch(edit.text)
            assert line in lines or names, (old, edit.text)


def _lines(node: ast.AST) -> range:
    if isinstance(node, ast.Import | ast.ImportFrom):
        return range(node.lineno, (node.end_lineno or node.lineno) + 1)
    return range(0)


# -- one statement, however it is laid out

SPACE = st.sampled_from(("", " ", "  "))
TARGETS = {
    "one": "proj.canonical",
    "two": "proj.canonical",
    "three": "proj.util",
    "four": "proj.far",
}
PIECES = {
    "proj/__init__.py": b"",
    "proj/legacy.py": b"one, two, three, four = 1, 2, 3, 4\n",
    "proj/canonical.py": b"one, two = 1, 2\n",
    "proj/util.py": b"three = 3\n",
    "proj/far.py": b"four = 4\n",
}
PIECEWISE = Migration(
    "m",
    "m.toml",
    steps=by_kind(
        [
            Redirect(
                "proj.legacy",
                "proj.canonical",
                {name: Target(module, name) for name, module in TARGETS.items()},
            ),
        ]
    ),
)


@st.composite
def statements(draw: st.DrawFn) -> tuple[str, list[str]]:
    """Draw a statement that imports of the legacy module, and its comments."""
    names = draw(st.lists(st.sampled_from(sorted(TARGETS)), min_size=1, unique=True))
    comments: list[str] = []

    def comment() -> str:
        if draw(st.booleans()):
            return ""
        comments.append(f"# c{len(comments)}")
        return draw(st.sampled_from(("  ", " "))) + comments[-1]

    def alias(name: str) -> str:
        return draw(st.sampled_from((name, name, f"{name} as {name}_{draw(SPACE)}".rstrip())))

    indent = draw(st.sampled_from(("    ", "\t", "  ", "        ")))
    layout = draw(st.sampled_from(("plain", "brackets", "lines", "hanging", "backslash")))
    items = [alias(name) for name in names]
    head = f"from {draw(SPACE)}proj.legacy {draw(SPACE)}import"
    match layout:
        case "plain":
            text = f"{head} {f'{draw(SPACE)},{draw(SPACE)} '.join(items)}"
        case "brackets":
            text = f"{head}{draw(SPACE)}({draw(SPACE)}{', '.join(items)}{draw(st.sampled_from(('', ',', ' ')))})"
        case "backslash":
            text = f"{head} {f', {chr(92)}{chr(10)}{indent}'.join(items)}"
        case _:
            lines = [f"{head} ({comment()}"]
            if layout == "hanging" and "#" not in lines[0]:
                lines[0] += items[0] + ","
                items = items[1:]
            for item in items:
                if draw(st.integers(1, 4)) == 1:
                    comments.append(f"# c{len(comments)}")
                    lines.append(indent + comments[-1])
                lines.append(f"{indent}{item},{comment()}")
            text = "\n".join([*lines, ")"])
    return text + comment(), comments


@given(
    statements(),
    st.sampled_from(("", "if True:\n    ", "def f():\n\t", "class C:\n  ", "x = 1; ", "if x: ")),
    st.sampled_from(("\n", "\r\n")),
    st.booleans(),
)
def test_a_statement_keeps_its_names_and_comments(
    drawn: tuple[str, list[str]], lead: str, newline: str, ends: bool
) -> None:
    statement, comments = drawn
    text = "x = 0\n# before\n" + lead + statement + "\n# behind" * ends + "\n"
    files = {**PIECES, "use.py": text.replace("\n", newline).encode()}
    plan = make_plan(MemoryTree(files), [PIECEWISE], jobs=1)
    after = planned(files, plan)
    new = after["use.py"].decode()
    assert _imported(new, TARGETS) == _imported(text, dict.fromkeys(TARGETS, "proj.legacy"))
    assert sorted(_comments(new)) == sorted(["# before", *comments, *["# behind"] * ends])
    assert newline == "\n" or "\n" not in new.replace("\r\n", "")
    assert not make_plan(MemoryTree(after), [PIECEWISE], jobs=1).changes


def _imported(text: str, homes: Mapping[str, str]) -> set[tuple[str, str]]:
    """Return the names that a text imports, each from the module that it should come from, with their local names."""
    names = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                assert node.module == homes[alias.name]
                names.add((alias.name, alias.asname or alias.name))
    return names


def _comments(text: str) -> list[str]:
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return [token.string for token in tokens if token.type == tokenize.COMMENT]


# -- there and back


THERE = Redirect("proj.first", "proj.second", {"Old": Target("proj.second", "Fresh")})
BACK = Redirect("proj.second", "proj.first", {"Fresh": Target("proj.first", "Old")})


@given(st.data())
def test_what_goes_there_comes_back_as_it_was(data: st.DataObject) -> None:
    """A redirect to a copy of the module and one back, where nothing is split or taken, is nothing at all."""
    writer = Writer(data.draw, "use.py")
    writer.aliases = ("alias", "taken", "util")
    writer.import_line()  # one: where two become the same, one of them goes
    for _ in range(data.draw(st.integers(1, 4))):
        writer.note()
    text = "\n".join(writer.lines).replace("legacy", "first").replace("other.first", "probe")
    names = [name for name in (*NAMES, "stamp") if name != "Old"]
    both = [_definition(name, name) for name in names]
    files = {
        "proj/__init__.py": b"",
        "proj/first.py": "\n".join([*both, "class Old: pass\n"]).encode(),
        "proj/second.py": "\n".join([*both, "class Fresh: pass\n"]).encode(),
        "use.py": (HEAD + text + "\n").encode(),
    }
    forth = make_plan(MemoryTree(files), [Migration("m", "m", steps=by_kind([THERE]))], jobs=1)
    moved_ = planned(files, forth)
    back = make_plan(MemoryTree(moved_), [Migration("m", "m", steps=by_kind([BACK]))], jobs=1)
    if not forth.left and not back.left:
        assert planned(moved_, back)["use.py"] == files["use.py"]


# -- a module that warns

LINES = (
    "# a comment",
    "",
    "import os",
    "import zlib, json as j",
    "from collections import OrderedDict",
    "import warnings",
    "import warnings as w",
    "from warnings import warn",
    "import abc; import ast",
    "import os  # behind",
    "try:\n    import nowhere\nexcept ImportError:\n    nowhere = None",
    "if True:\n    import string",
    "__version__ = '1'",
    "SIZE = 1",
    "SIZE = 1; import sys",
    "def run():\n    import warnings\n    return warnings",
    "'a string'",
    "class Box: pass",
)
OPENINGS = (
    "",
    '"""Docstring."""\n',
    "# Licence\n\n",
    "#!/usr/bin/env python\n",
    "'''Doc\n\nstring.'''\n\n",
)
FUTURE = (
    "",
    "",
    "from __future__ import annotations\n",
    "from __future__ import annotations, division\n\n",
)


@given(
    st.sampled_from(OPENINGS),
    st.sampled_from(FUTURE),
    st.lists(st.sampled_from(LINES), max_size=6),
    st.sampled_from(("\n", "\r\n")),
    st.booleans(),
)
def test_a_deprecated_module_warns_once(
    opening: str, future: str, lines: list[str], newline: str, ends: bool
) -> None:
    text = opening + future + "\n".join([*lines, "SIZE = 2"]) + "\n" * ends
    files = {"proj/__init__.py": b"", "proj/legacy.py": text.replace("\n", newline).encode()}
    _, after = _deprecated(files, "1.0")
    new = after["proj/legacy.py"].decode()
    tree = ast.parse(new)
    assert ast.get_docstring(tree) == ast.get_docstring(ast.parse(text))
    assert _comments(new) == _comments(text)
    assert newline == "\n" or "\n" not in new.replace("\r\n", "") or "\n" not in text
    assert not _deprecated(after, "1.0")[0].changes
    assert _told(after) == ["proj.legacy is deprecated since 1.0"]
    _, later = _deprecated(after, "2.0")
    assert _told(later) == ["proj.legacy is deprecated since 2.0"]
    assert _deprecated(later, "1.0")[1] == after


def _deprecated(files: Mapping[str, bytes], since: str) -> tuple[Plan, dict[str, bytes]]:
    step = Deprecate("proj.legacy", use=None, since=since, removal=None)
    plan = make_plan(MemoryTree(files), [Migration("m", "m.toml", steps=by_kind([step]))], jobs=1)
    assert not plan.left
    return plan, planned(files, plan)


def _told(files: Mapping[str, bytes]) -> list[str]:
    """Return what is said when the module is imported."""
    with importable(files), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        importlib.import_module("proj.legacy")
    return [str(warning.message) for warning in caught if warning.category is DeprecationWarning]
