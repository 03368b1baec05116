"""The report as one HTML file."""

from __future__ import annotations

from unfork.audit.result import Audit


def html_text(found: Audit) -> str:
    """Return the report as a page that needs nothing else."""
    raise NotImplementedError
