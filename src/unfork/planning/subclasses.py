"""Subclasses of classes that move, called in files that do not define them: their constructor may change.

app/audited.py    from app.old import OldEngine        class Audited(OldEngine): ...
web.py            Audited(pool_size=2)                 a TypeError, if the new class takes max_workers
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

from unfork.planning.class_pairs import Pair, Pairs
from unfork.planning.settling import Settling
from unfork.reading.layout import key_of
from unfork.reading.scopes import resolve_name
from unfork.reading.signatures import bare_parameters
from unfork.reading.source import Source, Unparsable
from unfork.rewriting.altered_members import Alteration
from unfork.rewriting.constraints import Followed, Name
from unfork.rewriting.file_context import FileContext
from unfork.rewriting.receivers import typed_at
from unfork_codemods.project import Kind


def reasons_by_subclasses(settling: Settling, followed: Collection[Followed]) -> dict[Name, str]:
    """Return why classes must not move: a file calls a subclass, defined elsewhere, in the old way."""
    constructed = _Constructed(settling)
    moving = constructed.pairs.of(followed)
    places = {pair.name: next(constructed.calls(pair), None) for pair in moving}
    return {name: place for name, place in places.items() if place is not None}


class _Constructed:
    def __init__(self, settling: Settling) -> None:
        self._settling, self._run = settling, settling.run
        self.pairs = Pairs(settling.run)
        self._index = self.pairs.index

    def calls(self, pair: Pair) -> Iterator[str]:
        """Yield the calls of subclasses that the constructor of the new class does not take, in words."""
        old, new = pair.old, pair.new
        if old is None or old.members is None or old.call is None:
            return
        if new is None or new.call is None:
            return
        parameters = [bare_parameters(call.arguments) for call in (old.call, new.call)]
        if parameters[0] == parameters[1] and not pair.change.changes_arguments:
            return
        alteration = Alteration(old.call, new.call)
        subclasses = self._subclasses(pair.name)
        for path in self._run.naming(frozenset(name for _, name in subclasses)):
            followed = self._settling.constraints_of(path).typed
            for context, call in self._calls_of(path, subclasses):
                if typed_at(call, pair.name) in followed:
                    continue
                if alteration.is_refused(call, pair.change):
                    line, col = context.at(call)
                    what = f"{path}:{line}:{col} calls {ast.unparse(call.func)}, a subclass"
                    yield f"{what}, in the old way; give it what both take, or change it by hand"

    def _subclasses(self, legacy: Name) -> frozenset[Name]:
        """Return the subclasses that inherit the constructor, and stand at the top level of the project's modules."""
        origin = self._index.origin(*legacy)
        names: set[Name] = set()
        words = {legacy[1]}
        while words:
            fresh = {
                subclass
                for path in self._run.naming(frozenset(words))
                for subclass in self._subclasses_in(path, (origin.key, origin.name or ""))
            }
            words = {name for _, name in fresh - names}
            names |= fresh
        return frozenset(names)

    def _subclasses_in(self, path: str, base: Name) -> Iterator[Name]:
        key = key_of(path)
        for node in self._top_level(path):
            if isinstance(node, ast.ClassDef):
                interface = self._index.interfaces.interface(key, node.name)
                own = {getattr(part, "name", "") for part in node.body}
                if interface is not None and base in interface.bases and "__init__" not in own:
                    yield key, node.name

    def _top_level(self, path: str) -> list[ast.stmt]:
        try:
            return Source.read(path, self._run.read(path)).tree.body
        except Unparsable:
            return []

    def _calls_of(
        self, path: str, classes: Collection[Name]
    ) -> Iterator[tuple[FileContext, ast.Call]]:
        try:
            context = self.pairs.context(path, self._run.read(path))
            for node in context.source.nodes_of(ast.Call):
                if self._origin(context, node.func) in classes:
                    yield context, node
        except Unparsable:
            return

    def _origin(self, context: FileContext, func: ast.expr) -> Name | None:
        """Return the definition that a call calls, as far as imports tell."""
        scope = context.scope_around(func)
        match func:
            case ast.Name(id=name):
                reached = resolve_name(scope, name)
                binds = reached.binds[name] if reached is not None else []
                statement = context.statement_of.get(binds[0].node) if len(binds) == 1 else None
                if statement is None or binds[0].alias is None:
                    return None
                imported = context.imported_name(statement, binds[0].alias)
                key, name = imported.key, imported.name or ""
            case ast.Attribute(value=value, attr=name):
                module = context.module_of(value, scope)
                if module is None:
                    return None
                key = module
            case _:
                return None
        origin = self._index.origin(key, name) if name else None
        if origin is None or origin.kind is not Kind.OWN or origin.name is None:
            return None
        return origin.key, origin.name
