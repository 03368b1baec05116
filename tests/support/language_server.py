"""A language server for tests, which knows what comments in the code tell it.

    make().run_job()   # known                       a use of the member that is taken there
    make().run_job()   # needs app.old in factory.py  an error if the code of that file has no such text

It asks for settings first, as real ones do, and sends a notification before each answer. Options:

    --fail            it answers no question about references
    --lost NAME       each import from that package is an error
    --push            it publishes diagnostics, and cannot be asked for them
    --dies-at NAME    it ends where it is asked for the errors of such a file
    --sleeps-at NAME  it answers nothing any more then
    --log FILE        each file that is opened, and each question, becomes a line there
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

_NEEDS = re.compile(r"# needs (\S+) in (\S+)")
_TEXTS: dict[str, list[str]] = {}


def _option(name: str) -> str:
    return sys.argv[sys.argv.index(name) + 1] if name in sys.argv else "-"


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


def _log(*words: object) -> None:
    if "--log" in sys.argv:
        with Path(_option("--log")).open("a", encoding="utf-8") as log:
            print(*words, file=log)


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
    locations = []
    for uri, lines in _TEXTS.items():
        for number, text in enumerate(lines):
            if "# known" in text and f".{word}" in text:
                start = {"line": number, "character": _units(text[: text.index(f".{word}") + 1])}
                locations.append({"uri": uri, "range": {"start": start, "end": start}})
    return locations


def _diagnostics(uri: str) -> list[object]:
    diagnostics: list[object] = []
    for number, text in enumerate(_TEXTS[uri]):
        if text.startswith(f"from {_option('--lost')}"):
            place = {"start": {"line": number, "character": 5}}
            diagnostics += [{"range": place, "severity": 1, "code": "lost", "message": text}]
        match = _NEEDS.search(text)
        if match is None:
            continue
        word, name = match.groups()
        file = Path.cwd() / name
        code = re.sub("#.*", "", file.read_text(encoding="utf-8")) if file.exists() else ""
        if word not in code:
            start = {"line": number, "character": _units(text[: len(text) - len(text.lstrip())])}
            place = {"start": start, "end": start}
            message = f"no {word} in {name}\n\ninfo: more of it"
            diagnostics += [{"range": place, "severity": 1, "code": "needs", "message": message}]
            diagnostics += [{"range": place, "severity": 2, "code": "hint", "message": message}]
    return diagnostics


def _answer_diagnostics(message: Mapping[str, Any]) -> None:
    uri = message["params"]["textDocument"]["uri"]
    if uri.endswith(_option("--dies-at")):
        sys.exit(1)
    if uri.endswith(_option("--sleeps-at")):
        time.sleep(600)
    if "--push" in sys.argv:
        _send({"id": message["id"], "error": {"code": -32601, "message": "no such method"}})
        return
    _send({"id": message["id"], "result": {"kind": "full", "items": _diagnostics(uri)}})


def _open(item: Mapping[str, Any]) -> None:
    uri = item["uri"]
    assert Path(url2pathname(unquote(urlsplit(uri).path))).exists()
    _TEXTS[uri] = item["text"].splitlines()
    if "--push" in sys.argv:
        about = {"uri": uri, "diagnostics": _diagnostics(uri)}
        _send({"method": "textDocument/publishDiagnostics", "params": about})


def main() -> None:
    """Answer until the client goes."""
    fails = "--fail" in sys.argv
    while (message := _read()) is not None:
        _log(message.get("method"), message.get("params", {}).get("textDocument", {}).get("uri"))
        match message.get("method"):
            case "textDocument/didOpen":
                _open(message["params"]["textDocument"])
            case "textDocument/diagnostic":
                _answer_diagnostics(message)
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
