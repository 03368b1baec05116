"""Import statements in strings that are run as code: ``>>>`` examples, and what is executed, timed or passed on.

exec("import a.legacy")    timeit(setup="import a.legacy")    run([sys.executable, "-c", "import a.legacy"])
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from inspect import cleandoc
from textwrap import dedent

from unfork.reading.calls import NAMESPACES, callee_name, keyword_argument
from unfork.reading.scopes import Scope, resolve_name
from unfork.reading.signs import has_sign, sign_patterns
from unfork.reading.statements import ImportStatement, import_statements
from unfork.rewriting.file_context import FileContext

_RUNS = frozenset({"exec", "eval", "compile"})
"""The built-in functions whose first argument is code."""
_TIMES = frozenset({"timeit", "repeat", "Timer"})
"""The functions of ``timeit``: their first two arguments are code."""
_PROFILERS = frozenset({"cProfile", "profile", "pdb"})
"""The modules whose ``run`` and ``runctx`` run code, the former among the names of ``__main__``."""
_CODE = "-c"
"""The option of the interpreter before code, in a list of arguments."""
_CALL_SIGNS = sign_patterns(
    {name: rb"(?<![\w.]%b)\b" % name.encode() for name in _RUNS}
    | dict.fromkeys(_PROFILERS, rb"\.run")
    | dict.fromkeys(_TIMES, b""),
    within=_TIMES,
)
"""Matches in a file that runs code by a call, but not for ``re.compile``, which most files have."""
_OPTION_SIGN = re.compile(rb"[\"']-c[\"']")
_UNINDENTED = {"dedent": dedent, "cleandoc": cleandoc}


def imports_in_examples(context: FileContext) -> Iterator[ImportStatement]:
    """Yield the import statements in a file's examples, each at its line."""
    for examples in context.source.examples:
        tree = examples.tree
        for statement in import_statements(tree) if tree is not None else ():
            for node in (statement.node, *statement.node.names):
                examples.place(node)
            yield statement


def imports_in_code(context: FileContext) -> Iterator[ImportStatement]:
    """Yield the import statements in strings that are run as code, each at the place of its string."""
    for expression, scope in _code_expressions(context):
        for code in _texts_of(context, expression, scope):
            for statement in import_statements(code):
                for node in (statement.node, *statement.node.names):
                    ast.copy_location(node, expression)
                yield statement


def line_of_code_using(
    context: FileContext, is_used: Callable[[ast.Attribute], bool]
) -> int | None:
    """Return the line where a file runs code among its own names that uses an attribute, or may: ``eval(rule)``."""
    for call, scope in context.scopes.calls if has_sign(context.source.data, _CALL_SIGNS) else ():
        if callee_name(call, scope) == "compile" or not _is_among_own_names(call, scope):
            continue
        for code in _code_arguments(call, scope):
            for text in context.texts.of(code, scope):
                if text.value is None or any(map(is_used, _attributes_in(text.value))):
                    return call.lineno
    return None


def _is_among_own_names(call: ast.Call, scope: Scope) -> bool:
    """Return whether code is run among the file's own names, or those and others.

    exec(code)    eval(code, globals())    eval(code, {**vars(), "x": 1})    timeit(code, globals=globals())
    """
    given = keyword_argument(call, "globals")
    if callee_name(call, scope) not in _TIMES:
        given = call.args[1] if len(call.args) > 1 else given
        if given is None or isinstance(given, ast.Constant):
            return True
    parts = ast.walk(given) if given is not None else ()
    return any(isinstance(part, ast.Call) and callee_name(part) in NAMESPACES for part in parts)


def _attributes_in(code: str) -> list[ast.Attribute]:
    with suppress(SyntaxError, ValueError, RecursionError, MemoryError):
        nodes = ast.walk(ast.parse(code.strip()))
        return [node for node in nodes if isinstance(node, ast.Attribute)]
    return []


def _code_expressions(context: FileContext) -> Iterator[tuple[ast.expr, Scope]]:
    data = context.source.data
    for call, scope in context.scopes.calls if has_sign(data, _CALL_SIGNS) else ():
        yield from ((argument, scope) for argument in _code_arguments(call, scope))
    has_option = b"-c" in data and _OPTION_SIGN.search(data)  # few files get past the first
    for node in context.source.nodes if has_option else ():
        if isinstance(node, ast.List | ast.Tuple):
            for option, code in zip(node.elts, node.elts[1:], strict=False):
                if isinstance(option, ast.Constant) and option.value == _CODE:
                    yield code, context.scope_around(node)


def _code_arguments(call: ast.Call, scope: Scope) -> list[ast.expr]:
    func = call.func
    if isinstance(func, ast.Name) and func.id in _RUNS and resolve_name(scope, func.id) is None:
        return call.args[:1]
    if isinstance(func, ast.Attribute) and func.attr in ("run", "runctx"):
        is_profiler = isinstance(func.value, ast.Name) and func.value.id in _PROFILERS
        return call.args[:1] if is_profiler else []
    if callee_name(call, scope) in _TIMES:
        return [*call.args[:2], *(k.value for k in call.keywords if k.arg in ("stmt", "setup"))]
    return []


def _texts_of(context: FileContext, expression: ast.expr, scope: Scope) -> Iterator[ast.Module]:
    """Yield the syntax trees of the code that a string expression may be."""
    match expression:
        case ast.Call(args=[text]) if callee_name(expression, scope) in _UNINDENTED:
            unindented = _UNINDENTED[callee_name(expression, scope)]
        case _:
            text, unindented = expression, str
    for value in dict.fromkeys(possible.value for possible in context.texts.of(text, scope)):
        if value is not None:
            with suppress(SyntaxError, ValueError, RecursionError, MemoryError):
                yield ast.parse(unindented(value))
