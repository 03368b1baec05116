"""A draft runs unedited: `unfork diff` takes it, whatever the project is like."""

from __future__ import annotations

import random
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from draft_trees import TREES

DATA = Path(__file__).parents[2] / "testdata"
PROJECTS = sorted(folder / "before" for folder in (DATA / "repos").iterdir() if folder.is_dir())
ANSWER = re.compile(r'^# (?=\[|[\w."]+ += )', re.MULTILINE)
"""The comment marks of the lines that a yes needs."""
VARIANTS = ("_v2", "_old", "_enhanced", "_legacy", "2", "_bak", "-copy")


def unfork(root: Path, *args: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "unfork", *args, "--root", str(root)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def assert_draft_runs(root: Path, draft: Path) -> None:
    """Assert that `unfork diff` takes the draft as it is, and with yes to all of its questions."""
    audit = unfork(root, "audit", "--draft", str(draft))
    assert audit.returncode in (0, 1), audit.stderr
    text = draft.read_text(encoding="utf-8")
    for migration in dict.fromkeys((text, ANSWER.sub("", text))):
        draft.write_text(migration, encoding="utf-8")
        diff = unfork(root, "diff", "-m", str(draft))
        assert diff.returncode in (0, 1), diff.stderr + migration


def write_files(root: Path, files: Iterable[tuple[str, str]]) -> None:
    for path, text in files:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")


@pytest.mark.parametrize("files", TREES.values(), ids=TREES)
def test_of_each_kind_of_project(files: dict[str, str], tmp_path: Path) -> None:
    root = tmp_path / "project"
    write_files(root, files.items())
    assert_draft_runs(root, tmp_path / "draft.toml")


@pytest.mark.parametrize("project", PROJECTS, ids=lambda project: project.parent.name)
def test_of_a_project(project: Path, tmp_path: Path) -> None:
    root = tmp_path / "project"
    shutil.copytree(project, root, ignore=shutil.ignore_patterns("__pycache__", ".git"))
    assert_draft_runs(root, tmp_path / "draft.toml")


@pytest.mark.parametrize("seed", range(8))
def test_of_a_generated_project(seed: int, tmp_path: Path) -> None:
    root = tmp_path / "project"
    write_files(root, generated_files(random.Random(seed)))
    assert_draft_runs(root, tmp_path / "draft.toml")


def generated_files(chance: random.Random) -> Iterator[tuple[str, str]]:
    """Yield the files of a project with forks of all kinds, and with users of some of them."""
    folders = ["app", "app/core", "src/web", "archive", "tools", "app/legacy"]
    users: dict[str, list[str]] = {}
    for folder in folders:
        if chance.random() < 0.7:
            yield f"{folder}/__init__.py", ""
    for at in range(8):
        home = chance.choice(folders)
        yield f"{home}/thing{at}.py", module_text(chance, at, 0)
        users.setdefault(f"{home}/thing{at}", [])
        for number in range(chance.randint(1, 3)):
            folder = chance.choice([home, *folders])
            fork = f"{folder}/thing{at}{chance.choice(VARIANTS)}"
            if fork not in users:
                yield f"{fork}.py", module_text(chance, at, number)
                users[fork] = []
    for number in range(6):
        chosen = chance.sample(sorted(users), 5)
        lines = "".join(import_line(chance, fork) for fork in chosen if "-" not in fork)
        start = "if __name__ == '__main__':\n    pass\n" if chance.random() < 0.5 else ""
        folder = chance.choice(["", "app/", "tests/", "src/web/"])
        yield f"{folder}user{number}.py", lines + start


def module_text(chance: random.Random, at: int, variant: int) -> str:
    methods = "".join(
        f"    def step_{at}_{n}(self, value):\n        self.v{n} = value + {n}\n        return [value] * {n}\n"
        for n in range(6)
    )
    factor = chance.choice([1, variant])
    helper = f"def make_{at}(n):\n    return Thing{at}().step_{at}_1(n * {factor})\n"
    more = chance.choice(
        ["", f"LIMIT = {variant}\n", "from .nowhere import lost\n", "def broken(:\n"]
    )
    return f"class Thing{at}:\n{methods}\n\n{helper}{more if variant else ''}"


def import_line(chance: random.Random, fork: str) -> str:
    dotted = fork.replace("/", ".")
    if chance.random() < 0.3:
        dotted = dotted.removeprefix("src.")
    package, _, name = dotted.rpartition(".")
    at = name.removeprefix("thing")[0]
    return chance.choice(
        [
            f"from {dotted} import Thing{at}\n",
            f"from {dotted} import make_{at} as make, Thing{at}\n",
            f"from {dotted} import *\n",
            f"import {dotted}\n{dotted}.make_{at}(1)\n",
            f"from {package} import {name}\n{name}.make_{at}(1)\n",
            f"from {dotted} import missing\n",
        ]
    )
