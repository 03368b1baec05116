"""A type checker's language server: where a definition is used, and which errors a file has (LSP 3.17).

Any server will do that answers ``textDocument/references``, and ``textDocument/diagnostic`` or publishes diagnostics.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sysconfig
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Self
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from unfork.errors import UnforkError
from unfork.files.json_rpc import NO_SUCH_METHOD, PATIENCE, Connection, Unanswered

ENGINES: Mapping[str, tuple[str, ...]] = {
    "ty": ("ty", "server"),
    # in the background, references would be those of the files read so far
    "pyrefly": ("pyrefly", "lsp", "--indexing-mode", "lazy-blocking"),
    "basedpyright": ("basedpyright-langserver", "--stdio"),
}
"""The commands of known type checkers."""
_ERROR = 1
_SILENCE = 2.0
"""How many seconds of silence say that a server has published all that it has to say."""


class Position(NamedTuple):
    """A place in a file: its path below the root, the line from 1, and the column in UTF-16 code units from 0."""

    path: str
    line: int
    column: int


class TypeProblem(NamedTuple):
    """An error that a type checker finds in a file: line and column as in Position, its rule and its message."""

    line: int
    column: int
    rule: str
    message: str


class LanguageServer:
    """A running server for the project in a folder. Use it as a context manager. Raises UnforkError if it fails."""

    def __init__(self, engine: str, root: Path, search: Sequence[str] = ()) -> None:
        """``engine`` is the name of a known type checker, or a command.

        ``search`` are the folders that imports start from, if they are others than a type checker expects.
        """
        self._engine, self._root = engine, root.resolve()
        self._settings = _settings(search)
        self._command = _installed_command(ENGINES.get(engine) or tuple(engine.split()))
        self._connection = Connection(self._command, self._root, self._answer)
        self._connection.told = self._hear
        self._open: set[str] = set()
        self._published: dict[str, Sequence[Mapping[str, Any]]] = {}
        self._is_pulled = True
        self._has_been_silent = False

    def __enter__(self) -> Self:
        try:
            self._connection.__enter__()
        except OSError as error:
            extra = "; install unfork[types]" if self._engine == "ty" else ""
            why = f"{self._command[0]} cannot be started: {error.strerror}{extra}"
            raise UnforkError(f"--types {self._engine}: {why}") from None
        try:
            self._begin()
        except BaseException:  # nobody calls __exit__ then: a signal too must end the server
            self._connection.__exit__()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        if error[0] is None and not self._connection.is_over:
            with contextlib.suppress(UnforkError):
                self._request("shutdown", None)
                self._connection.notify("exit", {})
        self._connection.__exit__()

    def _begin(self) -> None:
        uri = self._root.as_uri()
        diagnostics = {"diagnostic": {}, "publishDiagnostics": {"versionSupport": True}}
        capabilities = {
            "textDocument": {"references": {}, "synchronization": {}, **diagnostics},
            "workspace": {"workspaceFolders": True, "configuration": True},
        }
        self._request(
            "initialize",
            {
                "processId": None,
                "rootUri": uri,
                "workspaceFolders": [{"uri": uri, "name": self._root.name}],
                "capabilities": capabilities,
                "initializationOptions": {**self._settings["ty"], **self._settings["python"]},
            },
        )
        self._connection.notify("initialized", {})

    def references(self, place: Position) -> frozenset[Position]:
        """Return where the thing that is defined at a place is used, by the type checker."""
        uri = self._open_file(place.path)
        position = {"line": place.line - 1, "character": place.column}
        parameters = {
            "textDocument": {"uri": uri},
            "position": position,
            "context": {"includeDeclaration": False},
        }
        locations = self._request("textDocument/references", parameters) or []
        return frozenset(self._positions(locations))

    def errors(self, path: str) -> tuple[TypeProblem, ...]:
        """Return the errors that the type checker finds in a file."""
        uri = self._open_file(path)
        items = self._pulled_diagnostics(uri) if self._is_pulled else None
        if items is None:
            items = self._published_diagnostics(uri)
        return tuple(_problem(item) for item in items if item.get("severity", _ERROR) == _ERROR)

    def open_files(self, paths: Sequence[str]) -> None:
        """Show files to the server: some look only at those."""
        for path in paths:
            self._open_file(path)

    def _pulled_diagnostics(self, uri: str) -> Sequence[Mapping[str, Any]] | None:
        """Return a file's diagnostics; None from a server that only publishes them."""
        try:
            report = self._request("textDocument/diagnostic", {"textDocument": {"uri": uri}})
        except Unanswered as why:
            if why.code != NO_SUCH_METHOD:
                raise
            report = None
        items: Sequence[Mapping[str, Any]] | None = (report or {}).get("items")
        self._is_pulled = items is not None
        return items

    def _published_diagnostics(self, uri: str) -> Sequence[Mapping[str, Any]]:
        """Return what the server has published of a file; at first, it may have published only the beginning."""
        file = _file_of(uri)
        if file not in self._published or not self._has_been_silent:
            self._has_been_silent = True
            if not self._connection.wait(lambda: file in self._published, _SILENCE):
                why = f"the server has published no diagnostics of it within {PATIENCE} seconds"
                raise Unanswered(f"--types {self._engine}: {why}", True)
        return self._published[file]

    def _hear(self, method: str, parameters: Mapping[str, Any]) -> None:
        if method == "textDocument/publishDiagnostics":
            self._published[_file_of(parameters["uri"])] = parameters["diagnostics"]

    def _answer(self, method: str, parameters: Mapping[str, Any]) -> object:
        """Answer what a server asks: it gets its settings, and may do as it likes."""
        if method != "workspace/configuration":
            return None
        sections = [item.get("section", "") for item in parameters.get("items", [])]
        return [self._settings.get(section) for section in sections]

    def _open_file(self, path: str) -> str:
        file = self._root / path
        uri = file.as_uri()
        if path not in self._open:
            self._open.add(path)
            text = file.read_bytes().decode("utf-8-sig", "replace")
            item = {"uri": uri, "languageId": "python", "version": 1, "text": text}
            self._connection.notify("textDocument/didOpen", {"textDocument": item})
        return uri

    def _positions(self, locations: Sequence[Mapping[str, Any]]) -> Iterator[Position]:
        for location in locations:
            start = location["range"]["start"]
            with contextlib.suppress(ValueError):  # outside the project
                inside = (
                    Path(_file_of(location["uri"])).resolve().relative_to(self._root).as_posix()
                )
                yield Position(inside, start["line"] + 1, start["character"])

    def _request(self, method: str, parameters: object) -> Any:
        try:
            return self._connection.request(method, parameters)
        except Unanswered as why:
            raise Unanswered(f"--types {self._engine}: {why}", why.is_over, why.code) from None


def _settings(search: Sequence[str]) -> dict[str, dict[str, object]]:
    """Return the settings of servers, by section; each takes what it knows."""
    paths: dict[str, object] = {"extraPaths": list(search)} if search else {}
    environment = {"environment": {"root": [".", *search]}}
    roots: dict[str, object] = {"configuration": environment} if search else {}
    # without a configuration of its own in the project, pyrefly looks into no function without annotations
    pyrefly = {"typeCheckingMode": "default", "displayTypeErrors": "force-on"}
    return {
        "ty": roots,
        "python": {"pyrefly": pyrefly, "analysis": paths},
        "python.analysis": paths,
        "basedpyright.analysis": paths,
    }


def _problem(item: Mapping[str, Any]) -> TypeProblem:
    start = item["range"]["start"]
    message = " ".join(str(item["message"]).split("\n\n")[0].split())
    return TypeProblem(start["line"] + 1, start["character"], str(item.get("code", "")), message)


def _file_of(uri: str) -> str:
    """Return the file that a URI names; servers quote differently."""
    return os.path.normcase(url2pathname(unquote(urlsplit(uri).path)))


def _installed_command(command: Sequence[str]) -> list[str]:
    """Return a command with its program where it is installed beside unfork, even if that is not on the path."""
    program, *arguments = command
    beside = shutil.which(program, path=sysconfig.get_path("scripts"))
    return [shutil.which(program) or beside or program, *arguments]
