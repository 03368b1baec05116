"""Modules that warn when they are imported, or become shims: what that makes of their files, and of their stubs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from libcst import ParserSyntaxError

from unfork.errors import ProofError
from unfork.reading.index import Index
from unfork.reading.layout import key_of
from unfork.reading.source import Source, Unparsable
from unfork.rewriting.constraints import Constraints
from unfork.rewriting.file_results import StepResult
from unfork.rewriting.migrated_file import MigratedFile, edited_source
from unfork.rewriting.shims import shim_of, stub_of
from unfork.rewriting.verify import refusal_finding
from unfork.values import Finding
from unfork_codemods.deprecate import Deprecate
from unfork_codemods.deprecate_module import deprecation_edits
from unfork_codemods.edits import Edit
from unfork_codemods.project import ImportCodemod


@dataclass(frozen=True)
class Deprecation:
    """A step that deprecates a module, with the project and the codemods that a shim follows.

    ``strict``: a failed proof ends the run instead of leaving the file unchanged.
    """

    step: Deprecate
    index: Index
    codemods: Sequence[ImportCodemod]
    facts: Constraints
    strict: bool

    def verified_result(self, file: MigratedFile) -> StepResult | None:
        """Return what the step does to a file, without its edits if its verification fails; None if nothing.

        Raises ProofError if proofs are ``strict``.
        """
        result = self._result(file.text)
        why = self._reason_to_refuse(file.text, result) if result is not None else None
        if result is None or why is None:
            return result
        left = (*result.left, *((why,) if why != file.refused else ()))
        file.refused = why
        return StepResult(result.step, (), left=left)

    def _result(self, text: Source) -> StepResult | None:
        try:
            result = self._unverified_result(text)
        except ParserSyntaxError as error:  # LibCST does not know all Python syntax
            why = "LibCST cannot parse this, so the module is not deprecated; write it by hand"
            line, col = error.raw_line, error.raw_column + 1
            result = _result_of(left=(Finding(text.path, line, col, "UF007", why),))
        return result if result.edits or result.left else None

    def _unverified_result(self, text: Source) -> StepResult:
        if text.path.endswith(".pyi"):
            return self._stub_result(text) if self.step.shim else _result_of()
        return self._shim_result(text) if self.step.shim else self._warning_result(text)

    def _warning_result(self, text: Source, left: tuple[Finding, ...] = ()) -> StepResult:
        """Return the result that makes importing a module warn; ``left`` says why a requested shim was not made."""
        text.tree  # noqa: B018 (a file that does not parse is left)
        return _result_of(deprecation_edits(text.data.decode(), self.step), left)

    def _shim_result(self, text: Source) -> StepResult:
        shim = shim_of(text, self.step, self.index, self.codemods, self.facts)
        if shim.left:
            return self._warning_result(text, shim.left)
        no_shim = self.facts.no_shim
        if shim.edits and no_shim:
            why = f"{self.step.module} cannot become a shim: {no_shim.message}"
            return self._warning_result(text, (Finding(text.path, 1, 1, no_shim.code, why),))
        forwards = tuple(shim.forwards.targets) if shim.forwards is not None else ()
        result = _result_of(shim.edits)
        return replace(result, forgets=shim.forgets, forwards=forwards, loads=shim.loads)

    def _stub_result(self, text: Source) -> StepResult:
        """Return the result that updates a stub if its module is a shim or becomes one in this run."""
        path = self.index.file(key_of(text.path))
        if path == text.path or self.facts.no_shim:
            return _result_of()
        source = self.index.source(path)
        shim = shim_of(source, self.step, self.index, self.codemods, self.facts)
        return replace(_result_of(stub_of(text, shim)), statements=0)

    def _reason_to_refuse(self, text: Source, deprecated: StepResult) -> Finding | None:
        """Return why a module must not warn; None if the new text parses and a second run would not change it."""
        if not deprecated.edits or self.facts.unchanged is not None:
            return self.facts.unchanged if deprecated.edits else None
        try:
            again = self._result(edited_source(text, deprecated.edits))
            why = "the module would be changed again" if again is not None and again.edits else ""
            proof = "a second run changes nothing"
        except Unparsable as error:
            why, proof = error.why, "the new text parses"
        if not why:
            return None
        failed = ProofError(text.path, text.location(deprecated.edits[0].start)[0], proof, why)
        if self.strict:
            raise failed
        return refusal_finding(text, deprecated.edits, failed)


def _result_of(edits: tuple[Edit, ...] = (), left: tuple[Finding, ...] = ()) -> StepResult:
    return StepResult("deprecate", edits, left=left, statements=min(1, len(edits)))
