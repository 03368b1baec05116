"""Files that may use a module as a value: whatever gets it may take any of its names.

for part in (consumer, other): part.setup()    load(consumer)    map(partial(getattr, consumer), NAMES)
"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from unfork.planning.run import Run
from unfork.reading.index import Index
from unfork.reading.layout import enclosing_folders, parent_folder
from unfork.reading.signs import binding_pattern, has_sign, sign_patterns
from unfork.reading.source import Head, Unparsable
from unfork_codemods.project import Key, external_key, is_external, last_segment

_LOADING = sign_patterns(
    dict.fromkeys(("import_module", "__import__", "modules", "attrgetter"), rb"\b")
)
_NOT_FOLLOWED = rb"(?![\w\"'])(?![ \t]*\.[ \t]*\w)(?![ \t]*=(?!=))"


class Modules(NamedTuple):
    """Modules of the project, and the last parts of their names."""

    keys: frozenset[Key]
    words: frozenset[str]

    @classmethod
    def of(cls, keys: Iterable[Key]) -> Modules:
        """Return some modules."""
        every = frozenset(keys)
        return cls(every, frozenset(map(last_segment, every)))


def files_with_modules_as_values(run: Run, keys: Collection[Key]) -> Iterator[str]:
    """Yield the files that may use one of the modules otherwise than by taking attributes of it."""
    index, modules = run.engine.index, Modules.of(keys)
    above = Modules.of(f for key in keys for f in enclosing_folders(parent_folder(key)))
    named = b"|".join(map(re.escape, sorted(map(os.fsencode, modules.words))))
    within = re.compile(
        rb"(?<!\bself)(?<!\bcls)\.(?:%b)%b|[\"'.](?:%b)[\"']" % (named, _NOT_FOLLOWED, named)
    )
    binding = binding_pattern(modules.words | above.words)
    for path in run.naming(modules.words):
        data = run.read(path)
        is_loading = has_sign(data, _LOADING)
        if not is_loading and not binding.search(data):
            continue
        try:
            head = run.engine.heads.of(path, data)
            local = {re.escape(os.fsencode(name)) for name in _bound_to(index, head, modules)}
            bare = re.compile(rb"(?<![\w.])(?:%b)%b" % (b"|".join(sorted(local)), _NOT_FOLLOWED))
            if (local and _is_outside_imports(head, bare)) or (
                (is_loading or may_have_one(index, head, above))
                and _is_outside_imports(head, within)
            ):
                yield path
        except Unparsable:
            continue


def may_have_one(index: Index, head: Head, modules: Modules) -> bool:
    """Return whether a file imports one of some modules, or what may be one, and binds a name to it."""
    return any(True for _ in _bound_to(index, head, modules))


def _bound_to(index: Index, head: Head, modules: Modules) -> Iterator[str]:
    """Yield what a file calls those of some modules that it imports; what another module has may be one."""
    for statement in head.imports:
        for alias in statement.node.names:
            if not modules.words.isdisjoint(alias.name.split(".")):
                key = _module_bound(index, statement.node, alias, head.path)
                if key in modules.keys or (key is None and alias.name in modules.words):
                    yield statement.local(alias)


def _module_bound(
    index: Index, node: ast.Import | ast.ImportFrom, alias: ast.alias, importer: str
) -> Key | None:
    """Return the module of the project that an import binds a name to; None if another module may have it."""
    if isinstance(node, ast.ImportFrom):
        base = index.locate_from(node, importer).key
        below = index.layout.submodule(base, alias.name)
        return below or (external_key(alias.name) if is_external(base) else None)
    dotted = alias.name if alias.asname else alias.name.partition(".")[0]
    return index.layout.absolute(dotted, importer).key


def _is_outside_imports(head: Head, pattern: re.Pattern[bytes]) -> bool:
    """Return whether a pattern occurs anywhere in a file but in import statements and comments."""
    data = head.data
    places = (match.start() for match in pattern.finditer(data))
    return any(
        b"#" not in data[data.rfind(b"\n", 0, at) + 1 : at] and not head.in_import(at)
        for at in places
    )
