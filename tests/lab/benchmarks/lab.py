"""Where the measuring is done, and the commands that are measured."""

from __future__ import annotations

import subprocess
import sysconfig
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from clock import Command, environment
from corpus import restore


@dataclass(frozen=True, slots=True)
class Lab:
    """An environment with unfork and its peers, and the corpus."""

    python: Path
    cache: Path
    tree: Path
    rounds: int

    def tool(self, name: str) -> str:
        """Return the path of a program of the environment."""
        return str(self.python.parent / name)

    def migration(self, name: str) -> str:
        """Return the path of a migration."""
        return str(self.cache / "migrations" / f"{name}.toml")

    def restore(self) -> None:
        """Bring the corpus back to what it was."""
        restore(self.tree)

    def unfork(self, name: str, verb: str, *args: str, tree: Path | None = None) -> Command:
        """Return a command of unfork's. That there are changes, or references left, is no failure."""
        return Command(name, [self.tool("unfork"), verb, *args], tree or self.tree, (0, 1))

    def ruff(self, module: str) -> Command:
        """Return ruff, finding what imports a module, without a cache."""
        banned = f'lint.flake8-tidy-imports.banned-api."{module}".msg="moved"'
        args = ["check", "--isolated", "--no-cache", "--select", "TID251", "--config", banned, "."]
        return Command("ruff", [self.tool("ruff"), *args], self.tree, (0, 1))

    def ast_grep(self, module: str, target: str, *args: str) -> Command:
        """Return ast-grep, rewriting ``from module import ...``: the simplest pattern that does."""
        pattern, new = (f"from {name} import $$$NAMES" for name in (module, target))
        words = ["run", "--lang", "python", "--pattern", pattern, "--rewrite", new, *args, "."]
        return Command("ast-grep", [self.tool("ast-grep"), *words], self.tree, (0, 1))

    def git_grep(self, word: str) -> Command:
        """Return git, looking for a text."""
        args = ["grep", "--fixed-strings", "--files-with-matches", word, "--", "*.py"]
        return Command("git grep", ["git", *args], self.tree, (0, 1))

    def compile_all(self) -> None:
        """Compile all modules of the environment: a run should read bytecode, not make it."""
        where = partial(subprocess.run, env=environment(), capture_output=True, check=False)
        say = "import unfork, unfork_codemods as c; print(*unfork.__path__, *c.__path__, sep='\\n')"
        ours = where([self.python, "-c", say], text=True).stdout.split("\n")[:-1]
        libraries = sysconfig.get_path("purelib", vars={"base": str(self.python.parent.parent)})
        where([self.python, "-m", "compileall", "-qq", "-j0", libraries, *ours])
