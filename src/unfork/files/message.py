"""The commit message for a step, which a reviewer reads above the diff."""

from __future__ import annotations

from unfork.values import Finding, Step

_MOST = 20


def commit_message(step: Step, files: int, deleted: int = 0) -> str:
    """Return the commit message of a step that changes ``files``, ``deleted`` of them.

    It has a subject line, the migration and the step, what was rewritten, and the first items that are left.
    """
    subject = f"{step.summary} ({step.migration})" if step.summary else step.migration
    counts = [_counted_noun(files, "file")]
    counts += [_counted_noun(step.statements, "statement")] if step.statements else []
    counts += [_counted_noun(step.names, "name")] if step.names else []
    lines = [
        _printable_line(f"unfork {step.name}: {subject}"),
        "",
        _printable_line(f"Migration: {step.migration}"),
        _printable_line(f"Step: {step.name}"),
        f"Rewritten: {', '.join(counts)}",
    ]
    if deleted:
        lines.append(f"Deleted: {_counted_noun(deleted, 'file')}")
    return "\n".join([*lines, *_lines_of_findings(step.left), ""])


def _lines_of_findings(left: tuple[Finding, ...]) -> list[str]:
    if not left:
        return []
    lines = [
        "",
        "Left for a person:",
        *(f"  {_printable_line(str(finding))}" for finding in left[:_MOST]),
    ]
    if len(left) > _MOST:
        lines.append(f"  and {len(left) - _MOST} more")
    return lines


def _counted_noun(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _printable_line(text: str) -> str:
    """Return ``text`` as one line of UTF-8, with control characters and invalid bytes of file names escaped."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )
