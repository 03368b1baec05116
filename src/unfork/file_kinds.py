"""Which files hold Python code, by the ending of their names: decided here, and nowhere else."""

from __future__ import annotations

import re

MODULES = (".py", ".pyi")
NOTEBOOK = ".ipynb"
CODE = (*MODULES, NOTEBOOK)
"""The endings of the files that unfork reads as code. A notebook is code that no import can name."""


_ESCAPED_LETTER = re.compile(rb"\\u(?!001[bB])")
"""An escape in JSON that may spell a letter of a name; the one left out colours the output of programs."""


_MIGRATION = re.compile(rb"^\[migration\]", re.MULTILINE)
_STEP = re.compile(rb"^\[\[\w+\]\]", re.MULTILINE)
_BASELINE = re.compile(rb'\A\{\s*"version": \d+,\s*"findings": \[')


def is_of_unfork(raw: bytes) -> bool:
    """Return whether a file is a migration or a baseline, whose names of modules are no uses of them."""
    return bool(_MIGRATION.search(raw) and _STEP.search(raw)) or _BASELINE.match(raw) is not None


def is_notebook(path: str) -> bool:
    """Return whether a file is a Jupyter notebook, of which unfork reads the code cells."""
    return path.endswith(NOTEBOOK)


def has_escaped_letters(raw: bytes | bytearray, size: int) -> bool:
    """Return whether a notebook, the first ``size`` bytes of ``raw``, may hold a word that its bytes do not show."""
    return _ESCAPED_LETTER.search(raw, 0, size) is not None
