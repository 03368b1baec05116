"""What a type checker finds in the rewritten project and did not find before (``--types``), by a scripted server."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from unfork.errors import UnforkError
from unfork.files import json_rpc
from unfork.files.tree import WorkTree
from unfork.loading.migrations import load_migration
from unfork.planning.pipeline import make_plan
from unfork.values import Plan

_ENGINE = f"{sys.executable} {Path(__file__).parents[1] / 'support' / 'language_server.py'}"
_SUBMIT = "def submit(job):\n    return job\n"
_FILES = {
    "app/__init__.py": "",
    "app/old.py": _SUBMIT,
    "app/new.py": _SUBMIT,
    "m.toml": '[migration]\nname = "m"\n[[redirect]]\nfrom = "app.old"\nto = "app.new"\n',
    "one.py": "import os\nfrom app.old import submit\n\nprint(os.sep, submit(1))\n",
    "two.py": "from app.old import submit\n\nprint(submit(2))\n",
}


def _plan(root: Path, files: Mapping[str, str], *types: str, migrations: str = "m.toml") -> Plan:
    for name, text in {**_FILES, **files}.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode())
    loaded = [load_migration(root / name) for name in migrations.split()]
    return make_plan(WorkTree(root), loaded, jobs=1, types=types or (_ENGINE,))


def _changed(plan: Plan) -> list[str]:
    return [change.path for change in plan.changes]


def test_a_file_with_a_new_error_is_left(tmp_path: Path) -> None:
    """Alone, with the message and the place in the text as it is; a warning is no error."""
    one = _FILES["one.py"] + "\n\nif True:\n    submit(3)  # needs app.old in one.py\n" * 2
    plan = _plan(tmp_path, {"one.py": one})
    assert _changed(plan) == ["two.py"]
    [left] = plan.left
    assert (left.path, left.line, left.col, left.code) == ("one.py", 8, 5, "UF009")
    assert "finds an error that was not there before: no app.old in one.py (needs)" in left.message
    assert "info" not in left.message


def test_an_error_that_was_there_before_is_not_new(tmp_path: Path) -> None:
    """Wherever its line has gone: an import becomes two lines, and the error moves along."""
    old = f"{_SUBMIT}class Other: ...\n"
    stay = "from app.old import submit, Other  # needs nothing in one.py\n"
    one = stay + "\n\nprint(submit(Other()))  # needs this in app/new.py\n"
    plan = _plan(tmp_path, {"one.py": one, "app/old.py": old})
    assert _changed(plan) == ["one.py", "two.py"]
    assert [finding.code for finding in plan.left] == ["UF006"]


def test_imports_that_the_checker_cannot_follow_are_no_reason(tmp_path: Path) -> None:
    """If it does not find the legacy module either, two imports that it does not find are not worse than one."""
    old = f"{_SUBMIT}class Other: ...\n"
    migration = _FILES["m.toml"] + '[redirect.names]\nOther = "app.more:Other"\n'
    one = "from app.old import submit, Other\n\nprint(submit, Other)\n"
    files = {"one.py": one, "app/old.py": old, "app/more.py": old, "m.toml": migration}
    plan = _plan(tmp_path, files, f"{_ENGINE} --lost app")
    assert _changed(plan) == ["one.py", "two.py"]


def test_one_more_error_of_the_same_kind_is_new(tmp_path: Path) -> None:
    """One that goes elsewhere in the file makes room for one like it, and for no more."""
    lines = "print(1)  # needs this in app/new.py\nprint(2)  # needs app.old in one.py\n"
    plan = _plan(tmp_path, {"one.py": _FILES["one.py"] + lines})
    assert _changed(plan) == ["two.py"]
    assert [(finding.path, finding.line) for finding in plan.left] == [("one.py", 6)]


def test_an_error_in_a_file_that_does_not_change_keeps_what_it_imports(tmp_path: Path) -> None:
    """The nearest changed file is left, and the others move."""
    files = {
        "app/old.py": "def submit(job, attempts=1):\n    return job\n",
        "app/new.py": "def submit(job, retries=1):\n    return job\n",
        "middle.py": "from one import os\n",
        "far.py": "import middle\nsubmit = 1  # needs app.old in one.py\n",
    }
    plan = _plan(tmp_path, files)
    assert _changed(plan) == ["two.py"]
    [left] = plan.left
    assert left.path == "one.py"
    assert "far.py:2: " in left.message


def test_an_error_in_a_legacy_module_counts_only_while_it_is_used(tmp_path: Path) -> None:
    """What moves does not fit in there any more, and need not."""
    old = f"{_SUBMIT}\n\ndef late():\n    import one\n    print(one)  # needs app.old in one.py\n"
    plan = _plan(tmp_path / "all", {"app/old.py": old})
    assert _changed(plan) == ["one.py", "two.py"] and not plan.left
    used = "from app.old import submit  # unfork: ignore\n"
    plan = _plan(tmp_path / "some", {"app/old.py": old, "two.py": used})
    assert not plan.changes


def test_a_class_stays_everywhere_if_a_file_that_uses_it_is_left(tmp_path: Path) -> None:
    """Its instances go from file to file."""
    engine = "class Engine:\n    def {}(self): ...\n"
    migration = _FILES["m.toml"] + '[redirect.calls]\n"Engine.run_job" = { to = "perform" }\n'
    files = {
        "app/old.py": engine.format("run_job"),
        "app/new.py": engine.format("perform"),
        "m.toml": migration,
        "one.py": "from app.old import Engine\n\nEngine().run_job()  # needs run_job in one.py\n",
        "two.py": "from app.old import Engine\n\nEngine().run_job()\n",
    }
    plan = _plan(tmp_path, files)
    assert not plan.changes
    assert "this file is not rewritten" in {f.path: f.message for f in plan.left}["two.py"]


def test_a_module_that_is_removed_is_not_there(tmp_path: Path) -> None:
    """The server sees the project as it will be; what is left keeps the module."""
    removing = _FILES["m.toml"] + '[[remove]]\nmodule = "app.old"\n'
    plan = _plan(tmp_path, {"m.toml": removing})
    assert _changed(plan) == ["app/old.py", "one.py", "two.py"]
    one = _FILES["one.py"] + "# needs submit in app/old.py\n"
    plan = _plan(tmp_path, {"m.toml": removing, "one.py": one})
    assert _changed(plan) == ["two.py"]
    assert {finding.path for finding in plan.left} == {"one.py", "app/old.py"}


def test_a_server_that_only_publishes(tmp_path: Path) -> None:
    """It cannot be asked; what it says by itself counts."""
    one = _FILES["one.py"] + "submit(3)  # needs app.old in one.py\n"
    plan = _plan(tmp_path, {"one.py": one}, f"{_ENGINE} --push")
    assert _changed(plan) == ["two.py"]
    assert plan.left[0].line == 5


def test_any_type_checker_may_object(tmp_path: Path) -> None:
    """Two have to agree about a receiver; one is enough to see an error."""
    strict = tmp_path / "strict.py"
    server = Path(_ENGINE.split()[1]).read_text(encoding="utf-8")
    strict.write_text(server.replace("# needs", "# demands"), encoding="utf-8")
    one = _FILES["one.py"] + "submit(3)  # demands app.old in one.py\n"
    engines = (_ENGINE, f"{sys.executable} {strict}")
    plan = _plan(tmp_path / "tree", {"one.py": one}, *engines)
    assert _changed(plan) == ["two.py"]


def test_a_file_at_which_the_server_ends_is_left(tmp_path: Path) -> None:
    """It is started again for the others, and not waited for."""
    plan = _plan(tmp_path, {}, f"{_ENGINE} --dies-at one.py")
    assert _changed(plan) == ["two.py"]
    [left] = plan.left
    assert left.path == "one.py"
    assert "whether it has more type errors is not known" in left.message
    assert "it has ended" in left.message


def test_a_server_that_always_ends_ends_the_run(tmp_path: Path) -> None:
    """Nothing is written on the word of nobody."""
    with pytest.raises(UnforkError, match="does not answer textDocument/diagnostic"):
        _plan(tmp_path, {}, f"{_ENGINE} --dies-at .py")


def test_a_server_that_is_too_slow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that takes too long is left; if all do, the run ends."""
    monkeypatch.setattr(json_rpc, "PATIENCE", 5)
    plan = _plan(tmp_path, {}, f"{_ENGINE} --sleeps-at one.py")
    assert _changed(plan) == ["two.py"]
    assert "does not answer textDocument/diagnostic within 5 seconds" in plan.left[0].message
    with pytest.raises(UnforkError, match="within 5 seconds"):
        _plan(tmp_path, {}, f"{_ENGINE} --sleeps-at .py")


def test_the_server_sees_what_an_earlier_migration_has_changed(tmp_path: Path) -> None:
    """Lines have moved by then, and positions are of the text as that migration leaves it."""
    files = {
        "app/old.py": "class Engine:\n    def run_job(self): ...\n\n\nclass Other: ...\n",
        "app/new.py": "class Engine:\n    def run_job(self): ...\n",
        "app/last.py": "class Engine:\n    def perform(self): ...\n",
        "then.toml": '[migration]\nname = "then"\n[[redirect]]\nfrom = "app.new"\nto = "app.last"\n'
        '[redirect.calls]\n"Engine.run_job" = { to = "perform" }\n',
        "one.py": "from app.old import Engine, Other\n\n\ndef make():\n    return Engine()\n\n\n"
        "make().run_job()  # known\n",
        "two.py": "",
    }
    plan = _plan(tmp_path, files, migrations="m.toml then.toml")
    [change] = plan.changes
    after = change.result((tmp_path / "one.py").read_bytes()).decode()
    assert after.endswith("make().perform()  # known\n")


def test_without_a_type_checker_nothing_of_it_is_loaded(tmp_path: Path) -> None:
    """An option must not cost those who do not use it."""
    _plan(tmp_path, {})
    code = (
        "import sys; from unfork.__main__ import main\n"
        "try:\n    main()\nexcept SystemExit: pass\n"
        "print([name for name in sys.modules if 'language_server' in name or 'type_errors' in name"
        " or 'json_rpc' in name or 'written_tree' in name])"
    )
    command = [sys.executable, "-c", code, "diff", "-m", "m.toml", "--stat"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[-1] == "[]", done.stderr
