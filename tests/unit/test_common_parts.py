"""What many words have in common."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from unfork.common_parts import common_parts


def _parts(*words: str, most: int = 2) -> tuple[bytes, ...] | None:
    return common_parts(frozenset(word.encode() for word in words), most)


def test_a_few_words_are_their_own_parts() -> None:
    assert _parts("queue", "engine") == (b"engine", b"queue")


def test_the_longest_common_part_is_found() -> None:
    assert _parts("engines_legacy", "queue_legacy", "state_legacy") == (b"_legacy",)
    assert _parts("legacy_engine", "legacy_queue", "my_legacy_state") == (b"legacy_",)


def test_two_families_have_two_parts() -> None:
    assert _parts("a_legacy", "b_legacy", "c_legacy", "test_ab", "test_cd") == (
        b"_legacy",
        b"test_",
    )


def test_words_with_nothing_in_common_have_no_parts() -> None:
    assert _parts("engine", "queue", "state") is None


def test_short_words_stand_for_themselves() -> None:
    assert _parts("db", "a_legacy", "b_legacy") == (b"_legacy", b"db")
    assert _parts("", "a_legacy", "b_legacy") == (b"_legacy", b"")


_WORDS = st.frozensets(st.text("ab_é", max_size=8).map(str.encode), max_size=12)


@given(_WORDS, st.integers(1, 4))
def test_each_word_has_one_of_the_parts(words: frozenset[bytes], most: int) -> None:
    parts = common_parts(words, most)
    if parts is not None:
        assert len(parts) <= most
        assert all(any(part in word for part in parts) for word in words)
