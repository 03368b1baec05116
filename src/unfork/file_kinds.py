"""Which files hold Python code, by the ending of their names: decided here, and nowhere else."""

from __future__ import annotations

import re

MODULES = (".py", ".pyi")
NOTEBOOK = ".ipynb"
CODE = (*MODULES, NOTEBOOK)
"""The endings of the files that unfork reads as code. A notebook is code that no import can name."""

PROSE = (".markdown", ".md", ".rst", ".txt")
"""The endings of documents, whose ``>>>`` examples a test may run."""
_RUNNING = (
    ".conf",
    ".pxd",
    ".pxi",
    ".pyw",
    ".pyx",
    ".tac",
    ".wsgi",
    "SConscript",
    "SConstruct",
    "wscript",
)
"""The endings of other files that hold code, which unfork does not rewrite."""
_TEMPLATE = r"\.py[.-](?:in|j2|jinja2?|mako|template|tmpl|tpl)$"
_SHEBANG = rb"#![^\n]*\bpython"
_EXAMPLE = rb"(?m)^[ \t]*>>>"

_ESCAPED_LETTER = rb"\\u(?!001[bB])"
"""An escape in JSON that may spell a letter of a name; the one left out colours the output of programs."""


_MIGRATION = rb"(?m:^\[migration\])"
_STEP = rb"(?m:^\[\[\w+\]\])"
_BASELINE = rb'\{\s*"version": \d+,\s*"findings": \['
"""Not compiled where most runs, such as hooks, need none of them."""


def is_of_unfork(raw: bytes) -> bool:
    """Return whether a file is a migration or a baseline, whose names of modules are no uses of them."""
    is_migration = re.search(_MIGRATION, raw) and re.search(_STEP, raw)
    return is_migration is not None or re.match(_BASELINE, raw) is not None


def may_run(path: str, raw: bytes) -> bool:
    """Return whether a file that unfork does not rewrite holds code by its name or its first line, or examples."""
    if path.endswith(PROSE):
        return re.search(_EXAMPLE, raw) is not None
    return is_named_code(path) or re.match(_SHEBANG, raw) is not None


def is_named_code(path: str) -> bool:
    """Return whether a file that unfork does not rewrite holds code by its name."""
    return path.endswith(_RUNNING) or re.search(_TEMPLATE, path) is not None


def has_sign_of_code(buffer: bytearray, size: int) -> bool:
    """Return whether a text, the first ``size`` bytes of a buffer, may begin with a ``#!`` line or hold examples."""
    return buffer.startswith(b"#!") or buffer.find(b">>>", 0, size) >= 0


def is_notebook(path: str) -> bool:
    """Return whether a file is a Jupyter notebook, of which unfork reads the code cells."""
    return path.endswith(NOTEBOOK)


def has_escaped_letters(raw: bytes | bytearray, size: int) -> bool:
    """Return whether a notebook, the first ``size`` bytes of ``raw``, may hold a word that its bytes do not show."""
    return re.search(_ESCAPED_LETTER, memoryview(raw)[:size]) is not None
