"""Bad inputs, each a small project and a command line: what it says, what it exits with, what it changes (nothing).

    python tests/support/hostile.py          runs all of them, and writes the table in docs/safety.md anew

tests/system/test_hostile.py runs the same. The migrations and sources here are what a stranger might send.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "safety.md"
BEGIN, END = "<!-- bad inputs: begin -->", "<!-- bad inputs: end -->"

HEAD = "[migration]\nname = 'm'\n"
MIGRATION = HEAD + "[[redirect]]\nfrom = 'proj.old'\nto = 'proj.new'\n"
NAMES = MIGRATION + "[redirect.names]\n"
FILES: dict[str, str | bytes] = {
    "root/pyproject.toml": "[tool.unfork]\nmigrations = ['m.toml']\n",
    "root/m.toml": MIGRATION,
    "root/proj/__init__.py": "",
    "root/proj/old.py": "class Engine:\n    pass\n",
    "root/proj/new.py": "class Engine:\n    pass\n",
    "beside/secret.py": "from proj.old import Engine\n",
    "beside/m.toml": MIGRATION,
}
USE = "from proj.old import Engine\n"
Make = Callable[[Path], None]


@dataclass(frozen=True)
class Bad:
    """A bad input: files beside FILES, what else is done to the root, the arguments, and what is expected of it."""

    what: str
    args: tuple[str, ...]
    says: str
    files: Mapping[str, str | bytes] = field(default_factory=dict)
    make: Make | None = None
    code: int = 2

    @property
    def id(self) -> str:
        """Its name among the tests."""
        return re.sub(r"\W+", "_", self.what)[:60].strip("_")


@dataclass(frozen=True)
class Ran:
    """What came of a run: the exit code, what it said, and the paths that it changed."""

    code: int
    out: str
    err: str
    changed: tuple[str, ...]

    @property
    def said(self) -> str:
        """All that it said."""
        return self.out + self.err


def build(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write files below a folder; return the root of the project there."""
    for name, text in {**FILES, **files}.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(
            text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")
        )
    return folder / "root"


def git(root: Path, *args: str, check: bool = True) -> str:
    """Run git in a folder, whatever the user's own settings are; return what it prints."""
    command = ["git", "-c", "commit.gpgsign=false", "-c", "core.autocrlf=false", *args]
    done = subprocess.run(command, cwd=root, env=environment(), check=check, capture_output=True)
    return os.fsdecode(done.stdout)


def repository(root: Path) -> Path:
    """Commit all that is in a folder, to a repository of its own."""
    git(root, "init", "-q", "-b", "main")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "first")
    return root


def environment() -> dict[str, str]:
    """Return the environment of a run: nothing of git's, no colours."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("GIT_") and k != "FORCE_COLOR"}
    who = ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL")
    return {**kept, **dict.fromkeys(who, "ada@example.org")}


def unfork(root: Path, *args: str, timeout: float = 120) -> subprocess.CompletedProcess[str]:
    """Run unfork in a root."""
    return subprocess.run(
        [sys.executable, "-m", "unfork", *args],
        cwd=root,
        env=environment(),
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="surrogateescape",
        timeout=timeout,
    )


def look(folder: Path) -> dict[str, object]:
    """Return everything below a folder: kind and mode of each, and what is in it or where it leads."""
    states: dict[str, object] = {}
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = Path(parent, name)
            state = path.lstat()
            content: object = None
            if path.is_symlink():
                content = os.readlink(path)
            elif path.is_file():
                content = (path.read_bytes(), state.st_ino, state.st_mtime_ns)
            states[os.path.relpath(path, folder)] = (state.st_mode, content)
    return states


def tried(bad: Bad, folder: Path) -> Ran:
    """Build a bad input below a folder, run unfork on it, and see what came of it."""
    root = build(folder, bad.files)
    if bad.make:
        bad.make(root)
    before = look(folder)
    done = unfork(root, *bad.args)
    after = look(folder)
    changed = [path for path in before.keys() | after.keys() if before.get(path) != after.get(path)]
    return Ran(done.returncode, done.stdout, done.stderr, tuple(sorted(changed)))


def wrongs(bad: Bad, ran: Ran) -> list[str]:
    """Return what is wrong with a run."""
    hazards = {
        f"exit code {ran.code}": ran.code != bad.code,
        f"it does not say {bad.says}": bad.says not in ran.said,
        f"changed: {ran.changed}": bool(ran.changed),
        "a traceback": "Traceback" in ran.said,
        "terminal commands": not all(char.isprintable() or char in "\n\t" for char in ran.said),
        "a forged line": any(line.startswith("::") for line in ran.said.splitlines()),
        "it is long": len(ran.said) > 20_000,
    }
    return [what for what, is_so in hazards.items() if is_so]


# -- the inputs


def _m(what: str, text: str | bytes, says: str, code: int = 2, command: str = "apply") -> Bad:
    """A migration from a stranger."""
    return Bad(what, (command, "-m", "bad.toml"), says, {"root/bad.toml": text}, code=code)


def _redirect(what: str, source: str, says: str, to: str = "proj.new", code: int = 2) -> Bad:
    return _m(what, f"{HEAD}[[redirect]]\nfrom = {source}\nto = '{to}'\n", says, code)


def _s(what: str, text: str | bytes, says: str, code: int = 1) -> Bad:
    """A source from a stranger, the only file that names the legacy module."""
    return Bad(what, ("apply",), says, {"root/use.py": text}, code=code)


def _link(target: str, name: str) -> Make:
    return lambda root: (root / name).symlink_to(target)


def _git(root: Path, *args: str) -> None:
    command = ["git", "-c", "commit.gpgsign=false", "-c", "core.autocrlf=false", *args]
    subprocess.run(command, cwd=root, env=environment(), check=True, capture_output=True)


def _repository(root: Path) -> None:
    _git(root, "init", "-q", "-b", "main")
    _git(root, "add", "-A")
    _git(root, "commit", "-q", "-m", "first")


def _broken(*damage: Callable[[Path], object]) -> Make:
    def make(root: Path) -> None:
        _repository(root)
        for spoil in damage:
            spoil(root)

    return make


def _overwritten(name: str, text: bytes) -> Callable[[Path], object]:
    return lambda root: (root / name).write_bytes(text)


DEEP = 100_000
COUNT = '{"version": 1, "findings": [{"path": "a", "code": "UF001", "message": "", "count": -1}]}'
JOURNAL = (
    '{"is": "unfork journal 1", "token": "0123456789abcdef", "since": "",'
    ' "files": [["../beside/secret.py", "", null, 420, 0]]}\n'
)
COMMAND_LINE = [
    Bad("a path with `..`", ("apply", "../beside"), "outside the project's root"),
    Bad("an absolute path", ("apply", "/"), "outside the project's root"),
    Bad(
        "a path through a link out of the root",
        ("apply", "out"),
        "outside the project's root",
        {},
        _link("../beside", "out"),
    ),
    Bad("a path that is a loop of links", ("apply", "loop"), "loop: ", {}, _link("loop", "loop")),
    Bad(
        "a missing path with a newline",
        ("apply", "a\n::error::x"),
        "a\\n::error::x: no such file or folder",
    ),
    Bad(
        "a path with escape sequences",
        ("apply", "\x1b[2J\x1b]0;x\x07"),
        "\\x1b[2J\\x1b]0;x\\x07: no such file",
    ),
    Bad("a path that is not UTF-8", ("apply", "\udcff\udcfe"), "\\xff\\xfe: no such file"),
    Bad(
        "a path with a right-to-left override",
        ("apply", "\u202eyp.x"),
        "\\u202eyp.x: no such file",
    ),
    Bad("a path of 5,000 characters", ("apply", "a" * 5000), "cannot be looked at"),
    Bad("a root that is a file", ("apply", "--root", "m.toml"), "the root m.toml is not a folder"),
    Bad("a root that does not exist", ("apply", "--root", "none"), "the root none is not there"),
    Bad(
        "a branch name that is an option",
        ("apply", "--branch", "--force"),
        "git does not accept this",
        {},
        _repository,
    ),
    Bad(
        "a branch name that leads out of git's folder",
        ("apply", "--branch", "../../x"),
        "git does not accept this",
        {},
        _repository,
    ),
    Bad(
        "a branch name with escape sequences",
        ("apply", "--branch", "a\x1b[2J"),
        "git does not accept this",
        {},
        _repository,
    ),
    Bad(
        "output into a missing folder",
        ("diff", "-o", "no/where"),
        "there is no folder no",
    ),
    Bad("output over a folder", ("diff", "-o", "proj"), "proj: this is a folder"),
    Bad("an undo of nothing", ("undo",), "there is no apply to undo"),
    Bad(
        "a baseline that is binary",
        ("check", "--baseline", "b"),
        "the baseline b is not valid JSON",
        {"root/b": b"\xff\0"},
    ),
    Bad(
        "a baseline nested 100,000 deep",
        ("check", "--baseline", "b"),
        "the baseline b",
        {"root/b": "[" * DEEP},
    ),
    Bad(
        "a baseline with wrong types",
        ("check", "--baseline", "b"),
        "entry 1 is wrong",
        {"root/b": '{"version": 1, "findings": [{"path": 1}]}'},
    ),
    Bad(
        "a baseline that counts below zero",
        ("check", "--baseline", "b"),
        "entry 1 is wrong",
        {"root/b": COUNT},
    ),
]

MIGRATIONS = [
    _redirect(
        "a module that is a path upwards",
        "'../../etc/passwd'",
        "bad.toml:4: '../../etc/passwd' is a path",
    ),
    _redirect(
        "a module that is an absolute path", "'/etc/passwd'", "bad.toml:4: '/etc/passwd' is a path"
    ),
    _redirect("a module that is a Windows path", r"'C:\x.py'", "bad.toml:4: "),
    _redirect("a module with empty parts", "'proj..old'", "'proj..old' is not a module"),
    _redirect("a module that is a keyword", "'class.lambda'", "'class.lambda' is not a module"),
    _redirect("a module that is code", "\"__import__('os').system('id')\"", "is not a module"),
    _redirect(
        "a module with a newline", '"proj.old\\nimport os"', "characters that cannot be printed"
    ),
    _redirect(
        "a module with a null character", '"proj.old\\u0000"', "characters that cannot be printed"
    ),
    _redirect(
        "a module with an escape sequence",
        '"proj.\\u001b[2Jold"',
        "characters that cannot be printed",
    ),
    _redirect(
        "a module with a right-to-left override",
        '"proj.\\u202eold"',
        "characters that cannot be printed",
    ),
    _redirect("a module name of 100,000 characters", f"'{'a.' * 50_000}'", "..."),
    _redirect(
        "a look-alike (a Cyrillic o) as the target",
        "'proj.old'",
        "there is no module 'proj.nеw'",
        "proj.nеw",
    ),
    _redirect("a circular redirect", "'proj.new'", "circular redirect"),
    _m(
        "a root upwards",
        HEAD + "roots = ['../beside']\n",
        "bad.toml:3: '../beside' leads out of the project's root",
    ),
    _m(
        "an absolute root",
        HEAD + "roots = ['/']\n",
        "bad.toml:3: '/' leads out of the project's root",
    ),
    _m("a root with a drive", HEAD + "roots = ['C:/']\n", "bad.toml:3: 'C:/' is not a folder"),
    _m("an exclude pattern upwards", HEAD + "exclude = ['../**']\n", "bad.toml:3: "),
    _m("an exclude pattern with an invalid set", HEAD + "exclude = ['[b-a]']\n", "makes no sense"),
    _m(
        "an exclude pattern that starts with !",
        HEAD + "exclude = ['!proj']\n",
        "starts with '!'",
    ),
    _m(
        "a name that is code",
        NAMES + "Engine = 'x); import os; (y'\n",
        "is neither 'Name' nor 'module:Name'",
    ),
    _m(
        "an attribute of a missing name",
        NAMES + "Engine = 'proj.new:a.b'\n",
        "'proj.new' does not define 'a'",
    ),
    _m(
        "a target that does not define the name",
        NAMES + "Engine = 'Engin'\n",
        "did you mean 'Engine'?",
    ),
    _m(
        "a date that is code",
        HEAD + '[[deprecate]]\nmodule=\'proj.old\'\nsince="""x\'\nimport os"""\n',
        "characters that cannot be printed",
    ),
    _m(
        "a summary with an escape sequence",
        HEAD + 'summary = "\\u001b[2J"\n',
        "characters that cannot be printed",
    ),
    _m("an unknown step", HEAD + "[[execute]]\ncommand='id'\n", "unknown key 'execute'"),
    _m(
        "an unknown key",
        HEAD + "[[remove]]\nmodule='proj.old'\nforce=true\n",
        "unknown key 'force'",
    ),
    _m(
        "a list in place of a text",
        HEAD + "[[remove]]\nmodule=['proj.old']\n",
        "'module' must be a string",
    ),
    _m("a text in place of a table", HEAD + "redirect = 'proj.old'\n", "unknown key 'redirect'"),
    _m(
        "two redirects of one module",
        MIGRATION + "[[redirect]]\nfrom='proj.old'\nto='proj.new'\n",
        "is redirected twice",
    ),
    _m("an empty file", "", "has no 'name'"),
    _m("a binary file", b"\x7fELF\x02\x01\xff", "not UTF-8"),
    _m("a file of null bytes", b"\0" * 4096, "not valid TOML"),
    _m("a file in UTF-16", MIGRATION.encode("utf-16"), "not UTF-8"),
    _m("arrays nested 100,000 deep", HEAD + "x = " + "[" * DEEP, "bad.toml"),
    _m("tables nested 20,000 deep", HEAD + "[" + ".".join("a" * 20_000) + "]\n", "bad.toml"),
    _m("a key with a right-to-left override", HEAD + '"\\u202eyek" = 1\n', "unknown key"),
    _m("YAML", "!!python/object/apply:os.system ['id']\n", "not valid TOML"),
    _m("Python", "import os\nos.system('id')\n", "not valid TOML"),
    Bad("a migration that is a folder", ("apply", "-m", "proj"), "no migration named 'proj'"),
    Bad(
        "a migration that is a pipe",
        ("apply", "-m", "pipe"),
        "no migration named 'pipe'",
        {},
        lambda root: os.mkfifo(root / "pipe"),
    ),
    Bad(
        "a migration that is a link to nowhere",
        ("apply", "-m", "gone"),
        "no migration named 'gone'",
        {},
        _link("nowhere", "gone"),
    ),
    Bad(
        "a configuration that is not TOML",
        ("apply",),
        "pyproject.toml:1: not valid TOML",
        {"root/pyproject.toml": "[tool.unfork\n"},
    ),
    Bad(
        "a configuration with an unknown key",
        ("apply",),
        "unknown key 'plugins'",
        {"root/pyproject.toml": "[tool.unfork]\nplugins = ['os']\n"},
    ),
    Bad(
        "configured migrations that do not exist",
        ("apply",),
        "there is no file",
        {"root/pyproject.toml": "[tool.unfork]\nmigrations = ['../no*.toml']\n"},
    ),
]

SOURCES = [
    _s("null bytes in a source", USE + "\0", "use.py:1:1 UF007"),
    _s(
        "an unknown encoding",
        "# coding: klingon\n" + USE,
        "use.py:1:1 UF007 cannot be parsed: unknown encoding",
    ),
    _s("an encoding that is not for text", "# coding: rot13\n" + USE, "use.py:1:1 UF007"),
    _s("the encoding of a compressor", "# coding: zlib\n" + USE, "use.py:1:1 UF007"),
    _s("bytes that are not UTF-8", USE.encode() + b"x = '\xff'\n", "UF007"),
    _s(
        "bytes that the named encoding lacks",
        b"# coding: ascii\n" + USE.encode() + b"# \xff\n",
        "UF007",
    ),
    _s(
        "a byte order mark against its encoding",
        b"\xef\xbb\xbf# coding: latin-1\n" + USE.encode(),
        "UF007",
    ),
    _s("a source in UTF-16", USE.encode("utf-16"), "", code=0),
    _s("brackets nested 100,000 deep", USE + "(" * DEEP + ")" * DEEP, "use.py:2:"),
    _s("brackets nested 150 deep, and not closed", USE + "(" * 150, "use.py:2:"),
    _s("100,000 minus signs in a row", USE + "x = " + "-" * 100_000 + "1\n", "UF007"),
    _s("5,000 `if` nested", USE + "".join(" " * n + "if x:\n" for n in range(5000)), "UF007"),
    _s("an attribute chain 20,000 long", USE + "x" + ".x" * 20_000 + "\n", "UF007"),
    _s("a sum of 20,000 terms", USE + "x = 1" + " + 1" * 20_000 + "\n", "UF007"),
    _s("a 10 MB expression in one line", USE + "x = [" + "1, " * 3_300_000 + "(]\n", "UF007"),
    _s("an unterminated string", USE + 'x = """\n', "UF007"),
    _s("Python 2", USE + "print 'a'\n", "use.py:2:1 UF007"),
    _s(
        "conflict markers", "<<<<<<< ours\n" + USE + "=======\n>>>>>>> theirs\n", "use.py:1:1 UF007"
    ),
    _s("tabs and spaces that do not agree", USE + "if x:\n\ty\n        z\n", "UF007"),
    _s("a number of 10,000 digits", USE + "x = " + "9" * 10_000 + "\n", "UF007"),
    _s("a lone surrogate in a name", USE + "x = '\\ud800'\ny = \udc80\n", "UF007"),
    _s(
        "an error with escape sequences in it",
        USE + "\x1b[2J\x1b]0;title\x07\n",
        "use.py:2:1 UF007",
    ),
    Bad(
        "a source that is a link to outside",
        ("apply",),
        "",
        {},
        _link("../beside/secret.py", "use.py"),
        0,
    ),
    Bad("a folder that is a link to outside", ("apply",), "", {}, _link("../beside", "inner"), 0),
    Bad("a source that is a loop of links", ("apply",), "", {}, _link("use.py", "use.py"), 0),
    Bad("a source that is a link to nowhere", ("apply",), "", {}, _link("nowhere.py", "use.py"), 0),
    Bad("a source that is a pipe", ("apply",), "", {}, lambda root: os.mkfifo(root / "use.py"), 0),
    Bad("a source that is a folder", ("apply",), "", {}, lambda root: (root / "use.py").mkdir(), 0),
    Bad(
        "the canonical module is a link to outside",
        ("apply",),
        "there is no module 'proj.new'",
        {"root/use.py": USE},
        lambda root: (
            (root / "proj/new.py").unlink(),
            (root / "proj/new.py").symlink_to("../../beside/secret.py"),
        )[0],
    ),
]

GIT = [
    Bad("a git folder that is empty", ("apply",), "git", {}, lambda root: (root / ".git").mkdir()),
    Bad("a git file that leads nowhere", ("apply",), "git", {"root/.git": "gitdir: /no/where\n"}),
    Bad("a git file of random bytes", ("apply",), "git", {"root/.git": b"\xff\0\x1b[2J"}),
    Bad(
        "HEAD is random bytes",
        ("apply", "--branch", "b"),
        "git",
        {},
        _broken(_overwritten(".git/HEAD", b"\0\xff\n")),
    ),
    Bad(
        "the index is random bytes",
        ("apply",),
        "git",
        {"root/use.py": USE},
        _broken(_overwritten(".git/index", b"DIRC\0\0")),
    ),
    Bad(
        "git's settings are random bytes",
        ("apply",),
        "git",
        {},
        _broken(_overwritten(".git/config", b"[\x1b[2J")),
    ),
    Bad(
        "a branch where there is no repository",
        ("apply", "--branch", "b"),
        "this is not in a git work tree",
    ),
    Bad(
        "a branch before the first commit",
        ("apply", "--branch", "b"),
        "there is no commit yet",
        {},
        lambda root: _git(root, "init", "-q"),
    ),
    Bad(
        "a branch that exists",
        ("apply", "--branch", "main"),
        "main: this branch exists already",
        {"root/use.py": USE},
        _repository,
    ),
    Bad(
        "a file with uncommitted changes",
        ("apply",),
        "use.py",
        {"root/use.py": USE},
        _broken(_overwritten("use.py", USE.encode() * 2)),
    ),
    Bad(
        "a journal of random bytes",
        ("undo",),
        "this journal is damaged",
        {"root/.unfork/last": b"\xff\0"},
    ),
    Bad(
        "a journal that leads out of the root",
        ("undo",),
        "this journal is damaged",
        {"root/.unfork/last": JOURNAL},
    ),
    Bad(
        "a journal folder that is a link to outside",
        ("apply",),
        "a symbolic link",
        {"root/use.py": USE},
        _link("../beside", ".unfork"),
    ),
]

EVERY = [*COMMAND_LINE, *MIGRATIONS, *SOURCES, *GIT]


# -- the table


def main() -> None:
    rows = ["| input | message | exit code | bytes changed |", "|---|---|---|---|"]
    for bad in EVERY:
        with tempfile.TemporaryDirectory() as folder:
            ran = tried(bad, Path(folder))
            said = _first_line(ran).replace(os.path.realpath(folder), "").replace(folder, "")
        changed = "none" if not ran.changed else ", ".join(ran.changed)
        rows.append(f"| {bad.what} | {_code(said)} | {ran.code} | {changed} |")
        if wrong := wrongs(bad, ran):
            raise SystemExit(f"{bad.what}: {wrong}: {ran}")
    if BEGIN not in PAGE.read_text("utf-8"):
        raise SystemExit(f"{PAGE} has no place for the table")
    head, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
    table = "\n".join(rows)
    PAGE.write_text(f"{head}{BEGIN}\n{table}\n{END}{rest.partition(END)[2]}", "utf-8")
    print(f"{len(EVERY)} inputs")


def _first_line(ran: Ran) -> str:
    lines = (
        ran.err.splitlines()
        or [line for line in ran.out.splitlines() if "UF0" in line]
        or ran.out.splitlines()
    )
    return lines[0].removeprefix("unfork: ") if lines else ""


def _code(text: str) -> str:
    text = text if len(text) <= 140 else f"{text[:60]}…{text[-70:]}"
    text = text.encode("utf-8", "backslashreplace").decode().replace("|", "\\|")
    return f"`` {text} ``" if "`" in text else f"`{text}`"


if __name__ == "__main__":
    main()
