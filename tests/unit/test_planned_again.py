"""A file is planned again only if something that its result rests on is decided anew."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from memory import MemoryTree

from unfork.planning.overlay import Overlay
from unfork.planning.pipeline import make_plan
from unfork.planning.run import Run
from unfork.reading.definitions import Definitions
from unfork.reading.heads import Sources
from unfork.reading.index import Index
from unfork.reading.layout import Layout
from unfork.reading.scope_analysis import analyse_scopes
from unfork.rewriting import file_migration
from unfork.rewriting.constraints import Constraints
from unfork.rewriting.engine import Engine
from unfork.rewriting.file_results import FileResult
from unfork_codemods.bindings import AskedBindings, Bindings, Kept
from unfork_codemods.migration import Migration, by_kind
from unfork_codemods.project import Destination, ImportedName, Located
from unfork_codemods.redirect import Redirect

MIGRATION = Migration(
    "m", "m.toml", steps=by_kind([Redirect("p.old", "p.new", {}), Redirect("p.a", "p.b", {})])
)
CLOCK = b"def now(): return 1\ndef stamp(): return now()\n"
OTHER_CLOCK = b"from p import time\n\ndef stamp(): return time.now()\n"
"""It looks up nothing that could take the place of ``now`` in the other."""
PROJECT = {
    "p/__init__.py": b"",
    "p/time.py": b"def now(): return 1\n",
    "p/old.py": CLOCK,
    "p/new.py": OTHER_CLOCK,
    "p/a.py": b"class A: pass\n",
    "p/b.py": b"class A: pass\n",
    "stamps.py": b"from p.old import stamp\n\nstamp()\n",
    "letters.py": b"from p.a import A\n\nA()\n",
    "test.py": b"from unittest import mock\n\nmock.patch('p.old.now')\n",
}


def _planned(files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Return how often each file is planned, in the first round."""
    planned: Counter[str] = Counter()
    plan_file = file_migration.migrate_file

    def counted(engine: Engine, path: str, facts: Constraints, rewrites: bool = True) -> FileResult:
        planned[path] += engine.tree.read("letters.py") == files["letters.py"]
        return plan_file(engine, path, facts, rewrites)

    monkeypatch.setattr(file_migration, "migrate_file", counted)
    plan = make_plan(MemoryTree(files), [MIGRATION], jobs=1)
    assert "letters.py" in {change.path for change in plan.changes}
    return planned


def test_who_replaces_a_name_matters_to_those_who_ask_about_its_module(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    planned = _planned(PROJECT, monkeypatch)
    assert (planned["letters.py"], planned["stamps.py"], planned["test.py"]) == (1, 2, 2)


def test_nothing_is_planned_again_where_nothing_is_replaced(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    planned = _planned(PROJECT | {"test.py": b"import p.old\n"}, monkeypatch)
    assert set(planned.values()) == {1}


def _name(key: str, name: str) -> ImportedName:
    return ImportedName("user.py", Located(key), key.replace("/", "."), name)


def test_bindings_differ_in_the_modules_they_are_about() -> None:
    moved = {("p/old", "now"): Destination("p/new", "now", "p.new")}
    kept = {("p/a", "A"): Kept("B looks it up")}
    some = Bindings(moved, kept, frozenset({"p/whole"}))
    assert some.differing(Bindings(dict(moved), dict(kept), frozenset({"p/whole"}))) == frozenset()
    assert some.differing(Bindings()) == {"p/old", "p/a", "p/whole"}
    assert Bindings().differing(some) == some.differing(Bindings())
    assert some.differing(some._replace(stays={("p/a", "A"): Kept("C looks it up")})) == {"p/a"}


def test_bindings_note_what_they_are_asked_about() -> None:
    kept = {("p/a", "A"): Kept("B looks it up")}
    asked = AskedBindings.of(Bindings(stays=kept, swapped=frozenset({"p/whole"})))
    assert asked == Bindings(stays=kept, swapped=frozenset({"p/whole"}))
    assert asked.kept(_name("p/a", "A")) == "B looks it up"
    assert asked.moved(_name("p/b", "B")) is None
    assert (asked.is_swapped("p/whole"), asked.holds("p/c")) == (True, False)
    assert asked.asked == {"p/a", "p/b", "p/whole", "p/c"}


def test_a_text_is_parsed_once_as_long_as_there_is_room() -> None:
    sources = Sources(room=20)
    first = sources.read("a.py", b"import old\n")
    assert sources.read("a.py", b"import old\n") is first
    assert first.once(analyse_scopes) is first.once(analyse_scopes)
    second = sources.read("b.py", b"import older\n")
    assert sources.read("b.py", b"import older\n") is not second
    changed = sources.read("a.py", b"import newer_one\n")
    assert (changed.data, changed.imports[0].node.lineno) == (b"import newer_one\n", 1)
    assert sources.read("a.py", b"import newer_one\n") is changed
    assert sources.read("a.py", b"import old\n") is not first


def test_later_rounds_and_migrations_read_the_files_that_are_parsed() -> None:
    run = Run(Overlay(MemoryTree(PROJECT), {}, frozenset()), MIGRATION, tuple(PROJECT), None, ())
    later = replace(run, migration=Migration("n", "n.toml", steps={})).by_module()
    assert later.engine is not run.engine
    sources = later.engine.heads.sources
    assert sources is run.engine.heads.sources
    assert sources is run.engine.verifier.project.with_copies().heads.sources


def test_a_later_round_knows_what_unchanged_modules_define() -> None:
    texts = {f"p/{name}.py": b"class A: pass\n" for name in ("same", "changed", "stubbed", "gone")}
    texts["p/stubbed.pyi"] = b"class A: ...\n"
    after = texts | {"p/changed.py": b"class B: pass\n"}
    del after["p/gone.py"], after["p/stubbed.pyi"]
    first, second = _index(texts), _index(after)
    known = {key: first.definitions(key) for key in first.layout.modules}
    second.take_over(first, {"p/changed.py", "p/gone.py", "p/stubbed.pyi"})
    assert second.definitions("p/same") is known["p/same"]
    assert second.definitions("p/stubbed") is not known["p/stubbed"]
    assert second.definitions("p/gone") is None
    assert [*(second.definitions("p/changed") or Definitions()).names] == ["B"]


def _index(texts: dict[str, bytes]) -> Index:
    return Index(Layout(frozenset(texts), ("",)), texts.__getitem__)
