"""Lines of a notebook that are not Python: what they name is not rewritten, and what they use stays as it is."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace

from unfork.file_kinds import is_notebook
from unfork.reading.cells import BROKEN, MARKER, OPAQUE, syntax_error
from unfork.reading.index import Index
from unfork.reading.prefilter import Prefilter
from unfork.reading.source import Source
from unfork.rewriting.constraints import Constraints
from unfork.values import Finding
from unfork_codemods.edits import Edit

_LINE = re.compile(rb"^[^\n#]*?%b(?!\x1fcell )(?P<text>[^\n]*)" % OPAQUE, re.MULTILINE)
_CELL = re.compile(re.escape(MARKER) + rb"\d+\n")
_JUPYTEXT_CELL = re.compile(rb"^# %%", re.MULTILINE)
_COMMENTED_MAGIC = re.compile(
    rb"^[ \t]*#[ \t]*(?P<text>(?:[\w.]+[ \t]*=[ \t]*)?(?:%{1,2}[A-Za-z]|!)[^\n]*)", re.MULTILINE
)
"""A magic in a script that jupytext keeps as a notebook: a comment there, and a line that runs in the notebook."""
_WORD = re.compile(rb"[^\W\d]\w*")
_OTHER_LANGUAGE = re.compile(
    rb"\s*(?:%%(?:!|bash|cmd|file|html|HTML|javascript|js|latex|markdown|perl|ruby|script|sh|SVG|svg|sql|sx|system"
    rb"|writefile)(?!\w)|[!?])|[^\n]*\?\s*$"
)
"""A line of the shell or for help, or a cell in another language: it names a module as any other document does."""

_Binding = tuple[str, str]


def with_opaque_names(source: Source, facts: Constraints) -> Constraints:
    """Return the constraints of a file, with the names that its opaque lines use among those that it must keep."""
    names = opaque_names(source)
    return replace(facts, keep=facts.keep | names) if names else facts


def opaque_names(source: Source) -> frozenset[str]:
    """Return the names that opaque lines use, as far as their words tell; of a script that is no notebook, none."""
    lines = _opaque_lines(source)
    return frozenset(word.decode() for line in lines for word in _WORD.findall(line["text"]))


def _opaque_lines(
    source: Source, start: int = 0, end: int = sys.maxsize
) -> Iterator[re.Match[bytes]]:
    """Yield the opaque lines between two offsets, each with its ``text``."""
    if is_notebook(source.path):
        yield from _LINE.finditer(source.data, start, end)
    elif b"%%" in source.data and _JUPYTEXT_CELL.search(source.data):
        yield from _COMMENTED_MAGIC.finditer(source.data, start, end)


def opaque_findings(source: Source, prefilter: Prefilter) -> Iterator[Finding]:
    """Yield where opaque lines of a notebook use a legacy module: these are for a person to change."""
    if not is_notebook(source.path):
        yield from _findings_in_lines(source, 0, len(source.data), prefilter)
        return
    markers = list(_CELL.finditer(source.data))
    ends = [*(match.start() for match in markers[1:]), len(source.data)]
    for marker, end in zip(markers, ends):
        yield from _findings_in_cell(source, marker.end(), end, prefilter)


def _findings_in_cell(
    source: Source, start: int, end: int, prefilter: Prefilter
) -> Iterator[Finding]:
    cell = source.data[start:end]
    if BROKEN in cell:
        text = cell.replace(BROKEN, b"")
        if prefilter.matches(text):
            line, why = syntax_error(text) or (1, "")
            at = source.location(start)[0] + line - 1
            yield Finding(source.path, at, 1, "UF007", f"cell cannot be parsed: {why}")
        return
    yield from _findings_in_lines(source, start, end, prefilter)


def _findings_in_lines(
    source: Source, start: int, end: int, prefilter: Prefilter
) -> Iterator[Finding]:
    for match in _opaque_lines(source, start, end):
        if _OTHER_LANGUAGE.match(match["text"]):
            if match["text"].lstrip().startswith(b"%%"):
                return
        elif prefilter.matches(match["text"]):
            line, col = source.location(match.start("text"))
            why = "a line that is not plain Python names a legacy module; change it by hand"
            yield Finding(source.path, line, col, "UF001", why)


def possible_imports(source: Source) -> bytes:
    """Return the opaque lines of a notebook as one text, in which modules to be removed may be named."""
    return b"\n".join(match["text"] for match in _opaque_lines(source))


def reason_to_refuse(old: Source, new: Source, edits: Iterable[Edit], index: Index) -> str:
    """Return why a rewrite of a notebook is not certain to keep what it is: empty if it is."""
    if is_notebook(old.path) and not _fit_in_cells(old.data, edits):
        return "an edit does not lie in the Python lines of one cell"
    used = opaque_names(old)
    if not used:
        return ""
    before, after = set(_module_bindings(old, index)), set(_module_bindings(new, index))
    names = sorted({name for name, _ in before ^ after} & used)
    return f"a magic, a shell line or a cell that is not Python uses {names[0]}" if names else ""


def _fit_in_cells(text: bytes, edits: Iterable[Edit]) -> bool:
    """Return whether each edit lies in the Python lines of one cell."""
    first = text.find(b"\n", text.find(MARKER)) + 1
    return all(
        edit.start >= first
        and OPAQUE not in text[edit.start : edit.end]
        and not text.startswith(OPAQUE + b"%%", edit.start)
        for edit in edits
    )


def _module_bindings(source: Source, index: Index) -> Iterator[_Binding]:
    """Yield the names that imports bind to modules, each with the module's name as written."""
    for statement in source.imports:
        node = statement.node
        for alias in node.names:
            if isinstance(node, ast.Import):
                yield alias.asname or alias.name.partition(".")[0], alias.name
            elif _is_module(node, alias.name, source.path, index):
                origin = f"{'.' * node.level}{node.module or ''}.{alias.name}"
                yield alias.asname or alias.name, origin


def _is_module(node: ast.ImportFrom, name: str, importer: str, index: Index) -> bool:
    layout, module = index.layout, node.module or ""
    package = (
        layout.relative(node.level, module, importer)
        if node.level
        else layout.absolute(module, importer)
    )
    return layout.exists(layout.submodule_key(package.key, name))
