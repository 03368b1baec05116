"""The report as a person would write it: scope, findings, implications, and the next steps with their commands."""

from __future__ import annotations

from collections.abc import Iterator

from unfork.audit.blocks import Block, Bullets, Heading, Table, Text, bullets, code, listed
from unfork.audit.forks import Fork, Group, Standing
from unfork.audit.result import Audit
from unfork.audit.tell import (
    MOST,
    broken_table,
    cycle_lines,
    dead_table,
    doubt_table,
    name_line,
    reasons,
    rest,
    scope_line,
    spelling_table,
    sum_line,
)
from unfork.audit.world import Importer
from unfork.reports.sums import count


def written_blocks(found: Audit) -> Iterator[Block]:
    """Yield the report."""
    yield Heading(1, f"Audit of {found.root.name}")
    yield Heading(2, "Scope")
    yield from _scope(found)
    yield Heading(2, "Findings")
    yield Text(sum_line(found))
    for group in found.groups[:MOST]:
        yield from _group(found, group)
    yield from rest(len(found.groups))
    yield from _broken(found)
    yield from _spellings(found)
    yield from _dead(found)
    yield from _rings(found)
    yield from _unparsable(found)
    yield Heading(2, "Implications")
    yield bullets(list(_implications(found)) or ["None."])
    yield Heading(2, "Recommended next steps")
    yield Bullets(tuple(_steps(found)), numbered=True)


def _scope(found: Audit) -> Iterator[Block]:
    roots = listed([code(root or ".") for root in found.scope.roots])
    starts = [f"{code(found.dotted(each.key))} ({each.why})" for each in found.reach.entries]
    lines = [
        f"Looked at: {scope_line(found)}.",
        f"Absolute imports start from {roots}.",
        f"The program starts in {count(len(starts), 'place')}: {listed(starts, 6) or 'none was found'}.",
    ]
    if found.scope.paths:
        meant = listed([code(path) for path in found.scope.paths])
        lines.append(f"Findings are those of {meant}; all of the project was read for them.")
    lines.append("No code was run: what only the running program knows is named as doubt.")
    yield bullets(lines)


# -- findings


def _group(found: Audit, group: Group) -> Iterator[Block]:
    names = [code(found.dotted(each.key)) for each in group.members]
    yield Heading(3, f"{count(len(names), 'module')} that duplicate each other: {names[0]}")
    yield Text(f"{names[0]} is canonical: {reasons(group.canonical)}. {_who(group.canonical)}")
    for fork in group.forks:
        yield from _fork(found, fork)


def _fork(found: Audit, fork: Fork) -> Iterator[Block]:
    state = "deprecated" if fork.standing.deprecated else "a duplicate"
    name = code(found.dotted(fork.key))
    yield Text(f"{name} is {state} (score {fork.alike.score:.2f}): {fork.evidence(found.dotted)}.")
    yield Text(f"It stands so: {reasons(fork.standing)}. {_who(fork.standing)}")
    if fork.names:
        yield bullets([name_line(found, each) for each in fork.names])


def _who(standing: Standing) -> str:
    parts = [_importers("Live code imports it in", standing.live)]
    parts.append(_importers("Tests import it in", standing.tests))
    return " ".join(filter(None, parts))


def _importers(head: str, importers: tuple[Importer, ...]) -> str:
    if not importers:
        return ""
    places = dict.fromkeys(f"{each.path}:{each.line}" for each in importers)
    return f"{head} {listed([code(place) for place in places], 8)}."


def _broken(found: Audit) -> Iterator[Block]:
    broken = [each for each in found.broken if not each.expected]
    if broken:
        files = len({each.path for each in broken})
        yield Heading(3, f"Imports that cannot work, in {count(files, 'file')}")
        yield broken_table(found, broken[:MOST])
        yield from rest(len(broken))
    expected = [each for each in found.broken if each.expected]
    if expected:
        where = listed([code(f"{each.path}:{each.line}") for each in expected])
        yield Text(f"Expected to fail, in a `try` or outside of scripts, and no findings: {where}.")


def _spellings(found: Audit) -> Iterator[Block]:
    if found.spellings:
        yield Heading(3, f"{count(len(found.spellings), 'file')} imported as two modules")
        yield spelling_table(found)


def _dead(found: Audit) -> Iterator[Block]:
    if found.dead:
        yield Heading(3, f"{count(len(found.dead), 'module')} that nothing reachable imports")
        yield dead_table(found, found.dead[:MOST])
        yield from rest(len(found.dead))
    if found.doubtful:
        number = count(len(found.doubtful), "module")
        yield Heading(3, f"{number} that may be loaded by name")
        yield Text(
            "Nothing imports them by a statement, and something speaks for them all the same."
        )
        yield doubt_table(found, found.doubtful[:MOST])
        yield from rest(len(found.doubtful))


def _rings(found: Audit) -> Iterator[Block]:
    if found.rings:
        yield Heading(3, count(len(found.rings), "import cycle"))
        yield bullets(cycle_lines(found)[:MOST])


def _unparsable(found: Audit) -> Iterator[Block]:
    faults = [each for each in found.findings if each.code == "UF007"]
    if faults:
        yield Heading(3, f"{count(len(faults), 'file')} that cannot be parsed")
        rows = tuple((code(f"{each.path}:{each.line}"), each.message) for each in faults[:MOST])
        yield Table(("Where", "Why"), rows)


# -- implications


def _implications(found: Audit) -> Iterator[str]:
    for group in found.groups[:MOST]:
        yield from _of_group(found, group)
    for path in dict.fromkeys(each.path for each in found.broken if not each.expected):
        yield f"{code(path)} cannot be imported, or fails when it gets that far; its users may hide that in a `try`."
    for each in found.spellings[:MOST]:
        names = " and ".join(code(name) for name, _ in each.spellings)
        yield f"What {names} define is there twice while the program runs: `isinstance` and `is` fail between them."
    if found.dead:
        lines = sum(each.lines for each in found.dead)
        where = f"{count(lines, 'line')} in {count(len(found.dead), 'module')}"
        yield f"{where} are read and kept up, and nothing that starts reaches them."


def _of_group(found: Audit, group: Group) -> Iterator[str]:
    canonical = found.dotted(group.canonical.key)
    twins = [
        each.name
        for fork in group.open
        for each in fork.names
        if each.name == each.target and each.module
    ]
    if twins:
        shown = listed([code(name) for name in dict.fromkeys(twins)])
        yield (
            f"{shown} {'are' if len(set(twins)) > 1 else 'is'} defined more than once around {code(canonical)}:"
            " an object of one is none of the other, and a fix in one is missing in the rest."
        )
    for fork in group.open:
        if len(fork.standing.live) > len(group.canonical.live):
            yield (
                f"More of the live code imports {code(found.dotted(fork.key))} than {code(canonical)}:"
                " the copy is what runs."
            )


# -- steps


def _steps(found: Audit) -> Iterator[tuple[str, tuple[str, ...]]]:
    if not found.findings:
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
    for finding in [each for each in found.findings if each.code == "UF007"][:3]:
        yield f"Mend {code(finding.path)}, line {finding.line}: {finding.message}.", ()
    removable = [each.path for each in found.dead if not each.users]
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
