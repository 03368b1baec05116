"""Redirect: turn imports of a legacy module into imports of the canonical one."""

from __future__ import annotations

import builtins
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import ClassVar, NamedTuple

from unfork_codemods.bindings import Bindings
from unfork_codemods.calls import CallChange, Calls, changes_of
from unfork_codemods.packages import (
    Modules,
    WithGone,
    by_module,
    counterparts,
    is_package_entry,
    is_within,
    module_of_entry,
)
from unfork_codemods.project import (
    DATA_NAMES,
    MODULE_ATTRIBUTES,
    Destination,
    Identity,
    ImportCodemod,
    ImportedName,
    Key,
    Located,
    Project,
    Unresolved,
    is_external,
    last_segment,
    submodule_key,
)
from unfork_codemods.step import NO_LINES, StepKind, StepTable, Target, line_of, named_targets


class PackageEntry(NamedTuple):
    """A package that is redirected with everything in it, and where the migration says so (``m.toml:3``).

    Its modules go on importing each other, unless ``is_in_use``: then they import what all others now import.
    """

    package: str
    place: str
    is_in_use: bool = False


class Redirect(NamedTuple):
    """Turn imports of the module ``source`` into imports of ``to``; ``names`` lists names renamed or moved elsewhere.

    ``to`` is None if ``names`` lists everything that moves. ``calls`` says which members and arguments change.
    ``package`` is the entry (``old.*``) that a step for one
    module comes from, with its place; ``missing`` is the counterpart that the module should have there, and does not.
    """

    source: str
    to: str | None
    names: Mapping[str, Target] = NO_LINES
    line: int = 0
    lines: Mapping[str, int] = NO_LINES
    calls: Calls = NO_LINES
    package: PackageEntry | None = None
    missing: str | None = None

    @property
    def kind(self) -> str:
        """The name of the step's kind."""
        return "redirect"

    @property
    def homes(self) -> tuple[str, ...]:
        """The modules that take the module's place: ``to``, and those that ``names`` lists."""
        homes = (self.to, *(target.module for target in self.names.values()))
        return tuple(dict.fromkeys(home for home in homes if home is not None))

    @property
    def keeps_inside(self) -> bool:
        """Whether the module's own imports of its package stay as they are."""
        return self.package is not None and not self.package.is_in_use

    @property
    def moves_names_only(self) -> bool:
        """Whether the module stays, and the names that ``names`` lists move."""
        return self.to is None and self.missing is None


class RedirectKind(StepKind):
    """``[[redirect]]``."""

    name = "redirect"
    keys = ("from", "to", "names", "calls")
    about: ClassVar = {
        "from": "The legacy module; its imports are rewritten.",
        "to": "The canonical module. May be left out where 'names' says all there is to move.",
        "names": "What is called differently (Old = 'New'), or lives elsewhere (Old = 'module:New').",
        "calls": "Members and arguments that are called differently, by the legacy name.",
    }

    def read(self, table: StepTable) -> Redirect:
        """Return the step that a table defines."""
        source = table.module_or_package("from")
        to = table.optional_module_or_package("to")
        if is_package_entry(source) or is_package_entry(to or ""):
            _check_package(source, to, table)
        names = table.names(to)
        if to is None and not names:
            raise table.error(f"the redirect of '{source}' needs 'to' or 'names'")
        return Redirect(source, to, names, table.line(), table.lines(), table.calls())

    def imported_modules(self, step: Redirect) -> Iterator[str]:
        """Yield the legacy module."""
        yield module_of_entry(step.source)

    def legacy_modules(self, step: Redirect) -> Iterator[tuple[str, int]]:
        """Yield the legacy module, which may be gone by now; of a package entry, only the package."""
        source = module_of_entry(step.source)
        if step.package is None or source == step.package.package:
            yield source, line_of(step, "from")

    def required_modules(self, step: Redirect) -> Iterator[tuple[str, int]]:
        """Yield the canonical module and the modules in ``names``."""
        if step.to is not None:
            yield module_of_entry(step.to), line_of(step, "to")
        yield from super().required_modules(step)

    def required_names(self, step: Redirect) -> Iterator[tuple[Target, int]]:
        """Yield the targets of ``names``."""
        yield from named_targets(step, step.names)

    def is_package(self, step: Redirect) -> bool:
        """Return whether a step is about a package with everything in it."""
        return is_package_entry(step.source)

    def steps_by_module(
        self, steps: Sequence[Redirect], modules: Modules, file: str
    ) -> tuple[Redirect, ...]:
        """Return a redirect for each module: to its counterpart, or to none if there is none."""
        known = _with_legacy(steps, modules)
        return by_module(
            steps, lambda step: step.source, lambda step: _step_by_module(step, known, file)
        )

    def codemod(
        self, steps: Sequence[Redirect], project: Project, earlier: Mapping[str, ImportCodemod]
    ) -> RedirectImports:
        """Return the codemod that carries out the redirects."""
        return RedirectImports(steps, project)


def _check_package(source: str, to: str | None, table: StepTable) -> None:
    """Raise MigrationError if only one of two names is a package entry, or if the step renames single names."""
    if to is None or not is_package_entry(to):
        raise table.error(
            f"'{source}' leads to a package with everything in it: to = \"package.*\"", "to"
        )
    if not is_package_entry(source):
        raise table.error(
            f"'{to}' takes a package with everything in it: from = \"{source}.*\"", "from"
        )
    if table.has("names"):
        why = "'names' are those of one module, and 'from' is a package"
        raise table.error(f"{why}: write a [[redirect]] for the module that has them", "names")


def _with_legacy(steps: Sequence[Redirect], modules: Modules) -> Modules:
    """Return the existing modules, and those that are gone but redirected again: a package may have moved twice."""
    packages = [step for step in steps if is_package_entry(step.source)]
    known: Modules = modules
    for _ in packages[1:]:
        gone = {
            legacy
            for step in packages
            for legacy, _ in counterparts(
                module_of_entry(step.source), module_of_entry(step.to or ""), known
            )
        }
        known = WithGone(modules, gone)
    return known


def _step_by_module(step: Redirect, modules: Modules, file: str) -> Iterator[tuple[str, Redirect]]:
    package, to = module_of_entry(step.source), module_of_entry(step.to or "")
    line = line_of(step, "from")
    entry = PackageEntry(
        package, f"{file}:{line}" if line else file
    )  # the command line has no lines
    is_there = modules.exists(to)  # if not, the migration is wrong
    for module, counterpart in counterparts(package, to, modules):
        one = step._replace(source=module, to=counterpart, package=entry)
        into_legacy = is_within(counterpart, package) and not is_within(to, package)
        if is_there and (into_legacy or not modules.exists(counterpart)):
            one = one._replace(to=None, missing=counterpart)
        yield module, one


class RedirectImports(ImportCodemod):
    """Move names from legacy modules to their destinations in the redirects.

    from a.legacy import Old, helper    ->    from a.canonical import New
                                              from a.util import helper
    """

    step = "redirect"
    code = "UF001"
    follows_parents = True

    def __init__(self, redirects: Iterable[Redirect], project: Project) -> None:
        from unfork_codemods.legacy_modules import LegacyModules  # late, as below

        self._project = project
        self.redirects: Mapping[Key, Redirect] = {project.named(r.source).key: r for r in redirects}
        self.words: frozenset[str] | None = frozenset(map(last_segment, self.redirects))
        self._modules = LegacyModules(self.redirects, project)
        self._by_last_part: dict[str, set[Key]] | None = None
        # Modules being compared. Modules that import each other are interchangeable if everything else in them is.
        self._assumed: list[Key] = []
        self._bindings = Bindings()

    def is_about(self, key: Key) -> bool:
        """Return whether a module is legacy."""
        return key in self.redirects

    def bound(self, bindings: Bindings) -> RedirectImports:
        """Return the codemod with the bindings of patched names."""
        from copy import copy  # late: a hook that finds nothing needs none

        clone = copy(self)
        clone._assumed, clone._bindings = [], bindings
        return clone

    def applies_to(self, imported_name: ImportedName) -> bool:
        """Return whether the imported name's module is legacy and the importer is a different module."""
        if (
            imported_name.key not in self.redirects
            or imported_name.key == imported_name.importer_key
            or self._is_among_themselves(imported_name)
        ):
            return False
        return (
            not self._binds_its_own(imported_name)
            or self.redirects[imported_name.importer_key].moves_names_only
        )

    def _is_among_themselves(self, imported_name: ImportedName) -> bool:
        """Return whether a module of a legacy package imports another one that it may go on importing.

        That is any module if nothing else uses the package, otherwise one without a counterpart.
        """
        importer = self.redirects.get(imported_name.importer_key)
        redirect = self.redirects[imported_name.key]
        if importer is None or importer.package is None or importer.package != redirect.package:
            return False
        return redirect.missing is not None or not importer.package.is_in_use

    def _binds_its_own(self, imported_name: ImportedName) -> bool:
        """Return whether a legacy package imports its own submodule, which others reach as its attribute."""
        package = imported_name.importer_key
        return (
            imported_name.name is None
            and package in self.redirects
            and imported_name.key.startswith(f"{package}/")
        )

    def call_changes(self, imported_name: ImportedName) -> Mapping[str, CallChange]:
        """Return how the name's own call and its members change."""
        redirect = self.redirects.get(imported_name.key)
        if redirect is None or imported_name.name is None:
            return {}
        return changes_of(redirect.calls, imported_name.name)

    def outside(self) -> frozenset[Key]:
        """Return the legacy modules outside the project."""
        return frozenset(key for key in self.redirects if is_external(key))

    def destination(self, imported_name: ImportedName) -> Destination | Unresolved | None:
        """Return the destination of a legacy module's name, following chained redirects."""
        if not self.applies_to(imported_name):
            return None
        replaced = self._replaced_destination(imported_name)
        if replaced is not None:
            return replaced
        if self._binds_its_own(imported_name):
            why = f"others reach {imported_name.spelled} as an attribute of this package, some names of which stay"
            return Unresolved(self.code, f"{why}; rewrite both by hand")
        if imported_name.name is None:
            module_destination = self._modules.canonical_module(imported_name.key)
            if module_destination is None:
                return self._modules.no_module(imported_name.key)
            return self._modules.ensure_readable(
                self.redirects[imported_name.key], module_destination
            )
        if self._modules.is_submodule(imported_name.key, imported_name.name):
            below = submodule_key(imported_name.key, imported_name.name)
            located = Located(below, imported_name.located.base)
            return self.inside(imported_name._replace(located=located, name=None))
        destination = self._final_destination(
            imported_name, imported_name.key, imported_name.name, frozenset()
        )
        if not isinstance(destination, Destination):
            return destination
        if self._comes_round(imported_name, destination):
            what = f"{imported_name.name} of {imported_name.spelled}"
            why = f"{what} is what {destination.spelling} takes from this very module"
            return Unresolved(
                "UF006", f"{why}; move its definition here, or to {destination.spelling}"
            )
        return self._modules.why_value_differs(imported_name, destination) or destination

    def _replaced_destination(self, imported_name: ImportedName) -> Destination | Unresolved | None:
        """Return the decision about a name that the project patches, or None if there is none."""
        why = self._bindings.kept(imported_name)
        if why is not None:
            return Unresolved(self.code, why)
        if not self._bindings.is_swapped(imported_name.key) or imported_name.name is None:
            return self._bindings.moved(imported_name)
        module_destination, redirect = (
            self._modules.canonical_module(imported_name.key),
            self.redirects[imported_name.key],
        )
        if module_destination is None or imported_name.name in redirect.names:
            why = "another module is put in its place in sys.modules, and a name is called differently"
            return Unresolved(self.code, f"{redirect.source}: {why}; rewrite both by hand")
        if self._project.origin(module_destination.key, imported_name.name).found:
            return Destination(
                module_destination.key, imported_name.name, module_destination.spelling
            )
        return self._modules.no_counterpart(imported_name.key, imported_name.name)

    def _comes_round(self, imported_name: ImportedName, destination: Destination) -> bool:
        """Return whether the destination imports the name from the importer, which gets it by this very import."""
        if destination.name is None:
            return False
        origin = self._project.origin(destination.key, destination.name)
        onward = (
            *origin.hops[1:],
            None if origin.certain else (imported_name.key, imported_name.name),
        )
        ways = zip(origin.hops, onward)
        return any(
            hop[0] == imported_name.importer_key and to == (imported_name.key, imported_name.name)
            for hop, to in ways
        )

    def patch_destination(self, imported_name: ImportedName) -> Destination | Unresolved | None:
        """Return where patching a name of a legacy module now takes effect.

        That is the namespace in which the code looks the name up: the migration's target, else the canonical module
        if it has the name, even by an import only, or if both modules look it up among the builtins.
        """
        replaced = self._replaced_destination(imported_name)
        if replaced is not None:
            return replaced
        destination = self.destination(imported_name)
        redirect = self.redirects.get(imported_name.key)
        name = imported_name.name or ""
        if isinstance(destination, Unresolved):
            return self._builtin_destination(imported_name) or destination
        if redirect is None or redirect.to is None or name in redirect.names:
            return destination
        module = self._modules.canonical_module(imported_name.key)
        if module is not None and self._is_counterpart(imported_name, module.key):
            return Destination(module.key, name, module.spelling)
        return Unresolved(
            self.code,
            f"{name} is replaced in {redirect.source}, and {redirect.to} does not look it up",
        )

    def _builtin_destination(self, imported_name: ImportedName) -> Destination | None:
        """Return where to replace a builtin that both modules look up, and neither binds: ``mock.patch("a.old.open")``.

        What is bound in a module comes before the builtins (language reference, 4.2.2).
        """
        name, module = imported_name.name, self._modules.canonical_module(imported_name.key)
        if name is None or module is None or not hasattr(builtins, name):
            return None
        both_lack_it = all(self._modules.lacks(k, name) for k in (imported_name.key, module.key))
        return Destination(module.key, name, module.spelling) if both_lack_it else None

    def _is_counterpart(self, imported_name: ImportedName, key: Key) -> bool:
        """Return whether the module ``key`` has the counterpart of a legacy definition, or of a legacy import."""
        name = imported_name.name or ""
        legacy_origin, new_origin = (
            self._project.origin(imported_name.key, name),
            self._project.origin(key, name),
        )
        own = legacy_origin.key == imported_name.key
        same = new_origin.identity in (
            legacy_origin.identity,
            self._moved_identity(imported_name, legacy_origin.identity),
        )
        return (own or same) and self._project.is_always_there(key, name, imported_name.key)

    def is_drop_in_replacement(self, imported_name: ImportedName) -> bool:
        """Return whether the canonical module has every public name of the legacy one under the same name."""
        if imported_name.key not in self.redirects:
            return False
        if imported_name.key in self._assumed:
            return True
        start, is_alike = len(self._assumed), False
        self._assumed.append(imported_name.key)
        try:
            is_alike = self._is_interchangeable(imported_name)
        finally:
            if not is_alike or start == 0:
                # what was found in the meantime may rest on the assumption
                del self._assumed[start:]
        return is_alike

    def _is_interchangeable(self, imported_name: ImportedName) -> bool:
        names = self._project.public_names(imported_name.key)
        target = self._modules.canonical_module(imported_name.key)
        if target is None:
            return False
        if names is None:
            return (
                not self._project.has_file(imported_name.key)
                and not self.redirects[imported_name.key].names
            )
        return all(self._has_same_object(imported_name.of(name), target.key) for name in names)

    def legacy(self) -> Collection[Key]:
        """Return the modules that imports are to leave."""
        return self.redirects.keys()

    def modules_elsewhere(self, dotted: str) -> tuple[Key, ...]:
        """Return the legacy modules, or their packages, that have a name seen from a folder that is no root."""
        if self._by_last_part is None:
            self._by_last_part = {}
            for key in self.legacy():
                while key and not is_external(key):
                    self._by_last_part.setdefault(last_segment(key), set()).add(key)
                    key = key.rpartition("/")[0]
        tail = f"/{dotted.replace('.', '/')}"
        return tuple(
            sorted(k for k in self._by_last_part.get(last_segment(tail), ()) if k.endswith(tail))
        )

    def inside(self, imported_name: ImportedName) -> Unresolved | None:
        """Return the unresolved finding for an import of a module inside a legacy package.

        Also for a name that may refer to a legacy module or to an outside module of the same name.
        """
        maybe = imported_name.located.maybe
        submodules = (submodule_key(key, imported_name.name) for key in maybe if imported_name.name)
        legacy = next((key for key in (*maybe, *submodules) if key in self.redirects), None)
        if legacy is not None:
            return self._modules.ambiguous_import(imported_name, legacy)
        return self._modules.packages.inside(imported_name)

    def _has_same_object(self, imported_name: ImportedName, key: Key) -> bool:
        """Return whether the module ``key`` has the same object under the same name."""
        destination = self.destination(imported_name)
        if isinstance(destination, Unresolved):
            return False
        if destination is not None and destination.key == key:
            return destination.name == imported_name.name
        own_identity = self._project.origin(imported_name.key, imported_name.name or "").identity
        if destination is not None:
            own_identity = self._identity_of(destination)
        other_origin = self._project.origin(key, imported_name.name or "")
        if not other_origin.found or own_identity == other_origin.identity:
            return other_origin.found
        ways = {own_identity, self._moved_identity(imported_name, own_identity)}
        return not ways.isdisjoint(
            (other_origin.identity, self._moved_identity(imported_name, other_origin.identity))
        )

    def _identity_of(self, destination: Destination) -> Identity:
        if destination.name is None:
            return destination.key, None
        return self._project.origin(destination.key, destination.name).identity

    def _moved_identity(self, imported_name: ImportedName, known: Identity) -> Identity:
        """Return an object's identity once every import of it from a legacy module is rewritten."""
        key, name = known
        if key not in self.redirects:
            return known
        if name is None:
            destination: Destination | Unresolved | None = self._legacy_module(
                imported_name, Destination(key, None, "")
            )
        else:
            destination = self._final_destination(imported_name, key, name, frozenset())
        return self._identity_of(destination) if isinstance(destination, Destination) else known

    def _final_destination(
        self, imported_name: ImportedName, key: Key, name: str, seen: frozenset[tuple[Key, str]]
    ) -> Destination | Unresolved | None:
        """Return a name's destination, following chained redirects; None if the migration does not cover it."""
        destination = self._direct_destination(imported_name, key, name)
        if not isinstance(destination, Destination) or destination.key not in self.redirects:
            return destination
        if destination.name is None:
            return self._legacy_module(imported_name, destination)
        if (destination.key, destination.name) in seen:
            return self._modules.no_counterpart(key, name)
        taken = imported_name._replace(located=Located(destination.key), name=destination.name)
        why = self._bindings.kept(taken)
        if why is not None:
            return Unresolved(self.code, why)
        onward = self._final_destination(
            imported_name, destination.key, destination.name, seen | {(key, name)}
        )
        if isinstance(onward, Destination):
            return onward
        stays_there = onward is None and self.redirects[destination.key].moves_names_only
        return (
            destination
            if stays_there or name in self.redirects[key].names
            else self._modules.no_counterpart(key, name)
        )

    def _legacy_module(
        self, imported_name: ImportedName, destination: Destination
    ) -> Destination | Unresolved:
        """Return the destination of a legacy module that another legacy module imports."""
        taken = imported_name._replace(located=Located(destination.key), name=None)
        onward = self._modules.canonical_module(destination.key)
        if onward is not None and self.is_drop_in_replacement(taken):
            return onward
        return Unresolved(
            self.code,
            f"{imported_name.name} of {imported_name.spelled} is the legacy module "
            f"{destination.spelling}; import that by its own name",
        )

    def _direct_destination(
        self, imported_name: ImportedName, key: Key, name: str
    ) -> Destination | Unresolved | None:
        """Return a name's destination in the documented order: the migration, the real definer, the canonical module.

        Without a canonical module, only the names that the migration lists move; other names are left alone.
        """
        redirect = self.redirects[key]
        if name in redirect.names:
            return self._listed_destination(imported_name, key, name)
        if redirect.to is None:
            return self._modules.definer_destination(key, name) or self._modules.no_module(key)
        located = self._project.named(redirect.to)
        if name in DATA_NAMES and not self._modules.is_same_data(key, located.key, name):
            why = (
                f"{redirect.source}.{name} says what that module is, and {redirect.to} has another"
            )
            code = self.code if name in MODULE_ATTRIBUTES else "UF006"
            return Unresolved(code, f"{why}; decide by hand what it should be")
        if name in MODULE_ATTRIBUTES:
            return Destination(located.key, name, redirect.to)
        definer = self._modules.definer_destination(key, name)
        if definer is not None and not self._is_offered_alike(imported_name, key, name, definer):
            return definer
        return self._canonical_destination(imported_name, key, name, located.key, redirect.to)

    def _listed_destination(
        self, imported_name: ImportedName, key: Key, name: str
    ) -> Destination | Unresolved:
        """Return the destination of a name that the redirect lists under ``names``."""
        redirect = self.redirects[key]
        target = redirect.names[name]
        target_key = self._project.named(target.module).key
        listed = Destination(target_key, target.name, target.module)
        destination = self._modules.ensure_readable(redirect, listed)
        if isinstance(destination, Unresolved):
            return destination
        return self._modules.ensure_always_defined(imported_name, key, name, destination)

    def _canonical_destination(
        self, imported_name: ImportedName, key: Key, name: str, canonical: Key, spelled: str
    ) -> Destination | Unresolved:
        """Return a name's destination in the canonical module, whose dotted name is ``spelled``."""
        origin = self._project.origin(canonical, name)
        is_submodule = origin.key == f"{canonical}/{name}" and len(origin.hops) == 1
        if is_submodule and key in self._modules.gone:
            return Destination(origin.key, None, f"{spelled}.{name}")  # it has to be imported
        same = Destination(canonical, name, spelled)
        destination = self._modules.ensure_readable(self.redirects[key], same)
        if isinstance(destination, Unresolved):
            return destination
        is_other = origin.identity != (key, name) and (origin.runtime or imported_name.typing)
        if origin.found and is_other:
            if imported_name.optional and self._modules.lacks(key, name):
                return self._modules.found_otherwise(key, name)
            return self._modules.ensure_always_defined(imported_name, key, name, destination)
        return self._modules.no_counterpart(key, name)

    def _is_offered_alike(
        self, imported_name: ImportedName, key: Key, name: str, definer: Destination
    ) -> bool:
        """Return whether a package's counterpart offers what the package takes from a module inside: by its own name.

        Whoever takes a name of the package itself does not care in which of its modules it is defined.
        """
        redirect, inner = self.redirects[key], self.redirects.get(definer.key)
        if redirect.package is None or inner is None or redirect.package != inner.package:
            return False
        moved = self._moved_identity(imported_name, (definer.key, definer.name))
        offered = self._project.origin(self._project.named(redirect.to or "").key, name)
        return offered.found and offered.identity == moved
