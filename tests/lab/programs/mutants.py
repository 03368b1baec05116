"""Spoil plans that are right, and see whether the verifier notices.

    python tests/lab/programs/mutants.py --seeds 0:2000 --lethal 1000 [--kept FOLDER]

Each program that works after its migration gives a few mutants: the plan with one mistake in it. A mutant is *lethal*
where the program then prints something else or fails; the verifier has to reject each of these. Plans that it rejects
though the program works are counted, too: an alarm about everything would be worth nothing. ``--kept`` gets a folder
for each lethal mutant that went unnoticed.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from lab.programs.generate import generate
from lab.programs.interpreters import Outcome
from lab.programs.mistakes import MISTAKES, Proposal, Site, proposal
from lab.programs.model import Program, shown
from lab.programs.oracle import Oracle, Tree, parsed
from lab.programs.run import new_oracle
from unfork.errors import UnforkError
from unfork.patterns import matcher
from unfork.planning import pipeline
from unfork.planning.verdicts import Verdicts
from unfork.reading.source import Source
from unfork.rewriting.engine import Engine
from unfork.values import Plan
from unfork.verification import Rewrites, Violation


@dataclass
class Tally:
    """What came of the mutants."""

    programs: int = 0
    alarms: list[tuple[int, Violation]] = field(default_factory=list)
    mutants: int = 0
    lethal: Counter[str] = field(default_factory=Counter)
    caught: Counter[str] = field(default_factory=Counter)
    rejected_harmless: int = 0
    errors: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        lethal, caught = self.lethal.total(), self.caught.total()
        lines = [
            f"{self.programs} plans that are right, {len(self.alarms)} of them rejected",
            f"{self.mutants} mutants, {lethal} lethal, {caught} of these caught ({caught / max(lethal, 1):.1%})",
            f"{self.mutants - lethal} harmless ones, {self.rejected_harmless} of them rejected",
            f"{self.errors.total()} times the verifier failed: {self.errors.most_common(5)}",
        ]
        lines += [
            f"  {name:24} {self.caught[name]:5} of {n:5}" for name, n in self.lethal.most_common()
        ]
        lines += [f"alarm, seed {seed}: {violation}" for seed, violation in self.alarms[:40]]
        return "\n".join(lines)


@dataclass
class Trial:
    """A program with a plan that is right, and what it prints before."""

    program: Program
    plan: Plan
    before: Sequence[Outcome]

    def violations(self, proposed: Proposal) -> list[Violation]:
        """Return what the verifier has against a proposal, asked as a run asks it."""
        tree, migration = Tree(self.program.files), parsed(self.program.migration)
        verifier = Engine(tree, migration, tree.paths()).verifier
        quick = {}
        for path, text in proposed.files(self.program.files).items():
            if path in proposed.edits:
                before, after = (each.encode() for each in (self.program.files[path], text))
                quick[path] = verifier.quick(Source.read(path, before), Source.read(path, after))
        is_excluded = matcher(migration.exclude)
        left = {finding.path for finding in self.plan.left}
        done = [path for path in tree.paths() if path not in left and not is_excluded(path)]
        return verifier.verify(
            Rewrites(proposed.edits, proposed.removed),
            {path: moves for path, moves in quick.items() if moves is not None},
            complete=done,
        )


def unverified_plan(program: Program) -> Plan:
    """Return the plan as the planner has it before the verifier is asked."""
    with mock.patch.object(pipeline, "verdicts", lambda *_: Verdicts()):
        return pipeline.make_plan(Tree(program.files), [parsed(program.migration)], jobs=1)


def trial_of(oracle: Oracle, program: Program) -> Trial | None:
    """Return the program's trial; None where its plan is not right, or changes nothing."""
    before = oracle.works(program)
    if before is None or program.sound is not None:
        return None
    try:
        plan = unverified_plan(program)
    except (UnforkError, KeyError):
        return None
    left = [str(finding) for finding in plan.left]
    after = oracle.run(program, proposal(plan).files(program.files))
    kind, _ = oracle.behaviour(program, before, after, left, True)
    return Trial(program, plan, before) if plan.changes and kind in ("", "order") else None


def try_program(oracle: Oracle, program: Program, tally: Tally, kept: Path | None) -> None:
    """Judge the mutants of one program."""
    trial = trial_of(oracle, program)
    if trial is None:
        return
    tally.programs += 1
    alarms = _asked(trial, proposal(trial.plan), tally)
    if alarms:
        tally.alarms.append((program.seed, alarms[0]))
        return
    for name, mutant in mutants_of(trial, 2):
        _try_mutant(oracle, trial, name, mutant, tally, kept)


def mutants_of(trial: Trial, most: int) -> Iterator[tuple[str, Proposal]]:
    """Yield up to ``most`` mutants of each mistake."""
    rng = random.Random(trial.program.seed)
    site = Site(trial.program, proposal(trial.plan), rng)
    for mistake in MISTAKES:
        made = list(mistake(site))
        rng.shuffle(made)
        for each in made[:most]:
            yield mistake.__name__, each


def _try_mutant(
    oracle: Oracle, trial: Trial, name: str, mutant: Proposal, tally: Tally, kept: Path | None
) -> None:
    program = trial.program
    after = oracle.run(program, mutant.files(program.files))
    kind, why = oracle.behaviour(program, trial.before, after, (), True)
    found = _asked(trial, mutant, tally)
    tally.mutants += 1
    if kind != "broken":
        tally.rejected_harmless += bool(found)
        return
    tally.lethal[name] += 1
    tally.caught[name] += bool(found)
    if not found and kept is not None:
        _keep(program, name, mutant, why, kept / f"{name}-{program.seed}-{tally.mutants}")


def _asked(trial: Trial, proposed: Proposal, tally: Tally) -> list[Violation]:
    try:
        return trial.violations(proposed)
    except Exception as error:  # noqa: BLE001 (a verifier that fails is a finding)
        tally.errors[f"{type(error).__name__}: {error}"] += 1
        return []


def _keep(program: Program, name: str, mutant: Proposal, why: str, target: Path) -> None:
    program.save(target)
    files = mutant.files(program.files)
    touched = [path for path in files if files[path] != program.files[path]]
    parts = [
        f"{name}: {why}",
        f"What the mutant writes:\n{shown(files, touched)}",
        f"Removed: {sorted(mutant.removed)}",
        f"Before:\n{shown(program.files)}",
    ]
    (target / "MUTANT.txt").write_text("\n\n".join(parts) + "\n")


def main() -> None:
    asked = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    asked.add_argument("--seeds", default="0:2000", metavar="FROM:TO")
    asked.add_argument("--lethal", type=int, default=1000, help="stop after so many lethal mutants")
    asked.add_argument("--kept", type=Path)
    options = asked.parse_args()
    first, _, last = options.seeds.partition(":")
    tally = Tally()
    with new_oracle() as oracle:
        for seed in range(int(first), int(last)):
            try_program(oracle, generate(seed), tally, options.kept)
            if tally.lethal.total() >= options.lethal:
                break
            if seed % 100 == 99:
                print(
                    f"seed {seed}: {tally.lethal.total()} lethal, {tally.caught.total()} caught",
                    flush=True,
                )
    print(tally)


if __name__ == "__main__":
    main()
