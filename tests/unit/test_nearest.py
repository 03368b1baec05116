from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unfork.nearest import edit_distance, nearest_word, spelling_hint


@pytest.mark.parametrize(
    ("word", "candidates", "meant"),
    [
        ("form", ["to", "from", "names"], "from"),
        ("From", ["to", "from", "names"], "from"),
        ("migratons", ["migrations", "exclude"], "migrations"),
        (
            "src.core.job_engin",
            ["src.core.job_engine", "src.core.job_state"],
            "src.core.job_engine",
        ),
        ("to", ["to", "from"], "to"),
        ("x", ["y"], None),
        ("colour", ["from", "to"], None),
        ("ba", ["bb", "aa"], "aa"),
        ("word", [], None),
    ],
)
def test_nearest(word: str, candidates: list[str], meant: str | None) -> None:
    assert nearest_word(word, candidates) == meant


def test_hint() -> None:
    assert spelling_hint("form", ["from"]) == "; did you mean 'from'?"
    assert spelling_hint("form", ["use"]) == ""


def _whole_table(left: str, right: str) -> int:
    """The textbook's table, without the shortcuts."""
    rows = [
        [i + j if 0 in (i, j) else 0 for j in range(len(right) + 1)] for i in range(len(left) + 1)
    ]
    for i, a in enumerate(left, 1):
        for j, b in enumerate(right, 1):
            changed = rows[i - 1][j - 1] + (a != b)
            rows[i][j] = min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, changed)
            if i > 1 and j > 1 and a == right[j - 2] and left[i - 2] == b:
                rows[i][j] = min(rows[i][j], rows[i - 2][j - 2] + 1)
    return rows[-1][-1]


@given(st.text("abc", max_size=8), st.text("abc", max_size=8), st.integers(0, 6))
def test_distance_is_the_textbooks_up_to_the_limit(left: str, right: str, limit: int) -> None:
    assert edit_distance(left, right, limit) == min(_whole_table(left, right), limit + 1)
