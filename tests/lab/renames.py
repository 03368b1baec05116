"""Renames in real histories, made again by ``[redirect.calls]`` and compared with what the authors changed.

    git clone https://github.com/encode/httpx CLONES/httpx                     and so on, one folder a project
    python tests/lab/renames.py CLONES                                         without a type checker
    python tests/lab/renames.py CLONES --types ty --types pyrefly              and with each of them
    python tests/lab/renames.py CLONES --only bindings --show                  one, place by place

A commit that renames methods or keywords becomes a fork: the tree of its parent, where the module that defines the
class is the legacy one, with the author's version beside it as the canonical one. What unfork changes is compared, by
line and word, with what the author changed in all other files.
"""

from __future__ import annotations

import argparse
import ast
import re
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from unfork.errors import UnforkError
from unfork.files.tree import WorkTree
from unfork.loading.migrations import load_migration
from unfork.planning.pipeline import make_plan
from unfork.values import Plan


@dataclass(frozen=True)
class Rename:
    """A commit of a project that renames members or keywords of classes that the file ``module`` defines."""

    name: str
    project: str
    commit: str
    module: str
    words: Mapping[str, str]
    calls: str
    roots: str = '["."]'

    @property
    def canonical(self) -> str:
        """The file that gets the author's version of the module."""
        return self.module.replace(".py", "_renamed.py")


_FIELDS = (
    "Field Nested List Tuple String UUID Number Integer Float Decimal Boolean DateTime NaiveDateTime "
    "AwareDateTime Time Date TimeDelta Mapping Dict Url Email Method Function Raw Str Int Bool URL"
)
_EXCLUDED = ":(exclude)*.ambr"
"""Large snapshots, which partial clones lack."""
RENAMES = (
    Rename(
        "responses",
        "httpx",
        "f9d18a87",
        "httpx/models.py",
        {"read": "aread", "close": "aclose"},
        '"Response.read" = { to = "aread" }\n"Response.close" = { to = "aclose" }',
    ),
    Rename(
        "limits",
        "httpx",
        "991915a9",
        "httpx/_config.py",
        {"soft_limit": "max_keepalive", "hard_limit": "max_connections"},
        'PoolLimits = { rename = { soft_limit = "max_keepalive", hard_limit = "max_connections" } }\n'
        '"PoolLimits.soft_limit" = { to = "max_keepalive" }\n'
        '"PoolLimits.hard_limit" = { to = "max_connections" }',
    ),
    Rename(
        "fields",
        "marshmallow",
        "1db1a8a8",
        "src/marshmallow/fields.py",
        {"missing": "load_default", "default": "dump_default"},
        "\n".join(
            f'{option} = {{ rename = {{ missing = "load_default", default = "dump_default" }} }}'
            for option in _FIELDS.split()
        ),
        '["src", "."]',
    ),
    Rename(
        "bindings",
        "textual",
        "35df15199",
        "src/textual/binding.py",
        {"get_key": "get_bindings_for_key"},
        '"BindingsMap.get_key" = { to = "get_bindings_for_key" }',
        '["src", "."]',
    ),
    Rename(
        "cells",
        "textual",
        "84141630b",
        "src/textual/widgets/_data_table.py",
        {
            "update_coordinate": "update_cell_at",
            "get_value_at": "get_cell_at",
            "get_cell_value": "get_cell",
        },
        '"DataTable.update_coordinate" = { to = "update_cell_at" }\n'
        '"DataTable.get_value_at" = { to = "get_cell_at" }\n'
        '"DataTable.get_cell_value" = { to = "get_cell" }',
        '["src", "."]',
    ),
    Rename(
        "searches",
        "textual",
        "e6b9a264a",
        "src/textual/command_palette.py",
        {"search_for": "search"},
        '"CommandSource.search_for" = { to = "search" }',
        '["src", "."]',
    ),
)


class Site(NamedTuple):
    """A word of the old text that is renamed: where, and how the old text spells it."""

    path: str
    line: int
    word: str


@dataclass
class Comparison:
    """What became of the author's places, and what unfork changed ``more``.

    A place is ``listed`` by itself, ``kept`` where a finding elsewhere says that the class stays, else ``missed``.
    """

    rewritten: list[Site] = field(default_factory=list)
    listed: list[Site] = field(default_factory=list)
    kept: list[Site] = field(default_factory=list)
    missed: list[Site] = field(default_factory=list)
    more: list[Site] = field(default_factory=list)

    def row(self) -> str:
        """Return the counts as cells of a table."""
        counts = (self.rewritten, self.listed, self.kept, self.missed, self.more)
        return " | ".join(str(len(sites)) for sites in counts)


def git(clone: Path, *arguments: str) -> bytes:
    """Return what git prints in a clone."""
    return subprocess.run(("git", *arguments), cwd=clone, check=True, capture_output=True).stdout


def stage(rename: Rename, clone: Path, folder: Path) -> None:
    """Write the parent's tree to a folder, with the author's version of the module beside the old one."""
    archive = git(clone, "archive", "--format=tar", f"{rename.commit}^", "--", ".", _EXCLUDED)
    with tarfile.open(fileobj=BytesIO(archive)) as files:
        files.extractall(folder, filter="data")
    text = git(clone, "show", f"{rename.commit}:{rename.module}")
    (folder / rename.canonical).write_bytes(text)
    migration = (
        f'[migration]\nname = "renames"\nroots = {rename.roots}\n'
        f'[[redirect]]\nfrom = "{_dotted(rename.module)}"\nto = "{_dotted(rename.canonical)}"\n'
        f"[redirect.calls]\n{rename.calls}\n"
    )
    (folder / "renames.toml").write_text(migration, encoding="utf-8")


def _dotted(path: str) -> str:
    return path.removeprefix("src/").removesuffix(".py").replace("/", ".")


def authors_sites(rename: Rename, clone: Path, folder: Path) -> Iterator[Site]:
    """Yield the members, keywords and methods that the author renamed, outside the module itself."""
    diff = git(clone, "diff", "-U0", "--no-color", f"{rename.commit}^", rename.commit, "--", "*.py")
    for part in diff.decode().split("diff --git ")[1:]:
        match = re.search(r"^--- a/(.*)$", part, re.MULTILINE)
        if match is None or match[1] == rename.module:
            continue
        added = " ".join(line for line in part.splitlines() if line.startswith("+"))
        removed: set[int] = set()
        for hunk in re.split(r"^(?=@@ )", part, flags=re.MULTILINE)[1:]:
            head = re.match(r"@@ -(\d+)", hunk)
            assert head is not None
            gone = [line for line in hunk.splitlines()[1:] if line.startswith("-")]
            removed |= {int(head[1]) + number for number in range(len(gone))}
        for line, word in sorted(_names((folder / match[1]).read_bytes())):
            new = rename.words.get(word)
            if new is not None and line in removed and re.search(rf"\b{new}\b", added):
                yield Site(match[1], line, word)


def _names(data: bytes) -> set[tuple[int, str]]:
    """Return the attributes, keywords and methods of a text, each with its line."""
    places = set()
    for node in ast.walk(ast.parse(data)):
        match node:
            case ast.Attribute(attr=name, end_lineno=int(line)):
                places.add((line, name))
            case ast.keyword(arg=str(name), lineno=line):
                places.add((line, name))
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                places.add((node.lineno, name))
    return places


def unforks_sites(rename: Rename, plan: Plan, folder: Path) -> Iterator[Site]:
    """Yield the words that a plan renames."""
    for change in plan.changes:
        data = (folder / change.path).read_bytes()
        for edit in change.edits:
            word = data[edit.start : edit.end].decode()
            if rename.words.get(word) == edit.text.decode():
                yield Site(change.path, data.count(b"\n", 0, edit.start) + 1, word)


def compare(rename: Rename, clone: Path, types: tuple[str, ...]) -> tuple[Comparison, Plan]:
    """Return what became of the author's places."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        stage(rename, clone, folder)
        authors = set(authors_sites(rename, clone, folder))
        migration = load_migration(folder / "renames.toml")
        plan = make_plan(WorkTree(folder), [migration], jobs=1, types=types)
        ours = set(unforks_sites(rename, plan, folder))
    left = {(finding.path, finding.line) for finding in plan.left}
    result = Comparison(sorted(authors & ours), more=sorted(ours - authors))
    for site in sorted(authors - ours):
        is_listed = (site.path, site.line) in left
        place = result.listed if is_listed else result.kept if plan.left else result.missed
        place.append(site)
    return result, plan


def main() -> None:
    """Print a table of what came out."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("clones", type=Path)
    parser.add_argument("--only", choices=[rename.name for rename in RENAMES])
    parser.add_argument("--types", action="append", default=[])
    parser.add_argument("--show", action="store_true")
    options = parser.parse_args()
    print(
        "| rename | types | rewritten | listed | kept | missed | more | files |\n|---|---|--:|--:|--:|--:|--:|--:|"
    )
    for rename in RENAMES:
        if options.only not in (None, rename.name):
            continue
        for types in ((), *((engine,) for engine in options.types)):
            try:
                result, plan = compare(rename, options.clones / rename.project, types)
            except UnforkError as error:
                print(f"| {rename.name} | {', '.join(types)} | {error} |")
                continue
            head = f"| {rename.name} | {', '.join(types) or 'none'} |"
            print(head, result.row(), f"| {len(plan.changes)} |", flush=True)
            if options.show:
                for kind, sites in vars(result).items():
                    print(*(f"  {kind}: {':'.join(map(str, site))}" for site in sites), sep="\n")
                print(*(f"  {finding}" for finding in plan.left), sep="\n")


if __name__ == "__main__":
    main()
