"""Where a use of an imported module goes: whether it can move by itself, and what becomes of it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from unfork.nodes import FunctionDef
from unfork.reading.calls import REPLACING, attribute_argument, callee_name
from unfork.reading.places import attribute_span, chain_span, link_spans
from unfork.reading.scopes import resolve_name
from unfork.reading.source import string_span
from unfork.reading.statements import catches_failure
from unfork.rewriting.calls import follow_calls
from unfork.rewriting.file_context import FileContext
from unfork.rewriting.file_rewrite import DecidedFile
from unfork.rewriting.handed_modules import (
    names_called_differently,
    names_there_only,
    stands_for,
)
from unfork.rewriting.module_drafts import has_other_use
from unfork.rewriting.module_uses import Group, Use
from unfork.rewriting.renames import is_evaluated_elsewhere, is_looked_for_in_code
from unfork.rewriting.unresolved_modules import handed_around
from unfork.rewriting.wrappers import names_told
from unfork_codemods.legacy_modules import found_otherwise
from unfork_codemods.project import Destination, ImportedName, Key, Kind, Unresolved


def movable_uses(context: DecidedFile, group: Group) -> Iterator[Use]:
    """Yield the uses of a group that can move; what is to be said of the others is noted in them."""
    module_destination = context.codemod.destination(group.imported_name)
    replaced = {use.name for use in group.uses if use.is_replacing}
    for use in group.uses:
        if _find_destination(context, group, use, module_destination, use.name in replaced):
            yield use


def _find_destination(
    context: DecidedFile,
    group: Group,
    use: Use,
    module_destination: Destination | Unresolved | None,
    replaced: bool,
) -> bool:
    """Find the destination of the name that a use takes, and note it there. Return False if the use must stay.

    ``replaced``: the name is given another value here, which is to be seen where it is read.
    """
    if context.is_ignored(use.ref.node, context.codemod.code):
        return False
    if use.destination is not None:
        return _is_editable(context, use)
    if use.name is None:
        is_found = _find_destination_of_module(context, group, use, module_destination)
    else:
        is_found = _find_destination_of_name(context, group, use, use.name, replaced)
    if not is_found:
        return False
    why = _reason_to_stay(context, group, use)
    if why:
        use.stays = Unresolved(context.codemod.code, f"{why}; rewrite it by hand")
    if why or _is_refused(context, group, use):
        use.destination = None
        return False
    return True


def _find_destination_of_module(
    context: DecidedFile,
    group: Group,
    use: Use,
    module_destination: Destination | Unresolved | None,
) -> bool:
    """Find the destination of a use of the module itself, which names no name of it."""
    imported_name = group.imported_name
    found = _name_looked_for(context, imported_name, use)
    if isinstance(module_destination, Destination) and _takes_what_stays_called_so(
        context, imported_name, use, module_destination
    ):
        use.destination = module_destination
        return True
    if isinstance(module_destination, Destination) and found is not None:
        use.stays = found_otherwise(imported_name.spelled, found, module_destination.spelling)
    elif isinstance(module_destination, Destination):
        if use.bare or _stands_for(context, imported_name, use):
            use.destination = module_destination
            return True
        use.stays = handed_around(context, group)
    elif isinstance(module_destination, Unresolved):
        use.stays = module_destination
    elif not use.bare and not context.codemod.is_drop_in_replacement(imported_name):
        use.stays = handed_around(context, group)
    return False


def _find_destination_of_name(
    context: DecidedFile, group: Group, use: Use, name: str, replaced: bool
) -> bool:
    """Find the destination of a use that takes a name of the module."""
    imported_name = group.imported_name.of(name)._replace(late=True)
    destination = (
        context.codemod.patch_destination(imported_name)
        if replaced
        else context.codemod.destination(imported_name)
    )
    is_asked = not replaced and (_only_asks(use) or _may_fail(context, use))
    if is_asked and _lacks(context, imported_name.key, name):
        destination = _where_lacked(context, imported_name, use, destination)
    if isinstance(destination, Unresolved):
        use.stays = destination
    if not isinstance(destination, Destination):
        return False
    use.destination = destination
    if replaced:
        rest = [node.attr for node in use.ref.attributes[use.depth + 1 :]]
        use.replaced_there = destination, rest
    return True


def _reason_to_stay(context: FileContext, group: Group, use: Use) -> str:
    """Return why a use that has a destination cannot be rewritten; an empty string: it can."""
    if _is_evaluated_elsewhere(context, use):
        return f"{use.ref.name} may be looked for in the module here (typing.get_type_hints), which binds it, too"
    destination = use.destination
    is_renamed = destination is not None and destination.name != use.name
    if is_renamed and use.name is not None and is_looked_for_in_code(context.source, use.name):
        return f"a string has code with {use.name}, and code is read here as it stands"
    module = group.imported_name.spelled
    is_own = destination is not None and destination.key == context.key
    if is_own and destination is not None and destination.name is not None:
        if goes_by_its_own_name(context, group, use):
            return ""
        called = f"where it is called {destination.name}"
        return f"{use.name} of {module} would come from this very module, {called}"
    if is_own or not _is_editable(context, use):
        return f"this use of {module} cannot be rewritten where it stands"
    return ""


def goes_by_its_own_name(context: FileContext, group: Group, use: Use) -> bool:
    """Return whether a use can take what the file defines itself by its mere name.

    import a.other

    class Task:
        def copied(self): return a.legacy.Task()

    The module is reached through a package that is of use besides, the name is bound by one definition at the top
    level, and the use runs when a function is called. (A string may be read where it stands, above the definition.)
    """
    name = use.destination.name if use.destination is not None else None
    if name is None or use.destination is None or use.destination.key != context.key:
        return False
    if use.text is not None or use.ref.literal is not None or use.is_replacing or group.direct:
        return False
    scope, module = use.ref.scope, context.scopes.module
    return (
        not use.destination.is_attribute
        and any(around.kind == "function" for around in (scope, *scope.enclosing()))
        and chain_span(context.source, use.ref, use.depth + 1) is not None
        and resolve_name(scope, name) is module
        and len(module.binds[name]) == 1
        and isinstance(module.binds[name][0].node, _DEFINITIONS)
        and module.binds[name][0].node in context.source.tree.body
        and has_other_use(context, group, group.uses)
    )


_DEFINITIONS = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def is_replaced(use: Use) -> bool:
    """Return whether a call replaces an unknown name of the module: all uses must then stay with it."""
    call = use.ref.call
    return use.name is None and call is not None and callee_name(call) in REPLACING


def _stands_for(context: FileContext, imported_name: ImportedName, use: Use) -> bool:
    """Return whether another module can be used as a value there; what only replaces a name of it calls nothing."""
    if is_replaced(use):
        return context.codemod.is_drop_in_replacement(imported_name)
    return stands_for(context, imported_name)


def _takes_what_stays_called_so(
    context: FileContext,
    imported_name: ImportedName,
    use: Use,
    module_destination: Destination,
) -> bool:
    """Return whether a call takes only names of the module that are told, and are the same in its counterpart.

    for name in ("run", "stop"): getattr(legacy, name)()
    """
    call = use.ref.call
    if call is None or callee_name(call) not in ("getattr", "hasattr"):
        return False
    asked = attribute_argument(call)
    told = names_told(context, asked, use.ref.scope) if asked is not None else None
    if not told:
        return False
    differing = {*names_called_differently(context.index, context.codemod, imported_name)}
    return differing.isdisjoint(told) and all(
        _is_called_so(context, imported_name.of(name)._replace(late=True), module_destination.key)
        for name in told
    )


def _is_called_so(context: FileContext, imported_name: ImportedName, key: Key) -> bool:
    """Return whether a name that the module has goes to the module ``key``, under the same name."""
    name = imported_name.name or ""
    destination = context.codemod.destination(imported_name)
    if not isinstance(destination, Destination):
        return False
    is_there = (destination.key, destination.name) == (key, name)
    return is_there and not _lacks(context, imported_name.key, name)


def _name_looked_for(context: FileContext, imported_name: ImportedName, use: Use) -> str | None:
    """Return a name that only the canonical module has, if a use may look for it, and goes on without it.

    getattr(legacy, f"on_{event}", None)    hasattr(legacy, name)
    """
    call = use.ref.call
    if call is None or len(call.args) < 2 or callee_name(call) not in ("getattr", "hasattr"):
        return None
    goes_on = callee_name(call) == "hasattr" or len(call.args) > 2 or _may_fail(context, use)
    if not goes_on or context.codemod.step != "redirect":
        return None
    start = call.args[1].values[0] if isinstance(call.args[1], ast.JoinedStr) else None
    prefix = start.value if isinstance(start, ast.Constant) else ""
    more = names_there_only(context, imported_name)
    return min((name for name in more if name.startswith(str(prefix))), default=None)


def _only_asks(use: Use) -> bool:
    """Return whether a use works without the name: ``hasattr(legacy, "x")``, ``getattr(legacy, "x", None)``."""
    call = use.ref.call if use.text is not None else None
    if call is None:
        return False
    return callee_name(call) == "hasattr" or (callee_name(call) == "getattr" and len(call.args) > 2)


def _may_fail(context: FileContext, use: Use) -> bool:
    """Return whether something around an attribute catches that it is not there, and goes on."""
    node: ast.AST = use.ref.node
    around = context.parents.get(node) if use.text is None else None
    while around is not None and not isinstance(around, FunctionDef | ast.Lambda):
        if any(map(_catches_lack, _caught_by(around))) and node in getattr(around, "body", ()):
            return True
        node, around = around, context.parents.get(around)
    return False


def _caught_by(node: ast.AST) -> list[ast.expr | None]:
    """Return what a statement around others may catch: ``except A``, ``with suppress(A)``, ``with raises(A)``.

    Of ``with``, whatever a call is given: a use that is taken for one that may fail is only looked at more closely.
    """
    match node:
        case ast.Try() | ast.TryStar():
            return [handler.type for handler in node.handlers]
        case ast.With() | ast.AsyncWith():
            calls = (item.context_expr for item in node.items)
            return [t for call in calls if isinstance(call, ast.Call) for t in call.args]
        case _:
            return []


def _catches_lack(caught: ast.expr | None) -> bool:
    return caught is None or catches_failure(caught, _FAILURES)


_FAILURES = frozenset({"AttributeError", "Exception", "BaseException"})


def _where_lacked(
    context: FileContext,
    imported_name: ImportedName,
    use: Use,
    destination: Destination | Unresolved | None,
) -> Destination | Unresolved | None:
    """Return the destination of a use that asks for a name its module lacks: a module that lacks it, too."""
    name = use.name or ""
    if context.codemod.step != "redirect":
        return None
    if isinstance(destination, Destination):
        return found_otherwise(imported_name.spelled, name, destination.spelling)
    module = context.codemod.destination(imported_name._replace(name=None))
    is_unresolved = isinstance(destination, Unresolved) and destination.code == "UF006"
    if _only_asks(use) and is_unresolved and isinstance(module, Destination):
        return module._replace(name=name) if _lacks(context, module.key, name) else destination
    return destination


def _lacks(context: FileContext, key: Key, name: str) -> bool:
    """Return whether a module of the project certainly has no such name; a shim has those that it forwards."""
    index = context.index
    return index.has_file(key) and index.origin(key, name).kind is Kind.MISSING


def _is_refused(context: DecidedFile, group: Group, use: Use) -> bool:
    """Return whether the canonical counterpart does not take what is done with a use."""
    if use.name is None or use.is_replacing or use.destination is None:
        return False
    node = _place_of_use(use)
    if node is None:
        return False
    imported_name = group.imported_name.of(use.name)
    use.calls = follow_calls(context, imported_name, use.destination, node, lambda: [node])
    return use.calls.stays


def _place_of_use(use: Use) -> ast.expr | None:
    """Return the expression that is the name: ``legacy.run``, or ``getattr(legacy, "run")``; None if none is."""
    if use.text is not None:
        call = use.ref.call
        return call if call is not None and callee_name(call) == "getattr" else None
    literal = use.ref.literal
    return literal.node if literal is not None else use.ref.attributes[use.depth]


def _is_editable(context: FileContext, use: Use) -> bool:
    if link_spans(context.source, use.ref, use.depth) is None:
        return False
    if use.text is not None:
        return (
            not (use.destination is not None and use.destination.is_attribute)
            and string_span(context.source, use.text) is not None
            and use.destination is not None
            and use.destination.name is not None
        )
    return use.name is None or attribute_span(context.source, use.ref, use.depth) is not None


def _is_evaluated_elsewhere(context: FileContext, use: Use) -> bool:
    """Return whether a use in a function is in an annotation that is evaluated among the module's names."""
    scope = resolve_name(use.ref.scope, use.ref.name)
    if scope is None or scope is context.scopes.module:
        return False
    return is_evaluated_elsewhere(context.source, context.scopes, scope, use.ref.name)
