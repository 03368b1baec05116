from __future__ import annotations

import json
from pathlib import Path

import pytest

from unfork.errors import UnforkError
from unfork.reading.ignores import is_ignored_on_line
from unfork.reports.baseline import (
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


def _found(path: str, line: int, message: str = "import of a", code: str = "UF001") -> Finding:
    return Finding(path, line, 1, code, message)


def _everything(_: str) -> bool:
    return True


def test_known_findings_pass_wherever_they_move() -> None:
    baseline = baseline_of([_found("a.py", 1), _found("a.py", 2)], {}, _everything)
    result = compare_to_baseline([_found("a.py", 7), _found("a.py", 9)], baseline, _everything)
    assert (result.new, result.gone) == ((), {})


def test_new_findings_do_not() -> None:
    baseline = baseline_of([_found("a.py", 1)], {}, _everything)
    findings = [_found("a.py", 1), _found("a.py", 5), _found("b.py", 1), _found("a.py", 1, "of b")]
    result = compare_to_baseline(findings, baseline, _everything)
    assert set(result.new) == {*findings[1:]}


def test_what_is_gone_is_reported_where_the_run_looked() -> None:
    baseline = baseline_of(
        [_found("a.py", 1), _found("b.py", 1), _found("a.py", 2)], {}, _everything
    )
    result = compare_to_baseline([_found("a.py", 1)], baseline, lambda path: path == "a.py")
    assert result.gone == {known_finding(_found("a.py", 1)): 1}


def test_notes_are_never_known() -> None:
    note = _found("a.py", 1, code="UF005")
    assert baseline_of([note], {}, _everything) == {}
    assert compare_to_baseline([note], {}, _everything).new == (note,)


def test_a_baseline_of_some_files_keeps_what_is_known_of_others() -> None:
    before = baseline_of([_found("a.py", 1), _found("b.py", 1)], {}, _everything)
    after = baseline_of([], before, lambda path: path == "a.py")
    assert after == {known_finding(_found("b.py", 1)): 1}


def test_messages_are_compared_without_places() -> None:
    here, there = (
        _found("a.py", 1, "x, see b.py:3:4, line 5"),
        _found("a.py", 9, "x, see b.py:8, line 1"),
    )
    assert known_finding(here) == known_finding(there)
    broken = [_found("a.py", 1, why, "UF007") for why in ("invalid syntax", "what is that?")]
    assert known_finding(broken[0]) == known_finding(broken[1])


def test_the_file_is_stable_and_comes_back(tmp_path: Path) -> None:
    findings = [_found("b\udcff.py", 2), _found("a.py", 9), _found("a.py", 1, "\u00e9 \"'")]
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
        '{"version": 2, "findings": []}',
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
