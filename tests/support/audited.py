"""Small projects for tests of the audit, written down and audited."""

from __future__ import annotations

from pathlib import Path

from unfork import load_migration, plan
from unfork.audit.drafting.draft import Draft, draft_of
from unfork.audit.result import Audit
from unfork.audit.run import audit_tree
from unfork.files.tree import WorkTree
from unfork.values import Plan


def audit_files(root: Path, files: dict[str, str]) -> Audit:
    """Write the files below ``root``, and return the audit of that folder."""
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return audit_tree(WorkTree(root), jobs=1)


def findings_of(audit: Audit, *codes: str) -> list[str]:
    """Return the findings with one of the codes, as ``CODE path``."""
    return [f"{item.code} {item.path}" for item in audit.findings if item.code in codes]


def members_of(audit: Audit) -> list[set[str]]:
    """Return the modules of each group of duplicates."""
    return [{standing.key for standing in group.members} for group in audit.groups]


def plan_of_draft(audit: Audit, root: Path) -> tuple[Draft, Plan]:
    """Return the draft of an audit, and the plan for the draft as it is, without an answer to its questions."""
    draft = draft_of(audit)
    path = root.parent / f"{root.name}-draft.toml"
    path.write_text(draft.text, encoding="utf-8")
    return draft, plan(root, [load_migration(path)], jobs=1)
