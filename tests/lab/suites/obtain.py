"""A project's release, unpacked in a git work tree, and a virtual environment that can run its tests."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

from projects import Project

GIT = ("git", "-c", "user.name=suites", "-c", "user.email=suites@example.org")


@dataclass(frozen=True)
class Place:
    """Where a project lives in the cache."""

    folder: Path

    @property
    def tree(self) -> Path:
        """The project's files, a git work tree whose HEAD is the release."""
        return self.folder / "tree"

    @property
    def python(self) -> Path:
        """The interpreter that has the project, installed from the tree, and what its tests need."""
        return self.folder / "venv" / ("Scripts" if os.name == "nt" else "bin") / "python"

    def back(self, commit: str = "release") -> None:
        """Bring the tree back to the release, or to another commit; what the installation put there stays."""
        self.git("reset", "--quiet", "--hard", commit)
        self.git("clean", "-ffdxq", "-e", "*.egg-info")

    def git(self, *arguments: str) -> str:
        """Run git in the tree and return what it prints."""
        return _run([*GIT, *arguments], self.tree)


def obtain(project: Project, cache: Path) -> Place:
    """Return the project's place, made if it is not there yet."""
    place = Place(cache / project.name)
    done = place.folder / "ready"
    if done.exists() and done.read_text() == repr((*project.requirements, project.release)):
        return place
    shutil.rmtree(place.folder, ignore_errors=True)
    place.folder.mkdir(parents=True)
    _unpack(project, place)
    _install(project, place)
    done.write_text(repr((*project.requirements, project.release)))
    return place


def _unpack(project: Project, place: Place) -> None:
    packed = place.folder / "packed"
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    as_source = ["--no-binary", project.name]  # itself only: what builds it may come built
    _run([*pip, *as_source, "--dest", str(packed), project.release], place.folder)
    with tarfile.open(next(packed.glob("*.tar.gz"))) as archive:
        archive.extractall(packed, filter="data")
    (folder,) = (path for path in packed.iterdir() if path.is_dir())
    folder.rename(place.tree)
    (place.tree / ".gitignore").unlink(missing_ok=True)
    place.git("init", "--quiet")
    place.git("add", "--all", "--force")
    place.git("commit", "--quiet", "--message", project.release)
    place.git("tag", "release")


def _install(project: Project, place: Place) -> None:
    _run([sys.executable, "-m", "venv", str(place.folder / "venv")], place.folder)
    pip = [str(place.python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    _run([*pip, *project.requirements, "--editable", f"{place.tree}{project.extras}"], place.folder)
    place.back()


def _run(command: list[str], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout
