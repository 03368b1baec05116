"""The drafted migration: what is proved as steps, what a person has to decide as questions in comments.

`unfork diff` accepts the draft as it is: a name is redirected if it is certainly the same, and every other name is in
a comment with the best guess, ready to be uncommented.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from unfork.audit.drafting.duplicates import duplicate_lines
from unfork.audit.drafting.plans import Action, ForkPlan, plan_forks
from unfork.audit.drafting.repairs import align_lines, repair_lines
from unfork.audit.drafting.shims import removed_shims, shim_lines
from unfork.audit.result import Audit
from unfork.reading.layout import roots_of
from unfork.reports.sums import count_text
from unfork.toml import toml_string


@dataclass(frozen=True, slots=True)
class Draft:
    """The text of a migration, with the number of steps and of questions in it."""

    text: str
    steps: int
    questions: int


def draft_of(audit: Audit, name: str = "drafted-by-audit") -> Draft:
    """Return a migration for the findings of an audit; without steps if there is nothing to do."""
    plans = plan_forks(audit)
    removed = {plan.fork.key for plan in plans if plan.action is Action.REMOVE}
    removed.update(removed_shims(audit))
    body = [*duplicate_lines(audit, plans), *shim_lines(audit)]
    body += [*repair_lines(audit, removed), *align_lines(audit)]
    questions = sum(line.startswith("# ? ") for line in body)
    lines = [*_head_lines(audit, plans, name, questions), *body]
    text = "\n".join(lines).rstrip("\n") + "\n"
    return Draft(text, sum(line.startswith("[[") for line in lines), questions)


def _head_lines(audit: Audit, plans: list[ForkPlan], name: str, questions: int) -> Iterator[str]:
    if questions:
        asked = f"{count_text(questions, 'question')} (the lines with `# ?`)"
        yield f"# Drafted by `unfork audit`, with {asked}. It runs as it is; what waits"
        yield "# for an answer does nothing until you take away the `# ` before its lines."
    else:
        yield "# Drafted by `unfork audit`, with no questions. It runs as it is."
    yield "#   unfork diff -m THIS_FILE      to see every change; nothing is written"
    yield "#   unfork apply -m THIS_FILE     to write them"
    yield "[migration]"
    yield f"name    = {toml_string(name)}"
    yield f"summary = {toml_string(_summary_text(audit, plans))}"
    roots = audit.scope.roots
    if roots != roots_of(None, audit.model.layout.paths):
        yield f"roots   = [{', '.join(toml_string(root or '.') for root in roots)}]"
    yield ""


def _summary_text(audit: Audit, plans: list[ForkPlan]) -> str:
    broken = len({problem.path for problem in audit.broken if not problem.expected})
    parts = (
        plans and f"{count_text(len(plans), 'duplicate')} of canonical modules",
        broken and f"{count_text(broken, 'file')} with broken imports",
    )
    return ", ".join(part for part in parts if part) or "what unfork audit found"
