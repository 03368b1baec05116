from __future__ import annotations

import errno
import multiprocessing
import os
import pickle
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from scratch import fill, git, make_conflict, repository

from unfork.audit.run import audit_tree
from unfork.errors import GitError
from unfork.files import tree as trees
from unfork.files.repository import find_repository
from unfork.files.tree import CommitTree, WorkTree
from unfork.loading.migration_file import migration_of
from unfork.loading.tables import parse_table
from unfork.planning.pipeline import make_plan

SIZES = {"empty": 0, "small": 100, "large": 101, "shrunk": 101}
posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX file names, links or pipes")
linux = pytest.mark.skipif(sys.platform != "linux", reason="file names must be UTF-8 here")


def test_tracked_and_not_ignored_files_are_listed_once_and_sorted(tmp_path: Path) -> None:
    root = repository(tmp_path, {"b.py": b"", "a/x.py": b"1", ".gitignore": b"*.log\n"})
    fill(root, {"new.py": b"", "a/y.log": b"", ".hidden/z.py": b""})
    assert WorkTree(root).paths() == (".gitignore", ".hidden/z.py", "a/x.py", "b.py", "new.py")
    assert WorkTree(root).read("a/x.py") == b"1"


def test_a_root_below_the_top_has_its_own_paths(tmp_path: Path) -> None:
    root = repository(tmp_path, {"b.py": b"", "a/x.py": b"1", "a/c/y.py": b"2"})
    assert WorkTree(root / "a").paths() == ("c/y.py", "x.py") == CommitTree(root / "a").paths()
    assert CommitTree(root / "a").read("c/y.py") == b"2"
    located, top = find_repository(root / "a" / "c"), Path(os.path.realpath(root))
    assert located is not None
    assert (located.top, located.prefix, located.folder) == (top, "a/c/", top / ".git")


def test_deleted_files_are_not_listed(tmp_path: Path) -> None:
    root = repository(tmp_path, {"a.py": b"", "d/b.py": b"", "d/c.py": b""})
    (root / "a.py").unlink()
    (root / "d" / "b.py").unlink()
    assert WorkTree(root).paths() == ("d/c.py",)


def test_a_conflicted_file_is_listed_once(tmp_path: Path) -> None:
    root = repository(tmp_path, {"a.py": b"1\n"})
    make_conflict(root, "a.py", b"3\n")
    assert WorkTree(root).paths() == ("a.py",)


def test_other_repositories_inside_are_left_alone(tmp_path: Path) -> None:
    library = repository(tmp_path / "library", {"lib.py": b""})
    root = repository(tmp_path / "root", {"a.py": b""})
    git(root, "submodule", "add", "-q", str(library), "sub")
    git(root, "commit", "-qm", "submodule")
    repository(root / "nested", {"n.py": b""})
    assert WorkTree(root).paths() == (".gitmodules", "a.py") == CommitTree(root).paths()
    assert WorkTree(root / "sub").paths() == ("lib.py",)


@posix
def test_links_are_told_apart_from_files(tmp_path: Path) -> None:
    outside = fill(tmp_path / "outside", {"secret.py": b"", "pkg/m.py": b""})
    root = repository(tmp_path / "root", {"lib/a.py": b"", "gone/m.py": b""})
    os.symlink("lib/a.py", root / "same.py")
    os.symlink("lib", root / "alias")
    os.symlink(outside / "secret.py", root / "out.py")
    os.symlink(outside, root / "outdir")
    os.symlink("nowhere", root / "dangling.py")
    os.symlink("circle.py", root / "circle.py")
    os.symlink(".git/HEAD", root / "head.py")
    (root / "gone" / "m.py").unlink()
    (root / "gone").rmdir()
    os.symlink(outside / "pkg", root / "gone")
    assert WorkTree(root).paths() == ("lib/a.py",)
    git(root, "add", "-A")
    git(root, "commit", "-qm", "links")
    assert WorkTree(root).paths() == ("lib/a.py",) == CommitTree(root).paths()


@posix
def test_a_pipe_is_no_file(tmp_path: Path) -> None:
    root = repository(tmp_path / "git", {"a.py": b""})
    os.mkfifo(root / "pipe.py")
    os.mkfifo(fill(tmp_path / "plain", {"a.py": b""}) / "pipe.py")
    assert WorkTree(root).paths() == WorkTree(tmp_path / "plain").paths() == ("a.py",)


@linux
def test_odd_names_survive(tmp_path: Path) -> None:
    names = ["new\nline.py", 'quo"te.py', "tab\t.py", " space .py", "-dash.py", "\x1b[31m.py"]
    names += [os.fsdecode(b"latin\xe9.py"), "ü.py", ":(top)x.py"]
    root = repository(tmp_path / "git", {name: name.encode("utf-8", "replace") for name in names})
    plain = fill(tmp_path / "plain", dict.fromkeys(names, b""))
    assert set(WorkTree(root).paths()) == set(names) == set(CommitTree(root).paths())
    assert WorkTree(plain).paths() == WorkTree(root).paths() == tuple(sorted(names))
    tree = CommitTree(root)
    assert all(tree.read(name) == WorkTree(root).read(name) for name in names)


def test_a_sparse_checkout_has_what_is_there(tmp_path: Path) -> None:
    root = repository(tmp_path, {"a/x.py": b"", "b/y.py": b"", "top.py": b""})
    git(root, "sparse-checkout", "set", "--cone", "--sparse-index", "a")
    assert WorkTree(root).paths() == ("a/x.py", "top.py")
    assert CommitTree(root).paths() == ("a/x.py", "b/y.py", "top.py")


def test_outside_git_common_build_folders_are_left_out(tmp_path: Path) -> None:
    skipped = [".tox/x.py", "build/x.py", "a/dist/x.py", "a/__pycache__/x.pyc", "x.egg-info/x"]
    skipped += ["node_modules/x.py", "env/pyvenv.cfg", "env/lib/x.py"]
    fill(tmp_path, dict.fromkeys([*skipped, "a/x.py", ".hidden.py", "pyvenv.cfg"], b""))
    assert WorkTree(tmp_path).paths() == (".hidden.py", "a/x.py", "pyvenv.cfg")


def test_a_root_that_git_ignores_is_walked(tmp_path: Path) -> None:
    root = repository(tmp_path, {".gitignore": b"/scratch/\n", "a/x.py": b""})
    fill(root, {"scratch/copy/m.py": b"", "empty/.keep": b""})
    assert WorkTree(root / "scratch" / "copy").paths() == ("m.py",)
    (root / "empty" / ".keep").unlink()
    assert WorkTree(root / "empty").paths() == ()


@posix
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root reads everything")
def test_tracked_files_of_a_closed_folder_are_listed_though_they_cannot_be_read(
    tmp_path: Path,
) -> None:
    root = repository(tmp_path, {"closed/a.py": b"", "b.py": b""})
    (root / "closed").chmod(0)
    try:
        assert WorkTree(root).paths() == ("b.py", "closed/a.py")
    finally:
        (root / "closed").chmod(0o700)


@pytest.mark.parametrize("broken", ["folder", "file"])
def test_a_broken_git_folder_is_told(tmp_path: Path, broken: str) -> None:
    fill(tmp_path, {"a.py": b"", ".git/HEAD" if broken == "folder" else ".git": b"nonsense"})
    with pytest.raises(GitError, match="git rev-parse failed: "):
        WorkTree(tmp_path).paths()


def test_a_missing_git_program_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = repository(tmp_path, {"a.py": b""})
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GitError, match="the git program is not found; install git"):
        WorkTree(root).paths()
    with pytest.raises(GitError, match="the git program is not found"):
        CommitTree(root).paths()


def test_a_missing_root_is_told(tmp_path: Path) -> None:
    repository(tmp_path, {"a.py": b""})
    with pytest.raises(GitError, match="no such folder"):
        WorkTree(tmp_path / "none").paths()


def test_the_environment_of_a_hook_does_not_lead_astray(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = repository(tmp_path / "other", {"wrong.py": b""})
    root = repository(tmp_path / "root", {"a.py": b""})
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other / ".git" / "index"))
    monkeypatch.setenv("GIT_LITERAL_PATHSPECS", "1")
    assert WorkTree(root).paths() == ("a.py",) == CommitTree(root).paths()


@posix
def test_a_repository_starts_no_program(tmp_path: Path) -> None:
    files = {"a.py": b"1", "a.md": b"1", ".gitattributes": b"*.md diff=shown\n"}
    root = repository(tmp_path / "root", files)
    program = fill(tmp_path, {"program": f"#!/bin/sh\ntouch {tmp_path}/ran\n".encode()}) / "program"
    program.chmod(0o755)
    git(root, "config", "core.fsmonitor", str(program))
    git(root, "config", "diff.shown.textconv", str(program))
    git(root, "status")
    assert (tmp_path / "ran").exists()
    (tmp_path / "ran").unlink()
    assert WorkTree(root).paths((".py",)) == ("a.py",)
    assert WorkTree(root).begin_search([b"1"], (".py",), 100)() == ("a.md",)
    assert CommitTree(root).read("a.py") == b"1"
    assert not (tmp_path / "ran").exists()


def test_large_files_are_told_by_the_sizes_that_git_lists(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = repository(tmp_path, {f"{name}.md": b"1" * size for name, size in SIZES.items()})
    (root / "shrunk.md").write_bytes(b"1")
    asked: list[str] = []

    def size_of(path: str) -> int:
        asked.append(Path(path).name)
        return Path(path).stat().st_size

    monkeypatch.setattr(trees, "_size_of", size_of)
    found = WorkTree(root).begin(with_sizes=True).begin_search([b"1"], (".py",), 100)()
    assert found == ("shrunk.md", "small.md")
    assert set(asked) == {"large.md", "shrunk.md", "empty.md"}
    monkeypatch.setattr(
        trees, "_ENTRY", re.compile(r"(\S) ([^\0]+)\0()|([^\0])")
    )  # as if git told more
    for with_sizes in (True, False):
        listed = WorkTree(root).begin(with_sizes)
        assert listed.paths() == ("empty.md", "large.md", "shrunk.md", "small.md")
        assert listed.begin_search([b"1"], (".py",), 100)() == found


def test_a_commit_is_read_as_it_is_committed(tmp_path: Path) -> None:
    root = repository(tmp_path, {"a.py": b"x\r\n\x00\xff", "empty.py": b"", "run.py": b"#!\n"})
    git(root, "update-index", "--chmod=+x", "run.py")
    git(root, "commit", "-qm", "run")
    fill(root, {"a.py": b"changed", "new.py": b""})
    tree = CommitTree(root)
    assert tree.paths() == ("a.py", "empty.py", "run.py")
    assert [tree.read(path) for path in tree.paths()] == [b"x\r\n\x00\xff", b"", b"#!\n"]
    assert (tree.mode("run.py"), tree.mode("a.py")) == ("100755", "100644")
    assert CommitTree(root, "HEAD^").mode("run.py") == "100644"
    with pytest.raises(FileNotFoundError, match="no such file in HEAD"):
        tree.read("new.py")


@pytest.mark.parametrize("rev", ["none", "--help", "HEAD~9", ""])
def test_a_commit_that_is_none_is_told(tmp_path: Path, rev: str) -> None:
    root = repository(tmp_path, {"a.py": b""})
    with pytest.raises(GitError):
        CommitTree(root, rev).paths()


def test_a_missing_object_is_told_and_the_next_read_works(tmp_path: Path) -> None:
    root = repository(tmp_path, {"a.py": b"1", "b.py": b"2"})
    oid = git(root, "rev-parse", "HEAD:a.py")
    (root / ".git" / "objects" / oid[:2] / oid[2:]).unlink()
    tree = CommitTree(root)
    with pytest.raises(GitError, match="cannot read object"):
        tree.read("a.py")
    assert tree.read("b.py") == b"2"


def test_a_reader_that_was_ended_is_started_again(tmp_path: Path) -> None:
    tree = CommitTree(repository(tmp_path, {"a.py": b"1"}))
    assert tree.read("a.py") == b"1"
    tree.close()
    tree.close()
    assert tree.read("a.py") == b"1"


def test_a_tree_can_be_sent_to_another_process(tmp_path: Path) -> None:
    root = repository(tmp_path, {"a.py": b"1"})
    for tree in (WorkTree(root), CommitTree(root, "main")):
        assert tree.read("a.py") == b"1"
        copy = pickle.loads(pickle.dumps(tree))
        assert (copy.root, copy.paths(), copy.read("a.py")) == (root, ("a.py",), b"1")


def test_threads_share_a_reader(tmp_path: Path) -> None:
    files = {f"{n}.py": b"%d" % n * n for n in range(50)}
    tree = CommitTree(repository(tmp_path, files))
    with ThreadPoolExecutor(4) as pool:
        assert dict(zip(files, pool.map(tree.read, files))) == files


@posix
@pytest.mark.filterwarnings("ignore:.*use of fork")  # xdist has a thread, which only waits
def test_a_forked_process_reads_through_a_pipe_of_its_own(tmp_path: Path) -> None:
    files = {f"{n}.py": b"%d" % n * 1000 for n in range(40)}
    tree = CommitTree(repository(tmp_path, files))
    assert tree.read("1.py") == files["1.py"]
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=_read_all, args=(tree, files)) for _ in range(3)]
    for worker in workers:
        worker.start()
    _read_all(tree, files)
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0, 0, 0]


def _read_all(tree: CommitTree, files: dict[str, bytes]) -> None:
    assert {path: tree.read(path) for path in files} == files


@pytest.fixture
def closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project outside git with a folder that cannot be listed; root could list any."""
    code = b"def run(): ...\n"
    fill(tmp_path, {"a/__init__.py": b"", "a/old.py": code, "a/new.py": code, "closed/x.py": b""})

    def entries(folder: Path) -> object:
        if folder.name == "closed":
            raise PermissionError(errno.EACCES, "Permission denied")
        return scandir(folder)

    scandir = os.scandir
    monkeypatch.setattr("unfork.files.listing.os.scandir", entries)
    return tmp_path


def test_what_is_in_a_folder_that_cannot_be_listed_is_not_proved(closed: Path) -> None:
    migration = (
        '[migration]\nname = "m"\n[[redirect]]\nfrom = "a.old"\nto = "a.new"\n'
        '[[remove]]\nmodule = "a.old"\n'
    )
    plan = make_plan(WorkTree(closed), [migration_of(parse_table(migration.encode(), "m.toml"))])
    assert [(f.path, f.code) for f in plan.left] == [
        ("a/old.py", "UF001"),
        ("closed/*.py", "UF007"),
    ]
    assert plan.changes == ()
    assert [(f.path, f.code) for f in audit_tree(WorkTree(closed), jobs=1).findings] == [
        ("closed/*.py", "UF007")
    ]


def test_a_folder_that_cannot_be_listed_has_no_other_files(closed: Path) -> None:
    assert WorkTree(closed).paths((".toml",)) == ()
