"""A language server for tests: it knows that a member is one of the class where the line says ``# known``.

It asks for settings first, as real ones do, and sends a notification before each answer.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

_TEXTS: dict[str, list[str]] = {}


def _read() -> Mapping[str, Any] | None:
    size = 0
    while line := sys.stdin.buffer.readline().strip():
        name, _, value = line.partition(b":")
        size = int(value) if name == b"Content-Length" else size
    return json.loads(sys.stdin.buffer.read(size)) if size else None


def _send(message: Mapping[str, object]) -> None:
    data = json.dumps({"jsonrpc": "2.0", **message}).encode()
    sys.stdout.buffer.write(b"Content-Length: %d\r\n\r\n%b" % (len(data), data))
    sys.stdout.buffer.flush()


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _references(parameters: Mapping[str, Any]) -> list[object]:
    place = parameters["position"]
    line = _TEXTS[parameters["textDocument"]["uri"]][place["line"]]
    units = line.encode("utf-16-le")[2 * place["character"] :].decode("utf-16-le")
    word = ""
    for sign in units:
        if not (word + sign).isidentifier():
            break
        word += sign
    found = []
    for uri, lines in _TEXTS.items():
        for number, text in enumerate(lines):
            if "# known" in text and f".{word}" in text:
                start = {"line": number, "character": _units(text[: text.index(f".{word}") + 1])}
                found.append({"uri": uri, "range": {"start": start, "end": start}})
    return found


def main() -> None:
    """Answer until the client goes."""
    fails = "--fail" in sys.argv
    while (message := _read()) is not None:
        match message.get("method"):
            case "textDocument/didOpen":
                item = message["params"]["textDocument"]
                assert unquote(urlsplit(item["uri"]).path)
                _TEXTS[item["uri"]] = item["text"].splitlines()
            case "textDocument/references":
                if fails:
                    error = {"code": -32603, "message": "no idea"}
                    _send({"id": message["id"], "error": error})
                    continue
                _send({"id": 1000, "method": "workspace/configuration", "params": {"items": [{}]}})
                _send({"method": "window/logMessage", "params": {"type": 4, "message": "asked"}})
                _send({"id": message["id"], "result": _references(message["params"])})
            case "exit":
                return
            case _ if "method" in message and "id" in message:
                _send({"id": message["id"], "result": {}})
            case _:
                continue


main()
