"""A type checker's language server, asked where a definition is used (the Language Server Protocol, 3.17).

Any server will do that answers ``textDocument/references``. Its messages are read as plain JSON: typed clients refuse
those of servers that add to the protocol.
"""

from __future__ import annotations

import contextlib
import json
import queue
import shutil
import subprocess
import sysconfig
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, NamedTuple, Self
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from unfork.errors import UnforkError

ENGINES: Mapping[str, tuple[str, ...]] = {
    "ty": ("ty", "server"),
    "pyrefly": ("pyrefly", "lsp"),
    "basedpyright": ("basedpyright-langserver", "--stdio"),
}
"""The commands of known type checkers."""
_PATIENCE = 120
"""How many seconds a server may take for one answer."""


class Position(NamedTuple):
    """A place in a file: its path below the root, the line from 1, and the column in characters from 0."""

    path: str
    line: int
    column: int


class LanguageServer:
    """A running server for the project in a folder. Use it as a context manager. Raises UnforkError if it fails."""

    def __init__(self, engine: str, root: Path) -> None:
        """``engine`` is the name of a known type checker, or a command."""
        self._engine, self._root = engine, root.resolve()
        self._command = _installed_command(ENGINES.get(engine) or tuple(engine.split()))
        self._answers: queue.Queue[Mapping[str, Any] | None] = queue.Queue()
        self._open: set[str] = set()
        self._last = 0

    def __enter__(self) -> Self:
        try:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=self._root,
            )
        except OSError as error:
            extra = "; install unfork[types]" if self._engine == "ty" else ""
            why = f"{self._command[0]} cannot be started: {error.strerror}{extra}"
            raise UnforkError(f"--types {self._engine}: {why}") from None
        self._reader = threading.Thread(target=self._read_answers, daemon=True)
        self._reader.start()
        try:
            self._begin()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        with contextlib.suppress(UnforkError):
            self._request("shutdown", None)
            self._send({"method": "exit"})
        self._end()

    def _begin(self) -> None:
        uri = self._root.as_uri()
        capabilities = {
            "textDocument": {"references": {}},
            "workspace": {"workspaceFolders": True},
        }
        self._request(
            "initialize",
            {
                "processId": None,
                "rootUri": uri,
                "workspaceFolders": [{"uri": uri, "name": self._root.name}],
                "capabilities": capabilities,
            },
        )
        self._send({"method": "initialized", "params": {}})

    def _end(self) -> None:
        """End the server, by force if it does not end by itself, and close what leads to it."""
        with contextlib.suppress(OSError):
            self._stream(self._process.stdin).close()
        try:
            self._process.wait(2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join()
        self._stream(self._process.stdout).close()

    def references(self, place: Position) -> frozenset[Position]:
        """Return where the thing that is defined at a place is used, by the type checker."""
        uri = self._open_file(place.path)
        position = {"line": place.line - 1, "character": place.column}
        parameters = {
            "textDocument": {"uri": uri},
            "position": position,
            "context": {"includeDeclaration": False},
        }
        found = self._request("textDocument/references", parameters) or []
        return frozenset(self._positions(found))

    def open_files(self, paths: Sequence[str]) -> None:
        """Show files to the server: some look only at those."""
        for path in paths:
            self._open_file(path)

    def _open_file(self, path: str) -> str:
        file = self._root / path
        uri = file.as_uri()
        if path not in self._open:
            self._open.add(path)
            text = file.read_bytes().decode("utf-8-sig", "replace")
            item = {"uri": uri, "languageId": "python", "version": 1, "text": text}
            self._send({"method": "textDocument/didOpen", "params": {"textDocument": item}})
        return uri

    def _positions(self, locations: Sequence[Mapping[str, Any]]) -> Iterator[Position]:
        for location in locations:
            path = Path(url2pathname(unquote(urlsplit(location["uri"]).path)))
            start = location["range"]["start"]
            with contextlib.suppress(ValueError):  # outside the project
                inside = path.resolve().relative_to(self._root).as_posix()
                yield Position(inside, start["line"] + 1, start["character"])

    # -- messages

    def _request(self, method: str, parameters: object) -> Any:
        self._last += 1
        self._send({"id": self._last, "method": method, "params": parameters})
        while True:
            try:
                message = self._answers.get(timeout=_PATIENCE)
            except queue.Empty:
                message = None
            if message is None:
                raise UnforkError(f"--types {self._engine}: the server does not answer {method}")
            if "method" in message:
                self._answer(message)
            elif message.get("id") == self._last:
                if "error" in message:
                    why = message["error"].get("message", "it failed")
                    raise UnforkError(f"--types {self._engine}: {method}: {why}")
                return message.get("result")

    def _answer(self, message: Mapping[str, Any]) -> None:
        """Answer what the server asks: it gets no settings, and may do as it likes."""
        if "id" in message:
            items = message.get("params", {}).get("items", [])
            is_configuration = message["method"] == "workspace/configuration"
            result = [None] * len(items) if is_configuration else None
            self._send({"id": message["id"], "result": result})

    def _send(self, message: Mapping[str, object]) -> None:
        data = json.dumps({"jsonrpc": "2.0", **message}).encode()
        try:
            stream = self._stream(self._process.stdin)
            stream.write(b"Content-Length: %d\r\n\r\n%b" % (len(data), data))
            stream.flush()
        except OSError:
            raise UnforkError(f"--types {self._engine}: the server has ended") from None

    def _read_answers(self) -> None:
        """Read messages until the server ends; None marks the end."""
        stream = self._stream(self._process.stdout)
        with contextlib.suppress(OSError, ValueError):
            while (size := _content_length(stream)) is not None:
                self._answers.put(json.loads(stream.read(size)))
        self._answers.put(None)

    @staticmethod
    def _stream(stream: IO[bytes] | None) -> IO[bytes]:
        assert stream is not None
        return stream


def _installed_command(command: Sequence[str]) -> list[str]:
    """Return a command with its program where it is installed beside unfork, even if that is not on the path."""
    program, *arguments = command
    beside = shutil.which(program, path=sysconfig.get_path("scripts"))
    return [shutil.which(program) or beside or program, *arguments]


def _content_length(stream: IO[bytes]) -> int | None:
    """Return the size that a message's header gives; None at the end."""
    size = None
    while line := stream.readline().strip():
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            size = int(value)
    return size
