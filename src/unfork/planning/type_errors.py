"""Errors that a type checker finds after a rewrite, and did not find before (``--types``).

before   make().run_job("a")      an engine of app.old: no error
after    make().run_job("a")      Object of type `Engine` has no attribute `run_job`: factory.py cannot move it

Checked are the files that change, those that import them, also through a package, and those with a word that means
something else by now. Each engine is asked, and a new error of any of them counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from unfork.errors import UnforkError
from unfork.file_kinds import CODE
from unfork.files.json_rpc import Unanswered
from unfork.files.language_server import LanguageServer, TypeProblem
from unfork.planning.settling import Settling
from unfork.planning.written_tree import WrittenTree, written_tree
from unfork.reading.layout import key_of
from unfork.reading.source import Source, Unparsable
from unfork.rewriting.edges import modules_imported
from unfork.verification import Violation
from unfork_codemods.edits import Edit, apply_edits, origin_of
from unfork_codemods.project import Key, last_segment

_PACKAGE = ("__init__.py", "__init__.pyi")
_MOST_BARREN = 2
"""After this many sessions in a row without an answer, a type checker counts as unusable."""

Answers = Mapping[str, tuple[TypeProblem, ...] | str]
"""The errors of files; a text says why there is no answer."""


def new_type_errors(settling: Settling, removed: Collection[str]) -> tuple[Violation, ...]:
    """Return what type checkers find in the rewritten project and did not find before, with the files to blame.

    Raises UnforkError if a type checker cannot be used.
    """
    edits = {
        path: result.edits
        for path, result in settling.results.items()
        if result.edits and path.endswith(CODE) and path not in removed
    }
    if not edits:
        return ()
    near = {*_files_with_changed_words(settling), *_importers(settling, edits)}
    concerned = sorted({*edits, *near}.difference(removed, _abandoned(settling, near)))
    with written_tree(settling.run) as tree:
        for engine in settling.run.types:
            known = settling.type_errors.setdefault(engine, {})
            missing = [path for path in concerned if path not in known]
            known |= _errors_found(engine, tree, missing)
        tree.write({path: settling.after(path) for path in edits})
        tree.remove(removed)
        after = {engine: _errors_found(engine, tree, concerned) for engine in settling.run.types}
    blamer = _Blamer(settling, edits)
    return tuple(
        blamer.violation(path, problem, engine)
        for engine in settling.run.types
        for path in concerned
        for problem in sorted(
            _growth(
                _Texts(path, settling.run.read(path), edits.get(path, ())),
                settling.type_errors[engine][path],
                after[engine][path],
            )
        )[:1]
    )


def _abandoned(settling: Settling, near: Collection[str]) -> set[str]:
    """Return the legacy modules that nothing takes any more: a type that moves does not fit in there, and need not."""
    run = settling.run
    keys = frozenset(run.engine.replaced)
    paths = {key: run.engine.index.layout.modules.get(key, ()) for key in keys}
    users = {*settling.results, *near, *run.uncovered_candidates}.difference(*paths.values())
    taken = {key for key, _ in settling.still_taken(sorted(users), keys)}
    return {path for key in keys - taken for path in paths[key]}


def _files_with_changed_words(settling: Settling) -> Iterator[str]:
    """Yield the files that name what differs between a legacy definition and its counterpart, or a member that does."""
    followed = [entry for result in settling.results.values() for entry in result.followed]
    words = {entry.name[1] for entry in followed}.union(*(entry.lost for entry in followed))
    yield from settling.run.naming(frozenset(words))


def _importers(settling: Settling, paths: Collection[str]) -> set[str]:
    """Return the files that import one of some files, or a package whose ``__init__`` does."""
    run = settling.run
    reached: set[str] = set()
    keys = {key_of(path) for path in paths}
    while keys:
        near = run.naming(frozenset(filter(None, map(last_segment, keys))))
        fresh = {
            p for p in near if p not in reached and not keys.isdisjoint(_imported(settling, p))
        }
        reached |= fresh
        keys = {key_of(path) for path in fresh if path.rpartition("/")[2] in _PACKAGE}
    return reached


def _imported(settling: Settling, path: str) -> Collection[Key]:
    run = settling.run
    try:
        return modules_imported(Source.read(path, run.read(path)), run.engine.index)
    except Unparsable:
        return ()


def _errors_found(engine: str, tree: WrittenTree, paths: Sequence[str]) -> Answers:
    """Ask a type checker for the errors of files. Raises UnforkError if it cannot be used.

    A file that it ends at, or that takes too long, gets no answer; for the others it is started again.
    """
    answers: dict[str, tuple[TypeProblem, ...] | str] = {}
    barren = 0
    while len(answers) < len(paths):
        waiting = [path for path in paths if path not in answers]
        has_answered, failure = _session(engine, tree, waiting, answers)
        barren = 0 if has_answered else barren + 1
        if failure is not None and barren == _MOST_BARREN:
            raise UnforkError(str(failure))
    return answers


def _session(
    engine: str,
    tree: WrittenTree,
    waiting: Sequence[str],
    answers: dict[str, tuple[TypeProblem, ...] | str],
) -> tuple[bool, Unanswered | None]:
    """Ask until a server is of no more use; return whether it has answered, and what went wrong last."""
    has_answered, failure = False, None
    with LanguageServer(engine, tree.folder, tree.search) as server:
        server.open_files([tree.name_of(path) for path in waiting])
        for path in waiting:
            try:
                answers[path] = server.errors(tree.name_of(path))
                has_answered = True
            except Unanswered as why:
                answers[path], failure = str(why), why
                if why.is_over:
                    break
    return has_answered, failure


@dataclass(frozen=True)
class _Texts:
    """A file before, and the edits of its bytes."""

    path: str
    before: bytes
    edits: Sequence[Edit]

    @cached_property
    def old(self) -> Source:
        """The file before. Raises Unparsable."""
        return Source.read(self.path, self.before)

    @cached_property
    def new(self) -> Source:
        """The file after. Raises Unparsable."""
        return Source.read(self.path, apply_edits(self.before, self.edits))


class _Placed(NamedTuple):
    """An error, and where it is in the text before: the line, or that of the edit around it."""

    line: int
    column: int
    problem: TypeProblem

    @property
    def kind(self) -> tuple[int, str]:
        """What makes it the same as another error."""
        return self.line, self.problem.rule or self.problem.message


def _growth(
    texts: _Texts, before: tuple[TypeProblem, ...] | str, after: tuple[TypeProblem, ...] | str
) -> Iterator[_Placed]:
    """Yield the errors of a file by which it has more than before.

    Lines move and messages name what is renamed: an error is the same if its rule is, on the same line; or if its rule
    and its message are, anywhere. Imports count by rule alone: one that becomes two does not become worse.
    """
    if isinstance(after, str) or isinstance(before, str):
        why = after if isinstance(after, str) else str(before)
        yield _Placed(1, 1, TypeProblem(1, 0, "", why))
        return
    of_imports = {problem.rule for problem in _at_imports(texts, before, is_new=False)}
    later = set(_at_imports(texts, after, is_new=True))
    rest = [problem for problem in after if problem not in later or problem.rule not in of_imports]
    old = [_placed(texts, problem, is_new=False) for problem in before]
    new = [_placed(texts, problem, is_new=True) for problem in rest]
    known = Counter(error.kind for error in old)
    told = {error.problem.message for error in old}
    fresh: list[_Placed] = []
    for error in sorted(new, key=lambda error: error.problem.message not in told):
        if known[error.kind]:
            known[error.kind] -= 1
        else:
            fresh.append(error)
    gone = Counter[tuple[str, str]]()
    for error in old:
        if known[error.kind]:
            known[error.kind] -= 1
            gone[error.problem.rule, error.problem.message] += 1
    for error in fresh:
        same = error.problem.rule, error.problem.message
        if gone[same]:
            gone[same] -= 1
        else:
            yield error


def _at_imports(
    texts: _Texts, problems: Sequence[TypeProblem], is_new: bool
) -> Iterator[TypeProblem]:
    """Yield the errors that are in an import statement."""
    if not problems:
        return
    try:
        source = texts.new if is_new else texts.old
        nodes = [statement.node for statement in source.imports]
    except Unparsable:
        return
    lines = {n for node in nodes for n in range(node.lineno, (node.end_lineno or node.lineno) + 1)}
    yield from (problem for problem in problems if problem.line in lines)


def _placed(texts: _Texts, problem: TypeProblem, is_new: bool) -> _Placed:
    try:
        old = texts.old
        source = texts.new if is_new else old
    except Unparsable:
        return _Placed(problem.line, problem.column + 1, problem)
    offset = source.place(problem.line, len(_text_before(source, problem)) + 1)
    if is_new:
        offset = origin_of(texts.edits, offset)
    else:
        around = (edit.start for edit in texts.edits if edit.start <= offset < edit.end)
        offset = next(around, offset)
    return _Placed(*old.place_of(offset), problem)


def _text_before(source: Source, problem: TypeProblem) -> str:
    """Return the text of a line before an error: the protocol counts in UTF-16 code units."""
    start = source.place(problem.line, 1)
    text = source.raw[start:].split(b"\n", 1)[0]
    units = text.decode(source.encoding, "replace").encode("utf-16-le")
    return units[: 2 * problem.column].decode("utf-16-le", "ignore")


class _Blamer:
    """Which rewrites a new error comes from."""

    def __init__(self, settling: Settling, edits: Mapping[str, Sequence[Edit]]) -> None:
        self._settling, self._edits = settling, edits

    def violation(self, path: str, error: _Placed, engine: str) -> Violation:
        """Return an error as what a rewrite breaks."""
        line, column, problem = error
        rule = f" ({problem.rule})" if problem.rule else ""
        why = f"{engine} finds an error that was not there before: {problem.message}{rule}"
        if problem.message.startswith("--types "):
            why = f"whether it has more type errors is not known; {problem.message}"
        blame = (path,) if path in self._edits else tuple(self._nearest_changes(path))
        return Violation(path, line, column, why, blame)

    def _nearest_changes(self, path: str) -> Collection[str]:
        """Return the changed files that a file imports, as few imports away as possible; else all."""
        modules = self._settling.run.engine.index.layout.modules
        seen: set[Key] = {key_of(path)}
        ring = [path]
        while ring:
            keys = {key for file in ring for key in _imported(self._settling, file)} - seen
            seen |= keys
            ring = sorted(file for key in keys for file in modules.get(key, ()))
            changed = [file for file in ring if file in self._edits]
            if changed:
                return changed
        return sorted(self._edits)
