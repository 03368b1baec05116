"""JSON-RPC over the standard streams of a program, with the headers of the Language Server Protocol (3.17).

Messages are read as plain JSON: typed clients refuse those of servers that add to the protocol.
"""

from __future__ import annotations

import contextlib
import json
import queue
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Self

from unfork.errors import UnforkError

PATIENCE = 120
"""How many seconds a program may take for one answer."""
NO_SUCH_METHOD = -32601
_TRY_AGAIN = frozenset({-32801, -32802})
"""The codes of answers that became outdated while the program was at work: ContentModified, ServerCancelled."""
_MOST_TRIES = 5

Message = Mapping[str, Any]
Answer = Callable[[str, Mapping[str, Any]], object]
"""Returns what to answer to a request of the program: its method and parameters."""


class Unanswered(UnforkError):
    """There is no answer to a request. ``is_over``: there will be none to others; ``code`` is the program's, if any."""

    def __init__(self, message: str, is_over: bool, code: int | None = None) -> None:
        self.is_over, self.code = is_over, code
        super().__init__(message)


class Connection:
    """A running program that answers requests. Use it as a context manager. Raises OSError if it cannot be started."""

    def __init__(self, command: Sequence[str], folder: Path, answer: Answer) -> None:
        self._command, self._folder, self._answer = command, folder, answer
        self._inbox: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self._outbox: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._last = 0
        self._has_ended = False
        self.is_over = False
        """Whether the program has ended, or did not answer in time."""
        self.told: Callable[[str, Mapping[str, Any]], None] = lambda method, parameters: None
        """Called with each notification of the program: its method and parameters."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=self._folder,
        )
        # a program that does not read must not keep this one from counting the seconds
        self._threads = [
            threading.Thread(target=work, daemon=True) for work in (self._read, self._write)
        ]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        """End the program, by force if it does not end by itself, and close what leads to it."""
        self._outbox.put(None)
        try:
            self._process.wait(0 if self.is_over else 2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for thread in self._threads:
            thread.join()
        _stream(self._process.stdout).close()

    def request(self, method: str, parameters: object) -> Any:
        """Return the result of a request. Raises Unanswered."""
        for attempt in range(_MOST_TRIES):
            error, result = self._ask(method, parameters)
            if not error:
                return result
            code = error.get("code")
            if code not in _TRY_AGAIN:
                break
            time.sleep(0.1 * (attempt + 1))
        raise Unanswered(f"{method}: {error.get('message', 'it failed')}", False, code)

    def _ask(self, method: str, parameters: object) -> tuple[Mapping[str, Any], Any]:
        """Return the error and the result of a request."""
        self._last += 1
        self._send({"id": self._last, "method": method, "params": parameters})
        deadline = time.monotonic() + (0 if self.is_over else PATIENCE)
        while (message := self._receive(deadline)) is not None:
            if message.get("id") == self._last and "method" not in message:
                return message.get("error") or {}, message.get("result")
            self._hear(message)
        self.is_over = True
        if self._has_ended:
            raise Unanswered(f"the server does not answer {method}: it has ended", True)
        raise Unanswered(f"the server does not answer {method} within {PATIENCE} seconds", True)

    def notify(self, method: str, parameters: Mapping[str, object]) -> None:
        """Tell the program something."""
        self._send({"method": method, "params": parameters})

    def wait(self, is_enough: Callable[[], bool], silence: float) -> bool:
        """Hear the program until it is enough, and then until it is silent for some seconds.

        Return whether it came to that.
        """
        deadline = time.monotonic() + PATIENCE
        while not is_enough():
            message = self._receive(deadline)
            if message is None:
                self.is_over = True
                return False
            self._hear(message)
        while (message := self._receive(time.monotonic() + silence)) is not None:
            self._hear(message)
        return True

    def _receive(self, deadline: float) -> Message | None:
        """Return the next message; None if there is none until the deadline, or the program has ended."""
        try:
            message = self._inbox.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            return None
        self._has_ended = self._has_ended or message is None
        return message

    def _hear(self, message: Message) -> None:
        method, parameters = message.get("method"), message.get("params") or {}
        if method is not None and "id" in message:
            self._send({"id": message["id"], "result": self._answer(method, parameters)})
        elif method is not None:
            self.told(method, parameters)

    def _send(self, message: Mapping[str, object]) -> None:
        data = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._outbox.put(b"Content-Length: %d\r\n\r\n%b" % (len(data), data))

    def _write(self) -> None:
        """Write messages until there are no more; a program that has ended gets none."""
        stream = _stream(self._process.stdin)
        with contextlib.suppress(OSError):
            while (data := self._outbox.get()) is not None:
                stream.write(data)
                stream.flush()
        with contextlib.suppress(OSError):
            stream.close()

    def _read(self) -> None:
        """Read messages until the program ends; None marks the end."""
        stream = _stream(self._process.stdout)
        with contextlib.suppress(OSError, ValueError):
            while (size := _content_length(stream)) is not None:
                self._inbox.put(json.loads(stream.read(size)))
        self._inbox.put(None)


def _stream(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None
    return stream


def _content_length(stream: IO[bytes]) -> int | None:
    """Return the size that a message's header gives; None at the end."""
    size = None
    while line := stream.readline().strip():
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            size = int(value)
    return size
