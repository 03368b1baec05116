"""Every use of one legacy definition in a file: by its name, by other names, and where only inference finds it."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from functools import cached_property

from unfork.nodes import last_name
from unfork.reading.calls import named_attribute
from unfork.reading.scopes import Bind, resolve_name
from unfork.rewriting.callbacks import PASSING
from unfork.rewriting.changed_definition import ChangedDefinition
from unfork.rewriting.field_uses import follows_fields
from unfork.rewriting.file_context import ImportedAlias
from unfork.rewriting.kinds import PLAIN, Member
from unfork.rewriting.named_values import names_through_others, other_names
from unfork.rewriting.receivers import Receiver, typed_nodes
from unfork.rewriting.uses import Use, UsesInText


class FoundUses:
    """The uses of a definition in one file.

    ``nodes`` are the uses of its name by the imports of legacy modules, ``through`` the expressions that stand for it
    by the imports of other modules.
    """

    def __init__(self, definition: ChangedDefinition, nodes: Collection[ast.expr]) -> None:
        self._definition, self._context = definition, definition.context
        self._old, self._changes = definition.old, definition.changes
        self._receivers = definition.receivers
        self._text = UsesInText(self._context, definition.old, definition.new, definition.changes)
        self.nodes = nodes
        self.through: Collection[ast.expr] = self._names_through_others()

    def every_use(self) -> list[Use]:
        """Return all uses: those that the text shows first, then those that a checker or inference finds."""
        uses = [use for node in self.nodes for use in self._uses_of(node)]
        seen = {use.node for use in uses}
        for attribute, typed in typed_nodes(self._context, self._context.facts.typed).items():
            if typed.name == self._definition.name and attribute not in seen:
                uses += self._typed_uses(attribute)
        uses += self._inferred(seen, {use.call for use in uses if use.call is not None})
        uses += self._called_by_other_names({use.call for use in uses})
        uses += (Use(node) for node in (*self.nodes, *self.through))
        return uses

    def _typed_uses(self, node: ast.expr) -> Iterator[Use]:
        """Yield what is done where a type checker or other files tell of a member: taken, or named by a string."""
        if isinstance(node, ast.Attribute):
            yield from self._text.member(node)
        elif isinstance(node, ast.Constant):
            call = self._context.parents.get(node)
            yield Use(call if isinstance(call, ast.Call) else node, str(node.value), name=node)

    def _called_by_other_names(self, seen: Collection[ast.Call | None]) -> Iterator[Use]:
        """Yield the calls of other names for what inference does not follow: a lambda, a named tuple."""
        for node in (*other_names(self._context, self.nodes), *self.through):
            call = self._context.parents.get(node)
            if isinstance(call, ast.Call) and call.func is node and call not in seen:
                yield Use(call, "", call)

    def _uses_of(self, node: ast.expr) -> Iterator[Use]:
        """Yield what is done with a use of the name, which is the class or function, or, of a value, an instance."""
        return self._text.instance(node) if self._definition.is_value else self._text.of(node)

    def _names_through_others(self) -> list[ast.expr]:
        """Return the expressions that stand for a name which differs, by the imports of other modules."""
        new, is_missed = self._definition.new, self._definition.errors_missed
        if new is None or (self._old.shape == new.shape and not is_missed):
            return []
        known = [*self.nodes, *other_names(self._context, self.nodes)]
        named = names_through_others(self._receivers.inference, self._definition.name, known)
        return [n for n in named if not self._is_direct(n, "") and not self._is_own_variable(n)]

    def _is_own_variable(self, node: ast.expr) -> bool:
        """Return whether a variable of the file holds what an import of a legacy module gives: ``own = legacy.run``."""
        if not isinstance(node, ast.Name):
            return False
        reached = resolve_name(self._context.scope_around(node), node.id)
        binds = reached.binds[node.id] if reached is not None else []
        parents = [self._context.parents.get(bind.node) for bind in binds]
        values = [parent.value for parent in parents if isinstance(parent, ast.Assign)]
        is_all = len(values) == len(binds) > 0
        return is_all and all(self._is_direct(value, "") for value in values)

    def _inferred(self, seen: Collection[ast.AST], calls: Collection[ast.Call]) -> Iterator[Use]:
        """Yield the uses of the function or class that only inference finds."""
        for node in self._context.source.nodes:
            if isinstance(node, ast.Attribute) and node not in seen:
                yield from self._inferred_member(node)
            elif isinstance(node, ast.Call) and node not in calls and node not in seen:
                yield from self._inferred_call(node)
            if isinstance(node, ast.Call) and self._is_copy_with_fields(node):
                yield Use(node, "", node, skipped=1, complete=False)
                named = named_attribute(node)
                if named is not None and str(named.value) in self._changes:
                    receiver = self._receivers.of_named(node.args[0], str(named.value))
                    if receiver is Receiver.LEGACY:
                        yield Use(node, str(named.value), name=named)

    def _inferred_member(self, node: ast.Attribute) -> Iterator[Use]:
        is_member = node.attr in (self._old.members or {}) or node.attr in self._changes
        if not is_member or self._receivers.of(node) is not Receiver.LEGACY:
            return
        if not self._receivers.is_own(node.value, node.attr):
            yield from self._text.member(node, of_class=self._is_of_class(node))
            return
        change = self._changes.get(node.attr)
        if change is not None and change.to is not None:
            yield Use(node, node.attr, name=node)

    def _inferred_call(self, node: ast.Call) -> Iterator[Use]:
        func = node.func
        if last_name(func) in ("partial", "partialmethod") and node.args:
            called, first = self._receivers.called(node.args[0]), node.args[0]
            if called is not None and called[1] is None and not self._is_of_other_import(first):
                given_self = last_name(func) == "partialmethod" or not called[0]
                if given_self or not self._is_of_class(first):
                    yield Use(node, called[0], node, skipped=1, complete=False)
                else:
                    yield Use(node, called[0], node, skipped=2, complete=False)
        place = PASSING.get(last_name(func), len(node.args))
        if place < len(node.args) and self._receivers.inference.kinds(func) == PLAIN:
            passed = node.args[place]
            called = self._receivers.called(passed)
            if called is not None and called[1] is None and not self._is_of_other_import(passed):
                skipped = 2 if called[0] and self._is_of_class(passed) else 1
                yield Use(node, called[0], node, skipped=place + skipped)
        called = self._receivers.called(func)
        if called is None or self._is_direct(func, called[0]):
            return
        member, given = called
        if member and self._receivers.is_own(func, member):
            return
        if given is not None:
            yield Use(node, member, node, complete=False, given=given)
        else:
            yield Use(node, member, node, skipped=1 if self._is_of_class(func) else 0)

    def _is_copy_with_fields(self, node: ast.Call) -> bool:
        """Return whether a call copies an instance with other fields, by the names that the constructor takes."""
        if not self._old.fields or not follows_fields(self._changes.get("")):
            return False
        is_copy = last_name(node.func) == "replace" and len(node.args) == 1
        return is_copy and self._receivers.is_instance(node.args[0], "")

    def _is_direct(self, func: ast.expr, member: str) -> bool:
        """Return whether a call is found without inference: of a member, or of what an import of this file names."""
        scope = self._context.scope_around(func)
        match func:
            case ast.Attribute(value=value, attr=attr):
                key = self._context.module_of(value, scope)
                return attr == member or (key is not None and self._context.codemod.is_about(key))
            case ast.Call(args=[value, *_]) if last_name(func.func) == "getattr":
                key = self._context.module_of(value, scope)
                return key is not None and self._context.codemod.is_about(key)
            case ast.Name(id=name):
                reached = resolve_name(scope, name)
                if reached is None:
                    stars = (i for i in self._context.items if i.alias.name == "*")
                    return any(self._context.codemod.is_about(i.imported_name.key) for i in stars)
                return any(map(self._is_of_legacy, reached.binds[name]))
            case _:
                return False

    def _is_of_other_import(self, node: ast.expr) -> bool:
        """Return whether another import of a legacy module gives what is passed, which moves or stays by itself."""
        return node not in self.nodes and self._is_direct(node, "")

    def is_named_otherwise(self, use: Use) -> bool:
        """Return whether a call is none of the name itself, so that it may be of what another import gives.

        run = pub.get()    run("a", attempts=2)
        """
        if use.call is None or use.member:
            return False
        passed = use.call.args[: use.skipped]
        return not any(node in self.nodes for node in (use.call.func, *passed))

    def may_call_another(self, use: Use) -> bool:
        """Return whether a call is of a variable that may hold another function or class as well.

        for go in (run, other.run): go("a", attempts=2)
        """
        if use.call is None:
            return False
        called = [use.call.func, *use.call.args[: use.skipped]]
        is_own_name = any(node in self.nodes for node in called)
        return not is_own_name and any(map(self._receivers.is_one_of_several, called))

    def comes_through_another_module(self, use: Use) -> bool:
        """Return whether what is called comes from an import of another module, which moves or stays independently."""
        if use.call is None or use.member:
            return False
        called = use.call.func
        if last_name(called) in ("partial", "partialmethod") and use.call.args:
            called = use.call.args[0]
        if called in self.through:
            return True
        return self.is_also_of_another_module(called)

    def is_also_of_another_module(self, node: ast.AST) -> bool:
        """Return whether an expression comes, or may come, from an import of another module."""
        if node in self.through:
            return True
        while isinstance(node, ast.Attribute):
            node = node.value
        if not isinstance(node, ast.Name):
            return False
        reached = resolve_name(self._context.scope_around(node), node.id)
        binds = reached.binds[node.id] if reached is not None else []
        others = [bind for bind in binds if bind.alias is not None]
        if others and node.id in self._names_of_stars:
            return True
        return bool(others) and not all(map(self._leads_to_legacy, others))

    @cached_property
    def _names_of_stars(self) -> frozenset[str]:
        """The names that star imports of the file may give, too."""
        stars = (item.imported_name.key for item in self._context.items if item.alias.name == "*")
        names = (self._context.index.star_names(key) or () for key in stars)
        return frozenset[str]().union(*names)

    def _leads_to_legacy(self, bind: Bind) -> bool:
        statement = self._context.statement_of.get(bind.node)
        if statement is None or bind.alias is None:
            return False
        imported_name = self._context.imported_name(statement, bind.alias)
        item = ImportedAlias(statement, 0, bind.alias, imported_name)
        module = self._context.imported_module(item) or imported_name.key
        is_about = self._context.codemod.is_about
        if not self._context.index.has_file(module):
            return True  # a package on the way, or a library: ``functools.partial``
        return is_about(module) or is_about(imported_name.key) or item.is_dotted

    def _is_of_legacy(self, bind: Bind) -> bool:
        statement = self._context.statement_of.get(bind.node)
        if statement is None or bind.alias is None:
            return False
        imported_name = self._context.imported_name(statement, bind.alias)
        return self._context.codemod.is_about(imported_name.key)

    def _is_of_class(self, node: ast.expr) -> bool:
        """Return whether a method is taken of the class itself, so that the first argument is the instance."""
        kinds = self._receivers.inference.kinds(node) or ()
        members = [kind for kind in kinds if isinstance(kind, Member) and kind.of_class]
        signatures = ((self._old.members or {}).get(member.name) for member in members)
        return any(signature is None or not signature.of_class for signature in signatures)
