"""``>>>`` examples that import a legacy module: strings are never rewritten, so these are left for a person."""

from __future__ import annotations

from collections.abc import Iterator

from unfork.reading.examples import MARK
from unfork.reading.statements import ImportStatement, import_statements
from unfork.rewriting.file_context import FileContext, ImportedAlias
from unfork.rewriting.file_rewrite import FileRewrite
from unfork.rewriting.module_uses import direct_site
from unfork.rewriting.spelling import module_import
from unfork_codemods.new_import import NewImport
from unfork_codemods.project import Destination, ImportedName, Unresolved


def leave_examples(context: FileRewrite) -> None:
    """Leave the examples of a file that import what the codemod moves."""
    if context.codemod.step != "redirect" or MARK not in context.source.data:
        return
    for statement in _example_imports(context):
        for item in context.items_of(statement):
            imported_name = direct_site(context, item)
            if (
                imported_name is None
                and context.codemod.applies_to(item.imported_name)
                and not context.skips(item)
            ):
                imported_name = item.imported_name
            destination = (
                context.codemod.destination(imported_name) if imported_name is not None else None
            )
            if imported_name is not None and destination is not None:
                context.record_unresolved(
                    item.alias, _stays_in_example(context, item, imported_name, destination)
                )


def _example_imports(context: FileContext) -> Iterator[ImportStatement]:
    for examples in context.source.examples:
        tree = examples.tree
        for statement in import_statements(tree) if tree is not None else ():
            for node in (statement.node, *statement.node.names):
                examples.place(node)
            yield statement


def _stays_in_example(
    context: FileContext,
    item: ImportedAlias,
    imported_name: ImportedName,
    destination: Destination | Unresolved,
) -> Unresolved:
    if isinstance(destination, Unresolved):
        return destination
    spelled = context.spelled(destination, item)
    new = module_import(spelled, item.local)
    if destination.name is not None:
        new = NewImport(
            spelled, destination.name, item.local if item.local != destination.name else None
        )
    what = (
        imported_name.spelled
        if imported_name.name is None
        else f"{imported_name.name} of {imported_name.spelled}"
    )
    why = f"an example in a docstring imports {what}, and runs as it stands; write: >>> {new.statement}"
    return Unresolved(context.codemod.code, why)
