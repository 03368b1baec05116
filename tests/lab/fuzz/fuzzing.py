"""What both fuzzers have in common: where they start from, what may not happen, and how a crash is kept.

A crash is kept once for each place it comes from, cut down to the lines that it needs, and written as a case (see
tests/support/cases.py) into the folder given with ``--out``. Both run until their time is over:

    python tests/lab/fuzz/sources.py --minutes 30 --out /tmp/found
    python tests/lab/fuzz/migrations.py --minutes 30 --out /tmp/found
    python tests/lab/fuzz/sources.py --atheris -- -max_total_time=1800     needs the package atheris
"""

from __future__ import annotations

import argparse
import ast
import io
import re
import sys
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

TESTS = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TESTS / "support"))

from cases import all_cases  # noqa: E402
from hypothesis import HealthCheck, Phase, given, seed, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from unfork.errors import MigrationError, ProofError, UnforkError  # noqa: E402
from unfork.loading.migration_file import migration_of  # noqa: E402
from unfork.loading.tables import parse_table  # noqa: E402
from unfork.planning.pipeline import make_plan  # noqa: E402
from unfork.reports import Found, write_report  # noqa: E402
from unfork_codemods.edits import apply_edits  # noqa: E402

Files = Mapping[str, bytes]
SLOW = 8.0
"""Seconds after which a small project counts as a crash."""


class Unstable(Exception):
    """A second run changes something."""


class Broken(Exception):
    """A file that parsed does not any more."""


class Slow(Exception):
    """It took too long."""


@dataclass(frozen=True)
class Tree:
    """Files that are never on disk."""

    files: Files
    root: Path = Path("/nowhere")

    def paths(self, endings: tuple[str, ...] = ("",)) -> tuple[str, ...]:
        return tuple(sorted(path for path in self.files if path.endswith(endings)))

    def read(self, path: str) -> bytes:
        if path not in self.files:
            raise FileNotFoundError(2, "No such file or directory", path)
        return self.files[path]


@dataclass(frozen=True)
class Sample:
    """A migration, as text, and the project that it is for."""

    migration: str
    files: Files


@cache
def seeds() -> tuple[Sample, ...]:
    """Return the projects of all cases that hold today."""
    head = '[migration]\nname = "case"\n'
    samples = []
    for case in all_cases():
        if case.runs_here and "xfail" not in case.options:
            text = case.migration if "[migration]" in case.migration else head + case.migration
            samples.append(Sample(text, case.before))
    return tuple(samples)


@cache
def real_lines() -> tuple[bytes, ...]:
    """Return lines of real files: those of the standard library that lie beside `ast`, and of unfork."""
    folders = (Path(ast.__file__).parent, TESTS.parent / "src" / "unfork")
    files = [file for folder in folders for file in sorted(folder.glob("*.py"))[:60]]
    return tuple({line: None for file in files for line in file.read_bytes().split(b"\n")})


# -- what may not happen


def run(sample: Sample) -> str:
    """Plan a sample, and look at what comes of it. Returns what it was: planned, changed, refused.

    Raises whatever may not happen.
    """
    began = time.perf_counter()
    try:
        migration = migration_of(
            parse_table(sample.migration.encode("utf-8", "surrogatepass"), "m.toml")
        )
        plan = make_plan(Tree(sample.files), [migration], jobs=1)
    except ProofError:
        raise
    except UnforkError as error:
        str(error)
        return "refused"
    if time.perf_counter() - began > SLOW:
        raise Slow
    after = dict(sample.files)
    for change in plan.changes:
        old = after.pop(change.path)
        if not change.deleted:
            after[change.path] = apply_edits(old, change.edits)
            if _parses(old) and not _parses(after[change.path]):
                raise Broken(change.path)
    report = Found(Path("/nowhere"), (*plan.left, *plan.notes))
    for form in ("plain", "json", "github", "sarif"):
        write_report(report, form, io.StringIO())
    if not plan.changes:
        return "planned"
    try:
        again = make_plan(Tree(after), [migration], jobs=1)
    except MigrationError:  # it removes what another step of it names
        return "refused afterwards"
    if again.changes:
        raise Unstable(again.changes[0].path)
    return "changed"


def _parses(data: bytes) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(data, "x", "exec", dont_inherit=True, flags=ast.PyCF_ONLY_AST)
    except (SyntaxError, ValueError, RecursionError, MemoryError, LookupError):
        return False
    return True


def place(error: BaseException) -> str:
    """Return where an error comes from, so that two of one cause are told to be one."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "unfork" in f.filename]
    where = " < ".join(f"{Path(f.filename).stem}.{f.name}" for f in frames[-1:-4:-1])
    what = type(error).__name__
    if isinstance(error, ProofError):
        said = re.sub(r"\b\w+(?:\.\w+)+|\d+|'[^']*'", "_", error.message)
        what += f" ({error.proof}: {' '.join(said.split()[1:7])})"
    return f"{what} at {where}" if where else what


def crash_of(sample: Sample) -> str | None:
    """Return the place of the crash that a sample makes; None where it makes none."""
    try:
        run(sample)
    except Exception as error:  # noqa: BLE001 (that is what is looked for)
        return place(error)
    return None


# -- keeping it


def smaller(sample: Sample, where: str, seconds: float = 60.0) -> Sample:
    """Return the sample without the files and lines that its crash does not need."""
    until = time.monotonic() + seconds
    changed = True
    while changed and time.monotonic() < until:
        changed = False
        for candidate in _cuts(sample):
            if time.monotonic() > until:
                break
            if crash_of(candidate) == where:
                sample, changed = candidate, True
                break
    return sample


def _cuts(sample: Sample) -> Iterator[Sample]:
    for path in sample.files:
        yield Sample(sample.migration, {p: t for p, t in sample.files.items() if p != path})
    for path, text in sample.files.items():
        for cut in _without_lines(text):
            yield Sample(sample.migration, {**sample.files, path: cut})
    for cut in _without_lines(sample.migration.encode("utf-8", "surrogatepass")):
        yield Sample(cut.decode("utf-8", "surrogatepass"), sample.files)


def _without_lines(text: bytes) -> Iterator[bytes]:
    lines = text.split(b"\n")
    size = len(lines)
    while size:
        for start in range(0, len(lines), size):
            if rest := lines[:start] + lines[start + size :]:
                yield b"\n".join(rest)
        size //= 2


def case_text(sample: Sample, where: str) -> str:
    """Return a sample as a case; what is no text is shown as Python writes bytes."""
    parts = [f"{where}\n=== migration\n{sample.migration.rstrip()}\n"]
    for path, text in sorted(sample.files.items()):
        plain = text.endswith(b"\n") or not text
        try:
            shown = text.decode() if plain else text.decode() + "\n"
        except UnicodeDecodeError:
            shown = f"{text!r}\n"
        parts.append(f"--- {path}{'' if plain else ' [no-eol]'}\n{shown}")
    return "".join(parts)


@dataclass
class Lab:
    """The samples that were tried, and the crashes that they made."""

    out: Path
    outcomes: Counter[str] = field(default_factory=Counter)
    crashes: Counter[str] = field(default_factory=Counter)

    def test(self, sample: Sample, check: Callable[[Sample], str] = run) -> None:
        """Try one sample."""
        try:
            outcome = check(sample)
        except Exception as error:  # noqa: BLE001 (that is what is looked for)
            outcome = "crashed"
            self._keep(sample, place(error))
        self.outcomes[outcome] += 1

    def _keep(self, sample: Sample, where: str) -> None:
        self.crashes[where] += 1
        file = self.out / (re.sub(r"\W+", "_", where)[:120] + ".txt")
        if not file.exists():
            self.out.mkdir(parents=True, exist_ok=True)
            file.write_text(case_text(sample, where), "utf-8", "surrogatepass")
            least = smaller(sample, where)
            file.write_text(case_text(least, where), "utf-8", "surrogatepass")

    def report(self) -> str:
        """Return how often what happened."""
        lines = [f"{self.outcomes.total()} samples: {dict(self.outcomes)}"]
        lines += [f"{count:6} {where}" for where, count in self.crashes.most_common()]
        return "\n".join(lines)


def main(samples: st.SearchStrategy[Sample], about: str | None) -> None:
    """Try samples until the time is over."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("fuzz-found"))
    parser.add_argument("--atheris", action="store_true", help="guided by what code is reached")
    options, others = parser.parse_known_args()
    lab = Lab(options.out)
    if options.atheris:
        _atheris(samples, lab, others)
        return
    until = time.monotonic() + options.minutes * 60
    number = options.seed
    while time.monotonic() < until:
        _round(samples, lab, number)
        number += 1
        print(lab.report(), f"({number - options.seed} rounds)\n", flush=True)


def _round(samples: st.SearchStrategy[Sample], lab: Lab, number: int) -> None:
    @seed(number)
    @settings(
        max_examples=400,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(samples)
    def once(sample: Sample) -> None:
        lab.test(sample)

    once()


def _atheris(samples: st.SearchStrategy[Sample], lab: Lab, arguments: list[str]) -> None:
    import atheris

    @settings(deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(samples)
    def once(sample: Sample) -> None:
        lab.test(sample)
        if not lab.outcomes.total() % 500:
            print(lab.report(), flush=True)

    atheris.instrument_all()
    atheris.Setup(
        [sys.argv[0], *(argument for argument in arguments if argument != "--")],
        once.hypothesis.fuzz_one_input,
    )
    atheris.Fuzz()
