"""The explanation of one module, as blocks."""

from __future__ import annotations

from collections.abc import Iterator

from unfork.audit.blocks import Block, Heading, Table, Text, Tree, as_code, bullet_list
from unfork.audit.project_model import Importer
from unfork.audit.report.explain import Explanation
from unfork.audit.report.tables import broken_table, name_lines, reasons_in_words
from unfork.audit.result import Audit
from unfork.reading.path_rules import is_live, is_test
from unfork.reports.sums import count_text


def module_blocks(audit: Audit, about: Explanation) -> Iterator[Block]:
    """Yield the blocks that explain one module."""
    facts = about.facts
    yield Heading(1, as_code(about.dotted))
    yield Text(
        f"{as_code(facts.path)}, {count_text(facts.lines, 'line')}. {_doc_sentence(about)}".rstrip()
    )
    if facts.error is not None:
        line, col, why = facts.error
        yield Text(f"It cannot be parsed: {why}, at line {line}, column {col}.")
    yield Text(_reach_sentence(audit, about))
    yield from _importer_blocks(about)
    yield from _duplicate_blocks(audit, about)
    yield from _problem_blocks(audit, about)


def _doc_sentence(about: Explanation) -> str:
    return f"It says of itself: {as_code(about.facts.doc)}" if about.facts.doc else ""


def _reach_sentence(audit: Audit, about: Explanation) -> str:
    if about.dead is not None:
        doubt = "; but " + "; ".join(about.dead.doubts) if about.dead.doubts else ""
        return f"Nothing that the program starts from reaches it: {about.dead.why}{doubt}."
    if not about.way:
        return "It is not reached from where the program starts."
    way = " → ".join(as_code(audit.dotted(key)) for key in about.way)
    start = f"The program starts with {as_code(audit.dotted(about.way[0]))} ({about.entry})"
    return f"{start}." if len(about.way) == 1 else f"{start} and reaches it: {way}."


def _importer_blocks(about: Explanation) -> Iterator[Block]:
    yield Heading(2, f"Imported by {count_text(len({i.path for i in about.importers}), 'file')}")
    if not about.importers:
        yield Text("No file of the project imports it.")
        return
    rows = tuple(
        (
            as_code(f"{importer.path}:{importer.line}"),
            as_code(_spelling_cell(importer)),
            _names_cell(importer),
            _file_kind(importer.path),
        )
        for importer in about.importers
    )
    yield Table(("Where", "Spelled", "Names", "Kind"), rows)
    if about.spellings is not None:
        names = " and ".join(as_code(name) for name, _ in about.spellings.spellings)
        yield Text(f"It is imported under two names, {names}: Python makes two modules of it.")


def _spelling_cell(importer: Importer) -> str:
    return f"{importer.spelled} (a string)" if importer.quoted else importer.spelled


def _names_cell(importer: Importer) -> str:
    via = f"by way of {as_code(importer.via)}" if importer.via else ""
    return " ".join(filter(None, (", ".join(map(as_code, importer.names)) or "the module", via)))


def _file_kind(path: str) -> str:
    return "test" if is_test(path) else "live" if is_live(path) else "aside"


def _duplicate_blocks(audit: Audit, about: Explanation) -> Iterator[Block]:
    group, fork = about.group, about.fork
    yield Heading(2, "Duplicates")
    if group is None:
        yield Text("It duplicates no other module, as far as can be told.")
    elif fork is None:
        copies = ", ".join(as_code(audit.dotted(item.key)) for item in group.forks)
        yield Text(f"It is the canonical one of its group: {reasons_in_words(group.canonical)}.")
        yield Text(f"Its duplicates are {copies}.")
    else:
        canonical = as_code(audit.dotted(group.canonical.key))
        yield Text(
            f"It duplicates {canonical} (score {fork.alike.score:.2f}): {fork.evidence(audit.dotted)}."
        )
        yield Text(
            f"The other one {'may be' if fork.undecided else 'is'} canonical: {reasons_in_words(group.canonical)}. "
            f"This one: {reasons_in_words(fork.standing)}."
        )
        yield Heading(2, "What each name would become, under a draft")
        yield from map(Tree, name_lines(audit, fork))


def _problem_blocks(audit: Audit, about: Explanation) -> Iterator[Block]:
    if about.broken:
        yield Heading(2, "Imports in it that cannot work")
        yield broken_table(audit, about.broken)
    if about.cycles:
        yield Heading(2, "Import cycles")
        yield bullet_list(
            [f"with {len(cycle.members) - 1} other modules" for cycle in about.cycles]
        )
