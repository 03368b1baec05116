"""The names of other modules, and the modules in ``sys.modules``, that a file patches.

mock.patch("a.legacy.Name")    monkeypatch.setattr(legacy, "Name", fake)    legacy.Name = fake    del legacy.Name
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator, Sequence

from unfork.reading.calls import (
    REPLACING,
    attribute_argument,
    callee_name,
    named_attribute,
    replaced_keywords,
)
from unfork.reading.scopes import Ref, resolve_name
from unfork.reading.signs import has_sign, sign_patterns
from unfork.rewriting.attribute_paths import follow_attribute_path
from unfork.rewriting.constraints import Replaced
from unfork.rewriting.file_context import FileContext, ImportedAlias
from unfork.rewriting.file_rewrite import FileRewrite
from unfork.rewriting.quoted_paths import (
    Quoted,
    Untold,
    untold_paths,
    words_in_strings,
    wrappers_in_file,
)
from unfork.rewriting.taken_names import replaced_of
from unfork.rewriting.wrappers import names_told
from unfork_codemods.bindings import EVERY
from unfork_codemods.project import Key, is_external

_ASSIGNED = rb"\w++[ \t]*+[-+*/|&^%@:<>]*+=(?!=)"
_SIGNS = sign_patterns(
    {
        "patch": rb"\b",
        "Patch": rb"\b",
        "object": rb"\s*\(",
        "setattr": b"",
        "delattr": b"",
        "__dict__": b"",
        "spy": rb"\b",
        "vars": rb"\b",
        "multiple": rb"[ \t]*\(",
        "modules": rb"\b(?:(?<=\.modules)|[ \t]*(?:[\[.]|as\b|$))",
        "del": rb"\b[^\n]*\.",
        "as": rb"[ \t]+(?:\w+\.\w|\()",
        "for": rb"\s+(?:\w+\s*,\s*)*\(?\w+\.\w",
        ".": b"(?=%b)" % _ASSIGNED + rb"(?<=[\w\])]\.)(?<!\bself\.)(?<!\bcls\.)",
    },
    within=("patch", "Patch", "object", "setattr", "delattr", "__dict__", "multiple", "."),
)
_READING_METHODS = frozenset({"get", "keys", "values", "items", "copy"})
_READING_CALLS = frozenset({"dict", "iter", "len", "list", "set", "sorted", "tuple"})
_FORMATTING_METHODS = frozenset({"format_map", "safe_substitute", "substitute"})
"""Methods of texts, and of templates of texts, that look names up in what they are given."""


def may_replace(data: bytes) -> bool:
    """Return whether a text may replace anything."""
    return has_sign(data, _SIGNS)


def note_replacements(context: FileRewrite, every: Sequence[Quoted]) -> None:
    """Note what a file replaces, and what others may replace by paths in it; ``every`` are those known to be paths."""
    named = _named_in_strings(context, every, as_key=False)
    context.dangling += [entry for entry in named if entry.name != EVERY]
    if may_replace(context.source.data) or context.wrappers_named:
        context.wrappers += wrappers_in_file(context)
        untold = list(untold_paths(context))
        context.replacing += _replacements_in_file(context, every)
        context.replacing += _unknown_replacements(context, every, untold)
        context.untold |= any(not entry.beginning and not entry.is_key for entry in untold)


def note_replaced_names(context: FileRewrite, items: Iterable[ImportedAlias]) -> None:
    """Note what a file replaces in the modules that it imports, if it has no paths: ``items`` are what it imports."""
    if any(context.imported_module(item) for item in items) and may_replace(context.source.data):
        context.replacing += _through_modules(context)


def _replacements_in_file(context: FileContext, every: Sequence[Quoted]) -> Iterator[Replaced]:
    """Yield what a file replaces in the modules that the codemod is about."""
    for quoted in every:
        if context.codemod.is_about(quoted.located.key):
            for name in replaced_of(context, quoted):
                yield _replacement_at(
                    context, quoted.located.key, name, quoted.node, quoted.argument.stores
                )
    yield from _through_modules(context)


def _replacement_at(
    context: FileContext,
    key: Key,
    name: str | None,
    node: ast.expr,
    stores: bool = True,
    told: bool = True,
    by_object: bool = False,
) -> Replaced:
    return Replaced(key, name, context.importer, context.at(node)[0], stores, told, by_object)


# -- legacy.Name = fake


def _through_modules(context: FileContext) -> Iterator[Replaced]:
    bound: dict[str, list[ImportedAlias]] = {}
    for item in context.items:
        if item.alias.name != "*":
            bound.setdefault(item.local, []).append(item)
    for ref in context.scopes.refs:
        if ref.name in bound and _may_replace(context, ref):
            for item in bound[ref.name]:
                yield from _replaced_through(context, item, ref)


def _may_replace(context: FileContext, ref: Ref) -> bool:
    if not isinstance(ref.context, ast.Load):
        return bool(ref.attributes)
    namespace = namespace_of(ref)
    if namespace is not None:
        return not _is_only_read(context, namespace)
    return ref.call is not None and callee_name(ref.call) in REPLACING | {"multiple"}


def namespace_of(ref: Ref) -> ast.expr | None:
    """Return the namespace of a module, by which any name can be replaced: ``vars(legacy)``, ``legacy.__dict__``."""
    for node in ref.attributes:
        if node.attr == "__dict__":
            return node
    return ref.call if ref.call is not None and callee_name(ref.call) == "vars" else None


def _is_only_read(context: FileContext, namespace: ast.expr) -> bool:
    """Return whether nothing is put into a namespace where it stands: ``vars(legacy)["Name"]``, ``sorted(...)``."""
    match context.parents.get(namespace):
        case ast.Subscript(ctx=ast.Load()) | ast.Compare() | ast.BinOp():
            return True
        case ast.keyword(arg=None) | ast.Starred():
            return True  # what is unpacked is copied (language reference, 6.3.4)
        case ast.Dict(keys=keys, values=values):
            return keys[values.index(namespace)] is None
        case ast.For(iter=iterated) | ast.comprehension(iter=iterated):
            return iterated is namespace
        case ast.Attribute(attr=method):
            return method in _READING_METHODS
        case ast.Call(func=ast.Name(id=name)):
            return name in _READING_CALLS
        case ast.Call(func=ast.Attribute(attr=method)):
            return method in _FORMATTING_METHODS
        case _:
            return False


def _replaced_through(context: FileContext, item: ImportedAlias, ref: Ref) -> Iterator[Replaced]:
    start = context.imported_module(item)
    if start is None or resolve_name(ref.scope, ref.name) not in (None, context.scope(item)):
        return
    names = [node.attr for node in ref.attributes if node.attr != "__dict__"]
    stores = not isinstance(ref.context, ast.Load)
    reached = follow_attribute_path(context, start, names[:-1] if stores else names)
    if reached.depth < len(names) - stores or not context.codemod.is_about(reached.key):
        return
    if stores:
        yield _replacement_at(context, reached.key, names[-1], ref.node)
        return
    namespace = namespace_of(ref)
    names = _keys_stored(context, namespace) if namespace is not None else _names_given(ref)
    for name in names:
        yield _replacement_at(context, reached.key, name, ref.node)
    if names:
        return
    named = attribute_argument(ref.call) if namespace is None else None
    told = names_told(context, named, ref.scope) if named is not None else None
    if told is None:
        yield from _names_meant(context, reached.key, ref.node, by_object=namespace is None)
        return
    for name in sorted(told):
        yield _replacement_at(context, reached.key, name, ref.node, told=False, by_object=True)


def _keys_stored(context: FileContext, namespace: ast.expr) -> list[str]:
    """Return the name stored in a namespace where it stands, if the text tells: ``vars(legacy)["Name"] = x``."""
    match context.parents.get(namespace):
        case ast.Subscript(slice=ast.Constant(value=str(name))):
            return [name]
        case _:
            return []


def _names_given(ref: Ref) -> list[str]:
    """Return the names that a call replaces: ``setattr(legacy, "Name", x)``, ``patch.multiple(legacy, Name=x)``."""
    named = named_attribute(ref.call)
    return [str(named.value)] if named else [str(k.arg) for k in replaced_keywords(ref.call)]


# -- mock.patch(target)


def _unknown_replacements(
    context: FileContext, every: Sequence[Quoted], untold: Sequence[Untold]
) -> Iterator[Replaced]:
    """Yield what undetermined paths may refer to: everything that the strings of the file may name."""
    if untold:
        yield from _named_in_strings(context, every, any(path.is_key for path in untold))
    for path in untold:
        if path.beginning:
            yield from _named_by(context, path.node, path.beginning.rstrip("."), path.is_key)


def _named_in_strings(
    context: FileContext, every: Sequence[Quoted], as_key: bool
) -> Iterator[Replaced]:
    """Yield what the strings of a file may name that are no paths by definition, each text where it stands first."""
    parts = {part for quoted in every for part in ast.walk(quoted.node)}
    first: dict[str, ast.Constant] = {}
    for node in context.source.nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in parts:
            first.setdefault(node.value, node)
    for text, node in first.items():
        yield from _named_by(context, node, text, as_key)


def _named_by(context: FileContext, node: ast.expr, text: str, as_key: bool) -> Iterator[Replaced]:
    module, _, path = text.partition(":")
    parts = [*module.split("."), *(path.split(".") if path else [])]
    if not all(part.isidentifier() for part in parts):
        return
    located = context.module_in_text(parts[0])
    if is_external(located.key) and not context.codemod.outside():
        return
    reached = follow_attribute_path(context, located.key, parts[1:], context.codemod.outside())
    if not context.codemod.is_about(reached.key):
        return
    rest = parts[reached.depth + 1 :]
    if rest:
        yield _replacement_at(context, reached.key, rest[0], node, told=False)
    elif as_key:
        yield _replacement_at(context, reached.key, None, node, told=False)
    else:
        yield from _names_meant(context, reached.key, node)


def _names_meant(
    context: FileContext, key: Key, node: ast.expr, by_object: bool = False
) -> Iterator[Replaced]:
    """Yield the names of a module of which one is replaced: those that the file has in its strings, else all."""
    names: Collection[str] = context.index.names(key) & words_in_strings(context)
    for name in sorted(names) or [EVERY]:
        yield _replacement_at(context, key, name, node, told=False, by_object=by_object)
