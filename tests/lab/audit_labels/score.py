"""Score the audit on the labelled projects of this folder: what it finds against what reading found.

    score.py CHECKOUTS [NAME]... [--runs DIR] [--clones FILE]

CHECKOUTS holds a checkout for each NAME.toml (`score.py CHECKOUTS --obtain` clones them). README.md has the rules of
counting. What is printed: a row per project and their sum, then every disagreement and every finding without a label.
Exit code: 0 when each finding has a label, 1 when some have none.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
Group = frozenset[str]


@dataclass(frozen=True)
class Fork:
    """Modules of which reading says that they are copies, versions or successors of each other."""

    modules: Group
    canonical: str
    debatable: bool

    def text(self) -> str:
        return " | ".join(sorted(self.modules))


@dataclass(frozen=True)
class Labels:
    """What reading found in one project."""

    name: str
    forks: tuple[Fork, ...]
    folders: tuple[tuple[str, str, bool], ...]
    dead: dict[str, bool | None]
    broken: dict[tuple[str, str], bool | None]
    guarded: frozenset[tuple[str, str]]

    def original(self, path: str) -> str:
        """The path of which this one is a copy as part of a copied folder, or the path itself."""
        for a, b, _ in self.folders:
            if path.startswith(b):
                return a + path[len(b) :]
        return path

    def relation(self, one: str, other: str) -> bool | None:
        """Whether two modules are forks of each other; None if that is debatable."""
        pair = {self.original(one), self.original(other)}
        answers = [not fork.debatable for fork in self.forks if pair <= fork.modules]
        answers += [
            not debatable for a, b, debatable in self.folders if _are_twins(one, other, a, b)
        ]
        return True if True in answers else None if answers else False


@dataclass
class Score:
    """Counts of one project, and what to look at."""

    counts: dict[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    unlabelled: list[str] = field(default_factory=list)

    def add(self, key: str, number: float = 1) -> None:
        self.counts[key] = self.counts.get(key, 0) + number


def _are_twins(one: str, other: str, a: str, b: str) -> bool:
    """Whether two paths are the same file of the folders a and b."""
    pairs = ((one, other), (other, one))
    return any(x.startswith(a) and y == b + x[len(a) :] for x, y in pairs)


def read_labels(path: Path) -> Labels:
    """Read NAME.toml. A wrong key is a KeyError or a TypeError: the files are ours."""
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    forks = [
        Fork(frozenset(e["modules"]), e["canonical"], e.get("debatable", False))
        for e in data["forks"]
    ]
    forks += [Fork(frozenset(pair), "unclear", True) for pair in data.get("together", [])]
    dead = {e["path"]: None if e.get("debatable") else True for e in data["dead"]}
    dead |= {e["path"]: None if e.get("debatable") else False for e in data["alive"]}
    broken = {(e["path"], e["name"]): None if e.get("debatable") else True for e in data["broken"]}
    broken |= {(e["path"], e["name"]): False for e in data.get("not_broken", [])}
    guarded = frozenset((e["path"], e["name"]) for e in data["broken"] if e.get("guarded"))
    folders = tuple(
        (e["folders"][0], e["folders"][1], e.get("debatable", False))
        for e in data.get("folders", [])
    )
    return Labels(path.stem, tuple(forks), folders, dead, broken, guarded)


# --- groups -----------------------------------------------------------------------------------------------------------


def components(members: Iterable[str], joined: Iterable[tuple[str, str]]) -> list[Group]:
    """Split the members into the sets that the joined pairs connect."""
    sets = {member: frozenset({member}) for member in members}
    for one, other in joined:
        if one in sets and other in sets:
            union = sets[one] | sets[other]
            sets.update(dict.fromkeys(union, union))
    return sorted(set(sets.values()), key=sorted)


def judge_group(labels: Labels, members: Sequence[str]) -> tuple[int, int, int]:
    """Count the links of a reported group: right, debatable, wrong."""
    pairs = [(pair, labels.relation(*pair)) for pair in combinations(members, 2)]
    strict = len(components(members, [pair for pair, answer in pairs if answer]))
    lenient = len(components(members, [pair for pair, answer in pairs if answer is not False]))
    return len(members) - strict, strict - lenient, lenient - 1


def score_groups(labels: Labels, groups: Sequence[Sequence[str]], kind: str, score: Score) -> None:
    """Precision of reported groups; the first member of each is the one to keep."""
    for members in once_a_folder(labels, groups):
        right, debatable, wrong = judge_group(labels, members)
        verdict = "wrong" if wrong else "right" if right else "debatable"
        score.add(f"{kind} groups {verdict}")
        score.add(f"{kind} links right", right)
        score.add(f"{kind} links debatable", debatable)
        score.add(f"{kind} links wrong", wrong)
        if verdict == "wrong" and kind == "UF101":
            score.notes.append(f"{kind} wrong: {' | '.join(members)}")


def once_a_folder(labels: Labels, groups: Sequence[Sequence[str]]) -> Iterator[Sequence[str]]:
    """The groups, where the one-to-one copies of a folder count as one group of two."""
    seen: set[tuple[str, str]] = set()
    for members in groups:
        twins = [
            (a, b) for a, b, _ in labels.folders if len(members) == 2 and _are_twins(*members, a, b)
        ]
        if not twins or not seen.issuperset(twins):
            yield members
        seen.update(twins)


def score_recall(labels: Labels, groups: Sequence[Sequence[str]], kind: str, score: Score) -> None:
    """Which labelled forks the reported groups connect."""
    originals = [[labels.original(member) for member in members] for members in groups]
    reported = [pair for members in originals for pair in combinations(members, 2)]
    for fork in labels.forks:
        if fork.debatable:
            continue
        parts = components(fork.modules, reported)
        found, links = len(fork.modules) - len(parts), len(fork.modules) - 1
        score.add(f"{kind} forks")
        score.add(f"{kind} forks found", bool(found))
        score.add(f"{kind} fork links", links)
        score.add(f"{kind} fork links found", found)
        if found < links and kind == "UF101":
            score.notes.append(
                f"{kind} missed{' in part' if found else ''}: {'  //  '.join(' | '.join(sorted(p)) for p in parts)}"
            )


def score_folders(labels: Labels, groups: Sequence[Sequence[str]], kind: str, score: Score) -> None:
    """A folder that was copied as a whole is one fork, found when half of its modules are paired or it is named."""
    for a, b, debatable in labels.folders:
        if debatable:
            continue
        pairs = [pair for members in groups for pair in combinations(members, 2)]
        twins = {min(pair, key=len) for pair in pairs if _are_twins(*pair, a, b)}
        score.add(f"{kind} forks")
        score.add(f"{kind} fork links")
        wanted = sum(1 for _ in labels_twins(labels, a, b))
        is_found = len(twins) * 2 >= wanted
        score.add(f"{kind} forks found", is_found)
        score.add(f"{kind} fork links found", is_found)
        if not is_found and kind == "UF101":
            score.notes.append(
                f"{kind} missed: folders {a} and {b} ({len(twins)} of {wanted} modules)"
            )


def labels_twins(labels: Labels, a: str, b: str) -> Iterator[str]:
    """The files of folder a that folder b has too, on disk."""
    root = ROOTS[labels.name]
    for path in sorted((root / a).rglob("*.py")):
        if (root / b / path.relative_to(root / a)).is_file():
            yield path.relative_to(root).as_posix()


ROOTS: dict[str, Path] = {}


def reported_groups(report: dict[str, Any]) -> list[list[str]]:
    """The groups of an audit's JSON as paths, the one to keep first; a folder counts as its pairs of modules."""
    groups = [
        [g["canonical"]["path"], *(fork["path"] for fork in g["forks"])] for g in report["groups"]
    ]
    for folder in report.get("folders", []):
        for module in folder.get("modules", []):
            groups.append([module["canonical"], module["fork"]])
    return groups


def score_canonical(labels: Labels, groups: Sequence[Sequence[str]], score: Score) -> None:
    """Where a label says which module to keep: whether the audit keeps it."""
    for members in groups:
        for fork in labels.forks:
            if (
                fork.debatable
                or len(fork.modules & set(members)) < 2
                or fork.canonical == "unclear"
            ):
                continue
            is_right = members[0] == fork.canonical
            score.add("canonical right", is_right)
            score.add("canonical wrong", not is_right)
            if not is_right:
                score.notes.append(f"canonical: {members[0]} instead of {fork.canonical}")


# --- single findings --------------------------------------------------------------------------------------------------


def score_dead(labels: Labels, report: dict[str, Any], score: Score) -> None:
    """UF102 against the sample of modules that nothing imports."""
    reported = {f["path"] for f in report["findings"] if f["code"] == "UF102"}
    for path in sorted(reported):
        answer = labels.dead.get(path, "none")
        if answer == "none":
            score.unlabelled.append(f"UF102 {path}")
            continue
        verdict = "debatable" if answer is None else "right" if answer else "wrong"
        score.add(f"UF102 {verdict}")
        if verdict == "wrong":
            score.notes.append(f"UF102 wrong: {path} is alive")
    for path, answer in labels.dead.items():
        if answer:
            score.add("dead")
            score.add("dead found", path in reported)
            if path not in reported:
                score.notes.append(f"UF102 missed: {path}")


def score_broken(labels: Labels, report: dict[str, Any], score: Score) -> None:
    """UF002 and UF003 against the labels; "*" as a name stands for all of a file."""
    reported = {
        (e["path"], e["name"] or e["module"]) for e in report["broken"] if not e["expected"]
    }
    for path, name in sorted(reported):
        answer = labels.broken.get((path, name), labels.broken.get((path, "*"), "none"))
        if answer == "none":
            score.unlabelled.append(f"UF002/3 {path} {name}")
            continue
        verdict = "debatable" if answer is None else "right" if answer else "wrong"
        score.add(f"broken {verdict}")
        if verdict == "wrong":
            score.notes.append(f"UF002/3 wrong: {path} {name}")
    for (path, name), answer in labels.broken.items():
        if not answer or (path, name) in labels.guarded:
            continue
        is_found = any(p == path and name in (n, "*") for p, n in reported)
        score.add("broken imports")
        score.add("broken imports found", is_found)
        if not is_found:
            score.notes.append(f"UF002/3 missed: {path} {name}")


# --- runs -------------------------------------------------------------------------------------------------------------


def run_unfork(root: Path, *arguments: str) -> tuple[int, float, int]:
    """Run unfork there: exit code, seconds, and the resident memory of its largest process in KiB."""
    code = (
        "import resource, subprocess, sys;"
        "done = subprocess.run([sys.executable, '-m', 'unfork', *sys.argv[1:]], stdout=subprocess.DEVNULL);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss);"
        "sys.exit(done.returncode)"
    )
    start = time.perf_counter()
    command = [sys.executable, "-c", code, *arguments, "--root", str(root)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode > 1:
        print(f"{root.name}: {' '.join(arguments)}: {done.stderr.strip()[-400:]}", file=sys.stderr)
    return done.returncode, time.perf_counter() - start, int(done.stdout or 0)


def run_all(root: Path, runs: Path, score: Score) -> dict[str, Any]:
    """Audit, draft, and the draft's diff. Results stay in `runs`, so that a second score needs no second run."""
    output, draft, numbers = (
        runs / f"{root.name}{suffix}" for suffix in (".json", ".toml", ".numbers")
    )
    if not numbers.exists():
        draft.unlink(missing_ok=True)
        code, seconds, memory = run_unfork(root, "audit", "--format", "json", "-o", str(output))
        run_unfork(root, "audit", "--draft", str(draft), "--format", "plain")
        diff_code, diff_seconds = 2, 0.0
        if draft.exists():
            diff_code, diff_seconds, _ = run_unfork(root, "diff", "-m", str(draft))
        numbers.write_text(
            json.dumps([code, seconds, memory / 1024, diff_code, diff_seconds]), encoding="utf-8"
        )
    code, seconds, memory, diff_code, diff_seconds = json.loads(numbers.read_text(encoding="utf-8"))
    questions = draft.read_text(encoding="utf-8").count("\n# ? ") if draft.exists() else 0
    for key, number in (
        ("seconds", seconds),
        ("MB", memory),
        ("diff seconds", diff_seconds),
        ("questions", questions),
    ):
        score.add(key, number)
    score.add("drafts that run", diff_code in (0, 1))
    if diff_code not in (0, 1):
        score.notes.append(f"the draft does not run: exit {diff_code}")
    report: dict[str, Any] = json.loads(output.read_text(encoding="utf-8"))
    return report


def score_project(labels: Labels, root: Path, runs: Path, clones: Sequence[Sequence[str]]) -> Score:
    """All counts of one project."""
    score = Score()
    report = run_all(root, runs, score)
    score.add("files", report["summary"]["files"])
    groups = reported_groups(report)
    for members in groups:
        if judge_group(labels, members)[2] and not _has_negative(labels, members):
            score.unlabelled.append("UF101 " + " | ".join(members))
    for kind, found in (("UF101", groups), ("clones", clones)):
        score_recall(labels, found, kind, score)
        score_folders(labels, found, kind, score)
        score_groups(labels, found, kind, score)
    score_canonical(labels, groups, score)
    score_dead(labels, report, score)
    score_broken(labels, report, score)
    return score


NEGATIVES: dict[str, list[Group]] = {}


def _has_negative(labels: Labels, members: Sequence[str]) -> bool:
    """Whether reading has looked at this group's wrong part: two of its modules are in one entry of `not_forks`."""
    return any(len(group & set(members)) > 1 for group in NEGATIVES[labels.name])


def share(counts: dict[str, float], part: str, *others: str) -> str:
    """A ratio as text: 12/15 80%."""
    above = counts.get(part, 0)
    below = above + sum(counts.get(other, 0) for other in others)
    return f"{above:.0f}/{below:.0f} {100 * above / below:.0f}%" if below else "-"


def share_of(counts: dict[str, float], part: str, whole: str) -> str:
    """A ratio of a part to the whole that is counted beside it."""
    above, below = counts.get(part, 0), counts.get(whole, 0)
    return f"{above:.0f}/{below:.0f} {100 * above / below:.0f}%" if below else "-"


def row(name: str, counts: dict[str, float]) -> list[str]:
    """One line of the table."""
    return [
        name,
        f"{counts.get('files', 0):.0f}",
        share(counts, "UF101 groups right", "UF101 groups wrong"),
        share(counts, "UF101 links right", "UF101 links wrong"),
        f"{counts.get('UF101 links debatable', 0):.0f}",
        share_of(counts, "UF101 forks found", "UF101 forks"),
        share_of(counts, "UF101 fork links found", "UF101 fork links"),
        share(counts, "canonical right", "canonical wrong"),
        share(counts, "UF102 right", "UF102 wrong"),
        share_of(counts, "dead found", "dead"),
        share(counts, "broken right", "broken wrong"),
        share_of(counts, "broken imports found", "broken imports"),
        f"{counts.get('questions', 0):.0f}",
        f"{counts.get('drafts that run', 0):.0f}",
        f"{counts.get('seconds', 0):.1f}",
        f"{counts.get('MB', 0):.0f}",
        f"{counts.get('diff seconds', 0):.1f}",
    ]


HEAD = (
    "project|files|groups right|links right|debatable|forks found|links found|canonical|UF102 right|"
    "dead found|UF002/3 right|broken found|questions|draft runs|s|MB|diff s"
)


def clone_row(name: str, counts: dict[str, float]) -> list[str]:
    """One line of the table about the clone detector."""
    return [
        name,
        share(counts, "clones groups right", "clones groups wrong"),
        f"{counts.get('clones groups debatable', 0):.0f}",
        share_of(counts, "clones forks found", "clones forks"),
        share_of(counts, "clones fork links found", "clones fork links"),
    ]


CLONE_HEAD = "project|pairs right|debatable|forks found|links found"


def print_table(head: str, rows: Iterable[Sequence[str]]) -> None:
    """A Markdown table."""
    print("| " + head.replace("|", " | ") + " |")
    print("|" + "---|" * len(head.split("|")))
    for cells in rows:
        print("| " + " | ".join(cells) + " |")


def sum_counts(scores: dict[str, Score]) -> dict[str, dict[str, float]]:
    """The counts of each project and of all; memory is the largest, not the sum."""
    total: dict[str, float] = {}
    for score in scores.values():
        for key, number in score.counts.items():
            total[key] = (
                max(total.get(key, 0), number) if key == "MB" else total.get(key, 0) + number
            )
    return {**{name: score.counts for name, score in scores.items()}, "all": total}


def obtain(labels: Path, folder: Path) -> None:
    """Clone a labelled project at its commit."""
    data = tomllib.loads(labels.read_text(encoding="utf-8"))
    target = folder / labels.stem
    if not target.exists():
        subprocess.run(
            ["git", "clone", "-q", "-n", f"https://github.com/{data['repository']}", str(target)],
            check=True,
        )
        subprocess.run(["git", "-C", str(target), "checkout", "-q", data["commit"]], check=True)


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
    parser.add_argument(
        "--clones", type=Path, help="JSON: project -> groups of paths that a clone detector found"
    )
    parser.add_argument("--obtain", action="store_true", help="clone what is missing")
    options = parser.parse_args()
    runs: Path = options.runs or options.checkouts / "runs"
    runs.mkdir(parents=True, exist_ok=True)
    clones: dict[str, list[list[str]]] = (
        json.loads(options.clones.read_text()) if options.clones else {}
    )
    scores: dict[str, Score] = {}
    for path in sorted(HERE.glob("*.toml")):
        if options.names and path.stem not in options.names:
            continue
        if options.obtain:
            obtain(path, options.checkouts)
        labels = read_labels(path)
        ROOTS[labels.name] = options.checkouts / labels.name
        NEGATIVES[labels.name] = [
            frozenset(e["modules"]) for e in tomllib.loads(path.read_text())["not_forks"]
        ]
        scores[labels.name] = score_project(
            labels, ROOTS[labels.name], runs, clones.get(labels.name, [])
        )
    counts = sum_counts(scores)
    print_table(HEAD, (row(name, numbers) for name, numbers in counts.items()))
    if clones:
        print()
        print_table(CLONE_HEAD, (clone_row(name, numbers) for name, numbers in counts.items()))
    for name, score in scores.items():
        print(f"\n## {name}")
        for note in (*score.notes, *(f"NO LABEL: {text}" for text in score.unlabelled)):
            print(f"- {note}")
    return int(any(score.unlabelled for score in scores.values()))


if __name__ == "__main__":
    sys.exit(main())
