"""Modules named in packaging files: entry points and installed modules."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from unfork.files.tree import Tree
from unfork.reading.layout import Layout, join_key, parent_folder
from unfork.reading.packaging import PACKAGING, packaging_declarations
from unfork.values import Finding
from unfork_codemods.project import Key


def is_packaging_file(path: str) -> bool:
    """Return whether a file may declare entry points and installed modules."""
    return path.rpartition("/")[2] in PACKAGING


def modules_declared(
    tree: Tree, paths: Collection[str], layout: Layout, keys: Collection[Key]
) -> Iterator[tuple[Key, Finding]]:
    """Yield the modules among ``keys`` that the packaging files in ``paths`` name, each with a finding at its line.

    [project.scripts]
    go = "a.legacy:main"
    """
    files = list(filter(is_packaging_file, paths))
    for manifest in packaging_declarations(tree, files):
        for dotted in dict.fromkeys(
            (*(name for name, _, _ in manifest.started), *manifest.modules)
        ):
            key = _declared_module(layout, parent_folder(manifest.path), dotted)
            if key is not None and key in keys:
                line = _line_of_name(tree.read(manifest.path), dotted)
                yield key, Finding(manifest.path, line, 1, "UF001", f"{dotted} is still named")


def _declared_module(layout: Layout, folder: str, dotted: str) -> Key | None:
    bases = dict.fromkeys((folder, f"{folder}/src".lstrip("/"), *layout.roots))
    candidates = (join_key(base, layout.by_folder(dotted)) for base in bases if dotted)
    return next((key for key in candidates if key in layout.modules), None)


def _line_of_name(data: bytes, dotted: str) -> int:
    """Return the number (from 1) of the first line that contains a module's name."""
    before = data[: max(data.find(dotted.encode()), 0)]
    return before.count(b"\n") + 1
