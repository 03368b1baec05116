"""The part of a draft that is about whole packages: one step where each module is a copy, or one question."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from unfork.audit.drafting.plans import Action, ForkPlan
from unfork.audit.drafting.text import choice_lines, comment_lines, has_name
from unfork.audit.duplicates.folder_forks import FolderFork
from unfork.audit.result import Audit
from unfork.reports.sums import count_text
from unfork.toml import toml_string
from unfork_codemods.project import Key


@dataclass(frozen=True, slots=True)
class PackagePlan:
    """A package of which each module is a copy of the module of the same place in the ``canonical`` one.

    ``is_used``: somebody imports some of it.
    """

    package: Key
    canonical: Key
    modules: frozenset[Key]
    is_used: bool


def package_plans(audit: Audit, plans: Iterable[ForkPlan]) -> list[PackagePlan]:
    """Return the packages that are replaced as a whole: the outermost ones, each with two modules or more."""
    whole = {
        plan.fork.key: plan
        for plan in plans
        if plan.action is Action.REMOVE
        or (plan.action is Action.REDIRECT and _keeps_all_names(plan))
    }
    folders = {folder for key in whole for folder in _folders_of(key)}
    packages: list[PackagePlan] = []
    for folder in sorted(folders, key=lambda folder: (folder.count("/"), folder)):
        if not any(folder.startswith(f"{plan.package}/") for plan in packages):
            packages += _package_plan(audit, folder, whole)
    return packages


def _keeps_all_names(plan: ForkPlan) -> bool:
    canonical = plan.canonical.key
    return all(name.module == canonical and name.name == name.target for name in plan.moved)


def _folders_of(key: Key) -> Iterator[Key]:
    while key := key.rpartition("/")[0]:
        yield key


def _package_plan(
    audit: Audit, folder: Key, plans: Mapping[Key, ForkPlan]
) -> Iterator[PackagePlan]:
    modules = audit.model.modules
    inside = [key for key in modules if key.startswith(f"{folder}/")]
    is_whole = len(inside) > 1 and all(_is_copy(audit, key, plans) for key in inside)
    targets = {_corresponding_folder(folder, plans[key]) for key in inside if key in plans}
    if not is_whole or len(targets) != 1 or "" in targets:
        return
    (canonical,) = targets
    whole = frozenset(key for key in (*inside, folder) if key in modules)
    is_copy = folder not in modules or _is_copy(audit, folder, plans)
    is_apart = not f"{canonical}/".startswith(f"{folder}/")
    if is_copy and is_apart and has_name(audit, canonical) and has_name(audit, folder):
        used = (plans[key].action is Action.REDIRECT for key in whole if key in plans)
        yield PackagePlan(folder, canonical, whole, any(used))


def _is_copy(audit: Audit, key: Key, plans: Mapping[Key, ForkPlan]) -> bool:
    """Return whether a module is a copy that goes, or the empty ``__init__`` of a package."""
    is_package = audit.model.layout.is_package(key)
    return key in plans or (is_package and not audit.model.modules[key].statements)


def _corresponding_folder(folder: Key, plan: ForkPlan) -> Key:
    """Return the folder that holds the canonical module at the place of the fork in ``folder``; empty if none."""
    rest, canonical = plan.fork.key[len(folder) :], plan.canonical.key
    return canonical[: -len(rest)] if rest and canonical.endswith(rest) else ""


def package_lines(audit: Audit, plan: PackagePlan) -> Iterator[str]:
    """Yield the steps for a package that is replaced as a whole."""
    own, canonical = audit.dotted(plan.package), audit.dotted(plan.canonical)
    modules = count_text(len(plan.modules), "module")
    unused = "" if plan.is_used else " Nobody imports any of it, nothing starts it."
    yield from comment_lines(f"All {modules} of {own} are copies of those in {canonical}.{unused}")
    if plan.is_used:
        yield from _replacing_steps(own, canonical)
    else:
        yield "[[remove]]"
        yield f"module = {toml_string(f'{own}.*')}"
    yield ""


def _replacing_steps(own: str, canonical: str, mark: str = "") -> Iterator[str]:
    yield f"{mark}[[redirect]]"
    yield f"{mark}from = {toml_string(f'{own}.*')}"
    yield f"{mark}to   = {toml_string(f'{canonical}.*')}"
    yield mark.rstrip()
    yield f"{mark}[[deprecate]]"
    yield f"{mark}module = {toml_string(f'{own}.*')}"
    yield f"{mark}use    = {toml_string(f'{canonical}.*')}"


def undecided_lines(audit: Audit, copy: FolderFork) -> Iterator[str]:
    """Yield the question on two folders of which nothing tells which one is to go."""
    yield from comment_lines(f"? Is {copy.name} to go, and {copy.canonical} to stay?")
    folder, canonical = copy.folder.path, copy.folder.canonical
    is_apart = not f"{folder}/".startswith(f"{canonical}/") and folder and canonical
    if is_apart and has_name(audit, folder) and has_name(audit, canonical):
        yield from choice_lines("yes: take away the `# ` before the lines below.")
        yield from choice_lines("the other way round: swap the folders.")
        yield from choice_lines("no: leave it as it is.")
        yield from _replacing_steps(audit.dotted(folder), audit.dotted(canonical), "# ")
    else:
        yield from choice_lines("yes: write a redirect for each module in it.")
        yield from choice_lines("no: leave it as it is.")
    yield ""
