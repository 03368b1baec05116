"""Files that may use a module as a value: whatever gets it may take any of its names.

for part in (consumer, other): part.setup()    load(consumer)    map(partial(getattr, consumer), NAMES)
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator

from unfork.planning.run import Run
from unfork.reading.source import Head, Unparsable
from unfork_codemods.project import Key, last_segment

_NOT_FOLLOWED = rb"(?![\w\"'])(?![ \t]*\.[ \t]*\w)(?![ \t]*=(?!=))"


def files_with_modules_as_values(run: Run, keys: Collection[Key]) -> Iterator[str]:
    """Yield the files that may use one of the modules otherwise than by taking attributes of it."""
    words = frozenset(map(last_segment, keys))
    named = b"|".join(map(re.escape, sorted(map(os.fsencode, words))))
    within = re.compile(
        rb"(?<!\bself)(?<!\bcls)\.(?:%b)%b|[\"'.](?:%b)[\"']" % (named, _NOT_FOLLOWED, named)
    )
    for path in run.naming(words):
        data = run.read(path)
        try:
            head = run.engine.heads.of(path, data)
            local = {
                re.escape(os.fsencode(statement.local(alias)))
                for statement in head.imports
                for alias in statement.node.names
                if alias.name.rpartition(".")[2] in words
            }
            bare = re.compile(rb"(?<![\w.])(?:%b)%b" % (b"|".join(sorted(local)), _NOT_FOLLOWED))
            if _is_outside_imports(head, within) or (local and _is_outside_imports(head, bare)):
                yield path
        except Unparsable:
            continue


def _is_outside_imports(head: Head, pattern: re.Pattern[bytes]) -> bool:
    """Return whether a pattern occurs anywhere in a file but in import statements and comments."""
    data = head.data
    places = (match.start() for match in pattern.finditer(data))
    return any(
        b"#" not in data[data.rfind(b"\n", 0, at) + 1 : at] and not head.in_import(at)
        for at in places
    )
