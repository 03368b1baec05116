"""Whether a top-level statement of a module only binds names, or has an effect that other code can see.

    LIMIT = re.compile("x")                     only binds a name
@register("engine")                         others find the class in a registry
    atexit.register(stop); TABLE["a"] = make    registers a callback, or changes another object

    Anything unknown counts as an effect.
"""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from unfork.nodes import FunctionDef
from unfork.reading.index import Index
from unfork.reading.source import Source, Unparsable
from unfork.reading.statement_names import names_bound, nested_statements
from unfork.rewriting.plain_calls import (
    OWN_DECORATORS,
    PLAIN_CALLS,
    PLAIN_METHODS,
    PLAIN_MODULES,
    PLAIN_NAMES,
    QUIET_LIBRARIES,
)
from unfork_codemods.project import Key, Kind, Origin, is_external


@dataclass
class Effects:
    """Classify the statements of one module. ``key`` and ``tree`` belong to that module."""

    index: Index
    key: Key
    tree: ast.Module
    _asked: set[tuple[Key, str]] = field(default_factory=set)

    def has_effect(self, node: ast.stmt) -> bool:
        """Return whether a statement at the top level, or in a class body there, does more than bind names."""
        match node:
            case ast.Expr(value=value):
                return not (self._is_plain(value) or is_deprecation(value))
            case ast.Import() | ast.ImportFrom() | ast.Pass() | ast.Delete() | ast.Global():
                return False
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                defaults = [*node.args.defaults, *filter(None, node.args.kw_defaults)]
                return not (
                    all(map(self.is_decorator, node.decorator_list)) and self._are_plain(defaults)
                )
            case ast.ClassDef():
                return not self._is_plain_class(node)
            case ast.Assign(targets=targets, value=value):
                return not (all(map(self._is_own_target, targets)) and self._is_plain(value))
            case (
                ast.AnnAssign(target=target, value=value)
                | ast.AugAssign(target=target, value=value)
            ):
                plain = value is None or self._is_plain(value)
                return not (self._is_own_target(target) and plain)
            case ast.Assert(test=test):
                return not self._is_plain(test)
            case _:
                return self._of_block(node)

    def _of_block(self, node: ast.stmt) -> bool:
        """Return whether a compound statement has an effect."""
        heads: list[ast.expr | None]
        match node:
            case ast.If(test=head) | ast.For(iter=head):
                heads = [head]
            case ast.With(items=items):
                heads = [item.context_expr for item in items]
            case ast.Try() | ast.TryStar():
                heads = [handler.type for handler in node.handlers]
            case _:
                return type(node).__name__ != "TypeAlias"
        return not self._are_plain(filter(None, heads)) or any(
            map(self.has_effect, nested_statements(node))
        )

    def _is_own_target(self, target: ast.expr) -> bool:
        """Return whether a target is the module's own: a name, or part of an object that the module defines itself."""
        match target:
            case ast.Name():
                return True
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                return all(map(self._is_own_target, parts))
            case ast.Starred(value=value):
                return self._is_own_target(value)
            case ast.Subscript(value=ast.Name(id=name), slice=index):
                return name in self._container_names and self._is_plain(index)
            case ast.Attribute(value=ast.Name(id=name)):
                return self._own_definition(name) is not None
            case _:
                return False

    @cached_property
    def _container_names(self) -> frozenset[str]:
        """The names that the module binds only to lists, dicts and sets of its own."""
        given: dict[str, list[bool]] = {}
        for node in self.tree.body:
            value = getattr(node, "value", None)
            is_new = isinstance(node, ast.Assign | ast.AnnAssign) and _is_container(value)
            for name in names_bound(node):
                given.setdefault(name, []).append(is_new)
        return frozenset(name for name, ways in given.items() if all(ways))

    # -- expressions

    def _are_plain(self, nodes: Iterable[ast.expr]) -> bool:
        return all(map(self._is_plain, nodes))

    def _is_plain(self, node: ast.AST) -> bool:
        """Return whether an expression only creates a value."""
        match node:
            case ast.Lambda():
                return self._are_plain([*node.args.defaults, *filter(None, node.args.kw_defaults)])
            case ast.Await() | ast.Yield() | ast.YieldFrom():
                return False
            case ast.Call(func=func):
                return self._is_plain_callee(func) and all(
                    map(self._is_plain, ast.iter_child_nodes(node))
                )
            case _:
                return all(map(self._is_plain, ast.iter_child_nodes(node)))

    def _is_plain_callee(self, func: ast.expr) -> bool:
        path = dotted_name(func)
        if path is not None and self._is_known(path):
            return True
        if isinstance(func, ast.Attribute) and func.attr in PLAIN_METHODS:
            return self._is_plain(func.value)
        if isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name):
            return func.value.id in self._container_names
        own = self._own_definition(path) if path is not None else None
        return (
            isinstance(own, ast.ClassDef)
            and self._is_plain_class(own)
            and self._is_plainly_made(own)
        )

    def _is_known(self, path: str) -> bool:
        """Return whether a dotted name is a builtin or standard library callable that only creates a value."""
        module_destination = self.whole_name(path)
        if module_destination is None:
            return False
        is_builtin = (
            module_destination.partition(".")[0] in PLAIN_CALLS and module_destination == path
        )
        parts = module_destination.split(".")
        heads = {".".join(parts[:count]) for count in range(1, len(parts) + 1)}
        return is_builtin or parts[0] in PLAIN_MODULES or not heads.isdisjoint(PLAIN_NAMES)

    def whole_name(self, path: str) -> str | None:
        """Return what a dotted name refers to outside the project: ``getLogger`` is ``logging.getLogger``."""
        first, _, rest = path.partition(".")
        origin = self.index.origin(self.key, first)
        if origin.kind is Kind.MISSING:
            return path
        if not is_external(origin.key):
            return None
        return ".".join(filter(None, [origin.key[1:-1], origin.name, rest]))

    def _own_definition(self, path: str) -> ast.stmt | None:
        """Return the one statement of this module that defines a name; None if there is not exactly one."""
        definitions = [n for n in self.tree.body if getattr(n, "name", None) == path]
        return definitions[0] if len(definitions) == 1 else None

    def _is_plainly_made(self, node: ast.ClassDef) -> bool:
        """Return whether creating an instance only stores its attributes."""
        made = [n for n in node.body if isinstance(n, FunctionDef) and n.name in MAKING]
        return all(self._only_stores(step) for function in made for step in function.body)

    def _only_stores(self, node: ast.stmt) -> bool:
        match node:
            case ast.Assign(targets=targets, value=value):
                return all(map(_is_of_self, targets)) and self._is_plain(value)
            case ast.AnnAssign(target=target, value=value):
                return _is_of_self(target) and (value is None or self._is_plain(value))
            case ast.Expr(value=ast.Constant()) | ast.Pass():
                return True
            case _:
                return False

    # -- classes and decorators

    def _is_plain_class(self, node: ast.ClassDef) -> bool:
        keywords = [k for k in node.keywords if k.arg != "metaclass"]
        metas = [k.value for k in node.keywords if k.arg == "metaclass"]
        if keywords and any(not self._is_standard(base) for base in node.bases):
            return False
        bases = all(self._is_quiet_base(base) for base in node.bases)
        quiet = bases and all(map(self._is_standard, metas))
        decorated = all(map(self.is_decorator, node.decorator_list))
        return quiet and decorated and not any(map(self.has_effect, node.body))

    def _is_standard(self, node: ast.expr) -> bool:
        """Return whether an expression names a builtin or something from the standard library."""
        path = dotted_name(node.value if isinstance(node, ast.Subscript) else node)
        module_destination = self.whole_name(path) if path is not None else None
        if module_destination is None:
            return False
        top = module_destination.partition(".")[0]
        known = top in sys.stdlib_module_names or top in QUIET_LIBRARIES
        return known or hasattr(builtins, module_destination)

    def _is_quiet_base(self, node: ast.expr) -> bool:
        """Return whether a base class neither registers its subclasses nor is asked for them."""
        if self._is_standard(node) or (isinstance(node, ast.Call) and self._is_plain(node)):
            return True
        path = dotted_name(node.value if isinstance(node, ast.Subscript) else node)
        if path is None or self._asks_for_subclasses:
            return False
        origin = self._origin(path)
        if origin is None or origin.kind is not Kind.OWN or origin.name is None:
            return False
        return self._is_quiet(origin.key, origin.name)

    def base_is_told(self, node: ast.expr, asked: frozenset[tuple[Key, str]] = frozenset()) -> bool:
        """Return whether a base class, defined in the project, runs code for each subclass, and so may keep it."""
        defined = self._definition_of(node)
        if defined is None or (defined[0].key, defined[1].name) in asked:
            return False
        other, definition = defined
        asked |= {(other.key, definition.name)}
        metas = [k.value for k in definition.keywords if k.arg == "metaclass"]
        return (
            _has_init_subclass(definition)
            or not all(map(other._is_standard, metas))
            or any(other.base_is_told(base, asked) for base in definition.bases)
        )

    def makes_classes(self, node: ast.expr) -> bool:
        """Return whether a metaclass, defined in the project, runs code of its own for each class that it makes."""
        defined = self._definition_of(node)
        if defined is None:
            return False
        other, definition = defined
        own = any(isinstance(n, FunctionDef) and n.name in MAKING for n in definition.body)
        return own or any(map(other.makes_classes, definition.bases))

    def _definition_of(self, node: ast.expr) -> tuple[Effects, ast.ClassDef] | None:
        """Return the class of the project that an expression names, with the effects of its module."""
        path = dotted_name(node.value if isinstance(node, ast.Subscript) else node)
        origin = self._origin(path) if path is not None else None
        if origin is None or origin.kind is not Kind.OWN or origin.name is None:
            return None
        other = self if origin.key == self.key else self._effects_of_module(origin.key)
        definition = other._own_definition(origin.name) if other is not None else None
        if other is None or not isinstance(definition, ast.ClassDef):
            return None
        return other, definition

    def _origin(self, path: str) -> Origin | None:
        """Return where what a dotted name refers to is defined; None if the path leads through no modules."""
        module, _, name = path.rpartition(".")
        key: Key | None = self.key
        for part in filter(None, module.split(".")):
            key = self.index.module_of(key, part) if key is not None else None
        return self.index.origin(key, name) if key is not None else None

    def _is_quiet(self, key: Key, name: str) -> bool:
        """Return whether the class ``name`` of a module does not register its subclasses."""
        if (key, name) in self._asked:
            return True
        self._asked.add((key, name))
        other = self if key == self.key else self._effects_of_module(key)
        node = other._own_definition(name) if other is not None else None
        if other is None or not isinstance(node, ast.ClassDef):
            return False
        metas = [k.value for k in node.keywords if k.arg == "metaclass"]
        quiet = all(map(other._is_quiet_base, node.bases)) and all(map(other._is_standard, metas))
        return quiet and not _has_init_subclass(node)

    def _effects_of_module(self, key: Key) -> Effects | None:
        path = self.index.file(key)
        try:
            tree = self.index.source(path).tree
        except (Unparsable, OSError):
            return None
        return Effects(self.index, key, tree, self._asked)

    @cached_property
    def _asks_for_subclasses(self) -> bool:
        """Return whether any code in the project asks a class for its subclasses."""
        word = b"__subclasses__"
        paths = (p for p in sorted(self.index.layout.paths) if word in self.index.text(p))
        return any(map(self._has_subclasses_query, paths))

    def _has_subclasses_query(self, path: str) -> bool:
        """Return whether a file uses ``__subclasses__`` in its code, not just within a longer string."""
        try:
            tree = Source.read(path, self.index.text(path)).tree
        except Unparsable:
            return True
        for node in ast.walk(tree):
            match node:
                case ast.Attribute(attr="__subclasses__") | ast.Constant(value="__subclasses__"):
                    return True
        return False

    def is_decorator(self, node: ast.expr) -> bool:
        """Return whether a decorator only turns its argument into another function or class."""
        func = node.func if isinstance(node, ast.Call) else node
        if isinstance(node, ast.Call) and not self._are_plain(
            [*node.args, *(k.value for k in node.keywords)]
        ):
            return False
        path = dotted_name(func)
        if path is None:
            return False
        if self._is_known(path):
            return True
        first, _, last = path.rpartition(".")
        if last in OWN_DECORATORS and first.isidentifier():
            # of a property, or not at the top level
            return self.index.origin(self.key, first).key == self.key
        origin = self.index.origin(self.key, path)
        if origin.kind is not Kind.OWN or origin.name is None:
            return False
        other = self if origin.key == self.key else self._effects_of_module(origin.key)
        made = other._own_definition(origin.name) if other is not None else None
        depth = 2 if isinstance(node, ast.Call) else 1
        return (
            other is not None and isinstance(made, FunctionDef) and other._only_wraps(made, depth)
        )

    def _only_wraps(self, node: FunctionDef, depth: int) -> bool:
        """Return whether a function only defines and returns another; with ``depth`` > 1, check that one as well."""
        for step in node.body:
            match step:
                case ast.FunctionDef() | ast.AsyncFunctionDef():
                    if not all(map(self.is_decorator, step.decorator_list)):
                        return False
                    if depth > 1 and not self._only_wraps(step, depth - 1):
                        return False
                case ast.Return(value=value):
                    if value is not None and not self._is_plain(value):
                        return False
                case ast.Expr(value=ast.Constant()) | ast.Pass():
                    continue
                case ast.Assign(targets=targets, value=value):
                    given = {arg.arg for arg in node.args.args}
                    owners = [t.value for t in targets if isinstance(t, ast.Attribute)]
                    own = all(isinstance(o, ast.Name) and o.id in given for o in owners)
                    if not own or len(owners) < len(targets) or not self._is_plain(value):
                        return False
                case _:
                    return False
        return True


MAKING = frozenset({"__init__", "__new__", "__post_init__"})
"""The methods that run where a class is called."""


def _has_init_subclass(node: ast.ClassDef) -> bool:
    return any(isinstance(n, FunctionDef) and n.name == "__init_subclass__" for n in node.body)


def is_deprecation(value: ast.expr) -> bool:
    """Return whether an expression is ``warnings.warn(..., DeprecationWarning)``, as in a shim's forwards."""
    if not isinstance(value, ast.Call) or not (dotted_name(value.func) or "").endswith("warn"):
        return False
    given = [*value.args, *(k.value for k in value.keywords if k.arg == "category")]
    return any(
        isinstance(argument, ast.Name) and argument.id == "DeprecationWarning" for argument in given
    )


def dotted_name(node: ast.expr) -> str | None:
    """Return a name with its attributes as text, or None for any other expression."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        base = dotted_name(node.value)
        return f"{base}.{node.attr}" if base is not None else None
    return None


def _is_container(value: ast.expr | None) -> bool:
    if isinstance(value, ast.Call):
        return dotted_name(value.func) in {
            "dict",
            "list",
            "set",
            "defaultdict",
            "OrderedDict",
            "deque",
        }
    new = ast.Dict | ast.List | ast.Set | ast.DictComp | ast.ListComp | ast.SetComp
    return isinstance(value, new)


def _is_of_self(target: ast.expr) -> bool:
    return isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name)
