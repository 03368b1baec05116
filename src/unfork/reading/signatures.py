"""The parameters of functions and methods, and which calls they take (language reference, 6.3.4)."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain

from unfork.nodes import FunctionDef
from unfork.reading.same_code import default_values
from unfork.reading.value_types import Value, parts_of_function

COROUTINE, CONTEXT_MANAGER, GENERATOR = "a coroutine", "a context manager", "a generator"
ASYNC_CONTEXT_MANAGER = "an asynchronous context manager"


@dataclass(frozen=True, eq=False)
class Signature:
    """The parameters of a call. ``bound``: the first one is given by the attribute access (``self``).

    ``of_class``: it is also given where the class itself is asked (a class or static method). ``result``: what a call
    gives that is no plain value, a coroutine for instance; ``gives``: the plain value, if its type is known.
    ``under``: decorators of which nothing is known, so that callers may have to give something else.
    """

    name: str
    arguments: ast.arguments
    bound: bool = False
    of_class: bool = False
    result: str = ""
    gives: Value | None = None
    under: tuple[str, ...] = ()

    @property
    def gets_class(self) -> bool:
        """Whether the first parameter is the class that it is taken of: a class method."""
        return self.bound and self.of_class

    def __str__(self) -> str:
        return self._text

    @cached_property
    def _text(self) -> str:
        parameters = bare_parameters(self.arguments)
        first = [*self.arguments.posonlyargs, *self.arguments.args][:1]
        if self.bound and first:
            parameters = parameters.removeprefix(first[0].arg).lstrip(", ")
            parameters = parameters.removeprefix("/").lstrip(", ")
        return f"{self.name}({parameters})"

    def refusal(self, call: ast.Call, given: bool = True) -> str | None:
        """Return why a call cannot be bound to the parameters; None where it can, or may (``*args``, ``**kwargs``).

        The rules are those of the language reference, 6.3.4. ``given``: all arguments are; else others may follow.
        """
        spec = self.arguments
        places = self._places
        starred = any(isinstance(argument, ast.Starred) for argument in call.args)
        count = sum(not isinstance(argument, ast.Starred) for argument in call.args)
        if count > len(places) and spec.vararg is None:
            most = "no positional argument" if not places else f"at most {len(places)} positional"
            return f"takes {most}"
        by_name = {*self._by_name}
        keywords = [keyword.arg for keyword in call.keywords if keyword.arg is not None]
        for name in keywords:
            if name not in by_name and spec.kwarg is None:
                return f"takes no argument {name!r}"
            if not starred and name in {place.arg for place in places[:count]} & by_name:
                return f"would be given {name!r} twice"
        if starred or not given or any(keyword.arg is None for keyword in call.keywords):
            return None
        by_place, by_keyword = self._required
        needed = [*by_place[count:], *by_keyword]
        missing = [name for name in needed if name not in keywords]
        return f"needs {missing[0]!r}" if missing else None

    def after_partial(self, name: str, given: ast.Call) -> Signature | None:
        """Return what is left to give where ``partial`` made something of this; None if its arguments are not told.

        What it gives by name may be given anew, and what comes after that by name only.
        """
        names = frozenset(keyword.arg for keyword in given.keywords if keyword.arg is not None)
        is_told = len(names) == len(given.keywords)
        if not is_told or any(isinstance(argument, ast.Starred) for argument in given.args[1:]):
            return None
        return replace(self.without(1 if self.bound else 0, len(given.args) - 1, names), name=name)

    def without(self, after: int, given: int, names: frozenset[str]) -> Signature:
        """Return what is left to give where some parameters, after the first ones, are given already, and some by name.

        What is given by name may be given anew, and what comes after that by name only.
        """
        spec = self.arguments
        every = [*spec.posonlyargs, *spec.args]
        defaults = default_values(spec) | {name: ast.Constant(...) for name in names}
        places = [*every[:after], *every[after + given :]]
        end = next((at for at, place in enumerate(places) if place.arg in names), len(places))
        by_place, by_keyword = places[:end], [*places[end:], *spec.kwonlyargs]
        only_by_place = sum(place in spec.posonlyargs for place in by_place)
        left = ast.arguments(
            posonlyargs=by_place[:only_by_place],
            args=by_place[only_by_place:],
            vararg=spec.vararg if end == len(places) else None,
            kwonlyargs=by_keyword,
            kw_defaults=[defaults.get(arg.arg) for arg in by_keyword],
            kwarg=spec.kwarg,
            defaults=[defaults[arg.arg] for arg in by_place if arg.arg in defaults],
        )
        return replace(self, arguments=left)

    def takes_all_of(self, other: Signature) -> bool:
        """Return whether every call that the other one takes is taken, by parameters of the same names."""
        if not results_agree(other.result, self.result):
            return False
        own, others = self.arguments, other.arguments
        places, before = self._places, other._places
        if [arg.arg for arg in before] != [arg.arg for arg in places[: len(before)]]:
            return False
        if others.vararg is not None and (own.vararg is None or len(places) != len(before)):
            return False
        if others.kwarg is not None and own.kwarg is None:
            return False
        by_name = {*self._by_name}
        return {*other._by_name} <= by_name and {*chain(*self._required)} <= {
            *chain(*other._required)
        }

    def names_lost(self, new: Signature) -> list[str]:
        """Return the parameters that may be given by name here and not there, or that only a call there has to give."""
        own, others = self._by_name, new._by_name
        lost = [name for name in own if name not in others] if new.arguments.kwarg is None else []
        if self.arguments.kwarg is not None and new.arguments.kwarg is None:
            lost.append(self.arguments.kwarg.arg)
        places = {place.arg for place in self._places}
        return [*lost, *(n for n in chain(*new._required) if n not in own and n not in places)]

    @property
    def _by_name(self) -> list[str]:
        """The parameters that may be given by name."""
        spec = self.arguments
        only_by_place = {arg.arg for arg in spec.posonlyargs}
        names = [arg.arg for arg in (*self._places, *spec.kwonlyargs)]
        return [name for name in names if name not in only_by_place]

    @property
    def _places(self) -> list[ast.arg]:
        """The parameters that take arguments by position, without the first one where that is given already."""
        return [*self.arguments.posonlyargs, *self.arguments.args][1 if self.bound else 0 :]

    @property
    def _required(self) -> tuple[list[str], list[str]]:
        """The parameters without a default: those that may be given by position, and those only by keyword."""
        spec = self.arguments
        by_place = self._places[: max(0, len(self._places) - len(spec.defaults))]
        by_keyword = [a for a, default in zip(spec.kwonlyargs, spec.kw_defaults) if default is None]
        return [arg.arg for arg in by_place], [arg.arg for arg in by_keyword]


def bare_parameters(args: ast.arguments) -> str:
    """Return a parameter list without annotations, as Python source."""
    bare = ast.parse(f"def f({ast.unparse(args)}): ...").body[0]
    assert isinstance(bare, ast.FunctionDef)
    for arg in ast.walk(bare.args):
        if isinstance(arg, ast.arg):
            arg.annotation = None
    return ast.unparse(bare.args)


def result_of(node: FunctionDef) -> str:
    """Return what a call of a function gives, if its text tells that it is no plain value."""
    is_async = isinstance(node, ast.AsyncFunctionDef)
    for part in parts_of_function(node):
        if isinstance(part, ast.Yield | ast.YieldFrom):
            return "an asynchronous generator" if is_async else GENERATOR
    return COROUTINE if is_async else ""


def results_agree(old: str, new: str) -> bool:
    """Return whether what one function gives may be what another gives: a plain one may return any object."""
    plain = {"", GENERATOR, CONTEXT_MANAGER, ASYNC_CONTEXT_MANAGER}
    return old == new or ("" in (old, new) and {old, new} <= plain)
