"""Decide which modules to delete: those to be removed that nothing imports any more."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from unfork.file_kinds import CODE
from unfork.planning.named_files import modules_named_by_file, modules_run_from_folder
from unfork.planning.run import Run
from unfork.reading.layout import join_key
from unfork.rewriting.file_results import FileResult
from unfork.values import Finding
from unfork_codemods.edits import apply_edits
from unfork_codemods.project import Key

if TYPE_CHECKING:
    from unfork.planning.computed_imports import ComputedImport


def removable_files(
    run: Run, results: Mapping[str, FileResult], withheld: Mapping[str, str]
) -> tuple[tuple[str, ...], tuple[Finding, ...]]:
    """Return the files of the removable modules that nothing imports any more, and findings for those still imported.

    A module that is itself deleted keeps nothing else: modules that only import each other are all deleted.
    ``withheld`` maps files that must stay to the reason.
    """
    if not run.migration.removes:
        return (), ()
    modules = run.engine.index.layout.modules
    keys = {step.module: run.engine.index.named(step.module).key for step in run.migration.removes}
    files = {name: modules.get(key, ()) for name, key in keys.items()}
    going = {name for name, paths in files.items() if paths and all(map(run.covers, paths))}
    rewritten = _texts_outside_code(run, results)
    kept: dict[str, str] = {}
    checks: tuple[Callable[[Collection[str]], dict[str, str]], ...] = (
        lambda names: _withheld(names, files, withheld) | _ambiguous(run, names, keys),
        lambda names: _not_removed(modules_named_by_file(run, {n: files[n] for n in names})),
        lambda names: _not_removed(modules_run_from_folder(run, {n: files[n] for n in names})),
        lambda names: _not_removed(_pickled(run, {n: keys[n] for n in names})),
        lambda names: _not_removed(_listed(run, {n: files[n][0] for n in names})),
        lambda names: _imported_by_other_code(run, names),
        lambda names: _named_in_configuration(run, names, rewritten),
        lambda names: _used_by_others(
            run, names, keys, files, [*_users(run, results, rewritten), *_computing(run, keys)]
        ),
    )
    for reasons_to_keep in checks:
        kept |= reasons_to_keep(going)
        going -= kept.keys()
    left = (Finding(files[name][0], 1, 1, "UF001", why, name) for name, why in sorted(kept.items()))
    return tuple(sorted(path for name in going for path in files[name])), tuple(left)


def _texts_outside_code(run: Run, results: Mapping[str, FileResult]) -> dict[str, bytes]:
    """Return the new texts of files that are no code but may name modules: manifests, configuration."""
    from unfork.planning.entry_points import (
        is_packaging_file,  # late: few migrations remove a module
    )

    return {
        path: apply_edits(run.read(path), result.edits)
        for path, result in results.items()
        if result.edits and (is_packaging_file(path) or not path.endswith(CODE))
    }


def _withheld(
    modules: Iterable[str], files: Mapping[str, Sequence[str]], withheld: Mapping[str, str]
) -> dict[str, str]:
    """Return the modules whose files must stay, each with the reason."""
    return {
        name: f"{name} is not removed: {withheld[path]}"
        for name in modules
        for path in files[name]
        if path in withheld
    }


def _ambiguous(run: Run, modules: Iterable[str], keys: Mapping[str, Key]) -> dict[str, str]:
    """Return the modules whose names another one would have once they are gone, each with the reason to keep it."""
    reasons = ((name, _why_ambiguous(run, name, keys[name])) for name in modules)
    return {name: reason for name, reason in reasons if reason}


def _why_ambiguous(run: Run, module: str, key: Key) -> str:
    """Return why the name of a module would be another module's once it is gone; an empty string: it would not."""
    layout = run.engine.index.layout
    if layout.first:  # members of a workspace: each has its own modules of the name removed
        return ""
    others = (join_key(root, module) for root in layout.roots)
    twin = next((other for other in others if other != key and other in layout.modules), None)
    if twin is None:
        return ""
    path = layout.modules[twin][0]
    why = f"the next run would take {path}, which has the same name from another root, for it"
    return f"{module} is not removed: {why}; remove it by hand, together with its steps"


_PUT_TOGETHER = "by a name that is put together"


def _computing(run: Run, keys: Mapping[str, Key]) -> Iterator[tuple[Key, Finding]]:
    """Yield where code may import the modules by a name that it puts together."""
    from unfork.planning.loading_code import loads_in_part  # late: most remove nothing

    for path, computed in loads_in_part(run):
        for module in filter(partial(_may_compute, run, computed), keys):
            yield keys[module], Finding(path, computed.line, 1, "UF001", _PUT_TOGETHER, module)


def _may_compute(run: Run, computed: ComputedImport, module: str) -> bool:
    """Return whether a computed import may load a module: its beginning is known, or a string somewhere."""
    if computed.is_known:
        return computed.may_load(module)
    return any(_is_quoted(run, package) for package in computed.packages_below(module))


def _is_quoted(run: Run, package: str) -> bool:
    """Return whether a string in some file is just the name of a package."""
    quoted = re.compile(rb"[\"']%b[\"']" % re.escape(package.encode()))
    files = run.naming(frozenset({package.rpartition(".")[2]}))
    return any(quoted.search(run.read(path)) for path in files)


def _not_removed(reasons: Mapping[str, str]) -> dict[str, str]:
    return {module: f"{module} is not removed: {why}" for module, why in reasons.items()}


def _named_in_configuration(
    run: Run, modules: Collection[str], rewritten: Mapping[str, bytes]
) -> dict[str, str]:
    """Return which modules files of configuration name, each with the reason to keep it."""
    if not modules:
        return {}
    from unfork.planning.configuration import modules_in_configuration  # late: few come this far

    return modules_in_configuration(run, modules, rewritten)


def _pickled(run: Run, keys: Mapping[str, Key]) -> dict[str, str]:
    """Return which modules have objects in pickles, each with the reason to keep it."""
    from unfork.planning.pickles import modules_in_pickles  # late: few migrations remove a module

    return modules_in_pickles(run, keys)


def _listed(run: Run, files: Mapping[str, str]) -> dict[str, str]:
    """Return the modules that code may load with all that is in their folders, each with where."""
    from unfork.planning.listed_folders import places_of_listing  # late: few remove a module

    return places_of_listing(run, files)


def _imported_by_other_code(run: Run, modules: Collection[str]) -> dict[str, str]:
    """Return which modules are imported by files that run and are no Python files by their names."""
    if not modules:
        return {}
    from unfork.planning.other_code import modules_imported_by_other_code  # late: few come this far

    return modules_imported_by_other_code(run, modules)


def _users(
    run: Run, results: Mapping[str, FileResult], rewritten: Mapping[str, bytes]
) -> list[tuple[Key, Finding]]:
    """Return where modules to be removed are still imported, or declared as entry points."""
    from unfork.planning.entry_points import is_packaging_file, modules_declared

    users = [usage for result in results.values() for usage in result.imports]
    texts = {path: text for path, text in rewritten.items() if is_packaging_file(path)}
    keys = {run.engine.index.named(step.module).key for step in run.migration.removes}
    tree, layout = run.tree.changed(texts, ()), run.engine.index.layout
    return [*users, *modules_declared(tree, run.every, layout, keys)]


def _used_by_others(
    run: Run,
    modules: Collection[str],
    keys: Mapping[str, Key],
    files: Mapping[str, Sequence[str]],
    users: Collection[tuple[Key, Finding]],
) -> dict[str, str]:
    """Return the modules that something uses which itself stays, each with the reason to keep it."""
    kept: dict[str, str] = {}
    while True:  # a module that stays keeps what it imports
        going = [name for name in modules if name not in kept]
        gone = {path for name in going for path in files[name]}
        why = {name: _why_kept(run, name, keys[name], gone, users) for name in going}
        stays = {name: reason for name, reason in why.items() if reason}
        if not stays:
            return kept
        kept |= stays


def _why_kept(
    run: Run, module: str, key: Key, gone: Collection[str], users: Collection[tuple[Key, Finding]]
) -> str:
    """Return why a module cannot be removed, or an empty string; ``users`` are all imports and mentions of modules."""
    if any(path.startswith(f"{key}/") and path not in gone for path in run.paths):
        return f"{module} is not removed: it is a package with modules in it; remove these first"
    keys = {key, key.removesuffix("/__main__")}  # a package is run by its name: python -m package
    who = sorted(f for k, f in users if k in keys and f.path not in gone)
    if not who:
        return ""
    if all(finding.message == _PUT_TOGETHER for finding in who):
        place = f"{who[0].path}:{who[0].line}"
        return f"{module} is not removed: {place} may import it {_PUT_TOGETHER}"
    lines = list(dict.fromkeys(f"{finding.path}:{finding.line}" for finding in who))
    places = ", ".join(lines[:5])
    more = f" and {len(lines) - 5} more" if len(lines) > 5 else ""
    verb = "name" if any(finding.message.endswith(" named") for finding in who) else "import"
    return f"{module} is not removed: {places}{more} still {verb}{'s' * (len(lines) == 1)} it"
