"""Compare a rewrite of imports with the one a project's authors made by hand.

    compare.py MIGRATION BEFORE AFTER [OURS]

BEFORE is the tree the work starts from, AFTER what the authors had when they were done, OURS a copy of BEFORE on which
``unfork apply -m MIGRATION`` ran. Without OURS the script only tells what the authors did.

A file is looked at when one side changed an import that concerns the migration. Its imports are compared as a set, so
that order, line breaks, grouping and relative or absolute spelling do not matter. What an import is, is decided by what
it does: ``from a import b`` and ``import a.b as b`` are the same when ``a.b`` is a module of the migration.

Exit code: 0 all agree, 1 there are disagreements, 2 wrong usage.
"""

from __future__ import annotations

import argparse
import ast
import json
import sys
import tomllib
import warnings
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import NamedTuple

SUFFIXES = frozenset({".py", ".pyi"})


class Import(NamedTuple):
    """One name that an import statement binds."""

    scope: str  # "module", "class" or "function", with "/typing" when only type checkers run it
    module: str  # absolute
    name: str | None  # the name taken from the module; None: the module itself is bound
    local: str  # what it is called here; "a.b" for a plain `import a.b`

    def __str__(self) -> str:
        where = "" if self.scope == "module" else f"   [{self.scope}]"
        if self.name is None:
            alias = "" if self.local == self.module else f" as {self.local}"
            return f"import {self.module}{alias}{where}"
        alias = "" if self.local == self.name else f" as {self.local}"
        return f"from {self.module} import {self.name}{alias}{where}"


# --- what the migration is about ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Subject:
    """The modules and names that a migration moves, and where to."""

    whole: frozenset[str]  # every import from one of these concerns us
    names: frozenset[tuple[str, str]]  # of other modules: just these names
    bound: frozenset[str]  # modules that matter when they are bound as a whole
    roots: tuple[str, ...]
    modules: frozenset[str] = (
        frozenset()
    )  # of the project: `from package import module` binds a module, not a name

    @classmethod
    def load(cls, path: Path, files: Iterable[str] = ()) -> Subject:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        whole, names, bound = set(), set(), set()
        roots = tuple(data.get("migration", {}).get("roots", [".", "src"]))
        paths = [PurePosixPath(file) for file in files]
        modules = {cls(*[frozenset()] * 3, roots).module_of(path)[0] for path in paths}
        for step in data.get("redirect", []):
            source, target = step["from"], step.get("to")
            if source.endswith(".*"):
                ends = tuple(name[:-1] for name in (source, target))
                inside = {name for name in modules if f"{name}.".startswith(ends)}
                whole |= inside
                bound |= inside
                continue
            bound.add(source)
            if target is not None:
                whole |= {source, target}
                bound.add(target)
            for old, new in step.get("names", {}).items():
                home, colon, name = new.rpartition(":")
                home = home if colon else target or source
                names |= {(source, old), (home, name)}
                bound.add(home)
        bare = cls(frozenset(whole), frozenset(names), frozenset(bound), roots)
        return replace(bare, modules=frozenset(modules))

    def is_module(self, package: str, name: str) -> bool:
        full = f"{package}.{name}"
        return (package, name) not in self.names and (full in self.bound or full in self.modules)

    def concerns(self, item: Import) -> bool:
        if item.name is None:
            return item.module in self.bound
        return (
            item.module in self.whole
            or (item.module, item.name) in self.names
            or (item.name == "*" and item.module in self.bound)
        )

    def module_of(self, path: PurePosixPath) -> tuple[str, bool]:
        """The absolute name of the module in this file, under the innermost root, and whether it is a package."""
        parts = path.with_suffix("").parts
        for root in sorted(self.roots, key=len, reverse=True):
            prefix = PurePosixPath(root).parts
            if parts[: len(prefix)] == prefix:
                parts = parts[len(prefix) :]
                break
        package = parts[-1] == "__init__"
        return ".".join(parts[:-1] if package else parts), package


# --- the imports of one file ----------------------------------------------------------------------------------------


def imports_of(tree: ast.Module, module: str, package: bool, subject: Subject) -> Iterator[Import]:
    """Every name that the import statements of this module bind."""
    for scope, node in _statements(tree, "module", False):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(scope, alias.name, None, alias.asname or alias.name)
        else:
            base = _absolute(node, module, package)
            for alias in node.names:
                local = alias.asname or alias.name
                if subject.is_module(base, alias.name):
                    yield Import(scope, f"{base}.{alias.name}", None, local)
                else:
                    yield Import(scope, base, alias.name, local)


def _statements(
    node: ast.AST, scope: str, typing: bool
) -> Iterator[tuple[str, ast.Import | ast.ImportFrom]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield (f"{scope}/typing" if typing else scope), child
        elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _statements(child, "function", typing)
        elif isinstance(child, ast.ClassDef):
            yield from _statements(child, "class", typing)
        elif isinstance(child, ast.If) and ast.unparse(child.test).endswith("TYPE_CHECKING"):
            for inner in child.body:
                yield from _statements(ast.Module([inner], []), scope, True)
            for inner in child.orelse:
                yield from _statements(ast.Module([inner], []), scope, typing)
        elif isinstance(child, ast.stmt | ast.ExceptHandler | ast.match_case):
            yield from _statements(child, scope, typing)


def _absolute(node: ast.ImportFrom, module: str, package: bool) -> str:
    if not node.level:
        return node.module or ""
    parts = module.split(".")
    up = node.level - package
    parts = parts[: len(parts) - up] if up else parts
    return ".".join([*parts, node.module] if node.module else parts)


class _NoImports(ast.NodeTransformer):
    """What is left of a file without its imports: two files that agree in it use the same names in the same places."""

    def visit_Import(self, node: ast.Import) -> None: ...

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None: ...


# --- one file on three sides ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Side:
    """A file as one side has it."""

    state: str  # "ok", "missing" or "unparsable"
    imports: frozenset[Import] = frozenset()


@dataclass(frozen=True)
class Verdict:
    """What became of one file."""

    path: str
    outcome: str  # see OUTCOMES
    authors_only: tuple[str, ...] = ()  # imports that only the authors' version has
    ours_only: tuple[str, ...] = ()
    rest_same: bool | None = None  # apart from imports, the code is the same
    same_bytes: bool = False
    authors_changed: bool = False
    ours_changed: bool = False


OUTCOMES = {
    "agree": "the same imports on both sides",
    "local name": "the same imports on both sides, but one goes by another name in the file",
    "disagree": "both changed the file, differently",
    "authors only": "the authors changed imports here, we did not",
    "ours only": "we changed imports here, the authors did not",
    "unparsable": "Python of this version cannot read it on one side",
    "gone": "the authors moved or deleted the file",
    "changed": "changed by the authors (no OURS given)",
}


def read_side(
    data: bytes | None, path: PurePosixPath, subject: Subject
) -> tuple[Side, ast.Module | None]:
    if data is None:
        return Side("missing"), None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(data)
    except (SyntaxError, ValueError):
        return Side("unparsable"), None
    module, package = subject.module_of(path)
    return Side(
        "ok", frozenset(filter(subject.concerns, imports_of(tree, module, package, subject)))
    ), tree


def judge(
    relative: str, before: Path, after: Path, ours: Path | None, subject: Subject
) -> Verdict | None:
    """Compare one file; None when neither side changed an import that concerns the migration."""
    path = PurePosixPath(relative)
    texts = [_read(root / relative) for root in (before, after)]
    texts.append(_read(ours / relative) if ours is not None else texts[0])
    if texts[0] == texts[1] == texts[2]:
        return None
    read = {text: read_side(text, path, subject) for text in dict.fromkeys(texts)}
    (was, _), (theirs, their_tree), (mine, my_tree) = (read[text] for text in texts)
    if "unparsable" in (was.state, theirs.state, mine.state):
        return Verdict(
            relative,
            "unparsable",
            authors_changed=texts[0] != texts[1],
            ours_changed=texts[0] != texts[2],
        )
    if theirs.state == "missing":
        return Verdict(relative, "gone", ours_changed=True) if mine.imports != was.imports else None
    by_authors, by_us = theirs.imports != was.imports, mine.imports != was.imports
    if not by_authors and not by_us:
        return None
    shared = {"authors_changed": by_authors, "ours_changed": by_us}
    if ours is None:
        return Verdict(
            relative,
            "changed",
            _lines(theirs.imports - was.imports),
            _lines(was.imports - theirs.imports),
            **shared,
        )
    return Verdict(
        relative,
        _outcome(theirs, mine, by_authors, by_us),
        _lines(theirs.imports - mine.imports),
        _lines(mine.imports - theirs.imports),
        rest_same=_same_rest(texts[1], their_tree, texts[2], my_tree),
        same_bytes=texts[1] == texts[2],
        **shared,
    )


def _outcome(theirs: Side, mine: Side, by_authors: bool, by_us: bool) -> str:
    if theirs.imports == mine.imports:
        return "agree"
    if not by_us:
        return "authors only"
    if not by_authors:
        return "ours only"
    return "local name" if _unnamed(theirs) == _unnamed(mine) else "disagree"


def _unnamed(side: Side) -> frozenset[Import]:
    """The imports of a side, whatever they are called there."""
    return frozenset(item._replace(local="") for item in side.imports)


def _same_rest(
    theirs: bytes | None,
    their_tree: ast.Module | None,
    mine: bytes | None,
    my_tree: ast.Module | None,
) -> bool:
    """Whether all but the imports is the same: the same lines, or else the same code."""
    if theirs == mine or _other_lines(theirs, their_tree) == _other_lines(mine, my_tree):
        return True
    return _rest(their_tree) == _rest(my_tree)


def _other_lines(text: bytes | None, tree: ast.Module | None) -> list[bytes]:
    lines = (text or b"").splitlines()
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.Import | ast.ImportFrom):
            for number in range(node.lineno, (node.end_lineno or node.lineno) + 1):
                lines[number - 1] = b""
    return [line for line in lines if line.strip()]


def _rest(tree: ast.Module | None) -> str:
    return ast.dump(_NoImports().visit(tree)) if tree is not None else ""


def _lines(items: Iterable[Import]) -> tuple[str, ...]:
    return tuple(sorted(map(str, items)))


def _read(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


# --- the whole tree -------------------------------------------------------------------------------------------------


@dataclass
class Report:
    verdicts: list[Verdict] = field(default_factory=list)

    def count(self, outcome: str) -> int:
        return sum(verdict.outcome == outcome for verdict in self.verdicts)

    @property
    def clean(self) -> bool:
        return all(verdict.outcome in ("agree", "changed") for verdict in self.verdicts)

    def summary(self) -> Iterator[str]:
        yield f"{sum(v.authors_changed for v in self.verdicts):5} files whose imports the authors changed"
        yield f"{sum(v.ours_changed for v in self.verdicts):5} files whose imports we changed"
        for outcome, meaning in OUTCOMES.items():
            if number := self.count(outcome):
                yield f"{number:5} {outcome}: {meaning}"
        agreed = [verdict for verdict in self.verdicts if verdict.outcome == "agree"]
        if agreed:
            yield f"{sum(bool(v.rest_same) for v in agreed):5} of the agreeing are the same code apart from imports too"
            yield f"{sum(v.same_bytes for v in agreed):5} of the agreeing are the same, byte for byte"

    def details(self) -> Iterator[str]:
        for verdict in self.verdicts:
            if verdict.outcome == "agree":
                continue
            yield f"\n{verdict.path}: {verdict.outcome}"
            before, after = ("-", "+") if verdict.outcome == "changed" else ("ours   ", "authors")
            yield from (f"  {before} {line}" for line in verdict.ours_only)
            yield from (f"  {after} {line}" for line in verdict.authors_only)


def python_files(*trees: Path) -> list[str]:
    """The Python files that any of the trees has, as sorted relative paths; symbolic links are left out."""
    paths = set()
    for tree in trees:
        for path in tree.rglob("*"):
            if path.suffix in SUFFIXES and not path.is_symlink() and path.is_file():
                paths.add(path.relative_to(tree).as_posix())
    return sorted(paths)


def compare(migration: Path, before: Path, after: Path, ours: Path | None, jobs: int) -> Report:
    files = python_files(before)
    subject = Subject.load(migration, python_files(before, after))
    work = partial(judge, before=before, after=after, ours=ours, subject=subject)
    with ProcessPoolExecutor(jobs) as pool:
        return Report(
            [verdict for verdict in pool.map(work, files, chunksize=64) if verdict is not None]
        )


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("migration", type=Path)
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    parser.add_argument("ours", type=Path, nargs="?")
    parser.add_argument(
        "--format",
        choices=("text", "files", "json"),
        default="text",
        help="text: numbers and differences; files: the paths that the authors changed; json: all",
    )
    parser.add_argument("-q", "--quiet", action="store_true", help="only the numbers")
    parser.add_argument("-j", "--jobs", type=int, default=2)
    options = parser.parse_args(argv)
    if not options.migration.is_file():
        parser.error(f"no such file: {options.migration}")
    for tree in filter(None, (options.before, options.after, options.ours)):
        if not tree.is_dir():
            parser.error(f"no such folder: {tree}")
    report = compare(options.migration, options.before, options.after, options.ours, options.jobs)
    if options.format == "json":
        print(json.dumps([verdict.__dict__ for verdict in report.verdicts], indent=1))
    elif options.format == "files":
        print(*(verdict.path for verdict in report.verdicts if verdict.authors_changed), sep="\n")
    else:
        print(*report.summary(), *(() if options.quiet else report.details()), sep="\n")
    return 0 if report.clean else 1


if __name__ == "__main__":
    sys.exit(main())
