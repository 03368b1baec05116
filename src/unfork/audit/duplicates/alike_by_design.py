"""Modules that are alike by design, and no versions of one another: series, migrations, templates, generated code."""

from __future__ import annotations

import re
from functools import cache

from unfork.audit.duplicates.version_names import stem_of_name
from unfork.audit.file_roles import words_of_name
from unfork.audit.scanning.facts import FileFacts
from unfork.reading.layout import parent_folder
from unfork.reading.path_rules import is_archived
from unfork_codemods.project import Key

_MIGRATIONS = re.compile(r"(?:^|/)migrations?/")
_REVISIONS = frozenset({"upgrade", "downgrade", "down_revision"})
"""What Alembic and its relatives look for in a migration."""
_TEMPLATES = frozenset({"template", "skeleton", "boilerplate"})


def are_alike_by_design(left: FileFacts, right: FileFacts) -> bool:
    """Return whether the places and names of two modules say that they stand beside each other, however alike."""
    if _is_migration(left) and _is_migration(right):
        return True
    if left.is_generated and right.is_generated:
        return True  # by one program, which would write both again
    if left.key.rpartition("/")[2] == right.key.rpartition("/")[2]:
        return False
    return (
        _are_numbered(left.key, right.key)
        or _is_template(left.key) != _is_template(right.key)
        or _are_of_two_domains(left.key, right.key)
    )


def _are_numbered(left: Key, right: Key) -> bool:
    """Return whether the names of two modules differ by numbers only: ``level_2``, ``level_3``."""
    one, other = (words_of_name(key.rpartition("/")[2]) for key in (left, right))
    both = [[word for word in words if not word.isdigit()] for words in (one, other)]
    return both[0] == both[1] and len(both[0]) < min(len(one), len(other))


def _is_migration(facts: FileFacts) -> bool:
    in_versions = parent_folder(facts.key).endswith("versions")
    is_revision = in_versions and facts.definitions is not None
    return _MIGRATIONS.search(facts.path) is not None or (
        is_revision
        and not _REVISIONS.isdisjoint(facts.definitions.names if facts.definitions else ())
    )


def _is_template(key: Key) -> bool:
    """Return whether the first or the last word of a module's name says that others are made from it."""
    words = words_of_name(stem_of_name(key.rpartition("/")[2]))
    return len(words) > 1 and not _TEMPLATES.isdisjoint((words[0], words[-1]))


@cache
def _are_of_two_domains(left: Key, right: Key) -> bool:
    """Return whether two modules are named after the folders they stand in, side by side.

    So ``users/user_store`` and ``orders/order_store`` are, which have one layout.
    """
    one, other = parent_folder(left), parent_folder(right)
    if one == other or parent_folder(one) != parent_folder(other):
        return False
    if is_archived(f"{left}/") or is_archived(f"{right}/"):
        return False
    own, others = _subject(left, right), _subject(right, left)
    return bool(own and others)


def _subject(key: Key, other: Key) -> str:
    """Return the word that a module's name shares with its folder's but not with another module's; empty if none."""
    folder = words_of_name(parent_folder(key).rpartition("/")[2])
    elsewhere = words_of_name(other)
    own = words_of_name(key.rpartition("/")[2])
    return next((word for word in own if word not in elsewhere and _is_kin(word, folder)), "")


def _is_kin(word: str, others: tuple[str, ...]) -> bool:
    """Return whether a word is one of others, give or take its ending, as ``user`` and ``users`` are."""
    return any(
        min(len(word), len(other)) > 2 and (word.startswith(other) or other.startswith(word))
        for other in others
    )
