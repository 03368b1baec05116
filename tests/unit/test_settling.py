"""What files ask of each other is settled: whatever the order of the rules, and whichever file is taken back."""

from __future__ import annotations

import pytest
from cases import Case, all_cases, migration_of
from memory import MemoryTree

import unfork.planning.constraints
from unfork.errors import ProofError
from unfork.planning.checking import check_files
from unfork.planning.constraints import RULES
from unfork.planning.pipeline import make_plan
from unfork.planning.settling import Rule
from unfork.rewriting import verify
from unfork.rewriting.file_rewrite import FileRewrite
from unfork_codemods.migration import Migration, by_kind
from unfork_codemods.redirect import Redirect
from unfork_codemods.remove import Remove
from unfork_codemods.step import Target

TALKING = (
    "redirect/cycle/",
    "redirect/others/",
    "redirect/star/",
    "redirect/export/",
    "shim/",
    "remove/",
)
CASES = [case for case in all_cases() if case.runs_here and case.name.startswith(TALKING)]
ORDERS = [RULES[::-1], *(RULES[at:] + RULES[:at] for at in range(1, len(RULES)))]


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in CASES])
def test_any_order_of_rules_gives_one_plan(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    def plan(rules: tuple[Rule, ...]) -> object:
        monkeypatch.setattr(unfork.planning.constraints, "RULES", rules)
        plan = make_plan(MemoryTree(case.before), [migration_of(case)], jobs=1)
        return plan.changes, {(finding.path, finding.line, finding.code) for finding in plan.left}

    usual = plan(RULES)
    for order in ORDERS:
        assert plan(order) == usual


PROJECT = {
    "p/__init__.py": b"",
    "p/old.py": b"class Old: pass\n",
    "p/new.py": b"class New: pass\n",
    "p/one.py": b"from p.old import Old\n\nprint(Old)\n",
    "p/two.py": b"import os\nfrom p.old import Old\n\nprint(os, Old)\n",
    "p/three.py": b"from unittest.mock import patch\n\npatch('p.two.Old')\n",
}
RENAME = Redirect("p.old", "p.new", {"Old": Target("p.new", "New")})
MIGRATION = Migration("m", "m.toml", steps=by_kind([RENAME, Remove("p.old")]))


def _refuse(monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    """Let the proof of one file fail."""

    def fails(work: FileRewrite) -> bool:
        if work.importer == path:
            raise ProofError(path, 2, "it is right", "it is not")
        return proved(work)

    proved = verify._verify_from_imports
    monkeypatch.setattr(verify, "_verify_from_imports", fails)


def test_a_file_that_cannot_be_proved_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    _refuse(monkeypatch, "p/two.py")
    plan = make_plan(MemoryTree(PROJECT), [MIGRATION], jobs=1)
    assert [change.path for change in plan.changes] == ["p/one.py"]
    refused, kept = sorted(plan.left, key=lambda finding: finding.code, reverse=True)
    assert (refused.path, refused.line, refused.code) == ("p/two.py", 2, "UF009")
    assert "`from p.new import New` was not written" in refused.message
    assert (kept.path, kept.code) == ("p/old.py", "UF001")
    assert "p/two.py:2 still imports it" in kept.message
    findings = check_files(MemoryTree(PROJECT), [MIGRATION], jobs=1)
    assert ("p/two.py", "UF009") in {(reported.path, reported.code) for reported in findings}


def test_strict_proofs_end_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    _refuse(monkeypatch, "p/two.py")
    with pytest.raises(ProofError, match=r"p/two.py:2: proof failed \(it is right\): it is not"):
        make_plan(MemoryTree(PROJECT), [MIGRATION], jobs=1, strict=True)


def test_what_is_there_twice_is_said() -> None:
    files = {
        "p/__init__.py": b"",
        "p/old.py": b"class Busy(Exception): ...\nclass Idle: ...\ndef run(): ...\ndef only(): ...\n",
        "p/new.py": b"class Busy(Exception): ...\nclass Idle: ...\ndef run(): ...\n",
        "moved.py": b"from p.old import Busy, run\n",
        "part.py": b"import p.old as old\ndef f(module=old): return old.Busy, module.only()\n",
    }
    migration = Migration("m", "m.toml", steps=by_kind([Redirect("p.old", "p.new", {})]))
    plan = make_plan(MemoryTree(files), [migration], jobs=1)
    line = "m: p.old: Busy, Idle are there twice until what is left is moved, too: part.py"
    assert "moved.py" in [change.path for change in plan.changes]
    assert plan.caveats == (line,)
    files["part.py"] = b"from p.old import only\nonly()\n"
    assert make_plan(MemoryTree(files), [migration], jobs=1).caveats == ()


WRAPPED = {
    "p/__init__.py": b"",
    "p/old.py": b"def now(): return 1\ndef stamp(): return now()\n",
    "p/new.py": b"def now(): return 1\ndef stamp(): return now()\n",
    "base.py": b"import mock\nclass Base:\n    def put(self, old, new): mock.patch(old, new)\n",
    "user.py": b"from p.old import stamp\n\nstamp()\n",
    "test.py": b"import base\nclass T(base.Base):\n    def test(self): self.put('p.old.now', 1)\n",
}
"""A test that replaces a name through a method of another file."""
DIRECT = WRAPPED | {"test.py": WRAPPED["test.py"].replace(b"self.put", b"base.mock.patch")}
UNTOLD = {
    "more.py": b"def more(test, names):\n    for name in names: {}(name, 1)\n",
    "some.py": b"import more\nmore.more(None, ['p.old.now'])\n",
}


@pytest.mark.parametrize("untold", [False, True])
@pytest.mark.parametrize("path", [None, *WRAPPED])
def test_a_method_that_patches_is_known_whichever_file_is_asked_for(
    path: str | None, untold: bool
) -> None:
    def found(files: dict[str, bytes], call: bytes) -> list[tuple[str, int, str, str]]:
        more = {p: text.replace(b"{}", call) for p, text in UNTOLD.items()} if untold else {}
        migration = Migration("m", "m.toml", steps=by_kind([Redirect("p.old", "p.new", {})]))
        paths = None if path is None else [path]
        every = check_files(MemoryTree(files | more), [migration], paths, jobs=1)
        return [(finding.path, finding.line, finding.code, finding.message) for finding in every]

    assert found(WRAPPED, b"test.put") == found(DIRECT, b"test.mock.patch")
    assert found(WRAPPED, b"test.put") or path not in (None, "user.py", "test.py")
