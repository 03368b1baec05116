"""Turn the bytes of one file into facts: each file is parsed once, and only its facts are kept."""

from __future__ import annotations

import ast
import re
import sys
import warnings
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from types import CodeType

from unfork.audit.scanning.dynamic_loading import LoadReader
from unfork.audit.scanning.facts import FileFacts, ImportFact, Mention, merge_sides
from unfork.audit.scanning.fingerprints import units_of, winnow
from unfork.audit.scanning.forwarding import Forward, forward_of
from unfork.audit.scanning.walking import Walked, walk_statements
from unfork.reading.conflicts import conflict_sides
from unfork.reading.definitions import definitions_of
from unfork.reading.layout import Layout, enclosing_folders, join_key, key_of, parent_folder
from unfork.reading.made_modules import looks_elsewhere, makes_modules
from unfork.reading.path_rules import is_archived, is_aside, is_test
from unfork.reading.salvage import readable_text
from unfork.reading.source import Source, Unparsable
from unfork_codemods.project import Key, Located, is_external

_DOTTED = re.compile(rb"(?<!\w)[A-Za-z_]\w*+(?:(?:\.|/|\\\\)\w++)++")
"""Matches what may be a module or a path, in code or in a text."""
_IMPORTED = re.compile(rb"(?:from|import|-m)\s++([A-Za-z_]\w*+(?:\.\w++)++)")
"""Matches a module of several names that a statement or a command in a text imports or runs."""
_RUNS_ITSELF = re.compile(rb"^if\s+__name__\s*==", re.MULTILINE)
_IS_GENERATED = re.compile(
    rb"(?:[ \t]*(?:#[^\n]*)?\r?\n){0,9}[ \t]*#[^\n]*"
    rb"(?:\bauto-?generated\b|@generated\b|\bgenerated (?:automatically|by|from)\b|\bdo not edit\b)",
    re.IGNORECASE,
)
"""Matches comments at the top, one of which says that a program writes the file."""
_NO_CODE = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Expr, ast.Import, ast.ImportFrom)
_LOGGERS = frozenset({"log", "logger", "logging"})
_LEVELS = frozenset({"critical", "debug", "error", "exception", "info", "log", "warning"})
_SHIM = 60
"""A module with more statements does more than forward."""


@dataclass(frozen=True)
class Scanner:
    """Extracts facts from the files of a project with a known layout. ``spelled`` maps dotted names to modules."""

    layout: Layout
    spelled: Mapping[str, Key]

    @classmethod
    def of(cls, layout: Layout) -> Scanner:
        """Return a scanner for a layout."""
        named = {layout.spelled(key, base): key for base in layout.roots for key in layout.modules}
        return cls(layout, {name: key for name, key in named.items() if name and "." in name})

    def facts(self, path: str, raw: bytes) -> FileFacts:
        """Return the facts of a file. If it cannot be parsed, they hold the place, the reason, and what can be read."""
        lines = raw.count(b"\n") + 1
        try:
            source = Source.read(path, raw)
            return self._facts_of_source(source, lines)
        except Unparsable as error:
            from unfork.reading.newer import unparsable_reason  # late: most files parse

            where = (error.line, error.col, unparsable_reason(error, path, raw))
        except RecursionError:
            where = (1, 1, "nested too deeply to be parsed")
        sides = tuple(self._facts_of_readable_sides(path, raw, lines))
        runs = _RUNS_ITSELF.search(raw) is not None
        merged = merge_sides(path, sides)
        runs = runs or merged.runs_itself
        return replace(merged, lines=lines, error=where, runs_itself=runs)

    def _facts_of_readable_sides(self, path: str, raw: bytes, lines: int) -> Iterator[FileFacts]:
        """Yield the facts of each side of a file with conflicts, or of what can be read of another broken file."""
        for side in conflict_sides(raw) or (raw,):
            for text in (side, readable_text(side)):
                if text is None or text == raw:
                    continue
                with suppress(Unparsable, RecursionError):
                    yield self._facts_of_source(Source.read(path, text), lines)
                    break

    def _facts_of_source(self, source: Source, lines: int) -> FileFacts:
        tree = source.tree
        doc = ast.get_docstring(tree, clean=False) or ""
        definitions = definitions_of(tree, source.data, source.path.endswith(".pyi"))
        walked = walk_statements(source)
        loaded, loads = LoadReader(self.layout, source).read()
        quoted = (fact._replace(fallible=walked.is_fallible(fact.line)) for fact in loaded)
        facts, externals = self._import_facts(source, walked)
        mentions = tuple(self._string_mentions(source, walked))
        is_example = is_aside(source.path) and not is_archived(source.path)
        compared = not (is_test(source.path) or is_example)
        forward = forward_of(tree) if compared and walked.count < _SHIM else None
        code = _compile_definitions(tree) if compared else None
        return FileFacts(
            path=source.path,
            key=key_of(source.path),
            lines=lines,
            statements=walked.count,
            error=None,
            definitions=definitions,
            imports=(*facts, *quoted),
            units=units_of(code) if code else (),
            classes=tuple(walked.classes),
            defs=frozenset(walked.defs),
            prints=winnow(walked.hashes),
            telling=frozenset(walked.telling) if compared else frozenset(),
            digest=hash(tuple(walked.hashes)),
            size=walked.size,
            mentions=mentions,
            externals=frozenset(externals),
            loads=tuple(loads),
            runs_itself=walked.runs_itself,
            acts=walked.acts,
            is_script=walked.is_script,
            makes_application=walked.makes_application,
            makes_modules=makes_modules(source.data),
            fills_callers=b"f_globals" in source.data,
            is_generated=_IS_GENERATED.match(source.data) is not None,
            is_open=source.path.endswith("__init__.py") and looks_elsewhere(source.data),
            deprecated=walked.deprecated,
            doc=doc.strip().partition("\n")[0][:200],
            forward=forward,
            forwards_to=self._forwarded_key(source.path, forward) if forward else None,
        )

    def _forwarded_key(self, path: str, forward: Forward) -> Key | None:
        located = (
            self.layout.relative(forward.level, forward.module, path)
            if forward.level
            else self.layout.absolute(forward.module, path)
        )
        located, _ = self._resolve_sibling(path, located, "." * forward.level + forward.module)
        return located.key if located.exists and not is_external(located.key) else None

    # -- imports

    def _import_facts(self, source: Source, walked: Walked) -> tuple[list[ImportFact], set[str]]:
        import_facts: list[ImportFact] = []
        externals: set[str] = set()
        for statement in walked.imports:
            node, line = statement.node, statement.node.lineno
            fallible = walked.is_fallible(line)
            for spelled, located, named in self._modules_in_statement(node, source.path):
                located = self._resolve_around(source.path, located, spelled)
                located, bare = self._resolve_sibling(source.path, located, spelled)
                if is_external(located.key):
                    externals.add(spelled.partition(".")[0])
                    continue
                key, spelled = sys.intern(located.key), sys.intern(spelled)
                import_facts += (
                    ImportFact(
                        key=key,
                        name=name,
                        spelled=spelled,
                        base=located.base,
                        line=alias.lineno,
                        col=alias.col_offset + 1,
                        exists=located.exists,
                        typing_only=statement.typing_only,
                        in_function=statement.in_function,
                        fallible=fallible,
                        quoted=False,
                        bare=bare,
                        start=line,
                    )
                    for alias, name in named
                )
        return import_facts, externals

    def _modules_in_statement(
        self, node: ast.Import | ast.ImportFrom, path: str
    ) -> Iterator[tuple[str, Located, list[tuple[ast.alias, str | None]]]]:
        """Yield each module that a statement names: its spelling, its location, and the names imported from it."""
        if isinstance(node, ast.Import):
            for alias in node.names:
                for located in _each_possible(self.layout.absolute(alias.name, path)):
                    yield alias.name, located, [(alias, None)]
        else:
            module = node.module or ""
            located = (
                self.layout.relative(node.level, module, path)
                if node.level
                else self.layout.absolute(module, path)
            )
            names: list[tuple[ast.alias, str | None]] = [(item, item.name) for item in node.names]
            for possible in _each_possible(located):
                yield "." * node.level + module, possible, names

    def _resolve_around(self, path: str, located: Located, spelled: str) -> Located:
        """Return what an import that no root resolves refers to in a project or a program of its own, if it has it."""
        is_found = located.exists and not is_external(located.key)
        if is_found or spelled[:1] in ("", "."):
            return located
        around = self.layout.around(spelled, path) or self._inside_package(spelled, path)
        if around is None or self.layout.outside.knows(spelled):
            return located
        return around._replace(base=None)

    def _inside_package(self, spelled: str, path: str) -> Located | None:
        """Return the module that an import finds if Python starts in a package above the importing file's folder.

        So it is where a program is started in its own package: ``from api.models import`` in ``backend/api/main.py``.
        One name alone may be a library that the package builds on: ``import numpy`` beside its own ``numpy.py``.
        """
        if "." not in spelled:
            return None
        for folder in enclosing_folders(parent_folder(parent_folder(path))):
            key = join_key(folder, spelled)
            if self.layout.is_package(folder) and self.layout.exists(key):
                return Located(key, folder)
        return None

    def _resolve_sibling(self, path: str, located: Located, spelled: str) -> tuple[Located, bool]:
        """Return the module that an import refers to, and whether it is a bare import of a sibling in the package."""
        if not is_external(located.key) or spelled.startswith("."):
            return located, False
        folder = path.rpartition("/")[0]
        if not folder or not self.layout.is_package(folder):
            return located, False
        key = join_key(folder, spelled)
        is_standard = spelled.partition(".")[0] in sys.stdlib_module_names
        if is_standard or key not in self.layout.modules or key == key_of(path):
            return located, False
        return Located(key), True

    # -- modules in strings

    def _string_mentions(self, source: Source, walked: Walked) -> Iterator[Mention]:
        """Yield the modules that strings name, except docstrings, which the walk removed from the tree."""
        own, hits = key_of(source.path), self._mentioning_lines(source, walked)
        for line, text in _strings_on_lines(source.tree, hits) if hits else ():
            for key in self._mentioned(text.encode("utf-8", "replace"), source.path).values():
                if key != own:
                    yield Mention(key, source.path, line)

    def _mentioning_lines(self, source: Source, walked: Walked) -> list[int]:
        """Return the lines that name a module, in a string or in code, outside import statements."""
        lines = source.data.splitlines()
        for statement in walked.imports:
            for number in range(statement.node.lineno - 1, statement.node.end_lineno or 0):
                lines[number] = b""
        words = self._mentioned(b"\n".join(lines), source.path)
        if not words:
            return []
        any_word = re.compile(b"|".join(map(re.escape, words)))
        return [number for number, line in enumerate(lines, 1) if any_word.search(line)]

    def _mentioned(self, text: bytes, path: str) -> dict[bytes, Key]:
        """Return the modules that a text names, by the word that does."""
        named = {word: self.named(word, path) for word in set(_DOTTED.findall(text))}
        for word in set(_IMPORTED.findall(text)):
            named[word] = named.get(word) or self._from_any_root(word.decode())
        return {word: key for word, key in named.items() if key is not None}

    def _from_any_root(self, dotted: str) -> Key | None:
        """Return the only module that has a dotted name of several parts, seen from any folder."""
        tail = "/" + dotted.replace(".", "/")
        keys = self._by_last_name.get(tail.rpartition("/")[2], ())
        keys = [key for key in keys if key.endswith(tail)]
        return keys[0] if len(keys) == 1 else None

    @cached_property
    def _by_last_name(self) -> dict[str, list[Key]]:
        keys_by_name: dict[str, list[Key]] = {}
        for key in self.layout.modules:
            keys_by_name.setdefault(key.rpartition("/")[2], []).append(key)
        return keys_by_name

    def named(self, text: bytes, path: str) -> Key | None:
        """Return the module that a string in a file names: by path, or by dotted name, also of a name inside it."""
        word = text.decode().replace("\\\\", "/")
        if "/" not in word and not word.endswith(".py"):
            return self.spelled.get(word) or self.spelled.get(word.rpartition(".")[0])
        file = word if word.endswith((".py", ".pyi")) else f"{word}.py"
        beside = f"{path.rpartition('/')[0]}/{file}"
        if beside in self.layout.paths or file in self.layout.paths:
            return key_of(beside if beside in self.layout.paths else file)
        return self._by_unique_file_name.get(file)

    @cached_property
    def _by_unique_file_name(self) -> dict[str, Key]:
        """The modules whose file name is unique in the project, by that name."""
        counted = Counter(path.rpartition("/")[2] for path in self.layout.paths)
        return {
            name: key_of(path)
            for path in self.layout.paths
            if counted[name := path.rpartition("/")[2]] == 1
        }


def _compile_definitions(tree: ast.Module) -> CodeType | None:
    """Return the code of a module's functions and classes; None if they parse but do not compile."""
    tree.body = [node for node in tree.body if not isinstance(node, _NO_CODE) or _is_future(node)]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return compile(tree, "<audit>", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, MemoryError, RecursionError, OverflowError):
        return None


def _strings_on_lines(tree: ast.Module, lines: Sequence[int]) -> Iterator[tuple[int, str]]:
    """Yield the strings in a tree on some of the lines, which are sorted, each with its first line.

    Strings that are only printed or logged are left out: they load nothing.
    """
    waiting: list[ast.AST] = [tree]
    for node in waiting:
        for child in ast.iter_child_nodes(node):
            first, last = getattr(child, "lineno", 1), getattr(child, "end_lineno", None)
            at = bisect_left(lines, min([first, *_decorator_lines(child)]))
            if last is None or (at < len(lines) and lines[at] <= last):
                waiting += _calls_within(child) if _tells(child) else [child]
                if isinstance(child, ast.Constant) and isinstance(child.value, str):
                    yield first, child.value


def _tells(node: ast.AST) -> bool:
    """Return whether a node is a call that prints or logs."""
    match node:
        case ast.Call(func=ast.Name(id="print")):
            return True
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=attr)):
            return name.lower() in _LOGGERS and attr in _LEVELS
        case _:
            return False


def _calls_within(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the outermost calls in the parts of a node: what is printed may be what a command gives."""
    for part in ast.iter_child_nodes(node):
        if isinstance(part, ast.Call):
            yield part
        else:
            yield from _calls_within(part)


def _decorator_lines(node: ast.AST) -> Iterator[int]:
    return (decorator.lineno for decorator in getattr(node, "decorator_list", ()))


def _is_future(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"


def _each_possible(located: Located) -> list[Located]:
    """Return each module of the workspace that an import may name, if several members have one of the name."""
    if len(located.maybe) < 2:
        return [located]
    return [Located(key) for key in located.maybe]
