"""Synthetic redirects over a real project, there and back: everything is checked from outside.

    python tests/lab/realcode/soak.py FOLDER [--modules 50] [--renames 10] [--files 60] [--whole] [--only DOTTED...]
    python tests/lab/realcode/soak.py Django==4.2.11 --modules 50 --results django.jsonl

For each of the modules that most files import, a copy is made beside it (``x.py``: ``x_copy.py``; ``p/__init__.py``:
``p/p_copy.py``, where relative imports mean the same), and all imports are redirected to the copy. With ``--files N``
at most N of the files that import a module are rewritten, spread over the project. With ``--renames N`` the first N
modules are redirected once more, with three of the names that they define called differently in the copy. A name that a
module only imports goes to where it is defined, and nothing leads it back from there; with ``--whole`` the migration
says for each of these that the copy has it. Then:

- compile    each changed file compiles
- resolve    each import of the project that resolved before does now
- reach      each use in a changed file reaches the definition that it reached, mapped. What it reaches may stay where
             the file is reported as left, or, with ``--files``, goes through a file that is not rewritten
- silent     no file imports the legacy module without being reported, but for submodules of a legacy package
- double     no import stands twice in a block where it stood once
- stable     a second run changes nothing
- back       a redirect back gives the original bytes (or why it does not)

A project is a folder, or a release, whose source distribution is fetched into ``.realcode``. Nothing else is written:
the project is read into memory, once. With ``--results FILE`` each outcome is added to the file; what is in it is not
run again, so that a run can be cut off and taken up. Exit code 1: something but ``back`` failed.
"""

from __future__ import annotations

import argparse
import ast
import json
import re
import sys
import time
import traceback
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path

from unfork.errors import UnforkError
from unfork.files.tree import WorkTree
from unfork.planning.pipeline import make_plan
from unfork.reading.index import Index
from unfork.reading.layout import Layout, key_of, roots_of
from unfork.reading.scope_analysis import analyse_scopes
from unfork.reading.scopes import Bind, Ref, Scopes, resolve_name
from unfork.reading.source import Source, Unparsable
from unfork.values import Plan
from unfork_codemods.edits import apply_edits
from unfork_codemods.migration import Migration, by_kind
from unfork_codemods.project import Key, Kind
from unfork_codemods.redirect import Redirect
from unfork_codemods.step import Target

_NAMES = re.compile(r"[\w/]+(?:\.\w+)+|\b_?[A-Z]\w+|\d+")
"""What differs between two findings of one kind."""

Files = Mapping[str, bytes]
Meaning = tuple[str, ...]
"""What a use reaches: the kind, the module, the name in it, and the attributes taken of that."""


@dataclass(frozen=True)
class MemoryTree:
    """Files by path, as ``unfork.files.tree.Tree`` has them: ``changed`` over ``below``."""

    below: Files
    changed: Files = field(default_factory=dict)
    root: Path = Path("/nowhere")

    def paths(self, endings: tuple[str, ...] = ("",)) -> tuple[str, ...]:
        return tuple(
            sorted(path for path in {*self.below, *self.changed} if path.endswith(endings))
        )

    def read(self, path: str) -> bytes:
        text = self.changed.get(path)
        return self.below[path] if text is None else text

    def after(self, plan: Plan) -> MemoryTree:
        new = {c.path: apply_edits(self.read(c.path), c.edits) for c in plan.changes}
        return MemoryTree(self.below, {**self.changed, **new})


@dataclass(frozen=True)
class Taken:
    """A name that a file imports: ``name`` of the module ``key``, None for the module itself."""

    path: str
    line: int
    key: Key
    name: str | None


def index_of(tree: MemoryTree, known: Index | None = None) -> Index:
    """Return the definitions of a tree; what is not changed in it is known to another."""
    paths = tree.paths()
    index = Index(Layout(frozenset(paths), roots_of(None, paths)), tree.read)
    new = {key_of(path) for path in tree.changed}
    for key, definitions in known._definitions.items() if known else ():
        if key not in new:
            index._definitions[key] = definitions
    return index


def parsed(tree: MemoryTree, path: str) -> Source | None:
    """Return a file that can be read, None for others."""
    return _parsed(path, tree.read(path))


@lru_cache(maxsize=400)
def _parsed(path: str, data: bytes) -> Source | None:
    try:
        source = Source.read(path, data)
        return source if source.tree else None
    except Unparsable:
        return None


def taken(source: Source, index: Index) -> Iterator[Taken]:
    """Yield what a file imports of the project."""
    for statement in source.imports:
        node = statement.node
        for alias in node.names:
            if isinstance(node, ast.Import):
                key, name = index.layout.absolute(alias.name, source.path).key, None
            else:
                key, name = index.locate_from(node, source.path).key, alias.name
            if not key.startswith("<"):
                yield Taken(source.path, node.lineno, key, name)


def resolves(index: Index, item: Taken) -> bool:
    if item.name in (None, "*"):
        return index.layout.exists(item.key)
    return index.layout.exists(item.key) and index.provides(item.key, item.name or "")


def meant_module(index: Index, item: Taken) -> Key:
    """Return the module that an import is of: the submodule, where the name is one."""
    if item.name in (None, "*"):
        return item.key
    origin = index.origin(item.key, item.name or "")
    return origin.key if origin.kind is Kind.MODULE else item.key


# -- what uses reach


@dataclass
class Reaching:
    """What each use of a file reaches, by the definitions of one state of the project."""

    source: Source
    index: Index

    @cached_property
    def scopes(self) -> Scopes:
        return analyse_scopes(self.source)

    @cached_property
    def _ordinals(self) -> dict[int, str]:
        return {id(scope): str(n) for n, scope in enumerate(self.scopes.module.within())}

    def uses(self) -> list[tuple[Ref, frozenset[Meaning]]]:
        return [(ref, self.meanings(ref)) for ref in self.scopes.refs]

    def through(self, key: Key) -> Iterator[frozenset[Meaning]]:
        """Yield what the uses reach that take something of a module, by the name of the module."""
        for ref in self.scopes.refs:
            firsts = (self.meanings(ref, depth) for depth in range(len(ref.attributes) + 1))
            if any(("module", key) in first for first in firsts):
                yield self.meanings(ref)

    def meanings(self, ref: Ref, depth: int | None = None) -> frozenset[Meaning]:
        """Return what a use reaches, or its first attributes do."""
        return frozenset(self._meanings(ref, [node.attr for node in ref.attributes[:depth]]))

    def _meanings(self, ref: Ref, names: list[str]) -> Iterator[Meaning]:
        scope = resolve_name(ref.scope, ref.name)
        if scope is None:
            yield self._star(ref.name, names)
            return
        for bind in scope.binds[ref.name]:
            if bind.alias is None:
                yield ("local", self._ordinals[id(scope)], *names)
            else:
                yield self._imported(bind, bind.alias, names)

    def _imported(self, bind: Bind, alias: ast.alias, names: list[str]) -> Meaning:
        index, path = self.index, self.source.path
        if isinstance(bind.node, ast.ImportFrom):
            return self._step(index.locate_from(bind.node, path).key, [alias.name, *names])
        first = alias.name if alias.asname else alias.name.partition(".")[0]
        return self._step(index.layout.absolute(first, path).key, names)

    def _step(self, key: Key, names: list[str]) -> Meaning:
        """Follow attributes from a module on, as long as they lead to modules."""
        while names:
            origin = self.index.origin(key, names[0])
            if origin.kind is Kind.MODULE or (origin.kind is Kind.EXTERNAL and not origin.name):
                key, names = origin.key, names[1:]
            elif origin.kind is Kind.EXTERNAL:
                key, names = f"{origin.key[:-1]}.{origin.name}>", names[1:]
            else:
                return ("name", origin.key, origin.name or "", *names[1:])
        return ("module", key)

    def _star(self, name: str, names: list[str]) -> Meaning:
        for statement in reversed(self.source.imports):
            if statement.node.names[0].name == "*" and isinstance(statement.node, ast.ImportFrom):
                key = self.index.locate_from(statement.node, self.source.path).key
                if self.index.provides(key, name) and self.index.star_gives(key, name):
                    return self._step(key, [name, *names])
        return ("nothing here", name, *names)


def _names_in(index: Index, key: Key, seen: frozenset[Key]) -> frozenset[str]:
    """Return the names of a module, and of all modules that it takes everything of."""
    definitions = index.definitions(key)
    names = index.names(key)
    for star in definitions.stars if definitions else ():
        below = index.locate(star, index.file(key)).key
        if below not in seen:
            names |= _names_in(index, below, seen | {key})
    return names


# -- one module, there and back


@dataclass
class Outcome:
    """What became of one redirect."""

    module: str
    renames: int
    whole: bool = False
    importers: int = 0
    changed: int = 0
    left: list[str] = field(default_factory=list)
    seconds: float = 0.0
    problems: list[str] = field(default_factory=list)
    not_back: list[tuple[str, str, str]] = field(default_factory=list)
    """Path, reason, and the first lines that differ."""


@dataclass
class Project:
    """A project in memory, with what all its files import."""

    files: Files

    @cached_property
    def tree(self) -> MemoryTree:
        return MemoryTree(self.files)

    @cached_property
    def index(self) -> Index:
        return index_of(self.tree)

    @cached_property
    def takes(self) -> dict[str, tuple[Taken, ...]]:
        taken_by_path = {}
        for path in self.files:
            source = parsed(self.tree, path)
            taken_by_path[path] = tuple(taken(source, self.index)) if source else ()
        return taken_by_path

    @cached_property
    def takers(self) -> dict[Key, set[Taken]]:
        """What is imported, by the module."""
        taken_by_key: dict[Key, set[Taken]] = defaultdict(set)
        for items in self.takes.values():
            for item in items:
                taken_by_key[item.key].add(item)
                taken_by_key[meant_module(self.index, item)].add(item)
        return taken_by_key

    def most_imported(self) -> list[Key]:
        files = {
            key: {item.path for item in items if self._is_of(item, key)}
            for key, items in self.takers.items()
            if key in self.index.layout.modules
        }
        return sorted(files, key=lambda key: (-len(files[key]), key))

    def _is_of(self, item: Taken, key: Key) -> bool:
        return key_of(item.path) != key and meant_module(self.index, item) == key


@dataclass
class Trial:
    """A redirect of one module to its copy, and back."""

    project: Project
    key: Key
    names: int = 0
    most: int | None = None
    whole: bool = False

    def run(self) -> Outcome:
        importers = {item.path for item in self.project.takers[self.key]}
        outcome = Outcome(self.module, self.names, self.whole, len(importers))
        start = time.perf_counter()
        try:
            self._run(outcome)
        except UnforkError as error:
            outcome.problems.append(f"stops: {type(error).__name__}: {error}")
        except Exception:  # noqa: BLE001 (whatever it is, it is to be reported, and the others go on)
            outcome.problems.append(f"crash: {traceback.format_exc()}")
        outcome.seconds = time.perf_counter() - start
        return outcome

    def _run(self, outcome: Outcome) -> None:
        before = MemoryTree(self.project.files, self.copies)
        forth = self._migration(self.module, self.copy, self.renamed)
        plan = make_plan(before, [forth], self.chosen, jobs=1)
        after = before.after(plan)
        changed = [change.path for change in plan.changes]
        outcome.changed, outcome.left = len(changed), [str(finding) for finding in plan.left]
        outcome.problems += self._problems(before, after, plan)
        again = make_plan(after, [forth], self.chosen, jobs=1)
        outcome.problems += [f"stable: {change.path}" for change in again.changes]
        old_names = {new: old for old, new in self.renamed.items()}
        home = self._migration(self.copy, self.module, old_names)
        back = after.after(make_plan(after, [home], self.chosen, jobs=1))
        for path in before.paths():
            if before.read(path) != back.read(path):
                reason = self._why_not_back(before, after, back, path)
                outcome.not_back.append((path, reason, _differing(before, after, back, path)))

    # -- the redirect

    @cached_property
    def chosen(self) -> list[str] | None:
        """The files to rewrite, spread over those that import the module; None: all."""
        if self.most is None:
            return None
        every = sorted({item.path for item in self.project.takers[self.key]})
        return every[:: -(-len(every) // self.most)]

    @cached_property
    def module(self) -> str:
        return self.project.index.dotted(self.key)

    @cached_property
    def copy_key(self) -> Key:
        last = self.key.rpartition("/")[2]
        return f"{self.key}/{last}_copy" if self._is_package else f"{self.key}_copy"

    @cached_property
    def copy(self) -> str:
        if self._is_package:
            return f"{self.module}.{self.module.rpartition('.')[2]}_copy"
        return f"{self.module}_copy"

    @cached_property
    def _is_package(self) -> bool:
        return self.project.index.layout.is_package(self.key)

    @cached_property
    def copies(self) -> dict[str, bytes]:
        """The copy's files, with the names that are called differently."""
        copies = {}
        for path in self.project.index.layout.modules[self.key]:
            text = self.project.files[path]
            for old, new in self.renamed.items():
                text = re.sub(rb"(?<![\w.])" + old.encode() + rb"\b", new.encode(), text)
            copies[self.copy_key + path[path.rindex(".") :]] = text
        return copies

    @cached_property
    def renamed(self) -> dict[str, str]:
        """Names that the module surely defines itself, those first that most files import."""
        definitions = self.project.index.definitions(self.key)
        if not self.names or definitions is None:
            return {}
        asked = Counter(item.name for item in self.project.takers[self.key])
        own = [
            name
            for name, binding in definitions.names.items()
            if binding.own and binding.certain and not binding.imports and name[:1].isalpha()
        ]
        own.sort(key=lambda name: (-asked[name], name))
        return {name: f"{name}Renamed" for name in own[: self.names]}

    @cached_property
    def imported(self) -> frozenset[str]:
        """The names that the module only imports, if the copy is to have them."""
        names = _names_in(self.project.index, self.key, frozenset()) if self.whole else ()
        return frozenset(filter(self._is_imported, names))

    def _is_imported(self, name: str) -> bool:
        origin = self.project.index.origin(self.key, name)
        own = ((self.key, name), (f"{self.key}/{name}", None))
        return origin.found and (origin.key, origin.name) not in own

    def _migration(self, source: str, to: str, names: Mapping[str, str]) -> Migration:
        every = {**{name: name for name in self.imported}, **names}
        targets = {old: Target(to, new) for old, new in every.items()}
        return Migration("soak", "soak.toml", steps=by_kind([Redirect(source, to, targets)]))

    # -- the checks

    def _problems(self, before: MemoryTree, after: MemoryTree, plan: Plan) -> Iterator[str]:
        old_index = index_of(before, self.project.index)
        index = index_of(after, self.project.index)
        changed = {change.path for change in plan.changes}
        left = {finding.path for finding in plan.left}
        for path in sorted(changed):
            new, old = parsed(after, path), parsed(before, path)
            if new is None or old is None or not _compiles(new):
                yield f"compile: {path}"
                continue
            yield from self._unresolved(taken(new, index), index, old_index)
            stays = path in left or self.chosen is not None
            yield from self._reaches(Reaching(old, old_index), Reaching(new, index), stays)
            yield from _doubled(old, new)
        keys = {key_of(path) for path in changed}
        others = (i for key in keys for i in self.project.takers[key] if i.path not in changed)
        yield from self._unresolved(others, index, old_index)
        yield from self._silent(after, index, changed, left)

    def _unresolved(self, items: Iterable[Taken], index: Index, old: Index) -> Iterator[str]:
        for item in items:
            was = item.key == self.copy_key or resolves(old, item)
            if was and not resolves(index, item):
                yield f"resolve: {item.path}:{item.line}: {index.dotted(item.key)} {item.name}"

    def _reaches(self, old: Reaching, new: Reaching, stays: bool) -> Iterator[str]:
        olds, news = old.uses(), new.uses()
        if len(olds) != len(news):
            yield f"reach: {old.source.path}: uses came or went"
            return
        for (ref, was), (_, now) in zip(olds, news):
            mapped = frozenset(map(self._mapped, was))
            if now != mapped and not (stays and now == was):
                at = f"{old.source.path}:{ref.node.lineno} {ref.name}"
                yield f"reach: {at}: {_shown(was)} is to be {_shown(mapped)}, is {_shown(now)}"

    def _mapped(self, meaning: Meaning) -> Meaning:
        kind, *rest = meaning
        if rest[0] != self.key or kind not in ("name", "module"):
            return meaning
        if kind == "module":
            return (kind, self.copy_key)
        return (kind, self.copy_key, self.renamed.get(rest[1], rest[1]), *rest[2:])

    def _silent(
        self, after: MemoryTree, index: Index, changed: set[str], left: set[str]
    ) -> Iterator[str]:
        own = {self.key, self.copy_key}
        suspects = {i.path for i in self.project.takers[self.key]} | changed
        suspects &= set(suspects if self.chosen is None else self.chosen)
        for path in sorted(suspects - left):
            source = parsed(after, path)
            if key_of(path) in own or source is None:
                continue
            for item in taken(source, index):
                if meant_module(index, item) == self.key and not self._is_for_others(source, index):
                    yield f"silent: {path}:{item.line} still imports {item.name} of {self.module}"

    def _is_for_others(self, source: Source, index: Index) -> bool:
        """Tell if a package is imported for its submodules, which are not redirected: ``models.base.ModelBase``."""
        uses = list(Reaching(source, index).through(self.key))
        below = all(m[1].startswith(f"{self.key}/") for use in uses for m in use)
        return self._is_package and bool(uses) and below

    def _why_not_back(
        self, before: MemoryTree, after: MemoryTree, back: MemoryTree, path: str
    ) -> str:
        old, new = parsed(before, path), parsed(back, path)
        if old is None or new is None:
            return "cannot be parsed"
        if before.read(path) == after.read(path):
            return "changed on the way back only"
        index = self.project.index
        was, is_ = _imports(old), _imports(new)
        if was == is_:
            return "the same imports, laid out differently"
        for item in taken(old, index):
            if meant_module(index, item) == self.key and item.name not in (None, "*"):
                origin = index.origin(self.key, item.name or "")
                if origin.key != self.key:
                    return "a name that the module only imports goes to where it is defined"
        if any(item.name == "*" and item.key == self.key for item in taken(old, index)):
            return "a star import"
        uses = (meaning for use in Reaching(old, index).through(self.key) for meaning in use)
        if any(kind == "name" and key != self.key for kind, key, *_ in uses):
            return "a use through the module goes to where the name is defined"
        if after.read(path) == back.read(path):
            return "not changed on the way back"
        if was.keys() == is_.keys():
            return "the same imports, some of them more than once"
        return "other imports"


def _compiles(source: Source) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(source.data, source.path, "exec", dont_inherit=True)
        except (SyntaxError, ValueError):
            return False
    return True


def _imports(source: Source) -> Counter[tuple[bool, str, str, str | None]]:
    """Return what a file imports at its top level and below it."""
    return Counter(
        (s.scope is source.tree, s.module, alias.name, alias.asname)
        for s in source.imports
        for alias in s.node.names
    )


def _doubled(old: Source, new: Source) -> Iterator[str]:
    def most(source: Source) -> int:
        seen = Counter(
            (id(s.block), s.module, alias.name, alias.asname)
            for s in source.imports
            for alias in s.node.names
        )
        return sum(count - 1 for count in seen.values())

    if most(new) > most(old):
        yield f"double: {new.path}"


def _shown(meanings: Iterable[Meaning]) -> str:
    return " or ".join(sorted(" ".join(meaning) for meaning in meanings))


def _differing(before: MemoryTree, after: MemoryTree, back: MemoryTree, path: str) -> str:
    """Return the first lines that differ, as they were, went, and came back."""
    texts = [tree.read(path).decode(errors="replace").split("\n") for tree in (before, after, back)]
    rows = zip(texts[0], texts[2])
    first = next((n for n, (a, b) in enumerate(rows) if a != b), min(map(len, texts)))
    shown = [" / ".join(line.strip() for line in text[first : first + 2]) for text in texts]
    return f"{first + 1}: {shown[0]}  =>  {shown[1]}  =>  {shown[2]}"


# -- the command


def load(folder: Path) -> Project:
    """Read the Python files of a folder into memory."""
    tree = WorkTree(folder)
    return Project({p: tree.read(p) for p in tree.paths() if p.endswith((".py", ".pyi"))})


def main(arguments: Sequence[str]) -> int:
    from corpora import (
        corpus,
    )  # late: it lies beside the script, and tests import this as a part of a package

    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("project", metavar="FOLDER | NAME==VERSION")
    parser.add_argument("--modules", type=int, default=50, metavar="N")
    parser.add_argument("--renames", type=int, default=0, metavar="N")
    parser.add_argument("--files", type=int, metavar="N", help="rewrite N of the importers only")
    parser.add_argument("--whole", action="store_true", help="the copy has re-exported names too")
    parser.add_argument("--only", nargs="*", default=(), metavar="DOTTED")
    parser.add_argument("--results", type=Path, metavar="FILE", help="take up where it ends")
    parser.add_argument("--show", type=int, default=5, metavar="N", help="of each kind")
    options = parser.parse_args(arguments)
    project = load(corpus(options.project))
    keys = project.most_imported()[: options.modules]
    if options.only_statement:
        keys = [project.index.named(name).key for name in options.only_statement]
    trials = [Trial(project, key, 0, options.files, options.whole) for key in keys]
    trials += [
        Trial(project, key, 3, options.files, options.whole) for key in keys[: options.renames]
    ]
    print(f"{len(project.files)} files, {len(trials)} redirects", flush=True)
    known = {(o.module, o.renames, o.whole): o for o in read_outcomes(options.results)}
    outcomes = []
    for trial in trials:
        outcome = known.get((trial.module, trial.names, trial.whole))
        if outcome is None:
            outcome = trial.run()
            _keep(outcome, options.results)
        _tell(outcome, options.show)
        outcomes.append(outcome)
    _summary(outcomes, options.show)
    return 1 if any(outcome.problems for outcome in outcomes) else 0


def read_outcomes(file: Path | None) -> Iterator[Outcome]:
    """Yield what earlier runs wrote into a file of results."""
    if file is not None and file.exists():
        for line in file.read_text("utf-8").splitlines():
            yield Outcome(**json.loads(line))


def _keep(outcome: Outcome, file: Path | None) -> None:
    if file is not None:
        with file.open("a", encoding="utf-8") as results:
            results.write(json.dumps(asdict(outcome)) + "\n")


def _tell(outcome: Outcome, show: int) -> None:
    renames = f" with {outcome.renames} renames" if outcome.renames else ""
    print(
        f"{outcome.module}{renames}: {outcome.changed} changed, {len(outcome.left)} left,"
        f" {len(outcome.not_back)} do not come back,"
        f" {len(outcome.problems)} problems, {outcome.seconds:.0f} s"
    )
    kinds = Counter(problem.partition(":")[0] for problem in outcome.problems)
    for kind, count in kinds.items():
        print(f"  {kind}: {count}")
        for problem in [p for p in outcome.problems if p.startswith(kind)][:show]:
            print(f"    {problem}")
    for finding in outcome.left[:show]:
        print(f"  left: {finding}")
    sys.stdout.flush()


def _summary(outcomes: Sequence[Outcome], show: int) -> None:
    print(f"\n{sum(o.changed for o in outcomes)} files changed")
    _grouped(
        "problems",
        [(p.partition(":")[0], f"{o.module}: {p}") for o in outcomes for p in o.problems],
        show,
    )
    _grouped("left", [(_why_left(f), f"{o.module}: {f}") for o in outcomes for f in o.left], show)
    _grouped(
        "files that do not come back",
        [
            (reason, f"{o.module}: {path}:{lines}")
            for o in outcomes
            for path, reason, lines in o.not_back
        ],
        show,
    )


def _why_left(finding: str) -> str:
    """Return a finding's code and message, without the names in it."""
    code, _, message = finding.partition(" UF")[2].partition(" ")
    return f"UF{code} {_NAMES.sub('_', message)}"


def _grouped(what: str, problems: Iterable[tuple[str, str]], show: int) -> None:
    groups: dict[str, list[str]] = defaultdict(list)
    for kind, line in problems:
        groups[kind].append(line)
    print(f"{sum(map(len, groups.values()))} {what}")
    for kind, lines in sorted(groups.items(), key=lambda group: -len(group[1])):
        print(f"  {len(lines)}: {kind}")
        for line in lines[:: max(1, len(lines) // max(1, show))][:show]:
            print(f"    {line}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
