"""A file that changes is read once and parsed once, for the planner and the verifier together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from memory import MemoryTree

from unfork.files.tree import WorkTree
from unfork.planning.pipeline import make_plan
from unfork.reading import source
from unfork.reading.code_tree import CodeTree
from unfork.reading.heads import Sources
from unfork_codemods.migration import Migration, by_kind
from unfork_codemods.redirect import Redirect
from unfork_codemods.step import Target

USE = b"from app.old import Quaint\n\nprint(Quaint())\n"
PROJECT = {
    "app/__init__.py": b"",
    "app/old.py": b"class Quaint:\n    pass\n",
    "app/new.py": b"class New:\n    pass\n",
    "use.py": USE,
}


def any_text(buffer: bytearray, size: int) -> bool:
    return True


def has_b(buffer: bytearray, size: int) -> bool:
    return b"b" in buffer[:size]


@dataclass(frozen=True)
class CountingTree(MemoryTree):
    """Files in memory, and how often each of them has been read."""

    reads: Counter[str] = field(default_factory=Counter)

    def read(self, path: str) -> bytes:
        self.reads[path] += 1
        return super().read(path)


def test_a_changed_file_is_read_and_parsed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[bytes | str] = []
    parse: Callable[[bytes | str], object] = source.parse_quietly
    monkeypatch.setattr(source, "parse_quietly", lambda text: parsed.append(text) or parse(text))
    tree = CountingTree(PROJECT)
    redirect = Redirect("app.old", "app.new", {"Quaint": Target("app.new", "New")})
    plan = make_plan(tree, [Migration("m", "m.toml", steps=by_kind([redirect]))], jobs=1)
    assert [change.path for change in plan.changes] == ["use.py"]
    assert tree.reads["use.py"] == 1
    assert parsed.count(USE) == 1


def test_a_text_is_kept_while_there_is_room() -> None:
    tree = CountingTree({"a.py": b"12345", "b.py": b"123456"})
    code = CodeTree(tree, room=10)
    for _ in range(2):
        assert (code.read("a.py"), code.read("b.py")) == (b"12345", b"123456")
    assert tree.reads == {"a.py": 1, "b.py": 2}


def test_texts_give_way_to_files_that_may_change() -> None:
    tree = CountingTree({"a.py": b"12345", "b.py": b"123456"})
    code = CodeTree(tree, room=9_000)
    assert [code.read("a.py"), code.read("b.py")] == [b"12345", b"123456"]
    code.reserve_for(2)
    code.read("a.py")
    assert tree.reads == {"a.py": 1, "b.py": 1}
    code.reserve_for(3)
    for _ in range(2):
        assert [code.read("a.py"), code.read("b.py")] == [b"12345", b"123456"]
    assert tree.reads == {"a.py": 3, "b.py": 3}


def test_a_kept_file_is_scanned_like_any_other(tmp_path: Path) -> None:
    texts = {"a.py": b"import a\n", "b.py": b"import b\n", "c.py": b"", "long.py": b"#" * 50}
    for name, text in texts.items():
        (tmp_path / name).write_bytes(text)
    code = CodeTree(WorkTree(tmp_path), room=100)
    code.read("a.py")
    (tmp_path / "a.py").unlink()
    assert dict(code.scan(texts, any_text, largest=20)) == {
        name: texts[name] for name in ("a.py", "b.py", "c.py")
    }
    assert dict(code.scan(texts, has_b)) == {"b.py": texts["b.py"]}
    assert dict(code.scan(["gone.py"], any_text)) == {"gone.py": None}


def test_a_file_with_another_text_is_another_file() -> None:
    files = Sources()
    first = files.read("a.py", b"x = 1\n")
    assert files.read("a.py", bytes(bytearray(b"x = 1\n"))) is first
    assert files.read("a.py", b"x = 2\n").data == b"x = 2\n"


def test_files_beyond_the_room_are_not_kept() -> None:
    files, long = Sources(room=9), b"#" * 10
    assert files.read("a.py", long) is not files.read("a.py", long)
