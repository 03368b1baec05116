"""Every case below testdata/cases: what comes of it, byte for byte, and what it is at run time."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from cases import Case, all_cases, carried_out, disagreements, migration_of, plan_of, write
from oracle import complaints

import unfork
from unfork.files.tree import WorkTree
from unfork.planning.checking import check_files
from unfork.reading import heads
from unfork.reading.code_tree import notebook_text
from unfork.values import NOTES, Finding

ALL = [case for case in all_cases() if case.runs_here]
CHANGES = [case for case in ALL if case.after is not None]
NO_OPS = [case for case in ALL if case.after is None]


def _parameters(cases: list[Case]) -> list[object]:
    """Return the cases as parameters; one with ``xfail`` has to fail, until it is right and loses its mark."""
    return [
        pytest.param(case, id=case.name, marks=_marks(case.options.get("xfail"))) for case in cases
    ]


def _marks(reason: str | None) -> list[pytest.MarkDecorator]:
    return [pytest.mark.xfail(reason=reason, strict=True)] if reason else []


@pytest.mark.parametrize("case", _parameters(CHANGES))
def test_changes(case: Case, tmp_path: Path) -> None:
    root = write(case.before, tmp_path)
    plan = plan_of(case, root)
    done = carried_out(plan, root)
    assert done == case.after
    assert not disagreements(case.left, plan.left)
    assert {finding for step in plan.steps for finding in step.left} == set(plan.left)
    if case.notes is not None:
        assert not disagreements(case.notes, plan.notes)
    for path, data in done.items():
        if data is not None and path.endswith((".py", ".pyi", ".ipynb")):
            ast.parse(notebook_text(data) if path.endswith(".ipynb") else data, path)
    again = plan_of(case, root)
    assert not again.changes
    assert len(again.left) >= len(plan.left)
    findings = check_files(WorkTree(root), [migration_of(case)], jobs=1)
    closing = {
        finding.path for finding in again.left if finding.code == "UF008"
    }  # check looks at each by itself
    findings = tuple(finding for finding in findings if finding.path not in closing)
    # nor does check know why one file has to wait for another: the message may differ, the place may not
    assert {_place(finding) for finding in findings if finding.code not in NOTES} <= set(
        map(_place, again.left)
    )


def _place(finding: Finding) -> tuple[str, int, int, str]:
    return finding.path, finding.line, finding.col, finding.code


@pytest.mark.slow
@pytest.mark.parametrize("case", _parameters(ALL))
def test_with_no_room_for_trees(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where thousands of files change, trees are dropped and functions parsed on demand: the plan is the same."""
    monkeypatch.setattr(heads, "_FOR_EACH", sys.maxsize)
    root = write(case.before, tmp_path)
    plan = plan_of(case, root)
    if case.after is None:
        assert not plan.changes
    else:
        assert carried_out(plan, root) == case.after
    assert not disagreements(case.left, plan.left)


@pytest.mark.parametrize("case", _parameters(NO_OPS))
def test_no_ops(case: Case, tmp_path: Path) -> None:
    root = write(case.before, tmp_path)
    plan = plan_of(case, root)
    assert [(change.path, change.result(case.before[change.path])) for change in plan.changes] == []
    assert not disagreements(case.left, plan.left)
    assert {finding for step in plan.steps for finding in step.left} == set(plan.left)
    if case.notes is not None:
        assert not disagreements(case.notes, plan.notes)


@pytest.mark.parametrize(
    "step, name",
    [
        ("redirect", "from = 'p.old'\nto = 'p.new'"),
        ("repair", "module = 'p.use'"),
        ("align", "modules = ['p.old']"),
        ("deprecate", "module = 'p.use'"),
        ("remove", "module = 'p.old'"),
    ],
)
def test_a_file_that_cannot_be_parsed_is_left_by_the_step_that_it_concerns(
    step: str, name: str, tmp_path: Path
) -> None:
    paths = ("p/__init__.py", "p/old.py", "p/new.py", "p/other.py")
    files = {**dict.fromkeys(paths, b""), "p/use.py": b"import p.old\nimport\n"}
    write(files, tmp_path)
    other = "" if step == "redirect" else "[[redirect]]\nfrom = 'p.other'\nto = 'p.new'\n"
    migration = tmp_path / "m.toml"
    migration.write_text(f"[migration]\nname = 'm'\n{other}[[{step}]]\n{name}\n")
    plan = unfork.plan(tmp_path, [unfork.load_migration(migration)], jobs=1)
    assert {s.name for s in plan.steps for f in s.left if f.path == "p/use.py"} == {step}


def test_no_linter_minds_a_deprecation(tmp_path: Path) -> None:
    cases = [case for case in CHANGES if case.name.startswith("deprecate/")]
    assert cases
    for case in cases:
        write(case.before, tmp_path / "before" / case.path.stem)
        write(case.expected, tmp_path / "after" / case.path.stem)
    assert _minded(tmp_path / "after") == _minded(tmp_path / "before")


def _minded(folder: Path) -> list[str]:
    """Return what ruff finds of imports that stand too low, or are there twice: file and code."""
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", "--exit-zero"]
    rules = ["--select", "E402,F811", "--output-format", "json"]
    done = subprocess.run([*command, *rules, str(folder)], capture_output=True, check=True)
    return sorted(
        f"{Path(complaint['filename']).relative_to(folder)} {complaint['code']}"
        for complaint in json.loads(done.stdout)
    )


# -- at run time


@pytest.fixture(scope="session")
def problems_by_case(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[str]]:
    """What the oracle complains about, of all cases that are asked for at once."""
    asked = [item.callspec.params["case"] for item in request.session.items if _is_asked(item)]
    return complaints(asked, tmp_path_factory.mktemp("oracle"))


def _is_asked(item: pytest.Item) -> bool:
    return getattr(item, "originalname", None) == test_at_run_time.__name__


@pytest.mark.skipif(not hasattr(os, "fork"), reason="each module runs in a fork")
@pytest.mark.parametrize(
    "case", [pytest.param(case, id=case.name) for case in ALL if "oracle" not in case.options]
)
def test_at_run_time(case: Case, problems_by_case: dict[str, list[str]]) -> None:
    assert not problems_by_case[case.name], "\n".join(problems_by_case[case.name])
