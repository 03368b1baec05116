"""Legacy modules that files compare with where things come from: what moves comes from another module.

    [c for c in classes if c.__module__ == legacy.__name__]    inspect.getmodule(Old) is legacy
    inspect.getfile(Old).endswith("legacy.py")                 "legacy.py" in traceback.format_exc()

Where the module itself, or what it is called, has to stay, so has what is compared with it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from itertools import chain

from unfork.planning.run import Run
from unfork.planning.settling import Settling
from unfork.reading.layout import key_of
from unfork.reading.names_as_data import values_compared
from unfork.reading.shown_names import ComparedText, texts_compared
from unfork.reading.source import Unparsable
from unfork.rewriting.constraints import Constraints
from unfork.rewriting.edges import files_imported
from unfork.rewriting.file_context import FileContext
from unfork_codemods.project import DATA_NAMES, Key, last_segment
from unfork_codemods.redirect import Redirect

_COMPARING = re.compile(rb"__(?:name|file|dict|spec|package)__|\bvars\(|\bis\b|==")
_ASKING = re.compile(
    rb"__module__|__globals__|\bco_filename\b|\bf_globals\b|\bget(?:module|sourcefile|file)\b"
)
"""What a text has that asks which module, or which file, something comes from."""
_TELLING = re.compile(rb"(?<![.\w])(?<!ogger\()__(?:name|file)__(?!\s*[!=]=)")
"""What a module has that may tell others its name: not to its logger, nor to see whether it is run."""
_SHOWING_PLACE = re.compile(
    rb"\bget(?:source)?file\(|\bco_filename\b|\.(?:file|path)name\b|\.module\b|\b(?:format|print)_exc|\btraceback\."
    rb"|\brender_doc\(|\brepr\(|sys\.modules\b|__module__|\bsys\._getframe\b"
)
"""What code has that asks or shows in which file or module something is."""


def compared_modules_stay(settling: Settling) -> dict[str, Constraints]:
    """Keep all imports of a legacy module that a file goes on comparing with the modules of what may move."""
    run, results = settling.run, settling.results
    if not any(result.edits for result in results.values()):
        return {}
    why: dict[Key, str] = {}
    for path, result in sorted(results.items()):
        compared = _modules_compared(run, path) if result.left else {}
        taken = settling.still_taken([path], frozenset(compared)) if compared else {}
        staying = {key for key, name in taken if name is None or name in DATA_NAMES}
        for key in staying & compared.keys() - why.keys():
            place, legacy = f"{path}:{compared[key]}", run.redirects[key].source
            why[key] = f"{place} compares {legacy} with where things come from; move both by hand"
    return settling.keep(acting=run.once(_modules_shown) | why)


def _modules_compared(run: Run, path: str) -> dict[Key, int]:
    """Return the legacy modules that a file compares with what may tell where things come from, with the lines."""
    data = run.read(path)
    if not _COMPARING.search(data):
        return {}
    try:
        source = run.engine.heads.sources.read(path, data)
        context = FileContext(source, run.engine.index, run.redirect_codemod)
        found: dict[Key, int] = {}
        for node in source.nodes:
            for key, line in _modules_in(context, node):
                found.setdefault(key, line)
    except (Unparsable, RecursionError):
        return {}
    return {
        key: line
        for key, line in found.items()
        if key in run.redirects and _may_be_told(run, path, key)
    }


def _modules_in(context: FileContext, node: ast.AST) -> Iterator[tuple[Key, int]]:
    """Yield the modules that a node compares with other values, themselves or by what says what they are."""
    for value in values_compared(node):
        match value:
            case ast.Attribute(attr=attr, value=module) if attr in DATA_NAMES:
                pass
            case ast.Call(func=ast.Name(id="vars"), args=[module]) | module:
                pass
        key = context.module_of(module, context.scope_around(module))
        if key is not None:
            yield key, value.lineno


def _may_be_told(run: Run, path: str, legacy: Key) -> bool:
    """Return whether a file, or one that it imports, asks where things come from, or the legacy module says so."""
    index = run.engine.index
    own = index.text(index.file(legacy)) if index.has_file(legacy) else b""
    asking = (path, *files_imported(path, index))
    return bool(_TELLING.search(own)) or any(_ASKING.search(run.read(file)) for file in asking)


def _modules_shown(run: Run) -> dict[Key, str]:
    """Return the modules of which a text that is compared has the name of the file."""
    why: dict[Key, str] = {}
    index, files = run.engine.index, {f"{last_segment(key)}.py".encode() for key in run.redirects}
    quoted = re.compile(rb"[\"'][^\"'\n]*\b(?:%b)\b" % b"|".join(map(re.escape, sorted(files))))
    for path in sorted({*chain(*run.all_candidates)}) if files else ():
        data = run.read(path)
        is_named = any(file in data for file in files) and quoted.search(data)
        if not (is_named and (_SHOWING_PLACE.search(data) or _asks_by_calls(run, path))):
            continue
        try:
            compared = [*texts_compared(run.engine.heads.sources.read(path, data))]
        except (Unparsable, RecursionError):
            continue
        near = {path, *files_imported(path, index)}
        near |= {other for file in near for other in files_imported(file, index)}
        for key, redirect in run.redirects.items():
            if key not in why and key_of(path) != key and index.file(key) in near:
                text = _text_naming(redirect, compared)
                if text is not None:
                    place = f"{path}:{text.line} has '{text.text.strip()}'"
                    why[key] = f"{place}, and what moves is found elsewhere; name that there, too"
    return why


def _asks_by_calls(run: Run, path: str) -> bool:
    """Return whether a file imports one that tells where it is."""
    imported = files_imported(path, run.engine.index)
    return any(b"co_filename" in run.read(file) for file in imported)


def _text_naming(redirect: Redirect, compared: Sequence[ComparedText]) -> ComparedText | None:
    """Return a text that has the name of a module's file; None if none has it, or one has that of its counterpart."""
    last = redirect.source.rpartition(".")[2]
    homes = {home.rpartition(".")[2] for home in redirect.homes}
    if any(re.search(rf"\b{home}\b", text.text) for home in homes for text in compared):
        return None
    named = (text for text in compared if re.search(rf"(?<!\w){last}\.py\b", text.text))
    return next((text for text in named if not text.is_stored), None)
