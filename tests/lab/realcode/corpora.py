"""Real code to run on: a folder, or the source distribution of a release, fetched with pip."""

from __future__ import annotations

import subprocess
import sys
import tarfile
from pathlib import Path

KEPT = Path(".realcode")
"""Where releases are unpacked, below the current folder."""


def corpus(name: str) -> Path:
    """Return a folder as it is; for ``NAME==VERSION``, the folder of that release, fetched if it is not there yet."""
    if Path(name).is_dir():
        return Path(name)
    if "==" not in name:
        sys.exit(f"{name} is no folder, and no release such as Django==4.2.11")
    folder = KEPT / name
    if not folder.exists():
        packed = KEPT / "packed" / name
        command = [
            "download",
            "--quiet",
            "--no-deps",
            "--no-binary",
            ":all:",
            "--dest",
            str(packed),
        ]
        if subprocess.run([sys.executable, "-m", "pip", *command, name]).returncode:
            sys.exit(f"{name} cannot be fetched: this needs pip and a package index")
        with tarfile.open(next(packed.glob("*.tar.gz"))) as archive:
            archive.extractall(KEPT / "packed" / "open" / name, filter="data")
        (unpacked,) = (KEPT / "packed" / "open" / name).iterdir()
        unpacked.rename(folder)
    return folder
