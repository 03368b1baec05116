"""What generated programs do with a function, a class, an enumeration and a dataclass that move.

A form yields lines. Annotations that may be taken away stand between ‹ and ›.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from random import Random

from support.call_sides import Definition, Sides

_VALUES = ("1", "'x'", "(2, 3)", "None", "-4", "[5]")


class Writer:
    """Writes forms. ``typed`` is how often an annotation is written that could be left out."""

    def __init__(
        self, random: Random, sides: Sides, prefix: str, engine: str, typed: float
    ) -> None:
        self.random, self.sides, self.prefix, self.name, self._typed = (
            random,
            sides,
            prefix,
            engine,
            typed,
        )
        self.number = 0
        self.imports: set[str] = set()
        self.files: dict[str, str] = {}

    def write(self, form: Callable[[Writer], Iterator[str]]) -> list[str]:
        """Return the lines of a form."""
        self.number += 1
        return list(form(self))

    def flip(self, chance: float = 0.5) -> bool:
        """Return True that often."""
        return self.random.random() < chance

    def choice(self, *texts: str) -> str:
        """Return one of the texts."""
        return self.random.choice(texts)

    def note(self, text: str) -> str:
        """Return an annotation that may be left out."""
        return f"‹{text}›" if self.flip(self._typed) else ""

    def arguments(self, definition: Definition) -> str:
        """Return arguments that the legacy side takes, in a random style."""
        names = [*definition.needed, *definition.optional]
        places = self.random.randint(0, len(names))
        given = [self.random.choice(_VALUES) for _ in names[:places]]
        for name in names[places:]:
            if name in definition.needed or self.flip(0.4):
                value = self.random.choice(_VALUES)
                given.append(f'**{{"{name}": {value}}}' if self.flip(0.1) else f"{name}={value}")
        named = [text for text in given[places:] if not text.startswith("**")]
        mappings = [text for text in given[places:] if text.startswith("**")]
        self.random.shuffle(named)
        plain = given[:places]
        if plain and self.flip(0.05):
            plain = [f"*[{', '.join(plain)}]"]
        return ", ".join([*plain, *named, *mappings])

    def split(self, definition: Definition) -> tuple[str, str]:
        """Return keyword arguments for a partial call, and those that its call adds."""
        names = [*definition.needed, *definition.optional]
        given = [name for name in names if self.flip()]
        first = ", ".join(f"{name}={self.random.choice(_VALUES)}" for name in given)
        rest = [name for name in definition.needed if name not in given]
        return first, ", ".join(f"{name}={self.random.choice(_VALUES)}" for name in rest)

    def engine(self) -> str:
        """Return a call that makes an instance."""
        return f"{self.name}({self.arguments(self.sides.engine)})"

    def method(self) -> tuple[str, str]:
        """Return the name of a plain method, and arguments for it."""
        definition = self.random.choice(self.sides.methods)
        return definition.name, self.arguments(definition)

    def member(self) -> str:
        """Return something that is taken of an instance, without the dot."""
        kind = self.random.randint(0, 9)
        if kind < 2:
            return self.choice("size", "limit", "ready")
        if kind == 2:
            return f"check({self.arguments(self.sides.check)})"
        name, arguments = self.method()
        return f"{name}({arguments})"


def function_call(w: Writer) -> Iterator[str]:
    """Call a function."""
    yield f"print({w.prefix}submit({w.arguments(w.sides.submit)}))"


def function_in_lines(w: Writer) -> Iterator[str]:
    """Call a function over several lines."""
    parts = w.arguments(w.sides.submit)
    yield f"print({w.prefix}submit(  # the call"
    yield f"    {parts}{',' if parts else ''}  # its arguments"
    yield "))"


def function_variable(w: Writer) -> Iterator[str]:
    """Bind a function to a variable."""
    yield f"go{w.number} = {w.prefix}submit"
    yield f"print(go{w.number}({w.arguments(w.sides.submit)}))"


def decorator(w: Writer) -> Iterator[str]:
    """Decorate with what a function returns."""
    yield f"@{w.prefix}retry({w.arguments(w.sides.retry)})"
    yield f"def tried{w.number}(value):"
    yield "    return value"
    yield f"print(tried{w.number}(2))"


def partial_call(w: Writer) -> Iterator[str]:
    """Call a partial function."""
    first, later = w.split(w.sides.submit)
    w.imports.add("from functools import partial")
    yield f"later{w.number} = partial({w.prefix}submit{', ' if first else ''}{first})"
    yield f"print(later{w.number}({later}))"


def partial_method(w: Writer) -> Iterator[str]:
    """Make a method of a subclass with partialmethod."""
    method = w.random.choice(w.sides.methods)
    first, later = w.split(method)
    w.imports.add("from functools import partialmethod")
    yield f"class Quick{w.number}({w.name}):"
    yield f"    quick = partialmethod({w.name}.{method.name}{', ' if first else ''}{first})"
    yield f"print(Quick{w.number}({w.arguments(w.sides.engine)}).quick({later}))"


def bound_partial(w: Writer) -> Iterator[str]:
    """Call a partial of a bound method."""
    method = w.random.choice(w.sides.methods)
    first, later = w.split(method)
    w.imports.add("from functools import partial")
    yield f"bound{w.number} = partial({w.engine()}.{method.name}{', ' if first else ''}{first})"
    yield f"print(bound{w.number}({later}))"


def mapping_variable(w: Writer) -> Iterator[str]:
    """Pass a mapping that is not written at the call."""
    names = [*w.sides.submit.needed, *w.sides.submit.optional]
    items = ", ".join(f"{name!r}: {w.choice(*_VALUES)}" for name in names)
    if w.flip():
        yield f"options{w.number} = {{{items}}}"
        yield f"print({w.prefix}submit(**options{w.number}))"
    else:
        yield f"print({w.prefix}submit(**dict([(k, v) for k, v in {{{items}}}.items()])))"


def direct(w: Writer) -> Iterator[str]:
    """Use a new instance at once."""
    yield f"print({w.engine()}.made, {w.engine()}.{w.member()})"


def variable(w: Writer) -> Iterator[str]:
    """Bind an instance to a variable."""
    yield f"engine{w.number} = {w.engine()}"
    if w.flip(0.15):
        yield f"engine{w.number} = engine{w.number}"
    yield f"print(engine{w.number}.{w.member()})"


def parameter(w: Writer) -> Iterator[str]:
    """Take an instance as a parameter."""
    kinds = (
        f": {w.name}",
        f": '{w.name}'",
        f": {w.name} | None",
        f": 'None | {w.name}'",
        f": Optional[{w.name}]",
        f": Union[{w.name}, None]",
        f": Annotated[{w.name}, 'x']",
        f": Optional['{w.name}']",
    )
    w.imports.add("from typing import Annotated, Optional, Union")
    yield f"def go{w.number}(engine{w.note(w.choice(*kinds))}):"
    yield f"    return engine.{w.member()}"
    yield f"print(go{w.number}({w.engine()}))"


def default_parameter(w: Writer) -> Iterator[str]:
    """Take an instance as a keyword-only parameter, star or not."""
    if w.flip():
        yield f"def go{w.number}(*, engine{w.note(f': {w.name} | None')}=None):"
        yield f"    return engine.{w.member()} if engine is not None else 0"
        yield f"print(go{w.number}(engine={w.engine()}), go{w.number}())"
    else:
        yield f"def go{w.number}(*engines{w.note(f': {w.name}')}):"
        yield f"    return [engine.{w.member()} for engine in engines]"
        yield f"print(go{w.number}({w.engine()}))"


def class_parameter(w: Writer) -> Iterator[str]:
    """Take the class as a parameter."""
    yield f"def build{w.number}(kind{w.note(f': type[{w.name}]')}):"
    yield f"    return kind({w.arguments(w.sides.engine)}).{w.member()}"
    yield f"print(build{w.number}({w.name}))"


def keeper(w: Writer) -> Iterator[str]:
    """Keep an instance in an attribute."""
    yield f"class Keeper{w.number}:"
    yield "    def __init__(self, given=None):"
    end = " if given is None else given" if w.flip(0.2) else ""
    yield f"        self.engine{w.note(f': {w.name}')} = {w.engine()}{end}"
    yield "    def go(self):"
    yield f"        return self.engine.{w.member()}"
    yield f"print(Keeper{w.number}().go())"
    yield f"print(Keeper{w.number}().engine.{w.member()})"


def given_keeper(w: Writer) -> Iterator[str]:
    """Keep an instance that is given."""
    yield f"class Holder{w.number}:"
    yield f"    def __init__(self, engine{w.note(f': {w.name}')}):"
    yield "        self.engine = engine"
    yield "    def go(self):"
    yield f"        return self.engine.{w.member()}"
    yield f"print(Holder{w.number}({w.engine()}).go())"
    if w.flip():
        yield f"print(Holder{w.number}({w.engine()}).engine.{w.member()})"


def class_body(w: Writer) -> Iterator[str]:
    """Annotate an attribute in a class body."""
    w.imports.add("from dataclasses import dataclass")
    yield "@dataclass"
    yield f"class Record{w.number}:"
    yield f"    engine: {w.choice(w.name, w.name, w.name, 'object')}"
    yield "    def go(self):"
    yield f"        return self.engine.{w.member()}"
    yield f"record{w.number} = Record{w.number}({w.engine()})"
    yield f"print(record{w.number}.go(), record{w.number}.engine.{w.member()})"


def subclass(w: Writer) -> Iterator[str]:
    """Inherit from the class."""
    method = w.sides.run_job
    yield f"class Mine{w.number}({w.name}):"
    yield "    def again(self):"
    yield f"        return self.{w.member()}, super().{method.name}({w.arguments(method)})"
    yield f"print(Mine{w.number}({w.arguments(w.sides.engine)}).again())"
    yield f"print(Mine{w.number}({w.arguments(w.sides.engine)}).{w.member()})"


def subclass_constructor(w: Writer) -> Iterator[str]:
    """Call the constructor of the base."""
    given = w.arguments(w.sides.engine)
    above = f"super().__init__({given})"
    if w.flip(0.3):
        above = f"{w.name}.__init__(self{', ' if given else ''}{given})"
    elif w.flip(0.3):
        above = f"super(Mine{w.number}, self).__init__({given})"
    yield f"class Mine{w.number}({w.name}):"
    yield "    def __init__(self, other):"
    yield f"        {above}"
    yield f"        self.{w.choice('size', 'other', 'ready')} = other"
    yield f"print(Mine{w.number}(5).report(), Mine{w.number}(6).made, Mine{w.number}(7).{w.member()})"


def overriding(w: Writer) -> Iterator[str]:
    """Override a method."""
    method = w.random.choice(w.sides.methods)
    parameters = method.legacy_parameters()
    yield f"class Other{w.number}({w.name}):"
    yield f"    def {method.name}(self{', ' if parameters else ''}{parameters}):"
    yield f"        return 'mine', {method.legacy_result()}"
    yield f"other{w.number} = Other{w.number}({w.arguments(w.sides.engine)})"
    yield f"print(other{w.number}.{method.name}({w.arguments(method)}))"
    if method is w.sides.halt:
        yield f"print(other{w.number}.all({w.choice(*_VALUES)}))" if len(method.needed) == 1 else ""


def overriding_attribute(w: Writer) -> Iterator[str]:
    """Override a class attribute or a property."""
    yield f"class Wide{w.number}({w.name}):"
    kind = w.random.randint(0, 2)
    if kind == 0:
        yield f"    limit{w.note(': int')} = 9"
    elif kind == 1:
        yield "    @property"
        yield "    def ready(self):"
        yield "        return 'always'"
    else:
        yield "    @classmethod"
        yield "    def build(cls):"
        yield "        return 'built'"
    yield f"wide{w.number} = Wide{w.number}({w.arguments(w.sides.engine)})"
    yield f"print(wide{w.number}.report(), wide{w.number}.limit, wide{w.number}.ready)"
    if kind == 2:
        yield f"print(Wide{w.number}.build())"


def two_levels(w: Writer) -> Iterator[str]:
    """Override in a subclass of a subclass, in other files."""
    n = w.number
    method = w.sides.halt
    parameters = method.legacy_parameters()
    given = f"{', ' if parameters else ''}{parameters}"
    call = ", ".join([*method.needed, *(f"{name}={name}" for name in method.optional)])
    w.files[f"first{n}.py"] = f"from app.old import OldEngine\n\n\nclass First{n}(OldEngine):\n" + (
        f"    def {method.name}(self{given}):\n        return 'first', super().{method.name}({call})\n"
        if w.flip()
        else "    extra = 1\n"
    )
    w.files[f"second{n}.py"] = (
        f"from first{n} import First{n}\n\n\nclass Second{n}(First{n}):\n"
        f"    def {method.name}(self{given}):\n        return 'second', "
        + (f"super().{method.name}({call})\n" if w.flip() else f"{method.legacy_result()}\n")
    )
    w.imports.add(f"from second{n} import Second{n}")
    yield f"second{n} = Second{n}({w.arguments(w.sides.engine)})"
    if w.flip(0.7):
        yield f"print(second{n}.{method.name}({w.arguments(method)}))"
    if len(method.needed) == 1:
        yield f"print(second{n}.all({w.choice(*_VALUES)}))"
    yield f"print(second{n}.report())"


def by_name(w: Writer) -> Iterator[str]:
    """Get a member by its name."""
    name, arguments = w.method()
    yield f"print(getattr({w.engine()}, '{name}')({arguments}))"


def named_attribute(w: Writer) -> Iterator[str]:
    """Ask for, set or delete a member by its name, or in statements."""
    yield f"named{w.number} = {w.engine()}"
    kind = w.random.randint(0, 4)
    if kind == 0:
        yield f"print(hasattr(named{w.number}, 'size'), getattr(named{w.number}, 'size', None))"
    elif kind == 1:
        yield f"setattr(named{w.number}, 'size', 11)"
    elif kind == 2:
        yield f"del named{w.number}.size"
        yield f"print(hasattr(named{w.number}, 'size'))"
        yield f"named{w.number}.size = 8"
    elif kind == 3:
        yield f"named{w.number}.size += 5"
    else:
        yield f"named{w.number}.ready, other = True, 1"
    yield f"print(named{w.number}.report())"


def operators(w: Writer) -> Iterator[str]:
    """Name a member for the operator module."""
    w.imports.add("from operator import attrgetter, methodcaller")
    name, arguments = w.method()
    if w.flip():
        yield f"print(attrgetter('size')({w.engine()}))"
    else:
        yield f"print(methodcaller('{name}'{', ' if arguments else ''}{arguments})({w.engine()}))"


def stored(w: Writer) -> Iterator[str]:
    """Store an attribute."""
    yield f"kept{w.number} = {w.engine()}"
    yield f"kept{w.number}.{w.choice('size', 'ready', 'limit')} = 9"
    yield f"print(kept{w.number}.report())"


def looped(w: Writer) -> Iterator[str]:
    """Loop over instances."""
    kind = w.random.randint(0, 4)
    if kind == 0:
        yield f"print([engine.{w.member()} for engine in [{w.engine()}]])"
    elif kind == 1:
        yield f"for engine{w.number} in ({w.engine()}, {w.engine()}):"
        yield f"    print(engine{w.number}.{w.member()})"
    elif kind == 2:
        hint = w.choice("list[{}]", "'list[{}]'", "tuple[{}, ...]", "Iterable[{}]", "list['{}']")
        w.imports.add("from collections.abc import Iterable")
        yield f"def each{w.number}(engines{w.note(': ' + hint.format(w.name))}):"
        yield "    for engine in engines:"
        yield f"        yield engine.{w.member()}"
        yield f"print(list(each{w.number}([{w.engine()}])))"
    elif kind == 3:
        yield f"def values{w.number}(engines{w.note(f': dict[str, {w.name}]')}):"
        use = w.choice("e.{} for e in engines.values()", "e.{} for _, e in engines.items()")
        yield f"    return [{use.format(w.member())}], engines['a'].{w.member()}"
        yield f"print(values{w.number}({{'a': {w.engine()}}}))"
    else:
        yield f"engines{w.number}{w.note(f': list[{w.name}]')} = []"
        yield f"engines{w.number}.append({w.engine()})"
        yield f"print(engines{w.number}[0].{w.member()})"


def bound_method(w: Writer) -> Iterator[str]:
    """Bind a method to a variable."""
    name, arguments = w.method()
    yield f"handler{w.number} = {w.engine()}.{name}"
    yield f"print(handler{w.number}({arguments}))"


def unbound_method(w: Writer) -> Iterator[str]:
    """Call a method through the class."""
    name, arguments = w.method()
    yield f"print({w.name}.{name}({w.engine()}{', ' if arguments else ''}{arguments}))"


def class_members(w: Writer) -> Iterator[str]:
    """Use members of the class itself."""
    yield f"print({w.name}.load({w.arguments(w.sides.load)}), {w.name}.limit)"
    yield f"print({w.name}.check({w.arguments(w.sides.check)}))"


def built(w: Writer) -> Iterator[str]:
    """Use what a class method makes."""
    yield f"built{w.number} = {w.name}.build()"
    yield f"print(built{w.number}.{w.member()})"


def asynchronous(w: Writer) -> Iterator[str]:
    """Await a method."""
    w.imports.add("import asyncio")
    yield f"async def main{w.number}(engine{w.note(f': {w.name}')}):"
    yield f"    return await engine.fetch({w.arguments(w.sides.fetch)})"
    yield f"print(asyncio.run(main{w.number}({w.engine()})))"


def with_target(w: Writer) -> Iterator[str]:
    """Enter an instance."""
    yield f"with {w.engine()} as entered{w.number}:"
    yield f"    print(entered{w.number}.{w.member()})"


def conditional(w: Writer) -> Iterator[str]:
    """Make an instance in a condition, a walrus, a tuple or twice."""
    kind = w.random.randint(0, 4)
    if kind == 0:
        yield f"maybe{w.number} = {w.engine()} if {w.choice('1', 'print')} else None"
    elif kind == 1:
        yield f"if (maybe{w.number} := {w.engine()}) is None:"
        yield "    print('none')"
    elif kind == 2:
        yield f"maybe{w.number}, other = {w.engine()}, 1"
    elif kind == 3:
        yield "try:"
        yield f"    maybe{w.number} = {w.engine()}"
        yield "except ValueError:"
        yield f"    maybe{w.number} = None"
    else:
        yield f"maybe{w.number} = None"
        yield f"maybe{w.number} = maybe{w.number} or {w.engine()}"
    yield f"print(maybe{w.number}.{w.member()})"


def narrowed(w: Writer) -> Iterator[str]:
    """Narrow what is given by isinstance, a pattern, or a cast."""
    kind = w.random.randint(0, 4)
    yield f"def narrow{w.number}(thing{w.choice('', ': object')}):"
    if kind == 0:
        yield f"    if isinstance(thing, {w.name}):"
        yield f"        return thing.{w.member()}"
        yield "    return 0"
    elif kind == 1:
        yield f"    assert isinstance(thing, {w.name})"
        yield f"    return thing.{w.member()}"
    elif kind == 2:
        w.imports.add("from typing import cast")
        target = w.choice(w.name, f"'{w.name}'")
        yield f"    return cast({target}, thing).{w.member()}"
    elif kind == 3:
        yield "    match thing:"
        yield f"        case {w.name}(size=found):"
        yield "            return found"
        yield f"        case {w.name}() as engine:"
        yield f"            return engine.{w.member()}"
    else:
        yield f"    if not isinstance(thing, {w.name}):"
        yield "        return 0"
        yield f"    return thing.{w.member()}"
    yield f"print(narrow{w.number}({w.engine()}))"


def returned(w: Writer) -> Iterator[str]:
    """Use what a function, a method or a property returns."""
    note = w.note(f" -> {w.choice(w.name, repr(w.name))}")
    kind = w.random.randint(0, 2)
    if kind == 0:
        yield f"def make{w.number}(){note}:"
        yield f"    return {w.engine()}"
        yield f"print(make{w.number}().{w.member()})"
    else:
        yield f"class Shop{w.number}:"
        if kind == 1:
            yield "    @property"
        yield f"    def engine(self){note}:"
        yield f"        return {w.engine()}"
        yield "    def go(self):"
        call = "" if kind == 1 else "()"
        yield f"        return self.engine{call}.{w.member()}"
        yield f"shop{w.number} = Shop{w.number}()"
        yield f"print(shop{w.number}.go(), shop{w.number}.engine{call}.{w.member()})"


def factory(w: Writer) -> Iterator[str]:
    """Use what a function of another file returns."""
    name = f"OldEngine({w.arguments(w.sides.engine)})"
    is_method = w.flip(0.4)
    note = w.note(" -> OldEngine")
    body = f"class Shop:\n    def make(self){note}:\n        return {name}\n"
    if not is_method:
        body = f"def make(){note}:\n    return {name}\n"
    w.files[f"factory{w.number}.py"] = f"from app.old import OldEngine\n\n\n{body}"
    made = "Shop().make()" if is_method else "make()"
    if w.flip():
        w.imports.add(f"import factory{w.number}")
        made = f"factory{w.number}.{made}"
    else:
        what = "Shop" if is_method else "make"
        w.imports.add(f"from factory{w.number} import {what} as {what}{w.number}")
        made = made.replace(what, f"{what}{w.number}", 1)
    if w.flip():
        yield f"print({made}.{w.member()})"
    else:
        yield f"made{w.number} = {made}"
        yield f"print(made{w.number}.{w.member()})"


def module_attribute(w: Writer) -> Iterator[str]:
    """Use an instance that another module holds."""
    note = w.note(": OldEngine")
    name = f"OldEngine({w.arguments(w.sides.engine)})"
    w.files[f"registry{w.number}.py"] = f"from app.old import OldEngine\n\nengine{note} = {name}\n"
    if w.flip():
        w.imports.add(f"import registry{w.number}")
        yield f"print(registry{w.number}.engine.{w.member()})"
    else:
        w.imports.add(f"from registry{w.number} import engine as held{w.number}")
        yield f"print(held{w.number}.{w.member()})"


def reexported(w: Writer) -> Iterator[str]:
    """Use what another module imports."""
    w.files[f"api{w.number}.py"] = "from app.old import OldEngine, submit\n"
    w.imports.add(f"import api{w.number}")
    w.imports.add(f"from api{w.number} import OldEngine as Ours{w.number}")
    yield f"print(api{w.number}.submit({w.arguments(w.sides.submit)}))"
    yield f"print(Ours{w.number}({w.arguments(w.sides.engine)}).{w.member()})"


def alias(w: Writer) -> Iterator[str]:
    """Give the class another name."""
    yield f"Alias{w.number} = {w.name}"
    yield f"print(Alias{w.number}({w.arguments(w.sides.engine)}).{w.member()})"
    if w.flip():
        yield f"def aliased{w.number}(engine{w.note(f': Alias{w.number}')}):"
        yield f"    return engine.{w.member()}"
        yield f"print(aliased{w.number}({w.engine()}))"


def enumeration(w: Writer) -> Iterator[str]:
    """Use members of an enumeration."""
    state = f"{w.prefix}OldState"
    kind = w.random.randint(0, 3)
    if kind == 0:
        yield f"print({state}.WAITING.value, {state}['WAITING'].value, {state}(1) is {state}.WAITING)"
    elif kind == 1:
        yield f"def state{w.number}(state{w.note(f': {state}')} = {state}.WAITING):"
        yield f"    return state is {state}.WAITING, state.value"
        yield f"print(state{w.number}(), state{w.number}({state}.DONE))"
    elif kind == 2:
        yield f"match {state}(1):"
        yield f"    case {state}.WAITING:"
        yield "        print('waiting')"
        yield "    case _:"
        yield "        print('other')"
    else:
        yield f"print({{{state}.WAITING: 1}}[{state}(1)], getattr({state}, 'WAITING').value)"


def configuration(w: Writer) -> Iterator[str]:
    """Use a dataclass."""
    w.imports.add("from dataclasses import replace")
    make = f"{w.prefix}OldConfig"
    given = w.choice("attempts=5", "'m', 6", "label='n'", "'o', attempts=7")
    kind = w.random.randint(0, 4)
    yield f"config{w.number} = {make}({given})"
    if kind == 0:
        yield f"print(replace(config{w.number}, attempts=8).attempts)"
    elif kind == 1:
        yield f"config{w.number}.attempts += 1"
    elif kind == 2:
        yield f"match config{w.number}:"
        yield f"    case {make}(attempts=found):"
        yield "        print(found)"
    elif kind == 3:
        yield f"print([c.attempts for c in sorted([config{w.number}], key=lambda c: c.attempts)])"
    yield f"print(config{w.number}.attempts, config{w.number}.label)"


def patched(w: Writer) -> Iterator[str]:
    """Replace a member."""
    w.imports.add("from unittest.mock import patch")
    name, arguments = w.method()
    kind = w.random.randint(0, 3)
    yield f"patched{w.number} = {w.engine()}"
    target = {
        0: f"patch.object({w.name}, '{name}', return_value=3)",
        1: f"patch('app.old.OldEngine.{name}', return_value=4)",
        2: f"patch.object(patched{w.number}, '{name}', return_value=5)",
        3: f"patch.multiple({w.name}, {name}=lambda *a, **k: 6)",
    }[kind]
    yield f"with {target}:"
    yield f"    print(patched{w.number}.{name}({arguments}))"
    if name == "halt":
        yield f"    print(patched{w.number}.all())"


def protocol(w: Writer) -> Iterator[str]:
    """Take an instance as a protocol."""
    w.imports.add("from typing import Protocol")
    method = w.random.choice(w.sides.methods)
    yield f"class Runs{w.number}(Protocol):"
    yield f"    def {method.name}(self, *args, **kwargs): ..."
    yield f"def run{w.number}(runs: Runs{w.number}):"
    yield f"    return runs.{method.name}({w.arguments(method)})"
    yield f"print(run{w.number}({w.engine()}))"


def common_base(w: Writer) -> Iterator[str]:
    """Take an instance as one of a class that the subclass also has."""
    method = w.random.choice(w.sides.methods)
    parameters = method.legacy_parameters()
    n = w.number
    yield f"class Plain{n}:"
    yield f"    def {method.name}(self{', ' if parameters else ''}{parameters}):"
    yield "        return 'plain'"
    yield f"class Both{n}({w.name}, Plain{n}):"
    yield "    pass"
    yield f"def call{n}(plain: Plain{n}):"
    yield f"    return plain.{method.name}({w.arguments(method)})"
    yield f"print(call{n}(Plain{n}()), call{n}(Both{n}({w.arguments(w.sides.engine)})))"


def passed_to_helper(w: Writer) -> Iterator[str]:
    """Pass an instance to a function that says nothing of it."""
    yield f"def helper{w.number}(thing):"
    yield f"    return thing.{w.member()}"
    yield f"print(helper{w.number}({w.engine()}))"


def in_lambda(w: Writer) -> Iterator[str]:
    """Pass an instance to a lambda."""
    if w.flip():
        yield f"print((lambda engine: engine.{w.member()})({w.engine()}))"
    else:
        yield f"print(list(map(lambda engine: engine.{w.member()}, [{w.engine()}])))"


def callback(w: Writer) -> Iterator[str]:
    """Pass the function on to what calls it."""
    yield f"def call{w.number}(function):"
    yield f"    return function({w.arguments(w.sides.submit)})"
    yield f"print(call{w.number}({w.prefix}submit))"


def closure(w: Writer) -> Iterator[str]:
    """Use an instance in an inner function, or a global."""
    n = w.number
    if w.flip():
        yield f"def outer{n}():"
        yield f"    engine = {w.engine()}"
        yield "    def inner():"
        yield f"        return engine.{w.member()}"
        yield "    return inner()"
        yield f"print(outer{n}())"
    else:
        yield f"shared{n} = None"
        yield f"def start{n}():"
        yield f"    global shared{n}"
        yield f"    shared{n} = {w.engine()}"
        yield f"start{n}()"
        yield f"print(shared{n}.{w.member()})"


FORMS: Sequence[Callable[[Writer], Iterator[str]]] = (
    function_call,
    function_in_lines,
    function_variable,
    decorator,
    partial_call,
    partial_method,
    bound_partial,
    mapping_variable,
    direct,
    variable,
    parameter,
    parameter,
    default_parameter,
    class_parameter,
    keeper,
    given_keeper,
    class_body,
    subclass,
    subclass_constructor,
    overriding,
    overriding_attribute,
    two_levels,
    by_name,
    named_attribute,
    operators,
    stored,
    looped,
    looped,
    bound_method,
    unbound_method,
    class_members,
    built,
    asynchronous,
    with_target,
    conditional,
    narrowed,
    returned,
    factory,
    module_attribute,
    reexported,
    alias,
    enumeration,
    configuration,
    patched,
    protocol,
    common_base,
    passed_to_helper,
    in_lambda,
    callback,
    closure,
)
