"""What messages say to write can be pasted at the place that they name."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from small_project import CONFIGURED, MIGRATION, run_unfork, write_files

ADVICE = re.compile(r'write (\w+ = "[\w.:]+") under (\[\w+\.names\])')


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path.resolve() / "root"
    write_files(folder, CONFIGURED)
    return folder


def pasted(migration: str, output: str) -> str:
    """Return the migration with what the output says to write, below the headers that it names."""
    for line, header in ADVICE.findall(output):
        assert header in migration
        migration = migration.replace(f"{header}\n", f"{header}\n{line}\n")
    return migration


def test_a_name_without_a_counterpart(root: Path) -> None:
    old = CONFIGURED["proj/old.py"] + "\n\ndef lost():\n    pass\n"
    files = {"proj/old.py": old, "proj/third.py": "def lost():\n    pass\n"}
    write_files(root, {**files, "proj/user.py": "from proj.old import lost\n\nlost()\n"})
    left = run_unfork(root, "diff")
    assert (left.returncode, "UF006" in left.stdout) == (1, True)
    write_files(root, {"migration.toml": pasted(MIGRATION, left.stdout)})
    assert run_unfork(root, "apply").returncode == 0
    assert (root / "proj/user.py").read_text() == "from proj.third import lost\n\nlost()\n"


def test_a_broken_import_with_two_candidates(root: Path) -> None:
    files = dict.fromkeys(("proj/one.py", "proj/two.py"), "class Job:\n    pass\n")
    use = {"proj/live.py": "from proj.one import Job\nfrom proj.two import Job as Other\n"}
    write_files(root, {**files, **use, "proj/user.py": "from proj.new import Job\n\nJob()\n"})
    migration = MIGRATION + '[[repair]]\nmodule = "proj.user"\n[repair.names]\n'
    write_files(root, {"migration.toml": migration})
    left = run_unfork(root, "diff")
    assert (left.returncode, "UF002" in left.stdout) == (1, True)
    write_files(root, {"migration.toml": pasted(migration, left.stdout)})
    assert run_unfork(root, "apply").returncode == 0
    assert (root / "proj/user.py").read_text() == "from proj.one import Job\n\nJob()\n"


def test_a_name_that_the_legacy_module_lacks_is_said(root: Path) -> None:
    migration = MIGRATION + 'helpr = "helper"\nnothing_like_it = "helper"\n'
    write_files(root, {"migration.toml": migration})
    said = run_unfork(root, "diff").stdout
    lists = "one-engine: [redirect.names] lists"
    assert f"{lists} helpr, which proj.old does not define; did you mean helper?\n" in said
    assert f"{lists} nothing_like_it, which proj.old does not define\n" in said
    assert f"{lists} OldEngine" not in said


def test_nothing_is_said_of_a_legacy_module_that_is_gone(root: Path) -> None:
    (root / "proj/old.py").unlink()
    write_files(root, {"proj/user.py": ""})
    assert "does not define" not in run_unfork(root, "diff").stdout


NEWER = [
    ((3, 12), "type Alias = int\n"),
    ((3, 12), "def first[T](items: list[T]) -> T: ...\n"),
    ((3, 12), "print(f'{names['a']}')\n"),
    (
        (3, 12),
        "class Box:\n    def first[T](\n        self,\n        items: list[T],\n    ) -> T:\n        return 1\n",
    ),
    ((3, 13), "class Box[T = int]: ...\n"),
    ((3, 14), "print(t'{OldEngine}')\n"),
    ((3, 14), "try: ...\nexcept KeyError, ValueError: ...\n"),
    ((3, 15), "lazy import os\n"),
]
DEEP = f"x = {'(' * 100_000}\n"


@pytest.mark.parametrize(("version", "text"), NEWER)
@pytest.mark.parametrize("command", [("diff",), ("audit",)])
def test_a_file_for_a_newer_python_says_so(
    root: Path, command: tuple[str, ...], version: tuple[int, int], text: str
) -> None:
    if sys.version_info >= version:
        pytest.skip("this Python parses it")
    write_files(root, {"proj/user.py": f"from proj.old import OldEngine\n{text}"})
    done = run_unfork(root, *command)
    assert done.returncode == 1
    newer = f"this is syntax of Python {version[0]}.{version[1]}: run unfork with that"
    assert re.search(rf"^proj/user\.py:\d+:\d+ UF007 .*; {newer}", done.stdout, re.MULTILINE)


MAGICS = [
    (
        "# %%\n%matplotlib inline\n",
        "line 3 is IPython's: write each as a comment (# %matplotlib inline)",
    ),
    (
        "# %%\nx = 1\n# %%\nls = !ls\nx?\n",
        "lines 5, 6 are IPython's: write each as a comment (# ls = !ls)",
    ),
    ("# %%\n%%bash\necho x\n", "this line is IPython's: run jupytext --to py:percent"),
]


@pytest.mark.parametrize(("text", "said"), MAGICS)
@pytest.mark.parametrize("command", [("diff",), ("audit",)])
def test_a_script_with_magics_says_how_to_make_it_python(
    root: Path, command: tuple[str, ...], text: str, said: str
) -> None:
    write_files(root, {"proj/user.py": f"from proj.old import OldEngine\n{text}"})
    done = run_unfork(root, *command)
    assert done.returncode == 1
    assert said in done.stdout
    assert "jupytext --to py:percent --opt comment_magics=true proj/user.py" in done.stdout


@pytest.mark.parametrize("text", ["%matplotlib inline\n", "# %%\nx = = 1\n"])
def test_no_word_about_magics_in_others(root: Path, text: str) -> None:
    write_files(root, {"proj/user.py": f"from proj.old import OldEngine\n{text}"})
    done = run_unfork(root, "diff")
    assert "UF007" in done.stdout
    assert "IPython" not in done.stdout


@pytest.mark.parametrize(
    "text", ["print 'x'\n", "def broken(:\n", "x = 0777\n", "a <> b\n", "(\n", "f'{a'\n", DEEP]
)
def test_others_do_not(root: Path, text: str) -> None:
    write_files(root, {"proj/user.py": f"from proj.old import OldEngine\n{text}"})
    done = run_unfork(root, "diff")
    assert "UF007" in done.stdout
    assert "syntax of Python" not in done.stdout


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="this Python takes it for two classes")
def test_an_exception_named_as_in_python_2_is_not_newer_syntax(root: Path) -> None:
    text = "try: ...\nexcept KeyError, error: ...\n"
    write_files(root, {"proj/user.py": f"from proj.old import OldEngine\n{text}"})
    done = run_unfork(root, "diff")
    assert "UF007" in done.stdout
    assert "syntax of Python" not in done.stdout
