"""Whether what a migration names is there: a misspelt target must never become an import."""

from __future__ import annotations

from unfork.errors import MigrationError
from unfork.nearest import nearest
from unfork.reading.index import Index
from unfork_codemods.plan import Migration, Target, line_of
from unfork_codemods.project import Kind, is_external


def validate(migration: Migration, index: Index) -> None:
    """Check a migration's targets against the project.

    Raises MigrationError for a module whose package is in the root but which is not there, for a name that it does not
    define, for a redirect of a module to itself under another spelling, for a surface that is one of the modules, and
    for a module that a step needs and another removes.
    """
    for dotted, line in migration.modules():
        located = index.named(dotted)
        if not is_external(located.key) and not located.exists:
            raise MigrationError(
                migration.file, line, f"there is no module '{dotted}'{_meant(index, dotted)}"
            )
    _check_removed(migration, index)
    for target, line in migration.targets():
        _check_name(migration, index, target, line)
    for redirect in migration.redirects:
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


def _check_removed(migration: Migration, index: Index) -> None:
    """Refuse a step that needs a module which the migration removes: its next run would not find it.

    A redirect may lead to a module that is redirected itself: then it leads on.
    """
    removes = {index.named(remove.module).key: remove for remove in migration.removes}
    legacy = {index.named(redirect.source).key for redirect in migration.redirects}
    redirects = migration._replace(repairs=(), aligns=(), deprecates=())
    leads_on = [each for each in redirects.modules() if index.named(each[0]).key in legacy]
    for dotted, line in migration.modules():
        remove = removes.get(index.named(dotted).key)
        if remove is not None and (dotted, line) not in leads_on:
            message = f"'{dotted}' is needed here, and line {remove.line} removes it"
            raise MigrationError(migration.file, line, message)


def _check_name(migration: Migration, index: Index, target: Target, line: int) -> None:
    key = index.named(target.module).key
    if is_external(key) or key in index.layout.gone:
        return
    if index.origin(key, target.name).kind is not Kind.MISSING:
        return
    near = nearest(target.name, index.names(key))
    meant = f"; did you mean '{near}'?" if near else ""
    raise MigrationError(
        migration.file, line, f"'{target.module}' does not define '{target.name}'{meant}"
    )


def _meant(index: Index, dotted: str) -> str:
    known = [index.dotted(key) for key in index.layout.modules if key]
    near = nearest(dotted, known)
    return f"; did you mean '{near}'?" if near else ""
