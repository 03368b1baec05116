"""Files that may use a module as a value: whatever gets it may take any of its names.

for part in (consumer, other): part.setup()    load(consumer)    map(partial(getattr, consumer), NAMES)
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator

from unfork.planning.run import Run
from unfork.reading.source import Unparsable
from unfork_codemods.project import Key, last_segment

_AS = rb"[\s\\]+as[\s\\]+(\w+)"
_NOT_FOLLOWED = rb"(?![\w\"'])(?![ \t]*\.[ \t]*\w)(?![ \t]*=(?!=))"


def files_with_modules_as_values(run: Run, keys: Collection[Key]) -> Iterator[str]:
    """Yield the files that may use one of the modules otherwise than by taking attributes of it."""
    words = frozenset(map(last_segment, keys))
    named = rb"\b(?:%b)" % b"|".join(map(re.escape, sorted(map(os.fsencode, words))))
    alias = re.compile(named + _AS)
    for path in run.naming(words):
        data = run.read(path)
        names = {re.escape(name) for name in alias.findall(data)}
        local = b"|".join([named, *(rb"\b%b" % name for name in sorted(names))])
        bare = re.compile(
            rb"(?:%b)%b|[\"'.]%b[\"']" % (local, _NOT_FOLLOWED, named.removeprefix(rb"\b"))
        )
        if _is_outside_imports(run, path, data, bare):
            yield path


def _is_outside_imports(run: Run, path: str, data: bytes, pattern: re.Pattern[bytes]) -> bool:
    """Return whether a pattern occurs anywhere in a file but in import statements and comments."""
    places = [match.start() for match in pattern.finditer(data)]
    places = [at for at in places if b"#" not in data[data.rfind(b"\n", 0, at) + 1 : at]]
    if not places:
        return False
    try:
        head = run.engine.heads.of(path, data)
        return any(not head.in_import(at) for at in places)
    except Unparsable:
        return False
