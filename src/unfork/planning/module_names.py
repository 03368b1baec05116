"""Legacy modules that the project identifies by name: what is set up for that name applies to no other module.

logging.getLogger("a.legacy").setLevel("ERROR")    log = logging.getLogger(__name__)

The imports of such a module stay until the strings name the module that takes its place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

from unfork.planning.run import Run
from unfork.planning.settling import Settling
from unfork.reading.index import Index
from unfork.reading.layout import key_of
from unfork.reading.names_as_data import (
    Meaning,
    NameAsData,
    asks_for_loggers,
    hands_its_name_on,
    has_logger_of_its_name,
    has_name,
    keeps_last_part,
    makes_its_own,
    matches_module,
    may_name_loggers,
    names_as_data,
    place_of_comparison_by_origin,
    place_of_keys_by_origin,
    reads_names,
    stores_by_name,
    takes_last_part,
    warns,
)
from unfork.reading.names_in_texts import begins_names, names_in_texts, tells_records
from unfork.reading.source import Source, Unparsable
from unfork.rewriting.constraints import Constraints, Name
from unfork.rewriting.edges import files_imported
from unfork_codemods.bindings import Kept
from unfork_codemods.project import Key, last_segment
from unfork_codemods.redirect import Redirect

_FEW = 8
"""Up to this many texts, searching for each is faster than one pattern."""


def names_of_modules_hold(settling: Settling) -> dict[str, Constraints]:
    """Keep all imports of a legacy module that something in the project identifies by its name."""
    if not any(result.edits for result in settling.results.values()):
        return {}
    modules, names = settling.run.once(modules_and_names_told)
    return settling.keep(names, modules)


def modules_and_names_told(run: Run) -> tuple[dict[Key, str], dict[Name, Kept]]:
    """Return the legacy modules that are identified by name, and the definitions in them, each with the reason."""
    index = run.engine.index
    modules = [_Legacy(index, key, redirect) for key, redirect in run.redirects.items()]
    why: dict[Key, str] = {}
    kept: dict[Name, Kept] = {}
    for path, names in _names_by_file(run, modules):
        others = [legacy for legacy in modules if key_of(path) != legacy.key]
        for legacy in others:
            reason = "" if legacy.key in why else _why_module_stays(run, path, names, legacy)
            why |= {legacy.key: reason} if reason else {}
            told = _names_told(run, path, names, legacy) if legacy.renamed else ()
            kept |= {(legacy.key, name): Kept(reason) for name, reason in told}
    return why, kept


def _why_module_stays(run: Run, path: str, names: Sequence[NameAsData], legacy: _Legacy) -> str:
    """Return why the imports of a module stay; empty if no string of a file stands for the module."""
    for name in legacy.names_meant(names):
        place = f"{path}:{name.line}"
        if name.meaning is Meaning.NAME:
            is_whole = name.text in legacy.names
            if is_whole and (legacy.hands_its_name_on or run.once(_asks_for_callers)):
                return legacy.reason(name, place)
            is_asking = path in legacy.near_last_part or takes_last_part(run.read(path))
            is_asking = is_asking or legacy.is_stored_near(path)
            if not is_whole and is_asking:
                return legacy.reason(name, place)
            continue
        if name.meaning is not Meaning.KEY:
            return legacy.reason(name, place)
        if legacy.has_logger and name.text in legacy.names and _has_loggers_near(run, path):
            return legacy.reason(name._replace(meaning=Meaning.LOGGER), place)
        made, compared = run.once(_places_of_keys)
        if compared and name.text in legacy.names and legacy.defines_what_moves:
            return legacy.reason(name, f"{compared} looks for __module__, {place}")
        if made and name.text not in legacy.names:
            return legacy.reason(name, f"{made} makes keys of __module__, {place}")
    return ""


def _names_told(
    run: Run, path: str, names: Sequence[NameAsData], legacy: _Legacy
) -> Iterator[tuple[str, str]]:
    """Yield the definitions that a file identifies by name and that are called differently now, with reasons.

    The file itself asks for that, or stores by it (``TABLE[cls.__name__] = cls``), or a module that it imports does. In
    the latter cases any text may be what is looked up: ``relationship("Old")``. A file that has the new name, too, is
    prepared.
    """
    texts = {name.text: name for name in names if name.meaning is Meaning.NAME}
    every = {name.text: name for name in names if name.meaning is Meaning.KEY}
    for old, new in legacy.renamed.items():
        if old not in every or new in every:
            continue
        source = run.engine.heads.sources.read(path, run.read(path))
        is_used = has_name(source, old)
        if makes_its_own(source, old):
            continue
        storing = _storing_files(run, source)
        if not is_used:
            storing &= _storing_files_of(run, legacy)
        elif stores_by_name(source.data):
            storing.add(path)
        is_asked = is_used and old in texts and reads_names(source)
        asking = path if is_asked else min(storing, default=None)
        if asking is not None:
            where = f"{path}:{every[old].line}"
            why = f"{where} tells {old} by what it is called, which {asking} reads from __name__"
            yield old, f"{why}; name {new} there, too"


def _storing_files(run: Run, source: Source) -> set[str]:
    """Return the files that a source imports, and that store classes or functions by what they are called."""
    files = files_imported(source.path, run.engine.index)
    return {path for path in files if stores_by_name(run.read(path))}


def _storing_files_of(run: Run, legacy: _Legacy) -> set[str]:
    """Return the files that may store definitions of a legacy module: those that it imports, and its importers."""
    source = run.engine.index.source_of(legacy.key)
    imported = _storing_files(run, source) if source is not None else set()
    return imported | run.once(_storing_candidates)


def _storing_candidates(run: Run) -> set[str]:
    """Return the files that name a legacy module and store something by what it is called."""
    found = run.tree.scan(run.all_candidates[0], _has_name)
    return {path for path, data in found if data is not None and stores_by_name(data)}


def _has_name(buffer: bytearray, size: int) -> bool:
    return buffer.find(b"name__", 0, size) >= 0


def _names_by_file(
    run: Run, modules: Sequence[_Legacy]
) -> Iterator[tuple[str, Sequence[NameAsData]]]:
    """Yield the files that may name a legacy module as data, each with all strings that may be such names."""
    told = {name for legacy in modules for name in legacy.names | legacy.renamed.keys()}
    told |= {m.last for m in modules if m.near_last_part or m.storing_last_part}
    is_quoted = _search_for({before + name for name in told for before in "\"'<"})
    above = {quote + name for m in modules if m.has_logger for name in m.above for quote in "\"'"}
    is_above_quoted = _search_for(above)
    is_last_quoted = _search_for(
        {f"{q}{dot}{m.last}" for m in modules for q in "\"'" for dot in ("", ".")}
    )
    is_logged = _search_for({f":{name}:" for m in modules for name in m.names})
    is_begun = _search_for({q + name for m in modules for name in m.above | m.names for q in "\"'"})
    has_warnings = any(legacy.warns for legacy in modules)
    for path in sorted({*chain(*run.all_candidates), *_files_naming_stored(run, modules)}):
        data = run.read(path)
        if (
            is_quoted(data)
            or (takes_last_part(data) and is_last_quoted(data))
            or (has_warnings and b"filterwarnings" in data)
            or (above and may_name_loggers(data) and is_above_quoted(data))
            or (b"assertLogs" in data and is_logged(data))
            or (begins_names(data) and is_begun(data))
            or (tells_records(data) and is_last_quoted(data))
        ):
            try:
                source = run.engine.heads.sources.read(path, data)
                yield path, [*names_as_data(source), *names_in_texts(source)]
            except (Unparsable, RecursionError):
                continue


def _files_naming_stored(run: Run, modules: Sequence[_Legacy]) -> tuple[str, ...]:
    """Return the files that name a definition which is called differently now, and is stored by what it is called."""
    stored = {
        name
        for legacy in modules
        if legacy.renamed and _storing_files_of(run, legacy)
        for name in legacy.renamed
    }
    return run.naming(frozenset(stored))


def _search_for(texts: Collection[str]) -> Callable[[bytes], object]:
    """Return a function that tells whether bytes contain one of the texts."""
    words = [text.encode() for text in texts]
    if len(words) <= _FEW:
        return lambda data: any(word in data for word in words)
    return re.compile(b"|".join(map(re.escape, words))).search


def _places_of_keys(run: Run) -> tuple[str | None, str | None]:
    """Return where the project makes keys of what modules are called, and where it looks for modules by that."""
    places: list[str | None] = [None, None]
    for path in run.naming(frozenset({"__module__"})):
        try:
            source = run.engine.heads.sources.read(path, run.read(path))
            lines = place_of_keys_by_origin(source), place_of_comparison_by_origin(source)
        except (Unparsable, RecursionError):
            continue
        for at, line in enumerate(lines):
            if line is not None and places[at] is None:
                places[at] = f"{path}:{line}"
    return places[0], places[1]


def _has_loggers_near(run: Run, path: str) -> bool:
    """Return whether a file that finds loggers by name imports a file, or is imported by it."""
    imported = files_imported(path, run.engine.index)
    asking = run.once(_files_asking_for_loggers)
    return not asking.isdisjoint(imported) or path in run.once(_files_near_loggers)


def _files_near_loggers(run: Run) -> frozenset[str]:
    """Return the files that those import which find loggers by name."""
    asking = run.once(_files_asking_for_loggers)
    return frozenset().union(*(files_imported(path, run.engine.index) for path in asking))


def _files_asking_for_loggers(run: Run) -> frozenset[str]:
    """Return the files that find loggers, or tell their records, by names that they are given."""
    files = run.naming(frozenset({"getLogger", "get_logger", "logging"}))
    return frozenset(path for path in files if asks_for_loggers(run.read(path)))


def _asks_for_callers(run: Run) -> bool:
    """Return whether code of the project asks which module called it: ``sys._getframe(1).f_globals["__name__"]``."""
    asking = run.naming(frozenset({"f_globals", "getmodule"}))
    return any(b"__name__" in run.read(path) for path in asking)


@dataclass(frozen=True)
class _Legacy:
    """A legacy module, and what may stand for it."""

    index: Index
    key: Key
    redirect: Redirect

    @cached_property
    def names(self) -> frozenset[str]:
        """What the module may be called when it runs: as the migration does, or from another root."""
        return frozenset({self.redirect.source, *self.index.layout.spellings(self.key)})

    @property
    def last(self) -> str:
        """The last part of its name."""
        return last_segment(self.key)

    @cached_property
    def above(self) -> frozenset[str]:
        """The packages above the module that are not above all modules that take its place."""
        common = [frozenset({*_packages_above(home), home}) for home in self.redirect.homes]
        if not common:  # nothing of it moves anywhere
            return frozenset()
        return frozenset(_packages_above(self.redirect.source)) - frozenset.intersection(*common)

    @cached_property
    def renamed(self) -> dict[str, str]:
        """The names of the module that are called differently where they move to."""
        targets = self.redirect.names.items()
        return {old: to.name for old, to in targets if to.name is not None and to.name != old}

    @cached_property
    def defines_what_moves(self) -> bool:
        """Whether any name that moves is defined here: what comes from elsewhere has the ``__module__`` of that."""
        names = self.index.names(self.key) if self.redirect.to else self.redirect.names
        origins = (self.index.origin(self.key, name) for name in names)
        return any(origin.key == self.key or not origin.found for origin in origins)

    @cached_property
    def has_logger(self) -> bool:
        """Whether the module has a logger of its own name."""
        data = self.index.text(self.index.file(self.key))
        return (
            b"ogger(__name__" in data
            and bool(self.index.told(self.key, has_logger_of_its_name))
            and not any(map(self._logs_by_its_name, self.redirect.homes))
        )

    def _logs_by_its_name(self, home: str) -> bool:
        """Return whether a module that takes its place has the logger of the legacy module."""
        key = self.index.named(home).key
        data = self.index.text(self.index.file(key)) if self.index.has_file(key) else b""
        return (
            re.search(rb"ogger\(\s*['\"]%b['\"]" % self.redirect.source.encode(), data) is not None
        )

    @cached_property
    def hands_its_name_on(self) -> bool:
        """Whether the module gives its ``__name__`` to others, who may have it in a table."""
        data = self.index.text(self.index.file(self.key))
        return b"__name__" in data and bool(self.index.told(self.key, hands_its_name_on))

    @cached_property
    def near_last_part(self) -> set[str]:
        """The files that the module imports, if it asks for the last part of its name or of that of its file."""
        path = self.index.file(self.key)
        is_asking = takes_last_part(self.index.text(path))
        return files_imported(path, self.index) if is_asking else set()

    @cached_property
    def storing_last_part(self) -> frozenset[str]:
        """The files that the module imports and that may keep what it gives them by the last part of its name."""
        imported = files_imported(self.index.file(self.key), self.index)
        return frozenset(p for p in imported if keeps_last_part(self.index.text(p)))

    def is_stored_near(self, path: str) -> bool:
        """Return whether a file imports one that may keep what the module gives by the last part of its name."""
        storing = self.storing_last_part
        return bool(storing) and not storing.isdisjoint(files_imported(path, self.index))

    @cached_property
    def logs(self) -> bool:
        """Whether its code may write to a log."""
        return b"log" in self.index.text(self.index.file(self.key))

    @cached_property
    def warns(self) -> bool:
        """Whether its code issues warnings."""
        data = self.index.text(self.index.file(self.key))
        return b"warn(" in data and bool(self.index.told(self.key, warns))

    def names_meant(self, names: Sequence[NameAsData]) -> Iterator[NameAsData]:
        """Yield the strings of a file that stand for the module, and not for those that take its place, too."""
        texts: dict[Meaning, set[str]] = {}
        for name in names:
            texts.setdefault(name.meaning, set()).add(name.text)
        follows = {meaning: self._has_follower(meaning, told) for meaning, told in texts.items()}
        yield from (name for name in names if not follows[name.meaning] and self._is_meant(name))

    def _is_meant(self, name: NameAsData) -> bool:
        match name.meaning:
            case Meaning.LOGGER:
                return self.has_logger and name.text in self.names | self.above
            case Meaning.WARNINGS:
                return self.warns and matches_module(name.text, self.names)
            case Meaning.ORIGIN:
                return name.text in self.names or self._is_definition(name.text)
            case Meaning.KEY:
                is_module = name.text.removesuffix(".*") in self.names
                return is_module or self._is_definition(name.text)
            case Meaning.BEGINNING:
                is_whole = name.text.removesuffix(".") in self.names | self.above
                homes = self.redirect.homes
                return is_whole and not all(home.startswith(name.text) for home in homes)
            case Meaning.STEM:
                return self.logs and name.text == self.last
            case Meaning.NAME:
                return name.text == self.last or ("." in name.text and name.text in self.names)

    def _is_definition(self, text: str) -> bool:
        """Return whether a text is the path of a definition in the module: ``a.legacy.Task``, ``a.legacy:send``.

        What the module takes from another one has the ``__module__`` of that one.
        """
        module, _, name = text.replace(":", ".").rpartition(".")
        if module not in self.names or name not in self.index.names(self.key):
            return False
        origin = self.index.origin(self.key, name)
        return origin.key == self.key or not origin.found

    def _has_follower(self, meaning: Meaning, texts: Collection[str]) -> bool:
        """Return whether a file has a module that takes its place among these ``texts``, so that both are set up."""
        homes = self.redirect.homes
        if meaning is Meaning.WARNINGS:
            return any(matches_module(text, homes) for text in texts)
        if meaning is Meaning.BEGINNING:
            others = {text for text in texts if not any(n.startswith(text) for n in self.names)}
            return any(home.startswith(text) for home in homes for text in others)
        if meaning in (Meaning.NAME, Meaning.STEM) and self.last in texts:
            return any(home.rpartition(".")[2] in texts for home in homes)
        starts = tuple(f"{home}." for home in homes)
        return any(f"{text.replace(':', '.')}.".startswith(starts) for text in texts)

    def reason(self, name: NameAsData, place: str) -> str:
        """Return why the imports of the module stay."""
        homes = " and ".join(sorted(self.redirect.homes))
        match name.meaning:
            case Meaning.LOGGER:
                why = f"{place} is about the logger '{name.text}', and what moves to {homes} has another"
            case Meaning.WARNINGS:
                why = f"{place} filters warnings by '{name.text}', and what moves to {homes} warns from there"
            case Meaning.NAME:
                why = (
                    f"{place} has '{name.text}', and __name__ is another for what moves to {homes}"
                )
            case Meaning.BEGINNING:
                why = f"{place} has '{name.text}', and the name of what moves to {homes} does not begin so"
            case Meaning.STEM:
                why = f"{place} has '{name.text}', and what moves to {homes} is in another file"
            case _:
                why = f"{place} has '{name.text}', and __module__ is another for what moves to {homes}"
        return f"{why}; name it there, too"


def _packages_above(dotted: str) -> Iterator[str]:
    """Yield the packages that a module is in: a.b and a of a.b.c."""
    while "." in dotted:
        dotted = dotted.rpartition(".")[0]
        yield dotted
