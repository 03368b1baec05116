"""Signals at random moments: to the process, to a worker, to the whole group; then nothing may be left.

    python tests/lab/signals.py --times 500

After each: how long it took until the process was gone, whether any other of its session is there 2 seconds later,
its exit code, and, once the next run has been, whether a temporary file is.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

from sessions import session, workers
from stage import command, environment, git, leftovers, project, repository, unfork

USERS, LINES = 150, 40
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL)
TARGETS = ("process", "worker", "group")
COMMANDS = {
    "diff": ("diff", "-j", "2"),
    "check": ("check", "-j", "2"),
    "apply": ("apply", "-j", "2", "--allow-dirty"),
    "branch": ("apply", "-j", "2", "--branch", "b"),
    "undo": ("undo",),
    "audit": ("audit", "-j", "2"),
}
ALLOWED = {
    signal.SIGINT: {130, -signal.SIGINT},
    signal.SIGTERM: {-signal.SIGTERM, 143},
    signal.SIGHUP: {-signal.SIGHUP, 129},
    signal.SIGKILL: {-signal.SIGKILL},
}


def send(leader: int, number: int, target: str) -> bool:
    """Send a signal; return whether the process itself got it."""
    with suppress(ProcessLookupError):
        if target == "group":
            os.killpg(leader, number)
            return True
        if target == "worker" and (some := workers(leader)):
            os.kill(random.choice(some), number)
            return False
        os.kill(leader, number)
        return True
    return False


def gone_after(leader: int, patience: float) -> float | None:
    """Return how long it takes until nothing of a session is there, None where it takes longer."""
    began = time.monotonic()
    while session(leader):
        if time.monotonic() - began > patience:
            return None
        time.sleep(0.01)
    return time.monotonic() - began


def settle(root: Path, name: str) -> None:
    """Bring the project to where the command has something to do."""
    git(root, "branch", "-q", "-D", "b", check=False)
    git(root, "checkout", "-q", "-f", "main")
    shutil.rmtree(root / ".unfork", ignore_errors=True)
    if name == "undo":
        unfork(root, "apply", "--allow-dirty")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    for signum in SIGNALS[:-1]:  # whoever runs this in the background may have had them ignored
        signal.signal(signum, signal.SIG_DFL)
    chance = random.Random(options.seed)
    random.seed(options.seed)
    codes: Counter[tuple[str, str, int]] = Counter()
    slowest, wrong = 0.0, 0
    with tempfile.TemporaryDirectory() as folder:
        temporary = Path(folder, "tmp")
        temporary.mkdir()
        root = repository(project(Path(folder, "root").resolve(), USERS, lines=LINES))
        whole: dict[str, float] = {}
        for number in range(options.times):
            name = list(COMMANDS)[number % len(COMMANDS)]
            sent = SIGNALS[number // len(COMMANDS) % len(SIGNALS)]
            target = TARGETS[number // (len(COMMANDS) * len(SIGNALS)) % len(TARGETS)]
            settle(root, name)
            if name not in whole:
                began = time.monotonic()
                unfork(root, *COMMANDS[name])
                whole[name] = time.monotonic() - began
                settle(root, name)
            with subprocess.Popen(
                command(*COMMANDS[name]),
                cwd=root,
                env=environment(TMPDIR=str(temporary)),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            ) as run:
                time.sleep(chance.uniform(0.03, whole[name]))
                began = time.monotonic()
                hit = send(run.pid, sent, target) and run.poll() is None
                problems = []
                try:
                    _, said = run.communicate(timeout=60 if not hit else 20)
                except subprocess.TimeoutExpired:
                    problems.append("hangs")
                    os.killpg(run.pid, signal.SIGKILL)
                    _, said = run.communicate()
                took = time.monotonic() - began
            if hit:
                slowest = max(slowest, took)
                problems += [f"took {took:.1f} s, exit {run.returncode}"] * (took > 2)
            early = (
                b"KeyboardInterrupt" in said and b"unfork" not in said
            )  # Python itself was not up yet
            problems += ["traceback"] * (b"Traceback" in said and not early)
            problems += ["a process is left"] * (gone_after(run.pid, 2) is None)
            if hit and not early and run.returncode not in ALLOWED[sent] | {0, 1}:
                problems.append(
                    f"exit code {run.returncode}: {said.decode(errors='replace')[-200:]}"
                )
            codes[sent.name, target, run.returncode] += 1
            unfork(root, "apply", "--allow-dirty")
            problems += [f"left {leftover}" for leftover in leftovers(root)]
            problems += [f"left in the temporary folder: {p.name}" for p in temporary.iterdir()]
            if problems:
                wrong += 1
                print(number, name, sent.name, target, problems, said[-2000:], flush=True)
            if number % 50 == 49:
                print(
                    f"{number + 1} signals; slowest end {slowest:.2f} s; wrong: {wrong}", flush=True
                )
    for (sent_name, target, code), count in sorted(codes.items()):
        print(f"{sent_name} to the {target}: exit {code}: {count}")
    print(f"{options.times} signals; slowest end {slowest:.2f} s; wrong: {wrong}")


if __name__ == "__main__":
    main()
