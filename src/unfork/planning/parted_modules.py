"""Modules that move only in part, and the state that they keep: what their own code changes, or code of other files."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Mapping

from unfork.planning.run import Run
from unfork.reading.definitions import Binding
from unfork.reading.index import Index
from unfork.reading.source import Unparsable
from unfork_codemods.project import Key
from unfork_codemods.redirect import Redirect

States = Mapping[str, frozenset[str]]
"""The state of a module: names of what is changed while the program runs, each with all names that use it."""


def parted_state(run: Run) -> Mapping[Key, States]:
    """Return the state of each module that moves only in part: none, for many of them."""
    index = run.engine.index
    lacking = {
        index.named(redirect.source).key: _names_lacking(run, redirect)
        for redirect in run.migration.redirects
        if redirect.to and not redirect.moves_names_only
    }
    names_only = [index.named(r.source).key for r in run.migration.redirects if r.moves_names_only]
    keys = {*names_only, *(key for key, names in lacking.items() if not _are_private(names))}
    keys |= _named_elsewhere(run, {key: lacking[key] for key in lacking.keys() - keys})
    states = state_changed(run, keys)
    return {key: states[key] for key in sorted(keys)}


def state_changed(run: Run, keys: Collection[Key]) -> Mapping[Key, States]:
    """Return the state of modules that their own functions change, or code of other files."""
    if not keys:
        return {}
    from unfork.reading.state import changeable_state, shared_state  # late: few modules are parted

    told = run.engine.index.told
    others = {key: told(key, changeable_state) or {} for key in keys}
    names = frozenset(name for states in others.values() for name in states)
    own_files = {path for key in keys for path in run.engine.index.layout.modules.get(key, ())}
    changed = _names_changed(run, names, own_files)
    return {
        key: {
            **(told(key, shared_state) or {}),
            **{name: users for name, users in others[key].items() if name in changed},
        }
        for key in keys
    }


def _names_changed(run: Run, names: frozenset[str], own_files: Collection[str]) -> set[str]:
    """Return those of the names that other files than their own change in place, and do not bind to something else."""
    if not names:
        return set()
    from unfork.reading.changes import (  # late, as above
        changed_objects,
        names_leading_to,
        signs_of_change,
    )

    changed: set[str] = set()
    has_signs = signs_of_change(names).search
    renamed = re.compile(rb"\b(%b)\s+as\s+(\w+)" % "|".join(map(re.escape, sorted(names))).encode())
    for path in run.naming(names):
        data = run.read(path)
        aliases = {m[2].decode(): m[1].decode() for m in renamed.finditer(data)}
        is_changing = has_signs(data) or (aliases and signs_of_change(aliases).search(data))
        if path in own_files or not is_changing:
            continue
        try:
            source = run.engine.heads.sources.read(path, data)
            expressions = [*changed_objects(source.tree)]
        except (Unparsable, RecursionError):
            continue
        own = {n.id for n in source.nodes_of(ast.Name) if isinstance(n.ctx, ast.Store)}
        for expression in expressions:
            chain = [aliases.get(name, name) for name in names_leading_to(expression)]
            found = names.intersection(chain)
            changed |= found - own if isinstance(expression, ast.Name) else found
    return changed


def _names_lacking(run: Run, redirect: Redirect) -> frozenset[str]:
    """Return the names of a legacy module that its destination lacks, or may lack."""
    index = run.engine.index
    key, destination = index.named(redirect.source).key, index.named(redirect.to or "").key
    definitions = index.definitions(key)
    names = {*(index.public_names(key) or ()), *(definitions.names if definitions else ())}
    return frozenset(
        n for n in names - redirect.names.keys() if _is_lacking(index, key, destination, n)
    )


def _is_lacking(index: Index, key: Key, destination: Key, name: str) -> bool:
    """Return whether a module may lack what another has, or its later values; not if both plainly import the same."""
    origin = index.origin(destination, name)
    if origin.found and not origin.certain:
        both = [index.definitions(module) for module in (key, destination)]
        is_plain = all(module and module.names.get(name, Binding()).certain for module in both)
        return not is_plain or index.origin(key, name).identity != origin.identity
    return not origin.found or (origin.key != destination and index.is_rebound(*origin.identity))


def _are_private(names: Collection[str]) -> bool:
    return all(name.startswith("_") for name in names)


def _named_elsewhere(run: Run, private: Mapping[Key, frozenset[str]]) -> set[Key]:
    """Return the modules of which another file has one of their private names."""
    words = frozenset().union(*private.values())
    files = {key: run.engine.index.layout.modules.get(key, ()) for key in private}
    named: set[Key] = set()
    for path in run.naming(words):
        found = words.intersection(re.findall(r"\w+", run.read(path).decode(errors="replace")))
        named |= {key for key, names in private.items() if names & found and path not in files[key]}
    return named
