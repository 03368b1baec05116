"""A repository's settings start no program, and do not change what is read or written."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from hostile import USE, build, environment, git, look, repository, unfork

if os.name != "posix":
    pytest.skip("the programs are shell scripts", allow_module_level=True)

NEW = USE.replace("old", "new")
PROGRAMS = (
    *("core.fsmonitor", "core.sshCommand", "core.editor", "core.pager", "core.askPass"),
    *("core.gitProxy", "core.alternateRefsCommand", "credential.helper", "sequence.editor"),
    *("diff.external", "diff.evil.command", "diff.evil.textconv", "interactive.diffFilter"),
    *("filter.evil.clean", "filter.evil.smudge", "filter.evil.process", "merge.evil.driver"),
    *("gpg.program", "gpg.openpgp.program", "gpg.ssh.program", "gpg.x509.program"),
    *("gpg.ssh.defaultKeyCommand", "mergetool.evil.cmd", "difftool.evil.cmd", "man.evil.cmd"),
    *("browser.evil.cmd", "pager.log", "pager.status", "pager.ls-files", "pager.config"),
    *("remote.origin.uploadpack", "remote.origin.receivepack", "uploadpack.packObjectsHook"),
    *("trailer.evil.command", "trailer.evil.cmd", "hook.evil.command", "sendemail.smtpServer"),
    *("imap.tunnel", "guitool.evil.cmd", "instaweb.httpd", "web.browser", "gc.recentObjectsHook"),
)
OTHERS = {
    "filter.evil.required": "true",
    "commit.gpgsign": "true",
    "log.showSignature": "true",
    "hook.evil.event": "reference-transaction",
    "hook.evil.enabled": "true",
    "remote.origin.url": "ext::sh -c evil",
    "remote.origin.promisor": "true",
    "extensions.partialClone": "origin",
    "protocol.ext.allow": "always",
    "core.untrackedCache": "true",
    "core.repositoryFormatVersion": "1",
    "submodule.sub.update": "!evil",
}
HOOKS = (
    *("applypatch-msg", "commit-msg", "fsmonitor-watchman", "post-checkout", "post-commit"),
    *("post-index-change", "post-merge", "post-rewrite", "pre-auto-gc", "pre-commit"),
    *("pre-merge-commit", "prepare-commit-msg", "reference-transaction", "update", "post-update"),
)


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """Return the root of a repository whose settings name a program wherever git knows one."""
    root = build(tmp_path.resolve(), {"root/use.py": USE, "root/same.py": "x = 1\n"})
    repository(root)
    evil = root / ".git" / "evil"
    evil.write_text(f'#!/bin/sh\necho "$0 $*" >> {tmp_path}/ran\ncat\n')
    evil.chmod(0o755)
    for hook in HOOKS:
        file = root / ".git/hooks" / hook
        file.parent.mkdir(exist_ok=True)
        file.write_text(evil.read_text())
        file.chmod(0o755)
    (root / ".git/info").mkdir(exist_ok=True)
    (root / ".git/info/attributes").write_text("* filter=evil diff=evil merge=evil\n")
    for key in PROGRAMS:
        git(root, "config", key, str(evil), check=False)
    for key, value in OTHERS.items():
        git(root, "config", key, value, check=False)
    config = root / ".git/more"
    config.write_text(f"[core]\n\tfsmonitor = {evil}\n")
    git(root, "config", "include.path", "more")
    for file in (root / "use.py", root / "same.py"):
        os.utime(file, (1, 1))  # git would have to look into them, through the filter
    (tmp_path / "ran").unlink(missing_ok=True)
    return root


@pytest.mark.parametrize(
    "args",
    [
        *(
            ["diff"],
            ["check"],
            ["audit"],
            ["apply"],
            ["apply", "--branch", "b"],
            ["check", "--fix"],
        ),
        *(["apply", "--allow-dirty"], ["undo"], ["diff", "--patch", "-"], ["list"]),
    ],
    ids=" ".join,
)
def test_a_repository_of_a_stranger_starts_no_program(
    hostile: Path, tmp_path: Path, args: list[str]
) -> None:
    done = unfork(hostile, *args)
    assert not (tmp_path / "ran").exists(), (tmp_path / "ran").read_text()
    assert "Traceback" not in done.stderr
    assert done.returncode in (0, 1, 2)


def test_an_apply_and_an_undo_there_work_all_the_same(hostile: Path, tmp_path: Path) -> None:
    assert unfork(hostile, "apply").returncode == 0
    assert (hostile / "use.py").read_text() == NEW
    assert unfork(hostile, "undo").returncode == 0
    assert (hostile / "use.py").read_text() == USE
    assert unfork(hostile, "apply", "--branch", "b").returncode == 0
    assert not (tmp_path / "ran").exists()
    git(hostile, "config", "--unset-all", "extensions.partialClone")
    shown = git(
        hostile,
        "-c",
        "core.fsmonitor=false",
        "-c",
        "core.hooksPath=/dev/null",
        "cat-file",
        "blob",
        "b:use.py",
    )
    assert shown == NEW


def test_the_root_is_where_the_git_folder_is(tmp_path: Path) -> None:
    """`core.worktree` would have the files of the folder above rewritten."""
    folder = tmp_path.resolve()
    root = repository(build(folder, {"root/use.py": USE, "use.py": USE, "pyproject.toml": ""}))
    (root / "pyproject.toml").unlink()
    git(root, "commit", "-q", "-a", "-m", "second")
    git(root, "config", "core.worktree", str(folder))
    for file in (root / "m.toml", root / "proj/old.py", root / "proj/new.py"):
        (folder / file.relative_to(root)).parent.mkdir(exist_ok=True)
        (folder / file.relative_to(root)).write_text(file.read_text())
    beyond = {name: (folder / name).read_text() for name in ("use.py", "proj/old.py")}
    done = unfork(root, "apply", "-m", "m.toml")
    assert done.returncode == 0, done.stderr
    assert (root / "use.py").read_text() == NEW
    assert {name: (folder / name).read_text() for name in beyond} == beyond
    (root / "use.py").write_text(USE + "mine\n")
    assert "use.py" in unfork(root, "apply", "-m", "m.toml").stderr  # it is not committed


@pytest.mark.parametrize("how", ["--assume-unchanged", "--skip-worktree"])
def test_what_git_is_told_not_to_look_at_is_looked_at(tmp_path: Path, how: str) -> None:
    root = repository(build(tmp_path.resolve(), {"root/use.py": USE}))
    (root / "use.py").write_text(USE + "mine = 1\n")
    git(root, "update-index", how, "use.py")
    done = unfork(root, "apply")
    assert done.returncode == 2
    assert "1 file with changes that are not committed: use.py" in done.stderr
    assert (root / "use.py").read_text() == USE + "mine = 1\n"


def test_a_tracked_file_that_is_ignored_is_looked_at(tmp_path: Path) -> None:
    root = repository(build(tmp_path.resolve(), {"root/use.py": USE}))
    (root / ".git/info/exclude").write_text("use.py\n")
    (root / "use.py").write_text(USE + "mine = 1\n")
    assert unfork(root, "apply").returncode == 2
    git(root, "checkout", "-q", "use.py")
    assert unfork(root, "apply").returncode == 0


def test_a_root_that_is_ignored_has_no_way_back_but_undo(tmp_path: Path) -> None:
    top = build(tmp_path.resolve(), {"root/use.py": USE})
    folder = top.parent
    git(folder, "init", "-q")
    (folder / ".gitignore").write_text("*\n")
    before = look(top)
    done = unfork(top, "apply")
    assert done.returncode == 2
    assert "with changes that are not committed: " in done.stderr
    assert look(top) == before
    assert unfork(top, "apply", "--allow-dirty").returncode == 0


@pytest.mark.parametrize(
    ("attributes", "settings"),
    [
        ("* text=auto eol=crlf\n", {}),
        ("", {"core.autocrlf": "true"}),
        ("", {"core.autocrlf": "input"}),
        ("* ident\n", {}),
    ],
)
def test_a_file_that_git_stores_otherwise_is_clean(
    tmp_path: Path, attributes: str, settings: dict[str, str]
) -> None:
    root = build(tmp_path.resolve(), {"root/use.py": USE + "# $Id$\n"})
    git(root, "init", "-q", "-b", "main")
    for key, value in settings.items():
        git(root, "config", key, value)
    (root / ".gitattributes").write_text(attributes.replace("*", "use.py"))
    subprocess.run(
        ["git", "add", "-A"], cwd=root, env=environment(), check=True, capture_output=True
    )
    git(root, "commit", "-q", "-m", "first")
    (root / "use.py").unlink()
    command = ["git", "checkout", "-q", "use.py"]
    subprocess.run(command, cwd=root, env=environment(), check=True)
    before = (root / "use.py").read_bytes()
    done = unfork(root, "apply")
    assert (done.returncode, done.stderr) == (0, ""), done
    assert (root / "use.py").read_bytes() == before.replace(b"old", b"new")
    (root / "use.py").write_bytes(before + b"mine = 1\r\n")
    assert unfork(root, "apply").returncode == 2


def test_a_file_behind_a_filter_is_not_written_into_without_leave(tmp_path: Path) -> None:
    root = build(
        tmp_path.resolve(), {"root/use.py": USE, "root/.gitattributes": "*.py filter=up\n"}
    )
    git(root, "init", "-q", "-b", "main")
    git(root, "config", "filter.up.clean", "tr a-z A-Z")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "first")
    done = unfork(root, "apply")
    assert done.returncode == 2
    assert "behind a git filter, which unfork does not run" in done.stderr
    assert unfork(root, "apply", "--allow-dirty").returncode == 0
    assert (root / "use.py").read_text() == NEW


def test_a_git_program_in_the_folder_is_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = repository(build(tmp_path.resolve(), {"root/use.py": USE}))
    (root / "git").write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    (root / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f".{os.pathsep}{os.pathsep}{os.environ['PATH']}")
    assert unfork(root, "apply").returncode == 0
    assert not (tmp_path / "ran").exists()


def test_a_pattern_file_that_is_a_pipe_keeps_nobody_waiting(tmp_path: Path) -> None:
    root = repository(build(tmp_path.resolve(), {"root/use.py": USE}))
    os.mkfifo(tmp_path / "pipe")
    for key in ("core.excludesFile", "core.attributesFile"):
        git(root, "config", key, str(tmp_path / "pipe"))
    (root / ".git/info/exclude").unlink(missing_ok=True)
    os.mkfifo(root / ".git/info/exclude")
    assert unfork(root, "apply", timeout=60).returncode == 0
