"""What a shim keeps of the module that it was: imports that load something, and statements that do more than define.

import pkg.plugins                      kept: importing the module imports it
REGISTRY.append("pkg.legacy")           kept, with the import of REGISTRY
@register("a")                          cannot be kept: the class is another one now; if its new module has the same
class Engine: ...                       statement, the shim imports that
"""

from __future__ import annotations

import ast
import sys
import sysconfig
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from unfork.nodes import FunctionDef, is_special
from unfork.reading.definitions import first_line
from unfork.reading.index import Index
from unfork.reading.layout import key_of
from unfork.reading.source import Source
from unfork.reading.statement_names import names_bound
from unfork.reading.statements import is_type_checking
from unfork.rewriting.effects import Effects
from unfork.rewriting.shim_repeats import Repeats
from unfork_codemods.new_import import NewImport, import_statement
from unfork_codemods.project import Key, Kind, is_external
from unfork_codemods.shim_module import OWN_NAMES
from unfork_codemods.step import Target

_LOUD = frozenset({"antigravity", "readline", "rlcompleter", "site", "this"})
"""Modules of the standard library whose import has an effect."""
_LOADED = frozenset({"collections.abc", "os.path"})
"""Submodules of the standard library that are always loaded."""
_IMPORTS = (ast.Import, ast.ImportFrom)
_UNUSED = "  # noqa: F401"


class Kept(NamedTuple):
    """What a shim keeps, in order, as text; the names that this binds; ``why`` there can be no shim."""

    texts: tuple[str, ...] = ()
    names: frozenset[str] = frozenset()
    why: tuple[int, str] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """A statement of the top level: what it binds and reads, and whether it only does that."""

    node: ast.stmt
    binds: frozenset[str]
    reads: frozenset[str]
    does_more: bool


@dataclass(slots=True)
class _Split:
    """What becomes of the names of an import: those ``kept``, and the modules that these and the others load."""

    kept: list[ast.alias] = field(default_factory=list)
    loaded: list[Key] = field(default_factory=list)
    edges: list[Key] = field(default_factory=list)

    @property
    def names(self) -> frozenset[str]:
        return frozenset(map(_local_name, self.kept))


@dataclass
class Keeper:
    """Works out what the shim of ``module`` keeps: it forwards those ``moved``, and has to have those ``wanted``."""

    source: Source
    index: Index
    module: str
    moved: Mapping[str, Target]
    wanted: Collection[str]
    listed: Collection[str]

    @cached_property
    def _repeats(self) -> Repeats:
        return Repeats(self.index, self._module_key, self.moved)

    @cached_property
    def _module_key(self) -> Key:
        return key_of(self.source.path)

    @cached_property
    def _top_level_parts(self) -> list[_Part]:
        effects = Effects(self.index, self._module_key, self.source.tree)
        body = [node for node in self.source.tree.body if not _is_head(node)]
        return [
            _Part(n, frozenset(names_bound(n)), frozenset(_names_read_in(n)), effects.has_effect(n))
            for n in body
        ]

    def kept(self, with_lists: bool = False) -> Kept:
        """Return what is kept; with ``with_lists``, the statements of ``__all__`` as they stand."""
        lists = [part for part in self._top_level_parts if is_list(part.node)] if with_lists else []
        others = [part for part in self._top_level_parts if not is_list(part.node)]
        staying: set[_Part] = set()
        repeated: dict[_Part, Key] = {}
        for part in [*lists, *filter(self._has_to_stay, others)]:
            needed = _with_what_it_needs(part, others)
            gone = next(filter(self._is_gone, needed), None)
            repeating = self._repeats.repeating_module(part.node) if gone is not None else None
            if repeating is not None:
                repeated[part] = repeating
            elif gone is not None:
                return Kept(why=_why_no_shim(gone, gone.binds & self.moved.keys()))
            else:
                staying.update(needed)
        return self._assemble_kept([*others, *lists], staying, repeated)

    def _assemble_kept(
        self, parts: Sequence[_Part], staying: Collection[_Part], repeated: Mapping[_Part, Key]
    ) -> Kept:
        needed = {*self.wanted, *(name for part in staying for name in part.reads)}
        texts: list[str] = []
        names: set[str] = set()
        split = {
            p: self._split_import(p.node, needed) for p in parts if isinstance(p.node, _IMPORTS)
        }
        loaded = {key for import_split in split.values() for key in import_split.loaded}
        for part in parts:
            is_deleting = isinstance(part.node, ast.Delete) and names.issuperset(part.reads)
            if part in staying or is_deleting:
                texts.append(text_of(self.source, part.node))
                names |= part.binds
            elif part in repeated:
                texts.append(self._import_line(repeated[part]))
            elif part in split:
                bound = split[part].names
                is_unused = bound.isdisjoint({*needed, *self.listed})
                texts += self._kept_import(part.node, split[part].kept, is_unused)
                texts += [self._import_line(key) for key in split[part].edges if key not in loaded]
                names |= bound
        return Kept(tuple(dict.fromkeys(texts)), frozenset(names))

    def _has_to_stay(self, part: _Part) -> bool:
        """Return whether a statement is kept for what it does, loads or tells, or binds to a name that is wanted."""
        is_wanted = not part.binds.isdisjoint(self.wanted) and _tries_imports(part)
        is_told = _says_what_it_is(part.node) and part.binds.isdisjoint(self.moved)
        return part.does_more or self._has_needed_import(part) or is_wanted or is_told

    def _is_gone(self, part: _Part) -> bool:
        """Return whether a statement binds what is forwarded, so that it cannot be kept."""
        return not self.moved.keys().isdisjoint(part.binds) and not self._has_needed_import(part)

    def _has_needed_import(self, part: _Part) -> bool:
        """Return whether a compound statement only binds names, and imports what has to be imported still."""
        is_typed = isinstance(part.node, ast.If) and is_type_checking(part.node.test)
        if part.does_more or is_typed or _is_import(part):
            return False
        return any(
            self._is_import_needed(node, alias)
            for node in _imports_in(part)
            for alias in node.names
        )

    # -- imports

    def _split_import(self, node: ast.stmt, needed: Collection[str]) -> _Split:
        """Return the names that are left of an import, and what the others load."""
        assert isinstance(node, _IMPORTS)
        result = _Split()
        for alias in node.names:
            matters, local = self._is_import_needed(node, alias), _local_name(alias)
            if alias.name != "*" and (local in needed or (matters and local not in self.moved)):
                result.kept.append(alias)
                result.loaded += self._modules_loaded(node, alias)
            elif matters:
                result.edges += self._modules_loaded(node, alias)
        return result

    def _kept_import(self, node: ast.stmt, kept: list[ast.alias], is_unused: bool) -> list[str]:
        """Return the text of an import of which some names are kept, on one line where some are not."""
        assert isinstance(node, _IMPORTS)
        kept = [alias for alias in kept if not _is_of_every_shim(node, alias)]
        if not kept:
            return []
        text = text_of(self.source, node)
        if len(kept) < len(node.names):
            module = ""
            if isinstance(node, ast.ImportFrom):
                module = "." * node.level + (node.module or "")
            text = import_statement(
                [NewImport(module, kept_name.name, kept_name.asname) for kept_name in kept]
            )
        return [text + _UNUSED if is_unused and "#" not in text else text]

    def _import_line(self, key: Key) -> str:
        """Return the line that imports a module, and binds no name that is forwarded."""
        name = key[1:-1] if is_external(key) else self.index.dotted(key, self.module)
        if name.partition(".")[0] in self.moved:
            return f'importlib.import_module("{name}")'
        return NewImport("", name).statement + _UNUSED

    def _is_import_needed(self, node: ast.Import | ast.ImportFrom, alias: ast.alias) -> bool:
        """Return whether an import loads a module that might not be there otherwise, or does something."""
        return any(not _is_harmless(key) for key in self._modules_loaded(node, alias))

    def _modules_loaded(self, node: ast.Import | ast.ImportFrom, alias: ast.alias) -> list[Key]:
        """Return the modules that one name of an import loads, as far as is known: a library's name may be one."""
        path = self.source.path
        if isinstance(node, ast.Import):
            return [self.index.layout.absolute(alias.name, path).key]
        key = self.index.locate_from(node, path).key
        if is_external(key):
            below = f"{key[1:-1]}.{alias.name}"
            return [f"<{below}>"] if _is_standard(below) else [key]
        origin = self.index.origin(key, alias.name)
        is_module = origin.kind is Kind.MODULE and origin.key == f"{key}/{alias.name}".lstrip("/")
        return [origin.key] if is_module else [key]


def _with_what_it_needs(part: _Part, others: Sequence[_Part]) -> list[_Part]:
    """Return a statement, and those that bind what it and they read; imports are not among them."""
    needed = [part]
    for known in needed:
        more = (p for p in others if p.binds & known.reads and not _is_import(p))
        needed += [other for other in more if other not in needed]
    return needed


def text_of(source: Source, node: ast.stmt) -> str:
    """Return a statement's source, with its decorators and trailing comment."""
    start = source.offset(first_line(node), 0)
    end = source.line_end(source.span(node)[1])
    spans = map(source.span, source.tree.body)
    beside = [span for span in spans if span[0] < end and span[1] > start]
    return source.data[start:end].decode() if len(beside) == 1 else ast.unparse(node)


def is_list(node: ast.stmt) -> bool:
    """Return whether a statement of the top level is about ``__all__``."""
    match node:
        case ast.Assign(targets=targets):
            return any(isinstance(t, ast.Name) and t.id == "__all__" for t in targets)
        case (
            ast.AnnAssign(target=ast.Name(id="__all__"))
            | ast.AugAssign(target=ast.Name(id="__all__"))
        ):
            return True
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id="__all__")))):
            return True
        case _:
            return False


def _says_what_it_is(node: ast.stmt) -> bool:
    """Return whether a statement says something of the module as a whole: ``__version__ = "1.2"``."""
    if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
        return False
    parts = ast.walk(node.value)
    is_plain = all(isinstance(part, ast.Constant | ast.Tuple | ast.Load) for part in parts)
    return is_plain and all(map(is_special, names_bound(node)))


def lists_tuple(node: ast.stmt) -> bool:
    """Return whether a statement binds ``__all__`` to a tuple."""
    if not isinstance(node, ast.Assign | ast.AnnAssign):
        return False
    return is_list(node) and isinstance(node.value, ast.Tuple)


def _local_name(alias: ast.alias) -> str:
    return alias.asname or alias.name.partition(".")[0]


def _is_head(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"


def _is_import(part: _Part) -> bool:
    return isinstance(part.node, _IMPORTS)


def _names_read_in(node: ast.AST) -> Iterator[str]:
    names = (part for part in ast.walk(node) if isinstance(part, ast.Name))
    return (part.id for part in names if isinstance(part.ctx, ast.Load | ast.Del))


def _tries_imports(part: _Part) -> bool:
    return not _is_import(part) and any(_imports_in(part))


def _imports_in(part: _Part) -> Iterator[ast.Import | ast.ImportFrom]:
    """Yield the imports that run when a compound statement does."""
    return (n for n in _running_statements(part.node) if isinstance(n, ast.Import | ast.ImportFrom))


def _running_statements(node: ast.stmt) -> Iterator[ast.stmt]:
    """Yield the statements in a block that run when it runs: those of a function do not."""
    if isinstance(node, FunctionDef):
        return
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt):
            yield child
            yield from _running_statements(child)
        elif isinstance(child, ast.ExceptHandler | ast.match_case):
            for inner in child.body:
                yield inner
                yield from _running_statements(inner)


def _why_no_shim(part: _Part, taken: Collection[str]) -> tuple[int, str]:
    names = " and ".join(sorted(taken))
    line = first_line(part.node)
    return line, f"line {line} does more than define {names}, which would not happen any more"


def _is_of_every_shim(node: ast.Import | ast.ImportFrom, alias: ast.alias) -> bool:
    """Return whether an import binds what a shim imports itself: ``from typing import TYPE_CHECKING``."""
    module = node.module if isinstance(node, ast.ImportFrom) else ""
    return module == "typing" and alias.asname is None and alias.name in OWN_NAMES


def _is_harmless(key: Key) -> bool:
    """Return whether importing a module does nothing but load one that is always at hand."""
    name = key[1:-1] if is_external(key) else "."
    is_top = "." not in name or name in _LOADED
    return is_top and name.partition(".")[0] in sys.stdlib_module_names and name not in _LOUD


def _is_standard(dotted: str) -> bool:
    """Return whether the standard library has a module of this name."""
    top, *rest = dotted.split(".")
    if top not in sys.stdlib_module_names or not rest:
        return top in sys.stdlib_module_names
    place = Path(sysconfig.get_path("stdlib")).joinpath(*dotted.split("."))
    return place.is_dir() or place.with_suffix(".py").is_file()


def is_standard(key: Key) -> bool:
    """Return whether a module is one of the standard library, by its top name."""
    return is_external(key) and key[1:-1].partition(".")[0] in sys.stdlib_module_names
