"""Run the real migrations on the trees that obtain.sh fetched, and print the table of docs/real-migrations.md.

    python tests/lab/realworld/run.py FOLDER [NAME]...

Per migration: a copy of FOLDER/NAME/before, ``unfork apply`` on it, and compare.py against FOLDER/NAME/after. What
differs goes to FOLDER/NAME/differences.txt, what unfork said to FOLDER/NAME/unfork.json.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from compare import Report, compare

MIGRATIONS = Path(__file__).parent / "migrations"
COLUMNS = (
    "migration",
    "authors changed",
    "we changed",
    "agree",
    "other local name",
    "disagree",
    "authors only",
    "ours only",
    "cannot be read",
    "same code",
    "same bytes",
    "left",
    "seconds",
)


def applied(folder: Path, migration: Path) -> tuple[Path, int, float]:
    """Return a copy of ``before`` after unfork, how much is left there for a person, and the seconds it took."""
    ours = folder / "ours"
    shutil.rmtree(ours, ignore_errors=True)
    shutil.copytree(folder / "before", ours, symlinks=True)
    command = [sys.executable, "-m", "unfork", "apply", "-m", str(migration.resolve())]
    env = {**os.environ, "GIT_CEILING_DIRECTORIES": str(folder.resolve())}
    start = time.perf_counter()
    with (folder / "unfork.json").open("w", encoding="utf-8") as out:
        done = subprocess.run(
            [*command, "--root", ".", "--format", "json"], cwd=ours, stdout=out, env=env
        )
    if done.returncode not in (0, 1):
        sys.exit(f"{migration.stem}: unfork exited with {done.returncode}")
    told = json.loads((folder / "unfork.json").read_text(encoding="utf-8"))
    return ours, len(told["left"]), time.perf_counter() - start


def row(name: str, report: Report, left: int, seconds: float) -> str:
    """Return a line of the table."""
    agreed = [verdict for verdict in report.verdicts if verdict.outcome == "agree"]
    cells = (
        name,
        sum(verdict.authors_changed for verdict in report.verdicts),
        sum(verdict.ours_changed for verdict in report.verdicts),
        *map(
            report.count,
            ("agree", "local name", "disagree", "authors only", "ours only", "unparsable"),
        ),
        sum(bool(verdict.rest_same) for verdict in agreed),
        sum(verdict.same_bytes for verdict in agreed),
        left,
        f"{seconds:.0f}",
    )
    return f"| {' | '.join(map(str, cells))} |"


def main(base: str, *names: str) -> None:
    """Run the migrations, those named or all that were fetched."""
    print(f"| {' | '.join(COLUMNS)} |", f"|{'---|' * len(COLUMNS)}", sep="\n")
    for migration in sorted(MIGRATIONS.glob("*.toml")):
        folder = Path(base) / migration.stem
        if (names and migration.stem not in names) or not (folder / "before").is_dir():
            continue
        ours, left, seconds = applied(folder, migration)
        report = compare(migration, folder / "before", folder / "after", ours, jobs=2)
        (folder / "differences.txt").write_text(
            "\n".join(report.details()) + "\n", encoding="utf-8"
        )
        print(row(migration.stem, report, left, seconds), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
