"""docs/migrations.md lists the keys of the JSON Schema: all of them, no others, and which are required."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from unfork.loading.schema import migration_schema

PAGE = Path(__file__).parents[2] / "docs" / "migrations.md"


def tables() -> dict[str, dict[str, str]]:
    """Return the type of each key by table, as the page has them."""
    parts = re.split(r"^## `\[+(\w+)\]+`$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    rows = re.compile(r"^\| `(\w+)` \| ([^|]+) \|", re.MULTILINE)
    return {name: dict(rows.findall(text)) for name, text in zip(parts[1::2], parts[2::2])}


def schemas() -> dict[str, dict[str, Any]]:
    """Return the schema of each table, in the order in which steps run."""
    properties: Any = migration_schema()["properties"]
    return {name: schema.get("items", schema) for name, schema in properties.items()}


def test_the_page_has_all_tables_in_order() -> None:
    assert list(tables()) == list(schemas())


def test_the_page_has_all_keys_with_their_types() -> None:
    for name, schema in schemas().items():
        written = tables()[name]
        assert list(written) == list(schema["properties"]), name
        required = {key for key, kind in written.items() if "required" in kind}
        assert required == set(schema.get("required", [])), name
        for key, value in schema["properties"].items():
            assert _kind(value) == written[key].removesuffix(", required"), f"{name}.{key}"


def _kind(schema: dict[str, Any], many: str = "") -> str:
    """Return what the page calls a type."""
    if "enum" in schema:
        return " or ".join(f'`"{value}"`' for value in schema["enum"])
    if schema["type"] == "array":
        return f"array of {_kind(schema['items'], 's')}"
    if schema["type"] == "object":
        return "table"
    if "pattern" in schema:
        package = r"(\.\*)?$" in schema["pattern"]
        return f"module{many}" + (f" or package{many}" if package else "")
    return {"string": "string", "boolean": "boolean"}[schema["type"]] + many
