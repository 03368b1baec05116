"""What differs between the two modules of a redirect, for the author of a new migration."""

from __future__ import annotations

from typing import NamedTuple

from unfork.file_kinds import CODE
from unfork.files.tree import Tree
from unfork.nearest import nearest_word
from unfork.planning.call_guesses import CallGuess, call_guesses
from unfork.planning.overlay import Overlay
from unfork.planning.run import Run
from unfork.planning.validate import missing_module_lines, unknown_name_lines
from unfork.reading.index import Index
from unfork.reading.manifests import ENDINGS as MANIFESTS
from unfork.rewriting.differences import counterpart_differences
from unfork.values import Finding
from unfork_codemods.migration import Migration
from unfork_codemods.project import ImportedName, Key, Located, Unresolved, is_external
from unfork_codemods.redirect import RedirectImports


class Missing(NamedTuple):
    """A public name of the legacy module without a counterpart, and where it may be: ``Name`` or ``module:Name``."""

    name: str
    guess: str | None


class Comparison(NamedTuple):
    """What differs: names that are ``missing`` in the canonical module, and counterparts that are ``different``.

    ``calls`` are guesses about what is called differently; ``caveats`` say which of what is named does not exist.
    """

    missing: tuple[Missing, ...]
    different: tuple[Finding, ...]
    calls: tuple[CallGuess, ...] = ()
    caveats: tuple[str, ...] = ()


def compare_modules(tree: Tree, migration: Migration) -> Comparison:
    """Compare the legacy module of a migration's only redirect, or those of a package, with what their names become.

    Raises MigrationError for a module that is neither in the project nor known to be outside.
    """
    every = tree.paths((*CODE, *MANIFESTS))
    run = Run(Overlay(tree, {}, frozenset()), migration, every, None, ()).by_module()
    codemod, index = run.redirect_codemod, run.engine.index
    missing: list[Missing] = []
    different: list[Finding] = []
    calls: list[CallGuess] = []
    for key in run.redirects:
        missing += _missing_names(index, codemod, key)
        different += counterpart_differences(index, codemod, key)
        calls += call_guesses(index, codemod, key)
    caveats = (
        *missing_module_lines(run.migration, index),
        *unknown_name_lines(run.migration, index),
    )
    return Comparison(tuple(missing), tuple(different), tuple(calls), caveats)


def _missing_names(index: Index, codemod: RedirectImports, legacy: Key) -> list[Missing]:
    dotted = index.dotted(legacy)
    public = sorted(name for name in index.public_names(legacy) or () if not name.startswith("_"))
    destinations = {
        name: codemod.destination(ImportedName("", Located(legacy), dotted, name))
        for name in public
    }
    return [
        Missing(name, _guess_of(index, codemod, legacy, name))
        for name, destination in destinations.items()
        if isinstance(destination, Unresolved)
    ]


def _guess_of(index: Index, codemod: RedirectImports, legacy: Key, name: str) -> str | None:
    """Return the only other module that defines a name, or the most similar name of the canonical module."""
    to = codemod.redirects[legacy].to
    elsewhere = index.only_definer(name, codemod.redirects)
    if elsewhere is not None:
        return f"{index.dotted(elsewhere)}:{name}"
    key = index.named(to).key if to is not None else None
    if key is None or is_external(key):
        return None
    own = {other for other in index.public_names(key) or () if not other.startswith("_")}
    alike = [other for other in sorted(own) if other in name or name in other]
    return nearest_word(name, own) or (alike[0] if len(alike) == 1 else None)
