"""What is written while a plan is made, carried out, or taken back is not lost, and is planned for."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hostile import HEAD, MIGRATION, USE, build, environment, unfork
from scratch import change, deletion, fill, repository, snapshot

from unfork import apply, load_migration, plan
from unfork.commands import Written
from unfork.commands import apply as apply_command
from unfork.errors import MigrationError, WriteError
from unfork.files import replacing
from unfork.files import undo as undoing
from unfork.files import write as writing
from unfork.files.exchange import exchange_files, move_to_free
from unfork.files.folders import Folders, Spot
from unfork.files.replacing import MovedError, Replacement
from unfork.files.undo import UndoError, pending_error, recover_from_cut_off, undo_last_apply
from unfork.files.write import write_changes
from unfork.planning import pipeline
from unfork.project import Asked
from unfork.shown import Shown

posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX links and processes")
OLD, NEW = b"import old\n", b"import brand_new\n"
FILES = {"a.py": OLD, "p/b.py": OLD, "p/c.py": OLD, "q/d.py": OLD}
CHANGES = [
    change("a.py", OLD),
    change("p/b.py", OLD),
    deletion("p/c.py", OLD),
    change("q/d.py", OLD),
]
REMOVE = HEAD + "[[remove]]\nmodule = 'proj.old'\n"


def files(root: Path) -> dict[str, bytes]:
    """Return the files of a root, unfork's own aside."""
    entries = snapshot(root).items()
    return {p: h[2] for p, h in entries if h[0] == "file" and not p.startswith(".unfork")}


def meddling(
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    meddle: Callable[[int, Path], None],
    after: bool = True,
) -> None:
    """Have ``meddle`` called with the number and the path of each file that is replaced."""
    real = getattr(replacing, name)
    count = 0

    def replaced(one: Spot, other: Spot) -> None:
        nonlocal count
        count += 1
        if not after:
            meddle(count, other.path)
        real(one, other)
        if after:
            meddle(count, other.path)

    monkeypatch.setattr(replacing, name, replaced)


# -- what a plan rests on


def after_planning(monkeypatch: pytest.MonkeyPatch, *happens: Callable[[], object]) -> None:
    """Have things happen once each plan is made, one after the other."""
    real, todo = pipeline.make_plan, list(happens)

    def made(*args: Any, **named: Any) -> Any:
        result = real(*args, **named)
        if todo:
            todo.pop(0)()
        return result

    monkeypatch.setattr(pipeline, "make_plan", made)


def run(root: Path) -> int:
    return apply_command(Asked(root, (), (), 1), Shown("plain"), Written(None, None, False))


def test_a_module_that_is_imported_meanwhile_is_not_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    root = build(tmp_path, {"root/m.toml": REMOVE})
    after_planning(monkeypatch, lambda: (root / "late.py").write_text(USE))
    assert run(root) == 1
    assert (root / "proj/old.py").exists()
    assert "late.py:1 still imports it" in capsys.readouterr().out


def test_a_file_that_only_was_read_is_looked_at_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    root = build(tmp_path, {"root/use.py": USE})
    other = "class Motor:\n    pass\n"
    after_planning(monkeypatch, lambda: (root / "proj/new.py").write_text(other))
    assert run(root) == 1
    assert (root / "use.py").read_text() == USE
    assert "use.py:1:22 UF006" in capsys.readouterr().out


def test_a_target_that_is_gone_meanwhile_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = build(tmp_path, {"root/use.py": USE})
    after_planning(monkeypatch, lambda: (root / "proj/new.py").unlink())
    with pytest.raises(MigrationError, match=r"there is no module 'proj\.new'"):
        run(root)
    assert (root / "use.py").read_text() == USE


@pytest.mark.parametrize("gone", ["use.py", "inner"])
def test_a_file_that_is_gone_meanwhile_is_planned_for_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gone: str
) -> None:
    root = build(tmp_path, {"root/use.py": USE, "root/inner/use.py": USE})
    after_planning(monkeypatch, lambda: (root / gone).rename(tmp_path / "gone"))
    assert run(root) == 0
    assert not (root / gone).exists()
    left = root / ("use.py" if gone == "inner" else "inner/use.py")
    assert left.read_text() == USE.replace("old", "new")


def test_a_file_that_is_gone_is_named_with_what_to_do(tmp_path: Path) -> None:
    root = fill(tmp_path / "root", FILES)
    (root / "q/d.py").unlink()
    why = r"q/d\.py: No such file or directory; nothing is changed; run unfork again"
    with pytest.raises(MovedError, match=why):
        write_changes(root, CHANGES)


def test_what_changes_all_the_time_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = build(tmp_path, {"root/use.py": USE})
    texts = iter(range(9))
    change_it = lambda: (root / "busy.py").write_text(f"x = {next(texts)}\n")  # noqa: E731
    after_planning(monkeypatch, *[change_it] * 9)
    with pytest.raises(MovedError, match=r"1 file changed since the plan was made: busy\.py"):
        run(root)
    assert next(texts) == 3
    assert (root / "use.py").read_text() == USE


def test_a_file_that_is_touched_and_stays_the_same_is_no_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = build(tmp_path, {"root/use.py": USE})
    after_planning(monkeypatch, lambda: os.utime(root / "use.py"))
    assert run(root) == 0


@posix
@pytest.mark.parametrize("step", ["lay_out", "replace_all"])
def test_a_mode_that_is_given_meanwhile_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    root = build(tmp_path, {"root/use.py": USE})
    real = getattr(writing, step)

    def meddled(folders: Folders, every: Sequence[Replacement]) -> None:
        if step == "lay_out":
            real(folders, every)
        if not os.access(root / "use.py", os.X_OK):
            (root / "use.py").chmod(0o755)
        if step == "replace_all":
            real(folders, every)

    monkeypatch.setattr(writing, step, meddled)
    assert run(root) == 0
    assert (root / "use.py").read_text() == USE.replace("old", "new")
    assert stat.S_IMODE((root / "use.py").stat().st_mode) == 0o755


def test_the_plan_of_the_library_rests_on_the_same(tmp_path: Path) -> None:
    root = build(tmp_path, {"root/use.py": USE})
    made = plan(root, [load_migration(root / "m.toml")])
    (root / "late.py").write_text(USE)
    with pytest.raises(WriteError, match=r"1 file changed since the plan was made: late\.py"):
        apply(made)
    assert (root / "use.py").read_text() == USE
    apply(plan(root, [load_migration(root / "m.toml")]))
    assert (root / "late.py").read_text() == USE.replace("old", "new")


def test_a_change_that_leaves_size_and_times_as_they_were_is_seen(tmp_path: Path) -> None:
    """The clock of a file system has steps: a file that is as new as the look at it has a digest, too."""
    root = build(tmp_path, {"root/use.py": USE})
    target = root / "proj/new.py"
    text = target.read_text()
    target.write_text(text)
    made = plan(root, [load_migration(root / "m.toml")])
    assert made.basis is not None
    assert made.basis.digests.keys() >= {"proj/new.py"}
    target.write_text(text.replace("Engine", "Motor1"))
    seen = dict(made.basis.seen)
    state = os.lstat(target)
    seen["proj/new.py"] = (
        *(state.st_dev, state.st_ino, state.st_mode),
        *(state.st_size, state.st_mtime_ns, state.st_ctime_ns),
    )
    object.__setattr__(made.basis, "seen", seen)
    with pytest.raises(WriteError, match=r"changed since the plan was made: proj/new\.py"):
        apply(made)


def test_something_that_changes_after_the_last_replacement_takes_all_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = build(tmp_path, {"root/use.py": USE, "root/more.py": USE})
    made = plan(root, [load_migration(root / "m.toml")])

    def late(count: int, path: Path) -> None:
        if count == len(made.changes):
            (root / "late.py").write_text(USE)

    meddling(monkeypatch, "exchange_files", late)
    with pytest.raises(WriteError, match=r"late\.py"):
        apply(made)
    assert {(root / name).read_text() for name in ("use.py", "more.py", "late.py")} == {USE}
    assert pending_error(root) is None
    assert not list(root.rglob(".unfork-*"))


# -- saves while files are replaced


@pytest.mark.parametrize("how", ["in place", "another file", "deleted", "a folder"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_save_while_an_apply_replaces_is_not_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str, when: str
) -> None:
    root = fill(tmp_path / "root", FILES)

    def meddle(count: int, path: Path) -> None:
        if count == 2:
            saved(path, how)

    meddling(monkeypatch, "exchange_files", meddle, after=when == "after")
    with pytest.raises(WriteError, match=r"p/b\.py: changed since it was read"):
        write_changes(root, CHANGES)
    assert files(root) == after_save(FILES, how, when)
    assert pending_error(root) is None


@pytest.mark.parametrize("how", ["in place", "another file", "deleted"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_save_while_an_undo_puts_back_is_not_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str, when: str
) -> None:
    root = fill(tmp_path / "root", FILES)
    write_changes(root, CHANGES)
    done = files(root)

    def meddle(count: int, path: Path) -> None:
        if count == 2:
            saved(path, how)

    meddling(monkeypatch, "exchange_files", meddle, after=when == "after")
    with pytest.raises(UndoError, match=r"1 file not as unfork left it: p/b\.py; nothing is taken"):
        undo_last_apply(root)
    assert files(root) == after_save(done, how, when)
    assert pending_error(root) is None
    monkeypatch.undo()
    fill(root, {"p/b.py": NEW})
    assert len(undo_last_apply(root).paths) == 4
    assert files(root) == FILES


def saved(path: Path, how: str) -> None:
    if how == "in place":
        path.write_bytes(b"mine")
    elif how == "another file":
        path.with_name("saving").write_bytes(b"mine")
        path.with_name("saving").replace(path)
    elif how == "deleted":
        path.unlink()
    else:
        path.unlink()
        path.mkdir()


def after_save(texts: dict[str, bytes], how: str, when: str) -> dict[str, bytes]:
    """Return what should be there: what was saved; a file that went after it was replaced is there again."""
    if how in ("in place", "another file"):
        return {**texts, "p/b.py": b"mine"}
    gone = {path: text for path, text in texts.items() if path != "p/b.py"}
    return texts if (how, when) == ("deleted", "after") else gone


def test_a_file_that_is_made_where_an_undo_puts_one_back_is_not_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = fill(tmp_path / "root", FILES)
    write_changes(root, CHANGES)
    done = files(root)
    meddling(
        monkeypatch, "move_to_free", lambda _, path: path.write_bytes(b"mine") and None, after=False
    )
    with pytest.raises(UndoError, match=r"p/c\.py"):
        undo_last_apply(root)
    assert files(root) == {**done, "p/c.py": b"mine"}


@posix
def test_who_has_a_file_open_while_it_is_replaced_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = fill(tmp_path / "root", FILES)
    with (root / "p/b.py").open("r+b") as opened:

        def meddle(count: int, _: Path) -> None:
            if count == 3:
                opened.write(b"mine, and longer than before")
                opened.flush()

        meddling(monkeypatch, "exchange_files", meddle)
        with pytest.raises(WriteError, match=r"p/b\.py: changed since it was read"):
            write_changes(root, CHANGES)
    assert files(root) == {**FILES, "p/b.py": b"mine, and longer than before"}


def test_where_the_system_cannot_exchange_names_it_is_done_in_steps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("unfork.files.exchange._system_rename", lambda: None)
    root = fill(tmp_path / "root", FILES)
    with Folders(root) as folders:
        one, other = folders.spot("a.py"), folders.spot("b.py")
        fill(root, {"b.py": NEW})
        exchange_files(one, other)
        assert ((root / "a.py").read_bytes(), (root / "b.py").read_bytes()) == (NEW, OLD)
        with pytest.raises(FileExistsError):
            move_to_free(one, other)
        move_to_free(one, folders.spot("z.py"))
    fill(root, FILES)
    for name in ("b.py", "z.py"):
        (root / name).unlink()
    write_changes(root, CHANGES)
    undo_last_apply(root)
    assert files(root) == FILES


# -- folders that are swapped for links


@posix
@pytest.mark.parametrize("job", ["apply", "undo", "recovery"])
def test_a_folder_that_becomes_a_link_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, job: str
) -> None:
    root = fill(tmp_path / "root", FILES)
    outside = fill(tmp_path / "outside", {"b.py": OLD, "c.py": OLD})
    if job != "apply":
        write_changes(root, CHANGES)
        fill(outside, {"b.py": NEW})
    if job == "recovery":
        (root / ".unfork/last").rename(root / ".unfork/pending")
    beyond = files(outside)

    def swap(*_: object) -> None:
        (root / "p").rename(root / "aside")
        (root / "p").symlink_to(outside)

    real = replacing.replace_all

    def replaced(folders: Folders, every: Any) -> None:
        swap()
        real(folders, every)

    for module in ("write", "undo"):
        monkeypatch.setattr(f"unfork.files.{module}.replace_all", replaced)
    jobs: dict[str, Callable[[], object]] = {
        "apply": lambda: write_changes(root, CHANGES),
        "undo": lambda: undo_last_apply(root),
        "recovery": lambda: recover_from_cut_off(root),
    }
    with pytest.raises(WriteError, match="a symbolic link, or no folder, by now"):
        jobs[job]()
    assert files(outside) == beyond
    monkeypatch.undo()
    (root / "p").unlink()
    (root / "aside").rename(root / "p")
    if pending_error(root):
        recover_from_cut_off(root)
    elif job == "undo":
        undo_last_apply(root)
    recover_from_cut_off(root)  # what lay in the folder could not be removed
    assert files(root) == FILES


@posix
@pytest.mark.parametrize("job", ["undo", "recovery"])
def test_what_lies_in_a_folder_that_was_a_link_for_a_moment_goes_with_the_next_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, job: str
) -> None:
    root = fill(tmp_path / "root", FILES)
    fill(tmp_path / "outside", {"b.py": OLD, "c.py": OLD})
    write_changes(root, CHANGES)
    done = files(root)
    if job == "recovery":
        (root / ".unfork/last").rename(root / ".unfork/pending")
    stage = "replace_all" if job == "undo" else "remove_leftovers"
    real = getattr(undoing, stage)

    def swapped(folders: Folders, what: Any, *more: Any) -> Any:
        if more:  # what an older recovery left: that is not yet the time
            return real(folders, what, *more)
        folders.forget()
        (root / "p").rename(root / "aside")
        (root / "p").symlink_to(tmp_path / "outside")
        return real(folders, what)

    monkeypatch.setattr(undoing, stage, swapped)
    if job == "undo":
        with pytest.raises(WriteError, match="by now; nothing is taken back: run `unfork undo`"):
            undo_last_apply(root)
    else:
        recover_from_cut_off(root)
    monkeypatch.undo()
    (root / "p").unlink()
    (root / "aside").rename(root / "p")
    assert left_by(root)
    recover_from_cut_off(root)
    assert not left_by(root)
    assert files(root) == (done if job == "undo" else FILES)
    if job == "undo":
        assert len(undo_last_apply(root).paths) == 4
        assert files(root) == FILES


def test_an_undo_takes_the_last_apply_back_though_something_lies_about_still(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = fill(tmp_path / "root", FILES)
    write_changes(root, CHANGES)
    first = files(root)
    monkeypatch.setattr("unfork.files.durable.remove_temporary", lambda _: False)
    write_changes(root, [deletion("a.py", NEW)])
    assert left_by(root)
    assert undo_last_apply(root).paths == ("a.py",)
    assert {path: text for path, text in files(root).items() if ".unfork-" not in path} == first
    monkeypatch.undo()
    recover_from_cut_off(root)
    assert not left_by(root)
    assert files(root) == first


def left_by(root: Path) -> list[Path]:
    """Return the temporary files below a root."""
    return list(root.rglob(".unfork-*"))


# -- where the journal lies


@pytest.mark.parametrize("change_it", ["init", "init above", "gone", "moved"])
def test_the_journal_is_found_whatever_git_says_by_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change_it: str
) -> None:
    inside = change_it in ("gone", "moved")
    top = tmp_path / "top"
    root = repository(top, FILES) if inside else fill(top / "root", FILES)
    write_changes(root, CHANGES)
    (root / ".unfork/last").rename(root / ".unfork/pending")  # as if killed
    git_folder = top / ".git"
    match change_it:
        case "init":
            subprocess.run(["git", "init", "-q", str(root)], check=True)
        case "init above":
            subprocess.run(["git", "init", "-q", str(top)], check=True)
        case "gone":
            git_folder.rename(tmp_path / "aside")
        case _:
            git_folder.rename(tmp_path / "elsewhere.git")
            git_folder.write_text(f"gitdir: {tmp_path / 'elsewhere.git'}\n")
    monkeypatch.chdir(root)
    where = top if change_it == "init above" else root
    assert pending_error(where) is not None
    report = recover_from_cut_off(where)
    assert report is not None
    assert len(report.paths) == 4
    assert {path: text for path, text in files(root).items() if path in FILES} == FILES


def test_git_does_not_see_what_unfork_keeps(tmp_path: Path) -> None:
    root = repository(tmp_path, FILES)
    write_changes(root, CHANGES)
    told = subprocess.run(
        ["git", "status", "--porcelain", "--untracked-files=all"], cwd=root, capture_output=True
    )
    assert b"unfork" not in told.stdout


def test_an_undo_while_the_files_are_old_keeps_the_way_back(tmp_path: Path) -> None:
    root = repository(tmp_path, FILES)
    write_changes(root, CHANGES)
    done = files(root)
    git = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org"]
    subprocess.run([*git, "stash", "-q"], cwd=root, check=True)
    with pytest.raises(UndoError, match="another branch, or a stash"):
        undo_last_apply(root)
    subprocess.run([*git, "stash", "pop", "-q"], cwd=root, check=True)
    assert files(root) == done
    assert len(undo_last_apply(root).paths) == 4
    assert files(root) == FILES


@posix
def test_a_removed_module_comes_back_with_all_that_belongs_to_it(tmp_path: Path) -> None:
    root = fill(tmp_path, {"gone.py": OLD})
    file = root / "gone.py"
    file.chmod(0o750)
    if os.geteuid() == 0:
        os.chown(file, 1234, 4321)
    try:
        os.setxattr(file, "user.note", b"1")
        noted = True
    except OSError:
        noted = False
    before = file.stat()
    write_changes(root, [deletion("gone.py", OLD)])
    undo_last_apply(root)
    after = file.stat()
    assert (after.st_mode, after.st_uid, after.st_gid) == (
        before.st_mode,
        before.st_uid,
        before.st_gid,
    )
    assert not noted or os.getxattr(file, "user.note") == b"1"


# -- as processes


def many(folder: Path, count: int) -> Path:
    return build(folder, {f"root/p{n % 5}/m{n}.py": USE for n in range(count)})


def started(root: Path, *args: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "unfork", *args]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=root, env=environment(), stdout=pipe, stderr=pipe)


@posix
def test_a_save_during_an_undo_in_another_process_is_there_afterwards(tmp_path: Path) -> None:
    root = many(tmp_path.resolve(), 300)
    assert unfork(root, "apply").returncode == 0
    with started(root, "undo") as run_:
        until = time.monotonic() + 60
        while not (root / ".unfork/pending").exists() and time.monotonic() < until:
            if run_.poll() is not None:
                break
        (root / "p0/m0.py").write_text("x\n")
        _, err = run_.communicate(timeout=120)
    assert (root / "p0/m0.py").read_text() == "x\n"
    assert b"Traceback" not in err
    others = {p.read_text() for p in root.glob("p*/m*.py")} - {"x\n"}
    assert others == {USE if run_.returncode == 0 else USE.replace("old", "new")}
    assert not list(root.rglob(".unfork-*"))


@posix
def test_two_applies_at_once_end_in_a_tree_that_works(tmp_path: Path) -> None:
    """One redirects to a module, the other removes it."""
    root = many(tmp_path.resolve(), 60)
    (root / "remove.toml").write_text(HEAD + "[[remove]]\nmodule = 'proj.new'\n")
    (root / "m.toml").write_text(MIGRATION)
    with started(root, "apply") as one, started(root, "apply", "-m", "remove.toml") as other:
        for run_ in (one, other):
            assert b"Traceback" not in run_.communicate(timeout=120)[1]
    is_written = (root / "proj/new.py").exists()
    used = {"proj.new" in p.read_text() for p in root.glob("p*/m*.py")}
    assert len(used) == 1
    assert is_written or used == {False}
    assert {one.returncode, other.returncode} <= {0, 1, 2}
    assert not (one.returncode == other.returncode == 0 and not is_written and used == {True})
