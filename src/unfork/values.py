"""The values passed between the parts of unfork: findings, changes, and the plan that holds them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from sys import intern

from unfork_codemods.edits import Edit, apply_edits

CODES: Mapping[str, str] = {
    "UF001": "import of a legacy module",
    "UF002": "name imported from a module that does not define it",
    "UF003": "import that resolves to no module",
    "UF004": "one module imported under two spellings",
    "UF005": "a string, comment or document that names a moved thing",
    "UF006": "name without a counterpart in the canonical module",
    "UF007": "file that cannot be parsed",
    "UF008": "rewrite that would close an import cycle",
    "UF009": "call or member that the canonical counterpart does not take; or a rewrite that could not be proved",
    "UF010": "counterpart that differs (signature, members, value): what a redirect changes",
    "UF101": "modules that duplicate each other",
    "UF102": "module that nothing imports",
    "UF103": "module that only forwards to another (a shim by hand)",
    "UF104": "twins that drifted apart",
}
MENTION = "UF005"
DIFFERENCE = "UF010"
NOTES = (DIFFERENCE, MENTION)
"""The codes of findings that are listed but never change an exit code, in the order in which they are listed."""


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """Something a user should know about one place.

    ``path`` is relative to the root, with ``/``; ``line`` and ``col`` (in characters) count from 1. ``module`` and
    ``name`` are what it is about, where that is one thing; with path and code they say which finding it is, whatever
    the wording. ``fixable``: `unfork check --fix` would fix it.
    """

    path: str
    line: int
    col: int
    code: str
    message: str
    module: str = field(default="", compare=False)
    name: str = field(default="", compare=False)
    fixable: bool = field(default=False, compare=False)

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.col} {self.code} {self.message}"

    def __reduce__(self) -> tuple[Callable[..., Finding], tuple[object, ...]]:
        texts = self.code, self.message, self.module, self.name
        return _received_finding, (self.path, self.line, self.col, *texts, self.fixable)


def _received_finding(
    path: str, line: int, col: int, code: str, message: str, module: str, name: str, fixable: bool
) -> Finding:
    """Return a finding of another process. Thousands of files say the same of one name: each text is stored once."""
    subject = intern(module), intern(name)
    return Finding(path, line, col, intern(code), intern(message), *subject, fixable)


def digest(data: bytes) -> str:
    """Return the SHA-256 digest of a text, in hexadecimal."""
    from hashlib import sha256  # late: not needed by a hook that finds nothing

    return sha256(data).hexdigest()


def order_of_note(note: Finding) -> tuple[int, Finding]:
    """Return the key by which notes are sorted: what a redirect changes, then what is only named."""
    return NOTES.index(note.code), note


@dataclass(frozen=True, slots=True)
class Change:
    """A change to one file: edits of the bytes with the digest ``before``, or its deletion.

    ``sites`` are the findings that the change fixes, in order of position, at their positions in the old text.
    """

    path: str
    before: str
    edits: tuple[Edit, ...]
    sites: tuple[Finding, ...] = ()
    deleted: bool = False

    @property
    def line(self) -> int:
        """The line of the first finding that is fixed."""
        return self.sites[0].line if self.sites else 1

    @property
    def code(self) -> str:
        """The code of the first finding that is fixed; empty if a change fixes none (a deprecation)."""
        return self.sites[0].code if self.sites else ""

    def result(self, data: bytes) -> bytes:
        """Return the new text of the file whose bytes are ``data``.

        Raises ValueError if ``data`` is not what the change was planned for.
        """
        if digest(data) != self.before:
            raise ValueError(f"{self.path} changed since it was read")
        return apply_edits(data, self.edits)


@dataclass(frozen=True, slots=True)
class Step:
    """The effect of one step of one migration: ``edits`` of each file refer to the text left by the step before.

    A file that the step deletes has None as edits. ``statements`` and ``names`` count what was rewritten.
    """

    migration: str
    name: str
    summary: str
    edits: Mapping[str, tuple[Edit, ...] | None]
    statements: int = 0
    names: int = 0
    left: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Basis:
    """What a plan depends on: the files below ``root`` with these ``endings``, as ``seen`` before it was made.

    For each file, a signature was seen: its identity, size and times. ``digests`` cover files that had changed so
    recently that a signature might not show another change.
    """

    root: Path
    endings: tuple[str, ...]
    seen: Mapping[str, tuple[int, ...]]
    digests: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Plan:
    """The effect of a run on the files under ``root``: ``changes`` by path, what is ``left`` to a person, and notes.

    ``changes`` are all steps composed, one change per file; ``steps`` contain the same changes one step at a time.
    ``notes`` are the findings that never change an exit code. ``caveats`` are lines about the migrations themselves:
    which of their modules do not exist, stay as they are, or could not be checked. ``basis`` is checked again before
    and after the plan is carried out.
    """

    root: Path
    changes: tuple[Change, ...] = ()
    left: tuple[Finding, ...] = ()
    notes: tuple[Finding, ...] = ()
    steps: tuple[Step, ...] = field(default=(), repr=False)
    caveats: tuple[str, ...] = ()
    basis: Basis | None = field(default=None, repr=False, compare=False)

    def patch(self) -> str:
        """Return the changes as a patch for ``git apply`` and ``patch -p1``, relative to the root.

        Bytes that are not UTF-8 become surrogates (PEP 383). Raises ValueError if a file changed since it was read.
        """
        from unfork.reports.patches import patch_of

        return patch_of(self)
