"""`unfork init`: a commented migration to begin with, and the JSON Schema of migration files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from unfork.errors import UnforkError
from unfork.escape import shell_word
from unfork.loading.config import find_project
from unfork.loading.one_off import OneOff, migration_of_one_off
from unfork.outputs import check_migration_place, check_places, make_folder, open_report_stream
from unfork.toml import toml_string
from unfork_codemods.packages import is_package_entry

if TYPE_CHECKING:
    from unfork.planning.comparison import Comparison

SCHEMA_FILE = "unfork.schema.json"
_NAME = "my-migration"


def write_schema(output: Path | None) -> int:
    """Write the JSON Schema of migration files; return the exit code."""
    from unfork.loading.schema import migration_schema

    check_places(output)
    with open_report_stream(output) as out:
        out.write(json.dumps(migration_schema(), indent=2) + "\n")
    return 0


def init(one_off: OneOff | None, root: Path | None, output: Path | None) -> int:
    """Write a migration with a redirect, or with all kinds of steps in comments; return the exit code.

    Raises UnforkError if the file exists already, and MigrationError for modules that do not exist.
    """
    if output is not None and str(output) != "-" and output.exists():
        raise UnforkError(f"{output} exists; give another file")
    check_migration_place(output)
    top = find_project(root, Path.cwd())[0]
    file = _file_in_project(top, output, one_off)
    is_saved = output is not None and str(output) != "-"
    lines = [
        *_head_lines(file, one_off, is_saved),
        *_step_lines(one_off, top),
        *_other_steps(one_off),
    ]
    text = "\n".join(lines) + "\n"
    _check_text(text, file)
    make_folder(output)
    with open_report_stream(output) as out:
        out.write(text)
    if is_saved:
        print(f"{output} is written. Next: unfork diff -m {shell_word(str(output))}")
    return 0


def _check_text(text: str, file: str) -> None:
    """Raise MigrationError if what was written is no migration."""
    from unfork.loading.migration_file import migration_of
    from unfork.loading.tables import parse_table

    migration_of(parse_table(text.encode(), file))


def _file_in_project(top: Path, output: Path | None, one_off: OneOff | None) -> str:
    """Return the path of the migration from the root, as pyproject.toml lists it."""
    if output is not None and str(output) != "-":
        place = (Path.cwd() / output).resolve()
        return place.relative_to(top).as_posix() if place.is_relative_to(top) else place.as_posix()
    last = one_off.source.removesuffix(".*").rpartition(".")[2] if one_off else _NAME
    return f"migrations/{last.replace('_', '-')}.toml"


def _head_lines(file: str, one_off: OneOff | None, is_saved: bool) -> Iterator[str]:
    stem = PurePosixPath(file).stem
    name = stem if stem.isprintable() and stem.strip() else _NAME
    summary = f"{one_off.source} becomes {one_off.to}" if one_off else "What it is good for"
    yield f"#:schema ./{SCHEMA_FILE}"
    yield "# The line above lets editors (taplo, Even Better TOML) check and complete this file, with"
    yield f"#   unfork init --schema -o {PurePosixPath(file).parent / SCHEMA_FILE}"
    yield "#"
    if not is_saved:
        yield f"# To save this file, add `-o {shell_word(file)}` to the command. Then:"
    yield f"#   unfork diff -m {shell_word(file)}       every change as a diff; nothing is written"
    yield f"#   unfork apply -m {shell_word(file)}      the same changes, written"
    yield "#"
    yield "# Listed in pyproject.toml, it runs without -m, and `unfork check` guards against new uses:"
    yield "#   [tool.unfork]"
    yield f"#   migrations = [{toml_string(file)}]"
    yield ""
    yield "[migration]"
    yield f"name    = {toml_string(name)}"
    yield f"summary = {toml_string(summary)}"
    yield '# roots   = [".", "src"]        # folders that absolute imports start from, in order'
    yield '# exclude = ["archive/**"]      # files that are neither rewritten nor checked'
    yield ""


def _step_lines(one_off: OneOff | None, top: Path) -> Iterator[str]:
    """Yield the redirect, with what differs between its modules."""
    if one_off is None:
        yield "# Imports of a legacy module become imports of the canonical one:"
        yield "# [[redirect]]"
        yield '# from = "package.legacy"'
        yield '# to   = "package.canonical"'
        yield "# [redirect.names]            # what is called differently, or lives elsewhere"
        yield '# OldName = "NewName"'
        yield '# Moved   = "package.other:Moved"'
        return
    from unfork.files.tree import WorkTree
    from unfork.planning.comparison import compare_modules

    migration = migration_of_one_off(one_off)
    comparison = compare_modules(WorkTree(top).begin(), migration)
    yield "[[redirect]]"
    yield f"from = {toml_string(one_off.source)}"
    yield f"to   = {toml_string(one_off.to)}"
    if is_package_entry(one_off.source):
        yield "# What a module in it lacks is left, and `unfork diff` lists it. Names that are called differently"
        yield "# stand in a [[redirect]] of their module, which comes before that of the package."
        yield from map("# {}".format, comparison.caveats)
        return
    yield '[redirect.names]              # what is called differently ("New"), or lives elsewhere ("module:New")'
    for redirect in migration.redirects:
        for name, target in redirect.names.items():
            bare = target.module == redirect.to
            yield f"{name} = {toml_string(target.name if bare else str(target))}"
    yield from _comparison_lines(comparison, one_off)


def _comparison_lines(comparison: Comparison, one_off: OneOff) -> Iterator[str]:
    yield from map("# {}".format, comparison.caveats)
    if comparison.missing:
        yield f"# Without a counterpart in {one_off.to}: imports of these are left. Say where they are now:"
    for name, guess in comparison.missing:
        yield f"# {name} = {toml_string(guess or 'module:Name')}"
    if comparison.different:
        yield "# Different in the two modules; the redirect changes what callers get:"
    for finding in comparison.different:
        how = finding.message.rpartition("; a redirect changes that")[0] or finding.message
        yield f"#   {finding.path}:{finding.line} {how}"
    if not (comparison.missing or comparison.different or comparison.caveats):
        yield "# All public names have a counterpart that looks alike."
    yield from _call_lines(comparison)


def _call_lines(comparison: Comparison) -> Iterator[str]:
    """Yield the table of calls: what does the same under another name, and questions about the rest."""
    if not comparison.calls:
        return
    yield "[redirect.calls]              # members and arguments that are called differently"
    for guess in comparison.calls:
        if guess.is_certain:
            yield f"{guess.toml_line}  # {guess.why}"
        else:
            yield f"# ? {guess.why}: is it so? If not, change it; then remove the '# '."
            yield f"# {guess.toml_line}"


def _other_steps(one_off: OneOff | None) -> Iterable[str]:
    legacy = one_off.source if one_off else "package.legacy"
    to = one_off.to if one_off else "package.canonical"
    return (
        "",
        "# What else a migration can do, step by step (remove the # to use one):",
        "# [[repair]]                  # imports in this module that do not resolve",
        '# module = "package.console"',
        '# prefer = ["package.state"]  # where to look first',
        "# [[align]]                   # one spelling for modules that are reached under several",
        f"# modules = [{toml_string(to)}]",
        "# [[deprecate]]               # importing the module warns",
        f"# module = {toml_string(legacy)}",
        f"# use    = {toml_string(to)}",
        "# [[remove]]                  # delete the module, once nothing imports it",
        f"# module = {toml_string(legacy)}",
    )
