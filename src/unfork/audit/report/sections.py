"""The sections of a report, those that hurt most first: the same ones in every format that people read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec

from unfork.audit.blocks import Block, Bullets, Fold, Heading, Table, Text, as_code, bullet_list
from unfork.audit.duplicates.forks import Group
from unfork.audit.report.priorities import Ranking, ranking_of, split_broken, unparsable_findings
from unfork.audit.report.tables import (
    broken_table,
    cycle_lines,
    dead_table,
    differing_table,
    doubt_table,
    folder_table,
    fork_table,
    group_tree,
    scope_line,
    shim_table,
    spelling_table,
    summary_line,
    unparsable_table,
)
from unfork.audit.result import Audit
from unfork.reading.path_rules import is_live
from unfork.reports.sums import count_text

ROWS = 20
"""The most rows of a table; the rest is folded."""
_FEW = 3
"""Up to so many groups are shown as trees, with all that is known of them."""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a report: the groups of duplicates that it is about, as ``group_blocks`` too, and its other blocks.

    A page that draws the groups leaves out the ``group_blocks``.
    """

    ident: str
    title: str
    other_blocks: tuple[Block, ...]
    groups: tuple[Group, ...] = ()
    group_blocks: tuple[Block, ...] = ()
    intro: tuple[Text, ...] = ()

    @property
    def blocks(self) -> tuple[Block, ...]:
        """All blocks, in order."""
        return (*self.intro, *self.group_blocks, *self.other_blocks)


def report_sections(ranking: Ranking) -> list[Section]:
    """Return the sections of the report that have something to say."""
    made = (make(ranking) for make in SECTIONS)
    return [section for section in made if section is not None]


def _unparsable_section(ranking: Ranking) -> Section | None:
    unparsable = unparsable_findings(ranking.audit)
    if not unparsable:
        return None
    title = f"Files that cannot be parsed ({len(unparsable)}, UF007)"
    return Section("unparsable", title, tuple(_folded_rows(unparsable_table(unparsable))))


def _rival_section(ranking: Ranking) -> Section | None:
    audit, groups = ranking.audit, ranking.rival_groups
    if not groups and not audit.spellings:
        return None
    table = tuple(_folded_rows(spelling_table(audit))) if audit.spellings else ()
    intro = (Text(_TWO_OBJECTS),)
    codes = [name for name, some in (("UF101", groups), ("UF004", audit.spellings)) if some]
    number = len(groups) + len(audit.spellings)
    title = f"Two copies in one process ({number}, {' and '.join(codes)})"
    return Section("rivals", title, table, groups, tuple(_group_blocks(audit, groups)), intro)


_TWO_OBJECTS = (
    "An object of one is not an instance of the other: `isinstance` and `is` fail between them."
)


def _broken_section(ranking: Ranking) -> Section | None:
    audit = ranking.audit
    live, aside = split_broken(audit)
    blocks: list[Block] = []
    if live:
        blocks += _folded_rows(broken_table(audit, live))
    if aside:
        blocks.append(
            Fold(
                f"{len(aside)} more in tests, examples and archives", (broken_table(audit, aside),)
            )
        )
    expected = [problem for problem in audit.broken if problem.expected]
    if expected:
        what = f"{len(expected)} more that are expected to fail, in a `try` or outside of scripts: no findings"
        blocks.append(Fold(what, (broken_table(audit, expected),)))
    if not (live or aside):
        return None
    files = count_text(len({problem.path for problem in live}), "file")
    title = f"Broken imports ({len(live)} in {files} of live code, UF002 and UF003)"
    return Section("broken", title, tuple(blocks))


def _folder_section(ranking: Ranking) -> Section | None:
    folders = sorted(ranking.audit.folders, key=lambda copy: not is_live(copy.path))
    if not folders:
        return None
    blocks = list(_folded_rows(folder_table(folders)))
    for copy in folders:
        if copy.differing:
            what = f"What differs in {as_code(copy.name)} ({len(copy.differing)})"
            blocks.append(Fold(what, (differing_table(ranking.audit, copy),)))
    return Section("folders", f"Copied folders ({len(folders)}, UF101)", tuple(blocks))


def _copy_section(ranking: Ranking) -> Section | None:
    groups = ranking.live_groups
    if not groups:
        return None
    others = ranking.rival_groups or ranking.audit.folders
    other = "Other duplicates" if others else "Duplicates"
    title = f"{other} ({count_text(len(groups), 'group')}, UF101)"
    return Section("duplicates", title, (), groups, tuple(_group_blocks(ranking.audit, groups)))


def _shim_section(ranking: Ranking) -> Section | None:
    audit = ranking.audit
    if not audit.shims:
        return None
    title = f"Modules that only forward to another ({len(audit.shims)}, UF103)"
    return Section("shims", title, tuple(_folded_rows(shim_table(audit))))


def _dead_section(ranking: Ranking) -> Section | None:
    audit = ranking.audit
    if not audit.dead and not audit.doubtful:
        return None
    blocks: list[Block] = []
    if audit.dead:
        blocks += _folded_rows(dead_table(audit, sorted(audit.dead, key=lambda dead: -dead.lines)))
    if audit.doubtful:
        modules = count_text(len(audit.doubtful), "module")
        what = f"{modules} that no program here imports, but that something may still load"
        blocks.append(Fold(what, (doubt_table(audit, audit.doubtful),)))
    title = f"Dead modules ({len(audit.dead)}, UF102)"
    if not audit.dead:
        title = f"Modules that may be dead ({len(audit.doubtful)}, no findings)"
    return Section("dead", title, tuple(blocks))


def _cycle_section(ranking: Ranking) -> Section | None:
    lines = cycle_lines(ranking.audit)
    if not lines:
        return None
    fold = Fold(count_text(len(lines), "cycle"), (bullet_list(lines),))
    return Section("cycles", f"Import cycles ({len(lines)}, no findings)", (fold,))


def _aside_section(ranking: Ranking) -> Section | None:
    groups = ranking.aside_groups
    if not groups:
        return None
    number = count_text(len(groups), "group")
    fold = Fold(f"{number} of copies in archives", (fork_table(ranking.audit, groups),))
    return Section("aside", f"Duplicates in archives ({number}, UF101)", (), groups, (fold,))


SECTIONS: tuple[Callable[[Ranking], Section | None], ...] = (
    _unparsable_section,
    _rival_section,
    _broken_section,
    _folder_section,
    _copy_section,
    _shim_section,
    _dead_section,
    _cycle_section,
    _aside_section,
)
"""The parts of a report, in order. A new kind of finding adds a function here, and one to `priorities.PAINS`."""


def _group_blocks(audit: Audit, groups: Sequence[Group]) -> Iterator[Block]:
    if len(groups) <= _FEW:
        yield from (group_tree(audit, group) for group in groups)
    else:
        yield from _folded_rows(fork_table(audit, groups))


def _folded_rows(table: Table) -> Iterator[Block]:
    """Yield a table; rows beyond the most are folded."""
    yield Table(table.columns, table.rows[:ROWS])
    rest = table.rows[ROWS:]
    if rest:
        yield Fold(f"{len(rest)} more", (Table(table.columns, rest),))


# -- the report for a terminal


def top_blocks(ranking: Ranking) -> Iterator[Block]:
    """Yield the top ten; nothing if there are no findings."""
    top = ranking.top()
    if top:
        yield Heading(2, "What hurts most")
        yield Bullets(tuple((line, ()) for line in top), numbered=True)


def terminal_blocks(audit: Audit, *, is_drafted: bool = False) -> Iterator[Block]:
    """Yield the blocks of the report for a terminal; with a draft, its end proposes no other."""
    ranking = ranking_of(audit)
    yield from top_blocks(ranking)
    sections = report_sections(ranking)
    for section in sections:
        yield Heading(2, section.title)
        yield from section.blocks
    yield Text(f"Looked at {scope_line(audit)}. {summary_line(audit)}")
    if sections:
        yield Text(_rest_text(is_drafted))


def _rest_text(is_drafted: bool) -> str:
    """Return the commands that say more; the HTML report needs Jinja, which is an extra."""
    whole = "html -o audit.html" if find_spec("jinja2") else "markdown -o audit.md"
    commands = (
        "" if is_drafted else "a drafted migration: `unfork audit --draft FILE`",
        f"the whole report: `unfork audit --format {whole}`",
        "one module: `unfork audit PATH`",
        "a line for each finding: `--format plain`",
    )
    text = "; ".join(filter(None, commands))
    return f"{text[0].upper()}{text[1:]}."
