"""Make a program with a fault small: drop files, runs, steps and statements while the fault stays the same."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from .model import Program
from .oracle import Oracle, Verdict

Test = Callable[[Program], bool]
_MOST = 900
"""So many attempts, and no more, for one program."""


def shrink(oracle: Oracle, program: Program, verdict: Verdict) -> Program:
    """Return a smaller program with a fault of the same signature."""
    left = _MOST
    importable = [m for m in _modules(program) if _imports(oracle, program, [m])]
    codes = _codes(verdict)

    def still(candidate: Program) -> bool:
        nonlocal left
        left -= 1
        is_other = any(candidate.files.get(path) != program.files[path] for path in program.alike)
        if left <= 0 or is_other:
            return False
        judged = oracle.judge(candidate)
        if judged.signature != verdict.signature or not _codes(judged) <= codes:
            return False
        remaining = [module for module in _modules(candidate) if module in importable]
        return _imports(oracle, candidate, remaining)

    while True:
        smaller = _pass(program, still)
        if smaller.size >= program.size or left <= 0:
            return smaller
        program = smaller


def _codes(verdict: Verdict) -> set[str]:
    return {finding.split(" ")[1] for finding in verdict.left}


def _modules(program: Program) -> list[str]:
    """Return the modules that are no scripts."""
    paths = [path for path in program.files if path.endswith(".py") and path not in program.runs]
    stems = [
        path.removeprefix("src/").removesuffix(".py").removesuffix("/__init__") for path in paths
    ]
    return sorted(stem.replace("/", ".") for stem in stems if not stem.endswith("__main__"))


def _imports(oracle: Oracle, program: Program, modules: list[str]) -> bool:
    """Return whether modules can be imported: what nobody runs has to be right, too."""
    if not modules:
        return True
    outcomes = oracle.run(
        replace(program, runs=("+" + ",".join(modules),)), program.sound or program.files
    )
    return not outcomes[0].error


def _pass(program: Program, still: Test) -> Program:
    steps = (
        _without_runs,
        _without_files,
        _without_steps,
        _without_chunks,
        _without_statements,
        _plainer,
        _packed,
    )
    for step in steps:
        program = step(program, still)
    return program


def _without_runs(program: Program, still: Test) -> Program:
    for run in program.runs:
        rest = tuple(other for other in program.runs if other != run)
        if rest and still(candidate := replace(program, runs=rest)):
            program = candidate
    return program


def _without_files(program: Program, still: Test) -> Program:
    for path in sorted(program.files, key=lambda path: -len(program.files[path])):
        candidate = _with(program, _dropper(path))
        if still(candidate):
            program = candidate
    return program


def _dropper(gone: str) -> Callable[[dict[str, str]], dict[str, str]]:
    return lambda files: {path: text for path, text in files.items() if path != gone}


def _with(program: Program, change: Callable[[dict[str, str]], dict[str, str]]) -> Program:
    sound = change(dict(program.sound)) if program.sound is not None else None
    return replace(program, files=change(dict(program.files)), sound=sound)


def _without_steps(program: Program, still: Test) -> Program:
    """Drop tables of the migration, then lines of them."""
    for pattern in (r"(?m)^\[\[.*\n(?:(?!\[\[).*\n?)*", r"(?m)^(?!\[\[|\[migration|name =).+\n"):
        at = 0
        while match := re.compile(pattern).search(program.migration, at):
            text = program.migration[: match.start()] + program.migration[match.end() :]
            if still(candidate := replace(program, migration=text)):
                program = candidate
            else:
                at = match.end()
    return program


def _without_chunks(program: Program, still: Test) -> Program:
    """Drop many statements of a module at once: half of them, a quarter..."""
    for path in sorted(program.files, key=lambda path: -len(program.files[path])):
        size = len(_top_level(program.files[path])) // 2
        while size > 1:
            at = 0
            while (spans := _top_level(program.files[path])[at : at + size]) and len(spans) > 1:
                candidate = _without_lines(program, path, spans[0][0], spans[-1][1], "")
                if still(candidate):
                    program = candidate
                else:
                    at += size
            size //= 2
    return program


def _top_level(text: str) -> list[tuple[int, int]]:
    """Return the lines of the statements of a module."""
    try:
        body = ast.parse(text).body
    except SyntaxError:
        return []
    return [(_first_line(statement), statement.end_lineno or 0) for statement in body]


def _first_line(statement: ast.stmt) -> int:
    decorators = getattr(statement, "decorator_list", ())
    return min([statement.lineno, *(decorator.lineno for decorator in decorators)])


def _without_statements(program: Program, still: Test) -> Program:
    for path in sorted(program.files, key=lambda path: -len(program.files[path])):
        at = 0
        while True:
            spans = list(_spans(program.files[path]))
            if at >= len(spans):
                break
            first, last, filler = spans[at]
            candidate = _without_lines(program, path, first, last, filler)
            if still(candidate):
                program = candidate
            else:
                at += 1
    return program


def _without_lines(program: Program, path: str, first: int, last: int, filler: str) -> Program:
    def change(files: dict[str, str]) -> dict[str, str]:
        lines = files[path].split("\n")
        return {
            **files,
            path: "\n".join([*lines[: first - 1], *([filler] if filler else []), *lines[last:]]),
        }

    return _with(program, change)


def _spans(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield the lines of each statement, the larger ones first, and what has to be there in its place."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return
    spans: list[tuple[int, int, str]] = []
    for node in ast.walk(tree):
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if isinstance(block, list):
                spans += _spans_of(block, is_needed=not isinstance(node, ast.Module))
    yield from sorted(spans, key=lambda span: (span[0] - span[1], span[0]))


def _spans_of(block: list[ast.stmt], is_needed: bool) -> Iterator[tuple[int, int, str]]:
    is_alone = is_needed and len(block) == 1
    for statement in block:
        if not (is_alone and isinstance(statement, ast.Pass)):
            filler = " " * statement.col_offset + "pass" if is_alone else ""
            yield _first_line(statement), statement.end_lineno or 0, filler


def _packed(program: Program, still: Test) -> Program:
    """Drop empty lines."""
    packed = _with(
        program,
        lambda files: {p: re.sub(r"\n{2,}", "\n", t).lstrip("\n") for p, t in files.items()},
    )
    return packed if still(packed) else program


_PLAINER = (
    (
        r"(?m)^( *)(?:if True|try|with .*|for _ in .*|else|finally):\n((?:\1    .*\n)+)"
        r"(?:\1(?:except.*|finally|else):\n(?:\1    .*\n)+)*",
        None,
    ),
    (r"\(\n    (\w+(?: as \w+)?),  # why\n\)", r"\1"),
    (r"^import importlib; ", "import importlib\n"),
)


def _plainer(program: Program, still: Test) -> Program:
    """Replace blocks by what is in them, and other things by simpler ones."""
    for path in list(program.files):
        for pattern, new in _PLAINER:
            match = re.search(pattern, program.files[path])
            if match is None or program.sound is not None:
                continue
            text = match.expand(new) if new is not None else re.sub(r"(?m)^    ", "", match[2])
            whole = program.files[path]
            changed = whole[: match.start()] + text + whole[match.end() :]
            if still(candidate := program.with_files({**program.files, path: changed})):
                program = candidate
    return program
