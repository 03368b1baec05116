"""Ignore comments that do nothing: malformed ones, and those that no finding needs."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence

from unfork.file_kinds import CODE
from unfork.files.tree import Tree
from unfork.patterns import path_matcher
from unfork.planning.checking import check_files
from unfork.planning.overlay import Overlay
from unfork.reading.ignores import IgnoreComment, ignore_comments, may_have_ignores
from unfork.reading.source import Source, Unparsable
from unfork.values import Finding
from unfork_codemods.migration import Migration


def malformed_ignores(tree: Tree, paths: Iterable[str]) -> Iterator[str]:
    """Yield ``path:line:col: what is wrong`` for each malformed ignore comment in some files."""
    for path, source in _marked_files(tree, paths):
        for comment in _comments(source):
            if comment.problem:
                yield f"{path}:{comment.line}:{comment.col}: '{comment.text}' {comment.problem}"


def unused_ignores(
    tree: Tree,
    migrations: Sequence[Migration],
    paths: Sequence[str] | None,
    exclude: Sequence[str] = (),
    jobs: int | None = None,
) -> Iterator[str]:
    """Yield ``path:line:col: message`` for each ignore comment on lines without a finding that it suppresses.

    The files are checked once more, with the comments made ineffective. Codes of the audit are not judged.
    """
    marked = dict(_marked_files(tree, _selected_files(tree, paths, exclude)))
    comments = {path: [*filter(_is_judged, _comments(source))] for path, source in marked.items()}
    comments = {path: listed for path, listed in comments.items() if listed}
    if not comments:
        return
    texts = {path: _without(marked[path], listed) for path, listed in comments.items()}
    bare = Overlay(tree, texts, frozenset())
    findings = check_files(bare, migrations, list(comments), exclude, jobs)
    for path, listed in comments.items():
        mine = [finding for finding in findings if finding.path == path]
        try:
            spans = _statement_spans(marked[path])
        except Unparsable:
            continue
        for comment in listed:
            if not _is_used(comment, mine, spans):
                where = f"{path}:{comment.line}:{comment.col}"
                yield f"{where}: '{comment.text}' is not needed any more; remove it"


def _selected_files(
    tree: Tree, paths: Sequence[str] | None, exclude: Sequence[str]
) -> Iterator[str]:
    is_excluded = path_matcher(exclude)
    chosen = None if paths is None or "." in paths else tuple(f"{path}/" for path in paths)
    for path in tree.paths(CODE):
        if (chosen is None or f"{path}/".startswith(chosen)) and not is_excluded(path):
            yield path


def _marked_files(tree: Tree, paths: Iterable[str]) -> Iterator[tuple[str, Source]]:
    """Yield the files that may have ignore comments."""
    for path, data in Overlay(tree, {}, frozenset()).scan(paths, may_have_ignores):
        if data is None:
            continue
        try:
            source = Source.read(path, data)
        except Unparsable:
            continue  # a finding says so
        yield path, source


def _comments(source: Source) -> Iterator[IgnoreComment]:
    return ignore_comments(source.data.decode("utf-8", "replace"))


def _is_judged(comment: IgnoreComment) -> bool:
    is_of_check = not comment.codes or any(code.startswith("UF0") for code in comment.codes)
    return not comment.problem and is_of_check


def _without(source: Source, comments: Iterable[IgnoreComment]) -> bytes:
    """Return a text in which the comments mean nothing; all else keeps its place."""
    lines = source.data.decode("utf-8", "replace").split("\n")
    for comment in comments:
        line = lines[comment.line - 1]
        start = comment.col - 1
        end = start + len(comment.text)
        lines[comment.line - 1] = f"{line[:start]}#{'-' * (end - start - 1)}{line[end:]}"
    return "\n".join(lines).encode()


def _statement_spans(source: Source) -> Mapping[int, range]:
    """Return the lines of the innermost statement at each line."""
    spans: dict[int, range] = {}
    for node in ast.walk(source.tree):
        if isinstance(node, ast.stmt):
            span = range(node.lineno, (node.end_lineno or node.lineno) + 1)
            for line in span:
                if line not in spans or len(span) <= len(spans[line]):
                    spans[line] = span
    return spans


def _is_used(
    comment: IgnoreComment, findings: Iterable[Finding], spans: Mapping[int, range]
) -> bool:
    lines = spans.get(comment.line, range(comment.line, comment.line + 1))
    return any(
        finding.line in lines and (not comment.codes or finding.code in comment.codes)
        for finding in findings
    )
