"""The cases below testdata/audit/reported: small projects, each with the audit's report, its draft, and what that does.

The first line of a case says what it shows. `=== PATH` begins a file; the last three parts are `=== report` (the plain
report), `=== draft` (all below its `[migration]` table) and `=== plan` (the patch of the draft as it is, and what is
left).
"""

from __future__ import annotations

from pathlib import Path

from audited import audit_files, plan_of_draft

from unfork.audit.report.sections import terminal_blocks
from unfork.audit.report.text_report import plain_text

CASES = Path(__file__).parents[2] / "testdata" / "audit" / "reported"
OUTPUTS = ("report", "draft", "plan")


def read_case(path: Path) -> tuple[str, dict[str, str]]:
    """Return the first line of a case and its parts, by path or by name of the output."""
    first, *parts = path.read_text(encoding="utf-8").split("\n=== ")
    texts = dict(part.split("\n", 1) if "\n" in part else (part, "") for part in parts)
    return first, {name: text.rstrip("\n") for name, text in texts.items()}


def outputs_of(parts: dict[str, str], root: Path) -> dict[str, str]:
    """Return what comes out for the files of a case, written below ``root``."""
    files = {name: f"{text}\n" for name, text in parts.items() if name not in OUTPUTS}
    audit = audit_files(root, files)
    draft, plan = plan_of_draft(audit, root)
    findings = "".join(f"{finding}\n" for finding in audit.findings)
    gap = "\n" if findings else ""
    blocks = "".join(plain_text(terminal_blocks(audit)))
    left = "".join(f"{finding}\n" for finding in plan.left)
    return {
        "report": f"{findings}{gap}{blocks}".rstrip("\n"),
        "draft": draft.text.partition("[migration]\n")[2].partition("\n\n")[2].rstrip("\n"),
        "plan": f"{plan.patch()}{left}".rstrip("\n"),
    }


def write_case(path: Path, root: Path) -> None:
    """Write the outputs of a case anew."""
    first, parts = read_case(path)
    files = {name: text for name, text in parts.items() if name not in OUTPUTS}
    every = files | outputs_of(parts, root)
    text = first + "".join(f"\n=== {name}\n{text}".rstrip("\n") for name, text in every.items())
    path.write_text(f"{text}\n", encoding="utf-8", newline="\n")
