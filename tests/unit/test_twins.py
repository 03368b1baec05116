"""Which changes of twins make a difference (UF104), and which do not."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from unfork.planning.twins import difference_mark, module_parts
from unfork.reading.source import Source

_TEXT = '''\
"""A scanner."""

LIMIT = 3


class Scanner:
    """Scans."""

    size = 1

    @property
    def depth(self):
        # the depth
        return self.size

    def run(self, path):
        """Run."""

        return """
        # not a comment
        """


if LIMIT:

    def helper():
        return 1
'''

_LINES = st.lists(st.sampled_from("abcdef"), max_size=8)


def _parts(text: str) -> dict[str, tuple[str, ...]]:
    read = module_parts(Source.read("m.py", text.encode()))
    return {name: part.lines for name, part in read.items()}


def test_parts_are_definitions_methods_and_the_rest() -> None:
    """A class comes without its methods; what is nested in a condition belongs to the module's own statements."""
    assert _parts(_TEXT) == {
        "Scanner": ("class Scanner:", "    size = 1"),
        "Scanner.depth": (
            "    @property",
            "    def depth(self):",
            "        return self.size",
        ),
        "Scanner.run": (
            "    def run(self, path):",
            '        return """',
            "        # not a comment",
            '        """',
        ),
        "the module's own code": (
            "LIMIT = 3",
            "if LIMIT:",
            "    def helper():",
            "        return 1",
        ),
    }


def test_comments_docstrings_and_blank_lines_do_not_count() -> None:
    """The parts are the same with other comments, docstrings and blank lines."""
    other = _TEXT.replace("# the depth", "# how deep").replace('"""Run."""', '"""Go."""')
    assert _parts(other.replace("LIMIT = 3\n", "# Most.\nLIMIT = 3\n\n")) == _parts(_TEXT)


def test_a_comment_in_a_string_counts() -> None:
    """A line of a string is data, whatever it looks like."""
    assert _parts(_TEXT.replace("# not a comment", "# a comment")) != _parts(_TEXT)


def test_lines_count_as_the_parser_counts_them() -> None:
    """A form feed ends no line, a carriage return does."""
    text = "X = 1\x0c\ndef f():\r    return 1\r\ndef g():\n    return 2\n"
    parts = module_parts(Source.read("m.py", text.encode()))
    assert (parts["f"].line, parts["g"].line) == (2, 4)
    assert parts["g"].lines == ("def g():", "    return 2")


@given(_LINES, _LINES, st.integers(0, 8))
def test_the_same_change_to_both_keeps_the_mark(
    one: list[str], other: list[str], place: int
) -> None:
    """A new line at the same place after a shared beginning is no new difference."""
    shared = [f"shared {number}" for number in range(8)]
    changed = [*shared[:place], "new", *shared[place:]]
    assert difference_mark([*shared, *one], [*shared, *other]) == difference_mark(
        [*changed, *one], [*changed, *other]
    )


@given(_LINES, _LINES, st.integers(0, 8))
def test_a_change_to_one_changes_the_mark(one: list[str], other: list[str], place: int) -> None:
    """A new line on one side is another difference."""
    changed = [*one[:place], "new", *one[place:]]
    assert difference_mark(one, other) != difference_mark(changed, other)


def test_another_order_on_one_side_changes_the_mark() -> None:
    """Shared lines in another order are a difference of their own."""
    assert difference_mark(["a", "b", "x"], ["a", "b"]) != difference_mark(
        ["b", "a", "x"], ["a", "b"]
    )
