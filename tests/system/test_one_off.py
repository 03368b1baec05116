"""One redirect from the command line, and the migration that `unfork init` makes of it."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import jsonschema
import pytest
from small_project import (
    CONFIGURED,
    FILES,
    FIXED,
    ONE_OFF,
    make_repository,
    run_unfork,
    write_files,
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path.resolve() / "root"
    write_files(folder, FILES)
    return folder


def test_diff_apply_and_check_take_one_redirect(root: Path) -> None:
    shown = run_unfork(root, "diff", *ONE_OFF)
    assert (shown.returncode, shown.stderr) == (1, "")
    assert "-from proj.old import OldEngine\n+from proj.new import Engine\n" in shown.stdout
    checked = run_unfork(root, "check", *ONE_OFF)
    assert checked.returncode == 1
    assert "proj/user.py:2:22 UF001 [*] " in checked.stdout
    assert run_unfork(root, "apply", *ONE_OFF).returncode == 0
    assert (root / "proj/user.py").read_text() == FIXED
    for command in ("diff", "apply", "check"):
        assert run_unfork(root, command, *ONE_OFF).returncode == 0


def test_a_branch_of_one_redirect(root: Path) -> None:
    make_repository(root)
    done = run_unfork(root, "apply", *ONE_OFF, "--branch", "tidy")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("\nNext: git diff main..tidy\n")


def test_a_name_may_live_elsewhere(root: Path) -> None:
    write_files(root, {"proj/third.py": "class Machine:\n    pass\n"})
    options = ("--from", "proj.old", "--to", "proj.new", "--name", "OldEngine=proj.third:Machine")
    assert run_unfork(root, "apply", *options).returncode == 0
    assert "from proj.third import Machine\n" in (root / "proj/user.py").read_text()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--from", "proj.old"), "--to MODULE is missing"),
        (("--to", "proj.new"), "--from MODULE is missing"),
        (("--name", "A=B"), "--from MODULE is missing"),
        ((*ONE_OFF, "-m", "migration.toml"), "--from and -m exclude each other"),
        ((*ONE_OFF, "--name", "OldEngine=Other"), "OldEngine is given twice"),
        ((*ONE_OFF, "--name", "helper"), "--name helper: write OLD=NEW"),
        ((*ONE_OFF, "--name", "helper=a b"), "'a b' is neither 'Name' nor 'module:Name'"),
        ((*ONE_OFF, "--name", "1=b"), "'1' is not a name that a module can define"),
        (("--from", "proj.old", "--to", "proj.nwe"), "did you mean 'proj.new'?"),
        (("--from", "proj/old.py", "--to", "proj.new"), "is a path: write it with dots"),
        (("--from", "proj.old", "--to", "proj.old"), "circular redirect"),
        ((*ONE_OFF[:4], "--name", "OldEngine=Engin"), "did you mean 'Engine'?"),
    ],
)
@pytest.mark.parametrize("command", ["diff", "apply", "check"])
def test_what_is_wrong_is_said(
    root: Path, command: str, options: tuple[str, ...], message: str
) -> None:
    before = (root / "proj/user.py").read_bytes()
    done = run_unfork(root, command, *options)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert done.stderr.startswith("unfork: error: ")
    assert done.stderr.count("\n") == 1
    assert (root / "proj/user.py").read_bytes() == before


def test_init_writes_what_runs_unedited(root: Path) -> None:
    done = run_unfork(root, "init", *ONE_OFF, "-o", "engines.toml")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "engines.toml is written. Next: unfork diff -m engines.toml\n"
    by_file = run_unfork(root, "diff", "-m", "engines.toml", "--format", "json")
    by_options = run_unfork(root, "diff", *ONE_OFF, "--format", "json")
    assert by_file.returncode == by_options.returncode == 1
    assert json.loads(by_file.stdout)["changes"] == json.loads(by_options.stdout)["changes"]


def test_init_says_what_differs_and_where_to_list_it(root: Path) -> None:
    more = "\n\ndef lost():\n    pass\n\n\ndef engin():\n    pass\n"
    write_files(root, {"proj/old.py": FILES["proj/old.py"] + more})
    write_files(root, {"proj/third.py": "def lost():\n    pass\n"})
    text = run_unfork(root, "init", *ONE_OFF).stdout
    assert '\n# lost = "proj.third:lost"\n' in text
    assert '\n# engin = "Engine"\n' in text
    assert "#   proj/old.py:5 helper and proj.new:helper differ: (a, b) here, " in text
    assert '\n#   [tool.unfork]\n#   migrations = ["migrations/old.toml"]\n' in text
    answered = text.replace("# lost =", "lost =").replace("# engin =", "engin =")
    write_files(root, {"answered.toml": answered})
    assert run_unfork(root, "check", "-m", "answered.toml").returncode == 1


def test_listed_as_it_says_it_guards(root: Path) -> None:
    run_unfork(root, "init", *ONE_OFF, "-o", "migrations/old.toml")
    listed = '[tool.unfork]\nmigrations = ["migrations/old.toml"]\n'
    assert (
        "#   ".join(("", *listed.splitlines(keepends=True)))
        in (root / "migrations/old.toml").read_text()
    )
    write_files(root, {"pyproject.toml": listed})
    assert run_unfork(root, "check").returncode == 1
    assert run_unfork(root, "check", "--fix").returncode == 0
    assert (root / "proj/user.py").read_text() == FIXED


def test_a_template_without_options_loads_and_does_nothing(root: Path) -> None:
    done = run_unfork(root, "init", "-o", "first.toml")
    assert done.returncode == 0
    for command in ("diff", "check", "apply"):
        assert run_unfork(root, command, "-m", "first.toml").returncode == 0


def test_each_step_of_the_template_is_one(root: Path) -> None:
    text = run_unfork(root, "init", *ONE_OFF).stdout
    start = text.index("# [[repair]]")
    steps = "\n".join(line.removeprefix("# ") for line in text[start:].splitlines())
    loaded = tomllib.loads(text[:start] + steps)
    assert {"migration", "redirect", "repair", "align", "deprecate", "remove"} == set(loaded)
    jsonschema.validate(loaded, json.loads(run_unfork(root, "init", "--schema").stdout))


def test_what_is_not_saved_says_how_to_save_it(root: Path) -> None:
    saving = "# To save this file, add `-o migrations/old.toml` to the command. Then:\n"
    assert saving in run_unfork(root, "init", *ONE_OFF).stdout
    run_unfork(root, "init", *ONE_OFF, "-o", "migrations/old.toml")
    text = (root / "migrations/old.toml").read_text()
    assert saving not in text
    assert "#   unfork diff -m migrations/old.toml " in text


def test_a_command_to_paste_is_quoted(root: Path) -> None:
    done = run_unfork(root, "init", *ONE_OFF, "-o", "the old one.toml")
    assert done.stdout.endswith("Next: unfork diff -m 'the old one.toml'\n")
    assert "#   unfork diff -m 'the old one.toml' " in (root / "the old one.toml").read_text()


def test_init_overwrites_nothing(root: Path) -> None:
    write_files(root, CONFIGURED)
    before = (root / "migration.toml").read_bytes()
    done = run_unfork(root, "init", *ONE_OFF, "-o", "migration.toml")
    assert (done.returncode, done.stdout) == (2, "")
    assert "migration.toml exists" in done.stderr
    assert (root / "migration.toml").read_bytes() == before


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            ("--from", "proj.odl", "--to", "proj.new"),
            "# proj.odl does not exist any more; did you mean 'proj.old'?",
        ),
        (
            (*ONE_OFF, "--name", "helpr=helper"),
            "# [redirect.names] lists helpr, which proj.old does not define; did you mean helper?",
        ),
    ],
)
def test_init_says_what_is_not_there(root: Path, options: tuple[str, ...], said: str) -> None:
    text = run_unfork(root, "init", *options).stdout
    assert said in text.splitlines()
    assert "All public names have a counterpart" not in text


def test_a_package_from_the_command_line(root: Path) -> None:
    write_files(
        root, {"kit/__init__.py": "", "kit/old.py": "A = 1\n", "use.py": "import kit.old\n"}
    )
    options = ("--from", "kit.*", "--to", "proj.*")
    done = run_unfork(root, "init", *options, "-o", "kit.toml")
    assert (done.returncode, done.stderr) == (0, "")
    assert run_unfork(root, "diff", "-m", "kit.toml").returncode == 1
    write_files(root, {"kit/gone.py": "", "use.py": "import kit.gone\n"})
    shown = run_unfork(root, "diff", *options).stdout
    assert (
        "no counterpart for kit.* (--from kit.* --to proj.*): there is no proj.gone: write" in shown
    )


def test_init_refuses_modules_that_are_not_there(root: Path) -> None:
    done = run_unfork(root, "init", "--from", "proj.old", "--to", "proj.nwe", "-o", "m.toml")
    assert done.returncode == 2
    assert "did you mean 'proj.new'?" in done.stderr
    assert not (root / "m.toml").exists()


def test_the_schema_in_a_file_is_the_one_on_stdout(root: Path) -> None:
    done = run_unfork(root, "init", "--schema")
    assert done.returncode == 0
    assert run_unfork(root, "init", "--schema", "-o", "unfork.schema.json").returncode == 0
    assert (root / "unfork.schema.json").read_text() == done.stdout
    first = run_unfork(root, "init").stdout.partition("\n")[0]
    assert first == "#:schema ./unfork.schema.json"
    assert run_unfork(root, "init", "--schema", *ONE_OFF).returncode == 2
