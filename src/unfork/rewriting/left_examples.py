"""``>>>`` examples that import a legacy module: strings are never rewritten, so these are left for a person."""

from __future__ import annotations

from collections.abc import Iterator

from unfork.reading.examples import MARK
from unfork.reading.statements import ImportStatement, import_statements
from unfork.rewriting.filework import FileWork, Imports
from unfork.rewriting.module_uses import direct_site
from unfork.rewriting.spelling import module_import, statement_text
from unfork_codemods.new_import import NewImport
from unfork_codemods.project import Home, Site, Stays


def leave_examples(work: FileWork) -> None:
    """Leave the examples of a file that import what the codemod moves."""
    if work.codemod.step != "redirect" or MARK not in work.source.data:
        return
    for statement in _example_imports(work):
        for item in work.items_of(statement):
            site = direct_site(work, item)
            if site is None and work.codemod.touches(item.site) and not work.skips(item):
                site = item.site
            home = work.codemod.home(site) if site is not None else None
            if site is not None and home is not None:
                work.record_unresolved(item.alias, _stays_in_example(work, item, site, home))


def _example_imports(work: FileWork) -> Iterator[ImportStatement]:
    for examples in work.source.examples:
        tree = examples.tree
        for statement in import_statements(tree) if tree is not None else ():
            for node in (statement.node, *statement.node.names):
                examples.place(node)
            yield statement


def _stays_in_example(work: FileWork, item: Imports, site: Site, home: Home | Stays) -> Stays:
    if isinstance(home, Stays):
        return home
    spelled = work.spelled(home, item)
    new = module_import(spelled, item.local)
    if home.name is not None:
        new = NewImport(spelled, home.name, item.local if item.local != home.name else None)
    what = site.spelled if site.name is None else f"{site.name} of {site.spelled}"
    why = f"an example in a docstring imports {what}, and runs as it stands; write: >>> {statement_text(new)}"
    return Stays(work.codemod.code, why)
