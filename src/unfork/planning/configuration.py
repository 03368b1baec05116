"""Files that are neither code nor prose, and name modules: settings, commands, what runs them, and templates.

handler: a.legacy.Handler    addopts = -p a.legacy    CMD ["python", "-m", "a.legacy"]    <%! import a.legacy %>

A program may import what its settings name, and run what its templates have, so such a module is not removed.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from unfork.file_kinds import PROSE, is_of_unfork
from unfork.planning.run import Run

_ENDINGS = (
    *(
        ".bash",
        ".bat",
        ".cfg",
        ".cmd",
        ".conf",
        ".env",
        ".ini",
        ".json",
        ".jsonl",
        ".mk",
        ".ndjson",
    ),
    *(".ps1", ".service", ".sh", ".toml", ".xml", ".yaml", ".yml"),
)
_NAMES = ("Containerfile", "Dockerfile", "Makefile", "Procfile", "entry_points.txt", "justfile")
_READ = (
    *PROSE,
    *(
        ".adoc",
        ".csv",
        ".diff",
        ".htm",
        ".html",
        ".log",
        ".org",
        ".patch",
        ".po",
        ".pot",
        ".svg",
        ".tex",
        "/PKG-INFO",
    ),
)
"""The endings of what is read and not run; the metadata of a source distribution hold its README."""
_TEMPLATE_CODE = "<%"
"""What begins code in a template (Mako, ERB): a page with it is no prose."""
_OF_CHECKERS = re.compile(
    r"\W(?:black|coverage|flake8|importlinter|isort|mypy|pydocstyle|pylint|pyrefly|pyright|ruff|ty|vulture)\b"
)
"""The heading of a section for a tool that reads code and runs none of it."""
_HEADING = re.compile(r"^\s*(\[.*)$", re.MULTILINE)


def modules_in_configuration(
    run: Run, modules: Collection[str], rewritten: Mapping[str, bytes]
) -> dict[str, str]:
    """Return which modules a configuration file or a template names, each with the reason to keep it.

    ``rewritten`` are the texts of files that this run changes.
    """
    kept: dict[str, str] = {}
    mentions = {module: _mention_of(run, module) for module in modules}
    imports = {module: _import_of(run, module) for module in modules}
    for path in run.documents_of_removed:
        data = rewritten.get(path) or run.read(path)
        if b"\0" in data or is_of_unfork(data):
            continue
        text = data.decode(errors="replace")
        if not (is_settings := _is_configuration(path)) and not _may_be_template(path, text):
            continue
        for module, pattern in (mentions if is_settings else imports).items():
            if module in kept or module.rpartition(".")[2] not in text:
                continue
            line = next(_lines_naming(text, pattern), None)
            if line is not None:
                why = f"{path}:{line} names it, and may have it imported"
                redirect = run.redirects.get(run.engine.index.named(module).key)
                advice = f"; name {redirect.to} there" if redirect and redirect.to else ""
                kept[module] = f"{module} is not removed: {why}{advice}"
    return kept


def _is_configuration(path: str) -> bool:
    name = path.rpartition("/")[2]
    if ".egg-info/" in path:  # made anew of what declares the package
        return False
    return name.endswith(_ENDINGS) or name.startswith(_NAMES) or name == ".env"


def _may_be_template(path: str, text: str) -> bool:
    """Return whether a file may have code that is run: no prose, and nothing that a tool keeps for itself."""
    is_hidden = f"/{path}".count("/.") > 0
    return not is_hidden and (_TEMPLATE_CODE in text or not f"/{path}".endswith(_READ))


def _mention_of(run: Run, module: str) -> re.Pattern[str]:
    """Return the pattern of a module's name, from each root.

    A name without a dot only counts in a command, and before a name that the module has. What is in back quotes, as in
    reStructuredText, is prose.
    """
    index = run.engine.index
    ways = []
    for name in _spellings(run, module):
        begin = rf"(?<![\w./`~-]){re.escape(name)}"
        if "." in name:
            ways.append(begin)
            continue
        own = "|".join(map(re.escape, sorted(index.names(index.named(module).key))))
        ways += [rf"(?<=-[mp] ){re.escape(name)}(?!\.)", rf"{begin}[.:](?:{own})"]
    return re.compile(rf"(?:{'|'.join(ways)})(?![\w/-])")


def _import_of(run: Run, module: str) -> re.Pattern[str]:
    """Return the pattern of a statement that imports a module, at the beginning of a line or of a template's code."""
    ways = []
    for name in _spellings(run, module):
        package, _, last = name.rpartition(".")
        ways.append(rf"(?:from|import)\s+{re.escape(name)}\b")
        ways += [rf"from\s+{re.escape(package)}\s+import\b[^\n]*\b{last}\b"] if package else []
    return re.compile(rf"(?:^\s*|{_TEMPLATE_CODE}!?\s*)(?:{'|'.join(ways)})", re.MULTILINE)


def _spellings(run: Run, module: str) -> list[str]:
    """Return the dotted names of a module, by each root."""
    layout = run.engine.index.layout
    key = run.engine.index.named(module).key
    return sorted({module, *layout.spellings(key)})


def _lines_naming(text: str, pattern: re.Pattern[str]) -> Iterator[int]:
    """Yield the lines that have a module's name, except in the sections of tools that only read code."""
    for match in pattern.finditer(text):
        if not is_for_checkers(text, match.end()):
            yield text.count("\n", 0, match.end()) + 1


def is_for_checkers(text: str, offset: int) -> bool:
    """Return whether a place in a configuration is in a section for tools that only read code."""
    return _OF_CHECKERS.search(heading_above(text, offset)) is not None


def heading_above(text: str, offset: int) -> str:
    """Return the heading of the section that a place in a configuration is in; empty if there is none."""
    headings = _HEADING.findall(text, 0, offset + 1)
    return str(headings[-1]) if headings else ""
