"""The HTML report in a browser, used by mouse and keyboard on a telephone and on a desk, light and dark.

    pip install selenium pillow
    python tests/lab/browser.py                  the report on the engines, and on a project of 90 groups
    python tests/lab/browser.py --shots docs     and the pictures that docs/audit.md shows

Needs chromium and chromedriver. Prints a line for each check; exits with 1 where one fails.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image
from selenium.webdriver import Chrome, ChromeOptions, ChromeService
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from chromium import FLAGS

from unfork.audit.report.html import html_text
from unfork.audit.run import audit_tree
from unfork.files.tree import WorkTree

ENGINES = Path(__file__).parents[2] / "testdata" / "repos" / "engines" / "before"
GROUPS = 90
PHONE, DESK = (390, 844), (1440, 1300)
TALLEST = 12_000
READABLE = 4.5  # the contrast that WCAG 2.2 AA asks for
ITS_FLAGS = (
    *FLAGS,
    "--force-prefers-reduced-motion",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
)
FOLDS = "document.querySelectorAll('details').forEach((fold) => { fold.open = arguments[0]; })"
CONTRAST = """
    const channels = (colour) => colour.match(/[\\d.]+/g).slice(0, 3).map((each) => {
      const part = each / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    const light = (colour) => { const [r, g, b] = channels(colour); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
    const ground = (each) => {
      for (; each; each = each.parentElement) {
        const colour = getComputedStyle(each).backgroundColor;
        if (!/, 0\\)$/.test(colour)) return colour;
      }
      return "rgb(255, 255, 255)";
    };
    const faint = {};
    const texts = "p, li, li span, a[href], code, small, .notes, th, td, summary, pre span, label";
    for (const each of document.querySelectorAll(texts)) {
      if (each.closest("svg") || !each.offsetHeight) continue;
      const [a, b] = [light(getComputedStyle(each).color), light(ground(each))].sort((x, y) => y - x);
      const found = (a + 0.05) / (b + 0.05);
      if (found < arguments[0]) faint[each.tagName + "." + each.className] = found.toFixed(2);
    }
    return faint;
"""


def large_project(root: Path) -> None:
    """Write a project with 90 groups of copies that have long names."""
    package = root / "orchestration" / "execution_pipeline_management"
    package.mkdir(parents=True)
    for folder in (package, package.parent):
        (folder / "__init__.py").touch()
    lines = []
    for at in range(GROUPS):
        methods = (
            f"    def step_{n}(self, value):\n        self.kept_{n} = value * {at} + {n}\n"
            f"        return [value] * {n}\n"
            for n in range(5)
        )
        text = f"class Worker{at}:\n" + "".join(methods)
        for suffix in ("", "_v2"):
            name = f"a_module_with_a_name_that_is_longer_than_any_line_of_a_telephone_{at}{suffix}"
            (package / f"{name}.py").write_text(text, encoding="utf-8")
            lines.append(f"from orchestration.{package.name}.{name} import Worker{at}\n")
    (root / "main.py").write_text("".join(lines) + "Worker0()\n", encoding="utf-8")


@contextmanager
def browser(profile: Path) -> Iterator[Chrome]:
    """Start the browser, without any network and with a profile of its own."""
    options = ChromeOptions()
    options.binary_location = shutil.which("chromium") or shutil.which("chromium-browser") or ""
    for flag in (*ITS_FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = Chrome(options=options, service=ChromeService(shutil.which("chromedriver")))
    try:
        yield driver
    finally:
        driver.quit()


class Page:
    """A report in the browser, on one screen and in one colour scheme; notes what fails."""

    def __init__(self, driver: Chrome, file: Path) -> None:
        self.driver, self.file = driver, file
        self.failed = 0

    def open(self, screen: tuple[int, int], scheme: str) -> None:
        width, height = screen
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1}
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride", {**metrics, "mobile": screen == PHONE}
        )
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        self.driver.get("about:blank")
        self.driver.get(self.file.as_uri())
        self.where = f"{self.file.stem}, {width} pixels, {scheme}"

    def js(self, script: str, *values: object) -> Any:
        return self.driver.execute_script(script, *values)

    def press(self, *keys: str) -> None:
        ActionChains(self.driver).send_keys(*keys).perform()

    def check(self, what: str, holds: bool, seen: object = "") -> None:
        self.failed += not holds
        print(
            f"{'ok  ' if holds else 'FAIL'} {self.where}: {what}"
            + (f" ({seen})" if seen != "" else "")
        )

    def layout(self) -> None:
        """How wide and tall it is, folded and opened, and whether its words can be read."""
        size = (
            "const e = document.documentElement; return [innerWidth, e.scrollWidth, e.scrollHeight]"
        )
        for opened in (False, True):
            if opened:
                self.js(FOLDS, True)
            shown, wide, tall = self.js(size)
            state = "all open" if opened else "folded"
            self.check(
                f"{state}, no sideways scrolling", wide <= shown == self.width, f"{wide} wide"
            )
            if not opened:
                self.check(f"under {TALLEST} pixels", tall < TALLEST, tall)
        faint = self.js(CONTRAST, READABLE)
        self.check(f"contrast of all text at least {READABLE}", not faint, faint or "")
        self.js(FOLDS, False)

    @property
    def width(self) -> int:
        return int(self.where.split(", ")[1].split()[0])

    def folding(self) -> None:
        """A click on the line of a group opens it, another shuts it."""
        card = self.driver.find_element("css selector", ".card")
        seen = []
        for _ in range(2):
            card.find_element("css selector", "summary").click()
            seen.append(card.get_property("open"))
        self.check("a click opens a group, another shuts it", seen == [True, False], seen)

    def keyboard(self) -> None:
        """Tab leads to every group; Enter and Space open and shut; nothing focused is covered."""
        self.js("scrollTo(0, 0); document.activeElement.blur()")
        on_card = "return document.activeElement.matches('.card > summary')"
        presses = 0
        while presses < 60 and not self.js(on_card):
            self.press(Keys.TAB)
            presses += 1
        self.check("tab leads to a group", self.js(on_card), f"{presses} presses")
        style = "return getComputedStyle(document.activeElement).outlineStyle"
        self.check("its focus can be seen", self.js(style) != "none")
        is_open = "return document.activeElement.parentElement.open"
        for first, second in ((Keys.ENTER, Keys.ENTER), (Keys.SPACE, Keys.SPACE)):
            self.press(first)
            opened = self.js(is_open)
            self.press(second)
            name = "Enter" if first == Keys.ENTER else "Space"
            self.check(f"{name} opens and shuts it", [opened, self.js(is_open)] == [True, False])
        self.js(
            "const all = document.querySelectorAll('.card > summary'); all[all.length - 1].focus()"
        )
        hidden = """
            const box = document.activeElement.getBoundingClientRect();
            const bar = document.querySelector(".search");
            return !bar.contains(document.activeElement) && box.top < bar.getBoundingClientRect().bottom - 1
              && box.bottom > bar.getBoundingClientRect().top;
        """
        covered = 0
        for _ in range(self.js("return document.querySelectorAll('.card').length")):
            covered += self.js(hidden)
            ActionChains(self.driver).key_down(Keys.SHIFT).send_keys(Keys.TAB).key_up(
                Keys.SHIFT
            ).perform()
        self.check(
            "going back, the search covers no focused line", covered == 0, f"{covered} covered"
        )

    def links(self) -> None:
        """A link to something folded opens it, below the search."""
        seen = self.js("""
            const target = document.querySelector(".card .module");
            location.hash = target.id;
            return target.id;
        """)
        result = self.driver.execute_async_script(
            """
            const [id, done] = arguments;
            setTimeout(() => {
              const target = document.getElementById(id);
              const bar = document.querySelector(".search").getBoundingClientRect();
              const top = target.getBoundingClientRect().top;
              done([target.closest("details").open, top >= bar.bottom - 1 || top <= bar.top - 1, top, bar.bottom]);
            }, 300);
            """,
            seen,
        )
        self.check("a link opens what it leads to", result[0])
        self.check(
            "and the search does not cover it",
            result[1],
            f"at {result[2]:.0f}, search to {result[3]:.0f}",
        )

    def graphs(self) -> None:
        """Space on a module of a picture picks it, and does not scroll the page."""
        self.js(FOLDS, True)
        is_visible = self.js("""
            const nodes = [...document.querySelectorAll(".graph a, .graph .node[tabindex]")];
            const node = nodes.find((each) => each.getClientRects().length);
            node?.focus();
            return Boolean(node);
        """)
        if not is_visible:
            print(f"     {self.where}: no picture is shown")
            return
        before = self.js("return scrollY")
        self.press(Keys.SPACE)
        picked = self.js(
            "return document.activeElement.closest('.graph')?.classList.contains('picked') ?? false"
        )
        after = self.js("return scrollY")
        self.check("Space picks a module of a picture", picked)
        self.check("without scrolling", before == after, f"{before} to {after}")
        self.js(FOLDS, False)

    def search(self) -> None:
        """`/` leads to it; it leaves what fits; Escape brings all back."""
        self.js("document.activeElement.blur()")
        shown = "return [...document.querySelectorAll('.card')].filter((card) => card.offsetHeight).length"
        total = self.js(shown)
        self.press("/")
        self.check("/ leads to the search", self.js("return document.activeElement.id") == "search")
        title = self.js("return document.querySelector('.card code').textContent")
        self.press(title.upper())
        one = self.js(shown)
        said = self.js("return document.querySelector('.search output').textContent")
        self.check(
            "it leaves the groups that fit",
            one >= 1 and (one < total or total == 1) and said == f"{one} of {total}",
            said,
        )
        self.press(" no-such-word")
        self.check("or none", self.js(shown) == 0)
        self.press(Keys.ESCAPE)
        self.check("Escape brings all back", self.js(shown) == total)

    def silence(self) -> None:
        """No error, no request."""
        faults = [
            entry["message"]
            for entry in self.driver.get_log("browser")
            if entry["level"] == "SEVERE"
        ]
        loaded = self.js("return performance.getEntriesByType('resource').length")
        self.check("no error, nothing loaded", not faults and loaded == 0, faults or "")

    def colours(self, scheme: str) -> None:
        """The ground is dark where dark is asked for."""
        colour = self.js("return getComputedStyle(document.body).backgroundColor")
        is_dark = sum(map(int, colour[4:-1].split(", ")[:3])) < 384
        self.check(f"the ground is {scheme}", is_dark == (scheme == "dark"), colour)

    def all(self, screen: tuple[int, int], scheme: str) -> None:
        self.open(screen, scheme)
        self.colours(scheme)
        self.layout()
        for part in (
            self.folding,
            self.keyboard,
            self.links,
            self.graphs,
            self.search,
            self.silence,
        ):
            self.open(screen, scheme)
            part()

    def shoot(self, folder: Path) -> None:
        """Take the four pictures of the docs: what one sees first, in few colours."""
        for screen, name in ((DESK, "audit"), (PHONE, "audit-phone")):
            for scheme in ("light", "dark"):
                self.open(screen, scheme)
                image = Image.open(BytesIO(self.driver.get_screenshot_as_png())).convert("RGB")
                few = image.quantize(
                    64, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE
                )
                out = folder / f"{name}-{scheme}.png"
                few.save(out, optimize=True)
                print(f"     {out}: {image.width} x {image.height}, {out.stat().st_size} bytes")


def main() -> int:
    """Check both reports on both screens in both schemes."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--shots", type=Path, metavar="FOLDER", help="take the pictures, too")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        shutil.copytree(ENGINES, folder / "engines", ignore=shutil.ignore_patterns("__pycache__"))
        large_project(folder / "large")
        with browser(folder / "profile") as driver:
            failed = 0
            for project in ("engines", "large"):
                file = folder / f"{project}.html"
                file.write_text(
                    html_text(audit_tree(WorkTree(folder / project), jobs=1)), encoding="utf-8"
                )
                page = Page(driver, file)
                for screen in (PHONE, DESK):
                    for scheme in ("light", "dark"):
                        page.all(screen, scheme)
                if options.shots and project == "engines":
                    page.shoot(options.shots)
                failed += page.failed
    print(f"{failed} checks failed" if failed else "all checks hold")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
