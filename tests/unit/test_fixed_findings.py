"""What a change is said to fix is what it fixes."""

from __future__ import annotations

from memory import MemoryTree

from unfork.planning.pipeline import make_plan
from unfork_codemods.migration import Migration, by_kind
from unfork_codemods.redirect import Redirect
from unfork_codemods.step import Target

PROJECT = {
    "p/__init__.py": b"",
    "p/old.py": b"class Inner: pass\ndef helper(): pass\n",
    "p/new.py": b"class Outer:\n    class Inner: pass\ndef helper(): pass\n",
}
MOVE = Redirect("p.old", "p.new", {"Inner": Target("p.new", "Outer.Inner")})
MIGRATION = Migration("m", "m.toml", steps=by_kind([MOVE]))


def test_a_name_that_stays_beside_one_that_moves_is_not_said_to_be_fixed() -> None:
    text = b"def f():\n    from p.old import Inner, helper\n    Inner = Inner or None\n"
    plan = make_plan(MemoryTree({**PROJECT, "use.py": text}), [MIGRATION], jobs=1)
    assert [site.name for change in plan.changes for site in change.sites] == ["helper"]
    assert [finding.name for finding in plan.left] == ["Inner"]


def test_a_name_that_is_an_attribute_now_is_written_as_python_has_it() -> None:
    text = b"from p.old import Inner\n\nprint(Inner)\n"
    plan = make_plan(MemoryTree({**PROJECT, "use.py": text}), [MIGRATION], jobs=1)
    (site,) = (site for change in plan.changes for site in change.sites)
    assert site.message.endswith("write: from p.new import Outer, and Outer.Inner for Inner")
