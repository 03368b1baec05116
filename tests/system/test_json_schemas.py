"""What the commands print as JSON and SARIF is valid by the schemas, on projects with something to say."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from small_project import git, make_repository, run_unfork

ROOT = Path(__file__).parents[2]
SCHEMAS = ROOT / "src/unfork/schemas"
SARIF = ROOT / "testdata/sarif/sarif-schema-2.1.0.json"
ENGINES = ROOT / "testdata/repos/engines/before"
MIGRATION = ("-m", "execution-engines")


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("schemas").resolve() / "engines"
    shutil.copytree(ENGINES, root, ignore=shutil.ignore_patterns("__pycache__", ".git"))
    make_repository(root)
    return root


def validator(schema: Path) -> jsonschema.Draft7Validator:
    return jsonschema.Draft7Validator(json.loads(schema.read_text(encoding="utf-8")))


def printed(root: Path, form: str, *args: str) -> Any:
    done = run_unfork(root, *args, "--format", form)
    assert (done.returncode, done.stderr) == (1, "")
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    "args",
    [
        ("diff", *MIGRATION),
        ("diff", *MIGRATION, "--notes"),
        ("check", *MIGRATION),
        ("apply", *MIGRATION, "--branch", "unforked"),
        ("apply", *MIGRATION),
    ],
    ids=" ".join,
)
def test_reports(engines: Path, args: tuple[str, ...]) -> None:
    validator(SCHEMAS / "report.schema.json").validate(printed(engines, "json", *args))
    git(engines, "checkout", "-q", ".")


@pytest.mark.parametrize("path", [(), ("src/core/job_execution_engine.py",)], ids=str)
def test_the_audit(engines: Path, path: tuple[str, ...]) -> None:
    schema = validator(SCHEMAS / "audit.schema.json")
    report = printed(engines, "json", "audit", *path)
    schema.validate(report)
    for key in schema.schema["required"]:
        assert not schema.is_valid({name: report[name] for name in report if name != key})


@pytest.mark.parametrize("args", [("check", *MIGRATION), ("audit",)], ids=" ".join)
def test_sarif(engines: Path, args: tuple[str, ...]) -> None:
    log = printed(engines, "sarif", *args)
    validator(SARIF).validate(log)
    assert log["runs"][0]["results"]
