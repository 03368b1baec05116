"""What names a module without importing it, one form at a time: rewritten or listed, never silent."""

from __future__ import annotations

from pathlib import Path

import pytest

from unfork.files.tree import WorkTree
from unfork.loading.one_off import OneOff, migration_of_one_off
from unfork.planning.pipeline import make_plan
from unfork.values import MENTION, Plan

MIGRATION = migration_of_one_off(OneOff("shop.old", "shop.new", ()))
MODULE = "TABLE = {}\n\n\nclass Invoice:\n    pass\n\n\ndef main():\n    return 0\n"

REWRITTEN = {
    "import_module": 'import importlib\nm = importlib.import_module("shop.old")\nprint(m.main())\n',
    "import_module by keyword": 'import importlib\nimportlib.import_module(name="shop.old")\n',
    "import_module, relative": 'import importlib\nx = importlib.import_module(".old", "shop").main\n',
    "import_module of a constant": 'import importlib\nN = "shop.old"\nimportlib.import_module(N).main()\n',
    "import_module of parts": 'import importlib\nn = "old"\nimportlib.import_module(f"shop.{n}").main()\n',
    "getattr": 'import importlib\nx = getattr(importlib.import_module("shop.old"), "Invoice")\n',
    "__import__": 'x = __import__("shop.old", fromlist=["main"]).main\n',
    "find_spec": 'import importlib.util\nimportlib.util.find_spec("shop.old")\n',
    "find_loader": 'import pkgutil\npkgutil.find_loader("shop.old")\n',
    "get_loader": 'import pkgutil\npkgutil.get_loader("shop.old")\n',
    "run_module": 'import runpy\nrunpy.run_module("shop.old", run_name="__main__")\n',
    "importorskip": 'import pytest\nm = pytest.importorskip("shop.old")\nm.main()\n',
    "resolve_name, colon": 'import pkgutil\npkgutil.resolve_name("shop.old:Invoice")\n',
    "resolve_name, dots": 'import pkgutil\npkgutil.resolve_name("shop.old.main")\n',
    "resources.files": 'from importlib import resources\nresources.files("shop.old") / "a.txt"\n',
    "get_data": 'import pkgutil\npkgutil.get_data("shop.old", "a.txt")\n',
    "sys.modules[]": 'import sys\nsys.modules["shop.old"].main()\n',
    "in sys.modules": 'import sys\nassert "shop.old" not in sys.modules\n',
    "sys.modules.get": 'import sys\nsys.modules.get("shop.old")\n',
    "sys.modules.pop": 'import sys\nsys.modules.pop("shop.old", None)\n',
    "del sys.modules[]": 'import sys\ndel sys.modules["shop.old"]\n',
    "patch": 'from unittest import mock\n\n\n@mock.patch("shop.old.main")\ndef test(m): ...\n',
    "patch, of a class": 'from unittest.mock import patch\n\nwith patch("shop.old.Invoice"):\n    pass\n',
    "patch.multiple": 'from unittest.mock import patch\n\nwith patch.multiple("shop.old", main=1):\n    pass\n',
    "patch.dict": 'from unittest.mock import patch\n\nwith patch.dict("shop.old.TABLE", {}):\n    pass\n',
    "patch.dict, sys.modules": (
        'from unittest.mock import patch\n\nwith patch.dict("sys.modules", {"shop.old": None}):\n    pass\n'
    ),
    "monkeypatch.setattr": 'def test(monkeypatch):\n    monkeypatch.setattr("shop.old.main", 1)\n',
    "monkeypatch.delattr": 'def test(monkeypatch):\n    monkeypatch.delattr("shop.old.main")\n',
    "mocker": 'def test(mocker):\n    mocker.patch("shop.old.main")\n',
    "pytest_plugins": 'pytest_plugins = ["shop.old"]\n',
    "pytest_plugins, one": 'pytest_plugins = "shop.old"\n',
    "pytest_plugins, annotated": 'pytest_plugins: list[str] = ["shop.old"]\n',
    "pytest_plugins, added to": 'pytest_plugins = []\npytest_plugins += ["shop.old"]\n',
    "annotation": 'from shop import old\n\n\ndef bill(x: "old.Invoice"): ...\n',
    "setup": 'from setuptools import setup\n\nsetup(entry_points={"a": ["b = shop.old:main"]})\n',
}
LISTED = {
    "list": 'INSTALLED = ["shop.old"]\n',
    "list of names": 'INSTALLED = ["shop.old:main"]\n',
    "dictionary": 'ENGINES = {"engine": "shop.old.Invoice"}\n',
    "comment": "x = 1  # see shop.old\n",
    "docstring": '"""See shop.old.Invoice."""\n',
    "f-string": 'x = 1\ny = f"shop.old {x}"\n',
    "bytes": 'y = b"shop.old"\n',
    "regular expression": 'y = r"shop\\.old\\.main"\n',
    "file": 'y = "shop/old.py"\n',
    "subprocess": 'import subprocess\nimport sys\n\nsubprocess.run([sys.executable, "-m", "shop.old"])\n',
    "shell": 'import os\n\nos.system("python -m shop.old")\n',
    "logger": 'import logging\n\nlogging.getLogger("shop.old")\n',
    "another function": 'from elsewhere import describe\n\ndescribe("shop.old.main")\n',
}
SILENT = {
    "another module": 'x = "shop.older", "my.shop.old_one"  # shop.new\n',
    "ignored": 'x = "shop.old"  # unfork: ignore\n',
}


def _plan(root: Path, text: str) -> Plan:
    has_data = "a.txt" in text
    file = "shop/{}/__init__.py" if has_data else "shop/{}.py"
    files = {
        "shop/__init__.py": "",
        file.format("old"): MODULE,
        file.format("new"): MODULE,
        **({"shop/old/a.txt": "a\n", "shop/new/a.txt": "a\n"} if has_data else {}),
        "setup.py" if "setuptools" in text else "use.py": text,
    }
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(content, encoding="utf-8")
    return make_plan(WorkTree(root), [MIGRATION], jobs=1)


@pytest.mark.parametrize("form", REWRITTEN)
def test_exact_references_are_rewritten(tmp_path: Path, form: str) -> None:
    plan = _plan(tmp_path, REWRITTEN[form])
    (change,) = plan.changes
    after = change.result((tmp_path / change.path).read_bytes()).decode()
    assert after == REWRITTEN[form].replace("old", "new")
    assert not plan.left
    assert not plan.notes


@pytest.mark.parametrize("form", LISTED)
def test_other_mentions_are_listed(tmp_path: Path, form: str) -> None:
    plan = _plan(tmp_path, LISTED[form])
    assert not plan.changes
    assert [note.code for note in (*plan.left, *plan.notes)] == [MENTION]


@pytest.mark.parametrize("form", SILENT)
def test_what_names_nothing_is_not(tmp_path: Path, form: str) -> None:
    plan = _plan(tmp_path, SILENT[form])
    assert not (plan.changes or plan.left or plan.notes)
