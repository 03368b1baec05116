"""docs/writing-a-codemod.md, carried out word for word in a copy of the project."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
PAGE = PROJECT / "docs" / "writing-a-codemod.md"
FILE = re.compile(r"^`([\w./]+)`:\n\n```\w*\n(.*?)^```$", re.M | re.S)
IMPORT = re.compile(r"^```python\n(from unfork_codemods\.\w+ import \w+\n)^```$", re.M)
LINE = re.compile(r"^and add it before `DeprecateKind\(\)`:\n\n```\n(.*?)^```$", re.M | re.S)
SECTION = re.compile(r"^.*Above \"\[\[deprecate\]\]\" goes:\n\n```\n(.*?)^```$", re.M | re.S)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project in which everything that the page says has been done."""
    root = tmp_path_factory.mktemp("copy")
    caches = shutil.ignore_patterns("__pycache__", "lab")
    for folder in ("src", "codemods", "tests", "docs"):
        shutil.copytree(PROJECT / folder, root / folder, ignore=caches)
    shutil.copy(PROJECT / "pyproject.toml", root)
    page = PAGE.read_text(encoding="utf-8")
    files = FILE.findall(page)
    assert [path.rpartition("/")[2] for path, _ in files] == ["relative.py", "within.txt"]
    for path, text in files:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    (line,), (new_import,), (section,) = (e.findall(page) for e in (LINE, IMPORT, SECTION))
    kinds = root / "codemods/unfork_codemods/__init__.py"
    text = kinds.read_text(encoding="utf-8").replace(
        "        DeprecateKind(),\n", f"{line}        DeprecateKind(),\n"
    )
    after = "from unfork_codemods.redirect import RedirectKind\n"
    kinds.write_text(text.replace(after, after + new_import), encoding="utf-8")
    reference = root / "docs/migrations.md"
    text = reference.read_text(encoding="utf-8")
    text = text.replace("## `[[deprecate]]`", f"{section}## `[[deprecate]]`")
    reference.write_text(text, encoding="utf-8")
    done = run(root, "schemas", cwd=root / "tests/support")
    assert done.returncode == 0, done.stderr
    return root


def run(copy: Path, *command: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    paths = os.pathsep.join(str(copy / folder) for folder in ("src", "codemods"))
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=cwd or copy,
        env=os.environ | {"PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_its_case_passes(copy: Path) -> None:
    done = run(
        copy, "pytest", "tests/cases/test_cases.py", "-k", "relative", "-p", "no:cacheprovider"
    )
    assert done.returncode == 0, done.stdout
    assert re.search(r"\b[2-9] passed", done.stdout), done.stdout


def test_the_reference_has_it(copy: Path) -> None:
    tests = ("tests/unit/test_schemas.py", "tests/unit/test_migrations_page.py")
    other = "not of_the_cases"  # the copy has the new case alone
    done = run(copy, "pytest", *tests, "-k", other, "-p", "no:cacheprovider")
    assert done.returncode == 0, done.stdout


def test_the_page_says_how_many_lines_that_is(copy: Path) -> None:
    page = PAGE.read_text(encoding="utf-8")
    counts = dict(re.findall(r"^\| `([\w./]+)` \| (\d+) \|$", page, re.M))
    added = {path: _lines(copy / path) - _lines(PROJECT / path) for path in counts}
    assert {path: int(count) for path, count in counts.items()} == added
    assert f"{sum(added.values())} lines" in page


def _lines(file: Path) -> int:
    return len(file.read_text(encoding="utf-8").splitlines()) if file.exists() else 0


def test_the_guard_finds_it_and_mends_it(copy: Path, tmp_path: Path) -> None:
    for folder in (tmp_path / "proj", tmp_path / "proj/jobs"):
        folder.mkdir()
        (folder / "__init__.py").touch()
    (tmp_path / "m.toml").write_text(
        '[migration]\nname = "m"\n\n[[relative]]\npackage = "proj.jobs"\n'
    )
    (tmp_path / "proj/jobs/engine.py").write_text("class Engine:\n    pass\n")
    (tmp_path / "proj/jobs/web.py").write_text(
        "from proj.jobs.engine import Engine\n\nprint(Engine)\n"
    )
    (tmp_path / "proj/jobs/bad.py").write_text("from proj.jobs.engine import Engine\ndef (\n")
    check = ("unfork", "check", "-m", "m.toml", "--root", ".", "--format", "plain")
    hook = run(copy, *check, "proj/jobs/web.py", cwd=tmp_path)
    assert hook.returncode == 1, hook.stderr
    assert hook.stdout.startswith("proj/jobs/web.py:1:30 UF004 "), hook.stdout
    whole = run(copy, *check, cwd=tmp_path)
    assert "proj/jobs/bad.py:2:5 UF007 " in whole.stdout, whole.stdout + whole.stderr
    mended = run(copy, *check, "--fix", "proj/jobs/web.py", cwd=tmp_path)
    assert "from .engine import Engine\n" in (tmp_path / "proj/jobs/web.py").read_text()
    assert run(copy, *check, "proj/jobs/web.py", cwd=tmp_path).returncode == 0, mended.stdout


def test_a_wrong_table_is_told_with_its_line(copy: Path, tmp_path: Path) -> None:
    (tmp_path / "m.toml").write_text('[migration]\nname = "m"\n\n[[relative]]\npackages = "proj"\n')
    done = run(copy, "unfork", "diff", "-m", "m.toml", "--root", ".", cwd=tmp_path)
    assert done.returncode == 2
    assert (
        "m.toml:5: unknown key 'packages' in [[relative]]; did you mean 'package'?" in done.stderr
    )


def test_mypy_and_ruff_are_content(copy: Path, tmp_path: Path) -> None:
    new = ["codemods/unfork_codemods/relative.py", "codemods/unfork_codemods/__init__.py"]
    typed = run(copy, "mypy", "--cache-dir", str(tmp_path), *new)
    assert typed.returncode == 0, typed.stdout
    for command in (["check", "--no-cache"], ["format", "--check", "--no-cache"]):
        linted = run(copy, "ruff", *command, *new)
        assert linted.returncode == 0, linted.stdout
