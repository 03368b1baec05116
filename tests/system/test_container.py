"""The Containerfile, as far as it can be carried out without a container engine."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COPIED = re.compile(r"^COPY (.+) /source/(\S*)$", re.MULTILINE)


def test_what_is_copied_builds_the_whole_package(tmp_path: Path) -> None:
    pytest.importorskip("hatchling", reason="it builds the wheel")
    source = tmp_path / "source"
    for names, target in COPIED.findall((ROOT / "Containerfile").read_text(encoding="utf-8")):
        for name in names.split():
            copy(ROOT / name, source / (target or name))
    (wheel,) = build(source, tmp_path / "copied")
    (whole,) = build(ROOT, tmp_path / "whole")
    assert names_in(wheel) == names_in(whole)


def copy(path: Path, to: Path) -> None:
    if path.is_dir():
        shutil.copytree(path, to, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, to)


def build(source: Path, target: Path) -> list[Path]:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(target)]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return list(target.glob("*.whl"))


def names_in(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as file:
        return set(file.namelist())
