"""The HTML report, as text and in a real browser.

The browser is Debian's chromium. ``make test`` has ``tests/support/set_up_browser.sh`` install it where that is root's
to do; without one these tests are skipped.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from chromium import FLAGS

from unfork.audit.report.html import html_text
from unfork.audit.run import audit_tree
from unfork.errors import UnforkError
from unfork.files.tree import WorkTree

ENGINES = Path(__file__).parents[2] / "testdata" / "repos" / "engines" / "before"
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
in_browser = pytest.mark.skipif(
    BROWSER is None, reason="there is no chromium; tests/support/set_up_browser.sh installs it"
)
ITS_FLAGS = (*FLAGS, "--allow-file-access-from-files", "--virtual-time-budget=3000")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    copy = tmp_path_factory.mktemp("html").resolve() / "engines"
    shutil.copytree(ENGINES, copy, ignore=shutil.ignore_patterns("__pycache__", ".git"))
    return html_text(audit_tree(WorkTree(copy), jobs=1))


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.idents: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self.found += [v for k, v in attrs if k in ("href", "src", "srcset", "action") and v]
        self.idents += [named["id"] or ""] if "id" in named else []


def test_it_needs_nothing_else(page: str) -> None:
    links = _Links()
    links.feed(page)
    assert all(link.startswith(("#", "data:,")) for link in links.found)
    assert {link[1:] for link in links.found if link.startswith("#")} <= set(links.idents)
    assert len(links.idents) == len(set(links.idents))
    assert not re.search(r"https?://|@import|url\(", page)


def test_it_shows_all_there_is(page: str) -> None:
    for text in (
        "src.orchestration.job_execution_engine",
        "Before: as it is",
        "After: every question",
        "What hurts most",
        "broken imports",
        "from .job_state import",
        "[[repair]]",
        "UF101",
    ):
        assert text in page


def test_names_are_no_markup(tmp_path: Path) -> None:
    text = "from . import gone_a\n"
    (tmp_path / "<img src=x onerror=alert(1)>.py").write_text(text, encoding="utf-8")
    page = html_text(audit_tree(WorkTree(tmp_path), jobs=1))
    assert "<img" not in page
    assert "&lt;img" in page


def test_without_jinja_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(UnforkError, match=r"unfork\[html\]"):
        html_text(audit_tree(WorkTree(tmp_path), jobs=1))


def browse(folder: Path, page: str, *flags: str) -> str:
    """Return the page as the browser has it after its scripts ran, without any network."""
    assert BROWSER is not None
    file = folder / "page.html"
    file.write_text(page, encoding="utf-8")
    where = f"--user-data-dir={folder / 'profile'}"
    command = [BROWSER, *ITS_FLAGS, where, "--host-resolver-rules=MAP * ~NOTFOUND", *flags]
    done = subprocess.run(
        [*command, file.as_uri()], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def with_script(page: str, script: str) -> str:
    """Return the page with a script that notes what it sees in the title; errors are noted too."""
    first = "<script>window.faults = []; onerror = (m) => { faults.push(m); };</script>"
    last = (
        f"<script>document.title = (() => {{ {script} }})() + ' faults:' + faults.join();</script>"
    )
    return page.replace("<style>", first + "<style>", 1).replace("</body>", last + "</body>")


def noted(dom: str) -> str:
    match = re.search(r"<title>(.*?)</title>", dom, re.DOTALL)
    assert match is not None
    return match[1]


@in_browser
def test_clicking_a_module_shows_who_imports_it(page: str, tmp_path: Path) -> None:
    script = """
        const titled = [...document.querySelectorAll("#rivals svg title")];
        const named = titled.find((each) => each.textContent === "src.core.job_execution_engine");
        const node = named.closest(".node");
        const graph = node.closest(".graph");
        node.dispatchEvent(new MouseEvent("click", { bubbles: true }));
        const lit = graph.querySelectorAll(".node.on").length;
        const edges = graph.querySelectorAll(".edge.on").length;
        const target = document.querySelector(node.closest("a").getAttribute("href"));
        const rows = target.querySelectorAll("tbody tr").length;
        node.dispatchEvent(new MouseEvent("click", { bubbles: true }));
        const left = graph.classList.contains("picked");
        const loaded = performance.getEntriesByType("resource").length;
        return [lit, edges, target.querySelector("h4 code").textContent, rows, left, loaded].join();
    """
    seen = noted(browse(tmp_path, with_script(page, script), "--dump-dom"))
    assert seen == "10,9,src.core.job_execution_engine,12,false,0 faults:"


COPY = "class Worker{0}:\n" + "".join(
    f"    def step_{n}(self, value):\n        self.kept_{n} = value * {{0}} + {n}\n        return [value] * {n}\n"
    for n in range(5)
)
LONG = "a_module_with_a_name_that_is_longer_than_any_line_of_a_telephone"


@pytest.fixture(scope="module")
def large_page(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page of a project with 90 groups: of every third, nobody imports the copy."""
    root = tmp_path_factory.mktemp("large").resolve()
    package = root / "orchestration" / "execution_pipeline_management"
    package.mkdir(parents=True)
    for folder in (package, package.parent):
        (folder / "__init__.py").touch()
    lines = []
    for at in range(90):
        for suffix in ("", "_v2"):
            (package / f"{LONG}_{at}{suffix}.py").write_text(COPY.format(at), encoding="utf-8")
        modules = [f"{LONG}_{at}", *([f"{LONG}_{at}_v2"] if at % 3 else [])]
        lines += (f"from orchestration.{package.name}.{name} import Worker{at}" for name in modules)
    lines.append("if __name__ == '__main__':\n    Worker0()")
    (root / "main.py").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (root / "lost.py").write_text(f"from main import {LONG * 3}\n", encoding="utf-8")
    return html_text(audit_tree(WorkTree(root), jobs=1))


def on_phone(folder: Path, page: str, script: str = "") -> list[int]:
    """Return the width, the width of the contents and their height on a screen of 390 pixels, after a script."""
    host = f"""<!doctype html><title>waiting</title>
        <iframe src="phone.html" width="390" height="800" style="border: 0"></iframe>
        <script>document.querySelector("iframe").onload = (event) => {{
          const inside = event.target.contentDocument;
          {script};
          const page = inside.documentElement;
          document.title = [page.clientWidth, page.scrollWidth, page.scrollHeight].join();
        }};</script>"""
    (folder / "phone.html").write_text(page, encoding="utf-8")
    return list(map(int, noted(browse(folder, host, "--dump-dom")).split(",")))


@in_browser
def test_a_page_of_90_groups_is_short_until_it_is_opened(large_page: str, tmp_path: Path) -> None:
    assert large_page.count('<details class="card"') == 90
    width, contents, height = on_phone(tmp_path, large_page)
    assert (width, contents) == (390, 390)
    assert height < 12_000


@in_browser
def test_nothing_scrolls_sideways_once_all_is_open(large_page: str, tmp_path: Path) -> None:
    script = "inside.querySelectorAll('details').forEach((fold) => { fold.open = true; })"
    assert on_phone(tmp_path, large_page, script)[:2] == [390, 390]


def test_there_is_no_picture_of_what_does_not_change(large_page: str) -> None:
    cards = large_page.split('<details class="card"')[1:]
    drawn = ["<svg" in card for card in cards]
    imported = ["imported by nobody" not in card for card in cards]
    assert drawn == imported
    assert drawn.count(True) == 60


@in_browser
def test_a_search_leaves_the_groups_that_fit(large_page: str, tmp_path: Path) -> None:
    script = """
        const search = document.getElementById("search");
        const type = (text) => { search.value = text; search.dispatchEvent(new Event("input")); };
        const shown = () => [...document.querySelectorAll(".card")].filter((card) => card.offsetHeight).length;
        dispatchEvent(new KeyboardEvent("keydown", { key: "/" }));
        document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "/", bubbles: true }));
        const focused = document.activeElement === search;
        type("_17 ORCHESTRATION");
        const one = [shown(), document.querySelector("output").textContent];
        type("");
        return [focused, one, shown()].join();
    """
    seen = noted(browse(tmp_path, with_script(large_page, script), "--dump-dom"))
    assert seen == "true,1,1 of 90,90 faults:"


@in_browser
def test_a_link_opens_what_it_leads_to(page: str, tmp_path: Path) -> None:
    script = """
        const link = document.querySelector("svg a");
        const target = document.querySelector(link.getAttribute("href"));
        const before = target.closest("details").open;
        location.hash = link.getAttribute("href");
        dispatchEvent(new HashChangeEvent("hashchange"));
        link.focus();
        return [before, target.closest("details").open, document.activeElement === link].join();
    """
    seen = noted(browse(tmp_path, with_script(page, script), "--dump-dom"))
    assert seen == "false,true,true faults:"


@in_browser
def test_the_search_covers_nothing_that_a_link_leads_to(page: str, tmp_path: Path) -> None:
    script = """
        document.documentElement.style.scrollBehavior = "auto";
        const target = document.querySelector(".card .module");
        location.hash = target.id;
        dispatchEvent(new HashChangeEvent("hashchange"));
        const search = document.querySelector(".search").getBoundingClientRect();
        return [search.top, target.getBoundingClientRect().top >= search.bottom].join();
    """
    seen = noted(browse(tmp_path, with_script(page, script), "--dump-dom"))
    assert seen == "0,true faults:"


@in_browser
def test_a_search_for_a_title_as_it_is_shown_finds_its_group(
    large_page: str, tmp_path: Path
) -> None:
    script = """
        const search = document.getElementById("search");
        search.value = document.querySelector(".card summary code").textContent;
        search.dispatchEvent(new Event("input"));
        return [search.value[0], document.querySelector(".search output").textContent].join();
    """
    seen = noted(browse(tmp_path, with_script(large_page, script), "--dump-dom"))
    assert re.fullmatch(r"…,[1-9]\d? of 90 faults:", seen)


@in_browser
def test_space_picks_a_module_and_does_not_scroll(page: str, tmp_path: Path) -> None:
    script = """
        const node = document.querySelector(".graph a");
        const space = new KeyboardEvent("keydown", { key: " ", bubbles: true, cancelable: true });
        const scrolls = node.dispatchEvent(space);
        return [node.closest(".graph").classList.contains("picked"), scrolls].join();
    """
    seen = noted(browse(tmp_path, with_script(page, script), "--dump-dom"))
    assert seen == "true,false faults:"


@in_browser
def test_it_is_light_and_dark(page: str, tmp_path: Path) -> None:
    script = """
        const style = getComputedStyle(document.body);
        const light = (colour) => colour.match(/\\d+/g).slice(0, 3).reduce((a, b) => a + +b, 0) > 384;
        return [light(style.backgroundColor), light(style.color)].join();
    """
    text = with_script(page, script)
    light = browse(tmp_path, text, "--dump-dom", "--blink-settings=preferredColorScheme=1")
    dark = browse(tmp_path, text, "--dump-dom", "--blink-settings=preferredColorScheme=0")
    assert noted(light) == "true,false faults:"
    assert noted(dark) == "false,true faults:"


@in_browser
def test_it_fits_a_phone(page: str, tmp_path: Path) -> None:
    assert on_phone(tmp_path, page)[:2] == [390, 390]


@in_browser
def test_it_can_be_printed(page: str, tmp_path: Path) -> None:
    paper = tmp_path / "page.pdf"
    browse(tmp_path, page, f"--print-to-pdf={paper}", "--no-pdf-header-footer")
    data = paper.read_bytes()
    assert data.startswith(b"%PDF-")
    pages = re.findall(rb"/Type\s*/Page\b", data)
    assert 3 <= len(pages) <= 40
