"""`unfork explain`: what a finding means, from findings.md, which is also the page docs/findings.md."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Mapping
from importlib.resources import files

from unfork.errors import UnforkError
from unfork.nearest import spelling_hint
from unfork.wrapping import wrapped_text

_SECTION = re.compile(r"^## (UF\d{3}): (.*?)\n+(.*?)\n*(?=^## |\Z)", re.MULTILINE | re.DOTALL)

_COLUMNS = 100
"""The width of prose that does not go to a terminal."""


def explanations() -> Mapping[str, tuple[str, str]]:
    """Return the meaning and the explanation of each code."""
    text = files("unfork").joinpath("findings.md").read_text(encoding="utf-8")
    return {code: (meaning, body) for code, meaning, body in _SECTION.findall(text)}


def explain(code: str | None) -> int:
    """Print what a code means, or the list of codes without one. Raises UnforkError for a code that is none."""
    known = explanations()
    if code is None:
        for name, (meaning, _) in known.items():
            print(_for_terminal(f"{name}  {meaning}", "       ", elsewhere=None))
        return 0
    wanted = code.upper().strip()
    if wanted not in known:
        hint = spelling_hint(wanted, known) or "; `unfork explain` lists the codes"
        raise UnforkError(f"{code}: there is no such code{hint}")
    meaning, body = known[wanted]
    print("\n\n".join([_for_terminal(f"{wanted}: {meaning}"), *_blocks(body)]))
    return 0


def _blocks(body: str) -> list[str]:
    """Return the paragraphs of a text as one line each, for a terminal wrapped to its width, and its code indented."""
    blocks = []
    for number, part in enumerate(re.split(r"^```\w*\n", f"{body}\n", flags=re.MULTILINE)):
        if number % 2:
            blocks.append("\n".join(f"    {line}" for line in part.rstrip("\n").split("\n")))
            continue
        for paragraph in filter(None, map(str.strip, part.split("\n\n"))):
            plain = " ".join(paragraph.replace("**", "").split())
            blocks.append(_for_terminal(plain))
    return blocks


def _for_terminal(text: str, indent: str = "", elsewhere: int | None = _COLUMNS) -> str:
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else elsewhere
    return wrapped_text(text, width, indent)
