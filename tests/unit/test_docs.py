"""What the documentation names is there: files, functions, and links to other pages."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "tests").rglob("*.md")])
SOURCES = {
    path.relative_to(ROOT / folder).as_posix().removeprefix("unfork/"): path
    for folder in ("src", "codemods", "tests")
    for path in (ROOT / folder).rglob("*.py")
}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text)
    local = [link for link in links if "://" not in link and not link.startswith("mailto:")]
    assert [link for link in local if not (page.parent / link).exists()] == []


def test_the_way_of_one_import_names_functions_that_exist() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([\w/]+\.py)` \| ([^|]+) \|", page, re.M)
    assert len(rows) > 10
    for file, functions in rows:
        tree = ast.parse(SOURCES[file].read_text(encoding="utf-8"))
        defined = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        assert set(re.findall(r"`(\w+)`", functions)) <= defined, file


def test_the_architecture_page_names_files_that_exist() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    known = {name.rpartition("/")[2] for name in SOURCES} | set(SOURCES)
    assert set(re.findall(r"`([\w/]+\.py)`", page)) - known == set()
