"""A migration in a workspace: a module that several members have is one for each of them.

    [[redirect]]                  packages/a/app/legacy.py    ->    packages/a/app/main.py
    from = "app.legacy"           packages/b/app/legacy.py    ->    packages/b/app/main.py
    to   = "app.main"

Files of a member import their own, so such a migration is carried out once for each member that has the module.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, NamedTuple

from unfork.errors import MigrationError
from unfork.reading.layout import Layout, join_key
from unfork.reading.projects import is_nowhere
from unfork.values import Finding
from unfork_codemods.migration import Migration
from unfork_codemods.project import Key
from unfork_codemods.step import StepKind


class MemberMigrations(NamedTuple):
    """The migrations that one becomes, in order, and findings about modules of members that none of them is about."""

    migrations: tuple[Migration, ...]
    left: tuple[Finding, ...] = ()


def migrations_of_members(migration: Migration, layout: Layout) -> MemberMigrations:
    """Return a migration once for each member of the workspace that has its modules, if several have one of the name.

    Steps about other modules are in the last. Raises MigrationError for a step that leads from a module of the main
    project to one that several members have.
    """
    if migration.roots is not None or len(layout.projects) < 2:
        return MemberMigrations((migration,))
    plans = [_StepPlan(kind, step, layout) for kind, steps in migration.kinds() for step in steps]
    for plan in plans:
        target = plan.unclear_target
        if target is not None:
            raise MigrationError(migration.file, plan.line, plan.advice(target))
    members = sorted({member for plan in plans for member in plan.members})
    if not members:
        return MemberMigrations((migration,))
    left = [plan.finding(*lost) for plan in plans for lost in plan.lost_members()]
    return MemberMigrations(tuple(_for_each(migration, plans, members, layout)), tuple(left))


def _for_each(
    migration: Migration, plans: list[_StepPlan], members: list[str], layout: Layout
) -> Iterator[Migration]:
    for member in members:
        steps: dict[str, tuple[Any, ...]] = {}
        for plan in plans:
            is_meant = plan.is_for(member) if plan.members else member == members[-1]
            if is_meant:
                steps[plan.kind.name] = (*steps.get(plan.kind.name, ()), plan.step)
        if steps or member == members[-1]:
            name = f"{migration.name} ({member})" if len(members) > 1 else migration.name
            yield migration._replace(name=name, steps=steps, first=layout.projects[member])


@dataclass(frozen=True)
class _StepPlan:
    """A step, and the members of the workspace that it is about."""

    kind: StepKind
    step: Any
    layout: Layout

    @property
    def line(self) -> int:
        """The line of the step in the migration file."""
        return int(self.step.line)

    @cached_property
    def anchors(self) -> tuple[str, ...]:
        """The modules that the step is about; the others that it names are where it leads."""
        kind, step = self.kind, self.step
        named = (
            *kind.imported_modules(step),
            *kind.edited_modules(step),
            *kind.compared_modules(step),
        )
        return tuple(dict.fromkeys(named))

    @cached_property
    def targets(self) -> tuple[str, ...]:
        """The modules that the step leads to."""
        required = (module for module, _ in self.kind.required_modules(self.step))
        return tuple(name for name in dict.fromkeys(required) if name not in self.anchors)

    @cached_property
    def owners(self) -> dict[str, tuple[str, ...]]:
        """The members that have a module of each name; none if the main project has one."""
        return {name: _owners(self.layout, name) for name in (*self.anchors, *self.targets)}

    @cached_property
    def members(self) -> tuple[str, ...]:
        """The members that the step is carried out for; none if each of its names is that of one module only.

        Where its modules are gone already, these are the members that have what it leads to: they are guarded.
        """
        if all(len(owners) < 2 for owners in self.owners.values()):
            return ()
        is_gone = all(map(partial(is_nowhere, self.layout), self.anchors))
        names = self.targets if is_gone else self.anchors
        return tuple(dict.fromkeys(owner for name in names for owner in self.owners[name]))

    @property
    def unclear_target(self) -> str | None:
        """A module of several members that the step leads to from a module of none; None if there is none."""
        several = (name for name in self.targets if len(self.owners[name]) > 1)
        return None if self.members else next(several, None)

    def is_for(self, member: str) -> bool:
        """Return whether the step can be carried out for a member."""
        return member in self.members and self._lost_target(member) is None

    def lost_members(self) -> Iterator[tuple[str, str]]:
        """Yield the members for which the step leads nowhere, each with the module that it cannot reach."""
        for member in self.members:
            target = self._lost_target(member)
            if target is not None:
                yield member, target

    def _lost_target(self, member: str) -> str | None:
        """Return the module that a member has not itself, though it has the package of it or several others have it."""
        for target in self.targets:
            owners = self.owners[target]
            is_shadowed = bool(_owners(self.layout, target.partition(".")[0], (member,)))
            if member not in owners and (len(owners) > 1 or (owners and is_shadowed)):
                return target
        return None

    def finding(self, member: str, target: str) -> Finding:
        """Return what is left of the step in a member that cannot reach the module it leads to."""
        anchor = next(name for name in self.anchors if member in self.owners[name])
        key = next(iter(_keys(self.layout, anchor, member)))
        path = self.layout.modules[key][0]
        message = f"{anchor} here is not moved: {self.advice(target, member)}"
        return Finding(path, 1, 1, "UF001", message, anchor)

    def advice(self, target: str, member: str = "") -> str:
        """Return why a module that the step leads to is not told, and what to write."""
        owners = self.owners[target]
        paths = " and ".join(
            self.layout.modules[key][0]
            for owner in owners
            for key in _keys(self.layout, target, owner)[:1]
        )
        lacking = f"{member} has no {target} of its own, which is {paths}" if member else ""
        several = lacking or f"'{target}' may be {paths}"
        own = self.layout.projects[(owners or (member,))[0]]
        roots = dict.fromkeys((*own, *self.layout.roots))
        listed = ", ".join(f'"{root or "."}"' for root in roots)
        return (
            f"{several}; write a migration with roots = [{listed}], the folder that is meant first"
        )


def _owners(layout: Layout, dotted: str, among: tuple[str, ...] | None = None) -> tuple[str, ...]:
    """Return the members that have a module of a dotted name; none if the main project has one."""
    if among is None and _keys(layout, dotted, ""):
        return ()
    return tuple(
        member
        for member in (layout.projects if among is None else among)
        if _keys(layout, dotted, member)
    )


def _keys(layout: Layout, dotted: str, member: str) -> list[Key]:
    """Return the modules of a dotted name that a member has in one of its roots."""
    keys = (
        join_key(root, dotted)
        for root in layout.projects.get(member, layout.roots)
        if root in layout.roots
    )
    return [key for key in keys if key in layout.modules and layout.project_of(key) == member]
