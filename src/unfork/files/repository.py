"""A git work tree, and the git commands run on it.

A repository may come from a stranger, and its settings name programs: filters, hooks, monitors, signing, fetching. So
git never reads them when it reads or writes objects, the index or files. It gets the git folder of the work tree for
the index, the repository's objects, and for everything else (``GIT_COMMON_DIR``) a folder of unfork's own. The
configuration there gets only those settings of the repository that name no program. It has no remotes, so a missing
object is an error, and no replaced objects, filters or hooks.

Only branches, the committer identity and the settings themselves are read where they are. The commands for that
(`_OPEN`) start no program except the hooks of `update-ref`, which are switched off.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from unfork.errors import GitError
from unfork.files.git import Git, is_inside_repository

_OPEN = frozenset({"check-ref-format", "config", "rev-parse", "show-ref", "update-ref", "var"})
"""All commands that git runs under the repository's own settings."""
_OURS = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "user.useConfigOnly=true",  # nobody wants an author made up from login and machine
)
_SEALED = (
    *_OURS,
    "core.commitGraph=false",  # it would be trusted without checks
    "core.splitIndex=false",
    "index.sparse=false",
    "i18n.commitEncoding=utf-8",
)
_INERT = frozenset(
    f"core.{name}"
    for name in (
        *(
            "autocrlf",
            "bigfilethreshold",
            "checkroundtripencoding",
            "eol",
            "filemode",
            "ignorecase",
        ),
        *("precomposeunicode", "sharedrepository", "symlinks"),
    )
)
"""Settings for how names and line endings are stored; they name no file and no program."""
_USERS = ("commit.gpgsign", "gpg.", "user.signingkey")
"""Settings about signing, which start programs: only the user's own are used."""
NOBODY = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_COUNT": "0",
    "GIT_CONFIG_PARAMETERS": "",
    "GIT_ATTR_NOSYSTEM": "1",
}
"""Makes git read nobody's settings."""

Setting = tuple[str, str, str]
"""A setting's origin (``system``, ``global``, ``local``, ``worktree``, ``command``), its key, and its value."""


@dataclass(frozen=True)
class Repository:
    """A git work tree: its ``top`` folder, and the ``prefix`` of the root in it, such as ``a/b/``.

    ``prefix`` is empty if the root is the top. ``folder`` is the git folder of this work tree, ``common`` the one that
    it shares with others, and ``settings`` are all settings. It can be sent to another process.
    """

    top: Path
    prefix: str
    folder: Path
    common: Path
    hashes: str
    settings: tuple[Setting, ...] = ()

    @property
    def root(self) -> Path:
        """The root from which it was found."""
        return self.top / self.prefix

    @cached_property
    def sealed(self) -> Git:
        """git in the root, for objects, the index and files; no repository setting can start a program."""
        return self.sealed_in(self.root)

    def sealed_in(self, folder: Path, signing: bool = False) -> Git:
        """Return git in a folder of the work tree, with the user's own ``signing`` settings on request."""
        settings = [f"{key}={value}" for _, key, value in self.settings if key in _INERT]
        files = {
            "core.excludesFile": self._excludes_file(),
            "core.attributesFile": self._attributes_file(),
        }
        settings += [f"{key}={value}" for key, value in files.items() if value]
        settings += self.signing if signing else ()
        shallow = self.common / "shallow"
        more = {"GIT_SHALLOW_FILE": str(shallow)} if _is_plain(shallow) else {}
        return Git(folder, (*_SEALED, *settings), {**NOBODY, **self._location_variables, **more})

    @property
    def _location_variables(self) -> Mapping[str, str]:
        return {
            "GIT_DIR": str(self.folder),
            "GIT_COMMON_DIR": str(_sealed_folder(self.hashes)),
            "GIT_OBJECT_DIRECTORY": str(self.common / "objects"),
            "GIT_WORK_TREE": str(self.top),
        }

    @cached_property
    def signing(self) -> tuple[str, ...]:
        """The user's own settings for signing."""
        return tuple(
            f"{key}={value}"
            for scope, key, value in self.settings
            if scope in ("system", "global", "command") and key.startswith(_USERS)
        )

    def open(self, *args: str) -> Git:
        """Return git for one of the few commands, ``args``, that need the repository's own settings."""
        if args[0] not in _OPEN:
            raise ValueError(f"git {args[0]} is not to be run under a stranger's settings")
        hooks = (key for _, key, _ in self.settings if key.startswith("hook."))
        off = {f"{key.rpartition('.')[0]}.enabled=false" for key in hooks}
        return Git(self.root, (*_OURS, *sorted(off)), {"GIT_WORK_TREE": str(self.top)})

    def for_work_trees(self) -> Git:
        """Return git that makes and removes work trees, under the repository's own settings, without its hooks.

        Its filters run, as in the user's own work tree: only for users who have asked to run the repository's code.
        """
        hooks = (key for _, key, _ in self.settings if key.startswith("hook."))
        off = {f"{key.rpartition('.')[0]}.enabled=false" for key in hooks}
        return Git(self.top, (*_OURS, *sorted(off)))

    def ask(self, *args: str) -> tuple[int, bytes, bytes]:
        """Return the exit code, the output and the errors of a command run under the repository's settings."""
        done = self.open(*args).ask(*args)
        return done.returncode, done.stdout, done.stderr

    def run(self, *args: str) -> bytes:
        """Return the output of a command run under the repository's settings. Raises GitError if it fails."""
        return self.open(*args).run(*args)

    def head(self) -> str:
        """Return the full id of the commit that is checked out, or an empty string if there is none yet."""
        return self.ask("rev-parse", "--verify", "--quiet", "HEAD")[1].decode().strip()

    def ignored(self, root: Path, paths: Sequence[str]) -> set[str]:
        """Return the ``paths``, relative to ``root``, that git ignores. Raises GitError."""
        asked, stdin = ("check-ignore", "-z", "--stdin"), os.fsencode("\0".join(paths))
        git = self.sealed_in(root)
        ours = Git(root, (*git.settings, f"core.excludesFile={self._ours_excluded}"), git.variables)
        matched: set[str] = set()
        for program in (git, ours):
            done = program.ask(*asked, stdin=stdin)
            if done.returncode not in (0, 1):
                raise program.command_error(asked[0], done.stderr, done.returncode)
            matched |= set(os.fsdecode(done.stdout).split("\0"))
        return matched - {""}

    @property
    def _ours_excluded(self) -> str:
        file = self.common / "info" / "exclude"
        return str(file) if _is_plain(file) else os.devnull

    @property
    def exclude_options(self) -> tuple[str, ...]:
        """The options that make `ls-files` leave out ignored files."""
        return (f"--exclude-from={self._ours_excluded}", "--exclude-standard")

    def _excludes_file(self) -> str:
        """Return the file with the ignore patterns that the user or the repository has configured."""
        given = self._last_value("core.excludesfile")
        home = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
        return self._readable_file(given or f"{home}/git/ignore")

    def _attributes_file(self) -> str:
        ours = self.common / "info" / "attributes"
        return (
            str(ours)
            if _is_plain(ours)
            else self._readable_file(self._last_value("core.attributesfile"))
        )

    def _readable_file(self, given: str) -> str:
        """Return the path of a file that a setting names, or an empty string if it cannot be read."""
        with suppress(RuntimeError):  # the home of an unknown user
            file = self.top / Path(given).expanduser()
            return str(file) if given and _is_plain(file) else ""
        return ""

    def _last_value(self, wanted: str) -> str:
        return next((value for _, key, value in reversed(self.settings) if key == wanted), "")


def find_repository(root: Path) -> Repository | None:
    """Return the work tree that contains ``root``, or None.

    The top is the folder with the ``.git``, whatever the settings say (``core.worktree``). Raises GitError for a git
    folder that git does not accept: broken, or not the user's.
    """
    if not is_inside_repository(root):
        return None
    start = Path(os.path.realpath(root))
    tops = [folder for folder in (start, *start.parents) if os.path.lexists(folder / ".git")]
    git = Git(start, _OURS, {"GIT_WORK_TREE": str(tops[0])})
    settings = git.begin("config", "--null", "--show-scope", "--list")
    asked = ("--show-object-format", "--absolute-git-dir")
    hashes, _, place = os.fsdecode(git.run("rev-parse", *asked)).partition("\n")
    folder = Path(os.path.realpath(place.removesuffix("\n")))
    if start.is_relative_to(folder):
        return None
    top = next((candidate for candidate in tops if _git_folder(candidate) == folder), None)
    if top is None:
        raise GitError(f"{root}: {folder} is the git folder of none of the folders above")
    prefix = "" if top == start else f"{start.relative_to(top).as_posix()}/"
    all_settings = tuple(_parse_settings(os.fsdecode(settings.answer())))
    return Repository(top, prefix, folder, _common_folder(folder), hashes, all_settings)


def _git_folder(top: Path) -> Path | None:
    """Return the git folder that a folder's ``.git`` is, or refers to."""
    mark = top / ".git"
    if not mark.is_file():
        return Path(os.path.realpath(mark))
    said = os.fsdecode(mark.read_bytes()).removeprefix("gitdir: ").rstrip("\r\n")
    return Path(os.path.realpath(top / said))


def _common_folder(folder: Path) -> Path:
    try:
        said = os.fsdecode((folder / "commondir").read_bytes()).rstrip("\r\n")
    except FileNotFoundError:
        return folder
    return Path(os.path.realpath(folder / said))


def _parse_settings(listed: str) -> Iterable[Setting]:
    parts = listed.split("\0")
    for scope, setting in zip(parts[::2], parts[1::2]):
        key, is_given, value = setting.partition("\n")
        yield scope, key, value if is_given else "true"


def _sealed_folder(hashes: str) -> Path:
    folder = Path(__file__).parent / "sealed" / hashes
    if not (folder / "refs").is_dir():
        raise GitError(f"{hashes}: unfork knows no git repositories with such ids")
    return folder


def _is_plain(file: Path) -> bool:
    """Return whether a file exists and can be read without blocking."""
    try:
        return stat.S_ISREG(file.stat().st_mode)
    except (OSError, ValueError):
        return False
