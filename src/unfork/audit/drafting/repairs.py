"""The part of a draft that is about broken imports, and about files with two names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator

from unfork.audit.blocks import comma_list
from unfork.audit.drafting.text import comment_lines, has_name
from unfork.audit.imports.broken_imports import Broken
from unfork.audit.result import Audit
from unfork.reading.layout import key_of
from unfork.toml import toml_string
from unfork_codemods.project import Key


def repair_lines(audit: Audit, removed: Collection[Key]) -> Iterator[str]:
    """Yield a repair for each module with broken imports, except those that the draft removes."""
    by_module: dict[Key, list[Broken]] = {}
    for problem in audit.broken:
        if not problem.expected:
            by_module.setdefault(key_of(problem.path), []).append(problem)
    for key, broken in sorted(by_module.items()):
        if has_name(audit, key) and key not in removed:
            yield from _module_lines(audit, key, broken)


def _module_lines(audit: Audit, key: Key, broken: list[Broken]) -> Iterator[str]:
    sources = {item: _sources_of(audit, item) for item in broken if item.name}
    prefer = _by_count(
        keys[0] for item, keys in sources.items() if 1 == len(keys) < len(item.definers)
    )
    several = {
        item.name: _nearest_first(audit, key, keys)
        for item, keys in sources.items()
        if len(keys) > 1 and not set(prefer).intersection(keys)
    }
    nowhere = dict.fromkeys(item.name or item.spelled for item in broken if not item.definers)
    if several or nowhere:
        yield from _question_lines(audit, key, list(nowhere), several)
    yield "[[repair]]"
    yield f"module = {toml_string(audit.dotted(key))}"
    if prefer:
        yield f"prefer = [{', '.join(toml_string(audit.dotted(item)) for item in prefer)}]"
    yield from _choices(audit, several)
    yield ""


def _choices(audit: Audit, several: dict[str, list[Key]]) -> Iterator[str]:
    """Yield a line for each name with several sources, in comments; of a star only the module can be told."""
    sources = {name: [*map(audit.dotted, keys)] for name, keys in several.items()}
    if "*" in sources:
        first, *others = sources.pop("*")
        yield f"# prefer = [{toml_string(first)}]  # or {comma_list(others)}"
    if sources:
        yield "# [repair.names]"
    for name, (first, *others) in sources.items():
        yield f"# {name} = {toml_string(f'{first}:{name}')}  # or of {comma_list(others)}"


def _question_lines(
    audit: Audit, key: Key, nowhere: list[str], several: dict[str, list[Key]]
) -> Iterator[str]:
    parts = []
    if several:
        parts.append(f"which module is meant for {comma_list(list(several))}")
    if nowhere:
        parts.append(f"what is meant by {comma_list(nowhere)}, which is nowhere in live code")
    yield from comment_lines(
        f"? {audit.dotted(key)} imports what is not there: {'; '.join(parts)}?"
    )
    if several:
        yield from comment_lines("Take away the `# ` below, or write another module there.", "  ")
    if nowhere:
        yield from comment_lines(
            "An import of what is nowhere stays as it is, until you write that or take the import away.",
            "  ",
        )


def _sources_of(audit: Audit, item: Broken) -> list[Key]:
    """Return the modules that a name may come from; just one if the evidence decides, as it does for a repair.

    Forks are left out. The module of the same last name is meant, or that of them which has all the statement lacks.
    """
    forks = {fork.key for group in audit.groups for fork in group.forks}
    sources = [key for key in item.definers if key not in forks and has_name(audit, key)]
    last = item.spelled.rpartition(".")[2]
    lacking = [
        other.name
        for other in audit.broken
        if (other.path, other.spelled) == (item.path, item.spelled) and other.name
    ]
    provides = audit.model.index.provides
    same = [key for key in sources if key.rpartition("/")[2] == last] or sources
    full = [key for key in same if all(provides(key, name) for name in lacking)]
    return same if len(same) == 1 else full or same


def _by_count(keys: Iterable[Key]) -> list[Key]:
    """Return the modules without repetition, the most frequent first."""
    counts = Counter(keys)
    return sorted(counts, key=lambda key: (-counts[key], key))


def _nearest_first(audit: Audit, importer: Key, keys: list[Key]) -> list[Key]:
    """Return modules ordered by the number of folders shared with the importer, then by their own importers."""
    importers = audit.model.importers

    def rank(key: Key) -> tuple[int, int, Key]:
        common = sum(a == b for a, b in zip(importer.split("/"), key.split("/")))
        return -common, -len(importers.get(key, ())), key

    return sorted(keys, key=rank)


def align_lines(audit: Audit) -> Iterator[str]:
    """Yield one step for all files that are imported under two names."""
    named = audit.model.layout.named
    kept = [item.kept for item in audit.spellings if named(item.kept).key == item.key]
    if kept:
        yield "# Imported under two names, they are two modules while the program runs."
        yield "[[align]]"
        yield "modules = ["
        yield from (f"    {toml_string(item)}," for item in kept)
        yield "]"
        yield ""
