"""Where a program starts: declared entry points, modules that run themselves, and files that frameworks find."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from unfork.audit.file_roles import is_entry_file, is_found_by_django, is_loaded_by_convention
from unfork.audit.project_model import ProjectModel
from unfork.file_kinds import is_notebook
from unfork.reading.layout import join_key, key_of, parent_folder
from unfork.reading.packaging import Declared
from unfork.reading.path_rules import is_aside, is_test
from unfork_codemods.project import Key


@dataclass(frozen=True, slots=True)
class Entry:
    """A module that is started by something other than an import; ``why`` says by what.

    ``is_program``: it is meant to be run, not imported.
    """

    key: Key
    why: str
    is_program: bool = False


def entries_of(model: ProjectModel, declarations: Iterable[Declared]) -> tuple[Entry, ...]:
    """Return the entry points of a project, without its tests."""
    entries: dict[Key, Entry] = {}
    for entry in (
        *_declared_entries(model, declarations),
        *_by_file(model),
        *_top_package_entries(model),
    ):
        entries.setdefault(entry.key, entry)
    return tuple(entries.values())


def _declared_entries(model: ProjectModel, declarations: Iterable[Declared]) -> Iterator[Entry]:
    """Yield the modules that packaging files declare as scripts, plugins or single modules."""
    for declaration in declarations:
        folder = parent_folder(declaration.path)
        for dotted, why, is_program in declaration.started:
            yield from _entry_of_name(model, folder, dotted, why, is_program)
        for dotted in declaration.modules:
            yield from _entry_of_name(
                model, folder, dotted, f"{declaration.path} installs it", False
            )
        for path in declaration.scripts:
            key = key_of(f"{folder}/{path}".lstrip("/"))
            if key in model.modules:
                yield Entry(key, f"{declaration.path} installs it as a script", True)


def _entry_of_name(
    model: ProjectModel, folder: str, dotted: str, why: str, is_program: bool
) -> Iterator[Entry]:
    """Yield the module that a dotted name in a folder's packaging files refers to, if the project has it."""
    for base in dict.fromkeys((folder, f"{folder}/src".lstrip("/"), *model.layout.roots)):
        key = join_key(base, dotted)
        if dotted and key in model.modules:
            yield Entry(key, why, is_program)
            return


def _by_file(model: ProjectModel) -> Iterator[Entry]:
    has_django = any("django" in facts.externals for facts in model.files.values())
    for facts in model.files.values():
        if is_test(facts.path):
            continue
        if facts.key.endswith("__main__"):
            yield Entry(facts.key, "python -m runs it", True)
        elif is_notebook(facts.path):
            yield Entry(facts.key, "it is a notebook, which a person runs")
        elif facts.runs_itself:
            outside = not model.layout.is_package(parent_folder(facts.key))
            yield Entry(facts.key, "it runs itself", outside and not is_aside(facts.path))
        elif is_entry_file(facts.path):
            yield Entry(facts.key, "tools start a file of this name")
        elif is_loaded_by_convention(facts.path):
            yield Entry(facts.key, "frameworks find it by its folder")
        elif has_django and is_found_by_django(facts.path):
            yield Entry(facts.key, "Django finds a file of this name")
        elif facts.deprecated:
            yield Entry(facts.key, "it is deprecated, and stays for others")


def _top_package_entries(model: ProjectModel) -> Iterator[Entry]:
    """Yield the topmost packages: programs outside the project may import them."""
    for key, facts in model.modules.items():
        path = facts.path
        is_package = path.endswith(("/__init__.py", "/__init__.pyi")) and not is_test(path)
        if is_package and model.layout.top_package(path) == key:
            yield Entry(key, "it is a topmost package, which others may import")
