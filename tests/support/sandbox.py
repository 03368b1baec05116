"""Import modules of small trees, each in an interpreter of its own: what tests/support/oracle.py starts.

Jobs come as JSON lines from stdin, answers go to stdout. Each job is a fork of this process, in which nothing of any
tree was ever imported; what is slow to import and the trees may ask for is imported before.

    {"root": DIR, "path": [DIR...], "module": NAME, "asked": [[MODULE, NAME]...]}
    {"error": TEXT or null, "files": {FILE: [MODULES...]}, "names": {NAME: IDENTITY}, "asked": [IDENTITY...]}

Files are those of the tree that were loaded, with the modules that they were loaded as. An identity is ``file:qualified
name`` of a class or function that its module really has there, or the file of a module.
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
import json
import os
import sys
import traceback
import types
import unittest.mock
import warnings
from collections.abc import Mapping
from operator import attrgetter
from typing import Any

import pytest

PRELOADED = (asyncio, inspect, unittest.mock, pytest)


def answer(job: Mapping[str, Any]) -> dict[str, Any]:
    """Import a module, run its ``check()``, and tell what its names are."""
    os.chdir(job["root"])
    sys.path[:0] = job["path"]
    sys.dont_write_bytecode = True
    warnings.simplefilter(job.get("warnings", "error"))
    try:
        module = importlib.import_module(job["module"])
        names = _names(vars(module))
        files = _files(job["root"])
        check = getattr(module, "check", None)
        if inspect.isfunction(check) and check.__module__ == module.__name__:
            check()
            files = _files(job["root"])
        asked = [_asked(*question) for question in job["asked"]]
    except BaseException:  # noqa: BLE001 (whatever a tree raises is the answer)
        return {"error": traceback.format_exc(limit=-3), "files": {}, "names": {}, "asked": []}
    return {"error": None, "files": files, "names": names, "asked": asked}


def _files(root: str) -> dict[str, list[str]]:
    names_by_file: dict[str, list[str]] = {}
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if file and file.startswith(root):
            names_by_file.setdefault(_relative(file), []).append(name)
    return names_by_file


def _relative(file: str) -> str:
    return os.path.relpath(file).replace(os.sep, "/")


def _names(namespace: Mapping[str, object]) -> dict[str, str]:
    """Return the identities of a module's names, and of the attributes of classes that it defines."""
    names: dict[str, str] = {}
    for name, value in list(namespace.items()):
        identity = _identity(value)
        if identity is not None and not name.startswith("__"):
            names[name] = identity
        if isinstance(value, type) and value.__module__ == namespace["__name__"]:
            for inner, member in list(vars(value).items()):
                identity = _identity(getattr(member, "__func__", member))
                if identity is not None and not inner.startswith("__"):
                    names[f"{name}.{inner}"] = identity
    return names


def _identity(value: object) -> str | None:
    if isinstance(value, types.ModuleType):
        file = getattr(value, "__file__", None)
        return _relative(file) if file else value.__name__
    if not isinstance(value, type | types.FunctionType) or "<" in value.__qualname__:
        return None
    module = sys.modules.get(value.__module__)
    file = getattr(module, "__file__", None)
    if module is None or not file or not file.startswith(os.getcwd()):
        return f"{value.__module__}:{value.__qualname__}"
    target: object = module
    for part in value.__qualname__.split("."):
        target = getattr(target, part, None)
    target = getattr(target, "__func__", target)
    same = "" if target is value else " (another object)"
    return f"{_relative(file)}:{value.__qualname__}{same}"


def _asked(module: str, name: str) -> str | None:
    try:
        return _identity(attrgetter(name)(importlib.import_module(module)))
    except (ImportError, AttributeError):
        return None


def main() -> None:
    for line in sys.stdin:
        sys.stdout.flush()
        child = os.fork()
        if child == 0:
            told = os.dup(1)
            os.dup2(2, 1)  # what a tree prints is no answer
            text = json.dumps(answer(json.loads(line))) + "\n"
            with open(told, "w", encoding="utf-8") as out:
                out.write(text)
            os._exit(0)
        os.waitpid(child, 0)


if __name__ == "__main__":
    main()
