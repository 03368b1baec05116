"""Let pip install the checkout in a fresh environment without a package index."""

from __future__ import annotations

import importlib.metadata
from importlib.metadata import Distribution
from pathlib import Path

from packaging.requirements import Requirement

_ASKED_FOR = ("unfork", "pre-commit", "hatchling")
"""What pages install, and what builds it."""


def offline_installation(folder: Path) -> dict[str, str]:
    """Link what unfork and pre-commit need into a folder; return the variables with which pip takes it as installed.

    unfork itself is not among it: it has to be built and installed.
    """
    folder.mkdir()
    for distribution in _distributions_needed():
        if distribution.name != "unfork":
            _link_packages(distribution, folder)
    return {
        "PYTHONPATH": str(folder),
        "PIP_NO_INDEX": "1",
        "PIP_NO_BUILD_ISOLATION": "0",  # pip's way to say so: the option is off
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }


def _distributions_needed() -> list[Distribution]:
    installed: dict[str, Distribution] = {}
    names = list(_ASKED_FOR)
    while names:
        name = names.pop()
        if name not in installed:
            installed[name] = importlib.metadata.distribution(name)
            requirements = map(Requirement, installed[name].requires or ())
            names += [
                requirement.name
                for requirement in requirements
                if requirement.marker is None or requirement.marker.evaluate({"extra": ""})
            ]
    return list(installed.values())


def _link_packages(distribution: Distribution, folder: Path) -> None:
    for name in {file.parts[0] for file in distribution.files or ()} - {"..", "__pycache__"}:
        link = folder / name
        if not link.exists() and not name.endswith(".pth"):
            link.symlink_to(Path(str(distribution.locate_file(name))))
