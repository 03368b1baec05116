"""From a report to its draft and the plan for it: one small project for each kind of mistake that users reported."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest
from audited import audit_files, plan_of_draft

START = "\nif __name__ == '__main__':\n    print({})\n"
PARTS = ("Ledger", "Entry", "Balance")
CODE = "".join(
    f"class {name}:\n    def {name.lower()}_of(self, amount):\n        self.amount = amount * {n}\n"
    f"        return [amount] * {n}\n\n\n"
    for n, name in enumerate(PARTS, 2)
)
FUNCTIONS = "def round_amount(value):\n    return {}\n\n\ndef book_entry(value):\n    return {}\n"
CONFLICT = "<<<<<<< ours\nimport os\n=======\nimport sys\n>>>>>>> theirs\n"
LAZY = (
    "from importlib import import_module\n\n__all__ = ['{0}_red', '{0}_blue']\n\n\n"
    "def __getattr__(name):\n    if name in __all__:\n        return import_module(f'{{__name__}}.{{name}}')\n"
    "    raise AttributeError(name)\n"
)
STAMPED = "    def __post_init__(self):\n        if self.at is None:\n            self.at = datetime.now()\n"
HEAD = "from dataclasses import dataclass\nfrom datetime import datetime\n\n\n"


def dataclass_of(name: str, *fields: str) -> str:
    lines = "".join(f"    {field}: str\n" for field in fields)
    return f"@dataclass\nclass {name}:\n{lines}    at: datetime | None = None\n\n{STAMPED}\n\n"


class Outcome(NamedTuple):
    """The findings of an audit, the questions of its draft, and the files that the plan for it changes and leaves."""

    findings: tuple[str, ...] = ()
    questions: int = 0
    changed: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


LIBRARY = '[project]\nname = "shop"\nversion = "1"\ndependencies = ["kafka>=2"]\n'
USER = "from kafka.consumer import Consumer\n\nREADER = Consumer()\n"
LOST = "def build():\n    from .ledger import Ledger\n    return Ledger\n"
ASKED = Outcome(("UF003 web/app.py",), 1, (), ("UF003",))

PROJECTS: dict[str, tuple[dict[str, str], Outcome]] = {
    "a declared library, and a folder of its name, with the only definer where no import reaches": (
        {
            "pyproject.toml": LIBRARY,
            "kafka/probe.py": "def alive():\n    return True\n",
            "shop/__init__.py": "",
            "shop/kafka-1.2.old/consumer.py": "class Consumer:\n    group = 'a'\n",
            "shop/use.py": USER,
        },
        Outcome(),
    ),
    "a declared library, and a folder of its name, with another definer": (
        {
            "pyproject.toml": LIBRARY,
            "kafka/probe.py": "def alive():\n    return True\n",
            "shop/__init__.py": "",
            "shop/stub.py": "class Consumer:\n    group = 'a'\n",
            "shop/use.py": USER,
        },
        Outcome(),
    ),
    "modules of a folder that is listed, imported by a name with a known beginning": (
        {
            "commands/greet.py": "class Greet:\n    words = 'hello'\n",
            "main.py": "import os\n\nfor file in os.listdir('commands'):\n"
            "    if file.endswith('.py'):\n        __import__(f'commands.{file[:-3]}')\n"
            + START.format(1),
        },
        Outcome(),
    ),
    "a module that is loaded from its file": (
        {
            "store.py": "class Store:\n    size = 1\n",
            "app/__init__.py": "",
            "app/front.py": "import os\nfrom importlib import util\n\nHERE = os.path.dirname(__file__)\n"
            "spec = util.spec_from_file_location('store', os.path.join(HERE, '..', 'store.py'))\n"
            "store = util.module_from_spec(spec)\nspec.loader.exec_module(store)\nStore = store.Store\n",
            "main.py": "from app.front import Store\n" + START.format("Store"),
        },
        Outcome(),
    ),
    "of several sources, the one of the same last name": (
        {
            "web/__init__.py": "",
            "web/app.py": "from .sorting import Order, Column\n\nprint(Order, Column)\n",
            "web/lists/__init__.py": "",
            "web/lists/sorting.py": "class Order: pass\nclass Column: pass\n",
            "web/lists/queries.py": "class Order: pass\n",
        },
        Outcome(("UF003 web/app.py",), 0, ("web/app.py",)),
    ),
    "of several sources, the one that has all names of the statement": (
        {
            "web/__init__.py": "",
            "web/app.py": "from .sorting import Order, Column\n\nprint(Order, Column)\n",
            "web/lists/__init__.py": "",
            "web/lists/tables.py": "class Order: pass\nclass Column: pass\n",
            "web/lists/queries.py": "class Order: pass\n",
        },
        Outcome(("UF003 web/app.py",), 0, ("web/app.py",)),
    ),
    "packages that load their modules late": (
        {
            "paint/__init__.py": "",
            **{f"paint/{name}/__init__.py": LAZY.format(name) for name in ("oil", "ink")},
            **{
                f"paint/{name}/{name}_{colour}.py": f"TINT = '{name} {colour}'\n"
                for name in ("oil", "ink")
                for colour in ("red", "blue")
            },
            "main.py": "import paint.oil, paint.ink\n" + START.format("paint"),
        },
        Outcome(),
    ),
    "dataclasses that have only a hook in common": (
        {
            "people.py": HEAD
            + dataclass_of("Person", "name", "mail")
            + dataclass_of("Team", "goal"),
            "places.py": HEAD
            + dataclass_of("Place", "street")
            + dataclass_of("Room", "floor", "key"),
            "main.py": "import people, places\n" + START.format("people, places"),
        },
        Outcome(),
    ),
    "a copy with conflict markers waits until it parses": (
        {
            "books/__init__.py": "",
            "books/ledger.py": CODE,
            "books/ledger_enhanced.py": CONFLICT + CODE,
            "main.py": "from books.ledger import Ledger\n" + START.format("Ledger"),
        },
        Outcome(
            (
                "UF007 books/ledger_enhanced.py",
                "UF101 books/ledger_enhanced.py",
                "UF102 books/ledger_enhanced.py",
            )
        ),
    ),
    "all public names the same, and a version in the name": (
        {
            "books/__init__.py": "",
            "books/ledger.py": CODE + FUNCTIONS.format("value * 2", "[value]"),
            "books/ledger_v2.py": CODE.replace("_of", "_in").replace("amount", "sum")
            + FUNCTIONS.format("sum(value)", "{'value': value + 4}"),
            "a.py": "from books.ledger import Ledger, round_amount\n"
            + START.format("Ledger, round_amount"),
            "b.py": "from books.ledger_v2 import Entry, book_entry\n"
            + START.format("Entry, book_entry"),
        },
        Outcome(("UF101 books/ledger.py",), 1),
    ),
    "live code takes nothing from an archive": (
        {
            "archive/__init__.py": "",
            "archive/ledger.py": "class Ledger: pass\n",
            "web/__init__.py": "",
            "web/app.py": LOST,
        },
        ASKED,
    ),
    "live code takes nothing from tests": (
        {
            "tests/__init__.py": "",
            "tests/test_ledger.py": "class Ledger: pass\n\n\ndef test_ledger():\n    assert Ledger()\n",
            "web/__init__.py": "",
            "web/app.py": LOST,
        },
        ASKED,
    ),
    "the fallback of a failed import stays": (
        {
            "shop/tables.py": "class Price: pass\n",
            "shop/app.py": "try:\n    from shop.tables import Price\nexcept ImportError:\n"
            "    from tables import Price\n\nprint(Price)\n",
            "a.py": "from shop.tables import Price\n\nprint(Price)\n",
            "b.py": "from shop.tables import Price\n\nprint(Price)\n",
        },
        Outcome(),
    ),
    "what only a program binds is defined nowhere": (
        {
            "queue_of_work.py": "class Task: pass\n\n\n"
            "if __name__ == '__main__':\n    first = Task()\n    print(first)\n",
            "app.py": "from queue_of_work import first\n\nprint(first)\n",
        },
        Outcome(("UF002 app.py",), 1, (), ("UF002",)),
    ),
    "a nested project that is named from the outside": (
        {
            "main.py": "from src.base.x import X\n\nprint(X)\n",
            "src/__init__.py": "",
            "src/base/__init__.py": "",
            "src/base/x.py": "X = 1\n",
            "tools/inner/src/parts/part.py": "class Part: pass\n",
            "tools/inner/tests/test_part.py": "from tools.inner.src.parts.part import Part\n\n\n"
            "def test_part():\n    assert Part\n",
        },
        Outcome(),
    ),
    "two roots with a package of one name": (
        {
            "base/__init__.py": "",
            "src/base/__init__.py": "",
            "src/base/names.py": "class Names: pass\n",
            "tools/list_names.py": "import sys\nfrom pathlib import Path\n\n"
            "sys.path.insert(0, str(Path(__file__).parents[1] / 'src'))\n"
            "from src.base.names import Names\n\nprint(Names)\n",
        },
        Outcome(),
    ),
}


@pytest.mark.parametrize(("files", "expected"), PROJECTS.values(), ids=PROJECTS)
def test_from_the_report_to_the_plan(
    files: dict[str, str], expected: Outcome, tmp_path: Path
) -> None:
    root = tmp_path.resolve() / "project"
    audit = audit_files(root, files)
    draft, plan = plan_of_draft(audit, root)
    found = tuple(f"{item.code} {item.path}" for item in audit.findings)
    changed = tuple(change.path for change in plan.changes)
    assert Outcome(found, draft.questions, changed, tuple(f.code for f in plan.left)) == expected
