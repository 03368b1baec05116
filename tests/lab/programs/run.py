"""Generate programs, judge what unfork does to them, and make what goes wrong small.

    python tests/lab/programs/run.py --seeds 0:10000 --log LOG.jsonl [--faults FOLDER] [--shrink 3]

``--log`` has a line a seed: a run that was cut off goes on where it stopped. ``--faults`` gets a folder for each
program with a fault, up to ``--shrink`` of each kind, cut down to what the fault needs.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from lab.programs.differing import generate_differing
from lab.programs.features import features
from lab.programs.generate import generate, generate_sharing
from lab.programs.interpreters import Interpreters
from lab.programs.model import Program, shown
from lab.programs.oracle import Oracle, Verdict, count
from lab.programs.shrink import shrink

Line = Mapping[str, object]
Make = Callable[[int], Program]


@contextmanager
def new_oracle() -> Iterator[Oracle]:
    """Yield an oracle with interpreters and a folder of its own."""
    with tempfile.TemporaryDirectory() as folder, Interpreters() as interpreters:
        yield Oracle(interpreters, Path(folder))


def judge(oracle: Oracle, seed: int, make: Make = generate) -> Line:
    """Return what came of a seed, as a line of the log."""
    program = make(seed)
    verdict = oracle.judge(program)
    return {
        "seed": seed,
        "kind": verdict.kind,
        "signature": verdict.signature if verdict.is_fault or verdict.kind == "split" else "",
        "features": sorted(features(program)),
        "files": len(program.files),
    }


def read_log(log: Path) -> dict[int, Line]:
    """Return the lines of a log by seed."""
    if not log.exists():
        return {}
    lines = [json.loads(line) for line in log.read_text().splitlines() if line.endswith("}")]
    return {line["seed"]: line for line in lines}


def run(oracle: Oracle, seeds: range, log: Path, make: Make = generate) -> dict[int, Line]:
    """Judge the seeds that the log does not have yet, and return the lines of all."""
    done = read_log(log)
    begun = time.monotonic()
    todo = [seed for seed in seeds if seed not in done]
    with log.open("a") as out:
        for number, seed in enumerate(todo, 1):
            done[seed] = judge(oracle, seed, make)
            out.write(json.dumps(done[seed]) + "\n")
            if number % 500 == 0:
                out.flush()
                print(f"{number} of {len(todo)}, {time.monotonic() - begun:.0f} s", flush=True)
    return {seed: done[seed] for seed in seeds}


def summary(lines: Mapping[int, Line]) -> str:
    """Return the counts: verdicts, faults by kind with seeds, and how many programs had each feature."""
    kinds = Counter(str(line["kind"]) for line in lines.values())
    ran = [line for line in lines.values() if line["kind"] != "unfit"]
    text = [f"{len(lines)} seeds, {len(ran)} programs that run: {count(kinds)}", ""]
    for signature, seeds in by_signature(lines):
        text.append(f"{len(seeds):5} {signature}  seeds {', '.join(map(str, seeds[:6]))}")
    had = Counter(feature for line in ran for feature in line["features"])  # type: ignore[attr-defined]
    text += ["", "programs that have it:"]
    text += [f"{number:6} {feature}" for feature, number in sorted(had.items())]
    return "\n".join(text)


def by_signature(lines: Mapping[int, Line]) -> list[tuple[str, list[int]]]:
    """Return the seeds of each kind of fault, the most frequent first."""
    seeds: dict[str, list[int]] = defaultdict(list)
    for seed, line in lines.items():
        if line["signature"]:
            seeds[str(line["signature"])].append(seed)
    return sorted(seeds.items(), key=lambda pair: -len(pair[1]))


def keep_faults(
    oracle: Oracle, lines: Mapping[int, Line], folder: Path, most: int, make: Make = generate
) -> None:
    """Write small programs for each kind of fault below ``folder``."""
    for signature, seeds in by_signature(lines):
        for seed in seeds[:most]:
            target = folder / f"{lines[seed]['kind']!s}-{seed}"
            if not target.exists():
                keep_fault(oracle, make(seed), target)
                print(target, signature, flush=True)


def keep_fault(oracle: Oracle, program: Program, target: Path) -> Program:
    """Cut a program down, and write it, with what happens, into a folder of its own."""
    small = shrink(oracle, program, oracle.judge(program))
    verdict = oracle.judge(small)
    small.save(target)
    (target / "WHAT.md").write_text(told(small, verdict))
    return small


def told(program: Program, verdict: Verdict) -> str:
    """Return a page on one program."""
    after = verdict.after or {}
    touched = [path for path in after if after[path] != program.files.get(path)]
    parts = [
        f"seed {program.seed}, runs {', '.join(program.runs)}, on sys.path {', '.join(program.path)}",
        f"{verdict.kind}: {verdict.why}",
        f"```toml\n{program.migration}```",
        f"Before:\n```\n{shown(program.files)}```",
        f"After, what changed:\n```\n{shown(after, touched)}```",
        f"Gone: {sorted(program.files.keys() - after.keys())}" if after else "",
        "Left:\n" + "".join(f"- {finding}\n" for finding in verdict.left),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def main() -> None:
    asked = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    asked.add_argument("--seeds", default="0:1000", metavar="FROM:TO")
    asked.add_argument("--log", type=Path, default=Path("programs.jsonl"))
    asked.add_argument("--faults", type=Path)
    asked.add_argument(
        "--shrink", type=int, default=3, metavar="N", help="so many programs for each kind of fault"
    )
    asked.add_argument("--show", type=int, metavar="SEED", help="only show one program")
    asked.add_argument(
        "--differing", action="store_true", help="programs whose canonical copy has changed"
    )
    asked.add_argument(
        "--sharing", action="store_true", help="programs that share state through the legacy module"
    )
    options = asked.parse_args()
    make = generate_differing if options.differing else generate
    make = generate_sharing if options.sharing else make
    with new_oracle() as oracle:
        if options.show is not None:
            program = make(options.show)
            print(told(program, oracle.judge(program)))
            return
        first, _, last = options.seeds.partition(":")
        lines = run(oracle, range(int(first), int(last)), options.log, make)
        print(summary(lines))
        if options.faults:
            keep_faults(oracle, lines, options.faults, options.shrink, make)


if __name__ == "__main__":
    main()
