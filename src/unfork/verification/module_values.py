"""Modules that lose names, where code gets them as values: it may ask for any name, and by any spelling.

for part in (consumer, other): part.setup()    load(consumer)    getattr(consumer, "lo" + "ad")
"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Collection, Iterator, Mapping

from unfork.nodes import last_name
from unfork.reading.signs import binding_pattern, has_sign, sign_patterns
from unfork.reading.source import Head, Source, Unparsable
from unfork.verification.facts import FileReport, Violation
from unfork.verification.states import States, module_name
from unfork.verification.values import Module, Taken, Value, plain_value

_LOADING = sign_patterns(
    dict.fromkeys(("import_module", "__import__", "modules", "attrgetter"), rb"\b")
)
_BY_NAME = frozenset({"getattr", "hasattr", "setattr", "delattr", "object"})
_HARMLESS = frozenset({"getsource", "isinstance", "print", "reload", "repr", "testmod", "type"})
_Chain = tuple[str, ...]


def lost_by_values(states: States, reports: Mapping[str, FileReport]) -> Iterator[Violation]:
    """Yield where a module whose names are fewer now is used as a value."""
    lost = {
        path: report.exports.gone
        for path, report in reports.items()
        if report.exports.gone and path in states.rewrites.edits
    }
    if not lost:
        return
    words = frozenset(map(module_name, lost))
    above = frozenset(part for path in lost for part in path.split("/")[:-1])
    binding, named = binding_pattern(words | above), sorted(map(os.fsencode, words))
    any_word = b"|".join(map(re.escape, named))
    inside = re.compile(rb"(?<!\bself)(?:\.|[\"'])(?:%b)\b" % any_word)
    for path in sorted(states.project.paths):
        try:
            data = states.project.read(path)
            if not any(word in data for word in named):
                continue
            is_loading = has_sign(data, _LOADING)
            if not is_loading and not binding.search(data):
                continue
            head = states.project.heads.of(path, data)
            names = _first_names(head)
            may_reach = is_loading or not above.isdisjoint(names)
            if not words.isdisjoint(names) or (may_reach and _is_outside_imports(head, inside)):
                source = Source.read(path, data)  # few files: their trees are not kept
                yield from _lost_in_file(states, source, lost)
        except (OSError, Unparsable, RecursionError):
            continue


def _first_names(head: Head) -> set[str]:
    """Return what the modules are called that the imports of a file bind, whatever their names in the file."""
    return {
        alias.name.rpartition(".")[2] if alias.asname else alias.name.partition(".")[0]
        for statement in head.imports
        for alias in statement.node.names
    }


def _is_outside_imports(head: Head, pattern: re.Pattern[bytes]) -> bool:
    return any(not head.in_import(match.start()) for match in pattern.finditer(head.data))


def _lost_in_file(
    states: States, source: Source, lost: Mapping[str, frozenset[str]]
) -> Iterator[Violation]:
    bound = _bound_by_imports(states, source)
    words = frozenset(map(module_name, lost))
    for node in source.nodes_of(ast.Name, ast.Attribute, ast.Call, ast.Subscript):
        if not _may_be_one(node, bound, words):
            continue
        for module in _modules(states, source, bound, node):
            names = lost.get(module, frozenset())
            if module == source.path or not names:
                continue
            name = _name_asked(source, node, names)
            if name and not states.tree_states(False)[1].has_more(module):
                why = f"{module} is used as a value here, and has no {name} any more"
                yield Violation(source.path, node.lineno, node.col_offset + 1, why, (module,))


def _may_be_one(node: ast.expr, bound: Mapping[str, list[Value]], words: frozenset[str]) -> bool:
    """Return whether an expression may be a module that is called by one of some words."""
    match node:
        case ast.Name(id=name):
            return any(_is_called(value, words) for value in bound.get(name, ()))
        case ast.Attribute(attr=attr):
            return attr in words
        case _:
            return True


def _is_called(value: Value, words: Collection[str]) -> bool:
    match value:
        case Taken(name=name):
            return name in words
        case Module(path=path):
            return module_name(path) in words
        case _:
            return False


def _bound_by_imports(states: States, source: Source) -> dict[str, list[Value]]:
    """Return what imports bind names to, in any scope."""
    finder, bound = states.project.finder, dict[str, list[Value]]()
    for statement in source.imports:
        node = statement.node
        for alias in node.names:
            if isinstance(node, ast.ImportFrom):
                value: Value = Taken(finder.named_by(node, source.path), alias.name)
            else:
                dotted = alias.name if alias.asname else alias.name.partition(".")[0]
                value = finder.absolute(dotted, source.path)
            bound.setdefault(statement.local(alias), []).append(value)
    for assignment in source.nodes_of(ast.Assign):
        match assignment:
            case ast.Assign(targets=[ast.Name(id=local)], value=given) if _loaded(given):
                bound.setdefault(local, []).append(finder.absolute(_loaded(given), source.path))
            case _:
                pass
    return bound


def _loaded(node: ast.expr) -> str:
    """Return the module that an expression loads by its name: ``import_module("a.b")``, ``sys.modules["a.b"]``."""
    match node:
        case ast.Call(
            func=ast.Name(id="import_module") | ast.Attribute(attr="import_module"),
            args=[ast.Constant(value=str(dotted)), *_],
        ):
            return dotted
        case ast.Subscript(
            value=ast.Attribute(attr="modules") | ast.Name(id="modules"),
            slice=ast.Constant(value=str(dotted)),
        ):
            return dotted
        case _:
            return ""


def _chain(node: ast.expr) -> _Chain:
    """Return the names of a dotted expression; none if it is of something else."""
    match node:
        case ast.Name(id=name):
            return (name,)
        case ast.Attribute(value=value, attr=attr):
            above = _chain(value)
            return (*above, attr) if above else ()
        case _:
            return ()


def _modules(
    states: States, source: Source, bound: Mapping[str, list[Value]], node: ast.expr
) -> Iterator[str]:
    """Yield the files of the modules that an expression may be: by names, or loaded where it stands."""
    chain, dotted = _chain(node), _loaded(node)
    starts = [states.project.finder.absolute(dotted, source.path)] if dotted else []
    if chain and isinstance(getattr(node, "ctx", None), ast.Load):
        starts = bound.get(chain[0], [])
    for value in starts:
        for name in chain[1:]:
            value = Taken(value, name)
        for reached in states.tree_states(False)[0].resolve(value):
            module = plain_value(reached)
            if isinstance(module, Module):
                yield module.path


def _name_asked(source: Source, node: ast.expr, names: frozenset[str]) -> str:
    """Return one of some names that may be asked for where a module is a value; empty if none is."""
    parent = source.parents.get(node)
    match parent:
        case ast.Attribute() | ast.Expr():
            return ""
        case ast.Assign(targets=[ast.Name()]) if _loaded(node):
            return ""
        case ast.Call(func=func, args=[first, *rest]) if first is node:
            called = last_name(func)
            if called in _HARMLESS:
                return ""
            if called in _BY_NAME and rest:
                return _name_told(source, rest[0], names)
        case _ if _is_tested(source, node):
            return ""
        case _:
            pass
    return min(names)


def _name_told(source: Source, asked: ast.expr, names: frozenset[str]) -> str:
    """Return the name that a call asks for among some; of a variable, one that the file has as a string."""
    text = _text(asked)
    if text is not None:
        return text if text in names else ""
    if isinstance(asked, ast.Name):
        texts = {node.value for node in source.nodes_of(ast.Constant)}
        return min(names & texts, default="")
    return min(names)


def _text(node: ast.expr) -> str | None:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            parts = _text(left), _text(right)
            return None if None in parts else "".join(part or "" for part in parts)
        case _:
            return None


def _is_tested(source: Source, node: ast.expr) -> bool:
    """Return whether only the truth of an expression matters, or whether it is None."""
    parent: ast.AST | None = node
    while isinstance(parent, ast.expr):
        parent = source.parents.get(parent)
        if not isinstance(parent, ast.BoolOp | ast.UnaryOp | ast.Compare):
            break
    return isinstance(parent, ast.Assert | ast.If | ast.While | ast.IfExp)
