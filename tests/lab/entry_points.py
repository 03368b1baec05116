"""Entry points in all three formats, before and after: each project is installed, and its script is run.

    python tests/lab/entry_points.py

For each format: a project with a legacy and a canonical module, a script, a plug-in in a group of its own, and a
migration that renames the function and removes the legacy module. It is installed (``pip install .``) in a fresh
environment, and its script is run; then ``unfork apply``, and the same in another environment. Needs the package index.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

MODULES = {
    "shop/__init__.py": "",
    "shop/legacy.py": "def main():\n    print('legacy')\n\n\nclass Plugin:\n    where = 'legacy'\n",
    "shop/cli.py": "def run():\n    print('canonical')\n\n\nclass Plugin:\n    where = 'canonical'\n",
}
MIGRATION = """\
[migration]
name = "entry-points"
[[redirect]]
from = "shop.legacy"
to = "shop.cli"
names = { main = "shop.cli:run" }
[[remove]]
module = "shop.legacy"
"""
BUILD = '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
FORMATS = {
    "pyproject.toml": {
        "pyproject.toml": f"""\
{BUILD}
[project]
name = "shop"
version = "1"

[project.scripts]
shop = "shop.legacy:main"  # the command

[project.entry-points."shop.plugins"]
one = "shop.legacy:Plugin"

[tool.setuptools]
packages = ["shop"]
"""
    },
    "setup.cfg": {
        "pyproject.toml": BUILD,
        "setup.cfg": """\
[metadata]
name = shop
version = 1

[options]
packages = shop

[options.entry_points]
console_scripts =
    shop = shop.legacy:main
shop.plugins =
    one = shop.legacy:Plugin
""",
    },
    "setup.py": {
        "pyproject.toml": BUILD,
        "setup.py": """\
from setuptools import setup

setup(
    name="shop",
    version="1",
    packages=["shop"],
    entry_points={
        "console_scripts": ["shop = shop.legacy:main"],
        "shop.plugins": ["one = shop.legacy:Plugin"],
    },
)
""",
    },
}
PLUGIN = (
    "from importlib.metadata import entry_points;"
    "print(*(point.load().where for point in entry_points(group='shop.plugins')))"
)


def installed_output(project: Path, environment: Path) -> list[str]:
    """Install a project in a fresh environment; return what its script and its plug-in print."""
    venv.create(environment, with_pip=True)
    programs = environment / ("Scripts" if sys.platform == "win32" else "bin")
    python = str(programs / "python")
    subprocess.run([python, "-m", "pip", "install", "--quiet", str(project)], check=True)
    commands = ([str(programs / "shop")], [python, "-c", PLUGIN])
    return [
        subprocess.run(
            command, capture_output=True, text=True, check=True, cwd=environment
        ).stdout.strip()
        for command in commands
    ]


def try_format(manifest: str, folder: Path) -> bool:
    """Print what a project prints before and after; return whether it is as it should be."""
    project = folder / "project"
    for name, text in (MODULES | FORMATS[manifest]).items():
        file = project / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    (folder / "m.toml").write_text(MIGRATION, encoding="utf-8")
    before = installed_output(project, folder / "before")
    for left_over in ("build", "shop.egg-info"):
        shutil.rmtree(project / left_over, ignore_errors=True)  # else the next build takes it
    command = ["apply", "-m", str(folder / "m.toml"), "--root", str(project), "--format", "plain"]
    done = subprocess.run(
        [sys.executable, "-m", "unfork", *command], capture_output=True, text=True
    )
    after = installed_output(project, folder / "after")
    is_gone = not (project / "shop/legacy.py").exists()
    print(
        f"{manifest}: before {before}, apply {done.returncode}, after {after}, removed: {is_gone}"
    )
    return (before, done.returncode, after, is_gone) == (
        ["legacy", "legacy"],
        0,
        ["canonical", "canonical"],
        True,
    )


def main() -> int:
    """Try all formats; return 1 if one is not as it should be."""
    results = []
    for manifest in FORMATS:
        with tempfile.TemporaryDirectory() as folder:
            results.append(try_format(manifest, Path(folder).resolve()))
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
