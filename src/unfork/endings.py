"""End a run: the exit code for whatever it raises, and one line that says why. See CONTRACT, *Exit codes*."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from errno import ENOENT

from unfork import console
from unfork.errors import UnforkError
from unfork.signals import Stopped

DEBUG = "UNFORK_DEBUG"
"""If this environment variable is 1, unexpected errors show their tracebacks."""

_NOWHERE = "the current folder is not there any more; change into one that is"


def exit_code(run: Callable[[], int], passing: tuple[type[Exception], ...] = ()) -> int:
    """Return what ``run`` returns, or print what it raises to the standard error stream and return the code for it.

    Exceptions in ``passing`` are raised. A signal that ended the run ends this process, as usual.
    """
    try:
        code = run()
        sys.stdout.flush()
    except passing:
        raise
    except UnforkError as error:
        return _report_failure(error, str(error))
    except BrokenPipeError:
        console.drop_stdout()
        return 141  # a shell's code for a program ended by a closed pipe
    except OSError as error:
        console.drop_stdout()
        return _report_failure(error, _of_the_system(error))
    except KeyboardInterrupt:
        return _exit_code_of_signal(signal.SIGINT)
    except Stopped as stopped:
        return _exit_code_of_signal(stopped.number)
    except MemoryError as error:
        console.drop_stdout()
        return _report_failure(error, "out of memory; fewer processes (-j) need less")
    except Exception as error:  # noqa: BLE001 (nobody should see a bare traceback)
        if _is_interrupted(error):
            return _exit_code_of_signal(signal.SIGINT)
        console.drop_stdout()
        what = f"{type(error).__name__}: {error}".splitlines()[0]
        return _report_failure(error, f"this is a bug in unfork: {what}; {DEBUG}=1 shows where")
    return code


def _is_interrupted(error: BaseException | None) -> bool:
    """Return whether Ctrl-C caused an error: before 3.12, ``__set_name__`` raises a RuntimeError from it."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__
    return error is not None


def _exit_code_of_signal(number: int) -> int:
    """Return the code for a run ended by a signal; for signals other than Ctrl-C, the parent sees the signal itself."""
    with suppress(ValueError):  # not in the main thread
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    if number == signal.SIGINT:
        console.say("interrupted")
        return 130
    console.say(f"ended by {signal.Signals(number).name}")
    _die_of(number)
    return 128 + number


def _report_failure(error: BaseException, message: str) -> int:
    if os.environ.get(DEBUG) == "1":
        import traceback  # late: most runs have none

        traceback.print_exception(error)
    console.say(message, "error")
    return 2


def _of_the_system(error: OSError) -> str:
    """Return the message for a system error that has no better message."""
    why, where = error.strerror or str(error) or type(error).__name__, error.filename
    if not isinstance(where, str | bytes | os.PathLike) or not where:
        return f"{why}; {DEBUG}=1 shows where" if _is_somewhere() else _NOWHERE
    again = "; if it was there a moment ago, run unfork again" if error.errno == ENOENT else ""
    return f"{os.fsdecode(where)}: {why}{again}"


def _is_somewhere() -> bool:
    """Return whether the current folder exists."""
    try:
        return bool(os.getcwd())  # noqa: PTH109
    except OSError:
        return False


def _die_of(number: int) -> None:
    """End this process by a signal, so its parent sees the signal."""
    with suppress(OSError, ValueError):
        sys.stderr.flush()
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
