"""What is done to a project's tree: modules copied, renamed or split, and a migration that unfork applies.

Each trial also has a *control*: the same new modules, but no import is moved. There the legacy module only stands for
the new ones, in a few lines. A test that fails with the control asks for something that no move can give: the path of
a module in a message, the name of a class in a repr.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from copying import can_rename, copied, home_of, renamed
from obtain import Place
from projects import Project
from splitting import NotSplit, Split, split
from survey import Module, Survey, survey

KINDS = ("copied", "renamed", "split")
WANTED = 3
"""How many modules are moved."""


STANDS_FOR = """\
import importlib.util
import sys

_new = sys.modules.get({home!r})
if _new is None:
    _spec = importlib.util.find_spec({home!r})
    _new = importlib.util.module_from_spec(_spec)
    sys.modules[{home!r}] = sys.modules[__name__] = _new
    _spec.loader.exec_module(_new)
_package, _, _name = {home!r}.rpartition(".")
setattr(sys.modules[_package], _name, _new)
sys.modules[__name__] = _new
"""
"""One module under both names, from its first statement on: who imports it meanwhile finds what is there so far.

Its package has it as an attribute, as an import statement would have put it there.
"""


@dataclass
class Trial:
    """New files by path, the migration, and what legacy modules look like in the control."""

    kind: str
    legacy: list[str] = field(default_factory=list)
    subject: list[str] = field(default_factory=list)
    files: dict[Path, str] = field(default_factory=dict)
    control: dict[Path, str] = field(default_factory=dict)
    migration: list[str] = field(default_factory=list)
    copies: dict[str, str] = field(default_factory=dict)
    """The legacy module that each copy was made of."""

    def named_before(self, test: str) -> str:
        """Return what a test was called that has the name of a module among its parameters."""
        for home, legacy in self.copies.items():
            test = re.sub(rf"(?<![\w.]){re.escape(home)}(?![\w.])", legacy, test)
        return test

    def lay_out(self) -> None:
        """Write the new modules."""
        _write(self.files)

    def lay_out_control(self) -> None:
        """Write the new modules, and let the legacy ones stand for them."""
        _write(self.files)
        self.let_old_stand_for_new()

    def let_old_stand_for_new(self) -> None:
        """Replace the legacy modules, whatever they are by now."""
        _write(self.control)


@dataclass(frozen=True)
class Applied:
    """What unfork said: exit codes, and what it left, as counts by code and as lines."""

    apply: int
    check: int
    again: int
    changed: int
    notes: int
    left: Mapping[str, int]
    found: Mapping[str, int]
    lines: Sequence[str]


def trial_of(kind: str, project: Project, place: Place) -> Trial:
    """Return a trial for the three most imported modules of the tree as it is."""
    surveyed = survey(project, place.tree)
    roots = f"roots = {json.dumps(project.roots)}\n" if project.roots else ""
    head = f'[migration]\nname = "{project.name.lower()}-{kind}"\n{roots}'
    trial = Trial(kind, migration=[head])
    for module, division in _chosen(kind, project, surveyed):
        trial.legacy.append(module.name)
        if division is not None:
            _split(trial, module, division)
        else:
            _copy(trial, module, _names(project, surveyed, module) if kind == "renamed" else {})
    return trial


def _chosen(kind: str, project: Project, surveyed: Survey) -> list[tuple[Module, Split | None]]:
    """The modules of the project's own list, or those that most files import; for a split, those that can be."""
    modules = [surveyed.modules[name] for name in project.modules] or surveyed.ranked()
    chosen: list[tuple[Module, Split | None]] = []
    for module in modules:
        try:
            chosen.append((module, split(module) if kind == "split" else None))
        except NotSplit as why:
            print(f"  {module.name} is not split: {why}")
    return chosen[:WANTED]


def _names(project: Project, surveyed: Survey, module: Module) -> dict[str, str]:
    """The most used name of a module, with its new name."""
    names = [name for name in surveyed.ranked_names(module) if can_rename(module, name)]
    listed = [name for name in names if f"{module.name}.{name}" in project.names]
    return {name: renamed(name) for name in (listed or names)[:1]}


def _copy(trial: Trial, module: Module, names: Mapping[str, str]) -> None:
    home = home_of(module)
    folder = module.path.parent / home.split(".")[-2]
    trial.files[folder / "__init__.py"] = ""
    trial.files[folder / f"{home.rpartition('.')[2]}.py"] = copied(module, names)
    trial.copies[home] = module.name
    trial.subject += [f"{module.name}.{name}" for name in names] or [module.name]
    old_names = "".join(f"_new.{old} = _new.{new}\n" for old, new in names.items())
    if names and "__all__" in module.definitions:
        back = {new: old for old, new in names.items()}
        old_names += f"_new.__all__ = [{back!r}.get(name, name) for name in _new.__all__]\n"
    trial.control[module.path] = STANDS_FOR.format(home=home) + old_names
    trial.migration.append(f'[[redirect]]\nfrom = "{module.name}"\nto = "{home}"\n')
    if names:
        trial.migration.append("[redirect.names]\n" + "".join(_pairs(names)))
    trial.migration.append(
        f'[[deprecate]]\nmodule = "{module.name}"\nuse = "{home}"\nshim = true\n'
    )


def _split(trial: Trial, module: Module, division: Split) -> None:
    for name, text in division.modules:
        trial.files[module.path.with_name(name.rpartition(".")[2] + ".py")] = text
    trial.subject.append(module.name)
    imports = [f"from {home} import {name}\n" for name, home in division.homes.items()]
    imports += [f"from {name} import *\n" for name, _ in division.modules]
    trial.control[module.path] = "".join(imports)
    targets = {name: f"{home}:{name}" for name, home in division.homes.items()}
    trial.migration.append(
        f'[[redirect]]\nfrom = "{module.name}"\n[redirect.names]\n' + "".join(_pairs(targets))
    )
    trial.migration.append(f'[[remove]]\nmodule = "{module.name}"\n')


def _pairs(names: Mapping[str, str]) -> Iterator[str]:
    for old, new in names.items():
        yield f'{old} = "{new}"\n'


def _write(files: Mapping[Path, str]) -> None:
    for path, text in files.items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")


# --- unfork ---------------------------------------------------------------------------------------------------------


def apply(trial: Trial, place: Place, kept: Path) -> Applied:
    """Run unfork on a tree in which the trial was laid out; its reports and the patch are kept below ``kept``."""
    kept.mkdir(parents=True, exist_ok=True)
    migration = kept / "migration.toml"
    migration.write_text("\n".join(trial.migration), encoding="utf-8")
    place.git("add", "--all", "--force", ".")
    place.git("commit", "--quiet", "--message", trial.kind)
    applied, apply_code = _unfork("apply", migration, place, kept)
    checked, check_code = _unfork("check", migration, place, kept)
    again, _ = _unfork("diff", migration, place, kept)
    (kept / "after.patch").write_text(place.git("diff", "HEAD"), encoding="utf-8")
    place.git("add", "--all", "--force", ".")
    place.git("commit", "--quiet", "--allow-empty", "--message", "unfork")
    left = applied.get("left", [])
    return Applied(
        apply_code,
        check_code,
        len(again.get("changes", [])),
        len(applied.get("changes", [])),
        len(applied.get("notes", [])),
        dict(Counter(item["code"] for item in left)),
        dict(Counter(item["code"] for item in checked.get("findings", []))),
        [f"{item['path']}:{item['line']}: {item['code']} {item['message']}" for item in left],
    )


def _unfork(command: str, migration: Path, place: Place, kept: Path) -> tuple[dict[str, list], int]:
    arguments = [command, "-m", str(migration), "--root", str(place.tree), "--format", "json"]
    done = subprocess.run(
        [sys.executable, "-m", "unfork", *arguments], capture_output=True, text=True, cwd=place.tree
    )
    (kept / f"{command}.json").write_text(done.stdout or done.stderr, encoding="utf-8")
    return (json.loads(done.stdout) if done.stdout.startswith("{") else {}), done.returncode
