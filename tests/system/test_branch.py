from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from scratch import change, deletion, fill, git, repository, snapshot

from unfork.errors import GitError, ProofError
from unfork.files.branch import Commit, commit_steps, start_of_branch
from unfork.files.message import commit_message
from unfork.files.tree import CommitTree
from unfork.values import Change, Finding, Plan, Step, digest
from unfork_codemods.edits import Edit

posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX programs")
OLD, MIDDLE, NEW = (
    b"import old\r\n# old\n",
    b"import brand_new\r\n# old\n",
    b"import new\r\n# old\n",
)
FILES = {"a.py": OLD, "pkg/b.py": OLD, "pkg/gone.py": OLD, "same.py": b"same\n"}
FIRST = {"a.py": (Edit(7, 10, b"brand_new"),), "pkg/b.py": (Edit(7, 10, b"brand_new"),)}
SECOND = {"a.py": (Edit(7, 12, b""), Edit(12, 13, b"")), "pkg/gone.py": None}
LEFT = Finding("x.py", 3, 1, "UF006", "no counterpart")


def step(name: str, edits: Mapping[str, tuple[Edit, ...] | None]) -> Step:
    return Step("engines", name, "one home", edits, statements=len(edits), left=(LEFT,))


def plan_of(root: Path) -> Plan:
    changes = (
        Change("a.py", digest(OLD), (Edit(7, 10, b"new"),)),
        change("pkg/b.py", OLD),
        deletion("pkg/gone.py", OLD),
    )
    nothing = step("repair", {"a.py": (Edit(0, 6, b"import"),)})
    return Plan(root, changes, steps=(step("redirect", FIRST), nothing, step("remove", SECOND)))


def looks_like(root: Path, branch: str = "work") -> None:
    """The branch has one commit for each step that does something, and what they should do."""
    assert git(root, "rev-list", "--count", f"HEAD..{branch}") == "2"
    assert git(root, "rev-parse", f"{branch}~2") == git(root, "rev-parse", "HEAD")
    first, last = CommitTree(root, f"{branch}~1"), CommitTree(root, branch)
    assert first.paths() == CommitTree(root).paths()
    assert (first.read("a.py"), first.read("pkg/b.py")) == (MIDDLE, MIDDLE)
    assert set(first.paths()) - set(last.paths()) == {"pkg/gone.py"}
    assert (last.read("a.py"), last.read("pkg/b.py")) == (NEW, MIDDLE)
    git(root, "fsck", "--strict")


def test_each_step_that_does_something_becomes_a_commit(tmp_path: Path) -> None:
    root = repository(tmp_path, FILES)
    commits = commit_steps(root, plan_of(root), "work")
    looks_like(root)
    assert [commit.id for commit in commits] == git(
        root, "rev-list", "--reverse", "HEAD..work"
    ).split()
    assert [commit.files for commit in commits] == [2, 2]
    assert [git(root, "log", "-1", "--format=%B", c.id) for c in commits] == [
        c.message.strip() for c in commits
    ]
    assert git(root, "log", "-1", "--format=%an %ae %cn", "work") == "Ada ada@example.org Ada"
    assert git(root, "reflog", "work").endswith("unfork: created")


def test_the_message_tells_a_reviewer_what_was_done(tmp_path: Path) -> None:
    root = repository(tmp_path, FILES)
    commit = commit_steps(root, plan_of(root), "work")[1]
    assert isinstance(commit, Commit)
    assert commit.subject == "unfork remove: one home (engines)"
    assert commit.message == (
        "unfork remove: one home (engines)\n"
        "\n"
        "Migration: engines\n"
        "Step: remove\n"
        "Rewritten: 2 files, 2 statements\n"
        "Deleted: 1 file\n"
        "\n"
        "Left for a person:\n"
        "  x.py:3:1 UF006 no counterpart\n"
    )


def test_a_message_is_always_text_of_single_lines() -> None:
    left = tuple(Finding(os.fsdecode(b"\xff\n.py"), n, 1, "UF002", "a\0b") for n in range(1, 31))
    message = commit_message(Step("m\x1b[1m", "repair", "two\nlines", {}, 1, 2, left), 1)
    assert message.splitlines()[0] == r"unfork repair: two\nlines (m\x1b[1m)"
    assert "Rewritten: 1 file, 1 statement, 2 names\n" in message
    assert message.splitlines()[-1] == "  and 10 more"
    assert message.encode().isascii()


def test_nothing_else_is_touched(tmp_path: Path) -> None:
    root = repository(tmp_path, FILES)
    fill(root, {"stashed.py": b"", "same.py": b"stashed\n"})
    git(root, "stash", "-qu")
    fill(root, {"a.py": b"work in progress", "staged.py": b"staged", "pkg/new.py": b"new"})
    git(root, "add", "staged.py")
    (root / "pkg" / "b.py").unlink()
    before, index = snapshot(root), (root / ".git" / "index").read_bytes()
    refs = git(root, "for-each-ref"), git(root, "show", "stash")
    inside = {p for p in (root / ".git").rglob("*") if "objects" not in p.parts}
    commit_steps(root, plan_of(root), "feature/work")
    assert (snapshot(root), (root / ".git" / "index").read_bytes()) == (before, index)
    git(root, "rev-parse", "feature/work")
    new = {p for p in (root / ".git").rglob("*") if "objects" not in p.parts} - inside
    assert {p.relative_to(root / ".git").as_posix() for p in new} == {
        "refs/heads/feature",
        "refs/heads/feature/work",
        "logs/refs/heads/feature",
        "logs/refs/heads/feature/work",
    }
    git(root, "update-ref", "-d", "refs/heads/feature/work")
    assert (git(root, "for-each-ref"), git(root, "show", "stash")) == refs
    assert (root / ".git" / "HEAD").read_text() == "ref: refs/heads/main\n"


def test_no_step_that_does_something_makes_no_branch(tmp_path: Path) -> None:
    root = repository(tmp_path, FILES)
    assert commit_steps(root, Plan(root, steps=(step("redirect", {}),)), "work") == ()
    assert git(root, "branch", "--list", "work") == ""


def test_the_root_may_be_below_the_top(tmp_path: Path) -> None:
    inner = repository(tmp_path, {f"in/ner/{path}": text for path, text in FILES.items()})
    commit_steps(inner / "in/ner", plan_of(inner / "in/ner"), "work")
    looks_like(inner / "in/ner")
    assert git(inner, "diff", "--name-status", "HEAD", "work").split() == [
        *("M", "in/ner/a.py"),
        *("M", "in/ner/pkg/b.py"),
        *("D", "in/ner/pkg/gone.py"),
    ]


@posix
def test_modes_links_and_submodules_stay(tmp_path: Path) -> None:
    library = repository(tmp_path / "library", {"lib.py": b""})
    root = repository(tmp_path / "root", FILES)
    (root / "a.py").chmod(0o755)
    os.symlink("a.py", root / "link.py")
    git(root, "submodule", "add", "-q", str(library), "sub")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "second")
    commit_steps(root, plan_of(root), "work")
    looks_like(root)
    modes = {line.split()[-1]: line[:6] for line in git(root, "ls-tree", "work").splitlines()}
    assert (modes["a.py"], modes["link.py"], modes["sub"]) == ("100755", "120000", "160000")


def test_odd_file_names_get_through(tmp_path: Path) -> None:
    names = ["-dash.py", "sp ace.py", "ü.py"]
    names += ["n\nl.py", 'q"t\t.py', os.fsdecode(b"\xff.py")] if os.name == "posix" else []
    try:
        root = repository(tmp_path, dict.fromkeys(names, OLD))
    except OSError as error:
        pytest.skip(f"the file system takes no such name: {error}")
    changes = tuple(change(name, OLD) for name in names)
    steps = (step("redirect", {name: change(name, OLD).edits for name in names}),)
    commit_steps(root, Plan(root, changes, steps=steps), "work")
    tree = CommitTree(root, "work")
    assert {name: tree.read(name) for name in tree.paths()} == dict.fromkeys(names, MIDDLE)


def test_a_linked_work_tree_starts_from_its_own_head(tmp_path: Path) -> None:
    root = repository(tmp_path / "root", {"other.py": b""})
    git(root, "worktree", "add", "-qb", "side", "../linked")
    linked = fill(tmp_path / "linked", FILES)
    git(linked, "add", "-A")
    git(linked, "commit", "-qm", "side")
    commit_steps(linked, plan_of(linked), "work")
    looks_like(linked)


def test_a_submodule_gets_the_branch_itself(tmp_path: Path) -> None:
    library = repository(tmp_path / "library", FILES)
    root = repository(tmp_path / "root", {"main.py": b""})
    git(root, "submodule", "add", "-q", str(library), "sub")
    for key, value in (("user.name", "Ada"), ("user.email", "ada@example.org")):
        git(root / "sub", "config", key, value)
    commit_steps(root / "sub", plan_of(root / "sub"), "work")
    looks_like(root / "sub")
    assert git(root, "branch", "--list", "work") == ""


def configured(root: Path) -> Path:
    git(root, "config", "user.name", "Ada")
    git(root, "config", "user.email", "ada@example.org")
    return root


def test_a_shallow_clone_is_deep_enough(tmp_path: Path) -> None:
    root = repository(tmp_path / "root", {"a.py": b""})
    fill(root, FILES)
    git(root, "add", "-A")
    git(root, "commit", "-qm", "second")
    git(tmp_path, "clone", "-q", "--depth=1", root.as_uri(), "shallow")
    shallow = configured(tmp_path / "shallow")
    commit_steps(shallow, plan_of(shallow), "work")
    looks_like(shallow)


@posix
def test_in_a_partial_clone_what_is_missing_is_told_and_not_fetched(tmp_path: Path) -> None:
    """What fetches is a program that the clone's settings name."""
    root = repository(tmp_path / "root", FILES)
    git(root, "config", "uploadpack.allowFilter", "true")
    uri = root.as_uri()
    git(tmp_path, "clone", "-q", "--filter=blob:none", "--no-checkout", uri, "partial")
    partial = configured(tmp_path / "partial")
    program = fill(tmp_path, {"serve": f"#!/bin/sh\ntouch {tmp_path}/ran\n".encode()}) / "serve"
    program.chmod(0o755)
    git(partial, "config", "remote.origin.uploadpack", str(program))
    with pytest.raises(GitError, match=r"where the clone is a partial one, `git cat-file -e .*`"):
        commit_steps(partial, plan_of(partial), "work")
    assert not (tmp_path / "ran").exists()
    git(partial, "config", "--unset", "remote.origin.uploadpack")
    git(partial, "cat-file", "blob", "HEAD:a.py")
    for path in FILES:
        if path != "same.py":
            git(partial, "cat-file", "blob", f"HEAD:{path}")
    commit_steps(partial, plan_of(partial), "work")
    missing = git(partial, "rev-list", "--objects", "--missing=print", "work").split()
    assert f"?{git(root, 'rev-parse', 'HEAD:same.py')}" in missing
    looks_like(partial)


def test_a_sparse_checkout_gets_whole_commits(tmp_path: Path) -> None:
    root = repository(tmp_path, {**FILES, "rest/r.py": b""})
    git(root, "sparse-checkout", "set", "--cone", "--sparse-index", "rest")
    assert not (root / "pkg").exists()
    before = snapshot(root)
    commit_steps(root, plan_of(root), "work")
    looks_like(root)
    assert snapshot(root) == before


@pytest.mark.parametrize("attributes", [b"", b"*.py text eol=crlf\n", b"*.py filter=upper\n"])
def test_no_filter_touches_a_file(tmp_path: Path, attributes: bytes) -> None:
    root = repository(tmp_path, {**FILES, ".gitattributes": b""})
    for key, value in {
        "core.autocrlf": "true",
        "filter.upper.clean": "tr a-z A-Z",
        "filter.upper.smudge": "tr a-z A-Z",
    }.items():
        git(root, "config", key, value)
    fill(root, {".gitattributes": attributes})
    commit_steps(root, plan_of(root), "work")
    looks_like(root)


def test_a_sha256_repository_works_alike(tmp_path: Path) -> None:
    root = repository(tmp_path, FILES, "--object-format=sha256")
    commits = commit_steps(root, plan_of(root), "work")
    looks_like(root)
    assert [len(commit.id) for commit in commits] == [64, 64]


def test_a_split_index_stays_whole(tmp_path: Path) -> None:
    root = repository(tmp_path, FILES)
    git(root, "config", "core.splitIndex", "true")
    git(root, "update-index", "--split-index")
    before = sorted(path.name for path in (root / ".git").iterdir())
    commit_steps(root, plan_of(root), "work")
    looks_like(root)
    assert sorted(path.name for path in (root / ".git").iterdir()) == before


@posix
def test_no_hook_runs(tmp_path: Path) -> None:
    root = repository(tmp_path / "root", FILES)
    names = (
        "pre-commit",
        "commit-msg",
        "post-commit",
        "reference-transaction",
        "post-index-change",
    )
    for name in names:
        hook = fill(root, {f".git/hooks/{name}": b"#!/bin/sh\nexit 1\n"}) / ".git" / "hooks" / name
        hook.chmod(0o755)
    commit_steps(root, plan_of(root), "work")
    assert git(root, "-c", "core.hooksPath=/dev/null", "rev-list", "--count", "work") == "3"


def signing(
    root: Path, tmp_path: Path, wanted: str | None, program: str, patch: pytest.MonkeyPatch
) -> None:
    """Have the user's own settings, not the repository's, sign commits by a program."""
    git(root, "config", "--unset", "commit.gpgsign")
    text = f"[gpg]\n\tprogram = {program}\n" + (
        f"[commit]\n\tgpgsign = {wanted}\n" if wanted is not None else ""
    )
    patch.setenv("GIT_CONFIG_GLOBAL", str(fill(tmp_path, {"global": text.encode()}) / "global"))


def signer(tmp_path: Path) -> Path:
    script = b"#!/bin/sh\ncat >/dev/null\necho '[GNUPG:] SIG_CREATED ' >&2\necho signature\n"
    program = fill(tmp_path, {"sign": script + b"touch $0.ran\n"}) / "sign"
    program.chmod(0o755)
    return program


@posix
@pytest.mark.parametrize("wanted", ["true", "yes", "false", None, "maybe"])
def test_commits_are_signed_where_the_user_has_set_git_so(
    tmp_path: Path, wanted: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = repository(tmp_path / "root", FILES)
    signing(root, tmp_path, wanted, str(signer(tmp_path)), monkeypatch)
    if wanted == "maybe":
        with pytest.raises(GitError, match=r"bad .*boolean.* 'commit\.gpgsign'"):
            commit_steps(root, plan_of(root), "work")
        return
    for commit in commit_steps(root, plan_of(root), "work"):
        signed = "gpgsig signature" in git(root, "cat-file", "commit", commit.id)
        assert signed == (wanted in ("true", "yes"))


@posix
def test_a_repository_cannot_have_commits_signed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = repository(tmp_path / "root", FILES)
    program = signer(tmp_path)
    for key, value in {"commit.gpgsign": "true", "gpg.program": str(program)}.items():
        git(root, "config", key, value)
    commit_steps(root, plan_of(root), "work")
    signing(root, tmp_path, "true", "false", monkeypatch)  # the user's program is another one
    with pytest.raises(GitError, match=r"git commit-tree failed: .*sign"):
        commit_steps(root, plan_of(root), "second")
    assert not program.with_name("sign.ran").exists()


@posix
def test_a_signature_that_fails_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = repository(tmp_path / "root", FILES)
    signing(root, tmp_path, "true", "false", monkeypatch)
    with pytest.raises(GitError, match=r"git commit-tree failed: .*sign"):
        commit_steps(root, plan_of(root), "work")
    assert git(root, "branch", "--list", "work") == ""


def test_an_existing_branch_is_refused(tmp_path: Path) -> None:
    root = repository(tmp_path, FILES)
    git(root, "branch", "work")
    with pytest.raises(GitError, match="work: this branch exists already"):
        commit_steps(root, plan_of(root), "work")
    with pytest.raises(GitError, match=r"'refs/heads/work' exists"):
        commit_steps(root, plan_of(root), "work/more")
    assert git(root, "rev-parse", "work") == git(root, "rev-parse", "HEAD")


def test_a_branch_that_appears_meanwhile_is_not_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = repository(tmp_path, FILES)
    monkeypatch.setattr("unfork.files.branch._Texts.prove", lambda *_: git(root, "branch", "work"))
    with pytest.raises(GitError, match="git update-ref failed"):
        commit_steps(root, plan_of(root), "work")
    assert git(root, "rev-parse", "work") == git(root, "rev-parse", "HEAD")


@pytest.mark.parametrize(
    "name", ["", "a b", "-x", "a..b", "a.lock", "@", "@{-1}", "a\0b", "x\ny", "HEAD"]
)
def test_a_name_that_is_none_is_refused(tmp_path: Path, name: str) -> None:
    root = repository(tmp_path, FILES)
    git(root, "checkout", "-qb", "second")
    with pytest.raises(GitError, match=r"git does not accept this as a branch name"):
        commit_steps(root, plan_of(root), name)
    assert git(root, "branch", "--format=%(refname:short)").split() == ["main", "second"]


def test_without_a_commit_there_is_nothing_to_start_from(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    with pytest.raises(GitError, match="there is no commit yet"):
        start_of_branch(fill(tmp_path, FILES), "work")


def test_outside_a_work_tree_there_is_no_branch(tmp_path: Path) -> None:
    repository(tmp_path / "root", FILES)
    git(tmp_path, "clone", "-q", "--bare", "root", "bare.git")
    plain = fill(tmp_path / "plain", FILES)
    for where in (plain, tmp_path / "bare.git", tmp_path / "root" / ".git"):
        with pytest.raises(GitError, match="not in a git work tree"):
            commit_steps(where, plan_of(where), "work")


def test_an_unknown_author_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = repository(tmp_path / "root", FILES)
    for name in ("GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL", "GIT_AUTHOR_NAME", "EMAIL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    git(root, "config", "--unset", "user.email")
    with pytest.raises(GitError, match=r"git does not know who you are; .*user\.email"):
        commit_steps(root, plan_of(root), "work")
    monkeypatch.setenv("GIT_AUTHOR_EMAIL", "eve@example.org")
    monkeypatch.setenv("GIT_COMMITTER_EMAIL", "eve@example.org")
    commit_steps(root, plan_of(root), "work")
    assert git(root, "log", "-1", "--format=%ae", "work") == "eve@example.org"


@pytest.mark.parametrize("role", ["AUTHOR", "COMMITTER"])
def test_a_date_that_is_none_is_told(
    tmp_path: Path, role: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = repository(tmp_path / "root", FILES)
    monkeypatch.setenv(f"GIT_{role}_DATE", "the day after")
    with pytest.raises(GitError, match=rf"GIT_{role}_DATE: 'the day after' is not a date"):
        commit_steps(root, plan_of(root), "work")


def test_replaced_objects_and_grafts_are_not_looked_at(tmp_path: Path) -> None:
    """A branch is HEAD and the plan, whatever git shows instead of HEAD."""
    root = repository(tmp_path, FILES)
    other = git(root, "hash-object", "-w", "--stdin", stdin=b"import other\n")
    git(root, "replace", git(root, "rev-parse", "HEAD:same.py"), other)
    git(root, "replace", git(root, "rev-parse", "HEAD:a.py"), other)
    head = git(root, "rev-parse", "HEAD")
    commit_steps(root, plan_of(root), "work")
    looks_like(root)
    assert git(root, "--no-replace-objects", "rev-parse", "work~2") == head


def test_the_base_must_be_what_the_plan_was_made_for(tmp_path: Path) -> None:
    root = repository(tmp_path, FILES)
    base = start_of_branch(root, "work")
    plan = plan_of(root)
    fill(root, {"a.py": b"moved on"})
    git(root, "commit", "-qam", "second")
    with pytest.raises(GitError, match=r"a\.py: in .* not what the changes were made for"):
        commit_steps(root, plan, "work")
    with pytest.raises(GitError, match="knows no such commit"):
        commit_steps(root, plan, "work", base="0" * 40)
    commit_steps(root, plan, "work", base=base)
    assert git(root, "merge-base", "HEAD", "work") == base


def test_a_file_that_is_not_committed_is_told(tmp_path: Path) -> None:
    root = repository(tmp_path, FILES)
    fill(root, {"new.py": OLD})
    plan = Plan(root, (change("new.py", OLD),), steps=(step("redirect", {}),))
    with pytest.raises(GitError, match=r"new\.py: no such file in .*; commit it first"):
        commit_steps(root, plan, "work")


@pytest.mark.parametrize(
    "steps",
    [
        (step("redirect", FIRST),),
        (step("redirect", FIRST), step("remove", {**SECOND, "same.py": None})),
        (step("remove", {"a.py": None}), step("redirect", FIRST)),
    ],
)
def test_steps_that_do_not_add_up_make_no_branch(tmp_path: Path, steps: tuple[Step, ...]) -> None:
    root = repository(tmp_path, FILES)
    with pytest.raises(ProofError, match=r"proof failed \(steps\)"):
        commit_steps(root, Plan(root, plan_of(root).changes, steps=steps), "work")
    assert git(root, "branch", "--list", "work") == ""


def test_the_patch_of_the_plan_and_the_branch_say_the_same(tmp_path: Path) -> None:
    root = repository(tmp_path, FILES)
    plan = plan_of(root)
    commit_steps(root, plan, "work")
    patch = subprocess.run(["git", "diff", "HEAD", "work"], cwd=root, capture_output=True)
    assert patch.stdout
    git(root, "apply", "--index", "-", stdin=plan.patch().encode("utf-8", "surrogateescape"))
    assert git(root, "write-tree") == git(root, "rev-parse", "work^{tree}")
