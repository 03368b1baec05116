"""Work that a copy of the process does beside other work."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time

import pytest

from unfork.processes import beside

copied = pytest.mark.skipif(sys.platform != "linux", reason="copies of a process are for Linux")


@copied
def test_the_work_is_done_in_another_process() -> None:
    with beside(os.getpid) as result:
        assert result() != os.getpid()


@copied
def test_it_goes_on_while_the_block_does() -> None:
    ours, theirs = os.pipe(), os.pipe()

    def answer() -> bytes:
        os.write(theirs[1], b"ready")
        return os.read(ours[0], 2)

    with beside(answer) as result:
        assert os.read(theirs[0], 5) == b"ready"
        os.write(ours[1], b"go")
        assert result() == b"go"


def test_what_it_raises_is_raised_where_the_result_is_asked_for() -> None:
    def fail() -> None:
        raise LookupError("nothing there")

    with beside(fail) as result, pytest.raises(LookupError, match="nothing there"):
        result()


@copied
def test_work_whose_copy_is_killed_is_done_again() -> None:
    parent = os.getpid()

    def fragile() -> int:
        if os.getpid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)
        return os.getpid()

    with beside(fragile) as result:
        assert result() == parent


@copied
def test_a_process_with_threads_is_not_copied() -> None:
    over = threading.Event()
    thread = threading.Thread(target=over.wait)
    thread.start()
    try:
        with beside(os.getpid) as result:
            assert result() == os.getpid()
    finally:
        over.set()
        thread.join()


@copied
def test_without_a_question_the_copy_ends_with_the_block() -> None:
    read, write = os.pipe()

    def long() -> None:
        os.write(write, str(os.getpid()).encode())
        time.sleep(600)

    with beside(long):
        pid = int(os.read(read, 20))
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
