"""The page that the results are kept on, for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from results import Row, Section

_INTRO = """\
# Benchmarks

`make bench` writes this page; do not edit it. It fetches Home Assistant 2024.3.3's source distribution (6,739 Python
files, 987,000 lines) from the package index into the cache folder (`$UNFORK_BENCH_CACHE` names another), commits it
to a git repository of its own, and runs unfork and its peers there in turn (A B A B ...), after one round that only
warms the caches. The tables show medians of wall time, and their ratio; `processor` is the ratio of processor times,
which means more if others use the machine, too. The single runs are in benchmarks.json. Trees are restored between
runs, outside of the measured time; bytecode is compiled beforehand, and standard output is discarded. `make bench
BENCH="--help"` says how to run parts of it.
"""
_HEAD = """\
| goal | what | unfork | against | | ratio | at most | | processor |
|---|---|--:|---|--:|--:|--:|---|--:|
"""


def page(sections: Iterable[Section], about: Mapping[str, str]) -> str:
    """Return the whole page, as Markdown."""
    every = list(sections)
    goals = [row for section in every for row in section.rows if row.goal]
    missed = [row for row in goals if row.met is False]
    sums = f"{sum(1 for row in goals if row.met)} measures meet their goal, {len(missed)} miss it."
    parts = [_INTRO, f"## Goals\n\n{sums}\n\n{table(sorted(goals, key=_goal))}"]
    parts.append("## Measured with\n\n" + "".join(f"- {k}: {v}\n" for k, v in about.items()))
    parts += [_section(section) for section in every]
    return "\n".join(parts)


def _goal(row: Row) -> str:
    return row.goal


def table(rows: Iterable[Row]) -> str:
    """Return rows as a Markdown table."""
    return _HEAD + "".join(f"| {' | '.join(_cells(row))} |\n" for row in rows)


def _cells(row: Row) -> list[str]:
    verdict = {True: "met", False: "**missed**", None: ""}[row.met]
    limit = "" if row.limit is None else f"{row.limit:g}"
    ours, theirs = _amount(row.ours, row.unit), _amount(row.theirs, row.unit)
    cpu = "" if row.cpu is None else f"{row.cpu:.2f}"
    return [row.goal, row.what, ours, row.against, theirs, f"{row.ratio:.2f}", limit, verdict, cpu]


def _amount(value: float, unit: str) -> str:
    return f"{value:.3f} {unit}" if value < 10 else f"{value:.1f} {unit}"


def _section(section: Section) -> str:
    lines = [
        f"## {section.name}\n",
        f"{section.date} UTC, commit {section.commit}, load before {section.load}.\n",
    ]
    if section.rows:
        lines.append(table(section.rows))
    lines += [f"- {note}" for note in section.notes]
    if section.text:
        lines.append(f"\n```\n{section.text}\n```")
    return "\n".join(lines) + "\n"
