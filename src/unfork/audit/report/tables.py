"""The results of an audit as lines, tables and trees, which all reports share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from unfork.audit.blocks import Table, Tree, as_code, comma_list
from unfork.audit.drafting.plans import unparsable_path
from unfork.audit.duplicates.counterparts import Counterpart
from unfork.audit.duplicates.folder_forks import FolderFork
from unfork.audit.duplicates.forks import Fork, Group, Standing
from unfork.audit.imports.broken_imports import Broken
from unfork.audit.liveness.reachability import Dead
from unfork.audit.result import Audit
from unfork.reports.sums import count_text
from unfork.values import Finding


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
    label = f"{canonical_name(audit, group)}: {reasons_in_words(canonical)}"
    return Tree(label, tuple(_fork_tree(audit, group, fork) for fork in group.forks))


def canonical_name(audit: Audit, group: Group) -> str:
    """Return the name of a group's canonical module, and how certain it is that this is the one."""
    name = as_code(audit.dotted(group.canonical.key))
    return f"{name} {'may be' if group.is_undecided else 'is'} canonical"


def _fork_tree(audit: Audit, group: Group, fork: Fork) -> Tree:
    label = f"{as_code(audit.dotted(fork.key))} duplicates it, score {fork.alike.score:.2f}"
    if fork.standing.deprecated:
        label += ", and is deprecated already"
    evidence = Tree(f"evidence: {evidence_words(audit, fork)}")
    standing = Tree(f"standing: {reasons_in_words(fork.standing)}")
    return Tree(label, (evidence, standing, *map(Tree, name_lines(audit, fork))))


def evidence_words(audit: Audit, fork: Fork) -> str:
    """Return the evidence in words, and why it does not tell which module to keep, if so."""
    evidence = fork.evidence(audit.dotted)
    return f"{evidence}; {fork.undecided}" if fork.undecided else evidence


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
    if counterpart.lone:
        return f"{as_code(counterpart.name)} stays: its value is equal today only"
    if counterpart.moves:
        return f"{as_code(counterpart.name)} becomes {target}: {counterpart.why}"
    tied = f"; it stays as long as {as_code(counterpart.tied)} does" if counterpart.tied else ""
    return f"{as_code(counterpart.name)} may become {target}, if you confirm it: {counterpart.why}{tied}"


def name_lines(audit: Audit, fork: Fork) -> Iterator[str]:
    """Yield lines on what the names of a fork would become; names with one destination or obstacle share a line."""
    waits = unparsable_path(audit, fork)
    if waits:
        yield f"until {as_code(waits)} can be parsed, the draft leaves all of it"
    moving = [name for name in fork.names if name.moves]
    by_target: dict[str, list[str]] = {}
    for name in moving:
        by_target.setdefault(audit.dotted(name.module), []).append(
            as_code(name.name)
            if name.name == name.target
            else f"{as_code(name.name)} as {as_code(name.target)}"
        )
    for module, names in by_target.items():
        every = (
            f"all {len(names)} names move"
            if len(names) == len(fork.names) > 1
            else _names_move(names)
        )
        yield f"{every} to {as_code(module)}"
    lone = [as_code(name.name) for name in fork.names if name.lone]
    if lone:
        yield f"{comma_list(lone)} {_verb(lone, 'stays: its value is', 'stay: their values are')} equal today only"
    tied: dict[str, list[str]] = {}
    for name in fork.names:
        if name.lone:
            continue
        if name.tied:
            tied.setdefault(name.tied, []).append(as_code(name.name))
        elif not name.moves:
            yield name_line(audit, name)
    for reason, names in tied.items():
        yield f"{comma_list(names)} {_verb(names, 'stays', 'stay')} as long as {as_code(reason)} does"


def _names_move(names: Sequence[str]) -> str:
    return f"{comma_list(names)} {_verb(names, 'moves', 'move')}"


def _verb(names: Sequence[str], one: str, many: str) -> str:
    return one if len(names) == 1 else many


def name_count(fork: Fork) -> str:
    """Return in a few words how many names of a fork move without a question."""
    total, moving = len(fork.names), sum(name.moves for name in fork.names)
    if not total:
        return "no public names"
    if moving == total:
        return f"all {total} names move" if total > 1 else "its one name moves"
    return f"{moving} of {count_text(total, 'name')} {'moves' if moving == 1 else 'move'}"


def fork_table(audit: Audit, groups: Iterable[Group]) -> Table:
    """Return a table with a row for each copy of each group."""
    rows = tuple(
        (
            as_code(audit.dotted(fork.key)),
            as_code(audit.dotted(group.canonical.key)),
            f"{fork.alike.score:.2f}",
            importer_count(fork.standing),
            "deprecated already" if fork.standing.deprecated else name_count(fork),
        )
        for group in groups
        for fork in group.forks
    )
    return Table(("Copy", "Canonical", "Score", "Imported by", "Names"), rows)


def importer_count(*standings: Standing) -> str:
    """Return in a few words how many files import some modules."""
    live = len({importer.path for standing in standings for importer in standing.live})
    tests = len({importer.path for standing in standings for importer in standing.tests})
    parts = [count_text(live, "file")] if live else []
    parts += [count_text(tests, "test")] if tests else []
    return ", ".join(parts) or "nobody"


def folder_table(folders: Iterable[FolderFork]) -> Table:
    """Return a table of copied folders."""
    rows = ((as_code(copy.name), as_code(copy.canonical), copy.summary) for copy in folders)
    return Table(("Folder", "Copy of", "How much"), tuple(rows))


def differing_table(audit: Audit, copy: FolderFork) -> Table:
    """Return a table of the modules of a copied folder that differ from their counterparts."""
    rows = (
        (as_code(fork.standing.path), as_code(audit.dotted(fork.canonical)), fork.alike.words())
        for fork in copy.differing
    )
    return Table(("Differs", "From", "In common"), tuple(rows))


def shim_table(audit: Audit) -> Table:
    """Return a table of the modules that only forward to another."""
    rows = (
        (
            as_code(f"{shim.path}:{shim.line}"),
            as_code(audit.dotted(shim.target)),
            comma_list([as_code(f"{item.path}:{item.line}") for item in shim.importers], 3)
            or "nobody",
        )
        for shim in audit.shims
    )
    return Table(("Where", "Forwards to", "Imported by"), tuple(rows))


def unparsable_table(findings: Iterable[Finding]) -> Table:
    """Return a table of files that cannot be parsed."""
    rows = ((as_code(f"{item.path}:{item.line}"), item.message) for item in findings)
    return Table(("Where", "Why"), tuple(rows))


def broken_table(audit: Audit, broken: Iterable[Broken]) -> Table:
    """Return a table of imports that cannot work, and where each name is defined."""
    rows = tuple(
        (
            as_code(f"{problem.path}:{problem.line}"),
            problem.code,
            as_code(_imported_text(problem)),
            comma_list([as_code(audit.dotted(key)) for key in problem.definers], 3) or "nowhere",
        )
        for problem in broken
    )
    return Table(("Where", "Code", "Imported", "Really in"), rows)


def _imported_text(problem: Broken) -> str:
    names = comma_list(problem.names, 3)
    return f"{problem.spelled}: {names}" if names else problem.spelled


def spelling_table(audit: Audit) -> Table:
    """Return a table of the files that are imported as two modules."""
    rows = []
    for module in audit.spellings:
        for name, places in module.spellings:
            lines = dict.fromkeys(as_code(f"{path}:{line}") for path, line, _ in places)
            where = comma_list(list(lines), 2)
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
    for cycle in audit.cycles:
        way = " → ".join(
            f"{as_code(audit.dotted(key))} (line {line})" for key, line in cycle.way[:8]
        )
        more = " → …" if len(cycle.way) > 8 else ""
        lines.append(
            f"{len(cycle.members)} modules: {way}{more} → {as_code(audit.dotted(cycle.way[0][0]))}"
        )
    return lines
