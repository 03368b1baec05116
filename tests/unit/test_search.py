"""Files that are no code are searched by git, which must not see less than reading each of them would."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path

import pytest
from scratch import fill, git, make_conflict, repository

from unfork.files.tree import CommitTree, WorkTree
from unfork.planning.overlay import Overlay
from unfork.reading.code_tree import CodeTree

CODE = (".py",)
LARGEST = 1000
WORD = b"see old_billing for this\n"


def searched(root: Path, words: Collection[bytes] = (b"old_billing",)) -> tuple[str, ...]:
    """Return what a search finds, both after a listing and without one."""
    listed = WorkTree(root)
    listed.paths(CODE)
    paths = listed.begin_search(words, CODE, LARGEST)()
    assert WorkTree(root).begin_search(words, CODE, LARGEST)() == paths
    return paths


def test_only_files_that_contain_a_word_and_are_no_code_are_found(tmp_path: Path) -> None:
    files = {"a.md": WORD, "deep/b.txt": WORD, "c.md": b"billing\n", "old.py": WORD}
    root = repository(tmp_path, files)
    assert searched(root) == ("a.md", "deep/b.txt")
    assert searched(root, (b"old_billing", b"billing")) == ("a.md", "c.md", "deep/b.txt")
    assert searched(root, (b"nowhere",)) == ()


def test_the_paths_are_those_below_the_root(tmp_path: Path) -> None:
    root = repository(tmp_path, {"a.md": WORD, "sub/b.md": WORD})
    git(root, "config", "grep.fullName", "true")
    assert searched(root / "sub") == ("b.md",)


def test_what_is_on_disk_counts_whatever_the_index_has(tmp_path: Path) -> None:
    names = ("trusted", "changed", "skipped", "unchanged")
    root = repository(tmp_path, {f"{name}.md": b"1\n" for name in names})
    git(root, "update-index", "--assume-unchanged", "trusted.md")
    git(root, "update-index", "--skip-worktree", "skipped.md")
    fill(root, {f"{name}.md": WORD for name in ("trusted", "changed", "skipped", "new", "added")})
    git(root, "add", "--intent-to-add", "added.md")
    assert searched(root) == ("added.md", "changed.md", "new.md", "skipped.md", "trusted.md")


def test_files_that_are_not_there_and_ignored_ones_are_not_found(tmp_path: Path) -> None:
    root = repository(tmp_path, {"gone.md": WORD, "a.md": WORD, ".gitignore": b"*.log\n"})
    (root / "gone.md").unlink()
    fill(root, {"old.log": WORD})
    assert searched(root) == ("a.md",)


def test_an_ignored_file_that_is_tracked_is_found(tmp_path: Path) -> None:
    root = repository(tmp_path, {"a.log": WORD})
    fill(root, {".gitignore": b"*.log\n"})
    assert "a.log" in searched(root)


@pytest.mark.skipif(os.name != "posix", reason="needs links")
def test_links_are_not_followed(tmp_path: Path) -> None:
    outside = fill(tmp_path / "outside", {"a.md": WORD, "folder/b.md": WORD})
    root = repository(tmp_path / "root", {"a.md": WORD, "folder/b.md": WORD})
    for name in ("a.md", "folder/b.md"):
        (root / name).unlink()
    (root / "folder").rmdir()
    (root / "a.md").symlink_to(outside / "a.md")
    (root / "folder").symlink_to(outside / "folder")
    assert searched(root) == ()


def test_a_file_with_conflicts_is_found(tmp_path: Path) -> None:
    root = repository(tmp_path, {"a.md": b"1\n"})
    make_conflict(root, "a.md", WORD)
    assert searched(root) == ("a.md",)


@pytest.mark.parametrize(
    ("attributes", "data"),
    [
        (b"*.dat binary\n", WORD),
        (b"*.dat -text\n", b"\0" + WORD),
        (b"*.dat diff=driver\n", WORD),
        (b"*.dat working-tree-encoding=UTF-16\n", WORD),
    ],
)
def test_attributes_hide_nothing(tmp_path: Path, attributes: bytes, data: bytes) -> None:
    root = repository(tmp_path, {"a.md": b""})
    fill(root, {".gitattributes": attributes, "b.dat": b"1\n"})
    git(root, "-c", "core.safecrlf=false", "add", ".gitattributes")
    git(root, "update-index", "--add", "--cacheinfo", f"100644,{_blob(root)},b.dat")
    fill(root, {"b.dat": data})
    assert searched(root) == ("b.dat",)


def _blob(root: Path) -> str:
    return git(root, "hash-object", "-w", "--no-filters", "a.md").strip()


@pytest.mark.parametrize("words", [["\xe4lter".encode()], [b"w%d" % n for n in range(100)]])
def test_what_git_does_not_search_may_be_anywhere(tmp_path: Path, words: list[bytes]) -> None:
    root = repository(tmp_path, {"a.md": WORD, "b.txt": b"", "c.py": b""})
    assert searched(root, words) == ("a.md", "b.txt")


def test_many_words_with_a_part_in_common_are_searched_by_that(tmp_path: Path) -> None:
    files = {
        "a.md": WORD,
        "b.txt": b"my_billing\n",
        "d.md": b"the bill\n",
        "e.md": b"see queue7_jobs\n",
    }
    root = repository(tmp_path, files)
    words = [b"%b_billing" % name for name in (b"old", b"ancient")] + [
        b"queue%d_jobs" % n for n in range(9)
    ]
    assert searched(root, words) == ("a.md", "b.txt", "e.md")


@pytest.mark.parametrize("number", [1, 101])
def test_large_files_are_not_read(tmp_path: Path, number: int) -> None:
    large = {f"large [{n}].bin": WORD * 100 for n in range(number)}
    root = repository(tmp_path, {"a.md": WORD, "large 0.bin": WORD, **large})
    paths = set(searched(root)) - (large.keys() if number > 100 else set())
    assert paths == {"a.md", "large 0.bin"}


def test_outside_git_every_file_may_have_it(tmp_path: Path) -> None:
    root = fill(tmp_path, {"a.md": WORD, "b.txt": b"", "c.py": b""})
    assert searched(root) == ("a.md", "b.txt")


def test_a_root_that_git_ignores_is_searched(tmp_path: Path) -> None:
    root = repository(tmp_path, {".gitignore": b"scratch/\n"})
    fill(root, {"scratch/a.md": WORD, "scratch/c.py": b""})
    assert searched(root / "scratch") == ("a.md",)


def test_a_commit_may_have_it_in_every_file(tmp_path: Path) -> None:
    root = repository(tmp_path, {"a.md": b"", "c.py": b""})
    assert CodeTree(CommitTree(root)).begin_search([b"old_billing"], CODE, LARGEST)() == ("a.md",)


def test_changed_files_are_among_those_found_and_deleted_ones_are_not(tmp_path: Path) -> None:
    root = repository(tmp_path, {"a.md": WORD, "setup.cfg": b"", "gone.cfg": WORD})
    tree = Overlay(CodeTree(WorkTree(root)), {"setup.cfg": WORD, "x.py": b""}, frozenset())
    tree = tree.changed({}, ["gone.cfg"])
    assert tree.begin_search([b"old_billing"], CODE, LARGEST)() == ("a.md", "setup.cfg")
