# ruff: noqa: E501 (a definition is one string)
"""More definitions that differ: metaclasses, descriptors, protocols, flags, asynchronous iterators, factories.

They are apart from ``twists`` so that the programs of known seeds stay what they are.
"""

from __future__ import annotations

from .twist import (
    ENUM_IMPORT,
    RAISED,
    Twist,
    class_text,
    function_twist,
    method_text,
    method_twist,
    special_twist,
    value_twist,
)

_DATA = "from dataclasses import {}\n@dataclass{}\n"


def _data(name: str, old: str, new: str, *uses: str, of_class: tuple[str, ...] = ()) -> Twist:
    imports = "from dataclasses import InitVar, dataclass, field\n"
    texts = []
    for text in (old, new):
        options, _, body = text.partition("|")
        lines = "".join(f"    {part}\n" for part in body.split("; "))
        texts.append(f"{imports}@dataclass{options}\nclass {name}:\n{lines}")
    return Twist("class", name, texts[0], texts[1], of_class, uses, "EXPR(1)")


_POST = "x: int; y: InitVar[int] = 0; def __post_init__(self, y):;     self.z = y"
MORE_DATA_CLASSES = (
    _data(
        "Start",
        f"|{_POST}",
        "|x: int",
        "EXPR.x",
        "EXPR.z",
        of_class=("EXPR(1).x", "EXPR(1, 2).x", "EXPR(1, y=2).x", "EXPR(1).z"),
    ),
    _data(
        "Ready",
        "|x: int; y: int = 0",
        "|x: int; y: int = field(default=0, init=False)",
        "EXPR.y",
        of_class=("EXPR(1, 2).x", "EXPR(1).y", "EXPR(1, y=2).x"),
    ),
    _data(
        "Keyed",
        "|x: int; y: int = 0",
        "|x: int; y: int = field(default=0, kw_only=True)",
        "EXPR.y",
        "match EXPR:\n    case object(x=value, y=other):\n        print('atNUM', other)",
        of_class=(
            "EXPR(1, 2).x",
            "EXPR(1, y=2).y",
            "match EXPR(1):\n    case EXPR(a, b):\n        print('atNUM', b)",
        ),
    ),
    _data(
        "Holds",
        "|x: int; parts: list = field(default_factory=list)",
        "|x: int; parts: tuple = ()",
        "len(EXPR.parts)",
        "_p = EXPR\n_p.parts.append(2)\nprint('atNUM', len(_p.parts))",
        "EXPR.parts + [1]",
    ),
    _data(
        "Slotted",
        "|x: int",
        "(slots=True)|x: int",
        "EXPR.x",
        "_l = EXPR\n_l.more = 2\nprint('atNUM', _l.more)",
        "vars(EXPR)['x']",
        "__import__('weakref').ref(EXPR) and 1",
    ),
    _data(
        "Hashed",
        "(unsafe_hash=True)|x: int",
        "|x: int",
        "EXPR.x",
        "len({EXPR})",
        "EXPR == EXPR",
        "hash(EXPR) and 1",
    ),
    _data(
        "Unequal",
        "|x: int",
        "(eq=False)|x: int",
        "EXPR.x",
        "EXPR == EXPR.__class__(1)",
        "[EXPR].index(EXPR.__class__(1))",
    ),
    _data(
        "Unmatched",
        "|x: int",
        "(match_args=False)|x: int",
        "EXPR.x",
        of_class=(
            "EXPR(1).x",
            "match EXPR(1):\n    case EXPR(a):\n        print('atNUM', a)",
            "match EXPR(1):\n    case EXPR(x=a):\n        print('atNUM', a)",
        ),
    ),
    Twist(
        "class",
        "Made2",
        "from dataclasses import make_dataclass\nMade2 = make_dataclass('Made2', ['x', 'y'])\n",
        "from dataclasses import make_dataclass\nMade2 = make_dataclass('Made2', ['x'])\n",
        ("EXPR(1, 2).x", "EXPR.__name__"),
    ),
    Twist(
        "class",
        "Draft",
        "from collections import namedtuple\nclass Draft(namedtuple('Draft', 'x y')):\n    pass\n",
        "from collections import namedtuple\nclass Draft(namedtuple('Draft', 'x')):\n    pass\n",
        ("EXPR(1, 2).x", "EXPR(1, 2)[1]", "EXPR.__name__"),
    ),
    Twist(
        "class",
        "Options",
        "from typing import TypedDict\n"
        + class_text("Options", "    a: int\n    b: int", "(TypedDict)"),
        "from dataclasses import dataclass\n@dataclass\n"
        + class_text("Options", "    a: int = 0\n    b: int = 0"),
        ("EXPR(a=1, b=2)['a']", "EXPR.__name__", "{**EXPR(a=1, b=2)}['b']", "len(EXPR(a=1, b=2))"),
        ("EXPR['a']", "EXPR.get('b')", "'a' in EXPR", "EXPR == {'a': 1, 'b': 2}"),
        "EXPR(a=1, b=2)",
        False,
    ),
)

_META = "class _{0}Meta(type):\n{1}"
MORE_CLASSES = (
    Twist(
        "class",
        "Listed",
        _META.format(
            "Listed",
            "    def __len__(cls):\n        return 2\n    def __iter__(cls):\n        return iter([1])\n"
            "    def __getitem__(cls, key):\n        return key\n    extra = 3\n",
        )
        + class_text("Listed", "    x = 1", "(metaclass=_ListedMeta)"),
        class_text("Listed", "    x = 1"),
        ("EXPR.x", "EXPR().x", "len(EXPR)", "list(EXPR)", "EXPR['a']", "EXPR.extra"),
        ("EXPR.x",),
    ),
    Twist(
        "class",
        "Calls",
        _META.format("Calls", "    def __call__(cls, *a):\n        return 4\n")
        + class_text("Calls", "    x = 1", "(metaclass=_CallsMeta)"),
        class_text("Calls", "    x = 1"),
        ("EXPR.x", "EXPR(1)", "EXPR() + 1"),
    ),
    Twist(
        "class",
        "Named2",
        class_text("Named2", "    x = 1"),
        class_text(
            "Named2", "    x = 1\n    def __init_subclass__(cls, tag, **kw):\n        cls.tag = tag"
        ),
        ("EXPR.x", "EXPR().x", "class _N(EXPR):\n    pass\nprint('atNUM', _N.x)"),
    ),
    Twist(
        "class",
        "Ordered",
        "import functools\n@functools.total_ordering\n"
        + class_text(
            "Ordered", method_text("__lt__", ", o", "False") + method_text("__eq__", ", o", "True")
        ),
        class_text(
            "Ordered", method_text("__lt__", ", o", "False") + method_text("__eq__", ", o", "True")
        ),
        ("EXPR() < EXPR()",),
        ("EXPR <= EXPR", "EXPR < EXPR", "EXPR >= EXPR"),
    ),
    Twist(
        "class",
        "Sized",
        "from typing import Protocol, runtime_checkable\n@runtime_checkable\n"
        + class_text("Sized", "    def size(self): ...", "(Protocol)"),
        "from typing import Protocol\n"
        + class_text("Sized", "    def size(self): ...", "(Protocol)"),
        (
            "isinstance(1, EXPR)",
            "class _Z(EXPR):\n    def size(self):\n        return 1\nprint('atNUM', _Z().size())",
            "def _f(a: EXPR):\n    return 1\nprint('atNUM', _f(1))",
        ),
    ),
    Twist(
        "class",
        "Wide",
        "from typing import Protocol, runtime_checkable\n@runtime_checkable\n"
        + class_text("Wide", "    def size(self): ...", "(Protocol)"),
        "import abc\n" + class_text("Wide", "    def size(self): ...", "(abc.ABC)"),
        (
            "class _Y:\n    def size(self):\n        return 1\nprint('atNUM', isinstance(_Y(), EXPR))",
            "class _Y(EXPR):\n    def size(self):\n        return 1\nprint('atNUM', _Y().size())",
        ),
    ),
    Twist(
        "class",
        "Virtual",
        "import abc\n"
        + class_text("Virtual", "    x = 1", "(abc.ABC)")
        + "Virtual.register(int)\n",
        "import abc\n" + class_text("Virtual", "    x = 1", "(abc.ABC)"),
        ("isinstance(1, EXPR)", "issubclass(int, EXPR)", "EXPR.x", "EXPR().x"),
    ),
    Twist(
        "class",
        "Abstract",
        "import abc\n" + class_text("Abstract", "    x = 1", "(abc.ABC)"),
        class_text("Abstract", "    x = 1"),
        ("EXPR.register(int)", "EXPR.x", "EXPR().x"),
    ),
    Twist(
        "class",
        "Item",
        class_text("Item", "    x = 1\n    def __class_getitem__(cls, key):\n        return cls"),
        class_text("Item", "    x = 1"),
        ("EXPR[int].x", "EXPR.x", "def _f(a: EXPR[int]):\n    return 1\nprint('atNUM', _f(1))"),
    ),
    Twist(
        "class",
        "Fresh",
        class_text(
            "Fresh", "    x = 1\n    def __new__(cls, *a):\n        return object.__new__(cls)"
        ),
        class_text("Fresh", "    x = 1"),
        ("EXPR().x", "EXPR(1).x", "EXPR.__new__(EXPR).x"),
    ),
    Twist(
        "class",
        "UserId",
        "from typing import NewType\nUserId = NewType('UserId', int)\n",
        class_text("UserId", "    def __init__(self, value):\n        self.value = value"),
        ("EXPR(1) + 1", "EXPR.__name__", "list(range(EXPR(2)))", "[5, 6][EXPR(1)]"),
    ),
)

_DESC = "class _{0}D:\n    def __get__(self, one, owner):\n        return 5\n"
MORE_METHODS = (
    Twist(
        "class",
        "Descr",
        _DESC.format("Descr") + class_text("Descr", "    size = _DescrD()\n    x = 1"),
        class_text("Descr", "    x = 1\n    def size(self):\n        return 5"),
        ("EXPR.x",),
        ("EXPR.size + 1", "EXPR.x"),
    ),
    Twist(
        "class",
        "Fixed",
        class_text("Fixed", "    size = 1"),
        "class _FixedD:\n    def __get__(self, one, owner):\n        return 1\n"
        "    def __set__(self, one, value):\n        raise AttributeError('fixed')\n"
        + class_text("Fixed", "    size = _FixedD()"),
        ("EXPR.size",),
        ("EXPR.size", "_f = EXPR\n_f.size = 2\nprint('atNUM', _f.size)"),
    ),
    method_twist(
        "Settable",
        "    @property\n    def size(self):\n        return 1\n    @size.setter\n    def size(self, value):\n        pass",
        "    @property\n    def size(self):\n        return 1",
        "EXPR.size",
        "_e = EXPR\n_e.size = 2\nprint('atNUM', _e.size)",
    ),
    method_twist(
        "Cached2",
        "    import functools\n    @functools.cached_property\n    def size(self):\n        return 1",
        "    @property\n    def size(self):\n        return 1",
        "EXPR.size",
        "_u = EXPR\n_u.size = 2\nprint('atNUM', _u.size)",
    ),
    Twist(
        "class",
        "Partly",
        "import functools\nclass Partly:\n    def _run(self, a, b=1):\n        return a\n    run = functools.partialmethod(_run, 1)\n",
        "import functools\nclass Partly:\n    def _run(self, a):\n        return a\n    run = functools.partialmethod(_run, 1)\n",
        (),
        ("EXPR.run()", "EXPR.run(b=2)", "(lambda e: e.run(b=3))(EXPR)"),
    ),
    method_twist(
        "Aliased",
        "    def run(self, a=1):\n        return a\n    go = run",
        "    def run(self):\n        return 1\n    go = run",
        "EXPR.go()",
        "EXPR.go(2)",
        "EXPR.run(a=2)",
    ),
    method_twist(
        "Lambdas",
        "    run = lambda self, a=1: a",
        "    run = lambda self: 1",
        "EXPR.run()",
        "EXPR.run(2)",
    ),
    method_twist(
        "Probed",
        "    x = 1",
        "    x = 1\n    def size(self):\n        return 1",
        "EXPR.x",
        "hasattr(EXPR, 'size')",
        "getattr(EXPR, 'size', None)",
        "match EXPR:\n    case object(size=value):\n        print('atNUM', 1)\n    case _:\n        print('atNUM', 2)",
    ),
    method_twist(
        "Spread",
        "    def run(self, **options):\n        return 1",
        "    def run(self, depth=1):\n        return 1",
        "EXPR.run()",
        "EXPR.run(depth=2)",
        "EXPR.run(width=2)",
        "EXPR.run(**dict(width=2))",
    ),
    method_twist(
        "Chained",
        "    def step(self):\n        return self\n    def end(self):\n        return 1",
        "    def step(self):\n        pass\n    def end(self):\n        return 1",
        "EXPR.step().end()",
        "EXPR.end()",
        "EXPR.step()\nprint('atNUM')",
    ),
    special_twist(
        "HasAiter", "    async def __aiter__(self):\n        yield 1\n", "EXPR is not None"
    ),
    special_twist(
        "HasAenter",
        "    async def __aenter__(self):\n        return 3\n    async def __aexit__(self, *a):\n        pass\n",
        "import asyncio\nasync def _a():\n    async with EXPR as one:\n        return one\nprint('atNUM', asyncio.run(_a()))",
    ),
    special_twist(
        "HasAwait",
        "    def __await__(self):\n        return iter(())\n",
        "import asyncio\nasync def _a():\n    await EXPR\n    return 2\nprint('atNUM', asyncio.run(_a()))",
        "import asyncio\nasync def _a():\n    return len(await asyncio.gather(EXPR))\nprint('atNUM', asyncio.run(_a()))",
    ),
    special_twist(
        "HasMul",
        method_text("__mul__", ", o", "8"),
        "EXPR * 2",
        "__import__('operator').mul(EXPR, 2)",
    ),
    special_twist("HasRev", method_text("__reversed__", "", "iter([1])"), "list(reversed(EXPR))"),
    special_twist(
        "HasMiss",
        method_text("keys", "", "['a']") + method_text("__getitem__", ", k", "1"),
        "{**EXPR}['a']",
        "dict(EXPR)['a']",
    ),
    special_twist(
        "HasTrunc",
        method_text("__round__", ", n=0", "2") + method_text("__float__", "", "2.5"),
        "round(EXPR)",
        "__import__('math').sqrt(EXPR)",
    ),
    special_twist(
        "HasCopy",
        method_text("__iter__", "", "iter([2])"),
        "__import__('statistics').mean(EXPR)",
        "__import__('json').dumps(list(EXPR))",
    ),
    special_twist(
        "HasClose",
        method_text("__exit__", ", *a", "None") + method_text("__enter__", "", "6"),
        "import contextlib\nwith contextlib.ExitStack() as _k:\n    print('atNUM', _k.enter_context(EXPR))",
    ),
)

MORE_ENUMERATIONS = (
    Twist(
        "class",
        "Perm",
        ENUM_IMPORT + class_text("Perm", "    R = 1\n    W = 2", "(enum.Flag)"),
        ENUM_IMPORT + class_text("Perm", "    R = 1\n    W = 2", "(enum.Enum)"),
        (
            "EXPR.R.value",
            "(EXPR.R | EXPR.W).value",
            "EXPR(3).value",
            "EXPR.R.name",
            "bool(EXPR.R & EXPR.W)",
            "EXPR.R in EXPR.W",
        ),
    ),
    Twist(
        "class",
        "Mask",
        ENUM_IMPORT + class_text("Mask", "    R = 1\n    W = 2", "(enum.IntFlag)"),
        ENUM_IMPORT + class_text("Mask", "    R = 1\n    W = 2", "(enum.Flag)"),
        ("EXPR.R.value", "(EXPR.R | EXPR.W).value", "EXPR.R + 1", "EXPR.R == 1"),
    ),
    Twist(
        "class",
        "Tone",
        ENUM_IMPORT + class_text("Tone", "    A = 'a'", "(enum.StrEnum)"),
        ENUM_IMPORT + class_text("Tone", "    A = 'a'", "(enum.Enum)"),
        (
            "EXPR.A.value",
            "EXPR.A + 'b'",
            "EXPR.A == 'a'",
            "f'{EXPR.A}'",
            "EXPR.A.upper()",
            "{'a': 1}[EXPR.A]",
            "','.join([EXPR.A])",
        ),
    ),
    Twist(
        "class",
        "Mood",
        ENUM_IMPORT + class_text("Mood", "    A = 'a'", "(str, enum.Enum)"),
        ENUM_IMPORT + class_text("Mood", "    A = 'a'", "(enum.Enum)"),
        (
            "EXPR.A.value",
            "EXPR.A == 'a'",
            "EXPR.A.upper()",
            "EXPR('a').name",
            "isinstance(EXPR.A, str)",
        ),
    ),
    Twist(
        "class",
        "Step",
        ENUM_IMPORT + class_text("Step", "    A = 1\n    B = 1", "(enum.Enum)"),
        ENUM_IMPORT + class_text("Step", "    A = 1", "(enum.Enum)"),
        ("EXPR.A.name", "EXPR.B.value", "EXPR['B'].name", "len(EXPR)"),
    ),
    Twist(
        "class",
        "Guess",
        ENUM_IMPORT
        + class_text(
            "Guess",
            "    A = 1\n    @classmethod\n    def _missing_(cls, value):\n        return cls.A",
            "(enum.Enum)",
        ),
        ENUM_IMPORT + class_text("Guess", "    A = 1", "(enum.Enum)"),
        ("EXPR.A.name", "EXPR(1).name", "EXPR(7).name"),
    ),
    Twist(
        "class",
        "Acts",
        ENUM_IMPORT
        + class_text(
            "Acts",
            "    A = 1\n    def act(self, n=1):\n        return n\n    @property\n    def label(self):\n        return 'a'",
            "(enum.Enum)",
        ),
        ENUM_IMPORT
        + class_text("Acts", "    A = 1\n    def act(self):\n        return 1", "(enum.Enum)"),
        (
            "EXPR.A.act()",
            "EXPR.A.act(2)",
            "EXPR.A.label",
            "EXPR(1).act(n=2)",
            "[each.label for each in EXPR]",
        ),
    ),
    Twist(
        "class",
        "Func",
        "import enum\nFunc = enum.Enum('Func', 'A B')\n",
        "import enum\nFunc = enum.Enum('Func', 'A')\n",
        ("EXPR.A.name", "EXPR.B.name", "EXPR['B'].name", "len(EXPR)"),
    ),
    Twist(
        "class",
        "Autos",
        ENUM_IMPORT
        + class_text("Autos", "    A = enum.auto()\n    B = enum.auto()", "(enum.Enum)"),
        ENUM_IMPORT + class_text("Autos", "    A = enum.auto()", "(enum.Enum)"),
        ("EXPR.A.name", "EXPR.B.name", "EXPR(2).name", "len(list(EXPR))"),
    ),
)

MORE_ERRORS = (
    Twist(
        "error",
        "Deep",
        class_text("Root", "", "(Exception)") + class_text("Deep", "", "(Root)"),
        class_text("Root", "", "(Exception)") + class_text("Deep", "", "(Exception)"),
        (
            "from app.old import Root\n" + RAISED.format("EXPR('x')", "Root"),
            RAISED.format("EXPR('x')", "EXPR"),
            "from app.old import Root\nprint('atNUM', issubclass(EXPR, Root))",
        ),
    ),
    Twist(
        "error",
        "Coded",
        class_text("Coded", "    code = 3", "(Exception)"),
        class_text("Coded", "", "(Exception)"),
        (
            "try:\n    raise EXPR('x')\nexcept EXPR as error:\n    print('atNUM', error.code)",
            RAISED.format("EXPR('x')", "Exception"),
            "EXPR.code",
        ),
    ),
    Twist(
        "function",
        "deeper",
        class_text("_Inner", "", "(OSError)")
        + "def _low():\n    raise _Inner('x')\ndef deeper():\n    _low()\n",
        class_text("_Inner", "", "(Exception)")
        + "def _low():\n    raise _Inner('x')\ndef deeper():\n    _low()\n",
        (
            "try:\n    EXPR()\nexcept OSError:\n    print('atNUM', 'caught')",
            "try:\n    EXPR()\nexcept Exception:\n    print('atNUM', 'caught')",
        ),
    ),
    Twist(
        "class",
        "Raiser",
        "class Raiser:\n    def run(self):\n        raise KeyError('x')\n",
        "class Raiser:\n    def run(self):\n        raise ValueError('x')\n",
        (),
        (
            "try:\n    EXPR.run()\nexcept KeyError:\n    print('atNUM', 'caught')",
            "try:\n    EXPR.run()\nexcept Exception:\n    print('atNUM', 'caught')",
        ),
    ),
)

_OVER = "from typing import overload\n@overload\ndef over(a: int) -> int: ...\n@overload\ndef over(a: str) -> str: ...\n"
MORE_FUNCTIONS = (
    Twist(
        "function",
        "over",
        _OVER + "def over(a, b=1):\n    return a\n",
        _OVER + "def over(a):\n    return a\n",
        ("EXPR(1)", "EXPR(1, 2)", "EXPR(1, b=2)"),
    ),
    Twist(
        "function",
        "single",
        "import functools\n@functools.singledispatch\ndef single(a):\n    return 1\n@single.register\ndef _(a: int):\n    return 2\n",
        "def single(a):\n    return 2\n",
        (
            "EXPR(1)",
            "EXPR.dispatch(int)(1)",
            "EXPR.register(list, lambda a: 3) and 1",
            "EXPR.__name__",
        ),
    ),
    Twist(
        "function",
        "stream",
        "async def stream():\n    yield 1\n",
        "def stream():\n    yield 1\n",
        (
            "import asyncio\nasync def _s():\n    return [x async for x in EXPR()]\nprint('atNUM', asyncio.run(_s()))",
            "EXPR.__name__",
        ),
    ),
    Twist(
        "function",
        "stream_b",
        "async def stream_b():\n    yield 1\n",
        "async def stream_b():\n    return [1]\n",
        (
            "import asyncio\nasync def _s():\n    return [x async for x in EXPR()]\nprint('atNUM', asyncio.run(_s()))",
            "EXPR.__name__",
        ),
    ),
    Twist(
        "function",
        "opened",
        "import contextlib\n@contextlib.asynccontextmanager\nasync def opened():\n    yield 1\n",
        "import contextlib\n@contextlib.contextmanager\ndef opened():\n    yield 1\n",
        (
            "import asyncio\nasync def _o():\n    async with EXPR() as one:\n        return one\nprint('atNUM', asyncio.run(_o()))",
            "EXPR.__name__",
        ),
    ),
    function_twist(
        "rows_f",
        "():\n    return [1, 2]",
        "():\n    return iter([1, 2])",
        "len(EXPR())",
        "sum(EXPR())",
        "EXPR()[0]",
        "[each for each in EXPR()]",
    ),
    function_twist(
        "rows_g",
        "():\n    return [1, 2]",
        "():\n    return (x for x in [1, 2])",
        "len(EXPR())",
        "sum(EXPR())",
        "EXPR() + [1]",
    ),
    function_twist(
        "rows_h",
        "():\n    return list([1, 2])",
        "():\n    return map(int, [1, 2])",
        "len(EXPR())",
        "sum(EXPR())",
        "EXPR()[0]",
    ),
    function_twist(
        "rows_i",
        "():\n    return {'a': 1}.items()",
        "():\n    return 1",
        "len(EXPR())",
        "list(EXPR())",
    ),
    function_twist(
        "rows_j",
        "():\n    return sorted([1])",
        "():\n    return {1}",
        "EXPR()[0]",
        "len(EXPR())",
        "1 in EXPR()",
    ),
    function_twist(
        "posed",
        "(a, b=1):\n    return a",
        "(a, b=1, /):\n    return a",
        "EXPR(1)",
        "EXPR(1, 2)",
        "EXPR(a=1)",
        "EXPR(1, b=2)",
        "EXPR(**dict(a=1))",
    ),
    Twist(
        "function",
        "unit",
        class_text("_Unit", "    x = 1\n    y = 2\n    def run(self, a=1):\n        return 1")
        + "def unit():\n    return _Unit()\n",
        class_text("_Unit", "    x = 1\n    def run(self):\n        return 1")
        + "def unit():\n    return _Unit()\n",
        (
            "EXPR().x",
            "EXPR().y",
            "EXPR().run()",
            "EXPR().run(2)",
            "_u = EXPR()\nprint('atNUM', _u.y)",
        ),
    ),
    Twist(
        "function",
        "told",
        class_text("_Told", "    x = 1\n    def __len__(self):\n        return 2")
        + "def told() -> _Told:\n    one = _Told()\n    return one\n",
        class_text("_Told", "    x = 1")
        + "def told() -> _Told:\n    one = _Told()\n    return one\n",
        ("EXPR().x", "len(EXPR())"),
    ),
    Twist(
        "class",
        "Car",
        class_text("_Wheel", "    x = 1\n    y = 2")
        + class_text(
            "Car",
            "    def __init__(self):\n        self.wheel = _Wheel()\n    def spare(self):\n        return _Wheel()",
        ),
        class_text("_Wheel", "    x = 1")
        + class_text(
            "Car",
            "    def __init__(self):\n        self.wheel = _Wheel()\n    def spare(self):\n        return _Wheel()",
        ),
        ("EXPR().wheel.x", "EXPR().wheel.y"),
        ("EXPR.wheel.x", "EXPR.wheel.y", "EXPR.spare().y", "EXPR.spare().x"),
    ),
)

MORE_VALUES = (
    value_twist(
        "CONF",
        "{'db': {'host': 1}}",
        "{'db': {'port': 1}}",
        "EXPR['db']['host']",
        "len(EXPR['db'])",
        "'db' in EXPR",
    ),
    value_twist(
        "SPACE",
        "SimpleNamespace(a=1, b=2)",
        "SimpleNamespace(a=1)",
        "EXPR.a",
        "EXPR.b",
        "getattr(EXPR, 'b')",
        before="from types import SimpleNamespace\n",
        after="from types import SimpleNamespace\n",
    ),
    value_twist(
        "VAR",
        "ContextVar('v', default=1)",
        "ContextVar('v')",
        "EXPR.get(2)",
        "EXPR.name",
        before="from contextvars import ContextVar\n",
        after="from contextvars import ContextVar\n",
    ),
    value_twist(
        "VAR_B",
        "ContextVar('v', default=1)",
        "1",
        "EXPR.get()",
        "EXPR.set(1) and 1",
        before="from contextvars import ContextVar\n",
    ),
    value_twist(
        "LOCK",
        "threading.Lock()",
        "None",
        "with EXPR:\n    print('atNUM')",
        "EXPR.locked()",
        before="import threading\n",
    ),
    value_twist(
        "SPAN2", "range(3)", "[0, 1, 2]", "EXPR.start", "len(EXPR)", "EXPR[1]", "list(EXPR)"
    ),
    value_twist("RAW", "b'a'", "'a'", "EXPR.decode()", "EXPR + b'b'", "len(EXPR)", "EXPR == b'a'"),
    value_twist(
        "COST",
        "Decimal('1')",
        "1.0",
        "EXPR.quantize(EXPR) is not None",
        "EXPR + 1",
        before="from decimal import Decimal\n",
    ),
    value_twist(
        "PARTS",
        "[{'a': 1, 'b': 2}]",
        "[{'a': 1}]",
        "EXPR[0]['a']",
        "EXPR[0]['b']",
        "len(EXPR)",
    ),
    value_twist("ALIAS", "int | str", "'int'", "isinstance(1, EXPR)", "bool(EXPR)"),
    Twist(
        "value",
        "dyn",
        "def __getattr__(name):\n    if name == 'dyn':\n        return 1\n    raise AttributeError(name)\n",
        "dyn = 1\n",
        ("EXPR + 1", "EXPR"),
    ),
)

MORE_TWISTS = (
    *MORE_DATA_CLASSES,
    *MORE_CLASSES,
    *MORE_METHODS,
    *MORE_ENUMERATIONS,
    *MORE_ERRORS,
    *MORE_FUNCTIONS,
    *MORE_VALUES,
)

OPEN = (
    Twist(
        "class",
        "Single",
        class_text("Single", "    x = 1\n    def __new__(cls):\n        return 7"),
        class_text("Single", "    x = 1"),
        ("EXPR.x", "EXPR() + 1"),
    ),
    function_twist(
        "inner",
        "():\n    def go(a=1):\n        return a\n    return go",
        "():\n    def go():\n        return 1\n    return go",
        "EXPR()()",
        "EXPR()(2)",
        "EXPR()(a=2)",
    ),
    value_twist(
        "LOG",
        "logging.getLogger('a')",
        "print",
        "EXPR.name",
        "EXPR.debug('a')",
        before="import logging\n",
    ),
    value_twist(
        "HANDLERS",
        "{'a': lambda n=1: n}",
        "{'a': lambda: 1}",
        "EXPR['a']()",
        "EXPR['a'](2)",
        "sorted(EXPR)",
    ),
)
"""Definitions whose difference unfork does not see: programs with these are not generated."""
