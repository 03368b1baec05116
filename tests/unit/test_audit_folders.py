"""Copied folders are one finding, with one direction; modules that only forward are found and taken away."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from audited import audit_files, findings_of, plan_of_draft

from unfork.audit.blocks import Table
from unfork.audit.report.html.page import page_of
from unfork.audit.report.json_report import json_text
from unfork.audit.report.markdown_report import written_blocks
from unfork.audit.report.sections import terminal_blocks
from unfork.audit.report.text_report import markdown_text, plain_text
from unfork.files.tree import WorkTree
from unfork.loading.migration_file import migration_of
from unfork.loading.tables import parse_table
from unfork.planning.pipeline import make_plan

MODULE = '''
class {name}Table:
    """Rows of {name}."""

    def __init__(self, rows):
        self.rows = list(rows)

    def {name}_total(self):
        total = 0
        for row in self.rows:
            total += row["{name}"] * {number}
        return total

    def {name}_names(self):
        names = [row["name"] for row in self.rows if row["{name}"]]
        return sorted(names)


def load_{name}(path):
    with open(path) as stream:
        rows = [line.split(";") for line in stream]
    return {name}Table(rows[{number}:])
'''
NAMES = ["orders", "people", "prices", "stock"]


def tables(folder: str) -> dict[str, str]:
    files = {
        f"{folder}{name}.py": MODULE.format(name=name, number=number)
        for number, name in enumerate(NAMES)
    }
    return files | ({f"{folder}__init__.py": ""} if folder else {})


def users(folder: str) -> str:
    package = folder.replace("/", ".")
    imports = "".join(f"from {package}{name} import load_{name}\n" for name in NAMES)
    return f"{imports}\nif __name__ == '__main__':\n    print(load_orders, load_people)\n"


# -- folders


def test_a_copied_folder_is_one_finding(tmp_path: Path) -> None:
    files = {"main.py": users("app/"), **tables("app/"), **tables("app_package/")}
    files["app_package/stock.py"] += "\n\nLATER = 1\n"
    files["app_package/extra.py"] = MODULE.format(name="extra", number=9)
    audit = audit_files(tmp_path / "p", files)
    assert findings_of(audit, "UF101") == ["UF101 app_package/orders.py"]
    (copy,) = audit.folders
    assert (copy.name, copy.canonical) == ("app_package/", "app/")
    assert [fork.key for fork in copy.differing] == ["app_package/stock"]
    assert copy.folder.only == ("app_package/extra",)
    message = next(item.message for item in audit.findings if item.code == "UF101")
    assert message == (
        "app_package/ duplicates app/: 4 of 5 modules have a counterpart there; 1 of these differ "
        "(app_package/stock.py); only in app_package/: app_package/extra; "
        "more files import the other one"
    )


def test_all_of_the_folder_goes_one_way(tmp_path: Path) -> None:
    files = {"main.py": users("app/"), **tables("app/"), **tables("other/")}
    files["cron.py"] = "from other.stock import load_stock\nfrom other import stock\nprint(stock)\n"
    files["more.py"] = users("app/").replace("load_stock", "load_stock as stock")
    audit = audit_files(tmp_path, files)
    assert {group.canonical.key.split("/")[0] for group in audit.groups} == {"app"}


def test_every_report_shows_the_folder(tmp_path: Path) -> None:
    audit = audit_files(
        tmp_path, {"main.py": users("app/"), **tables("app/"), **tables("app_old/")}
    )
    plain = "".join(plain_text(terminal_blocks(audit)))
    assert "Copied folders (1, UF101)" in plain
    assert "Duplicates (" not in plain
    assert "| `app_old/` | `app/` | 4 of 4 modules " in "".join(
        markdown_text(written_blocks(audit))
    )
    (folder,) = json.loads(json_text(audit))["folders"]
    assert (folder["folder"], folder["canonical"], folder["certain"]) == ("app_old/", "app/", True)
    (part,) = (part for part in page_of(audit).parts if part.ident == "folders")
    assert isinstance(part.blocks[0], Table) and part.blocks[0].rows[0][0] == "`app_old/`"
    assert len(folder["modules"]) == 4


@pytest.mark.parametrize("folder", ["checkpoints/one/", "deep/er/copy/"])
def test_the_whole_project_can_be_copied(tmp_path: Path, folder: str) -> None:
    audit = audit_files(tmp_path, {"main.py": users(""), **tables(""), **tables(folder)})
    (copy,) = audit.folders
    assert (copy.name, copy.canonical) == (folder, "./")


def test_three_copies_are_two_findings_about_one_canonical_folder(tmp_path: Path) -> None:
    files = {"main.py": users("a/"), **tables("a/"), **tables("b/"), **tables("c/")}
    audit = audit_files(tmp_path, files)
    assert {(copy.name, copy.canonical) for copy in audit.folders} == {("b/", "a/"), ("c/", "a/")}


def test_without_a_sign_which_one_is_to_go_it_is_a_question(tmp_path: Path) -> None:
    files = {**tables("east/"), **tables("west/")}
    audit = audit_files(tmp_path / "p", files)
    (copy,) = audit.folders
    assert not copy.folder.is_certain
    draft, changes = plan_of_draft(audit, tmp_path / "p")
    assert draft.questions == 1
    assert draft.steps == 0
    assert not changes.changes
    answered = re.sub(r"^# (?=\[\[|\w+ += )", "", draft.text, flags=re.MULTILINE)
    (tmp_path / "p" / "use.py").write_text(users("west/"), encoding="utf-8")
    migration = migration_of(parse_table(answered.encode(), "draft.toml"))
    plan = make_plan(WorkTree(tmp_path / "p"), [migration])
    assert "use.py" in {change.path for change in plan.changes} and plan.left == ()


def test_the_draft_moves_the_importers_of_a_copied_folder(tmp_path: Path) -> None:
    files = {"main.py": users("app/"), **tables("app/"), **tables("copy/")}
    files["tool.py"] = "from copy.orders import load_orders\nprint(load_orders)\n"
    files = {name.replace("copy/", "app_copy/"): text for name, text in files.items()}
    files["tool.py"] = files["tool.py"].replace("copy.", "app_copy.")
    audit = audit_files(tmp_path / "p", files)
    _, changes = plan_of_draft(audit, tmp_path / "p")
    assert "tool.py" in {change.path for change in changes.changes}


def test_two_modules_in_common_do_not_make_a_copied_folder(tmp_path: Path) -> None:
    files = {**tables("app/"), **tables("lib/")}
    for name in ("prices", "stock"):
        files[f"lib/{name}.py"] = MODULE.format(name=f"{name}_lib", number=7).replace("rows", name)
        del files[f"app/{name}.py"]
    audit = audit_files(tmp_path, files)
    assert audit.folders == ()
    assert len(audit.loose_groups) == 2


# -- modules that only forward

ENGINE = """
class Engine:
    def start(self):
        return 1


def build(count):
    return [Engine() for _ in range(count)]
"""
SHIMS = {
    "a star": "from app.core.engine import *\n",
    "names": 'from app.core.engine import Engine, build\n\n__all__ = ["Engine", "build"]\n',
    "relative": "from .core.engine import Engine, build\n",
    "the module itself": "import sys\n\nfrom app.core import engine\n\nsys.modules[__name__] = engine\n",
    "a hook": "from .core import engine as new\n\n\ndef __getattr__(name):\n    return getattr(new, name)\n",
    "assignments": "import app.core.engine as new\n\nEngine = new.Engine\nbuild = new.build\n",
    "a warning": "from app.core.engine import *\nimport warnings\nwarnings.warn('moved')\n",
}


def project(shim: str) -> dict[str, str]:
    return {
        "app/__init__.py": "",
        "app/core/__init__.py": "",
        "app/core/engine.py": ENGINE,
        "app/engine.py": shim,
        "main.py": "from app.engine import Engine, build\n\nif __name__ == '__main__':\n"
        "    print(Engine().start(), len(build(2)))\n",
    }


@pytest.mark.parametrize("shim", SHIMS.values(), ids=SHIMS)
def test_a_shim_is_found_its_importers_move_and_it_goes(tmp_path: Path, shim: str) -> None:
    audit = audit_files(tmp_path / "p", project(shim))
    assert findings_of(audit, "UF103") == ["UF103 app/engine.py"]
    assert [item.path for item in audit.shims[0].importers] == ["main.py"]
    draft, changes = plan_of_draft(audit, tmp_path / "p")
    assert '[[remove]]\nmodule = "app.engine"' in draft.text
    assert {change.path for change in changes.changes} == {"app/engine.py", "main.py"}
    assert changes.left == ()


def test_a_renamed_name_gets_its_new_one(tmp_path: Path) -> None:
    files = project("from app.core.engine import Engine, build\n\nMotor = Engine\n")
    files["main.py"] = files["main.py"].replace("Engine", "Motor")
    audit = audit_files(tmp_path / "p", files)
    draft, changes = plan_of_draft(audit, tmp_path / "p")
    assert 'Motor = "Engine"' in draft.text
    assert changes.left == ()


def test_a_chain_of_shims_is_followed_to_its_end(tmp_path: Path) -> None:
    files = project("from app.middle import Engine, build\n")
    files["app/middle.py"] = "from app.core.engine import *\n"
    audit = audit_files(tmp_path / "p", files)
    assert {shim.target for shim in audit.shims} == {"app/core/engine"}
    _, changes = plan_of_draft(audit, tmp_path / "p")
    assert len(changes.changes) == 3


NO_SHIMS = {
    "something of its own": "from app.core.engine import *\n\nLIMIT = 3\n",
    "a program": "from app.core.engine import build\n\nif __name__ == '__main__':\n    build(1)\n",
    "a library": "from json import *\n",
    "two modules": "from app.core.engine import *\nfrom app.other import *\n",
    "an import for its effect": "import app.core.engine\n",
    "work in the hook": "from app.core import engine as new\n\n\ndef __getattr__(name):\n"
    "    print(name)\n    value = getattr(new, name)\n    return value\n",
    "a class of its own": "from app.core.engine import Engine\n\n\nclass Fast(Engine):\n    pass\n",
    "a deprecation": "from app.core.engine import *\nimport warnings\n"
    "warnings.warn('moved', DeprecationWarning)\n",
}


@pytest.mark.parametrize("text", NO_SHIMS.values(), ids=NO_SHIMS)
def test_what_does_more_than_forward_is_no_shim(tmp_path: Path, text: str) -> None:
    files = project(text) | {"app/other.py": "OTHER = 1\n"}
    assert findings_of(audit_files(tmp_path, files), "UF103") == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("app/core/__init__.py", "from .engine import Engine, build\n"),
        ("app/__main__.py", "from app.core.engine import *\n"),
        ("wsgi.py", "from app.core.engine import build as application\n"),
        ("tests/test_engine.py", "from app.core.engine import *\n"),
        ("app/api.py", "from app._engine import Engine\n"),
    ],
)
def test_fronts_and_starters_are_no_shims(tmp_path: Path, path: str, text: str) -> None:
    files = project(ENGINE) | {path: text, "app/_engine.py": ENGINE}
    assert findings_of(audit_files(tmp_path, files), "UF103") == []
