"""Cases as plain text, one a file below testdata/cases: what is there before a migration, and what comes of it.

    A name that is called differently is renamed at its uses.     one line: what the case shows
    python: 3.12                                                   options, if any
    === migration                                                  TOML; without it the folder's
    [[redirect]]
    from = "proj.legacy"
    to = "proj.canonical"
    --- use.py                                                     a file before
    from proj.legacy import Old
    === after                                                      the files that change; none: a no-op
    --- use.py
    from proj.canonical import New
    === left                                                       path:line:col CODE [part of the message], * any col
    use.py:3:1 UF006 names.lost
    === notes                                                      the same, of findings that are notes; optional

A ``_project.txt`` is a case of the same form without ``after``: its options, its migration and its files are those of
each case of its folder too, and of those below. A case with a migration of its own has no files but its own. Marks
behind a path say how the file is stored, ``--- use.py [crlf] [bom] [latin-1] [no-eol]``, after as before unless it says
otherwise (``[lf]``: none of them); ``[deleted]``: it is not there after; ``[absent]``: the project has it, the case has
not. A form feed is written as the sign for it, U+240C.

Options: ``python: 3.12`` (needs that version), ``xfail: what happens instead``, and those of tests/support/oracle.py.
Run this file to write the expectations of cases anew from what unfork does:
python tests/support/cases.py [PART_OF_NAME]...
"""

from __future__ import annotations

import codecs
import re
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

from unfork.files.tree import WorkTree
from unfork.loading.migration_file import migration_of as read_migration
from unfork.loading.tables import parse_table
from unfork.planning.pipeline import make_plan
from unfork.values import Finding, Plan
from unfork_codemods.migration import Migration

CASES = Path(__file__).parents[2] / "testdata" / "cases"
PROJECT = "_project.txt"
FORM_FEED = "\N{SYMBOL FOR FORM FEED}"
OPTIONS = frozenset({"python", "xfail", "oracle", "legacy", "before", "import"})

_LAYOUT = frozenset({"crlf", "bom", "no-eol", "lf"})
_PARTS = ("migration", "after", "left", "notes")
_FILE = re.compile(r"--- (?P<path>\S+)(?P<marks>(?: \[[\w-]+\])*)$")
_OPTION = re.compile(r"(?P<key>[a-z]+): (?P<value>.+)$")
_FOUND = re.compile(r"(?P<where>\S+:\d+:(?:\d+|\*) UF\d{3})(?: (?P<part>.+))?$")

Files = Mapping[str, bytes | None]
"""Texts by path; None: the file is not there."""


@dataclass(frozen=True)
class Case:
    """One case. ``base`` and ``own`` are the files before, ``after`` those that change, None for a no-op."""

    path: Path
    summary: str
    options: Mapping[str, str]
    migration: str
    base: Files
    own: Files
    marks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    after: Files | None = None
    left: tuple[str, ...] = ()
    notes: tuple[str, ...] | None = None

    @property
    def name(self) -> str:
        """Its path below testdata/cases, without the ending."""
        return self.path.relative_to(CASES).with_suffix("").as_posix()

    @cached_property
    def before(self) -> dict[str, bytes]:
        """All files before."""
        return _there({**self.base, **self.own})

    @cached_property
    def expected(self) -> dict[str, bytes]:
        """All files after."""
        return _there({**self.before, **(self.after or {})})

    @property
    def runs_here(self) -> bool:
        """Whether this Python is new enough for it."""
        wanted = self.options.get("python", "3.0").split(".")
        return sys.version_info[:2] >= tuple(int(part) for part in wanted)


def _there(files: Files) -> dict[str, bytes]:
    return {path: data for path, data in files.items() if data is not None}


# -- reading


def all_cases() -> Iterator[Case]:
    """Yield every case, sorted by name."""
    for path in sorted(CASES.rglob("*.txt")):
        if path.name != PROJECT:
            yield read_case(path)


def read_case(path: Path) -> Case:
    """Return the case that a file holds. Raises ValueError, with the line, for what is none."""
    project = _project(path.parent)
    page = _Page(path)
    files, marks = page.files("")
    unknown = page.options.keys() - OPTIONS
    if unknown:
        raise ValueError(f"{path}: unknown option {sorted(unknown)[0]}")
    text = page.text("migration")
    base = {} if text else {**project.base, **project.own}
    after = page.files("after", marks)[0] if "after" in page.parts else None
    return Case(
        path,
        page.summary,
        {**project.options, **page.options},
        text or project.migration,
        base,
        files,
        marks,
        after,
        tuple(page.lines("left")),
        tuple(page.lines("notes")) if "notes" in page.parts else None,
    )


@cache
def _project(folder: Path) -> Case:
    """Return what the cases of a folder share; what the folder above has is there too, unless the migration is new."""
    own = folder / PROJECT
    above = _project(folder.parent) if folder != CASES else None
    if not own.exists():
        return above or Case(own, "", {}, "", {}, {})
    page = _Page(own)
    text = page.text("migration")
    base = {} if above is None or text else {**above.base, **above.own}
    migration = text or (above.migration if above else "")
    return Case(own, page.summary, page.options, migration, base, page.files("")[0])


class _Page:
    """The text of a case file, cut into its parts: numbered lines; the files before are the part without a name."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.parts: dict[str, list[tuple[int, str]]] = {}
        head: list[str] = []
        part: str | None = None
        for number, line in enumerate(path.read_text("utf-8").split("\n")[:-1], 1):
            if line.startswith("=== "):
                part = line[4:]
                if part not in _PARTS or part in self.parts:
                    raise ValueError(f"{path}:{number}: {line!r} is unknown, or there twice")
                self.parts[part] = []
                continue
            if line.startswith("--- ") and part in (None, "migration"):
                part = ""
            if part is None:
                head.append(line)
            else:
                self.parts.setdefault(part, []).append((number, line))
        if not head:
            raise ValueError(f"{path}:1: the first line says what the case shows")
        self.summary, *rest = head
        self.options = dict(self._option(line) for line in rest if line)

    def _option(self, line: str) -> tuple[str, str]:
        match = _OPTION.match(line)
        if match is None:
            raise ValueError(f"{self.path}: {line!r} is no option")
        return match["key"], match["value"]

    def text(self, part: str) -> str:
        return "".join(f"{line}\n" for _, line in self.parts.get(part, ()))

    def lines(self, part: str) -> Iterator[str]:
        for number, line in self.parts.get(part, ()):
            if line and not _FOUND.match(line):
                raise ValueError(f"{self.path}:{number}: no finding: {line!r}")
            if line:
                yield line

    def files(
        self, part: str, known: Mapping[str, tuple[str, ...]] | None = None
    ) -> tuple[dict[str, bytes | None], dict[str, tuple[str, ...]]]:
        """Return the files of a part and their marks; those that a file had before are ``known``."""
        texts: dict[str, list[str]] = {}
        marks: dict[str, tuple[str, ...]] = {}
        lines: list[str] | None = None
        for number, line in self.parts.get(part, ()):
            match = _FILE.match(line)
            if match:
                path = match["path"]
                marks[path] = tuple(re.findall(r"[\w-]+", match["marks"]))
                lines = texts[path] = []
            elif lines is None:
                raise ValueError(f"{self.path}:{number}: text before the first file")
            else:
                lines.append(line)
        before = known or {}
        encoded = {p: _encoded(t, marks[p] or before.get(p, ())) for p, t in texts.items()}
        return encoded, marks


def _encoded(lines: Iterable[str], marks: tuple[str, ...]) -> bytes | None:
    if "deleted" in marks or "absent" in marks:
        return None
    newline = "\r\n" if "crlf" in marks else "\n"
    text = "".join(line.replace(FORM_FEED, "\f") + newline for line in lines)
    if "no-eol" in marks:
        text = text.removesuffix(newline)
    encoding = next((m for m in marks if m not in _LAYOUT), "utf-8")
    return (codecs.BOM_UTF8 if "bom" in marks else b"") + text.encode(encoding)


# -- running


def write(files: Mapping[str, bytes], root: Path) -> Path:
    """Write files below ``root``."""
    for path, data in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
    return root


def migration_of(case: Case) -> Migration:
    """Return the case's migration; its name may be left out."""
    head = "" if "[migration]" in case.migration else '[migration]\nname = "case"\n'
    table = parse_table((head + case.migration).encode(), "migration.toml")
    return read_migration(table)


def plan_of(case: Case, root: Path) -> Plan:
    """Return the plan of a case whose files are below ``root``."""
    return make_plan(WorkTree(root), [migration_of(case)], jobs=1)


def carried_out(plan: Plan, root: Path) -> dict[str, bytes | None]:
    """Write a plan's changes below ``root``, and return them."""
    done: dict[str, bytes | None] = {}
    for change in plan.changes:
        file = root / change.path
        done[change.path] = None if change.deleted else change.result(file.read_bytes())
        if change.deleted:
            file.unlink()
        else:
            file.write_bytes(change.result(file.read_bytes()))
    return done


def disagreements(expected: Iterable[str], findings: Iterable[Finding]) -> list[str]:
    """Return what is found and not expected, and the other way round; a part of the message may be expected too."""
    wanted = [
        (match["where"], match["part"] or "") for line in expected if (match := _FOUND.match(line))
    ]
    wrong: list[str] = []
    for finding in findings:
        where = f"{finding.path}:{finding.line}:{finding.col} {finding.code}"
        anywhere = f"{finding.path}:{finding.line}:* {finding.code}"
        match = next(
            (w for w in wanted if w[0] in (where, anywhere) and w[1] in finding.message), None
        )
        if match is None:
            wrong.append(f"not expected: {finding}")
        else:
            wanted.remove(match)
    return wrong + [f"not found: {where} {part}".rstrip() for where, part in wanted]


# -- writing anew


def refresh(case: Case) -> bool:
    """Write a case's expectations anew from what unfork does. Returns whether the file changed."""
    with tempfile.TemporaryDirectory() as folder:
        root = write(case.before, Path(folder))
        plan = plan_of(case, root)
        changed = carried_out(plan, root)
    old = case.path.read_text("utf-8")
    head = re.split(r"^=== (?:after|left|notes)\n", old, maxsplit=1, flags=re.MULTILINE)[0]
    parts = [head]
    if changed:
        parts.append("=== after\n")
        parts += [_shown(path, data, case.marks.get(path, ())) for path, data in changed.items()]
    parts += _listed("left", case.left, plan.left)
    if case.notes is not None:
        parts += _listed("notes", case.notes, plan.notes)
    new = "".join(parts)
    if new != old:
        case.path.write_text(new, "utf-8")
    return new != old


def _shown(path: str, data: bytes | None, marks: tuple[str, ...]) -> str:
    if data is None:
        return f"--- {path} [deleted]\n"
    encoding = next((m for m in marks if m not in _LAYOUT), "utf-8")
    text = data.removeprefix(codecs.BOM_UTF8).decode(encoding).replace("\f", FORM_FEED)
    text = text.replace("\r\n", "\n") if "crlf" in marks else text
    if "no-eol" in marks and text.endswith("\n"):
        path, text = f"{path} [lf]", text.removesuffix("\n")
    if "\r" in text or (text and text.endswith("\n") == ("no-eol" in marks)):
        raise ValueError(f"{path}: the new text does not keep to {marks}: {data!r}")
    return f"--- {path}\n{text}" + "\n" * ("no-eol" in marks)


def _listed(part: str, old: Iterable[str], findings: Iterable[Finding]) -> list[str]:
    known = [(match["where"], match["part"] or "") for line in old if (match := _FOUND.match(line))]
    lines = []
    for finding in findings:
        where = f"{finding.path}:{finding.line}:{finding.col} {finding.code}"
        anywhere = f"{finding.path}:{finding.line}:* {finding.code}"
        said = (w for w in known if w[0] in (where, anywhere) and w[1] in finding.message)
        lines.append(" ".join(next(said, (where, ""))).rstrip() + "\n")
    return [f"=== {part}\n", *lines] if lines else []


def main(parts: Iterable[str]) -> None:
    parts = list(parts)
    for case in all_cases():
        chosen = not parts or any(part in case.name for part in parts)
        if chosen and case.runs_here and "xfail" not in case.options and refresh(case):
            print(case.name)


if __name__ == "__main__":
    main(sys.argv[1:])
