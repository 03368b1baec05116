"""One file in the tree after, compared with the same file before."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

from unfork.reading.source import Source, Unparsable
from unfork.verification.bindings import accesses_of, names_in_paths, replacements_of
from unfork.verification.facts import FileReport, Violation
from unfork.verification.file_in_both import Both
from unfork.verification.imports import (
    imports_resolve,
    lost_examples,
    modules_reached,
    names_taken_as_before,
)
from unfork.verification.loads import lost_loads
from unfork.verification.new_text import detour_violations, unbound_names
from unfork.verification.offers import exports_of, names_listed_as_before, offers_less
from unfork.verification.references import lost_references, parted_twins
from unfork.verification.shims import is_shim, shim_exports, shim_violations
from unfork.verification.states import States


def report_on(states: States, path: str) -> FileReport:
    """Return the report on one file, read in full. A file nested too deeply to parse must stay unchanged."""
    try:
        return _report_on(states, path)
    except RecursionError:
        changed = path in states.rewrites.edits
        why = "nested too deeply to be verified"
        return FileReport(path, (Violation(path, 1, 1, why, (path,)),) if changed else ())


def _report_on(states: States, path: str) -> FileReport:
    try:
        before = states.source_before(path)
        before.tree  # noqa: B018 (parsed here, or refused)
    except (OSError, Unparsable):
        return FileReport(path)
    broken = _syntax_violation(states, path, before) if path in states.rewrites.edits else None
    if broken is not None:
        return FileReport(path, (broken,))
    if is_shim(states, path):
        violations = tuple(shim_violations(states, path))
        return FileReport(path, violations, exports=shim_exports(states, path))
    report = _full_report(Both(states, path, typing=False))
    text = before.data + states.source_after(path).data
    if b"TYPE_CHECKING" in text and not path.endswith(".pyi"):
        typed = Both(states, path, typing=True)
        more = (*lost_references(typed), *imports_resolve(typed))
        report = report._replace(violations=tuple(dict.fromkeys((*report.violations, *more))))
    return report


def _syntax_violation(states: States, path: str, before: Source) -> Violation | None:
    """Return a violation if the new text is not valid Python and the old text was."""
    error = _syntax_error(states.source_after(path))
    if error is None or _syntax_error(before) is not None:
        return None
    return Violation(path, error[0], 1, f"not Python any more: {error[1]}", (path,))


def _syntax_error(source: Source) -> tuple[int, str] | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the user's text caused them before, too
            compile(source.tree, source.path, "exec", dont_inherit=True)
    except Unparsable as error:
        return error.line, error.why
    except SyntaxError as error:
        return error.lineno or 1, error.msg
    return None


def _of_new_text(file: Both) -> Iterator[Violation]:
    yield from offers_less(file)
    yield from names_listed_as_before(file)
    yield from unbound_names(file)
    yield from detour_violations(file)


def _full_report(file: Both) -> FileReport:
    violations = [
        *lost_references(file),
        *parted_twins(file),
        *imports_resolve(file),
        *names_taken_as_before(file),
        *lost_examples(file),
        *lost_loads(file),
        *(_of_new_text(file) if file.changed else ()),
    ]
    return FileReport(
        file.path,
        tuple(dict.fromkeys(violations)),
        tuple(accesses_of(file)),
        tuple(replacements_of(file)),
        exports_of(file),
        tuple(dict.fromkeys(modules_reached(file))),
        tuple(dict.fromkeys(names_in_paths(file))),
    )
