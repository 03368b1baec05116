"""The page docs/real-test-suites.md, made from the results in the cache."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Container, Iterator
from pathlib import Path
from typing import Any

from judging import IN_PART, OURS, OWN, UNSTABLE
from projects import PROJECTS, Project
from reasons import reason
from trials import KINDS

MOST_SHOWN = 12
"""So many findings of one migration are shown, and so many results that changed for one reason."""
Told = dict[str, Any]
"""A result.json."""
Rows = dict[tuple[str, str], list[str]]
"""Lines of a table by project and kind of trial."""

HEAD = """\
# Real test suites, before and after

In each project, at a fixed release, three modules move and unfork rewrites the imports. The project's own test suite
runs before and after, and the results are compared test by test. This page is written by

```
.venv/bin/python tests/lab/suites/run.py CACHE --page docs/real-test-suites.md
```

where CACHE is a folder outside the repository. Releases come from the package index as source distributions, and
nothing in them is changed except as described here.

- **copied**: each module is copied to a new package next to it (`pkg/runtime.py` to `pkg/_core/runtime_impl.py`), a
  redirect leads from the old module to the copy, and `[[deprecate]]` with `shim = true` makes the old one a shim.
- **renamed**: the same, and in each copy one public name is called differently, with its uses there (`Context` is
  `CoreContext`).
- **split**: each module is divided in two (`runtime_base.py` and `runtime_more.py`, which imports from the former), by
  `names`; `[[remove]]` deletes the old one.

Modules and names were not picked by hand. Of the modules that are not packages and define at least four functions or
classes, the three that most files import move; in each, the name that most files use is renamed. If a script cannot
split a module (it makes its names at run time, or all its definitions need each other), the next one takes its place.

If a result changes, the test runs again in the tree after, in the tree before, and in a **control**: the same new
modules, but no import moves, and the old module merely stands for the new ones (`sys.modules[__name__] = copy`, or
imports of all names). What fails there fails because of the move, whoever rewrites the imports: that is *the
project's own*. What comes and goes is *unstable*. If unfork could not do everything, it said so (exit code 1) and
left an old module to some of its importers, so that its classes and its state exist twice. A test that fails only for
that reason passes once the old module stands for the new one in the tree that unfork wrote: *in part*. Everything
else is *ours*.
"""


def page(results: Path, older: str = "") -> str:
    """Return the page of all results that are there.

    What has none keeps its rows of the ``older`` page, and so do the notes that people wrote below the first table.
    """
    told = [
        (project, kind, json.loads(path.read_text(encoding="utf-8")))
        for project in PROJECTS
        for kind in KINDS
        if (path := results / project.name / kind / "result.json").exists()
    ]
    rows = {
        section: _merged(made(told), _rows_of(older, section)) for section, made in _TABLES.items()
    }
    outcomes = rows.pop("Results")
    parts = [HEAD, "## Results\n", *_table("Results", outcomes), _together(outcomes)]
    parts += [f"\n{notes}"] if (notes := _notes(older)) else []
    for section, of_section in rows.items():
        parts += [f"\n## {section}\n", *_table(section, of_section)]
    parts += ["\n## What is left out, and filtered\n", *_conditions({name for name, _ in outcomes})]
    missing = [text for project in PROJECTS if (text := _without_result(project, outcomes))]
    if missing:
        parts.append(f"\nWithout a result so far: {', '.join(missing)}.")
    return "\n".join(parts) + "\n"


def _without_result(project: Project, outcomes: Rows) -> str:
    missing = [kind for kind in KINDS if (project.name, kind) not in outcomes]
    if len(missing) == len(KINDS):
        return project.name
    return f"{' and '.join(f'*{kind}*' for kind in missing)} of {project.name}" if missing else ""


def _merged(new: Rows, old: Rows) -> Rows:
    """Return the rows of all projects in their order: those of the old page where a trial was not run."""
    return {
        key: rows
        for project in PROJECTS
        for kind in ("before", *KINDS)
        if (rows := new.get(key := (project.name, kind), old.get(key))) is not None
    }


def _rows_of(older: str, section: str) -> Rows:
    """Return the rows of a table of a page, of projects that are still listed at the release of then."""
    releases = {_titled(project): project.name for project in PROJECTS}
    current = {name for title, name in releases.items() if f"| {title} |" in older}
    rows: Rows = {}
    name = ""
    text = older.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    for line in [line for line in text.splitlines() if line.startswith("|")][2:]:
        first, kind = (cell.strip() for cell in line.split("|")[1:3])
        name = releases.get(first, first or name)
        if name in current:
            rows.setdefault((name, kind), []).append(line)
    return rows


def _notes(older: str) -> str:
    results = older.partition("\n## Results\n")[2].partition("\n## ")[0]
    return results.partition("\nTogether: ")[2].partition("\n")[2].strip()


def _titled(project: Project) -> str:
    return f"**{project.release.replace('==', ' ')}**"


def _table(section: str, rows: Rows) -> Iterator[str]:
    heading = _HEADINGS[section]
    yield heading
    yield "|" + "---|" * (heading.count("|") - 1)
    for of_trial in rows.values():
        yield from of_trial


def _results(told: list[tuple[Project, str, Told]]) -> Rows:
    rows: Rows = {}
    for project, kind, result in told:
        before = f"| {_titled(project)} | before | {_outcomes(result['before'])} |" + " |" * 10
        rows.setdefault((project.name, "before"), [before])
        causes = Counter(difference["cause"] for difference in result["differences"])
        cells = (
            "",
            kind,
            _outcomes(result["after"]),
            len(result["differences"]),
            causes[UNSTABLE],
            causes[OWN],
            causes[IN_PART],
            causes[OURS],
            _fates(result["modules"]),
            result["applied"]["apply"],
            _codes(result["applied"]["left"]),
            result["applied"]["check"],
            _codes(result["applied"]["found"]),
        )
        rows[project.name, kind] = [f"| {' | '.join(map(str, cells))} |"]
    return rows


def _together(rows: Rows) -> str:
    numbers = [
        [int(cell.replace(",", "")) for cell in row.split("|")[3:11]]
        for (_, kind), (row,) in rows.items()
        if kind != "before"
    ]
    passed, failed, skipped, changed, unstable, own, in_part, ours = map(sum, zip(*numbers))
    return (
        f"\nTogether: {passed + failed + skipped:,} results after, {changed} changed: {unstable} unstable, "
        f"{own} the projects' own, {in_part} in part, **{ours} ours**. "
        "*apply* and *check* are exit codes; *failed* includes errors, *skipped* expected failures."
    )


def _outcomes(counts: dict[str, int]) -> str:
    failed = sum(counts.get(key, 0) for key in ("failed", "error", "xpassed"))
    skipped = sum(counts.get(key, 0) for key in ("skipped", "xfailed"))
    return f"{counts.get('passed', 0):,} | {failed} | {skipped}"


def _fates(modules: dict[str, str]) -> str:
    return ", ".join(
        f"{number} {fate}" for fate, number in sorted(Counter(modules.values()).items())
    )


def _codes(counts: dict[str, int]) -> str:
    return ", ".join(f"{code} {number}" for code, number in sorted(counts.items())) or "0"


def _subjects(told: list[tuple[Project, str, Told]]) -> Rows:
    return {
        (project.name, kind): [
            f"| {project.name} | {kind} | {', '.join(f'`{name}`' for name in result['subject'])} |"
        ]
        for project, kind, result in told
    }


def _changes(told: list[tuple[Project, str, Told]]) -> Rows:
    return {(p.name, kind): list(_changes_of(p, kind, result)) for p, kind, result in told}


def _changes_of(project: Project, kind: str, result: Told) -> Iterator[str]:
    alike: Counter[tuple[str, str]] = Counter()
    for change in result["differences"]:
        known = reason(project.name, kind, change["test"])
        why = known or _cell(change["detail"], 160)
        if known:
            alike[change["cause"], known] += 1
        if alike[change["cause"], known] > MOST_SHOWN:
            continue
        yield (
            f"| {project.name} | {kind} | `{_cell(change['test'], 120)}` | {change['before']} | {change['after']} "
            f"| {change['cause']} | {why} |"
        )
    for (cause, known), number in alike.items():
        if number > MOST_SHOWN:
            more = number - MOST_SHOWN
            yield f"| {project.name} | {kind} | and {more} more | | | {cause} | {known} |"


def _left(told: list[tuple[Project, str, Told]]) -> Rows:
    return {(p.name, kind): list(_left_of(p, kind, result)) for p, kind, result in told}


def _left_of(project: Project, kind: str, result: Told) -> Iterator[str]:
    lines = result["applied"]["lines"]
    for line in lines[:MOST_SHOWN]:
        yield f"| {project.name} | {kind} | {_cell(line, 240)} |"
    if len(lines) > MOST_SHOWN:
        yield f"| {project.name} | {kind} | and {len(lines) - MOST_SHOWN} more |"


def _conditions(named: Container[str]) -> Iterator[str]:
    for project in PROJECTS:
        if project.name not in named:
            continue
        said = [project.subset] if project.subset else []
        if project.unittest:
            said.append(", ".join(f"`{name}`" for name in project.chosen))
        if project.errors:
            said.append(
                "warnings are errors here, so those of the old modules are filtered by `-W`, before and after"
            )
        yield f"- {project.release.replace('==', ' ')}: {'; '.join(said) or 'the whole suite'}."


_HEADINGS = {
    "Results": (
        "| project | | passed | failed | skipped | changed | unstable | the project's own | in part | ours "
        "| old modules | apply | left | check | findings |"
    ),
    "What was moved": "| project | | modules, or names |",
    "Each result that changed": "| project | | test | before | after | cause | why |",
    "What was left": "| project | | finding |",
}
_TABLES: dict[str, Callable[[list[tuple[Project, str, Told]]], Rows]] = {
    "Results": _results,
    "What was moved": _subjects,
    "Each result that changed": _changes,
    "What was left": _left,
}


def _cell(text: str, length: int) -> str:
    text = (
        re.sub(r"/\S*/tree/|/tmp/[^\s'/]*/?", "", text)
        .replace("|", "\\|")
        .replace("`", "'")
        .replace("\n", " ")
    )
    text = re.sub(r"0x[0-9a-f]+", "0x...", text)
    return text if len(text) <= length else text[: length - 3] + "..."
