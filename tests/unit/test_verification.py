"""The verifier: of each kind of spoiled rewrite one is refused, and the right one beside it is not."""

from __future__ import annotations

import ast
import pickle
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import takewhile

import pytest

from unfork.loading.migration_file import migration_of
from unfork.loading.tables import parse_table
from unfork.processes import beside
from unfork.reading.layout import roots_of
from unfork.reading.source import Source
from unfork.verification import Rewrites, Verifier, Violation
from unfork.verification.facts import FileReport
from unfork.verification.files import report_on
from unfork.verification.import_runs import ImportRun
from unfork.verification.interest import EVERYTHING
from unfork.verification.states import States
from unfork.verification.values import Module, Outside, Taken
from unfork_codemods.edits import Edit

REDIRECT = '[[redirect]]\nfrom = "pkg.old"\nto = "pkg.new"\n'
RENAMED = REDIRECT + 'names = { Engine = "Motor" }\n'
OLD = """\
class Engine:
    KIND = 1
def now(): return 1
def run(): return now()
def lost(): return 3
"""
NEW = """\
class Engine:
    KIND = 1
class Motor:
    KIND = 1
def now(): return 1
def run(): return now()
"""
BASE = {"pkg/__init__.py": "", "pkg/old.py": OLD, "pkg/new.py": NEW}
EXTERNAL = frozenset({"pytest"})

Files = Mapping[str, str]


def verifier_of(files: Files, migration: str = REDIRECT) -> Verifier:
    table = parse_table(f'[migration]\nname = "m"\n{migration}'.encode(), "m.toml")
    steps = migration_of(table)

    def read(path: str) -> bytes:
        if path not in files:
            raise FileNotFoundError(path)
        return files[path].encode()

    return Verifier(files, read, roots_of(steps.roots, files), steps, EXTERNAL)


def verified(
    before: Files,
    after: Files,
    migration: str = REDIRECT,
    removed: Collection[str] = (),
    complete: Collection[str] = (),
) -> list[Violation]:
    """Return what is wrong with files after, of a project that has ``BASE`` and those before."""
    files = {**BASE, **before}
    edits = {path: (Edit(0, len(files[path].encode()), t.encode()),) for path, t in after.items()}
    rewrites = Rewrites(edits, frozenset(removed))
    return verifier_of(files, migration).verify(rewrites, complete=complete)


def blamed(violations: Collection[Violation]) -> set[str]:
    return {path for violation in violations for path in violation.blame}


@pytest.mark.parametrize(
    "before, right, spoiled",
    [
        pytest.param(
            "from pkg.old import run\nrun()\n",
            "from pkg.new import run\nrun()\n",
            "from pkg.new import run\nrun(\n",
            id="it parses",
        ),
        pytest.param(
            "from pkg.old import run\nrun()\n",
            "from pkg.new import run\nrun()\n",
            "from pkg.new import now as run\nrun()\n",
            id="another object",
        ),
        pytest.param(
            "import pkg.old\npkg.old.run()\n",
            "import pkg.new\npkg.new.run()\n",
            "import pkg.new\npkg.new.now()\n",
            id="another attribute",
        ),
        pytest.param(
            "from pkg.old import run, lost\nrun(), lost()\n",
            "from pkg.new import run\nfrom pkg.old import lost\nrun(), lost()\n",
            "from pkg.new import run, lost\nrun(), lost()\n",
            id="a name that is not there",
        ),
        pytest.param(
            "import pkg.old as m\nm.run()\ndel m\nimport pkg.old as m\nm.run()\n",
            "import pkg.new as m\nm.run()\ndel m\nimport pkg.new as m\nm.run()\n",
            "import pkg.new as m\nm.run()\ndel m\nm.run()\n",
            id="del and import again",
        ),
        pytest.param(
            "import pkg.old as m\ndef f(): return m.run()\nprint(f())\nimport pkg.new\n",
            "import pkg.new as m\ndef f(): return m.run()\nprint(f())\nimport pkg.new\n",
            "def f(): return pkg.new.run()\nprint(f())\nimport pkg.new\n",
            id="a function that is called before the import",
        ),
        pytest.param(
            "from pkg.old import run, now\nprint(sorted(vars()))\n",
            "from pkg.new import run, now\nprint(sorted(vars()))\n",
            "from pkg.new import run\nprint(sorted(vars()))\n",
            id="all names are listed",
        ),
        pytest.param(
            "if __name__ == '__main__':\n    from pkg import new\nfrom pkg import old\nold.run()\n",
            "if __name__ == '__main__':\n    from pkg import new\nfrom pkg import new\nnew.run()\n",
            "if __name__ == '__main__':\n    from pkg import new\nnew.run()\n",
            id="bound under __main__ only",
        ),
        pytest.param(
            "try:\n    from pkg import old\nexcept ImportError:\n    old = None\nold and old.run()\n",
            "try:\n    from pkg import new as old\nexcept ImportError:\n    old = None\n"
            "old and old.run()\n",
            "try:\n    from pkg import new\nexcept ImportError:\n    old = None\nnew and new.run()\n",
            id="the fallback of a try",
        ),
        pytest.param(
            "def f():\n    global m\n    import pkg.old as m\nf()\nm.run()\n",
            "def f():\n    global m\n    import pkg.new as m\nf()\nm.run()\n",
            "def f():\n    global m\n    import pkg.new\nf()\nm.run()\n",
            id="global",
        ),
        pytest.param(
            "def f():\n    m = None\n    def g():\n        nonlocal m\n        import pkg.old as m\n"
            "    g()\n    return m.run()\n",
            "def f():\n    m = None\n    def g():\n        nonlocal m\n        import pkg.new as m\n"
            "    g()\n    return m.run()\n",
            "def f():\n    m = None\n    def g():\n        nonlocal m\n        import pkg.new\n"
            "    g()\n    return m.run()\n",
            id="nonlocal",
        ),
        pytest.param(
            "import pkg.old as m\nclass A:\n    m = m\n    r = m.run()\n",
            "import pkg.new as m\nclass A:\n    m = m\n    r = m.run()\n",
            "import pkg.new as n\nclass A:\n    m = m\n    r = m.run()\n",
            id="a class body reads before it binds",
        ),
        pytest.param(
            "class A:\n    from pkg import old\n    def f(self): return self.old.run()\n",
            "class A:\n    from pkg import new as old\n    def f(self): return self.old.run()\n",
            "class A:\n    from pkg import new\n    def f(self): return self.old.run()\n",
            id="a module that is an attribute of a class",
        ),
        pytest.param(
            "from pkg.old import run\nfrom json import *\nrun()\n",
            "from pkg.new import run\nfrom json import *\nrun()\n",
            "from json import *\nfrom json import run\nrun()\n",
            id="a name of another module",
        ),
        pytest.param(
            "import importlib\nimportlib.import_module('pkg.old').run()\n",
            "import importlib\nimportlib.import_module('pkg.new').run()\n",
            "import importlib\nimportlib.import_module('pkg.newer').run()\n",
            id="import_module",
        ),
        pytest.param(
            "import pkg.old\nx = getattr(pkg.old, 'run')\n",
            "import pkg.new\nx = getattr(pkg.new, 'run')\n",
            "import pkg.new\nx = getattr(pkg.new, 'now')\n",
            id="getattr",
        ),
        pytest.param(
            "import pkg.old\nx = {'old': 1}\npkg.old.run()\n",
            "import pkg.new\nx = {'old': 1}\npkg.new.run()\n",
            "import pkg.new\nx = {'new': 1}\npkg.new.run()\n",
            id="a plain string",
        ),
        pytest.param(
            "from pkg.old import run\nassert run is run\nimport pkg.old\nassert pkg.old.run is run\n",
            "from pkg.new import run\nassert run is run\nimport pkg.new\nassert pkg.new.run is run\n",
            "from pkg.new import run\nassert run is run\nimport pkg.old\nassert pkg.old.run is run\n",
            id="what was one object is two",
        ),
        pytest.param(
            "import contextlib, pkg.old\n"
            "with contextlib.suppress(pkg.old.Engine):\n    raise pkg.old.Engine()\n",
            "import contextlib, pkg.new\n"
            "with contextlib.suppress(pkg.new.Engine):\n    raise pkg.new.Engine()\n",
            "import contextlib, pkg.new, pkg.old\n"
            "with contextlib.suppress(pkg.new.Engine):\n    raise pkg.old.Engine()\n",
            id="an error that is suppressed",
        ),
        pytest.param(
            "import pkg.old\ntry:\n    raise pkg.old.Engine\n"
            "except (OSError, pkg.old.Engine):\n    pass\n",
            "import pkg.new\ntry:\n    raise pkg.new.Engine\n"
            "except (OSError, pkg.new.Engine):\n    pass\n",
            "import pkg.new, pkg.old\ntry:\n    raise pkg.new.Engine\n"
            "except (OSError, pkg.old.Engine):\n    pass\n",
            id="an error that is caught",
        ),
        pytest.param(
            "import pkg.old\nmatch pkg.old.Engine():\n    case pkg.old.Engine():\n        pass\n",
            "import pkg.new\nmatch pkg.new.Engine():\n    case pkg.new.Engine():\n        pass\n",
            "import pkg.new, pkg.old\n"
            "match pkg.new.Engine():\n    case pkg.old.Engine():\n        pass\n",
            id="a class that a pattern asks for",
        ),
        pytest.param(
            "from pkg.old import run  # noqa: F401\n",
            "from pkg.new import run  # noqa: F401\n",
            "from pkg.new import run as go  # noqa: F401\n",
            id="an import that is there for others",
        ),
        pytest.param(
            "import pkg.old\n__all__ = ['pkg', 'x']\nx = pkg.old.run\n",
            "import pkg.new\n__all__ = ['pkg', 'x']\nx = pkg.new.run\n",
            "from pkg import new\n__all__ = ['pkg', 'x']\nx = new.run\n",
            id="what __all__ lists",
        ),
        pytest.param(
            "import sys, pkg.old\ndel sys.modules['pkg.old']\nimport pkg.old\npkg.old.run()\n",
            "import sys, pkg.new\ndel sys.modules['pkg.new']\nimport pkg.new\npkg.new.run()\n",
            "import sys, pkg.new\ndel sys.modules['pkg.old']\nimport pkg.new\npkg.new.run()\n",
            id="a key of sys.modules",
        ),
    ],
)
def test_one_file(before: str, right: str, spoiled: str) -> None:
    assert verified({"use.py": before}, {"use.py": right}) == []
    assert blamed(verified({"use.py": before}, {"use.py": spoiled})) == {"use.py"}


def test_annotations_are_what_checkers_see_and_strings_are_read() -> None:
    before = "from pkg.old import Engine\ndef f(x: 'Engine | None') -> 'list[Engine]': ...\n"
    right = "from pkg.new import Motor\ndef f(x: 'Motor | None') -> 'list[Motor]': ...\n"
    stale = "from pkg.new import Motor\ndef f(x: 'Motor | None') -> 'list[Engine]': ...\n"
    assert verified({"use.py": before}, {"use.py": right}, RENAMED) == []
    assert blamed(verified({"use.py": before}, {"use.py": stale}, RENAMED)) == {"use.py"}


@pytest.mark.parametrize(
    "other",
    [
        "from pub import old\nold.run()\n",
        "from pub import old  # noqa: F401\n",
        "import pub\npub.old.run()\n",
        "from pub import *\nold.run()\n",
        "import pub\ngetattr(pub, 'old').run()\n",
        "from unittest.mock import patch\nimport pub\npatch('pub.old.run')\n",
    ],
)
def test_what_other_files_take_stays_there(other: str) -> None:
    before = {"pub.py": "from pkg import old\nx = old.run()\n", "use.py": other}
    right = {"pub.py": "from pkg import new as old\nx = old.run()\n"}
    spoiled = {"pub.py": "from pkg import new\nx = new.run()\n"}
    assert verified(before, right) == []
    assert blamed(verified(before, spoiled)) == {"pub.py"}


def test_a_submodule_is_an_attribute_only_once_somebody_imported_it() -> None:
    before = {
        "pub.py": "from pkg.old import run\nrun()\n",
        "use.py": "import pub\nimport pkg\nx = pkg.old.run()\n",
    }
    moved = {"pub.py": "from pkg.new import run\nrun()\n"}
    both = {**moved, "use.py": "import pub\nimport pkg\nx = pkg.new.run()\n"}
    assert blamed(verified(before, moved)) == {"pub.py"}
    assert verified(before, both) == []


def test_what_comes_from_outside_or_is_the_files_own_draws_in_no_other_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A file that takes what has a legacy word, and is as it was, need not be read."""
    either = (
        "try:\n    from pytest.old import loads\nexcept ImportError:\n    def loads(text): ...\n"
    )
    text = "from pkg import old\n" + either
    own = {**BASE, "compat.py": text, "far.py": "from compat import loads\nloads('1')\n"}
    moved = {**own, "far.py": "from compat import old\nold.run()\n"}
    reported: list[str] = []

    def counted(states: States, path: str) -> FileReport:
        reported.append(path)
        return report_on(states, path)

    monkeypatch.setattr("unfork.verification.files.report_on", counted)
    edits = {"compat.py": (Edit(16, 19, b"new as old"),)}
    assert text[16:19] == "old"
    for project, is_read in ((moved, True), (own, False)):
        reported.clear()
        assert verifier_of(project).verify(Rewrites(edits)) == []
        assert "compat.py" in reported
        assert ("far.py" in reported) is is_read


TEST = """\
from unittest.mock import patch
from pkg.{0} import run
with patch({1}):
    run()
"""


@pytest.mark.parametrize(
    "target, right, spoiled",
    [
        ("'pkg.old.now'", "'pkg.new.now'", "'pkg.old.now'"),
        ("'pkg.old' '.now'", "'pkg.new.now'", "'pkg.old' '.now'"),
        ("f'{__name__[:0]}pkg.old.now'", None, "f'{__name__[:0]}pkg.old.now'"),
    ],
)
def test_replacement_and_reader_end_at_one_binding(
    target: str, right: str | None, spoiled: str
) -> None:
    before = {"test.py": TEST.format("old", target)}
    if right is not None:
        assert verified(before, {"test.py": TEST.format("new", right)}) == []
    assert blamed(verified(before, {"test.py": TEST.format("new", spoiled)})) == {"test.py"}


WRAPPED = """\
from base import Base, put
from pkg.{0} import run
class Test(Base):
    def test_it(self):
        {1}
        run()
"""
WRAPPERS = """\
from unittest.mock import patch
class Base:
    def stub_out(self, old, new):
        patch(old, new).start()
    def again(self, new, *, path):
        self.stub_out(path, new)
def put(test, name):
    test.again(1, path=name)
"""


@pytest.mark.parametrize(
    "call",
    ["self.stub_out('{}', 1)", "self.again(1, path='{}')", "put(self, '{}')"],
    ids=["method", "method of a method", "function"],
)
def test_a_function_that_patches_by_a_parameter_replaces_what_it_is_called_with(call: str) -> None:
    old, new = call.format("pkg.old.now"), call.format("pkg.new.now")
    before = {"base.py": WRAPPERS, "test.py": WRAPPED.format("old", old)}
    assert verified(before, {"test.py": WRAPPED.format("new", new)}) == []
    assert blamed(verified(before, {"test.py": WRAPPED.format("new", old)})) == {"test.py"}
    assert blamed(verified(before, {"test.py": WRAPPED.format("old", new)})) == {"test.py"}


def test_another_function_of_the_name_of_one_that_patches_takes_any_string() -> None:
    before = {
        "base.py": WRAPPERS,
        "other.py": "def put(test, name): print(name)\n",
        "use.py": "from other import put\nfrom pkg.old import run\nput(run, 'pkg.old.now')\n",
    }
    right = {"use.py": before["use.py"].replace("old import", "new import")}
    spoiled = {"use.py": before["use.py"].replace("old", "new")}
    assert verified(before, right) == []
    assert blamed(verified(before, spoiled)) == {"use.py"}


def test_a_patch_is_of_no_use_where_the_canonical_module_does_not_read_the_name() -> None:
    before = {
        "pkg/old.py": "from pkg.net import send\ndef notify(): return send()\n",
        "pkg/new.py": "from pkg.net import send\nfrom pkg.work import notify\n",
        "pkg/work.py": "from pkg.net import send\ndef notify(): return send()\n",
        "pkg/net.py": "def send(): return 1\n",
        "test.py": "from unittest.mock import patch\nfrom pkg.old import notify\n"
        "with patch('pkg.old.send'):\n    notify()\n",
    }
    after = {"test.py": before["test.py"].replace("pkg.old", "pkg.new")}
    assert blamed(verified(before, after)) == {"test.py"}


def test_a_module_that_is_replaced_is_the_one_that_is_imported_later() -> None:
    before = {
        "app.py": "def f():\n    from pkg.old import run\n    return run()\n",
        "test.py": "import sys, app\nsys.modules['pkg.old'] = fake = object()\napp.f()\n",
    }
    app = {"app.py": before["app.py"].replace("old", "new")}
    both = {**app, "test.py": before["test.py"].replace("pkg.old", "pkg.new")}
    assert verified(before, both) == []
    assert blamed(verified(before, app)) == {"app.py"}


def test_a_removed_module_is_named_by_nobody() -> None:
    remove = REDIRECT + '[[remove]]\nmodule = "pkg.old"\n'
    use = {"use.py": "from pkg.old import run\nrun()\n"}
    after = {"use.py": "from pkg.new import run\nrun()\n"}
    script = {"pyproject.toml": '[project.scripts]\ngo = "pkg.old:run"\n'}
    gone = ["pkg/old.py"]
    assert verified(use, after, remove, removed=gone) == []
    assert blamed(verified(use, {}, remove, removed=gone)) == {"pkg/old.py"}
    assert blamed(verified(use | script, after, remove, removed=gone)) == {"pkg/old.py"}


def test_who_claims_to_be_done_leaves_nobody_at_the_legacy_module() -> None:
    use = {"use.py": "from pkg.old import run\nrun()\n", "b.py": "import pkg.old\n"}
    after = {"use.py": "from pkg.new import run\nrun()\n"}
    assert verified(use, after) == []
    violations = verified(use, after, complete=["use.py", "b.py"])
    assert [(violation.path, violation.blame) for violation in violations] == [("b.py", ())]
    for mark, known in (("noqa: F401", ["b.py"]), ("noqa: UF001", []), ("unfork: ignore", [])):
        marked = {**use, "b.py": f"import pkg.old  # {mark}\n"}
        violations = verified(marked, after, complete=["use.py", "b.py"])
        assert [violation.path for violation in violations] == known


def test_names_that_move_without_their_module_are_left_nowhere() -> None:
    steps = '[[redirect]]\nfrom = "pkg.old"\nnames = { run = "pkg.new:run" }\n'
    use = {"use.py": "from pkg.old import run, lost\n"}
    half = {"use.py": "from pkg.new import run\nfrom pkg.old import lost\n"}
    assert verified(use, half, steps, complete=["use.py"]) == []
    other = {**use, "b.py": "from pkg.old import run\n"}
    assert [violation.path for violation in verified(other, half, steps, complete=["b.py"])] == [
        "b.py"
    ]


def test_a_name_that_a_cycle_asks_for_too_early() -> None:
    before = {
        "pkg/base.py": "from pkg.old import run\nclass Base: pass\n",
        "pkg/new.py": "from pkg.base import Base\ndef run(): ...\n",
    }
    early = {"pkg/base.py": "from pkg.new import run\nclass Base: pass\n"}
    assert blamed(verified(before, early)) == {"pkg/base.py"}
    fine = {**before, "pkg/new.py": "def run(): ...\nimport pkg.base\n"}
    assert verified(fine, early) == []


def test_a_package_runs_once_for_all_its_modules(monkeypatch: pytest.MonkeyPatch) -> None:
    users = [f"u{n}" for n in range(6)]
    old = {f"pkg/{user}.py": "from pkg.old import run\n" for user in users}
    before = {
        "pkg/__init__.py": "from pkg.a import A\n",
        "pkg/a.py": "from pkg.b import B\nclass A: pass\n",
        "pkg/b.py": "import pkg.a\nclass B: pass\n",
        "pkg/new.py": "def run(): ...\n" + "".join(f"import pkg.{user}\n" for user in users),
        **old,
    }
    begun: list[str] = []
    read_body = ImportRun._body_of

    def body_of(self: ImportRun, path: str) -> Sequence[ast.stmt]:
        begun.append(path)
        return read_body(self, path)

    monkeypatch.setattr(ImportRun, "_body_of", body_of)
    assert verified(before, dict.fromkeys(old, "from pkg.new import run\n")) == []
    assert set(begun) >= {"pkg/__init__.py", *old}
    assert begun.count("pkg/__init__.py") == 1


def test_a_cycle_works_whatever_is_imported_first() -> None:
    before = {
        "pkg/base.py": "from pkg.old import run\nclass Base: pass\n",
        "pkg/new.py": "def run(): ...\nfrom pkg.base import Base\n",
    }
    early = {"pkg/base.py": "from pkg.new import run\nclass Base: pass\n"}
    violations = verified(before, early)
    assert [violation.why for violation in violations] == [
        "Base of pkg/base.py is not there yet when pkg/base.py is imported first"
    ]
    late = {"pkg/base.py": "class Base: pass\nfrom pkg.new import run\n"}
    assert (
        verified(before | {"pkg/base.py": "class Base: pass\nfrom pkg.old import run\n"}, late)
        == []
    )


@pytest.mark.parametrize(
    ("importer", "is_wrong"),
    [
        ("import pkg.new\n", True),
        ("def later():\n    import pkg.new\n", True),
        ("import pkg.app\n", False),
    ],
)
def test_a_cycle_may_fail_where_nobody_comes_first(importer: str, is_wrong: bool) -> None:
    before = {
        "pkg/app.py": "import pkg.new\nfrom pkg.old import run\n",
        "pkg/new.py": "import pkg.app\ndef run(): ...\n",
        "use.py": importer,
    }
    after = {"pkg/app.py": "import pkg.new\nfrom pkg.new import run\n"}
    assert bool(verified(before, after)) is is_wrong


def test_a_module_that_cannot_come_first_is_not_brought_first() -> None:
    before = {
        "pkg/new.py": "from pkg.sub import Own\ndef run(): ...\n",
        "pkg/sub.py": "import pkg.new\nclass Own(pkg.new.Base): ...\n",
        "use.py": "from pkg.old import run\n",
    }
    after = {"use.py": "from pkg.new import run\n"}
    assert blamed(verified(before, after)) == {"use.py"}


SHIM = """\
from typing import TYPE_CHECKING
{0}
if TYPE_CHECKING:
    from pkg.new import Engine as Engine, now as now, run as run
__all__ = [{1}]
def __getattr__(name):
    import pkg.new
    return getattr(pkg.new, name)
"""


def test_a_shim_does_what_importing_the_module_did() -> None:
    deprecate = REDIRECT + '[[deprecate]]\nmodule = "pkg.old"\nshim = true\n'
    body = "from pkg.registry import REG\nclass Engine: ...\ndef now(): ...\ndef run(): ...\n"
    before = {
        "pkg/registry.py": "REG = {}\nOTHER = {}\n",
        "pkg/old.py": body + "REG['old'] = Engine\n",
        "pkg/new.py": "class Engine: ...\ndef now(): ...\ndef run(): ...\n",
    }
    keeps = "from pkg.registry import REG\nfrom pkg.new import Engine\nREG['old'] = Engine"
    names = "'Engine', 'now', 'run'"
    assert verified(before, {"pkg/old.py": SHIM.format(keeps, names)}, deprecate) == []
    assert blamed(verified(before, {"pkg/old.py": SHIM.format("", names)}, deprecate)) == {
        "pkg/old.py"
    }
    less = SHIM.format(keeps, names).replace(", run as run", "")
    assert blamed(verified(before, {"pkg/old.py": less}, deprecate)) == {"pkg/old.py"}
    another = SHIM.format(keeps.replace("import REG", "import OTHER as REG"), names)
    assert blamed(verified(before, {"pkg/old.py": another}, deprecate)) == {"pkg/old.py"}


def edits_of(before: str, after: str) -> tuple[Edit, ...]:
    """Return edits that turn one text into another: within each line, or one over all lines that differ."""
    old, new = before.encode().splitlines(keepends=True), after.encode().splitlines(keepends=True)
    if len(old) != len(new):
        return _edit(0, before.encode(), after.encode(), old)
    starts = [sum(map(len, old[:number])) for number in range(len(old))]
    return tuple(e for at, *line in zip(starts, old, new) for e in _edit(at, *line, ()))


def _edit(at: int, old: bytes, new: bytes, lines: Collection[bytes]) -> tuple[Edit, ...]:
    if old == new:
        return ()
    start = _shared(old, new)
    end = _shared(old[start:][::-1], new[start:][::-1])
    if lines:
        start = old.rfind(b"\n", 0, start) + 1
        end = 0 if end == 0 else max(0, len(old) - (old.find(b"\n", len(old) - end) + 1))
    return (Edit(at + start, at + len(old) - end, new[start : len(new) - end]),)


def _shared(left: bytes, right: bytes) -> int:
    """Return how many bytes two texts begin with alike."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(left, right)))


def is_quick(before: str, after: str, path: str = "use.py") -> bool:
    source = Source.read(path, before.encode())
    return verifier_of({**BASE, path: ""}).quick(source, edits_of(before, after)) is not None


@pytest.mark.parametrize(
    "before, after",
    [
        ("from pkg.old import run\nrun()\n", "from pkg.new import run\nrun()\n"),
        (
            "from pkg.old import run, lost\nrun()\n",
            "from pkg.old import lost\nfrom pkg.new import run\nrun()\n",
        ),
        (
            "def f():\n    from pkg.old import run  # why\n",
            "def f():\n    from pkg.new import run  # why\n",
        ),
        ("import os; from pkg.old import run\n", "import os; from pkg.new import run\n"),
        ("from pkg import old\nold.run()\n", "from pkg import new\nnew.run()\n"),
        ("from pkg import old\nold.run()\n", "from pkg import new as old\nold.run()\n"),
        (
            "import pkg.old as m\ndef f(): return m.run(m.now)\n",
            "import pkg.new as m\ndef f(): return m.run(m.now)\n",
        ),
        (
            "from pkg.old import now\nfrom pkg import old\nold.run(now)\n",
            "from pkg.new import now\nfrom pkg import new\nnew.run(now)\n",
        ),
    ],
)
def test_the_quick_way(before: str, after: str) -> None:
    assert is_quick(before, after)
    assert verified({"use.py": before}, {"use.py": after}) == []


@pytest.mark.parametrize(
    "before, after",
    [
        pytest.param(
            "from pkg.old import run\nrun()\n",
            "from pkg.new import now as run\nrun()\n",
            id="another object",
        ),
        pytest.param(
            "from pkg.old import run\nrun()\n",
            "from pkg.new import run as r\nr()\n",
            id="another name",
        ),
        pytest.param(
            "from pkg.old import lost\n", "from pkg.new import lost\n", id="what is not there"
        ),
        pytest.param(
            "from pkg.old import run\nx = 'pkg.old'\n",
            "from pkg.new import run\nx = 'pkg.old'\n",
            id="a path in a string",
        ),
        pytest.param(
            "from pkg.old import run\nrun()\nimport os\n",
            "import os\nrun()\nfrom pkg.new import run\n",
            id="behind its first use",
        ),
        pytest.param(
            "from pkg.old import run\nrun()\n",
            "from pkg.new import run as run, now as run\nrun()\n",
            id="bound twice",
        ),
        pytest.param(
            "from pkg.old import run\nrun()\n", "from pkg.new import (run\nrun()\n", id="no Python"
        ),
        pytest.param(
            "from pkg.old import run; run()\n",
            "from pkg.new import run # ; run()\n",
            id="a comment that swallows the rest",
        ),
        pytest.param(
            "if x:\n    pass\nfrom pkg.old import run\n",
            "if x:\n    pass\n    from pkg.new import run\n",
            id="in another block",
        ),
        pytest.param(
            "from pkg.old import run\nfrom json import *\n",
            "from json import *\nfrom pkg.new import run\n",
            id="behind a star",
        ),
        pytest.param(
            "from pkg.old import run\nrun()\n", "from use import run\nrun()\n", id="of itself"
        ),
        pytest.param(
            "from pkg import old\nold.run()\n",
            "from pkg import new\nnew.now()\n",
            id="another attribute",
        ),
        pytest.param(
            "from pkg import old\nold.run()\nold.now()\n",
            "from pkg import new\nnew.run()\nold.now()\n",
            id="a use that is forgotten",
        ),
        pytest.param(
            "from pkg import old\ndef f(new): return old.run(new)\n",
            "from pkg import new\ndef f(new): return new.run(new)\n",
            id="a parameter of the new name",
        ),
        pytest.param(
            "from pkg import old\ndef f(x: 'old.Engine'): return old.run()\n",
            "from pkg import new\ndef f(x: 'old.Engine'): return new.run()\n",
            id="an annotation in quotes",
        ),
        pytest.param(
            "from pkg import old\nold.run()\nprint('old.run')\n",
            "from pkg import new\nnew.run()\nprint('new.run')\n",
            id="a string",
        ),
        pytest.param(
            "from pkg import old\nold.run = 1\n", "from pkg import new\nnew.run = 1\n", id="a store"
        ),
        pytest.param(
            "from pkg import old\n__all__ = ['old']\nold.run()\n",
            "from pkg import new\n__all__ = ['old']\nnew.run()\n",
            id="in __all__",
        ),
        pytest.param(
            "if x:\n    from pkg import old\nold.run()\n",
            "if x:\n    from pkg import new\nnew.run()\n",
            id="under a condition",
        ),
    ],
)
def test_what_the_quick_way_does_not_take(before: str, after: str) -> None:
    assert not is_quick(before, after)


def test_a_removed_module_of_the_top_is_not_taken_to_be_outside() -> None:
    files = {"old.py": "def run(): ...\n", "new.py": "def run(): ...\n", "use.py": "import old\n"}
    steps = '[[redirect]]\nfrom = "old"\nto = "new"\n[[remove]]\nmodule = "old"\n'
    assert blamed(verified(files, {}, steps, removed=["old.py"])) == {"old.py"}


def test_an_example_that_imports_what_goes_keeps_it() -> None:
    before = {"use.py": 'def f():\n    """Do.\n\n    >>> from pkg.old import run\n    """\n'}
    remove = REDIRECT + '[[remove]]\nmodule = "pkg.old"\n'
    assert blamed(verified(before, {}, remove, removed=["pkg/old.py"])) == {"pkg/old.py"}


@pytest.mark.parametrize(
    "right, spoiled",
    [
        pytest.param("from pkg.new import run\n", "from script import run\n", id="of a script"),
        pytest.param("from pkg.new import run\n", "from use import run\n", id="of itself"),
    ],
)
def test_nothing_is_taken_by_a_detour(right: str, spoiled: str) -> None:
    files = {
        "script.py": "from pkg.new import run\nimport use\n",
        "use.py": "from pkg.old import run\n",
    }
    assert verified(files, {"use.py": right}) == []
    assert blamed(verified(files, {"use.py": spoiled})) == {"use.py"}


@pytest.mark.parametrize(
    "compared, is_about_both", [("is not", True), ("is", False), ("==", False)]
)
def test_copies_that_are_compared_for_their_difference_stay_two(
    compared: str, is_about_both: bool
) -> None:
    before = f"from pkg import new, old\napart = new.run {compared} old.run\n"
    after = f"from pkg import new\napart = new.run {compared} new.run\n"
    blame = blamed(verified({"use.py": before}, {"use.py": after}))
    assert blame == ({"use.py"} if is_about_both else set())


LOOP = """\
from importlib import import_module
for path in {paths}:
    import_module(path)
{rest}"""


@pytest.mark.parametrize(
    "rest, is_told", [("", False), ("print(path)\n", True), ("path = 'x'\nprint(path)\n", False)]
)
def test_what_a_loop_loads_by_is_said_nowhere_else(rest: str, is_told: bool) -> None:
    before = LOOP.format(paths="['pkg.old', 'os']", rest=rest)
    after = LOOP.format(paths="['pkg.new', 'os']", rest=rest)
    blame = blamed(verified({"use.py": before}, {"use.py": after}))
    assert blame == ({"use.py"} if is_told else set())


def test_a_class_keeps_its_attributes() -> None:
    before = "from pkg.old import run\nclass A:\n    go = staticmethod(run)\n"
    right = before.replace("pkg.old", "pkg.new")
    assert verified({"use.py": before}, {"use.py": right}) == []
    assert blamed(verified({"use.py": before}, {"use.py": right.replace("go =", "run =")})) == {
        "use.py"
    }


def test_a_patch_names_something() -> None:
    before = "from unittest.mock import patch\nWHERE = 'pkg.old.Engine'\npatch(WHERE)\n"
    right = before.replace("pkg.old.Engine", "pkg.new.Motor")
    spoiled = right.replace("Motor", "motor")
    assert verified({"use.py": before}, {"use.py": right}, RENAMED) == []
    assert blamed(verified({"use.py": before}, {"use.py": spoiled}, RENAMED)) == {"use.py"}


FORWARDS = """\
import importlib
from typing import TYPE_CHECKING, Any
__all__ = ["run"]
_FORWARDS = {
    "run": ("pkg.new", "run"),
}
if TYPE_CHECKING:
    from pkg.new import run as run
else:
    def __getattr__(name: str) -> Any:
        module, target = _FORWARDS[name]
        return getattr(importlib.import_module(module), target)
"""


@pytest.mark.parametrize(
    "old, new",
    [
        ("import importlib\n", "import importlib as _other\n"),
        ("from typing import TYPE_CHECKING, Any\n", "from typing import TYPE_CHECKING\n"),
        ("from typing import TYPE_CHECKING, Any\n", "from pkg.new import TYPE_CHECKING, Any\n"),
        ('("pkg.new", "run")', '("pkg.newer", "run")'),
        ('("pkg.new", "run")', '("pkg.new", "now")'),
        ('    "run": ("pkg.new", "run"),\n', '    "now": ("pkg.new", "now"),\n'),
    ],
)
def test_the_text_of_a_shim_runs_and_forwards(old: str, new: str) -> None:
    steps = REDIRECT + '[[deprecate]]\nmodule = "pkg.old"\nshim = true\n'
    before = {"pkg/old.py": "def run(): ...\n"}
    assert verified(before, {"pkg/old.py": FORWARDS}, steps) == []
    assert blamed(verified(before, {"pkg/old.py": FORWARDS.replace(old, new)}, steps)) == {
        "pkg/old.py"
    }


REGISTERED = """\
from pkg.registry import told
@told("a")
def run():
    return 1
"""


@pytest.mark.parametrize(
    "new",
    [
        REGISTERED.replace('"a"', '"b"'),
        REGISTERED.replace('@told("a")\n', ""),
        REGISTERED.replace("import told", "import other as told"),
        REGISTERED.replace("return 1", "return 2"),
        REGISTERED.replace("def run", "def go") + "def run(): ...\n",
    ],
)
def test_a_shim_imports_what_does_the_same(new: str) -> None:
    steps = REDIRECT + '[[deprecate]]\nmodule = "pkg.old"\nshim = true\n'
    registry = "ALL = []\ndef told(name):\n    ALL.append(name)\n    return lambda f: f\n"
    before = {
        "pkg/registry.py": registry + "def other(name):\n    return lambda f: f\n",
        "pkg/old.py": REGISTERED,
        "pkg/new.py": REGISTERED,
    }
    imports = {"pkg/old.py": FORWARDS.replace("__all__", "import pkg.new\n__all__", 1)}
    assert verified(before, imports, steps) == []
    assert blamed(verified(before, {"pkg/old.py": FORWARDS}, steps)) == {"pkg/old.py"}
    assert blamed(verified({**before, "pkg/new.py": new}, imports, steps)) == {"pkg/old.py"}


def test_a_shim_imports_no_name_of_a_library_as_a_module() -> None:
    steps = REDIRECT + '[[deprecate]]\nmodule = "pkg.old"\nshim = true\n'
    before = {"pkg/old.py": "from library import Thing\ndef run(): ...\n"}
    kept = FORWARDS.replace("__all__", "from library import Thing\n__all__", 1)
    assert verified(before, {"pkg/old.py": kept}, steps) == []
    spoiled = FORWARDS.replace("__all__", "import library.Thing\n__all__", 1)
    assert blamed(verified(before, {"pkg/old.py": spoiled}, steps)) == {"pkg/old.py"}


def test_a_warning_has_what_it_reads() -> None:
    steps = REDIRECT + '[[deprecate]]\nmodule = "pkg.old"\n'
    warned = 'import warnings\nwarnings.warn("old", DeprecationWarning)\n' + OLD
    assert verified({}, {"pkg/old.py": warned}, steps) == []
    late = warned.replace("import warnings\n", "") + "import warnings\n"
    assert blamed(verified({}, {"pkg/old.py": late}, steps)) == {"pkg/old.py"}


def test_a_package_offers_what_it_imports() -> None:
    before, after = "from pkg import old\nold.run()\n", "from pkg import new\nnew.run()\n"
    assert is_quick(before, after, "use/sub.py")
    assert not is_quick(before, after, "use/__init__.py")


def test_a_file_that_was_quick_is_read_where_it_may_name_what_goes() -> None:
    before = "from pkg.old import run\nif run:\n    import pkg.old\n"
    after = before.replace("pkg.old import run", "pkg.new import run")
    verifier = verifier_of(
        {**BASE, "use.py": before}, REDIRECT + '[[remove]]\nmodule = "pkg.old"\n'
    )
    moves = verifier.quick(Source.read("use.py", before.encode()), edits_of(before, after))
    assert moves is not None
    rewrites = Rewrites({"use.py": edits_of(before, after)}, frozenset({"pkg/old.py"}))
    assert blamed(verifier.verify(rewrites, {"use.py": moves})) == {"use.py"}
    claimed = Rewrites({"use.py": edits_of(before, after)})
    assert verifier.verify(claimed, {"use.py": moves}) == []
    assert verifier.verify(claimed, {"use.py": moves}, complete=["use.py"]) != []


def test_what_is_sent_to_other_processes() -> None:
    rewrites = Rewrites({"use.py": (Edit(0, 1, b"x"),)}, frozenset({"gone.py"}))
    again = pickle.loads(pickle.dumps(rewrites))
    assert (again.edits, again.removed) == (rewrites.edits, rewrites.removed)


def test_what_functions_bind_is_known_however_little_is_looked_at() -> None:
    text = "state = None\ndef start():\n    global state\n    state = start\nstart()\n"
    project = verifier_of({**BASE, "pkg/state.py": text}).project
    world, other = project.tree_state(False), project.tree_state(True)
    other.whole("pkg/state.py", EVERYTHING)
    module = Module("pkg/state.py")
    assert world.resolve(Taken(module, "state")) == other.resolve(Taken(module, "state"))


def test_what_a_package_holds_is_not_the_library_of_that_name() -> None:
    files = {
        "app/__init__.py": "",
        "app/requests.py": "def get(): ...\n",
        "app/http.py": "def get(): ...\n",
        "app/use.py": "import requests\n",
    }
    migration = '[[redirect]]\nfrom = "app.requests"\nto = "app.http"\n'
    project = verifier_of(files, migration).project
    finder = replace(project.finder, roots=("app", ""), external=frozenset({"requests"}), _known={})
    assert finder.absolute("requests", "app/use.py") == Outside("requests")
    assert finder.absolute("app.requests", "app/use.py") == Module("app/requests.py")
    unlisted = replace(finder, external=frozenset(), _known={})
    assert unlisted.absolute("requests", "app/use.py") == Module("app/requests.py")


def test_what_is_outside_now_is_read_there_through_other_files_too() -> None:
    before = {
        "mid.py": "from pkg import old\n",
        "use.py": "import mid\ndef ask(): return mid.old.run()\n",
        "tests.py": "from unittest import mock\nfrom pkg import old\nmock.patch.object(old, 'run')\n",
    }
    after = {
        "mid.py": "from library import new as old\n",
        "tests.py": before["tests.py"].replace("from pkg import", "from library import new as"),
    }
    outside = '[[redirect]]\nfrom = "pkg.old"\nto = "library.new"\n'
    assert verified(before, after, outside) == []
    assert blamed(verified(before, {"tests.py": after["tests.py"]}, outside)) == {"tests.py"}


def test_who_reads_a_module_that_one_file_keeps_and_another_patches_is_found() -> None:
    before = {
        "keeps.py": "from pkg import old as engines\n",
        "reads.py": "from keeps import engines\ndef ask(): return engines.run()\n",
        "tests.py": "import reads\nfrom unittest import mock\nmock.patch.object(reads.engines, 'run')\n",
    }
    text = "from keeps import engines\nfrom pkg import new\ndef ask(): return new.run()\n"
    assert blamed(verified(before, {"reads.py": text})) == {"reads.py"}


def test_a_package_that_others_take_of_a_file_goes_on_having_its_submodule() -> None:
    before = {
        "pkg/__init__.py": "import pkg.old\n",
        "mid.py": "import pkg as here\n",
        "tests.py": "import mid\nfrom unittest import mock\nmock.patch.multiple(mid.here.old, run=1)\n",
    }
    after = {"pkg/__init__.py": "import pkg.new\n"}
    assert blamed(verified(before, after)) == {"pkg/__init__.py"}


@pytest.mark.parametrize("loaded, is_wrong", [("", True), ("import pkg.sub\n", False)])
def test_a_function_does_not_bring_a_module_first_that_cannot_come_first(
    loaded: str, is_wrong: bool
) -> None:
    before = {
        "pkg/new.py": "from pkg.sub import Own\ndef run(): ...\n",
        "pkg/sub.py": "class Own: ...\n",
        "use.py": f"{loaded}def ask():\n    from pkg.old import run\n",
    }
    spoilt = {**before, "pkg/sub.py": "from pkg.new import run\nclass Own: ...\n"}
    after = {"use.py": before["use.py"].replace("pkg.old", "pkg.new")}
    assert verified(before, after) == []
    assert bool(verified(spoilt, after)) is is_wrong


def test_checks_beside_each_other_find_the_same() -> None:
    files = {
        **BASE,
        "pkg/new.py": "from pkg.user import START\n" + NEW,
        "pkg/user.py": "from pkg.old import now\nSTART = 1\n",
        "main.py": "import pkg.user\n",
    }
    edit = Edit(0, len(files["pkg/user.py"]), b"from pkg.new import now\nSTART = 1\n")
    rewrites = Rewrites({"pkg/user.py": (edit,)})
    alone = verifier_of(files).verify(rewrites)
    assert blamed(alone) == {"pkg/user.py"}
    assert verifier_of(files).verify(rewrites, beside=beside) == alone


@pytest.mark.parametrize(
    "failing, is_wrong",
    [
        ("from . import lost_part\n", True),
        ("import pkg.lost_part\n", True),
        ("from pkg.old import what\n", True),
        ("try:\n    from . import lost_part\nexcept ImportError:\n    pass\n", False),
        ("def later():\n    from . import lost_part\n", False),
        ("from outside import part\n", False),
    ],
)
def test_a_module_that_cannot_be_imported_is_no_source(failing: str, is_wrong: bool) -> None:
    before = {
        "pkg/new.py": failing + NEW,
        "use.py": "from pkg.old import run\ndef f(): return run\n",
    }
    after = {"use.py": "from pkg.new import run\ndef f(): return run\n"}
    assert blamed(verified(before, after)) == ({"use.py"} if is_wrong else set())


@pytest.mark.parametrize("both", [False, True])
def test_a_hint_in_a_function_is_evaluated_among_the_names_of_the_module(both: bool) -> None:
    text = (
        "from pkg.old import Engine\n__all__ = ['Engine']\ndef f():\n    from pkg.old import Engine\n"
        "    def g(x: 'Engine'): ...\n    return g\n"
    )
    right = text.replace("pkg.old import Engine", "pkg.new import Motor as Engine")
    spoilt = right.replace(
        "    from pkg.new import Motor as Engine", "    from pkg.new import Motor"
    )
    spoilt = spoilt.replace("x: 'Engine'", "x: 'Motor'")
    after = {"use.py": spoilt if both else right}
    assert blamed(verified({"use.py": text}, after, RENAMED)) == ({"use.py"} if both else set())


@pytest.mark.parametrize("call, is_wrong", [("bind()\n", True), ("", False)])
def test_what_a_called_function_imported_is_loaded_for_what_runs_next(
    call: str, is_wrong: bool
) -> None:
    before = {
        "pkg/mid.py": "import pkg.old\ndef ask(): return pkg.old.run()\n",
        "use.py": f"def bind():\n    global mid\n    from pkg import mid\n{call}"
        "def f(): return mid.pkg.old.now()\nf()\nimport pkg.old\n",
    }
    after = {"pkg/mid.py": before["pkg/mid.py"].replace("pkg.old", "pkg.new")}
    assert blamed(verified(before, after)) == ({"pkg/mid.py"} if is_wrong else set())


PUTS = (
    "from unittest import mock\nfrom pkg import old\ndef put(name): mock.patch.object(old, name)\n"
)


@pytest.mark.parametrize(
    "reader, moved, is_right",
    [
        ("from pkg import old\nold.run()\n", "from pkg import new\nnew.run()\n", True),
        ("from pkg import old\nold.run()\n", "", False),  # it reads the name that is not replaced
        ("from pkg import old\nold.now()\n", "from pkg import new\nnew.Motor()\n", False),
        ("from pkg.old import now\nnow()\n", "", True),  # it has copied the object
    ],
)
def test_an_unknown_name_is_replaced_where_it_is_read(
    reader: str, moved: str, is_right: bool
) -> None:
    before = {"put.py": PUTS, "use.py": reader}
    after = {"put.py": PUTS.replace("old", "new"), **({"use.py": moved} if moved else {})}
    assert (verified(before, after) == []) is is_right


def test_an_unknown_name_may_be_one_that_the_other_module_lacks() -> None:
    before = {"put.py": f'{PUTS}put("lost")\n'}
    after = {"put.py": before["put.py"].replace("old", "new")}
    assert blamed(verified(before, after)) == {"put.py"}


def test_a_string_that_is_an_annotation_is_evaluated_after_the_imports_of_its_file() -> None:
    text = "import typing\nimport pkg.old\nT = typing.TypeVar('T', bound='pkg.old.Engine')\n"
    right = text.replace("pkg.old", "pkg.new")
    assert verified({"use.py": text}, {"use.py": right}) == []
    spoilt = right.replace("import pkg.new\n", "import pkg\n")
    assert blamed(verified({"use.py": text}, {"use.py": spoilt})) == {"use.py"}
