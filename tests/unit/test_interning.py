"""What comes from other processes: equal values are one object, however many files say the same."""

from __future__ import annotations

import pickle
from typing import TypeVar

from unfork.values import Finding
from unfork.verification.facts import Access, Exports, Moves

_Value = TypeVar("_Value")


def received(value: _Value) -> _Value:
    """Return a value as it comes from another process."""
    copy: _Value = pickle.loads(pickle.dumps(value))
    return copy


def test_findings_that_say_the_same_share_their_texts() -> None:
    findings = [
        Finding(path, 3, 1, "UF001", f"Old comes from {path[2:]}", "app.old", "Old", fixable=True)
        for path in ("a/old.py", "b/old.py")
    ]
    first, second = map(received, findings)
    assert [first, second] == findings
    assert (first.module, first.name, first.fixable) == ("app.old", "Old", True)
    assert first.message is second.message
    assert first.name is second.name


def test_moves_of_the_same_names_share_their_bindings() -> None:
    before, after = ("app/old.py", "Old"), ("app/new.py", "New")
    moves = [
        Moves((Access(before, place, True, line),), Exports(moved=frozenset({"Old"})))
        for place, line in ((after, 1), (after, 7), (None, 9))
    ]
    first, second, lost = map(received, moves)
    assert [first, second, lost] == moves
    assert first.accesses[0].before is second.accesses[0].before is lost.accesses[0].before
    assert first.accesses[0].after is second.accesses[0].after
    assert (type(first.exports), first.exports is second.exports) == (Exports, True)
