"""A package is more than its ``__init__``: how a redirect of a package affects the modules inside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from unfork_codemods.project import ImportedName, Key, Project, Unresolved, is_external

if TYPE_CHECKING:
    from unfork_codemods.redirect import Redirect


class LegacyPackages:
    """The packages that are redirected to another module, which replaces only their ``__init__``.

    Importing a module inside such a package runs that ``__init__``. No name is redirected to such a module, and an
    import of one is left unless it has a redirect of its own.
    """

    def __init__(self, redirects: Mapping[Key, Redirect], project: Project) -> None:
        self._project, self._redirects = project, redirects
        self._gone = frozenset(k for k in redirects if not project.has_file(k))
        self._packages = frozenset(filter(self._gives_way, redirects))

    def _gives_way(self, key: Key) -> bool:
        """Return whether a module is, or may be, a package that should no longer be imported."""
        redirect = self._redirects[key]
        if redirect.to is None or not (key in self._gone or self._project.is_package(key)):
            return False
        return key not in _enclosing_packages(self._project.named(redirect.to).key)

    def around(self, key: Key) -> Key | None:
        """Return the legacy package that a module stays in, or None if it is in none or has a redirect of its own."""
        if not self._packages or key in self._redirects:
            return None
        return next(
            (package for package in _enclosing_packages(key) if package in self._packages), None
        )

    def inside(self, imported_name: ImportedName) -> Unresolved | None:
        """Return the unresolved finding for an import, from outside such a package, of a module inside it."""
        package = self.around(imported_name.key)
        if package is None or package in (
            imported_name.importer_key,
            *_enclosing_packages(imported_name.importer_key),
        ):
            return None
        redirect = self._redirects[package]
        rest = imported_name.key.strip("<>").removeprefix(package.strip("<>")).replace("/", ".")
        name, to = f"{redirect.source}{rest}", f"{redirect.to}{rest}"
        target = to if self._project.named(to).exists else "module"
        if redirect.package is not None:
            entry = f"{redirect.package.package}.* ({redirect.package.place})"
            why = f"{name} has no counterpart for {entry}: there is no {to}"
        elif package not in self._gone:
            why = f"importing {name} runs {redirect.source}, and its redirect is about its __init__ alone"
        elif imported_name.located.exists and not is_external(imported_name.key):
            return None
        else:
            moved = f"{redirect.source}, which moved to {redirect.to}"
            why = f"{name} is inside {moved}, and nothing says where it is now"
        return Unresolved(
            "UF001", f'{why}: write a [[redirect]] with from = "{name}", to = "{target}"'
        )


def _enclosing_packages(key: Key) -> Iterator[Key]:
    """Yield the packages that a module is in, innermost first."""
    end, dot = (">", ".") if is_external(key) else ("", "/")
    name = key.removesuffix(end)
    while dot in name:
        name = name.rpartition(dot)[0]
        yield f"{name}{end}"
