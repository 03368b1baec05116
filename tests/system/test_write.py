from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from scratch import change, deletion, fill, git, repository, snapshot
from small_project import CONFIGURED, run_unfork, write_files

from unfork.errors import GitError, WriteError
from unfork.files import locking
from unfork.files.dirty import DirtyError
from unfork.files.durable import Dress
from unfork.files.exchange import exchange_files
from unfork.files.folders import Spot
from unfork.files.journal import Entry, new_journal, save_journal, store_of
from unfork.files.locking import LockedError, hold_lock
from unfork.files.seal import is_ours, seal_of
from unfork.files.undo import (
    PendingError,
    UndoError,
    pending_error,
    recover_from_cut_off,
    undo_last_apply,
)
from unfork.files.write import write_changes
from unfork.values import Change, digest

posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX modes and links")
linux = pytest.mark.skipif(sys.platform != "linux", reason="file names must be UTF-8 here")
superuser = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root gives files away"
)
OLD, NEW = b"import old\r\nx = 1", b"import brand_new\r\nx = 1"
DRESS = Dress(0o644, (os.getuid(), os.getgid()) if os.name == "posix" else (0, 0))
FILES = {"a.py": OLD, "pkg/b.py": OLD, "pkg/deep/c.py": OLD}


@pytest.fixture(params=["plain", "git"])
def root(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    if request.param == "git":
        return repository(tmp_path / "root", FILES)
    return fill(tmp_path / "root", FILES)


def refused(root: Path, changes: list[Change], match: str) -> None:
    before = snapshot(root)
    with pytest.raises(WriteError, match=match):
        write_changes(root, changes)
    assert snapshot(root) == before
    assert pending_error(root) is None


def test_all_changes_are_written_and_taken_back(root: Path) -> None:
    before = snapshot(root)
    write_changes(
        root, [change("a.py", OLD), change("pkg/b.py", OLD), deletion("pkg/deep/c.py", OLD)]
    )
    assert (root / "a.py").read_bytes() == (root / "pkg/b.py").read_bytes() == NEW
    assert not (root / "pkg/deep/c.py").exists()
    assert {p for p in snapshot(root) if "unfork" in p} <= {
        ".unfork",
        ".unfork/.gitignore",
        ".unfork/last",
    }
    assert pending_error(root) is None
    report = undo_last_apply(root)
    assert report.paths == ("a.py", "pkg/b.py", "pkg/deep/c.py")
    assert not report.cut_off
    assert snapshot(root) == before
    with pytest.raises(UndoError, match="there is no apply to undo"):
        undo_last_apply(root)


def test_nothing_to_do_leaves_no_trace(root: Path) -> None:
    before = snapshot(root)
    write_changes(root, [])
    write_changes(root, [Change("a.py", digest(OLD), ())])
    assert snapshot(root) == before
    assert recover_from_cut_off(root) is None


def test_only_the_last_apply_is_taken_back(root: Path) -> None:
    write_changes(root, [change("a.py", OLD)])
    write_changes(root, [change("a.py", NEW, b"x", b"y")], allow_dirty=True)
    undo_last_apply(root)
    assert (root / "a.py").read_bytes() == NEW
    with pytest.raises(UndoError):
        undo_last_apply(root)


def test_undo_works_from_any_folder_of_the_repository(tmp_path: Path) -> None:
    root = repository(tmp_path, FILES)
    write_changes(root / "pkg", [change("b.py", OLD)])
    assert undo_last_apply(root / "pkg" / "deep").paths == ("../b.py",)


@pytest.mark.parametrize("text", ["[tool.unfork]\nplugins = 1\n", "[tool.unfork\n"])
@pytest.mark.parametrize("options", [(), ("--root", ".")])
def test_undo_does_not_depend_on_the_configuration(
    tmp_path: Path, text: str, options: tuple[str, ...]
) -> None:
    root = tmp_path.resolve()
    write_files(root, CONFIGURED)
    assert run_unfork(root, "apply").returncode == 0
    write_files(root, {"pyproject.toml": text})
    done = run_unfork(root, "undo", *options)
    assert (done.returncode, done.stderr) == (0, "")
    assert (root / "proj/user.py").read_text() == CONFIGURED["proj/user.py"]


def test_undo_leaves_what_was_put_back_by_other_means(root: Path) -> None:
    write_changes(root, [change("a.py", OLD), change("pkg/b.py", OLD)])
    fill(root, {"a.py": OLD})
    assert undo_last_apply(root).paths == ("pkg/b.py",)
    assert {path: (root / path).read_bytes() for path in ("a.py", "pkg/b.py")} == {
        "a.py": OLD,
        "pkg/b.py": OLD,
    }
    with pytest.raises(UndoError, match="no apply"):
        undo_last_apply(root)


def test_undo_does_nothing_where_a_file_is_not_as_it_was_left(root: Path) -> None:
    write_changes(
        root, [change("a.py", OLD), change("pkg/b.py", OLD), deletion("pkg/deep/c.py", OLD)]
    )
    fill(root, {"a.py": b"mine", "pkg/deep/c.py": b"again"})
    before = snapshot(root)
    with pytest.raises(
        UndoError, match=r"2 files not as unfork left them: a.py, pkg/deep/c.py"
    ) as e:
        undo_last_apply(root)
    assert e.value.paths == ("a.py", "pkg/deep/c.py")
    assert snapshot(root) == before
    fill(root, {"a.py": NEW})
    (root / "pkg/deep/c.py").unlink()
    (root / "pkg/deep").rmdir()
    assert len(undo_last_apply(root).paths) == 3
    assert (root / "pkg/deep/c.py").read_bytes() == OLD


def test_a_file_that_changed_since_it_was_read_is_not_overwritten(root: Path) -> None:
    fill(root, {"pkg/b.py": b"mine"})
    refused(
        root, [change("a.py", OLD), change("pkg/b.py", OLD)], "pkg/b.py: changed since it was read"
    )
    (root / "pkg/b.py").unlink()
    refused(root, [change("a.py", OLD), change("pkg/b.py", OLD)], "pkg/b.py: No such file")


def test_a_file_that_changes_while_others_are_written_is_not_overwritten(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meddle(waiting: Spot, spot: Spot) -> None:
        exchange_files(waiting, spot)
        if spot.path.name == "a.py":
            fill(root, {"pkg/b.py": b"mine"})

    monkeypatch.setattr("unfork.files.replacing.exchange_files", meddle)
    with pytest.raises(WriteError, match=r"pkg/b\.py: changed since it was read"):
        write_changes(root, [change("a.py", OLD), change("pkg/b.py", OLD)])
    monkeypatch.undo()
    files = {path: state[2] for path, state in snapshot(root).items() if state[0] == "file"}
    assert files == {**FILES, "pkg/b.py": b"mine"}


@pytest.mark.parametrize(
    "path", ["../out.py", "pkg/../../out.py", "{out}", "link.py", "dir/out.py", ".git/config"]
)
@posix
def test_no_path_leads_out_of_the_root(tmp_path: Path, path: str) -> None:
    root = repository(tmp_path / "root", FILES)
    out = fill(tmp_path, {"out.py": OLD, "root/.git/config": OLD}) / "out.py"
    (root / ".git" / "config").write_bytes(b"[core]\n\tbare = false\n# old\n")
    os.symlink(out, root / "link.py")
    os.symlink(tmp_path, root / "dir")
    text = (root / ".git" / "config").read_bytes() if "git" in path else OLD
    refused(root, [change(path.format(out=out), text)], "out of the root; nothing is changed")
    assert out.read_bytes() == OLD


@pytest.mark.parametrize("path", ["none.py", "pkg", "a.py/x", "a\0b.py", "loop.py"])
@posix
def test_what_is_no_file_is_told(root: Path, path: str) -> None:
    os.symlink("loop.py", root / "loop.py")
    refused(root, [change("a.py", OLD), change(path, OLD)], "nothing is changed")


def test_one_file_by_two_paths_is_told(root: Path) -> None:
    refused(
        root, [change("a.py", OLD), change("pkg/../a.py", OLD)], "1 file reached by two paths: a.py"
    )


@posix
def test_a_link_stays_and_what_it_leads_to_is_replaced(root: Path) -> None:
    os.symlink("../a.py", root / "pkg" / "link.py")
    os.symlink("pkg", root / "alias")
    write_changes(root, [change("pkg/link.py", OLD), change("alias/b.py", OLD)])
    assert (root / "a.py").read_bytes() == (root / "pkg" / "b.py").read_bytes() == NEW
    assert (root / "pkg" / "link.py").is_symlink()
    assert not (root / "a.py").is_symlink()
    undo_last_apply(root)
    assert (root / "a.py").read_bytes() == (root / "pkg" / "b.py").read_bytes() == OLD
    refused(root, [deletion("pkg/link.py", OLD)], "a symbolic link; delete it by hand")


@posix
@pytest.mark.parametrize("mode", [0o644, 0o755, 0o600, 0o664, 0o777])
def test_the_mode_is_kept_there_and_back(root: Path, mode: int) -> None:
    for path in FILES:
        (root / path).chmod(mode)
    before = snapshot(root)
    write_changes(root, [change("a.py", OLD), deletion("pkg/b.py", OLD)], allow_dirty=True)
    assert (root / "a.py").stat().st_mode & 0o7777 == mode
    undo_last_apply(root)
    assert snapshot(root) == before


@posix
def test_a_file_with_more_names_gets_bytes_of_its_own(root: Path, tmp_path: Path) -> None:
    os.link(root / "a.py", tmp_path / "cache.py")
    write_changes(root, [change("a.py", OLD)])
    assert (tmp_path / "cache.py").read_bytes() == OLD
    assert (root / "a.py").stat().st_nlink == 1


@superuser
def test_the_owner_is_kept(root: Path) -> None:
    os.chown(root / "a.py", 1234, 4321)
    (root / "a.py").chmod(0o6755)
    write_changes(root, [change("a.py", OLD)], allow_dirty=True)
    about = (root / "a.py").stat()
    assert (about.st_uid, about.st_gid, about.st_mode & 0o7777) == (1234, 4321, 0o6755)


@superuser
def test_where_the_owner_cannot_be_kept_the_rest_is() -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = fill(Path(folder), FILES)
        os.chown(root, 1234, 1234)
        os.chown(root / "a.py", 99, 99)
        (root / "a.py").chmod(0o6777)
        assert as_user(1234, lambda: write_changes(root, [change("a.py", OLD)])) == 0
        about = (root / "a.py").stat()
        assert (root / "a.py").read_bytes() == NEW
        assert (about.st_uid, about.st_mode & 0o7777) == (1234, 0o777)


def as_user(user: int, job: Callable[[], None]) -> int:
    """Run a job in a child process that is somebody else; return its exit code."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.setgroups([])
            os.setgid(user)
            os.setuid(user)
            job()
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.mark.skipif(not hasattr(os, "setxattr"), reason="no extended attributes here")
def test_extended_attributes_are_kept(root: Path) -> None:
    try:
        os.setxattr(root / "a.py", "user.note", b"1")
    except OSError as error:
        pytest.skip(f"the file system has no extended attributes: {error}")
    write_changes(root, [change("a.py", OLD)])
    assert os.getxattr(root / "a.py", "user.note") == b"1"


@posix
def test_a_file_that_nobody_may_write_is_refused(root: Path) -> None:
    (root / "pkg/b.py").chmod(0o444)
    refused(root, [change("a.py", OLD), change("pkg/b.py", OLD)], "pkg/b.py: read-only")


@linux
@pytest.mark.parametrize(
    "name", [b"n\nl.py", b"\xff\xfe.py", b"a" * 252 + b".py", b"*.py", b" .py"]
)
def test_odd_names_are_written_and_taken_back(root: Path, name: bytes) -> None:
    path = os.fsdecode(name)
    fill(root, {path: OLD})
    if (root / ".git").exists():
        git(root, "add", "-A")
        git(root, "commit", "-qm", "odd")
    before = snapshot(root)
    write_changes(root, [change(path, OLD)])
    assert (root / path).read_bytes() == NEW
    assert undo_last_apply(root).paths == (path,)
    assert snapshot(root) == before


@pytest.mark.parametrize("how", ["modified", "staged", "untracked"])
def test_files_with_changes_that_are_not_committed_are_refused(tmp_path: Path, how: str) -> None:
    root = repository(tmp_path, FILES)
    path, text = ("new.py" if how == "untracked" else "pkg/b.py"), b"old # mine"
    fill(root, {path: text})
    if how == "staged":
        git(root, "add", path)
    changes = [change("a.py", OLD), change(path, text)]
    refused(root, changes, r"1 file with changes that are not committed: .*--allow-dirty")
    with pytest.raises(DirtyError) as raised:
        write_changes(root, changes[1:])
    assert raised.value.paths == (path,)
    write_changes(root, changes[1:], allow_dirty=True)
    assert (root / path).read_bytes() == b"brand_new # mine"


def test_changes_in_other_files_do_not_matter(tmp_path: Path) -> None:
    root = repository(tmp_path, FILES)
    fill(root, {"pkg/b.py": b"mine", "new.py": b"mine"})
    write_changes(root, [change("a.py", OLD)])
    assert (root / "a.py").read_bytes() == NEW


def test_before_the_first_commit_no_file_is_committed(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    refused(fill(tmp_path, FILES), [change("a.py", OLD)], "1 file with changes")


def test_many_files_are_asked_about_at_once(tmp_path: Path) -> None:
    files = {f"{'d' * 100}/{n:03}.py": OLD for n in range(300)}
    root = repository(tmp_path, {**files, "x/y.py": b""})
    changes = [change(path, OLD) for path in files]
    fill(root, {list(files)[7]: OLD + b"#"})
    changes[7] = change(list(files)[7], OLD + b"#")
    with pytest.raises(DirtyError, match="1 file with changes"):
        write_changes(root, changes)


def test_a_linked_work_tree_has_a_journal_of_its_own(tmp_path: Path) -> None:
    root = repository(tmp_path / "root", FILES)
    git(root, "worktree", "add", "-q", "../linked")
    write_changes(tmp_path / "linked", [change("a.py", OLD)])
    with pytest.raises(UndoError):
        undo_last_apply(root)
    assert undo_last_apply(tmp_path / "linked").paths == ("a.py",)


HOLD = """
import sys, time
from pathlib import Path
from unfork.files.locking import hold_lock
with hold_lock(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(float(sys.argv[2]))
"""


def holder(lock: Path, seconds: float) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", HOLD, str(lock), str(seconds)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline().strip() == b"held"
    return process


def test_a_second_writer_is_told_who_is_first(root: Path) -> None:
    with holder(store_of(root).lock, 60) as first:
        who = rf"another run of unfork is writing here \(process {first.pid} on .+, since 20"
        with pytest.raises(LockedError, match=who), hold_lock(store_of(root).lock, patience=0.05):
            pass
        first.kill()
    write_changes(root, [change("a.py", OLD)])  # the lock died with its holder


@pytest.mark.parametrize("step", ["_write_holder", "_hide_from_git", "_unhide_from_git"])
def test_ctrl_c_while_a_lock_is_taken_or_given_up_leaves_none(
    root: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    before = snapshot(root)

    def interrupted(_: object) -> None:
        monkeypatch.undo()
        raise KeyboardInterrupt

    monkeypatch.setattr(locking, step, interrupted)
    with pytest.raises(KeyboardInterrupt), hold_lock(store_of(root).lock):
        pass
    assert snapshot(root) == before


def test_a_second_writer_waits_for_a_quick_one(root: Path) -> None:
    with holder(store_of(root).lock, 0.3):
        write_changes(root, [change("a.py", OLD)])
    assert (root / "a.py").read_bytes() == NEW


def test_many_writers_take_turns(tmp_path: Path) -> None:
    program = textwrap.dedent("""
        import sys
        from pathlib import Path
        from unfork.files.locking import hold_lock
        counter = Path(sys.argv[1])
        for _ in range(20):
            with hold_lock(counter.parent / "held" / "lock", patience=60):
                counter.write_text(str(int(counter.read_text()) + 1))
    """)
    counter = fill(tmp_path, {"counter": b"0"}) / "counter"
    command = [sys.executable, "-c", program, str(counter)]
    writers = [subprocess.Popen(command) for _ in range(3)]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    assert counter.read_text() == "60"
    assert not (tmp_path / "held").exists()


def cut_off(root: Path, replaced: int) -> list[Change]:
    """Leave the tree as a run that was killed after it had replaced some files."""
    changes = [change("a.py", OLD), change("pkg/b.py", OLD), deletion("pkg/deep/c.py", OLD)]
    entries = [
        Entry(c.path, c.before, None if c.deleted else digest(NEW), DRESS, OLD) for c in changes
    ]
    store = store_of(root)
    fill(store.base, {".unfork/.gitignore": b"*\n"})
    journal = new_journal(entries)
    save_journal(store.pending, journal)
    for number, one in enumerate(changes):
        beside = (root / one.path).parent / f".unfork-{journal.token}-{number}.new"
        if number < replaced:
            (root / one.path).rename(beside)
        if not one.deleted:
            (root / one.path if number < replaced else beside).write_bytes(NEW)
    return changes


@pytest.mark.parametrize("replaced", range(4))
def test_a_run_that_was_cut_off_is_told_and_taken_back(root: Path, replaced: int) -> None:
    before = snapshot(root)
    changes = cut_off(root, replaced)
    said = pending_error(root)
    assert said is not None
    assert str(said).startswith("a run of unfork was cut off while it wrote 3 files (20")
    with pytest.raises(PendingError, match="`unfork undo` puts them back"):
        write_changes(root, changes)
    report = undo_last_apply(root) if replaced % 2 else recover_from_cut_off(root)
    assert report is not None
    assert (report.cut_off, len(report.paths)) == (True, replaced)
    assert snapshot(root) == before
    assert pending_error(root) is None


def test_what_was_done_to_a_file_that_was_not_reached_stays(root: Path) -> None:
    cut_off(root, 1)
    fill(root, {"pkg/deep/c.py": b"mine", "pkg/b.py": b"mine, too"})
    assert undo_last_apply(root).paths == ("a.py",)
    files = {path: state[2] for path, state in snapshot(root).items() if state[0] == "file"}
    assert files == {"a.py": OLD, "pkg/deep/c.py": b"mine", "pkg/b.py": b"mine, too"}


def test_what_was_done_to_a_file_after_it_was_replaced_is_not_overwritten(root: Path) -> None:
    cut_off(root, 2)
    fill(root, {"a.py": b"mine"})
    before = snapshot(root)
    with pytest.raises(
        UndoError, match=r"1 file not as unfork left it: a\.py; .* delete .*pending"
    ):
        undo_last_apply(root)
    assert snapshot(root) == before
    store_of(root).pending.unlink()
    assert pending_error(root) is None


def test_a_run_that_still_writes_is_not_cut_off(root: Path) -> None:
    cut_off(root, 1)
    with holder(store_of(root).lock, 60) as first:
        assert pending_error(root) is None
        first.kill()
    assert pending_error(root) is not None


def sealed(head: object) -> bytes:
    """Return a journal as unfork would write it, whatever its head is."""
    text = json.dumps(head).encode()
    return b"unfork journal 2 %s %d\n%s" % (seal_of(text).encode(), len(text), text)


def row(path: str, before: bytes = b"", size: object = 0, mode: object = 0o644) -> list[object]:
    return [path, digest(before), digest(OLD), size, mode, 0, 0, {}]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("token", "../../x"),
        ("since", None),
        ("files", [row("../out.py", NEW)]),
        ("files", [row("{out}")]),
        ("files", [row("../out.py")]),
        ("files", [row(".git/config")]),
        ("files", [row(".git/x.py")]),
        ("files", [row("Makefile")]),
        ("files", [row("pkg/run.sh")]),
        ("files", [row("a.py", mode="x")]),
        ("files", [row("a.py", size="x")]),
        ("files", [row("a.py", size=10**30)]),
        ("files", [["a.py"]]),
        ("files", 7),
        ("more", [[[]]] * 3),
    ],
)
def test_a_damaged_journal_does_no_harm(tmp_path: Path, key: str, value: object) -> None:
    """It bears the right seal, and is wrong all the same."""
    root = fill(tmp_path / "root", FILES)
    out = fill(tmp_path, {"out.py": OLD}) / "out.py"
    head = {"token": "0" * 16, "since": "then", "files": []}
    text = json.loads(json.dumps({**head, key: value}).replace("{out}", str(out)))
    for name in ("pending", "last"):
        fill(root, {f".unfork/{name}": sealed(text) + b"x" * (key == "more")})
    with pytest.raises(WriteError, match="this journal is damaged"):
        undo_last_apply(root)
    with pytest.raises(WriteError, match="this journal is damaged"):
        write_changes(root, [change("a.py", OLD)])
    assert out.read_bytes() == OLD


def test_a_journal_from_a_stranger_is_not_believed(tmp_path: Path) -> None:
    """It is whole, and would be believed with the right seal: that of another user, or another machine."""
    root = fill(tmp_path / "root", FILES)
    whole = sealed({"token": "0" * 16, "since": "then", "files": [row("a.py", b"", 0)]})
    forged = whole[:17] + b"0" * 64 + whole[81:]
    deep = b"unfork journal 2 %s %d\n" % (b"0" * 64, 200_000) + b"[" * 200_000
    huge = b"unfork journal 2 %s 9999999999\n" % (b"0" * 64)
    noise = (b"", b"\n", b"[]\n", b"\xff", b"null\n", b'{"files": 1}\n', b"x" * 100_000)
    for text in (forged, deep, huge, whole[:-1], *noise):
        fill(root, {".unfork/pending": text})
        before = snapshot(root)
        for job in (pending_error, recover_from_cut_off, undo_last_apply):
            with pytest.raises(WriteError, match="this journal is damaged"):
                job(root)
        with pytest.raises(WriteError, match="this journal is damaged"):
            write_changes(root, [change("a.py", OLD)])
        (root / ".unfork/.gitignore").unlink(missing_ok=True)
        before.pop(".unfork/.gitignore", None)
        assert snapshot(root) == before


@posix
def test_a_pipe_in_place_of_a_journal_keeps_nobody_waiting(tmp_path: Path) -> None:
    root = fill(tmp_path / "root", FILES)
    (root / ".unfork").mkdir()
    for name in ("pending", "last", "done", "undone"):
        os.mkfifo(root / ".unfork" / name)
    for job in (pending_error, recover_from_cut_off, undo_last_apply):
        with pytest.raises(WriteError, match="this journal cannot be read: not a regular file"):
            job(root)


def test_the_key_is_the_users_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    mark = seal_of(b"x")
    key = tmp_path / "unfork" / "key"
    assert is_ours(b"x", mark)
    assert not is_ours(b"y", mark)
    if os.name == "posix":
        assert key.stat().st_mode & 0o777 == 0o600
        key.chmod(0o644)  # others may have read it
        assert not is_ours(b"x", mark)


@posix
def test_where_no_key_can_be_kept_nothing_is_written(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = fill(tmp_path, {"blocked": b""}) / "blocked"
    monkeypatch.setenv("XDG_STATE_HOME", str(blocked))
    write_changes(root, [change("a.py", OLD)])  # among the temporary files
    undo_last_apply(root)
    monkeypatch.setattr(tempfile, "tempdir", str(blocked))
    refused(root, [change("a.py", OLD)], "set XDG_STATE_HOME to a folder")


@posix
def test_a_journal_that_goes_through_a_link_does_no_harm(tmp_path: Path) -> None:
    root = fill(tmp_path / "root", {"a.py": OLD})
    out = fill(tmp_path / "out", {"x.py": NEW}) / "x.py"
    os.symlink(tmp_path / "out", root / "link")
    store = store_of(root)
    store.folder.mkdir()
    save_journal(
        store.last, new_journal([Entry("link/x.py", digest(OLD), digest(NEW), DRESS, OLD)])
    )
    with pytest.raises(UndoError, match="not as unfork left it"):
        undo_last_apply(root)
    assert out.read_bytes() == NEW


@posix
def test_a_journal_folder_that_is_a_link_is_refused(tmp_path: Path) -> None:
    root = fill(tmp_path / "root", FILES)
    (tmp_path / "out").mkdir()
    os.symlink(tmp_path / "out", root / ".unfork")
    with pytest.raises(WriteError, match="a symbolic link, where unfork keeps its own"):
        write_changes(root, [change("a.py", OLD)])
    assert not list((tmp_path / "out").iterdir())


def test_a_broken_git_folder_is_told(tmp_path: Path) -> None:
    fill(tmp_path, {**FILES, ".git/HEAD": b"nonsense"})
    with pytest.raises(GitError, match="git rev-parse failed"):
        write_changes(tmp_path, [change("a.py", OLD)])
    assert (tmp_path / "a.py").read_bytes() == OLD


def test_the_new_file_is_of_now(root: Path) -> None:
    os.utime(root / "a.py", (1, 1))
    write_changes(root, [change("a.py", OLD)])
    assert abs((root / "a.py").stat().st_mtime - time.time()) < 60  # or stale .pyc files are used
