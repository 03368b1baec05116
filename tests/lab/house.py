"""What the source code is like, in numbers: before and after a change of its architecture.

    python tests/lab/house.py [CHECKOUT]... [--way] [--worst COUNT]

A checkout is a folder with ``src`` and ``codemods``; without one, this project. Each is a column of the table. With
``--way``, ``unfork diff`` is run from each on a project whose one import changes, and the function calls, source files,
reads and parses that it takes are counted. ``--worst`` names the longest functions and files of the last checkout. Run
it with an interpreter that has unfork's dependencies.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parents[2]
CONTEXTS = frozenset({"FileWork", "FileContext", "DecidedFile", "FileRewrite"})
KINDS = ("redirects", "repairs", "aligns", "deprecates", "removes")
WAY = """
import os, sys
counts = {"calls": 0, "reads": 0, "parses": 0}
files = set()
sources = tuple(os.path.join(folder, "") for folder in sys.argv[1].split(os.pathsep))
def audited(event, arguments):
    if event == "open" and str(arguments[0]).endswith("use.py"):
        counts["reads"] += 1
    if event == "compile" and arguments[0] is not None and b"Quaint()" in bytes(
        arguments[0] if isinstance(arguments[0], (bytes, bytearray)) else str(arguments[0]).encode()
    ):
        counts["parses"] += 1
def profiled(frame, event, argument):
    if event == "call" and frame.f_code.co_filename.startswith(sources):
        counts["calls"] += 1
        files.add(frame.f_code.co_filename)
sys.argv[1:] = ["diff", "-m", "m.toml", "--root", ".", "-j", "1", "--format", "plain"]
from unfork.__main__ import main
sys.addaudithook(audited)
sys.setprofile(profiled)
try:
    main()
except SystemExit:
    pass
sys.setprofile(None)
print("#", counts["calls"], len(files), counts["reads"], counts["parses"])
"""
PROJECT = {
    "m.toml": '[migration]\nname = "m"\n\n[[redirect]]\nfrom = "app.old"\nto = "app.new"\nnames = { Quaint = "New" }\n',
    "app/__init__.py": "",
    "app/old.py": "class Quaint:\n    pass\n",
    "app/new.py": "class New:\n    pass\n",
    "use.py": "from app.old import Quaint\n\nprint(Quaint())\n",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("checkouts", nargs="*", type=Path, default=[HERE])
    parser.add_argument("--way", action="store_true", help="also count on the way of one import")
    parser.add_argument("--worst", type=int, default=0, metavar="COUNT", help="name the longest")
    options = parser.parse_args()
    columns = [measure(checkout) for checkout in options.checkouts]
    if options.way:
        for column, checkout in zip(columns, options.checkouts):
            column.update(way(checkout.resolve()))
    for name in columns[0]:
        print(f"| {name} | " + " | ".join(str(column[name]) for column in columns) + " |")
    for line in worst(options.checkouts[-1], options.worst):
        print(line)


def measure(checkout: Path) -> dict[str, object]:
    """Return the numbers of a checkout, by what they are."""
    texts = read(checkout)
    trees = {path: ast.parse(text) for path, text in texts.items()}
    functions = [node for tree in trees.values() for node in ast.walk(tree) if _is_function(node)]
    named = [node for node in functions if not node.name.startswith("__")]
    lengths = [(node.end_lineno or node.lineno) - node.lineno + 1 for node in functions]
    words = [len([word for word in node.name.split("_") if word]) for node in named]
    lines = sum(text.count("\n") for text in texts.values())
    comments = sum(len(re.findall(r"(?m)(?:^|  )[ ]*# ", text)) for text in texts.values())
    writable = {"FileRewrite"} if "class FileRewrite" in "".join(texts.values()) else CONTEXTS
    tests = sum(1 for _ in (checkout / "tests").rglob("test_*.py"))
    return {
        "source files": len(texts),
        "thousand lines": round(lines / 1000, 1),
        "functions": len(functions),
        "lines a function, median": statistics.median(lengths),
        "lines a function, 90 %": statistics.quantiles(lengths, n=10)[-1],
        "functions of one word": _percent(words.count(1), len(words)),
        "letters in a function's name, median": statistics.median(
            len(n.name.strip("_")) for n in named
        ),
        "public functions and classes with a docstring": _documented(trees.values()),
        "comments a line": _percent(comments, lines),
        "functions that take the file's context": sum(_takes(node, CONTEXTS) for node in functions),
        "of these, may change what is decided": sum(_takes(node, writable) for node in functions),
        "files that list the kinds of step": sum(_lists_kinds(text) for text in texts.values()),
        "circles of imports between files": _circles(checkout, trees),
        "test files": tests,
    }


def read(checkout: Path) -> dict[Path, str]:
    """Return the text of each source file of a checkout."""
    paths = [p for folder in ("src", "codemods") for p in sorted((checkout / folder).rglob("*.py"))]
    return {path: path.read_text(encoding="utf-8") for path in paths}


def worst(checkout: Path, count: int) -> Iterator[str]:
    """Yield the longest functions and the longest files of a checkout, with their lines."""
    files: list[tuple[int, str]] = []
    functions: list[tuple[int, str]] = []
    for path, text in read(checkout).items():
        name = path.relative_to(checkout).as_posix()
        files.append((text.count("\n"), name))
        nodes = (node for node in ast.walk(ast.parse(text)) if _is_function(node))
        functions += ((n.end_lineno - n.lineno + 1, f"{name}: {n.name}") for n in nodes)
    for what in (functions, files):
        yield from (f"{lines:5} {name}" for lines, name in sorted(what, reverse=True)[:count])


def _is_function(node: Any) -> bool:
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %"


def _documented(trees: Any) -> str:
    public = [
        node
        for tree in trees
        for node in ast.walk(tree)
        if (_is_function(node) or isinstance(node, ast.ClassDef)) and not node.name.startswith("_")
    ]
    return _percent(sum(ast.get_docstring(node) is not None for node in public), len(public))


def _takes(node: Any, types: Collection[str]) -> bool:
    annotated = (argument.annotation for argument in node.args.args)
    return any(isinstance(a, ast.Name) and a.id in types for a in annotated)


def _lists_kinds(text: str) -> bool:
    """Return whether a file names three kinds of step or more by the fields of a migration."""
    return sum(bool(re.search(rf"\.{kind}\b", text)) for kind in KINDS) >= 3


def _circles(checkout: Path, trees: dict[Path, ast.Module]) -> int:
    """Return how many groups of files import each other at the top level."""
    names = {_module(checkout, path): path for path in trees}
    edges = {name: set(_imports(trees[path], names)) - {name} for name, path in names.items()}
    reached = {name: _reached(name, edges.__getitem__) for name in edges}
    rings = {frozenset(n for n in reached[m] if m in reached[n]) for m in edges if m in reached[m]}
    return len(rings)


def _module(checkout: Path, path: Path) -> str:
    parts = path.relative_to(checkout).with_suffix("").parts[1:]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imports(tree: ast.Module, names: dict[str, Path]) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            inner = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name for name in inner if name in names)
            if node.module in names and not all(name in names for name in inner):
                yield node.module


def _reached(start: str, onward: Callable[[str], set[str]]) -> set[str]:
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        new = onward(waiting.pop()) - seen
        seen |= new
        waiting += new
    return seen


def way(checkout: Path) -> dict[str, object]:
    """Return what ``unfork diff`` takes for one import."""
    folders = [str(checkout / "src"), str(checkout / "codemods")]
    with tempfile.TemporaryDirectory() as root:
        for name, text in PROJECT.items():
            (Path(root) / name).parent.mkdir(exist_ok=True)
            (Path(root) / name).write_text(text, encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-c", WAY, os.pathsep.join(folders)],
            cwd=root,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(folders)},
            capture_output=True,
            text=True,
            check=True,
        )
    assert "+from app.new import New" in done.stdout, json.dumps(done.stdout)
    counts = done.stdout.rpartition("#")[2].split()
    names = ("calls", "source files passed", "reads of the changed file", "parses of its text")
    return {f"one changed line: {name}": count for name, count in zip(names, counts)}


if __name__ == "__main__":
    main()
