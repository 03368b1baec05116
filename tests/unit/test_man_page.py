"""The man page is that of the commands as they are, and one that man reads without a warning."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest
from man_page import MAN_PAGE, man_page
from options_page import PAGE, options_page

from unfork.cli import cli


def test_the_page_is_up_to_date() -> None:
    assert MAN_PAGE.read_text(encoding="utf-8") == man_page(), "`make man` writes it anew"


def test_the_page_of_options_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == options_page(), "`make man` writes it anew"


def test_every_option_is_on_the_page_of_options() -> None:
    options = {
        name
        for command in cli.commands.values()
        for parameter in command.params
        for name in parameter.opts
        if name.startswith("--")
    }
    assert len(options) > 25
    assert [name for name in sorted(options) if name not in options_page()] == []


def test_every_command_has_a_section() -> None:
    page = man_page()
    assert [name for name in cli.commands if f".SS unfork {name} " not in page] == []


@pytest.mark.skipif(shutil.which("man") is None, reason="needs man")
def test_man_has_nothing_to_warn_of() -> None:
    done = subprocess.run(
        ["man", "--warnings", "-l", str(MAN_PAGE)],
        env={**os.environ, "LC_ALL": "C.UTF-8", "MANPAGER": "cat"},
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "unfork apply" in done.stdout
