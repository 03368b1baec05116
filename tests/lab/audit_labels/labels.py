"""The labels of one project: what reading found in it. README.md explains the files."""

from __future__ import annotations

import subprocess
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
Group = frozenset[str]


@dataclass(frozen=True)
class Fork:
    """Modules that are copies, versions or successors of each other."""

    modules: Group
    canonical: str
    debatable: bool


@dataclass(frozen=True)
class Folders:
    """Two folders, the second a copy of the first as a whole; both end in a slash, or the first is empty."""

    original: str
    copy: str
    debatable: bool

    def are_twins(self, one: str, other: str) -> bool:
        """Whether two paths are the same file of the two folders."""
        pairs = ((one, other), (other, one))
        return any(x.startswith(self.original) and y == self.twin(x) for x, y in pairs)

    def twin(self, path: str) -> str:
        """The copy's path of a file of the original."""
        return self.copy + path[len(self.original) :]


@dataclass(frozen=True)
class Labels:
    """All labels of one project, whose checkout is `root`. `held_out`: nobody tunes the audit by its disagreements.

    `broken` is None where imports were not judged.
    """

    name: str
    root: Path
    held_out: bool
    forks: tuple[Fork, ...]
    folders: tuple[Folders, ...]
    not_forks: tuple[Group, ...]
    dead: dict[str, bool | None]
    broken: dict[tuple[str, str], bool | None] | None
    guarded: frozenset[tuple[str, str]]

    def original(self, path: str) -> str:
        """The path of which this one is a copy as part of a copied folder, or the path itself."""
        for pair in self.folders:
            if path.startswith(pair.copy):
                return pair.original + path[len(pair.copy) :]
        return path

    def relation(self, one: str, other: str) -> bool | None:
        """Whether two modules are forks of each other; None if that is debatable."""
        modules = {self.original(one), self.original(other)}
        answers = [not fork.debatable for fork in self.forks if modules <= fork.modules]
        answers += [not pair.debatable for pair in self.folders if pair.are_twins(one, other)]
        return True if True in answers else None if answers else False

    def is_judged(self, members: list[str]) -> bool:
        """Whether a label says that two of these modules are no forks."""
        return any(len(group & set(members)) > 1 for group in self.not_forks)

    def twins(self, pair: Folders) -> Iterator[str]:
        """The files of a folder that its copy has too."""
        for path in sorted((self.root / pair.original).rglob("*.py")):
            name = path.relative_to(self.root).as_posix()
            if (self.root / pair.twin(name)).is_file():
                yield name


def read_labels(path: Path, checkouts: Path) -> Labels:
    """Read NAME.toml; the checkout is CHECKOUTS/NAME."""
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    forks = [
        Fork(frozenset(entry["modules"]), entry["canonical"], entry.get("debatable", False))
        for entry in data["forks"]
    ]
    forks += [Fork(frozenset(pair), "unclear", True) for pair in data.get("together", [])]
    folders = [
        Folders(entry["folders"][0], entry["folders"][1], entry.get("debatable", False))
        for entry in data.get("folders", [])
    ]
    return Labels(
        path.stem,
        checkouts / path.stem,
        data.get("held_out", False),
        tuple(forks),
        tuple(folders),
        tuple(frozenset(entry["modules"]) for entry in data["not_forks"]),
        _answers(data["dead"], True) | _answers(data["alive"], False),
        _name_answers(data["broken"], True) | _name_answers(data.get("not_broken", []), False)
        if "broken" in data
        else None,
        frozenset((e["path"], e["name"]) for e in data.get("broken", []) if e.get("guarded")),
    )


def _answers(entries: list[dict[str, str]], answer: bool) -> dict[str, bool | None]:
    return {entry["path"]: None if entry.get("debatable") else answer for entry in entries}


def _name_answers(
    entries: list[dict[str, str]], answer: bool
) -> dict[tuple[str, str], bool | None]:
    return {(e["path"], e["name"]): None if e.get("debatable") else answer for e in entries}


def obtain_checkout(path: Path, checkouts: Path) -> None:
    """Clone a labelled project at its commit, if it is not there."""
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    target = checkouts / path.stem
    if target.exists():
        return
    url = f"https://github.com/{data['repository']}"
    subprocess.run(["git", "clone", "-q", "-n", url, str(target)], check=True)
    subprocess.run(["git", "-C", str(target), "checkout", "-q", data["commit"]], check=True)
