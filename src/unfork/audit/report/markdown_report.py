"""The written report: what hurts most, scope, findings, implications, and the next steps with their commands."""

from __future__ import annotations

from collections.abc import Iterator

from unfork.audit.blocks import (
    Block,
    Bullets,
    Fold,
    Heading,
    Text,
    as_code,
    bullet_list,
    comma_list,
)
from unfork.audit.duplicates.forks import Fork, Group, Standing
from unfork.audit.project_model import Importer
from unfork.audit.report.priorities import TOP, Ranking, ranking_of, unparsable_findings, use_count
from unfork.audit.report.sections import report_sections, top_blocks
from unfork.audit.report.tables import (
    canonical_name,
    evidence_words,
    name_lines,
    reasons_in_words,
    scope_line,
    summary_line,
)
from unfork.audit.result import Audit
from unfork.reports.sums import count_text


def written_blocks(audit: Audit) -> Iterator[Block]:
    """Yield the blocks of the report."""
    ranking = ranking_of(audit)
    yield Heading(1, f"Audit of {audit.root.name}")
    yield from top_blocks(ranking)
    yield Heading(2, "Scope")
    yield from _scope_blocks(audit)
    yield Heading(2, "Findings")
    yield Text(summary_line(audit))
    for section in report_sections(ranking):
        yield Heading(3, section.title)
        yield from section.blocks
    yield from _detail_folds(ranking)
    yield Heading(2, "Implications")
    yield bullet_list(list(_implication_lines(ranking)) or ["None."])
    yield Heading(2, "Recommended next steps")
    yield Bullets(tuple(_next_steps(audit)), numbered=True)


def _scope_blocks(audit: Audit) -> Iterator[Block]:
    roots = comma_list([as_code(root or ".") for root in audit.scope.roots])
    starts = [f"{as_code(audit.dotted(entry.key))} ({entry.why})" for entry in audit.reach.entries]
    lines = [
        f"Looked at: {scope_line(audit)}.",
        f"Absolute imports start from {roots}.",
        f"The program starts in {count_text(len(starts), 'place')}: {comma_list(starts, 6) or 'none was found'}.",
    ]
    if audit.scope.paths:
        meant = comma_list([as_code(path) for path in audit.scope.paths])
        lines.append(f"Findings are those of {meant}; all of the project was read for them.")
    lines.append("No code was run: what only the running program knows is named as doubt.")
    yield bullet_list(lines)


# -- the details of the groups that hurt most


def _detail_folds(ranking: Ranking) -> Iterator[Block]:
    groups = ranking.groups
    if groups:
        yield Heading(3, "Why, and what each name becomes")
    for group in groups[:TOP]:
        name = as_code(ranking.audit.dotted(group.canonical.key))
        copies = f"{len(group.forks)} {'copy' if len(group.forks) == 1 else 'copies'}"
        yield Fold(f"{name} and {copies}", tuple(_group_blocks(ranking.audit, group)))
    if len(groups) > TOP:
        yield Text(
            f"{len(groups) - TOP} more groups: `--format html` shows and `--format json` lists all of them,"
            " `unfork audit PATH` tells about one module."
        )


def _group_blocks(audit: Audit, group: Group) -> Iterator[Block]:
    standing = f"{reasons_in_words(group.canonical)}. {_importers_sentence(group.canonical)}"
    yield Text(f"{canonical_name(audit, group)}: {standing}")
    for fork in group.forks:
        yield from _fork_blocks(audit, fork)


def _fork_blocks(audit: Audit, fork: Fork) -> Iterator[Block]:
    state = "deprecated" if fork.standing.deprecated else "a duplicate"
    name = as_code(audit.dotted(fork.key))
    yield Text(f"{name} is {state} (score {fork.alike.score:.2f}): {evidence_words(audit, fork)}.")
    yield Text(
        f"Its standing: {reasons_in_words(fork.standing)}. {_importers_sentence(fork.standing)}"
    )
    if fork.names:
        yield bullet_list(list(name_lines(audit, fork)))


def _importers_sentence(standing: Standing) -> str:
    parts = [_importer_places("Live code imports it in", standing.live)]
    parts.append(_importer_places("Tests import it in", standing.tests))
    return " ".join(filter(None, parts))


def _importer_places(head: str, importers: tuple[Importer, ...]) -> str:
    if not importers:
        return ""
    places = dict.fromkeys(f"{importer.path}:{importer.line}" for importer in importers)
    return f"{head} {comma_list([as_code(place) for place in places], 8)}."


# -- implications


def _implication_lines(ranking: Ranking) -> Iterator[str]:
    audit = ranking.audit
    copies = [fork for group in ranking.groups for fork in group.open]
    if copies:
        names = sum(
            bool(name.module) and name.name == name.target for fork in copies for name in fork.names
        )
        yield (
            f"{count_text(names, 'name')} {'is' if names == 1 else 'are'} defined more than once:"
            " a fix in one copy is missing in the others, and an object of one is none of another."
        )
    preferred = [
        as_code(audit.dotted(fork.key))
        for group in ranking.groups
        for fork in group.open
        if use_count(fork.standing) > use_count(group.canonical)
    ]
    if preferred:
        yield f"More of the live code imports the copy than the canonical module: {comma_list(preferred)}."
    files = dict.fromkeys(item.path for item in audit.broken if not item.expected)
    if files:
        shown = comma_list([as_code(path) for path in files])
        fails = "fails when it gets" if len(files) == 1 else "fail when they get"
        yield f"{shown} cannot be imported, or {fails} that far; a `try` somewhere may hide that."
    if audit.spellings:
        number = count_text(len(audit.spellings), "file")
        yield f"What {number} define{'s' * (len(audit.spellings) == 1)} is there twice while the program runs."
    if audit.dead:
        lines = sum(item.lines for item in audit.dead)
        where = f"{count_text(lines, 'line')} in {count_text(len(audit.dead), 'module')}"
        yield f"{where} are read and kept up, and nothing that starts reaches them."


# -- steps


def _next_steps(audit: Audit) -> Iterator[tuple[str, tuple[str, ...]]]:
    if not audit.findings:
        yield "Nothing needs to be done.", ()
        return
    for finding in unparsable_findings(audit)[:3]:
        yield f"Fix {as_code(f'{finding.path}:{finding.line}')}, which {finding.message}.", ()
    yield (
        "Draft the migration, and answer the questions in it.",
        ("unfork audit --draft migrations/drafted.toml",),
    )
    yield "Read what it would change.", ("unfork diff -m migrations/drafted.toml",)
    yield (
        "Apply it as commits on a branch, and run the tests there.",
        ("unfork apply -m migrations/drafted.toml --branch unforked",),
    )
    removable = [item.path for item in audit.dead if not item.users]
    if removable:
        yield (
            "Delete what nobody imports, once you know that nothing outside needs it.",
            tuple(f"git rm {path}" for path in removable[:5]),
        )
    yield (
        "Keep new uses out: list the migration under `[tool.unfork]`, and check in CI or before each commit.",
        ("unfork check",),
    )
    yield "Audit again: there should be fewer findings.", ("unfork audit",)
