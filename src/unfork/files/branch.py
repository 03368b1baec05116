"""A plan as commits on a new branch: one for each step, built beside the work tree and the index.

    HEAD's files → blobs → a temporary index → trees → commits → one new ref, at the very end

Nothing that anybody looks at is touched before that ref is made, and it is made only if there is
none of its name: a run that is killed leaves objects that git collects in time.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from unfork.errors import GitError, ProofError
from unfork.files import git
from unfork.files.message import commit_message
from unfork.files.tree import CommitTree
from unfork.values import Change, Plan, Step, digest
from unfork_codemods.edits import splice


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit that was made: its full id, its message, and the files that it changes."""

    id: str
    message: str
    files: int

    @property
    def subject(self) -> str:
        """The first line of the message."""
        return self.message.partition("\n")[0]


def start_of_branch(root: Path, branch: str) -> str:
    """Return the full id of HEAD, which a new ``branch`` would start from.

    Raises GitError where the branch exists or its name is none, where there is no work tree or no
    commit yet, and where git does not know who commits.
    """
    _repository(root)
    ref = _ref(root, branch)
    if git.ask(root, "show-ref", "--verify", "--quiet", ref).returncode == 0:
        raise GitError(f"{branch}: this branch exists already; choose another name, or delete it")
    head = _commit_id(root, "HEAD")
    if not head:
        raise GitError(f"{root}: there is no commit yet for a branch to start from; commit first")
    for who in ("GIT_AUTHOR_IDENT", "GIT_COMMITTER_IDENT"):
        if git.ask(root, "var", who).returncode:
            raise GitError(
                f"{root}: git does not know who you are; tell it by `git config user.name` and "
                "`git config user.email`"
            )
    return head


def commit_steps(
    root: Path, plan: Plan, branch: str, base: str | None = None
) -> tuple[Commit, ...]:
    """Make the new ``branch``: from ``base`` (HEAD), a commit for each step that changes a file.

    Where no step does, no branch is made. The work tree, the index and the stash stay as they are,
    and no hook runs. Where ``commit.gpgsign`` is set, the commits are signed.

    Raises what `start_of_branch` does; GitError where the base is not what the plan was made for,
    or where git fails; ProofError where the steps do not end in the plan's changes.
    """
    head = start_of_branch(root, branch)
    start = _commit_id(root, base) if base else head
    if not start:
        raise GitError(f"{base}: git knows no such commit")
    repository = _repository(root)
    with closing(CommitTree(root, start)) as tree:
        texts = _Texts(tree, plan)
        commits = _commits(repository, texts, plan.steps)
        texts.prove(plan)
    if commits:
        ref, none = _ref(root, branch), "0" * len(start)
        git.run(root, "update-ref", "-m", "unfork: created", ref, commits[-1].id, none)
    return commits


class _Texts:
    """The texts of the files that a plan changes, as they are after the steps taken so far."""

    def __init__(self, tree: CommitTree, plan: Plan) -> None:
        self.tree = tree
        self._now: dict[str, bytes | None] = {}
        for change in plan.changes:
            if digest(self._read(change.path)) != change.before:
                raise GitError(
                    f"{change.path}: in {tree.rev} it is not what the changes were made for; "
                    "run unfork again"
                )

    def take(self, step: Step) -> Mapping[str, bytes | None]:
        """Return the new text of each file that the step changes, None where it deletes it."""
        new: dict[str, bytes | None] = {}
        for path, edits in step.edits.items():
            old = self._read(path)
            text = None if edits is None else splice(old, edits)
            if text != old:
                new[path] = self._now[path] = text
        return new

    def prove(self, plan: Plan) -> None:
        """Raise ProofError where the steps do not do what the changes do, and nothing else."""
        changes = {change.path: change for change in plan.changes}
        for path, text in self._now.items():
            change = changes.get(path)
            if text != _wanted(self.tree.read(path), change):
                line = change.line if change else 1
                raise ProofError(path, line, "steps", "the steps do not add up to the change")

    def _read(self, path: str) -> bytes:
        if path not in self._now:
            try:
                self._now[path] = self.tree.read(path)
            except FileNotFoundError as error:
                raise GitError(f"{error}; commit it first") from error
        text = self._now[path]
        if text is None:
            raise ProofError(path, 1, "steps", "a step changes what a step before it deleted")
        return text


def _wanted(old: bytes, change: Change | None) -> bytes | None:
    if change is None:
        return old
    return None if change.deleted else change.result(old)


def _commits(
    repository: git.Repository, texts: _Texts, steps: Sequence[Step]
) -> tuple[Commit, ...]:
    top, commits, parent = repository.top, [], texts.tree.rev
    with tempfile.TemporaryDirectory(prefix="unfork-") as folder:
        env = {"GIT_INDEX_FILE": str(Path(folder, "index"))}
        git.run(top, "read-tree", parent, env=env)
        for step in steps:
            new = texts.take(step)
            if not new:
                continue
            rows = _rows(repository, texts.tree, new, Path(folder))
            git.run(top, "update-index", "-z", "--index-info", stdin=rows, env=env)
            written = git.run(top, "write-tree", "--missing-ok", env=env).decode().strip()
            message = commit_message(step, len(new), sum(text is None for text in new.values()))
            parent = _commit(top, written, parent, message)
            commits.append(Commit(parent, message, len(new)))
    return tuple(commits)


def _rows(
    repository: git.Repository, tree: CommitTree, new: Mapping[str, bytes | None], folder: Path
) -> bytes:
    """Write the new texts as blobs; return what the index is to be told of them."""
    kept = {path: text for path, text in new.items() if text is not None}
    about = dict.fromkeys(new, f"0 {'0' * len(tree.rev)}")  # mode 0: remove it
    for path, oid in zip(kept, _blobs(repository.top, list(kept.values()), folder)):
        about[path] = f"{tree.mode(path)} {oid}"
    return b"".join(
        about[path].encode() + b"\t" + os.fsencode(repository.prefix + path) + b"\0" for path in new
    )


def _blobs(top: Path, texts: Sequence[bytes], folder: Path) -> list[str]:
    """Write blobs, no filter applied; return their ids. One process writes all of them."""
    files = [folder / str(number) for number in range(len(texts))]
    for file, text in zip(files, texts):
        file.write_bytes(text)
    names = b"".join(os.fsencode(file) + b"\n" for file in files)
    written = git.run(top, "hash-object", "-w", "--no-filters", "--stdin-paths", stdin=names)
    return written.decode().split()


def _commit(top: Path, tree: str, parent: str, message: str) -> str:
    sign = git.run(top, "config", "--type=bool", "--default=false", "--get", "commit.gpgsign")
    asked = ("commit-tree", tree, "-p", parent, *(["-S"] if sign == b"true\n" else []), "-F", "-")
    return git.run(top, *asked, stdin=message.encode()).decode().strip()


def _commit_id(root: Path, rev: str) -> str:
    asked = ("rev-parse", "--verify", "--quiet", f"{rev}^{{commit}}")
    return git.ask(root, *asked).stdout.decode().strip()


def _repository(root: Path) -> git.Repository:
    repository = git.find(root)
    if repository is None:
        raise GitError(
            f"{root}: this is in no git work tree, and only there can a branch be made; "
            "without --branch, changes are written to the files"
        )
    return repository


def _ref(root: Path, branch: str) -> str:
    if "\0" in branch or git.ask(root, "check-ref-format", "--branch", branch).returncode:
        raise GitError(f"{branch!r}: git takes no such name for a branch")
    ref = f"refs/heads/{branch}"
    if git.ask(root, "check-ref-format", ref).returncode:  # such as @{-1}, the branch before
        raise GitError(f"{branch!r}: git takes no such name for a branch")
    return ref
