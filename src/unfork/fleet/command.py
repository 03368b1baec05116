"""The fleet command: from the list to the summary."""

from __future__ import annotations

import os
from collections.abc import Generator, Sequence
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from unfork import console
from unfork.errors import UnforkError
from unfork.files.locking import hold_lock
from unfork.fleet.engines import results_from_dask, results_here
from unfork.fleet.repositories import Listed, read_list
from unfork.fleet.state import Purpose, State, open_state, read_state
from unfork.fleet.summary import Summary, render
from unfork.fleet.values import Migrations, Result, Task
from unfork.loading.migrations import load_migration
from unfork.outputs import check_places, open_report_stream
from unfork.shown import Shown
from unfork.signals import in_order


class Asked(NamedTuple):
    """The options of a fleet, as the user wrote them."""

    repositories: Path
    migrations: tuple[str, ...]
    branch: str
    test: str | None
    jobs: int | None
    scheduler: str | None
    resume: bool
    root: Path | None = None


def fleet(asked: Asked, shown: Shown) -> int:
    """Make the branch in each repository, and write the summary; return the exit code.

    Raises UnforkError, before any repository is touched, for a list, a migration file or a state that is wrong.
    """
    check_places(shown.output)
    folder = asked.repositories.with_name(asked.repositories.name + ".fleet")
    listed = read_list(asked.repositories, folder.resolve() / "clones")
    migrations = _read_migrations(asked.migrations)
    purpose = Purpose(asked.branch, asked.test, _digest(migrations, asked.root))
    file = folder / f"{quote(asked.branch, safe='')}.jsonl"
    tasks = [_task(repository, asked, migrations) for repository in listed]
    with in_order(), hold_lock(folder / "lock"):
        known = read_state(file, purpose) if asked.resume else {}
        results = {name: result for name, result in known.items() if result.is_done}
        with open_state(file, purpose, results) as state:
            _collect([task for task in tasks if task.name not in results], asked, state, results)
    summary = Summary(asked.branch, tuple(results[task.name] for task in tasks))
    with open_report_stream(shown.output) as out:
        out.writelines(render(summary, shown.form, shown.color, out))
    return summary.exit_code


def _collect(tasks: Sequence[Task], asked: Asked, state: State, results: dict[str, Result]) -> None:
    """Carry out the tasks; each result is written down as it comes."""
    total = len(tasks) + len(results)
    with closing(_results(tasks, asked)) as coming:
        for result in coming:
            state.add(result)
            results[result.name] = result
            line = f"{len(results)} of {total}: {result.status}: {result.name}: {result.message}"
            console.say(line, "fleet")


def _results(tasks: Sequence[Task], asked: Asked) -> Generator[Result, None, None]:
    if asked.scheduler is not None:
        return results_from_dask(tasks, asked.scheduler)
    return results_here(tasks, asked.jobs or os.cpu_count() or 1)


def _task(repository: Listed, asked: Asked, migrations: Migrations) -> Task:
    refresh = not asked.resume
    place = (repository.name, str(repository.folder), repository.url)
    root = asked.root.as_posix() if asked.root is not None else ""
    return Task(*place, asked.branch, asked.test, migrations, refresh, root)


def _read_migrations(given: Sequence[str]) -> Migrations:
    """Return names as they are, and the text of each file, which other machines need not have.

    Raises MigrationError for a file that is wrong, and UnforkError for one that is not there.
    """
    names, texts = [], []
    for name in given:
        file = Path(name)
        if file.is_file():
            load_migration(file)
            texts.append((name, file.read_text(encoding="utf-8-sig")))
        elif name.endswith(".toml") or "/" in name or os.sep in name:
            raise UnforkError(f"{name}: there is no such migration file")
        else:
            names.append(name)
    return Migrations(tuple(names), tuple(texts))


def _digest(migrations: Migrations, root: Path | None) -> str:
    """Return a digest of what is done in each repository."""
    where = "" if root is None else root.as_posix()
    return sha256(f"{migrations!r}{where}".encode()).hexdigest()
