"""Modules that are used as values: code that receives one may use any of its names in any way.

helpers.py   def call(module): return module.submit("a", attempts=2)        use.py   call(legacy)
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from unfork.file_kinds import CODE
from unfork.reading.index import Index
from unfork.reading.interface import Interface
from unfork.rewriting.altered_members import Alteration, altered_members, gone_members
from unfork.rewriting.file_context import FileContext
from unfork.rewriting.other_kinds import is_of_another_kind
from unfork_codemods.calls import CallChange
from unfork_codemods.project import Destination, ImportCodemod, ImportedName, Key, is_external


def stands_for(context: FileContext, imported_name: ImportedName) -> bool:
    """Return whether a canonical module can be handed around in a legacy one's place."""
    if not context.codemod.is_drop_in_replacement(imported_name):
        return False
    differences = (name_called_differently, name_listed_too, data_file_lacking)
    if any(difference(context, imported_name) is not None for difference in differences):
        return False
    return not is_source_read(context, imported_name)


def is_source_read(context: FileContext, imported_name: ImportedName) -> bool:
    """Return whether code that receives a module may read its source, which its counterpart does not have."""
    destination = context.codemod.destination(imported_name._replace(name=None))
    index, modules = context.index, [imported_name.key, getattr(destination, "key", "")]
    if not any(_READS_SOURCE.search(text) for text in _texts_around(context)):
        return False
    texts = {index.text(index.file(key)) for key in modules if index.has_file(key)}
    return len(texts) > 1


def name_listed_too(context: FileContext, imported_name: ImportedName) -> str | None:
    """Return a name that only the canonical module has, if code that receives the module may list its names.

    That code is in the file or in a module that the file imports: ``for name in dir(module)``.
    """
    more = names_there_only(context, imported_name)
    return min(more) if more and _may_list_names(context) else None


def names_there_only(context: FileContext, imported_name: ImportedName) -> frozenset[str]:
    """Return the names that only the canonical module has, apart from modules and private names.

    Of a legacy module that is gone nobody knows which it had.
    """
    destination = context.codemod.destination(imported_name._replace(name=None))
    index, key = context.index, imported_name.key
    is_gone = not is_external(key) and not index.has_file(key)
    if is_gone or not isinstance(destination, Destination):
        return frozenset()
    return _names_in(index, destination.key) - _names_in(index, imported_name.key)


def data_file_lacking(context: FileContext, imported_name: ImportedName) -> str | None:
    """Return a data file of a legacy package that is not the same in the canonical one, if such files may be read.

    importlib.resources.files(legacy)
    """
    destination = context.codemod.destination(imported_name._replace(name=None))
    package = imported_name.key
    if not isinstance(destination, Destination) or not context.index.is_package(package):
        return None
    if not any(_READS_DATA.search(text) for text in _texts_around(context)):
        return None
    index = context.index
    for path in sorted(p for p in index.every_path if p.startswith(f"{package}/")):
        other = destination.key + path[len(package) :]
        if not path.endswith(CODE) and (
            other not in index.every_path or index.text(path) != index.text(other)
        ):
            return path
    return None


def _may_list_names(context: FileContext) -> bool:
    """Return whether a file, or a module that it imports, has a call that may list what a module has.

    Or may look for any name, and go on without it: ``if hasattr(plugin, hook)``.
    """
    imported = {
        item.local.encode() for item in context.items
    }  # what a file does with these is seen
    return any(
        _LISTS_NAMES.search(text) or not imported.issuperset(_LOOKS_UP.findall(text))
        for text in _texts_around(context)
    )


def _names_in(index: Index, key: Key) -> frozenset[str]:
    """Return the names of a module that are no modules themselves, nor private."""
    definitions = index.definitions(key)
    if definitions is None:
        return frozenset()
    bound = {name for name, binding in definitions.names.items() if binding.runtime}
    names = {name for name in bound | {*(index.star_names(key) or ())} if name[0] != "_"}
    return frozenset(name for name in names if index.module_of(key, name) is None)


def _texts_around(context: FileContext) -> Iterator[bytes]:
    """Yield the text of a file, and those of the modules that it imports."""
    yield context.source.data
    for key in dict.fromkeys(item.imported_name.key for item in context.items):
        if context.index.has_file(key):
            yield context.index.text(context.index.file(key))


_LISTS_NAMES = re.compile(
    rb"\b(?:dir|vars)\s*\(\s*(?!self\b|cls\b|\))"
    rb"|\bgetmembers|\bloadTestsFromModule\b|(?<!\bself)(?<!\bcls)\.__dict__\b"
    rb"|\b(?:spec|spec_set|create_autospec)\s*[=(]\s*[a-z_]\w*\s*[,)]"
)
_LOOKS_UP = re.compile(
    rb"\b(?:hasattr\s*\(\s*(?!self\b|cls\b)(?=\w+\s*,\s*[^\s\"'])"
    rb"|getattr\s*\(\s*(?!self\b|cls\b)(?=\w+\s*,\s*[^\s\"'][^(),]*,))(\w+)"
)
"""What may ask something for any name, and go on without it: ``getattr(plugin, hook, None)``."""

_READS_DATA = re.compile(
    rb"\b(?:files|contents|(?:open|read)_(?:text|binary)|is_resource|resource_\w+)\s*\("
)
"""Calls that read the data files of a package."""


_READS_SOURCE = re.compile(rb"\bget(?:source|sourcelines|comments)\b")


def name_called_differently(context: FileContext, imported_name: ImportedName) -> str | None:
    """Return a public name of a legacy module whose counterpart does not take everything that it takes, if any."""
    return next(names_called_differently(context.index, context.codemod, imported_name), None)


def names_called_differently(
    index: Index, codemod: ImportCodemod, imported_name: ImportedName
) -> Iterator[str]:
    """Yield the public names of a legacy module whose counterparts do not take everything that they take."""
    for name in sorted(index.public_names(imported_name.key) or ()):
        own = imported_name.of(name)
        destination = codemod.destination(own)
        if not isinstance(destination, Destination) or destination.name is None:
            continue
        old = index.interfaces.interface(own.key, name)
        new = index.interfaces.interface(destination.key, destination.name)
        if _differ(old, new, codemod.call_changes(own)):
            yield name


def _differ(
    old: Interface | None, new: Interface | None, changes: Mapping[str, CallChange]
) -> bool:
    """Return whether a call or a member of a definition is known to be none of its counterpart."""
    if changes:
        return True
    if old is None or new is None or old is new:
        return False
    if old.call is not None and new.call is not None and not new.call.takes_all_of(old.call):
        return True
    if is_of_another_kind(old, new):
        return True
    altered = altered_members(old, new).values()
    return bool(gone_members(old, new, {})) or any(map(_is_narrower, altered))


def _is_narrower(alteration: Alteration) -> bool:
    if alteration.old is None or alteration.new is None:
        return True
    return not alteration.new.takes_all_of(alteration.old)
