"""Real projects' own test suites, before and after a migration of their most imported modules.

    python tests/lab/suites/run.py CACHE [PROJECT]... [--kinds copied renamed split] [--page docs/real-test-suites.md]

Run it with the interpreter that has unfork. CACHE is a folder outside the repository: releases, virtual environments
and results are kept there. What stands in CACHE/results is not run again, so that a round can be stopped and taken up;
``--anew`` forgets the results of unfork, ``--all-anew`` those of the suites before as well.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from judging import as_json, counts, differences
from obtain import Place, obtain
from page import page
from projects import PROJECTS, Project
from running import Result, Results, run
from trials import KINDS, Trial, apply, trial_of


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("cache", type=Path)
    parser.add_argument("projects", nargs="*", help="all, if none is named")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS)
    parser.add_argument(
        "--page", type=Path, help="write all results there; what CACHE has none of stays"
    )
    parser.add_argument("--anew", action="store_true", help="run what has results already, too")
    parser.add_argument("--all-anew", action="store_true", help="also the suites before")
    parser.add_argument("--obtain", action="store_true", help="only fetch and install the projects")
    options = parser.parse_intermixed_args()
    cache = options.cache.resolve()
    wanted = [name.lower() for name in options.projects]
    for project in PROJECTS:
        if wanted and project.name.lower() not in wanted:
            continue
        place = obtain(project, cache)
        if options.obtain:
            continue
        before = _before(project, place, cache, options.all_anew)
        for kind in options.kinds:
            kept = cache / "results" / project.name / kind
            if options.anew or options.all_anew or not (kept / "result.json").exists():
                _try(kind, project, place, before, kept)
    if options.page:
        older = options.page.read_text("utf-8") if options.page.exists() else ""
        options.page.write_text(page(cache / "results", older), encoding="utf-8")


def _before(project: Project, place: Place, cache: Path, anew: bool) -> Results:
    kept = cache / "results" / project.name / "before.json"
    if not anew and kept.exists():
        return {test: Result(*told) for test, told in json.loads(kept.read_text()).items()}
    print(f"{project.name}: before", flush=True)
    place.back()
    results = run(project, place, _all_legacy(project, place))
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps({test: [r.outcome, r.message] for test, r in results.items()}))
    print(f"  {counts(results)}", flush=True)
    return results


def _all_legacy(project: Project, place: Place) -> list[str]:
    """Every module that some trial moves: before and after, the same warnings are filtered."""
    return sorted({name for kind in KINDS for name in trial_of(kind, project, place).legacy})


def _try(kind: str, project: Project, place: Place, before: Results, kept: Path) -> None:
    print(f"{project.name}: {kind}", flush=True)
    place.back()
    legacy = _all_legacy(project, place)
    trial = trial_of(kind, project, place)
    trial.lay_out()
    applied = apply(trial, place, kept)
    print(f"  exit {applied.apply}, check {applied.check}, left {dict(applied.left)}", flush=True)
    after = run(project, place, legacy)
    (place.folder / "suite.log").replace(kept / "suite.log")
    done = place.git("rev-parse", "HEAD").strip()

    def again(tests: list[str]) -> Results:
        return run(project, place, legacy, tests)

    def was(tests: list[str]) -> Results:
        place.back()
        return run(project, place, legacy, tests)

    def control(tests: list[str]) -> Results:
        place.back()
        trial.lay_out_control()
        return run(project, place, legacy, tests)

    def joined(tests: list[str]) -> Results:
        place.back(done)
        trial.let_old_stand_for_new()
        results = run(project, place, legacy, tests)
        return {**{trial.named_before(test): result for test, result in results.items()}, **results}

    is_whole = applied.apply == 0
    differing = differences(before, after, again, was, control, None if is_whole else joined)
    place.back(done)
    print(
        f"  {counts(after)}",
        *(f"  {d.cause}: {d.test} {d.detail}" for d in differing[:20]),
        sep="\n",
        flush=True,
    )
    told = {
        "release": project.release,
        "subset": project.subset,
        "filtered": project.errors,
        "subject": trial.subject,
        "modules": _fates(trial),
        "before": counts(before),
        "after": counts(after),
        "applied": asdict(applied),
        "differences": as_json(differing),
    }
    (kept / "result.json").write_text(json.dumps(told, indent=1), encoding="utf-8")


def _fates(trial: Trial) -> dict[str, str]:
    """What became of each legacy module: removed, a shim, one that only warns, or still what it was."""
    fates = {}
    for name, path in zip(trial.legacy, trial.control):
        text = path.read_text("utf-8") if path.exists() else None
        fates[name] = _fate(text)
    return fates


def _fate(text: str | None) -> str:
    if text is None:
        return "removed"
    if "is deprecated; " not in text:
        return "kept"
    return "shim" if "def __getattr__(" in text and "_FORWARDS" in text else "warns"


if __name__ == "__main__":
    main()
