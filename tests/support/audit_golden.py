"""Write the golden files of the audit anew. Then read the diff."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from reported import CASES, write_case

from unfork.audit.drafting.draft import draft_of
from unfork.audit.report.markdown_report import written_blocks
from unfork.audit.report.text_report import markdown_text
from unfork.audit.run import audit_tree
from unfork.files.tree import WorkTree

DATA = Path(__file__).parents[2] / "testdata"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve() / "engines"
        no_data = shutil.ignore_patterns("__pycache__", ".git")
        shutil.copytree(DATA / "repos" / "engines" / "before", root, ignore=no_data)
        audit = audit_tree(WorkTree(root), jobs=1)
        report = "".join(markdown_text(written_blocks(audit)))
        draft = draft_of(audit).text
    golden = DATA / "audit"
    golden.mkdir(exist_ok=True)
    (golden / "engines.md").write_text(report, encoding="utf-8", newline="\n")
    (golden / "engines.toml").write_text(draft, encoding="utf-8", newline="\n")
    for path in sorted(CASES.glob("*.txt")):
        with tempfile.TemporaryDirectory() as folder:
            write_case(path, Path(folder).resolve() / "project")


if __name__ == "__main__":
    main()
