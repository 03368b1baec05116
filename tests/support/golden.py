"""Write ``after`` of every project in testdata/repos anew: ``make golden``. Then read the diff."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

REPOS = Path(__file__).parents[2] / "testdata" / "repos"
NO_DATA = shutil.ignore_patterns("__pycache__", ".git", ".unfork", ".pytest_cache")


def migration_of(repo: Path) -> str:
    """Return what ``-m`` takes: the project's own file, else the bundled migration."""
    own = repo / "migration.toml"
    return str(own) if own.exists() else "execution-engines"


def migrated(repo: Path, copy: Path) -> None:
    """Make ``copy`` what ``before`` becomes. Raises CalledProcessError where unfork fails."""
    shutil.copytree(repo / "before", copy, ignore=NO_DATA)
    command = [sys.executable, "-m", "unfork", "apply", "-m", migration_of(repo)]
    done = subprocess.run([*command, "--root", str(copy)], check=False)
    if done.returncode not in (0, 1):
        done.check_returncode()


def main() -> None:
    for repo in sorted(path for path in REPOS.iterdir() if (path / "before").is_dir()):
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / "after"
            migrated(repo, copy)
            shutil.rmtree(repo / "after", ignore_errors=True)
            shutil.copytree(copy, repo / "after", ignore=NO_DATA)


if __name__ == "__main__":
    main()
