"""Whether a name can be called differently in a scope, or newly bound, without changing what any other use reaches."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection, Iterable, Iterator

from unfork.reading.calls import NAMESPACES
from unfork.reading.definitions import definitions_of
from unfork.reading.hint_names import names_given_to_hints
from unfork.reading.index import Index
from unfork.reading.layout import key_of
from unfork.reading.places import name_span
from unfork.reading.scopes import Bind, Ref, Scope, Scopes, resolve_name
from unfork.reading.source import Source
from unfork_codemods.edits import Edit

Same = Callable[[Bind], bool]
"""Whether a binding binds the very thing that is to be bound."""


def references_to(scope: Scope, name: str) -> tuple[Ref, ...]:
    """Return the references that reach the binding of ``name`` in ``scope``."""
    return tuple(
        r
        for s in scope.within()
        for r in s.refs
        if r.name == name and resolve_name(s, name) is scope
    )


def has_other_binding(scope: Scope, name: str, mine: Collection[ast.alias]) -> bool:
    """Return whether anything but the imports ``mine`` binds a name in a scope."""
    return any(bind.alias not in mine for bind in scope.binds[name])


def is_read_in_class(scope: Scope, name: str) -> bool:
    """Return whether a class body within ``scope`` both binds and reads a name: it may read the outer one first.

    class Box:
        Old = Old    the name on the right is the module's (the language reference, 4.2.2)
    """
    return bool(classes_that_read(scope, name))


def classes_that_read(scope: Scope, name: str) -> list[ast.AST]:
    """Return the classes within ``scope`` whose bodies both bind and read a name."""
    return [
        inner.node
        for inner in scope.within()
        if inner.kind == "class"
        and name in inner.binds
        and any(r.name == name for r in inner.refs if _is_load(r))
    ]


def _is_load(ref: Ref) -> bool:
    return isinstance(ref.node.ctx, ast.Load)


def is_free(scope: Scope, name: str, refs: Iterable[Ref], same: Same) -> bool:
    """Return whether ``name`` can be bound in ``scope`` and reached from where ``refs`` stand.

    It must be bound to nothing but the same thing there, hidden by nothing between, and take no other use's meaning:

        def f(New): return Old      New is hidden by the parameter
        New = 1; Old()              New is taken
    """
    if name in scope.closed or any(not same(bind) for bind in scope.binds.get(name, ())):
        return False
    if any(name in inner.declared for inner in scope.within()):
        return False
    above = [*scope.enclosing()]
    if any(not _is_open(resolve_name(ref.scope, name), scope, above) for ref in refs):
        return False
    if name in scope.binds:
        return True
    return not any(
        ref.name == name and _is_captured(resolve_name(inner, name), above, same, name)
        for inner in scope.within()
        for ref in inner.refs
    )


def _is_open(reached: Scope | None, scope: Scope, above: list[Scope]) -> bool:
    return reached is None or reached is scope or any(reached is other for other in above)


def _is_captured(reached: Scope | None, above: list[Scope], same: Same, name: str) -> bool:
    """Return whether a use of ``name`` that reached further up would reach the new binding instead."""
    if reached is None:
        return True
    return any(reached is other for other in above) and not all(
        same(bind) for bind in reached.binds[name]
    )


def can_rename(
    source: Source, scopes: Scopes, scope: Scope, old: str, new: str, same: Same
) -> tuple[Ref, ...] | None:
    """Return the uses to rename where ``old`` can be called ``new`` throughout ``scope``; None where it cannot.

    ``same`` tells the bindings that are to be renamed, and those of ``new`` that are the same thing already.
    """
    refs = renamable_references(source, scopes, scope, old, new, same)
    return refs if refs is not None and is_free(scope, new, refs, same) else None


def renamable_references(
    source: Source, scopes: Scopes, scope: Scope, old: str, new: str, same: Same
) -> tuple[Ref, ...] | None:
    """Return the uses of ``old`` in ``scope``, if nothing except the meaning of ``new`` there prevents a rename."""
    if (
        scope.kind == "class"
        or _is_mangled(old)
        or _is_mangled(new)
        or _is_exported(source, scope, old)
        or _is_in_examples(source, old)
        or is_looked_for_in_code(source, old)
        or _is_printed(source, old)
        or old in names_given_to_hints(source)
    ):
        return None
    if any(not same(bind) for bind in scope.binds.get(old, ())):
        return None
    if any(old in inner.declared for inner in scope.within()) or _reads_names_of(
        source, scopes, scope
    ):
        return None
    if is_read_in_class(scope, old) or is_read_in_class(scope, new):
        return None
    refs = references_to(scope, old)
    if scope.kind == "module" and not refs:
        return None  # an import that its own file does not use is there for others
    if any(not isinstance(ref.context, ast.Load) and not ref.attributes for ref in refs):
        return None
    if any(name_span(source, ref) is None for ref in refs) or not _are_distinct(source, refs):
        return None
    if is_evaluated_elsewhere(source, scopes, scope, old):
        return None
    return refs


def is_evaluated_elsewhere(source: Source, scopes: Scopes, scope: Scope, name: str) -> bool:
    """Return whether an annotation that is evaluated late may take a name of ``scope`` from another scope's binding.

    ``typing.get_type_hints`` looks for the names of an annotation in the module, wherever the annotation stands:

        from proj.legacy import Old
        def make():
            from proj.legacy import Old
            def use(x: "Old"): ...
    """
    if not _is_bound_at_run_time(source, scopes.module, name):
        return False
    reached = ((ref, resolve_name(ref.scope, name)) for ref in scopes.refs if ref.name == name)
    if scope.kind == "module":
        others = [ref for ref, other in reached if other is not None and other is not scope]
    else:
        others = [ref for ref, other in reached if other is scope]
    return bool(others) and any(_is_evaluated_late(source, ref) for ref in others)


def _is_bound_at_run_time(source: Source, module: Scope, name: str) -> bool:
    binds = module.given(name)
    if not binds or any(bind.alias is None for bind in binds):
        return bool(binds)
    typing_only = {a for s in source.imports if s.typing_only for a in s.node.names}
    return any(bind.alias not in typing_only for bind in binds)


def _is_evaluated_late(source: Source, ref: Ref) -> bool:
    """Return whether a name is in a hint that ``typing.get_type_hints`` evaluates: in a string, or by PEP 563."""
    if ref.literal is not None:
        return ref.literal.node in source.once(_hint_nodes)
    return b"annotations" in source.data and ref.node in source.once(_late_hint_nodes)


def _hint_nodes(source: Source) -> frozenset[ast.AST]:
    """Return the parts of the annotations of parameters, results and class attributes."""
    return frozenset(part for hint in _hints(source.tree) for part in ast.walk(hint))


def _late_hint_nodes(source: Source) -> frozenset[ast.AST]:
    future = any(
        isinstance(node, ast.ImportFrom)
        and node.module == "__future__"
        and any(alias.name == "annotations" for alias in node.names)
        for node in source.tree.body
    )
    return source.once(_hint_nodes) if future else frozenset()


def _hints(tree: ast.Module) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        match node:
            case ast.arg(annotation=ast.expr() as hint):
                yield hint
            case ast.FunctionDef(returns=hint) | ast.AsyncFunctionDef(returns=hint):
                if hint is not None:
                    yield hint
            case ast.ClassDef(body=body):
                yield from (n.annotation for n in body if isinstance(n, ast.AnnAssign))


def edits_of_names(source: Source, refs: Iterable[Ref], new: str) -> list[Edit]:
    """Return the edits that write ``new`` in the place of each name. They all have to be names that can be edited."""
    spans = [name_span(source, ref) for ref in refs]
    return [Edit(*span, new.encode()) for span in spans if span is not None]


def _are_distinct(source: Source, refs: tuple[Ref, ...]) -> bool:
    return len({name_span(source, ref) for ref in refs}) == len(refs)


def _is_mangled(name: str) -> bool:
    return name.startswith("__") and not name.endswith("__")


def is_looked_for_in_code(source: Source, name: str) -> bool:
    """Return whether a string has code with a name, in a file that reads code: its own line, in a traceback, say.

    assert "old.run()" in traceback.format_exc()
    """
    word, data = name.encode(), source.data
    if word not in data or not any(sign in data for sign in _READING_CODE):
        return False
    return re.search(rb"[\"'](?:[^\"'\n]*[^\w\"'\n])?%b[.(]" % word, data) is not None


_READING_CODE = (b"format_exc", b"getsource", b"print_exc", b"format_exception", b"extract_tb")
"""What a file has that gets the text of lines as they stand."""


def _is_printed(source: Source, name: str) -> bool:
    """Return whether a replacement field shows a name with its value: ``f"{old.total()=:.2f}"`` (PEP 498, ``=``)."""
    word, data = name.encode(), source.data
    return word in data and re.search(_PRINTED % word, data) is not None


_PRINTED = rb"\{[^{}]*\b%b\b[^{}]*(?<![=!<>:])=\s*(?:![rsa]\s*)?(?::[^{}]*)?\}"


def _is_in_examples(source: Source, name: str) -> bool:
    """Return whether the file's own examples (doctest) use a name: they run among its names, and stay as they are.

    >>> Old().run()
    """
    if b">>>" not in source.data:
        return False
    used = rb"^[ \t]*(?:>>>|\.\.\.) [^\r\n]*(?<![\w.])%s\b" % re.escape(name.encode())
    return re.search(used, source.data, re.MULTILINE) is not None


def _is_exported(source: Source, scope: Scope, name: str) -> bool:
    if scope.kind != "module":
        return False
    if is_offered(source, name) or is_in_examples(source, name):
        return True
    return _is_all_computed(source)


def is_in_examples(source: Source, name: str) -> bool:
    """Return whether a ``>>>`` example may take a name of the module that it stands in."""
    return any(name in examples.names() for examples in source.examples)


def is_offered(source: Source, name: str) -> bool:
    """Return whether a module's name is its public face: a package's, or one that ``__all__`` lists."""
    if source.path.endswith(("__init__.py", "__init__.pyi")):
        return True
    return is_listed(source, name)


def is_listed(source: Source, name: str) -> bool:
    """Return whether a module's ``__all__`` names it."""
    return name in names_in_all(source)


def may_be_listed(source: Source, index: Index, name: str) -> bool:
    """Return whether a module's ``__all__`` names it, itself or by the list of another module: ``base.__all__``."""
    if is_listed(source, name):
        return True
    listed = index.exported(key_of(source.path)) if _is_all_computed(source) else frozenset()
    return listed is None or name in listed


def names_in_all(source: Source) -> set[str]:
    """Return every string in a statement that names ``__all__``, under conditions too."""
    return source.once(_names_in_all) if b"__all__" in source.data else set()


def _names_in_all(source: Source) -> set[str]:
    names: set[str] = set()
    for node in source.nodes:
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign | ast.Expr) and any(
            isinstance(part, ast.Name) and part.id == "__all__" for part in ast.walk(node)
        ):
            strings = [part.value for part in ast.walk(node) if isinstance(part, ast.Constant)]
            names |= {value for value in strings if isinstance(value, str)}
    return names


def _is_all_computed(source: Source) -> bool:
    """Return whether ``__all__`` may list any name: ``__all__ = base.__all__ + ["x"]``."""
    if b"__all__" not in source.data:
        return False
    return not definitions_of(source.tree, source.data).exported_known


_READING_GLOBALS = frozenset({"globals", "eval", "exec"})
_READING_NAMES = NAMESPACES | {"eval", "exec", "dir"}
_MODULE_OF_ITSELF = b"modules[__name__]"


def reads_namespace(
    source: Source, scopes: Scopes, functions: frozenset[str] = _READING_NAMES
) -> bool:
    """Return whether the module looks names up by their spelling: ``globals()``, ``eval`` and their like."""
    return _MODULE_OF_ITSELF in source.data or any(_calls_reading_names(scopes, functions))


def line_looking_up(source: Source, scopes: Scopes, scope: Scope, name: str) -> int | None:
    """Return the line of a string by which code may look up a name that a scope binds; None: there is none.

    globals()["name"]    for name in ("name", "other"): vars()[name]
    """
    quoted = (quote + name.encode() + quote for quote in (b'"', b"'"))
    if not any(text in source.data for text in quoted):
        return None
    if not _reads_names_of(source, scopes, scope, NAMESPACES):
        return None
    strings = (node for node in source.nodes_of(ast.Constant) if node.value == name)
    return next((node.lineno for node in strings), None)


def _reads_names_of(
    source: Source, scopes: Scopes, scope: Scope, functions: frozenset[str] = _READING_NAMES
) -> bool:
    """Return whether code looks names of one scope up by their spelling.

    ``globals()`` has those of the module, ``locals()`` of a function its own and what it uses of functions around it.
    ``eval`` and ``exec`` find both.
    """
    is_module = scope.kind == "module"
    if is_module and _MODULE_OF_ITSELF in source.data:
        return True
    for call, where in _calls_reading_names(scopes, functions):
        if is_module and call in _READING_GLOBALS:
            return True
        if call != "globals" and scope in _scopes_whose_names_are_local(where):
            return True
    return False


def _calls_reading_names(scopes: Scopes, functions: frozenset[str]) -> Iterator[tuple[str, Scope]]:
    """Yield the built-in functions that are called and give names of where they are called, with their scopes."""
    for call, scope in scopes.calls:
        if (
            isinstance(call.func, ast.Name)
            and call.func.id in functions
            and resolve_name(scope, call.func.id) is None
            and not (call.func.id in {"vars", "dir"} and call.args)
        ):
            yield call.func.id, scope


def _scopes_whose_names_are_local(scope: Scope) -> Iterator[Scope]:
    """Yield the scopes of which ``locals()`` has names: its own, and those of the functions around it."""
    yield scope
    is_inside = scope.kind == "comprehension"
    for outer in scope.enclosing():
        if is_inside or outer.kind != "module":
            yield outer
        is_inside = is_inside and outer.kind == "comprehension"


def runs_untold_text(scopes: Scopes) -> bool:
    """Return whether the module runs code that it does not have as a string: ``eval(text)``."""
    return any(
        isinstance(call.func, ast.Name)
        and call.func.id in {"eval", "exec"}
        and resolve_name(scope, call.func.id) is None
        and not (call.args and isinstance(call.args[0], ast.Constant))
        for call, scope in scopes.calls
    )
