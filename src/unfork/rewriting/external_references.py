"""The top-level names of other modules that a file depends on: renaming one requires changing this file too."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator

from unfork.reading.calls import BY_NAME, IMPORTS, LISTING, RUNS, attribute_argument, callee_name
from unfork.reading.hint_names import names_given_to_hints
from unfork.reading.scopes import Ref
from unfork.reading.statements import import_statements
from unfork.rewriting.attribute_paths import follow_attribute_path, is_target
from unfork.rewriting.constraints import ExternalReferences, Name
from unfork.rewriting.file_context import FileContext, ImportedAlias
from unfork.rewriting.module_uses import follows_by_itself, use_of
from unfork.rewriting.quoted_paths import (
    KEY,
    Quoted,
    quoted_paths,
    strings_of,
    untold_paths,
    words_in_strings,
)
from unfork.rewriting.replacements import namespace_of
from unfork.rewriting.star_uses import names_offered, names_used
from unfork.rewriting.string_references import names_patched
from unfork.rewriting.taken_names import names_taken
from unfork.rewriting.wrappers import names_told
from unfork_codemods.project import Destination, Key, is_external


def demands_of(context: FileContext, interest: Collection[str]) -> ExternalReferences:
    """Return the names of other modules that a file uses, among the names of ``interest``, which might be renamed."""
    items = [item for item in context.items if not is_external(item.imported_name.key)]
    imported = {hop for item in items for hop in _imported_names(context, item, interest)}
    imported |= set(_through_modules(context, items, interest))
    paths = list(quoted_paths(context))
    patch_destination = list(names_patched(context, paths))
    parts = {part for patch in patch_destination for part in ast.walk(patch.node)}
    imported |= {*_by_strings(context, interest, parts), *_by_untold(context, interest)}
    imported |= {*_by_getters(context, interest)}
    quoted = [patch for patch in patch_destination if patch.name in interest]
    replaced = frozenset((patch.key, patch.name) for patch in quoted if patch.itself)
    by_strings = frozenset((e.key, e.name) for e in quoted)
    namespaces = frozenset(_namespaces_read(context, items, paths))
    listed = frozenset({*_modules_listed(context, items), *(key for key, _ in namespaces)})
    hints = names_given_to_hints(context.source).intersection(interest)
    handed = frozenset({*_modules_handed(context, items), *_modules_loaded(context, paths)})
    names = frozenset(imported)
    return ExternalReferences(names, by_strings, replaced, namespaces, listed, hints, handed)


def _name_with_hops(context: FileContext, key: Key, name: str) -> Iterator[Name]:
    """Yield the name in its module and in every module that re-exports it on the way."""
    yield key, name
    yield from context.index.origin(key, name).hops


def _imported_names(
    context: FileContext, item: ImportedAlias, interest: Collection[str]
) -> Iterator[Name]:
    name = item.imported_name.name
    if name == "*":
        used = {*names_used(context, item.alias), *names_offered(context, interest)}
        for taken in used & set(interest):
            yield from _name_with_hops(context, item.imported_name.key, taken)
    elif name in interest and name is not None:
        yield from _name_with_hops(context, item.imported_name.key, name)


def _through_modules(
    context: FileContext, items: list[ImportedAlias], interest: Collection[str]
) -> Iterator[Name]:
    """Yield the names used through a module: ``consumer.Old``, ``getattr(consumer, "Old")``."""
    bound: dict[str, list[ImportedAlias]] = {}
    for item in items:
        if item.alias.name != "*":
            bound.setdefault(item.local, []).append(item)
    for ref in context.scopes.refs:
        if ref.name not in bound:
            continue
        names = [node.attr for node in ref.attributes]
        quoted = _names_asked_for(context, ref, interest)
        if not (quoted or any(name in interest for name in names)):
            continue
        for item in bound[ref.name]:
            start = context.imported_module(item)
            if start is None or is_external(start):
                continue
            if _is_rewritten(context, item, start, ref, names):
                continue
            ways = [*enumerate(names), *((len(names), name) for name in quoted)]
            for depth, name in ways:
                reached = follow_attribute_path(context, start, names[:depth])
                if reached.depth == depth and name in interest:
                    yield from _name_with_hops(context, reached.key, name)


def _namespaces_read(
    context: FileContext, items: list[ImportedAlias], paths: Iterable[Quoted]
) -> Iterator[tuple[Key, int]]:
    """Yield the modules that run again, or whose dictionary matters: ``run_module("consumer")``, ``vars(consumer)``."""
    for quoted in paths:
        if quoted.called in RUNS:
            yield quoted.located.key, context.at(quoted.node)[0]
    yield from _stored_into_by_examples(context)
    bound = {item.local: item for item in items if item.alias.name != "*"}
    for ref in context.scopes.refs:
        if ref.name in bound and namespace_of(ref) is not None:
            start = context.imported_module(bound[ref.name])
            if start is not None and not is_external(start):
                names = [node.attr for node in ref.attributes]
                yield follow_attribute_path(context, start, names).key, context.at(ref.node)[0]


def _stored_into_by_examples(context: FileContext) -> Iterator[tuple[Key, int]]:
    """Yield the modules in which an example that imports them replaces a name: ``>>> consumer.run = fake``."""
    for examples in context.source.examples:
        tree = examples.tree
        parts = [*ast.walk(tree)] if tree is not None else []
        stores = [p for p in parts if isinstance(p, ast.Attribute) and isinstance(p.ctx, ast.Store)]
        changed = {p.value.id for p in stores if isinstance(p.value, ast.Name)}
        for statement in import_statements(tree) if tree is not None and changed else ():
            for item in context.items_of(statement):
                key = context.imported_module(item) if item.local in changed else None
                if key is not None and not is_external(key):
                    yield key, examples.lines[statement.node.lineno - 1]


def _modules_listed(context: FileContext, items: Iterable[ImportedAlias]) -> Iterator[Key]:
    """Yield the modules whose names are asked for: ``dir(consumer)``, ``inspect.getmembers(consumer)``."""
    bound = {item.local: item for item in items if item.alias.name != "*"}
    for ref in context.scopes.refs:
        if ref.name in bound and ref.call is not None and callee_name(ref.call) in LISTING:
            start = context.imported_module(bound[ref.name])
            if start is not None and not is_external(start):
                names = [node.attr for node in ref.attributes]
                yield follow_attribute_path(context, start, names).key


def _modules_handed(context: FileContext, items: Iterable[ImportedAlias]) -> Iterator[Key]:
    """Yield the modules that are values here, of which others may take any name: ``load(consumer)``, ``m = consumer``.

    Of a module that a call only asks for names that are told, these names are taken.
    """
    bound: dict[str, list[ImportedAlias]] = {}
    for item in items:
        bound.setdefault(item.local, []).append(item)
    for ref in context.scopes.refs:
        if ref.name not in bound or not isinstance(ref.context, ast.Load):
            continue
        whole = ref.attributes[-1] if ref.attributes else ref.node
        if whole in context.tested or _takes_what_is_told(context, ref):
            continue
        names = [node.attr for node in ref.attributes]
        for item in bound[ref.name]:
            start = context.imported_module(item) if item.alias.name != "*" else None
            if start is not None and not is_external(start):
                reached = follow_attribute_path(context, start, names)
                if reached.depth == len(names):
                    yield reached.key


def _takes_what_is_told(context: FileContext, ref: Ref) -> bool:
    """Return whether a call takes no names of a module but told ones: ``getattr(consumer, "run")``, ``repr(m)``."""
    if ref.call is None:
        return False
    named = attribute_argument(ref.call)
    if named is None:
        return callee_name(ref.call) in _TAKING_NOTHING
    return names_told(context, named, ref.scope) is not None


_TAKING_NOTHING = frozenset(
    {"getsource", "isinstance", "print", "reload", "repr", "testmod", "type"}
)
"""Functions of Python's own that get a module, and take no names of it that its text does not have."""


def _modules_loaded(context: FileContext, paths: Iterable[Quoted]) -> Iterator[Key]:
    """Yield the modules that are loaded by a string, and used as values: ``load(import_module("consumer"))``."""
    loads = (quoted for quoted in paths if quoted.called in IMPORTS | {KEY})
    for quoted in loads:
        if not is_external(quoted.located.key) and names_taken(context, quoted) is None:
            yield quoted.located.key


def _by_getters(context: FileContext, interest: Collection[str]) -> Iterator[Name]:
    """Yield the names that a getter may take of a module that it reaches: ``attrgetter("consumer.Old")(package)``."""
    calls = [c for c in context.scopes.calls if callee_name(*c) == "attrgetter"]
    texts = (t for call, scope in calls for arg in call.args for t in context.texts.of(arg, scope))
    for text in texts:
        parts = (text.value or "").split(".")
        for at, name in enumerate(parts):
            way = "/".join(parts[:at])
            for key in context.index.layout.modules if at and name in interest else ():
                if f"/{key}".endswith(f"/{way}"):
                    yield from _name_with_hops(context, key, name)


def _names_asked_for(context: FileContext, ref: Ref, interest: Collection[str]) -> Collection[str]:
    """Return the names of interest that a call may use or replace in its first argument; all, if it names none.

    getattr(consumer, name)    patch.object(consumer, "Old")    patch.multiple(consumer, **fakes)
    """
    call = ref.call
    if call is None or callee_name(call) not in BY_NAME | {"multiple"}:
        return ()
    if callee_name(call) == "multiple":
        keywords = {k.arg for k in call.keywords}
        return interest if None in keywords else [name for name in interest if name in keywords]
    named = attribute_argument(call)
    told = names_told(context, named, ref.scope) if named is not None else frozenset()
    return interest if told is None else told.intersection(interest)


def _by_untold(context: FileContext, interest: Collection[str]) -> Iterator[Name]:
    """Yield the names that an undetermined path may refer to: ``patch(f"consumer.{name}")``.

    If nothing is known about the path, yield the names of all modules that the file imports or has in a string, by the
    words in its strings.
    """
    for untold in untold_paths(context):
        if untold.is_key:
            continue
        if untold.beginning:
            module = untold.beginning.rpartition(".")[0]
            for key in _modules_named(context, module):
                yield from (hop for name in interest for hop in _name_with_hops(context, key, name))
        else:
            names = set(interest).intersection(words_in_strings(context))
            keys = {
                context.imported_module(item) for item in context.items if item.alias.name != "*"
            }
            keys |= {key for text in strings_of(context) for key in _modules_named(context, text)}
            for key in filter(None, keys):
                yield from (hop for name in names for hop in _name_with_hops(context, key, name))


def _by_strings(
    context: FileContext, interest: Collection[str], others: Collection[ast.AST]
) -> Iterator[Name]:
    """Yield the names that strings may refer to, except patch targets; what reads the strings is unknown.

    import_module("consumer").Old    {"Old": "consumer"}    resolve_name("consumer:Old")
    """
    nodes = list(context.source.nodes)
    strings = [n for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    texts = {str(n.value) for n in strings if n not in others and not _is_only_shown(context, n)}
    names = {node.attr for node in nodes if isinstance(node, ast.Attribute)} | texts
    asked = names.intersection(interest)
    for text in texts:
        module, colon, path = text.partition(":")
        package, _, last = module.rpartition(".")
        pairs = [(module, path.partition(".")[0])] if colon else [(package, last)]
        pairs += [] if colon else [(module, name) for name in asked]
        for dotted, name in pairs:
            if name in interest:
                for key in _modules_named(context, dotted):
                    yield from _name_with_hops(context, key, name)


def _is_only_shown(context: FileContext, node: ast.Constant) -> bool:
    """Return whether a string names no module: a docstring, what is printed, what ``__name__`` is compared with."""
    match context.parents.get(node):
        case ast.Expr() | ast.Compare(left=ast.Name(id="__name__")):
            return True
        case ast.Call(func=ast.Name(id="print")):
            return True
        case _:
            return False


def _modules_named(context: FileContext, dotted: str) -> Iterator[Key]:
    """Yield the project modules that a string may refer to: by its full name, or next to the file."""
    name = dotted.lstrip(".")
    level = len(dotted) - len(name)
    if not all(part.isidentifier() for part in name.split(".")):
        return
    layout = context.index.layout
    candidates = [layout.relative(level or 1, name, context.importer)]
    candidates += [] if level else [context.module_in_text(name)]
    yield from (located.key for located in candidates if located.key in layout.modules)


def _is_rewritten(
    context: FileContext, item: ImportedAlias, start: Key, ref: Ref, names: list[str]
) -> bool:
    """Return whether a use of a legacy module through another file is rewritten and no longer needs that file."""
    reached = follow_attribute_path(context, start, names)
    if not reached.through or not is_target(context, reached.key):
        return False
    use = use_of(ref, reached.depth)
    if use.name is None or follows_by_itself(context, item, reached.key, use):
        return False
    return isinstance(
        context.codemod.destination(context.module_site(item, reached.key).of(use.name)),
        Destination,
    )
