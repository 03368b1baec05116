"""The explanation of one module, as blocks."""

from __future__ import annotations

from collections.abc import Iterator

from unfork.audit.blocks import Block, Heading, Table, Text, Tree, bullets, code
from unfork.audit.explain import Explanation
from unfork.audit.kinds import is_live, is_test
from unfork.audit.result import Audit
from unfork.audit.tell import broken_table, name_line, reasons
from unfork.audit.world import Importer
from unfork.reports.sums import count


def module_blocks(found: Audit, about: Explanation) -> Iterator[Block]:
    """Yield what there is to know of one module."""
    facts = about.facts
    yield Heading(1, code(about.dotted))
    yield Text(f"{code(facts.path)}, {count(facts.lines, 'line')}. {_doc(about)}".rstrip())
    if facts.error is not None:
        line, col, why = facts.error
        yield Text(f"It cannot be parsed: {why}, at line {line}, column {col}.")
    yield Text(_standing(found, about))
    yield from _importers(about)
    yield from _duplicates(found, about)
    yield from _faults(found, about)


def _doc(about: Explanation) -> str:
    return f"It says of itself: {code(about.facts.doc)}" if about.facts.doc else ""


def _standing(found: Audit, about: Explanation) -> str:
    if about.dead is not None:
        doubt = "; but " + "; ".join(about.dead.doubts) if about.dead.doubts else ""
        return f"Nothing that the program starts from reaches it: {about.dead.why}{doubt}."
    if not about.way:
        return "It is not reached from where the program starts."
    way = " → ".join(code(found.dotted(key)) for key in about.way)
    start = f"The program starts with {code(found.dotted(about.way[0]))} ({about.entry})"
    return f"{start}." if len(about.way) == 1 else f"{start} and reaches it: {way}."


def _importers(about: Explanation) -> Iterator[Block]:
    yield Heading(2, f"Imported by {count(len({i.path for i in about.importers}), 'file')}")
    if not about.importers:
        yield Text("No file of the project imports it.")
        return
    rows = tuple(
        (code(f"{each.path}:{each.line}"), code(_spelled(each)), _names(each), _kind(each.path))
        for each in about.importers
    )
    yield Table(("Where", "Spelled", "Names", "Kind"), rows)
    if about.spellings is not None:
        names = " and ".join(code(name) for name, _ in about.spellings.spellings)
        yield Text(f"It is imported under two names, {names}: Python makes two modules of it.")


def _spelled(each: Importer) -> str:
    return f"{each.spelled} (a string)" if each.quoted else each.spelled


def _names(each: Importer) -> str:
    via = f"by way of {code(each.via)}" if each.via else ""
    return " ".join(filter(None, (", ".join(map(code, each.names)) or "the module", via)))


def _kind(path: str) -> str:
    return "test" if is_test(path) else "live" if is_live(path) else "aside"


def _duplicates(found: Audit, about: Explanation) -> Iterator[Block]:
    group, fork = about.group, about.fork
    yield Heading(2, "Duplicates")
    if group is None:
        yield Text("It duplicates no other module, as far as can be told.")
    elif fork is None:
        copies = ", ".join(code(found.dotted(each.key)) for each in group.forks)
        yield Text(f"It is the canonical one of its group: {reasons(group.canonical)}.")
        yield Text(f"Its duplicates are {copies}.")
    else:
        canonical = code(found.dotted(group.canonical.key))
        yield Text(
            f"It duplicates {canonical} (score {fork.alike.score:.2f}): {fork.evidence(found.dotted)}."
        )
        yield Text(
            f"The other one is canonical: {reasons(group.canonical)}. This one: {reasons(fork.standing)}."
        )
        yield Heading(2, "What each name would become, under a draft")
        yield from (Tree(name_line(found, each)) for each in fork.names)


def _faults(found: Audit, about: Explanation) -> Iterator[Block]:
    if about.broken:
        yield Heading(2, "Imports in it that cannot work")
        yield broken_table(found, about.broken)
    if about.rings:
        yield Heading(2, "Import cycles")
        yield bullets([f"with {len(ring.members) - 1} other modules" for ring in about.rings])
