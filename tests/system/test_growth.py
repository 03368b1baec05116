"""Inputs that once took hours are done, or refused, in a run. tests/lab/growth.py shows how their times grow."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from itertools import combinations
from pathlib import Path

import pytest
from hostile import environment
from lab.growth import CASES

from unfork.files.globs import glob_paths
from unfork.reading.prefilter import Prefilter
from unfork.reading.projects import _matches_folder
from unfork.toml import TooDeepError, loads

if os.name != "posix":
    pytest.skip("names and links that need POSIX", allow_module_level=True)

PATIENCE = 300
"""Each takes seconds, and took many times this long: how busy a machine is makes no difference."""
REFUSED = {"a key with many dots"}


@pytest.mark.parametrize("name", sorted(CASES))
def test_no_input_takes_time_without_bound(tmp_path: Path, name: str) -> None:
    make, args, sizes = CASES[name]
    root = tmp_path.resolve()
    try:
        make(root, sizes[-1])
        done = subprocess.run(
            [sys.executable, "-m", "unfork", *args, "-j", "1"],
            cwd=root,
            env=environment(),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
    finally:
        if name.startswith("nested"):  # deeper than Python's own tools go
            subprocess.run(["rm", "-rf", root / "d"], check=True)
    assert done.returncode in ({2} if name in REFUSED else {0, 1}), done.stderr
    assert "bug in unfork" not in done.stderr


# -- patterns


def folders(root: Path, *paths: str) -> Path:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("")
    return root


def test_a_glob_finds_what_it_should(tmp_path: Path) -> None:
    root = folders(tmp_path, "m.toml", "a/m.toml", "a/b/m.toml", ".h/m.toml", "a/.h/m.toml")
    assert glob_paths(root, "m.toml") == ["m.toml"]
    assert glob_paths(root, "*/m.toml") == ["a/m.toml"]
    assert glob_paths(root, "**/m.toml") == ["a/b/m.toml", "a/m.toml", "m.toml"]
    assert glob_paths(root, "**/**/b/**/m.toml") == ["a/b/m.toml"]
    assert glob_paths(root / "a", "../*.toml") == ["../m.toml"]
    assert glob_paths(root, str(root / "a/**/m.*")) == [
        str(root / "a/b/m.toml"),
        str(root / "a/m.toml"),
    ]
    assert glob_paths(root, "none/**/m.toml") == []


def test_a_glob_follows_no_link_under_its_stars(tmp_path: Path) -> None:
    root = folders(tmp_path / "root", "m.toml")
    folders(tmp_path / "outside", "m.toml")
    (root / "self").symlink_to(".")
    (root / "out").symlink_to("../outside")
    assert glob_paths(root, "**/m.toml") == ["m.toml"]
    assert glob_paths(root, "out/m.toml") == ["out/m.toml"]


@pytest.mark.parametrize(
    ("pattern", "taken", "not_taken"),
    [
        ("packages/*", ["packages/a"], ["packages", "packages/a/b", "a"]),
        ("libs/**", ["libs/a", "libs/a/b"], ["libs", "other/a"]),
        ("**/x", ["x", "a/x", "a/b/x"], ["a/xx", "x/a"]),
        ("a/**/b", ["a/b", "a/c/d/b"], ["a", "a/b/c", "c/a/b"]),
        ("./a?", ["ab"], ["a", "abc"]),
    ],
)
def test_a_workspace_takes_what_its_pattern_says(
    pattern: str, taken: list[str], not_taken: list[str]
) -> None:
    assert [folder for folder in taken if not _matches_folder(pattern, folder)] == []
    assert [folder for folder in not_taken if _matches_folder(pattern, folder)] == []


# -- texts


def test_a_key_of_toml_has_a_hundred_parts_at_most() -> None:
    short, long = ".".join("a" * 100), ".".join("a" * 102)
    assert loads(f"[{short}]\n")
    assert loads(f'x = "{long}"\n') == {"x": long}
    for text in (f"[{long}]\n", f"\n{long} = 1\n", f"x = {{ b = 1, {long} = 1 }}\n"):
        with pytest.raises(TooDeepError) as raised:
            loads(text)
        assert raised.value.line == (2 if text.startswith("\n") else 1)
    with pytest.raises(TooDeepError):
        loads("x = " + "[" * 100_000)


@pytest.mark.parametrize(
    "text",
    [
        "from a.b import (\n" + "    one,  # a note\n" * 29 + "    legacy,\n)\n",
        "from a.b import (\n" + "    one,  # a note\n" * 300 + "    legacy,\n)\n",
        "from a.b import " + "one, " * 1_000 + "legacy\n",
        "from a.b import one, \\\n" + "    two, \\\n" * 200 + "    legacy\n",
        "import a.b as c\nc # " + "x" * 500 + "\nc.legacy\n",
        "(a.b  # " + "x" * 500 + "\n  .legacy)\n",
        "(a.b" + "  # x\n" * 50 + "  .legacy)\n",
        "(a.b" + " " * 5_000 + ".legacy)\n",
    ],
    ids=lambda text: text[:24],
)
def test_what_goes_on_for_long_is_not_passed_over(text: str) -> None:
    assert Prefilter(frozenset({"a.b.legacy"})).matches(b"# legacy\n" + text.encode())


def test_what_has_the_word_alone_is_passed_over() -> None:
    text = (
        b"# legacy\nfrom a.b import (\n    one,  # a note\n)\nimport a.c, \\\n    d\nb = legacy\n"
    )
    assert not Prefilter(frozenset({"a.b.legacy"})).matches(text)


def test_patterns_are_compiled_once_a_word_not_once_a_text(monkeypatch: pytest.MonkeyPatch) -> None:
    words = [f"word{n}" for n in range(12)]
    prefilter = Prefilter(frozenset(f"a.b.{word}" for word in words))
    compiled = 0

    def compile_counted(*alternatives: bytes) -> re.Pattern[bytes]:
        nonlocal compiled
        compiled += 1
        return re.compile(b"|".join(alternatives))

    monkeypatch.setattr("unfork.reading.prefilter._starting_with_letters", compile_counted)
    for first, second in combinations(words, 2):
        text = f"b.{first}.x\nb.{second}.y\n".encode()
        assert prefilter.matches(text)
        assert list(prefilter.uses(text))
    assert 0 < compiled <= 3 * len(words)
