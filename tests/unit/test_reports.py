"""Reports in every format, for reports by hand: people, programs and strangers' names alike."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from rich.console import Console

from unfork.escape import escaped_text
from unfork.reports import FORMATS, Applied, Diff, Found, Report, write_report
from unfork.reports import rich as painted
from unfork.reports.baseline import Known
from unfork.reports.patches import StaleError
from unfork.shown import Counted, Shown
from unfork.values import CODES, Change, Finding, Plan, Step, digest
from unfork_codemods.edits import Edit, apply_edits

SCHEMA = Path(__file__).parents[2] / "testdata" / "sarif" / "sarif-schema-2.1.0.json"
ANSI = re.compile(r"\x1b\[[0-9;]*m")
SOURCE = b"""import os

from src.core.engine import OldEngine as Engine


def run():
    return Engine(os)
"""
LEFT = Finding("src/a.py", 3, 7, "UF006", "State has no counterpart in src.engine; name one")
NOTE = Finding("src/b.py", 10, 1, "UF005", "names src.core.engine")
AGAIN = Finding("src/b.py", 12, 3, "UF005", "names src.core.engine")
DIFFERS = Finding(
    "src/c.py", 2, 1, "UF010", "run and src.jobs:run differ: (a) here, (b) there", "src.c", "run"
)
EVIL = "e\x1b[31m\x9b\u202e\x07\n.py"
EVIL_SHOWN = "e\\x1b[31m\\x9b\\u202e\\x07\\n.py"


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "GITHUB_WORKSPACE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def replaced(data: bytes, *pairs: tuple[bytes, bytes]) -> tuple[Edit, ...]:
    spans = ((data.index(old), old, new) for old, new in pairs)
    return tuple(Edit(start, start + len(old), new) for start, old, new in sorted(spans))


def change(root: Path, path: str, data: bytes, *edits: Edit, deleted: bool = False) -> Change:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_bytes(data)
    return Change(path, digest(data), edits, (Finding(path, 3, 1, "UF001", "x"),), deleted)


def plan_in(root: Path) -> Plan:
    edits = replaced(SOURCE, (b"src.core.engine", b"src.jobs.engine"), (b"OldEngine", b"NewEngine"))
    changes = (
        change(root, "src/old.py", b"import x\n", deleted=True),
        change(root, "src/run.py", SOURCE, *edits),
    )
    steps = (
        Step("engines", "redirect", "One engine", {"src/run.py": edits}, 1, 1, (LEFT,)),
        Step("engines", "repair", "Mend", {}),
        Step("engines", "remove", "Less", {"src/old.py": None}),
    )
    return Plan(root, changes, (LEFT,), (DIFFERS, NOTE, AGAIN), steps)


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    return plan_in(tmp_path)


def text(report: Report, name: str, out: io.StringIO | None = None) -> str:
    out = out or io.StringIO()
    write_report(report, name, out)
    return out.getvalue()


def paint(report: Report, width: int = 100) -> str:
    console = Console(file=io.StringIO(), width=width, force_terminal=True, color_system="256")
    return "".join(painted.report_pieces(report, console))


DIFF = """\
--- a/src/old.py
+++ /dev/null
@@ -1 +0,0 @@
-import x
--- a/src/run.py
+++ b/src/run.py
@@ -1,6 +1,6 @@
 import os
~
-from src.core.engine import OldEngine as Engine
+from src.jobs.engine import NewEngine as Engine
~
~
 def run():

Left for a person (1):
src/a.py:3:7 UF006 State has no counterpart in src.engine; name one

What a redirect changes (1):
src/c.py:2:1 UF010 run and src.jobs:run differ: (a) here, (b) there

2 mentions of what moved in 1 file (--notes lists them).

Would change 2 files, 1 statement, 1 name. 1 left for a person.
  engines, redirect: 1 file, 1 statement, 1 name, 1 left
  engines, remove: 1 file
""".replace("~", " ")


def test_plain_is_a_diff_then_what_is_left_then_the_sums(plan: Plan) -> None:
    assert text(Diff(plan), "plain") == DIFF


def test_plain_after_an_apply_reads_no_file(plan: Plan) -> None:
    for one in plan.changes:
        (plan.root / one.path).unlink()
    rest = DIFF[DIFF.index("\nLeft for") :].replace("Would change", "Changed")
    files = "Files changed (2):\nsrc/old.py (deleted)\nsrc/run.py\n"
    assert text(Applied(plan), "plain") == files + rest
    branch = Applied(plan, "tidy", next_command="git diff main..tidy")
    told = text(branch, "plain")
    assert "1 name on the branch tidy. 1 left" in told
    assert told.endswith("\nNext: git diff main..tidy\n")


def test_the_rounds_of_a_step_are_one_line(plan: Plan) -> None:
    edits = plan.steps[0].edits
    later = Step("engines", "redirect", "One engine", edits, 2, 0, (replace(LEFT, line=9),))
    report = Diff(replace(plan, steps=(*plan.steps, later)))
    for shown in (text(report, "plain"), ANSI.sub("", paint(report))):
        assert len(re.findall(r"engines,? +redirect", shown)) == 1
    assert "\n  engines, redirect: 1 file, 3 statements, 1 name, 2 left\n" in text(report, "plain")


def test_a_failed_test_is_told_of(plan: Plan) -> None:
    failed = "The test fails after the step engines, remove: `pytest` ended with 1."
    report = Applied(plan, "tidy", failed=failed)
    assert report.exit_code == 1
    assert failed in text(report, "plain").splitlines()
    assert json.loads(text(report, "json"))["failed"] == failed


def test_stat_has_a_line_for_each_file(plan: Plan) -> None:
    report = Diff(plan, Shown(stat=True))
    rest = DIFF[DIFF.index("\nLeft for") :]
    assert text(report, "plain") == "src/old.py deleted\nsrc/run.py +1 -1\n" + rest
    assert ANSI.sub("", paint(report)).startswith("src/old.py deleted\nsrc/run.py +1 -1\n\nLeft")


def test_notes_are_folded_by_file(plan: Plan) -> None:
    report = Diff(plan, Shown(notes=True))
    wanted = "2 mentions of what moved in 1 file (UF005):\nsrc/b.py:10:1 UF005 names src.core.engine (lines 10, 12)\n"
    assert wanted in text(report, "plain")
    assert wanted in ANSI.sub("", paint(report))


def test_nothing_to_say(tmp_path: Path) -> None:
    for name in ("plain", "rich"):
        assert text(Diff(Plan(tmp_path)), name, Terminal()) == "Nothing to change.\n"
        assert text(Found(tmp_path, ()), name, Terminal()) == ""
    only_left = Applied(Plan(tmp_path, left=(LEFT,)))
    assert text(only_left, "plain").endswith("\nNothing to change. 1 left for a person.\n")


def test_plain_findings_are_a_line_each_and_notes_come_last(tmp_path: Path) -> None:
    other = Finding("src/c.py", 1, 1, "UF001", "import of x")
    assert text(Found(tmp_path, (NOTE, other, LEFT)), "plain").splitlines() == [
        "src/c.py:1:1 UF001 import of x",
        "src/a.py:3:7 UF006 State has no counterpart in src.engine; name one",
        "1 mention of what moved in 1 file (--notes lists them).",
        "2 findings",
    ]


def test_what_is_fixed_and_what_is_gone_is_told(tmp_path: Path) -> None:
    gone = {Known("src/z.py", "UF001", "old", "x"): 2}
    report = Found(tmp_path, (), fixed=("src/y.py",), gone=gone, next_command="git diff")
    assert text(report, "plain").splitlines() == [
        "src/z.py: UF001 x of old is gone 2 times: take it out with --write-baseline",
        "Files changed (1):",
        "src/y.py",
        "2 gone from the baseline, 1 file fixed",
        "Next: git diff",
    ]
    assert ANSI.sub("", paint(report)) == text(report, "plain").replace("(1):", "(1)")


def test_fixable_findings_have_a_mark(tmp_path: Path) -> None:
    report = Found(tmp_path, (replace(LEFT, fixable=True), LEFT))
    assert text(report, "plain").splitlines() == [
        "src/a.py:3:7 UF006 [*] State has no counterpart in src.engine; name one",
        "src/a.py:3:7 UF006 State has no counterpart in src.engine; name one",
        "2 findings, 1 fixable with --fix",
    ]
    assert ANSI.sub("", paint(report)) == text(report, "plain")
    assert [f["fixable"] for f in json.loads(text(report, "json"))["findings"]] == [True, False]


def test_quiet_shows_only_findings_and_statistics_only_counts(tmp_path: Path) -> None:
    findings = (LEFT, replace(LEFT, path="z.py", fixable=True), NOTE)
    quiet = Found(tmp_path, findings, shown=Shown(quiet=True))
    assert len(text(quiet, "plain").splitlines()) == 2
    counts = Found(tmp_path, findings, shown=Shown(statistics=True))
    assert text(counts, "plain").splitlines() == [
        "2  UF006  [*] name without a counterpart in the canonical module",
        "1  UF005  a string, comment or document that names a moved thing",
    ]
    for report in (quiet, counts):
        assert ANSI.sub("", paint(report)) == text(report, "plain")
        assert report.exit_code == 1
        assert replace(report, counted=Counted(exit_zero=True)).exit_code == 0


def test_exit_codes(plan: Plan) -> None:
    root, gone = plan.root, {Known("x.py", "UF001", "y"): 1}
    notes_only = Plan(root, notes=(NOTE,))
    codes: list[tuple[Report, int]] = [
        (Diff(plan), 1), (Diff(Plan(root, plan.changes)), 1), (Diff(Plan(root, left=(LEFT,))), 1),
        (Diff(notes_only), 0), (Applied(plan), 1), (Applied(Plan(root, plan.changes)), 0),
        (Found(root, (LEFT,)), 1), (Found(root, (NOTE,)), 0), (Found(root, (), gone=gone), 1),
    ]  # fmt: skip
    assert [report.exit_code for report, _ in codes] == [code for _, code in codes]


def test_a_file_that_changed_is_an_error(plan: Plan) -> None:
    (plan.root / "src/run.py").write_bytes(b"other")
    for name in ("plain", "rich"):
        with pytest.raises(StaleError, match=r"src/run\.py changed since it was read"):
            text(Diff(plan), name, Terminal())


# -- the terminal


def test_rich_says_what_plain_says(plan: Plan) -> None:
    lines = ANSI.sub("", paint(Diff(plan))).splitlines()
    assert lines[:14] == [
        "src/old.py deleted",
        "@@ -1 +0,0 @@",
        "1   - import x",
        "",
        "src/run.py +1 -1",
        "@@ -1,6 +1,6 @@",
        "1 1   import os",
        "2 2",
        "3   - from src.core.engine import OldEngine as Engine",
        "  3 + from src.jobs.engine import NewEngine as Engine",
        "4 4",
        "5 5",
        "6 6   def run():",
        "",
    ]
    assert str(LEFT) in lines
    assert str(DIFFERS) in lines
    assert lines[-1] == "Would change 2 files, 1 statement, 1 name. 1 left for a person."
    assert [line.split() for line in lines if line.startswith(("Step", "engines"))] == [
        ["Step", "Files", "Statements", "Names", "Left"],
        ["engines,", "redirect", "1", "1", "1", "1"],
        ["engines,", "remove", "1", "0", "0", "0"],
    ]


def test_rich_marks_the_words_that_change(plan: Plan) -> None:
    marked = re.findall(r"\x1b\[1;7;3[12]m(.*?)\x1b", paint(Diff(plan)))
    assert marked == ["core", "OldEngine", "jobs", "NewEngine"]


def test_no_color_keeps_the_layout(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    bare = paint(Diff(plan))
    assert not re.search(r"\x1b\[[0-9;]*[34]\d", bare)
    monkeypatch.delenv("NO_COLOR")
    assert ANSI.sub("", paint(Diff(plan))) == ANSI.sub("", bare)


def test_a_narrow_terminal_gets_one_column_of_numbers_and_no_table(plan: Plan) -> None:
    lines = ANSI.sub("", paint(Diff(plan), width=40)).splitlines()
    assert "3 - from src.core.engine import OldEngine as Engine" in lines
    assert "engines, redirect: 1 file, 1 statement, 1 name, 1 left" in lines
    assert str(LEFT) in lines
    assert not any("───" in line for line in lines)


def test_findings_are_not_wrapped_for_a_log(tmp_path: Path) -> None:
    long = Finding("src/a.py", 1, 1, "UF001", "a very long message " * 20)
    assert str(long) in ANSI.sub("", paint(Found(tmp_path, (long,)), width=40)).splitlines()


@pytest.mark.parametrize("width", [40, 80, 120])
def test_prose_is_wrapped_between_words(plan: Plan, width: int) -> None:
    long = Finding("src/a b.py", 1, 1, "UF001", 'a very long message: Old = "a.b:New" ' * 9)
    applied = Applied(plan, "tidy", failed="the tests fail " * 9, next_command="git diff " * 9)
    for report in (Found(plan.root, (long, LEFT)), replace(applied, plan=plan)):
        wide, narrow = (
            ANSI.sub("", "".join(painted.report_pieces(report, Console(width=columns), wrap)))
            for columns, wrap in ((width, None), (width, width))
        )
        assert narrow.split() == wide.split()
        assert max(map(len, narrow.splitlines())) <= width


@pytest.mark.parametrize("environ", [{"TERM": "dumb"}, {"TERM": "unknown"}])
def test_a_dumb_terminal_gets_plain(
    plan: Plan, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert text(Diff(plan), "rich", Terminal()) == DIFF


def test_the_user_chooses_the_colours(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ANSI.search(text(Diff(plan, Shown(color="always")), "rich"))
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert text(Diff(plan, Shown(color="never")), "rich") == DIFF
    on_terminal = text(Diff(plan, Shown(color="never")), "rich", Terminal())
    assert "src/run.py +1 -1" in on_terminal
    assert "\x1b" not in on_terminal


def test_a_pipe_gets_plain_and_a_terminal_colours(
    plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert text(Diff(plan), "rich") == DIFF
    assert ANSI.search(text(Diff(plan), "rich", Terminal()))
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert ANSI.search(text(Diff(plan), "rich"))


def test_a_console_without_escape_sequences_gets_none(plan: Plan) -> None:
    console = Console(file=io.StringIO(), width=100, force_terminal=True, legacy_windows=True)
    diff = "".join(painted.report_pieces(Diff(Plan(plan.root, plan.changes)), console))
    assert "\x1b" not in diff


def test_of_a_very_long_line_the_part_that_changes_is_shown(tmp_path: Path) -> None:
    data = b"x = [" + b"1, " * 50_000 + b"old]\n" + b"y = " + b"2 + " * 50_000 + b"2\n"
    one = change(tmp_path, "a.py", data, *replaced(data, (b"old", b"new")))
    lines = ANSI.sub("", paint(Diff(Plan(tmp_path, (one,))))).splitlines()
    assert [line[-50:] for line in lines if "old" in line] == [
        "1, 1, 1, 1, 1, 1, old] [of 150009 bytes, 2000 from 148009]"[-50:]
    ]
    assert max(map(len, lines)) < 2_100


# -- hostile input


def evil_plan(root: Path) -> Plan:
    source = b"x = 'a\x1b]0;title\x07\xe2\x80\xae'\ty\r\n\xff = \xc2\x9b\rlone\r\n"
    path = EVIL if sys.platform != "win32" else "e.py"
    one = change(root, path, source, *replaced(source, (b"lone", b"al\x1bone")))
    left = Finding(EVIL, 1, 1, "UF006", "what\x1b[2J\u202e\nUF001 forged")
    steps = (Step("mi\x1bgration", "red\nirect", "", {path: one.edits}, 1, 0, (left,)),)
    return Plan(root, (one,), (left,), (left,), steps)


@pytest.mark.parametrize("render", [lambda r: text(r, "plain"), paint], ids=["plain", "rich"])
def test_nothing_for_a_terminal_gets_through(
    tmp_path: Path, render: Callable[[Report], str]
) -> None:
    plan = evil_plan(tmp_path)
    for report in (Diff(plan), Applied(plan, "b\x1b[0m"), Found(tmp_path, plan.left * 2)):
        got = ANSI.sub("", render(report))
        assert all(char.isprintable() or char in "\n\t" for char in got)
        assert f"{EVIL_SHOWN}:1:1 UF006 what\\x1b[2J\\u202e\\nUF001 forged\n" in got
    got = ANSI.sub("", render(Diff(plan)))
    assert "x = 'a\\x1b]0;title\\x07\\u202e'\ty\n" in got
    assert "\\xff = \\x9b\\rlone\n" in got


def test_bytes_that_are_no_text_are_shown() -> None:
    assert escaped_text("\udcff\udcc3.py") == "\\xff\\xc3.py"
    assert escaped_text("a\u2066b\U000e0041\ufeff\x85") == "a\\u2066b\\U000e0041\\ufeff\\x85"
    assert escaped_text("naïve 日本 ✓") == "naïve 日本 ✓"


def test_a_carriage_return_is_shown_where_it_differs(tmp_path: Path) -> None:
    one = change(tmp_path, "a.py", b"a\r\nb\r\n", Edit(3, 4, b"c"))
    assert "-b\n+c\n" in text(Diff(Plan(tmp_path, (one,))), "plain")
    one = change(tmp_path, "a.py", b"a\r\nb\r\n", Edit(4, 6, b"\n"))
    assert " a\\r\n-b\\r\n+b\n" in text(Diff(Plan(tmp_path, (one,))), "plain")


def test_what_an_encoding_lacks_stands_as_an_escape(tmp_path: Path) -> None:
    finding = Finding("日.py", 1, 1, "UF001", "é")
    for encoding, wanted in (("ascii", b"\\u65e5.py:1:1 UF001 \\xe9"), ("utf-8", b"\xe6\x97")):
        raw = io.BytesIO()
        out = io.TextIOWrapper(raw, encoding=encoding)
        write_report(Found(tmp_path, (finding,)), "plain", out)
        out.flush()
        assert raw.getvalue().startswith(wanted)


# -- programs


def test_json_of_a_plan(plan: Plan) -> None:
    got = json.loads(text(Diff(plan), "json"))
    assert got["version"] == 1
    assert (got["command"], got["exit_code"], got["root"]) == ("diff", 1, str(plan.root))
    assert got["summary"] == {"files": 2, "statements": 1, "names": 1, "left": 1, "notes": 3}
    assert got["left"] == [
        {
            "path": LEFT.path,
            "line": 3,
            "column": 7,
            "code": "UF006",
            "message": LEFT.message,
            "module": "",
            "name": "",
        }
    ]
    assert (got["notes"][0]["module"], got["notes"][0]["name"]) == ("src.c", "run")
    assert [step["files"] for step in got["steps"]] == [1, 0, 1]
    applied = json.loads(text(Applied(plan, "b"), "json"))
    assert (applied["command"], applied["branch"]) == ("apply", "b")


def test_json_edits_make_the_new_file(tmp_path: Path) -> None:
    plan = evil_plan(tmp_path)
    (got,) = json.loads(text(Diff(plan), "json"))["changes"]
    data = (tmp_path / got["path"]).read_bytes()
    edits = [
        Edit(e["start"], e["end"], e["text"].encode("utf-8", "surrogateescape"))
        for e in got["edits"]
    ]
    assert got["sha256"] == digest(data)
    assert apply_edits(data, edits) == plan.changes[0].result(data)


def test_json_keeps_the_truth_in_ascii(tmp_path: Path) -> None:
    path = "\udcff" + EVIL
    got = text(Found(tmp_path, (Finding(path, 1, 2, "UF001", EVIL),)), "json")
    assert got.isascii()
    assert "\x1b" not in got
    assert json.loads(got)["findings"][0]["path"] == path
    assert json.loads(got)["findings"][0]["message"] == EVIL


def test_json_has_the_keys_that_its_page_names(plan: Plan) -> None:
    page = (Path(__file__).parents[2] / "docs" / "json.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(\w+)`", page))
    gone = {Known("src/z.py", "UF001", "old", "x"): 2}
    for report in (Applied(plan), Found(plan.root, (LEFT,), gone=gone)):
        assert not set(keys(json.loads(text(report, "json")))) - named - CODES.keys()


def keys(value: object) -> Iterable[str]:
    match value:
        case dict():
            for key, inner in value.items():
                yield key
                yield from keys(inner)
        case list():
            for inner in value:
                yield from keys(inner)


def test_github_annotations(tmp_path: Path) -> None:
    odd = Finding("a,b:c%.py", 2, 3, "UF001", "100%,\r\nthen: more")
    assert text(Found(tmp_path, (odd, NOTE)), "github").splitlines() == [
        "::error file=a%2Cb%3Ac%25.py,line=2,col=3,title=UF001 import of a legacy module"
        "::100%25,%0D%0Athen: more",
        "::notice file=src/b.py,line=10,col=1,"
        "title=UF005 a string%2C comment or document that names a moved thing"
        "::names src.core.engine",
    ]


def test_github_commands_cannot_be_forged(tmp_path: Path) -> None:
    evil = Finding("a\n::stop-commands::x", 1, 1, "UF001", "b\n::add-mask::\x1b[2J")
    (line,) = text(Found(tmp_path, (evil,)), "github").splitlines()
    assert line.startswith("::error file=a%0A%3A%3Astop-commands%3A%3Ax,")
    assert line.endswith("::b%0A::add-mask::\\x1b[2J")


def test_github_paths_count_from_the_checkout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "back" / "end").mkdir(parents=True)
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    report = Found(tmp_path / "back" / "end", (NOTE,))
    assert text(report, "github").startswith("::notice file=back/end/src/b.py,")
    assert text(Found(tmp_path, (NOTE,)), "github").startswith("::notice file=src/b.py,")
    assert text(Found(tmp_path.parent, (NOTE,)), "github").startswith("::notice file=src/b.py,")


def test_github_tells_what_has_to_leave_the_baseline(tmp_path: Path) -> None:
    report = Found(tmp_path, (), gone={Known("z.py", "UF001", "", "100%"): 1})
    assert text(report, "github") == (
        "::error title=unfork baseline::z.py: UF001 100%25 is gone: take it out with --write-baseline\n"
    )


def findings() -> tuple[Finding, ...]:
    every = (Finding(f"src/{code}.py", 1, 1, code, f"about {code}") for code in CODES)
    odd = Finding("src/ü %#?:.py", 9, 2, "UF001", "odd\x1b \udcff"), Finding("a", 1, 1, "UF999", "")
    return (*every, *odd, LEFT, LEFT, Finding("\udcff.py", 1, 1, "UF001", "x"))


@pytest.mark.parametrize("report", [(), findings()], ids=["none", "every"])
def test_sarif_is_valid(tmp_path: Path, report: tuple[Finding, ...]) -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    validator = jsonschema.Draft4Validator(
        schema, format_checker=jsonschema.Draft4Validator.FORMAT_CHECKER
    )
    validator.validate(json.loads(text(Found(tmp_path, report), "sarif")))


def test_sarif_says_what_was_found(tmp_path: Path) -> None:
    (run,) = json.loads(text(Found(tmp_path, findings()), "sarif"))["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert run["columnKind"] == "unicodeCodePoints"
    assert [rule["id"] for rule in rules] == list(CODES)
    for result in run["results"]:
        if "ruleIndex" in result:
            assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] == ("note" if result["ruleId"] in ("UF005", "UF010") else "error")
    places = [result["locations"][0]["physicalLocation"] for result in run["results"]]
    assert {
        "artifactLocation": {"uri": "src/%C3%BC%20%25%23%3F%3A.py", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 9, "startColumn": 2},
    } in places
    if sys.platform != "win32":
        assert "%FF.py" in {place["artifactLocation"]["uri"] for place in places}


def test_sarif_knows_a_finding_again_when_it_moves(tmp_path: Path) -> None:
    def prints(*reported: Finding) -> list[str]:
        (run,) = json.loads(text(Found(tmp_path, reported), "sarif"))["runs"]
        return [result["partialFingerprints"]["finding/v1"] for result in run["results"]]

    moved = Finding(LEFT.path, 90, 1, LEFT.code, LEFT.message)
    assert prints(LEFT) == prints(moved)
    assert len(set(prints(LEFT, moved, NOTE))) == 3


# -- economy


def test_every_format_is_in_the_table(tmp_path: Path) -> None:
    for name in FORMATS:
        text(Found(tmp_path, (LEFT,)), name, Terminal())
    with pytest.raises(KeyError):
        text(Found(tmp_path, (LEFT,)), "xml")


@pytest.mark.parametrize("name", FORMATS)
def test_only_a_terminal_needs_rich(name: str) -> None:
    code = f"""
import sys
from pathlib import Path
from unfork.reports import Found, write_report
from unfork.values import Finding
write_report(Found(Path(), (Finding("a", 1, 1, "UF001", "b"),)), {name!r}, sys.stdout)
assert not {{"rich", "difflib", "libcst", "concurrent.futures"}} & set(sys.modules)
"""
    environ = {key: value for key, value in os.environ.items() if key != "FORCE_COLOR"}
    subprocess.run([sys.executable, "-c", code], check=True, env=environ, stdout=subprocess.PIPE)
