"""The audit command: the user's options, the audit itself, its report and the draft."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TextIO

from unfork import console
from unfork.errors import UnforkError
from unfork.escape import escaped_text, shell_word, without_ci_commands
from unfork.files.tree import WorkTree
from unfork.loading.config import find_project, relative_paths
from unfork.reports import is_for_terminal
from unfork.reports.sums import count_text
from unfork.shown import ALL_COUNT, Counted, Shown

if TYPE_CHECKING:
    from unfork.audit.report.explain import Explanation
    from unfork.audit.result import Audit


@dataclass(frozen=True, slots=True)
class Wanted:
    """The options that a user passed to the command."""

    root: Path | None
    paths: tuple[str, ...]
    jobs: int | None
    shown: Shown
    draft: Path | None
    counted: Counted = ALL_COUNT


def run_audit(wanted: Wanted) -> Audit:
    """Return the audit for the given options.

    Raises UnforkError if a path does not exist, the draft file already exists, or git fails.
    """
    if wanted.draft is not None and wanted.draft.exists():
        raise _there_already(wanted.draft)
    cwd = Path.cwd()
    root, config = find_project(wanted.root, cwd)
    paths = relative_paths(root, cwd, wanted.paths) if wanted.paths else None
    tree = WorkTree(root).begin()
    from unfork.audit.run import audit_tree  # imported late: git lists the files in the meantime

    with console.progress_display("reading") as paint:
        result = audit_tree(tree, paths, config.exclude, wanted.jobs, paint)
    counted = (finding for finding in result.findings if wanted.counted.counts(finding.code))
    return replace(result, findings=tuple(counted), exit_zero=wanted.counted.exit_zero)


def write_draft(audit: Audit, file: Path) -> str:
    """Write the drafted migration to a new file, after validating it as `unfork diff` would.

    Returns a line that says what is in it, and the next command. Raises UnforkError.
    """
    from unfork.audit.drafting.draft import draft_of

    draft = draft_of(audit, file.stem.replace("_", "-"), shell_word(file.as_posix()))
    _validate_draft(audit, draft.text, file)
    try:
        with file.open("x", encoding="utf-8", newline="\n") as out:
            out.write(draft.text)
    except FileExistsError:
        raise _there_already(file) from None
    told = f"{count_text(draft.steps, 'step')}, {count_text(draft.questions, 'question')}"
    if not (draft.steps or draft.questions):
        return f"{file}: {told}; nothing can be drafted"
    asked = "answer in the file, then" if draft.questions else "next:"
    return f"{file}: {told}; {asked} `unfork diff -m {shell_word(str(file))}`"


def _there_already(file: Path) -> UnforkError:
    return UnforkError(f"{file} exists, and may have your answers in it; give another file")


def _validate_draft(audit: Audit, text: str, file: Path) -> None:
    from unfork.loading.migration_file import migration_of
    from unfork.loading.tables import parse_table
    from unfork.planning.validate import validate_migration

    migration = migration_of(parse_table(text.encode(), str(file)))
    validate_migration(migration, audit.model.index, audit.root)


def render_report(audit: Audit, wanted: Wanted, out: TextIO) -> Iterator[str]:
    """Yield the report in a format; it covers single modules if all paths given are modules.

    Where ``rich`` finds no terminal, it is ``plain``: programs that read the output get a line for each finding first.
    """
    shown = wanted.shown
    is_plain = shown.form == "rich" and not is_for_terminal(out, shown.color)
    form = "plain" if is_plain else shown.form
    if shown.is_for_people and (shown.quiet or shown.statistics):
        yield from _as_findings(audit, wanted, form, out)
        return
    about = explanations_of(audit)
    match form:
        case "json":
            from unfork.audit.report.json_report import json_text

            yield json_text(audit, about)
        case "html":
            from unfork.audit.report.html import html_text

            yield html_text(audit)
        case "github" | "sarif":
            yield from _as_findings(audit, wanted, form, out)
        case _:
            yield from without_ci_commands(_as_blocks(audit, about, form, wanted, out))


def explanations_of(audit: Audit) -> tuple[Explanation, ...]:
    """Return an explanation of each module, if all paths given are modules; otherwise an empty tuple."""
    from unfork.audit.report.explain import explain

    paths = audit.scope.paths
    if paths and all(path in audit.model.files for path in paths):
        return tuple(explain(audit, path) for path in paths)
    return ()


def _as_findings(audit: Audit, wanted: Wanted, form: str, out: TextIO) -> Iterator[str]:
    from unfork.reports import Found, formatter

    findings = audit.findings
    said = Found(audit.root, findings, "audit", shown=wanted.shown, counted=wanted.counted)
    yield from formatter(form, said, out)(said, out)


def _as_blocks(
    audit: Audit, about: tuple[Explanation, ...], form: str, wanted: Wanted, out: TextIO
) -> Iterator[str]:
    from unfork.audit.report.markdown_report import written_blocks
    from unfork.audit.report.module_report import module_blocks
    from unfork.audit.report.sections import terminal_blocks
    from unfork.audit.report.text_report import markdown_text, plain_text

    is_drafted = wanted.draft is not None
    told = (
        written_blocks(audit)
        if form == "markdown"
        else terminal_blocks(audit, is_drafted=is_drafted)
    )
    blocks = [
        block for explanation in about for block in module_blocks(audit, explanation)
    ] or list(told)
    if form == "markdown":
        yield from markdown_text(blocks)
    elif form == "rich":
        from rich.console import Console

        from unfork.audit.report.rich_report import rich_text

        color = wanted.shown.color
        always = True if color == "always" else None
        system: Literal["auto"] | None = None if color == "never" else "auto"
        console = Console(file=out, highlight=False, force_terminal=always, color_system=system)
        yield from rich_text(blocks, console)
    else:
        if form == "plain" and not about:
            yield from (f"{escaped_text(str(finding))}\n" for finding in audit.findings)
            yield "\n" if audit.findings else ""
        yield from plain_text(blocks)
