"""The cases of lazy imports (PEP 810), on a Python that cannot parse them yet but is told what their trees are.

``lazy import a`` is parsed as two statements, ``lazy;import a``, the second of which then begins where the first does.
Where Python knows the grammar, these cases are run as all others are (test_cases.py).
"""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import pytest
from cases import Case, all_cases, carried_out, disagreements, plan_of, write

from unfork.reading import source

LAZY = re.compile(rb"(?m)((?:^|;)[ \t]*lazy)[ \t](?=(?:[ \t]|\\\n)*(?:from|import)\b)")
CASES = [case for case in all_cases() if case.options.get("python") == "3.15"]
KNOWN = sys.version_info >= (3, 15)


def _parsed(text: bytes | str) -> ast.Module:
    data = text.encode() if isinstance(text, str) else text
    tree = ast.parse(LAZY.sub(rb"\1;", data))
    at = 0
    while at < len(tree.body):
        match tree.body[at : at + 2]:
            case [
                ast.Expr(value=ast.Name(id="lazy")) as word,
                ast.Import() | ast.ImportFrom() as node,
            ]:
                node.lineno, node.col_offset = word.lineno, word.col_offset
                node.is_lazy = 1  # type: ignore[union-attr]
                del tree.body[at]
            case _:
                at += 1
    return tree


def _parses(text: bytes) -> bool:
    try:
        _parsed(text)
    except SyntaxError:
        return False
    return True


@pytest.mark.skipif(KNOWN, reason="this Python parses them itself")
@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in CASES])
def test_lazy_imports_before_3_15(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = write(case.before, tmp_path)
    assert plan_of(case, root).left, "this Python is not told yet"
    monkeypatch.setattr(source, "parse_quietly", _parsed)
    monkeypatch.setattr(source, "parses_as_module", _parses)
    monkeypatch.setattr(source.Source, "compiles", lambda self: _parsed(self.data))
    plan = plan_of(case, root)
    assert carried_out(plan, root) == (case.after or {})
    assert not disagreements(case.left, plan.left)
    assert not plan_of(case, root).changes
