from __future__ import annotations

import os
import pickle
from pathlib import Path

import pytest

from unfork.errors import MigrationError, UnforkError
from unfork.loading.config import Config, load_config
from unfork.loading.migrations import (
    bundled_migrations,
    configured_migrations,
    find_migration,
    load_migration,
    migrations_for,
)
from unfork_codemods.align import Align
from unfork_codemods.deprecate import Deprecate
from unfork_codemods.migration import Migration, by_kind
from unfork_codemods.redirect import Redirect
from unfork_codemods.remove import Remove
from unfork_codemods.repair import Repair
from unfork_codemods.step import Target, line_of

HEAD = '[migration]\nname = "x"\n'
ALL_STEPS = """\
[[remove]]
module = "a.gone"

[migration]
name = "all-steps"
summary = "Every step"
roots = [".", "lib/src"]
exclude = ["archive/**"]

[[redirect]]
from = "a.old"
to = "a.new"
[redirect.names]
Old = "New"
State = "b.state:Status"

[[redirect]]
from = "a.older"
names = { f = "b.c:g" }

[[repair]]
module = "a.ops"
prefer = [
    "a.state",
    "b.state",
]
names.Graph = "a.compiler:Graph"

[[align]]
modules = ["a.new"]
surface = "a"

[[deprecate]]
module = "a.old"
use = "a.new"
since = "2025-11-19"
removal = "2026-06"
shim = true
"""


def _file(tmp_path: Path, text: str, name: str = "m.toml") -> Path:
    file = tmp_path / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    return file


def _without_lines(migration: Migration) -> Migration:
    """The lines of keys have a test of their own."""
    steps = {
        kind.name: tuple(s._replace(lines={}) for s in steps) for kind, steps in migration.kinds()
    }
    return migration._replace(steps=steps, lines={})


def test_every_step_is_read(tmp_path: Path) -> None:
    file = _file(tmp_path, ALL_STEPS)
    names = {"Old": Target("a.new", "New"), "State": Target("b.state", "Status")}
    assert _without_lines(load_migration(file)) == Migration(
        name="all-steps",
        file=str(file),
        summary="Every step",
        roots=(".", "lib/src"),
        exclude=("archive/**",),
        steps=by_kind(
            [
                Redirect("a.old", "a.new", names, 10),
                Redirect("a.older", None, {"f": Target("b.c", "g")}, 17),
                Repair(
                    "a.ops", ("a.state", "b.state"), {"Graph": Target("a.compiler", "Graph")}, 21
                ),
                Align(("a.new",), "a", 29),
                Deprecate("a.old", "a.new", "2025-11-19", "2026-06", True, 33),
                Remove("a.gone", 1),
            ]
        ),
    )


def test_every_key_has_its_line(tmp_path: Path) -> None:
    migration = load_migration(_file(tmp_path, ALL_STEPS))
    redirect, older = migration.redirects
    assert line_of(redirect, "to") == 12
    assert line_of(redirect, "names", "State") == 15
    assert line_of(older, "names", "f") == 19
    assert line_of(migration.repairs[0], "prefer", "b.state") == 25
    assert line_of(migration.repairs[0], "names", "Graph") == 27
    assert line_of(migration.aligns[0], "surface") == 31
    assert line_of(migration.aligns[0], "modules", "no.such") == 29


@pytest.mark.parametrize("change", [("\n", "\r\n"), ("[[remove]]", "\ufeff[[remove]]")])
def test_the_text_may_come_from_windows(tmp_path: Path, change: tuple[str, str]) -> None:
    plain = load_migration(_file(tmp_path, ALL_STEPS))
    assert load_migration(_file(tmp_path, ALL_STEPS.replace(*change))) == plain


def test_a_migration_can_be_sent_to_another_process(tmp_path: Path) -> None:
    migration = load_migration(_file(tmp_path, ALL_STEPS))
    assert pickle.loads(pickle.dumps(migration)) == migration


def _redirect(source: str, to: str, *names: str) -> str:
    return f'[[redirect]]\nfrom = "{source}"\nto = "{to}"\nnames = {{ {", ".join(names)} }}\n'


WRONG = [
    ("", 1, "[migration] has no 'name'"),
    ("x", 1, "not valid TOML: Expected '=' after a key"),
    ("a = 1\na = 2\n", 2, "not valid TOML: Cannot overwrite a value"),
    ("x = '''\n\n", 1, "not valid TOML: "),
    ("# \udcff\n", 1, "not UTF-8"),
    (HEAD + "# fine\n# \udcff\n", 4, "not UTF-8"),
    ("x = " + "[" * 100_000, 0, "nested too deeply to be read"),
    ("x = " + "1" * 5000, 0, "not valid TOML"),
    ("migration = 1\n", 1, "'migration' must be a table, not an integer: write [migration]"),
    ("[[migration]]\n", 1, "'migration' must be a table, not an array"),
    ("[migration]\nname = 1\n", 2, "'name' must be a string, not an integer: put it in quotes"),
    ("[migration]\nname = ' '\n", 2, "'name' is empty"),
    ('[migration]\nname = "a\\u001b[2J"\n', 2, "'name' has characters that cannot be printed"),
    (HEAD + "title = 'a'\n", 3, "unknown key 'title' in [migration]"),
    (HEAD + "sumary = 'a'\n", 3, "unknown key 'sumary' in [migration]; did you mean 'summary'?"),
    (HEAD + "summary = ['a']\n", 3, "'summary' must be a string, not an array"),
    (HEAD + "roots = 'src'\n", 3, "must be an array of strings, not a string: write roots = ['s"),
    (HEAD + "roots = []\n", 3, "'roots' is empty"),
    (HEAD + "roots = [\n  'a',\n  '../b',\n]\n", 5, "'../b' leads out of the project's root"),
    (HEAD + "roots = ['/a']\n", 3, "'/a' leads out"),
    (HEAD + "roots = ['C:/a']\n", 3, "'C:/a' is not a folder"),
    (HEAD + "roots = ['a\\b']\n", 3, "write '/' between folders"),
    (HEAD + "exclude = ['a', '!b']\n", 3, "'exclude': '!b' starts with '!'"),
    (HEAD + "exclude = ['../b']\n", 3, "'exclude': '../b' has an empty, '.' or '..' part"),
    (HEAD + "[[redirct]]\n", 3, "unknown key 'redirct' in the top level; did you mean 'redirect'?"),
    (HEAD + "[redirect]\n", 3, "'redirect' must be tables, not a table: write [[redirect]]"),
    (HEAD + "[redirect.names]\n", 3, "write [[redirect]]"),
    ("redirect = [1]\n" + HEAD, 1, "'redirect' must be tables, not an array of something else"),
    (HEAD + "[[redirect]]\nto = 'a'\n", 3, "[[redirect]] has no 'from'"),
    (HEAD + "[[redirect]]\nform = 'a'\n", 4, "in [[redirect]]; did you mean 'from'?"),
    (HEAD + "[[redirect]]\nfrom = 'a'\n", 3, "the redirect of 'a' needs 'to' or 'names'"),
    (HEAD + "[[redirect]]\nfrom = 'a'\nnames = {}\n", 3, "needs 'to' or 'names'"),
    (HEAD + "[[redirect]]\nfrom = 'a'\nnames = []\n", 5, "'names' must be a table, not an array"),
    (HEAD + "[[redirect]]\nfrom = 'a/b.py'\n", 4, "'a/b.py' is a path: write it with dots"),
    (HEAD + "[[redirect]]\nfrom = 'a..b'\n", 4, "'a..b' is not a module"),
    (HEAD + "[[redirect]]\nfrom = '.a'\n", 4, "'.a' is not a module"),
    (HEAD + "[[redirect]]\nfrom = '../../etc'\n", 4, "'../../etc' is a path"),
    (HEAD + "[[redirect]]\nfrom = 'a'\nto = 'a.class'\n", 5, "'a.class' is not a module"),
    (HEAD + "[[redirect]]\nfrom = 'a'\nto = 'a b'\n", 5, "'a b' is not a module"),
    (HEAD + "[[redirect]]\nfrom = 'a'\nto = '2a'\n", 5, "'2a' is not a module"),
    (HEAD + _redirect("a", "b", "X = 1"), 6, "'X' must be a string, not an integer"),
    (HEAD + _redirect("a", "b", "X.Y = 'Z'"), 6, "'X' must be a string, not a table"),
    (HEAD + _redirect("a", "b", "'X Y' = 'Z'"), 6, "'X Y' is not a name that a module can define"),
    (HEAD + _redirect("a", "b", "def = 'Z'"), 6, "'def' is not a name"),
    (HEAD + _redirect("a", "b", "X = 'c.Z'"), 6, "'c.Z' is neither 'Name' nor 'module:Name'"),
    (HEAD + _redirect("a", "b", "X = 'c:'"), 6, "'c:' is neither 'Name' nor 'module:Name'"),
    (HEAD + _redirect("a", "b", "X = ':Z'"), 6, "'' is not a module"),
    (HEAD + _redirect("a", "b", "X = 'c:d:Z'"), 6, "'c:d' is not a module"),
    (HEAD + "[[redirect]]\nfrom = 'a'\nnames = { X = 'Y' }\n", 5, "'Y' needs its module, as in"),
    (HEAD + "[[repair]]\nmodule = 'a'\n[repair.names]\nX = 'Y'\n", 6, "'Y' needs its module"),
    (HEAD + _redirect("a", "b") + _redirect("a", "c"), 7, "'a' is redirected twice: first in "),
    (HEAD + _redirect("a", "a"), 5, "circular redirect: a -> a"),
    (HEAD + _redirect("a", "b") + _redirect("b", "a"), 9, "circular redirect: a -> b -> a"),
    (
        HEAD + _redirect("a", "b") + _redirect("b", "c") + _redirect("c", "d", "X = 'a:X'"),
        14,
        "circular redirect: c -> a -> b -> c",
    ),
    (
        HEAD + "[[redirect]]\nfrom = 'z'\n[redirect.names]\nX = 'z:Y'\nY = 'z:X'\n",
        6,
        "circular redirect: z -> z",
    ),
    (HEAD + _redirect("z", "y", "X = 'z:Y'"), 6, "circular redirect: z -> z"),
    (
        HEAD + "[[redirect]]\nfrom = 'a'\nto = 'b'\n[redirect.calls]\n'C.m' = 'x'\n",
        7,
        "'C.m' must be a table, not a string: write [redirect.calls.\"C.m\"]",
    ),
    (
        HEAD
        + "[[redirect]]\nfrom = 'a'\nto = 'b'\ncalls = {f = {rename = {x = 'y'}, drop = ['x']}}",
        6,
        "'x' is renamed, and cannot be dropped, too",
    ),
    (HEAD + "[[repair]]\nmodule = 'a'\nprefer = 'b'\n", 5, "write prefer = ['b']"),
    (HEAD + "[[repair]]\nmodule = 'a'\nprefer = ['b', 'c-d']\n", 5, "'c-d' is not a module"),
    (HEAD + "[[repair]]\nmodule = 'a'\n" * 2, 5, "'a' is repaired twice: first in "),
    (HEAD + "[[align]]\nsurface = 'a'\n", 3, "[[align]] needs 'modules', an array of modules"),
    (HEAD + "[[align]]\nmodules = []\n", 4, "[[align]] needs 'modules', an array of modules"),
    (HEAD + "[[align]]\nmodules = ['a', 1]\n", 4, "an entry of 'modules' must be a string, not an"),
    (HEAD + "[[deprecate]]\nmodule = 'a'\nsince = 2025-11-19\n", 5, "a date: put it in quotes"),
    (HEAD + "[[deprecate]]\nmodule = 'a'\nsince = 10:00:00\n", 5, "a time: put it in quotes"),
    (HEAD + "[[deprecate]]\nmodule = 'a'\nremoval = 2.0\n", 5, "a number: put it in quotes"),
    (HEAD + "[[deprecate]]\nmodule = 'a'\nshim = 'yes'\n", 5, "'shim' must be true or false"),
    (HEAD + "[[deprecate]]\nmodule = 'a'\nshim = 1\n", 5, "'shim' must be true or false"),
    (HEAD + '[[deprecate]]\nmodule = "a"\nsince = "a\\nb"\n', 5, "cannot be printed"),
    (HEAD + "[[deprecate]]\nmodul = 'a'\n", 4, "in [[deprecate]]; did you mean 'module'?"),
    (HEAD + "[[deprecate]]\nmodule = 'a'\n" * 2, 5, "'a' is deprecated twice"),
    (HEAD + "[[remove]]\nmodule = true\n", 4, "'module' must be a string, not a boolean"),
    (HEAD + "[[remove]]\n", 3, "[[remove]] has no 'module'"),
]


@pytest.mark.parametrize(("text", "line", "message"), WRONG)
def test_a_wrong_migration(tmp_path: Path, text: str, line: int, message: str) -> None:
    with pytest.raises(MigrationError) as caught:
        load_migration(_file(tmp_path, text))
    assert message in str(caught.value)
    assert caught.value.line == line
    assert "\x1b" not in str(caught.value)


@pytest.mark.parametrize("path", ["none.toml", "."])
def test_a_file_that_cannot_be_read(tmp_path: Path, path: str) -> None:
    with pytest.raises(MigrationError, match="cannot be read"):
        load_migration(tmp_path / path)


def test_a_chain_is_no_circle(tmp_path: Path) -> None:
    text = HEAD + _redirect("a", "b", "X = 'd:X'") + _redirect("b", "c") + _redirect("d", "c")
    assert len(load_migration(_file(tmp_path, text)).redirects) == 3


def test_many_redirects_are_looked_through_in_no_time(tmp_path: Path) -> None:
    chain = "".join(_redirect(f"m{n}", f"m{n + 1}", f"X = 'm{n + 2}:X'") for n in range(1500))
    assert len(load_migration(_file(tmp_path, HEAD + chain)).redirects) == 1500


def test_the_bundled_migration_has_the_name_of_its_file() -> None:
    (migration,) = bundled_migrations()
    assert migration.name == "execution-engines"
    assert migration.file == "unfork_codemods/migrations/execution_engines.toml"


def _named(name: str) -> str:
    return f'[migration]\nname = "{name}"\n'


def _configured(root: Path, *entries: str) -> Config:
    _file(
        root,
        "[tool.unfork]\nmigrations = [\n" + "".join(f"'{e}',\n" for e in entries) + "]\n",
        "pyproject.toml",
    )
    return load_config(root)


def test_configured_files_globs_and_names(tmp_path: Path) -> None:
    for name in ("migrations/b.toml", "migrations/a.toml", "other/c.toml"):
        _file(tmp_path, _named(name), name)
    config = _configured(
        tmp_path, "migrations/*.toml", "execution-engines", "other/c.toml", "**/a.toml"
    )
    assert [migration.file for migration in configured_migrations(tmp_path, config)] == [
        "migrations/a.toml",
        "migrations/b.toml",
        "unfork_codemods/migrations/execution_engines.toml",
        "other/c.toml",
    ]


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("none/*.toml", "pyproject.toml:4: 'migrations': there is no file 'none/*.toml'"),
        ("none.toml", "pyproject.toml:4: 'migrations': there is no file 'none.toml'"),
        ("execution-engine", "bundled migration; did you mean 'execution-engines'?"),
        ("other", "pyproject.toml:4: 'migrations': 'other' is neither a file nor a bundled"),
        ("wrong.toml", "wrong.toml:1: [migration] has no 'name'"),
        ("twice.toml", "twice.toml: the name 'x' is that of m.toml already"),
    ],
)
def test_a_wrong_entry(tmp_path: Path, entry: str, message: str) -> None:
    _file(tmp_path, HEAD)
    _file(tmp_path, "", "wrong.toml")
    _file(tmp_path, HEAD + _redirect("a", "b"), "twice.toml")
    config = _configured(tmp_path, "m.toml", entry)
    with pytest.raises(MigrationError) as caught:
        configured_migrations(tmp_path, config)
    assert message in str(caught.value)


def test_a_file_comes_before_a_configured_before_a_bundled_name(tmp_path: Path) -> None:
    root, cwd = tmp_path / "root", tmp_path / "cwd"
    _file(root, HEAD)
    config = _configured(root, "m.toml")
    _file(cwd, _named("a file"), "x")
    _file(cwd, _named("in a folder"), "execution-engines/inner.toml")
    assert find_migration("x", cwd, root, config).name == "a file"
    assert find_migration("x", root, root, config).file == "m.toml"
    assert find_migration("execution-engines", cwd, root, config).redirects
    assert find_migration(os.path.join("execution-engines", "inner.toml"), cwd, root, config)


def test_a_name_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(UnforkError, match="did you mean 'execution-engines'"):
        find_migration("execution_engines", tmp_path, tmp_path, Config())
    with pytest.raises(UnforkError, match="`unfork list` shows the names"):
        find_migration("none", tmp_path, tmp_path, Config())


def test_the_migrations_of_a_run(tmp_path: Path) -> None:
    file = str(_file(tmp_path, HEAD))
    config = _configured(tmp_path, "m.toml")
    assert [m.name for m in migrations_for(tmp_path, config)] == ["x"]
    bundled, own = migrations_for(tmp_path, config, ["execution-engines", "x", file], tmp_path)
    assert (bundled.name, own.name) == ("execution-engines", "x")
    with pytest.raises(UnforkError, match="no migration: name one with -m"):
        migrations_for(tmp_path, Config())


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        (_redirect("a", "b"), _redirect("b", "a"), "circular redirect: a -> b -> a"),
        (_redirect("a", "b"), _redirect("a", "c"), "'a' is redirected twice: first in "),
    ],
)
def test_migrations_that_contradict_each_other(
    tmp_path: Path, first: str, second: str, message: str
) -> None:
    one = _file(tmp_path, _named("one") + first, "one.toml")
    two = _file(tmp_path, _named("two") + second, "two.toml")
    with pytest.raises(MigrationError) as caught:
        migrations_for(tmp_path, Config(), [str(one), str(two)])
    assert message in str(caught.value)
    assert caught.value.file == str(two)
