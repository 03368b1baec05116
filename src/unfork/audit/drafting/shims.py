"""The part of a draft that is about modules that only forward to another."""

from __future__ import annotations

from collections.abc import Iterator

from unfork.audit.drafting.text import choice_lines, comment_lines, has_name
from unfork.audit.imports.hand_shims import HandShim
from unfork.audit.result import Audit
from unfork.toml import toml_string
from unfork_codemods.project import Key


def shim_lines(audit: Audit) -> Iterator[str]:
    """Yield for each shim a redirect to where it forwards, and its removal; or why that has to wait.

    Whether one that users may import goes is a question.
    """
    for shim in _nameable_shims(audit):
        waits = _reason_to_wait(audit, shim)
        yield from comment_lines(f"{shim.summary(audit.dotted)}.{waits}")
        if not waits:
            yield from _shim_steps(audit, shim)
        yield ""


def removed_shims(audit: Audit) -> Iterator[Key]:
    """Yield the shims that the draft removes."""
    for shim in _nameable_shims(audit):
        if not (_reason_to_wait(audit, shim) or audit.reach.outsiders.reason(shim.key)):
            yield shim.key


def _nameable_shims(audit: Audit) -> Iterator[HandShim]:
    """Yield the shims that a migration can name, as it can name their targets; a copy is drafted as such."""
    copies = _copies(audit)
    for shim in audit.shims:
        if shim.key not in copies and all(has_name(audit, key) for key in (shim.key, shim.target)):
            yield shim


def _copies(audit: Audit) -> dict[Key, Key]:
    """Return the modules that duplicate another, with their canonical modules."""
    return {fork.key: fork.canonical for group in audit.groups for fork in group.forks}


def _reason_to_wait(audit: Audit, shim: HandShim) -> str:
    facts = audit.model.modules[shim.target]
    if facts.error is not None:
        return f" {facts.path} cannot be parsed: fix it first, then draft again."
    canonical = _copies(audit).get(shim.target)
    if canonical is None:
        return ""
    names = f"{audit.dotted(shim.target)} duplicates {audit.dotted(canonical)}"
    return f" {names}: settle that first, then draft again."


def _shim_steps(audit: Audit, shim: HandShim) -> Iterator[str]:
    own = toml_string(audit.dotted(shim.key))
    if shim.importers:
        yield "[[redirect]]"
        yield f"from = {own}"
        yield f"to   = {toml_string(audit.dotted(shim.target))}"
        if shim.renamed:
            yield "[redirect.names]"
        yield from (f"{name} = {toml_string(target)}" for name, target in shim.renamed)
        yield ""
    yield from _removal_lines(audit, shim)


def _removal_lines(audit: Audit, shim: HandShim) -> Iterator[str]:
    own = audit.dotted(shim.key)
    outsiders = audit.reach.outsiders.reason(shim.key)
    mark = ""
    if outsiders:
        yield from comment_lines(f"? Should {own} go?")
        yield from choice_lines(f"{outsiders}.")
        yield from choice_lines("yes: remove the `# ` before the lines below.")
        mark = "# "
    yield f"{mark}[[remove]]"
    yield f"{mark}module = {toml_string(own)}"
