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


SITE_PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCE = re.compile(r"^(`{3,}).*?^\1`*$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as the repository's host and the site make them."""
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    slugs: set[str] = set()
    for heading in re.findall(r"^#+ +(.+?) *#*$", text, re.MULTILINE):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        slug = re.sub(r"[^\w\- ]", "", plain.replace("*", "")).replace(" ", "-")
        slugs.add(slug)
    return slugs


@pytest.mark.parametrize("page", SITE_PAGES, ids=lambda page: page.name)
def test_links_lead_to_headings(page: Path) -> None:
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    for link in LINK.findall(text):
        path, _, anchor = link.partition("#")
        if "://" in link or not anchor:
            continue
        target = page.parent / path if path else page
        assert anchor in anchors(target), link


def test_the_site_has_every_page_in_the_order_of_the_overview() -> None:
    site = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:\n")[2]
    listed = re.findall(r"- (?:[\w ]+: )?([\w-]+\.md)$", site, re.MULTILINE)
    overview = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    assert listed == ["README.md", *re.findall(r"\]\(([\w-]+\.md)\)", overview)]
    assert sorted(listed) == [page.name for page in SITE_PAGES[1:]]
