"""The runtime oracle: what comes of a case is imported, and everything is the object that it should be.

The trees before and after are both run, module by module, each in an interpreter of its own, with warnings as errors
(tests/support/sandbox.py). Of the tree before it is asked that it works, so that the case is real. Of the tree after:

- each module imports, and its ``check()`` passes, if it has one;
- no legacy module was loaded on the way, and no aligned one under two names;
- each name that was an object of a legacy module is the object that the migration means, by identity, under its old
  name or a new one; each other name is what it was.

Options of a case: ``import: use, proj.app`` (these modules and no others), ``before: fails, because ...`` (it cannot
work before, and must not; ``works``: it must, whatever the folder says), ``legacy: stays, because ...`` (it is loaded,
and must be), ``oracle: no, because ...``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from cases import Case, Files, migration_of, write

from unfork.planning.packages import FolderModules, migration_by_module
from unfork_codemods.redirect import Redirect

SANDBOX = Path(__file__).with_name("sandbox.py")
PROCESSES = 2

Job = dict[str, Any]
Answer = dict[str, Any]


def complaints(cases: Sequence[Case], folder: Path) -> dict[str, list[str]]:
    """Return what is wrong at run time with what the cases expect, by case."""
    return {trial.case.name: list(trial.complaints()) for trial in _judged(cases, folder, "error")}


def newly_broken(cases: Sequence[Case], folder: Path) -> list[dict[str, str]]:
    """Return the errors of modules that worked before, by module, for each case; warnings are none."""
    return [dict(trial.newly_broken()) for trial in _judged(cases, folder, "ignore")]


def _judged(cases: Sequence[Case], folder: Path, warnings: str) -> list[Trial]:
    """Return trials of the cases, both trees of which have run."""
    runnable = map(_with_scripts, cases)
    trials = [
        Trial(case, folder / str(number), warnings=warnings) for number, case in enumerate(runnable)
    ]
    for trial in trials:
        write(trial.case.before, trial.root("before"))
        write(trial.case.expected, trial.root("after"))
    before = _run([job for trial in trials for job in trial.before()])
    for trial in trials:
        trial.was = {module: next(before) for module in trial.modules(trial.case.before)}
    after = _run([job for trial in trials for job in trial.after()])
    for trial in trials:
        trial.is_ = {module: next(after) for module in trial.modules(trial.case.expected)}
    return trials


def _with_scripts(case: Case) -> Case:
    """Return a case with its notebooks as modules, whose text is that of the cells one after the other."""
    after = None if case.after is None else _as_scripts(case.after)
    return replace(case, own=_as_scripts(case.own), after=after)


def _as_scripts(files: Files) -> Files:
    return {
        path.replace(".ipynb", ".py"): _script(data) if path.endswith(".ipynb") and data else data
        for path, data in files.items()
    }


def _script(notebook: bytes) -> bytes:
    cells = json.loads(notebook)["cells"]
    sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    return "\n".join(sources).encode()


def _run(jobs: Sequence[Job]) -> Iterator[Answer]:
    """Return the answers to jobs, in their order."""
    shares = [jobs[start::PROCESSES] for start in range(PROCESSES)]
    with ThreadPoolExecutor(PROCESSES) as pool:
        told = list(pool.map(_share, shares))
    return iter(told[at % PROCESSES][at // PROCESSES] for at in range(len(jobs)))


def _share(jobs: Sequence[Job]) -> list[Answer]:
    asked = "".join(json.dumps(job) + "\n" for job in jobs)
    command = [sys.executable, "-X", "utf8", str(SANDBOX)]
    done = subprocess.run(command, input=asked, capture_output=True, text=True, encoding="utf-8")
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    if len(answers) != len(jobs):
        raise RuntimeError(f"{len(jobs)} jobs, {len(answers)} answers:\n{done.stderr}")
    return answers


@dataclass
class Trial:
    """One case with its two trees, and what was told of them by module."""

    case: Case
    folder: Path
    was: Mapping[str, Answer] | None = None
    is_: Mapping[str, Answer] | None = None
    warnings: str = "error"

    def root(self, which: str) -> Path:
        return self.folder / which

    # -- what is to be imported

    @cached_property
    def redirects(self) -> tuple[Redirect, ...]:
        modules = FolderModules(self.root("before"), [root or "." for root in self.roots])
        return migration_by_module(migration_of(self.case), modules).redirects

    @cached_property
    def roots(self) -> tuple[str, ...]:
        named = migration_of(self.case).roots
        if named is not None:
            return tuple("" if root == "." else root for root in named)
        return ("", "src") if any(p.startswith("src/") for p in self.case.before) else ("",)

    @cached_property
    def legacy(self) -> dict[str, Redirect]:
        """The files of the legacy modules."""
        return {
            file: redirect for redirect in self.redirects for file in self._files(redirect.source)
        }

    def _files(self, dotted: str) -> list[str]:
        """Return the files of a module, the one that is imported first."""
        files = []
        for root in self.roots:
            key = "/".join([*([root] if root else []), *dotted.split(".")])
            for file in (f"{key}/__init__.py", f"{key}.py"):
                if file in self.case.before or file in self.case.expected:
                    files.append(file)
        return files

    def _file(self, dotted: str) -> str | None:
        return next(iter(self._files(dotted)), None)

    def modules(self, files: Iterable[str]) -> dict[str, str]:
        """Return the modules to import, with their files: those of the case's own files, but for the legacy ones."""
        files = set(files)
        chosen = self.case.options.get("import")
        if chosen is not None:
            named = {name.strip(): self._file(name.strip()) for name in chosen.split(",")}
            return {
                name: file for name, file in named.items() if file is not None and file in files
            }
        own = {*self.case.own, *(self.case.after or {})}
        mine = sorted(p for p in own & files if p.endswith(".py") and p not in self.legacy)
        return {_dotted(path): path for path in mine}

    def before(self) -> list[Job]:
        root = self.root("before")
        return [self._job(root, *item, []) for item in self.modules(self.case.before).items()]

    def after(self) -> list[Job]:
        root = self.root("after")
        targets = sorted(set(self._targets().values()))
        modules = self.modules(self.case.expected)
        return [self._job(root, *item, targets) for item in modules.items()]

    def _job(self, root: Path, module: str, file: str, asked: Sequence[tuple[str, str]]) -> Job:
        folder = file.rpartition("/")[0]
        path = [os.path.join(root, base) for base in self.roots]
        if folder and f"{folder}/__init__.py" not in self.case.expected:
            path.insert(0, os.path.join(root, folder))  # as Python does for a script
        return {
            "root": str(root.resolve()),
            "path": path,
            "module": module,
            "asked": asked,
            "warnings": self.warnings,
        }

    # -- what the migration means

    def _targets(self) -> dict[str, tuple[str, str]]:
        """Return the module and the name that each object of a legacy module, seen before, is now."""
        targets: dict[str, tuple[str, str]] = {}
        for answer in (self.was or {}).values():
            for identity in answer["names"].values():
                target = self._target(identity)
                if target is not None:
                    targets[identity] = target
        return targets

    def _target(self, identity: str) -> tuple[str, str] | None:
        file, _, name = identity.partition(":")
        target: tuple[str, str] | None = None
        while file in self.legacy and name and "." not in name:
            redirect = self.legacy[file]
            if name in redirect.names:
                target = redirect.names[name].module, redirect.names[name].name
            elif redirect.to is not None:
                target = redirect.to, name
            else:
                break
            file, name = self._file(target[0]) or "", target[1]
        return target

    # -- what is wrong

    def newly_broken(self) -> Iterator[tuple[str, str]]:
        assert self.was is not None and self.is_ is not None
        for module, told in self.is_.items():
            if told["error"] and module in self.was and not self.was[module]["error"]:
                yield module, told["error"]

    def complaints(self) -> Iterator[str]:
        options = self.case.options
        assert self.was is not None and self.is_ is not None
        broken = [(module, told) for module, told in self.was.items() if told["error"]]
        if not options.get("before", "works").startswith("fails"):
            yield from (f"before, {module}:\n{told['error']}" for module, told in broken)
        elif not broken:
            yield "before: everything works, though the case says that it cannot"
        for module, told in self.is_.items():
            if told["error"]:
                yield f"after, {module}:\n{told['error']}"
        yield from self._loaded()
        for module, told in self.is_.items():
            if module in self.was and not told["error"] and not self.was[module]["error"]:
                yield from self._names(module, self.was[module], told)
        if not self.is_ and not self.was:
            yield "there is nothing to import: say why, `oracle: no, because ...`"

    def _loaded(self) -> Iterator[str]:
        assert self.is_ is not None
        for align in migration_of(self.case).aligns:
            for file in (file for module in align.modules for file in self._files(module)):
                for told in self.is_.values():
                    if len(told["files"].get(file, ())) > 1 and "legacy" not in self.case.options:
                        yield f"after: {file} was loaded as {told['files'][file]}"
        loaded = {file for told in self.is_.values() for file in told["files"]} & self.legacy.keys()
        if "legacy" not in self.case.options:
            yield from (f"after: {file} was loaded" for file in sorted(loaded))
        elif not loaded:
            yield "after: no legacy module was loaded, though the case says that one stays"

    def _names(self, module: str, was: Answer, told: Answer) -> Iterator[str]:
        targets = self._targets()
        asked = dict(zip(sorted(set(targets.values())), told["asked"], strict=True))
        after: dict[str, str] = told["names"]
        for name, identity in was["names"].items():
            target = targets.get(identity)
            means = (asked[target] if target else None) or identity
            if identity in self.legacy or not self._is_written(module, name):
                continue  # a module: `check()` says what is to be reached through it; or unused
            if after.get(name) == identity and "legacy" in self.case.options:
                continue
            if name in after and after[name] != means:
                yield f"{module}: {name} is {after[name]}, and should be {means}"
            reached = any(
                means == other or means.startswith(f"{other}.") for other in after.values()
            )
            is_lost = ":" in identity and not reached  # a package may go unused
            if name not in after and is_lost and not means.startswith("builtins:"):
                yield f"{module}: {name} was {identity}, and nothing is {means} now"
        yield from (f"{module}: {n} is {i}" for n, i in after.items() if i.endswith(" object)"))

    def _is_written(self, module: str, name: str) -> bool:
        """Return whether a file says the name at all: what a star brings along nobody may want."""
        file = self.modules(self.case.before)[module]
        return name.rpartition(".")[2].encode() in self.case.before[file]


def _dotted(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
