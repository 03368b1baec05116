"""The purpose of a file, judged by its path: live code, or a test, an archive, an example, a script."""

from __future__ import annotations

import re
from functools import cache

_TESTS = frozenset({"test", "tests", "testing", "unittests", "testsuite", "test_suite"})
ARCHIVES = frozenset(
    {
        "archive",
        "archives",
        "archived",
        "attic",
        "backup",
        "backups",
        "bak",
        "deprecated",
        "graveyard",
        "legacy",
        "obsolete",
        "old",
        "trash",
    }
)
_OUTDATED = frozenset({"archived", "deprecated", "legacy", "obsolete", "old", "unused"})
"""Words that say of whatever stands beside them that it is no longer in use."""
_STORES = frozenset({"archive", "attic", "backup", "graveyard", "trash"})
"""Words that say so beside a plural: ``archive_scripts``, but not ``archive_reader``, which reads archives."""
_VENDORED = frozenset(
    {
        "_vendor",
        "vendor",
        "_vendored",
        "vendored",
        "third_party",
        "thirdparty",
        "extern",
        "externals",
    }
)
_TEST_FILE = re.compile(r"(?:^|/)(?:test_[^/]*|[^/]*_tests?|tests|conftest)\.pyi?$")
_ASIDE = frozenset({"doc", "docs", "example", "examples", "benchmark", "benchmarks", "samples"})
_SCRIPTS = frozenset({"bin", "script", "scripts"})
_STARTED = frozenset({"conf", "fabfile", "manage", "noxfile", "setup", "tasks"})
"""Files that tools run by name: importing one runs it."""


@cache
def is_test(path: str) -> bool:
    """Return whether a file is a test, or lies among tests."""
    return is_test_file(path) or any(map(_is_test_folder, _folder_names(path)))


def _is_test_folder(name: str) -> bool:
    """Return whether a folder's name says that it holds tests: ``tests``, and ``_tests`` inside a package."""
    return name.strip("_") in _TESTS


def is_archived(path: str) -> bool:
    """Return whether a file lies in a folder for what is no longer in use."""
    return any(map(is_archive_name, _folder_names(path)))


@cache
def is_archive_name(folder: str) -> bool:
    """Return whether a folder's name says that it holds what is no longer in use: ``old``, ``archive_scripts``."""
    if folder.lower() in ARCHIVES:
        return True
    words = [word for word in re.split(r"[\W\d_]+", folder.lower()) if word]
    if len(words) < 2 and folder.lower() in words:
        return False
    if not _OUTDATED.isdisjoint((*words[:1], *words[-1:])):
        return True
    rest = [word for word in words if word not in _STORES]
    return len(rest) < len(words) and all(word.endswith("s") for word in rest)


def is_vendored(path: str) -> bool:
    """Return whether a file lies in a folder for copies of other people's code."""
    return not _VENDORED.isdisjoint(_folder_names(path))


def is_aside(path: str) -> bool:
    """Return whether a file is an example, a benchmark, or part of the documentation."""
    return not _ASIDE.isdisjoint(_folder_names(path))


def is_live(path: str) -> bool:
    """Return whether a file counts as live code, intended for import by other code."""
    return not (is_test(path) or is_archived(path) or is_aside(path))


def is_test_file(path: str) -> bool:
    """Return whether a file is a test by its own name, rather than a helper among tests."""
    return bool(_TEST_FILE.search(path))


def is_started(path: str, in_package: bool) -> bool:
    """Return whether a file's name shows that it is to be run; a module of a package may have any name."""
    name = path.rpartition("/")[2].rpartition(".")[0]
    return name == "__main__" or (name in _STARTED and not in_package)


def aside_folder(path: str, in_package: bool) -> str:
    """Return the outermost folder of tests, archives, examples or scripts that contains a file; empty for live code.

    A package named ``scripts`` is treated like any other package.
    """
    folders = path.split("/")[:-1]
    kinds = _ASIDE | (frozenset() if in_package else _SCRIPTS)
    at = next(
        (
            number
            for number, folder in enumerate(folders, 1)
            if folder.lower() in kinds or _is_test_folder(folder.lower()) or is_archive_name(folder)
        ),
        0,
    )
    return "/".join(folders[:at])


def _folder_names(path: str) -> list[str]:
    return path.lower().split("/")[:-1]
