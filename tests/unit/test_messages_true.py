"""What a finding says about a module is so."""

import pytest
from memory import MemoryTree

from unfork.planning.checking import check_files
from unfork_codemods.migration import Migration, by_kind
from unfork_codemods.redirect import Redirect

MIGRATION = Migration("m", "m.toml", steps=by_kind([Redirect("proj.legacy", "proj.canonical")]))
PASSED_ON = "from proj import legacy\n\nprint(legacy)\n"
TO = "import canonical as legacy, once nothing uses that"
WHOLE = "proj.legacy: the module itself is used here, and"


def messages(legacy: str, canonical: str, use: str) -> list[str]:
    files = {
        "proj/__init__.py": b"",
        "proj/legacy.py": legacy.encode(),
        "proj/canonical.py": canonical.encode(),
        "use.py": use.encode(),
    }
    findings = check_files(MemoryTree(files), [MIGRATION], jobs=1)
    return [finding.message for finding in findings if finding.path == "use.py"]


def test_a_name_that_the_legacy_module_has() -> None:
    (told,) = messages("here = 1\n", "", "from proj.legacy import here\n")
    assert told.startswith("here of proj.legacy has no counterpart in proj.canonical: write here =")


def test_a_name_that_no_module_has() -> None:
    (told,) = messages("here = 1\n", "here = 1\n", "from proj.legacy import gone\n")
    assert told == (
        "proj.legacy has no gone, and neither has proj.canonical: correct the name,"
        ' or write gone = "module:Name" under [redirect.names]'
    )


@pytest.mark.parametrize("legacy", ["from os.path import *\n", "here = (\n"])
def test_of_a_legacy_module_that_does_not_show_its_names_nothing_is_said(legacy: str) -> None:
    (told,) = messages(legacy, "here = 1\n", "from proj.legacy import gone\n")
    assert "has no gone" not in told


@pytest.mark.parametrize(
    ("legacy", "canonical", "why"),
    [
        ("a = b = 1\n", "a = 1\n", "proj.canonical has no b"),
        ("a = b = c = d = 1\n", "a = 1\n", "proj.canonical has no b, c, d"),
        ("a = b = c = d = e = 1\n", "a = 1\n", "proj.canonical has no b, c, d and 1 more"),
        (
            "a = b = 1\n",
            "import os\n\na = 1\nif os.environ:\n    b = 1\n",
            "b cannot move from proj.legacy to proj.canonical",
        ),
    ],
)
def test_why_a_module_cannot_stand_for_another(legacy: str, canonical: str, why: str) -> None:
    (told,) = messages(legacy, canonical, PASSED_ON)
    assert told == f"{WHOLE} {why}; write: from proj {TO}"
