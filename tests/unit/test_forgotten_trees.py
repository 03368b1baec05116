"""What the verifier has parsed goes when the report is there: few of thousands of trees fit in memory."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest
from test_verification import BASE, verifier_of

from unfork.reading.heads import Heads, Sources
from unfork.verification import Rewrites
from unfork.verification.interest import EVERYTHING
from unfork_codemods.edits import Edit

USE = "from pkg.old import run\n\n\ndef main():\n    def inner():\n        return run()\n    return inner\n"


@pytest.fixture
def _no_collection() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("_no_collection")
def test_a_module_that_has_run_is_in_no_cycle() -> None:
    verifier = verifier_of({**BASE, "use.py": USE})
    states = verifier.states(Rewrites())
    for tree_state in states.tree_states(False):
        machine = tree_state.whole("use.py", EVERYTHING)
        assert machine is not None
        running = weakref.ref(machine)
        del machine
        states.forget("use.py")
        assert running() is None


@pytest.mark.parametrize("files", [3, 3000])
def test_a_report_keeps_trees_if_few_files_may_change(files: int) -> None:
    edits = {"use.py": (Edit(5, 12, b"pkg.new"),)}
    verifier = verifier_of({**BASE, "use.py": USE})
    verifier.project.heads.sources = Sources(least=0)
    verifier.project.heads.sources.reserve_for(files)
    rewrites = Rewrites(edits)
    states = verifier.states(rewrites)
    before = verifier.project.source("use.py")
    report = verifier.file("use.py", rewrites)
    assert [access.after for access in report.accesses] == [("pkg/new.py", "run")]
    assert (verifier.project.source("use.py") is before) == (files == 3)
    assert ("tree" in states.source_after("use.py").__dict__) == (files == 3)
    assert ("tree" in verifier.project.source("pkg/new.py").__dict__) == (files == 3)


def test_files_that_may_change_leave_less_room() -> None:
    sources = Sources(least=10)
    kept = sources.read("a.py", b"a = 1\n")
    assert (sources.read("a.py", b"a = 1\n") is kept, sources.is_full) == (True, False)
    sources.reserve_for(3000)
    assert sources.read("b.py", b"b = 1\n") is not sources.read("b.py", b"b = 1\n")
    assert sources.is_full
    assert sources.read("c", b"c=1\n") is sources.read("c", b"c=1\n")  # the least of room
    sources.reserve_for(10)
    assert sources.read("b.py", b"b = 1\n") is sources.read("b.py", b"b = 1\n")


def test_a_head_keeps_its_imports_only() -> None:
    text = b"def f():\n    if g:\n        import os\n\n\nX = {1: 2}\nimport re\ny = 1\n"
    head = Heads().of("a.py", text)
    told = [(s.node.names[0].name, s.in_function, s.guarded) for s in head.imports]
    assert told == [("os", True, True), ("re", False, False)]
    assert head.part.body == []
    assert [head.in_import(text.index(word)) for word in (b"os", b"re", b"X")] == [
        True,
        True,
        False,
    ]


def test_a_file_that_has_no_head_of_its_own() -> None:
    head = Heads().of("a.py", b"if 1:\n    import os\n    x = 1\n")
    assert [statement.node.names[0].name for statement in head.imports] == ["os"]
