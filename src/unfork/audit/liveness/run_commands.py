"""Modules that a command in a document, a script or a configuration file runs, like ``python tools/x.py``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from posixpath import normpath

from unfork.audit.liveness.config_references import is_listing, read_config
from unfork.audit.project_model import ProjectModel
from unfork.files.tree import Tree
from unfork.reading.layout import parent_folder
from unfork_codemods.project import Key

_PROGRAMS = (
    r"(?:python[\d.]*w?|pypy\d*|py|uv|uvx|poetry|pipenv|pdm|hatch|rye|pixi|conda|streamlit|fastapi|gunicorn|uvicorn"
    r"|hypercorn|daphne|waitress-serve|celery|flask|rq|dramatiq|huey_consumer|chainlit|panel|bokeh|locust|torchrun"
    r"|accelerate|deepspeed|mpirun|srun|sbatch|spark-submit|pm2|nohup|pyinstaller|nuitka|cython|exec)\b"
)
_RUNNER = re.compile(rf"(?<![\w.-]){_PROGRAMS}", re.IGNORECASE)
"""Matches a program that is given a module or a file to run."""
_STARTED = re.compile(r"^[\s$>#*+-]*(?:\.[/\\])?([\w./\\-]+\.py)\b")
"""Matches a file at the beginning of a line, as a shell runs it."""
_FILE = re.compile(r"[\w./\\-]*\w\.py\b")
_NAME = r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*"
_MODULE = re.compile(
    rf"(?:-m|-A|--app|--module)[\s=\"',]+({_NAME})|(?<![\w./-])({_NAME})(?=:[A-Za-z_])"
)
_GAP = r"[\s\"',)}=]+"
_COMMAND = re.compile(
    rf"(?<![\w.-]){_PROGRAMS}(?:\.exe)?(?:{_GAP}(?:run|--?\w[\w-]*(?: \w+)?))*?{_GAP}"
    rf"(?:(?:-m|-A|--app){_GAP}(?=({_NAME}))|({_NAME})(?=:[A-Za-z_])|([\w./\\-]*\w\.py)\b)"
    r"|^\s*(?:\$ +)?\./([\w./-]+\.py)\b",
    re.IGNORECASE,
)
"""Matches a program with the module or the file that it runs, and nothing but options in between."""
_ANY_NAME = re.compile(r"\.py\b|-m|-A|--app|--module|\w:\w")
"""Matches in every line that can name a module to run: most lines of a document name none."""
_CHANGE_FOLDER = re.compile(r"\bcd\s+[\"']?(?:\./)?([\w./-]+)")


@dataclass(frozen=True, slots=True)
class Commands:
    """The modules that files may run, each ``named`` with the first such file, and those that commands in files run.

    ``runners`` are all files with a command that can only mean the module. It takes less to keep a module from being
    reported as dead than to prefer it to another: a list of files to be removed names modules as well.
    """

    named: Mapping[Key, str]
    runners: Mapping[Key, tuple[str, ...]]


def modules_in_commands(
    model: ProjectModel, tree: Tree, paths: Iterable[str], wanted: Iterable[Key]
) -> Commands:
    """Return the modules of ``wanted`` that a command in one of the files runs."""
    wanted = frozenset(wanted)
    targets = _Targets(model, wanted)
    named: dict[Key, str] = {}
    runners: dict[Key, tuple[str, ...]] = {}
    for path in paths if wanted else ():
        text = read_config(tree, path)
        keys_named = set(_modules_of_text(targets, path, text))
        run = {key for key, is_command in keys_named if not is_command}
        if is_listing(model, run):
            continue
        named = dict.fromkeys(sorted(run & wanted), path) | named
        for key in sorted(key for key, is_command in keys_named if is_command and key in wanted):
            runners[key] = (*runners.get(key, ()), path)
    return Commands(named, runners)


class _Targets:
    """The modules of a project by path and by dotted name; those looked for by file name too, where it is unique."""

    def __init__(self, model: ProjectModel, wanted: Iterable[Key]) -> None:
        keys = list(wanted)
        self.by_path: Mapping[str, Key] = {facts.path: key for key, facts in model.modules.items()}
        self.by_name: Mapping[str, Key] = {
            **model.by_place,
            **{model.dotted(key): key for key in keys},
        }
        self.by_file: Mapping[str, Key] = {
            key.rpartition("/")[2]: key
            for key in keys
            if len(model.by_last_name[key.rpartition("/")[2]]) == 1
        }

    def of_path(self, path: str, folder: str) -> Key | None:
        """Return the module of a file, named from the root, from ``folder``, or from where it is deployed."""
        rest = path.replace("\\", "/").removeprefix("./").lstrip("/")
        key = self.by_path.get(f"{folder}/{rest}") or self.by_path.get(rest)
        while key is None and "/" in rest:
            rest = rest.partition("/")[2]
            key = self.by_path.get(rest)
        return key or self.by_file.get(rest.removesuffix(".py"))

    def of_command(self, file: str, folders: Iterable[str]) -> Key | None:
        """Return the only module that a file named from one of several folders can be."""
        rest = file.replace("\\", "/").removeprefix("./")
        places = dict.fromkeys(normpath(f"{folder}/{rest}").lstrip("/") for folder in folders)
        modules = [self.by_path[place] for place in places if place in self.by_path]
        return modules[0] if len(modules) == 1 else None if modules else self.of_path(file, "")


def _modules_of_text(targets: _Targets, path: str, text: str) -> Iterator[tuple[Key, bool]]:
    """Yield the modules that a text may run, and again with True those that a command runs.

    After `cd`, commands start in that folder, up to the next empty line.
    """
    own, entered = parent_folder(path), ""
    for line in text.splitlines():
        change = _CHANGE_FOLDER.search(line) if "cd" in line else None
        if change is not None:
            entered = change[1]
        elif not line.strip() or line.startswith("```"):
            entered = ""
        if _ANY_NAME.search(line):
            runner = _RUNNER.search(line)
            for key in _modules_of_line(targets, own, line, runner):
                yield key, False
            if runner is not None or "./" in line:
                folders = (own, "") if not entered else (f"{own}/{entered}", entered)
                for key in _modules_of_commands(targets, folders, line):
                    yield key, True


def _modules_of_line(
    targets: _Targets, folder: str, line: str, runner: re.Match[str] | None
) -> Iterator[Key]:
    started = _STARTED.match(line)
    files = [started[1]] if started else []
    if runner is not None:
        rest = line[runner.end() :]
        files += _FILE.findall(rest)
        for match in _MODULE.finditer(rest):
            key = targets.by_name.get(match[1] or match[2])
            if key is not None:
                yield key
    yield from filter(None, (targets.of_path(file, folder) for file in files))


def _modules_of_commands(targets: _Targets, folders: tuple[str, str], line: str) -> Iterator[Key]:
    for match in _COMMAND.finditer(line):
        module, file = match[1] or match[2], match[3] or match[4]
        key = targets.of_command(file or f"{module.replace('.', '/')}.py", folders)
        if key is not None:
            yield key
