"""A module beside a package of its name: Python finds the package, and nothing that the module defines."""

from __future__ import annotations

from pathlib import Path

import pytest
from audited import audit_files


@pytest.mark.parametrize(
    ("package", "broken"),
    [("", ["UF002"]), ("from config.values import Settings\n", [])],
)
def test_an_import_means_the_package(tmp_path: Path, package: str, broken: list[str]) -> None:
    files = {
        "config.py": "class Settings:\n    debug = False\n",
        "config/__init__.py": package,
        "config/values.py": "class Settings:\n    debug = True\n",
        "main.py": "from config import Settings\n\nif __name__ == '__main__':\n    print(Settings)\n",
    }
    audit = audit_files(tmp_path, files)
    assert [item.code for item in audit.findings if item.path == "main.py"] == broken


def test_a_stub_is_still_read_with_its_module(tmp_path: Path) -> None:
    files = {
        "fast.py": "import _speed\n\nglobals().update(vars(_speed))\n",
        "fast.pyi": "def run() -> int: ...\n",
        "main.py": "from fast import run\n\nif __name__ == '__main__':\n    run()\n",
    }
    assert audit_files(tmp_path, files).findings == ()
