"""Which files hold Python code, by the ending of their names: decided here, and nowhere else."""

from __future__ import annotations

MODULES = (".py", ".pyi")
NOTEBOOK = ".ipynb"
CODE = (*MODULES, NOTEBOOK)
"""The endings of the files that unfork reads as code. A notebook is code that no import can name."""


def is_notebook(path: str) -> bool:
    """Return whether a file is a Jupyter notebook, of which unfork reads the code cells."""
    return path.endswith(NOTEBOOK)
