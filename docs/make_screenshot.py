"""Draw the diff that the README shows, as an SVG.

    python docs/make_screenshot.py MIGRATION_FILE ROOT OUT.svg [PATH]...

The diff is painted as `unfork diff` paints it on a terminal, and exported by rich. With paths, only
these files are looked at. The picture holds the diff and the sums, not what is left.
"""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from io import StringIO
from pathlib import Path

from rich.console import CONSOLE_SVG_FORMAT, Console
from rich.terminal_theme import DIMMED_MONOKAI
from rich.text import Text

import unfork
from unfork.reports import Diff
from unfork.reports.rich import report_pieces

WIDTH = 116


def svg(report: Diff, title: str) -> str:
    """Return the picture of a terminal that shows ``report``: the same for the same report."""
    terminal = Console(
        file=StringIO(), width=WIDTH, force_terminal=True, color_system="standard", no_color=False
    )
    painted = "".join(report_pieces(report, terminal)).rstrip("\n")
    recorder = Console(file=StringIO(), width=WIDTH, record=True, highlight=False)
    recorder.print(Text.from_ansi(painted))
    # no font from another server: who looks at a page is nobody's business
    form = re.sub(r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    return recorder.export_svg(
        title=title, theme=DIMMED_MONOKAI, code_format=form, unique_id="unfork"
    )


def main(migration: str, root: str, out: str, *paths: str) -> None:
    """Compute the diff and write the picture of it."""
    plan = unfork.plan(Path(root), [unfork.load_migration(Path(migration))], paths or None)
    plan = replace(plan, left=(), notes=())
    title = " ".join(["unfork diff -m", Path(migration).stem.replace("_", "-"), *paths])
    Path(out).write_text(svg(Diff(plan), title), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
