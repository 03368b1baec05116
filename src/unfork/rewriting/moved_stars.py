"""``from legacy import *``: kept as a star where the canonical module gives all that is used, else spelled out."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable
from itertools import pairwise

from unfork.rewriting.filework import FileWork, Imports
from unfork.rewriting.spelling import module_import, statement_text
from unfork.rewriting.star_uses import names_offered, names_used, start_position
from unfork_codemods.new_import import NewImport
from unfork_codemods.project import Home, Key, Stays, is_external

_BUILTINS = frozenset(dir(builtins))


def move_stars(work: FileWork, items: Iterable[Imports]) -> None:
    """Decide about every star import of a module that the codemod is about.

    Raises Unparsable for one in a function or class, which has a syntax tree and yet is no Python.
    """
    for item in items:
        if (
            item.alias.name == "*"
            and work.codemod.touches(item.site.of("*"))
            and not work.skips(item)
        ):
            if item.statement.scope is not work.source.tree:
                work.source.compiles()
            _move_star(work, item)


def _move_star(work: FileWork, item: Imports) -> None:
    whole = work.codemod.home(item.site.whole)
    names = _names_from_star(work, item)
    if names is None:
        why = f"which names this takes of {item.site.spelled} cannot be told; import them by name"
        work.record_unresolved(item.alias, Stays(work.codemod.code_of(item.site), why))
        return
    if isinstance(whole, Home) and _comes_round(work, item, whole):
        why = f"{whole.spelling} takes names of {item.site.spelled} from this very module; move their definitions"
        work.record_unresolved(item.alias, Stays(work.codemod.code_of(item.site), why))
        return
    homes = {name: work.codemod.home(item.site.of(name)) for name in sorted(names)}
    given = work.index.star_names(item.site.key) or frozenset()
    work.renamed += [(name, name) for name in given - names]  # gone, unless others ask for it
    for home in homes.values():
        if isinstance(home, Stays):
            work.record_unresolved(item.alias, home)
    if (
        isinstance(whole, Home)
        and whole.key != work.key
        and _can_stay_star(work, item, whole, homes)
    ):
        work.decided[item.alias] = [NewImport(work.spelled(whole, item), "*")]
    elif any(isinstance(home, Home) for home in homes.values()):
        work.decided[item.alias] = _explicit_imports(work, item, homes)
    elif names:
        return  # none of what is taken can move: the star stays, and was left above
    elif isinstance(whole, Home) and _may_take_over(work, whole):
        work.decided[item.alias] = [NewImport(work.spelled(whole, item), "*")]
    else:
        if isinstance(whole, Stays):
            work.record_unresolved(item.alias, whole)
        elif whole is not None and whole.key != work.key and _is_unbound(work, item, whole):
            # nothing is taken: what is left of the star is that the module is imported
            work.decided[item.alias] = [NewImport("", work.spelled(whole, item))]
            work.record_fix(
                item.alias, f"{item.site.spelled} is imported; write: import {whole.spelling}"
            )
        elif whole is not None and whole.key != work.key:
            why = f"a star of {whole.spelling} would hide names that this file uses; import by name"
            work.record_unresolved(item.alias, Stays(work.codemod.code_of(item.site), why))
        return
    new = work.decided[item.alias]
    advice = f"write: {statement_text(new[0])}" if len(new) == 1 else "import what it takes by name"
    work.record_fix(item.alias, f"all names are taken of {item.site.spelled}; {advice}", item.site)


def _names_from_star(work: FileWork, item: Imports) -> frozenset[str] | None:
    """Return the names that the file has from the star, by itself or for others; None where nobody can tell."""
    given = work.index.star_names(item.site.key)
    used = names_used(work, item.alias)
    if given is None:
        if work.index.has_file(item.site.key):
            return None
        return frozenset(used - _BUILTINS - _given_by_others(work, item))
    offered = frozenset(names_offered(work, given)) - _given_by_later(work, item)
    return given & (used | offered)


def _other_stars(work: FileWork, item: Imports) -> dict[ast.alias, Key]:
    """Return the star imports of other modules, in the order of the text."""
    stars = {
        alias: work.site(statement, alias).key
        for statement in work.statements
        for alias in statement.node.names
        if alias.name == "*"
    }
    return {alias: key for alias, key in stars.items() if key != item.site.key}


def _given_by_later(work: FileWork, item: Imports) -> frozenset[str]:
    star_start = start_position(item.alias)
    behind = [
        key for alias, key in _other_stars(work, item).items() if start_position(alias) > star_start
    ]
    return frozenset(name for key in behind for name in work.index.star_names(key) or ())


def _given_by_others(work: FileWork, item: Imports) -> frozenset[str]:
    stars = _other_stars(work, item).values()
    return frozenset(name for key in stars for name in work.index.star_names(key) or ())


def _can_stay_star(
    work: FileWork, item: Imports, whole: Home, homes: dict[str, Home | Stays | None]
) -> bool:
    """Return whether a star of the canonical module gives every name under its own name, and hides no other."""
    if is_external(whole.key):  # nobody can tell what it gives, as with the star before it
        return work.index.star_names(item.site.key) is None and all(
            isinstance(h, Home) and h.key == whole.key and h.name == n for n, h in homes.items()
        )
    given = work.index.star_names(whole.key)
    if given is None or any(name not in given for name in homes):
        return False
    for name, home in homes.items():
        if not isinstance(home, Home) or home.name is None:
            return False
        whole_origin, home_origin = (
            work.index.origin(whole.key, name),
            work.index.origin(home.key, home.name),
        )
        if not whole_origin.found or whole_origin.identity != home_origin.identity:
            return False
    return not _has_hidden_name(work, given - frozenset(homes))


def _has_hidden_name(work: FileWork, added: frozenset[str]) -> bool:
    """Return whether a name that the new star adds is used here and means something else."""
    if added & work.facts.avoid:
        return True
    bound = {name for scope in work.scopes.module.within() for name in scope.binds}
    return any(ref.name in added for ref in work.scopes.refs) or bool(
        added & {name for name in bound if name in work.scopes.module.binds}
    )


def _comes_round(work: FileWork, item: Imports, whole: Home) -> bool:
    """Return whether the canonical module has a name by this very star."""
    given = work.index.star_names(item.site.key) or ()
    hops = (hop for name in given for hop in pairwise(work.index.origin(whole.key, name).hops))
    return any(module == work.key and source == item.site.key for (module, _), (source, _) in hops)


def _may_take_over(work: FileWork, whole: Home) -> bool:
    """Return whether a star of which nothing is used can become one of the canonical module."""
    if whole.key == work.key:
        return False
    return is_external(whole.key) or not _has_hidden_name(
        work, work.index.star_names(whole.key) or frozenset()
    )


def _is_unbound(work: FileWork, item: Imports, whole: Home) -> bool:
    """Return whether ``import a.b`` can stand here: ``a`` means nothing else in the file."""
    spelled = work.spelled(whole, item)
    root = spelled.partition(".")[0]
    scopes = work.scopes.module.within()
    return (
        bool(root)
        and root not in work.facts.avoid
        and not any(root in s.binds or any(r.name == root for r in s.refs) for s in scopes)
    )


def _explicit_imports(
    work: FileWork, item: Imports, homes: dict[str, Home | Stays | None]
) -> list[NewImport]:
    """Return the imports of the names one by one; the star stays where the migration leaves names alone."""
    new = [item.as_is] if any(home is None for home in homes.values()) else []
    for name, home in homes.items():
        if isinstance(home, Home) and home.name is not None:
            asname = None if home.name == name else name
            new.append(NewImport(work.spelled(home, item), home.name, asname))
        elif isinstance(home, Home):
            new.append(module_import(work.spelled(home, item), name))
        elif home is not None:
            new.append(NewImport(item.site.spelled, name))
    return new
