"""The verifier's verdict on a plan: files to revert, modules to keep, and findings about the whole."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from unfork.errors import ProofError
from unfork.garbage import without_collection
from unfork.planning.run import Run
from unfork.planning.settling import Settling
from unfork.reading.layout import key_of
from unfork.rewriting.constraints import Constraints, Name
from unfork.values import Finding
from unfork.verification import Rewrites, Violation
from unfork_codemods.project import Unresolved


@dataclass(frozen=True)
class Verdicts:
    """The verifier's verdict on a plan.

    ``unchanged`` are the constraints of files to revert, ``withheld`` maps files that must not be removed to the
    reason, and ``unproved`` is what is left although every change is right. ``taken`` are legacy names that files go on
    taking although nothing in them is left, each with the place.
    """

    unchanged: Mapping[str, Constraints] = field(default_factory=dict)
    withheld: Mapping[str, str] = field(default_factory=dict)
    unproved: tuple[Finding, ...] = ()
    taken: Mapping[Name, str] = field(default_factory=dict)

    @property
    def is_final(self) -> bool:
        """Whether the plan can be kept as it is."""
        return not self.unchanged and not self.withheld


def verify_results(settling: Settling, removed: Collection[str]) -> Verdicts:
    """Return the verifier's verdict on the settled results, with the files ``removed``.

    Raises ProofError if proofs are strict.
    """
    results, run = settling.results, settling.run
    edits = {path: result.edits for path, result in results.items() if result.edits}
    quick = {path: r.moves for path, r in results.items() if r.edits and r.moves is not None}
    rewrites = Rewrites(edits, frozenset(removed))
    candidates = {*results, *run.all_candidates[0], *run.all_candidates[1]}
    done = {path for path in filter(run.covers, candidates) if not _is_left(settling, path)}
    verifier = run.engine.verifier
    with without_collection():
        violations = verifier.verify(
            rewrites,
            quick,
            complete=done,
            candidates=candidates,
            beside=settling.workers.beside,
            replacers=run.users_of_sys_modules if edits else (),
        )
    if run.types and not any(violation.blame for violation in violations):
        from unfork.planning.type_errors import new_type_errors  # late: an option

        violations += new_type_errors(settling, removed)
    if violations and run.strict:
        first = violations[0]
        raise ProofError(first.path, first.line, "the program works as before", first.why)
    blamed = dict(_violations_by_file(violations))
    back = {
        path: _taken_back(settling, path, violation)
        for path, violation in blamed.items()
        if path in edits and path not in removed
    }
    return Verdicts(
        back,
        {path: _violation_text(path, reason) for path, reason in blamed.items() if path in removed},
        tuple(_unblamed_findings(violations)),
        {
            (key_of(v.taken[0]), v.taken[1]): f"{v.path}:{v.line} takes it"
            for v in violations
            if v.taken is not None
        },
    )


def still_taken(run: Run, paths: Collection[str], excluded: Collection[str]) -> tuple[Finding, ...]:
    """Return where unchanged files take something from a legacy module without any other finding.

    They may take it from ``excluded`` files; if the whole project is selected, the users of those are checked too.
    """
    verifier = run.engine.verifier
    nothing = Rewrites()
    takers = verifier.takers((*paths, *excluded), nothing) if run.chosen is None else ()
    reports = {path: verifier.file(path, nothing) for path in takers if run.covers(path)}
    asked = {*paths, *reports}
    violations = verifier.verify(nothing, reports=reports, complete=asked, candidates=asked)
    return tuple(_unblamed_findings(violations))


def _taken_back(settling: Settling, path: str, violation: Violation) -> Constraints:
    """Return the constraint that reverts a rewrite; a module that cannot be a shim still warns."""
    known = settling.constraints_of(path)
    if settling.results[path].loads and known.no_shim is None:
        return replace(known, no_shim=Unresolved("UF006", _violation_text(path, violation)))
    return replace(known, unchanged=_refusal_finding(path, violation))


def _is_left(settling: Settling, path: str) -> bool:
    """Return whether anything in a file is left for a person."""
    return path in settling.results and bool(settling.results[path].left)


def _violations_by_file(violations: Sequence[Violation]) -> Iterator[tuple[str, Violation]]:
    """Yield the files to revert, each with a violation; a violation in the file itself comes last, so it wins."""
    for violation in sorted(violations, key=lambda violation: violation.path in violation.blame):
        yield from ((path, violation) for path in violation.blame)


def _violation_text(path: str, violation: Violation) -> str:
    where = "" if path == violation.path else f"{violation.path}:{violation.line}: "
    return f"{where}{violation.why}"


def _refusal_finding(path: str, violation: Violation) -> Finding:
    line, col = (violation.line, violation.col) if path == violation.path else (1, 1)
    why = f"not rewritten, since the program might work differently afterwards: {_violation_text(path, violation)}"
    return Finding(path, line, col, "UF009", f"{why}; {violation.advice}")


def _unblamed_findings(violations: Sequence[Violation]) -> Iterator[Finding]:
    for violation in violations:
        if not violation.blame:
            yield Finding(violation.path, violation.line, violation.col, "UF009", violation.why)
