"""Pages in HTML: the one way in which templates are filled in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unfork.errors import UnforkError
from unfork.escape import escaped_text

if TYPE_CHECKING:
    from jinja2 import Environment


def page_environment(what: str) -> Environment:
    """Return what fills in templates, with ``shown`` as the filter for texts of users.

    Raises UnforkError, which says that ``what`` needs Jinja, if that is not installed.
    """
    try:
        from jinja2 import Environment, StrictUndefined
    except ModuleNotFoundError:
        raise UnforkError(f"{what} needs Jinja: pip install 'unfork[html]'") from None
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["shown"] = escaped_text
    return environment
