"""Where absolute imports start, what is outside the project, and what a migration may not name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from cases import write

from unfork.errors import MigrationError
from unfork.files.tree import WorkTree
from unfork.loading.migrations import load_migration
from unfork.planning.pipeline import make_plan
from unfork.planning.project_roots import project_roots
from unfork.reading.conflicts import conflict_sides
from unfork.reading.layout import Layout
from unfork.reading.manifests import Manifest, is_manifest, read_manifest
from unfork.reading.outside import Outside
from unfork.reading.projects import layout_of
from unfork.values import Plan

# -- manifests

PYPROJECT = """
[build-system]
requires = ["hatchling"]
[project]
name = "My.Project"
dependencies = ["docker>=6", "Some_Kit[fast] ; python_version > '3'"]
[project.optional-dependencies]
more = ["rest.framework"]
[dependency-groups]
dev = ["fakes", {include-group = "more"}]
[tool.poetry.group.dev.dependencies]
python = "^3.11"
Faker = "*"
[tool.setuptools.package-dir]
"" = "lib"
one = "far/one"
[tool.hatch.build.targets.wheel]
packages = ["python/two", "three"]
[tool.uv.workspace]
members = ["packages/*"]
"""
SETUP_CFG = """
[metadata]
name = mine
[options]
install_requires =
    one>2
    Two
package_dir =
    =lib
[options.packages.find]
where = code
[options.extras_require]
more = three
"""
SETUP_PY = """
from setuptools import find_packages, setup
VERSION = open("v").read()
setup(name="mine", version=VERSION, install_requires=["one", "two>1"] , extras_require={"x": ["three"]},
      package_dir={"": "lib"}, packages=find_packages(where="code"))
"""


@pytest.mark.parametrize(
    ("path", "text", "said"),
    [
        (
            "pyproject.toml",
            PYPROJECT,
            Manifest(
                "my_project",
                frozenset(["docker", "some_kit", "rest_framework", "fakes", "faker", "hatchling"]),
                ("lib", "far", "python", ""),
                ("packages/*",),
            ),
        ),
        (
            "setup.cfg",
            SETUP_CFG,
            Manifest("mine", frozenset(["one", "two", "three"]), ("lib", "code")),
        ),
        (
            "sub/setup.py",
            SETUP_PY,
            Manifest("mine", frozenset(["one", "two", "three"]), ("lib", "code")),
        ),
        (
            "requirements.txt",
            "# all\n-r more.txt\nOne==1  # why\ntwo[x]\n\n./local\n",
            Manifest(requires=frozenset(["one", "two"])),
        ),
        ("pyproject.toml", "[project\n", Manifest()),
        ("pyproject.toml", "project = 3\n[tool]\nuv = [1]\n", Manifest()),
        ("setup.cfg", "no section", Manifest()),
        ("setup.py", "def (", Manifest()),
    ],
)
def test_what_a_manifest_says(path: str, text: str, said: Manifest) -> None:
    assert read_manifest(path, text.encode()) == said


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("pyproject.toml", True),
        ("a/setup.py", True),
        ("requirements-dev.txt", True),
        ("requirements/base.txt", True),
        ("notes.txt", False),
        ("my_setup.py", False),
        ("other.toml", False),
    ],
)
def test_which_files_are_manifests(path: str, expected: bool) -> None:
    assert is_manifest(path) is expected


# -- roots


def _layout(files: Mapping[str, str], listed: tuple[str, ...] = ()) -> Layout:
    texts = {path: text.encode() for path, text in files.items()}
    manifests = tuple(filter(is_manifest, files))
    outside = Outside(listed, manifests, texts.__getitem__)
    python = sorted(path for path in files if path.endswith(".py"))
    return layout_of(None, python, manifests, outside)


WORKSPACE = {
    "pyproject.toml": '[tool.uv.workspace]\nmembers = ["libs/**", "apps/web"]',
    "src/top.py": "",
    "libs/deep/one/pyproject.toml": "",
    "libs/deep/one/src/one.py": "",
    "apps/web/setup.py": "setup(package_dir={'': 'code'})",
    "apps/web/code/web.py": "",
    "apps/other/setup.cfg": "",
    "apps/other/other.py": "",
}


@pytest.mark.parametrize(
    ("text", "sources", "members", "excluded"),
    [
        (
            '[tool.uv.workspace]\nmembers = ["a/*"]\nexclude = ["a/x"]\n'
            '[tool.uv.sources]\nb = {path = "libs/b", editable = true}\nc = {workspace = true}',
            (),
            ("a/*", "libs/b"),
            ("a/x",),
        ),
        ('[tool.hatch.build.targets.wheel]\nsources = ["py"]', ("py",), (), ()),
        (
            '[tool.hatch.build.targets.wheel]\nonly-include = ["py/one"]\n'
            'sources = {"py/one" = "one", "far/two" = "three"}',
            ("py",),
            (),
            (),
        ),
        ('[tool.hatch.build]\ndev-mode-dirs = [".", "py"]', (".", "py"), (), ()),
        (
            '[[tool.hatch.envs.hatch-test.workspace.members]]\npath = "libs/*"\n'
            '[project]\ndependencies = ["b @ {root:uri}/libs/b"]',
            (),
            ("libs/*", "libs/b"),
            (),
        ),
        (
            '[[tool.poetry.packages]]\ninclude = "one"\nfrom = "py"\n[tool.poetry.dependencies]\n'
            'a = {path = "libs/a", develop = true}\nb = [{path = "libs/b", python = "<3.12"}, "^1"]\n'
            '[tool.poetry.dev-dependencies]\nc = {path = "libs/c"}',
            ("py",),
            ("libs/a", "libs/b", "libs/c"),
            (),
        ),
        (
            '[tool.pdm]\npackage-dir = "py"\n[tool.pdm.dev-dependencies]\n'
            'dev = ["-e file:///${PROJECT_ROOT}/libs/a#egg=a"]',
            ("py",),
            ("libs/a",),
            (),
        ),
        (
            '[tool.setuptools]\npy-modules = ["one"]\npackage-dir = {"" = "py"}',
            ("py",),
            (),
            (),
        ),
    ],
)
@pytest.mark.parametrize("start", ["", "\ufeff"])
def test_where_a_build_has_its_packages_and_a_workspace_its_members(
    start: str,
    text: str,
    sources: tuple[str, ...],
    members: tuple[str, ...],
    excluded: tuple[str, ...],
) -> None:
    said = read_manifest("pyproject.toml", (start + text).encode())
    assert (said.sources, said.members, said.excluded) == (sources, members, excluded)


def test_a_folder_hides_no_package_in_a_later_root() -> None:
    layout = _layout({"p/notes.py": "", "src/p/__init__.py": "", "src/p/a.py": ""})
    assert layout.absolute("p", "x.py").key == "src/p"
    assert layout.named("p").key == "src/p"
    assert layout.absolute("p.notes", "x.py").key == "p/notes"  # started elsewhere, it is there
    assert layout.absolute("p", "p/x.py").key == "src/p"


def test_a_namespace_package_has_the_modules_of_all_its_portions() -> None:
    workspace = {"pyproject.toml": '[tool.uv.workspace]\nmembers = ["libs/*"]'}
    files = workspace | dict.fromkeys(("libs/a/setup.py", "libs/b/setup.py"), "")
    files |= dict.fromkeys(("libs/a/ns/one.py", "libs/b/ns/two/__init__.py"), "")
    layout = _layout(files)
    found = layout.absolute("ns", "libs/a/ns/one.py").key
    assert layout.submodule(found, "one") == "libs/a/ns/one"
    assert layout.submodule(found, "two") == "libs/b/ns/two"
    assert layout.submodule(found, "three") is None


TWO_MEMBERS = {
    "pyproject.toml": '[tool.uv.workspace]\nmembers = ["libs/*"]\nexclude = ["libs/old"]',
    "libs/a/pyproject.toml": '[project]\nname = "a"',
    "libs/a/utils.py": "",
    "libs/a/tests/x.py": "",
    "libs/b/pyproject.toml": '[project]\nname = "lib.b"',
    "libs/b/src/utils.py": "",
    "libs/c/pyproject.toml": '[project]\nname = "c"\ndependencies = ["Lib-B>1"]',
    "libs/c/x.py": "",
    "libs/d/pyproject.toml": "",
    "libs/d/x.py": "",
    "libs/old/pyproject.toml": "",
    "libs/old/lost.py": "",
}


@pytest.mark.parametrize(
    ("importer", "keys"),
    [
        ("libs/a/tests/x.py", ["libs/a/utils"]),
        ("libs/b/src/y/z.py", ["libs/b/src/utils"]),
        ("libs/c/x.py", ["libs/b/src/utils"]),  # c requires b
        ("libs/d/x.py", ["libs/a/utils", "libs/b/src/utils"]),
        ("x.py", ["libs/a/utils", "libs/b/src/utils"]),
    ],
)
def test_a_module_that_two_members_have_is_told_apart_by_its_importer(
    importer: str, keys: list[str]
) -> None:
    found = _layout(TWO_MEMBERS).absolute("utils", importer)
    assert [found.key, *found.maybe] == (keys if len(keys) == 1 else ["<utils>", *keys])


def test_an_excluded_folder_is_no_member() -> None:
    layout = _layout(TWO_MEMBERS)
    assert "libs/old" not in layout.roots
    assert layout.absolute("lost", "libs/d/x.py").key == "<lost>"


def test_members_of_a_workspace_have_roots_and_other_projects_their_own(tmp_path: Path) -> None:
    layout = _layout(WORKSPACE)
    members = ("apps/web", "apps/web/code", "libs/deep/one", "libs/deep/one/src")
    assert layout.roots == ("", "src", *members)
    assert layout.projects["apps/other"] == ("apps/other",)
    assert layout.absolute("one", "x.py").key == "libs/deep/one/src/one"
    assert layout.absolute("other", "apps/other/x/y.py").key == "apps/other/other"
    assert layout.absolute("other", "x.py").key == "<other>"
    root = write({path: text.encode() for path, text in WORKSPACE.items()}, tmp_path)
    assert set(project_roots(root)) == {".", *layout.roots[1:]}


@pytest.mark.parametrize(
    ("dotted", "importer", "key", "maybe"),
    [
        ("logging", "app/x.py", "<logging>", None),  # a module of the package src
        ("queue", "x.py", "<queue>", "queue"),
        ("docker.models", "x.py", "<docker.models>", None),  # a folder hides no package
        ("docker.check", "x.py", "<docker.check>", "docker/check"),
        ("yard", "x.py", "yard", None),  # declared, and a regular package here
        ("yard.tool", "x.py", "yard/tool", None),
        ("yard.gone", "x.py", "<yard.gone>", None),
        ("mine.gone", "x.py", "mine/gone", None),  # the project's own distribution
        ("email.own", "x.py", "email/own", None),
        ("email.message", "x.py", "<email.message>", "email/message"),
        ("listed.part", "x.py", "<listed.part>", None),
    ],
)
def test_what_may_be_outside_is_not_the_projects(
    dotted: str, importer: str, key: str, maybe: str | None
) -> None:
    manifest = '[project]\nname = "mine"\ndependencies = ["docker", "yard", "mine[all]"]'
    paths = (
        *("src/__init__.py", "src/logging.py", "queue.py", "docker/check.py", "yard/__init__.py"),
        *("yard/tool.py", "mine/__init__.py", "email/__init__.py", "email/own.py"),
        *("email/message.py", "listed/part.py"),
    )
    files = {"pyproject.toml": manifest} | dict.fromkeys(paths, "")
    found = _layout(files, ("listed",)).absolute(dotted, importer)
    assert (found.key, found.maybe) == (key, (maybe,) if maybe else ())


def test_an_installed_package_is_not_hidden_by_a_folder_and_is_by_a_package() -> None:
    assert _layout({"click/x.py": ""}).absolute("click.core", "x.py").key == "<click.core>"
    assert _layout({"click/x.py": ""}).absolute("click.x", "x.py").key == "click/x"
    package = _layout({"click/__init__.py": ""})
    assert package.absolute("click.core", "x.py").exists is False


# -- what a migration names

FILES: dict[str, bytes | None] = {
    "shop/__init__.py": b"",
    "shop/calc.py": b"def price(): pass\n",
    "shop/calc_v2.py": b"def price(): pass\n",
    "backend/app/__init__.py": b"",
    "backend/app/old.py": b"x = 1\n",
    "backend/app/new.py": b"x = 1\n",
    "tests/fixtures/lost/gone.py": b"",
}


def _plan(tmp_path: Path, migration: str) -> Plan:
    root = write({path: data for path, data in FILES.items() if data is not None}, tmp_path)
    (root / "use.py").write_text("from shop.calc_v2 import price\n", encoding="utf-8")
    (root / "m.toml").write_text(migration, encoding="utf-8")
    return make_plan(WorkTree(root), [load_migration(root / "m.toml")], jobs=1)


def _migration(source: str, to: str, more: str = "") -> str:
    head = f'[migration]\nname = "m"\n{more}\n'
    return f'{head}[[redirect]]\nfrom = "{source}"\nto = "{to}"\n'


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (_migration("shop.calc_v2", "shopp.calc"), 6, "did you mean 'shop.calc'"),
        (_migration("shop.calc_v2", "jsn"), 6, "did you mean 'json'"),
        (_migration("shop.calc_v2", "app.new"), 6, 'roots = [".", "backend"]'),
        (_migration("app.old", "shop.calc"), 5, 'roots = [".", "backend"]'),
        (_migration("shop.calc_v2", "far.away"), 6, 'outside = ["far"]'),
        (_migration("shop.calc_v2", "shop.calc", 'roots = [".", "source"]'), 3, "'source'"),
        (_migration("shop.calc_v2", "shop.calc", 'outside = ["a b"]'), 3, "'a b'"),
        (_migration("shop.calc_v2", "shop.calc", 'outsides = ["a"]'), 3, "outside"),
    ],
)
def test_what_a_migration_may_not_say(tmp_path: Path, text: str, line: int, said: str) -> None:
    with pytest.raises(MigrationError, match=re.escape(said)) as caught:
        _plan(tmp_path, text)
    assert caught.value.line == line


@pytest.mark.parametrize(
    ("text", "caveats"),
    [
        (_migration("shop.calc_v2", "shop.calc"), ()),
        (_migration("shop.calc_v2", "json"), ("m: not proved: json is outside the project",)),
        (
            _migration("shop.calc_v2", "far.away", 'outside = ["far"]'),
            ("m: not proved: far.away is outside the project",),
        ),
        (
            _migration("shop.calc_v1", "shop.calc"),
            ("m: shop.calc_v1 does not exist any more; did you mean shop.calc_v2?",),
        ),
        (_migration("lost.gone", "shop.calc"), ("m: lost.gone does not exist any more",)),
        (_migration("json", "shop.calc"), ()),
    ],
)
def test_what_a_summary_says_of_a_migration(
    tmp_path: Path, text: str, caveats: tuple[str, ...]
) -> None:
    assert _plan(tmp_path, text).caveats == caveats


def test_a_module_that_this_run_removes_is_not_said_to_be_gone(tmp_path: Path) -> None:
    files = {
        "old.py": b"def run(): pass\n",
        "odd.py": b"def gone(): pass\n",
        "new.py": b"def run(): pass\n",
        "moved.py": b"from old import run\n",
        "left.py": b"from odd import gone\n",
    }
    steps = ('[[redirect]]\nfrom = "old"\nto = "new"', '[[remove]]\nmodule = "old"')
    left = '[[redirect]]\nfrom = "odd"\nto = "new"'
    write(files, tmp_path)
    plan = _plan(tmp_path, "\n".join(['[migration]\nname = "m"', *steps, left]))
    assert [change.path for change in plan.changes if change.deleted] == ["old.py"]
    assert plan.left
    assert plan.caveats == ()


# -- members of a workspace

MEMBERS = {
    "pyproject.toml": b'[tool.uv.workspace]\nmembers = ["libs/*"]',
    "libs/a/pyproject.toml": b"",
    "libs/a/app.py": b"x = 1\n",
    "libs/b/pyproject.toml": b"",
    "libs/b/app.py": b"x = 1\n",
}


def _plan_members(tmp_path: Path, files: Mapping[str, bytes], steps: str) -> Plan:
    root = write({**MEMBERS, **files}, tmp_path)
    (root / "m.toml").write_text(f'[migration]\nname = "m"\n{steps}', encoding="utf-8")
    return make_plan(WorkTree(root), [load_migration(root / "m.toml")], jobs=1)


def test_a_target_that_two_members_have_is_not_guessed(tmp_path: Path) -> None:
    files = {"old.py": b"x = 1\n", "use.py": b"from old import x\n"}
    with pytest.raises(
        MigrationError, match=re.escape("libs/a/app.py and libs/b/app.py")
    ) as caught:
        _plan_members(tmp_path, files, '[[redirect]]\nfrom = "old"\nto = "app"')
    assert 'roots = ["libs/a", ".", "libs/b"]' in str(caught.value)
    assert caught.value.line == 3


def test_modules_of_members_that_are_gone_are_guarded(tmp_path: Path) -> None:
    files = {f"libs/{member}/use.py": b"from old import x\n" for member in "ab"}
    plan = _plan_members(tmp_path, files, '[[redirect]]\nfrom = "old"\nto = "app"')
    assert [change.path for change in plan.changes] == ["libs/a/use.py", "libs/b/use.py"]
    assert plan.left == ()


# -- conflict markers


def test_the_two_sides_of_a_conflict() -> None:
    text = b"a\n<<<<<<< ours\nb\n||||||| base\nc\n=======\nd\n>>>>>>> theirs\ne\n"
    assert conflict_sides(text) == (b"a\n\nb\n\n\n\n\n\ne\n", b"a\n\n\n\n\n\nd\n\ne\n")


@pytest.mark.parametrize(
    "text", [b"", b"a = 1\n", b"<<<<<<< a\n", b"=======\n", b"<<<<<<< a\n>>>>>>> b\n"]
)
def test_what_is_no_conflict(text: bytes) -> None:
    assert conflict_sides(text) is None
