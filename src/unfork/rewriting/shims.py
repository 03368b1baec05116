"""Which names a shim has to forward, and where to; what it keeps; and why a module cannot be one."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from unfork.reading.conditions import always_bound
from unfork.reading.definitions import Definitions
from unfork.reading.index import Index
from unfork.reading.layout import key_of
from unfork.reading.names_as_data import runs_as_program
from unfork.reading.source import Source
from unfork.reading.statement_names import names_bound
from unfork.rewriting.constraints import Constraints
from unfork.rewriting.shim_adapters import Adapter, adapter_of
from unfork.rewriting.shim_parts import Keeper, Kept, is_list, is_standard, lists_tuple
from unfork.rewriting.shim_read import forwards_of
from unfork.values import Finding
from unfork_codemods.deprecate import Deprecate
from unfork_codemods.edits import Edit
from unfork_codemods.project import (
    Destination,
    ImportCodemod,
    ImportedName,
    Key,
    Kind,
    Located,
    Origin,
    Unresolved,
    external_key,
    is_external,
)
from unfork_codemods.shim_module import OWN_NAMES, Forwards, shim_edits, stub_edits
from unfork_codemods.step import Target, names_advice


class Shim(NamedTuple):
    """What a module forwards as a shim, and the edits that make it one; or what keeps it from becoming one, ``left``.

    ``forgets`` are the names that it has no more; ``loads`` the project's modules that its forwards import.
    """

    edits: tuple[Edit, ...] = ()
    left: tuple[Finding, ...] = ()
    forgets: tuple[str, ...] = ()
    loads: tuple[Key, ...] = ()
    forwards: Forwards | None = None


_FUTURE = external_key("__future__")
_ANY = "*"
"""A name that no module defines: one that may have it may have any."""
_EXAMPLE = re.compile(r"^[ \t]*(?:>>>|\.\.\.) ?(.*)$", re.MULTILINE)


def shim_of(
    source: Source,
    step: Deprecate,
    index: Index,
    codemods: Iterable[ImportCodemod],
    facts: Constraints,
) -> Shim:
    """Return what makes a module a shim.

    It cannot become one if a public name, or any name that others use, has no destination; if its text does not show
    all its names; if it has code for running it as a program; or if importing it did something that a shim cannot do.
    Raises Unparsable.
    """
    existing = forwards_of(source)
    if existing is not None:
        return Shim(shim_edits(source.data.decode(), step, existing), forwards=existing)
    codemod = next((candidate for candidate in codemods if candidate.step == "redirect"), None)
    module = _Legacy(source, step, index, codemod, facts)
    line, why = module.refusal or (0, "")
    if why:
        finding = Finding(source.path, line, 1, "UF006", f"{step.module} {why}", step.module)
        return Shim(left=(finding,))
    forwards = module.forwards
    forgets = (
        module.definitions.names.keys() - forwards.targets.keys() - module.kept.names - OWN_NAMES
    )
    forgets -= module.adapters.keys()
    forwarded = [*forwards.targets.values(), *map(module.destinations.__getitem__, module.adapters)]
    named = (index.named(target.module).key for target in forwarded)
    loads = tuple(sorted(key for key in set(named) if index.has_file(key)))
    edits = shim_edits(source.data.decode(), step, forwards)
    return Shim(edits, (), tuple(sorted(forgets)), loads, forwards)


def stub_of(source: Source, shim: Shim) -> tuple[Edit, ...]:
    """Return the edits that make the stub of a module follow, once that is a shim. Raises Unparsable."""
    if shim.forwards is None:
        return ()
    moved = {*shim.forwards.targets, *shim.forwards.typed}
    nodes = (node for node in source.tree.body if isinstance(node, ast.Import | ast.ImportFrom))
    origins = {*shim.forwards.targets.values(), *shim.forwards.typed.values()}
    others = [n for n in nodes if moved.isdisjoint(names_bound(n)) and not _is_of(n, origins)]
    stub_names = {name for node in source.tree.body for name in names_bound(node)}
    listed = shim.forwards.listed if "__all__" in stub_names else None
    forwards = Forwards(
        {name: target for name, target in shim.forwards.targets.items() if name in stub_names},
        {name: target for name, target in shim.forwards.typed.items() if name in stub_names},
        tuple(source.text(n).decode() for n in others if getattr(n, "module", "") != "__future__"),
        listed,
        lists_tuple=any(map(lists_tuple, source.tree.body)),
    )
    return stub_edits(source.data.decode(), forwards)


def _is_of(node: ast.Import | ast.ImportFrom, origins: Collection[Target]) -> bool:
    """Return whether all that an import takes is what the shim forwards."""
    if not isinstance(node, ast.ImportFrom):
        return False
    return all(Target(node.module or "", alias.name) in origins for alias in node.names)


@dataclass
class _Legacy:
    """A module that is to become a shim."""

    source: Source
    step: Deprecate
    index: Index
    codemod: ImportCodemod | None
    facts: Constraints

    @cached_property
    def key(self) -> Key:
        return key_of(self.source.path)

    @cached_property
    def definitions(self) -> Definitions:
        return self.index.definitions(self.key) or Definitions()

    @cached_property
    def taken(self) -> Mapping[str, str]:
        """The names that others take of it even when all is rewritten, each with such a file.

        A name that it lacks, it lacks as a shim, too: whoever asks for it catches that. The statements that bind
        features of Python stay.
        """
        return {
            name: user
            for name, user in self.facts.taken
            if not self._is_lacked(name) and self.index.origin(self.key, name).key != _FUTURE
        }

    def _is_lacked(self, name: str) -> bool:
        origin = self.index.origin(self.key, name)
        return origin.kind is Kind.MISSING and origin.certain

    @cached_property
    def offered(self) -> set[str]:
        """The names that others may take of it: its own, its project's, and what ``__all__`` lists."""
        listed = set(self.index.exported(self.key) or ())
        offered = listed | set(self.index.star_names(self.key) or ())
        for name in self.definitions.names:
            origin = self.index.origin(self.key, name)
            dunder = name.startswith("__")
            if not dunder and (origin.key == self.key or not is_external(origin.key)):
                offered.add(name)
        return {n for n in offered if n in listed or not self._is_outside(n)}

    def _is_outside(self, name: str) -> bool:
        return is_external(self.index.origin(self.key, name).key)

    @cached_property
    def destinations(self) -> dict[str, Target]:
        """Where the names that have a destination live; names from the standard library stay there.

        A name that stays in another library is imported as before: importing that may do something.
        """
        names = {*self.offered, *self.taken}
        targets = {
            n: self._destination_of_name(n)
            or _standard_library_target(self.index.origin(self.key, n))
            for n in names
        }
        return {
            name: destination
            for name, destination in targets.items()
            if destination is not None and not self._stays_in_library(name, destination)
        }

    def _stays_in_library(self, name: str, destination: Target) -> bool:
        origin = self.index.origin(self.key, name)
        if not is_external(origin.key) or is_standard(origin.key):
            return False
        return (self.index.named(destination.module).key, destination.name) == origin.identity

    def _destination_of_name(self, name: str) -> Target | None:
        typing = not self._is_at_runtime(name)
        imported_name = ImportedName("", Located(self.key), self.step.module, name, typing)
        touched = self.codemod is not None and self.codemod.applies_to(imported_name)
        destination = (
            self.codemod.destination(imported_name)
            if self.codemod is not None and touched
            else None
        )
        if isinstance(destination, Destination) and destination.is_attribute:
            return None  # a forward takes a name of a module
        if isinstance(destination, Destination) and destination.name is not None:
            return Target(destination.spelling, destination.name)
        if destination is None and self.step.use is not None:
            located = self.index.named(self.step.use)
            if self.index.origin(located.key, name).found:
                return Target(self.step.use, name)
        return None

    def _is_at_runtime(self, name: str) -> bool:
        binding = self.definitions.names.get(name)
        return binding is None or binding.runtime

    @cached_property
    def listed(self) -> tuple[str, ...]:
        """What ``from module import *`` takes of it, and took."""
        if self.definitions.exported is not None:
            return tuple(dict.fromkeys(self.definitions.exported))
        public = {*(self.index.star_names(self.key) or ()), *self.offered, *self.taken}
        public = {n for n in public if not n.startswith("_") and self._is_at_runtime(n)}
        return tuple(sorted(public & {*self.destinations, *self.kept.names}))

    @cached_property
    def kept(self) -> Kept:
        wanted = {*self.offered, *self.taken} - self.destinations.keys() - self.facts.replaced
        listed = self.definitions.exported or wanted
        keeper = Keeper(
            self.source, self.index, self.step.module, self.destinations, wanted, listed
        )
        return keeper.kept(with_lists=self._lists_are_kept)

    @property
    def _lists_are_kept(self) -> bool:
        """Whether ``__all__`` has to stay as it is written: it takes more than its text shows."""
        return self.definitions.exported is not None and not self.definitions.exported_known

    @cached_property
    def adapters(self) -> dict[str, Adapter]:
        """What adapts old calls of names that are called differently now, or cannot."""
        if self.codemod is None:
            return {}
        adapters: dict[str, Adapter] = {}
        for name, target in sorted(self.destinations.items()):
            imported_name = ImportedName("", Located(self.key), self.step.module, name)
            adapter = adapter_of(
                self.source, self.index, self.codemod, imported_name, target, self.step
            )
            if adapter is not None and name not in self.kept.names:
                adapters[name] = adapter
        return adapters

    @property
    def forwards(self) -> Forwards:
        own = {*self.kept.names, *self.adapters}
        moved = {n: t for n, t in self.destinations.items() if n not in own}
        typed = {name for name in moved if not self._is_at_runtime(name)}
        return Forwards(
            {name: target for name, target in moved.items() if name not in typed},
            {name: moved[name] for name in typed},
            (*self.kept.texts, *(adapter.text for adapter in self.adapters.values())),
            None if self._lists_are_kept else self.listed,
            self.source.path.endswith("/__init__.py"),
            any(map(lists_tuple, self.source.tree.body)),
        )

    # -- why not

    @property
    def refusal(self) -> tuple[int, str] | None:
        """The line of what keeps it from becoming a shim, and the reason; None: nothing does."""
        if runs_as_program(self.source):
            return 1, "runs as a program: move that part before it becomes a shim"
        why = (
            self._why_names_unseen
            or self._why_list_changes
            or self._why_list_fails
            or self._why_effects_lost
            or self._why_no_destination
            or self._why_calls_fail
            or self._why_examples_fail
            or self._taken_names
        )
        return (why[0], f"cannot become a shim: {why[1]}") if why else None

    @property
    def _why_names_unseen(self) -> tuple[int, str] | None:
        if self.index.origin(self.key, _ANY).kind is not Kind.UNKNOWN:
            return None
        why = "names may be in it that its text does not show (__getattr__, globals(), a star from outside)"
        return 1, f"{why}; replace it by hand"

    @property
    def _why_list_changes(self) -> tuple[int, str] | None:
        """Return where ``__all__`` is made of the names that the module has: a shim has others of its own."""
        for statement in self.source.tree.body if self._lists_are_kept else ():
            if is_list(statement) and any(map(_is_own_namespace, ast.walk(statement))):
                line = statement.lineno
                return (
                    line,
                    f"line {line} makes __all__ of what the module has; list the names there",
                )
        return None

    @property
    def _why_list_fails(self) -> tuple[int, str] | None:
        """Return which name a star import would ask for in vain: one that is there only under a condition."""
        if self.definitions.exported is not None:
            return None
        forwarded = {n: self.destinations[n] for n in self.listed if n in self.forwards.targets}
        unsure = (name for name, target in forwarded.items() if not self._is_always_there(target))
        name = next(unsure, None)
        why = f"{name} is there only under a condition, and a star import would ask for it"
        return (1, f"{why}; list the names that it is to give in __all__") if name else None

    def _is_always_there(self, target: Target) -> bool:
        key = self.index.named(target.module).key
        tree = self.index.tree(key) if self.index.has_file(key) else None
        is_bound = tree is not None and target.name in always_bound(tree.body)
        return is_bound or self.index.origin(key, target.name).certain

    @property
    def _why_effects_lost(self) -> tuple[int, str] | None:
        return self.kept.why

    @property
    def _why_no_destination(self) -> tuple[int, str] | None:
        homeless = {n for n in self.offered if not n.startswith("_")} | self.taken.keys()
        homeless -= {*self.destinations, *self.kept.names}
        if not homeless:
            return None
        staying = next(filter(None, map(self._why_it_stays, sorted(homeless))), None)
        if staying is not None:
            return 1, staying
        names = ", ".join(self._name_with_taker(name) for name in sorted(homeless))
        first = min(homeless, key=lambda name: (name.startswith("_"), name))
        advice = names_advice("redirect", first, "module:Name")
        return 1, f"no counterpart for {names}: {advice}"

    def _why_it_stays(self, name: str) -> str | None:
        """Return why a name that has a counterpart stays in the module all the same."""
        imported_name = ImportedName("", Located(self.key), self.step.module, name)
        if self.codemod is None or not self.codemod.applies_to(imported_name):
            return None
        kept = self.codemod.destination(imported_name)
        if isinstance(kept, Unresolved) and kept.code == self.codemod.code:
            return kept.message
        return None

    def _name_with_taker(self, name: str) -> str:
        return f"{name} (taken by {self.taken[name]})" if name in self.taken else name

    @property
    def _why_calls_fail(self) -> tuple[int, str] | None:
        """Return which calls would fail that nothing can adapt."""
        has_stub = len(self.index.layout.modules.get(self.key, ())) > 1
        for name, adapter in self.adapters.items():
            why = adapter.why or (has_stub and f"its stub would not show how {name} is called")
            if why:
                return (
                    adapter.line,
                    f"{why}; set shim = false as long as it is called in the old way",
                )
        return None

    @property
    def _why_examples_fail(self) -> tuple[int, str] | None:
        """Return what examples in its docstring use of it: they run among its own names, and find no forwards."""
        text = ast.get_docstring(self.source.tree, clean=False) or ""
        used = _example_names("\n".join(_EXAMPLE.findall(text))) & self.destinations.keys()
        names = ", ".join(sorted(used))
        return (1, f"the examples in its docstring use {names}; move them along") if used else None

    @property
    def _taken_names(self) -> tuple[int, str] | None:
        """Return what it forwards that a shim has for itself."""
        own = {n for n in OWN_NAMES & self.destinations.keys() if not self._is_outside(n)}
        names = ", ".join(sorted(own))
        return (1, f"a shim needs the name {names} for itself") if own else None


def _is_own_namespace(node: ast.AST) -> bool:
    """Return whether an expression gives the names that the module has by then: ``globals()``, ``dir()``."""
    match node:
        case ast.Call(func=ast.Name(id="globals" | "locals" | "vars" | "dir"), args=[]):
            return True
        case _:
            return False


def _example_names(text: str) -> set[str]:
    """Return the names that examples read before they bind them; all words of those that do not parse."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return set(re.findall(r"\w+", text))
    bound: set[str] = set()
    unbound: set[str] = set()
    for node in tree.body:
        names = (n for n in ast.walk(node) if isinstance(n, ast.Name))
        unbound |= {name.id for name in names if isinstance(name.ctx, ast.Load)} - bound
        bound |= set(names_bound(node))
    return unbound


def _standard_library_target(origin: Origin) -> Target | None:
    """Return where a name from the standard library is; what loading another library does is not known."""
    if origin.kind is not Kind.EXTERNAL or origin.name is None or not origin.certain:
        return None
    return Target(origin.key[1:-1], origin.name) if is_standard(origin.key) else None
