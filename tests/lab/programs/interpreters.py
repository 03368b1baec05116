"""Run programs in fresh interpreters, quickly: each run is a fork of one process that has imported nothing of any.

As a script, this is that process. Jobs come as JSON lines, answers go back the same way:

    {"folder": DIR, "path": [DIR...], "runs": ["use.py", "pkg", "+a,b"]}
    [{"printed": TEXT, "error": TEXT, "loaded": [FILE...], "retried": BOOL, "twice": BOOL}, ...]
                                                                          one for each run
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

SECONDS = 10
"""How long a program may run."""


class Outcome(NamedTuple):
    """What a run printed, the error it ended with (empty: none), and the files of the program that it loaded.

    ``retried``: a module's body failed, and was run again later, beside what the first attempt had left. ``twice``: a
    file was loaded as two modules, by two names.
    """

    printed: str
    error: str
    loaded: tuple[str, ...]
    retried: bool = False
    twice: bool = False


class Interpreters:
    """The process that forks; a context manager."""

    def __init__(self) -> None:
        command = [sys.executable, "-I", "-X", "utf8", __file__]
        self._server = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __enter__(self) -> Interpreters:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._server.stdin is not None and self._server.stdout is not None
        self._server.stdin.close()
        self._server.stdout.close()
        self._server.wait()

    def run(self, folder: Path, path: tuple[str, ...], runs: tuple[str, ...]) -> list[Outcome]:
        """Run a program that lies in ``folder``, each of ``runs`` in an interpreter of its own."""
        assert self._server.stdin is not None and self._server.stdout is not None
        job = {"folder": str(folder), "path": path, "runs": runs}
        self._server.stdin.write(json.dumps(job) + "\n")
        self._server.stdin.flush()
        answers = json.loads(self._server.stdout.readline())
        return [
            Outcome(a["printed"], a["error"], tuple(a["loaded"]), a["retried"], a["twice"])
            for a in answers
        ]


# -- the process that forks


def _serve() -> None:
    _preload()
    for line in sys.stdin:
        job = json.loads(line)
        answers = [_forked(job["folder"], job["path"], run) for run in job["runs"]]
        sys.stdout.write(json.dumps(answers) + "\n")
        sys.stdout.flush()


def _preload() -> None:
    """Import what programs use and what takes long: it is the standard library's and pytest's, never a program's."""
    import asyncio  # noqa: F401
    import dataclasses  # noqa: F401
    import doctest  # noqa: F401
    import enum  # noqa: F401
    import functools  # noqa: F401
    import importlib.util  # noqa: F401
    import pkgutil  # noqa: F401
    import runpy  # noqa: F401
    import typing  # noqa: F401
    import unittest.mock  # noqa: F401
    import warnings

    import pytest  # noqa: F401

    warnings.simplefilter("ignore")
    sys.dont_write_bytecode = True


def _forked(folder: str, path: list[str], run: str) -> dict[str, Any]:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _child(folder, path, run, writing)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as pipe:
        told = pipe.read()
    os.waitpid(child, 0)
    return (
        json.loads(told)
        if told
        else {"printed": "", "error": "died", "loaded": [], "retried": False, "twice": False}
    )


def _child(folder: str, path: list[str], run: str, writing: int) -> None:
    import io
    import signal

    signal.alarm(SECONDS)
    sys.stdout = sys.stderr = printed = io.StringIO()
    error = ""
    failed = _noted_failures()
    with _placed(folder, path, run):
        try:
            _execute(run)
        except SystemExit:
            pass
        except BaseException as raised:  # noqa: BLE001 (whatever a program raises is the answer)
            error = _told(raised, folder)
    files = [_file(module) for name, module in sys.modules.items() if name != "__main__"]
    loaded = sorted({file for file in (*files, _file(sys.modules["__main__"])) if file})
    own = [file for file in files if file.startswith(folder)]
    answer = {
        "printed": printed.getvalue(),
        "error": error,
        "loaded": [os.path.relpath(file, folder) for file in loaded if file.startswith(folder)],
        "retried": not failed.isdisjoint(loaded),
        "twice": len(own) > len(set(own)),
    }
    with os.fdopen(writing, "w", encoding="utf-8") as pipe:
        pipe.write(json.dumps(answer))
    os._exit(0)


def _noted_failures() -> set[str]:
    """Return a set that will hold the files of the modules whose bodies fail."""
    from importlib.machinery import SourceFileLoader
    from types import ModuleType

    failed: set[str] = set()
    execute = SourceFileLoader.exec_module

    def noted(loader: SourceFileLoader, module: ModuleType) -> None:
        try:
            execute(loader, module)
        except BaseException:  # whatever it is, the import has failed
            failed.add(loader.path)
            raise

    SourceFileLoader.exec_module = noted  # type: ignore[method-assign]
    return failed


def _execute(run: str) -> None:
    import runpy

    if run.startswith("+"):
        for module in run[1:].split(","):
            __import__(module)
    elif run.endswith(".py"):
        runpy.run_path(run, run_name="__main__")
    else:
        runpy.run_module(run, run_name="__main__", alter_sys=True)


@contextmanager
def _placed(folder: str, path: list[str], run: str) -> Iterator[None]:
    """Set the current folder and ``sys.path``, with the folder of a script first, as Python does."""
    os.chdir(folder)
    first = [os.path.dirname(run) or "."] if run.endswith(".py") else []
    sys.path[:0] = [os.path.normpath(os.path.join(folder, place)) for place in (*first, *path)]
    yield


def _file(module: object) -> str:
    file = getattr(module, "__file__", None)
    return file if isinstance(file, str) else ""


def _told(raised: BaseException, folder: str) -> str:
    """Return an error as one line: its type, its text, and where in the program it came from."""
    import traceback

    frames = [
        f for f in traceback.extract_tb(raised.__traceback__) if f.filename.startswith(folder)
    ]
    where = f"{os.path.relpath(frames[-1].filename, folder)}:{frames[-1].lineno}" if frames else "?"
    text = str(raised).replace(folder, "")
    return f"{type(raised).__name__}: {text} ({where})"


if __name__ == "__main__":
    _serve()
