"""The proofs: nothing is written that does not parse, resolve, stand still, and mean what it meant.

They look at the new text as a stranger would, through the index and the scopes, not through how it was made.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import replace

from unfork.calls import named_attribute
from unfork.errors import ProofError
from unfork.filework import Facts, FileWork, Imports
from unfork.index import MODULE_ATTRIBUTES, Index
from unfork.layout import is_external
from unfork.rewrite import rewrite
from unfork.scopes import Ref, Scope, resolve
from unfork.source import Source, Unparsable
from unfork.statements import ImportStatement
from unfork.walks import walk
from unfork_codemods.edits import Edit
from unfork_codemods.project import Home, ImportCodemod, Key, Kind, Located, Site

Meaning = tuple[str, ...]
"""What a reference reaches: an object by its definer and name, a local binding by its scope, or a builtin."""


def prove(
    before: Source,
    after: Source,
    index: Index,
    codemod: ImportCodemod,
    facts: Facts,
    words: frozenset[bytes],
    work: FileWork,
) -> None:
    """Prove a rewrite of one file by one codemod. Raises ProofError, with the proof that failed and its line."""
    if _prove_statements(work):
        return
    new = FileWork(after, index, codemod, facts)
    try:
        after.tree  # noqa: B018
    except Unparsable as error:
        raise ProofError(before.path, error.line, "the new text parses", error.why) from None
    known = {(item.site.spelled, item.alias.name) for item in work.items}
    for item in new.items:
        if (item.site.spelled, item.alias.name) not in known:
            _resolves(new, item, item.statement.node.lineno)
    _means_the_same(work, new)
    again = rewrite(after, index, codemod, facts, words)
    if again.edits:
        line = after.location(again.edits[0].start)[0]
        why = "it would change this line again"
        raise ProofError(before.path, line, "a second run changes nothing", why)


def _prove_statements(work: FileWork) -> bool:
    """Prove a rewrite of nothing but ``from`` imports that bind the local names that they bound before.

    A statement in the place of a statement parses if it parses by itself, and no reference can reach another binding
    than before: so it is enough to look at the new statements. Returns False where more than that changes.
    """
    if len(work.replaced) != len(work.edits) or work.renamed:
        return False
    if any(home.name is None for home in work.homes.values()) or len(work.homes) != len(
        work.decided
    ):
        return False
    found = [_new_statement(work, statement, edit) for statement, edit in work.replaced]
    for (statement, _), new in zip(work.replaced, found):
        if new is None or _locals(new.body) != _locals([statement.node]):
            return False
    for (statement, _), new in zip(work.replaced, found):
        for node in new.body if new is not None else ():
            _stands(work, statement, node)
    return True


def _new_statement(work: FileWork, statement: ImportStatement, edit: Edit) -> ast.Module | None:
    """Return the tree of what stands in a statement's place now; None where it is no statement by itself."""
    start, end = work.source.span(statement.node)
    first, last = min(start, edit.start), max(end, edit.end)
    data = work.source.data
    text = data[first : edit.start] + edit.text + data[edit.end : last]
    indent = data[work.source.line_start(start) : start]
    if not indent.strip():
        text = text.replace(work.source.newline + indent, b"\n")
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return None
    return tree if all(isinstance(node, ast.ImportFrom) for node in tree.body) else None


def _locals(body: Iterable[ast.stmt]) -> list[str]:
    return sorted(
        a.asname or a.name for n in body if isinstance(n, ast.ImportFrom) for a in n.names
    )


def _stands(work: FileWork, old: ImportStatement, node: ast.stmt) -> None:
    """Prove that a new statement's names resolve, and that the codemod would leave them alone."""
    assert isinstance(node, ast.ImportFrom)
    statement = replace(old, node=node)
    for item in work.items_of(statement):
        if (item.site.spelled, item.alias.name) in {(old.module, a.name) for a in old.node.names}:
            continue
        _resolves(work, item, old.node.lineno)
        touched = work.codemod.touches(item.site) and item.alias.name != "*"
        if touched and isinstance(work.codemod.home(item.site), Home):
            why = "it would change this line again"
            raise ProofError(work.importer, old.node.lineno, "a second run changes nothing", why)


# -- each import that was touched resolves


def _resolves(work: FileWork, item: Imports, line: int) -> None:
    why = _unresolved(work, item)
    if why:
        raise ProofError(work.importer, line, "each import resolves", why)


def _unresolved(work: FileWork, item: Imports) -> str:
    located, name = item.site.located, item.site.name
    if is_external(located.key):
        return "" if located.exists else f"{item.site.spelled} climbs above the root"
    if not located.exists:
        return f"there is no module {item.site.spelled}"
    if name in (None, "*") or name in MODULE_ATTRIBUTES:
        return ""
    origin = work.index.origin(located.key, name or "")
    if origin.kind is Kind.MISSING:
        return f"{item.site.spelled} does not define {name}"
    if not origin.runtime and item.statement.at_import_time and not work.importer.endswith(".pyi"):
        return f"{item.site.spelled} has {name} for type checkers only"
    return ""


# -- every name reaches what it should


def _means_the_same(work: FileWork, new: FileWork) -> None:
    old_refs, new_refs = work.scopes.refs, new.scopes.refs
    if len(old_refs) != len(new_refs):
        raise ProofError(work.importer, 1, "every name reaches what it should", "uses came or went")
    old_scopes, new_scopes = _Reader(work), _Reader(new)
    for old, now in zip(old_refs, new_refs):
        was, is_ = old_scopes.meant(old), new_scopes.meaning(now)
        if is_ not in was:
            line = old.literal.node.lineno if old.literal else old.node.lineno
            why = f"{_spelled(old)} is to reach {' '.join(was[0])}, and {_spelled(now)} reaches {' '.join(is_)}"
            raise ProofError(work.importer, line, "every name reaches what it should", why)


def _spelled(ref: Ref) -> str:
    return ".".join([ref.name, *(node.attr for node in ref.attributes)])


class _Reader:
    """Reads what the references of one text reach."""

    def __init__(self, work: FileWork) -> None:
        self._work = work
        self._items: dict[tuple[Scope, str], list[Imports]] = {}
        self._ordinals = {scope: str(n) for n, scope in enumerate(work.scopes.module.within())}
        self._stars = [item for item in work.items if item.alias.name == "*"]
        for item in work.items:
            if item.alias.name != "*":
                self._items.setdefault((work.scope(item), item.local), []).append(item)

    def meaning(self, ref: Ref) -> Meaning:
        """Return what a reference reaches as the text stands."""
        return self._reached(ref, moves=False)

    def meant(self, ref: Ref) -> tuple[Meaning, ...]:
        """Return what a reference may reach once the codemod is done: its new home; what it reached, if it is left."""
        moved = self._reached(ref, moves=True)
        as_before = self._reached(ref, moves=False)
        found = [moved]
        if self._work.left or self._work.has_marks or self._is_through_another(ref):
            found.append(as_before)
        new = self._work.retargeted.get(ref)
        if new is not None:
            found.append((*as_before[:3], new, *as_before[4:]))
        found += [_module(home.key, []) for home in self._named_homes(ref, as_before)]
        return tuple(found)

    def _is_through_another(self, ref: Ref) -> bool:
        """Return whether a module is reached through another file's import of it, which follows by itself."""
        scope = resolve(ref.scope, ref.name)
        items = self._items.get((scope, ref.name), []) if scope else []
        starts = [
            start for item in items if (start := self._work.imported_module(item)) is not None
        ]
        return any(
            walk(self._work, start, [node.attr for node in ref.attributes]).through
            for start in starts
        )

    def _named_homes(self, ref: Ref, before: Meaning) -> Iterator[Home]:
        """Yield where the name is now that a call takes of a module: ``getattr(module, "name")``."""
        named = named_attribute(ref.call)
        if before[0] != "module" or named is None:
            return
        work, key = self._work, before[1]
        site = Site(work.importer, Located(key), work.index.dotted(key), str(named.value))
        for home in (work.codemod.home(site), work.codemod.patched(site)):
            if isinstance(home, Home):
                yield home

    def _reached(self, ref: Ref, moves: bool) -> Meaning:
        names = [node.attr for node in ref.attributes]
        scope = resolve(ref.scope, ref.name)
        if scope is None:
            return self._through_star(ref.name, names, moves)
        items = self._items.get((scope, ref.name), [])
        if len(items) != len(scope.binds[ref.name]):
            return ("local", self._ordinals[scope], ref.name, *names)
        return self._imported(items[-1], names, moves)

    def _imported(self, item: Imports, names: list[str], moves: bool) -> Meaning:
        work = self._work
        if item.site.name is not None and work.imported_module(item) is None:
            return self._name(item.site, names, moves)
        start = work.imported_module(item)
        assert start is not None
        origin = work.index.origin(item.site.key, item.site.name) if item.site.name else None
        if origin is not None and origin.kind is Kind.EXTERNAL and origin.name is not None:
            site = Site(work.importer, Located(item.site.key), item.site.spelled, item.site.name)
            if not any(
                key == start or key.startswith(f"{start[:-1]}.") for key in work.codemod.outside()
            ):
                return self._name(site, names, moves)
        known = (
            frozenset({item.site.key})
            if item.site.name is None and not item.is_dotted
            else frozenset()
        )
        reached = walk(
            work, start, names, known if moves and work.codemod.touches(item.site) else frozenset()
        )
        rest = names[reached.depth :]
        base = Located(reached.key, item.site.located.base)
        if not rest:
            return self._module(
                Site(work.importer, base, work.index.dotted(reached.key)), item, moves
            )
        site = Site(work.importer, base, self._spelling(item, reached.key), rest[0])
        return self._name(site, rest[1:], moves)

    def _spelling(self, item: Imports, key: Key) -> str:
        return item.alias.name if item.site.name is None else self._work.index.dotted(key)

    def _module(self, site: Site, item: Imports, moves: bool) -> Meaning:
        home = self._work.codemod.home(site) if moves and not self._stays(item) else None
        return _module(home.key if isinstance(home, Home) else site.key, [])

    def _stays(self, item: Imports) -> bool:
        return item.alias not in self._work.decided

    def _name(self, site: Site, rest: list[str], moves: bool) -> Meaning:
        home = self._work.codemod.home(site) if moves else None
        key, name = (home.key, home.name) if isinstance(home, Home) else (site.key, site.name)
        if name is None:
            return _module(key, rest)
        if is_external(key):
            return ("outside", ".".join([key[1:-1], name, *rest]))
        origin = self._work.index.origin(key, name)
        if origin.kind is Kind.EXTERNAL:
            return ("outside", ".".join([origin.key[1:-1], *filter(None, [origin.name]), *rest]))
        if origin.kind is Kind.MODULE or origin.name is None:
            return _module(origin.key, rest)
        if not origin.found:
            return ("object", key, name, *rest)
        return ("object", origin.key, origin.name, *rest)

    def _through_star(self, name: str, rest: list[str], moves: bool) -> Meaning:
        for item in reversed(self._stars):
            site = item.site.of(name)
            given = self._work.index.star_names(site.key)
            if given is not None and name in given:
                return self._name(site, rest, moves)
        return ("global", name, *rest)


def _module(key: Key, rest: list[str]) -> Meaning:
    return ("outside", ".".join([key[1:-1], *rest])) if is_external(key) else ("module", key, *rest)


def meanings(work: FileWork) -> Iterator[Meaning]:
    """Yield what each reference of a file reaches, in a fixed order."""
    reader = _Reader(work)
    yield from (reader.meaning(ref) for ref in work.scopes.refs)
