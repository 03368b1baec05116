"""The JSON Schema of migration files, made from the kinds of step: each reads a table that notes what it is asked.

Editors check and complete migration files with it (taplo: a first line ``#:schema FILE``). The wheel ships it as
``unfork/schemas/migration.schema.json``; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Mapping

from unfork.loading.migration_file import HEAD_KEYS
from unfork_codemods import STEP_KINDS, StepKind
from unfork_codemods.calls import CallChange
from unfork_codemods.step import Target

Schema = dict[str, object]

DIALECT = "http://json-schema.org/draft-07/schema#"
"""The dialect that taplo reads."""
_NAME = r"[^\W\d]\w*"
_MODULE: Schema = {"type": "string", "pattern": rf"^{_NAME}(\.{_NAME})*$"}
_ENTRY: Schema = {
    "type": "string",
    "pattern": rf"^{_NAME}(\.{_NAME})*(\.\*)?$",
    "description": "'package.module', 'package.*'",
}
_TEXT: Schema = {"type": "string", "minLength": 1}
_TARGET: Schema = {
    "type": "string",
    "pattern": rf"^({_NAME}(\.{_NAME})*:)?{_NAME}(\.{_NAME})*$",
    "description": "'NewName', 'module:NewName'",
}
_NAMES: Schema = {"type": "object", "additionalProperties": _TARGET}
_CALLS: Schema = {
    "type": "object",
    "propertyNames": {"pattern": rf"^{_NAME}(\.{_NAME})?$"},
    "additionalProperties": {
        "type": "object",
        "minProperties": 1,
        "additionalProperties": False,
        "properties": {
            "to": {**_TEXT, "description": "What the member is called now."},
            "rename": {
                "type": "object",
                "additionalProperties": _TEXT,
                "description": "Arguments that are called differently (old = 'new').",
            },
            "drop": {
                "type": "array",
                "items": _TEXT,
                "description": "Arguments that are not passed any more.",
            },
            "add": {
                "type": "object",
                "additionalProperties": _TEXT,
                "description": "Arguments to pass as well, as Python literals (mode = \"'sync'\").",
            },
        },
    },
}


def _array_of(items: Schema) -> Schema:
    return {"type": "array", "items": items}


_HEAD: dict[str, Schema] = {
    "name": {**_TEXT, "description": "The name of the migration, for -m and for commit messages."},
    "summary": {**_TEXT, "description": "What it does, in a line."},
    "roots": {
        **_array_of(_TEXT),
        "minItems": 1,
        "description": "Folders that absolute imports start from, in order. Default: '.', and 'src' where it exists.",
    },
    "exclude": {
        **_array_of(_TEXT),
        "description": "Patterns of files that are neither rewritten nor checked, as in a .gitignore.",
    },
    "outside": {
        **_array_of(_MODULE),
        "description": "Packages that are neither in this tree nor declared as dependencies.",
    },
    "references": {
        "type": "string",
        "enum": ["rewrite", "report"],
        "default": "rewrite",
        "description": "What happens to exact references outside imports: entry points, strings that name a module.",
    },
}


def migration_schema() -> Schema:
    """Return the schema of a migration file."""
    head = {key: _HEAD.get(key, {}) for key in HEAD_KEYS}
    steps = {name: _array_of(_step_schema(kind)) for name, kind in STEP_KINDS.items()}
    return {
        "$schema": DIALECT,
        "title": "unfork migration",
        "description": "What `unfork diff`, `apply` and `check` do to the imports of a project.",
        "type": "object",
        "required": ["migration"],
        "additionalProperties": False,
        "properties": {
            "migration": {
                "type": "object",
                "required": ["name"],
                "additionalProperties": False,
                "properties": head,
            },
            **steps,
        },
    }


def _step_schema(kind: StepKind) -> Schema:
    table = _AskedTable(kind.keys)
    kind.read(table)
    schema: Schema = {
        "type": "object",
        "additionalProperties": False,
        "properties": {key: _described(kind, key, table) for key in kind.keys},
    }
    return {**schema, **({"required": table.required} if table.required else {})}


def _described(kind: StepKind, key: str, table: _AskedTable) -> Schema:
    about = kind.about.get(key)
    schema = table.properties.get(key, {})
    return {**schema, "description": about} if about else schema


class _AskedTable:
    """A table that has all keys, and notes what type a kind of step expects of each."""

    def __init__(self, keys: tuple[str, ...]) -> None:
        self.keys = keys
        self.properties: dict[str, Schema] = {}
        self.required: list[str] = []

    def text(self, key: str) -> str:
        """Note a required string."""
        return self._note(key, _TEXT, "text", required=True)

    def optional_text(self, key: str) -> str | None:
        """Note an optional string."""
        return self._note(key, _TEXT, "text")

    def flag(self, key: str) -> bool:
        """Note a boolean."""
        self._note(key, {"type": "boolean", "default": False}, "")
        return False

    def module(self, key: str) -> str:
        """Note a required module."""
        return self._note(key, _MODULE, "package.module", required=True)

    def optional_module(self, key: str) -> str | None:
        """Note an optional module."""
        return self._note(key, _MODULE, "package.module")

    def modules(self, key: str) -> tuple[str, ...]:
        """Note an array of modules."""
        self._note(key, _array_of(_MODULE), "")
        return "package.module", "package.another"

    def module_or_package(self, key: str) -> str:
        """Note a required module, or a package entry."""
        return self._note(key, _ENTRY, "package.module", required=True)

    def optional_module_or_package(self, key: str) -> str | None:
        """Note an optional module, or a package entry."""
        return self._note(key, _ENTRY, "package.module")

    def modules_or_packages(self, key: str) -> tuple[str, ...]:
        """Note an array of modules and package entries."""
        self._note(key, _array_of(_ENTRY), "")
        return "package.module", "package.another"

    def has(self, key: str) -> bool:
        """Return that the table has a key: it has all that the kind knows."""
        return key in self.keys

    def names(self, to: str | None) -> Mapping[str, Target]:
        """Note a table of names."""
        self._note("names", _NAMES, "")
        return {"Name": Target(to or "package.module", "Name")}

    def calls(self) -> Mapping[str, CallChange]:
        """Note a table of call changes."""
        self._note("calls", _CALLS, "")
        return {}

    def error(self, message: str, *keys: str | int) -> Exception:
        """Return an error: a kind refuses a table that has all of its keys."""
        return ValueError(message)

    def line(self) -> int:
        """Return no line."""
        return 0

    def lines(self) -> Mapping[str, int]:
        """Return no lines."""
        return {}

    def _note(self, key: str, schema: Schema, sample: str, required: bool = False) -> str:
        self.properties[key] = schema
        if required:
            self.required.append(key)
        return sample
