"""The report as one self-contained HTML file: it needs no network, no fonts and no other files."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import TYPE_CHECKING

from unfork.audit.blocks import Block, split_code_spans
from unfork.audit.report.html.graph import WIDTH
from unfork.audit.report.html.page import page_of
from unfork.audit.result import Audit
from unfork.escape import escaped_text
from unfork.pages import page_environment

if TYPE_CHECKING:
    from markupsafe import Markup


def html_text(audit: Audit) -> str:
    """Return the report as an HTML page. Raises UnforkError if Jinja, which renders the template, is not installed."""
    environment = page_environment("the HTML report")
    environment.filters.update(marked=_code_spans_to_html, breakable=_breakable, kind=_block_kind)
    folder = files("unfork.audit.report.html")
    template, style, script = (
        folder.joinpath(name).read_text(encoding="utf-8")
        for name in ("page.html", "page.css", "page.js")
    )
    text = environment.from_string(template).render(
        page=page_of(audit), style=style, script=script, width=WIDTH
    )
    return text.rstrip("\n") + "\n"


def _code_spans_to_html(text: str) -> Markup:
    """Return a text as HTML, with everything between backticks as code."""
    from markupsafe import Markup, escape

    return Markup("").join(
        Markup("<code>{}</code>").format(_breakable(piece))
        if is_code
        else escape(escaped_text(piece))
        for piece, is_code in split_code_spans(text)
    )


def _breakable(text: str) -> Markup:
    """Return a name or path as HTML that may break after its dots, slashes and underscores."""
    from markupsafe import Markup, escape

    pieces = re.split(r"(?<=[./_])(?=\w)(?!pyi?\b)", escaped_text(text))
    return Markup("<wbr>").join(map(escape, pieces))


def _block_kind(block: Block) -> str:
    return type(block).__name__
