"""Small generated programs whose two modules take calls in different ways, and the migration between them.

A program does the same with either module: what a parameter is called, its place, whether it is given by position, and
what a member is called differ; what comes of it does not.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random

from support.call_forms import FORMS, Writer
from support.call_sides import random_sides

_ANNOTATION = re.compile("‹([^›]*)›")


@dataclass(frozen=True)
class Program:
    """A generated program: its files, of which ``use.py`` is run, with marks around annotations."""

    marked: Mapping[str, str]

    @property
    def files(self) -> dict[str, str]:
        """The files as they are run."""
        return {path: _ANNOTATION.sub(r"\1", text) for path, text in self.marked.items()}

    def without_annotations(self) -> Iterator[dict[str, str]]:
        """Yield the files without one annotation, for each that the program has."""
        for path, text in self.marked.items():
            for mark in _ANNOTATION.finditer(text):
                less = text[: mark.start()] + text[mark.end() :]
                yield {**self.files, path: _ANNOTATION.sub(r"\1", less)}


def program(seed: int) -> Program:
    """Return the program of a seed."""
    random = Random(seed)
    sides = random_sides(random)
    style = random.choice(("name", "name", "name", "module", "alias", "star", "renamed"))
    lines, prefix, engine = {
        "name": (
            "from app.old import OldConfig, OldEngine, OldState, retry, submit",
            "",
            "OldEngine",
        ),
        "module": ("import app.old", "app.old.", "app.old.OldEngine"),
        "alias": ("from app import old as engines", "engines.", "engines.OldEngine"),
        "star": ("from app.old import *", "", "OldEngine"),
        "renamed": (
            "from app.old import OldConfig, OldEngine as Motor, OldState, retry, submit",
            "",
            "Motor",
        ),
    }[style]
    writer = Writer(random, sides, prefix, engine, random.choice((0.0, 0.9, 1.0)))
    body = [
        line for form in random.sample(FORMS, random.randint(2, 4)) for line in writer.write(form)
    ]
    imports = sorted(writer.imports)
    table = "\n".join(f"{json.dumps(key)} = {_inline_table(c)}" for key, c in sides.calls().items())
    migration = (
        '[migration]\nname = "m"\n[[redirect]]\nfrom = "app.old"\nto = "app.new"\n[redirect.names]\n'
        'OldEngine = "Engine"\nOldState = "State"\nOldConfig = "Config"\n'
        f"[redirect.calls]\n{table}\n"
    )
    return Program(
        {
            "m.toml": migration,
            "app/__init__.py": "",
            "app/old.py": sides.legacy(),
            "app/new.py": sides.canonical(),
            **writer.files,
            "use.py": "\n".join([*imports, lines, "", *body]) + "\n",
        }
    )


def _inline_table(values: Mapping[str, object]) -> str:
    parts = []
    for key, value in values.items():
        text = _inline_table(value) if isinstance(value, Mapping) else json.dumps(value)
        parts.append(f"{key} = {text}")
    return "{ " + ", ".join(parts) + " }"
