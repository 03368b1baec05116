"""The audit of a tree, from its files to the result."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from unfork.audit.duplicates.copied_folders import CopiedFolder, copied_folders
from unfork.audit.duplicates.duplicate_groups import groups_of
from unfork.audit.duplicates.folder_forks import FolderFork, copies_of_folders, loose_groups
from unfork.audit.duplicates.forks import Group
from unfork.audit.duplicates.history import history_of_files
from unfork.audit.duplicates.similar_modules import comparable_modules, similar_pairs
from unfork.audit.file_roles import import_roots, is_document, without_output
from unfork.audit.imports.broken_imports import (
    Broken,
    TwoSpellings,
    broken_imports,
    two_spellings,
    unparsable_findings,
)
from unfork.audit.imports.hand_shims import HandShim, hand_shims
from unfork.audit.imports.import_cycles import import_cycles
from unfork.audit.liveness.config_references import is_config
from unfork.audit.liveness.reachability import Reach, reach_of
from unfork.audit.project_model import ProjectModel
from unfork.audit.result import Audit, scope_of
from unfork.audit.scanning.gather import gather_facts, no_collection
from unfork.file_kinds import CODE, is_notebook
from unfork.files.tree import Tree
from unfork.nesting import room_for_nesting
from unfork.patterns import path_matcher
from unfork.reading.code_tree import CodeTree
from unfork.reading.ignores import is_ignored_on_line
from unfork.reading.layout import Layout
from unfork.reading.manifests import is_manifest
from unfork.reading.outside import Outside
from unfork.reading.path_rules import is_live
from unfork.reading.projects import layout_of
from unfork.values import Finding

if TYPE_CHECKING:
    from unfork.planning.stored import Notebooks


@room_for_nesting()
def audit_tree(
    tree: Tree,
    paths: Sequence[str] | None = None,
    exclude: Sequence[str] = (),
    jobs: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Audit:
    """Return the audit of all files in a tree; write nothing.

    ``paths`` limits the findings to files and folders (None: all). Files that match an ``exclude`` pattern are
    skipped. Raises GitError if git fails, and OSError if the root cannot be listed.
    """
    excluded = path_matcher(tuple(exclude))
    listed = without_output(tree.paths())
    files = [path for path in listed if path.endswith(CODE) and not excluded(path)]
    code = CodeTree(tree)
    layout = _layout_with_roots(code, listed, files)
    with no_collection():
        model = ProjectModel.of(code, layout, gather_facts(code, layout, files, jobs, progress))
        audit = audit_of(model, code, listed, tuple(paths or ()))
        return _with_stored_places(audit, tree) if any(map(is_notebook, files)) else audit


def _with_stored_places(audit: Audit, tree: Tree) -> Audit:
    """Return the audit with its positions in notebooks as those of their files."""
    from unfork.planning.stored import Notebooks  # late: most projects have no notebooks

    notebooks = Notebooks(tree)
    broken = (
        replace(item, line=line, col=col)
        for item in audit.broken
        for line, col in [notebooks.place(item.path, item.line, item.col)]
    )
    return replace(
        audit,
        findings=notebooks.findings(audit.findings),
        broken=tuple(broken),
        spellings=tuple(_stored_spellings(item, notebooks) for item in audit.spellings),
    )


def _stored_spellings(item: TwoSpellings, notebooks: Notebooks) -> TwoSpellings:
    spellings = (
        (spelled, tuple((path, *notebooks.place(path, line, col)) for path, line, col in places))
        for spelled, places in item.spellings
    )
    return replace(item, spellings=tuple(spellings))


def _layout_with_roots(tree: Tree, listed: Collection[str], files: Sequence[str]) -> Layout:
    """Return the layout of a project, with the roots derived from its manifests and its package folders."""
    manifests = tuple(filter(is_manifest, listed))
    outside = Outside((), tuple(filter(is_live, manifests)), tree.read, tree.root)
    layout = layout_of(None, files, manifests, outside)
    return replace(layout, roots=tuple(dict.fromkeys((*layout.roots, *import_roots(files)))))


def audit_of(
    model: ProjectModel, tree: Tree, listed: Collection[str], paths: tuple[str, ...] = ()
) -> Audit:
    """Return the audit of a project model. ``listed`` are all files of the project, not only Python files."""
    covers = _path_filter(paths)
    groups, folders, reach = _duplicates(model, tree, listed)
    copies = tuple(copy for copy in copies_of_folders(folders, groups) if covers(copy.path))
    meant = tuple(group for group in groups if any(covers(item.path) for item in group.members))
    broken = tuple(item for item in broken_imports(model, tree, listed) if covers(item.path))
    shims = tuple(shim for shim in hand_shims(model, reach) if covers(shim.path))
    spellings = tuple(two_spellings(model))
    cycles = tuple(
        cycle
        for cycle in import_cycles(model)
        if any(covers(model.modules[key].path) for key in cycle.members)
    )
    all_findings = [
        *unparsable_findings(model),
        *_findings_of_imports(broken, spellings),
        *_findings_of_copies(model, groups, copies, shims, reach),
    ]
    kept = sorted({item for item in all_findings if covers(item.path)}, key=_unparsable_first)
    findings = tuple(_findings_not_ignored(tree, kept))
    told = frozenset(findings)
    return Audit(
        root=tree.root,
        scope=scope_of(model, paths),
        model=model,
        groups=meant,
        folders=copies,
        shims=shims,
        reach=reach,
        broken=broken,
        spellings=tuple(item for item in spellings if not told.isdisjoint(item.findings())),
        cycles=cycles,
        findings=findings,
        covers=covers,
    )


def _duplicates(
    model: ProjectModel, tree: Tree, listed: Collection[str]
) -> tuple[list[Group], tuple[CopiedFolder, ...], Reach]:
    """Return the groups of modules that duplicate each other, the copied folders, and what the program reaches.

    Which copy to keep depends on what is reached and on what runs each of them.
    """
    pairs = similar_pairs(model)
    members = {key for pair in pairs for key in (pair.left, pair.right)}
    configs, documents = filter(is_config, listed), filter(is_document, listed)
    reach = reach_of(model, tree, list(configs), list(documents), members)
    folders = copied_folders(model, pairs, comparable_modules(model), reach.alive)
    counterparts = {key: to for folder in folders for key, to in folder.counterparts.items()}
    past = history_of_files(tree.root, {model.modules[key].path for key in members})
    groups = groups_of(model, pairs, reach.alive, past, counterparts, reach.runners, reach.deployed)
    return groups, folders, reach


def _findings_of_imports(
    broken: Iterable[Broken], spellings: Iterable[TwoSpellings]
) -> Iterator[Finding]:
    yield from (item.finding() for item in broken if not item.expected)
    yield from (finding for item in spellings for finding in item.findings())


def _findings_of_copies(
    model: ProjectModel,
    groups: Sequence[Group],
    copies: Sequence[FolderFork],
    shims: Sequence[HandShim],
    reach: Reach,
) -> Iterator[Finding]:
    """Yield what is wrong with modules as a whole: copies of others, forwards, and dead ones."""
    loose = loose_groups(groups, copies)
    yield from (fork.finding(model.dotted) for group in loose for fork in group.open)
    yield from (copy.finding() for copy in copies if copy.is_open)
    yield from (shim.finding(model.dotted) for shim in shims)
    forwarding = {shim.key for shim in shims}
    yield from (item.finding() for item in reach.proved if item.key not in forwarding)


def _unparsable_first(finding: Finding) -> tuple[bool, Finding]:
    """Order findings by place, after the files that cannot be parsed: what is said of others rests on these."""
    return finding.code != "UF007", finding


def _path_filter(paths: tuple[str, ...]) -> Callable[[str], bool]:
    if not paths or "." in paths:
        return _is_always_covered
    folders = tuple(f"{path.rstrip('/')}/" for path in paths)

    def covers(path: str) -> bool:
        return f"{path}/".startswith(folders)

    return covers


def _is_always_covered(path: str) -> bool:
    return True


def _findings_not_ignored(tree: Tree, findings: Iterable[Finding]) -> Iterator[Finding]:
    """Yield the findings, except those on lines with an ignore comment."""
    path, lines = "", list[bytes]()
    for finding in findings:
        if finding.path != path:
            path, lines = finding.path, _lines_of_file(tree, finding.path)
        line = lines[finding.line - 1] if finding.line <= len(lines) else b""
        if not is_ignored_on_line(line.decode("utf-8", "replace"), finding.code):
            yield finding


def _lines_of_file(tree: Tree, path: str) -> list[bytes]:
    try:
        return tree.read(path).splitlines()
    except OSError:
        return []
