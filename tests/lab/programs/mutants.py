"""Spoil plans that are right, and see whether the verifier notices.

    python tests/lab/programs/mutants.py --seeds 0:2000 --lethal 1000 [--kept FOLDER]

Each program that works after its migration gives a few mutants: the plan with one mistake in it. A mutant is *lethal*
where the program then prints something else or fails; the verifier has to reject each of these. Plans that it rejects
though the program works are counted, too: an alarm about everything would be worth nothing. ``--kept`` gets a folder
for each lethal mutant that went unnoticed.
"""

from __future__ import annotations

import argparse
import ast
import random
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from lab.programs.generate import generate
from lab.programs.model import Program, shown
from lab.programs.oracle import Oracle, Tree, parsed
from lab.programs.run import new_oracle
from unfork.planning.pipeline import make_plan
from unfork.values import Plan
from unfork.verification import Rewrites, Verifier, Violation
from unfork_codemods.edits import Edit, compose, splice

Edits = dict[str, tuple[Edit, ...]]


@dataclass(frozen=True)
class Proposal:
    """What is to be written: edits of the files before, and files that go."""

    edits: Edits
    removed: frozenset[str] = frozenset()

    def files(self, before: Mapping[str, str]) -> dict[str, str]:
        """Return the files after."""
        return {
            path: splice(text.encode(), self.edits[path]).decode() if path in self.edits else text
            for path, text in before.items()
            if path not in self.removed
        }

    def respelled(
        self, before: Mapping[str, str], path: str, start: int, end: int, text: str
    ) -> Proposal:
        """Return the proposal with something else in ``[start, end)`` (in bytes) of what a file will be."""
        middle = self.files(before)[path].encode()
        edits = compose(self.edits.get(path, ()), [Edit(start, end, text.encode())], middle)
        return Proposal({**self.edits, path: edits}, self.removed)


@dataclass(frozen=True)
class Site:
    """Where a mistake can be made: a program, what is right for it, and one source of chance."""

    program: Program
    right: Proposal
    rng: random.Random

    def changed(self) -> list[str]:
        return sorted(self.right.edits)

    def after(self) -> dict[str, str]:
        return self.right.files(self.program.files)

    def respelled(self, path: str, start: int, end: int, text: str) -> Proposal:
        return self.right.respelled(self.program.files, path, start, end, text)


Mistake = Callable[[Site], Iterator[Proposal]]


def proposal(plan: Plan) -> Proposal:
    """Return what a plan writes."""
    return Proposal(
        {change.path: tuple(change.edits) for change in plan.changes if not change.deleted},
        frozenset(change.path for change in plan.changes if change.deleted),
    )


# -- mistakes


def drop_an_edit(site: Site) -> Iterator[Proposal]:
    """One edit is forgotten: an import, a use, a string."""
    for path in site.changed():
        edits = site.right.edits[path]
        for edit in edits:
            rest = tuple(each for each in edits if each is not edit)
            yield _with_edits(site, path, rest)


def drop_a_file(site: Site) -> Iterator[Proposal]:
    """One file is not written."""
    for path in site.changed():
        yield _with_edits(site, path, ())


def _with_edits(site: Site, path: str, edits: tuple[Edit, ...]) -> Proposal:
    rest = {p: e for p, e in site.right.edits.items() if p != path}
    return Proposal({**rest, **({path: edits} if edits else {})}, site.right.removed)


def swap_names(site: Site) -> Iterator[Proposal]:
    """An import gets another name of the same module, under the old local name."""
    names = _defined(site)
    for path, node, span in _froms(site):
        others = [n for n in names.get(_module(node), ()) if n not in {a.name for a in node.names}]
        for alias in node.names:
            if others and alias.name != "*":
                new = f"{site.rng.choice(others)} as {alias.asname or alias.name}"
                yield site.respelled(path, *_alias_span(site, path, alias), new)
        if len(node.names) > 1:
            first, second = node.names[:2]
            one, other = first.asname or first.name, second.asname or second.name
            text = f"{first.name} as {other}, {second.name} as {one}"
            yield site.respelled(path, span[0], span[1], _statement(node, text, node.names[2:]))


def move_to_another_module(site: Site) -> Iterator[Proposal]:
    """An import is of another module, which may have the name or not."""
    modules = sorted(_defined(site))
    for path, node, _ in _froms(site):
        others = [module for module in modules if module != _module(node)]
        if others:
            yield from _with_module(site, path, node, site.rng.choice(others))


def other_level(site: Site) -> Iterator[Proposal]:
    """A relative import starts from another package."""
    for path, node, _ in _froms(site):
        if node.level:
            start = _offset(site, path, node.lineno, node.col_offset)
            text = site.after()[path].encode()
            at = text.index(b".", start)
            yield site.respelled(
                path, at, at + 1, site.rng.choice(("..", "" if node.level > 1 else ".."))
            )


def _with_module(site: Site, path: str, node: ast.ImportFrom, module: str) -> Iterator[Proposal]:
    start = _offset(site, path, node.lineno, node.col_offset)
    text = site.after()[path].encode()
    match = re.compile(rb"from\s+([.\w]+)\s+import").match(text, start)
    if match:
        yield site.respelled(path, *match.span(1), module)


def wrong_alias(site: Site) -> Iterator[Proposal]:
    """The local name is not what the file uses: ``as`` is forgotten, or wrong."""
    for path, node, _ in _imports(site):
        for alias in node.names:
            if alias.asname:
                yield site.respelled(path, *_alias_span(site, path, alias), alias.name)
            elif alias.name != "*" and "." not in alias.name:
                yield site.respelled(
                    path, *_alias_span(site, path, alias), f"{alias.name} as _other"
                )


def drop_an_import(site: Site) -> Iterator[Proposal]:
    """An import, or one name of it, is gone: a re-export, or what the file itself uses."""
    for path, node, span in _imports(site):
        yield site.respelled(path, *span, "pass")
        if len(node.names) > 1 and isinstance(node, ast.ImportFrom):
            gone = site.rng.randrange(len(node.names))
            kept = [alias for at, alias in enumerate(node.names) if at != gone]
            yield site.respelled(path, *span, _statement(node, "", kept))


def import_too_late(site: Site) -> Iterator[Proposal]:
    """An import at module level moves behind everything that uses it."""
    for path, node, span in _imports(site):
        text = site.after()[path].encode()
        if node.col_offset == 0 and node.lineno < text.count(b"\n"):
            statement = text[slice(*span)].decode()
            at_end = site.respelled(path, len(text), len(text), f"{statement}\n")
            yield at_end.respelled(site.program.files, path, *span, "pass")


def rename_a_use(site: Site) -> Iterator[Proposal]:
    """A use is called differently than what is imported."""
    for path in site.changed():
        for start, end, name in _uses(site, path):
            other = {
                old.rpartition(":")[2]: new.rpartition(":")[2]
                for old, new in site.program.moved.items()
            }
            back = {new: old for old, new in other.items()}
            for new in {other.get(name), back.get(name)} - {None, name}:
                yield site.respelled(path, start, end, str(new))


def delete_a_module(site: Site) -> Iterator[Proposal]:
    """A module is deleted that may still be needed."""
    for path in sorted({*site.program.legacy} - site.right.removed):
        edits = {p: e for p, e in site.right.edits.items() if p != path}
        yield Proposal(edits, site.right.removed | {path})


def spoil_a_string(site: Site) -> Iterator[Proposal]:
    """A string that names something names something else."""
    for path in site.changed():
        text = site.after()[path]
        for match in re.finditer(r'"(?:[a-z]\w*\.)+(\w+)"', text):
            start = len(text[: match.start(1)].encode())
            others = [n for names in _defined(site).values() for n in names if n != match[1]]
            if others:
                yield site.respelled(
                    path, start, start + len(match[1].encode()), site.rng.choice(others)
                )


def drop_a_line_of_a_shim(site: Site) -> Iterator[Proposal]:
    """A forward, or another line of a shim, is lost."""
    for path in [path for path in site.program.legacy if path in site.right.edits]:
        text = site.after()[path]
        for match in re.finditer(r"(?m)^    \S.*,\n", text):
            start, end = (len(text[:at].encode()) for at in match.span())
            yield site.respelled(path, start, end, "")


MISTAKES: tuple[Mistake, ...] = (
    drop_an_edit,
    drop_a_file,
    swap_names,
    move_to_another_module,
    other_level,
    wrong_alias,
    drop_an_import,
    import_too_late,
    rename_a_use,
    delete_a_module,
    spoil_a_string,
    drop_a_line_of_a_shim,
)


# -- reading what will be


def _imports(site: Site) -> Iterator[tuple[str, ast.Import | ast.ImportFrom, tuple[int, int]]]:
    """Yield the import statements of the files that change, with their spans in bytes."""
    for path in site.changed():
        text = site.after()[path]
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Import | ast.ImportFrom) and not _is_future(node):
                yield path, node, _span(site, path, node)


def _is_future(node: ast.Import | ast.ImportFrom) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"


def _froms(site: Site) -> Iterator[tuple[str, ast.ImportFrom, tuple[int, int]]]:
    for path, node, span in _imports(site):
        if isinstance(node, ast.ImportFrom):
            yield path, node, span


def _uses(site: Site, path: str) -> Iterator[tuple[int, int, str]]:
    for node in ast.walk(ast.parse(site.after()[path])):
        if isinstance(node, ast.Name):
            yield *_span(site, path, node), node.id
        if isinstance(node, ast.Attribute):
            end = _span(site, path, node)[1]
            yield end - len(node.attr.encode()), end, node.attr


def _span(site: Site, path: str, node: ast.stmt | ast.expr | ast.alias) -> tuple[int, int]:
    start = _offset(site, path, node.lineno, node.col_offset)
    return start, _offset(site, path, node.end_lineno or 0, node.end_col_offset or 0)


def _alias_span(site: Site, path: str, alias: ast.alias) -> tuple[int, int]:
    return _span(site, path, alias)


def _offset(site: Site, path: str, line: int, column: int) -> int:
    lines = site.after()[path].encode().split(b"\n")
    return sum(len(each) + 1 for each in lines[: line - 1]) + column


def _module(node: ast.ImportFrom) -> str:
    return node.module or ""


def _statement(node: ast.ImportFrom, first: str, rest: list[ast.alias]) -> str:
    names = [first] if first else []
    names += [f"{alias.name} as {alias.asname}" if alias.asname else alias.name for alias in rest]
    return f"from {'.' * node.level}{node.module or ''} import {', '.join(names)}"


def _defined(site: Site) -> dict[str, list[str]]:
    """Return the modules after, by dotted name, with what they define."""
    found: dict[str, list[str]] = {}
    for path, text in site.after().items():
        if path.endswith(".py"):
            dotted = (
                path.removeprefix("src/")
                .removesuffix(".py")
                .removesuffix("/__init__")
                .replace("/", ".")
            )
            tree = ast.parse(text)
            found[dotted] = [
                n.name for n in tree.body if isinstance(n, ast.FunctionDef | ast.ClassDef)
            ]
    return found


# -- judging


@dataclass
class Tally:
    """What came of the mutants."""

    programs: int = 0
    alarms: list[tuple[int, list[Violation]]] = field(default_factory=list)
    mutants: int = 0
    lethal: Counter[str] = field(default_factory=Counter)
    caught: Counter[str] = field(default_factory=Counter)
    rejected_harmless: int = 0
    errors: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        lethal, caught = self.lethal.total(), self.caught.total()
        harmless = self.mutants - lethal
        lines = [
            f"{self.programs} plans that are right, {len(self.alarms)} of them rejected: seeds "
            + ", ".join(str(seed) for seed, _ in self.alarms[:20]),
            f"{self.mutants} mutants, {lethal} lethal, {caught} of these caught ({caught / max(lethal, 1):.1%})",
            f"{harmless} harmless ones, {self.rejected_harmless} of them rejected",
            f"{len(self.errors)} times the verifier failed: {Counter(self.errors).most_common(5)}",
        ]
        lines += [
            f"  {name:24} {self.caught[name]:5} of {n:5}" for name, n in self.lethal.most_common()
        ]
        return "\n".join(lines)


def verified(program: Program, proposed: Proposal, is_complete: bool) -> list[Violation]:
    """Return what the verifier has against a proposal."""
    migration = parsed(program.migration)
    tree = Tree(program.files)
    roots = migration.roots or (
        ("", "src") if any(p.startswith("src/") for p in program.files) else ("",)
    )
    roots = tuple("" if root == "." else root for root in roots)
    verifier = Verifier(tree.paths(), tree.read, roots, migration)
    rewrites = Rewrites(proposed.edits, proposed.removed)
    return verifier.verify(rewrites, complete=_complete(program) if is_complete else ())


def _complete(program: Program) -> list[str]:
    return [redirect.source for redirect in parsed(program.migration).redirects]


def mutants_of(program: Program, plan: Plan, most: int) -> Iterator[tuple[str, Proposal]]:
    """Yield up to ``most`` mutants of each mistake."""
    rng = random.Random(program.seed)
    site = Site(program, proposal(plan), rng)
    for mistake in MISTAKES:
        made = list(mistake(site))
        rng.shuffle(made)
        for each in made[:most]:
            yield mistake.__name__, each


def try_program(oracle: Oracle, program: Program, tally: Tally, kept: Path | None) -> None:
    """Judge the mutants of one program."""
    verdict = oracle.judge(program)
    if verdict.kind not in ("done", "left") or program.sound is not None:
        return
    plan = make_plan(Tree(program.files), [parsed(program.migration)], jobs=1)
    if not plan.changes:
        return
    is_complete = verdict.kind == "done" and bool(program.redirected)
    tally.programs += 1
    try:
        alarms = verified(program, proposal(plan), is_complete)
    except Exception as error:  # noqa: BLE001 (a verifier that fails is a finding)
        tally.errors.append(f"{type(error).__name__}: {error}")
        return
    if alarms:
        tally.alarms.append((program.seed, alarms))
        return
    before = oracle.works(program)
    for name, mutant in mutants_of(program, plan, 2):
        _try_mutant(oracle, program, (name, mutant), before, is_complete, tally, kept)


def _try_mutant(oracle, program, named, before, is_complete, tally, kept) -> None:
    name, mutant = named
    files = mutant.files(program.files)
    after = oracle.run(program, files)
    kind, why = oracle.behaviour(program, before, after, (), True)
    tally.mutants += 1
    try:
        found = verified(program, mutant, is_complete)
    except Exception as error:  # noqa: BLE001
        tally.errors.append(f"{type(error).__name__}: {error}")
        found = []
    if kind != "broken":
        tally.rejected_harmless += bool(found)
        return
    tally.lethal[name] += 1
    tally.caught[name] += bool(found)
    if not found and kept is not None:
        _keep(program, name, mutant, why, kept, tally.lethal.total())


def _keep(program: Program, name: str, mutant: Proposal, why: str, kept: Path, number: int) -> None:
    target = kept / f"{name}-{program.seed}-{number}"
    program.save(target)
    files = mutant.files(program.files)
    touched = [path for path in files if files[path] != program.files[path]]
    text = f"{name}: {why}\n\nThe mutant, what it writes:\n{shown(files, touched)}\nremoved: {sorted(mutant.removed)}\n"
    (target / "MUTANT.txt").write_text(text + f"\nBefore:\n{shown(program.files)}\n")


def main() -> None:
    asked = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    asked.add_argument("--seeds", default="0:2000", metavar="FROM:TO")
    asked.add_argument("--lethal", type=int, default=1000, help="stop after so many lethal mutants")
    asked.add_argument("--kept", type=Path)
    options = asked.parse_args()
    first, _, last = options.seeds.partition(":")
    tally = Tally()
    with new_oracle() as oracle:
        for seed in range(int(first), int(last)):
            try_program(oracle, generate(seed), tally, options.kept)
            if tally.lethal.total() >= options.lethal:
                break
            if seed % 100 == 99:
                print(
                    f"seed {seed}: {tally.lethal.total()} lethal, {tally.caught.total()} caught",
                    flush=True,
                )
    print(tally)
    for seed, alarms in tally.alarms[:40]:
        print(f"alarm, seed {seed}: {alarms[0]}")


if __name__ == "__main__":
    main()
