"""The part of a draft that is about duplicates: steps for what is certain, and one question for each other group."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from unfork.audit.blocks import comma_list
from unfork.audit.counterparts import Counterpart
from unfork.audit.draft_plans import Action, ForkPlan, GroupPlan, PackagePlan, package_plans
from unfork.audit.draft_text import comment_lines, toml_string, trailing_comment
from unfork.audit.duplicate_groups import Group
from unfork.audit.result import Audit
from unfork.errors import UnforkError
from unfork.loading.migration_file import migration_of
from unfork.loading.tables import parse_table
from unfork.reports.sums import count_text
from unfork_codemods import STEP_KINDS
from unfork_codemods.project import Key


def duplicate_lines(audit: Audit, groups: Sequence[GroupPlan]) -> Iterator[str]:
    """Yield the steps and questions on all groups."""
    packages = package_plans(audit, groups) if takes_packages() else []
    for package in packages:
        yield from _package_lines(audit, package)
    done = frozenset[Key]().union(*(package.modules for package in packages))
    for group in groups:
        plans = [plan for plan in group.plans if plan.fork.key not in done]
        yield from _group_lines(audit, group.group, plans)


def takes_packages() -> bool:
    """Return whether a migration may redirect a package with all that is in it, as ``p.*``.

    The loader is asked: where it does not take such a step yet, a draft lists the modules one by one.
    """
    text = '[migration]\nname = "p"\n[[redirect]]\nfrom = "p.*"\nto = "q.*"\n'
    try:
        migration_of(parse_table(text.encode(), "packages"))
    except UnforkError:
        return False
    return True


def _package_lines(audit: Audit, plan: PackagePlan) -> Iterator[str]:
    own, canonical = audit.dotted(plan.package), audit.dotted(plan.canonical)
    modules = count_text(len(plan.modules), "module")
    yield from comment_lines(f"All {modules} of {own} are copies of those in {canonical}.")
    yield "[[redirect]]"
    yield f"from = {toml_string(f'{own}.*')}"
    yield f"to   = {toml_string(f'{canonical}.*')}"
    yield ""
    if plan.package in audit.model.modules:
        yield "[[deprecate]]"
        yield f"module = {toml_string(own)}"
        if plan.canonical in audit.model.modules:
            yield f"use    = {toml_string(canonical)}"
        yield ""


def _group_lines(audit: Audit, group: Group, plans: Sequence[ForkPlan]) -> Iterator[str]:
    for plan in plans:
        if plan.action is Action.REDIRECT:
            yield from _redirect_lines(audit, group, plan)
        elif plan.action is Action.REMOVE:
            yield from _remove_lines(audit, plan)
    asked = [plan for plan in plans if plan.action is Action.ASK]
    if asked:
        yield from _question_lines(audit, group, asked)
        for plan in asked:
            yield from _asked_lines(audit, group, plan)


# -- what is certain


def _redirect_lines(audit: Audit, group: Group, plan: ForkPlan) -> Iterator[str]:
    canonical = audit.dotted(group.canonical.key)
    yield from comment_lines(_compared_names(plan))
    yield "[[redirect]]"
    yield f"from = {toml_string(audit.dotted(plan.fork.key))}"
    yield f"to   = {toml_string(canonical)}"
    listed = [
        name
        for name in plan.moved
        if (name.module, name.target) != (group.canonical.key, name.name)
    ]
    if listed:
        yield "[redirect.names]"
    yield from (_name_line(audit, name) for name in listed)
    yield ""
    yield from _deprecate_lines(audit, group, plan)


def _compared_names(plan: ForkPlan) -> str:
    """Return how sure the match is, with the names that move because they fit, though their text differs."""
    told = f"Score {plan.fork.alike.score:.2f}."
    moving = [
        f"{name.name} ({name.why.removeprefix('the same name; ')})"
        for name in plan.moved
        if name.sure < 1
    ]
    return f"{told} To compare before you apply: {'; '.join(moving)}." if moving else told


def _name_line(audit: Audit, name: Counterpart) -> str:
    target = toml_string(f"{audit.dotted(name.module)}:{name.target}")
    return f"{name.name} = {target}{trailing_comment(name.why)}"


def _remove_lines(audit: Audit, plan: ForkPlan) -> Iterator[str]:
    yield from comment_lines(
        f"Score {plan.fork.alike.score:.2f}. Nobody imports it, nothing starts it."
    )
    yield "[[remove]]"
    yield f"module = {toml_string(audit.dotted(plan.fork.key))}"
    yield ""


def _deprecate_lines(audit: Audit, group: Group, plan: ForkPlan, mark: str = "") -> Iterator[str]:
    yield f"{mark}[[deprecate]]"
    yield f"{mark}module = {toml_string(audit.dotted(plan.fork.key))}"
    yield f"{mark}use    = {toml_string(audit.dotted(group.canonical.key))}"
    yield ""


# -- what a person decides


def _question_lines(audit: Audit, group: Group, plans: Sequence[ForkPlan]) -> Iterator[str]:
    """Yield the question on a group, and what each answer does."""
    names = comma_list([audit.dotted(plan.fork.key) for plan in plans])
    canonical = audit.dotted(group.canonical.key)
    verb = "Is" if len(plans) == 1 else "Are"
    yield from comment_lines(f"? {verb} {names} to go, and {canonical} to stay?")
    yield from _choice("yes: take away the `# ` before the lines below.")
    if any(plan.asked for plan in plans):
        tied = any(name.tied for plan in plans for name in plan.asked)
        together = ", and with it before those that work together with them" if tied else ""
        yield from _choice(f"in part: only before the names that mean the same to you{together}.")
    if any(plan.used for plan in plans):
        yield from _choice("the other way round: swap the modules, and both sides of each name.")
    yield from _choice(f"no: leave it as it is{_twin_advice(audit, group, plans)}.")


def _choice(text: str) -> Iterator[str]:
    return comment_lines(text, "  ")


def _twin_advice(audit: Audit, group: Group, plans: Sequence[ForkPlan]) -> str:
    if "twin" not in STEP_KINDS:
        return ""
    keys = (group.canonical.key, *(plan.fork.key for plan in plans))
    modules = ", ".join(toml_string(audit.dotted(key)) for key in keys)
    return f"; so that they do not drift apart unseen, add `[[twin]]` with `modules = [{modules}]`"


def _asked_lines(audit: Audit, group: Group, plan: ForkPlan) -> Iterator[str]:
    fork = plan.fork
    own, canonical = audit.dotted(fork.key), audit.dotted(group.canonical.key)
    yield "#"
    yield from comment_lines(f"{own}: {_reason_to_ask(audit, group, plan)}")
    yield from comment_lines(f"Score {fork.alike.score:.2f}: {fork.evidence(audit.dotted)}.")
    if not plan.used:
        yield "# [[remove]]"
        yield f"# module = {toml_string(own)}"
        yield ""
        return
    mark = "" if plan.moved else "# "
    yield f"{mark}[[redirect]]"
    yield f"{mark}from = {toml_string(own)}"
    yield f"# to   = {toml_string(canonical)}"
    yield from _asked_names(audit, plan, mark)
    yield ""
    yield "# Once nothing of it is needed any more:"
    yield from _deprecate_lines(audit, group, plan, "# ")


def _reason_to_ask(audit: Audit, group: Group, plan: ForkPlan) -> str:
    """Return in words why a fork is not simply redirected."""
    fork = plan.fork
    reasons: list[str] = []
    if fork.parallel:
        reasons.append("they are two versions, and both are in use")
    if not plan.used:
        dead = next((dead for dead in audit.reach.dead if dead.key == fork.key), None)
        doubts = (
            "; ".join(dead.doubts)
            if dead and dead.doubts
            else "it is started, or found by its name"
        )
        reasons.append(f"nothing here imports it, but {doubts}")
    if plan.asked:
        total = count_text(len(plan.asked) + len(plan.moved), "name")
        reasons.append(f"{len(plan.asked)} of the {total} of it in use may not be the same")
    if fork.differing:
        reasons.append(f"{comma_list(fork.differing)} differ{'s' * (len(fork.differing) == 1)}")
    if fork.standing.covers > group.canonical.covers:
        reasons.append(
            f"{audit.dotted(group.canonical.key)} lacks some of it, so it may be the one to keep"
        )
    return f"{'; '.join(reasons)}."


def _asked_names(audit: Audit, plan: ForkPlan, mark: str) -> Iterator[str]:
    if plan.moved or any(name.module for name in plan.asked):
        yield f"{mark}[redirect.names]"
    yield from (_name_line(audit, name) for name in plan.moved)
    for name in plan.asked:
        if name.module:
            tied = f" (works together with {name.tied})" if name.tied else ""
            yield f"# {_name_line(audit, name)}{tied}"
    homeless = [name.name for name in plan.asked if not name.module]
    if homeless:
        yield from comment_lines(
            f"{comma_list(homeless)}: nothing like it was found; imports of it stay,"
            " unless you write its place here.",
            "  ",
        )
