"""Spoil plans that are right, and see whether the verifier notices.

    python tests/lab/programs/mutants.py --seeds 0:2000 --lethal 1000 --log LOG.jsonl [--kept FOLDER]

Each program that works after its migration gives a few mutants: the plan with one mistake in it. A mutant is *lethal*
where the program then prints something else or fails; the verifier has to reject each of these. Plans that it rejects
though the program works are counted, too: an alarm about everything would be worth nothing. ``--log`` has a line for
each seed: a run that was cut off goes on where it stopped. ``--kept`` gets a folder for each lethal mutant that went
unnoticed.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from lab.programs.generate import generate
from lab.programs.interpreters import Outcome
from lab.programs.mistakes import MISTAKES, Proposal, Site, proposal
from lab.programs.model import Program, shown
from lab.programs.oracle import Oracle, Tree, parsed
from lab.programs.run import new_oracle
from unfork.errors import UnforkError
from unfork.patterns import path_matcher
from unfork.planning import pipeline, verdicts
from unfork.planning.verdicts import Verdicts
from unfork.reading.source import Source
from unfork.rewriting.engine import Engine
from unfork.values import Plan
from unfork.verification import Rewrites, Violation


class Judged(TypedDict):
    """What came of a mutant. ``why`` it is lethal; empty where it is not."""

    mistake: str
    number: int
    why: str
    rejected: bool
    error: str


class Line(TypedDict):
    """What came of a seed, as a line of the log. ``alarm`` is why the verifier rejects the right plan, if it does."""

    seed: int
    fit: bool
    alarm: str
    mutants: list[Judged]


@dataclass
class Tally:
    """What came of all."""

    lines: list[Line]

    @property
    def mutants(self) -> list[Judged]:
        return [mutant for line in self.lines for mutant in line["mutants"]]

    @property
    def lethal(self) -> list[Judged]:
        return [mutant for mutant in self.mutants if mutant["why"]]

    def __str__(self) -> str:
        fit = [line for line in self.lines if line["fit"]]
        alarms = [line for line in fit if line["alarm"]]
        harmless = [mutant for mutant in self.mutants if not mutant["why"]]
        caught = [mutant for mutant in self.lethal if mutant["rejected"]]
        errors = Counter(mutant["error"] for mutant in self.mutants if mutant["error"])
        share = len(caught) / max(len(self.lethal), 1)
        lines = [
            f"{len(fit)} plans that are right, {len(alarms)} of them rejected",
            f"{len(self.mutants)} mutants, {len(self.lethal)} lethal, {len(caught)} of these caught ({share:.1%})",
            f"{len(harmless)} harmless ones, {sum(mutant['rejected'] for mutant in harmless)} of them rejected",
            f"{errors.total()} times the verifier failed: {errors.most_common(5)}",
        ]
        seen = Counter(mutant["mistake"] for mutant in caught)
        made = Counter(mutant["mistake"] for mutant in self.lethal)
        lines += [
            f"  {name:24} {seen[name]:5} of {number:5}" for name, number in made.most_common()
        ]
        lines += [f"alarm, seed {line['seed']}: {line['alarm']}" for line in alarms[:40]]
        lines += [
            f"unnoticed, seed {line['seed']}, number {mutant['number']}, {mutant['mistake']}: "
            + mutant["why"].splitlines()[0]
            for line in self.lines
            for mutant in line["mutants"]
            if mutant["why"] and not mutant["rejected"]
        ]
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
        quick = {
            path: verifier.quick(Source.read(path, self.program.files[path].encode()), edits)
            for path, edits in proposed.edits.items()
        }
        is_excluded = path_matcher(migration.exclude)
        left = {finding.path for finding in self.plan.left}
        done = [path for path in tree.paths() if path not in left and not is_excluded(path)]
        return verifier.verify(
            Rewrites(proposed.edits, proposed.removed),
            {path: moves for path, moves in quick.items() if moves is not None},
            complete=done,
        )


def unverified_plan(program: Program) -> Plan:
    """Return the plan as the planner has it before the verifier is asked."""
    with mock.patch.object(verdicts, "verify_results", lambda *_: Verdicts()):
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
    after = oracle.run(program, proposal(plan).files(program.files))
    kind, _ = oracle.behaviour(program, before, after, _left(plan), True)
    return Trial(program, plan, before) if plan.changes and kind in ("", "order") else None


def _left(plan: Plan) -> list[str]:
    return [str(finding) for finding in plan.left]


def judge(oracle: Oracle, seed: int, kept: Path | None) -> Line:
    """Return what came of the mutants of one program."""
    program = generate(seed)
    trial = trial_of(oracle, program)
    if trial is None:
        return Line(seed=seed, fit=False, alarm="", mutants=[])
    known, error = _asked(trial, proposal(trial.plan))
    alarm = next((str(violation) for violation in known if violation.blame), error)
    mutants = [] if alarm else list(enumerate(mutants_of(trial, 2)))
    judged = [_judged(oracle, trial, known, number, *mutant, kept) for number, mutant in mutants]
    return Line(seed=seed, fit=True, alarm=alarm, mutants=judged)


def mutants_of(trial: Trial, most: int) -> Iterator[tuple[str, Proposal]]:
    """Yield up to ``most`` mutants of each mistake."""
    rng = random.Random(trial.program.seed)
    site = Site(trial.program, proposal(trial.plan), rng)
    for mistake in MISTAKES:
        made = list(mistake(site))
        rng.shuffle(made)
        for edits in made[:most]:
            yield mistake.__name__, edits


def _judged(
    oracle: Oracle,
    trial: Trial,
    known: Sequence[Violation],
    number: int,
    name: str,
    mutant: Proposal,
    kept: Path | None,
) -> Judged:
    """Return what came of a mutant; ``known`` is what the verifier says of the plan that is right, too."""
    program = trial.program
    after = oracle.run(program, mutant.files(program.files))
    kind, why = oracle.behaviour(program, trial.before, after, _left(trial.plan), True)
    why = why if kind == "broken" else ""
    every, error = _asked(trial, mutant)
    violations = set(every) - set(known)
    if why and not violations and kept is not None:
        _keep(program, name, mutant, why, kept / f"{name}-{program.seed}-{number}")
    return Judged(mistake=name, number=number, why=why, rejected=bool(violations), error=error)


def _asked(trial: Trial, proposed: Proposal) -> tuple[list[Violation], str]:
    """Return what the verifier has against a proposal, and how it failed if it did, which is a finding."""
    try:
        return trial.violations(proposed), ""
    except Exception as error:  # noqa: BLE001 (that the verifier fails is a finding, too)
        return [], f"{type(error).__name__}: {error}"


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


def read_log(log: Path) -> dict[int, Line]:
    """Return the lines of a log by seed."""
    if not log.exists():
        return {}
    lines: Iterable[Line] = (
        json.loads(text) for text in log.read_text().splitlines() if text.endswith("}")
    )
    return {line["seed"]: line for line in lines}


def run(oracle: Oracle, seeds: range, lethal: int, log: Path, kept: Path | None) -> Tally:
    """Judge the seeds that the log does not have yet, until so many ``lethal`` mutants are known."""
    done = read_log(log)
    tally = Tally([])
    with log.open("a") as out:
        for seed in seeds:
            if seed not in done:
                done[seed] = judge(oracle, seed, kept)
                out.write(json.dumps(done[seed]) + "\n")
                out.flush()
            tally.lines.append(done[seed])
            if len(tally.lethal) >= lethal:
                break
    return tally


def main() -> None:
    asked = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    asked.add_argument("--seeds", default="0:2000", metavar="FROM:TO")
    asked.add_argument("--lethal", type=int, default=1000, help="stop after so many lethal mutants")
    asked.add_argument("--log", type=Path, default=Path("mutants.jsonl"))
    asked.add_argument("--kept", type=Path)
    options = asked.parse_args()
    first, _, last = options.seeds.partition(":")
    with new_oracle() as oracle:
        print(run(oracle, range(int(first), int(last)), options.lethal, options.log, options.kept))


if __name__ == "__main__":
    main()
