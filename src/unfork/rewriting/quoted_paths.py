"""Strings that are by definition paths of a module or an object: where they are, and what they name.

importlib.import_module("a.legacy")    mock.patch("a.legacy.Name")    sys.modules["a.legacy"]

Only arguments of calls known to take such a path are read; other strings are never rewritten.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from unfork.nodes import last_name
from unfork.reading.calls import (
    FINDS,
    IMPORTS,
    NAMES,
    PATCHES,
    RESOURCES,
    RUNS,
    callee_name,
    is_patch,
    keyword_argument,
)
from unfork.reading.resource_calls import resource_function
from unfork.reading.scopes import Scope, resolve_name
from unfork.reading.texts import Piece, Text
from unfork.rewriting.attribute_paths import follow_attribute_path
from unfork.rewriting.constraints import Name, Wrapper
from unfork.rewriting.file_context import FileContext
from unfork.rewriting.wrappers import passed_on, targets_given, wrapper_around, wrappers_handed_on
from unfork_codemods.project import Located, is_external

KEY = "sys.modules"
"""Stands for the name of the call, of a key of ``sys.modules``."""
PLUGINS = "pytest_plugins"
RESOURCE = "resource"
"""Stands for the name of a call that reads data files, and that only its full name tells: ``resources.path``."""
MODULES = IMPORTS | FINDS | RUNS | RESOURCES | {KEY, PLUGINS, RESOURCE}
"""What takes the path of a module."""

_NOWHERE = Located("")
_KEY_METHODS = frozenset({"pop", "get", "setdefault", "__getitem__", "__setitem__", "__delitem__"})
_WORD = re.compile(r"[^\W\d]\w*")
_PACKAGES = ("anchor", "package_or_requirement", "package_name")
"""What functions that read data files call the package."""
_ITEMS = frozenset({"setitem", "delitem"})
"""Methods of ``monkeypatch`` that take a dictionary and a key."""


class Argument(NamedTuple):
    """An expression that is to be the path of something.

    ``callee_name`` is the name of what takes it, and ``holder`` the call, the subscript, or what else it is part of.
    ``stores``: it is there to put something in the module's place. ``text`` is what it says, where it is no string but
    the name of a keyword argument, whose value ``node`` is then. ``wrapped``: it is given to a function that patches.
    """

    called: str
    holder: ast.expr | ast.stmt
    node: ast.expr
    scope: Scope
    stores: bool = False
    text: Text | None = None
    wrapped: bool = False

    def texts(self, context: FileContext) -> Sequence[Text]:
        """Return what it may say."""
        if self.text is not None:
            return [self.text]
        is_import = self.called in IMPORTS
        read = context.texts.of_looked_up if is_import else context.texts.of
        return read(self.node, self.scope)


@dataclass(frozen=True, slots=True, eq=False)
class Quoted:
    """A path: of a module (``names`` is None), or of the names that lead from it to an object.

    ``anchor`` is the file that a relative path starts from, if another. ``several``: the expression may say other
    things too. ``unsure`` says why it cannot be rewritten, where it starts from a package that it does not tell.
    ``via`` is the module, and the name in it, whose import of the module the path leads through.
    """

    argument: Argument
    text: Text
    several: bool = False
    located: Located = _NOWHERE
    spelled: str = ""
    anchor: str | None = None
    names: tuple[str, ...] | None = None
    unsure: str = ""
    via: Name | None = None

    @property
    def node(self) -> ast.expr:
        """The expression."""
        return self.argument.node

    @property
    def called(self) -> str:
        """The name of what takes the path."""
        return self.argument.called

    @property
    def value(self) -> str:
        """The path as it is written."""
        return self.text.value or ""

    def at(self, located: Located, spelled: str, anchor: str | None = None) -> Quoted:
        """Return the path with the module that it names."""
        return replace(self, located=located, spelled=spelled, anchor=anchor)


@dataclass(frozen=True, slots=True, eq=False)
class Untold:
    """A path that cannot be determined: ``beginning`` is its known part. ``is_key``: it is a key of ``sys.modules``."""

    node: ast.expr
    beginning: str
    is_key: bool = False


def quoted_paths(context: FileContext) -> Iterator[Quoted]:
    """Yield the paths in a file, except those that lead out of the project."""
    for argument in path_arguments(context):
        texts = argument.texts(context)
        for text in texts:
            if text.value is not None:
                yield from _resolve_path(
                    context, Quoted(argument, text, len(texts) > 1), text.value
                )


def untold_imports(context: FileContext) -> Iterator[Untold]:
    """Yield the imports whose path cannot be determined."""
    for argument in path_arguments(context):
        if argument.called in IMPORTS | FINDS | RUNS:
            for text in argument.texts(context):
                if text.value is None:
                    yield Untold(argument.node, text.beginning)


def untold_paths(context: FileContext) -> Iterator[Untold]:
    """Yield the patch targets and removed ``sys.modules`` keys that are unknown both here and in the callers."""
    for argument in path_arguments(context):
        is_key = argument.called == KEY and argument.stores
        if not is_key and (
            not _replaces_by_path(argument) or _enclosing_wrapper(context, argument)
        ):
            continue
        for text in argument.texts(context):
            if text.value is None:
                yield Untold(argument.node, text.beginning, is_key)
    yield from (Untold(node, "") for node in passed_on(context))


def wrappers_in_file(context: FileContext) -> Iterator[Wrapper]:
    """Yield the functions of a file that patch a path given as an argument, and those that it re-exports."""
    yield from wrappers_handed_on(context)
    for argument in path_arguments(context):
        wrapper = _enclosing_wrapper(context, argument) if _replaces_by_path(argument) else None
        if wrapper is not None:
            yield wrapper


def _enclosing_wrapper(context: FileContext, argument: Argument) -> Wrapper | None:
    """Return the function whose callers determine a path that is unknown where it is used."""
    is_told = any(text.value is not None for text in argument.texts(context))
    return None if is_told else wrapper_around(context, argument.node, argument.scope)


def _resolve_path(context: FileContext, quoted: Quoted, value: str) -> Iterator[Quoted]:
    if quoted.called in MODULES:
        yield from _module_path(context, quoted, value)
    elif quoted.called in NAMES and ":" in value:
        module, _, names = value.partition(":")
        for resolved in _module_path(context, quoted, module):
            yield replace(resolved, names=tuple(filter(None, names.split("."))))
    else:
        yield from _object_path(context, quoted, value)


def strings_of(context: FileContext) -> frozenset[str]:
    """Return the strings of a file, those in f-strings too."""
    nodes = (node for node in context.source.nodes if isinstance(node, ast.Constant))
    return frozenset(node.value for node in nodes if isinstance(node.value, str))


def words_in_strings(context: FileContext) -> frozenset[str]:
    """Return the words in a file's strings that may be names."""
    return frozenset(word for text in strings_of(context) for word in _WORD.findall(text))


# -- where they stand


def path_arguments(context: FileContext) -> Iterator[Argument]:
    """Yield the expressions of a file that are to be paths."""
    for call, scope in context.scopes.calls:
        given = targets_given(context, call, scope)
        yield from (Argument("patch", call, e, scope, stores=True, wrapped=True) for e in given)
        yield from (
            argument for argument in _of_call(context, call, scope) if argument.node not in given
        )
    if b"modules" in context.source.data and b"sys" in context.source.data:
        yield from _sys_modules_keys(context)
    if PLUGINS.encode() in context.source.data:
        yield from _plugin_names(context)


def _of_call(context: FileContext, call: ast.Call, scope: Scope) -> Iterator[Argument]:
    name, given = _callee_and_arguments(context, call, scope)
    first = (
        given[0]
        if given
        else keyword_argument(call, "target", "name", "modname", "mod_name", "package", *_PACKAGES)
    )
    if name in _ITEMS and len(given) > 1 and _is_sys_modules(given[0], scope):
        yield Argument(KEY, call, given[1], scope, stores=True)
    elif name in _KEY_METHODS and isinstance(call.func, ast.Attribute):
        if first is not None and _is_sys_modules(call.func.value, scope):
            yield Argument(KEY, call, first, scope, stores=name != "get")
    elif name == "update" and isinstance(call.func, ast.Attribute):
        if _is_sys_modules(call.func.value, scope):
            yield from _dictionary_keys(call, first, scope)
    elif name == "dict" and is_patch(call.func) and first is not None:
        if _is_sys_modules(first, scope):
            yield from _dictionary_keys(call, given[1] if len(given) > 1 else None, scope)
            yield from _keyword_keys(context, call, scope)
        else:
            yield Argument(name, call, first, scope, stores=True)
    elif name == "path" and first is not None and resource_function(call, scope):
        yield Argument(RESOURCE, call, first, scope)
    elif name in MODULES | NAMES and first is not None:
        yield Argument(name, call, first, scope)
    elif name in PATCHES and name != "dict" and first is not None:
        yield Argument(name, call, first, scope, stores=True)


def _callee_and_arguments(
    context: FileContext, call: ast.Call, scope: Scope
) -> tuple[str, list[ast.expr]]:
    """Return the name of what is called, through another name for it or ``partial``, and what it is given."""
    name, given = callee_name(call, scope), list(call.args)
    if name == "partial" and given:
        return last_name(given[0]), given[1:]
    if (
        isinstance(call.func, ast.Name)
        and (reached := resolve_name(scope, call.func.id)) is not None
    ):
        binds = reached.binds[call.func.id]
        is_value = len(binds) == 1 and isinstance(binds[0].node, ast.Name)
        holder = context.parents.get(binds[0].node) if is_value else None
        match holder:
            case ast.Assign(value=ast.Name() | ast.Attribute() as value):
                return last_name(value), given
            case ast.Assign(value=ast.Call(args=[value]) as inner) if (
                callee_name(inner) == "partial"
            ):
                return last_name(value), given
            case _:
                pass
    return name, given


def _dictionary_keys(call: ast.Call, listed: ast.expr | None, scope: Scope) -> Iterator[Argument]:
    """Yield the keys that a call puts into ``sys.modules``: ``patch.dict("sys.modules", {"a.legacy": fake})``."""
    values = keyword_argument(call, "values") or listed
    for key in values.keys if isinstance(values, ast.Dict) else ():
        if key is not None:
            yield Argument(KEY, call, key, scope, stores=True)


def _keyword_keys(context: FileContext, call: ast.Call, scope: Scope) -> Iterator[Argument]:
    """Yield the keys that keyword arguments are: ``patch.dict("sys.modules", legacy=fake)``."""
    for option in call.keywords:
        if option.arg is not None and option.arg not in {"in_dict", "values", "clear"}:
            start = context.source.offset(option.lineno, option.col_offset)
            text = Text((Piece(option.arg, start),))
            yield Argument(KEY, call, option.value, scope, stores=True, text=text)


def _is_sys_modules(node: ast.expr, scope: Scope) -> bool:
    match node:
        case ast.Constant(value="sys.modules"):
            return True
        case ast.Attribute(value=ast.Name(id=name), attr="modules"):
            return _imported_as(scope, name) == "sys"
        case ast.Name(id=name):
            return _imported_as(scope, name) == "modules"
        case _:
            return False


def _imported_as(scope: Scope, name: str) -> str:
    """Return the name that a local name was imported by; empty where no import binds it."""
    reached = resolve_name(scope, name)
    aliases = [bind.alias.name for bind in reached.binds[name] if bind.alias] if reached else []
    return aliases[0] if aliases else ""


def _sys_modules_keys(context: FileContext) -> Iterator[Argument]:
    """Yield ``sys.modules["a"]`` and ``"a" in sys.modules``."""
    for node in context.parents:
        if isinstance(node, ast.Subscript):
            scope = context.scope_around(node)
            if _is_sys_modules(node.value, scope):
                stores = not isinstance(node.ctx, ast.Load)
                yield Argument(KEY, node, node.slice, scope, stores)
        elif isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.In | ast.NotIn):
            scope = context.scope_around(node)
            if _is_sys_modules(node.comparators[0], scope):
                yield Argument(KEY, node, node.left, scope)


def _plugin_names(context: FileContext) -> Iterator[Argument]:
    """Yield what ``pytest_plugins`` names at the top level."""
    scope = context.scopes.module
    for node in context.source.tree.body:
        match node:
            case (
                ast.Assign(targets=[ast.Name(id="pytest_plugins")], value=value)
                | ast.AnnAssign(target=ast.Name(id="pytest_plugins"), value=value)
                | ast.AugAssign(target=ast.Name(id="pytest_plugins"), value=value)
            ) if value is not None:
                listed = value.elts if isinstance(value, ast.List | ast.Tuple) else [value]
                for plugin in listed:
                    yield Argument(PLUGINS, node, plugin, scope)
            case _:
                pass


def _replaces_by_path(argument: Argument) -> bool:
    """Return whether a call surely replaces something by its path.

    Not ``requests.patch(url)``, nor ``setattr(module, "n", 1)``.
    """
    call = argument.holder
    if argument.wrapped:
        return True
    if not isinstance(call, ast.Call) or argument.called not in PATCHES - {"dict", "multiple"}:
        return False
    if argument.called == "patch":
        return _is_of_mock(call.func, argument.scope)
    given = len(call.args) + (keyword_argument(call, "name", "attribute") is not None)
    return argument.called == "MonkeyPatch" or given == (1 if argument.called == "delattr" else 2)


def _is_of_mock(func: ast.expr, scope: Scope) -> bool:
    """Return whether ``patch`` is that of ``mock`` or ``mocker``: not that of an HTTP client."""
    if isinstance(func, ast.Attribute):
        owner = last_name(func.value)
        return "mock" in owner.lower() or "mock" in _imported_as(scope, owner).lower()
    return isinstance(func, ast.Name)


# -- what they name


def _module_path(context: FileContext, quoted: Quoted, dotted: str) -> Iterator[Quoted]:
    name = dotted.lstrip(".")
    level = len(dotted) - len(name)
    if not all(part.isidentifier() for part in name.split(".")):
        return
    if not level:
        yield _from_root_or_level(context, quoted, dotted)
        return
    call = quoted.argument.holder
    if not isinstance(call, ast.Call):
        return
    package = call.args[1] if len(call.args) > 1 else keyword_argument(call, "package")
    own = quoted.at(context.index.layout.relative(level, name, context.importer), dotted)
    match package:
        case ast.Name(id="__package__"):
            yield own
        case ast.Name(id="__name__") if context.importer.endswith("/__init__.py"):
            yield own
        case ast.Name(id="__name__"):  # taken for a package, whatever it is
            inside = f"{context.key}/__init__.py"
            yield quoted.at(context.index.layout.relative(level, name, inside), dotted, inside)
        case None:
            return  # Python refuses that
        case _:
            texts = context.texts.of(package, context.scope_around(package))
            told = [_below_anchor(context, quoted, dotted, str(t.value)) for t in texts if t.value]
            if len(told) < len(texts):  # it may be any package
                every = map(Located, context.codemod.modules_elsewhere(name))
                told = [own, *(quoted.at(located, dotted) for located in every)]
            for path in filter(None, told):
                is_sure = len(texts) == 1 and texts[0].value
                yield path if is_sure else replace(path, unsure="its package cannot be told")


def _below_anchor(context: FileContext, quoted: Quoted, dotted: str, anchor: str) -> Quoted | None:
    """Return what a relative path names from a package of the project on."""
    base = context.index.layout.absolute(anchor, context.importer)
    if not base.exists or is_external(base.key):
        return None
    inside, name = f"{base.key}/__init__.py", dotted.lstrip(".")
    level = len(dotted) - len(name)
    return quoted.at(context.index.layout.relative(level, name, inside), dotted, inside)


def _from_root_or_level(context: FileContext, quoted: Quoted, dotted: str) -> Quoted:
    """Return a path without dots, which ``__import__`` may take as one that starts some packages further up.

    __import__("legacy", globals(), locals(), ["run"], 1)    from .legacy import run
    """
    call, layout = quoted.argument.holder, context.index.layout
    level = None
    if quoted.called == "__import__" and isinstance(call, ast.Call):
        level = call.args[4] if len(call.args) > 4 else keyword_argument(call, "level")
    match level:
        case None | ast.Constant(value=0):
            return quoted.at(layout.absolute(dotted, context.importer), dotted)
        case ast.Constant(value=int(number)) if number > 0:
            located = layout.relative(number, dotted, context.importer)
            spelled = context.index.dotted(located.key)
            return replace(quoted.at(located, spelled), unsure=f"it is relative, by level {number}")
        case _:
            located = layout.absolute(dotted, context.importer)
            return replace(quoted.at(located, dotted), unsure="its level cannot be told")


def _object_path(context: FileContext, quoted: Quoted, path: str) -> Iterator[Quoted]:
    parts = path.split(".")
    is_module = quoted.called in NAMES | {"multiple"}
    if (len(parts) < 2 and not is_module) or not all(part.isidentifier() for part in parts):
        return
    located = context.module_in_text(parts[0])
    outside = context.codemod.outside()
    roots = {key[1:-1].partition(".")[0] for key in outside}
    if is_external(located.key) and parts[0] not in roots:
        return
    reached = follow_attribute_path(context, located.key, parts[1:], outside)
    if not is_module and reached.depth + 1 == len(parts):
        above = follow_attribute_path(context, located.key, parts[1:-1], outside)
        if context.index.layout.submodule_key(above.key, parts[-1]) != reached.key:
            reached = above  # what another module calls the module, by an import of it
    depth = reached.depth + 1
    base = located.base if reached.base is None else reached.base
    resolved = quoted.at(Located(reached.key, base, located.exists), ".".join(parts[:depth]))
    resolved = replace(resolved, via=reached.via)
    is_module = is_module and depth == len(parts)
    yield resolved if is_module else replace(resolved, names=tuple(parts[depth:]))
