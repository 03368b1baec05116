"""A plan as commits on a new branch: one per step, built without the work tree and the index.

    HEAD's files → blobs → trees → commits → one new ref, at the very end

Nothing visible is touched before that ref is created, and it is created only if no ref has its name. A killed run
leaves only objects that git collects in time.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from unfork.errors import GitError, ProofError
from unfork.files.git import Git
from unfork.files.message import commit_message
from unfork.files.objects import Objects
from unfork.files.repository import NOBODY, Repository, find_repository
from unfork.files.tree import CommitTree
from unfork.values import Change, Plan, Step, digest
from unfork_codemods.edits import apply_edits


@dataclass(frozen=True, slots=True)
class Commit:
    """A created commit: its full id, its message, the number of files that it changes, and the step behind it."""

    id: str
    message: str
    files: int
    step: Step

    @property
    def subject(self) -> str:
        """The first line of the message."""
        return self.message.partition("\n")[0]


def start_of_branch(root: Path, branch: str, may_exist: bool = False) -> str:
    """Return the full id of HEAD, which a new ``branch`` would start from.

    Raises GitError if the branch exists (unless it ``may_exist``) or its name is invalid, if there is no work tree or
    no commit yet, and if git does not know the committer or the date.
    """
    repository = _required_repository(root)
    ref = _branch_ref(repository, branch)
    if not may_exist and repository.ask("show-ref", "--verify", "--quiet", ref)[0] == 0:
        raise _exists_already(branch)
    head = repository.head()
    if not head:
        raise GitError(f"{root}: there is no commit yet for a branch to start from; commit first")
    _identity_variables(repository)
    return head


def commit_steps(
    root: Path,
    plan: Plan,
    branch: str,
    base: str | None = None,
    passing: Callable[[Sequence[Commit]], int] | None = None,
    may_exist: bool = False,
) -> tuple[Commit, ...]:
    """Create the new ``branch`` from ``base`` (HEAD), with a commit for each step that changes a file.

    ``passing`` returns how many of the commits, from the first, are to be on the branch; without it, all are. If none
    is, no branch is created. The work tree, the index and the stash stay as they are, and no hook runs.
    The commits are signed if the user's own ``commit.gpgsign`` is set. A branch that ``may_exist`` is left as it is if
    an earlier run made it, and gets what is missing: its commits are the first of these, whatever their dates and
    signatures.

    Raises the errors of `start_of_branch`; GitError if the base is not what the plan was made for, or if git fails;
    ProofError if the steps do not add up to the plan's changes.
    """
    head = start_of_branch(root, branch, may_exist)
    repository = _required_repository(root)
    start = base or head
    if repository.sealed.ask("cat-file", "-e", f"{start}^{{commit}}").returncode:
        raise GitError(f"{base}: git knows no such commit")
    with closing(CommitTree(root, start)) as tree:
        texts = _Texts(tree, plan)
        commits = _make_commits(repository, texts, plan.steps)
        texts.prove(plan)
    if passing is not None:
        commits = commits[: passing(commits)]
    if commits:
        _create_branch(repository, branch, start, commits, may_exist)
    return commits


def _create_branch(
    repository: Repository, branch: str, start: str, commits: Sequence[Commit], may_exist: bool
) -> None:
    ref, tip = _branch_ref(repository, branch), commits[-1].id
    before = "0" * len(start)
    if may_exist and (made := repository.ask("rev-parse", "--verify", "--quiet", ref)[1]):
        before = made.decode().strip()
        texts, texts_before = (_commit_texts(repository, start, end) for end in (tip, before))
        if not texts_before or not texts.endswith(texts_before):  # the newest comes first
            raise _exists_already(branch)
        if texts == texts_before:
            return
    repository.run("update-ref", "-m", "unfork: created", ref, tip, before)


def _commit_texts(repository: Repository, start: str, end: str) -> bytes:
    """Return the tree and the message of each commit from ``start`` to ``end``, and nothing that differs by the run."""
    asked = ("log", "--topo-order", "--no-show-signature", "--format=%T%x00%B%x00")
    return repository.sealed.run(*asked, f"{start}..{end}", "--")


def _exists_already(branch: str) -> GitError:
    return GitError(f"{branch}: this branch exists already; choose another name, or delete it")


class _Texts:
    """The texts of the files that a plan changes, after the steps applied so far."""

    def __init__(self, tree: CommitTree, plan: Plan) -> None:
        self.tree = tree
        self._now: dict[str, bytes | None] = {}
        for change in plan.changes:
            if digest(self._current_text(change.path)) != change.before:
                raise GitError(
                    f"{change.path}: in {tree.rev} it is not what the changes were made for; "
                    "run unfork again"
                )

    def apply_step(self, step: Step) -> Mapping[str, bytes | None]:
        """Return the new text of each file that the step changes, None for deleted files."""
        new: dict[str, bytes | None] = {}
        for path, edits in step.edits.items():
            old = self._current_text(path)
            text = None if edits is None else apply_edits(old, edits)
            if text != old:
                new[path] = self._now[path] = text
        return new

    def prove(self, plan: Plan) -> None:
        """Raise ProofError if the steps do not do exactly what the changes do."""
        changes = {change.path: change for change in plan.changes}
        for path, text in self._now.items():
            change = changes.get(path)
            if text != _text_after_change(self.tree.read(path), change):
                line = change.line if change else 1
                raise ProofError(path, line, "steps", "the steps do not add up to the change")

    def _current_text(self, path: str) -> bytes:
        if path not in self._now:
            try:
                self._now[path] = self.tree.read(path)
            except FileNotFoundError as error:
                raise GitError(f"{error}; commit it first") from error
        text = self._now[path]
        if text is None:
            raise ProofError(path, 1, "steps", "a step changes what a step before it deleted")
        return text


def _text_after_change(old: bytes, change: Change | None) -> bytes | None:
    if change is None:
        return old
    return None if change.deleted else change.result(old)


def _make_commits(
    repository: Repository, texts: _Texts, steps: Sequence[Step]
) -> tuple[Commit, ...]:
    parent, commits = texts.tree.rev, []
    objects = Objects(repository, parent)
    signed, who = _is_signed(repository), _identity_variables(repository)
    for step in steps:
        new = texts.apply_step(step)
        if not new:
            continue
        kept = {path: text for path, text in new.items() if text is not None}
        ids = dict(zip(kept, objects.blobs(list(kept.values()))))
        prefix, tree = repository.prefix, texts.tree
        rows = {prefix + p: (tree.mode(p), ids[p]) if p in ids else None for p in new}
        message = commit_message(step, len(new), len(new) - len(kept))
        sign = ("-S",) if signed else ()
        git = repository.sealed_in(repository.top, signing=signed)
        asked = ("commit-tree", objects.tree_with(rows), "-p", parent, *sign, "-F", "-")
        parent = git.run(*asked, stdin=message.encode(), more=who).decode().strip()
        commits.append(Commit(parent, message, len(new), step))
    return tuple(commits)


def _is_signed(repository: Repository) -> bool:
    """Return whether the user wants all commits signed. Raises GitError if that cannot be determined."""
    wanted = [setting for setting in repository.signing if setting.startswith("commit.gpgsign=")]
    if not wanted:
        return False
    asked = ("config", "--type=bool", "--get", "commit.gpgsign")
    git = Git(repository.top, tuple(wanted), {"GIT_DIR": os.devnull, **NOBODY})
    return git.run(*asked) == b"true\n"


def _identity_variables(repository: Repository) -> Mapping[str, str]:
    """Return the variables that tell git who commits. Raises GitError if git lacks the committer or the date."""
    variables: dict[str, str] = {}
    for role in ("AUTHOR", "COMMITTER"):
        code, said, why = repository.ask("var", f"GIT_{role}_IDENT")
        if code and b"date" in why:
            date = os.environ.get(f"GIT_{role}_DATE", "")
            raise GitError(f"GIT_{role}_DATE: {date!r} is not a date that git understands")
        if code:
            raise GitError(
                f"{repository.root}: git does not know who you are; tell it by "
                "`git config user.name` and `git config user.email`"
            )
        name, _, rest = os.fsdecode(said).rpartition(" <")
        variables |= {f"GIT_{role}_NAME": name, f"GIT_{role}_EMAIL": rest.partition(">")[0]}
    return variables


def _required_repository(root: Path) -> Repository:
    repository = find_repository(root)
    if repository is None:
        raise GitError(
            f"{root}: this is not in a git work tree, which a branch needs; "
            "without --branch, changes are written to the files"
        )
    return repository


def _branch_ref(repository: Repository, branch: str) -> str:
    ref = f"refs/heads/{branch}"
    for asked in (("--branch", branch), (ref,)):  # the second: such as @{-1}, the previous branch
        if "\0" in branch or branch == "@" or repository.ask("check-ref-format", *asked)[0]:
            raise GitError(f"{branch!r}: git does not accept this as a branch name")
    return ref
