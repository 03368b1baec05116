from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from unfork.errors import UnforkError
from unfork.reading.ignores import is_ignored_on_line
from unfork.reports.baseline import (
    Known,
    baseline_of,
    baseline_text,
    compare_to_baseline,
    known_finding,
    read_baseline,
)
from unfork.values import Finding


@pytest.mark.parametrize(
    "line",
    [
        "import a  # unfork: ignore",
        "import a  #unfork:ignore",
        "import a  # unfork: ignore[UF001]",
        "import a  # unfork: ignore[UF002, uf001]\n",
        "import a  # unfork: ignore  # and why",
        "import a  # noqa: UF001",
        "import a  # NOQA:F401,UF001 because",
        "import a  # type: ignore # noqa: F401 UF001",
        "b)  # unfork: ignore",
        "x = 'a#', \"it's\"  # unfork: ignore",
        'f"{d["#"]}"  # unfork: ignore',
        "'\\'' # unfork: ignore",
    ],
)
def test_a_line_that_is_left_alone(line: str) -> None:
    assert is_ignored_on_line(line, "UF001")


@pytest.mark.parametrize(
    "line",
    [
        "import a",
        "import a  # noqa",
        "import a  # noqa: F401",
        "import a  # unfork: ignored",
        "import a  # unfork: ignore it",
        "import a  # unfork: ignore[]",
        "import a  # unfork: ignore[UF002]",
        "import a  # unfork: ignore[UF0011]",
        "x = '# unfork: ignore'",
        'x = """# unfork: ignore',
        "x = '# noqa: UF001 \\",
        "unfork: ignore",
    ],
)
def test_a_line_that_is_not(line: str) -> None:
    assert not is_ignored_on_line(line, "UF001")


def _found(
    path: str, line: int, message: str = "import of a", code: str = "UF001", name: str = "a"
) -> Finding:
    return Finding(path, line, 1, code, message, "legacy", name)


def _everything(_: Known) -> bool:
    return True


def _only_a(known: Known) -> bool:
    return known.path == "a.py"


def test_known_findings_pass_wherever_they_move() -> None:
    baseline = baseline_of([_found("a.py", 1), _found("a.py", 2)], {}, _everything)
    result = compare_to_baseline([_found("a.py", 7), _found("a.py", 9)], baseline, _everything)
    assert (result.new, result.gone) == ((), {})


def test_new_findings_do_not() -> None:
    baseline = baseline_of([_found("a.py", 1)], {}, _everything)
    findings = [
        _found("a.py", 1),
        _found("a.py", 5),
        _found("b.py", 1),
        _found("a.py", 1, name="b"),
    ]
    result = compare_to_baseline(findings, baseline, _everything)
    assert set(result.new) == {*findings[1:]}


def test_what_is_gone_is_reported_where_the_run_looked() -> None:
    baseline = baseline_of(
        [_found("a.py", 1), _found("b.py", 1), _found("a.py", 2)], {}, _everything
    )
    result = compare_to_baseline([_found("a.py", 1)], baseline, _only_a)
    assert result.gone == {known_finding(_found("a.py", 1)): 1}


def test_notes_are_never_known() -> None:
    note = _found("a.py", 1, code="UF005")
    assert baseline_of([note], {}, _everything) == {}
    assert compare_to_baseline([note], {}, _everything).new == (note,)


def test_a_baseline_of_some_files_keeps_what_is_known_of_others() -> None:
    before = baseline_of([_found("a.py", 1), _found("b.py", 1)], {}, _everything)
    after = baseline_of([], before, _only_a)
    assert after == {known_finding(_found("b.py", 1)): 1}


def test_the_wording_does_not_matter() -> None:
    recorded, moved = _found("a.py", 1, "x, see b.py:3:4"), _found("a.py", 9, "said in other words")
    assert known_finding(recorded) == known_finding(moved)
    baseline = baseline_of([recorded], {}, _everything)
    assert compare_to_baseline([moved], baseline, _everything).new == ()


def test_what_it_is_about_does() -> None:
    baseline = baseline_of([_found("a.py", 1)], {}, _everything)
    others = [
        _found("b.py", 1),
        _found("a.py", 1, code="UF006"),
        _found("a.py", 1, name="b"),
        replace(_found("a.py", 1), module="other"),
    ]
    for other in others:
        assert compare_to_baseline([other], baseline, _everything).new == (other,)


OLD = """{"version": 1, "findings": [
    {"path": "a.py", "code": "UF001", "message": "in words that are no longer used", "count": 1}
]}"""


def test_an_old_baseline_is_read(tmp_path: Path) -> None:
    file = tmp_path / "old.json"
    file.write_text(OLD)
    old = read_baseline(file)
    first, second = _found("a.py", 1), _found("a.py", 2, name="b")
    assert compare_to_baseline([first], old, _everything).new == ()
    assert compare_to_baseline([first, second], old, _everything).new == (second,)
    assert list(compare_to_baseline([], old, _everything).gone.values()) == [1]
    assert compare_to_baseline([_found("b.py", 1)], old, _everything).new == (_found("b.py", 1),)
    assert baseline_of([first], old, _everything) == {known_finding(first): 1}


def test_a_newer_baseline_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "new.json"
    file.write_text('{"version": 3, "findings": []}')
    with pytest.raises(UnforkError, match="written by a newer unfork"):
        read_baseline(file)


def test_the_file_is_stable_and_comes_back(tmp_path: Path) -> None:
    findings = [_found("b\udcff.py", 2), _found("a.py", 9), _found("a.py", 1, name="\u00e9 \"'")]
    baseline = baseline_of(findings, {}, _everything)
    text = baseline_text(baseline)
    assert text == baseline_text(baseline_of(reversed(findings), {}, _everything))
    assert text.isascii()
    assert [entry["path"] for entry in json.loads(text)["findings"]] == [
        "a.py",
        "a.py",
        "b\udcff.py",
    ]
    file = tmp_path / "baseline.json"
    file.write_text(text)
    assert read_baseline(file) == baseline
    file.write_text(baseline_text({}))
    assert read_baseline(file) == {}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"version": 3, "findings": []}',
        '{"version": "2", "findings": []}',
        '{"version": 2, "findings": [{"path": "a", "code": "UF001", "message": "m", "count": 1}]}',
        '{"version": 1, "findings": {}}',
        '{"version": 1, "findings": [1]}',
        '{"version": 1, "findings": [{"path": "a", "code": "UF001", "message": "m", "count": 0}]}',
        '{"version": 1, "findings": [{"path": "a", "code": 1, "message": "m", "count": 1}]}',
        "[" * 100_000,
        "\xff",
    ],
)
def test_a_file_that_is_no_baseline(tmp_path: Path, text: str) -> None:
    file = tmp_path / "baseline.json"
    file.write_bytes(text.encode("latin-1"))
    with pytest.raises(UnforkError, match=r"baseline\.json"):
        read_baseline(file)


def test_a_baseline_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UnforkError, match="--write-baseline writes it"):
        read_baseline(tmp_path / "none.json")
