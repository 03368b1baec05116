"""Package entries (``old.*``): how they are read, what they become in a project, and the quick check for hooks."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from cases import write

import unfork
from unfork.errors import MigrationError
from unfork.loading.migrations import load_migration
from unfork.planning.packages import FolderModules, migration_by_module
from unfork.planning.quick_check import names_nothing
from unfork_codemods.migration import Migration

HEAD = '[migration]\nname = "m"\n'
REDIRECT = '[[redirect]]\nfrom = "old.*"\nto = "new.*"\n'
FILES = {
    "old/__init__.py": b"",
    "old/a.py": b"",
    "old/lost.py": b"",
    "old/sub/__init__.py": b"",
    "old/sub/b.py": b"",
    "new/__init__.py": b"",
    "new/a.py": b"",
    "new/moved.py": b"",
    "new/sub/__init__.py": b"",
    "new/sub/b.py": b"",
    "quiet.py": b"import os\nfrom new import other\n",
}


def _migration(tmp_path: Path, text: str) -> Migration:
    (tmp_path / "m.toml").write_text(HEAD + text, encoding="utf-8")
    return load_migration(tmp_path / "m.toml")


def _by_module(tmp_path: Path, text: str, files: dict[str, bytes] = FILES) -> Migration:
    root = write(files, tmp_path)
    return migration_by_module(_migration(tmp_path, text), FolderModules(root, ["."]))


def test_a_redirect_of_a_package_is_one_of_each_module(tmp_path: Path) -> None:
    steps = _by_module(tmp_path, REDIRECT).redirects
    assert {step.source: step.to or step.missing for step in steps} == {
        "old": "new",
        "old.a": "new.a",
        "old.lost": "new.lost",
        "old.moved": "new.moved",
        "old.sub": "new.sub",
        "old.sub.b": "new.sub.b",
    }
    assert [step.source for step in steps if step.missing] == ["old.lost"]
    assert {step.line for step in steps} == {3}


def test_a_step_for_a_module_comes_before_its_package(tmp_path: Path) -> None:
    text = REDIRECT + '[[redirect]]\nfrom = "old.a"\nto = "new.moved"\n'
    text += '[[redirect]]\nfrom = "old.sub.*"\nto = "new.*"\n'
    steps = _by_module(tmp_path, text).redirects
    leads = {step.source: step.to for step in steps}
    assert leads["old.a"] == "new.moved"
    assert leads["old.sub"] == "new"
    assert leads["old.sub.b"] is None
    assert len(leads) == len(steps)


def test_a_package_is_deprecated_removed_and_aligned_with_its_modules(tmp_path: Path) -> None:
    text = '[[deprecate]]\nmodule = "old.*"\nuse = "new.*"\n[[remove]]\nmodule = "old.*"\n'
    migration = _by_module(tmp_path, text + '[[align]]\nmodules = ["new.sub.*"]\n')
    modules = ["old", "old.a", "old.lost", "old.sub", "old.sub.b"]
    uses = ["new", "new.a", None, "new.sub", "new.sub.b"]
    assert [(step.module, step.use) for step in migration.deprecates] == list(zip(modules, uses))
    assert [step.module for step in migration.removes] == modules
    assert sorted(migration.aligns[0].modules) == ["new.sub", "new.sub.b"]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ('[[redirect]]\nfrom = "old.*"\nto = "new"\n', 5, 'to = "package.*"'),
        ('[[redirect]]\nfrom = "old.*"\n', 3, 'to = "package.*"'),
        ('[[redirect]]\nfrom = "old"\nto = "new.*"\n', 4, 'from = "old.*"'),
        (f'{REDIRECT}names = {{ A = "B" }}\n', 6, "the module that has them"),
        ('[[redirect]]\nfrom = "old.*.a"\nto = "new.*"\n', 4, "not a module"),
        ('[[redirect]]\nfrom = ".*"\nto = "new.*"\n', 4, "not a module"),
        ('[[repair]]\nmodule = "old.*"\n', 4, "only a module"),
        ('[[deprecate]]\nmodule = "old"\nuse = "new.*"\n', 5, "leave out its '.*'"),
        ('[[align]]\nmodules = ["new.a"]\nsurface = "new.*"\n', 5, "only a module"),
        (f"{REDIRECT}{REDIRECT}", 6, "redirected twice"),
        ('[[redirect]]\nfrom = "old.*"\nto = "old.*"\n', 5, "circular"),
    ],
)
def test_what_is_wrong_with_an_entry_is_said_with_its_line(
    tmp_path: Path, text: str, line: int, message: str
) -> None:
    with pytest.raises(MigrationError) as raised:
        _migration(tmp_path, text)
    assert raised.value.line == line
    assert message in str(raised.value)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (REDIRECT.replace("new", "nwe"), 5, "did you mean 'new'"),
        (f'{REDIRECT}[[redirect]]\nfrom = "new.a"\nto = "old.a"\n', 5, "circular"),
        (f'{REDIRECT}[[remove]]\nmodule = "new.*"\n', 5, "is needed here"),
    ],
)
def test_what_is_wrong_with_an_entry_in_a_project_is_said_with_its_line(
    tmp_path: Path, text: str, line: int, message: str
) -> None:
    root = write(FILES, tmp_path)
    with pytest.raises(MigrationError) as raised:
        unfork.plan(root, [_migration(tmp_path, text)], jobs=1)
    assert raised.value.line == line
    assert message in str(raised.value)


GONE = {path: data for path, data in FILES.items() if not path.startswith("old/")}


@pytest.mark.parametrize("files", [FILES, GONE], ids=["there", "gone"])
@pytest.mark.parametrize(
    ("text", "is_quiet"),
    [
        (b"import os\nfrom new import other\n", True),
        (b"import old\n", False),
        (b"from old.sub.b import x\n", False),
        (b"from old import moved\n", False),
        (b"import importlib\nimportlib.import_module('old.moved')\n", False),
    ],
)
def test_the_quick_check_guards_a_package(
    tmp_path: Path, files: dict[str, bytes], text: bytes, is_quiet: bool
) -> None:
    root = write({**files, "use.py": text}, tmp_path)
    assert names_nothing(root, _migration(tmp_path, REDIRECT), ["use.py"]) is is_quiet


def test_the_quick_check_of_a_package_loads_no_engine(tmp_path: Path) -> None:
    write(FILES, tmp_path)
    _migration(tmp_path, REDIRECT)
    code = (
        "import sys\n"
        "from unfork.__main__ import main\n"
        "sys.argv = ['unfork', 'check', '-m', 'm.toml', '--root', '.', 'quiet.py']\n"
        "try:\n    main()\nexcept SystemExit as done:\n    assert not done.code\n"
        "heavy = {'libcst', 'rich', 'unfork.rewriting.engine', 'unfork.files.git'}\n"
        "print(sorted(heavy & sys.modules.keys()))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True
    )
    assert (done.stdout.strip(), done.stderr) == ("[]", "")
