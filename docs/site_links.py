"""A hook of mkdocs: links of docs/ to files elsewhere in the repository lead to the repository."""

from __future__ import annotations

import posixpath
import re
from typing import Any

_LINK = re.compile(r"\]\((\.\./[^)\s]+)\)")


def on_page_markdown(markdown: str, /, *, page: Any, config: Any, **_: Any) -> str:
    """Return a page with its links that leave docs/ as addresses below ``repo_url``."""
    folder = posixpath.join("docs", posixpath.dirname(page.file.src_uri))

    def address(link: re.Match[str]) -> str:
        path = posixpath.normpath(posixpath.join(folder, link.group(1)))
        if path.startswith("docs/"):
            return link.group()
        return f"]({config.repo_url.rstrip('/')}/blob/main/{path})"

    return _LINK.sub(address, markdown)
