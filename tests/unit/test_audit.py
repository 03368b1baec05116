"""The audit on small projects: each kind of finding, and what is no finding beside it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from scratch import repository

from unfork.audit.liveness.entry_points import Entry
from unfork.audit.report.explain import explain
from unfork.audit.result import Audit
from unfork.audit.run import audit_tree
from unfork.files.tree import WorkTree

ENGINE = '''
class Engine:
    """Runs."""

    def __init__(self, limit=3):
        self.limit = limit
        self.jobs = []

    def submit(self, job):
        if len(self.jobs) >= self.limit:
            raise ValueError("full", self.limit)
        self.jobs.append(job)
        return len(self.jobs)

    def drain(self):
        done = []
        while self.jobs:
            job = self.jobs.pop()
            done.append(job.run())
        return done


def parse(text):
    found = {}
    for line in text.splitlines():
        key, _, value = line.partition("=")
        found[key.strip()] = value.strip()
    return found
'''
MAIN = 'if __name__ == "__main__":\n    print(1)\n'


def look(root: Path, files: dict[str, str], *paths: str, jobs: int = 1) -> Audit:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return audit_tree(WorkTree(root), paths or None, jobs=jobs)


def said(audit: Audit, code: str) -> list[str]:
    return [f"{finding.path}:{finding.line}" for finding in audit.findings if finding.code == code]


# -- forks


def test_a_whole_copy_is_found_and_the_imported_one_is_canonical(tmp_path: Path) -> None:
    files = {
        "main.py": f"from app.engine import Engine\n{MAIN}",
        "app/__init__.py": "",
        "app/engine.py": ENGINE,
        "app/runner.py": ENGINE,
    }
    audit = look(tmp_path, files)
    (group,) = audit.groups
    assert group.canonical.key == "app/engine"
    assert [fork.key for fork in group.forks] == ["app/runner"]
    assert group.forks[0].alike.score > 0.9
    assert said(audit, "UF101") == ["app/runner.py:1"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("job", "task"),  # local names
        ("    ", "        "),  # layout
        ("done = []", "done = []  # what is over"),
        ('"""Runs."""', '"""Says something else."""'),
        ("def submit(self, job)", 'def submit(self, job: "Job") -> int'),
        ("found = {}", "found: dict[str, str] = {}"),
    ],
)
def test_a_copy_is_known_by_what_it_does(tmp_path: Path, old: str, new: str) -> None:
    files = {"a/engine.py": ENGINE, "b/motor.py": ENGINE.replace(old, new)}
    (group,) = look(tmp_path, files).groups
    assert group.forks[0].alike.score > 0.8
    assert "same" in group.forks[0].alike.words()


def test_a_near_copy_under_a_kindred_name(tmp_path: Path) -> None:
    changed = ENGINE.replace('raise ValueError("full", self.limit)', "return -1")
    changed = changed.replace("found[key.strip()]", "found[key]")
    files = {"src/engine.py": ENGINE, "src/engine_v2.py": changed + "\n\nLATER = 1\n"}
    (group,) = look(tmp_path, files).groups
    assert {member.key for member in group.members} == {"src/engine", "src/engine_v2"}
    assert "file names that differ by v2" in group.forks[0].alike.words()


def test_what_many_modules_have_is_a_template_and_no_fork(tmp_path: Path) -> None:
    files = {
        f"plugins/p{n}/setup.py": f"{ENGINE}\nNAME{n} = {n}\nOTHER{n} = {n} + 1\n"
        for n in range(20)
    }
    assert look(tmp_path, files).groups == ()


@pytest.mark.parametrize("number", [2, 9, 45])
def test_identical_files_are_found_however_many(tmp_path: Path, number: int) -> None:
    files = {f"p{n}/engine{n % 3}.py": ENGINE for n in range(number)}
    files["q/engine_v2.py"] = ENGINE.replace("return done", "return done or None")
    (group,) = look(tmp_path, files).groups
    assert len(group.forks) == number


GETTERS = "".join(f"    def get_{n}(self):\n        return self._{n}\n" for n in range(12))
STUBS = "".join(f"def {name}(x):\n    pass\n" for name in ("setup", "run", "stop", "load", "save"))
VALUES = "".join(f"LIMIT_{n} = {n}\n" for n in range(30))
IMPORTS = "".join(f"from p.m{n} import x as x{n}\n" for n in range(20))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (f"class A:\n{GETTERS}", f"class B:\n{GETTERS}"),
        (f"{STUBS}A = 1\n", f"{STUBS}B = 2\n"),
        (STUBS.replace("pass", "return None"), STUBS.replace("pass", "return None")),
        (VALUES, VALUES.replace("= 1", "= 7")),
        (IMPORTS, IMPORTS),
    ],
)
def test_bodies_that_do_nothing_make_no_forks(tmp_path: Path, one: str, other: str) -> None:
    assert look(tmp_path, {"a/x.py": one, "b/y.py": other}).groups == ()
    assert look(tmp_path / "same", {"a/__init__.py": one, "b/__init__.py": other}).groups == ()


@pytest.mark.parametrize(
    "files",
    [
        {"a/x.py": "import os\n\nA = 1\n", "b/x.py": "import os\n\nA = 1\n"},  # too small
        {"app/x.py": ENGINE, "tests/test_x.py": ENGINE},  # tests are nobody's fork
        {"app/__init__.py": "from app.x import Engine, parse\n", "app/x.py": ENGINE},
        {"a/x.py": ENGINE, "b/x.py": "".join(f"def f{n}():\n    return {n}\n" for n in range(9))},
    ],
)
def test_no_forks(tmp_path: Path, files: dict[str, str]) -> None:
    assert look(tmp_path, files).groups == ()


USED = {f"use{n}.py": "from app.engine{0} import Engine\n" for n in range(3)}


@pytest.mark.parametrize(
    ("used", "other"),
    [("_enhanced", ""), ("_v1", "_v2"), ("_old", ""), ("", "_new"), ("_legacy", "_final")],
)
def test_importers_outweigh_names(tmp_path: Path, used: str, other: str) -> None:
    files = {path: text.format(used) for path, text in USED.items()}
    files |= {f"app/engine{used}.py": ENGINE, f"app/engine{other}.py": f"{ENGINE}MORE = 1\n"}
    audit = look(tmp_path, {**files, "app/__init__.py": ""})
    assert audit.groups[0].canonical.key == f"app/engine{used}"


@pytest.mark.parametrize("mark", ["_broken", "_debug", "_wip"])
def test_what_is_called_broken_is_never_canonical(tmp_path: Path, mark: str) -> None:
    files = {path: text.format(mark) for path, text in USED.items()} | {"app/__init__.py": ""}
    files |= {f"app/engine{mark}.py": f"{ENGINE}MORE = 1\n", "app/engine.py": ENGINE}
    (group,) = look(tmp_path, files).groups
    assert group.canonical.key == "app/engine"
    assert "more live code imports it" in group.forks[0].undecided


def test_what_is_loaded_by_a_computed_name_is_canonical(tmp_path: Path) -> None:
    files = {"main.py": f"__import__(f'cogs.{{name}}')\n{MAIN}", "cogs/zeta.py": ENGINE}
    (group,) = look(tmp_path, {**files, "alpha/zeta.py": ENGINE}).groups
    assert (group.canonical.key, group.forks[0].undecided) == ("cogs/zeta", "")


def test_an_archive_is_never_canonical(tmp_path: Path) -> None:
    files = {"archive/engine.py": ENGINE, "app/engine.py": ENGINE}
    (group,) = look(tmp_path, files).groups
    assert group.canonical.key == "app/engine"


@pytest.mark.parametrize(
    ("kept", "other"),
    [
        ("app/engine_v2", "app/engine"),
        ("app/v2/engine", "app/v1/engine"),
        ("app/engine_new", "app/engine"),
        ("app/engine", "app/beta_engine"),
        ("app/engine", "app/bak_engine"),
        ("billing/engine", "a_legacy_billing/engine"),
    ],
)
def test_the_newer_version_is_canonical(tmp_path: Path, kept: str, other: str) -> None:
    audit = look(tmp_path, {f"{kept}.py": ENGINE, f"{other}.py": ENGINE})
    assert audit.groups[0].canonical.key == kept


def test_a_deprecated_copy_is_settled(tmp_path: Path) -> None:
    warning = 'import warnings\nwarnings.warn("use engine", DeprecationWarning, stacklevel=2)\n'
    files = {"app/engine.py": ENGINE, "app/engine_old.py": warning + ENGINE, "main.py": MAIN}
    audit = look(tmp_path, files)
    assert len(audit.groups) == 1
    assert said(audit, "UF101") == []


def test_processes_find_the_same(tmp_path: Path) -> None:
    files = {f"app/m{n}.py": f"def f{n}(): pass\n" for n in range(70)}
    files |= {"app/engine.py": ENGINE, "app/other.py": ENGINE}
    alone = look(tmp_path, files, jobs=1)
    shared = look(tmp_path, files, jobs=2)
    assert alone.findings == shared.findings
    assert alone.groups == shared.groups


# -- broken imports


def test_names_that_are_not_there_and_where_they_are(tmp_path: Path) -> None:
    files = {
        "p/__init__.py": "",
        "p/a.py": "class A: pass\n",
        "p/b.py": "class B: pass\n",
        "p/c.py": "from p.a import (\n    A,\n    B,\n)\n",
    }
    audit = look(tmp_path, files)
    assert said(audit, "UF002") == ["p/c.py:3"]
    assert audit.broken[0].definers == ("p/b",)
    assert "p.b does" in audit.broken[0].why


def test_modules_that_are_not_there(tmp_path: Path) -> None:
    files = {
        "p/__init__.py": "",
        "p/a.py": "import p.gone\nfrom p import gone\nfrom .nowhere import x\n",
        "p/deep/__init__.py": "",
        "p/deep/nowhere.py": "x = 1\n",
    }
    audit = look(tmp_path, files)
    assert said(audit, "UF003") == ["p/a.py:1", "p/a.py:3"]
    assert said(audit, "UF002") == ["p/a.py:2"]
    assert "p.deep.nowhere" in next(f.message for f in audit.findings if f.line == 3)


def test_a_sibling_imported_bare(tmp_path: Path) -> None:
    files = {
        "p/__init__.py": "",
        "p/state.py": "class State: pass\n",
        "p/json.py": "x = 1\n",
        "p/user.py": "import json\nfrom state import State, Missing\n",
    }
    audit = look(tmp_path, files)
    assert said(audit, "UF003") == ["p/user.py:2"]
    assert said(audit, "UF002") == ["p/user.py:2"]


@pytest.mark.parametrize(
    "text",
    [
        "try:\n    from p.a import gone\nexcept ImportError:\n    gone = None\n",
        "try:\n    from p.a import A\nexcept ImportError:\n    from p.a import gone\n",
        "import builtins\ntry:\n    import p.gone\nexcept builtins.ImportError:\n    pass\n",
        "from contextlib import suppress\nwith suppress(ImportError):\n    from p.a import gone\n",
        "import pytest\nwith pytest.raises((KeyError, ImportError)):\n    import p.gone\n",
        "def f(self):\n    with self.assertRaises(ModuleNotFoundError):\n        import p.gone\n",
        "import sys\nif sys.version_info < (3,):\n    import p.gone\nelse:\n    from p.a import A\n",
        "import sys\nif sys.platform == 'win32':\n    pass\nelif 1:\n    from p.gone import x\n",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from p.stubbed import there\n",
        "from importlib import import_module as i\ntry:\n    import_module('p.gone')\nexcept ImportError:\n    pass\n",
        "from p.a import gone  # unfork: ignore\n",
        "from p.a import gone  # noqa: UF002\n",
        "from p import a\n",
        "from p.dynamic import anything\n",
        "from p.starred import join\n",
        "from p.a import __name__\n",
        "from p.a import __annotations__\n",
        "from p.stub import a, b, C, d\n",
        "from p.stubbed import here, there\n",
        "from . import own\n",
        "import outside\nfrom outside.x import y\n",
        "from p.broken import x\n",
        "from p.six.moves import x\nfrom p.six.moves.deep import y\n",
        "from p.handed import gone\n",
    ],
)
def test_imports_that_work_or_are_left_alone(tmp_path: Path, text: str) -> None:
    files = {
        "p/__init__.py": "from . import a\n",
        "p/a.py": "A = 1\n",
        "p/own.py": "",
        "p/dynamic.py": "def __getattr__(name): return 1\n",
        "p/starred.py": "from os.path import *\n",
        "p/broken.py": "def (:\n",
        "p/six.py": "import sys\nsys.modules[__name__ + '.moves'] = object()\n",
        "p/handed.py": "from p.a import gone  # unfork: ignore\n",
        "p/stub.pyi": "a: int\nif True:\n    b: str\nclass C: ...\ndef d() -> None: ...\n",
        "p/stubbed.py": "here: int = 1\n",
        "p/stubbed.pyi": "here: int\nthere: int\n",
        "p/user.py": text,
    }
    audit = look(tmp_path, files)
    assert said(audit, "UF002") + said(audit, "UF003") == []


@pytest.mark.parametrize(
    "text",
    [
        "try:\n    pass\nexcept ValueError:\n    import p.gone\n",
        "try:\n    import p\nexcept ImportError:\n    pass\nelse:\n    import p.gone\n",
        "from contextlib import suppress\nwith suppress(KeyError):\n    import p.gone\n",
        "with open('x') as f:\n    import p.gone\n",
        "if p:\n    import p.gone\n",
        "import sys\nif sys.version_info < (3,):\n    import p\nimport p.gone\n",
        "from importlib import import_module as i\nimport_module('p.gone')\n",
    ],
)
def test_imports_that_nothing_expects_to_fail(tmp_path: Path, text: str) -> None:
    audit = look(tmp_path, {"p/__init__.py": "", "p/user.py": text})
    assert said(audit, "UF003") == [f"p/user.py:{text[: text.index('p.gone')].count(chr(10)) + 1}"]


def test_an_annotation_without_a_value_is_a_definition_in_stubs_only(tmp_path: Path) -> None:
    files = {"p/__init__.py": "", "p/a.py": "x: int\n", "p/b.pyi": "x: int\nclass C:\n    y: int\n"}
    files["p/user.py"] = "from p.a import x\nfrom p.b import x\nfrom p.b import y\n"
    assert said(look(tmp_path, files), "UF002") == ["p/user.py:1", "p/user.py:3"]


def test_a_file_that_cannot_be_parsed(tmp_path: Path) -> None:
    audit = look(tmp_path, {"bad.py": "def (:\n", "nul.py": "\0", "deep.py": "(" * 5000})
    assert said(audit, "UF007") == ["bad.py:1", "deep.py:1", "nul.py:1"]


# -- modules that are no Python files here


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("p/_fast.c", ""),
        ("p/_fast.pyx", ""),
        ("p/_fast.pyi", "def x() -> int: ...\n"),
        ("p/_fast.cpython-311-x86_64-linux-gnu.so", ""),
        ("p/_fast.pyd", ""),
        ("p/_fastmodule.c", ""),
        ("csrc/_fast.cpp", ""),
        ("setup.py", "setup(ext_modules=[Extension('p._fast', ['fast.c'])])\n"),
        ("setup.py", "setup(rust_extensions=[RustExtension(name='p._fast')])\n"),
        ("meson.build", "py.extension_module('_fast', 'x.c')\n"),
        ("CMakeLists.txt", "pybind11_add_module(_fast src/x.cpp)\n"),
        ("Cargo.toml", '[package]\nname = "p"\n[lib]\ncrate-type = ["cdylib"]\nname = "_fast"\n'),
        ("pyproject.toml", '[tool.maturin]\nmodule-name = "p._fast"\n'),
        ("pyproject.toml", '[tool.setuptools_scm]\nwrite_to = "p/_fast.py"\n'),
        ("setup.cfg", "[versioneer]\nversionfile_source = p/_fast.py\n"),
    ],
)
@pytest.mark.parametrize(
    "statement", ["from p._fast import x", "from p import _fast", "import p._fast"]
)
def test_modules_that_are_built(tmp_path: Path, path: str, text: str, statement: str) -> None:
    files = {"p/__init__.py": "", "p/user.py": f"{statement}\n", path: text}
    audit = look(tmp_path, files)
    assert said(audit, "UF002") + said(audit, "UF003") == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("p/other.c", ""),
        ("csrc/gone.c", ""),  # too common a name
        ("p/gone.txt", ""),
        ("setup.py", "setup(packages=['p', 'p.gone'])\n"),
        ("pyproject.toml", '[project.scripts]\nx = "p.gone:main"\n'),
        ("pyproject.toml", '[tool.maturin]\nmodule-name = "q.gone"\n'),
    ],
)
def test_modules_that_nothing_builds(tmp_path: Path, path: str, text: str) -> None:
    files = {"p/__init__.py": "", "p/user.py": "from p import gone\nimport p.gone\n", path: text}
    audit = look(tmp_path, files)
    assert said(audit, "UF002") + said(audit, "UF003") == ["p/user.py:1", "p/user.py:2"]


def test_generated_modules(tmp_path: Path) -> None:
    files = {
        "p/__init__.py": "",
        "p/user.py": "from p.job_pb2 import Job\nfrom p import _version\nfrom p.local import x\nimport p.gone\n",
        "proto/job.proto": "",
        ".gitignore": "_version.py\nlocal.py\n",
    }
    root = repository(tmp_path / "r", {name: text.encode() for name, text in files.items()})
    assert said(look(root, {}), "UF003") == ["p/user.py:4"]
    assert said(look(root, {}), "UF002") == []


@pytest.mark.parametrize(
    ("path", "text", "codes"),
    [
        (
            "pyproject.toml",
            '[project]\nname = "x"\nversion = "1"\ndependencies = ["dockyard>=6"]\n',
            [],
        ),
        ("requirements.txt", "dockyard==6.1\n", []),
        ("requirements/dev.txt", "Dockyard\n", []),
        ("setup.cfg", "[options]\ninstall_requires =\n    dockyard\n", []),
        ("requirements.txt", "other\n", ["UF003"]),
    ],
)
def test_what_a_declared_library_may_satisfy_is_no_finding(
    tmp_path: Path, path: str, text: str, codes: list[str]
) -> None:
    files = {
        "dockyard/healthcheck.py": "x = 1\n",
        "app/__init__.py": "",
        "app/boxes/box.py": "class Container: pass\n",
        "app/use.py": "from dockyard.models.containers import Container\n",
    }
    audit = look(tmp_path, {**files, path: text})
    assert [finding.code for finding in audit.findings] == codes


NESTED = {
    "main.py": "from src.core.a import X\n",
    "src/__init__.py": "",
    "src/core/__init__.py": "",
    "src/core/a.py": "X = 1\n",
    "sub/proj/src/services/svc.py": "class S: pass\n",
    "web/utils/__init__.py": "",
    "web/utils/deep.py": "D = 1\n",
    "utils/__init__.py": "",
    "utils/flat.py": "F = 1\n",
}


@pytest.mark.parametrize(
    ("path", "text", "code"),
    [
        ("sub/proj/tests/test_svc.py", "from sub.proj.src.services.svc import S\n", ""),
        ("sub/proj/tests/test_svc.py", "from src.services.svc import S\n", ""),
        ("sub/proj/run/deep/x.py", "import src.services.svc\n", ""),
        ("main2.py", "import src.services.svc\n", "UF003"),
        ("sub/proj/tests/test_svc.py", "from src.services.svc import T\n", "UF002"),
        ("web/scripts/x.py", "from utils.deep import D\n", ""),
        ("web/scripts/x.py", "from utils import deep, flat\n", ""),
        ("web/scripts/x.py", "from utils.gone import D\n", "UF003"),
        ("scripts/x.py", "from utils import gone\n", "UF002"),
    ],
)
def test_an_import_is_broken_only_if_no_root_has_it(
    tmp_path: Path, path: str, text: str, code: str
) -> None:
    audit = look(tmp_path, {**NESTED, path: text})
    told = [finding for finding in audit.findings if finding.code in ("UF002", "UF003")]
    assert {(finding.path, finding.code) for finding in told} == ({(path, code)} if code else set())


def test_two_roots_with_a_package_of_one_name(tmp_path: Path) -> None:
    files = {"core/__init__.py": "", "src/core/__init__.py": "", "src/core/reg.py": "R = 1\n"}
    files |= {"a.py": "from core import reg\nfrom core.reg import R\n"}
    assert said(look(tmp_path, files), "UF002") == said(look(tmp_path, {}), "UF003") == []
    files = {"b.py": "from core import gone\nfrom core.gone import R\n"}
    audit = look(tmp_path, files)
    assert (said(audit, "UF002"), said(audit, "UF003")) == (["b.py:1"], ["b.py:2"])


# -- two spellings


def test_one_file_under_two_names(tmp_path: Path) -> None:
    files = {
        "src/__init__.py": "",
        "src/p/__init__.py": "",
        "src/p/a.py": "A = 1\n",
        "one.py": "from src.p.a import A\n",
        "two.py": "import src.p.a\n",
        "three.py": "from p.a import A\n",
        "src/p/b.py": "from .a import A\n",
    }
    audit = look(tmp_path, files)
    assert said(audit, "UF004") == ["three.py:1"]
    assert audit.spellings[0].kept == "src.p.a"
    assert look(tmp_path, {}, "three.py").spellings == audit.spellings
    elsewhere = look(tmp_path, {}, "src", "one.py")
    assert (elsewhere.spellings, elsewhere.findings) == ((), ())


def test_the_spelling_to_keep_is_that_of_most_imports_of_the_project(tmp_path: Path) -> None:
    files = {f"src/p/{name}.py": "A = 1\n" for name in "abc"} | {"src/__init__.py": ""}
    files |= {"src/p/__init__.py": "", "x.py": "import p.a, p.b, p.c\n"}
    files |= {f"y{n}.py": "from p.a import A\n" for n in range(3)}
    files["z.py"] = "import src.p.a\nfrom src.p import b, c\n"
    files["w.py"] = "import src.p.c\n"
    audit = look(tmp_path, files)
    assert {spelling.kept for spelling in audit.spellings} == {"p.a", "p.b", "p.c"}


def test_a_fallback_after_an_import_error_is_no_second_spelling(tmp_path: Path) -> None:
    both = (
        "try:\n    from svc.models import User\nexcept ImportError:\n    from models import User\n"
    )
    files = {"svc/api.py": both, "svc/models.py": "class User: pass\n"}
    files |= {"main.py": "from svc.models import User\n", "more.py": "import svc.models\n"}
    assert look(tmp_path, files).spellings == ()
    direct = look(tmp_path, {"svc/other.py": "from models import User\n"})
    assert said(direct, "UF004") == ["svc/other.py:1"]


# -- dead modules


def test_dead_modules_and_what_speaks_for_them(tmp_path: Path) -> None:
    files = {
        "main.py": f"import p.used\n{MAIN}",
        "p/__init__.py": "",
        "p/used.py": "from . import deeper\n",
        "p/deeper.py": "x = 1\n",
        "p/dead.py": "from . import child\n",
        "p/child.py": "x = 1\n",
        "p/tested.py": "x = 1\n",
        "p/named.py": "x = 1\n",
        "p/started.py": "x = 1\n",
        "p/configured.py": "x = 1\n",
        "p/script.py": MAIN,
        "p/strings.py": 'NAME = "p.named"\n',
        "tests/test_it.py": "import p.tested\n",
        "pyproject.toml": '[project.scripts]\nrun = "p.started:main"\n[tool.x]\ny = "p.configured"\n',
    }
    audit = look(tmp_path, files)
    dead = {module.key: module.why for module in audit.dead}
    assert set(dead) == {"p/dead", "p/child", "p/tested", "p/strings"}
    assert dead["p/dead"] == "nothing imports it"
    assert dead["p/tested"] == "only tests import it: tests/test_it.py"
    doubts = {module.key: module.doubts[0] for module in audit.doubtful}
    assert doubts["p/named"] == "p/strings.py:1 names it in a string"
    assert doubts["p/configured"] == "pyproject.toml names it"
    assert said(audit, "UF102") == [f"{key}.py:1" for key in sorted(dead)]


LOADERS = {
    "a name with a known beginning": "import importlib\nimportlib.import_module('p.plugins.' + name)\n",
    "an f-string": "__import__(f'p.plugins.{name}')\n",
    "a constant": "BASE = 'p.plugins'\nimport_module(f'{BASE}.{name}')\n",
    "percent": "import_module('p.plugins.%s' % name)\n",
    "format": "import_module('p.plugins.{}'.format(name))\n",
    "join": "import_module('.'.join(['p', 'plugins', name]))\n",
    "an extension of a bot": "bot.load_extension(f'p.plugins.{name}')\n",
    "a list": "for name in ['p.plugins.n0', 'p.plugins.n1', 'p.plugins.n2', 'p.plugins.n3']:\n"
    "    bot.load_extension(name)\n",
    "a default": "def load(package='p.plugins'):\n    return __import__(package)\n",
    "a relative name": "from p import plugins\nimport_module(f'.{name}', plugins.__name__)\n"
    "for m in iter_modules(plugins.__path__): pass\n",
    "iter_modules": "import p.plugins as at\nfor _, name, _ in iter_modules(at.__path__):\n"
    "    import_module(name)\n",
    "walk_packages": "for m in walk_packages(['p/plugins']):\n    import_module(m.name)\n",
    "listdir": "for name in os.listdir('p/plugins'):\n    import_module(name[:-3])\n",
    "glob": "for name in glob.glob('p/plugins/*.py'):\n    run_path(name)\n",
    "Path.glob": "HERE = Path(__file__).parent\nfor f in (HERE / 'p' / 'plugins').glob('*.py'):\n"
    "    spec_from_file_location(f.stem, f)\n",
    "a path with a known beginning": "spec_from_file_location(n, os.path.join('p', 'plugins', n + '.py'))\n",
}


@pytest.mark.parametrize("text", LOADERS.values(), ids=LOADERS)
def test_what_is_loaded_by_a_computed_name_is_alive(tmp_path: Path, text: str) -> None:
    files = {f"p/plugins/n{n}.py": "x = 1\n" for n in range(4)} | {"p/other.py": "x = 1\n"}
    files |= {"p/__init__.py": "", "p/plugins/__init__.py": "", "main.py": f"{text}{MAIN}"}
    audit = look(tmp_path, files)
    assert {f"p/plugins/n{n}" for n in range(4)} <= audit.reach.alive
    assert [module.key for module in audit.dead] == ["p/other"]


@pytest.mark.parametrize(
    "path",
    ["os.path.join(os.path.dirname(__file__), '..', 'big.py')", "ROOT / 'big.py'", "'big.py'"],
)
def test_a_module_loaded_from_its_file_is_alive(tmp_path: Path, path: str) -> None:
    text = f"ROOT = Path(__file__).resolve().parents[1]\nspec_from_file_location('big', {path})\n"
    files = {"big.py": "x = 1\n", "small.py": "x = 1\n", "p/__init__.py": "", "p/it.py": text}
    audit = look(tmp_path, {**files, "main.py": f"import p.it\n{MAIN}"})
    assert "big" in audit.reach.alive
    assert [module.key for module in audit.dead] == ["small"]


@pytest.mark.parametrize(
    "text",
    [
        "def start(kind):\n    name = f'worker_{kind}'\n    return import_module(name)\n",
        "def start(kind):\n    name = f'worker_{kind}'\n    return import_module(name)\n"
        "def stop(kind):\n    name = 'worker_' + kind\n    import_module(name).stop()\n",
        "name = unknown()\ndef start(kind):\n    name = 'worker_%s' % kind\n    __import__(name)\n",
    ],
    ids=["local", "twice", "over a global"],
)
def test_a_name_in_a_local_variable_shows_what_it_may_mean(tmp_path: Path, text: str) -> None:
    files = {
        "srv/worker_a.py": "import tools\n",
        "srv/tools.py": "x = 1\n",
        "srv/alone.py": "x = 1\n",
    }
    audit = look(tmp_path, {**files, "srv/worker_b.py": "x = 1\n", "srv/main.py": f"{text}{MAIN}"})
    assert {"srv/worker_a", "srv/worker_b", "srv/tools"} <= audit.reach.alive
    assert [module.key for module in audit.dead] == ["srv/alone"]


def test_what_only_a_dead_module_loads_is_dead(tmp_path: Path) -> None:
    files = {"p/__init__.py": "", "p/loader.py": "__import__(f'p.x.{name}')\n", "main.py": MAIN}
    audit = look(tmp_path, {**files, "p/x/__init__.py": "", "p/x/a.py": "x = 1\n"})
    assert [module.key for module in audit.dead] == ["p/loader", "p/x/a"]


def test_a_sample_to_be_copied_is_in_doubt(tmp_path: Path) -> None:
    files = {"config_sample.py": "x = 1\n", "sampler.py": "x = 1\n", "main.py": MAIN}
    audit = look(tmp_path, files)
    assert [module.key for module in audit.doubtful] == ["config_sample"]
    assert [module.key for module in audit.dead] == ["sampler"]


def test_plugins_are_in_doubt(tmp_path: Path) -> None:
    files = {f"p/plugins/n{n}.py": "x = 1\n" for n in range(4)}
    files["p/plugins/__init__.py"] = (
        "import importlib\ndef load(n): return importlib.import_module(n)\n"
    )
    files |= {"p/__init__.py": "", "main.py": f"import p.plugins\n{MAIN}"}
    audit = look(tmp_path, files)
    assert audit.dead == ()
    assert len(audit.doubtful) == 4


def test_in_a_library_only_private_modules_are_dead(tmp_path: Path) -> None:
    files = {"p/__init__.py": "", "p/public.py": "x = 1\n", "p/_private.py": "x = 1\n"}
    audit = look(tmp_path, files)
    assert [module.key for module in audit.dead] == ["p/_private"]
    assert [module.key for module in audit.doubtful] == ["p/public"]


def test_a_quoted_import_is_an_import(tmp_path: Path) -> None:
    text = f"import importlib\nimportlib.import_module('p.a')\n{MAIN}"
    audit = look(tmp_path, {"main.py": text, "p/__init__.py": "", "p/a.py": "x = 1\n"})
    assert audit.dead == ()


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (
            "pyproject.toml",
            '[build-system]\nrequires = []\n[project.scripts]\nrun = "p.cli:main"\n',
        ),
        ("pyproject.toml", '[tool.poetry]\nname = "x"\n[tool.poetry.scripts]\nx = "p.cli:f"\n'),
        ("setup.py", "setup(entry_points={'console_scripts': ['run = p.cli:main']})\n"),
        ("setup.cfg", "[options]\npackages = find:\n[options.entry_points]\na = x = p.cli:f\n"),
    ],
)
def test_in_a_distribution_a_program_is_not_the_only_user(
    tmp_path: Path, path: str, text: str
) -> None:
    files = {
        "p/__init__.py": "",
        "p/cli.py": MAIN,
        "p/public.py": "x = 1\n",
        "p/_private.py": "x = 1\n",
        path: text,
    }
    audit = look(tmp_path, files)
    assert [module.key for module in audit.dead] == ["p/_private"]
    (public,) = audit.doubtful
    assert public.doubts == (f"{path} makes it part of a distribution, whose users may import it",)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("pyproject.toml", '[project]\nname = "x"\n[project.scripts]\nrun = "p.cli:main"\n'),
        ("pyproject.toml", "[build-system]\nrequires = []\n[tool.uv]\npackage = false\n"),
        ("pyproject.toml", "[tool.poetry]\npackage-mode = false\n"),
        ("setup.cfg", "[flake8]\nmax-line-length = 100\n"),
        ("other/setup.py", "setup()\n"),
    ],
)
def test_what_makes_no_distribution(tmp_path: Path, path: str, text: str) -> None:
    files = {"p/__init__.py": "", "main.py": MAIN, "p/public.py": "x = 1\n", path: text}
    assert [module.key for module in look(tmp_path, files).dead] == ["p/public"]


def test_packages_live_as_what_is_in_them_does(tmp_path: Path) -> None:
    files = {
        "p/__init__.py": "",
        "p/runs/__init__.py": "import p.child\n",
        "p/runs/deep/__init__.py": "x = 1\n",
        "p/runs/deep/script.py": MAIN,
        "p/child.py": "x = 1\n",
        "p/doubt/__init__.py": "import p.other\n",
        "p/doubt/named.py": "x = 1\n",
        "p/other.py": "x = 1\n",
        "p/dead/__init__.py": "x = 1\n",
        "main.py": f"import p\nNAME = 'p.doubt.named'\n{MAIN}",
    }
    audit = look(tmp_path, files)
    assert {"p/runs", "p/runs/deep", "p/child"} <= audit.reach.alive
    assert [module.key for module in audit.dead] == ["p/dead"]
    doubts = {module.key: module.doubts[0] for module in audit.doubtful}
    assert doubts["p/doubt"] == "p.doubt.named is in it, which is in doubt itself"
    assert doubts["p/other"] == "p.doubt imports it, which is in doubt itself"
    way = ("p/runs/deep/script", "p/runs", "p/child")
    assert explain(audit, "p/child.py").way == way


# -- cycles


def test_cycles_at_import_time_only(tmp_path: Path) -> None:
    files = {
        "p/__init__.py": "",
        "p/a.py": "from p.b import x\n",
        "p/b.py": "import os\nfrom p import c\nx = 1\n",
        "p/c.py": "from p.a import y\n",
        "p/d.py": "def f():\n    from p.e import x\n",
        "p/e.py": "from p.d import f\nx = 1\n",
        "p/f.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from p.g import x\n",
        "p/g.py": "import p.f\nx = 1\n",
    }
    (cycle,) = look(tmp_path, files).cycles
    assert cycle.members == ("p/a", "p/b", "p/c")
    assert cycle.way == (("p/a", 1), ("p/b", 2), ("p/c", 1))


# -- what is meant


def test_findings_are_those_of_the_paths(tmp_path: Path) -> None:
    files = {
        "p/__init__.py": "",
        "p/a.py": "from p.b import gone\n",
        "q/__init__.py": "",
        "q/c.py": "from p.b import gone\n",
        "p/b.py": "",
    }
    assert said(look(tmp_path, files, "q"), "UF002") == ["q/c.py:1"]
    assert said(look(tmp_path, files), "UF002") == ["p/a.py:1", "q/c.py:1"]


def test_roots_that_hold_most_of_a_project(tmp_path: Path) -> None:
    files = {f"lib/p/m{n}.py": "x = 1\n" for n in range(5)}
    files |= {"lib/p/__init__.py": "", "bin/run.py": "from p.m1 import gone\n"}
    audit = look(tmp_path, files)
    assert audit.scope.roots == ("", "lib")
    assert said(audit, "UF002") == ["bin/run.py:1"]


# -- modules that are elsewhere


@pytest.mark.parametrize(
    "files",
    [
        {"src/corp/tools/__init__.py": "import corp.other\nfrom corp.more import x\n"},
        {"src/corp/eu/tools/__init__.py": "from corp.eu.more import x\nfrom corp.us import y\n"},
        {
            "corp/__init__.py": "__path__ = __import__('pkgutil').extend_path(__path__, __name__)\n",
            "corp/a.py": "from corp import other\nfrom corp.more.deep import x\n",
        },
        {
            "corp/__init__.py": "import pkg_resources\npkg_resources.declare_namespace(__name__)\n",
            "corp/a.py": "import corp.other\n",
        },
        {
            "corp/__init__.py": "import os\n__path__.append(os.environ['PLUGINS'])\n",
            "corp/a.py": "from .other import x\n",
        },
    ],
)
def test_modules_that_other_distributions_have(tmp_path: Path, files: dict[str, str]) -> None:
    audit = look(tmp_path, files)
    assert audit.findings == ()


@pytest.mark.parametrize(
    "files",
    [
        {"corp/a.py": "import corp.other\n"},  # no __init__.py, and no namespace of many
        {"corp/__init__.py": "", "corp/sub/deep/__init__.py": "import corp.sub.other\n"},
        {"corp/__init__.py": "print(__path__)\n", "corp/a.py": "import corp.other\n"},
        {"corp/__init__.py": "import x\nx.__path__ = []\n", "corp/a.py": "import corp.other\n"},
        {"src/corp/a/__init__.py": "import corp.a.other\n"},
    ],
)
def test_modules_that_nobody_else_has(tmp_path: Path, files: dict[str, str]) -> None:
    assert len(said(look(tmp_path, files), "UF003")) == 1


def test_a_script_has_the_module_beside_it(tmp_path: Path) -> None:
    files = {"settings.py": "", "src/settings.py": "DEBUG = 1\n"}
    files["src/run.py"] = f"from settings import DEBUG\n{MAIN}"
    assert look(tmp_path, files).findings == ()


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are bytes")
def test_a_name_that_is_no_utf8_beside_a_file_that_cannot_be_parsed(tmp_path: Path) -> None:
    files = {"main.py": MAIN, "bad.py": "import odd\ndef (:\n", "odd\udcff.py": "x = 1\n"}
    audit = look(tmp_path, files)
    assert said(audit, "UF007") == ["bad.py:2"]


# -- what packaging files declare

WITHOUT = {"p/__init__.py": "", "p/cli.py": "from p import used\n", "p/used.py": "x = 1\n"}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("pyproject.toml", '[project.scripts]\nrun = "p.cli:main"\n'),
        ("pyproject.toml", '[project.entry-points.x]\nrun = "p.cli:main [all]"\n'),
        ("pyproject.toml", '[tool.poetry.scripts]\nrun = {reference = "p.cli:main"}\n'),
        ("pyproject.toml", '[tool.poetry.plugins."a.b"]\nrun = "p.cli"\n'),
        (
            "setup.cfg",
            "[options.entry_points]\nconsole_scripts =\n    a = b.c:d\n    x = p.cli:f\n",
        ),
        ("setup.cfg", "[entry_points]\nconsole_scripts =\n    x = p.cli:f\n"),
        ("setup.py", "setup(entry_points={'console_scripts': ['run = p.cli:main']})\n"),
        (
            "setup.py",
            "points = '''\n[console_scripts]\nrun=p.cli:main\n'''\nsetup(entry_points=points)\n",
        ),
        ("setup.py", "import setuptools\nsetuptools.setup(scripts=['p/cli.py'])\n"),
    ],
)
def test_what_packaging_starts(tmp_path: Path, path: str, text: str) -> None:
    audit = look(tmp_path, {**WITHOUT, "main.py": MAIN, path: text})
    assert {"p/cli", "p/used"} <= audit.reach.alive
    assert any(path in entry.why for entry in audit.reach.entries if entry.key == "p/cli")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("pyproject.toml", '[tool.setuptools]\npy-modules = ["one", "two"]\n'),
        ("setup.cfg", "[options]\npy_modules = one, two\n"),
        ("setup.cfg", "[options]\npy_modules =\n    one\n    two\n"),
        ("setup.py", "from distutils.core import setup\nsetup(py_modules=['one', 'two'])\n"),
        ("lib/setup.py", "from setuptools import setup\nsetup(py_modules=['one', 'two'])\n"),
    ],
)
def test_single_modules_that_are_installed(tmp_path: Path, path: str, text: str) -> None:
    folder = path.rpartition("/")[0]
    siblings = {f"{folder}/{name}".lstrip("/"): "x = 1\n" for name in ("one.py", "two.py")}
    audit = look(tmp_path, {**siblings, "main.py": MAIN, path: text})
    assert audit.reach.dead == ()


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("pyproject.toml", "[project\n"),
        ("pyproject.toml", "project = 1\n[tool]\npoetry = []\n"),
        ("setup.cfg", "no section\n"),
        ("setup.py", "setup(\n"),
    ],
)
def test_packaging_that_cannot_be_read_declares_nothing(
    tmp_path: Path, path: str, text: str
) -> None:
    audit = look(tmp_path, {**WITHOUT, "main.py": MAIN, path: text})
    assert {module.key for module in audit.reach.dead} == {"p/cli", "p/used"}


# -- what speaks for a module that nothing imports


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("p/fast.pyx", "from p.lone cimport x\n"),
        ("p/fast.pyx", "from .lone import x\n"),
        ("p/sub/fast.pyx", "from .. import other, lone as l\n"),
        ("p/configure.zcml", '<utility factory="p.lone.Factory" />\n'),
        ("bin/run", "#!/usr/bin/env python\nfrom p import lone\n"),
        ("notes.ipynb", '{"source": ["from p import lone\\n"]}'),
        ("run.py", f"import subprocess\nsubprocess.run(['python', 'lone.py'])\n{MAIN}"),
        ("run.py", f"RUN = HERE / 'p/lone.py'\n{MAIN}"),
        ("p/jobs/run.py", f"LONE = 'p/lone.py'\n{MAIN}"),
        ("run.py", f'COMMAND = f"gunicorn -w 1 p.lone:app --bind {{PORT}}"\n{MAIN}'),
        ("run.py", f'PROMPT = """Write:\n  from p.lone import x\n"""\n{MAIN}'),
    ],
)
def test_files_that_name_a_module(tmp_path: Path, path: str, text: str) -> None:
    files = {"p/__init__.py": "", "p/lone.py": "x = 1\n", "main.py": MAIN, path: text}
    audit = look(tmp_path, files)
    assert [module.key for module in audit.doubtful] == ["p/lone"]
    assert path in audit.doubtful[0].doubts[0]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("Dockerfile", "COPY . /srv/app\nCMD python /srv/app/p/lone.py\n"),
        ("deploy/web.Dockerfile", 'CMD ["gunicorn", "p.lone:app"]\n'),
        ("Dockerfile.prod", 'CMD ["python", "-m", "p.lone"]\n'),
        ("tox.ini", "[testenv]\ncommands = python -m p.lone\n"),
        ("Makefile", "run:\n\tpython ./p/lone.py\n"),
        ("p/Makefile", "run:\n\tpython lone.py\n"),
        ("Procfile", "worker: python -m p.lone\n"),
        ("deploy/base/job.yml", "args: [python, p/lone.py]\n"),
        ("deploy/ci.yml", "  - run: uv run python p/lone.py --all\n"),
        ("deploy/crontab", "5 4 * * * cd /srv/app && python3 p/lone.py >> log 2>&1\n"),
        ("scripts/nightly.sh", "cd app\nnohup python -u lone.py &\n"),
        ("start.bat", "py -3 p\\lone.py\n"),
        ("README.md", "Then run:\n\n```\n$ python p/lone.py --help\n```\n"),
        ("docs/guide/usage.rst", "Start it by ``streamlit run p/lone.py``.\n"),
        ("INSTALL.md", "    ./p/lone.py\n"),
        ("p/README.md", "`python -m p.lone`\n"),
    ],
)
def test_what_a_command_runs_is_alive(tmp_path: Path, path: str, text: str) -> None:
    files = {"p/__init__.py": "", "p/lone.py": "import p.used\n", "p/used.py": "x = 1\n"}
    audit = look(tmp_path, {**files, "main.py": MAIN, path: text})
    assert audit.reach.dead == ()
    assert Entry("p/lone", f"{path} runs it", is_program=True) in audit.reach.entries


@pytest.mark.parametrize(
    ("path", "text", "is_run"),
    [
        ("Procfile", "worker: python -m lone\n", True),
        ("Procfile", "web: gunicorn -w 2 lone:app\n", True),
        ("tasks.sh", "celery -A lone worker\n", True),
        ("app.ini", "[uwsgi]\nmodule = lone\n", False),
        ("my-app/Makefile", "run:\n\tpython lone.py\n", True),
        ("ci.yml", "run: python my-app/lone.py\n", True),
    ],
)
def test_files_that_start_a_module_of_one_word(
    tmp_path: Path, path: str, text: str, is_run: bool
) -> None:
    lone = "my-app/lone.py" if "my-app" in path + text else "lone.py"
    audit = look(tmp_path, {lone: "x = 1\n", "main.py": MAIN, path: text})
    assert [module.path for module in audit.doubtful] == ([] if is_run else [lone])
    assert (lone.removesuffix(".py") in audit.reach.alive) is is_run


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("README.md", "p.lone\n"),
        ("README.md", "| `p/lone.py` | unused, python 2 only |\n"),
        ("README.md", "from p.lone import x\n"),
        ("main.py", f'"""Once there was p.lone."""\n{MAIN}'),
        ("main.py", f"# like p.lone\n{MAIN}"),
        ("Makefile", "alone.py\np/lonely.py\nq.lone\nlone\n"),
        ("notes.json", '{"lone": 1, "x": "aGVsbG8/lone"}'),
        ("tests/test_x.py", "NAME = 'p.lone'\n"),
    ],
)
def test_files_that_name_no_module(tmp_path: Path, path: str, text: str) -> None:
    files = {"p/__init__.py": "", "p/lone.py": "x = 1\n", "main.py": MAIN, path: text}
    assert [module.key for module in look(tmp_path, files).dead] == ["p/lone"]


@pytest.mark.parametrize(
    ("path", "call"),
    [
        ("p/user.py", "import_module('.lone', package='p')"),
        ("p/user.py", "import_module('.lone', __package__)"),
        ("p/user.py", "import_module('..lone', 'p.deep')"),
        ("p/__init__.py", "import_module('.lone', __name__)"),
        ("p/deep/__init__.py", "import_module('..lone', __name__)"),
        ("p/user.py", "import_module('.lone', package=find())"),
    ],
)
def test_relative_imports_by_name(tmp_path: Path, path: str, call: str) -> None:
    files = {"p/__init__.py": "", "p/deep/__init__.py": "", "p/lone.py": "x = 1\n"}
    files |= {
        path: f"from importlib import import_module\n{call}\n",
        "main.py": f"import p.user\n{MAIN}",
    }
    files.setdefault("p/user.py", "import p.deep\n")
    audit = look(tmp_path, files)
    assert "p/lone" in audit.reach.alive
    assert audit.findings == ()


def test_what_django_finds_by_name(tmp_path: Path) -> None:
    files = {
        "shop/__init__.py": "",
        "shop/admin.py": "from django.contrib import admin\n",
        "shop/apps.py": "import django.apps\n",
        "shop/tests.py": "import shop.views\n",
        "shop/views.py": "x = 1\n",
        "manage.py": MAIN,
    }
    audit = look(tmp_path, files)
    assert [module.key for module in audit.dead] == ["shop/views"]
    assert audit.dead[0].why == "only tests import it: shop/tests.py"
    without = {"shop/admin.py": "x = 1\n", "shop/apps.py": "x = 1\n"}
    audit = look(tmp_path, without)
    assert [module.key for module in audit.dead] == ["shop/admin", "shop/apps", "shop/views"]


def test_metadata_and_built_copies_say_nothing(tmp_path: Path) -> None:
    files = {"p/__init__.py": "", "p/engine.py": ENGINE, "main.py": MAIN}
    files |= {"build/lib/p/engine.py": ENGINE, "p.egg-info/SOURCES.txt": "p/engine.py\nmain.py\n"}
    repository(tmp_path / "r", {name: text.encode() for name, text in files.items()})
    audit = look(tmp_path / "r", {})
    assert audit.scope.files == 3
    assert said(audit, "UF101") == []
    assert said(audit, "UF102") == ["p/engine.py:1"]


@pytest.mark.parametrize(
    ("package", "importer", "name"),
    [
        ({}, "from p.a import A\n", "p.a"),
        ({}, "from src.p.a import A\n", "src.p.a"),  # src is a namespace package here
        ({"src/__init__.py": ""}, "", "src.p.a"),
        ({"p/__init__.py": "", "p/a.py": ""}, "", "src.p.a"),  # p.a is another file
        ({"p/a.py": ""}, "", "p.a"),  # a folder without __init__.py hides no package (PEP 420)
    ],
)
def test_modules_are_called_as_they_are_imported(
    tmp_path: Path, package: dict[str, str], importer: str, name: str
) -> None:
    files = {"src/p/__init__.py": "", "src/p/a.py": "A = 1\n", "run.py": importer, **package}
    assert look(tmp_path, files).dotted("src/p/a") == name


NOTEBOOK = '{"cells": [\n{"cell_type": "code", "source": ["%time 1\\n",\n "from p import lone"]}], "metadata": {}}'


def test_a_notebook_keeps_what_it_imports_alive(tmp_path: Path) -> None:
    files = {"p/__init__.py": "", "p/lone.py": "X = 1\n", "p/other.py": "X = 1\n"}
    files |= {"run.py": MAIN, "notes.ipynb": NOTEBOOK}
    audit = look(tmp_path, files)
    assert said(audit, "UF102") == ["p/other.py:1"]


def test_a_broken_import_of_a_notebook_is_found_in_its_file(tmp_path: Path) -> None:
    files = {"p/__init__.py": "", "p/lone.py": "X = 1\n"}
    audit = look(tmp_path, {**files, "notes.ipynb": NOTEBOOK.replace("lone", "gone")})
    assert said(audit, "UF002") == ["notes.ipynb:3"]
    assert {(item.path, item.line) for item in audit.broken} == {("notes.ipynb", 3)}


def test_notebooks_are_no_copies(tmp_path: Path) -> None:
    cells = ", ".join(f'"{line}\\\\n"' for line in ENGINE.replace('"', "'").splitlines())
    text = f'{{"cells": [{{"cell_type": "code", "source": [{cells}]}}]}}'.replace("\\\\", "\\")
    audit = look(tmp_path, {"engine.py": ENGINE, "a.ipynb": text, "b.ipynb": text})
    assert not audit.groups
