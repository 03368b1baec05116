"""What was measured with: the machine, the system, the versions."""

from __future__ import annotations

import os
import platform
import subprocess
from pathlib import Path

from clock import environment
from lab import Lab

PARTS = ("unfork", "libcst", "click", "rich", "ruff", "ast-grep-cli", "rope")
_VERSIONS = """\
import importlib.metadata, platform, sys
print(f"Python: {platform.python_implementation()} {platform.python_version()}")
for name in sys.argv[1:]:
    try:
        print(f"{name}: {importlib.metadata.version(name)}")
    except importlib.metadata.PackageNotFoundError:
        print(f"{name}: not installed")
"""


def about(lab: Lab) -> dict[str, str]:
    """Return what there is to know, by its name."""
    asked = [str(lab.python), "-c", _VERSIONS, *PARTS]
    answer = subprocess.run(asked, env=environment(), capture_output=True, text=True, check=True)
    git = subprocess.run(["git", "--version"], capture_output=True, text=True, check=True)
    return {
        "Processor": f"{_processor()}, {os.cpu_count()} cores",
        "System": f"{platform.system()} {platform.machine()}",
        **dict(line.split(": ", 1) for line in answer.stdout.splitlines()),
        "git": git.stdout.split()[2],
    }


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    names = [
        line.partition(":")[2].strip()
        for line in (info.read_text().splitlines() if info.exists() else ())
        if line.startswith("model name")
    ]
    return names[0] if names else platform.processor() or platform.machine()
