"""The comparison of code that audits and plans share."""

import ast

import pytest

from unfork.reading.same_code import default_values, same_code


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("x = 1", "x   =  1  # one", True),
        ("x = 1", "x = True", False),
        ("x = 1", "x = 1.0", False),
        ("def f(a, *, b=2): return a", "def f(a, *, b=2):\n    return a", True),
        ("def f(a): return a", "async def f(a): return a", False),
        ("x: int = 1", "x = 1", False),
        ("f(a)", "f(a, b)", False),
    ],
)
def test_code_is_the_same_regardless_of_layout(one: str, other: str, same: bool) -> None:
    left, right = ast.parse(one).body, ast.parse(other).body
    assert same_code(left, right) is same
    assert (list(map(ast.dump, left)) == list(map(ast.dump, right))) is same


def test_a_name_may_be_another() -> None:
    one, other = ast.parse("def f(): return f()").body, ast.parse("def g(): return g()").body
    assert not same_code(one, other)
    assert same_code(one, other, {"f": "g"})
    assert not same_code(other, one, {"f": "g"})
    assert not same_code(None, one)


def test_defaults_by_parameter() -> None:
    (node,) = ast.parse("def f(a, b=1, /, c=2, *d, e, f=3, **g): ...").body
    assert isinstance(node, ast.FunctionDef)
    values = {name: ast.unparse(value) for name, value in default_values(node.args).items()}
    assert values == {"b": "1", "c": "2", "f": "3"}
    assert list(values) == ["b", "c", "f"]
