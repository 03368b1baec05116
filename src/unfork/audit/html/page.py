"""The data that the page shows, gathered for the template."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from unfork.audit.blocks import Table
from unfork.audit.draft import draft_of
from unfork.audit.duplicate_groups import Fork, Group, Standing
from unfork.audit.html.graph import Drawing, draw_graph, links_after, links_before, order_of
from unfork.audit.report_tables import (
    broken_table,
    cycle_lines,
    dead_table,
    doubt_table,
    name_line,
    reasons_in_words,
    scope_line,
    spelling_table,
    summary_line,
)
from unfork.audit.result import Audit
from unfork.errors import UnforkError
from unfork.escape import escaped_source, escaped_text
from unfork.files.tree import WorkTree
from unfork.reports.patches import current_bytes, file_hunks
from unfork.values import CODES, Finding, Plan

_GROUPS = 25
_FILES = 60
_ROWS = 400


@dataclass(frozen=True, slots=True)
class Module:
    """A module of a group, with its importers."""

    anchor: str
    name: str
    path: str
    role: str
    reasons: str
    evidence: str
    names: tuple[str, ...]
    importers: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A group, drawn before and after the draft."""

    title: str
    drawings: tuple[Drawing, ...]
    modules: tuple[Module, ...]


@dataclass(frozen=True, slots=True)
class FileDiff:
    """The diff of a file: lines with their signs."""

    path: str
    added: int
    removed: int
    lines: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Page:
    """Everything that the template shows."""

    title: str
    scope: str
    total: str
    chips: tuple[tuple[str, int, str], ...]
    sections: tuple[Section, ...]
    more_groups: int
    findings: tuple[Finding, ...]
    more_findings: int
    tables: tuple[tuple[str, str, Table], ...]
    cycles: tuple[str, ...]
    diffs: tuple[FileDiff, ...]
    more_diffs: int
    why_no_diff: str
    draft: str


def page_of(audit: Audit) -> Page:
    """Return the page for an audit. The draft is planned, to show the diff, but nothing is written."""
    draft = draft_of(audit).text
    plan, why = _plan_of_draft(audit, draft)
    changes = plan.changes if plan else ()
    groups = audit.groups[:_GROUPS]
    return Page(
        escaped_text(audit.root.name),
        scope_line(audit),
        summary_line(audit),
        tuple((code, number, CODES[code]) for code, number in audit.counts.items()),
        tuple(_group_section(audit, group, at) for at, group in enumerate(groups)),
        len(audit.groups) - len(groups),
        audit.findings[:_ROWS],
        max(0, len(audit.findings) - _ROWS),
        tuple(_finding_tables(audit)),
        tuple(cycle_lines(audit)),
        tuple(_file_diffs(plan)) if plan else (),
        max(0, len(changes) - _FILES),
        why,
        escaped_text(draft, keep="\n"),
    )


def _group_section(audit: Audit, group: Group, at: int) -> Section:
    anchors = {standing.key: f"g{at}-{number}" for number, standing in enumerate(group.members)}
    order = order_of(group, links_before(group))
    drawings = (
        draw_graph(audit, group, links_before(group), order, f"g{at}-before", anchors),
        draw_graph(audit, group, links_after(group), order, f"g{at}-after", anchors),
    )
    modules = [_module_entry(audit, group.canonical, None, anchors[group.canonical.key])]
    modules += [
        _module_entry(audit, fork.standing, fork, anchors[fork.key]) for fork in group.forks
    ]
    return Section(audit.dotted(group.canonical.key), drawings, tuple(modules))


def _module_entry(audit: Audit, standing: Standing, fork: Fork | None, anchor: str) -> Module:
    importers = tuple(
        (f"{item.path}:{item.line}", item.spelled, ", ".join(item.names) or "the module")
        for item in (*standing.live, *standing.tests)
    )
    evidence = f"score {fork.alike.score:.2f}: {fork.evidence(audit.dotted)}" if fork else ""
    return Module(
        anchor,
        audit.dotted(standing.key),
        standing.path,
        "fork" if fork else "canonical",
        reasons_in_words(standing),
        evidence,
        tuple(name_line(audit, item) for item in fork.names) if fork else (),
        importers,
    )


def _finding_tables(audit: Audit) -> Iterator[tuple[str, str, Table]]:
    broken = [problem for problem in audit.broken if not problem.expected]
    if broken:
        yield "broken", "Imports that cannot work", broken_table(audit, broken[:_ROWS])
    if audit.spellings:
        yield "spellings", "One file, two modules", spelling_table(audit)
    if audit.dead:
        yield (
            "dead",
            "Modules that nothing reachable imports",
            dead_table(audit, audit.dead[:_ROWS]),
        )
    if audit.doubtful:
        title = "Modules that may be loaded by name"
        yield "doubt", title, doubt_table(audit, audit.doubtful[:_ROWS])


def _plan_of_draft(audit: Audit, draft: str) -> tuple[Plan | None, str]:
    from unfork.loading.migration_file import migration_of
    from unfork.loading.tables import parse_table
    from unfork.planning.pipeline import make_plan

    try:
        migration = migration_of(parse_table(draft.encode(), "the draft"))
        return make_plan(WorkTree(audit.root), [migration]), ""
    except UnforkError as error:
        return None, escaped_text(str(error))


def _file_diffs(plan: Plan) -> Iterator[FileDiff]:
    for change in plan.changes[:_FILES]:
        lines: list[tuple[str, str]] = []
        for hunk in file_hunks(change, current_bytes(plan.root, change)):
            lines.append(("@", escaped_source(hunk.header)))
            lines += ((line.sign, escaped_source(line.text.rstrip(b"\r\n"))) for line in hunk.lines)
        signs = [sign for sign, _ in lines]
        yield FileDiff(escaped_text(change.path), signs.count("+"), signs.count("-"), tuple(lines))
