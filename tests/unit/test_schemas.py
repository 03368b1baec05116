"""The JSON Schemas: of migration files, held to what their reader takes, and of the JSON output."""

from __future__ import annotations

import io
import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from cases import all_cases
from schemas import MIGRATION, SCHEMAS

from unfork.errors import MigrationError
from unfork.loading.migration_file import HEAD_KEYS, migration_of
from unfork.loading.schema import migration_schema
from unfork.loading.tables import parse_table
from unfork.reports import Applied, Diff, Found, Report, write_report
from unfork.reports.baseline import Known
from unfork.values import Change, Finding, Plan, Step, digest
from unfork_codemods import STEP_KINDS
from unfork_codemods.edits import Edit

SCHEMA = migration_schema()
VALIDATOR = jsonschema.Draft7Validator(SCHEMA)


def test_the_wheel_ships_the_schema_of_the_kinds_of_step() -> None:
    shipped = json.loads(MIGRATION.read_text(encoding="utf-8"))
    assert shipped == SCHEMA, "python tests/support/schemas.py writes it anew"


@pytest.mark.parametrize("file", sorted(SCHEMAS.glob("*.json")), ids=lambda file: file.name)
def test_each_schema_is_one(file: Path) -> None:
    jsonschema.Draft7Validator.check_schema(json.loads(file.read_text(encoding="utf-8")))


def test_every_key_has_a_type_and_a_meaning() -> None:
    properties: Any = SCHEMA["properties"]
    tables = {name: properties[name]["items"]["properties"] for name in STEP_KINDS}
    tables["migration"] = properties["migration"]["properties"]
    assert set(tables["migration"]) == set(HEAD_KEYS)
    for name, keys in tables.items():
        for key, schema in keys.items():
            assert "type" in schema, f"{name}.{key}"
            assert "description" in schema, f"{name}.{key}"


def test_every_migration_of_the_cases_is_valid() -> None:
    checked = 0
    for case in all_cases():
        head = "" if "[migration]" in case.migration else HEAD
        text = head + case.migration
        try:
            migration_of(parse_table(text.encode(), "m.toml"))
        except MigrationError:
            continue
        checked += 1
        assert [error.message for error in VALIDATOR.iter_errors(tomllib.loads(text))] == [], (
            case.name
        )
    assert checked > 100


HEAD = '[migration]\nname = "m"\n'


def _wrong() -> Iterator[str]:
    yield ""
    yield "[migration]\n"
    yield HEAD + "nane = 1"
    yield HEAD + "roots = []"
    yield HEAD + "outside = ['a/b']"
    yield HEAD + "[[redirct]]\nfrom = 'a'"
    yield HEAD + "[redirect]\nfrom = 'a'\nto = 'b'"
    yield HEAD + "[[redirect]]\nto = 'b'"
    yield HEAD + "[[redirect]]\nfrom = 'a/b.py'\nto = 'b'"
    yield HEAD + "[[redirect]]\nfrom = 'a'\nto = 'b'\nnames = ['c']"
    yield HEAD + "[[redirect]]\nfrom = 'a'\nto = 'b'\nnames = {c = 'd e'}"
    yield HEAD + "[[repair]]\nmodule = 'a'\nprefer = 'b'"
    yield HEAD + "[[align]]\nmodules = [1]"
    yield HEAD + "[[deprecate]]\nmodule = 'a'\nshim = 'yes'"
    yield HEAD + "[[deprecate]]\nmodule = 'a'\nsince = 2025-01-01"
    yield HEAD + "[[remove]]\nmodule = 'a'\nmore = 1"


@pytest.mark.parametrize("text", list(_wrong()))
def test_what_the_reader_refuses_the_schema_refuses(text: str) -> None:
    with pytest.raises(MigrationError):
        migration_of(parse_table(text.encode(), "m.toml"))
    assert not VALIDATOR.is_valid(tomllib.loads(text))


REPORT = jsonschema.Draft7Validator(
    json.loads((SCHEMAS / "report.schema.json").read_text(encoding="utf-8"))
)


def reports(root: Path) -> Iterator[Report]:
    (root / "a.py").write_bytes(b"import old\n")
    finding = Finding("a.py", 1, 8, "UF001", "it is legacy", "old", "x")
    note = Finding("a.py", 1, 8, "UF005", "names old")
    change = Change("a.py", digest(b"import old\n"), (Edit(7, 10, b"new"),), (finding,))
    step = Step("m", "redirect", "s", {"a.py": change.edits}, 1, 1, (finding,))
    plan = Plan(root, (change,), (finding,), (note,), (step,), ("a caveat",))
    yield from (Diff(plan), Diff(Plan(root)), Applied(plan, "b", failed="it fails"), Applied(plan))
    gone = {Known("z.py", "UF001", "old", "x"): 2}
    yield from (Found(root, ()), Found(root, (finding, note), "check", ("b.py",), gone))


def test_the_reports_are_valid(tmp_path: Path) -> None:
    for report in reports(tmp_path):
        out = io.StringIO()
        write_report(report, "json", out)
        REPORT.validate(json.loads(out.getvalue()))


def test_the_schema_of_reports_refuses_others(tmp_path: Path) -> None:
    for report in reports(tmp_path):
        out = io.StringIO()
        write_report(report, "json", out)
        for key in list(json.loads(out.getvalue())):
            without = {k: v for k, v in json.loads(out.getvalue()).items() if k != key}
            assert not REPORT.is_valid(without), key
