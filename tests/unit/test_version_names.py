"""Which file names say that modules are versions of one another, and which modules are alike by design."""

from __future__ import annotations

import pytest

from unfork.audit.duplicates.alike_by_design import are_alike_by_design
from unfork.audit.duplicates.version_names import (
    are_qualities_beside,
    are_versions_beside,
    stem_of_name,
)
from unfork.audit.scanning.facts import FileFacts


@pytest.mark.parametrize(
    ("left", "right", "told"),
    [
        ("app/scanner", "app/scanner_v2", True),
        ("app/scanner_old", "app/scanner", True),
        ("app/run_IMPROVED", "app/run_OLD", True),
        ("app/scanner", "other/scanner_v2", False),  # another folder: the content has to tell
        ("app/volumes", "app/extended_volumes", False),  # a module in its own right, perhaps
        ("app/simple_search", "app/fast_search", False),  # two kinds of search
        ("app/db_sync", "app/db_async", False),
        ("app/scanner", "app/printer_v2", False),
        ("app/v2", "app/old", False),  # nothing but words for versions
    ],
)
def test_a_version_word_beside_its_stem(left: str, right: str, told: bool) -> None:
    assert are_versions_beside(left, right) is told
    assert are_versions_beside(right, left) is told


def test_a_quality_is_no_version() -> None:
    assert not are_versions_beside("app/report", "app/report_detailed")
    assert are_qualities_beside("app/report", "app/report_detailed")
    assert not are_qualities_beside("app/report", "app/report_writer")


def test_a_stem_is_never_empty() -> None:
    assert stem_of_name("scanner_v2_fixed") == "scanner"
    assert stem_of_name("old") == "old"


@pytest.mark.parametrize(
    ("left", "right", "by_design"),
    [
        ("game/level_2", "game/level_3", True),
        ("game/level", "game/level_v2", False),
        ("app/migrations/0001_init", "app/migrations/0002_more", True),
        ("app/job_template", "app/job_mail", True),
        ("app/job_template", "lib/job_template", False),
        ("shop/users/user_store", "shop/orders/order_store", True),
        ("shop/users/store_old", "shop/orders/store_new", False),
    ],
)
def test_what_is_alike_by_design(left: str, right: str, by_design: bool) -> None:
    one, other = (FileFacts(f"{key}.py", key) for key in (left, right))
    assert are_alike_by_design(one, other) is by_design
    assert are_alike_by_design(other, one) is by_design
