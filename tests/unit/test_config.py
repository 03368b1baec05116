from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from unfork.errors import GitError, MigrationError, UnforkError
from unfork.loading.config import Config, find_project, load_config, relative_paths


def _write(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


@pytest.fixture
def top(tmp_path: Path) -> Path:
    return tmp_path.resolve()


def test_the_given_root_comes_first(top: Path) -> None:
    _write(top / "pyproject.toml", "[tool.unfork]\n")
    _write(top / "a/pyproject.toml", '[tool.unfork]\nexclude = ["x"]\n')
    root, config = find_project(Path("a"), top)
    assert (root, config.exclude) == (top / "a", ("x",))
    assert find_project(top / "a", top)[1].exclude == ("x",)


def test_then_the_nearest_configuration(top: Path) -> None:
    _write(top / "a/pyproject.toml", "[tool.unfork]\n")
    _write(top / "a/b/pyproject.toml", "[tool.ruff]\n# not unfork\n")
    (top / "a/b/c").mkdir()
    subprocess.run(["git", "init", "-q"], cwd=top / "a/b", check=True)
    assert find_project(None, top / "a/b/c")[0] == top / "a"


def test_then_the_top_of_the_work_tree(top: Path) -> None:
    (top / "a/b").mkdir(parents=True)
    subprocess.run(["git", "init", "-q"], cwd=top / "a", check=True)
    assert find_project(None, top / "a/b") == (top / "a", Config())


def test_then_the_current_folder(top: Path) -> None:
    assert find_project(None, top) == (top, Config())


def test_a_broken_git_folder_is_told(top: Path) -> None:
    (top / ".git").mkdir()
    with pytest.raises(GitError):
        find_project(None, top)


@pytest.mark.parametrize(("root", "why"), [("none", "is not there"), ("file", "is not a folder")])
def test_a_root_that_is_none(top: Path, root: str, why: str) -> None:
    _write(top / "file", "")
    with pytest.raises(UnforkError, match=f"the root {root} {why}"):
        find_project(Path(root), top)


def test_what_the_configuration_says(top: Path) -> None:
    text = '[tool.unfork]\nexclude = ["archive/**"]\nmigrations = [\n  "a.toml",\n  "b",\n]\n'
    file = _write(top / "pyproject.toml", text)
    config = load_config(top)
    assert config[:3] == (str(file), ("a.toml", "b"), ("archive/**",))
    assert (config.line(0), config.line(1)) == (4, 5)


def test_no_configuration_is_an_empty_one(top: Path) -> None:
    assert load_config(top) == Config()
    _write(top / "pyproject.toml", "this is no TOML, and none of our business")
    assert load_config(top) == Config()
    _write(top / "pyproject.toml", '[project]\nname = "unfork"\n')
    assert load_config(top) == Config()


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("[tool.unfork\n", 1, "not valid TOML: Expected ']' at the end of a table declaration"),
        ("[tool.unfork]\nmigration = []\n", 2, "'migration' in [tool.unfork]; did you mean 'migr"),
        ("[tool.unfork]\nx = []\n", 2, "unknown key 'x' in [tool.unfork]"),
        ("[tool.unfork]\nmigrations = 'a'\n", 2, "must be an array of strings, not a string"),
        ("[tool.unfork]\nmigrations = [\n'a',\n1]\n", 4, "an entry of 'migrations' must be a str"),
        ("[tool.unfork]\nmigrations = ['']\n", 2, "'migrations' is empty"),
        ("[tool.unfork]\nexclude = ['a', '!b']\n", 2, "'exclude': '!b' starts with '!'"),
        (
            "[tool]\nunfork = 1\n",
            2,
            "'unfork' must be a table, not an integer: write [tool.unfork]",
        ),
        ("tool = 'unfork'\n", 1, "'tool' must be a table, not a string"),
        ("[[tool.unfork]]\n", 1, "'unfork' must be a table, not an array"),
    ],
)
def test_a_wrong_configuration(top: Path, text: str, line: int, message: str) -> None:
    file = _write(top / "pyproject.toml", text)
    with pytest.raises(MigrationError) as caught:
        load_config(top)
    assert (caught.value.file, caught.value.line) == (str(file), line)
    assert message in str(caught.value)


def test_paths_are_told_from_the_root(top: Path) -> None:
    _write(top / "src/a b/\u00e9.py", "")
    _write(top / "x.py", "")
    given = ["\u00e9.py", "../../x.py", ".", str(top), "../a b/\u00e9.py"]
    expected = ("src/a b/\u00e9.py", "x.py", "src/a b", ".")
    assert relative_paths(top, top / "src/a b", given) == expected


def test_links_are_followed(top: Path) -> None:
    _write(top / "real/a.py", "")
    _link(top / "linked", top / "real")
    assert relative_paths(top, top, ["linked/a.py", "linked"]) == ("real/a.py", "real")


def _link(link: Path, to: Path) -> None:
    try:
        link.symlink_to(to, target_is_directory=to.is_dir())
    except OSError:
        pytest.skip("this system lets nobody make symbolic links")


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("none.py", "none.py: no such file or folder"),
        ("file/a.py", "file/a.py: "),
        ("../root", None),
        ("..", "..: outside the project's root"),
        ("../other.py", "../other.py: outside the project's root"),
        ("a\0b", "cannot be looked at"),
    ],
)
def test_paths_that_cannot_be_taken(top: Path, path: str, message: str | None) -> None:
    root = top / "root"
    _write(root / "file", "")
    _write(top / "other.py", "")
    if message is None:
        assert relative_paths(root, root, [path]) == (".",)
        return
    with pytest.raises(UnforkError) as caught:
        relative_paths(root, root, [path])
    assert message in str(caught.value)


def test_a_path_from_the_root_is_told_apart(top: Path) -> None:
    _write(top / "src/a.py", "")
    with pytest.raises(UnforkError, match="paths start from the current folder"):
        relative_paths(top, top / "src", ["src/a.py"])


def test_a_link_that_leads_out(top: Path) -> None:
    _write(top / "other.py", "")
    (top / "root").mkdir()
    _link(top / "root/in.py", top / "other.py")
    with pytest.raises(UnforkError, match=r"in\.py: outside the project's root"):
        relative_paths(top / "root", top / "root", ["in.py"])
