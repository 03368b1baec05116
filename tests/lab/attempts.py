"""Attempts to break a promise, each a small project and a command line: 300 and more, over the same kinds as issue 14.

    python tests/lab/attempts.py                 all of them, a table of what came out
    python tests/lab/attempts.py --only journal  those of one kind
    python tests/lab/attempts.py --show          each with its exit code and what it said

An attempt succeeds, and is printed, where there is a traceback, an exit code that is none of the table, a program
that was started, a byte outside the root that changed, a file that changed though the run says that nothing is, a line
that a CI system would take for a command, a temporary file that is left, a run that takes more than 20 seconds, or
what the attempt itself asks for.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from stage import ENGINE, MIGRATION, USE, git, leftovers, project, put, repository, texts, unfork

NEW = USE.replace("old", "new")
COMMANDS = (("diff",), ("check",), ("audit",), ("apply",), ("undo",), ("check", "--fix"))
Make = Callable[[Path], None]
Check = Callable[[Path, int], str]


@dataclass
class Attempt:
    """What is tried: its kind and name, what is done to the project, the arguments, and what must hold afterwards."""

    kind: str
    name: str
    make: Make
    args: tuple[str, ...]
    check: Check = lambda root, code: ""
    repository: bool = False
    variables: dict[str, str] = field(default_factory=dict)


def _nothing(root: Path) -> None:
    """Leave the project as it is."""


# -- 2: journals that come with a folder


def journals() -> Iterator[Attempt]:
    head = {"is": "unfork journal 1", "token": "0" * 16, "since": "then", "files": []}
    row = ["Makefile", "0" * 64, None, 0o104755, 4]
    rows = {
        "makefile": [row],
        "above": [["../beside.py", *row[1:]]],
        "absolute": [["/tmp/x.py", *row[1:]]],
        "git": [[".git/hooks/pre-commit", *row[1:]]],
        "setuid": [["use.py", "0" * 64, "0" * 64, 0o106777, 0]],
        "huge": [["use.py", "0" * 64, "0" * 64, 10**400, 10**400]],
    }
    bodies: dict[str, bytes] = {
        "empty": b"",
        "zeros": b"\0" * 4096,
        "noise": bytes(range(256)) * 16,
        "deep": b"[" * 200_000,
        "deep sealed": b"unfork journal 2 " + b"0" * 64 + b" 100000\n" + b"[" * 100_000,
        "long": b"unfork journal 2 " + b"0" * 64 + b" 9999999999\n",
        "endless line": b"x" * 5_000_000,
        "escapes": b"unfork journal 2 \x1b[2J\n::error::x\n",
    }
    for name, files in rows.items():
        bodies[name] = json.dumps({**head, "files": files}).encode() + b"\nevil"
        text = json.dumps(
            {"token": "0" * 16, "since": "\x1b[2J\n::error::x", "files": files}
        ).encode()
        bodies[f"{name} 2"] = b"unfork journal 2 %s %d\n%s" % (b"0" * 64, len(text), text)
    for name, body in bodies.items():
        for file in ("pending", "last"):
            args = ("apply",) if file == "pending" else ("undo",)
            yield Attempt(
                "journal", f"{file}: {name}", lambda root, f=file, b=body: _kept(root, f, b), args
            )
    for file in ("pending", "last", "done", "undone", "lock"):
        for args in (("apply",), ("undo",), ("diff",), ("check",)):
            yield Attempt("journal", f"{file}: a pipe", lambda root, f=file: _pipe(root, f), args)
    for file in ("pending", "last"):
        yield Attempt(
            "journal",
            f"{file}: a folder",
            lambda r, f=file: (r / ".unfork" / f).mkdir(parents=True),
            ("undo",),
        )
        yield Attempt("journal", f"{file}: a link", lambda r, f=file: _link(r, f), ("undo",))
    yield Attempt("journal", "1 TB", _sparse, ("undo",))
    yield Attempt(
        "journal", "the folder is a link", lambda r: (r / ".unfork").symlink_to("/tmp"), ("apply",)
    )
    yield Attempt(
        "journal", "the folder is a file", lambda r: put(r, ".unfork", "") and None, ("apply",)
    )


def _kept(root: Path, file: str, body: bytes) -> None:
    put(root, f".unfork/{file}", body)


def _pipe(root: Path, file: str) -> None:
    (root / ".unfork").mkdir()
    os.mkfifo(root / ".unfork" / file)


def _link(root: Path, file: str) -> None:
    (root / ".unfork").mkdir()
    (root / ".unfork" / file).symlink_to("/etc/passwd")


def _sparse(root: Path) -> None:
    file = put(root, ".unfork/last", b"unfork journal 2 " + b"0" * 64 + b" 1000\n")
    os.truncate(file, 1 << 40)


# -- 3: settings of a repository

PROGRAMS = (
    *("core.fsmonitor", "core.sshCommand", "core.editor", "core.pager", "core.askPass"),
    *("core.gitProxy", "core.alternateRefsCommand", "credential.helper", "sequence.editor"),
    *("diff.external", "diff.evil.command", "diff.evil.textconv", "interactive.diffFilter"),
    *("filter.evil.clean", "filter.evil.smudge", "filter.evil.process", "merge.evil.driver"),
    *("gpg.program", "gpg.ssh.program", "gpg.x509.program", "gpg.ssh.defaultKeyCommand"),
    *("pager.log", "pager.status", "remote.origin.uploadpack", "uploadpack.packObjectsHook"),
    *("trailer.evil.cmd", "hook.evil.command", "mergetool.evil.cmd", "difftool.evil.cmd"),
)


def settings() -> Iterator[Attempt]:
    for key in PROGRAMS:
        for args in (("apply",), ("apply", "--branch", "b"), ("diff",), ("audit",)):
            yield Attempt(
                "settings",
                f"{key}, {' '.join(args)}",
                lambda root, k=key: _evil(root, k),
                args,
                repository=True,
            )
    for hook in (
        "pre-commit",
        "post-index-change",
        "reference-transaction",
        "post-checkout",
        "fsmonitor-watchman",
    ):
        for args in (("apply",), ("apply", "--branch", "b")):
            yield Attempt(
                "settings",
                f"hook {hook}, {' '.join(args)}",
                lambda r, h=hook: _hook(r, h),
                args,
                repository=True,
            )
    inert = {
        "core.worktree": "..",
        "core.bare": "true",
        "core.excludesFile": "/dev/zero",
        "core.attributesFile": "/dev/zero",
        "include.path": "/nowhere",
        "core.ignoreCase": "maybe",
        "core.autocrlf": "input",
        "core.splitIndex": "true",
        "index.version": "4",
        "core.commitGraph": "true",
        "status.showUntrackedFiles": "no",
        "core.quotePath": "true",
        "core.logAllRefUpdates": "always",
    }
    for key, value in inert.items():
        for args in (("apply",), ("apply", "--branch", "b")):
            yield Attempt(
                "settings", f"{key}={value}, {' '.join(args)}",
                lambda r, k=key, v=value: git(r, "config", k, v) and None, args, _beside, repository=True,
            )  # fmt: skip


def _evil(root: Path, key: str) -> None:
    evil = put(root.parent, "evil", f"#!/bin/sh\ntouch {root.parent}/ran\ncat\n")
    evil.chmod(0o755)
    (root / ".git/info").mkdir(exist_ok=True)
    put(root, ".git/info/attributes", "* filter=evil diff=evil merge=evil\n")
    for name, value in {
        "commit.gpgsign": "true",
        "log.showSignature": "true",
        "hook.evil.event": "reference-transaction",
    }.items():
        git(root, "config", name, value)
    git(root, "config", key, str(evil), check=False)
    os.utime(root / "use.py", (1, 1))
    (root.parent / "ran").unlink(missing_ok=True)


def _hook(root: Path, hook: str) -> None:
    file = put(root, f".git/hooks/{hook}", f"#!/bin/sh\ntouch {root.parent}/ran\n")
    file.chmod(0o755)


def _beside(root: Path, code: int) -> str:
    return "" if (root.parent / "beside.py").read_text() == USE else "a file beside changed"


# -- 7: codecs

ENCODINGS = (
    *("utf-8", "utf8", "utf_8_sig", "utf-16", "utf-16-le", "utf-32", "utf-7", "latin-1", "cp1252"),
    *("cp437", "cp500", "cp037", "cp1026", "shift_jis", "euc_jp", "iso2022_jp", "iso2022_kr", "hz"),
    *("gbk", "gb18030", "big5", "johab", "koi8-r", "mac_roman", "ascii", "unicode_escape"),
    *("raw_unicode_escape", "punycode", "idna", "mbcs", "undefined", "charmap", "palmos", "rot13"),
    *("hex", "base64", "zlib", "bz2", "quopri", "uu", "ptcp154", "tis_620", "viscii", "utf-8-unix"),
)
HEADS = {
    "plain": "from proj.old import Engine\n",
    "escaped": "from proj.\\u006fld import Engine\n",
    "string": "from proj.old import Engine\nx = '\\u00e9\\x41'\n",
}


def codecs() -> Iterator[Attempt]:
    for encoding in ENCODINGS:
        for name, head in HEADS.items():
            text = f"# coding: {encoding}\n{head}"
            yield Attempt(
                "codec",
                f"{encoding}, {name}",
                lambda r, t=text: put(r, "use.py", t) and None,
                ("apply",),
                _runs,
            )
    for name, text in {
        "two marks": b"\xef\xbb\xbf\xef\xbb\xbf" + USE.encode(),
        "a mark in the middle": USE.encode() + b"\xef\xbb\xbfx = 1\n",
        "full width": "from proj.ｏｌｄ import Engine\n".encode(),
        "full width, a name": "from proj.old import Ｅngine\nＥngine()\nEngine()\n".encode(),
        "full width, a use": "import proj.ｏｌｄ\nproj.ｏｌｄ.Engine()\n".encode(),
        "mathematical": "from proj.𝐨𝐥𝐝 import 𝐄𝐧𝐠𝐢𝐧𝐞\n".encode(),
        "a ligature": "from proj.old import Engine as ﬁ\nﬁ()\n".encode(),
        "micro": "from proj.old import Engine\nµ = 1\nμ\n".encode(),
    }.items():
        yield Attempt(
            "codec", name, lambda r, t=text: put(r, "use.py", t) and None, ("apply",), _runs
        )


def _runs(root: Path, code: int) -> str:
    """Return what is wrong: exit 0, and the file still takes the legacy module, or is not Python any more."""
    program = "import sys, use; print('proj.old' in sys.modules)"
    command = ["python3", "-c", program]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if code == 0 and "True" in done.stdout:
        return "all done, and the legacy module is imported"
    worked = root.parent / "worked"
    if worked.exists() and worked.read_text() == "yes" and done.returncode:
        return f"it worked before: {done.stderr.splitlines()[-1:]}"
    return ""


# -- 8: names

NAMES = (
    *(
        "::error file=a,line=1::x.py",
        " ::error::x.py",
        "\t::error::x.py",
        "##[error]x.py",
        "##vso[x]y.py",
    ),
    *(
        "##teamcity[x].py",
        "a\n::error::x.py",
        "a\r::error::x.py",
        "\x1b[2Jx.py",
        "\u202ex.py",
        "-rf.py",
    ),
    *(
        ":(top)x.py",
        "*.py",
        "[red]x.py",
        "\udcff.py",
        "a" * 250 + ".py",
        "%0A::error::x.py",
        "`id`.py",
    ),
)


def names() -> Iterator[Attempt]:
    for name in NAMES:
        for args in (("diff",), ("check",), ("apply",), ("audit",)):
            yield Attempt(
                "name", f"{name!a:.30} {args[0]}", lambda r, n=name: put(r, n, USE) and None, args
            )


# -- 4, 6, 9: places, work, endings


def others() -> Iterator[Attempt]:
    for key, value in {
        "GIT_AUTHOR_DATE": "nonsense",
        "GIT_COMMITTER_DATE": "1e999",
        "GIT_AUTHOR_EMAIL": "",
        "GIT_AUTHOR_NAME": "",
        "GIT_DIR": "/nowhere",
        "GIT_WORK_TREE": "/",
        "GIT_INDEX_FILE": "/nowhere",
        "GIT_OBJECT_DIRECTORY": "/nowhere",
        "GIT_CONFIG_COUNT": "x",
        "GIT_CONFIG_PARAMETERS": "'x",
        "GIT_TRACE": "/dev/full",
        "TMPDIR": "/nowhere",
        "HOME": "/nowhere",
        "XDG_STATE_HOME": "/proc",
        "PATH": "/nowhere",
        "LC_ALL": "x_X.y",
        "COLUMNS": "0",
        "TERM": "\x1b[2J",
    }.items():
        for args in (("apply",), ("apply", "--branch", "b")):
            yield Attempt(
                "environment",
                f"{key}, {' '.join(args)}",
                _nothing,
                args,
                repository=True,
                variables={key: value},
            )
    for branch in (
        "@",
        "HEAD",
        "refs/heads/x",
        "-",
        "..",
        "a/",
        "a//b",
        "a\x1b[2J",
        "x" * 300,
        "main/x",
        "@{-1}",
        "é",
    ):
        yield Attempt(
            "branch name",
            f"{branch!a:.30}",
            _nothing,
            ("apply", "--branch", branch),
            repository=True,
        )
    for args in COMMANDS:
        for make in (_many_links, _nested, _brackets, _word):
            yield Attempt("work", f"{make.__name__[1:]}, {' '.join(args)}", make, args)
    for args in (
        ("diff", "-o", "out"),
        ("check", "-o", "out"),
        ("audit", "-o", "out"),
        ("diff", "--patch", "out"),
    ):
        for name, make in {
            "a bad migration": _bad_migration,
            "a bad configuration": _bad_configuration,
        }.items():
            yield Attempt("output", f"{' '.join(args)}, {name}", make, args, _not_emptied)


def _many_links(root: Path) -> None:
    put(root, "pyproject.toml", "[tool.unfork]\nmigrations = ['**/m.toml']\n")
    for name in ("l1", "l2", "l3"):
        (root / name).symlink_to(".")


def _nested(root: Path) -> None:
    put(root, "/".join("d" * 900) + "/m.py", USE)


def _brackets(root: Path) -> None:
    put(root, "x.py", "# old\n" + "import (" * 22_000)


def _word(root: Path) -> None:
    put(root, "x.py", USE + "x = '" + "old " * 300_000 + "'\n")


def _bad_migration(root: Path) -> None:
    put(root, "out", "before")
    put(root, "m.toml", MIGRATION.replace("proj.new", "proj.nowhere"))


def _bad_configuration(root: Path) -> None:
    put(root, "out", "before")
    put(root, "pyproject.toml", "[tool.unfork]\nnonsense = 1\n")


def _not_emptied(root: Path, code: int) -> str:
    return "the output is gone" if code == 2 and (root / "out").read_text() != "before" else ""


# -- what came out


def tried(attempt: Attempt, folder: Path) -> tuple[int, str, list[str]]:
    """Carry out an attempt; return the exit code, what was said, and what is wrong."""
    root = project(folder / "root")
    put(root, "use.py", USE)
    put(folder, "beside.py", USE)
    put(folder, "proj/old.py", ENGINE)
    if attempt.repository:
        repository(root)
    attempt.make(root)
    done = subprocess.run(
        ["python3", "-c", "import use"], cwd=root, capture_output=True, check=False
    )
    put(folder, "worked", "yes" if done.returncode == 0 else "no")
    shutil.rmtree(root / "__pycache__", ignore_errors=True)
    before = dict(texts(root))
    try:
        run = unfork(root, *attempt.args, timeout=20, **attempt.variables)
    except subprocess.TimeoutExpired:
        return -1, "", ["more than 20 seconds"]
    said, code = run.stdout + run.stderr, run.returncode
    after = dict(texts(root))
    for state in (before, after):
        state.pop("out", None)
    lines = said.splitlines()
    wrong = {
        "a traceback": "Traceback" in said,
        f"exit code {code}": code not in (0, 1, 2),
        "a program ran": (folder / "ran").exists(),
        "changed all the same": code == 2 and before != after,
        "changed by who only reads": attempt.args[0] in ("diff", "audit") and before != after,
        "outside": (folder / "beside.py").read_text() != USE,
        "a forged line": any(
            line.lstrip().startswith(("::", "##[")) or "##vso[" in line for line in lines
        ),
        "terminal commands": not all(
            c.isprintable() or c in "\n\t" or c >= "\udc80" for c in run.stdout
        ),
        f"left: {leftovers(root)}": bool(leftovers(root)) and attempt.kind != "journal",
    }
    problems = [what for what, is_so in wrong.items() if is_so]
    problems += filter(None, [attempt.check(root, code)])
    return code, said, problems


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="")
    parser.add_argument("--show", action="store_true")
    options = parser.parse_args()
    kinds: dict[str, Counter[str]] = {}
    every = [*journals(), *settings(), *codecs(), *names(), *others()]
    for attempt in every:
        if options.only_statement not in attempt.kind:
            continue
        with tempfile.TemporaryDirectory() as folder:
            code, said, wrong = tried(attempt, Path(folder).resolve())
            subprocess.run(["rm", "-rf", f"{folder}/root"], check=False)
        counts = kinds.setdefault(attempt.kind, Counter())
        counts[f"exit {code}" if not wrong else "broke a promise"] += 1
        if wrong or options.show:
            print(
                f"{attempt.kind}: {attempt.name}: {code} {wrong} {said.strip()[-160:]!a}",
                flush=True,
            )
    print("| kind | attempts | what came out |\n|---|---|---|")
    for kind, counts in kinds.items():
        told = ", ".join(f"{what}: {n}" for what, n in sorted(counts.items()))
        print(f"| {kind} | {counts.total()} | {told} |")
    print(f"{sum(c.total() for c in kinds.values())} attempts")


if __name__ == "__main__":
    main()
