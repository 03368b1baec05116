"""What was found, as blocks: the parts that the terminal and the written report share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from unfork.audit.blocks import Block, Heading, Table, Text, Tree, code, listed
from unfork.audit.broken import Broken
from unfork.audit.counterparts import Counterpart
from unfork.audit.forks import Fork, Group, Standing
from unfork.audit.reach import Dead
from unfork.audit.result import Audit
from unfork.reports.sums import count
from unfork.values import CODES

MOST = 40
"""Of longer lists, the rest is counted."""


def scope_line(found: Audit) -> str:
    """Return how much was looked at."""
    scope = found.scope
    parts = [f"{count(scope.files, 'file')}, {count(scope.lines, 'line')}"]
    if scope.tests:
        parts.append(f"{scope.tests} of them tests")
    if scope.unparsable:
        parts.append(f"{scope.unparsable} that cannot be parsed")
    return ", ".join(parts)


def sum_line(found: Audit) -> str:
    """Return how much was found, by code."""
    if not found.findings:
        return "No findings."
    parts = [f"{number} {code_}" for code_, number in found.counts.items()]
    return f"{count(len(found.findings), 'finding')}: {', '.join(parts)}."


def group_tree(found: Audit, group: Group) -> Tree:
    """Return a group: the canonical module, its forks, and their names."""
    canonical = group.canonical
    label = f"{code(found.dotted(canonical.key))} is canonical: {reasons(canonical)}"
    return Tree(label, tuple(_fork_tree(found, group, fork) for fork in group.forks))


def _fork_tree(found: Audit, group: Group, fork: Fork) -> Tree:
    label = f"{code(found.dotted(fork.key))} duplicates it, score {fork.alike.score:.2f}"
    if fork.standing.deprecated:
        label += ", and is deprecated already"
    evidence = Tree(f"evidence: {fork.evidence(found.dotted)}")
    standing = Tree(f"stands: {reasons(fork.standing)}")
    names = tuple(Tree(name_line(found, each)) for each in fork.names)
    return Tree(label, (evidence, standing, *names))


def reasons(standing: Standing) -> str:
    """Return why a module is canonical or is not, in words."""
    told = list(standing.reasons)
    if not standing.live:
        told.insert(0, "no live code imports it")
    if not standing.reached:
        told.append("it is not reached from where the program starts")
    return "; ".join(told)


def name_line(found: Audit, each: Counterpart) -> str:
    """Return what a name would become."""
    if not each.module:
        return f"{code(each.name)} has no counterpart: {each.why}"
    target = f"{code(f'{found.dotted(each.module)}:{each.target}')}"
    if each.moves:
        return f"{code(each.name)} becomes {target}: {each.why}"
    tied = f"; it stays as long as {code(each.tied)} does" if each.tied else ""
    return f"{code(each.name)} may become {target}, if a person says so: {each.why}{tied}"


def broken_table(found: Audit, broken: Iterable[Broken]) -> Table:
    """Return imports that cannot work, and where each name is."""
    rows = tuple(
        (
            code(f"{each.path}:{each.line}"),
            each.code,
            code(f"{each.spelled}: {each.name}" if each.name else each.spelled),
            listed([code(found.dotted(key)) for key in each.definers], 3) or "nowhere",
        )
        for each in broken
    )
    return Table(("Where", "Code", "Imported", "Really in"), rows)


def spelling_table(found: Audit) -> Table:
    """Return the files that are imported as two modules."""
    rows = []
    for each in found.spellings:
        for name, places in each.spellings:
            where = listed([code(f"{path}:{line}") for path, line, _ in places], 2)
            rows.append((code(found.world.modules[each.key].path), code(name), where))
    return Table(("File", "Imported as", "By"), tuple(rows))


def dead_table(found: Audit, dead: Iterable[Dead]) -> Table:
    """Return modules that nothing reachable imports."""
    rows = tuple((code(each.path), str(each.lines), each.why) for each in dead)
    return Table(("Module", "Lines", "Why"), rows)


def doubt_table(found: Audit, doubtful: Iterable[Dead]) -> Table:
    """Return modules that something may load by name."""
    rows = tuple((code(each.path), f"{each.why}; but {each.doubts[0]}") for each in doubtful)
    return Table(("Module", "Known"), rows)


def cycle_lines(found: Audit) -> list[str]:
    """Return the import cycles, each with a shortest way round."""
    lines = []
    for ring in found.rings:
        way = " → ".join(f"{code(found.dotted(key))} (line {line})" for key, line in ring.way[:8])
        more = " → …" if len(ring.way) > 8 else ""
        lines.append(
            f"{len(ring.members)} modules: {way}{more} → {code(found.dotted(ring.way[0][0]))}"
        )
    return lines


def rest(number: int, most: int = MOST) -> Iterator[Block]:
    """Yield how many were left out, where some were."""
    if number > most:
        yield Text(f"And {number - most} more; `--format json` lists all.")


def terminal_blocks(found: Audit) -> Iterator[Block]:
    """Yield what was found, for a terminal."""
    if found.groups:
        yield Heading(2, f"Duplicates ({count(len(found.groups), 'group')}, UF101)")
        yield from (group_tree(found, group) for group in found.groups[:MOST])
        yield from rest(len(found.groups))
    broken = [each for each in found.broken if not each.expected]
    if broken:
        yield Heading(2, f"Broken imports ({len(broken)}, UF002 and UF003)")
        yield broken_table(found, broken[:MOST])
        yield from rest(len(broken))
    if found.spellings:
        yield Heading(2, f"One file, two modules ({len(found.spellings)}, UF004)")
        yield spelling_table(found)
    yield from _terminal_dead(found)
    if found.rings:
        yield Heading(2, f"Import cycles ({len(found.rings)})")
        yield from (Tree(line) for line in cycle_lines(found)[:10])
    others = [each for each in found.findings if each.code == "UF007"]
    if others:
        yield Heading(2, f"{CODES['UF007'].capitalize()} (UF007)")
        yield Table(
            ("Where", "Why"), tuple((code(f"{f.path}:{f.line}"), f.message) for f in others[:MOST])
        )
    yield Text(f"Looked at {scope_line(found)}. {sum_line(found)}")


def _terminal_dead(found: Audit) -> Iterator[Block]:
    if found.dead:
        yield Heading(2, f"Dead modules ({len(found.dead)}, UF102)")
        yield dead_table(found, found.dead[:MOST])
        yield from rest(len(found.dead))
    if found.doubtful:
        yield Heading(
            2, f"Perhaps dead: nothing imports them by a statement ({len(found.doubtful)})"
        )
        yield doubt_table(found, found.doubtful[:10])
        yield from rest(len(found.doubtful), 10)
