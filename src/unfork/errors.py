"""Errors that a user can act on."""

from __future__ import annotations

from pathlib import Path


class UnforkError(Exception):
    """Nothing was written, and the message says why and what to do. The command line exits with 2."""


class MigrationError(UnforkError):
    """A migration file is wrong: ``file``, ``line`` (from 1; 0 if there is none) and what is wrong there."""

    def __init__(self, file: Path | str, line: int, message: str) -> None:
        self.file, self.line, self.message = file, line, message
        super().__init__(f"{file}:{line}: {message}" if line else f"{file}: {message}")

    def __reduce__(self) -> tuple[type[MigrationError], tuple[Path | str, int, str]]:
        return type(self), (self.file, self.line, self.message)


class GitError(UnforkError):
    """The git program failed or refused."""


class WriteError(UnforkError):
    """A change could not be written; the tree is as it was before."""


class ProofError(UnforkError):
    """A rewrite failed its proof: a bug in unfork, or a migration that cannot be right."""

    def __init__(self, path: str, line: int, proof: str, message: str) -> None:
        self.path, self.line, self.proof, self.message = path, line, proof, message
        super().__init__(f"{path}:{line}: proof failed ({proof}): {message}")

    def __reduce__(self) -> tuple[type[ProofError], tuple[str, int, str, str]]:
        return type(self), (self.path, self.line, self.proof, self.message)
