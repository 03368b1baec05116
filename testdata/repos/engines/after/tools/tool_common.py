"""What the scripts in this folder share. They are run as `python tools/<name>.py`."""

import sys
from pathlib import Path, PureWindowsPath

PROJECT = Path(__file__).resolve().parent.parent


def use_project() -> None:
    """Make `src` importable."""
    if str(PROJECT) not in sys.path:
        sys.path.insert(0, str(PROJECT))


def project_file(name: str) -> Path:
    """A file of the project by its path as Windows spells it."""
    return PROJECT.joinpath(*PureWindowsPath(name).parts)
