"""The data that the page shows, gathered for the template."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from unfork.audit.blocks import Block
from unfork.audit.drafting.draft import draft_of
from unfork.audit.duplicates.forks import Fork, Group, Standing
from unfork.audit.report.html.graph import (
    Drawing,
    Links,
    draw_graph,
    links_after,
    links_before,
    order_of,
)
from unfork.audit.report.priorities import Ranking, ranking_of
from unfork.audit.report.sections import report_sections
from unfork.audit.report.tables import (
    evidence_words,
    importer_count,
    name_count,
    name_lines,
    reasons_in_words,
    scope_line,
    summary_line,
)
from unfork.audit.result import Audit
from unfork.errors import UnforkError
from unfork.escape import escaped_source, escaped_text
from unfork.files.tree import WorkTree
from unfork.reports.patches import current_bytes, file_hunks
from unfork.values import CODES, Finding, Plan
from unfork_codemods.project import Key

_FILES = 60
_ROWS = 400
_NAME_ROOM = 60
"""A title longer than this is shown without its first packages."""


@dataclass(frozen=True, slots=True)
class Module:
    """A module of a group, with its importers."""

    anchor: str
    name: str
    path: str
    role: str
    reasons: str
    evidence: str
    names_in_short: str
    names: tuple[str, ...]
    importers: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Card:
    """A group, folded: its title and ``notes`` stay visible; drawn before and after the draft, if these differ."""

    title: str
    notes: str
    drawings: tuple[Drawing, ...]
    modules: tuple[Module, ...]

    @property
    def words(self) -> str:
        """What a search looks at: the title as it is shown, and the whole names."""
        paths = (text for module in self.modules for text in (module.name, module.path))
        return escaped_text(" ".join((self.title, *paths))).lower()


@dataclass(frozen=True, slots=True)
class Part:
    """A section of the page: either the groups that it is about, or blocks; both if it has more to say."""

    ident: str
    title: str
    cards: tuple[Card, ...]
    blocks: tuple[Block, ...]


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
    top: tuple[str, ...]
    parts: tuple[Part, ...]
    findings: tuple[Finding, ...]
    more_findings: int
    diffs: tuple[FileDiff, ...]
    more_diffs: int
    why_no_diff: str
    draft: str
    questions: int

    @property
    def groups(self) -> int:
        """The number of groups on the page."""
        return sum(len(part.cards) for part in self.parts)


def page_of(audit: Audit) -> Page:
    """Return the page for an audit. The draft is planned, to show the diff, but nothing is written."""
    draft = draft_of(audit)
    plan, why = _plan_of_draft(audit, draft.text)
    changes = plan.changes if plan else ()
    ranking = ranking_of(audit)
    return Page(
        title=escaped_text(audit.root.name),
        scope=scope_line(audit),
        total=summary_line(audit),
        chips=tuple((code, number, CODES[code]) for code, number in audit.counts.items()),
        top=tuple(ranking.top()),
        parts=tuple(_page_parts(ranking)),
        findings=audit.findings[:_ROWS],
        more_findings=max(0, len(audit.findings) - _ROWS),
        diffs=tuple(_file_diffs(plan)) if plan else (),
        more_diffs=max(0, len(changes) - _FILES),
        why_no_diff=why,
        draft=escaped_text(draft.text, keep="\n"),
        questions=draft.questions,
    )


def _page_parts(ranking: Ranking) -> Iterator[Part]:
    for section in report_sections(ranking):
        cards = tuple(
            _group_card(ranking, group, f"{section.ident}-{at}")
            for at, group in enumerate(section.groups)
        )
        yield Part(section.ident, section.title, cards, (*section.intro, *section.other_blocks))


def _group_card(ranking: Ranking, group: Group, ident: str) -> Card:
    audit = ranking.audit
    anchors = {item.key: f"{ident}-{number}" for number, item in enumerate(group.members)}
    modules = [_module_entry(audit, group.canonical, None, anchors[group.canonical.key])]
    modules += [
        _module_entry(audit, fork.standing, fork, anchors[fork.key]) for fork in group.forks
    ]
    title = _short_title(audit.dotted(group.canonical.key))
    drawings = _drawings_if_changed(audit, group, ident, anchors)
    return Card(title, _card_notes(ranking, group), drawings, tuple(modules))


def _short_title(dotted: str) -> str:
    while len(dotted) > _NAME_ROOM and "." in dotted.lstrip("…."):
        dotted = f"….{dotted.lstrip('….').partition('.')[2]}"
    return dotted


def _card_notes(ranking: Ranking, group: Group) -> str:
    copies = f"{len(group.forks)} {'copy' if len(group.forks) == 1 else 'copies'}"
    starts = {ranking.rivals[fork.key] for fork in group.open if fork.key in ranking.rivals}
    both = f"; both loaded by {', '.join(sorted(starts))}" if starts else ""
    users = importer_count(*(fork.standing for fork in group.forks))
    return f"{copies}, imported by {users}{both}"


def _drawings_if_changed(
    audit: Audit, group: Group, ident: str, anchors: dict[Key, str]
) -> tuple[Drawing, ...]:
    """Return the drawings before and after; none where nobody imports the group, or where both are equal."""
    before, after = links_before(group), links_after(group)
    if not before or _targets(before) == _targets(after):
        return ()
    order = order_of(group, before)
    return (
        draw_graph(audit, group, before, order, f"{ident}-before", anchors),
        draw_graph(audit, group, after, order, f"{ident}-after", anchors),
    )


def _targets(links: Links) -> dict[str, frozenset[Key]]:
    return {path: frozenset(taken) for path, taken in links.items()}


def _module_entry(audit: Audit, standing: Standing, fork: Fork | None, anchor: str) -> Module:
    importers = tuple(
        (f"{item.path}:{item.line}", item.spelled, ", ".join(item.names) or "the module")
        for item in (*standing.live, *standing.tests)
    )
    evidence = f"score {fork.alike.score:.2f}: {evidence_words(audit, fork)}" if fork else ""
    return Module(
        anchor,
        audit.dotted(standing.key),
        standing.path,
        "fork" if fork else "canonical",
        reasons_in_words(standing),
        evidence,
        name_count(fork) if fork else "",
        tuple(name_lines(audit, fork)) if fork else (),
        importers,
    )


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
