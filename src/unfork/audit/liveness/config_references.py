"""Modules that are named in files other than Python source: of tools, deployments or Cython."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping

from unfork.audit.project_model import ProjectModel
from unfork.files.tree import Tree
from unfork.reading.layout import join_key, parent_folder
from unfork_codemods.project import Key

_CODE = (".pyx", ".pxd", ".pxi", ".ipynb")
_DEEP = 99
_DEPTHS = {".py": -1, ".pyi": -1, ".yaml": 2, ".yml": 2, ".json": 1, ".txt": 1}
_DEPTHS |= dict.fromkeys((".toml", ".cfg", ".ini", ".in", ".conf", ".env", ".zcml", *_CODE), _DEEP)
_DEPTHS |= dict.fromkeys((".sh", ".bat", ".ps1", ".mk", ".service", ".spec"), _DEEP)
"""How many folders deep files are read, by their ending: data files may be many, and tools look only near the top."""
_NAMED = frozenset(
    {
        "BUILD",
        "Containerfile",
        "Dockerfile",
        "GNUmakefile",
        "Jenkinsfile",
        "Justfile",
        "Makefile",
        "Procfile",
        "SConstruct",
        "Snakefile",
        "crontab",
        "justfile",
        "makefile",
    }
)
_FOR_SCRIPTS = frozenset({"bin", "sbin", "script", "scripts", "tools"})
_MOST = 300_000
"""Files of more bytes than this are not read: they are mostly data."""
_LISTING = 10
"""The least number of modules that a list of a project's files names."""
_NAME = r"[A-Za-z_]\w*+"
_DOTTED = re.compile(rf"(?<!\w){_NAME}(?:[./]{_NAME})+")
_PATH = re.compile(r"(?<![\w./-])[\w./-]++(?<=\.py)")
_STARTED = re.compile(
    rf"(?:-m|-A|--app|--module|\bmodule|FLASK_APP)[ =:]+({_NAME})|(?<![\w.])({_NAME})(?=:{_NAME})"
)
"""Matches a module without dots, as it is passed to `python -m` and to servers."""
_IMPORT = re.compile(rf"\b(?:from +(\.*(?:{_NAME}(?:\.{_NAME})*)?) +)?c?import +\(?([\w., ]+)")


def is_config(path: str) -> bool:
    """Return whether a file may name modules to start or load."""
    name = path[path.rfind("/") + 1 :]
    dot = name.rfind(".")
    depth = _DEPTHS.get(name[dot:]) if dot >= 0 else None
    if depth is not None:
        return path.count("/") <= depth or (depth >= 0 and path.startswith(".github/"))
    is_script = dot < 0 and is_script_folder(parent_folder(path))
    return not _NAMED.isdisjoint(re.split(r"[.-]", name)) or is_script


def is_script_folder(folder: str) -> bool:
    """Return whether a folder's name says that it holds scripts."""
    return folder.rpartition("/")[2].lower() in _FOR_SCRIPTS


def named_in_configs(
    model: ProjectModel, tree: Tree, configs: Iterable[str], wanted: Iterable[Key]
) -> dict[Key, str]:
    """Return the modules of ``wanted`` that a configuration file names or imports, each with the file as the reason."""
    wanted = frozenset(wanted)
    names = {model.dotted(key): key for key in wanted} | model.by_place
    reasons: dict[Key, str] = {}
    for path in configs if wanted else ():
        text = read_config(tree, path)
        named = set(_modules_in_text(names, path, text))
        if not is_listing(model, named):
            reasons = dict.fromkeys(sorted(named & wanted), f"{path} names it") | reasons
        if path.endswith(_CODE) or "." not in path.rpartition("/")[2]:
            for key in wanted.intersection(_modules_in_imports(names, path, text)):
                reasons.setdefault(key, f"{path} imports it")
    return reasons


def is_listing(model: ProjectModel, named: Collection[Key]) -> bool:
    """Return whether a text names most modules of a project: then it lists its files, and starts none of them."""
    return len(named) >= _LISTING and 2 * len(named) >= len(model.modules)


def _modules_in_text(names: Mapping[str, Key], path: str, text: str) -> Iterator[Key]:
    """Yield the modules that a text names, relative to its own folder, the root, or a folder of a deployment."""
    folder = parent_folder(path)
    candidates = _dotted_names(text) if path.endswith(".txt") else _candidate_names(text)
    for word in filter(None, candidates):
        key = names.get(word) or names.get(join_key(folder, word))
        if key is not None:
            yield key


def _dotted_names(text: str) -> Iterator[str]:
    """Yield the dotted names in a text, as a program reads them; notes and logs name files by their paths."""
    for match in _DOTTED.finditer(text):
        if "/" not in match[0] and not match[0].endswith(".py"):
            yield from (match[0], match[0].rpartition(".")[0])


def _candidate_names(text: str) -> Iterator[str]:
    for match in _DOTTED.finditer(text):
        word = match[0].removesuffix(".py")
        yield from (word, word.rpartition(".")[0])
    for match in _STARTED.finditer(text):
        yield match[1] or match[2]
    for match in _PATH.finditer(text):
        rest = match[0].removesuffix(".py")
        while rest:
            yield rest
            rest = rest.partition("/")[2]


def _modules_in_imports(names: Mapping[str, Key], path: str, text: str) -> Iterator[Key]:
    """Yield the modules imported by a file that contains Python, or a dialect of it, but is not parsed."""
    for match in _IMPORT.finditer(text):
        module = match[1] or ""
        level = len(module) - len(module.lstrip("."))
        base = parent_folder(path)
        for _ in range(level - 1):
            base = parent_folder(base)
        for part in match[2].split(","):
            name = part.strip().partition(" ")[0]
            dotted = ".".join(filter(None, (module[level:], name)))
            for word in (dotted, module[level:]):
                key = names.get(join_key(base, word)) or (None if level else names.get(word))
                if key is not None:
                    yield key


def read_config(tree: Tree, path: str) -> str:
    """Return the text of a file; empty if it cannot be read, or if it is so large that it holds data."""
    try:
        data = tree.read(path)
    except OSError:
        return ""
    return data.decode("utf-8", "replace") if len(data) <= _MOST else ""
