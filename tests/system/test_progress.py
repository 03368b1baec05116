"""The progress line: late, seldom, and gone without a trace."""

from __future__ import annotations

import io
import subprocess
import sys

import pytest

from unfork.progress import Progress


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


class Clock:
    """A clock that is set by hand."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")


def seen(written: str) -> str:
    """Return what stands on the line of a terminal in the end."""
    line: list[str] = []
    at = 0
    for char in written:
        if char == "\r":
            at = 0
            continue
        line[at : at + 1] = [char]
        at += 1
    return "".join(line).rstrip()


def test_nothing_is_shown_in_the_first_second() -> None:
    stream, clock = Terminal(), Clock()
    with Progress(10, "reading", stream, clock) as progress:
        progress.advance()
        clock.now += 0.99
        progress.advance(9)
    assert stream.getvalue() == ""


def test_the_line_grows_and_goes() -> None:
    stream, clock = Terminal(), Clock()
    with Progress(2000, "reading", stream, clock) as progress:
        clock.now += 1
        progress.advance(1234)
        assert seen(stream.getvalue()) == "reading: 1234 of 2000 files"
        clock.now += 0.05
        progress.advance()
        assert seen(stream.getvalue()) == "reading: 1234 of 2000 files"
        clock.now += 0.06
        progress.advance()
        assert seen(stream.getvalue()) == "reading: 1236 of 2000 files"
    assert seen(stream.getvalue()) == ""
    assert stream.getvalue().endswith("\r")
    assert "\x1b" not in stream.getvalue()


def test_an_error_clears_the_line_too() -> None:
    stream, clock = Terminal(), Clock()
    with pytest.raises(KeyboardInterrupt), Progress(5, "reading", stream, clock) as progress:
        clock.now += 2
        progress.advance()
        raise KeyboardInterrupt
    assert seen(stream.getvalue()) == ""


def test_a_narrow_terminal_is_not_overrun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "12")
    stream, clock = Terminal(), Clock()
    with Progress(2000, "reading", stream, clock) as progress:
        clock.now += 1
        progress.advance()
        assert seen(stream.getvalue()) == "reading: 1"


@pytest.mark.parametrize("term", ["dumb", None])
def test_what_is_no_terminal_stays_silent(
    term: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream: io.StringIO = io.StringIO()
    if term:
        stream = Terminal()
        monkeypatch.setenv("TERM", term)
    clock = Clock()
    with Progress(5, "reading", stream, clock) as progress:
        clock.now += 2
        progress.advance()
    assert stream.getvalue() == ""


def test_there_may_be_no_error_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    with Progress(5, "reading") as progress:
        progress.advance()


def test_it_needs_neither_rich_nor_threads() -> None:
    code = "import sys, unfork.progress; sys.exit(bool({'rich', 'threading'} & set(sys.modules)))"
    subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path = {sys.path!r}; {code}"], check=True
    )
