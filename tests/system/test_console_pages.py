"""Each command line of the pages in PAGES prints what it says; those of other pages are ones that unfork takes."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

import click
import pytest
from click_commands import top_context
from console_pages import DOCS, PAGES, carried_out

from unfork.cli import cli

ROOT = DOCS.parent
COMMAND = re.compile(r"^(?:\$ )?(unfork [^#\n]*)", re.MULTILINE)
INLINE = re.compile(r"`(unfork (?:diff|apply|check|audit|init|explain|undo|list)[^`]*)`")
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TYPED = re.compile(r"^\$ (unfork [^#\n]*)", re.MULTILINE)


@pytest.mark.skipif(sys.platform == "win32", reason="the page is for a Unix shell")
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_prints_what_it_says(page: Path, tmp_path: Path) -> None:
    text = page.read_text(encoding="utf-8")
    if "pip install" in text:
        pytest.importorskip("hatchling", reason="it builds the wheel that pip installs")
    again = "python tests/support/console_pages.py writes it anew"
    assert carried_out(text, tmp_path.resolve() / "project") == text, again


def command_lines() -> list[tuple[str, str]]:
    lines = []
    for page in sorted([ROOT / "README.md", *DOCS.glob("*.md")]):
        text = page.read_text(encoding="utf-8")
        commands = {
            line
            for language, block in BLOCK.findall(text)
            for line in (TYPED if language == "console" else COMMAND).findall(block)
        }
        lines += [
            (page.name, line.strip()) for line in sorted(commands | set(INLINE.findall(text)))
        ]
    return lines


@pytest.mark.parametrize(("page", "line"), command_lines())
def test_a_command_line_is_one_that_unfork_takes(page: str, line: str) -> None:
    """Parse the command line as unfork would, without running it."""
    line = re.split(r"\s+(?:&&|\||>)\s+|  ", line)[0]
    name, *args = shlex.split(line.replace("...", ""))[1:] or ["--help"]
    if name.startswith("-"):
        return
    context = top_context()
    command = cli.get_command(context, name)
    assert command is not None, line
    try:
        command.make_context(name, [*args], parent=context)
    except click.exceptions.Exit:
        pass  # --help
    except click.BadOptionUsage as error:
        assert error.option_name == args[-1]  # prose names the option without its value
