from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unfork.loading.toml_lines import Where, key_lines

ALL_FORMS = '''\
a = 1
b . c."d.e" = [ # ] a comment
  "x]", 'y"',
  """a long " "" ] \\""" = line
""""", { k = "v}", l.m = [ 1, 2 ] }, 1979-05-27 07:32:00, # another
]
[[redirect]]
from="a"
[redirect.names]
X = "1" # = [
  [ [ redirect ] ]
from = """
\'\'\' = [
"""
names = { Q = "r", "s\\u0041" = 't' }
[[redirect.sub]]
q = 1
[[redirect.sub]]
q = 2
[ "quo ted" . 'x' ]
z.y = 1
w = {}
'''.replace("[ [ redirect ] ]", "[[ redirect ]]")

EXPECTED: dict[Where, int] = {
    (): 1,
    ("a",): 1,
    ("b", "c", "d.e"): 2,
    ("b", "c", "d.e", 1): 3,
    ("b", "c", "d.e", 2): 4,
    ("b", "c", "d.e", 3, "l", "m", 1): 5,
    ("b", "c", "d.e", 4): 5,
    ("redirect",): 7,
    ("redirect", 0): 7,
    ("redirect", 0, "from"): 8,
    ("redirect", 0, "names"): 9,
    ("redirect", 0, "names", "X"): 10,
    ("redirect", 1): 11,
    ("redirect", 1, "from"): 12,
    ("redirect", 1, "names", "sA"): 15,
    ("redirect", 1, "sub", 0, "q"): 17,
    ("redirect", 1, "sub", 1): 18,
    ("redirect", 1, "sub", 1, "q"): 19,
    ("quo ted",): 20,
    ("quo ted", "x"): 20,
    ("quo ted", "x", "z", "y"): 21,
    ("quo ted", "x", "w"): 22,
}


def test_all_forms() -> None:
    lines = key_lines(ALL_FORMS)
    assert {where: lines[where] for where in EXPECTED} == EXPECTED
    assert set(lines) == set(_wheres(tomllib.loads(ALL_FORMS)))


def _wheres(value: object, where: Where = ()) -> Iterator[Where]:
    yield where
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _wheres(inner, (*where, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _wheres(inner, (*where, index))


@pytest.mark.parametrize(
    "path", ["pyproject.toml", "codemods/unfork_codemods/migrations/execution_engines.toml"]
)
def test_real_files(path: str) -> None:
    text = (Path(__file__).parents[2] / path).read_text(encoding="utf-8")
    lines = key_lines(text)
    assert set(lines) == set(_wheres(tomllib.loads(text)))
    for where, line in lines.items():
        if where and isinstance(where[-1], str):
            assert where[-1] in text.splitlines()[line - 1]


_SCALARS = st.one_of(
    st.sampled_from(
        ["1", "-0.5e3", "true", "1979-05-27 07:32:00", "'[=#'", '"""\n"]\n"""', '"\\""']
    ),
    st.sampled_from(["'''\n'''", "''", '""', '"# \\\\"', "''''a' ''' # '''", "07:32:00"]),
)
_KEYS = st.sampled_from(["a", "b-2", "'c.d'", '"e\\u0041"', "1"])


def _arrays(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    listed = st.lists(inner, max_size=3).map(lambda parts: "[ #,]\n " + ",\n".join(parts) + "\n]")
    pairs = st.dictionaries(_KEYS, inner, max_size=3)
    tables = pairs.map(
        lambda d: "{" + ", ".join(f"{key} = {value}" for key, value in d.items()) + "}"
    )
    return st.one_of(listed, tables)


@given(st.lists(st.tuples(_KEYS, st.recursive(_SCALARS, _arrays, max_leaves=6)), max_size=5))
def test_every_value_of_a_valid_text_has_a_line(pairs: list[tuple[str, str]]) -> None:
    text = "".join(f"[[t.u]]\n{key} = {value}\n" for key, value in pairs)
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return  # inline tables may not go over lines in TOML 1.0
    assert set(key_lines(text)) == set(_wheres(values))
