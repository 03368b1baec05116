"""A shim as its users meet it: importing it says nothing, using a name of it warns at the line that does."""

import subprocess
import sys
from pathlib import Path

import unfork

MIGRATION = """
[migration]
name = "m"
[[redirect]]
from = "proj.legacy"
to = "proj.canonical"
[redirect.names]
Old = "New"
[[deprecate]]
module = "proj.legacy"
removal = "2026-06"
shim = true
"""
USE = """
import warnings, sys
warnings.simplefilter("error")
import proj.legacy as m  # unfork: ignore
assert "proj.canonical" not in sys.modules, "the forwards are lazy"
assert {"Old", "same"} <= set(dir(m))
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    old = m.Old  # unfork: ignore
    from proj.legacy import same  # unfork: ignore
import proj.canonical
assert old is proj.canonical.New and same is proj.canonical.same
assert [each.lineno for each in caught] == [9, 10], [str(each) for each in caught]
assert {each.filename for each in caught} == {__file__}
assert "proj.legacy.Old is deprecated" in str(caught[0].message)
assert "use proj.canonical.New instead" in str(caught[0].message)
try:
    m.lost
except AttributeError as error:
    assert "has no attribute 'lost'" in str(error)
else:
    raise AssertionError("a name that nobody has is no name")
print("fine")
"""


def test_a_shim_forwards_lazily_and_warns_where_it_is_used(tmp_path: Path) -> None:
    package = tmp_path / "proj"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "canonical.py").write_text("class New: ...\n\n\ndef same(): ...\n")
    (package / "legacy.py").write_text("class Old: ...\n\n\ndef same(): ...\n")
    (tmp_path / "use.py").write_text(USE)
    file = tmp_path / "m.toml"
    file.write_text(MIGRATION)
    migrations = [unfork.load_migration(file)]
    plan = unfork.plan(tmp_path, migrations)
    assert [change.path for change in plan.changes] == ["proj/legacy.py"]
    unfork.apply(plan)
    command = [sys.executable, str(tmp_path / "use.py")]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.stdout == "fine\n", ran.stderr
    assert unfork.plan(tmp_path, migrations).changes == ()
