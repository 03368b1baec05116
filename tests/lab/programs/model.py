"""What a generated program is, and how it is kept in a folder."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

Files = Mapping[str, str]
_TAG = re.compile(r"[<\[]([\w.]+)(?::(\w+))?[>\]]")
_RECORD = "program.json"


@dataclass(frozen=True)
class Program:
    """A small project, a migration for it, and how it is run.

    ``runs`` are scripts (``use.py``), modules for ``python -m``, and modules to import (``+a,b``), each run in an
    interpreter of its own with ``path`` first on ``sys.path``. Whatever a program prints of where it got something is
    ``<module:name>``; ``moved`` has what these become. ``legacy`` are the files that nothing may load any more where
    all is done. ``sound`` are the files of the program that works, where ``files`` are one that has to be repaired.
    """

    files: Files
    migration: str
    runs: tuple[str, ...]
    path: tuple[str, ...] = (".",)
    moved: Mapping[str, str] = field(default_factory=dict)
    legacy: tuple[str, ...] = ()
    sound: Files | None = None
    seed: int = 0
    alike: tuple[str, ...] = ()
    """Files that are copies of each other, and do the same only as they are."""

    @property
    def size(self) -> int:
        """The number of lines, of the migration too."""
        return sum(text.count("\n") for text in (*self.files.values(), self.migration))

    @property
    def redirected(self) -> set[str]:
        """The legacy files that the migration, as it is, redirects."""
        names = {
            name.replace(".", "/")
            for name in re.findall(r'(?m)^from = "(?:src\.)?(.*)"', self.migration)
        }
        return {file for file in self.legacy if _stem(file) in names}

    @property
    def targets(self) -> list[str]:
        """The modules that the migration leads to."""
        targets = re.findall(r'(?m)^(?:to = "([\w.]+)"|\w+ = "([\w.]+):[\w.]+")$', self.migration)
        return sorted({whole or of_name for whole, of_name in targets})

    @property
    def canonical(self) -> set[str]:
        """The files of these modules, and of the packages that they are in."""
        names = {target.removeprefix("src.").replace(".", "/") for target in self.targets}
        around = {name[: at.start()] for name in names for at in re.finditer("/", name)}
        return {file for file in self.files if _stem(file) in names | around}

    def with_files(self, files: Files) -> Program:
        """Return the program with other files."""
        return replace(self, files=dict(files))

    def normal(self, printed: str) -> str:
        """Return what was printed, with the new place of everything that the migration moves."""

        def new(match: re.Match[str]) -> str:
            tag = match[1].removeprefix("src.") + (f":{match[2]}" if match[2] else "")
            return f"<{self.moved.get(tag, tag)}>"

        return _TAG.sub(new, printed)

    def save(self, folder: Path) -> None:
        """Write the program below ``folder``: its files, the migration as m.toml, and the rest as JSON."""
        write_files(folder, {**self.files, "m.toml": self.migration})
        rest = {
            "seed": self.seed,
            "runs": self.runs,
            "path": self.path,
            "moved": self.moved,
            "legacy": self.legacy,
            "sound": self.sound,
            "alike": self.alike,
        }
        (folder / _RECORD).write_text(json.dumps(rest, indent=1) + "\n")


def _stem(file: str) -> str:
    return file.removeprefix("src/").removesuffix(".py").removesuffix("/__init__")


def load_program(folder: Path) -> Program:
    """Return the program that ``save`` wrote."""
    rest = json.loads((folder / _RECORD).read_text())
    files = {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix in (".py", ".pyi")
    }
    return Program(
        files=files,
        migration=(folder / "m.toml").read_text(),
        runs=tuple(rest["runs"]),
        path=tuple(rest["path"]),
        moved=rest["moved"],
        legacy=tuple(rest["legacy"]),
        sound=rest["sound"],
        seed=rest["seed"],
        alike=tuple(rest.get("alike", ())),
    )


def write_files(folder: Path, files: Files) -> None:
    """Write texts below ``folder``."""
    for path, text in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def shown(files: Files, only: Iterable[str] | None = None) -> str:
    """Return files as one text, for people."""
    chosen = sorted(files if only is None else only)
    return "".join(f"--- {path}\n{files[path]}" for path in chosen)
