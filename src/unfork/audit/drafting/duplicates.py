"""The part of a draft that is about duplicates: steps for what is certain, and one question for each other group."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set

from unfork.audit.blocks import comma_list
from unfork.audit.drafting.packages import package_lines, package_plans, undecided_lines
from unfork.audit.drafting.plans import Action, ForkPlan, unparsable_path
from unfork.audit.drafting.text import choice_lines, comment_lines, trailing_comment
from unfork.audit.duplicates.counterparts import Counterpart
from unfork.audit.duplicates.folder_forks import FolderFork
from unfork.audit.result import Audit
from unfork.toml import toml_string
from unfork_codemods.project import Key


def duplicate_lines(audit: Audit, plans: Sequence[ForkPlan]) -> Iterator[str]:
    """Yield the steps and questions on all duplicates: whole packages first, then copied folders, then groups."""
    packages = package_plans(audit, plans)
    for package in packages:
        yield from package_lines(audit, package)
    done = frozenset[Key]().union(*(package.modules for package in packages))
    for copy in audit.folders:
        yield from _folder_lines(audit, copy, _plans_of(plans, copy.keys - done))
        done |= copy.keys
    rest = [plan for plan in plans if plan.fork.key not in done]
    for group in audit.groups:
        yield from _group_lines(audit, _plans_of(rest, {fork.key for fork in group.forks}))


def _plans_of(plans: Iterable[ForkPlan], keys: Set[Key]) -> list[ForkPlan]:
    return [plan for plan in plans if plan.fork.key in keys]


def _folder_lines(audit: Audit, copy: FolderFork, plans: Sequence[ForkPlan]) -> Iterator[str]:
    is_undecided = not copy.folder.is_certain
    if is_undecided or any(plan.action is not Action.KEEP for plan in plans):
        yield from comment_lines(f"{copy.name} duplicates {copy.canonical}: {copy.summary}.")
    if is_undecided and copy.is_open:
        yield from undecided_lines(audit, copy)
    yield from _certain_lines(audit, plans)
    asked = [plan for plan in plans if plan.action is Action.ASK]
    if asked:
        rest = "the rest of " if len(asked) < len(plans) else ""
        yield from comment_lines(f"? Is {rest}{copy.name} to go, and {copy.canonical} to stay?")
        yield from _answer_lines(audit, asked)


def _group_lines(audit: Audit, plans: Sequence[ForkPlan]) -> Iterator[str]:
    yield from _certain_lines(audit, plans)
    asked = [plan for plan in plans if plan.action is Action.ASK]
    if asked:
        names = comma_list([audit.dotted(plan.fork.key) for plan in asked])
        canonical = audit.dotted(asked[0].canonical.key)
        verb = "Is" if len(asked) == 1 else "Are"
        yield from comment_lines(f"? {verb} {names} to go, and {canonical} to stay?")
        yield from _answer_lines(audit, asked, _twin_advice(audit, asked))


# -- what is certain


def _certain_lines(audit: Audit, plans: Iterable[ForkPlan]) -> Iterator[str]:
    for plan in plans:
        match plan.action:
            case Action.REDIRECT:
                yield from _redirect_lines(audit, plan)
            case Action.REMOVE:
                yield from _remove_lines(audit, plan)
            case Action.FIX:
                yield from _unparsable_lines(audit, plan)


def _unparsable_lines(audit: Audit, plan: ForkPlan) -> Iterator[str]:
    names = f"{audit.dotted(plan.fork.key)} duplicates {audit.dotted(plan.canonical.key)}"
    path = unparsable_path(audit, plan.fork)
    yield from comment_lines(
        f"{names}, but {path} cannot be parsed: fix it first, then draft again."
    )
    yield ""


def _redirect_lines(audit: Audit, plan: ForkPlan) -> Iterator[str]:
    canonical = audit.dotted(plan.canonical.key)
    yield from comment_lines(_compared_names(plan))
    yield "[[redirect]]"
    yield f"from = {toml_string(audit.dotted(plan.fork.key))}"
    yield f"to   = {toml_string(canonical)}"
    listed = [
        name for name in plan.moved if (name.module, name.target) != (plan.canonical.key, name.name)
    ]
    if listed:
        yield "[redirect.names]"
    yield from (_name_line(audit, name) for name in listed)
    yield ""
    yield from _deprecate_lines(audit, plan)


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


def _deprecate_lines(audit: Audit, plan: ForkPlan, mark: str = "") -> Iterator[str]:
    yield f"{mark}[[deprecate]]"
    yield f"{mark}module = {toml_string(audit.dotted(plan.fork.key))}"
    yield f"{mark}use    = {toml_string(audit.dotted(plan.canonical.key))}"
    yield ""


# -- what a person decides


def _answer_lines(audit: Audit, plans: Sequence[ForkPlan], advice: str = "") -> Iterator[str]:
    """Yield what each answer to a question does, and the lines that turn on it."""
    yield from choice_lines("yes: take away the `# ` before the lines below.")
    if any(plan.asked for plan in plans):
        tied = any(name.tied for plan in plans for name in plan.asked)
        together = ", and with it before those that work together with them" if tied else ""
        yield from choice_lines(
            f"in part: only before the names that mean the same to you{together}."
        )
    if any(plan.used for plan in plans):
        yield from choice_lines(
            "the other way round: swap the modules, and both sides of each name"
            f"{' and call' if any(plan.calls for plan in plans) else ''}."
        )
    elif any(plan.fork.undecided for plan in plans):
        yield from choice_lines("the other way round: remove the other module instead.")
    yield from choice_lines(f"no: leave it as it is{advice}.")
    for plan in plans:
        yield from _asked_lines(audit, plan)


def _twin_advice(audit: Audit, plans: Sequence[ForkPlan]) -> str:
    keys = (plans[0].canonical.key, *(plan.fork.key for plan in plans))
    modules = ", ".join(toml_string(audit.dotted(key)) for key in keys)
    return f"; so that they do not drift apart unseen, add `[[twin]]` with `modules = [{modules}]`"


def _asked_lines(audit: Audit, plan: ForkPlan) -> Iterator[str]:
    fork = plan.fork
    own, canonical = audit.dotted(fork.key), audit.dotted(plan.canonical.key)
    yield "#"
    yield from comment_lines(f"{own}: {_reason_to_ask(audit, plan)}")
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
    yield from _deprecate_lines(audit, plan, "# ")


def _reason_to_ask(audit: Audit, plan: ForkPlan) -> str:
    """Return in words why a fork is not simply redirected."""
    fork = plan.fork
    reasons: list[str] = []
    if fork.undecided:
        reasons.append(fork.undecided)
    if fork.parallel:
        reasons.append("they are two versions, and both are in use")
    if not plan.used:
        dead = next((dead for dead in audit.reach.dead if dead.key == fork.key), None)
        doubts = "; ".join(dead.doubts) if dead else "it is started, or found by its name"
        reasons.append(f"nothing here imports it{', but ' * bool(doubts)}{doubts}")
    if plan.asked and not (fork.undecided or fork.parallel):
        reasons.append(f"{_asked_share(plan)} in use may not be the same")
    if fork.differing:
        reasons.append(f"{comma_list(fork.differing)} differ{'s' * (len(fork.differing) == 1)}")
    if fork.standing.covers > plan.canonical.covers:
        reasons.append(
            f"{audit.dotted(plan.canonical.key)} lacks some of it, so it may be the one to keep"
        )
    return f"{'; '.join(reasons)}."


def _asked_share(plan: ForkPlan) -> str:
    asked, total = len(plan.asked), len(plan.asked) + len(plan.moved) + len(plan.lone)
    every = "its one name" if total == 1 else f"the {total} names of it"
    return every if asked == total else f"{asked} of {every}"


def _asked_names(audit: Audit, plan: ForkPlan, mark: str) -> Iterator[str]:
    if plan.moved or any(name.module for name in plan.asked):
        yield f"{mark}[redirect.names]"
    yield from (_name_line(audit, name) for name in plan.moved)
    for name in plan.asked:
        if name.module:
            tied = f" (works together with {name.tied})" if name.tied else ""
            yield f"# {_name_line(audit, name)}{tied}"
    yield from _call_lines(plan)
    homeless = [name.name for name in plan.asked if not name.module]
    if plan.lone:
        values = comma_list([name.name for name in plan.lone])
        told = f"Equal today, but no reason to share a module: {values}."
        yield from comment_lines(f"{told} They stay.", "  ")
    if homeless:
        yield from comment_lines(
            f"{comma_list(homeless)}: nothing like it was found; imports of it stay,"
            " unless you write its place here.",
            "  ",
        )


def _call_lines(plan: ForkPlan) -> Iterator[str]:
    """Yield the guesses about calls, as lines that turn on the answer."""
    if plan.calls:
        yield "# [redirect.calls]  # members and arguments that are called differently"
    for guess in plan.calls:
        why = guess.why if guess.is_certain else f"{guess.why}: is it so?"
        yield f"# {guess.toml_line}{trailing_comment(why)}"
