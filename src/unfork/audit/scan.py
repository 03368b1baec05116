"""Turn the bytes of one file into facts: each file is parsed once, and only its facts are kept."""

from __future__ import annotations

import ast
import re
import sys
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from types import CodeType

from unfork.audit.facts import FileFacts, ImportFact, Mention, merge_sides
from unfork.audit.fingerprints import units_of, winnow
from unfork.audit.forwarding import Forward, forward_of
from unfork.audit.walking import Walked, walk_statements
from unfork.reading.conflicts import conflict_sides
from unfork.reading.definitions import definitions_of
from unfork.reading.layout import Layout, join_key, key_of
from unfork.reading.path_rules import is_aside, is_test
from unfork.reading.salvage import readable_text
from unfork.reading.source import Source, Unparsable
from unfork_codemods.project import Key, Located, is_external

_QUOTED = re.compile(rb"""["']([A-Za-z_]\w*+(?:(?:\.|/|\\\\)\w++)++)(?=[:"'])""")
_BY_NAME = (b"import_module", b"__import__", b"iter_modules", b"walk_packages")
_MAKES_MODULES = re.compile(
    rb"\bsys\.(?:modules\[[^\]\n]*\]\s*=|modules\.(?:update|setdefault)|meta_path)"
)
_OPENS = re.compile(
    rb"(?<![.\w])__path__(?:\s*\+?=(?!=)|\s*:[^\n]*=|\[[:\d]*\]\s*=(?!=)|\.(?:append|extend|insert)\b)"
    rb"|\bdeclare_namespace\("
)
"""Matches code by which a package also looks for its modules elsewhere."""
_NO_CODE = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Expr, ast.Import, ast.ImportFrom)
_SHIM = 60
"""A module with more statements does more than forward."""
_LOADERS = frozenset({"import_module", "__import__"})
_FINDERS = frozenset({"iter_modules", "walk_packages"})


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
            where = (error.line, error.col, error.why)
        except RecursionError:
            where = (1, 1, "nested too deeply to be parsed")
        sides = tuple(self._facts_of_readable_sides(path, raw, lines))
        return replace(merge_sides(path, sides), lines=lines, error=where)

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
        quoted, computed = self._by_name(source, walked)
        facts, externals = self._import_facts(source, walked)
        compared = not (is_test(source.path) or is_aside(source.path))
        forward = forward_of(tree) if compared and walked.count < _SHIM else None
        code = _compile_definitions(tree) if compared else None
        return FileFacts(
            source.path,
            key_of(source.path),
            lines,
            walked.count,
            None,
            definitions,
            (*facts, *quoted),
            units_of(code) if code else (),
            tuple(walked.classes),
            frozenset(walked.defs),
            winnow(walked.hashes),
            hash(tuple(walked.hashes)),
            walked.size,
            tuple(self._string_mentions(source)),
            frozenset(externals),
            tuple(computed),
            walked.runs_itself,
            walked.acts,
            b"sys.m" in source.data and _MAKES_MODULES.search(source.data) is not None,
            _is_open(source),
            walked.deprecated,
            doc.strip().partition("\n")[0][:200],
            forward,
            self._forwarded_key(source.path, forward) if forward else None,
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
                located, bare = self._resolve_sibling(source.path, located, spelled)
                if is_external(located.key):
                    externals.add(spelled.partition(".")[0])
                    continue
                key, spelled = sys.intern(located.key), sys.intern(spelled)
                import_facts += (
                    ImportFact(
                        key,
                        name,
                        spelled,
                        located.base,
                        alias.lineno,
                        alias.col_offset + 1,
                        located.exists,
                        statement.typing_only,
                        statement.in_function,
                        fallible,
                        False,
                        bare,
                        line,
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
                yield alias.name, self.layout.absolute(alias.name, path), [(alias, None)]
        else:
            module = node.module or ""
            located = (
                self.layout.relative(node.level, module, path)
                if node.level
                else self.layout.absolute(module, path)
            )
            yield (
                "." * node.level + module,
                located,
                [(imported, imported.name) for imported in node.names],
            )

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

    def _by_name(self, source: Source, walked: Walked) -> tuple[list[ImportFact], list[int]]:
        """Return the dynamic imports of literal module names, and the lines of those whose name is computed."""
        quoted: list[ImportFact] = []
        computed: list[int] = []
        if not any(word in source.data for word in _BY_NAME):
            return quoted, computed
        for node in ast.walk(source.tree):
            if not isinstance(node, ast.Call):
                continue
            called = _last_name(node.func)
            if called in _FINDERS:
                computed.append(node.lineno)
            elif called in _LOADERS and node.args:
                fact = self._dynamic_import_fact(source.path, node)
                if fact is not None:
                    quoted.append(fact._replace(fallible=walked.is_fallible(fact.line)))
                elif not _is_absolute(node.args[0]):
                    computed.append(node.lineno)
        return quoted, computed

    def _dynamic_import_fact(self, path: str, call: ast.Call) -> ImportFact | None:
        argument = call.args[0]
        if not isinstance(argument, ast.Constant) or not isinstance(argument.value, str):
            return None
        name = argument.value
        dotted = name.lstrip(".")
        if not all(part.isidentifier() for part in dotted.split(".")):
            return None
        located = (
            self.layout.absolute(name, path)
            if dotted == name
            else self._from_package(path, call, len(name) - len(dotted), dotted)
        )
        if located is None or is_external(located.key):
            return None
        place = argument.lineno, argument.col_offset + 1
        return ImportFact(
            located.key,
            None,
            name,
            located.base,
            *place,
            located.exists,
            in_function=True,
            quoted=True,
        )

    def _from_package(self, path: str, call: ast.Call, level: int, dotted: str) -> Located | None:
        """Return the module that ``import_module(".name", package)`` names.

        If ``package`` is not a string literal, the file's own package is assumed.
        """
        given = [*call.args[1:2], *(word.value for word in call.keywords if word.arg == "package")]
        match given:
            case [ast.Constant(value=str(package))]:
                package = package.rsplit(".", level - 1)[0]
                return self.layout.absolute(f"{package}.{dotted}", path)
            case _:
                located = self.layout.relative(level, dotted, path)
                return located if located.exists else None

    def _string_mentions(self, source: Source) -> Iterator[Mention]:
        own = key_of(source.path)
        for match in _QUOTED.finditer(source.data):
            key = self.named(match[1], source.path)
            if key is not None and key != own:
                yield Mention(key, source.path, source.data.count(b"\n", 0, match.start()) + 1)

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


def _is_open(source: Source) -> bool:
    """Return whether a package also looks for its modules elsewhere."""
    return (
        source.path.endswith("__init__.py")
        and (b"__path__" in source.data or b"declare_namespace" in source.data)
        and _OPENS.search(source.data) is not None
    )


def _is_future(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"


def _is_absolute(argument: ast.expr) -> bool:
    """Return whether an argument is the literal absolute name of a module."""
    return isinstance(argument, ast.Constant) and not str(argument.value).startswith(".")


def _last_name(called: ast.expr) -> str:
    if isinstance(called, ast.Attribute):
        return called.attr
    return called.id if isinstance(called, ast.Name) else ""
