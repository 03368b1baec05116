"""Values of settings that are one word, which code near by makes the name of a module of.

backend: legacy    import_module(f"app.{settings['backend']}")
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from unfork.planning.loading_code import forms_loaded
from unfork.planning.run import Run
from unfork.planning.string_readers import is_near
from unfork.rewriting.mentions import LARGEST
from unfork_codemods.project import Key

_SETTINGS = (".json", ".yaml", ".yml", ".toml", ".ini", ".cfg", ".conf", ".env", ".properties")
_VALUE = r"(?:[:=\[,]|^\s*-)[ \t]*[\"']?(%s)[\"']?[ \t]*(?=$|[,}\]#;\r])"


class Word(NamedTuple):
    """A value of settings that makes the name of the module ``key``, with the place of the code that may load it.

    It ends at the offset ``end`` of the ``content`` of the file.
    """

    path: str
    key: Key
    text: str
    place: str
    content: str
    end: int


def words_of_settings(
    run: Run, spellings: Mapping[str, Key], parts: Collection[str]
) -> Iterator[Word]:
    """Yield, of each file of settings, the first of some ``parts`` that makes the name of one of some modules."""
    paths = [path for path in run.documents if path.endswith(_SETTINGS)] if parts else []
    value = re.compile(_VALUE % "|".join(map(re.escape, parts)), re.IGNORECASE | re.MULTILINE)
    for path, data in run.tree.scan(paths, lambda *_: True, LARGEST):
        content = (data or b"").decode(errors="replace")
        match = value.search(content)
        if match is None:
            continue
        key, places = _words_loaded(run, spellings).get(match[1].lower(), ("", ()))
        place = _place_near_readers(run, path, places)
        if place is not None:
            yield Word(path, key, match[1], place, content, match.end(1))


def _words_loaded(run: Run, spellings: Mapping[str, Key]) -> dict[str, tuple[Key, tuple[str, ...]]]:
    """Return the words that make the name of a module where code loads by names that are not told, with the places."""
    return {
        word.lower(): (key, places)
        for form, places in run.once(forms_loaded)
        if form.is_known and not form.is_found
        for spelled, key in spellings.items()
        if (word := form.missing_in(spelled)) is not None
    }


def _place_near_readers(run: Run, path: str, places: Iterable[str]) -> str | None:
    """Return which of some places is in or near a file that names a file of settings; None if none is."""
    readers = run.naming(frozenset({path.rpartition("/")[2]})) if places else ()
    for place in places:
        if any(is_near(run, reader, place.rpartition(":")[0]) for reader in readers):
            return place
    return None
