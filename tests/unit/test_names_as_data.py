"""Which texts made of ``__module__`` may be the path of a definition."""

from __future__ import annotations

import pytest

from unfork.reading.names_as_data import place_of_keys_by_origin
from unfork.reading.source import Source


def _place(text: str) -> int | None:
    return place_of_keys_by_origin(Source.read("a.py", text.encode()))


@pytest.mark.parametrize(
    "text",
    [
        'f"{f.__module__}.{f.__name__}"',
        'cls.__module__ + "." + cls.__qualname__',
        '".".join((f.__module__, f.__name__))',
        '"%s:%s" % (f.__module__, f.__name__)',
        '"%(m)s.%(n)s" % {"m": f.__module__, "n": name}',
        '"{}.{}".format(f.__module__, f.__name__)',
        '"{m}.{n}".format(m=f.__module__, n=name)',
        '"{1}.{0}".format(name, f.__module__)',
        'f"{f.__module__}.{prefix}{name}"',
    ],
)
def test_a_path(text: str) -> None:
    assert _place(text) == 1


@pytest.mark.parametrize(
    "text",
    [
        "f.__module__",
        '"%s" % f.__module__',
        '"%d.%s" % (1, f.__module__)',
        'f"<{f.__module__}.{name}>"',
        'f"{f.__module__}.{a}.{b}"',
        'f"{f.__module__}, {a}"',
        '"%s %s" % (f.__module__, 1)',
        '".".join(parts)',
    ],
)
def test_no_path(text: str) -> None:
    assert _place(text) is None
