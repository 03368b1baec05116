"""The written report: scope, findings, implications, and the next steps with their commands."""

from __future__ import annotations

from collections.abc import Iterator

from unfork.audit.blocks import (
    Block,
    Bullets,
    Heading,
    Table,
    Text,
    as_code,
    bullet_list,
    comma_list,
)
from unfork.audit.duplicate_groups import Fork, Group, Standing
from unfork.audit.project_model import Importer
from unfork.audit.report_sections import (
    MOST,
    broken_table,
    cycle_lines,
    dead_table,
    doubt_table,
    name_line,
    omitted_note,
    reasons_in_words,
    scope_line,
    shim_table,
    spelling_table,
    summary_line,
)
from unfork.audit.result import Audit
from unfork.reports.sums import count_text


def written_blocks(audit: Audit) -> Iterator[Block]:
    """Yield the blocks of the report."""
    yield Heading(1, f"Audit of {audit.root.name}")
    yield Heading(2, "Scope")
    yield from _scope_blocks(audit)
    yield Heading(2, "Findings")
    yield Text(summary_line(audit))
    yield from _unparsable_blocks(audit)
    yield from _folder_blocks(audit)
    for group in audit.loose_groups[:MOST]:
        yield from _group_blocks(audit, group)
    yield from omitted_note(len(audit.loose_groups))
    if audit.shims:
        yield Heading(3, f"{count_text(len(audit.shims), 'module')} that only forward to another")
        yield shim_table(audit)
    yield from _broken_blocks(audit)
    yield from _spelling_blocks(audit)
    yield from _dead_blocks(audit)
    yield from _cycle_blocks(audit)
    yield Heading(2, "Implications")
    yield bullet_list(list(_implication_lines(audit)) or ["None."])
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


# -- findings


def _folder_blocks(audit: Audit) -> Iterator[Block]:
    for copy in audit.folders:
        yield Heading(3, f"A copied folder: {as_code(copy.name)}")
        yield Text(f"{as_code(copy.name)} duplicates {as_code(copy.canonical)}: {copy.summary}.")
        rows = tuple(
            (as_code(fork.standing.path), as_code(audit.dotted(fork.canonical)), fork.alike.words())
            for fork in copy.differing[:MOST]
        )
        if rows:
            yield Table(("Differs", "From", "In common"), rows)


def _group_blocks(audit: Audit, group: Group) -> Iterator[Block]:
    names = [as_code(audit.dotted(standing.key)) for standing in group.members]
    yield Heading(3, f"{count_text(len(names), 'module')} that duplicate each other: {names[0]}")
    yield Text(
        f"{names[0]} is canonical: {reasons_in_words(group.canonical)}. {_importers_sentence(group.canonical)}"
    )
    for fork in group.forks:
        yield from _fork_blocks(audit, fork)


def _fork_blocks(audit: Audit, fork: Fork) -> Iterator[Block]:
    state = "deprecated" if fork.standing.deprecated else "a duplicate"
    name = as_code(audit.dotted(fork.key))
    yield Text(f"{name} is {state} (score {fork.alike.score:.2f}): {fork.evidence(audit.dotted)}.")
    yield Text(
        f"It stands so: {reasons_in_words(fork.standing)}. {_importers_sentence(fork.standing)}"
    )
    if fork.names:
        yield bullet_list([name_line(audit, counterpart) for counterpart in fork.names])


def _importers_sentence(standing: Standing) -> str:
    parts = [_importer_places("Live code imports it in", standing.live)]
    parts.append(_importer_places("Tests import it in", standing.tests))
    return " ".join(filter(None, parts))


def _importer_places(head: str, importers: tuple[Importer, ...]) -> str:
    if not importers:
        return ""
    places = dict.fromkeys(f"{importer.path}:{importer.line}" for importer in importers)
    return f"{head} {comma_list([as_code(place) for place in places], 8)}."


def _broken_blocks(audit: Audit) -> Iterator[Block]:
    broken = [problem for problem in audit.broken if not problem.expected]
    if broken:
        files = len({problem.path for problem in broken})
        yield Heading(3, f"Imports that cannot work, in {count_text(files, 'file')}")
        yield broken_table(audit, broken[:MOST])
        yield from omitted_note(len(broken))
    expected = [problem for problem in audit.broken if problem.expected]
    if expected:
        where = comma_list([as_code(f"{problem.path}:{problem.line}") for problem in expected])
        yield Text(f"Expected to fail, in a `try` or outside of scripts, and no findings: {where}.")


def _spelling_blocks(audit: Audit) -> Iterator[Block]:
    if audit.spellings:
        yield Heading(3, f"{count_text(len(audit.spellings), 'file')} imported as two modules")
        yield spelling_table(audit)


def _dead_blocks(audit: Audit) -> Iterator[Block]:
    if audit.dead:
        yield Heading(3, f"{count_text(len(audit.dead), 'module')} that nothing reachable imports")
        yield dead_table(audit, audit.dead[:MOST])
        yield from omitted_note(len(audit.dead))
    if audit.doubtful:
        number = count_text(len(audit.doubtful), "module")
        yield Heading(3, f"{number} that may be loaded by name")
        yield Text(
            "Nothing imports them by a statement, and something speaks for them all the same."
        )
        yield doubt_table(audit, audit.doubtful[:MOST])
        yield from omitted_note(len(audit.doubtful))


def _cycle_blocks(audit: Audit) -> Iterator[Block]:
    if audit.rings:
        yield Heading(3, count_text(len(audit.rings), "import cycle"))
        yield bullet_list(cycle_lines(audit)[:MOST])


def _unparsable_blocks(audit: Audit) -> Iterator[Block]:
    faults = [finding for finding in audit.findings if finding.code == "UF007"]
    if faults:
        yield Heading(3, f"{count_text(len(faults), 'file')} that cannot be parsed")
        rows = tuple(
            (as_code(f"{finding.path}:{finding.line}"), finding.message)
            for finding in faults[:MOST]
        )
        yield Table(("Where", "Why"), rows)


# -- implications


def _implication_lines(audit: Audit) -> Iterator[str]:
    for group in audit.loose_groups[:MOST]:
        yield from _group_implications(audit, group)
    for path in dict.fromkeys(item.path for item in audit.broken if not item.expected):
        yield f"{as_code(path)} cannot be imported, or fails when it gets that far; its users may hide that in a `try`."
    for item in audit.spellings[:MOST]:
        names = " and ".join(as_code(name) for name, _ in item.spellings)
        yield f"What {names} define is there twice while the program runs: `isinstance` and `is` fail between them."
    if audit.dead:
        lines = sum(item.lines for item in audit.dead)
        where = f"{count_text(lines, 'line')} in {count_text(len(audit.dead), 'module')}"
        yield f"{where} are read and kept up, and nothing that starts reaches them."


def _group_implications(audit: Audit, group: Group) -> Iterator[str]:
    canonical = audit.dotted(group.canonical.key)
    twins = [
        counterpart.name
        for fork in group.open
        for counterpart in fork.names
        if counterpart.name == counterpart.target and counterpart.module
    ]
    if twins:
        shown = comma_list([as_code(name) for name in dict.fromkeys(twins)])
        yield (
            f"{shown} {'are' if len(set(twins)) > 1 else 'is'} defined more than once around {as_code(canonical)}:"
            " an object of one is none of the other, and a fix in one is missing in the rest."
        )
    for fork in group.open:
        if len(fork.standing.live) > len(group.canonical.live):
            yield (
                f"More of the live code imports {as_code(audit.dotted(fork.key))} than {as_code(canonical)}:"
                " the copy is what runs."
            )


# -- steps


def _next_steps(audit: Audit) -> Iterator[tuple[str, tuple[str, ...]]]:
    if not audit.findings:
        yield "Nothing needs to be done.", ()
        return
    yield (
        "Draft the migration, and answer the questions in it.",
        ("unfork audit --draft migrations/drafted.toml",),
    )
    yield "Read what it would change.", ("unfork diff -m migrations/drafted.toml",)
    yield (
        "Apply it as commits on a branch, and run the tests there.",
        ("unfork apply -m migrations/drafted.toml --branch unforked",),
    )
    for finding in [item for item in audit.findings if item.code == "UF007"][:3]:
        yield f"Mend {as_code(finding.path)}, line {finding.line}: {finding.message}.", ()
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
