"""Check that everything a migration names exists: a misspelled target must never become an import."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from unfork.errors import MigrationError
from unfork.nearest import FARTHEST, edit_distance, nearest_module, nearest_word
from unfork.reading.index import Index
from unfork.reading.projects import is_near, is_nowhere, shown_root, unlisted_roots
from unfork_codemods.migration import Migration
from unfork_codemods.project import Key, Kind, is_external
from unfork_codemods.step import Target, line_of


def validate_migration(migration: Migration, index: Index, root: Path) -> None:
    """Check a migration against the project in the folder ``root``.

    Raises MigrationError for a root that is not a folder, for a module that is neither in a root nor known to be
    outside, for a name that its module does not define, for a redirect of a module to itself under another spelling,
    for a surface that is one of the modules, and for a module that one step needs and another removes.
    """
    _check_roots(migration, index, root)
    for dotted, line in migration.required_modules():
        if is_nowhere(index.layout, dotted):
            raise MigrationError(migration.file, line, _no_module(migration, index, dotted))
    for dotted, line in migration.legacy_modules():
        elsewhere = _roots_elsewhere(index, dotted) if _is_gone(index, dotted) else []
        near = {f"{base}/{_path_of(dotted)}" for base in filter(is_near, elsewhere)}
        if near:
            # billing that became company.billing is not legacy code under the root "company"
            near -= {index.named(target).key for target, _ in migration.required_modules()}
        if near:
            raise MigrationError(migration.file, line, _no_module(migration, index, dotted))
    _check_removed(migration, index)
    for target, line in migration.required_names():
        _check_name(migration, index, target, line)
    for redirect in migration.redirects:
        if redirect.calls:
            from unfork.planning.validate_calls import check_calls  # late: few redirects have calls

            check_calls(migration.file, redirect, index)
        same = redirect.to and index.named(redirect.to).key == index.named(redirect.source).key
        if same:
            line = line_of(redirect, "to")
            message = f"circular redirect: {redirect.source} and {redirect.to} are one file"
            raise MigrationError(migration.file, line, message)
    for align in migration.aligns:
        aligned = {index.named(module).key for module in align.modules}
        if align.surface and index.named(align.surface).key in aligned:
            message = f"surface: '{align.surface}' is one of the modules; name a package that offers their names"
            raise MigrationError(migration.file, line_of(align, "surface"), message)


def missing_module_lines(migration: Migration, index: Index) -> Iterator[str]:
    """Yield a line for each module of the migration that does not exist: it may be gone, or misspelled."""
    required = [dotted for dotted, _ in migration.required_modules()]
    for dotted in (legacy := dict(migration.legacy_modules())):
        if _is_gone(index, dotted):
            similar = _similar_modules(index, dotted)
            if nearest_module(dotted, similar) in (dotted, _path_of(dotted)):
                # in a folder that is no root
                meant = " in the roots; list the folder that it is in under roots, if it is meant"
            else:
                meant = _meant_modules(index, dotted, similar, [*legacy, *required])
            yield f"{dotted} does not exist any more{meant}"


def unknown_name_lines(migration: Migration, index: Index) -> Iterator[str]:
    """Yield a line for each name under ``names`` of a redirect that its legacy module does not have."""
    for redirect in migration.redirects:
        key = index.named(redirect.source).key
        if not index.has_file(key) or not index.is_readable(key):
            continue
        for name in redirect.names:
            if index.origin(key, name).kind is Kind.MISSING:
                near = nearest_word(name, index.names(key).difference(redirect.names))
                meant = f"; did you mean {near}?" if near else ""
                yield f"[redirect.names] lists {name}, which {redirect.source} does not define{meant}"


def unverified_lines(migration: Migration, index: Index) -> Iterator[str]:
    """Yield the line that lists the modules outside the project to which the migration leads, if any."""
    modules = {dotted for dotted, _ in migration.required_modules()}
    outside = sorted(dotted for dotted in modules if is_external(index.named(dotted).key))
    if outside:
        are = "is" if len(outside) == 1 else "are"
        yield f"not proved: {' and '.join(outside)} {are} outside the project"


def _is_gone(index: Index, dotted: str) -> bool:
    """Return whether a legacy module has no file any more, and is not known to be outside."""
    is_gone = index.named(dotted).key in index.layout.gone
    return is_gone or is_nowhere(index.layout, dotted)


def _check_roots(migration: Migration, index: Index, root: Path) -> None:
    for folder in migration.roots or ():
        prefix = "" if folder == "." else f"{folder}/"
        is_known = any(path.startswith(prefix) for path in index.layout.paths)
        if not is_known and not (root / folder).is_dir():
            line = migration.lines.get(f"roots.{folder}", 0)
            raise MigrationError(migration.file, line, f"the root '{folder}' is not a folder")


def _check_removed(migration: Migration, index: Index) -> None:
    """Raise MigrationError for a step that needs a module which the migration removes: its next run would not find it.

    A redirect may lead to a module that is redirected itself; it then leads on.
    """
    removes = {index.named(remove.module).key: remove for remove in migration.removes}
    legacy = {index.named(redirect.source).key for redirect in migration.redirects}
    redirects = migration.only(lambda kind: kind.name == "redirect").required_modules()
    leads_on = [needed for needed in redirects if index.named(needed[0]).key in legacy]
    for dotted, line in migration.required_modules():
        remove = removes.get(index.named(dotted).key)
        if remove is not None and (dotted, line) not in leads_on:
            message = f"'{dotted}' is needed here, and line {remove.line} removes it"
            raise MigrationError(migration.file, line, message)


def _check_name(migration: Migration, index: Index, target: Target, line: int) -> None:
    key = index.named(target.module).key
    if is_external(key) or key in index.layout.gone:
        return
    first, *attributes = target.name.split(".")
    if index.origin(key, first).kind is not Kind.MISSING:
        _check_attributes(migration, index, target, attributes, line)
        return
    meant = _meant_names(migration, index, target)
    raise MigrationError(
        migration.file, line, f"'{target.module}' does not define '{first}'{meant}"
    )


def _meant_names(migration: Migration, index: Index, target: Target) -> str:
    """Return ``; did you mean 'Name'?`` for a name that its module lacks: misspelled, or defined elsewhere."""
    first = target.name.partition(".")[0]
    if near := nearest_word(first, index.names(index.named(target.module).key)):
        return f"; did you mean '{near}'?"
    legacy = {index.named(dotted).key for dotted, _ in migration.legacy_modules()}
    elsewhere = index.only_definer(first, legacy)
    return f"; did you mean '{index.dotted(elsewhere)}:{target.name}'?" if elsewhere else ""


def _check_attributes(
    migration: Migration, index: Index, target: Target, attributes: list[str], line: int
) -> None:
    """Raise MigrationError if the class that a target goes through certainly has no such member."""
    if not attributes:
        return
    name = target.name.partition(".")[0]
    outer = index.interfaces.interface(index.named(target.module).key, name)
    if outer is None or not outer.complete or outer.members is None:
        return
    if attributes[0] not in outer.members:
        near = nearest_word(attributes[0], outer.members)
        meant = f"; did you mean '{name}.{near}'?" if near else ""
        message = f"'{target.module}:{name}' has no '{attributes[0]}'{meant}"
        raise MigrationError(migration.file, line, message)


def _no_module(migration: Migration, index: Index, dotted: str) -> str:
    """Return what is wrong with a module that is neither in a root nor outside, and what to write instead."""
    missing = f"there is no module '{dotted}'"
    elsewhere = _roots_elsewhere(index, dotted)
    if elsewhere:
        roots = ", ".join(
            f'"{shown_root(folder)}"' for folder in (*index.layout.roots, elsewhere[0])
        )
        where = " and ".join(f"{base}/{_path_of(dotted)}" for base in elsewhere)
        return f"{missing} in the roots, but {where}: write roots = [{roots}]"
    legacy = [dotted for dotted, _ in migration.legacy_modules()]
    if meant := _meant_modules(index, dotted, _similar_modules(index, dotted), legacy):
        return missing + meant
    if not is_external(index.named(dotted).key):
        return missing
    top = dotted.partition(".")[0]
    return f'{missing}, and nothing says that it is outside the project: write outside = ["{top}"] if it is'


def _path_of(dotted: str) -> str:
    return dotted.replace(".", "/")


def _roots_elsewhere(index: Index, dotted: str) -> list[str]:
    return unlisted_roots(index.layout, [dotted])[dotted]


def _meant_modules(index: Index, dotted: str, similar: Iterable[str], named: Iterable[str]) -> str:
    """Return ``; did you mean 'a.b'?`` for a module that does not exist: it was moved or is misspelled; else nothing.

    Never meant is what the migration itself ``named`` for something else, such as the module that a redirect leads away
    from, or what is inside it.
    """
    keys = tuple(index.named(other).key for other in named)
    inside = tuple(f"{key}/" for key in keys)

    def may_be_meant(module: str) -> bool:
        key = index.named(module).key
        return key not in keys and not key.startswith(inside)

    found = {
        _moved_module(index, dotted, may_be_meant),
        nearest_module(dotted, filter(may_be_meant, similar)),
    }
    words = " or ".join(f"'{module}'" for module in sorted(found - {None}, key=str))
    return f"; did you mean {words}?" if words else ""


def _moved_module(index: Index, dotted: str, may_be_meant: Callable[[str], bool]) -> str | None:
    """Return the only module of the same last name in the same top package, or None: moving keeps that name."""
    top, _, rest = dotted.partition(".")
    last = rest.rpartition(".")[2]
    same = [index.dotted(key) for key in index.layout.modules if last and _last(key) == last]
    moved = [module for module in same if module.startswith(f"{top}.") and may_be_meant(module)]
    return moved[0] if len(moved) == 1 else None


def _last(key: Key) -> str:
    return key.rpartition("/")[2]


def _similar_modules(index: Index, dotted: str) -> list[str]:
    """Return the modules that ``dotted`` may misspell, from whichever root.

    Computing the names of the others would only take time.
    """
    roots = [root for root in index.layout.every_root if root]
    known = [
        index.dotted(key)
        for key in index.layout.modules
        if key and any(_is_alike(dotted, tail) for tail in _possible_keys(key, roots))
    ]
    return known if "." in dotted else [*known, *sys.stdlib_module_names]


def _is_alike(dotted: str, key: Key) -> bool:
    if abs(len(dotted) - len(key)) > FARTHEST:
        return False  # true of most; edit_distance would find out later
    return edit_distance(dotted, key.replace("/", "."), FARTHEST) <= FARTHEST


def _possible_keys(key: Key, roots: Iterable[str]) -> Iterator[Key]:
    """Yield the names a module may have: its whole key, or the part after a root."""
    yield key
    yield from (key[len(root) + 1 :] for root in roots if key.startswith(f"{root}/"))
