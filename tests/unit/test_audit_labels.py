"""The labels of tests/lab/audit_labels can be read and do not contradict themselves; links are counted by the rules."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

LABELS = Path(__file__).parents[1] / "lab" / "audit_labels"
sys.path.append(str(LABELS))  # its scripts import each other by their bare names

from counting import (  # noqa: E402
    Score,
    components,
    judge_group,
    score_canonical,
    score_found,
    score_groups,
)
from labels import Folders, Fork, Labels, read_labels  # noqa: E402
from score import print_notes, with_sums  # noqa: E402

FILES = sorted(LABELS.glob("*.toml"))


def make_labels(*forks: Fork, folders: tuple[Folders, ...] = ()) -> Labels:
    return Labels("project", Path("project"), False, forks, folders, (), {}, {}, frozenset())


def fork(*modules: str, debatable: bool = False, canonical: str = "unclear") -> Fork:
    return Fork(frozenset(modules), canonical, debatable)


def test_there_are_twenty_nine_projects() -> None:
    assert len(FILES) == 29


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_labels_do_not_contradict_each_other(path: Path) -> None:
    labels = read_labels(path, Path("checkouts"))
    certain = [fork.modules for fork in labels.forks if not fork.debatable]
    assert all(len(modules) > 1 for modules in certain)
    assert len(frozenset().union(*certain)) == sum(map(len, certain)), "a module in two forks"
    named = [fork.canonical for fork in labels.forks if fork.canonical != "unclear"]
    assert all(any(name in fork.modules for fork in labels.forks) for name in named)
    for modules in labels.not_forks:
        assert not any(len(modules & group) > 1 for group in certain)


def test_components_are_what_pairs_connect() -> None:
    assert components("abcd", [("a", "b"), ("b", "c"), ("d", "x")]) == [
        frozenset("abc"),
        frozenset("d"),
    ]


def test_links_of_a_group_are_right_debatable_or_wrong() -> None:
    labels = make_labels(fork("a", "b", "c"), fork("c", "d", debatable=True))
    assert judge_group(labels, ["a", "b", "c"]) == (2, 0, 0)
    assert judge_group(labels, ["a", "b", "d"]) == (1, 0, 1)
    assert judge_group(labels, ["a", "c", "d", "x"]) == (1, 1, 1)


def test_a_fork_is_found_in_part() -> None:
    score = Score()
    score_found(make_labels(fork("a", "b", "c"), fork("x", "y")), [["a", "b"]], "UF101", score)
    assert score.counts == {
        "UF101 forks": 2,
        "UF101 forks found": 1,
        "UF101 fork links": 3,
        "UF101 fork links found": 1,
    }


@pytest.mark.parametrize(
    ("canonical", "asked", "counts"),
    [
        ("a", [], {"canonical right": 1}),
        ("b", [], {"canonical wrong": 1}),
        ("a", ["c"], {"canonical right": 1}),  # of one other module the choice is clear
        ("a", ["b", "c"], {"canonical asked": 1}),
        ("b", ["b"], {"canonical asked": 1}),
        ("b", ["c"], {"canonical wrong": 1}),
        ("d", ["b", "c"], {"canonical asked": 1}),  # the right one is in no group
        ("d", ["b"], {"canonical wrong": 1}),
        ("unclear", ["b", "c"], {"unclear": 1, "unclear asked": 1}),
        ("unclear", [], {"unclear": 1, "unclear asked": 0}),
    ],
)
def test_a_question_is_neither_right_nor_wrong(
    canonical: str, asked: list[str], counts: dict[str, int]
) -> None:
    score = Score()
    labels = make_labels(fork("a", "b", "c", "d", canonical=canonical))
    score_canonical(labels, [["a", "b", "c"]], {("a", path) for path in asked}, score)
    assert score.counts == counts


def test_a_copied_folder_counts_once() -> None:
    labels = make_labels(folders=(Folders("", "copy/", False),))
    score = Score()
    score_groups(labels, [["a.py", "copy/a.py"], ["copy/b.py", "b.py"]], "UF101", score)
    assert score.counts["UF101 groups right"] == 1
    assert score.counts["UF101 links right"] == 1
    assert not score.notes


def test_of_a_project_that_is_held_out_only_numbers_are_printed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    score = Score({}, ["UF101 missed: a.py | b.py"], ["UF102 c.py"])
    print_notes("blind", score, is_hidden=True)
    assert "1 disagreements, 1 without a label" in (hidden := capsys.readouterr().out)
    assert "a.py" not in hidden and "c.py" not in hidden
    print_notes("blind", score, is_hidden=False)
    assert "a.py | b.py" in (shown := capsys.readouterr().out) and "c.py" in shown


def test_sums_tell_the_projects_that_are_held_out_from_the_others() -> None:
    rows = with_sums({"a": Score({"dead": 1, "MB": 5}), "b": Score({"dead": 2, "MB": 3})}, {"a"})
    assert rows["*held out*"] == {"dead": 1, "MB": 5}
    assert rows["*the others*"] == {"dead": 2, "MB": 3}
    assert rows["**all**"] == {"dead": 3, "MB": 5}
