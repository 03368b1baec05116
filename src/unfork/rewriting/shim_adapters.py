"""Functions of a shim that take old calls and make new ones, where a migration lists what is called differently.

def submit(job, attempts=3): ...               in app.old, with rename = { attempts = "retries" }
def submit(job, attempts=3):                   in its shim: it warns, and then
    return importlib.import_module("app.new").submit(job, retries=attempts)

That is exact for plain functions. A class cannot be adapted: its instances would be of another class than those that
code makes which calls it in the new way.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from unfork.reading.index import Index
from unfork.reading.same_code import default_values
from unfork.reading.signatures import Signature
from unfork.reading.source import Source
from unfork.rewriting.call_arguments import Call, CannotChange, call_edits
from unfork_codemods.calls import CallChange
from unfork_codemods.deprecate import Deprecate
from unfork_codemods.edits import apply_edits
from unfork_codemods.project import ImportCodemod, ImportedName
from unfork_codemods.shim_module import warning_lines
from unfork_codemods.step import Target

_NEEDED = ("importlib", "warnings")
"""Names that an adapter uses: none of its parameters may have one of these."""


class Adapter(NamedTuple):
    """The ``text`` of a function that adapts old calls; or ``why`` there is none, and the line of the definition."""

    text: str = ""
    why: str = ""
    line: int = 1


def adapter_of(
    source: Source,
    index: Index,
    codemod: ImportCodemod,
    imported_name: ImportedName,
    target: Target,
    step: Deprecate,
) -> Adapter | None:
    """Return how a shim adapts calls of one of its names; None if the migration lists no changes of them."""
    changes = codemod.call_changes(imported_name)
    if not changes or imported_name.name is None:
        return None
    bound = [node for node in source.tree.body if getattr(node, "name", "") == imported_name.name]
    line = bound[0].lineno if bound else 1
    canonical = index.interfaces.interface(index.named(target.module).key, target.name)
    try:
        node = _plain_function(bound)
        if canonical is None or canonical.call is None:
            raise CannotChange(f"what {target.module}:{target.name} takes is not known")
        change = changes.get("", CallChange())
        call = _adapted_call(node, canonical.call, change)
        _check_defaults(node, canonical.call, change)
    except CannotChange as why:
        return Adapter(why=f"no function can adapt calls of {imported_name.name}: {why}", line=line)
    lines = [
        f"def {node.name}({', '.join(_parameters(node.args))}){_annotation(' -> ', node.returns)}:",
        *(f"    {text}" for text in warning_lines(step, node.name, target)),
        f'    return importlib.import_module("{target.module}").{target.name}{call}',
    ]
    return Adapter("\n".join(lines))


def _plain_function(bound: list[ast.stmt]) -> ast.FunctionDef:
    match bound:
        case [ast.FunctionDef(decorator_list=[]) as node]:
            names = {arg.arg for arg in _arguments(node.args)}
            shadowed = [name for name in _NEEDED if name in names]
            if shadowed:
                raise CannotChange(f"it has a parameter {shadowed[0]}")
            return node
        case [ast.ClassDef()]:
            raise CannotChange(
                "it is a class, and code that is rewritten makes objects of the other"
            )
        case [ast.AsyncFunctionDef()]:
            raise CannotChange("it is asynchronous")
        case [ast.FunctionDef()]:
            raise CannotChange("it has a decorator")
        case _:
            raise CannotChange("it is not defined there once, as a function")


def _adapted_call(node: ast.FunctionDef, new: Signature, change: CallChange) -> str:
    """Return the arguments, in parentheses, by which a call passes on all parameters. Raises CannotChange."""
    spec = node.args
    passed = [arg.arg for arg in (*spec.posonlyargs, *spec.args)]
    passed += [f"*{spec.vararg.arg}"] if spec.vararg else []
    passed += [f"{arg.arg}={arg.arg}" for arg in spec.kwonlyargs]
    passed += [f"**{spec.kwarg.arg}"] if spec.kwarg else []
    source = Source.read("", f"f({', '.join(passed)})".encode())
    match source.tree.body:
        case [ast.Expr(value=ast.Call() as call)]:
            old = Signature(node.name, spec)
            edits = call_edits(source, Call(call, 0, old, new), change)
            return apply_edits(source.data, sorted(edits)).decode().removeprefix("f")
        case _:
            raise AssertionError(passed)


def _check_defaults(node: ast.FunctionDef, new: Signature, change: CallChange) -> None:
    """Raise CannotChange for a default that is no literal, or that may mean something else to the new function."""
    new_defaults = default_values(new.arguments)
    names = dict(_names_there(node.args, new.arguments, change))
    for name, default in default_values(node.args).items():
        if name in change.drop:
            continue
        if not isinstance(default, ast.Constant):
            raise CannotChange(f"the default of {name} is not a plain literal")
        other = new_defaults.get(names[name], default)
        is_alike = isinstance(other, ast.Constant) and type(other.value) is type(default.value)
        if not is_alike:
            both = f"{ast.unparse(default)} here and {ast.unparse(other)} there"
            raise CannotChange(f"the default of {name} is {both}")


def _names_there(
    old: ast.arguments, new: ast.arguments, change: CallChange
) -> Iterator[tuple[str, str]]:
    """Yield the parameters that are passed on, each with the one that takes it, by its name or else by its place."""
    known = {arg.arg for arg in _arguments(new)}
    places = [arg.arg for arg in (*new.posonlyargs, *new.args)]
    passed = [a.arg for a in (*old.posonlyargs, *old.args) if a.arg not in change.drop]
    for position, name in enumerate(passed):
        renamed = change.rename.get(name, name)
        is_by_place = renamed not in known and position < len(places)
        yield name, places[position] if is_by_place else renamed
    yield from ((arg.arg, change.rename.get(arg.arg, arg.arg)) for arg in old.kwonlyargs)


def _arguments(spec: ast.arguments) -> Iterator[ast.arg]:
    yield from (node for node in ast.walk(spec) if isinstance(node, ast.arg))


def _parameters(spec: ast.arguments) -> Iterator[str]:
    """Yield the parameters as they are written."""
    defaults = default_values(spec)
    yield from (_parameter(arg, defaults) for arg in spec.posonlyargs)
    yield from ["/"] if spec.posonlyargs else []
    yield from (_parameter(arg, defaults) for arg in spec.args)
    if spec.vararg or spec.kwonlyargs:
        yield f"*{_parameter(spec.vararg, {})}" if spec.vararg else "*"
    yield from (_parameter(arg, defaults) for arg in spec.kwonlyargs)
    yield from [f"**{_parameter(spec.kwarg, {})}"] if spec.kwarg else []


def _parameter(arg: ast.arg, defaults: dict[str, ast.expr]) -> str:
    annotation = _annotation(": ", arg.annotation)
    if arg.arg not in defaults:
        return f"{arg.arg}{annotation}"
    sign = " = " if annotation else "="
    return f"{arg.arg}{annotation}{sign}{ast.unparse(defaults[arg.arg])}"


def _annotation(sign: str, annotation: ast.expr | None) -> str:
    """Return an annotation as it is written, if it needs nothing that the shim may not have."""
    if annotation is None or not _is_builtin(ast.walk(annotation)):
        return ""
    return f"{sign}{ast.unparse(annotation)}"


def _is_builtin(nodes: Iterable[ast.AST]) -> bool:
    known = (ast.Subscript, ast.BinOp, ast.BitOr, ast.Tuple, ast.List, ast.expr_context)
    return all(
        isinstance(node, known)
        or (isinstance(node, ast.Name) and hasattr(builtins, node.id))
        or (isinstance(node, ast.Constant) and node.value is None)
        for node in nodes
    )
