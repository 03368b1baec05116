"""The parts of the audit that stand for themselves: fingerprints, names, history, cycles, guesses."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scratch import fill, git, repository

from unfork.audit import file_roles
from unfork.audit.duplicates.counterparts import find_counterparts
from unfork.audit.duplicates.duplicate_groups import groups_of
from unfork.audit.duplicates.equivalence import Sameness
from unfork.audit.duplicates.forks import Group
from unfork.audit.duplicates.history import history_of_files
from unfork.audit.duplicates.name_versions import are_parallel, version_of_module
from unfork.audit.duplicates.similarity import Alike
from unfork.audit.run import audit_tree
from unfork.audit.scanning.fingerprints import SURE, units_of, winnow
from unfork.files.tree import CommitTree, WorkTree
from unfork.reading import path_rules

BODY = (
    "    total = 0\n    for item in items:\n        total += item.size * scale\n    return total\n"
)


def exact(text: str) -> list[int]:
    return [unit.exact for unit in units_of(compile(text, "x", "exec"))]


@pytest.mark.parametrize(
    ("text", "same"),
    [
        (f"def g(things, scale):\n{BODY.replace('items', 'things')}", True),
        (f"def g(items: list, scale: int = 3) -> int:\n{BODY}", True),
        (f"def g(items, scale):\n{BODY.replace('total', 'sum_')}", True),
        (f"class A:\n    def g(items, scale):\n{BODY.replace('    ', '        ')}", True),
        (f"def g(items, scale):\n{BODY.replace('size', 'weight')}", False),
        (f"def g(items, scale):\n{BODY.replace('= 0', '= 1')}", False),
    ],
)
def test_functions_are_known_by_what_they_do(text: str, same: bool) -> None:
    assert (exact(f"def f(items, scale):\n{BODY}") == exact(text)) is same


def test_numbers_are_no_part_of_a_functions_shape() -> None:
    one, other = (f"def f(items, scale):\n{BODY.replace('= 0', f'= {n}')}" for n in (1, 2))
    shapes = [
        {unit.shape for unit in units_of(compile(text, "x", "exec"))} for text in (one, other)
    ]
    assert shapes[0] == shapes[1] and exact(one) != exact(other)


def test_the_order_of_a_set_is_no_difference() -> None:
    text = "def f(x):\n    if x in {'a', 'b', 'c', 'd'}:\n        return print(x, x, x, x)\n    return x\n"
    assert exact(text) == exact(text.replace("'a', 'b', 'c', 'd'", "'d', 'c', 'b', 'a'"))


numbers = st.lists(st.integers(0, 5), max_size=40)


@given(numbers, numbers, numbers, numbers, st.lists(st.integers(6, 99), min_size=SURE))
def test_every_long_run_in_common_is_found(
    a: list[int], b: list[int], c: list[int], d: list[int], run: list[int]
) -> None:
    assert winnow([*a, *run, *b]) & winnow([*c, *run, *d])


@given(numbers)
def test_winnowing_knows_itself(hashes: list[int]) -> None:
    assert winnow(hashes) == winnow(list(hashes))
    assert len(winnow(hashes)) <= max(0, len(hashes) - 2)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("engine", "engine_v2"),
        ("engine", "engine_old"),
        ("JobEngine", "job_engine_enhanced"),
        ("cloudsearch", "cloudsearch2"),
        ("new_engine", "engine"),
    ],
)
def test_kindred_names(one: str, other: str) -> None:
    assert file_roles.name_without_variants(one) == file_roles.name_without_variants(other)


@pytest.mark.parametrize(("one", "other"), [("engine", "engines"), ("v2", "v1"), ("a_b", "b_a")])
def test_other_names(one: str, other: str) -> None:
    assert (
        file_roles.name_without_variants(one) != file_roles.name_without_variants(other)
        or one == other
    )


def test_places() -> None:
    assert file_roles.place_without_variants("p/legacy/x_v2") == file_roles.place_without_variants(
        "p/x"
    )
    assert file_roles.place_without_variants(
        "cloudsearch2/search"
    ) == file_roles.place_without_variants("cloudsearch/search")
    assert file_roles.place_without_variants("a/x") != file_roles.place_without_variants("b/x")


@pytest.mark.parametrize(
    ("path", "test", "live"),
    [
        ("tests/helpers.py", True, False),
        ("src/test_x.py", True, False),
        ("src/x_test.py", True, False),
        ("archive/x.py", False, False),
        ("docs/conf.py", False, False),
        ("src/contest.py", False, True),
    ],
)
def test_what_files_are_for(path: str, test: bool, live: bool) -> None:
    assert (path_rules.is_test(path), path_rules.is_live(path)) == (test, live)


@pytest.mark.parametrize(
    ("path", "own"),
    [
        ("build/lib/p/x.py", False),
        ("packages/p/build/lib.linux-x86_64-cpython-311/p/x.py", False),
        ("p.egg-info/SOURCES.txt", False),
        ("src/p.egg-info/entry_points.txt", False),
        ("venv/lib/python3.11/site-packages/p/x.py", False),
        ("src/build/lib/x.py", True),  # src/build is a package
        ("build/libraries/x.py", True),
        ("build/tool.py", True),
        ("p/egg/x.py", True),
        ("p/site_packages.py", True),
    ],
)
def test_what_tools_put_there_is_not_the_projects(path: str, own: bool) -> None:
    rest = ["src/build/__init__.py", "setup.py"]
    assert file_roles.without_output([path, *rest]) == [*([path] if own else []), *rest]


def test_history_is_read_in_one_go(tmp_path: Path) -> None:
    root = repository(tmp_path / "r", {"a b.py": b"1\n", "sub/ü.py": b"1\n", "c.py": b"1\n"})
    fill(root, {"a b.py": b"2\n"})
    git(root, "-c", "user.email=eve@example.org", "commit", "-qam", "second")
    past = history_of_files(root, {"a b.py", "sub/ü.py", "gone.py"})
    assert {path: (history.changes, len(history.authors)) for path, history in past.items()} == {
        "a b.py": (2, 2),
        "sub/ü.py": (1, 1),
    }
    assert history_of_files(root / "sub", {"ü.py"})["ü.py"].changes == 1
    assert history_of_files(tmp_path, {"x.py"}) == {}


def test_a_commit_can_be_audited(tmp_path: Path) -> None:
    root = repository(tmp_path / "r", {"p/__init__.py": b"", "p/a.py": b"from p import gone\n"})
    fill(root, {"p/a.py": b""})
    tree = CommitTree(root)
    assert [finding.code for finding in audit_tree(tree, jobs=1).findings if finding.line == 1] == [
        "UF002"
    ]
    tree.close()


def test_guesses_by_name_and_members(tmp_path: Path) -> None:
    members = "\n".join(f"    def m{n}(self): return {n}" for n in range(4))
    files = {
        "p/new.py": f"import p.state\nclass Engine:\n{members}\n    def more(self): return 9\ndef run(): return 1\n",
        "p/old.py": f"class OldEngine:\n{members}\nclass State:\n    A = 1\nclass Odd:\n    z = 1\n"
        "def run(): return 1\n",
        "p/state.py": "class State:\n    A = 1\n    B = 2\n",
    }
    fill(tmp_path, {name: text.encode() for name, text in files.items()})
    world = audit_tree(WorkTree(tmp_path), jobs=1).model
    group = ["p/new", "p/old"]
    counterparts = {
        counterpart.name: counterpart
        for counterpart in find_counterparts(Sameness(world), "p/old", "p/new", group)
    }
    assert (counterparts["OldEngine"].module, counterparts["OldEngine"].target) == (
        "p/new",
        "Engine",
    )
    assert not counterparts["OldEngine"].moves
    assert (counterparts["State"].module, counterparts["State"].moves) == ("p/state", True)
    assert counterparts["Odd"].module == ""
    assert counterparts["run"].moves


def is_same(root: Path, mine: str, theirs: str, name: str = "x") -> bool:
    head = "import json\nfrom enum import Enum\n"
    fill(root, {"p/a.py": (head + mine).encode(), "p/b.py": (head + theirs).encode()})
    world = audit_tree(WorkTree(root), jobs=1).model
    return Sameness(world).verdict(("p/a", name), ("p/b", name)).same


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        ("x = 3\n", "x: int = 3  # as before\n"),
        ("def x(a): return a\n", "def x(a: int) -> int:\n    'Say a.'\n    return a\n"),
        (
            "def x(a, b):\n    c = a + b * 2\n    print(c, c, c)\n    return c\n",
            "def x(a, b):\n    d = a + b * 2\n    print(d, d, d)\n    return d\n",
        ),
        ("_y = 1\ndef x(): return _y\n", "def x(): return _y\n_y = 1\n"),
        ("class x:\n    def m(self): return 1\n", "class x:\n    def m(self, a=2): return a\n"),
        ("class x(KeyError): pass\n", "class y(ValueError): pass\nclass x(y, KeyError): pass\n"),
        (
            "class x:\n    def m(self): pass\n",
            "class y:\n    def m(self): pass\nclass x(y): pass\n",
        ),
        ("class x(Enum):\n    A = 1\n", "class x(Enum):\n    A = 1\n    B = 2\n"),
        ("class x:\n    a: int\n", "class x:\n    a: int\n    b: int = 0\n"),
    ],
)
def test_what_is_the_same_for_certain(tmp_path: Path, mine: str, theirs: str) -> None:
    assert is_same(tmp_path, mine, theirs)


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        ("x = 3\n", "x = 4\n"),
        ("x = 3\n", "x = 3\nx += 1\n"),
        ("x = {}\n", "x = {}\nx['a'] = 1\n"),
        ("x = []\n", "x = []\nx.append(1)\n"),
        ("x = __file__\n", "x = __file__\n"),
        ("x = 3\n", "def x(): return 3\n"),
        ("def x(a): return a + 1\n", "def x(a): return a + 2\n"),
        ("def x(a): return a\n", "def x(b): return b\n"),
        ("def x(a, b=1): return a\n", "def x(a, b=2): return a\n"),
        ("def x(): return 1\n", "async def x(): return 1\n"),
        ("def x(): return 1\n", "@property\ndef x(): return 1\n"),
        ("_y = 1\ndef x(): return _y\n", "_y = 2\ndef x(): return _y\n"),
        ("def x(): return len('a')\n", "def len(a): return 9\ndef x(): return len('a')\n"),
        ("def x(): return json.dumps(1)\n", "import p.a as json\ndef x(): return json.dumps(1)\n"),
        ("def y(): pass\nx = y\n", "def y(): return 1\nx = y\n"),
        ("class x:\n    def m(self): pass\n", "class x:\n    def m(self, a): pass\n"),
        ("class x:\n    def m(self): pass\n", "class x:\n    async def m(self): pass\n"),
        ("class x:\n    def m(self): pass\n", "class x:\n    m = property()\n"),
        ("class x:\n    def m(self): self.a = 1\n", "class x:\n    def m(self): pass\n"),
        ("class x:\n    A = 1\n", "class x:\n    A = 2\n"),
        (
            "class x:\n    def m(self): pass\n",
            "class x:\n    def m(self): 1\n    def __len__(self): 1\n",
        ),
        (
            "class x:\n    def m(self): pass\n",
            "class x:\n    def m(self): 1\n    def __init__(self, a): 1\n",
        ),
        ("class x:\n    def m(self): return 1\n", "class x:\n    def m(self): return 2\n"),
        ("class x:\n    def _m(self): return 1\n", "class x:\n    def _m(self): return 2\n"),
        ("class x(KeyError): pass\n", "class x(ValueError): pass\n"),
        ("class x:\n    a: int\n    b: int\n", "class x:\n    b: int\n    a: int\n"),
        ("class x:\n    a: int\n", "class x:\n    a: int\n    b: int\n"),
    ],
)
def test_what_may_differ(tmp_path: Path, mine: str, theirs: str) -> None:
    assert not is_same(tmp_path, mine, theirs)


def test_a_relative_import_in_a_function_leads_elsewhere(tmp_path: Path) -> None:
    text = "def x():\n    from .y import z\n    return z\n"
    files = {"p/a.py": text, "q/a.py": text, "p/y.py": "z = 1\n", "q/y.py": "z = 2\n"}
    fill(tmp_path, {name: text.encode() for name, text in files.items()})
    sameness = Sameness(audit_tree(WorkTree(tmp_path), jobs=1).model)
    assert not sameness.verdict(("p/a", "x"), ("q/a", "x")).same


def chained(root: Path, share: float) -> list[Group]:
    """Return the groups where `p/b` is like `p/a` and `p/c`, which are no kin; nobody imports `p/b`."""
    files = {f"p/{name}.py": "def f(): pass\n" for name in "abc"}
    imports = {"x": "import p.a, p.c", "y": "import p.a, p.c", "z": "import p.a"}
    fill(
        root,
        {n: t.encode() for n, t in {**files, **{f"{k}.py": v for k, v in imports.items()}}.items()},
    )
    world = audit_tree(WorkTree(root), jobs=1).model
    pairs = [
        Alike(left, right, (), 0.0, (), 0.0, (), 0.0, share, "", 0.0)
        for left, right in (("p/a", "p/b"), ("p/b", "p/c"))
    ]
    return groups_of(world, pairs, frozenset(world.modules), {})


def test_no_module_duplicates_two_others(tmp_path: Path) -> None:
    groups = chained(tmp_path, 0.7)
    assert {(fork.key, g.canonical.key) for g in groups for fork in g.forks} == {
        ("p/b", "p/a"),
        ("p/c", "p/b"),
    }


def test_the_evidence_names_the_copy_that_it_was_found_in(tmp_path: Path) -> None:
    (group,) = chained(tmp_path, 0.9)
    said = {fork.key: fork.evidence(lambda key: key.replace("/", ".")) for fork in group.forks}
    assert said == {
        "p/b": "90% of the smaller one's code is the same",
        "p/c": "compared with p.b: 90% of the smaller one's code is the same",
    }


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("api/v1/users", "api/v2/users"),
        ("api/v2/users", "api/v10/users"),
        ("api/v2beta1/users", "api/v2/users"),
        ("jobs", "jobs_v2"),
        ("fix_rows_158_160", "fix_rows_158_160_v2"),
        ("report_2024_sales", "report_2024_sales_new"),
        ("jobs_v1", "jobs"),
        ("jobs", "jobs_new"),
        ("jobs_new", "jobs_v2"),
        ("jobs_beta", "jobs"),
        ("cloudsearch/domain", "cloudsearch2/domain"),
    ],
)
def test_versions_are_told_from_names(older: str, newer: str) -> None:
    (one, first), (other, second) = version_of_module(older), version_of_module(newer)
    assert one == other
    assert first < second


@pytest.mark.parametrize(
    ("left", "right", "parallel"),
    [
        ("api/v1/users", "api/v2/users", True),
        ("api_v1/users", "api_v2/users", True),
        ("api/users", "api/v2/users", False),
        ("api/v1/users", "api/v2/groups", False),
        ("api/users_v1", "api/users_v2", False),
    ],
)
def test_packages_that_are_versions(left: str, right: str, parallel: bool) -> None:
    assert are_parallel(left, right, left.count("/")) is parallel
