"""The tree before and the tree after, side by side."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from unfork.interning import interned
from unfork.nodes import FunctionDef
from unfork.reading.source import Source, Unparsable
from unfork.reading.statements import ImportStatement
from unfork.verification.counterparts import Counterparts
from unfork.verification.facts import Rewrites
from unfork.verification.import_steps import ImportSteps
from unfork.verification.project import Project
from unfork.verification.resolution import Finder
from unfork.verification.tree_state import TreeState
from unfork.verification.two_roots import file_of
from unfork.verification.values import (
    Attribute,
    Instance,
    Module,
    Namespace,
    Outside,
    Taken,
    Value,
    Values,
)
from unfork_codemods.edits import apply_edits


class States:
    """Both states of the tree: their files, and their modules as they are once imported."""

    def __init__(self, project: Project, rewrites: Rewrites) -> None:
        self.project, self.rewrites = project, rewrites
        self.source_before = project.source
        self._after: dict[str, Source] = {}
        self._finder = project.finder
        if rewrites.removed:
            left = project.paths - rewrites.removed
            self._finder = project.finder_of(left, project.finder.repaired)
        self._worlds: dict[bool, tuple[TreeState, TreeState]] = {}
        self._counterparts: dict[bool, Counterparts] = {}
        self.words: set[str] = set(project.words)
        """Words of interest: names that are gone or refer to another module somewhere, and legacy modules."""
        self.edges: dict[tuple[bool, str], frozenset[str]] = {}
        self.differing: dict[str, bool] = {}
        """Whether remaining modules have names that changed."""
        self.import_steps = ImportSteps()
        self.forwarded_names: dict[str, Mapping[str, tuple[Value, str]]] = {}
        """Where each module that becomes a shim takes its names from."""
        self._led: dict[str, frozenset[str]] = {}
        self._left: dict[str, tuple[str, ...]] = {}
        self._closures: dict[tuple[bool, bool, str], frozenset[str]] = {}

    def give(self, before: Source, after: Source) -> None:
        """Store both texts of a file that have already been read."""
        self.project.give(before)
        self._after[after.path] = after

    def forget(self, path: str) -> None:
        """Drop what a file has been parsed into, to be parsed again if it is asked for."""
        self._after.pop(path, None)
        self.project.forget(path)
        for tree_states in self._worlds.values():
            for tree_state in tree_states:
                tree_state.forget(path)

    def forget_all(self) -> None:
        """Drop all that the files have been parsed into, and the modules that have run."""
        self.project.forget_all()
        self._after.clear()
        for _, after in self._worlds.values():
            after.forget_all()
        self._worlds.clear()
        self._counterparts.clear()

    def source_after(self, path: str) -> Source:
        """Return a file after the rewrite. Raises Unparsable for a wrong encoding, OSError if it is removed."""
        if path in self.rewrites.removed:
            raise FileNotFoundError(path)
        if path not in self.rewrites.edits:
            return self.source_before(path)
        known = self._after.get(path)
        if known is None:
            raw = apply_edits(self.project.read(path), self.rewrites.edits[path])
            known = self._after[path] = self.project.heads.sources.read(path, raw)
        return known

    def body(self, path: str, after: bool) -> Sequence[ast.stmt]:
        """Return the statements of a file, perhaps in outline; none if it cannot be read."""
        try:
            source = self.source_after(path) if after else self.source_before(path)
            return self.project.outline(source).body
        except (OSError, Unparsable):
            return ()

    def text_after(self, path: str) -> bytes:
        """Return a file's bytes after the rewrite. Raises OSError."""
        return self.rewrites.text(path, self.project.read(path))

    def tree_states(self, typing: bool) -> tuple[TreeState, TreeState]:
        """Return the modules before and after, as they run or as a type checker sees them."""
        known = self._worlds.get(typing)
        if known is None:
            before = self.project.tree_state(typing)
            files = self.source_after, self.text_after, self.project.outline
            after = TreeState(self._finder, *files, before.legacy, before.wrappers, typing)
            if not self.rewrites.removed:
                after.borrow(before, self.rewrites.touched)
            known = self._worlds[typing] = before, after
        return known

    def counterparts(self, typing: bool) -> Counterparts:
        """Return which values may replace which."""
        if typing not in self._counterparts:
            redirects = self.project.forwards
            tree_states = self.tree_states(typing)
            self._counterparts[typing] = Counterparts(redirects, *tree_states, self.offers)
        return self._counterparts[typing]

    def offers(self, path: str, name: str) -> bool:
        """Return whether type checkers see a name in a module: names made by ``__getattr__`` are declared for them."""
        env = self.tree_states(True)[1].exports(path)
        return env is not None and name in env

    def concerns(self, values: Values, words: Collection[str] | None = None) -> bool:
        """Return whether values may be affected: reached by a word of interest, or through a changed file."""
        known = self.words if words is None else words
        return any(self._is_concerned(value, known) for value in values)

    def _is_concerned(self, value: Value, words: Collection[str]) -> bool:
        match value:
            case Module(path):
                return path in self.rewrites.touched or module_name(path) in words
            case Namespace(folders):
                return folders[0].rpartition("/")[2] in words
            case Outside(dotted):
                return any(segment in words for segment in dotted.split("."))
            case Taken(base, name) | Attribute(base, name):
                return name in words or self._is_concerned(base, words)
            case Instance(base):
                return self._is_concerned(base, words)
            case _:
                return False

    # -- what importing a file loads

    def leads_to(self, module: str, path: str) -> bool:
        """Return whether a module imports a file while its own body runs; its packages have begun before."""
        known = self._led.get(module)
        if known is None:
            packages = frozenset(packages_of(self._finder, module))
            reached = self._files_reached({module}, packages | {module}, after=True)
            known = self._led[module] = reached - packages - {module}
        return path in known

    def closure(self, path: str, after: bool, late: bool = False) -> frozenset[str]:
        """Return the files that importing a file loads, directly or not; ``late``: also those that functions load."""
        known = self._closures.get((after, late, path))
        if known is None:
            finder = self.tree_states(False)[after].finder
            begun = {path, *packages_of(finder, path)}
            known = self._closures[after, late, path] = self._files_reached(
                begun, begun, after, late
            )
        return known

    def loaded_above(self, path: str, line: int) -> frozenset[str]:
        """Return the files that a file, before, has certainly loaded where its body reaches a line."""
        finder = self.project.finder
        try:
            statements = self.source_before(path).imports
        except Unparsable:
            return frozenset()
        begun = {path, *packages_of(finder, path)}
        for statement in statements:
            if statement.at_import_time and statement.node.lineno < line:
                for module in files_named(finder, statement.node, path):
                    begun |= {module, *packages_of(finder, module)}
        return self._files_reached(begun - {path}, begun, after=False)

    def _files_reached(
        self, start: Collection[str], seen: Collection[str], after: bool, late: bool = False
    ) -> frozenset[str]:
        reached, waiting = set(seen), list(start)
        while waiting:
            fresh = files_imported(self, waiting.pop(), after, late) - reached
            reached |= fresh
            waiting += fresh
        return frozenset(reached)

    def loaded(self, named: Collection[str]) -> frozenset[str]:
        """Return the modules that may be loaded after: those ``named`` and all that have no copy among them.

        A file that is imported neither itself nor as a copy may be run under its own name.
        """
        finder = self._finder
        alone = {path for path in finder.paths if len(finder.all_of(path)) == 1}
        start = {*named, *alone}
        reached = self._files_reached(start, start, after=True, late=True)
        rest = {p for p in finder.paths if p == file_of(p) and reached.isdisjoint(finder.all_of(p))}
        return self._files_reached(rest, reached | rest, after=True, late=True)

    def loaders_lost(self, path: str, module: str) -> tuple[str, ...]:
        """Return the changed files that loaded a module for a file and no longer do."""
        loaders = (self.closure(path, after=False) | {path}) & self.rewrites.touched
        return tuple(
            sorted(
                file
                for file in loaders
                if module in files_imported(self, file, after=False, late=True)
                and module not in files_imported(self, file, after=True, late=True)
            )
        )

    def no_longer_importing(self, module: str) -> tuple[str, ...]:
        """Return the changed files that imported a module while they were imported themselves, and no longer do."""
        known = self._left.get(module)
        if known is None:
            known = self._left[module] = tuple(
                file
                for file in sorted(self.rewrites.touched)
                if module in files_imported(self, file, after=False, late=False)
                and module not in files_imported(self, file, after=True, late=False)
            )
        return known


def module_name(path: str) -> str:
    """Return the last segment of a file's module name."""
    return path.rpartition(".")[0].removesuffix("/__init__").rpartition("/")[2]


def packages_of(finder: Finder, path: str) -> Iterator[str]:
    """Yield the ``__init__`` files of the packages that a file is in: importing it imports them (5.3)."""
    folder = path.rpartition("/")[0]
    if path.rpartition("/")[2].startswith("__init__."):
        folder = folder.rpartition("/")[0]
    while folder:
        for name in ("__init__.py", "__init__.pyi"):
            if f"{folder}/{name}" in finder.paths:
                yield f"{folder}/{name}"
                break
        folder = folder.rpartition("/")[0]


def files_imported(states: States, path: str, after: bool, late: bool) -> frozenset[str]:
    """Return the files that a file imports, by its import statements and by calls made during its import.

    Without ``late``: only those that importing the file imports.
    """
    rewrites = states.rewrites
    if after and path not in rewrites.touched and not rewrites.removed:
        return files_imported(states, path, False, late)
    edges = states.edges if after else states.project.edges
    known = edges.get((late, path))
    if known is None:
        files = frozenset(imports_by_place(states, path, after, late)) - {path}
        known = edges[late, path] = interned(files)
    return known


def imports_by_place(states: States, path: str, after: bool, late: bool) -> list[str]:
    """Return the files that a file imports, as ``files_imported`` does, once for each place where it does."""
    tree_state = states.tree_states(False)[after]
    try:
        if after and path in states.rewrites.removed:
            raise FileNotFoundError(path)
        raw = states.text_after(path) if after else states.project.read(path)
        statements = states.project.heads.of(path, raw).imports
        called = _lines_called(states, path, after, raw) if _is_any_late(statements) else ()
    except (OSError, Unparsable):
        return []
    modules = [*_by_calls(tree_state, path)] if _CALLS.search(raw) else []
    for statement in statements:
        is_called = any(statement.node.lineno in lines for lines in called)
        if statement.at_import_time or is_called or (late and not statement.typing_only):
            modules += files_named(tree_state.finder, statement.node, path)
    if after and late and path in states.project.shims:
        from unfork.verification.forwards import forwarding_files  # late: few runs make shims

        modules += sorted(forwarding_files(states, path))
    packages = (package for module in modules for package in packages_of(tree_state.finder, module))
    return [*modules, *packages]


def _is_any_late(statements: Sequence[ImportStatement]) -> bool:
    return any(statement.in_function and not statement.typing_only for statement in statements)


def _lines_called(states: States, path: str, after: bool, raw: bytes) -> Sequence[range]:
    """Return the lines of a file's functions that it may call while it is imported: ``PART = load()``.

    These are functions that a statement at the top names, and those that such a function names.
    """
    defined = {name.decode("utf-8", "replace") for name in _FUNCTION.findall(raw)}
    if not defined or defined.isdisjoint(_words_at_the_top(raw)):
        return ()
    source = states.source_after(path) if after else states.source_before(path)
    body = states.project.outline(source).body
    functions = {node.name: node for node in body if isinstance(node, FunctionDef)}
    waiting = functions.keys() & {*_names_at_the_top(body)}
    called: dict[str, FunctionDef] = {}
    while waiting:
        name = waiting.pop()
        called[name] = functions[name]
        names = {node.id for node in ast.walk(functions[name]) if isinstance(node, ast.Name)}
        waiting |= (functions.keys() & names) - called.keys()
    return [range(node.lineno, (node.end_lineno or node.lineno) + 1) for node in called.values()]


def _words_at_the_top(raw: bytes) -> frozenset[str]:
    """Return the words of a file that are in no function or class, so far as lines without an indent tell."""
    parts = (part for part in _PART.split(raw) if not _DEFINITION.match(part))
    return frozenset(
        word.decode("utf-8", "replace") for part in parts for word in _WORD.findall(part)
    )


def _names_at_the_top(body: Sequence[ast.stmt]) -> Iterator[str]:
    """Yield the names that statements use outside functions and classes; a text, as in ``__all__``, calls nothing."""
    for statement in body:
        parts: Sequence[ast.AST] = [statement]
        if isinstance(statement, FunctionDef | ast.ClassDef):
            parts = statement.decorator_list
        for part in parts:
            yield from (node.id for node in ast.walk(part) if isinstance(node, ast.Name))


_FUNCTION = re.compile(rb"^(?:async\s+)?def\s+([\w\x80-\xff]+)", re.MULTILINE)
_PART = re.compile(rb"^(?=\S)", re.MULTILINE)
_DEFINITION = re.compile(rb"(?:async\s+)?def\s|class\s|import\s|from\s|#")
_WORD = re.compile(rb"[\w\x80-\xff]+")


def _by_calls(tree_state: TreeState, path: str) -> Iterator[str]:
    """Yield the files that calls of ``import_module`` and ``__import__`` import while a file is imported."""
    machine = tree_state.machine(path)
    for event in machine.events if machine is not None else ():
        if event.kind == "import" and isinstance(event.node, ast.Call) and not event.late:
            yield from (value.path for value in event.values if isinstance(value, Module))


_CALLS = re.compile(rb"import_module\b|__import__\b")


def files_named(finder: Finder, node: ast.Import | ast.ImportFrom, path: str) -> Iterator[str]:
    """Yield the files of the modules that an import statement names."""
    if isinstance(node, ast.Import):
        places: list[Value | None] = [finder.absolute(alias.name, path) for alias in node.names]
    else:
        places = [finder.named_by(node, path)]
    if isinstance(node, ast.ImportFrom) and places[0] is not None:
        places += [finder.submodule(places[0], alias.name) for alias in node.names]
    yield from (place.path for place in places if isinstance(place, Module))
