"""Inputs that once took time without bound, each at three sizes.

    python tests/lab/growth.py                    all of them, a table
    python tests/lab/growth.py --only star        those with a word in their name

Each run is a process, which is killed after ``--limit`` seconds. What counts is how the times grow.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

MIGRATION = "[migration]\nname = 'm'\n[[redirect]]\nfrom = 'proj.old'\nto = 'proj.new'\n"
USE = "from proj.old import Engine\n"
Make = Callable[[Path, int], None]


def base(root: Path, use: str = USE) -> None:
    texts = {
        "pyproject.toml": "[tool.unfork]\nmigrations = ['m.toml']\n",
        "m.toml": MIGRATION,
        "proj/__init__.py": "",
        "proj/old.py": "class Engine:\n    pass\n",
        "proj/new.py": "class Engine:\n    pass\n",
        "use.py": use,
    }
    for name, text in texts.items():
        put(root, name, text)


def put(root: Path, name: str, text: str) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text, "utf-8")


def stars(root: Path, size: int) -> None:
    """Modules that all star-import each other, and one who takes a name of them."""
    base(root, USE + "from proj.s0 import *\nfrom proj.s0 import missing\n")
    for one in range(size):
        others = "".join(f"from proj.s{n} import *\n" for n in range(size) if n != one)
        put(root, f"proj/s{one}.py", others + f"{USE}def f{one}(): pass\n")


def star_legacy(root: Path, size: int) -> None:
    """The legacy module is one of those that star-import each other."""
    base(root, "from proj.old import *\nEngine()\n")
    for one in range(size):
        others = "".join(f"from proj.s{n} import *\n" for n in range(size) if n != one)
        put(root, f"proj/s{one}.py", others + "from proj.old import *\n")
    put(
        root,
        "proj/old.py",
        "".join(f"from proj.s{n} import *\n" for n in range(size)) + "class Engine: pass\n",
    )


def lists(root: Path, size: int) -> None:
    """Modules whose `__all__` is made of those of all others."""
    base(root, USE + "from proj.s0 import *\nfrom proj.s0 import missing\n")
    for one in range(size):
        others = [n for n in range(size) if n != one]
        head = "".join(f"from proj import s{n}\nfrom proj.s{n} import *\n" for n in others)
        every = " + ".join(f"s{n}.__all__" for n in others)
        put(
            root,
            f"proj/s{one}.py",
            f"{head}{USE}__all__ = ['f{one}'] + {every}\ndef f{one}(): pass\n",
        )


def list_chain(root: Path, size: int) -> None:
    """Each module's `__all__` is that of the last, and a name more."""
    base(root, f"{USE}from proj.c{size - 1} import *\nfrom proj.c0 import missing\n")
    put(root, "proj/c0.py", "__all__ = ['f0']\ndef f0(): pass\n")
    for one in range(1, size):
        last = f"c{one - 1}"
        head = f"from proj.{last} import *\nfrom proj import {last}\n{USE}"
        put(
            root,
            f"proj/c{one}.py",
            f"{head}__all__ = {last}.__all__ + ['f{one}']\ndef f{one}(): pass\n",
        )


def chain(root: Path, size: int) -> None:
    """A name that is re-exported from module to module."""
    base(root, f"from proj.c{size - 1} import Engine\nfrom proj.c0 import Lost\n")
    put(root, "proj/c0.py", "class Engine:\n    pass\n")
    for one in range(1, size):
        put(root, f"proj/c{one}.py", f"from proj.c{one - 1} import Engine\n")


def legacy_chain(root: Path, size: int) -> None:
    """The legacy module re-exports from a long chain."""
    chain(root, size)
    put(root, "proj/old.py", f"from proj.c{size - 1} import Engine\n")
    put(root, "use.py", USE)


def nested(root: Path, size: int) -> None:
    """Folders in folders. Names are short, so that the path is no longer than paths can be."""
    base(root)
    folder = os.open(root, os.O_RDONLY)
    for _ in range(size):
        os.mkdir("d", dir_fd=folder)
        inner = os.open("d", os.O_RDONLY, dir_fd=folder)
        os.close(folder)
        folder = inner
    handle = os.open("m.py", os.O_WRONLY | os.O_CREAT, dir_fd=folder)
    os.write(handle, USE.encode())
    os.close(handle)
    os.close(folder)


def brackets(root: Path, size: int) -> None:
    """`import (` again and again, and never a closing bracket."""
    base(root, "# old\n" + "import (" * (size // 8))


def comments(root: Path, size: int) -> None:
    """`import (` with a comment behind, again and again."""
    base(root, "# old\n" + "import (#\n" * (size // 10))


def joined(root: Path, size: int) -> None:
    """`import` and lines that are joined."""
    base(root, "# old\n" + "import \\\n" * (size // 9))


def packages(root: Path, size: int) -> None:
    """The package's name, and gaps."""
    base(root, "# old\n" + "proj" + " (" * 10 + "proj \\\n" * (size // 7))


def word(root: Path, size: int) -> None:
    """One word many times in a string."""
    base(root, USE + "x = '" + "old " * size + "'\n")


def words(root: Path, size: int) -> None:
    """One word in many strings, a line each."""
    base(root, USE + "x = [\n" + "'proj.old',\n" * size + "]\n")


def mentions(root: Path, size: int) -> None:
    """One word many times in a document."""
    base(root)
    put(root, "README.md", "proj.old " * size)


def uses(root: Path, size: int) -> None:
    """Many uses through a module."""
    base(root, "import proj.old\n" + "proj.old.Engine()\n" * size)


def imports(root: Path, size: int) -> None:
    """One import many times in a file."""
    base(root, (USE + "print(Engine)\n") * size)


def links(root: Path, size: int) -> None:
    """Links to the folder that they are in, under a glob with `**`."""
    base(root)
    put(root, "pyproject.toml", "[tool.unfork]\nmigrations = ['**/m.toml']\n")
    for one in range(size):
        (root / f"l{one}").symlink_to(".")


def keys(root: Path, size: int) -> None:
    """A migration with many dots in a key."""
    base(root)
    put(root, "m.toml", MIGRATION + "[" + ".".join("a" * size) + "]\n")


def stars_in_patterns(root: Path, size: int) -> None:
    """A workspace whose pattern has many `**`, and a deep folder."""
    base(root)
    pattern = "/".join(["**/a*"] * size) + "/none"
    text = (root / "pyproject.toml").read_text()
    put(root, "pyproject.toml", f"{text}[tool.uv.workspace]\nmembers = ['{pattern}']\n")
    put(root, "/".join(["aa"] * 4 * size) + "/pyproject.toml", "[project]\nname = 'inner'\n")


def path(root: Path, size: int) -> None:
    """A path of many folders in a document."""
    base(root)
    put(root, "README.md", "proj.old " + "a/" * size)


def comment(root: Path, size: int) -> None:
    """A package's name with a comment behind, and that in the comment, too."""
    base(root, "# old\n" + "proj#" * (size // 5))


def cycle(root: Path, size: int) -> None:
    """Modules that import each other in a ring, with the legacy one in it."""
    base(root, USE)
    for one in range(size):
        put(root, f"proj/r{one}.py", f"from proj import r{(one + 1) % size}\n{USE}")


def classes(root: Path, size: int) -> None:
    """Classes in classes, each in a module, each deriving from the last."""
    base(
        root, USE + "".join(f"class C{n}(C{n - 1} if {n} else Engine): pass\n" for n in range(size))
    )


CASES: dict[str, tuple[Make, tuple[str, ...], tuple[int, int, int]]] = {
    "modules that star-import each other, check": (stars, ("check",), (5, 9, 18)),
    "modules that star-import each other, diff": (stars, ("diff",), (5, 9, 18)),
    "modules that star-import each other, audit": (stars, ("audit",), (5, 9, 18)),
    "the legacy module among them": (star_legacy, ("diff",), (5, 9, 18)),
    "lists of each other's names, diff": (lists, ("diff",), (5, 9, 18)),
    "lists of each other's names, audit": (lists, ("audit",), (5, 9, 18)),
    "a chain of such lists, diff": (list_chain, ("diff",), (85, 340, 1360)),
    "a chain of such lists, audit": (list_chain, ("audit",), (85, 340, 1360)),
    "a chain of re-exports, audit": (chain, ("audit",), (85, 340, 1360)),
    "a chain of re-exports, diff": (legacy_chain, ("diff",), (85, 340, 1360)),
    "nested folders, diff": (nested, ("diff",), (250, 1000, 1900)),
    "nested folders, apply": (nested, ("apply",), (250, 1000, 1900)),
    "nested folders, audit": (nested, ("audit",), (250, 1000, 1900)),
    "`import (` without end": (brackets, ("check",), (45_000, 180_000, 720_000)),
    "`import (` and comments": (comments, ("check",), (45_000, 180_000, 720_000)),
    "`import` and joined lines": (joined, ("check",), (45_000, 180_000, 720_000)),
    "a package and gaps": (packages, ("check",), (45_000, 180_000, 720_000)),
    "one word in a string": (word, ("diff",), (125_000, 500_000, 2_000_000)),
    "one word in many strings": (words, ("diff",), (1_000, 4_000, 16_000)),
    "one word in a document": (mentions, ("diff",), (12_500, 50_000, 200_000)),
    "uses through a module": (uses, ("diff",), (250, 1_000, 4_000)),
    "one import many times": (imports, ("diff",), (125, 500, 2_000)),
    "links to themselves under `**`": (links, ("check",), (2, 4, 8)),
    "a key with many dots": (keys, ("check",), (500, 5_000, 50_000)),
    "a workspace's pattern with many `**`": (stars_in_patterns, ("check",), (5, 20, 80)),
    "a long path in a document": (path, ("check",), (25_000, 100_000, 400_000)),
    "a package and comments": (comment, ("check",), (45_000, 180_000, 720_000)),
    "modules in a ring": (cycle, ("diff",), (25, 100, 400)),
    "classes that derive": (classes, ("diff",), (125, 500, 2_000)),
}


def seconds(command: list[str], root: Path, limit: float) -> str:
    """Return the processor time of a run, which depends less on what else the machine does."""
    began = _used()
    with subprocess.Popen(
        command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as run:
        try:
            said, _ = run.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            run.kill()
            run.communicate()
            return f"> {limit:.0f}"
    took = f"{_used() - began:.2f}"
    fine = run.returncode in (0, 1) and b"Traceback" not in said
    return took if fine else f"{took} ({said.decode(errors='replace').strip()[-90:]})"


def _used() -> float:
    used = os.times()
    return used.children_user + used.children_system


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="")
    parser.add_argument("--limit", type=float, default=60)
    options = parser.parse_args()
    print("| input | sizes | seconds of processor time |\n|---|---|---|")
    for what, (make, args, sizes) in CASES.items():
        if options.only not in what:
            continue
        took = []
        for size in sizes:
            with tempfile.TemporaryDirectory() as folder:
                make(Path(folder), size)
                command = [sys.executable, "-m", "unfork", *args, "-j", "1"]
                took.append(seconds(command, Path(folder), options.limit))
                subprocess.run(["rm", "-rf", folder], check=True)  # deeper than Python goes
                Path(folder).mkdir()
            if took[-1].startswith(">"):
                break
        print(f"| {what} | {', '.join(f'{n:,}' for n in sizes)} | {', '.join(took)} |", flush=True)


if __name__ == "__main__":
    main()
