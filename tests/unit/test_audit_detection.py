"""What counts as a duplicate for the audit, and what beside it does not."""

from __future__ import annotations

from pathlib import Path

import pytest
from audited import audit_files, findings_of, members_of, plan_of_draft

STORE = '''
class RecordStore:
    """Keeps records."""

    def __init__(self, limit):
        self.limit = limit
        self.records = {}

    def put_record(self, key, record):
        if len(self.records) >= self.limit:
            raise ValueError("full", self.limit)
        self.records[key] = record
        return len(self.records)

    def drop_record(self, key):
        record = self.records.pop(key, None)
        return record is not None


class StoreReport:
    """Says what a store holds."""

    def __init__(self, store):
        self.store = store

    def list_records(self):
        lines = []
        for key, record in sorted(self.store.records.items()):
            lines.append(f"{key}: {record}")
        return lines


def read_records(text):
    """Read records."""
    records = {}
    for line in text.splitlines():
        key, _, value = line.partition("=")
        records[key.strip()] = value.strip()
    return records


def write_records(records):
    """Write records."""
    lines = [f"{key} = {records[key]}" for key in sorted(records)]
    return "\\n".join(lines)
'''
"""A module with four public names of more than one word."""

REWRITTEN = """
import json


class RecordStore:
    def __init__(self, path):
        self.path = path
        with open(path) as stream:
            self.state = json.load(stream)

    def insert(self, *items):
        self.state.extend(items)
        with open(self.path, "w") as stream:
            json.dump(self.state, stream)


class StoreReport:
    title = "report"

    def render(self, store, wide=False):
        return self.title + ("  " if wide else " ").join(map(str, store.state))


def read_records(text):
    return json.loads(text)["records"]


def write_records(records):
    return json.dumps({"records": records}, indent=2)
"""
"""The same public names, and no common line."""


# -- files that do not parse


@pytest.mark.parametrize(
    "header",
    [
        "<<<<<<< HEAD\n# ours\n=======\n# theirs\n>>>>>>> branch\n",
        "<<<<<<< HEAD\nLIMIT = 1\n||||||| base\nLIMIT = 0\n=======\nLIMIT = 2\n>>>>>>> branch\n",
        "import os\n<<<<<<< ours\nimport re\n=======\n>>>>>>> theirs\n",
    ],
)
def test_a_module_with_conflict_markers_is_compared(tmp_path: Path, header: str) -> None:
    files = {"app/__init__.py": "", "app/store.py": STORE, "app/store_old.py": header + STORE}
    audit = audit_files(tmp_path / "p", files)
    line = header.splitlines().index(next(li for li in header.splitlines() if "<<<" in li)) + 1
    assert audit.findings[0].code == "UF007"
    assert audit.findings[0].message == f"cannot be parsed: conflict markers, line {line}"
    assert findings_of(audit, "UF101") == ["UF101 app/store_old.py"]
    draft, changes = plan_of_draft(audit, tmp_path / "p")
    assert "app/store_old.py cannot be parsed: fix it first" in draft.text
    assert not changes.changes


def test_of_a_conflict_both_sides_are_read(tmp_path: Path) -> None:
    both = f"<<<<<<< HEAD\n{STORE}\n=======\n{REWRITTEN}\n>>>>>>> branch\n"
    files = {"a/store.py": STORE, "b/json_store.py": REWRITTEN, "c/store_new.py": both}
    audit = audit_files(tmp_path, files)
    assert {"a/store", "c/store_new"} <= set().union(*members_of(audit))


def test_a_broken_module_is_compared_by_what_can_be_read(tmp_path: Path) -> None:
    broken = STORE + '\n\ndef show(records):\n    print "records", records\n'
    audit = audit_files(tmp_path, {"app/store.py": STORE, "app/store_copy.py": broken})
    assert findings_of(audit, "UF007", "UF101") == [
        "UF007 app/store_copy.py",
        "UF101 app/store_copy.py",
    ]


def test_one_broken_method_does_not_hide_its_class(tmp_path: Path) -> None:
    broken = STORE.replace("self.records[key] = record\n", "self.records[key = record\n")
    audit = audit_files(tmp_path, {"app/store.py": STORE, "app/store_copy.py": broken})
    assert findings_of(audit, "UF101") == ["UF101 app/store_copy.py"]


@pytest.mark.parametrize("text", ["<<<<<<< HEAD\nx = (\n", "this is some prose, no Python\n", "\0"])
def test_a_broken_file_like_no_other_duplicates_nothing(tmp_path: Path, text: str) -> None:
    audit = audit_files(tmp_path, {"app/store.py": STORE, "app/notes.py": text})
    assert findings_of(audit, "UF007", "UF101") == ["UF007 app/notes.py"]


# -- evidence


@pytest.mark.parametrize(
    "name", ["unified_store", "store_consolidated", "StoreV2", "debug_store", "store_fixed"]
)
def test_all_public_names_and_a_word_for_a_variant(tmp_path: Path, name: str) -> None:
    audit = audit_files(tmp_path, {"app/store.py": STORE, f"app/{name}.py": REWRITTEN})
    assert members_of(audit) == [{"app/store", f"app/{name}"}]


def test_all_of_many_rare_names_are_enough_alone(tmp_path: Path) -> None:
    audit = audit_files(tmp_path, {"app/store.py": STORE, "lib/persistence.py": REWRITTEN})
    assert members_of(audit) == [{"app/store", "lib/persistence"}]


def test_names_of_one_word_are_not(tmp_path: Path) -> None:
    short = "def {0}run(x):\n    return x.{1}()\n\n\ndef {0}stop(x):\n    return x.{1}(1, 2)\n"
    short += "\n\nclass Job:\n    {1} = 1\n\n    def {1}s(self):\n        return self.{1}\n"
    files = {"app/jobs.py": short.format("", "go"), "lib/mail.py": short.format("", "send")}
    assert members_of(audit_files(tmp_path, files)) == []


def test_names_are_compared_without_words_for_variants(tmp_path: Path) -> None:
    renamed = REWRITTEN.replace("RecordStore", "EnhancedRecordStore")
    renamed = renamed.replace("StoreReport", "StoreReportV2")
    renamed = renamed.replace("read_records", "read_records_new")
    audit = audit_files(tmp_path, {"app/store.py": STORE, "lib/persistence.py": renamed})
    (group,) = audit.groups
    assert "EnhancedRecordStore" in group.forks[0].alike.words()


def test_names_bound_only_in_the_program_are_no_definitions(tmp_path: Path) -> None:
    program = "if __name__ == '__main__':\n    record_store = read = 1\n    first_report = 2\n"
    program += "    second_report = 3\n    print(record_store, first_report, second_report)\n"
    files = {
        "app/one.py": f"def first_step(a):\n    return a + 1\n\n\n{program}",
        "app/two.py": f"class Second:\n    kind = 1\n    name = 's'\n\n\n{program}",
    }
    assert members_of(audit_files(tmp_path, files)) == []


PROMPT = 'SYSTEM_PROMPT = """You read invoices. Give the sum, the date and the name, and nothing else."""\n'


@pytest.mark.parametrize(
    "text",
    [PROMPT, "".join(f"LIMIT_OF_{n} = {n * 7}\nNAME_OF_{n} = 'name {n}'\n" for n in range(4))],
)
def test_identical_files_are_found_however_small(tmp_path: Path, text: str) -> None:
    audit = audit_files(tmp_path, {"app/prompts.py": text, "lib/prompts.py": text})
    assert members_of(audit) == [{"app/prompts", "lib/prompts"}]


@pytest.mark.parametrize("text", ['__version__ = "1.0"\n', "DEBUG = True\n", "import os\n", ""])
def test_trifles_are_not(tmp_path: Path, text: str) -> None:
    audit = audit_files(tmp_path, {"app/prompts.py": text, "lib/prompts.py": text})
    assert members_of(audit) == []


LAZY = """
from importlib import import_module

__all__ = ["{0}_first", "{0}_second"]


def __getattr__(name):
    if name in __all__:
        module = import_module(f"{{__name__}}.{{name}}")
        globals()[name] = module
        return module
    raise AttributeError(name)
"""


def test_packages_that_load_their_modules_late_are_no_copies(tmp_path: Path) -> None:
    files = {"p/__init__.py": "", "p/a/__init__.py": LAZY.format("a")}
    files |= {"p/b/__init__.py": LAZY.format("b"), "q/a/__init__.py": LAZY.format("c")}
    assert members_of(audit_files(tmp_path, files)) == []


HOOK = """
    def __post_init__(self):
        if self.changed is None:
            self.changed = datetime.now()
        self.name = self.name.strip()
"""


def test_one_hook_in_common_is_none(tmp_path: Path) -> None:
    top = "from dataclasses import dataclass\nfrom datetime import datetime\n\n"
    orders = f"{top}\n@dataclass\nclass Order:\n    name: str\n    total: int\n    changed: datetime\n{HOOK}"
    people = f"{top}\n@dataclass\nclass Person:\n    name: str\n    mail: str\n    changed: datetime\n{HOOK}"
    people += "\n\n@dataclass\nclass Address:\n    street: str\n    town: str\n    code: int = 0\n"
    assert members_of(audit_files(tmp_path, {"orders.py": orders, "people.py": people})) == []


def test_names_that_only_forks_made_common_count(tmp_path: Path) -> None:
    words = ["", "_v2", "_v3", "_new", "_old", "_enhanced", "_fixed", "_final", "_backup", "_basic"]
    files = {f"app/store{word}.py": f"{REWRITTEN}\nN{n} = {n}\n" for n, word in enumerate(words)}
    files["lib/persistence.py"] = STORE
    assert members_of(audit_files(tmp_path, files)) == [
        {"lib/persistence", *(f"app/store{word}" for word in words)}
    ]


def test_a_copied_folder_does_not_split_a_group(tmp_path: Path) -> None:
    changed = STORE.replace("self.limit)", "len(self.records))").replace(
        "= value.strip()", "= value"
    )
    changed += "\n\nLATER = 1\n"
    files = {f"{folder}/store.py": STORE for folder in ("app", "copy")}
    files |= {f"{folder}/store_v2.py": changed for folder in ("app", "copy")}
    (group,) = audit_files(tmp_path, files).groups
    assert len(group.members) == 4


@pytest.mark.parametrize("folder", ["archive_stores", "obsolete_code", "old2.2b", "stores_archive"])
def test_a_folder_is_an_archive_by_a_word_of_its_name(tmp_path: Path, folder: str) -> None:
    audit = audit_files(tmp_path, {"a.py": STORE, f"{folder}/store.py": STORE})
    assert audit.groups[0].canonical.key == "a"
    assert "it lies in an archive" in audit.groups[0].forks[0].standing.reasons


@pytest.mark.parametrize("folder", ["archive_reader", "backup_service", "threshold", "web_archive"])
def test_other_words_do_not_make_an_archive(tmp_path: Path, folder: str) -> None:
    audit = audit_files(tmp_path, {"a.py": STORE, f"{folder}/store.py": STORE})
    told = [why for item in audit.groups[0].members for why in item.reasons]
    assert "it lies in an archive" not in told


# -- siblings

CLIENT = """
import urllib.request

{base_import}

class {name}Client{bases}:
    url = "https://{site}.example"

    def fetch_prices(self, symbol):
        with urllib.request.urlopen(f"{{self.url}}/prices/{{symbol}}") as answer:
            rows = answer.read().decode().splitlines()
        return [row.split(",") for row in rows if row]

    def fetch_orders(self, symbol, limit={limit}):
        with urllib.request.urlopen(f"{{self.url}}/orders/{{symbol}}") as answer:
            rows = answer.read().decode().splitlines()
        return rows[:limit]

    def place_order(self, symbol, amount):
        order = {{"symbol": symbol, "{field}": amount}}
        self.last = order
        return order

    def close_client(self):
        self.last = None
        print("closed {site}")
"""
BASE = """
class MarketClient:
    def fetch_prices(self, symbol):
        raise NotImplementedError

    def fetch_orders(self, symbol, limit=1):
        raise NotImplementedError
"""


def clients(base: str = "") -> dict[str, str]:
    top = f"from markets.base import {base}\n" if base else ""
    bases = f"({base})" if base else ""
    return {
        f"markets/{site}.py": CLIENT.format(
            name=site.title(),
            site=site,
            limit=n,
            field=f"{site}_amount",
            base_import=top,
            bases=bases,
        )
        for n, site in enumerate(["north", "south", "west"])
    }


def test_implementations_of_one_base_are_no_forks(tmp_path: Path) -> None:
    files = {"markets/__init__.py": "", "markets/base.py": BASE, **clients("MarketClient")}
    assert members_of(audit_files(tmp_path, files)) == []


def test_implementations_of_one_protocol_are_no_forks(tmp_path: Path) -> None:
    registry = "".join(f"from markets.{n} import {n.title()}Client\n" for n in ("north", "south"))
    files = {"markets/__init__.py": "", "registry.py": registry, **clients()}
    assert members_of(audit_files(tmp_path, files)) == []


def test_scripts_that_each_do_their_own_thing_are_no_forks(tmp_path: Path) -> None:
    step = "    state = load(path, {n})\n    state.seed({n})\n    state.fit(rounds={n})\n"
    steps = "".join(step.format(n=n) for n in range(8))
    files = {
        f"train_{kind}.py": f"from tools import load\n\n\ndef train_{kind}(path):\n{steps}"
        + "".join(f"    state.{kind}({n})\n" for n in range(8))
        for kind in ("trees", "lines", "nets")
    }
    assert members_of(audit_files(tmp_path, files)) == []


def test_a_second_version_behind_the_same_base_is_one(tmp_path: Path) -> None:
    north = clients("MarketClient")["markets/north.py"]
    files = {
        "markets/__init__.py": "",
        "markets/base.py": BASE,
        "markets/north.py": north,
        "markets/north_v2.py": north.replace("NorthClient", "NorthClientV2").replace(
            "https", "http"
        ),
    }
    assert members_of(audit_files(tmp_path, files)) == [{"markets/north", "markets/north_v2"}]


def test_backends_that_call_their_classes_alike_are_no_forks(tmp_path: Path) -> None:
    north = clients("MarketClient")["markets/north.py"].replace("NorthClient", "Client")
    files = {"markets/__init__.py": "", "markets/base.py": BASE}
    for site in ("north", "south", "west"):
        text = north.replace("north", site).replace("rows[:limit]", f"rows[:limit + len('{site}')]")
        text = text.replace("print(", f"print('{site}'.upper(), ")
        text += "".join(
            f"\n    def {site}_{n}(self):\n        return self.last[{n}]\n" for n in range(9)
        )
        files[f"markets/{site}.py"] = text
    assert members_of(audit_files(tmp_path, files)) == []


def test_a_layer_with_the_names_of_the_one_below_is_no_fork(tmp_path: Path) -> None:
    layer = REWRITTEN.replace("import json", "import json\n\nfrom app import records_below")
    layer += "\n\nBELOW = records_below\n"
    files = {"app/__init__.py": "", "app/records_below.py": STORE, "app/records_above.py": layer}
    assert members_of(audit_files(tmp_path, files)) == []


def test_small_copies_under_other_names_need_the_same_imports(tmp_path: Path) -> None:
    text = "".join(f"OPTIONS['option_{n}'] = dict(rate={n}, size={n * 3})\n" for n in range(12))
    files = {"conf/big.py": "X = 1\n", "conf/small.py": "X = 1\n"}
    files |= {
        f"conf/{n}_run.py": f"from conf.{n} import X as OPTIONS\n{text}" for n in ("big", "small")
    }
    assert members_of(audit_files(tmp_path, files)) == []


def test_errors_of_one_built_in_base_do_not_make_siblings(tmp_path: Path) -> None:
    errors = "class MissingRecord(KeyError):\n    pass\n\n\n"
    files = {f"src/{n}/record_store.py": f"{errors}{REWRITTEN}" for n in ("core", "service")}
    files["src/core/record_store.py"] = errors + STORE
    files["src/service/record_store_new.py"] = errors + REWRITTEN
    assert "src/core/record_store" in set().union(*members_of(audit_files(tmp_path, files)))
