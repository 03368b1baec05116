"""What a finding says to write is what can be written."""

import ast

import pytest
from memory import MemoryTree

from unfork.planning.checking import check_files
from unfork_codemods.migration import Migration, by_kind
from unfork_codemods.redirect import Redirect
from unfork_codemods.step import Target

FILES = {
    "proj/__init__.py": b"",
    "proj/legacy.py": b"Old = same = helper = 1\n",
    "proj/canonical.py": b"New = same = 1\n",
    "proj/util/__init__.py": b"",
    "proj/util/tools.py": b"helper = 1\n",
}
NAMES = {
    "Old": Target("proj.canonical", "New"),
    "helper": Target("proj.util.tools", "helper"),
}
MIGRATION = Migration(
    "m", "m.toml", steps=by_kind([Redirect("proj.legacy", "proj.canonical", NAMES)])
)


@pytest.mark.parametrize(
    ("path", "text", "written"),
    [
        ("use.py", "from proj.legacy import Old", "from proj.canonical import New"),
        ("use.py", "from proj.legacy import same as s", "from proj.canonical import same"),
        ("proj/use.py", "from .legacy import Old", "from .canonical import New"),
        ("proj/util/use.py", "from ..legacy import helper", "from .tools import helper"),
        ("use.py", "import proj.legacy\nproj.legacy.same", "import proj.canonical"),
        ("use.py", "import proj.util\nproj.legacy.same", "import proj.canonical"),
        ("use.py", "import proj.util\nproj.legacy.helper", "import proj.util.tools"),
    ],
)
def test_a_finding_says_what_to_write(path: str, text: str, written: str) -> None:
    tree = MemoryTree({**FILES, path: text.encode()})
    (finding,) = (f for f in check_files(tree, [MIGRATION], jobs=1) if f.path == path)
    assert finding.message.partition("write: ")[2] == written
    ast.parse(written)
