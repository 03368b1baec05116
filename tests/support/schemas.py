"""Write the JSON Schema of migration files anew, after a kind of step got a new key."""

from __future__ import annotations

import json
from pathlib import Path

from unfork.loading.schema import migration_schema

SCHEMAS = Path(__file__).parents[2] / "src" / "unfork" / "schemas"
MIGRATION = SCHEMAS / "migration.schema.json"


def main() -> None:
    MIGRATION.write_text(json.dumps(migration_schema(), indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
