"""What the project may load by strings: code that takes any path, and tables, settings and plug-ins that name it.

    LOADERS = {"csv": "a.legacy.Csv"}     import_module(path)

Such a string keeps what it names: whoever took the same class from another module would not know what is loaded.
"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain
from typing import NamedTuple

from unfork.file_kinds import CODE, is_of_unfork
from unfork.planning.asked_packages import modules_asked_for
from unfork.planning.configuration import heading_above, is_for_checkers
from unfork.planning.loading_code import (
    forms_loaded,
    loads,
    loads_in_pieces,
    modules_looked_up,
    place_of_loading,
)
from unfork.planning.pickles import pickled_objects
from unfork.planning.run import Run
from unfork.planning.settling import Settling
from unfork.planning.shared_state import names_tied
from unfork.planning.string_readers import may_reach
from unfork.planning.warning_filters import warning_filters
from unfork.reading.calls import Given, argument_place, callee_name
from unfork.reading.layout import key_of, parent_folder
from unfork.reading.loaded_names import (
    PATH,
    VALUE,
    LoadedString,
    strings_that_may_load,
    texts_put_together,
)
from unfork.reading.names_as_data import matches_module, warns
from unfork.reading.source import Source, Unparsable
from unfork.rewriting.constraints import Constraints, Name
from unfork.rewriting.file_context import FileContext
from unfork.rewriting.mentions import LARGEST
from unfork_codemods.bindings import Kept
from unfork_codemods.project import Destination, ImportedName, Key, Located, last_segment

_CELLS = (".csv", ".tsv")
_SETTINGS = (
    *(".json", ".jsonl", ".ndjson", ".yaml", ".yml", ".toml", ".ini", ".cfg", ".conf"),
    *(".env", ".list", ".lst", ".properties", ".txt", *_CELLS),
)
_ENTRY_POINTS = "entry_points.txt"
"""What an installed package tells importlib.metadata of its entry points."""
_HIDDEN = re.compile(r"(?:.*/)?\.(?!env$).*")
"""Settings of services and of tools."""
_MANY = 30
"""The number of files above which a word in quotes is no part of a path."""
_CELL = re.compile(rf"(?:^|[,;\t\"'])(?P<quoted>(?P<plain>{PATH}))(?=$|[,;\t\"'\r])", re.MULTILINE)
"""Such a value in a table with a row a line."""


class _Loaded(NamedTuple):
    """A string that names a legacy module, or a name in it, with the reason why it stays; ``offset`` in Python only."""

    key: Key
    name: str | None
    why: str
    offset: int | None
    needs_itself: bool = False
    """Whether a shim would not do: what has been imported is found by it, or the module whose code warns."""
    given: Given | None = None
    """Where it is an argument."""


def names_loaded_by_strings_stay(settling: Settling) -> dict[str, Constraints]:
    """Leave the strings that code may load something legacy by, and keep everywhere what they name.

    A shim gives whatever loads by such a string what is there now.
    """
    run = settling.run
    loaded = {
        path: strings for path in _naming(settling) if (strings := _not_patched(settling, path))
    }
    loaded |= run.once(_strings_of_settings) | run.once(_put_together)
    for path, entries in run.once(_asked_of_packages).items():
        loaded[path] = (*loaded.get(path, ()), *entries)
    if not loaded:
        return {}
    shims = settling.shim_keys
    every = [
        entry
        for path in sorted(loaded)
        for entry in loaded[path]
        if entry.key not in shims or entry.needs_itself
    ]
    acting = {entry.key: entry.why for entry in reversed(every) if entry.name is None}
    left: dict[Name, str] = {
        (entry.key, entry.name): entry.why for entry in reversed(every) if entry.name is not None
    }
    kept = settling.keep(
        names_tied(run, left, frozenset(left)) | {name: Kept(why) for name, why in left.items()},
        acting,
    )
    asked = dict(kept)
    for path in filter(run.covers, run.once(_put_together)):
        asked[path] = replace(asked.get(path) or settling.constraints_of(path), look=True)
    for path, strings in loaded.items():
        told = tuple((e.offset, e.why) for e in strings if e.offset is not None)
        if told and run.covers(path):
            asked[path] = replace(asked.get(path) or settling.constraints_of(path), loaded=told)
    return asked


def _naming(settling: Settling) -> Iterator[str]:
    """Yield the Python files that may name a legacy module in a string: whole, or just its last part.

    A last part that many files have as a string is just a word.
    """
    run = settling.run
    if not run.redirects:
        return
    others = [*run.all_candidates[1], *run.uncovered_candidates] if run.chosen is None else []
    parts = []
    for path in sorted({*settling.results, *others, *run.naming(run.once(_rests))}):
        found = _kind_of_name(run, path) if path.endswith(CODE) else None
        if found == "whole":
            yield path
        elif found == "part":
            parts.append(path)
    if len(parts) <= _MANY:
        yield from parts


def _kind_of_name(run: Run, path: str) -> str | None:
    """Return whether a string in a file may be the whole name of a legacy module or a part of one."""
    known = run.once(_known_names)
    if path not in known:
        data = run.read(path)
        whole, ended, part, bare = run.once(_quoted_names)
        known[path] = None
        if whole.search(data) or any(_is_in_text(data, m.start()) for m in bare.finditer(data)):
            known[path] = "whole"
        elif ended.search(data) and part.search(data):
            known[path] = "part"
    return known[path]


def _known_names(_: Run) -> dict[str, str | None]:
    return {}


def _is_in_text(data: bytes, offset: int) -> bool:
    """Return whether a module's name at an offset may be a word or a value in a text: not that of an import."""
    before = data[data.rfind(b"\n", 0, offset) + 1 : offset]
    return (
        before[-1:] in (b"", b" ", b"=", b":", b",")
        and b"import" not in before
        and b"from" not in before
    )


def _quoted_names(run: Run) -> tuple[re.Pattern[bytes], ...]:
    """Return the patterns of a string that begins with a legacy module's name, and of one that has its last part.

    Before the latter comes a pattern of its end, which most files do not have either. Patterns that begin with names
    are searched for faster than those that begin with quotes. The last one is that of a name which ends a word.
    """
    spelled, last = run.once(_spellings), run.once(_last_parts)
    ends = {end for name in spelled for end in _ends_of(name)}
    return (
        re.compile(rb"(?:%b)[.:\"']" % _any_of(spelled, rb"[\"']", rb"[\"']ext://")),
        re.compile(rb"(?:%b)[.:\"']" % _any_of(last, rb"[\"'.]")),
        re.compile(rb"[\"'}]\.*(?:%b)[.:\"']" % _any_of(last | ends)),
        re.compile(rb"(?:%b)(?=[\s\"':])" % _any_of(spelled)),
    )


def _ends_of(dotted: str) -> Iterator[str]:
    """Yield what a module may be called from a package around it: ``b.legacy`` of ``a.b.legacy``."""
    while "." in dotted:
        dotted = dotted.partition(".")[2]
        yield dotted


def _last_parts(run: Run) -> frozenset[str]:
    """Return the last parts of the legacy modules, and what is left of one where what loads adds the rest: ``cmd_``."""
    return frozenset(map(last_segment, run.redirects)).union(run.once(_rests))


def _rests(run: Run) -> frozenset[str]:
    """Return what is left of the last parts of the legacy modules where code has their beginnings, or their ends."""
    last = {last_segment(key).encode() for key in run.redirects}
    last = {part for part in last if _IN_PARTS.search(part)}
    rests = set()
    for path in run.computing_paths if last else ():
        data = run.read(path)
        begun = {match[1] for match in _BEGUN.finditer(data)}
        ended = {match[1] for match in _ENDED.finditer(data)}
        rests |= {part[len(b) :] for part in last for b in begun if part.startswith(b)}
        rests |= {part[: -len(e)] for part in last for e in ended if part.endswith(e)}
    return frozenset(rest.decode() for rest in rests - {b""})


_IN_PARTS = re.compile(rb"_|\d")
"""What a module's name has where it is put together of parts: who looks for these reads all files."""
_BEGUN = re.compile(rb"\.(\w+)(?=\{|%s|%\(|[\"']\s*\+)")
_ENDED = re.compile(rb"(?:\}|%s|\+\s*[\"'])(\w+)(?=[\"'])")
"""The beginning or the end of the last part of a path that is put together: ``f"a.cmd_{name}"``."""


def _any_of(names: Iterable[str], *heads: bytes) -> bytes:
    """Return the pattern of any of the names, after one of the ``heads`` if there are any."""
    words = [re.escape(name.encode()) for name in sorted(set(names))]
    if heads:
        words = [
            word + rb"(?:%b)" % b"|".join(rb"(?<=%b%b)" % (head, word) for head in heads)
            for word in words
        ]
    return b"|".join(words)


# -- strings of Python files


def _not_patched(settling: Settling, path: str) -> tuple[_Loaded, ...]:
    """Return the strings of a file that may load something legacy, but for the paths that a function patches."""
    every = _strings_of(settling.run, path)
    return tuple(
        entry
        for entry in every
        if entry.given is None
        or not any(wrapper.patches(entry.given) for wrapper in settling.wrappers)
    )


def _strings_of(run: Run, path: str) -> tuple[_Loaded, ...]:
    """Return the strings of a file that may load something legacy, which are worked out once."""
    known = run.once(_known_strings)
    if path not in known:
        try:
            source = run.engine.heads.sources.read(path, run.read(path))
            known[path] = tuple(_loaded_strings(run, source))
        except (Unparsable, RecursionError):
            known[path] = ()
    return known[path]


def _known_strings(_: Run) -> dict[str, tuple[_Loaded, ...]]:
    return {}


def _loaded_strings(run: Run, source: Source) -> Iterator[_Loaded]:
    own, layout = key_of(source.path), run.engine.index.layout
    last = run.once(_last_parts)
    for string in chain(strings_that_may_load(source), _strings_put_together(run, source)):
        text, node = string.text, string.node
        if last.isdisjoint(re.split("[.:]", text)):
            continue
        for path, place in _paths_loaded(run, source, string):
            named = _named_by(run, source.path, path)
            if named is None or named[0] == own or not _is_path(path, string):
                continue
            if run.kept_inside.issuperset({source.path, *layout.modules.get(named[0], ())}):
                continue
            follower = _follower(run, *named, text)
            if follower is not None and follower != string.value:
                at, old = f"{source.path}:{node.lineno}", run.redirects[named[0]].source
                if place == _PACKAGE:
                    why = _why_asked(at, text, old, follower)
                else:
                    written = _what_to_write(text, path, old, follower)
                    why = f"{at} has '{text}', and {place} may load {written}"
                needs_itself = place == _PACKAGE or _only_looks_up(run, source, place)
                given = argument_place(source.parents, node)
                is_whole = path in str(node.value)
                name = named[1] if is_whole else None  # nothing else would name the module
                yield _Loaded(named[0], name, why, source.span(node)[0], needs_itself, given)
                break


def _strings_put_together(run: Run, source: Source) -> Iterator[LoadedString]:
    """Yield the strings that a file puts together and hands on: ``load("a." + "legacy")``. Raises Unparsable."""
    context: FileContext | None = None
    for piece, whole in texts_put_together(source, run.once(_last_parts)):
        context = context or FileContext(source, run.engine.index, run.redirect_codemod)
        for text in context.texts.of(whole, context.scope_around(whole)):
            if text.value is not None:
                yield LoadedString(text.value, piece, False, "")


def _is_path(path: str, string: LoadedString) -> bool:
    """Return whether a text is meant as a path: a word is one in a list of such, or where it is sure to be loaded."""
    return "." in path or string.is_listed or bool(string.loader)


def _only_looks_up(run: Run, source: Source, place: str) -> bool:
    """Return whether what may load a string of a file only finds, in ``sys.modules``, what others have imported."""
    data = run.read(place.rpartition(":")[0]) or source.data
    return b"sys.modules" in data and _IMPORTING.search(data) is None


_IMPORTING = re.compile(rb"\bimport_module\b|\b__import__\b")


def _paths_loaded(run: Run, source: Source, string: LoadedString) -> Iterator[tuple[str, str]]:
    """Yield what may be loaded by a string, and where: the text itself, or as part of a path that is put together."""
    if string.names:
        for path in _modules_of_listed_names(run, source.path, string):
            yield path, "what reads this table"
        return
    if string.loader:
        yield string.text, string.loader
    module = _module_asked_for(run, source, string.node)
    if module is not None:
        yield module, _PACKAGE
    for found, places in run.once(forms_loaded):
        whole = found.filled(string.text)
        if whole is None or _named_by(run, source.path, whole) is None:  # so are most strings
            continue
        for place in places:
            if may_reach(run, source, string, found, place.rpartition(":")[0]):
                yield whole, place
                break


_PACKAGE = "the package"


def _module_asked_for(run: Run, source: Source, node: ast.Constant) -> str | None:
    """Return the module that a package is asked for by its name: ``getattr(package, "legacy", None)``.

    Whether the package has it depends on who has imported it. What the package binds itself keeps its name.
    """
    call = source.parents.get(node)
    if (
        not isinstance(call, ast.Call)
        or callee_name(call) not in _ASKING
        or node not in call.args[1:2]
    ):
        return None
    index = run.engine.index
    context = FileContext(source, index, run.redirect_codemod)
    package = context.module_of(call.args[0], context.scope_around(call))
    name = str(getattr(node, "value", ""))
    if package is None or name in index.names(package) or _deletes(run, package, name):
        return None
    return f"{index.dotted(package)}.{name}"


def _deletes(run: Run, package: Key, name: str) -> bool:
    """Return whether a package may delete one of its names: ``from . import legacy`` ... ``del legacy``."""
    index = run.engine.index
    data = index.text(index.file(package)) if index.has_file(package) else b""
    return re.search(rb"\bdel\b[^\n]*\b%b\b" % name.encode(), data) is not None


_ASKING = frozenset({"getattr", "hasattr"})
"""The built-in functions that look for an attribute by its name."""


def _modules_of_listed_names(run: Run, path: str, string: LoadedString) -> Iterator[str]:
    """Yield the legacy module of which a table of its package has names, or any table by the module's whole name.

    Such a table is there to load by, be it from a library: ``lazy_loader.attach(__name__, submod_attrs=TABLE)``.
    """
    index, spellings = run.engine.index, run.once(_spellings)
    beside = index.layout.relative(1, string.text.removeprefix("."), path).key
    for key in {beside, spellings.get(string.text, beside)}:
        if key in run.redirects and index.names(key).issuperset(string.names):
            yield index.dotted(key)


def _spellings(run: Run) -> dict[str, Key]:
    """Return the dotted names of the legacy modules, from all roots."""
    layout = run.engine.index.layout
    return {
        spelled: key
        for key, redirect in run.redirects.items()
        for spelled in (redirect.source, *layout.spellings(key))
    }


def _named_by(run: Run, path: str, text: str) -> tuple[Key, str | None] | None:
    """Return the legacy module that a text is the path of, and the name in it: ``a.legacy``, ``a.legacy:Csv.read``."""
    dotted = text.replace(":", ".", 1)
    level = len(dotted) - len(dotted.lstrip("."))
    parts = dotted[level:].split(".")
    if not all(part.isidentifier() for part in parts):
        return None
    index, spellings = run.engine.index, run.once(_spellings)
    for depth in range(len(parts), 0, -1):
        module = ".".join(parts[:depth])
        key = index.layout.relative(level, module, path).key if level else spellings.get(module)
        if key is None or key not in run.redirects:
            continue
        if depth == len(parts):
            return key, None
        return (key, parts[depth]) if parts[depth] in index.names(key) else None
    return None


def _follower(run: Run, key: Key, name: str | None, text: str) -> str | None:
    """Return the path that takes the place of what a text names; None if that does not move."""
    redirect = run.redirects[key]
    if name is None:
        return redirect.to or None
    asked = ImportedName("", Located(key), run.engine.index.dotted(key), name)
    destination = run.redirect_codemod.destination(asked)
    if not isinstance(destination, Destination):
        return None
    between = ":" if ":" in text else "."
    return between.join(filter(None, (destination.spelling, destination.name)))


def _what_to_write(text: str, path: str, old: str, new: str) -> str:
    """Return what is loaded by a text, the ``path`` or a part of it, and what to write now that it is ``new``."""
    before, _, after = path.partition(text)
    if text.startswith(".") and new.rpartition(".")[0] == old.rpartition(".")[0]:
        return f"by it; write '{text.rpartition('.')[0]}.{last_segment(new)}' there"
    if new.startswith(before) and new.endswith(after):
        return f"by it; write '{new.removeprefix(before).removesuffix(after)}' there"
    return f"'{path}' by it; let it load '{new}'"


def _put_together(run: Run) -> dict[str, tuple[_Loaded, ...]]:
    """Return what files load by a name of which no string has the last part: ``f"a.cmd_{name}"``.

    Also what they load by code of which no string has the name: ``exec(f"import a.{name}")``.
    """
    if not run.redirects:
        return {}
    last = {last_segment(key).encode() for key in run.redirects}
    whole = {spelled.encode() for spelled in run.once(_spellings)}
    found: dict[str, tuple[_Loaded, ...]] = {}
    is_in_parts = bool(run.once(_rests)) or any(run.once(_running_code))
    loading = run.once(loads) if is_in_parts else run.once(loads_in_pieces)
    for path, computed in (*loading, *run.once(modules_looked_up)):
        named = None if computed.is_in_part else _named_by(run, path, computed.form)
        follower = named and _follower(run, *named, computed.form)
        is_said = any(word in run.read(path) for word in (whole if computed.is_code else last))
        if named and follower and not (is_said and not (computed.is_code and computed.is_joined)):
            why = f"{path}:{computed.line} loads '{computed.form}'; let it load '{follower}'"
            found[path] = (*found.get(path, ()), _Loaded(*named, why, None))
    return found


def _asked_of_packages(run: Run) -> dict[str, tuple[_Loaded, ...]]:
    """Return the modules that files ask a package for by a name that is put together, or is in no string by itself."""
    found: dict[str, tuple[_Loaded, ...]] = {}
    for path, line, text, key in modules_asked_for(run, run.redirects):
        follower = _follower(run, key, None, text)
        is_inside = run.kept_inside.issuperset(
            {path, *run.engine.index.layout.modules.get(key, ())}
        )
        if follower and not is_inside and not _deletes(run, parent_folder(key), last_segment(key)):
            why = _why_asked(f"{path}:{line}", text, run.redirects[key].source, follower)
            entry = _Loaded(key, None, why, None, needs_itself=True)
            found[path] = (*found.get(path, ()), entry)
    return found


def _why_asked(at: str, text: str, old: str, follower: str) -> str:
    return f"{at} asks a package for '{text}', which it has where {old} is imported; ask for {follower}"


def _running_code(run: Run) -> tuple[str, ...]:
    """Return the files with the name of a module, or the last part of one, that run code."""
    near = chain(*run.all_candidates)
    scanned = run.tree.scan(near, lambda b, n: b.find(b"exec(", 0, n) >= 0)
    return tuple(path for path, data in scanned if data)


# -- settings


def _strings_of_settings(run: Run) -> dict[str, tuple[_Loaded, ...]]:
    """Return the strings by which code may load that are no strings of Python: in JSON and the like, and in pickles."""
    names = [name.encode() for name in run.once(_spellings)]

    def has_name(buffer: bytearray, size: int) -> bool:
        return any(buffer.find(name, 0, size) >= 0 for name in names)

    found: dict[str, tuple[_Loaded, ...]] = {}
    for place, entry in (*_pickled(run), *_filtered(run)):
        found[place] = (*found.get(place, ()), entry)
    endings = (*_SETTINGS, _ENTRY_POINTS)
    paths = [path for path in run.documents if path.endswith(endings)] if names else ()
    visible = (path for path in paths if not _HIDDEN.fullmatch(path))
    for path, data in run.tree.scan(visible, has_name, LARGEST):
        if not data or is_of_unfork(data):
            continue
        strings = tuple(_strings_in_settings(run, path, data))
        found |= {path: strings} if strings else {}
    return found


def _strings_in_settings(run: Run, path: str, data: bytes) -> Iterator[_Loaded]:
    content = data.decode(errors="replace")
    for match in (_CELL if path.endswith(_CELLS) else VALUE).finditer(content):
        text = match["quoted"] or match["plain"]
        named = _named_by(run, path, text)
        follower = _follower(run, *named, text) if named is not None else None
        place = _place_of_reading(run, path) if follower is not None else None
        if named is None or place is None or _is_for_others(path, content, match.end(), text):
            continue
        has = f"{path}:{content.count(chr(10), 0, match.start()) + 1} has '{text}'"
        yield _Loaded(*named, f"{has}, and {place} may load by it; write '{follower}' there", None)


def _place_of_reading(run: Run, path: str) -> str | None:
    """Return what may load by a file of settings; None if nothing does."""
    if path.endswith(f"/{_ENTRY_POINTS}"):
        return None if ".egg-info/" in path else "importlib.metadata"  # that is made anew
    place = run.once(place_of_loading)
    return place if place is not None and _may_be_read(run, path) else None


def _may_be_read(run: Run, path: str) -> bool:
    """Return whether code names a file, or makes names of files with its ending: ``f"{mode}.json"``, ``"*.json"``."""
    name = path.rpartition("/")[2]
    ending = name.rpartition(".")[2]
    if run.naming(frozenset({name} if name != ".env" else _READING_ENV)):
        return True
    made = re.compile(rb"(?:[*}\"']|%%s)\.%b\b" % os.fsencode(ending))
    return any(made.search(run.read(path)) for path in run.naming(frozenset({ending})))


_READING_ENV = {"load_dotenv", "dotenv_values"}
"""Functions that read the file ``.env``, though they are not given its name."""


def _is_for_others(path: str, content: str, offset: int, text: str) -> bool:
    """Return whether a text is for other programs: a project reads only its own section of pyproject.toml."""
    if path.rpartition("/")[2] != "pyproject.toml":
        return is_for_checkers(content, offset)
    top = text.partition(".")[0]
    return re.match(rf"\[+tool\.{top}\b", heading_above(content, offset)) is None


def _pickled(run: Run) -> Iterator[tuple[str, _Loaded]]:
    spellings = run.once(_spellings)
    for pickled in pickled_objects(run, spellings):
        yield pickled.place, _Loaded(spellings[pickled.module], None, pickled.why, None)


# -- filters of warnings


def modules_filtered(run: Run) -> dict[Key, str]:
    """Return the legacy modules whose warnings a filter names, each with the reason to keep it: they warn no more."""
    return {entry.key: entry.why for _, entry in _filtered(run) if entry.needs_itself}


def _filtered(run: Run) -> Iterator[tuple[str, _Loaded]]:
    """Yield what filters of warnings name: a class, or a module that warns. Those of the new names are prepared."""
    filters = run.once(warning_filters) if run.redirects else ()
    prepared = {found.category for found in filters}
    for found in filters:
        named = _named_by(run, "", found.category)
        follower = _follower(run, *named, found.category) if named else None
        if named is not None and named[1] and follower and follower not in prepared:
            why = f"{found.place} filters '{found.category}'; write '{follower}' there"
            yield found.place, _Loaded(*named, why, None)
        for module, key in run.once(_spellings).items() if found.module else ():
            homes = run.redirects[key].homes
            is_meant = matches_module(found.module, [module])
            if is_meant and not matches_module(found.module, homes) and _warns(run, key):
                why = f"{found.place} filters what '{found.module}' warns of; name {', '.join(homes)} there, too"
                yield found.place, _Loaded(key, None, why, None, needs_itself=True)


def _warns(run: Run, key: Key) -> bool:
    return bool(run.engine.index.told(key, warns))
