"""Time ``diff`` and ``apply`` of the draft beside its audit, on copies of one project, in alternating runs.

    python tests/lab/benchmarks/draft_beside_audit.py ROOT [--rounds N]

A row in Markdown is printed: for each command, the medians of seconds by the clock and of the processors; for ``diff``
and ``apply``, how many times the audit's these are.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from clock import Command, Sample, processor, run, seconds

LIMIT = 600
GIT = ("git", "-c", "user.name=a", "-c", "user.email=a@example.org")


def copied(root: Path, folder: Path) -> Path:
    """Return a fresh copy of a project, with all of it committed."""
    copy = folder / root.name
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(root, copy, symlinks=True, ignore=shutil.ignore_patterns(".git"))
    for command in (["init", "-q"], ["add", "-A", "-f"], ["commit", "-q", "-m", "before"]):
        subprocess.run([*GIT, *command], cwd=copy, check=True)
    return copy


def one_round(root: Path, folder: Path, draft: Path) -> dict[str, Sample]:
    """Run each command once on a copy of the project."""
    unfork = [sys.executable, "-m", "unfork"]
    copy = copied(root, folder)
    if not draft.exists():
        run(Command("draft", [*unfork, "audit", "--draft", str(draft)], copy, None, limit=LIMIT))
    commands = {"audit": ["--format", "json"], "diff": ["-m", str(draft)]}
    commands["apply"] = commands["diff"]
    return {
        name: run(Command(name, [*unfork, name, *options], copy, None, limit=LIMIT))
        for name, options in commands.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("root", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        rounds = [one_round(asked.root, place, place / "draft.toml") for _ in range(asked.rounds)]
    print("| project | command | seconds | times audit | processor seconds | times audit |")
    print("|---|---|---|---|---|---|")
    samples = {name: [samples[name] for samples in rounds] for name in rounds[0]}
    for name in samples:
        parts, whole = ((seconds(samples, n), processor(samples, n)) for n in (name, "audit"))
        times = [f"{part / of:.1f}" for part, of in zip(parts, whole)]
        cells = (asked.root.name, name, f"{parts[0]:.2f}", times[0], f"{parts[1]:.2f}", times[1])
        print(f"| {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
