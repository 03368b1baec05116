"""Which modules are alive, that is reached by imports from an entry point, and which are not."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from unfork.audit.file_roles import is_prose, words_of_name
from unfork.audit.liveness.config_references import is_script_folder, named_in_configs
from unfork.audit.liveness.entry_points import Entry, entries_of
from unfork.audit.liveness.run_commands import modules_in_commands
from unfork.audit.project_model import ProjectModel
from unfork.files.tree import Tree
from unfork.reading.layout import parent_folder
from unfork.reading.packaging import Declared, packaging_declarations
from unfork.reading.path_rules import is_archived, is_aside, is_test
from unfork.values import Finding
from unfork_codemods.project import Key

_LIBRARY = "nothing here starts a program: it is a library, whose users may import it"
_INSTALLED = "{} makes it part of a distribution, whose users may import it"
_SAMPLES = frozenset({"sample", "example", "template"})
_LIKE_IMPORTS = re.compile(
    rb"^[ \t]*(?:(?:from|import)\b.*|[\w, \t]+,?[ \t]*\\?\r?$)|[\"'][\w.]+[\"']", re.MULTILINE
)
"""Matches what may be an import, a part of one in lines of its own, or a module for ``import_module``."""
_WORD = re.compile(rb"\w+")
_PLUGINS = 3
"""At least this many unreached modules, of one name in sibling folders or in one folder, may be plugins."""


@dataclass(frozen=True, slots=True)
class Dead:
    """A module that nothing reachable imports: ``users`` are the tests and dead modules that import it.

    ``behind`` is the package of the same name that every import of it finds first, if there is one.

    ``doubts`` say what may load or need it all the same. A module with a doubt is not proved dead.
    """

    key: Key
    path: str
    lines: int
    users: tuple[str, ...]
    doubts: tuple[str, ...]
    behind: str = ""

    @property
    def why(self) -> str:
        """The reason, in words."""
        if self.behind:
            return f"no import can reach it: {self.behind} has its name and comes first"
        if not self.users:
            return "nothing imports it"
        who = ", ".join(self.users[:3]) + (
            f" and {len(self.users) - 3} more" if len(self.users) > 3 else ""
        )
        kinds = {is_test(user) for user in self.users}
        only = "only tests import it" if kinds == {True} else "only what is not reached imports it"
        return f"{only}: {who}"

    def finding(self) -> Finding:
        """Return the finding."""
        return Finding(self.path, 1, 1, "UF102", f"{self.why}; {self.lines} lines")


@dataclass(frozen=True, slots=True)
class Outsiders:
    """Who may import a module from outside the project: a library's users, or those who install a distribution.

    ``distributions`` are the folders of these, each with the file that says so.
    """

    is_library: bool
    distributions: Mapping[str, str]

    @classmethod
    def of(cls, entries: Iterable[Entry], declarations: Iterable[Declared]) -> Outsiders:
        """Return who they are, given what starts the project's programs and what it packs."""
        distributions = {
            parent_folder(declaration.path): declaration.path
            for declaration in declarations
            if declaration.distributes
        }
        return cls(not any(entry.is_program for entry in entries), distributions)

    def reason(self, key: Key) -> str:
        """Return why users may import a module, in words; empty if the module is private, or none do."""
        installed = _distribution_file(key, self.distributions)
        if _is_private(key) or not (installed or self.is_library):
            return ""
        return _INSTALLED.format(installed) if installed else _LIBRARY


@dataclass(frozen=True, slots=True)
class Reach:
    """The entry points of a program, the modules they reach, and the modules they do not.

    ``runners`` are the files with a command that runs a module, for programs and the modules that were asked about.
    ``deployed`` are the modules that programs reach which scripts run: those in an archive, and documents, aside.
    ``outsiders`` says who else may import a module.
    """

    entries: tuple[Entry, ...]
    alive: frozenset[Key]
    dead: tuple[Dead, ...]
    runners: Mapping[Key, tuple[str, ...]]
    deployed: frozenset[Key]
    outsiders: Outsiders

    @property
    def proved(self) -> tuple[Dead, ...]:
        """The dead modules without doubts."""
        return tuple(module for module in self.dead if not module.doubts)


def reach_of(
    model: ProjectModel,
    tree: Tree,
    configs: Collection[str],
    documents: Collection[str] = (),
    asked: Collection[Key] = (),
) -> Reach:
    """Return which modules of a project are alive and which are dead.

    ``configs`` are its configuration files, ``documents`` those that may say how to run it. What runs the modules
    ``asked`` about is part of the result, though these may be alive without it.
    """
    declarations = packaging_declarations(tree, (*configs, *model.files))
    entries = entries_of(model, declarations)
    alive = _modules_reached_from(model, entries)
    unreached = frozenset(_unreached(model, alive))
    wanted = unreached.union(asked, _programs(model))
    commands = modules_in_commands(model, tree, (*configs, *documents), wanted)
    run = {key: path for key, path in commands.named.items() if key in unreached}
    if run:
        entries += tuple(
            Entry(key, f"{path} runs it", is_program=True) for key, path in run.items()
        )
        alive = _modules_reached_from(model, entries)
    rest = list(_unreached(model, alive))
    doubts = _doubts_by_module(model, tree, configs, rest)
    outsiders = Outsiders.of(entries, declarations)
    for key in rest:
        if why := outsiders.reason(key):
            doubts.setdefault(key, []).append(why)
    _spread_doubts(model, rest, doubts)
    dead = [_dead_module(model, key, doubts.get(key, ())) for key in sorted(rest)]
    dead += _modules_behind_packages(model)
    dead.sort(key=lambda item: item.path)
    deployed = _modules_run_by_scripts(model, commands.runners)
    return Reach(entries, alive, tuple(dead), commands.runners, deployed, outsiders)


def _programs(model: ProjectModel) -> Iterator[Key]:
    for facts in model.modules.values():
        if facts.runs_itself or facts.is_script or facts.makes_application:
            yield facts.key


def _modules_run_by_scripts(
    model: ProjectModel, runners: Mapping[Key, Iterable[str]]
) -> frozenset[Key]:
    started = [
        key
        for key, paths in runners.items()
        if not all(is_prose(path) or is_archived(path) for path in paths)
    ]
    return _reachable_modules(model, started)


def _modules_behind_packages(model: ProjectModel) -> Iterator[Dead]:
    """Yield the modules that share their name with a package, which Python finds first, and do not run themselves."""
    for key, paths in model.layout.modules.items():
        package, module = f"{key}/__init__.py", f"{key}.py"
        if package in paths and module in paths and _may_be_dead(module):
            facts = model.files.get(module)
            if facts is not None and not (facts.runs_itself or facts.is_script):
                yield Dead(key, module, facts.lines, (), (), package)


def _modules_reached_from(model: ProjectModel, entries: Iterable[Entry]) -> frozenset[Key]:
    return _reachable_modules(
        model, [key for entry in entries for key in model.with_packages(entry.key)]
    )


def _unreached(model: ProjectModel, alive: frozenset[Key]) -> Iterator[Key]:
    """Yield the modules of live code that are not reached and hold more than nothing."""
    for facts in model.modules.values():
        is_empty = not facts.statements and facts.error is None
        if facts.key not in alive and not is_empty and _may_be_dead(facts.path):
            yield facts.key


def _is_private(key: Key) -> bool:
    return any(part.startswith("_") and not part.startswith("__") for part in key.split("/"))


def _distribution_file(key: Key, distributions: Mapping[str, str]) -> str | None:
    """Return the packaging file of the distribution that contains a module, if there is one."""
    while key:
        key = parent_folder(key)
        if key in distributions:
            return distributions[key]
    return None


def _may_be_dead(path: str) -> bool:
    return not (is_test(path) or is_aside(path) or is_archived(path)) and path.endswith(".py")


def _reachable_modules(model: ProjectModel, start: Iterable[Key]) -> frozenset[Key]:
    seen = set(start)
    queue = list(seen)
    for key in queue:
        fresh = [target for target in model.runs(key) if target not in seen]
        seen.update(fresh)
        queue += fresh
    return frozenset(seen)


def _dead_module(model: ProjectModel, key: Key, doubts: Iterable[str]) -> Dead:
    facts = model.modules[key]
    users = dict.fromkeys(importer.path for importer in model.importers.get(key, ()))
    return Dead(key, facts.path, facts.lines, tuple(users), tuple(doubts))


def _spread_doubts(
    model: ProjectModel, rest: Collection[Key], doubts: dict[Key, list[str]]
) -> None:
    """Add a doubt to everything that a doubtful module imports, and to its packages: they are alive if it is."""
    wanted = set(rest)
    queue = [key for key in rest if key in doubts]
    for key in queue:
        for target in (*model.runs(key), *model.with_packages(parent_folder(key))):
            if target in wanted and target not in doubts:
                what = "is in it" if key.startswith(f"{target}/") else "imports it"
                doubts[target] = [f"{model.dotted(key)} {what}, which is in doubt itself"]
                queue.append(target)


def _doubts_by_module(
    model: ProjectModel, tree: Tree, configs: Iterable[str], rest: Collection[Key]
) -> dict[Key, list[str]]:
    doubts: dict[Key, list[str]] = {}
    wanted = set(rest)
    for facts in model.files.values():
        for mention in facts.mentions:
            if mention.key in wanted and not _is_out_of_use(mention.path):
                why = f"{mention.path}:{mention.line} names it in a string"
                doubts.setdefault(mention.key, []).append(why)
    for key, why in named_in_configs(model, tree, configs, wanted).items():
        doubts.setdefault(key, []).append(why)
    for key, why in _likely_plugins(model, rest).items():
        doubts.setdefault(key, []).append(why)
    for key in rest:
        if model.modules[key].is_script or _is_loose_script(model, key):
            doubts.setdefault(key, []).append("it acts when it is loaded: people may run it")
        if model.modules[key].makes_application:
            doubts.setdefault(key, []).append("it makes an application, which a server may run")
        words = words_of_name(key.rpartition("/")[2])
        if words and words[-1] in _SAMPLES:
            doubts.setdefault(key, []).append("its name says that it is a sample, to be copied")
    for key, why in _by_unreadable(model, wanted, tree).items():
        doubts.setdefault(key, []).append(why)
    return doubts


def _is_loose_script(model: ProjectModel, key: Key) -> bool:
    """Return whether a module acts when it is loaded, and lies among scripts, or in no package and defines nothing."""
    facts, folder = model.modules[key], parent_folder(key)
    is_loose = not facts.defs and not model.layout.is_package(folder)
    return facts.acts and (is_loose or is_script_folder(folder))


def _is_out_of_use(path: str) -> bool:
    """Return whether what a file names is no use of it by the program: it is a test, or lies in an archive."""
    return is_test(path) or is_archived(path)


def _likely_plugins(model: ProjectModel, rest: Collection[Key]) -> Mapping[Key, str]:
    """Return the modules that a program may load by a computed name, each with the reason."""
    loaders = [
        f"{facts.path}:{load.line}"
        for facts in model.files.values()
        if not is_test(facts.path)
        for load in [load for load in facts.loads if not load.prefix][:1]
    ]
    if not loaders:
        return {}
    alike = Counter(_plugin_family(key) for key in rest)
    beside = Counter(parent_folder(key) for key in rest)
    reasons: dict[Key, str] = {}
    for key in rest:
        if alike[_plugin_family(key)] >= _PLUGINS:
            count = alike[_plugin_family(key)] - 1
            what = f"{count} others beside it have its name, and {loaders[0]} imports by a computed name"
            reasons[key] = what
        elif beside[parent_folder(key)] >= _PLUGINS:
            loader = _nearby_loader(loaders, parent_folder(key))
            if loader is not None:
                reasons[key] = f"{loader} imports by a computed name, and may mean this folder"
    return reasons


def _plugin_family(key: Key) -> tuple[str, str]:
    """Return what plugins have in common: the parent of their folder, and their own name."""
    return parent_folder(parent_folder(key)), key.rpartition("/")[2]


def _nearby_loader(loaders: Iterable[str], folder: str) -> str | None:
    above = parent_folder(folder)
    return next((loader for loader in loaders if parent_folder(loader) in (folder, above)), None)


def _by_unreadable(model: ProjectModel, wanted: Collection[Key], tree: Tree) -> Mapping[Key, str]:
    """Return the modules whose names occur in files that cannot be parsed, where an import would have them."""
    reasons: dict[Key, str] = {}
    for path, facts in model.files.items():
        if facts.error is None or _is_out_of_use(path):
            continue
        try:
            data = tree.read(path)
        except OSError:
            continue
        names = {name for match in _LIKE_IMPORTS.finditer(data) for name in _WORD.findall(match[0])}
        for key in wanted:
            if key != facts.key and os.fsencode(key.rpartition("/")[2]) in names:
                reasons[key] = f"{path} cannot be parsed, and may import it"
    return reasons
