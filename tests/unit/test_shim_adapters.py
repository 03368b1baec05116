"""Functions of a shim that adapt old calls: the verifier judges their text by itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from unfork.files.tree import WorkTree
from unfork.loading.migrations import load_migration
from unfork.planning.pipeline import make_plan
from unfork.verification import Rewrites, Verifier
from unfork_codemods.edits import Edit

_FILES = {
    "app/__init__.py": "",
    "app/old.py": "def submit(job, attempts=3, verbose=False):\n    return job, attempts\n",
    "app/new.py": "def submit(job, *, retries=3, mode):\n    return job, retries\n\n\ndef other(*args, **more): ...\n",
    "m.toml": '[migration]\nname = "m"\n[[redirect]]\nfrom = "app.old"\nto = "app.new"\n[redirect.calls]\n'
    'submit = { rename = { attempts = "retries" }, drop = ["verbose"], add = { mode = "1" } }\n'
    '[[deprecate]]\nmodule = "app.old"\nshim = true\n',
}


def _violations(root: Path, old: str, new: str) -> list[str]:
    """Return what the verifier says of the shim in which one text is another."""
    for name, text in _FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    migration = load_migration(root / "m.toml")
    [change] = make_plan(WorkTree(root), [migration], jobs=1).changes
    before = (root / change.path).read_bytes()
    shim = change.result(before)
    assert shim.count(old.encode()) == 1, shim.decode()
    edit = Edit(0, len(before), shim.replace(old.encode(), new.encode()))
    paths = sorted(name for name in _FILES if name.endswith(".py"))
    verifier = Verifier(paths, lambda path: (root / path).read_bytes(), ("",), migration, None)
    return [
        violation.why
        for violation in verifier.verify(Rewrites({"app/old.py": (edit,)}, frozenset()))
    ]


def test_an_adapter_is_accepted(tmp_path: Path) -> None:
    """It passes on what it takes, under the new names."""
    assert not _violations(tmp_path, "retries=attempts", "retries=attempts")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("retries=attempts, ", ""),
        ("retries=attempts", "retries=verbose"),
        ("retries=attempts", "attempts=attempts"),
        ("(job, retries", "(attempts, retries"),
        ("mode=1", "mode=2"),
        (", mode=1", ""),
        ('"app.new").submit', '"app.new").other'),
        ("attempts=3", "attempts=4"),
        ("attempts=3, verbose", "*, attempts=3, verbose"),
        ("    return importlib", "    importlib"),
    ],
)
def test_what_is_no_adapter_is_refused(tmp_path: Path, old: str, new: str) -> None:
    """Whatever it passes on wrongly, or takes otherwise."""
    assert "the shim's submit is something else" in _violations(tmp_path, old, new)
