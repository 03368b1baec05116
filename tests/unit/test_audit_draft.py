"""The drafted migration: `unfork diff` takes it as it is, nothing breaks by it, and fewer findings are left."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from unfork.audit.drafting.draft import draft_of
from unfork.audit.run import audit_tree
from unfork.files.tree import WorkTree
from unfork.files.write import write_changes
from unfork.loading.migration_file import migration_of
from unfork.loading.tables import parse_table
from unfork.planning.pipeline import make_plan
from unfork.values import Finding, Plan

DATA = Path(__file__).parents[2] / "testdata"
ENGINES = DATA / "repos" / "engines" / "before"


@pytest.fixture
def engines(tmp_path: Path) -> Path:
    copy = tmp_path.resolve() / "engines"
    shutil.copytree(ENGINES, copy, ignore=shutil.ignore_patterns("__pycache__", ".git"))
    return copy


def drafted(root: Path) -> str:
    return draft_of(audit_tree(WorkTree(root), jobs=1)).text


def planned(root: Path, text: str) -> Plan:
    return make_plan(WorkTree(root), [migration_of(parse_table(text.encode(), "draft.toml"))])


def findings(root: Path) -> tuple[Finding, ...]:
    return audit_tree(WorkTree(root), jobs=1).findings


def python(root: Path, *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *args], cwd=root, capture_output=True, text=True, check=False
    )


@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="shares are counted in bytecode")
def test_the_draft_is_the_golden_one(engines: Path) -> None:
    assert drafted(engines) == (DATA / "audit" / "engines.toml").read_text(encoding="utf-8")


def test_unedited_it_brings_the_console_to_import_and_breaks_nothing(engines: Path) -> None:
    console = ("-c", "import src.orchestration.ops_console")
    assert "No module named 'job_execution_engine'" in python(engines, *console).stderr
    before = findings(engines)
    plan = planned(engines, drafted(engines))
    assert [finding.code for finding in plan.left] == ["UF007"]
    write_changes(engines, plan.changes)
    assert python(engines, *console).stderr == ""
    tests = python(engines, "-m", "unittest", "discover", "-s", "tests", "-t", ".")
    assert tests.stderr.endswith("OK\n"), tests.stderr
    after = findings(engines)
    assert len(after) < len(before)
    assert {finding.code for finding in after} == {"UF007", "UF101", "UF102"}
    again = planned(engines, drafted(engines))
    assert again.changes == ()


def test_answered_it_moves_all_names(engines: Path) -> None:
    text = drafted(engines)
    answered = re.sub(r"^# (?=\[\[|\[redirect|\w+ += )", "", text, flags=re.MULTILINE)
    assert "\n# ? " in text
    plan = planned(engines, answered)
    # what tests replace in a copy is not read by the canonical module: who uses that stays with the copy, and so do the
    # errors that it raises and the states that it compares
    others = [finding for finding in plan.left if finding.code not in {"UF007", "UF006"}]
    assert others and all(
        "utc_now" in finding.message or " stays as long as " in finding.message
        for finding in others
    )
    write_changes(engines, plan.changes)
    codes = {finding.code for finding in findings(engines)}
    assert {"UF002", "UF003"}.isdisjoint(codes) and {"UF007", "UF102"} <= codes


COPY = "class Thing:\n" + "".join(
    f"    def m{n}(self, value):\n        self.v{n} = value + {n}\n        return [value] * {n}\n"
    for n in range(6)
)


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return root


def test_a_whole_copy_is_redirected_and_deprecated(tmp_path: Path) -> None:
    files = {
        "app/__init__.py": "",
        "app/thing.py": COPY,
        "app/thing_old.py": COPY,
        "main.py": "from app.thing import Thing\nif __name__ == '__main__':\n    Thing()\n",
        "other.py": "from app.thing_old import Thing\nif __name__ == '__main__':\n    Thing()\n",
    }
    root = write(tmp_path.resolve(), files)
    text = drafted(root)
    assert 'from = "app.thing_old"\nto   = "app.thing"' in text
    assert "\n# ? " not in text
    assert text.startswith("# Drafted by `unfork audit`, with no questions. It runs as it is.\n# ")
    assert '\nsummary = "1 duplicate of canonical modules"\n' in text
    write_changes(root, planned(root, text).changes)
    assert (root / "other.py").read_text().startswith("from app.thing import Thing\n")
    assert findings(root) == ()


def test_what_differs_is_asked_about_and_stays(tmp_path: Path) -> None:
    more = "\n\ndef rate(n):\n    return n * {0}\n\n\nLIMIT = {0}\n_SECRET = {0}\nSAME = 3\n"
    uses = "Thing, rate, LIMIT, _SECRET, SAME"
    files = {
        "app/__init__.py": "",
        "app/thing.py": COPY + more.format(1),
        "app/thing_old.py": COPY + more.format(2),
        "a.py": f"from app.thing import {uses}\nprint(rate(1), LIMIT, _SECRET)\n",
        "b.py": f"from app.thing_old import {uses}\nprint(rate(1), LIMIT, _SECRET)\n",
    }
    root = write(tmp_path.resolve(), files)
    printed = python(root, "b.py").stdout
    before = findings(root)
    text = drafted(root)
    assert text.count("\n# ? ") == 1
    asked = re.findall(r'^# (\w+) = "app.thing:', text, re.MULTILINE)
    assert asked == ["rate", "LIMIT"]
    assert "its value is 2 here, 1 there" in text
    plan = planned(root, text)
    write_changes(root, plan.changes)
    changed = (root / "b.py").read_text()
    assert "from app.thing import Thing\n" in changed
    assert "from app.thing_old import rate, LIMIT, _SECRET, SAME\n" in changed
    assert "#   Equal today, but no reason to share a module: SAME. They stay.\n" in text
    assert python(root, "b.py").stdout == printed
    assert len(findings(root)) <= len(before)


def test_a_private_name_that_differs_keeps_the_rest_from_moving_as_a_whole(tmp_path: Path) -> None:
    files = {
        "app/__init__.py": "",
        "app/thing.py": f"{COPY}\n_SECRET = 1\n",
        "app/thing_old.py": f"{COPY}\n_SECRET = 2\n",
        "b.py": "from app.thing_old import Thing, _SECRET\nprint(_SECRET)\n",
        "a.py": "from app.thing import Thing\n",
    }
    root = write(tmp_path.resolve(), files)
    write_changes(root, planned(root, drafted(root)).changes)
    assert "from app.thing_old import _SECRET" in (root / "b.py").read_text()
    assert "from app.thing import Thing" in (root / "b.py").read_text()


def test_what_two_duplicates_have_is_no_home(tmp_path: Path) -> None:
    more = (
        "\n\ndef extra(n):\n    for each in range(n):\n        print(each * n, n)\n    return n\n"
    )
    files = {
        "app/__init__.py": "",
        "app/thing.py": COPY,
        "app/thing_old.py": COPY + more,
        "app/thing_bak.py": COPY + more,
        "a.py": "from app.thing import Thing\n",
        "b.py": "from app.thing import Thing\nfrom app.thing_old import extra\n",
    }
    root = write(tmp_path.resolve(), files)
    text = drafted(root)
    assert text.count("extra: nothing like it was found") == 1
    assert "Nobody" in text or "nothing here imports it" in text
    assert text.count("\n# ? ") == 1
    assert planned(root, text).changes == ()


def test_versions_side_by_side_are_asked_about(tmp_path: Path) -> None:
    files = {
        "api/__init__.py": "",
        "api/v1/__init__.py": "",
        "api/v1/users.py": COPY,
        "api/v2/__init__.py": "",
        "api/v2/users.py": COPY,
        "main.py": "from api.v1.users import Thing as Old\nfrom api.v2.users import Thing\n",
    }
    root = write(tmp_path.resolve(), files)
    text = drafted(root)
    assert "# ? Should api.v1.users go, and api.v2.users stay?" in text
    assert "they are two versions, and both are in use" in text.replace("\n# ", " ")
    assert planned(root, text).changes == ()
    answered = re.sub(r"^# (?=\[\[|\[redirect|\w+ += )", "", text, flags=re.MULTILINE)
    assert [change.path for change in planned(root, answered).changes] == [
        "api/v1/users.py",
        "main.py",
    ]


def test_a_value_that_what_moves_needs_moves_with_it(tmp_path: Path) -> None:
    more = "\n\nSTEP = 3\n\n\ndef walk(n):\n    return n * STEP\n\n\ndef rate(n):\n    return n * {0}\n"
    files = {
        "app/__init__.py": "",
        "app/thing.py": COPY + more.format(1),
        "app/thing_old.py": COPY + more.format(2),
        "a.py": "from app.thing import walk, STEP, rate\n",
        "b.py": "from app.thing_old import walk, STEP, rate\n",
    }
    root = write(tmp_path.resolve(), files)
    write_changes(root, planned(root, drafted(root)).changes)
    assert "from app.thing import walk, STEP\n" in (root / "b.py").read_text()


CONFIG = "".join(f"LIMIT_{n} = {n}\nNAME_{n} = 'name {n}'\n" for n in range(20))


def test_configurations_with_equal_values_stay_two(tmp_path: Path) -> None:
    files = {
        "one/__init__.py": "",
        "one/config.py": CONFIG,
        "two/__init__.py": "",
        "two/config.py": f"{CONFIG}MORE = 1\n",
        "a.py": "from one.config import LIMIT_1\nprint(LIMIT_1)\n",
        "b.py": "from two.config import LIMIT_1\nprint(LIMIT_1)\n",
    }
    root = write(tmp_path.resolve(), files)
    text = drafted(root)
    assert text.count("# ? ") == 1 and "hold only values" in text.replace("\n# ", " ")
    assert planned(root, text).changes == ()


def test_a_copied_configuration_that_nobody_uses_goes(tmp_path: Path) -> None:
    files = {"one/__init__.py": "", "one/config.py": CONFIG, "one/config_old.py": CONFIG}
    files["a.py"] = (
        "from one.config import LIMIT_1\nif __name__ == '__main__':\n    print(LIMIT_1)\n"
    )
    text = drafted(write(tmp_path.resolve(), files))
    assert "\n# ? " not in text and '[[remove]]\nmodule = "one.config_old"' in text


def test_a_tie_is_a_question(tmp_path: Path) -> None:
    files = {"app/__init__.py": "", "app/thing.py": COPY, "app/widget.py": COPY}
    root = write(tmp_path.resolve(), files)
    text = drafted(root)
    assert text.count("# ? ") == 1 and "nothing tells which" in text.replace("\n# ", " ")
    assert planned(root, text).changes == ()
    answered = re.sub(r"^# (?=\[\[|\w+ += )", "", text, flags=re.MULTILINE)
    assert "app.widget" in answered and planned(root, answered).left == ()


# -- where a repair takes names from


def repaired(root: Path, files: dict[str, str]) -> tuple[str, Plan]:
    text = drafted(write(root.resolve(), files))
    return text, planned(root.resolve(), text)


SOURCES = {
    "app/__init__.py": "",
    "app/a/__init__.py": "",
    "app/b/__init__.py": "",
    "app/engine.py": "x = 1\n",
    "app/use.py": "from .engine import Params, Page\n",
}


def test_of_several_sources_a_person_chooses(tmp_path: Path) -> None:
    files = {"app/a/one.py": "class Params: pass\n", "app/b/two.py": "class Params: pass\n"}
    files["app/a/three.py"] = "class Page: pass\n"
    text, plan = repaired(tmp_path, {**SOURCES, **files})
    assert "prefer" not in text
    assert "which module is meant for Params?" in text
    assert '# Params = "app.a.one:Params"  # or of app.b.two' in text
    assert [(finding.code, finding.line) for finding in plan.left] == [("UF002", 1)]
    assert [change.path for change in plan.changes] == ["app/use.py"]


@pytest.mark.parametrize(
    ("files", "source"),
    [
        ({"app/a/engine.py": "class Params: pass\nclass Page: pass\n"}, "app/a/engine.py"),
        ({"app/a/other.py": "class Params: pass\nclass Page: pass\n"}, "app/a/other.py"),
        (
            {
                "app/a/engine.py": "class Params: pass\nclass Page: pass\n",
                "app/b/engine.py": "class Params: pass\n",
                "app/b/more.py": "class Params: pass\nclass Page: pass\n",
            },
            "app/a/engine.py",
        ),
        (
            {
                "app/a/one.py": "class Params: pass\nclass Page: pass\n",
                "app/b/two.py": "class Params: pass\n",
                "tests/test_it.py": "class Params: pass\nclass Page: pass\n",
                "archive/one.py": "class Params: pass\nclass Page: pass\n",
                "examples/one.py": "class Params: pass\nclass Page: pass\n",
            },
            "app/a/one.py",
        ),
    ],
)
def test_the_evidence_chooses_a_source(tmp_path: Path, files: dict[str, str], source: str) -> None:
    text, plan = repaired(tmp_path, {**SOURCES, **files})
    assert "# ? " not in text and plan.left == ()
    write_changes(tmp_path.resolve(), plan.changes)
    module = source.removesuffix(".py").removeprefix("app/").replace("/", ".")
    use = (tmp_path / "app" / "use.py").read_text()
    assert use == f"from .{module} import Params, Page\n"


@pytest.mark.parametrize(
    "path",
    ["tests/test_x.py", "tests/helpers.py", "archive/x.py", "examples/x.py", "app/old2.2/x.py"],
)
def test_what_no_live_code_defines_is_asked_for(tmp_path: Path, path: str) -> None:
    files = {"app/use.py": "from .engine import Params\n", path: "class Params: pass\n"}
    text, plan = repaired(tmp_path, {**SOURCES, **files})
    assert "what is meant by Params, which is nowhere" in text.replace("\n# ", " ")
    assert plan.changes == ()


def test_what_works_together_stays_together(tmp_path: Path) -> None:
    fork = (
        COPY + "\n\nclass Special:\n    def m1(self): return Thing()\n    def m9(self): return 9\n"
    )
    files = {"app/__init__.py": "", "app/thing.py": COPY, "app/thing_v2.py": fork}
    files["app/a.py"] = "from app.thing import Thing\nfrom app.thing_v2 import Special\n"
    text = drafted(write(tmp_path.resolve(), files))
    assert "\n# Special = " in text or 'to   = "app.thing_v2"' in text
    assert planned(tmp_path.resolve(), text).left == ()


def program(extra: str, uses: str) -> dict[str, str]:
    """Return a program with a copy that has more in it, and with a line that uses the copy."""
    start = "from app.thing import Thing\n{}if __name__ == '__main__':\n    Thing()\n"
    return {
        "app/__init__.py": "",
        "app/thing.py": f"{COPY}\n\ndef rate(n):\n    return n * 2\n",
        "app/thing_old.py": COPY + extra,
        "main.py": start.format(uses),
    }


RATE = "\n\ndef rate(n):\n    return n * 3 + 1\n"


def test_names_that_nobody_uses_are_not_asked_about(tmp_path: Path) -> None:
    root = write(tmp_path.resolve(), program(RATE, "from app.thing_old import Thing as Old\n"))
    text = drafted(root)
    assert "\n# ? " not in text
    assert 'from = "app.thing_old"\nto   = "app.thing"' in text
    assert "from app.thing import Thing as Old" in planned(root, text).patch()


@pytest.mark.parametrize(
    "uses",
    [
        "from app.thing_old import rate\n",
        "from app.thing_old import *\n",
        "import app.thing_old\napp.thing_old.rate(1)\n",
        "from app import thing_old\nthing_old.rate(1)\n",
        "from app import thing_old as old\nold.rate(1)\n",
        "import app\nfrom app.thing_old import Thing\napp.thing_old.rate(Thing)\n",
        "import app.thing_old as old\ngetattr(old, 'ra' + 'te')(1)\n",
        "import importlib\nold = importlib.import_module('app.thing_old')\n",
    ],
)
def test_a_name_that_somebody_may_use_is_asked_about(tmp_path: Path, uses: str) -> None:
    text = drafted(write(tmp_path.resolve(), program(RATE, uses)))
    assert text.count("\n# ? ") == 1
    assert "\n# rate = " in text


def renamed(use: str) -> dict[str, str]:
    """Return a program that uses a copy whose method and argument are called differently."""
    body = "        return [job] * retries\n"
    more = f"\n    def submit(self, job, retries=3):\n{body}\n    def wait(self, seconds):\n        return seconds\n"
    old = more.replace("submit", "run_job").replace("retries", "attempts")
    old = old.replace(
        "wait(self, seconds):\n        return seconds", "rest(self, s):\n        return s"
    )
    start = "from app.{} import Thing\n\nif __name__ == '__main__':\n    print(Thing().{})\n"
    return {
        "app/__init__.py": "",
        "app/thing.py": COPY + more,
        "app/thing_old.py": COPY + old,
        "a.py": start.format("thing", "submit(1)"),
        "c.py": start.format("thing", "wait(1)"),
        "b.py": start.format("thing_old", use),
    }


def test_what_is_called_differently_is_written_and_a_yes_moves_the_calls(tmp_path: Path) -> None:
    root = write(tmp_path.resolve(), renamed("run_job(1, attempts=2)"))
    printed = python(root, "b.py").stdout
    text = drafted(root)
    assert text.count("\n# ? ") == 1
    assert planned(root, text).changes == ()
    assert "\n# [redirect.calls]" in text
    assert (
        '# "Thing.run_job" = { to = "submit", rename = { attempts = "retries" } }  # same body'
        in text
    )
    assert "Thing.rest" not in text  # nobody calls it
    answered = re.sub(r'^# (?=\[|[\w."]+ += )', "", text, flags=re.MULTILINE)
    write_changes(root, planned(root, answered).changes)
    changed = (root / "b.py").read_text(encoding="utf-8")
    assert "from app.thing import Thing\n" in changed
    assert "Thing().submit(1, retries=2)" in changed
    assert python(root, "b.py").stdout == printed


def test_no_calls_are_written_where_nobody_uses_what_differs(tmp_path: Path) -> None:
    text = drafted(write(tmp_path.resolve(), renamed("__class__")))
    assert text.count("\n# ? ") == 1
    assert "redirect.calls" not in text


def test_a_copy_that_nobody_imports_is_removed(tmp_path: Path) -> None:
    root = write(tmp_path.resolve(), program(RATE, ""))
    text = drafted(root)
    assert text.count("[[") == 1
    assert '\n[[remove]]\nmodule = "app.thing_old"\n' in text
    write_changes(root, planned(root, text).changes)
    assert not (root / "app" / "thing_old.py").exists()
    assert python(root, "main.py").returncode == 0


def test_a_copy_that_something_may_load_is_not_removed_unasked(tmp_path: Path) -> None:
    files = program(RATE, "PLUGINS = ['app.thing_old']\n")
    text = drafted(write(tmp_path.resolve(), files))
    assert "\n[[remove]]" not in text


def test_one_question_is_asked_for_all_copies_of_a_group(tmp_path: Path) -> None:
    files = program(RATE, "from app.thing_old import rate\nfrom app.thing_bak import rate\n")
    files["app/thing_bak.py"] = COPY + RATE.replace("3", "4")
    text = drafted(write(tmp_path.resolve(), files))
    assert text.count("\n# ? ") == 1
    assert len(re.findall(r"^#? ?\[\[redirect]]", text, re.MULTILINE)) == 2


def copied_package(odd: str = "") -> dict[str, str]:
    """Return a program with a package of which each module is a copy; ``odd`` is added to one of them."""
    names = ("alpha", "beta", "gamma")
    body = {name: COPY.replace("m", f"{name}_") for name in names}
    files = {f"new/{name}.py": text for name, text in body.items()}
    files |= {f"legacy/{name}.py": text for name, text in body.items()}
    files["legacy/beta.py"] += odd
    files |= {"new/__init__.py": "", "legacy/__init__.py": ""}
    imports = "".join(f"from {p}.{n} import *\n" for p in ("new", "legacy") for n in names)
    return files | {"main.py": f"{imports}if __name__ == '__main__':\n    Thing()\n"}


def test_a_package_that_is_replaced_as_a_whole_is_one_redirect(tmp_path: Path) -> None:
    root = write(tmp_path.resolve(), copied_package())
    text = drafted(root)
    assert '[[redirect]]\nfrom = "legacy.*"\nto   = "new.*"\n' in text
    assert text.count("[[redirect]]") == 1
    plan = planned(root, text)
    assert plan.left == ()
    write_changes(root, plan.changes)
    assert "legacy" not in (root / "main.py").read_text()
    assert findings(root) == ()


def test_a_copied_package_that_nobody_imports_is_one_removal(tmp_path: Path) -> None:
    files = {path.replace("legacy", "new_v2"): text for path, text in copied_package().items()}
    files["main.py"] = files["main.py"].replace("from legacy.", "from new.")
    root = write(tmp_path.resolve(), files)
    text = drafted(root)
    assert '[[remove]]\nmodule = "new_v2.*"\n' in text and text.count("\n[[") == 1
    write_changes(root, planned(root, text).changes)
    assert not (root / "new_v2" / "alpha.py").exists() and findings(root) == ()


def test_a_package_with_a_module_that_differs_is_listed_by_module(tmp_path: Path) -> None:
    text = drafted(write(tmp_path.resolve(), copied_package("\n\ndef odd():\n    return 'odd'\n")))
    assert ".*" not in text
    assert 'from = "legacy.alpha"' in text


def test_several_sources_of_a_name_are_one_question(tmp_path: Path) -> None:
    files = {
        "app/__init__.py": "",
        "app/use.py": "from app.base import near, far, lost\n",
        "app/base.py": "x = 1\n",
    }
    for name in ("one", "two"):
        files[f"app/{name}.py"] = f"def near(): return '{name}'\ndef far(): return 1\n"
    root = write(tmp_path.resolve(), files)
    text = drafted(root)
    assert text.count("\n# ? ") == 1
    assert '# near = "app.one:near"  # or of app.two' in text
    assert planned(root, text).changes == ()


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"a.py": "from nowhere import x\n"},
        {"src/p/__init__.py": "", "src/p/a.py": COPY, "src/p/b.py": COPY, "x.py": "import p.b\n"},
        {"odd-name/x.py": COPY, "other-name/x.py": COPY},
        {"p/__init__.py": "", "p/a.py": "from p import gone\nfrom p.b import x\nimport p.c\n"},
        {"lib/p/__init__.py": "", "lib/p/a.py": COPY, "lib/p/b.py": COPY, "x.py": "import p.a\n"},
    ],
)
def test_every_draft_is_a_migration(tmp_path: Path, files: dict[str, str]) -> None:
    root = write(tmp_path.resolve(), files)
    before = findings(root)
    plan = planned(root, drafted(root))
    write_changes(root, plan.changes)
    assert len(findings(root)) <= len(before)
