"""Where a name and its counterpart are not alike, the diff says so."""

import sys
from pathlib import Path

import pytest

import unfork

MIGRATION = """
[migration]
name = "m"
[[redirect]]
from = "proj.legacy"
to = "proj.canonical"
"""


def notes(tmp_path: Path, legacy: str, canonical: str, calls: str = "") -> list[str]:
    package = tmp_path / "proj"
    package.mkdir()
    for name, text in {"__init__": "", "legacy": legacy, "canonical": canonical}.items():
        (package / f"{name}.py").write_text(text)
    (tmp_path / "use.py").write_text("from proj.legacy import thing\n")
    file = tmp_path / "m.toml"
    file.write_text(MIGRATION + calls)
    plan = unfork.plan(tmp_path, [unfork.load_migration(file)])
    assert not plan.left
    return [str(note) for note in plan.notes]


@pytest.mark.parametrize(
    ("legacy", "canonical", "how"),
    [
        ("def thing(a): ...", "def thing(a, b): ...", "(a) here, (a, b) there"),
        ("def thing(a): ...", "async def thing(a): ...", "a function here, a coroutine there"),
        ("def thing(): ...", "class thing: ...", "a function here, a class there"),
        ("thing = 3", "thing = 5", "3 here, 5 there"),
        ("class thing:\n    def go(self): ...", "class thing:\n    x = 1", "go only here"),
        (
            "class thing:\n    def go(self): ...",
            "class thing:\n    def go(self, how): ...",
            "go(self) here, (self, how) there",
        ),
    ],
)
def test_a_difference_is_told(tmp_path: Path, legacy: str, canonical: str, how: str) -> None:
    (note,) = notes(tmp_path, f"{legacy}\n", f"{canonical}\n")
    expected = f"proj/legacy.py:1:1 UF010 thing and proj.canonical:thing differ: {how}"
    assert note.startswith(expected)


@pytest.mark.parametrize(
    ("legacy", "canonical"),
    [
        ("def thing(a: int) -> str: ...", "def thing(a: str): return a"),
        ("thing = 3", "thing = 3"),
        ("thing = [1]", "thing = list()"),
        ("class thing:\n    def _go(self): ...", "class thing:\n    def other(self): ..."),
    ],
)
def test_what_looks_alike_is_no_difference(tmp_path: Path, legacy: str, canonical: str) -> None:
    assert notes(tmp_path, f"{legacy}\n", f"{canonical}\n") == []


CLASS = "class thing:\n    def __init__(self, wait=1): ...\n    def run(self, times): ...\n"
NEW_CLASS = "class thing:\n    def __init__(self, timeout=1): ...\n    def go(self, count): ...\n"
ALL_CALLS = """
[redirect.calls]
"thing" = { rename = { wait = "timeout" } }
"thing.run" = { to = "go", rename = { times = "count" } }
"""


def test_what_the_migration_renames_is_no_difference(tmp_path: Path) -> None:
    assert notes(tmp_path, CLASS, NEW_CLASS, ALL_CALLS) == []


@pytest.mark.parametrize(
    ("calls", "how"),
    [
        (
            ALL_CALLS.replace(', rename = { times = "count" }', ""),
            "run(self, times) here, (self, count)",
        ),
        (ALL_CALLS.replace('rename = { wait = "timeout" }', 'drop = ["wait"]'), "wait=1) here"),
    ],
)
def test_what_is_not_renamed_still_differs(tmp_path: Path, calls: str, how: str) -> None:
    (note,) = notes(tmp_path, CLASS, NEW_CLASS, calls)
    assert how in note


@pytest.mark.skipif(sys.version_info < (3, 12), reason="type statements came with Python 3.12")
@pytest.mark.parametrize(
    ("legacy", "canonical", "how"),
    [
        ("type thing = int", "type thing = float", "int here, float there"),
        (
            "type thing = list[int] | None",
            "type thing = list[int]",
            "list[int] | None here, list[int] there",
        ),
        ("type thing = int", "class thing: ...", "a type here, a class there"),
        ("type thing = int", "type thing = int", ""),
        ("type thing[T] = list[T]", "type thing[U] = list[U]", ""),
        ("class Old: ...\ntype thing = Old", "class New: ...\ntype thing = New", ""),
    ],
)
def test_types_differ_by_the_builtins_that_they_are_made_of(
    tmp_path: Path, legacy: str, canonical: str, how: str
) -> None:
    told = notes(tmp_path, f"{legacy}\n", f"{canonical}\n")
    expected = (
        [f"thing and proj.canonical:thing differ: {how}; a redirect changes that"] if how else []
    )
    assert [note.partition(" UF010 ")[2] for note in told] == expected
