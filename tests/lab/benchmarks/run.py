"""``make bench``: measure unfork and its peers, print the goals beside what was measured, and keep the results."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import goal_again
import goal_find
import goal_growth
import goal_hook
import goal_memory
import goal_write
import painting
import peers
import profiled
from corpus import cache_folder, prepared
from lab import Lab
from machine import about
from page import page, table
from results import Section, load, save

DOCS = Path(__file__).parents[3] / "docs"

PARTS: Mapping[str, Callable[[Lab], Section]] = {
    "find": goal_find.measure,
    "write": goal_write.measure,
    "hook": goal_hook.measure,
    "memory": goal_memory.measure,
    "files": goal_growth.measure_files,
    "redirects": goal_growth.measure_redirects,
    "again": goal_again.measure,
    "paint": painting.measure,
    "libcst": peers.measure_libcst,
}
ON_REQUEST: Mapping[str, Callable[[Lab], Section]] = {
    "rope": peers.measure_rope,
    **{f"profile-{what}": partial(profiled.measure, what=what) for what in profiled.RUNS},
}


def main() -> None:
    asked = _asked()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))
    cache = cache_folder()
    lab = Lab(asked.python.absolute(), cache, prepared(cache), asked.rounds)
    print("compiling the bytecode of the environment", file=sys.stderr)
    lab.compile_all()
    lab.restore()
    kept = {} if asked.no_docs else load(DOCS / "benchmarks.json")
    every = {**PARTS, **ON_REQUEST}
    for name in asked.parts or PARTS:
        print(f"measuring: {name}", file=sys.stderr)
        section = every[name](lab)
        kept[name] = section
        _show(section)
        if not asked.no_docs:
            _keep(lab, [kept[title] for title in every if title in kept])


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    names = [*PARTS, *ON_REQUEST]
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(names)}")
    parser.add_argument("--rounds", type=int, default=5, help="how often each command is timed")
    help_ = "the interpreter of the environment to measure (default: this one)"
    parser.add_argument("--python", type=Path, default=Path(sys.executable), help=help_)
    parser.add_argument("--no-docs", action="store_true", help="print only, keep nothing")
    asked = parser.parse_args()
    if unknown := [name for name in asked.parts if name not in names]:
        parser.error(f"no part {unknown[0]}: {', '.join(names)}")
    return asked


def _show(section: Section) -> None:
    if section.rows:
        print(table(section.rows))
    for note in (*section.notes, section.text):
        print(note)
    print(flush=True)


def _keep(lab: Lab, sections: list[Section]) -> None:
    known = about(lab)
    save(DOCS / "benchmarks.json", sections, known)
    (DOCS / "benchmarks.md").write_text(page(sections, known), encoding="utf-8")


if __name__ == "__main__":
    main()
