"""Map findings about a text that the plan has already changed to the user's original text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from unfork.reading.source import Source, Unparsable
from unfork.values import Finding
from unfork_codemods.edits import Edit, origin_of


def place_before(finding: Finding, before: bytes, after: bytes, edits: Sequence[Edit]) -> Finding:
    """Return a finding about ``after``, which ``edits`` made from ``before``, at its position in ``before``.

    A finding about new text is placed at the start of the text that it replaced.
    """
    try:
        old, new = Source.read(finding.path, before), Source.read(finding.path, after)
    except Unparsable:
        return finding
    line, col = old.place_of(origin_of(edits, new.place(finding.line, finding.col)))
    return replace(finding, line=line, col=col)
