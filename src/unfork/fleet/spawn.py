"""Run the process of one repository and wait for its result. This is what dask's workers call."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from threading import Lock, Thread

from unfork.fleet.values import Result, Task

_LOG = 4_000
"""How many of the last characters of a process's messages are kept."""


class Children:
    """The running processes of this one; `end` ends them all, and lets no other start."""

    def __init__(self) -> None:
        self._lock, self._ended = Lock(), False
        self._running: set[subprocess.Popen[str]] = set()

    def start(self) -> subprocess.Popen[str]:
        """Start a process. Raises RuntimeError once all have been ended."""
        with self._lock:
            if self._ended:
                raise RuntimeError("the fleet is being ended")
            child = subprocess.Popen(
                [sys.executable, "-m", "unfork.fleet.child"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                encoding="utf-8",
                errors="replace",
                start_new_session=True,  # Ctrl-C is for the parent, and nobody asks for passwords
            )
            self._running.add(child)
        return child

    def forget(self, child: subprocess.Popen[str]) -> None:
        """Forget a process that is over."""
        with self._lock:
            self._running.discard(child)

    def end(self) -> None:
        """Ask all processes to end; they clean up first."""
        with self._lock:
            self._ended = True
            for child in self._running:
                child.terminate()


CHILDREN = Children()


def run_task(task: Task) -> Result:
    """Return the result of a task, whatever becomes of its process."""
    child = CHILDREN.start()
    try:
        output, errors = _exchange(child, json.dumps(task._asdict()))
    finally:
        CHILDREN.forget(child)
    log = errors[-_LOG:]
    if child.returncode:
        return Result(task.name, task.folder, "failed", _reason(child.returncode, errors), log=log)
    result = Result.of(json.loads(output))
    return result._replace(log=log) if result.status in ("tests", "failed") else result


def _exchange(child: subprocess.Popen[str], text: str) -> tuple[str, str]:
    """Send a line, and return the two outputs. stdin stays open meanwhile: its end would end the process."""
    if child.stdin is None or child.stdout is None or child.stderr is None:
        raise TypeError("the process was started without pipes")
    stderr = child.stderr
    errors: list[str] = []
    reader = Thread(target=lambda: errors.append(stderr.read()), daemon=True)
    reader.start()
    with child:
        try:
            child.stdin.write(text + "\n")
            child.stdin.flush()
        except BrokenPipeError:  # it died: its exit code says of what
            pass
        output = child.stdout.read()
        reader.join()
    return output, errors[0]


def _reason(code: int, errors: str) -> str:
    said = [line for line in errors.splitlines() if line.startswith("unfork: ")]
    if said:
        return said[-1].removeprefix("unfork: ").removeprefix("error: ")
    if code < 0:
        return f"its process was ended by {signal.Signals(-code).name}"
    return f"its process ended with {code}"
