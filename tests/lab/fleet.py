"""A fleet on a dask cluster of two workers, one of which is killed on the way: is anything lost?

    python tests/lab/fleet.py --repositories 200 --kill-after 60

Generates the repositories, starts a scheduler and two workers on this machine, and runs `unfork fleet --scheduler`.
When so many results are there, one worker is killed, with SIGKILL, and nobody starts another. At the end each
repository is looked at: its branch has its one commit, and its work tree is untouched; some are compared with what
`apply --branch` makes of them. Needs POSIX signals, and `pip install 'unfork[dask]'`.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from small_project import (
    FILES,
    MIGRATION,
    environment,
    git,
    make_repository,
    run_unfork,
    write_files,
)

COMMAND = [sys.executable, "-m", "unfork", "fleet", "repos.txt", "-m", "migration.toml"]


def generate(folder: Path, number: int) -> list[Path]:
    """Make repositories that differ in what they import, and the list of them."""
    write_files(folder, {"migration.toml": MIGRATION})
    roots = []
    for index in range(number):
        root = folder / f"repository-{index:03}"
        used = {
            f"proj/use{n}.py": "from proj.old import helper\n\nhelper(1, 2)\n"
            for n in range(index % 5)
        }
        write_files(root, {**FILES, **used, "number.txt": f"{index}\n"})
        make_repository(root)
        roots.append(root)
    write_files(folder, {"repos.txt": "".join(f"{root.name}\n" for root in roots)})
    return roots


@contextmanager
def cluster(folder: Path, workers: int) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """Yield the address of a scheduler, and the processes of its workers."""
    where, log = folder / "scheduler.json", (folder / "cluster.log").open("wb")
    dask = [sys.executable, "-m", "dask"]
    started: list[subprocess.Popen[bytes]] = []

    def start(*args: str) -> None:
        process = subprocess.Popen(
            [*dask, *args], env=environment(), cwd=folder, stdout=log, stderr=log
        )
        started.append(process)

    try:
        start("scheduler", "--port", "0", "--scheduler-file", str(where), "--no-dashboard")
        while not where.exists():
            time.sleep(0.1)
        address = json.loads(where.read_text())["address"]
        for _ in range(workers):
            start("worker", address, "--no-nanny", "--nthreads", "1", "--no-dashboard")
        yield address, started[1:]
    finally:
        for process in started:
            process.kill()
            process.wait()
        log.close()


def run_fleet(folder: Path, number: int, kill_after: int, branch: str) -> dict[str, object]:
    """Run the fleet; kill a worker once so many results are there. Return the summary, and what was done."""
    with cluster(folder, 2) as (address, workers):
        began = time.monotonic()
        fleet = subprocess.Popen(
            [*COMMAND, "--branch", branch, "--scheduler", address, "--format", "json"],
            cwd=folder,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=(folder / "fleet.log").open("wb"),
        )
        state, killed_at = folder / f"repos.txt.fleet/{branch}.jsonl", -1
        while fleet.poll() is None and killed_at < 0:
            done = state.read_bytes().count(b"\n") - 1 if state.exists() else 0
            if done >= kill_after:
                os.kill(workers[0].pid, signal.SIGKILL)
                killed_at = done
            time.sleep(0.02)
        output, _ = fleet.communicate()
        if not output:
            sys.exit((folder / "fleet.log").read_text()[-4000:])
        seconds = time.monotonic() - began
    rows = state.read_bytes().count(b"\n") - 1
    return {
        "repositories": number,
        "exit_code": fleet.returncode,
        "summary": json.loads(output)["summary"],
        "killed_after_results": killed_at,
        "results_written": rows,
        "seconds": round(seconds, 1),
    }


def wrong_repositories(roots: list[Path], branch: str, compared: int) -> list[str]:
    """Return the repositories whose branch, or work tree, is not as it should be."""
    step = max(1, len(roots) // compared)
    wrong = []
    for index, root in enumerate(roots):
        subjects = git(root, "log", "--format=%s", f"main..{branch}").splitlines()
        dirty = git(root, "status", "--porcelain")
        if subjects != ["unfork redirect: One engine (one-engine)"] or dirty:
            wrong.append(root.name)
        elif index % step == 0 and not equals_apply(root, branch):
            wrong.append(f"{root.name}: not as apply --branch")
    return wrong


def equals_apply(root: Path, branch: str) -> bool:
    """Return whether `apply --branch` in the same repository gives the same files."""
    alone = f"{branch}-alone"
    done = run_unfork(root, "apply", "-m", str(root.parent / "migration.toml"), "--branch", alone)
    trees = {git(root, "rev-parse", f"{name}^{{tree}}") for name in (branch, alone)}
    return done.returncode == 0 and len(trees) == 1


def main() -> int:
    """Run it, and print what came out as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--repositories", type=int, default=200)
    parser.add_argument("--kill-after", type=int, default=60)
    parser.add_argument(
        "--compared", type=int, default=20, help="how many to compare with apply --branch"
    )
    options = parser.parse_args()
    os.environ.setdefault("XDG_STATE_HOME", tempfile.mkdtemp())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        roots = generate(folder, options.repositories)
        report = run_fleet(folder, len(roots), options.kill_after, "tidy")
        report["wrong"] = wrong_repositories(roots, "tidy", options.compared)
    print(json.dumps(report, indent=2))
    return int(
        report["exit_code"] != 0 or bool(report["wrong"]) or report["killed_after_results"] == -1
    )


if __name__ == "__main__":
    sys.exit(main())
