"""Modules that a file loads without an import statement: by a name or a path, of which at least the beginning is known.

Extensions of a bot (``bot.load_extension(f"cogs.{name}")``), plug-ins (``import_module``, ``spec_from_file_location``),
and the files of a folder that the code lists (``iter_modules``, ``listdir``, ``glob``).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from unfork.audit.scanning.computed_names import Beginning, ComputedNames
from unfork.audit.scanning.facts import ImportFact, Load
from unfork.nodes import last_name
from unfork.reading.layout import Layout, join_key, key_of, parent_folder
from unfork.reading.source import Source
from unfork_codemods.project import Key, Located, is_external

_NAME_LOADERS = frozenset({"import_module", "__import__", "load_extension", "reload_extension"})
"""Functions that import the module whose name is their first argument."""
_PATH_LOADERS = {
    "spec_from_file_location": 1,
    "SourceFileLoader": 1,
    "load_source": 1,
    "run_path": 0,
}
"""Functions that run a file, with the position of its path among their arguments."""
_FINDERS = frozenset({"iter_modules", "walk_packages"})
_LISTERS = _FINDERS | {"listdir", "scandir", "walk", "glob", "iglob", "rglob", "iterdir"}
"""Functions that list the files of a folder."""
_DEEP_LISTERS = frozenset({"walk_packages", "walk", "rglob"})
_SIGNS = tuple(word.encode() for word in (*_NAME_LOADERS, *_PATH_LOADERS, *_FINDERS))
_NAMES_MODULE = re.compile(r"[A-Za-z_]\w*(?:[./][A-Za-z_]\w*)+")


@dataclass(frozen=True)
class LoadReader:
    """Finds what one file loads."""

    layout: Layout
    source: Source

    @cached_property
    def _names(self) -> ComputedNames:
        return ComputedNames(self.source, self.layout.dotted(key_of(self.source.path)))

    @cached_property
    def _folder(self) -> str:
        return parent_folder(self.source.path)

    def read(self) -> tuple[list[ImportFact], list[Load]]:
        """Return the imports of modules that are known, and the loads of those of which at most the beginning is."""
        if not any(sign in self.source.data for sign in _SIGNS):
            return [], []
        calls = [node for node in ast.walk(self.source.tree) if isinstance(node, ast.Call)]
        results = [result for call in calls for result in self._results_of_call(call)]
        if any(isinstance(result, Load) for result in results):
            known = {result.key for result in results if isinstance(result, ImportFact)}
            named = [
                result
                for result in self._named_in_texts()
                if isinstance(result, Load) or result.key not in known
            ]
            more = [*self._listed_folders(calls), *named]
            results = [*more, *filter(_is_known, results)] if more else results
        loads = [result for result in results if isinstance(result, Load)]
        return [result for result in results if isinstance(result, ImportFact)], loads

    def _results_of_call(self, call: ast.Call) -> Iterator[ImportFact | Load]:
        called = last_name(call.func)
        if called in _NAME_LOADERS and call.args:
            yield from self._load_by_name(call)
        elif called in _PATH_LOADERS:
            yield from self._load_by_path(call, _PATH_LOADERS[called])
        elif called in _FINDERS:
            yield Load(call.lineno)

    def _load_by_name(self, call: ast.Call) -> Iterator[ImportFact | Load]:
        argument = call.args[0]
        for start in self._names.beginnings(argument):
            located = self._named_module(call, start.text) if start.whole else None
            if not start.whole:
                for prefix in self._prefixes_of_name(start.text):
                    yield Load(call.lineno, prefix, deep=True)
            elif located is not None and (located.exists or isinstance(argument, ast.Constant)):
                yield _import_fact(argument, located, start.text)
            elif start.text.startswith("."):
                yield Load(call.lineno)  # of a package that is not known

    def _named_module(self, call: ast.Call, name: str) -> Located | None:
        """Return the module of the project that a whole name refers to; it may be missing."""
        dotted = name.lstrip(".")
        if not all(part.isidentifier() for part in dotted.split(".")):
            return None
        if dotted != name:
            return self._from_package(call, len(name) - len(dotted), dotted)
        located = self.layout.absolute(name, self.source.path)
        return None if is_external(located.key) else located

    def _from_package(self, call: ast.Call, level: int, dotted: str) -> Located | None:
        """Return the module that ``import_module(".name", package)`` names.

        If ``package`` is not known, the file's own package is assumed.
        """
        given = [*call.args[1:2], *(word.value for word in call.keywords if word.arg == "package")]
        packages = self._names.beginnings(given[0]) if given else []
        package = packages[0] if len(packages) == 1 else None
        if package is not None and package.whole and package.text:
            base = package.text.rsplit(".", level - 1)[0]
            located = self.layout.absolute(f"{base}.{dotted}", self.source.path)
            return None if is_external(located.key) else located
        located = self.layout.relative(level, dotted, self.source.path)
        return located if located.exists else None

    def _prefixes_of_name(self, text: str) -> Sequence[Key]:
        """Return the beginnings of the keys of modules whose names begin with a text; an empty one if unknown."""
        if "." in text:
            return [self._prefix_of_dotted(text)]
        return (text and self._top_level_prefixes(text)) or [""]

    def _top_level_prefixes(self, text: str) -> list[Key]:
        """Return those beginnings for a name without a package, seen from the roots and from the file's own folder.

        The folder of a program is where Python looks first.
        """
        folders = dict.fromkeys((self._folder, *self.layout.roots))
        prefixes = [join_key(folder, text) for folder in folders]
        return [
            prefix
            for prefix in prefixes
            if any(key.startswith(prefix) for key in self.layout.modules)
        ]

    def _prefix_of_dotted(self, text: str) -> Key:
        package, _, rest = text.rpartition(".")
        if not package.strip("."):  # relative to the package of the file
            folder = self._folder
            for _ in range(len(package)):
                folder = parent_folder(folder)
            return f"{folder}/{rest}" if folder else ""
        located = self._located(package)
        return f"{located.key}/{rest}" if located is not None else ""

    def _located(self, dotted: str) -> Located | None:
        """Return the module of the project that a dotted name refers to, if there is one."""
        tail = dotted.lstrip(".")
        level = len(dotted) - len(tail)
        if level:
            located = self.layout.relative(level, tail, self.source.path)
        else:
            located = self.layout.absolute(tail, self.source.path)
        return None if is_external(located.key) or not located.exists else located

    def _load_by_path(self, call: ast.Call, position: int) -> Iterator[ImportFact | Load]:
        given = [*call.args[position : position + 1]]
        given += [word.value for word in call.keywords if word.arg in ("location", "path")]
        if not given:
            yield Load(call.lineno)
            return
        for start in self._names.path_beginnings(given[0]):
            yield self._load_of_path(call, given[0], start)

    def _load_of_path(
        self, call: ast.Call, argument: ast.expr, start: Beginning
    ) -> ImportFact | Load:
        for path in self._readings(start.text):
            if start.whole and path in self.layout.paths:
                return _import_fact(argument, Located(key_of(path)), path)
            if not start.whole and parent_folder(path) in self.layout.folders:
                return Load(call.lineno, path, deep=True)
        return Load(call.lineno)

    def _readings(self, path: str) -> Iterator[str]:
        """Yield what a path may be, seen from the root or from the file's own folder."""
        if path and not path.startswith(("..", "/")):
            yield path
            yield f"{self._folder}/{path}" if self._folder else path

    # -- what else a file that computes names may load

    def _named_in_texts(self) -> Iterator[ImportFact | Load]:
        """Yield the modules and folders that texts in the file name: lists of plug-ins, defaults of parameters."""
        for node in ast.walk(self.source.tree):
            match node:
                case ast.Constant(value=str(text)) if _NAMES_MODULE.fullmatch(text):
                    yield from self._named_by(node, text)
                case ast.BinOp(op=ast.Div()) | ast.Call(func=ast.Attribute(attr="join")):
                    for start in self._names.path_beginnings(node):
                        if start.whole and start.text.endswith(".py"):
                            yield from self._named_by(node, start.text)
                case _:
                    pass

    def _named_by(self, node: ast.expr, text: str) -> Iterator[ImportFact | Load]:
        own = key_of(self.source.path)
        for path in self._readings(text):
            if path in self.layout.paths and key_of(path) != own:
                yield _import_fact(node, Located(key_of(path)), path)
                return
            if path in self.layout.folders:
                yield Load(node.lineno, f"{path}/")
                return
        located = None if "/" in text else self._located(text)
        if located is not None and located.key != own:
            yield _import_fact(node, located._replace(base=None), text)
            if located.key in self.layout.folders:
                yield Load(node.lineno, f"{located.key}/")

    def _listed_folders(self, calls: Iterable[ast.Call]) -> Iterator[Load]:
        for call in calls:
            if last_name(call.func) in _LISTERS:
                for argument in self._folder_arguments(call):
                    folder = self._folder_of(argument)
                    if folder:
                        is_deep = last_name(call.func) in _DEEP_LISTERS
                        yield Load(call.lineno, f"{folder}/", is_deep)
                        break

    def _folder_arguments(self, call: ast.Call) -> Iterator[ast.expr]:
        """Yield the expressions that may say which folder a call lists."""
        for argument in (*call.args[:2], *(word.value for word in call.keywords)):
            if isinstance(argument, ast.List | ast.Tuple):
                yield from argument.elts
            else:
                yield argument
        if isinstance(call.func, ast.Attribute):
            yield call.func.value

    def _folder_of(self, node: ast.expr) -> str:
        """Return the folder with modules that an expression names: a path, a pattern, or a package's ``__path__``."""
        if isinstance(node, ast.Attribute) and node.attr == "__path__":
            return self._package_folder(node.value)
        if isinstance(node, ast.Name) and node.id == "__path__":
            return self._folder
        for start in self._names.path_beginnings(node):
            for path in self._readings(start.text.partition("*")[0]):
                folder = path.rstrip("/")
                if folder in self.layout.folders:
                    return folder
        return ""

    def _package_folder(self, node: ast.expr) -> str:
        """Return the folder of an imported package, or of one that ``import_module`` returns."""
        node = self._names.assigned_value(node) or node
        if isinstance(node, ast.Call) and last_name(node.func) in _NAME_LOADERS and node.args:
            starts = self._names.beginnings(node.args[0])
            located = (
                self._located(starts[0].text) if len(starts) == 1 and starts[0].whole else None
            )
            return located.key if located is not None else ""
        located = self._imported(node)
        return located.key if located is not None else ""

    def _imported(self, node: ast.expr) -> Located | None:
        """Return the module that a name or a dotted name in the file refers to."""
        dotted = _dotted_text(node)
        spelled = (_spelled_import(item, dotted) for item in ast.walk(self.source.tree))
        module = next(filter(None, spelled), "")
        return self._located(module) if module else None


def _is_known(result: ImportFact | Load) -> bool:
    return isinstance(result, ImportFact) or bool(result.prefix)


def _spelled_import(node: ast.AST, dotted: str) -> str:
    """Return the module that a dotted name refers to after an import statement; empty if it does not bind the name."""
    head, _, rest = dotted.partition(".")
    match node:
        case ast.Import(names=names):
            bound = [alias.name for alias in names if dotted == (alias.asname or alias.name)]
            return bound[0] if bound else ""
        case ast.ImportFrom(names=names):
            bound = [alias.name for alias in names if head == (alias.asname or alias.name)]
            if not bound:
                return ""
            base = "." * node.level + (f"{node.module}." if node.module else "")
            return base + bound[0] + (f".{rest}" if rest else "")
        case _:
            return ""


def _import_fact(argument: ast.expr, located: Located, spelled: str) -> ImportFact:
    return ImportFact(
        located.key,
        None,
        spelled,
        located.base,
        argument.lineno,
        argument.col_offset + 1,
        located.exists,
        in_function=True,
        quoted=True,
    )


def _dotted_text(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted_text(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""
