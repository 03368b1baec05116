"""What methods and slices make of a text: nothing is told where Python would fail, too."""

from __future__ import annotations

import ast

import pytest

from unfork.reading.text_methods import derived_text
from unfork.verification.made_texts import text_made

TEXT = "app.old"


@pytest.mark.parametrize(
    ("expression", "made"),
    [
        ("t.upper()", "APP.OLD"),
        ("t.replace('old', 'new')", "app.new"),
        ("t.rpartition('.')[0]", "app"),
        ("t.split('.')[-1]", "old"),
        ("t[:3]", "app"),
        ("t[4:]", "old"),
        ("t[::-1]", "dlo.ppa"),
    ],
)
def test_texts_made(expression: str, made: str) -> None:
    assert _made(expression) == made


@pytest.mark.parametrize(
    "expression",
    [
        "t[::0]",
        "t[:n]",
        "t[0]",
        "t.replace('old', b'new')",
        "t.replace('old')",
        "t.split('')[0]",
        "t.split('.')[7]",
        "t.split('.', 10 ** 30)[0]",
        f"t.split('.', {10**30})[0]",
        "t.upper(*given)",
        "t.center(99)",
    ],
)
def test_nothing_is_told(expression: str) -> None:
    assert _made(expression) is None


def _made(expression: str) -> str | None:
    derived = derived_text(ast.parse(expression, mode="eval").body)
    return derived.of(TEXT) if derived is not None else None


@pytest.mark.parametrize("expression", ["t[::0]", "t.split('')[0]", f"t.split('.', {10**30})[0]"])
def test_the_verifier_tells_nothing_either(expression: str) -> None:
    assert text_made(ast.parse(expression, mode="eval").body, TEXT) is None
