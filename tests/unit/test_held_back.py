"""Signals that are held back until a block lets them through."""

from __future__ import annotations

import signal
import time
import weakref
from collections.abc import Iterator
from threading import Thread

import pytest

from unfork.signals import Stopped, held_back, in_order

PATIENCE = 60  # seconds

STOPS = [
    pytest.param(signal.SIGINT, KeyboardInterrupt, id="SIGINT"),
    pytest.param(signal.SIGTERM, Stopped, id="SIGTERM"),
]


@pytest.fixture(autouse=True)
def _handlers() -> Iterator[None]:
    """Let Ctrl-C raise, though a shell may run the tests in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    with in_order():
        yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize(("number", "raised"), STOPS)
def test_it_comes_where_it_is_let_through(
    number: signal.Signals, raised: type[BaseException]
) -> None:
    steps = []
    with pytest.raises(raised), held_back() as let_through:
        let_through()
        signal.raise_signal(number)
        steps.append("held back")
        let_through()
        steps.append("not reached")
    assert steps == ["held back"]


@pytest.mark.parametrize(("number", "raised"), STOPS)
def test_cleaning_up_is_not_disturbed(number: signal.Signals, raised: type[BaseException]) -> None:
    steps = []
    with pytest.raises(raised), held_back() as let_through:
        try:
            signal.raise_signal(number)
            let_through()
        finally:
            signal.raise_signal(signal.SIGINT)
            steps.append("cleaned up")
    assert steps == ["cleaned up"]


@pytest.mark.parametrize(("number", "raised"), STOPS)
def test_one_that_is_not_let_through_comes_at_the_end(
    number: signal.Signals, raised: type[BaseException]
) -> None:
    steps = []
    with pytest.raises(raised):
        with held_back():
            signal.raise_signal(number)
            steps.append("inside")
        steps.append("after")
    assert steps == ["inside"]


def test_an_error_goes_before_a_signal() -> None:
    with pytest.raises(ZeroDivisionError), held_back():
        signal.raise_signal(signal.SIGINT)
        raise ZeroDivisionError


def test_the_handlers_are_back_afterwards() -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with held_back():
        assert signal.getsignal(signal.SIGTERM) != before[1]
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_an_ignored_signal_stays_ignored() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with held_back() as let_through:
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
        signal.raise_signal(signal.SIGINT)
        let_through()


def test_other_threads_hold_nothing_back() -> None:
    seen = []

    def run() -> None:
        with held_back() as let_through:
            let_through()
            seen.append(signal.getsignal(signal.SIGTERM))

    before = signal.getsignal(signal.SIGTERM)
    thread = Thread(target=run)
    thread.start()
    thread.join()
    assert seen == [before]


class Referent:
    """Something that a weak reference refers to."""


@pytest.mark.parametrize(("number", "raised"), STOPS)
def test_one_whose_exception_is_lost_is_raised_again(
    number: signal.Signals, raised: type[BaseException]
) -> None:
    """Python reports what the callback of a weak reference raises, and goes on; modules that are loaded have such."""
    referent = Referent()
    called = []

    def callback(_: weakref.ref[Referent]) -> None:
        called.append(number)
        signal.raise_signal(number)

    with pytest.raises(raised), in_order():
        reference = weakref.ref(referent, callback)
        del referent
        assert called and reference() is None
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            time.sleep(0.001)
