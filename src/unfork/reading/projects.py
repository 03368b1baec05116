"""Default starting points of absolute imports: the root, ``src``, and the package folders of a build or workspace.

A project within the root, a folder with its own manifest, has its own roots. The modules that a migration names
may reveal one more: for example, the folder of a script next to a package.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import PurePosixPath
from posixpath import normpath

from unfork.reading.layout import Layout, parent_folder, roots_of
from unfork.reading.manifests import Manifest, is_build_file, is_project_file, read_manifest
from unfork.reading.outside import Outside, Read
from unfork.reading.path_rules import is_live, is_vendored
from unfork_codemods.project import Key

_SAYS_WHERE = re.compile(
    rb"workspace|package|where|sources|module-root|dev-mode-dirs|path|PROJECT_ROOT|root:uri"
)
"""Text in a manifest that may locate packages or projects."""
_ANYTHING = re.compile(rb"")
_NEAR = 2
"""The maximum depth of a folder outside the roots from which a legacy module may get its name."""


class Projects:
    """The projects of a tree, including the root's: ``manifests`` are the files that describe them."""

    def __init__(
        self, manifests: tuple[str, ...], read: Read, has_folder: Callable[[str], bool]
    ) -> None:
        self.manifests, self.read, self.has_folder = manifests, read, has_folder

    def roots(self) -> tuple[str, ...]:
        """Return the default roots: the root's own, and those of the members of its workspace."""
        members = [folder for folder in self.nested_folders() if self._is_member(folder)]
        return tuple(
            dict.fromkeys(root for project in ("", *members) for root in self.own_roots(project))
        )

    def nested(self) -> dict[str, tuple[str, ...]]:
        """Return the projects within the root, each with its own roots."""
        return {folder: self.own_roots(folder) for folder in self.nested_folders()}

    def nested_folders(self) -> list[str]:
        """Return the folders of the projects within the root."""
        return sorted(
            {parent_folder(path) for path in self.manifests if is_project_file(path)} - {""}
        )

    def own_roots(self, folder: str) -> tuple[str, ...]:
        """Return the roots of one project: its folder, ``src`` in it, and those declared in its manifests."""
        said = (source for manifest in self._manifests_of(folder) for source in manifest.sources)
        folders = (normpath(f"{folder}/{source}".lstrip("/")) for source in ("", "src", *said))
        inner = (root for root in folders if root == "." or self._is_inside(root))
        return tuple(dict.fromkeys("" if root == "." else root for root in inner))

    def mapped(self) -> dict[str, str]:
        """Return the root project's packages that are in folders of other names, each with its folder."""
        return {
            package: to for manifest in self._manifests_of("") for package, to in manifest.mapped
        }

    def required_roots(self) -> dict[str, tuple[str, ...]]:
        """Return, for each project within the root, the roots of the others that it declares as dependencies."""
        nested = self.nested_folders()
        if len(nested) < 2:
            return {}
        said = {folder: [*self._manifests_of(folder, _ANYTHING)] for folder in nested}
        folder_of = {m.name: folder for folder in nested for m in said[folder] if m.name}
        needs = {
            folder: {
                folder_of[name] for m in said[folder] for name in m.requires & folder_of.keys()
            }
            for folder in nested
        }
        return {
            folder: tuple(
                root for other in sorted(others - {folder}) for root in self.own_roots(other)
            )
            for folder, others in needs.items()
        }

    @cached_property
    def members(self) -> tuple[str, ...]:
        """The patterns of the folders of the root's workspace, as its manifests declare them."""
        return tuple(pattern for manifest in self._manifests_of("") for pattern in manifest.members)

    def _is_inside(self, root: str) -> bool:
        return not root.startswith(("..", "/")) and self.has_folder(root)

    def _is_member(self, folder: str) -> bool:
        return any(_matches_folder(member, folder) for member in self.members) and not any(
            _matches_folder(entry, folder) for entry in self._excluded
        )

    @cached_property
    def _excluded(self) -> tuple[str, ...]:
        return tuple(entry for manifest in self._manifests_of("") for entry in manifest.excluded)

    def _manifests_of(
        self, folder: str, about: re.Pattern[bytes] = _SAYS_WHERE
    ) -> Iterator[Manifest]:
        """Yield the manifests of a folder, except those whose text is certainly not ``about`` the matter."""
        for path in self._paths_by_folder.get(folder, ()):
            try:
                text = self.read(path)
            except OSError:
                continue
            if about.search(text):
                yield read_manifest(path, text)

    @cached_property
    def _paths_by_folder(self) -> dict[str, list[str]]:
        paths: dict[str, list[str]] = {}
        for path in filter(is_build_file, self.manifests):
            paths.setdefault(parent_folder(path), []).append(path)
        return paths


def _matches_folder(pattern: str, folder: str) -> bool:
    """Return whether a workspace's pattern (``packages/*``, ``libs/**``) matches a folder.

    ``at`` are the parts of the pattern that the names so far may have reached: many ``**`` take no longer.
    """
    parts = normpath(pattern).split("/")
    if parts[-1] == "**":
        parts.append("*")  # the folder itself does not match

    def onwards(reached: Iterable[int]) -> Iterator[int]:
        for index in reached:
            yield index
            while parts[index : index + 1] == ["**"]:
                index += 1
                yield index

    at = set(onwards([0]))
    for name in folder.split("/"):
        open_parts = [(index, parts[index]) for index in at if index < len(parts)]
        inside = (
            i if part == "**" else i + 1
            for i, part in open_parts
            if part == "**" or fnmatchcase(name, part)
        )
        at = set(onwards(inside))
    return len(parts) in at


def layout_of(
    named: Sequence[str] | None, paths: Sequence[str], manifests: Sequence[str], outside: Outside
) -> Layout:
    """Return the layout of a tree with the roots ``named``, or the default ones; ``paths`` are sorted."""
    if named is not None or outside.read is None:
        return Layout(frozenset(paths), roots_of(named, paths), outside=outside)

    def has_folder(folder: str) -> bool:
        at = bisect_left(paths, f"{folder}/")
        return at < len(paths) and paths[at].startswith(f"{folder}/")

    path_set = frozenset(paths)
    # a module of a package may be named setup
    own = (path for path in manifests if f"{parent_folder(path)}/__init__.py" not in path_set)
    projects = Projects(tuple(own), outside.read, has_folder)
    return Layout(
        path_set,
        projects.roots(),
        projects=projects.nested(),
        outside=outside,
        requires=projects.required_roots(),
        mapped=projects.mapped(),
    )


# -- roots revealed by the names in a migration


def with_roots_of(layout: Layout, modules: Iterable[str]) -> Layout:
    """Return a layout that also has the roots of scripts and nested projects that contain some of the modules.

    The folder of a script has to be the only one from which a module may get its name.
    """
    missing = [dotted for dotted in modules if is_nowhere(layout, dotted)]
    if not missing:
        return layout
    candidates = [
        [base for base in bases if _is_started_from(layout, base)]
        for bases in unlisted_roots(layout, missing).values()
    ]
    inner = frozenset(root for own in layout.projects.values() for root in own)
    told = (bases for bases in candidates if len(bases) == 1 or inner.issuperset(bases))
    new = dict.fromkeys(base for bases in told for base in bases)
    return replace(layout, roots=(*layout.roots, *new), _known={}, _searched={}) if new else layout


def is_nowhere(layout: Layout, dotted: str) -> bool:
    """Return whether a module is in no root and not known to be outside either."""
    located = layout.named(dotted)
    if not located.key.startswith("<"):
        return not located.exists
    return not layout.outside.knows(dotted)


def unlisted_roots(
    layout: Layout, modules: Collection[str], live: bool = True
) -> dict[str, list[str]]:
    """Return, by dotted name, the folders other than roots from which a module of the project would have that name.

    ``live``: leave out folders of tests, examples and archives.
    """
    tails = {dotted: f"/{dotted.replace('.', '/')}" for dotted in modules}
    last: dict[str, list[Key]] = {tail.rpartition("/")[2]: [] for tail in tails.values()}
    for key in layout.modules:
        last.get(key.rpartition("/")[2], []).append(key)
    return {
        dotted: [
            base
            for key in last[tail.rpartition("/")[2]]
            if f"/{key}".endswith(tail) and _may_be_root(layout, base := key[: -len(tail)], live)
        ]
        for dotted, tail in tails.items()
    }


def is_near(base: str) -> bool:
    """Return whether a folder is close enough to the root for a module in it to count as legacy outside all roots."""
    return base.count("/") < _NEAR


def _may_be_root(layout: Layout, base: str, live: bool) -> bool:
    """Return whether a folder, of ``live`` code, is neither a root nor a package."""
    inside = f"{base}/x.py".removeprefix("/")
    is_package = layout.is_package(layout.top_package(inside))
    return (
        base not in layout.roots
        and (is_live(inside) or not live)
        and not is_vendored(inside)
        and not is_package
    )


def _is_started_from(layout: Layout, base: str) -> bool:
    """Return whether a folder is a project's root, or directly contains modules, which may be run as scripts."""
    return base in layout.every_root or any(parent_folder(path) == base for path in layout.paths)


def shown_root(root: str) -> str:
    """Return a root as a migration writes it."""
    return PurePosixPath(root or ".").as_posix()
