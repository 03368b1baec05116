"""The process of one repository: reads a task from stdin, clones if need be, makes the branch, prints the result.

Its stdin stays open as long as somebody wants the result. When that ends, for whatever reason, this process does, too.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from threading import Thread

from unfork import console
from unfork.branch_tests import environment_outside_git
from unfork.commands import commit_on_branch
from unfork.endings import exit_code
from unfork.errors import GitError, UnforkError
from unfork.fleet.values import Migrations, Result, Status, Task
from unfork.loading.config import Config, find_project
from unfork.loading.migration_file import check_redirects, migration_of
from unfork.loading.migrations import migrations_for
from unfork.loading.tables import parse_table
from unfork.project import Project
from unfork.reports import Applied
from unfork.reports.sums import count_text, plan_summary
from unfork.shown import SHOWN
from unfork.signals import in_order
from unfork_codemods.migration import Migration


def main() -> None:
    """Carry out the task on stdin; the result goes to stdout, as JSON."""
    console.steady_streams()
    sys.exit(exit_code(_carry_out))


def _carry_out() -> int:
    task = Task.of(json.loads(sys.stdin.buffer.readline()))
    Thread(target=_end_with_parent, daemon=True).start()
    with in_order():
        result = result_of_task(task)
    print(json.dumps(result._asdict()))
    return 0


def _end_with_parent() -> None:
    # unbuffered: a buffer has a lock, which would be held at exit
    while os.read(sys.stdin.fileno(), 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def result_of_task(task: Task) -> Result:
    """Return what became of a repository; an UnforkError is a result, too."""
    try:
        if task.url:
            _provide_clone(task)
        project = _project_of_task(task)
        return _result_of_report(
            task, commit_on_branch(project, SHOWN, task.branch, task.test, True)
        )
    except UnforkError as error:
        return Result(task.name, task.folder, "failed", str(error))


def _provide_clone(task: Task) -> None:
    """Clone a repository, or bring the clone up to date if the task says so. Raises GitError."""
    folder = Path(task.folder)
    if folder.is_dir():
        if task.refresh:
            _run_git("pull", "--quiet", "--ff-only", folder=folder)
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".clone-", dir=folder.parent) as outer:
        new = Path(outer, folder.name)
        _run_git("clone", "--quiet", "--", task.url, str(new), folder=folder.parent)
        try:
            new.rename(folder)
        except OSError:
            if not folder.is_dir():  # else another run was faster
                raise
            shutil.rmtree(new)


def _run_git(*args: str, folder: Path) -> None:
    """Run git with the user's own settings, as a transfer needs them; nobody is asked for a password."""
    try:
        done = subprocess.run(
            ["git", *args],
            cwd=folder,
            env=environment_outside_git() | {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
        )
    except FileNotFoundError:
        raise GitError("the git program is not found; install git, or put it on the PATH") from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        why = (said or [f"it ended with code {done.returncode}"])[-1].removeprefix("fatal: ")
        raise GitError(f"git {args[0]} failed: {why}")


def _project_of_task(task: Task) -> Project:
    folder = Path(task.folder)
    if not folder.is_dir():
        raise UnforkError("not a folder" if folder.exists() else "there is no such folder")
    root, config = find_project(folder / task.root if task.root else None, folder)
    migrations = _migrations_of_task(task.migrations, root, config)
    return Project(root, migrations, None, config.exclude, jobs=1)


def _migrations_of_task(given: Migrations, root: Path, config: Config) -> tuple[Migration, ...]:
    migrations = tuple(migration_of(parse_table(text.encode(), name)) for name, text in given.files)
    if given.names or not migrations:
        migrations += migrations_for(root, config, given.names, root)
    check_redirects(migrations)
    return migrations


def _result_of_report(task: Task, report: Applied) -> Result:
    total = plan_summary(report.plan)
    status = _status_of_report(report)
    commits = sum(any(True for _ in step.edits) for step in report.plan.steps)
    if report.failed:
        message = report.failed
    elif report.left:
        message = str(report.left[0])
    elif report.branch:
        message = f"{count_text(commits, 'commit')}, {count_text(total.files, 'file')}"
    else:
        message = "nothing to change"
    return Result(
        name=task.name,
        folder=task.folder,
        status=status,
        message=message,
        branch=report.branch,
        commits=commits if report.branch else 0,
        files=total.files,
        statements=total.statements,
        names=total.names,
        left=len(report.left),
        findings=tuple(map(str, report.left)),
    )


def _status_of_report(report: Applied) -> Status:
    if report.failed:
        return "tests"
    if report.left:
        return "left"
    return "changed" if report.branch else "clean"


if __name__ == "__main__":
    main()
