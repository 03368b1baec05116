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
