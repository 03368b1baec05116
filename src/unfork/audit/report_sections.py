"""The results of an audit as blocks: the parts that the terminal report and the written report share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from unfork.audit.blocks import Block, Heading, Table, Text, Tree, as_code, comma_list
from unfork.audit.broken_imports import Broken
from unfork.audit.counterparts import Counterpart
from unfork.audit.duplicate_groups import Fork, Group, Standing
from unfork.audit.folder_forks import FolderFork
from unfork.audit.reachability import Dead
from unfork.audit.result import Audit
from unfork.reports.sums import count_text
from unfork.values import CODES

MOST = 40
"""The most rows of a list; the rest are only counted."""


def scope_line(audit: Audit) -> str:
    """Return how much was audited."""
    scope = audit.scope
    parts = [f"{count_text(scope.files, 'file')}, {count_text(scope.lines, 'line')}"]
    if scope.tests:
        parts.append(f"{scope.tests} of them tests")
    if scope.unparsable:
        parts.append(f"{scope.unparsable} that cannot be parsed")
    return ", ".join(parts)


def summary_line(audit: Audit) -> str:
    """Return the number of findings, by code."""
    if not audit.findings:
        return "No findings."
    parts = [f"{number} {code_}" for code_, number in audit.counts.items()]
    return f"{count_text(len(audit.findings), 'finding')}: {', '.join(parts)}."


def group_tree(audit: Audit, group: Group) -> Tree:
    """Return a group as a tree: the canonical module, its forks, and their names."""
    canonical = group.canonical
    label = f"{as_code(audit.dotted(canonical.key))} is canonical: {reasons_in_words(canonical)}"
    return Tree(label, tuple(_fork_tree(audit, group, fork) for fork in group.forks))


def folder_tree(copy: FolderFork) -> Tree:
    """Return a copied folder as a tree: how much of it is a copy, and what differs."""
    label = f"{as_code(copy.name)} duplicates {as_code(copy.canonical)}: {copy.summary}"
    differing = tuple(
        Tree(f"{as_code(fork.standing.path)} differs: {fork.alike.words()}")
        for fork in copy.differing[:MOST]
    )
    return Tree(label, differing)


def _fork_tree(audit: Audit, group: Group, fork: Fork) -> Tree:
    label = f"{as_code(audit.dotted(fork.key))} duplicates it, score {fork.alike.score:.2f}"
    if fork.standing.deprecated:
        label += ", and is deprecated already"
    evidence = Tree(f"evidence: {fork.evidence(audit.dotted)}")
    standing = Tree(f"stands: {reasons_in_words(fork.standing)}")
    names = tuple(Tree(name_line(audit, counterpart)) for counterpart in fork.names)
    return Tree(label, (evidence, standing, *names))


def reasons_in_words(standing: Standing) -> str:
    """Return in words why a module is canonical or not."""
    told = list(standing.reasons)
    if not standing.live:
        told.insert(0, "no live code imports it")
    if not standing.reached:
        told.append("it is not reached from where the program starts")
    return "; ".join(told)


def name_line(audit: Audit, counterpart: Counterpart) -> str:
    """Return a line on what a name would become."""
    if not counterpart.module:
        return f"{as_code(counterpart.name)} has no counterpart: {counterpart.why}"
    target = f"{as_code(f'{audit.dotted(counterpart.module)}:{counterpart.target}')}"
    if counterpart.moves:
        return f"{as_code(counterpart.name)} becomes {target}: {counterpart.why}"
    tied = f"; it stays as long as {as_code(counterpart.tied)} does" if counterpart.tied else ""
    return f"{as_code(counterpart.name)} may become {target}, if a person says so: {counterpart.why}{tied}"


def folder_table(audit: Audit) -> Table:
    """Return a table of the copied folders."""
    rows = tuple(
        (as_code(copy.name), as_code(copy.canonical), copy.summary) for copy in audit.folders
    )
    return Table(("Folder", "Copy of", "How much"), rows)


def shim_table(audit: Audit) -> Table:
    """Return a table of the modules that only forward to another."""
    rows = tuple(
        (
            as_code(f"{shim.path}:{shim.line}"),
            as_code(audit.dotted(shim.target)),
            comma_list([as_code(f"{item.path}:{item.line}") for item in shim.importers], 3)
            or "nobody",
        )
        for shim in audit.shims[:MOST]
    )
    return Table(("Where", "Forwards to", "Imported by"), rows)


def broken_table(audit: Audit, broken: Iterable[Broken]) -> Table:
    """Return a table of imports that cannot work, and where each name is defined."""
    rows = tuple(
        (
            as_code(f"{problem.path}:{problem.line}"),
            problem.code,
            as_code(f"{problem.spelled}: {problem.name}" if problem.name else problem.spelled),
            comma_list([as_code(audit.dotted(key)) for key in problem.definers], 3) or "nowhere",
        )
        for problem in broken
    )
    return Table(("Where", "Code", "Imported", "Really in"), rows)


def spelling_table(audit: Audit) -> Table:
    """Return a table of the files that are imported as two modules."""
    rows = []
    for module in audit.spellings:
        for name, places in module.spellings:
            where = comma_list([as_code(f"{path}:{line}") for path, line, _ in places], 2)
            rows.append((as_code(audit.model.modules[module.key].path), as_code(name), where))
    return Table(("File", "Imported as", "By"), tuple(rows))


def dead_table(audit: Audit, dead: Iterable[Dead]) -> Table:
    """Return a table of modules that nothing reachable imports."""
    rows = tuple((as_code(module.path), str(module.lines), module.why) for module in dead)
    return Table(("Module", "Lines", "Why"), rows)


def doubt_table(audit: Audit, doubtful: Iterable[Dead]) -> Table:
    """Return a table of modules that something may load by name."""
    rows = tuple(
        (as_code(module.path), f"{module.why}; but {module.doubts[0]}") for module in doubtful
    )
    return Table(("Module", "Known"), rows)


def cycle_lines(audit: Audit) -> list[str]:
    """Return a line for each import cycle, with a shortest path around it."""
    lines = []
    for ring in audit.rings:
        way = " → ".join(
            f"{as_code(audit.dotted(key))} (line {line})" for key, line in ring.way[:8]
        )
        more = " → …" if len(ring.way) > 8 else ""
        lines.append(
            f"{len(ring.members)} modules: {way}{more} → {as_code(audit.dotted(ring.way[0][0]))}"
        )
    return lines


def omitted_note(number: int, most: int = MOST) -> Iterator[Block]:
    """Yield a note on how many items were left out, if any were."""
    if number > most:
        yield Text(f"And {number - most} more; `--format json` lists all.")


def terminal_blocks(audit: Audit) -> Iterator[Block]:
    """Yield the blocks of the report for a terminal: first what cannot be parsed, as all else depends on it."""
    others = [item for item in audit.findings if item.code == "UF007"]
    if others:
        yield Heading(2, f"{CODES['UF007'].capitalize()} (UF007)")
        yield Table(
            ("Where", "Why"),
            tuple((as_code(f"{f.path}:{f.line}"), f.message) for f in others[:MOST]),
        )
    if audit.folders:
        yield Heading(2, f"Copied folders ({len(audit.folders)}, UF101)")
        yield from (folder_tree(copy) for copy in audit.folders)
    groups = audit.loose_groups
    if groups:
        yield Heading(2, f"Duplicates ({count_text(len(groups), 'group')}, UF101)")
        yield from (group_tree(audit, group) for group in groups[:MOST])
        yield from omitted_note(len(groups))
    if audit.shims:
        yield Heading(2, f"Modules that only forward ({len(audit.shims)}, UF103)")
        yield shim_table(audit)
    broken = [item for item in audit.broken if not item.expected]
    if broken:
        yield Heading(2, f"Broken imports ({len(broken)}, UF002 and UF003)")
        yield broken_table(audit, broken[:MOST])
        yield from omitted_note(len(broken))
    if audit.spellings:
        yield Heading(2, f"One file, two modules ({len(audit.spellings)}, UF004)")
        yield spelling_table(audit)
    yield from _terminal_dead(audit)
    if audit.rings:
        yield Heading(2, f"Import cycles ({len(audit.rings)})")
        yield from (Tree(line) for line in cycle_lines(audit)[:10])
    yield Text(f"Looked at {scope_line(audit)}. {summary_line(audit)}")


def _terminal_dead(audit: Audit) -> Iterator[Block]:
    if audit.dead:
        yield Heading(2, f"Dead modules ({len(audit.dead)}, UF102)")
        yield dead_table(audit, audit.dead[:MOST])
        yield from omitted_note(len(audit.dead))
    if audit.doubtful:
        yield Heading(
            2, f"Perhaps dead: nothing imports them by a statement ({len(audit.doubtful)})"
        )
        yield doubt_table(audit, audit.doubtful[:10])
        yield from omitted_note(len(audit.doubtful), 10)
