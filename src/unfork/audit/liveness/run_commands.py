"""Modules that a command in a document, a script or a configuration file runs, like ``python tools/x.py``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from unfork.audit.liveness.config_references import is_listing, read_config
from unfork.audit.project_model import ProjectModel
from unfork.files.tree import Tree
from unfork.reading.layout import parent_folder
from unfork_codemods.project import Key

_DOCUMENTS = (".md", ".rst", ".adoc", ".mdc")
_DEPTH = 4
"""How many folders deep documents are read."""
_RUNNER = re.compile(
    r"\b(?:python[\d.]*w?|pypy\d*|py|uv|uvx|poetry|pipenv|pdm|hatch|rye|pixi|conda|streamlit|fastapi|gunicorn|uvicorn"
    r"|hypercorn|daphne|waitress-serve|celery|flask|rq|dramatiq|huey_consumer|chainlit|panel|bokeh|locust|torchrun"
    r"|accelerate|deepspeed|mpirun|srun|sbatch|spark-submit|pm2|nohup|pyinstaller|nuitka|cython|exec)\b",
    re.IGNORECASE,
)
"""Matches a program that is given a module or a file to run."""
_STARTED = re.compile(r"^[\s$>#*+-]*(?:\.[/\\])?([\w./\\-]+\.py)\b")
"""Matches a file at the beginning of a line, as a shell runs it."""
_FILE = re.compile(r"[\w./\\-]*\w\.py\b")
_NAME = r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*"
_MODULE = re.compile(
    rf"(?:-m|-A|--app|--module)[\s=\"',]+({_NAME})|(?<![\w./-])({_NAME})(?=:[A-Za-z_])"
)


def is_document(path: str) -> bool:
    """Return whether a file is a document that may say how to run the program."""
    return path.lower().endswith(_DOCUMENTS) and path.count("/") <= _DEPTH


def modules_in_commands(
    model: ProjectModel, tree: Tree, paths: Iterable[str], wanted: Iterable[Key]
) -> dict[Key, str]:
    """Return the modules of ``wanted`` that a command in one of the files runs, each with the file as the reason."""
    wanted = frozenset(wanted)
    targets = _Targets(model, wanted)
    reasons: dict[Key, str] = {}
    for path in paths if wanted else ():
        run = set(_modules_of_text(targets, path, read_config(tree, path)))
        if not is_listing(model, run):
            reasons = dict.fromkeys(sorted(run & wanted), f"{path} runs it") | reasons
    return reasons


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


def _modules_of_text(targets: _Targets, path: str, text: str) -> Iterator[Key]:
    folder = parent_folder(path)
    for line in text.splitlines():
        runner = _RUNNER.search(line)
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
