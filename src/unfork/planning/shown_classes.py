"""Classes that are called differently where they move to, and of which a text or a name has what they are called.

assert repr(point) == "Point(x=1)"    def visit_Point(self, node): ...    {"Boom": 42}.get(type(error).__name__)

What is shown of such a class is another text then, and who finds a method by its name finds none.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from unfork.planning.run import Run
from unfork.planning.settling import Settling
from unfork.reading.layout import key_of
from unfork.reading.names_as_data import has_name, makes_its_own, reads_names
from unfork.reading.shown_names import (
    ComparedText,
    altered_names,
    alters_names,
    definitions_asking,
    dispatches,
    functions_called,
    is_shown_in,
    is_sure_to_show,
    may_dispatch,
    may_find_by_name,
    shows_classes,
    shows_names,
    texts_compared,
    texts_given,
)
from unfork.reading.source import Source, Unparsable
from unfork.rewriting.constraints import Constraints, Name
from unfork.rewriting.edges import files_imported
from unfork.rewriting.file_context import FileContext
from unfork.rewriting.mentions import LARGEST
from unfork_codemods.bindings import Kept
from unfork_codemods.project import Key


def shown_classes_stay(settling: Settling) -> dict[str, Constraints]:
    """Keep the classes that are called differently, and are told by what they are called, wherever they are taken."""
    if not any(result.edits for result in settling.results.values()):
        return {}
    run = settling.run
    return settling.keep(run.once(_classes_told), run.once(_modules_storing))


@dataclass(frozen=True)
class _Renamed:
    """A legacy class or function, and what it is called where it moves to."""

    key: Key
    old: str
    home: Key
    new: str
    is_class: bool

    @cached_property
    def word(self) -> re.Pattern[bytes]:
        """Matches what it is called."""
        return re.compile(rb"\b%b\b" % self.old.encode())


def _classes_told(run: Run) -> dict[Name, Kept]:
    renamed = run.once(_renamed)
    if not renamed:
        return {}
    told: dict[Name, Kept] = {}
    for path, source in _files_with(run, {found.old for found in renamed}, _has_texts):
        told = dict(_told_by(run, path, source, renamed)) | told
    for path, source in _files_with(run, {"__name__"}, alters_names):
        told = dict(_told_by(run, path, source, renamed)) | told
    classes = [found for found in renamed if found.is_class]
    return dict(_looked_up(run, classes)) | dict(_visited(run, classes)) | told


def _has_texts(data: bytes) -> bool:
    """Return whether a file may compare texts, or has examples."""
    return _COMPARING.search(data) is not None


_COMPARING = re.compile(
    rb"[=!]=|\bin\b|\bcase\b|\bassert|\b(?:startswith|endswith|match|raises|get\w*)\(|[\"']\s*:|[\"']\]|>>>"
)


def _told_by(
    run: Run, path: str, source: Source, renamed: Collection[_Renamed]
) -> Iterator[tuple[Name, Kept]]:
    """Yield the classes of which a file compares texts that have what they are called."""
    compared = [*texts_compared(source)]
    every = {text.text for text in compared}
    is_altering = alters_names(source.data)
    for found in renamed if compared else ():
        if key_of(path) == found.key or found.new in every:
            continue
        altered = altered_names(found.old, source.data) if is_altering else frozenset()
        new = re.compile(rf"\b{found.new}\b")
        for text in compared:
            is_told = _is_told(run, source, found, text, altered) and not new.search(text.text)
            if is_told and _is_near(run, source, found):
                shown = f"{path}:{text.line} has '{text.text.strip()}'"
                why = f"{shown}, and {found.new} is shown otherwise; name it there, too"
                yield (found.key, found.old), Kept(why)
                break


def _renamed(run: Run) -> tuple[_Renamed, ...]:
    return tuple(_each_renamed(run))


def _each_renamed(run: Run) -> Iterator[_Renamed]:
    index = run.engine.index
    for key, redirect in run.redirects.items():
        changed = {
            old: target
            for old, target in redirect.names.items()
            if target.name is not None and target.name.rpartition(".")[2] != old
        }
        defined = (index.told(key, _definitions) if changed else None) or {}
        for old in sorted(changed.keys() & defined.keys()):
            target = changed[old]
            called = (target.name or "").rpartition(".")[2]
            yield _Renamed(key, old, index.named(target.module).key, called, defined[old])


def _definitions(source: Source) -> dict[str, bool]:
    """Return what a module defines that knows what it is called: whether it is a class."""
    found = {}
    for node in source.tree.body:
        match node:
            case ast.ClassDef(name=name):
                found[name] = True
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                found[name] = False
            case ast.Assign(
                targets=[ast.Name(id=name)],
                value=ast.Call(args=[ast.Constant(value=called), *_]),
            ) if called == name:  # namedtuple("Point", "x y")
                found[name] = True
            case _:
                pass
    return found


def _files_with(
    run: Run,
    words: Collection[str],
    is_near: Callable[[bytes], bool] = bool,
    among: Collection[str] | None = None,
) -> Iterator[tuple[str, Source]]:
    """Yield the files that have one of the words, of which the text is near enough, but for those that do not parse."""
    for path in run.naming(frozenset(words)):
        data = run.read(path) if among is None or path in among else b""
        if not is_near(data):
            continue
        try:
            source = run.engine.heads.sources.read(path, data)
            if source.tree.body:
                yield path, source
        except (Unparsable, RecursionError):
            continue


def _is_told(
    run: Run, source: Source, found: _Renamed, compared: ComparedText, altered: Collection[str]
) -> bool:
    """Return whether a text has what a class is called, and code may compare that with it."""
    text = compared.text
    if found.old not in text and text not in altered:
        return False
    if is_sure_to_show(found.old, text):
        return not _says_itself(run, found, text)
    if compared.is_stored or not found.is_class:
        return False
    if text == found.old or text in altered:
        is_asked = compared.is_shown or shows_classes(source.data) or reads_names(source)
        return is_asked and not makes_its_own(source, found.old)
    naming = run.engine.index.told(found.key, definitions_asking) or set()
    shows = compared.is_shown or shows_names(source.data) or found.old in naming
    return is_shown_in(found.old, text, shows) and not _says_itself(run, found, text)


def _says_itself(run: Run, found: _Renamed, text: str) -> bool:
    """Return whether the canonical module has a text, or one that begins with the old name."""
    canonical = _text_of(run, found.home)
    begun = re.compile(rb"[\"'{<]%b\b" % found.old.encode())
    return text.encode() in canonical or begun.search(canonical) is not None


def _text_of(run: Run, key: Key) -> bytes:
    index = run.engine.index
    return index.text(index.file(key)) if index.has_file(key) else b""


def _is_near(run: Run, source: Source, found: _Renamed) -> bool:
    """Return whether a file has the class, or imports one that names it, or is imported by one."""
    if has_name(source, found.old):
        return True
    imported = files_imported(source.path, run.engine.index)
    if any(found.word.search(run.read(path)) for path in imported):
        return True
    naming = {*run.naming(frozenset({found.old}))}.intersection(run.all_candidates[0])
    return any(source.path in files_imported(path, run.engine.index) for path in naming)


def _modules_storing(run: Run) -> dict[Key, str]:
    """Return the modules of which something is stored, when they are imported, by what it is called.

    A text of the project has that name, or what is made of it ("run-all"): nothing else has to be taken of the module.
    """
    index = run.engine.index
    exact: dict[str, _Stored] = {}
    made: dict[str, _Stored] = {}
    for found in run.once(_renamed):
        for path in files_imported(index.file(found.key), index):
            data = run.read(path)
            if may_find_by_name(data):
                exact[found.old] = _Stored(found, path)
            if alters_names(data):
                names = altered_names(found.old, data) - altered_names(found.new)
                made |= {name: _Stored(found, path) for name in names if len(name) >= _LONG}
    why: dict[Key, str] = {}
    for stored, place, text in (*_texts_of(run, exact), *_texts_made(run, made)):
        what = f"{place} has '{text}', by which {stored.path} has what {stored.found.old} is"
        why.setdefault(stored.found.key, f"{what}; name it there, too")
    return why


class _Stored(NamedTuple):
    """What is stored by its name, and the file that does so."""

    found: _Renamed
    path: str


_LONG = 5
"""A shorter name is part of too many others."""
_Told = tuple[_Stored, str, str]
"""What a text tells: what is stored, the place of the text, and the text."""


def _texts_of(run: Run, exact: Mapping[str, _Stored]) -> Iterator[_Told]:
    """Yield the texts that are what something stored is called, but not where the new name is, too."""
    for path, source in _files_with(run, exact):
        texts = [*texts_given(source)]
        every = {text.text for text in texts}
        for text in texts:
            stored = exact.get(text.text)
            if stored and key_of(path) != stored.found.key and stored.found.new not in every:
                yield stored, f"{path}:{text.line}", text.text
    settings = (path for path in run.documents if path.endswith(_SETTINGS)) if exact else ()
    word = re.compile(rf"[\"':] ?({'|'.join(map(re.escape, exact))})[\"',\s]".encode())
    for path, data in run.tree.scan(settings, lambda *_: True, LARGEST) if exact else ():
        for match in word.finditer(data or b""):
            yield exact[match[1].decode()], path, match[1].decode()


_SETTINGS = (".json", ".yaml", ".yml", ".toml", ".ini", ".cfg")


def _texts_made(run: Run, made: Mapping[str, _Stored]) -> Iterator[_Told]:
    """Yield the texts that have what is made of a name, perhaps with other letters around it: shop_olditem."""
    if not made:
        return
    words = [name.encode() for name in sorted(made, reverse=True)]
    quoted = re.compile(rb"[\"'](\w*?(%b)\w*)[\"']" % b"|".join(map(re.escape, words)))

    def has_some(buffer: bytearray, size: int) -> bool:
        return any(buffer.find(word, 0, size) >= 0 for word in words)

    for path, data in run.tree.scan(run.paths, has_some):
        for match in quoted.finditer(data or b""):
            stored = made[match[2].decode()]
            if key_of(path) != stored.found.key:
                line = match.string.count(b"\n", 0, match.start()) + 1
                yield stored, f"{path}:{line}", match[1].decode()


def _visited(run: Run, renamed: Collection[_Renamed]) -> Iterator[tuple[Name, Kept]]:
    """Yield the classes that methods are found by, ``visit_Point``: something asks for ``visit_`` and the name."""
    asking = [
        (f"{path}:{dispatch.line}", dispatch)
        for path, source in _files_with(run, {"getattr"}, may_dispatch)
        for dispatch in dispatches(source)
    ]
    asked = {name for _, dispatch in asking for c in renamed for name in dispatch.names(c.old)}
    for path, source in _files_with(run, asked):
        defined = functions_called(source)
        for place, dispatch in asking:
            for found in renamed:
                method = min(dispatch.names(found.old) & defined.keys(), default=None)
                new = (name.encode() for name in dispatch.names(found.new))
                if method is not None and not any(name in source.data for name in new):
                    has = f"{path}:{defined[method]} has {method}"
                    why = f"{has}, which {place} finds by what {found.old} is called"
                    yield (found.key, found.old), Kept(f"{why}; have one for {found.new}, too")


def _looked_up(run: Run, renamed: Collection[_Renamed]) -> Iterator[tuple[Name, Kept]]:
    """Yield the classes that may be looked up in their module by what they are called: ``getattr(legacy, kind)``."""
    index = run.engine.index
    for path, source in _files_with(run, {"getattr"}, among={*run.all_candidates[0]}):
        near = (path, *files_imported(path, index))
        if any(shows_names(run.read(file)) for file in near):
            context = FileContext(source, index, run.redirect_codemod)
            for key, line in _modules_looked_up_in(context):
                why = (
                    f"{path}:{line} looks it up by what it is called; let it find the new name, too"
                )
                yield from (((c.key, c.old), Kept(why)) for c in renamed if c.key == key)


def _modules_looked_up_in(context: FileContext) -> Iterator[tuple[Key, int]]:
    """Yield the modules of which a name is taken that is worked out, each with the line."""
    for call, scope in context.scopes.calls:
        match call:
            case ast.Call(func=ast.Name(id="getattr"), args=[module, name, *_]):
                key = context.module_of(module, scope)
                if key is not None and not isinstance(name, ast.Constant):
                    yield key, call.lineno
            case _:
                pass
