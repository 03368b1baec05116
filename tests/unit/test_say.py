"""Messages on a terminal: prose is broken between words, what a program printed keeps its lines."""

from __future__ import annotations

import io
import sys

import pytest

from unfork import console


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_what_a_program_printed_keeps_its_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = _Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("COLUMNS", "40")
    long = "word " * 20
    console.say(long, "test", wraps=False)
    console.say(long, "testing")
    first, *others = terminal.getvalue().splitlines()
    assert first == f"unfork: test: {long}"
    assert len(others) > 2
    assert max(map(len, others)) <= 40
