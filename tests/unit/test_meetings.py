"""Where what comes of a name that stays meets what comes of one that moves: ``made`` makes a ``Kind``."""

from __future__ import annotations

import pytest

from unfork.reading.meetings import Meetings
from unfork.reading.source import Source

MEETING = (
    "isinstance(made(), Kind)",
    "made() is Kind.HIGH",
    "made() in (Kind.LOW, Kind.HIGH)",
    "{Kind.LOW: 1}[made()]",
    "made() | Kind.HIGH",
    "made().get(Kind.HIGH)",
    "items = [made()]\nitems.remove(Kind.HIGH)",
    "items = []\nitems.append(made())\nfor item in items:\n    item == Kind.HIGH",
    "def is_high(x): return x is Kind.HIGH\nis_high(made())",
    "filter(lambda x: x is Kind.HIGH, [made()])",
    "def is_high(x): return x is Kind.HIGH\nfilter(is_high, [made()])",
    "class Box:\n    def __init__(self): self.item = made()\n    def ok(self): return isinstance(self.item, Kind)",
    "class Box:\n    default = made()\nBox.default == Kind.HIGH",
    "filter(Kind.is_high, [made()])",
    "def run(check): return check(made())\nrun(lambda x: isinstance(x, Kind))",
    "def ask(x, *, kind=Kind): return isinstance(x, kind)\nask(made())",
    "match made():\n    case Kind.HIGH: pass",
    "match made():\n    case Kind(): pass",
    "try:\n    made()\nexcept (KeyError, Kind):\n    pass",
    "with suppress(Kind):\n    made()",
    "class Test:\n    def test(self): self.assertIsInstance(made(), Kind)",
    "@singledispatch\ndef show(x): ...\n@show.register(Kind)\ndef show_kind(x): ...\nshow(made())",
    "@singledispatch\ndef show(x): ...\n@show.register\ndef _(x: Kind): ...\nshow(made())",
    "handled = Kind()\nhandled.accept(made())",
    "from shop.old import Kind as Sort, made\nisinstance(made(), Sort)",
    "from shop.old import *\nisinstance(made(), Kind)",
    "import shop.old\nisinstance(shop.old.made(), shop.old.Kind)",
)
APART = (
    "made(); Kind()",
    "print(made(), Kind())",
    "print(made().name); isinstance(other, Kind)",
    "items = [made()]\nothers = [Kind()]\nlen(items) + 1, len(others) + 1",
    "try:\n    other()\nexcept Kind:\n    made()",
    "with suppress(Kind):\n    other()\nmade()",
    "def run(check): return check(other())\nrun(lambda x: isinstance(x, Kind))\nmade()",
    "filter(Kind.is_high, [other()])\nmade()",
    "made(Kind.HIGH)",
    "jobs = []\njobs.append(made(Kind.HIGH))",
    "class Test:\n    def test(self): self.assertTrue(made())",
)
IMPORT = "from shop.old import Kind, made\n"


def _line(text: str, is_asking: bool = False) -> int | None:
    return Meetings(Source.read("use.py", text.encode()), {"made"}, {"Kind"}, is_asking).line


@pytest.mark.parametrize("text", MEETING)
def test_they_meet(text: str) -> None:
    assert _line(text if "import" in text else IMPORT + text) is not None


@pytest.mark.parametrize("text", APART)
def test_they_stay_apart(text: str) -> None:
    assert _line(IMPORT + text) is None


def test_a_name_that_asks_is_given_what_moves() -> None:
    text = IMPORT + "level = Kind.HIGH\nmade(level)"
    assert _line(text) is None
    assert _line(text, is_asking=True) == 3


def test_what_carries_and_is_handed_on() -> None:
    text = "from shop.old import made\nfrom shop.till import total\ndef first(): return made()\ntotal(first())"
    meetings = Meetings(Source.read("use.py", text.encode()), {"made"}, {"Kind"}, False)
    assert meetings.line is None
    assert {"made", "first"} <= meetings.carriers
    assert [*meetings.handed] == ["total"]


def _meetings(text: str, names: set[str]) -> Meetings:
    return Meetings(Source.read("shop/api.py", text.encode()), names, spelled={"shop.old"})


HOLDING = (
    "from shop import old as store",
    "import shop.old as store",
    "from importlib import import_module\nstore = import_module('shop.old')",
    "import sys\nstore = sys.modules['shop.old']",
    "from shop import old\nMODULES = [old]\nstore = MODULES[0]",
    "def load():\n    global store\n    from shop import old\n    store = old",
    "from shop import box, old\nsetattr(box, 'store', old)\nstore = box.store",
)


@pytest.mark.parametrize("text", HOLDING)
@pytest.mark.parametrize("use", ["store.made()", "getattr(store, 'made')", "vars(store)['made']"])
def test_what_is_taken_of_what_holds_a_module(text: str, use: str) -> None:
    lines = text.count("\n") + 2
    assert _meetings(f"{text}\n{use}", {"old"}).taken["made"] == lines


def test_nothing_is_taken_of_what_holds_another() -> None:
    text = "from shop import new as store\nstore.made()\nother = 'shop.new'\nother.made()"
    assert "made" not in _meetings(text, {"old"}).taken


def test_foreign_expressions_come_of_neither() -> None:
    source = Source.read("use.py", b"import toys\ntoys.old.made()")
    assert "made" in Meetings(source, {"old"}).taken
    foreign = [node for node in source.nodes if getattr(node, "attr", "") == "old"]
    assert "made" not in Meetings(source, {"old"}, foreign=foreign).taken


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("def __getattr__(name):\n    from shop import old\n    return getattr(old, name)", "api"),
        (
            "def __getattr__(name):\n    if name == 'store':\n        from shop import old\n"
            "        return old\n    raise AttributeError(name)",
            "store",
        ),
    ],
)
def test_what_is_given_on_request_is_carried(text: str, name: str) -> None:
    assert name in _meetings(text, {"old"}).carriers


def test_functions_that_call_what_they_are_given_are_carried() -> None:
    text = "from shop.old import made\ndef run(check): return check(made())"
    assert "run()" in _meetings(text, {"made"}).carriers
    use = "from shop.api import run as go\nfrom shop.old import Kind\ngo(lambda x: isinstance(x, Kind))"
    assert Meetings(Source.read("use.py", use.encode()), {"run()"}, {"Kind"}).line == 3
    assert Meetings(Source.read("use.py", use.encode()), {"run"}, {"Kind"}).line is None
