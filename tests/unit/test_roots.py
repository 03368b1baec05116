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
                optional=frozenset(["rest_framework"]),
            ),
        ),
        (
            "setup.cfg",
            SETUP_CFG,
            Manifest(
                "mine",
                frozenset(["one", "two", "three"]),
                ("lib", "code"),
                optional=frozenset(["three"]),
            ),
        ),
        (
            "sub/setup.py",
            SETUP_PY,
            Manifest(
                "mine",
                frozenset(["one", "two", "three"]),
                ("lib", "code"),
                optional=frozenset(["three"]),
            ),
        ),
        (
            "requirements.txt",
            "# all\n-r more.txt\nOne==1  # why\ntwo[x]\n\n./local\n",
            Manifest(requires=frozenset(["one", "two"])),
        ),
        (
            "hatch.toml",
            '[build]\nsources = ["lib"]\n[envs.test]\nworkspace.members = ["backend/"]\n',
            Manifest(sources=("lib",), members=("backend/",)),
        ),
        (
            "pyproject.toml",
            '\ufeff[project]\nname = "mine"\n[tool.uv.workspace]\nmembers = ["a"]\nexclude = ["b"]\n',
            Manifest("mine", members=("a",), excluded=("b",)),
        ),
        (
            "pyproject.toml",
            '[tool.hatch.build.targets.wheel.sources]\n"lib/kit" = "kit"\n',
            Manifest(sources=("lib",)),
        ),
        (
            "pyproject.toml",
            '[tool.poetry]\npackages = [{ include = "kit", from = "lib" }]\n',
            Manifest(sources=("lib",)),
        ),
        ("pyproject.toml", '[tool.pdm]\npackage-dir = "lib"\n', Manifest(sources=("lib",))),
        (
            "pyproject.toml",
            '[project]\ndependencies = ["a @ {root:uri}/libs/a", "b @ file:///${PROJECT_ROOT}/libs/b"]\n',
            Manifest(requires=frozenset(["a", "b"]), members=("libs/a", "libs/b")),
        ),
        ("hatch.toml", "[build\n", Manifest()),
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
        ("hatch.toml", True),
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


def test_a_hatch_file_names_members_and_is_no_project() -> None:
    files = {
        "pyproject.toml": "",
        "hatch.toml": '[envs.test]\nworkspace.members = ["backend/"]\n',
        "backend/pyproject.toml": "",
        "backend/src/kit.py": "",
        "docs/hatch.toml": "",
    }
    layout = _layout(files)
    assert layout.roots == ("", "backend", "backend/src")
    assert set(layout.projects) == {"backend"}


def test_an_excluded_member_has_no_roots_in_the_workspace() -> None:
    table = '[tool.uv.workspace]\nmembers = ["libs/*"]\nexclude = ["libs/old*"]\n'
    files = {"pyproject.toml": table, "libs/a/setup.py": "", "libs/old_b/setup.py": ""}
    assert _layout({**files, "libs/a/m.py": "", "libs/old_b/n.py": ""}).roots == ("", "libs/a")


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
    located = _layout(files, ("listed",)).absolute(dotted, importer)
    assert (located.key, located.maybe) == (key, (maybe,) if maybe else ())


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
    "tests/unit/fakes.py": b"",
}


def _plan(tmp_path: Path, migration: str) -> Plan:
    root = write({path: data for path, data in FILES.items() if data is not None}, tmp_path)
    (root / "use.py").write_text("from shop.calc_v2 import price\n", encoding="utf-8")
    (root / "m.toml").write_text(migration, encoding="utf-8")
    return make_plan(WorkTree(root), [load_migration(root / "m.toml")], jobs=1)


def _migration(source: str, to: str, more: str = "") -> str:
    head = f'[migration]\nname = "m"\n{more}\n'
    return f'{head}[[redirect]]\nfrom = "{source}"\nto = "{to}"\n'


def _steps(kind: str, *keys: str) -> str:
    return '[migration]\nname = "m"\n' + "".join(f"[[{kind}]]\n{key}\n" for key in keys)


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (_migration("shop.calc_v2", "shopp.calc"), 6, "did you mean 'shop.calc'"),
        (_migration("shop.calc_v2", "jsn"), 6, "did you mean 'json'"),
        (_migration("shop.calc_v2", "app.new"), 6, 'roots = [".", "backend"]'),
        (_migration("app.old", "shop.calc"), 5, 'roots = [".", "backend"]'),
        (_migration("shop.calc_v2", "shop.calc", 'roots = ["shop"]'), 6, 'roots = ["shop", "."]'),
        (
            _migration("shop.calc_v2", "shop.calc.price"),
            6,
            "price is a name in the module 'shop.calc'",
        ),
        (_steps("twin", 'modules = ["shop.calc", "json"]'), 4, "'json' is outside the project"),
        (_steps("twin", 'modules = ["shop.calc", "backend"]'), 4, "'backend' is a folder without"),
        (_migration("shop.calc_v2", "fakes"), 6, 'roots = [".", "tests/unit"]'),
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
    ("path", "text"),
    [
        ("setup.cfg", "[options]\npackage_dir =\n    store = lib\n"),
        ("setup.py", "from setuptools import setup\nsetup(package_dir={'store': 'lib'})\n"),
        ("pyproject.toml", '[tool.setuptools.package-dir]\nstore = "lib"\n'),
    ],
)
def test_a_package_is_found_in_a_folder_of_another_name(
    tmp_path: Path, path: str, text: str
) -> None:
    code = b"def run(): ...\n"
    files = {"lib/__init__.py": b"", "lib/a.py": code, "lib/b.py": code, path: text.encode()}
    files["lib/inside.py"] = b"from store.a import run\nfrom .a import run as again\n"
    files["use.py"] = b"import store.a\n\nstore.a.run()\n"
    root = write(files, tmp_path)
    (root / "m.toml").write_text(_migration("store.a", "store.b"), encoding="utf-8")
    plan = make_plan(WorkTree(root), [load_migration(root / "m.toml")], jobs=1)
    assert not plan.left
    assert {change.path: change.result(files[change.path]) for change in plan.changes} == {
        "lib/inside.py": b"from store.b import run\nfrom .b import run as again\n",
        "use.py": b"import store.b\n\nstore.b.run()\n",
    }


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
            ("m: shop.calc_v1 does not exist any more; did you mean 'shop.calc_v2'?",),
        ),
        (_migration("lost.gone", "shop.calc"), ("m: lost.gone does not exist any more",)),
        (
            _migration("shop.calc_v2", "app.new", 'roots = ["backend"]'),
            (
                "m: shop.calc_v2 does not exist any more in the roots; list the folder that it is in under "
                "roots, if it is meant",
            ),
        ),
        (_migration("json", "shop.calc"), ()),
        (
            _migration("shop.calc_v2.price", "shop.calc"),
            (
                "m: shop.calc_v2.price does not exist any more: it is a name in a module; name the module",
            ),
        ),
        (
            _steps("remove", 'module = "shop.calc_v1"'),
            ("m: shop.calc_v1 does not exist any more; did you mean 'shop.calc_v2'?",),
        ),
        (_steps("remove", 'module = "lost.*"'), ("m: lost does not exist any more",)),
        (
            _steps("deprecate", 'module = "json"', 'module = "shop.calc"'),
            ("m: json is outside the project, where nothing is changed",),
        ),
        (
            _steps("deprecate", 'module = "backend"'),
            (
                "m: backend is a folder without __init__.py, which has no code to change: name the modules in it",
            ),
        ),
        (_steps("deprecate", 'module = "backend.*"'), ()),
        (
            '[migration]\nname = "m"\nexclude = ["shop/calc_v2.py"]\n[[remove]]\nmodule = "shop.calc_v2"\n',
            ("m: shop.calc_v2 is excluded, and stays as it is",),
        ),
    ],
)
def test_what_a_summary_says_of_a_migration(
    tmp_path: Path, text: str, caveats: tuple[str, ...]
) -> None:
    assert _plan(tmp_path, text).caveats == caveats


@pytest.mark.parametrize("more", [{}, {"company/cli.py": b""}, {"company/__init__.py": b""}])
def test_a_package_that_moved_into_another_is_gone_not_in_an_unlisted_root(
    tmp_path: Path, more: dict[str, bytes]
) -> None:
    write(
        {"company/billing/__init__.py": b"", "company/billing/tax.py": b"rate = 5\n", **more},
        tmp_path,
    )
    (tmp_path / "use.py").write_text("from billing.tax import rate\n", encoding="utf-8")
    (tmp_path / "m.toml").write_text(_migration("billing.*", "company.billing.*"), encoding="utf-8")
    plan = make_plan(WorkTree(tmp_path), [load_migration(tmp_path / "m.toml")], jobs=1)
    assert "+from company.billing.tax import rate" in plan.patch()
    assert plan.caveats == ("m: billing does not exist any more",)


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
