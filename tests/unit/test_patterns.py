from __future__ import annotations

import random
import subprocess
from pathlib import Path

import pytest

from unfork.patterns import path_matcher


@pytest.mark.parametrize(
    ("pattern", "path", "taken"),
    [
        ("archive/**", "archive/a/b.py", True),
        ("archive/**", "archive", False),
        ("archive/**", "src/archive/a.py", False),
        ("archive", "src/archive/a.py", True),
        ("archive", "archived/a.py", False),
        ("archive/", "archive", False),
        ("archive/", "src/archive/a.py", True),
        ("/setup.py", "setup.py", True),
        ("/setup.py", "src/setup.py", False),
        ("*_pb2.py", "src/a_pb2.py", True),
        ("src/*.py", "src/a/b.py", False),
        ("src/*.py", "src/b.py", True),
        ("**/old/*.py", "old/a.py", True),
        ("src/**/old", "src/old/x.py", True),
        ("src/**/old", "src/a/b/old/x.py", True),
        ("src/?.py", "src/ab.py", False),
        ("[!a-c].py", "d.py", True),
        ("[!a-c].py", "b.py", False),
        ("a[.]py", "a.py", True),
        ("**", "any/thing.py", True),
        ("A.py", "a.py", False),
        ("na\u00efve/**", "na\u00efve/a.py", True),
    ],
)
def test_what_a_pattern_takes(pattern: str, path: str, taken: bool) -> None:
    assert path_matcher([pattern])(path) is taken
    assert path_matcher(["no/such", pattern])(path) is taken


def test_no_pattern_takes_nothing() -> None:
    assert not path_matcher([])("a.py")


@pytest.mark.parametrize(
    "pattern", ["", "/", "!a", "a\\b", "a//b", "./a", "../a", "a/../b", "[z-a].py"]
)
def test_a_pattern_that_makes_no_sense(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"has|starts with"):
        path_matcher([pattern])


def test_patterns_read_as_git_reads_them(tmp_path: Path) -> None:
    source = random.Random(7)
    names = ["a", "b", "ab", "a.py", "b.py", "aab", "]"]
    parts = [
        "a",
        "b",
        "ab",
        "a.py",
        "*",
        "**",
        "a*",
        "*b",
        "?",
        "[ab]",
        "[!a]",
        "[^a]",
        "a*b*",
        "[]a]",
    ]
    paths = sorted({"/".join(source.choices(names, k=source.randint(1, 4))) for _ in range(150)})
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    for _ in range(60):
        pattern = "/".join(source.choices(parts, k=source.randint(1, 4)))
        pattern = source.choice(["", "", "/"]) + pattern + source.choice(["", "", "/"])
        (tmp_path / ".gitignore").write_text(f"{pattern}\n")
        asked = ["git", "check-ignore", "--no-index", "-z", "--stdin"]
        told = subprocess.run(
            asked, cwd=tmp_path, input="\0".join(paths).encode(), capture_output=True
        )
        assert [p for p in paths if path_matcher([pattern])(p)] == told.stdout.decode().split("\0")[
            :-1
        ]


def test_a_hostile_pattern_takes_no_time() -> None:
    takes = path_matcher(["**/a/" * 30 + "x", "*a*" * 30 + "b", "a/" * 20 + "**/" * 20 + "*b*c"])
    assert not any(map(takes, ["a/" * 2000, "a" * 4000, "a/" * 40 + "b" * 4000]))
