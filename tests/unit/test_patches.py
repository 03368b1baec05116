"""The patch says what the edits do: git and GNU patch make of it what splicing makes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unfork.reports.hunks import Hunk, hunks_of
from unfork.reports.patches import StaleError, file_patch, git_quoted_name, patch_bytes
from unfork.values import Change, Plan, digest
from unfork_codemods.edits import Edit, apply_edits

PATCH = shutil.which("patch")
PIECES = [b"\n", b"\n", b"\n", b"\r\n", b"\r", b"\f", b"a", b"bb", b" ", b"import x", b"\xe9\xa9"]


def change(path: str, data: bytes, *edits: Edit, deleted: bool = False) -> Change:
    return Change(path, digest(data), edits, deleted=deleted)


def diff(data: bytes, *edits: Edit) -> list[str]:
    return file_patch(change("x.py", data, *edits), data).decode().splitlines(keepends=True)[2:]


def replaced(data: bytes, old: bytes, new: bytes) -> Edit:
    assert data.count(old) == 1
    start = data.index(old)
    return Edit(start, start + len(old), new)


def numbers(count: int) -> bytes:
    return b"".join(b"%d\n" % number for number in range(1, count + 1))


def run(folder: Path, *command: str) -> str:
    # a patch is applied as far from a repository and a configuration as it gets
    environ = os.environ | {
        "GIT_CEILING_DIRECTORIES": str(folder.resolve().parent),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "LC_ALL": "C",
    }
    environ.pop("GIT_DIR", None)
    done = subprocess.run(
        command, cwd=folder, env=environ, stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    assert done.returncode == 0, (done.stdout + done.stderr).decode(errors="replace")
    return done.stdout.decode(errors="replace")


def write_all(root: Path, files: dict[str, bytes]) -> None:
    for name, data in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)


def read_all(root: Path) -> dict[str, bytes]:
    paths = (path for path in root.rglob("*") if path.is_file())
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in paths}


def apply_both(files: dict[str, bytes], changes: tuple[Change, ...]) -> None:
    """Apply the patch of ``changes`` with every program there is, and compare with splicing."""
    wanted = dict(files)
    for one in changes:
        wanted[one.path] = one.result(files[one.path])
        if one.deleted:
            del wanted[one.path]
    commands = [("git", "apply", "-p1"), ("git", "apply")] + [(PATCH, "-p1", "-i")] * bool(PATCH)
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary, "root")
        for command in commands:
            write_all(root, files)
            patch = Path(temporary, "the.patch")
            patch.write_bytes(patch_bytes(Plan(root, changes)))
            if patch.stat().st_size:
                run(root, *command, str(patch))
            assert read_all(root) == wanted, command
            shutil.rmtree(root)


def test_a_hunk_has_three_lines_around() -> None:
    data = numbers(20)
    assert diff(data, replaced(data, b"10", b"ten")) == [
        "@@ -7,7 +7,7 @@\n", " 7\n", " 8\n", " 9\n", "-10\n", "+ten\n", " 11\n", " 12\n", " 13\n",
    ]  # fmt: skip


def test_hunks_up_to_six_lines_apart_are_one() -> None:
    data = numbers(40)
    near = hunks_of(data, [replaced(data, b"10\n", b"x\n"), replaced(data, b"17\n", b"y\n")])
    assert [(hunk.old_start, hunk.old_count) for hunk in near] == [(7, 14)]
    far = hunks_of(data, [replaced(data, b"10\n", b"x\n"), replaced(data, b"18\n", b"y\n")])
    assert [(hunk.old_start, hunk.old_count) for hunk in far] == [(7, 7), (15, 7)]


def test_later_hunks_are_shifted() -> None:
    data = numbers(60)
    edits = [replaced(data, b"10\n", b""), replaced(data, b"30\n", b"a\nb\nc\nd\n")]
    first, second = hunks_of(data, [*edits, replaced(data, b"60\n", b"60\n61\n")])[:2]
    assert (first.header, second.header) == (b"@@ -7,7 +7,6 @@", b"@@ -27,7 +26,10 @@")
    third = hunks_of(data, [*edits, replaced(data, b"60\n", b"60\n61\n")])[2]
    assert third.header == b"@@ -58,3 +60,4 @@"


@pytest.mark.parametrize(
    ("edit", "lines"),
    [
        (Edit(2, 2, b"x\n"), [" 1\n", "+x\n", " 2\n", " 3\n"]),
        (Edit(1, 1, b"\nx"), [" 1\n", "+x\n", " 2\n", " 3\n"]),
        (Edit(2, 4, b""), [" 1\n", "-2\n", " 3\n"]),
        (Edit(1, 3, b""), [" 1\n", "-2\n", " 3\n"]),
        (Edit(0, 6, b"1\n3\n"), [" 1\n", "-2\n", " 3\n"]),
        (Edit(0, 6, b"1\nx\n3\n"), [" 1\n", "-2\n", "+x\n", " 3\n"]),
        (Edit(6, 6, b"4\n"), [" 1\n", " 2\n", " 3\n", "+4\n"]),
        (Edit(1, 2, b""), ["-1\n", "-2\n", "+12\n", " 3\n"]),
        (Edit(2, 3, b"2"), []),
    ],
)
def test_lines_that_stay_are_context(edit: Edit, lines: list[str]) -> None:
    assert diff(b"1\n2\n3\n", edit)[1:] == lines


def test_what_goes_stands_before_what_comes() -> None:
    data = b"1\n2\n3\n"
    edits = Edit(0, 1, b"one"), Edit(2, 3, b"two")
    assert diff(data, *edits)[1:] == ["-1\n", "-2\n", "+one\n", "+two\n", " 3\n"]


def test_insertions_around_a_line_leave_it() -> None:
    edits = Edit(2, 2, b"x\n"), Edit(4, 4, b"y\n")
    assert diff(b"1\n2\n3\n", *edits)[1:] == [" 1\n", "+x\n", " 2\n", "+y\n", " 3\n"]


def test_a_statement_of_many_lines_shows_those_that_differ() -> None:
    data = b"from a import (\n    A,\n    B,\n    C,\n)\n"
    edit = Edit(0, len(data), data.replace(b"from a", b"from b").replace(b"C,", b"D,"))
    assert [line.sign for hunk in hunks_of(data, [edit]) for line in hunk.lines] == list("-+  -+ ")


@pytest.mark.parametrize(
    ("data", "edit", "wanted"),
    [
        (b"a", Edit(0, 1, b"b"), "@@ -1 +1 @@|-a|\\|+b|\\"),
        (b"a", Edit(1, 1, b"\n"), "@@ -1 +1 @@|-a|\\|+a"),
        (b"a\n", Edit(1, 2, b""), "@@ -1 +1 @@|-a|+a|\\"),
        (b"a\nb", Edit(0, 1, b"c"), "@@ -1,2 +1,2 @@|-a|+c| b|\\"),
        (b"a\n", Edit(0, 0, b"b\n"), "@@ -1 +1,2 @@|+b| a"),
        (b"", Edit(0, 0, b"a\n"), "@@ -0,0 +1 @@|+a"),
        (b"a\nb\n", Edit(0, 4, b""), "@@ -1,2 +0,0 @@|-a|-b"),
    ],
)
def test_the_end_of_a_file(data: bytes, edit: Edit, wanted: str) -> None:
    text = "".join(diff(data, edit)).replace("\\ No newline at end of file", "\\")
    assert text == wanted.replace("|", "\n") + "\n"


def test_only_a_line_feed_ends_a_line() -> None:
    data = b"a\rb\x0cc\r\nd\r\n"
    assert file_patch(change("x", data, replaced(data, b"d", b"e")), data).split(b"\n")[2:] == [
        b"@@ -1,2 +1,2 @@", b" a\rb\x0cc\r", b"-d\r", b"+e\r", b"",
    ]  # fmt: skip


def test_the_section_is_the_line_at_the_margin_above() -> None:
    data = b"class A:\n" + b"    x = 1\n" * 9 + b"    y = 2\n"
    assert hunks_of(data, [replaced(data, b"y", b"z")])[0].section == b"class A:"
    data = b"x" * 79 + "é".encode() + b"\n" + b" 1\n" * 9 + b"2\n"
    assert hunks_of(data, [replaced(data, b"2", b"3")])[0].section == b"x" * 79


def marks(hunk: Hunk) -> list[tuple[str, bytes]]:
    return [(line.sign, line.text[a:b]) for line in hunk.lines for a, b in line.marks]


def test_marks_are_the_words_that_differ() -> None:
    data = b"from src.engine_enhanced import Engine as E  # why\n"
    new = b"from src.engine import Engine as E  # why\n"
    assert marks(hunks_of(data, [Edit(0, len(data), new)])[0]) == [
        ("-", b"engine_enhanced"),
        ("+", b"engine"),
    ]
    data = b"from src.core.engine import Old as E\n"
    edit = Edit(0, len(data), b"from src.jobs.engine import New as E\n")
    assert marks(hunks_of(data, [edit])[0]) == [
        ("-", b"core"), ("-", b"Old"), ("+", b"jobs"), ("+", b"New"),
    ]  # fmt: skip
    data = "é = ë(Old)\n".encode()
    edits = [replaced(data, "ë".encode(), "è".encode()), replaced(data, b"Old", b"New")]
    assert marks(hunks_of(data, edits)[0]) == [
        ("-", "ë".encode()), ("-", b"Old"), ("+", "è".encode()), ("+", b"New"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        (b"a/x y.py", b"a/x y.py"),
        (b'a/"\\.py', b'"a/\\"\\\\.py"'),
        (b"a/\n\t\x01\x7f", b'"a/\\n\\t\\001\\177"'),
        ("a/ä".encode(), b'"a/\\303\\244"'),
        (b"a/\xff", b'"a/\\377"'),
        (b"a/x ", b'"a/x "'),
    ],
)
def test_names_are_quoted_as_git_does(name: bytes, wanted: bytes) -> None:
    assert git_quoted_name(name) == wanted


def odd_names() -> list[str]:
    names = ["plain.py", "sp ace.py", "ünï.py", "deep/er/x.py", "it's $HOME.py", "b.py 2024-01-01"]
    if sys.platform != "win32":
        names += ['quo"te.py', "back\\slash.py", "tab\t.py", "esc\x1b[31m.py", " lead.py", "trail "]
    if sys.platform == "linux":
        names += [os.fsdecode(b"\xff\xe9.py")]
    return names


@pytest.mark.parametrize("deleted", [False, True])
def test_odd_names_apply(deleted: bool) -> None:
    files = dict.fromkeys(odd_names(), b"a\nb\n")
    edits = () if deleted else (Edit(2, 3, b"c"),)
    changes = (change(name, data, *edits, deleted=deleted) for name, data in files.items())
    apply_both(files, tuple(changes))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such names")
def test_a_name_with_a_newline_applies_with_git(tmp_path: Path) -> None:
    (tmp_path / "r").mkdir()
    (tmp_path / "r" / "new\nline.py").write_bytes(b"a\n")
    plan = Plan(tmp_path / "r", (change("new\nline.py", b"a\n", Edit(0, 1, b"b")),))
    (tmp_path / "p").write_bytes(patch_bytes(plan))
    run(tmp_path / "r", "git", "apply", str(tmp_path / "p"))
    assert (tmp_path / "r" / "new\nline.py").read_bytes() == b"b\n"


def test_deletions_apply() -> None:
    files = {"a.py": b"", "b.py": b"x", "c.py": b"y\n", "d.py": b"", "e.py": b"z\n", "f.py": b"q\n"}
    changes = [change(name, files[name], deleted=True) for name in ("a.py", "b.py", "c.py", "d.py")]
    emptied = change("e.py", files["e.py"], Edit(0, 2, b""))
    apply_both(files, (*changes, emptied, change("f.py", b"q\n", Edit(0, 0, b"p\n"))))


@pytest.mark.parametrize("folder", ["", "deep/er"])
def test_the_root_may_be_a_folder_of_a_repository(tmp_path: Path, folder: str) -> None:
    run(tmp_path, "git", "init", "-q")
    root = tmp_path / folder
    write_all(root, {"x/y.py": b"a\n", "gone.py": b"b\n"})
    gone = change("gone.py", b"b\n", deleted=True)
    patch = patch_bytes(Plan(root, (change("x/y.py", b"a\n", Edit(0, 1, b"z")), gone)))
    (tmp_path / "p").write_bytes(patch)
    run(root, "git", "apply", str(tmp_path / "p"))
    assert read_all(root / "x") == {"y.py": b"z\n"}
    assert not (root / "gone.py").exists()


def test_an_executable_stays_one(tmp_path: Path) -> None:
    script = tmp_path / "r" / "x.py"
    write_all(tmp_path, {"r/x.py": b"a\n"})
    script.chmod(0o755)
    mode = script.stat().st_mode
    plan = Plan(tmp_path / "r", (change("x.py", b"a\n", Edit(0, 1, b"b")),))
    (tmp_path / "p").write_bytes(patch_bytes(plan))
    run(tmp_path / "r", "git", "apply", str(tmp_path / "p"))
    assert (script.read_bytes(), script.stat().st_mode) == (b"b\n", mode)


def test_a_file_that_changed_is_an_error(tmp_path: Path) -> None:
    plan = Plan(tmp_path, (change("x.py", b"a\n", Edit(0, 1, b"b")),))
    with pytest.raises(StaleError, match=r"x\.py changed since it was read: No such file"):
        plan.patch()
    (tmp_path / "x.py").write_bytes(b"other\n")
    with pytest.raises(ValueError, match=r"x\.py changed since it was read"):
        plan.patch()


def test_a_patch_as_text_keeps_every_byte(tmp_path: Path) -> None:
    (tmp_path / "x.py").write_bytes(b"\xff\r\n")
    plan = Plan(tmp_path, (change("x.py", b"\xff\r\n", Edit(1, 1, b"\xfe")),))
    assert plan.patch().encode("utf-8", "surrogateescape") == patch_bytes(plan)
    assert b"-\xff\r\n+\xff\xfe\r\n" in patch_bytes(plan)


@st.composite
def texts_and_edits(draw: st.DrawFn) -> tuple[bytes, tuple[Edit, ...]]:
    text = st.lists(st.sampled_from(PIECES), max_size=40).map(b"".join)
    data = draw(text)
    cuts = sorted(draw(st.lists(st.integers(0, len(data)), max_size=8)))
    spans = dict.fromkeys(zip(cuts[::2], cuts[1::2]))
    short = st.lists(st.sampled_from(PIECES), max_size=5).map(b"".join)
    edits = tuple(Edit(start, end, draw(short)) for start, end in spans)
    return data, edits


@settings(max_examples=40, deadline=None)
@given(st.lists(texts_and_edits(), min_size=1, max_size=25))
def test_any_edits_of_any_text_apply(cases: list[tuple[bytes, tuple[Edit, ...]]]) -> None:
    files = {f"{number}.py": data for number, (data, _) in enumerate(cases)}
    changes = (change(f"{number}.py", data, *edits) for number, (data, edits) in enumerate(cases))
    apply_both(files, tuple(changes))


@settings(max_examples=300, deadline=None)
@given(texts_and_edits())
def test_hunks_hold_the_old_and_the_new_text(case: tuple[bytes, tuple[Edit, ...]]) -> None:
    data, edits = case
    old, new = data.split(b"\n"), apply_edits(data, edits).split(b"\n")
    for hunk in hunks_of(data, edits):
        for first, count, sign, lines in (
            (hunk.old_start, hunk.old_count, "+", old),
            (hunk.new_start, hunk.new_count, "-", new),
        ):
            shown = [line.text.rstrip(b"\n") for line in hunk.lines if line.sign != sign]
            assert lines[first - 1 : first - 1 + count] == shown or not count
        assert {line.sign for line in hunk.lines} & {"+", "-"}


def test_nothing_here_imports_a_diff_algorithm() -> None:
    code = "import sys, unfork.reports.patches; sys.exit('difflib' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
