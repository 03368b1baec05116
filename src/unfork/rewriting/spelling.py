"""How an importer spells a module: in the style that its statement had."""

from __future__ import annotations

from dataclasses import dataclass

from unfork.reading.layout import Layout, parent_folder
from unfork_codemods.new_import import NewImport
from unfork_codemods.project import Destination, Key, Located, is_external


@dataclass(frozen=True, slots=True)
class Style:
    """The style of a statement: its root ``base`` (None: none known), and how many dots it begins with.

    ``key`` is the module that it names.
    """

    importer: str
    base: str | None
    level: int
    key: Key

    @classmethod
    def of(cls, importer: str, located: Located, level: int) -> Style:
        """Return the style of a statement that names a located module with so many dots."""
        return cls(importer, located.base, level, located.key)


def spell_module(layout: Layout, destination: Destination, style: Style) -> str:
    """Return a destination's module, relative or from the importer's own root if that is its style.

    Relative dots climb as high as the importer's package does, or as its statement did already: above that the
    name depends on how the importer itself was imported.
    """
    if is_external(destination.key):
        return destination.key[1:-1]
    if destination.fixed:
        return destination.spelling
    if style.level or destination.relative:
        return _relative_spelling(layout, destination, style) or destination.spelling
    if style.base is None or _is_below_another_root(layout, destination.key, style):
        return destination.spelling
    return layout.spelled(destination.key, style.base) or destination.spelling


def _is_below_another_root(layout: Layout, key: Key, style: Style) -> bool:
    """Return whether a module is in a root below that of a statement, and the module that it names is not.

    With the roots "." and "src", ``a.old`` becomes ``a.new``, wherever in them the two are, and never ``src.a.new``.
    """
    return any(
        key.startswith(f"{root}/") and not style.key.startswith(f"{root}/")
        for root in layout.roots
        if root != style.base and _contains_root(style.base or "", root)
    )


def _contains_root(base: str, root: str) -> bool:
    return not base or root.startswith(f"{base}/")


def _relative_spelling(layout: Layout, destination: Destination, style: Style) -> str | None:
    """Return the relative name; of a module itself one with a last segment, for ``from . import`` needs it.

    ``from . import x`` of a package that the importer is in, but ``from .. import package`` for the package itself.
    """
    highest = _highest_package(layout, style)
    relative = layout.relative_name(destination.key, style.importer, highest)
    if relative is None or destination.name is not None or relative.strip("."):
        return relative
    above = layout.relative_name(parent_folder(destination.key), style.importer, highest)
    return (
        f"{above}{destination.key.rpartition('/')[2]}"
        if above and destination.key != highest
        else None
    )


def _highest_package(layout: Layout, style: Style) -> str:
    top = layout.top_package(style.importer)
    reached = style.importer.rpartition("/")[0]
    for _ in range(style.level - 1):
        reached = parent_folder(reached)
    return min(top, reached, key=len) if style.level else top


def module_import(spelled: str, asname: str | None) -> NewImport:
    """Return the import that binds a module to its last segment, or to ``asname``.

    a.b -> from a import b        .b -> from . import b        ..a.b -> from ..a import b        b -> import b
    """
    last = spelled.rpartition(".")[2]
    package = spelled.removesuffix(last)
    if package.strip("."):
        package = package.removesuffix(".")
    return NewImport(package, last, None if asname == last else asname)
