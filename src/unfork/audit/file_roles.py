"""What a file is for, by its location and its name: live code, a test, an archive, a script."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from unfork.reading.layout import Layout, parent_folder, roots_of
from unfork.reading.path_rules import is_archive_name
from unfork.reading.path_rules import is_archived as is_archived
from unfork.reading.path_rules import is_aside as is_aside
from unfork.reading.path_rules import is_live as is_live
from unfork.reading.path_rules import is_test as is_test
from unfork.reading.path_rules import is_vendored as is_vendored

_ENTRY_FILES = frozenset(
    {
        "__main__",
        "setup",
        "conf",
        "manage",
        "wsgi",
        "asgi",
        "app",
        "noxfile",
        "tasks",
        "fabfile",
        "conftest",
        "gunicorn",
        "settings",
        "sitecustomize",
    }
)
_BY_CONVENTION = re.compile(
    r"(?:^|/)(?:(?:migrations|versions|management/commands|templatetags)/[^/]+|alembic/env\.py)$"
)
_OUTPUT = re.compile(
    r"(?:^|/)(?:(build)/(?:lib|bdist)(?:\.[^/]*)?|[^/]+\.(?:egg-info|egg|dist-info)|\.eggs|site-packages|node_modules)/"
)
_DJANGO = frozenset(
    {
        "admin",
        "apps",
        "models",
        "urls",
        "search_indexes",
        "translation",
        "cms_plugins",
        "wagtail_hooks",
    }
)
"""Modules that Django, and packages widely used with it, import from each application that has them."""
MARKS = frozenset(
    {
        "old",
        "legacy",
        "deprecated",
        "obsolete",
        "backup",
        "bak",
        "copy",
        "orig",
        "original",
        "unused",
        "previous",
        "prev",
        "archive",
        "dead",
    }
)
"""Words in a module's name that mark it as not the one to use."""
_UNUSABLE = frozenset(
    {"broken", "debug", "corrupt", "corrupted", "disabled", "failed", "failing", "wip"}
)
"""Words in a module's name that no module in use has, if there is another."""
VARIANTS = MARKS | frozenset(
    {
        "new",
        "v1",
        "v2",
        "v3",
        "v4",
        "v5",
        "2",
        "3",
        "enhanced",
        "improved",
        "better",
        "fixed",
        "final",
        "temp",
        "tmp",
        "experimental",
        "next",
        "refactored",
        "rewrite",
        "simple",
        "simplified",
        "extended",
        "ex",
        "alt",
        "alternative",
        "another",
        "clean",
        "optimized",
        "fast",
        "plus",
        "unified",
        "consolidated",
        "broken",
        "debug",
        "corrected",
        "updated",
        "working",
        "patched",
        "basic",
        "minimal",
        "standalone",
        "modular",
        "integrated",
        "traced",
        "fallback",
        "merged",
        "stable",
        "advanced",
        "modern",
        "latest",
        "revised",
        "rewritten",
        "reworked",
        "hotfix",
    }
)
"""Words that distinguish the name of one copy from that of another."""


_DOCUMENTS = (".md", ".rst", ".adoc", ".mdc")
_DEPTH = 4
"""How many folders deep documents are read."""
_WORD_STARTS = re.compile(r"[_\W]+|(?<=[a-z0-9])(?=[A-Z])|(?<=[a-z]{3})(?=v?\d+$)")
"""Matches where the next word of a name begins."""


def is_entry_file(path: str) -> bool:
    """Return whether a file has a name that tools run or load by convention."""
    return path.rpartition("/")[2].rpartition(".")[0] in _ENTRY_FILES


def is_document(path: str) -> bool:
    """Return whether a file is a document that may say how to run the program."""
    return path.lower().endswith(_DOCUMENTS) and path.count("/") <= _DEPTH


def is_prose(path: str) -> bool:
    """Return whether a file is written for people: what it runs is an example, unlike what a script runs."""
    return is_document(path) or path.endswith(".txt")


def is_loaded_by_convention(path: str) -> bool:
    """Return whether a framework finds a file by its folder."""
    return bool(_BY_CONVENTION.search(path))


def is_found_by_django(path: str) -> bool:
    """Return whether Django finds a file by its name, in a project that uses Django."""
    return path.rpartition("/")[2].rpartition(".")[0] in _DJANGO


@cache
def words_of_name(name: str) -> tuple[str, ...]:
    """Return the words of a module's name: ``JobEngine_v2`` has job, engine and v2."""
    return tuple(word.lower() for word in _WORD_STARTS.split(name) if word)


@cache
def name_without_variants(name: str) -> str:
    """Return a module's name without the words that distinguish copies."""
    kept = [word for word in words_of_name(name) if word not in VARIANTS]
    return "_".join(kept or words_of_name(name))


@cache
def identifier_without_variants(name: str) -> str:
    """Return a class, function or value without the words that distinguish copies: ``EnhancedX`` and ``XV2`` give X."""
    words = [word for word in _WORD_STARTS.split(name) if word]
    kept = [word for word in words if word.lower() not in VARIANTS]
    if not kept or len(kept) == len(words):
        return name
    return ("_" if "_" in name.strip("_") else "").join(kept)


@cache
def place_without_variants(key: str) -> tuple[str, ...]:
    """Return a module's location without what distinguishes copies: ``p/legacy/x_v2`` and ``p/x`` give the same."""
    *folders, name = key.split("/")
    kept = (
        name_without_variants(folder)
        for folder in folders
        if folder.lower() not in VARIANTS and not is_archive_name(folder)
    )
    return *kept, name_without_variants(name)


def is_marked(name: str) -> bool:
    """Return whether a module's name marks it as not the one to use."""
    return not MARKS.isdisjoint(words_of_name(name))


def is_unusable(name: str) -> bool:
    """Return whether a module's name says that it does not work, or only serves to find a fault."""
    return not _UNUSABLE.isdisjoint(words_of_name(name))


def without_output(paths: Sequence[str]) -> list[str]:
    """Return the files that are a project's own: no build output, no package metadata, nothing installed."""
    all_paths = frozenset(paths)
    known: dict[str, bool] = {}
    for folder in map(parent_folder, paths):
        if folder not in known:
            match = _OUTPUT.search(f"{folder}/")
            package = f"{folder[: match.end(1)]}/__init__.py" if match and match[1] else ""
            known[folder] = match is not None and package not in all_paths
    return [path for path in paths if not known[parent_folder(path)]]


def import_roots(paths: Sequence[str]) -> tuple[str, ...]:
    """Return the folders that a project's absolute imports start from, as far as its files show.

    These are the default roots, and folders such as ``lib`` that hold the topmost packages of at least a fifth of the
    files. Below ``src`` such a folder is a namespace (PEP 420), and no root.
    """
    usual = roots_of(None, paths)
    layout = Layout(frozenset(paths), usual)
    files_per_root: dict[str, int] = {}
    live = [path for path in paths if is_live(path)]
    tops: dict[str, str] = {}
    for path in live:
        folder = parent_folder(path)
        if folder not in tops:
            tops[folder] = layout.top_package(path)
        top = tops[folder]
        if top and layout.is_package(top):
            files_per_root[parent_folder(top)] = files_per_root.get(parent_folder(top), 0) + 1
    return (*usual, *sorted(_roots_of_many_files(files_per_root, len(live), usual)))


def _roots_of_many_files(
    files_per_root: Mapping[str, int], total: int, usual: Iterable[str]
) -> list[str]:
    known = set(usual)
    return [
        folder
        for folder, count in files_per_root.items()
        if count * 5 >= total and folder not in known and not folder.startswith("src/")
    ]
