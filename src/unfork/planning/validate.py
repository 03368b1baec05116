"""Check that everything a migration names exists: a misspelled target must never become an import."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from unfork.errors import MigrationError
from unfork.nearest import nearest_word
from unfork.planning.meant_modules import MeantModules
from unfork.reading.index import Index
from unfork.reading.layout import join_key
from unfork.reading.projects import is_near, is_nowhere, shown_root, unlisted_roots
from unfork_codemods.migration import Migration
from unfork_codemods.project import Kind, is_external
from unfork_codemods.step import Target, line_of


def validate_migration(migration: Migration, index: Index, root: Path) -> None:
    """Check a migration against the project in the folder ``root``.

    Raises MigrationError for a root that is not a folder, for a module that is neither in a root nor known to be
    outside, for a name that its module does not define, for a redirect of a module to itself under another spelling,
    for a surface that is one of the modules, for a module that one step needs and another removes, and for a twin
    without a file.
    """
    _check_roots(migration, index, root)
    for dotted, line in migration.required_modules():
        if is_nowhere(index.layout, dotted):
            raise MigrationError(migration.file, line, _no_module(migration, index, dotted))
    gone = [legacy for legacy in migration.legacy_modules() if _is_gone(index, legacy[0])]
    elsewhere = unlisted_roots(index.layout, [dotted for dotted, _ in gone])
    for dotted, line in gone:
        # without a base, in the project's own folder: such a module may be gone from the roots on purpose
        near = {f"{b}/{_path_of(dotted)}" for b in elsewhere[dotted] if b and is_near(b)}
        if near:
            # billing that became company.billing is not legacy code under the root "company"
            near -= {index.named(target).key for target, _ in migration.required_modules()}
        if near:
            raise MigrationError(migration.file, line, _no_module(migration, index, dotted))
    _check_removed(migration, index)
    _check_twins(migration, index)
    for target, line in migration.required_names():
        _check_name(migration, index, target, line)
    _check_redirects(migration, index)
    for align in migration.aligns:
        aligned = {index.named(module).key for module in align.modules}
        if align.surface and index.named(align.surface).key in aligned:
            message = f"surface: '{align.surface}' is one of the modules; name a package that offers their names"
            raise MigrationError(migration.file, line_of(align, "surface"), message)


def missing_module_lines(migration: Migration, index: Index) -> Iterator[str]:
    """Yield a line for each module of the migration that does not exist: it may be gone, or misspelled."""
    legacy = dict(migration.legacy_modules())
    gone = [dotted for dotted in legacy if _is_gone(index, dotted)]
    if not gone:
        return
    required = [dotted for dotted, _ in migration.required_modules()]
    meant = MeantModules(index, gone, [*legacy, *required])
    for dotted in gone:
        if _is_name_in_module(index, dotted):
            hint = ": it is a name in a module; name the module"
        elif meant.is_in_another_folder(dotted):
            hint = " in the roots; list the folder that it is in under roots, if it is meant"
        else:
            hint = meant.hint(dotted)
        yield f"{dotted} does not exist any more{hint}"


def unchanged_module_lines(
    migration: Migration, index: Index, is_excluded: Callable[[str], bool]
) -> Iterator[str]:
    """Yield a line for each module whose own file a step is about, and that has none in the project, or excluded ones.

    A folder without ``__init__.py`` is passed over if steps are about modules in it: a package entry names it, too.
    """
    steps = migration.only(lambda kind: kind.name != "redirect")
    named = tuple(dict(steps.legacy_modules()))
    for dotted in named:
        key = index.named(dotted).key
        has_code = index.has_file(key) or any(m.startswith(f"{dotted}.") for m in named)
        if is_external(key) and index.layout.outside.knows(dotted):
            yield f"{dotted} is outside the project, where nothing is changed"
        elif any(map(is_excluded, index.layout.modules.get(key, ()))):
            yield f"{dotted} is excluded, and stays as it is"
        elif key in index.layout.folders and not has_code:
            why = "is a folder without __init__.py, which has no code to change"
            yield f"{dotted} {why}: name the modules in it"


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


def _check_redirects(migration: Migration, index: Index) -> None:
    for redirect in migration.redirects:
        if redirect.calls:
            from unfork.planning.validate_calls import check_calls  # late: few redirects have calls

            check_calls(migration.file, redirect, index)
        same = redirect.to and index.named(redirect.to).key == index.named(redirect.source).key
        if same:
            line = line_of(redirect, "to")
            message = f"circular redirect: {redirect.source} and {redirect.to} are one file"
            raise MigrationError(migration.file, line, message)


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


def _check_twins(migration: Migration, index: Index) -> None:
    """Raise MigrationError for a twin without a file in the project: there is nothing to compare."""
    for twin in migration.twins:
        for module in twin.modules:
            key = index.named(module).key
            if not index.has_file(key):
                where = (
                    "outside the project" if is_external(key) else "a folder without __init__.py"
                )
                message = f"'{module}' is {where}, and twins are compared by their files"
                raise MigrationError(migration.file, line_of(twin, "modules", module), message)


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
    elsewhere = unlisted_roots(index.layout, [dotted])[dotted]
    elsewhere = elsewhere or unlisted_roots(index.layout, [dotted], live=False)[dotted]
    if elsewhere:
        roots = ", ".join(
            f'"{shown_root(folder)}"' for folder in (*index.layout.roots, elsewhere[0])
        )
        where = " and ".join(join_key(base, dotted) for base in elsewhere)
        return f"{missing} in the roots, but {where}: write roots = [{roots}]"
    if _is_name_in_module(index, dotted):
        module, _, name = dotted.rpartition(".")
        return f"{missing}: {name} is a name in the module '{module}'"
    legacy = [dotted for dotted, _ in migration.legacy_modules()]
    if hint := MeantModules(index, [dotted], legacy).hint(dotted):
        return missing + hint
    if not is_external(index.named(dotted).key):
        return missing
    top = dotted.partition(".")[0]
    return f'{missing}, and nothing says that it is outside the project: write outside = ["{top}"] if it is'


def _is_name_in_module(index: Index, dotted: str) -> bool:
    """Return whether a dotted name is that of a definition, not of a module: ``package.module.Name``."""
    module, _, name = dotted.rpartition(".")
    key = index.named(module).key if module else ""
    return index.has_file(key) and index.origin(key, name).kind is Kind.OWN


def _path_of(dotted: str) -> str:
    return dotted.replace(".", "/")
