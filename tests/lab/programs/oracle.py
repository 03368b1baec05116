"""Judge what unfork does to a program: by running the program before and after.

broken     it prints something else after, or fails
silent     everything is said to be done, but the program still loads a legacy module
crash      an exception, or a run that is refused as a whole, though the migration is right
unstable   a second run changes something, or `check` disagrees on whether something is left
split      references are left, or files excluded: what a module keeps, or is compared by identity, is there twice
           since; or a file was two modules before, by two roots: to a migration it is one, and the two may become one
order      modules are imported in another order, or more of them: it prints the same lines, and perhaps others;
           what a registry holds may differ where more modules run than before, since these may register something
left       references are left for a person, and the program works: allowed
done       everything moved, and the program works
"""

from __future__ import annotations

import re
import shutil
import tempfile
import traceback
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from unfork.errors import UnforkError
from unfork.loading.migration_file import migration_of
from unfork.loading.tables import parse_table
from unfork.planning.checking import check_files
from unfork.planning.pipeline import make_plan
from unfork.values import Plan
from unfork_codemods.migration import Migration

from .interpreters import Interpreters, Outcome
from .model import Files, Program, write_files

FAULTS = ("crash", "broken", "silent", "unstable")
_SHARED = ("registry", "same")
"""What lines begin with that tell of state and identity: these split where a part of the references is left."""
_FAILED_EXAMPLE = "***Test Failed***"
_TOO_EARLY = ("ImportError", "AttributeError")
"""The errors of a module that is asked for a name while its body still runs."""
NOTES = ("UF005", "UF010")
_CHECKED_APART = ("[[deprecate]]", "[[remove]]")
"""Steps that ``check`` does not look at: there it may find less than ``apply`` leaves."""


@dataclass(frozen=True)
class Tree:
    """Files that need not be on disk, as unfork reads them."""

    files: Files
    root: Path = Path("/nowhere")

    def paths(self, endings: tuple[str, ...] = ("",)) -> tuple[str, ...]:
        return tuple(sorted(path for path in self.files if path.endswith(endings)))

    def read(self, path: str) -> bytes:
        if path not in self.files:
            raise FileNotFoundError(2, "No such file or directory", path)
        return self.files[path].encode()


@dataclass(frozen=True)
class Verdict:
    """What came of a program: a class (above, or ``unfit`` for a program that does not run before), and why."""

    kind: str
    why: str = ""
    after: Files | None = None
    left: tuple[str, ...] = ()

    @property
    def is_fault(self) -> bool:
        return self.kind in FAULTS

    @property
    def signature(self) -> str:
        """The fault without names and places: what two faults of one kind have in common."""
        text = re.sub(r"(proof failed \(.*?\)): .*", r"\1", self.why.split("\n")[0])
        text = re.sub(r"'[^']*'|\"[^\"]*\"|\b[\w./]+\.pyi?(:\d+)*\b|\d+", "_", text)
        return f"{self.kind}: {text}"


def parsed(migration: str) -> Migration:
    """Return a migration from its text."""
    return migration_of(parse_table(migration.encode(), "m.toml"))


def changed(files: Files, plan: Plan) -> dict[str, str]:
    """Return the files after a plan."""
    after = dict(files)
    for change in plan.changes:
        old = after.pop(change.path)
        if not change.deleted:
            after[change.path] = change.result(old.encode()).decode()
    return after


class Oracle:
    """Runs and judges programs. ``scratch`` is a folder in which they are written."""

    def __init__(self, interpreters: Interpreters, scratch: Path) -> None:
        self._interpreters = interpreters
        self._scratch = scratch

    def run(self, program: Program, files: Files) -> list[Outcome]:
        """Run ``files`` as the program says."""
        folder = Path(tempfile.mkdtemp(dir=self._scratch))
        try:
            write_files(folder, files)
            outcomes = self._interpreters.run(folder, program.path, program.runs)
            prefix = f"{folder}/"  # a doctest that fails prints the path of its file
            return [
                outcome._replace(printed=outcome.printed.replace(prefix, ""))
                for outcome in outcomes
            ]
        finally:
            shutil.rmtree(folder)

    def works(self, program: Program) -> list[Outcome] | None:
        """Return what the program does before; None for a program that does not work.

        It fails, or one of its examples does, or it works by chance: the import of a module failed, and worked at the
        next attempt, beside what the first had left in ``sys.modules``.
        """
        outcomes = self.run(program, program.sound or program.files)
        failed = (o.error or o.retried or _FAILED_EXAMPLE in o.printed for o in outcomes)
        return None if any(failed) else outcomes

    def _has_working_targets(self, program: Program) -> bool:
        """Return whether the modules that a migration leads to work before, each imported by itself.

        One that asks for a name too early does: another order of imports may help it, and finding that is unfork's.
        """
        runs = tuple(f"+{target}" for target in program.targets)
        outcomes = self.run(replace(program, runs=runs), program.files)
        return all(o.error.startswith(_TOO_EARLY) for o in outcomes if o.error)

    def judge(self, program: Program) -> Verdict:
        """Run a program, migrate it, run it again."""
        before = self.works(program)
        if before is None:
            return Verdict("unfit")
        try:
            return self._judged(program, before)
        except UnforkError as error:
            return Verdict("crash", f"{type(error).__name__}: {error}")
        except Exception as error:  # noqa: BLE001 (a crash is a finding)
            frame = traceback.extract_tb(error.__traceback__)[-1]
            text = str(error) or type(error).__name__
            return Verdict("crash", f"{type(error).__name__} in {frame.name}\n{text}")

    def _judged(self, program: Program, before: Sequence[Outcome]) -> Verdict:
        migration = parsed(program.migration)
        plan = make_plan(Tree(program.files), [migration], jobs=1)
        after = changed(program.files, plan)
        left = tuple(str(finding) for finding in plan.left)
        outcomes = self.run(program, after)
        kind, why = self.behaviour(program, before, outcomes, left, bool(plan.changes))
        if kind == "broken" and not self._has_working_targets(program):
            return Verdict("unfit")
        if not kind:
            kind, why = self._stability(program, migration, after, bool(left))
        return Verdict(kind or ("left" if left else "done"), why, after, left)

    def behaviour(
        self,
        program: Program,
        before: Sequence[Outcome],
        after: Sequence[Outcome],
        left: Sequence[str],
        is_changed: bool,
    ) -> tuple[str, str]:
        """Return the class of what differs between two runs, and why; empty where nothing does."""
        if program.sound is not None and left and not is_changed:
            return "", ""  # nothing was repaired, and that is said
        worst = ("", "")
        stays = bool(left) or bool(parsed(program.migration).exclude)
        for old, new in zip(before, after, strict=True):
            if new.error:
                return "broken", new.error
            was, now = program.normal(old.printed), program.normal(new.printed)
            if was != now:
                more = {*new.loaded} - {*old.loaded} - program.canonical
                is_apart = stays or old.twice
                worst = max(worst, _different(was, now, is_apart, bool(more)), key=_weight)
        if worst[0]:
            return worst
        runs = [
            outcome for run, outcome in zip(program.runs, after) if not run.startswith("client")
        ]
        loaded = sorted({file for outcome in runs for file in outcome.loaded} & program.redirected)
        if loaded and not left:
            return "silent", f"loads a legacy module: {', '.join(loaded)}"
        return "", ""

    def _stability(
        self, program: Program, migration: Migration, after: Files, is_left: bool
    ) -> tuple[str, str]:
        again = make_plan(Tree(after), [migration], jobs=1)
        if again.changes:
            return "unstable", f"a second run changes {again.changes[0].path}"
        findings = [f for f in check_files(Tree(after), [migration], jobs=1) if f.code not in NOTES]
        if findings and not is_left:
            return "unstable", f"nothing is left, but check finds something\n{findings[0]}"
        if (
            is_left
            and not findings
            and not any(step in program.migration for step in _CHECKED_APART)
        ):
            return "unstable", "something is left, but check finds nothing"
        return "", ""


def _weight(verdict: tuple[str, str]) -> int:
    return ("", "order", "split", "broken").index(verdict[0])


def _different(was: str, now: str, is_apart: bool, is_more_loaded: bool) -> tuple[str, str]:
    """Return what a difference in the output is: its class, and why.

    ``is_apart``: not all of the program moved, or it had modules twice; ``is_more_loaded``: modules ran that did not
    run before.
    """
    old, new = Counter(was.splitlines()), Counter(now.splitlines())
    gone, come = list((old - new).elements()), list((new - old).elements())
    if not gone and not come:
        return "order", "prints in another order"
    where = "".join(f"\nbefore: {line}" for line in gone) + "".join(
        f"\nafter:  {line}" for line in come
    )
    if not gone:
        return "order", f"runs modules that it did not run before{where}"
    if all(line.startswith(_SHARED) for line in gone):
        is_same_elsewhere = all(line.startswith(_SHARED) for line in come)
        if is_apart and (is_same_elsewhere or is_more_loaded):
            return "split", f"prints something else{where}"
        if is_more_loaded and all(line.startswith("registry") for line in gone):
            return (
                "order",
                f"runs modules that it did not run before, and these may register{where}",
            )
    if not come:
        return "broken", f"prints less than before{where}"
    return "broken", f"prints something else ({_stem(gone[0])}){where}"


def _stem(line: str) -> str:
    """Return what kind of line it is: its label without the number."""
    return line.partition(" ")[0].rstrip("0123456789")


def count(verdicts: Mapping[str, int]) -> str:
    """Return counts of verdicts as one line."""
    return ", ".join(f"{number} {kind}" for kind, number in sorted(verdicts.items()))
