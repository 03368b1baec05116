"""Package entries: ``old.*`` is a package with every module in it, at any depth.

A migration is read without its project. When it meets one, each entry becomes one step for each module:

    [[redirect]]                  a.legacy       ->    a.canonical
    from = "a.legacy.*"           a.legacy.x     ->    a.canonical.x
    to   = "a.canonical.*"        a.legacy.y.z   ->    nothing, if a.canonical has no y.z
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Protocol, TypeVar

ALL_INSIDE = ".*"
"""The end of an entry that means a package with everything in it."""

_Entry = TypeVar("_Entry")


class Modules(Protocol):
    """The modules that a project, or an installed package, has."""

    def inside(self, package: str) -> Collection[str]:
        """Return the dotted names of a package and of the modules in it, at any depth: those that exist."""

    def exists(self, module: str) -> bool:
        """Return whether there is a module of this dotted name, or may be one outside the project."""

    def imported(self, package: str) -> Collection[str]:
        """Return the dotted names of the modules in a package that the project's files import."""


class WithGone:
    """The existing modules, and those that are ``gone`` according to the migration."""

    def __init__(self, modules: Modules, gone: Collection[str]) -> None:
        self._modules, self._gone = modules, gone

    def inside(self, package: str) -> Collection[str]:
        """Return the modules of a package."""
        gone = (name for name in self._gone if is_within(name, package))
        return {*self._modules.inside(package), *gone}

    def exists(self, module: str) -> bool:
        """Return whether a module exists or is known to be gone."""
        return module in self._gone or self._modules.exists(module)

    def imported(self, package: str) -> Collection[str]:
        """Return the modules in a package that the project's files import."""
        return self._modules.imported(package)


def is_package_entry(name: str) -> bool:
    """Return whether a migration's name means a package with everything in it."""
    return name.endswith(ALL_INSIDE)


def module_of_entry(name: str) -> str:
    """Return the dotted name of the module that a migration names: of a package entry, the package."""
    return name.removesuffix(ALL_INSIDE)


def is_within(module: str, package: str) -> bool:
    """Return whether a module is a package or in it, by their dotted names."""
    return module == package or module.startswith(f"{package}.")


def by_module(
    steps: Iterable[_Entry],
    name_of: Callable[[_Entry], str],
    expand: Callable[[_Entry], Iterable[tuple[str, _Entry]]],
) -> tuple[_Entry, ...]:
    """Return steps with one step for each module in place of each package entry.

    A step that names a module comes before a package that it is in, an inner package before an outer one.
    """
    named = list(steps)
    single = {name_of(step) for step in named if not is_package_entry(name_of(step))}
    packages = [step for step in named if is_package_entry(name_of(step))]
    modules: dict[str, _Entry] = {}
    for package in sorted(packages, key=lambda step: name_of(step).count(".")):
        modules.update(expand(package))
    own = (step for step in named if not is_package_entry(name_of(step)))
    return (*own, *(modules[name] for name in sorted(modules) if name not in single))


def counterparts(package: str, to: str, modules: Modules) -> Iterator[tuple[str, str]]:
    """Yield each module of ``package`` that exists or is gone, with the dotted name of its counterpart in ``to``.

    What is only in ``to`` is gone from ``package``: imports of it by its old name are still found. If one package is
    inside the other, the inner one does not count as part of the outer one.
    """
    tails = {name[len(package) :] for name in (package, *modules.inside(package))}
    known = modules.inside(to)
    tails |= {name[len(to) :] for name in known}
    if not known:  # outside, where nothing can be listed
        tails |= {name[len(package) :] for name in modules.imported(package)}
    for tail in sorted(tails):
        module, counterpart = package + tail, to + tail
        into_legacy = is_within(counterpart, package) and not is_within(to, package)
        is_canonical = is_within(to, package) and is_within(module, to)
        if is_canonical or (into_legacy and not modules.exists(module)):
            continue
        yield module, counterpart
