"""Where a finding about a text that a plan has changed already stands in the text that the user has."""

from __future__ import annotations

from collections.abc import Sequence

from unfork.reading.source import Source, Unparsable
from unfork.values import Finding
from unfork_codemods.edits import Edit, origin_of


def place_before(finding: Finding, before: bytes, after: bytes, edits: Sequence[Edit]) -> Finding:
    """Return a finding about ``after``, which ``edits`` made of ``before``, at its place in ``before``.

    What is about a new text is told where the replaced text begins.
    """
    try:
        old, new = Source.read(finding.path, before), Source.read(finding.path, after)
    except Unparsable:
        return finding
    line, col = old.place_of(origin_of(edits, new.place(finding.line, finding.col)))
    return Finding(finding.path, line, col, finding.code, finding.message)
