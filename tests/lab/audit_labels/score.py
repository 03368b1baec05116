"""Score the audit on the labelled projects of this folder: what it finds against what reading found.

    score.py CHECKOUTS [NAME]... [--runs DIR] [--clones FILE] [--obtain] [--no-drafts] [--held-out]

CHECKOUTS holds a checkout for each NAME.toml. README.md has the rules of counting. What is printed: a row for each
project and their sums, then every disagreement and every finding without a label. Of projects that are held out only
the numbers are printed, unless --held-out asks for all.
Exit code: 0 when each finding has a label, 1 when some have none.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Any

from counting import (
    Groups,
    Score,
    score_broken,
    score_canonical,
    score_dead,
    score_found,
    score_groups,
)
from labels import HERE, Labels, obtain_checkout, read_labels

MEASURED = (
    "import resource, subprocess, sys;"
    "done = subprocess.run([sys.executable, '-m', 'unfork', *sys.argv[1:]], stdout=subprocess.DEVNULL);"
    "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss);"
    "sys.exit(done.returncode)"
)


def run_unfork(root: Path, *arguments: str) -> tuple[int, float, float]:
    """Run unfork there: exit code, seconds, and the resident memory of its largest process in MiB."""
    start = time.perf_counter()
    command = [sys.executable, "-c", MEASURED, *arguments, "--root", str(root)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode > 1:
        message = done.stderr.strip()[-400:]
        print(f"{root.name}: unfork {' '.join(arguments)}: {message}", file=sys.stderr)
    return done.returncode, time.perf_counter() - start, int(done.stdout or 0) / 1024


def run_all(root: Path, runs: Path, drafts: bool, score: Score) -> dict[str, Any]:
    """Audit, draft and diff of the draft; results stay in `runs`. Returns the audit's report."""
    numbers, output, draft = (runs / f"{root.name}{end}" for end in (".numbers", ".json", ".toml"))
    if not numbers.exists():
        numbers.write_text(
            json.dumps(_measure(root, output, draft if drafts else None)), encoding="utf-8"
        )
    code, seconds, memory, diff_seconds = json.loads(numbers.read_text(encoding="utf-8"))
    has_draft = drafts and draft.exists()
    questions = draft.read_text(encoding="utf-8").count("\n# ? ") if has_draft else 0
    score.add("seconds", seconds)
    score.add("MB", memory)
    score.add("diff seconds", diff_seconds)
    score.add("questions", questions)
    score.add("drafts that run", code in (0, 1))
    if code not in (0, 1):
        score.notes.append(f"the draft does not run: exit {code}")
    report: dict[str, Any] = json.loads(output.read_text(encoding="utf-8"))
    score.add("files", report["summary"]["files"])
    return report


def _measure(root: Path, output: Path, draft: Path | None) -> tuple[int, float, float, float]:
    _, seconds, memory = run_unfork(root, "audit", "--format", "json", "-o", str(output))
    if draft is None:
        return 0, seconds, memory, 0.0
    draft.unlink(missing_ok=True)
    run_unfork(root, "audit", "--draft", str(draft), "--format", "plain")
    if not draft.exists():
        return 0, seconds, memory, 0.0
    code, diff_seconds, _ = run_unfork(root, "diff", "-m", str(draft))
    return code, seconds, memory, diff_seconds


def reported_groups(root: Path, report: dict[str, Any]) -> list[list[str]]:
    """The groups of an audit's JSON as paths, the one to keep first; a folder counts as its pairs of files."""
    groups = [
        [group["canonical"]["path"], *(fork["path"] for fork in group["forks"])]
        for group in report["groups"]
    ]
    for folder in report.get("folders", []):
        groups += _folder_pairs(root, folder["canonical"], folder["folder"], folder["modules"])
    return groups


def asked_pairs(report: dict[str, Any]) -> set[tuple[str, str]]:
    """The pairs of canonical module and fork of which the audit asks which one to keep."""
    return {
        (group["canonical"]["path"], fork["path"])
        for group in report["groups"]
        for fork in group["forks"]
        if fork.get("undecided")
    }


def _folder_pairs(
    root: Path, canonical: str, folder: str, modules: Sequence[str]
) -> Iterable[list[str]]:
    for path in sorted((root / folder).rglob("*.py")):
        kept = Path(canonical) / path.relative_to(root / folder)
        name = path.relative_to(root).with_suffix("").as_posix().replace("/", ".")
        is_meant = name.removesuffix(".__init__").endswith(tuple(modules))
        if is_meant and (root / kept).is_file():
            yield [kept.as_posix(), path.relative_to(root).as_posix()]


def score_project(labels: Labels, runs: Path, drafts: bool, clones: Groups) -> tuple[Score, Score]:
    """All counts of one project: the audit's, and those of the clone detector's pairs."""
    score, other = Score(), Score()
    report = run_all(labels.root, runs, drafts, score)
    groups = reported_groups(labels.root, report)
    score_groups(labels, groups, "UF101", score)
    score_found(labels, groups, "UF101", score)
    score_canonical(labels, groups, asked_pairs(report), score)
    score_dead(labels, report, score)
    score_broken(labels, report, score)
    score_groups(labels, clones, "clones", other)
    score_found(labels, clones, "clones", other)
    return score, other


# --- tables -----------------------------------------------------------------------------------------------------------


def share(part: float, whole: float) -> str:
    """A ratio as text: 12/15 80%."""
    return f"{part:.0f}/{whole:.0f} {100 * part / whole:.0f}%" if whole else "-"


def precision(counts: dict[str, float], kind: str) -> str:
    """How many of the judged are right."""
    right = counts.get(f"{kind} right", 0)
    return share(right, right + counts.get(f"{kind} wrong", 0))


def recall(counts: dict[str, float], kind: str) -> str:
    """How many of the wanted are found."""
    return share(counts.get(f"{kind} found", 0), counts.get(kind, 0))


def audit_row(counts: dict[str, float]) -> dict[str, str]:
    """The columns of the audit's table."""
    return {
        "files": f"{counts['files']:.0f}",
        "groups right": precision(counts, "UF101 groups"),
        "links right": precision(counts, "UF101 links"),
        "debatable": f"{counts.get('UF101 links debatable', 0):.0f}",
        "forks found": recall(counts, "UF101 forks"),
        "links found": recall(counts, "UF101 fork links"),
        "canonical": precision(counts, "canonical"),
        "asked": f"{counts.get('canonical asked', 0):.0f}",
        "asked if unclear": share(counts.get("unclear asked", 0), counts.get("unclear", 0)),
        "UF102 right": precision(counts, "UF102"),
        "dead found": recall(counts, "dead"),
        "UF002/3 right": precision(counts, "broken"),
        "broken found": recall(counts, "broken imports"),
        "questions": f"{counts['questions']:.0f}",
        "draft runs": f"{counts['drafts that run']:.0f}",
        "s": f"{counts['seconds']:.1f}",
        "MB": f"{counts['MB']:.0f}",
        "diff s": f"{counts['diff seconds']:.1f}",
    }


def clone_row(counts: dict[str, float]) -> dict[str, str]:
    """The columns of the clone detector's table."""
    return {
        "pairs right": precision(counts, "clones groups"),
        "debatable": f"{counts.get('clones groups debatable', 0):.0f}",
        "forks found": recall(counts, "clones forks"),
        "links found": recall(counts, "clones fork links"),
    }


def with_sums(scores: dict[str, Score], held_out: Collection[str]) -> dict[str, dict[str, float]]:
    """The counts of each project, of those that are held out, of the others, and of all."""
    parts = {
        "*held out*": [score for name, score in scores.items() if name in held_out],
        "*the others*": [score for name, score in scores.items() if name not in held_out],
        "**all**": list(scores.values()),
    }
    rows = {name: score.counts for name, score in scores.items()}
    return rows | {name: _sum(part) for name, part in parts.items() if part}


def _sum(scores: Iterable[Score]) -> dict[str, float]:
    """Add counts up; of memory take the largest."""
    total: dict[str, float] = {}
    for score in scores:
        for key, number in score.counts.items():
            added = total.get(key, 0) + number
            total[key] = max(total.get(key, 0), number) if key == "MB" else added
    return total


def print_table(rows: dict[str, dict[str, str]]) -> None:
    """Print a Markdown table."""
    head = ["project", *next(iter(rows.values()))]
    print(f"| {' | '.join(head)} |\n|{'---|' * len(head)}")
    for name, cells in rows.items():
        print(f"| {' | '.join([name, *cells.values()])} |")


def print_notes(name: str, score: Score, is_hidden: bool) -> None:
    """Print what the audit and the labels of a project disagree about, or only how much if that is hidden."""
    print(f"\n## {name}")
    if is_hidden:
        print(
            f"- held out: {len(score.notes)} disagreements, {len(score.unlabelled)} without a label"
        )
        return
    for note in (*score.notes, *(f"no label: {text}" for text in score.unlabelled)):
        print(f"- {note}")


def main() -> int:
    """Parse the command line, score, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("checkouts", type=Path)
    parser.add_argument("names", nargs="*")
    parser.add_argument(
        "--runs", type=Path, help="folder for results; what it holds is not run again"
    )
    parser.add_argument("--clones", type=Path, help="what clones.py wrote")
    parser.add_argument("--obtain", action="store_true", help="clone what is missing")
    parser.add_argument("--no-drafts", action="store_true", help="audit only: quicker")
    parser.add_argument(
        "--held-out", action="store_true", help="show the disagreements of held-out projects too"
    )
    options = parser.parse_args()
    runs: Path = options.runs or options.checkouts / "runs"
    runs.mkdir(parents=True, exist_ok=True)
    clones = json.loads(options.clones.read_text(encoding="utf-8")) if options.clones else {}
    scores: dict[str, Score] = {}
    others: dict[str, Score] = {}
    held_out: set[str] = set()
    for path in sorted(HERE.glob("*.toml")):
        if options.names and path.stem not in options.names:
            continue
        if options.obtain:
            obtain_checkout(path, options.checkouts)
        labels = read_labels(path, options.checkouts)
        held_out.update([labels.name] if labels.held_out else [])
        scores[path.stem], others[path.stem] = score_project(
            labels, runs, not options.no_drafts, clones.get(path.stem, [])
        )
    print_table({name: audit_row(counts) for name, counts in with_sums(scores, held_out).items()})
    if clones:
        print()
        print_table(
            {name: clone_row(counts) for name, counts in with_sums(others, held_out).items()}
        )
    for name, score in scores.items():
        print_notes(name, score, is_hidden=name in held_out and not options.held_out)
    return int(any(score.unlabelled for score in scores.values()))


if __name__ == "__main__":
    sys.exit(main())
