"""Canonical modules that read a file beside them which is only there beside the legacy module.

TEMPLATE = (Path(__file__).parent / "page.html").read_text()    files(__package__).joinpath("page.html")
"""

from __future__ import annotations

import os
import re

from unfork.planning.run import Run
from unfork_codemods.project import Key

_READING = re.compile(rb"__file__|__package__|\b(?:files|get_data|open_text|read_text)\(")
"""What a module has that reads files beside it."""
_NAME = re.compile(rb"[\"']((?:[\w-]+/)*[\w-]+\.\w+)[\"']")


def file_missing(run: Run, legacy: Key, home: Key) -> str:
    """Return which file both modules name, and is only there beside the legacy one; empty if none is."""
    index = run.engine.index
    if not (index.has_file(legacy) and index.has_file(home)):
        return ""
    here, there = (index.file(key).rpartition("/")[0] for key in (legacy, home))
    text = index.text(index.file(home)) if here != there else b""
    if not _READING.search(text):
        return ""
    named = {*_NAME.findall(text)}.intersection(_NAME.findall(index.text(index.file(legacy))))
    paths = frozenset(run.tree.paths()) if named else frozenset()
    for name in sorted(map(os.fsdecode, named)):
        old, new = f"{here}/{name}".lstrip("/"), f"{there}/{name}".lstrip("/")
        if old in paths and new not in paths:
            return f"{index.file(home)} names {name}, and there is no {new}; copy {old}"
    return ""
