"""Applies and undos, while a second process saves, commits, swaps links and switches branches.

    python tests/lab/races.py --times 200

Each save has a mark of its own. After each run: the last mark of each file is there; a folder beside the root is as
it was; each file that nobody saved is as the exit code says; and nothing lies about.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from stage import USE, environment, git, leftovers, project, put, repository, texts, unfork

USERS = 120
BRANCHES = ("main", "other")
OTHERS = "p9/other.py"
"""Only the other branch has it."""
NOT_ALL = "could not be put back; run `unfork undo`"


# -- the second process


class Meddler:
    """Does one thing after another, at random moments, and writes down what it has saved, before and after."""

    def __init__(self, root: Path, outside: Path, log: Path, seed: int) -> None:
        self.root, self.outside, self.log = root, outside, log
        self.chance = random.Random(seed)
        self.pause = self.chance.choice((0.03, 0.3, 1.5))
        self.count = 0
        self.until = 0.0

    def run(self, seconds: float) -> None:
        """Go on for so long, or until SIGTERM: what has been begun is finished, and git with it."""
        self.until = time.monotonic() + seconds
        signal.signal(signal.SIGTERM, self._end)
        while self._sleeps(self.chance.uniform(0, self.pause)):
            what = self.chance.choices(
                (self.save, self.replace, self.late, self.swap, self.commit, self.switch),
                (5, 5, 1, 3, 1, 1),
            )[0]
            with suppress(OSError, subprocess.CalledProcessError):
                what()

    def _end(self, *_: object) -> None:
        self.until = 0.0

    def _sleeps(self, seconds: float) -> bool:
        """Wait; return whether to go on."""
        awake = time.monotonic() + seconds
        while (now := time.monotonic()) < min(awake, self.until):
            time.sleep(min(0.02, awake - now))
        return now < self.until

    def _text(self) -> tuple[str, str]:
        self.count += 1
        mark = f"mark-{os.getpid()}-{self.count}"
        return mark, f"{USE}\n# {mark}\n"

    def _note(self, path: str, mark: str) -> None:
        with self.log.open("a") as log:
            log.write(json.dumps([path, mark]) + "\n")

    def _some(self) -> str:
        number = self.chance.randrange(USERS)
        return f"p{number % 10}/m{number}.py"

    def save(self) -> None:
        """Write into a file, as an editor without a temporary file does."""
        path, (mark, text) = self._some(), self._text()
        if os.path.islink((self.root / path).parent):
            return
        (self.root / path).write_text(text)
        self._note(path, mark)

    def replace(self) -> None:
        """Put a new file in the place of the old, as most editors do."""
        path, (mark, text) = self._some(), self._text()
        if os.path.islink((self.root / path).parent):
            return
        put(self.root, f"{path}~", text).replace(self.root / path)
        self._note(path, mark)

    def late(self) -> None:
        """Save a new file that imports the legacy module."""
        mark, text = self._text()
        path = f"late{self.count % 5}.py"
        (self.root / path).write_text(text)
        self._note(path, mark)

    def swap(self) -> None:
        """Put a link out of the root in the place of a folder, for a moment."""
        name = f"p{self.chance.randrange(10)}"
        aside = self.root / f"{name}.aside"
        (self.root / name).rename(aside)
        (self.root / name).symlink_to(self.outside / name)
        time.sleep(self.chance.uniform(0, 0.02))
        (self.root / name).unlink()
        aside.rename(self.root / name)

    def commit(self) -> None:
        git(self.root, "commit", "-q", "-a", "-m", "more")

    def switch(self) -> None:
        """Switch to a branch on which one folder is different, and back. git refuses where that would lose a change."""
        for branch in ("other", "main"):
            git(self.root, "checkout", "-q", branch)


# -- what came out


def marks(log: Path) -> dict[str, str]:
    """Return the last mark that was saved in each file."""
    lines = log.read_text().splitlines() if log.exists() else []
    return dict(map(json.loads, lines))


def lost(root: Path, log: Path) -> list[str]:
    """Return the files whose last save is neither there nor committed: the other process may end on either branch."""
    missing = []
    for path, mark in marks(log).items():
        file = root / path
        versions = [file.read_bytes()] if file.exists() else []
        versions += [
            git(root, "show", f"{branch}:{path}", check=False).stdout for branch in BRANCHES
        ]
        if not any(mark.encode() in text for text in versions):
            missing.append(path)
    return missing


def unexplained(
    before: Mapping[str, bytes], after: Mapping[str, bytes], saved: set[str], code: int, undo: bool
) -> list[str]:
    """Return the files that nobody saved, and that are not as the exit code says."""
    problems = []
    for path in sorted(before.keys() | after.keys()):
        if path in saved or path.endswith("~") or not path.startswith(("p", "proj")):
            continue
        if ".unfork-" in path:  # in a folder that was swapped: it goes with the next run
            continue
        old, new = before.get(path), after.get(path)
        if path == OTHERS and old is None and new == USE.encode():  # the tree is on that branch
            continue
        if code == 2 and old != new:
            problems.append(f"{path} changed, though the run says that nothing is")
        elif code != 2 and new is not None and path.startswith("p") and "/m" in path:
            wanted = b"proj.old" if undo else b"proj.new"
            if wanted not in new:
                problems.append(f"{path} is not done, though the run says so")
    if code != 2 and not undo and "proj/old.py" not in after:
        bare = [p for p, t in after.items() if b"proj.old" in t and p.endswith(".py")]
        problems += [f"{p} imports what is gone" for p in bare if p not in saved]
    return problems


def settle(root: Path) -> None:
    """Bring a root to where an apply can begin: all files use the legacy module, and it is there."""
    git(root, "checkout", "-q", "-f", "main", check=False)
    for file in root.glob("late*.py"):
        file.unlink()
    project(root, USERS, remove=True)
    put(
        root, ".git/info/exclude", ".unfork-*\n"
    )  # who commits a temporary file gets it back at each checkout
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "again", check=False)


def race(root: Path, outside: Path, args: tuple[str, ...], seed: int) -> tuple[int, str, list[str]]:
    """Run unfork beside the second process; return the exit code, its errors, and what is wrong."""
    log = root.parent / "log"
    log.unlink(missing_ok=True)
    before, beyond = texts(root), texts(outside)
    with subprocess.Popen(
        [sys.executable, __file__, "--meddle", str(root), str(outside), str(log), str(seed)],
        env=environment(),
    ) as other:
        time.sleep(random.Random(seed).uniform(0, 0.4))
        done = unfork(root, *args)
        other.terminate()
        other.wait()
    for aside in root.glob("*.aside"):  # a step of it failed
        link = root / aside.name.removesuffix(".aside")
        if link.is_symlink():
            link.unlink()
        if not link.exists():
            aside.rename(link)
    saved = {*marks(log)} | {p.removesuffix("~") for p in texts(root) if p.endswith("~")}
    wrong = [f"lost: {path}" for path in lost(root, log)]
    wrong += ["outside"] * (texts(outside) != beyond)
    wrong += ["traceback"] * ("Traceback" in done.stderr)
    saved |= _between(before, texts(root))
    if NOT_ALL not in done.stderr or _undone(root):
        wrong += unexplained(before, texts(root), saved, done.returncode, args[0] == "undo")
    settle(root)
    unfork(
        root, "apply", "--allow-dirty"
    )  # the next run tidies up what lay in a folder that was swapped
    wrong += [f"left: {name}" for name in leftovers(root)]
    return done.returncode, done.stderr, wrong


def _undone(root: Path) -> bool:
    """Take back what a run could not, as it says, for a folder was a link; return whether nobody has saved over it."""
    done = unfork(root, "undo")
    assert done.returncode == 0 or "not as unfork left" in done.stderr, done.stderr
    return done.returncode == 0


def _between(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> set[str]:
    """Return the files with a mark that was not noted: the other process was ended between the save and the note."""
    return {path for path, text in after.items() if b"# mark-" in text and text != before.get(path)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--meddle", nargs=4)
    options = parser.parse_args()
    if options.meddle:
        root, outside, log, seed = options.meddle
        Meddler(Path(root), Path(outside), Path(log), int(seed)).run(60)
        return
    with tempfile.TemporaryDirectory() as folder:
        top = Path(folder).resolve()
        root = repository(project(top / "root", USERS, remove=True))
        git(root, "checkout", "-q", "-b", "other")
        put(root, OTHERS, USE)
        git(root, "add", "-A")
        git(root, "commit", "-q", "-m", "other")
        git(root, "checkout", "-q", "main")
        outside = project(top / "outside", USERS)
        codes: dict[str, Counter[str]] = {"apply": Counter(), "undo": Counter()}
        bad = 0
        for number in range(options.times):
            settle(root)
            for args in (("apply", "--allow-dirty", "-j", "2"), ("undo",)):
                if args[0] == "undo":
                    settle(root)
                    if unfork(root, "apply", "--allow-dirty").returncode == 2:
                        continue
                code, said, wrong = race(root, outside, args, options.seed + number)
                codes[args[0]][f"{code}: {_kind(said)}"] += 1
                bad += bool(wrong)
                if wrong:
                    print(number, args, code, said.strip()[:300], wrong[:5], flush=True)
            if number % 20 == 19:
                _tell(codes, bad)
        _tell(codes, bad)


def _tell(codes: Mapping[str, Counter[str]], bad: int) -> None:
    for name, counts in codes.items():
        print(f"{name}: {counts.total()} runs: {dict(counts)}")
    print(f"wrong: {bad}", flush=True)


def _kind(said: str) -> str:
    """Return the kind of an error, without the files that it names."""
    for words in (
        "changed since",
        "not as unfork left",
        "symbolic link",
        "as they were",
        "leads to",
    ):
        if words in said:
            return words
    return said.strip()[:80]


if __name__ == "__main__":
    main()
