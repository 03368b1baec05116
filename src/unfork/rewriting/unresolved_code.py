"""Code in strings that imports a legacy module: it is never rewritten, so it is left for a person.

>>> from a.legacy import Old        exec("import a.legacy")        run([sys.executable, "-c", "import a.legacy"])
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from unfork.reading.statements import ImportStatement
from unfork.rewriting.code_in_strings import imports_in_code, imports_in_examples
from unfork.rewriting.file_context import FileContext, ImportedAlias
from unfork.rewriting.file_rewrite import DecidedFile
from unfork.rewriting.module_uses import direct_site
from unfork.rewriting.spelling import module_import
from unfork_codemods.new_import import NewImport
from unfork_codemods.project import Destination, Unresolved


def legacy_imports_in_strings(context: DecidedFile) -> Iterator[tuple[ast.alias, Unresolved]]:
    """Yield the imports in code in a file's strings of what the codemod moves, with what is to be said of each."""
    if context.codemod.step != "redirect":
        return
    for statement in imports_in_examples(context):
        yield from legacy_imports(context, statement, "an example in a docstring", ">>> ")
    for statement in imports_in_code(context):
        yield from legacy_imports(context, statement, "code in a string", "")


def legacy_imports(
    context: DecidedFile, statement: ImportStatement, where: str, before: str
) -> Iterator[tuple[ast.alias, Unresolved]]:
    """Yield what a statement imports that the codemod moves, with what is to be said of each.

    ``where`` is what the statement is part of, and ``before`` what stands before it there.
    """
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
        if imported_name is None or destination is None:
            continue
        if imported_name.name == "*" and isinstance(destination, Unresolved):
            imported_name = imported_name._replace(name=None)
            destination = context.codemod.destination(imported_name) or destination
        if isinstance(destination, Unresolved):
            yield item.alias, destination
            continue
        what = (
            imported_name.spelled
            if imported_name.name is None
            else f"{imported_name.name} of {imported_name.spelled}"
        )
        new = f"{before}{_statement_to_write(context, item, destination)}"
        why = f"{where} imports {what}, and runs as it stands; write: {new}"
        yield item.alias, Unresolved(context.codemod.code, why)


def _statement_to_write(context: FileContext, item: ImportedAlias, destination: Destination) -> str:
    spelled = context.spelled(destination, item)
    if item.alias.name == "*":
        return NewImport(spelled, "*").statement
    new = NewImport("", spelled) if item.is_dotted else module_import(spelled, item.local)
    if destination.name is not None:
        new = NewImport(
            spelled, destination.name, item.local if item.local != destination.name else None
        )
    return new.statement
