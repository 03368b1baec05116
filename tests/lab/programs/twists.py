"""Definitions that differ between a module and its copy, and what programs do with them."""

from __future__ import annotations

from typing import NamedTuple


class Twist(NamedTuple):
    """A definition in the legacy module and in the canonical one, and uses.

    ``EXPR`` in a use is the name, or an instance, by which it is reached; ``NUM`` a number of its own. A use of several
    lines prints by itself. ``make`` makes an instance.
    """

    kind: str
    name: str
    old: str
    new: str
    uses: tuple[str, ...] = ()
    instance_uses: tuple[str, ...] = ()
    make: str = "EXPR()"
    can_inherit: bool = True

    def made(self, expression: str) -> str:
        """Return how an instance is made of the class that an expression is."""
        return self.make.replace("EXPR", expression)


_DATA = "from dataclasses import dataclass\n@dataclass{}\nclass {}:\n"


def _data(name: str, old: str, new: str, before: str = "", after: str = "") -> tuple[str, str]:
    texts = ((before, old), (after, new))
    first, second = (
        _DATA.format(options, name) + "".join(f"    {part}\n" for part in fields.split("; "))
        for options, fields in texts
    )
    return first, second


def _class(name: str, body: str, bases: str = "") -> str:
    lines = body.strip("\n") or "    pass"
    return f"class {name}{bases}:\n{lines}\n"


_ASYNC = "import asyncio\nprint('atNUM', asyncio.run(EXPR.run()))"
_FIELDS = (
    "__import__('dataclasses').asdict(EXPR)['x']",
    "__import__('dataclasses').replace(EXPR, x=3).x",
    "EXPR == EXPR",
    "EXPR.x",
)

DATA_CLASSES = (
    Twist(
        "class",
        "Point",
        *_data("Point", "x: int; y: int = 0", "x: int"),
        ("EXPR(1).x", "EXPR(1, 2).x", "EXPR(1, y=2).x", "EXPR(x=1).x", "EXPR.__match_args__[0]"),
        (
            *_FIELDS,
            "EXPR.y",
            "__import__('dataclasses').asdict(EXPR)['y']",
            "match EXPR:\n    case object(y=value):\n        print('atNUM', value)",
        ),
        "EXPR(1)",
    ),
    Twist(
        "class",
        "Size",
        *_data("Size", "x: int", "x: int; unit: str"),
        ("EXPR(1).x", "EXPR(x=1).x", "EXPR.__name__"),
        (),
        "EXPR(1)",
    ),
    Twist(
        "class",
        "Pair",
        *_data("Pair", "x: int; y: int = 0", "y: int; x: int = 0"),
        ("EXPR(1).x", "EXPR(1, 1).x", "EXPR(x=1, y=2).x", "EXPR(y=1, x=2).x"),
        (
            *_FIELDS,
            "EXPR.y",
            "__import__('dataclasses').astuple(EXPR)",
        ),
        "EXPR(x=1, y=3)",
    ),
    Twist(
        "class",
        "Spot",
        *_data("Spot", "x: int", "x: int", "", "(frozen=True)"),
        ("EXPR(1).x",),
        ("EXPR.x", "EXPR == EXPR", "_q = EXPR\n_q.x = 5\nprint('atNUM', _q.x)"),
        "EXPR(1)",
        False,
    ),
    Twist(
        "class",
        "Mark",
        *_data("Mark", "x: int", "x: int", "(frozen=True)", ""),
        ("EXPR(1).x",),
        ("EXPR.x", "len({EXPR})", "{EXPR: 1}[EXPR]", "EXPR == EXPR"),
        "EXPR(1)",
        False,
    ),
    Twist(
        "class",
        "Rank",
        *_data("Rank", "x: int", "x: int", "(order=True)", ""),
        ("EXPR(1) < EXPR(2)", "max(EXPR(1), EXPR(2)).x", "sorted([EXPR(2), EXPR(1)])[0].x"),
        ("EXPR.x", "EXPR <= EXPR", "sorted([EXPR, EXPR])[0].x"),
        "EXPR(1)",
    ),
    Twist(
        "class",
        "Named",
        *_data("Named", "x: int", "x: int", "", "(kw_only=True)"),
        ("EXPR(1).x", "EXPR(x=1).x"),
        _FIELDS,
        "EXPR(x=1)",
    ),
    Twist(
        "class",
        "Plain",
        _data("Plain", "x: int", "x: int")[0],
        _class("Plain", "    def __init__(self, x):\n        self.x = x"),
        ("EXPR(1).x", "EXPR(1) == EXPR(1)", "EXPR(x=1).x", "[EXPR(1)].index(EXPR(1))"),
        ("EXPR.x", "__import__('dataclasses').asdict(EXPR)", "EXPR.x + 1"),
        "EXPR(1)",
    ),
)

TUPLES = (
    Twist(
        "class",
        "Cell",
        "from typing import NamedTuple\n"
        + _class("Cell", "    x: int\n    y: int = 0", "(NamedTuple)"),
        "from typing import NamedTuple\n" + _class("Cell", "    x: int", "(NamedTuple)"),
        ("EXPR(1).x", "EXPR(1, 2).x", "EXPR(1, y=2)[0]", "EXPR._fields[0]", "EXPR._make([1, 2]).x"),
        (
            "EXPR.x",
            "EXPR[0]",
            "EXPR[1]",
            "_a, _b = EXPR\nprint('atNUM', _a)",
            "EXPR._replace(y=3).x",
            "EXPR._asdict()['y']",
            "len(EXPR)",
            "(lambda a, b: a)(*EXPR)",
        ),
        "EXPR(1)",
        False,
    ),
    Twist(
        "class",
        "Rect",
        "from collections import namedtuple\nRect = namedtuple('Rect', 'x y')\n",
        "from collections import namedtuple\nRect = namedtuple('Rect', 'x y z')\n",
        ("EXPR(1, 2).x", "EXPR._fields[0]"),
        (),
        "EXPR(1, 2)",
        False,
    ),
    Twist(
        "class",
        "Span",
        "from collections import namedtuple\nSpan = namedtuple('Span', 'x y')\n",
        _data("Span", "x: int; y: int", "x: int; y: int")[0],
        ("EXPR(1, 2).x", "EXPR(x=1, y=2).y"),
        ("EXPR.x", "EXPR[0]", "_a, _b = EXPR\nprint('atNUM', _a)", "list(EXPR)", "EXPR._asdict()"),
        "EXPR(1, 2)",
        False,
    ),
)

_ENUM = "import enum\n"
ENUMERATIONS = (
    Twist(
        "class",
        "Color",
        _ENUM + _class("Color", "    A = 'a'\n    B = 'b'", "(enum.Enum)"),
        _ENUM + _class("Color", "    A = 'a'", "(enum.Enum)"),
        (
            "EXPR.A.value",
            "EXPR.B.value",
            "EXPR['B'].value",
            "EXPR('b').name",
            "EXPR('a').name",
            "len(EXPR)",
            "[each.name for each in EXPR]",
            "'B' in EXPR.__members__",
            "hasattr(EXPR, 'B')",
            "EXPR.A.name",
            "_w = 'B'\nprint('atNUM', EXPR[_w].value)",
            "match EXPR('a'):\n    case EXPR.B:\n        print('atNUM', 1)\n    case _:\n        print('atNUM', 2)",
        ),
    ),
    Twist(
        "class",
        "Level",
        _ENUM + _class("Level", "    LOW = 1\n    HIGH = 2", "(enum.IntEnum)"),
        _ENUM + _class("Level", "    LOW = 1\n    HIGH = 2", "(enum.Enum)"),
        ("EXPR.LOW.value", "EXPR.LOW < EXPR.HIGH", "EXPR.LOW + 1", "EXPR(1).name", "EXPR.LOW == 1"),
    ),
    Twist(
        "class",
        "Phase",
        _ENUM + _class("Phase", "    A = 'a'", "(enum.Enum)"),
        _ENUM + _class("Phase", "    A = 'A'", "(enum.Enum)"),
        ("EXPR.A.name", "EXPR('a').name", "EXPR['A'].name", "len(EXPR)"),
    ),
    Twist(
        "class",
        "Kind",
        _ENUM + _class("Kind", "    A = 'a'\n    B = 'b'", "(enum.Enum)"),
        _class("Kind", "    A = 'a'\n    B = 'b'"),
        ("EXPR.A.value", "EXPR('a').name", "[each.name for each in EXPR]", "EXPR['A'].value"),
    ),
)

_RAISE = "try:\n    raise {}\nexcept {}:\n    print('atNUM', 'caught')"
ERRORS = (
    Twist(
        "error",
        "Boom",
        _class("Boom", "", "(ValueError)"),
        _class("Boom", "", "(Exception)"),
        (
            _RAISE.format("EXPR('x')", "ValueError"),
            _RAISE.format("EXPR('x')", "Exception"),
            _RAISE.format("EXPR", "EXPR"),
            _RAISE.format("EXPR('x')", "(KeyError, ValueError)"),
            "issubclass(EXPR, ValueError)",
            "isinstance(EXPR('x'), ValueError)",
            "import contextlib\nwith contextlib.suppress(ValueError):\n    raise EXPR()\nprint('atNUM')",
        ),
    ),
    Twist(
        "error",
        "Missing",
        _class(
            "Missing",
            "    def __init__(self, key, code=1):\n        super().__init__(key)\n        self.code = code",
            "(LookupError)",
        ),
        _class("Missing", "", "(LookupError)"),
        (
            _RAISE.format("EXPR('x')", "LookupError"),
            _RAISE.format("EXPR('x', code=2)", "EXPR"),
            "try:\n    raise EXPR('x')\nexcept EXPR as error:\n    print('atNUM', error.code)",
            "EXPR('x').args[0]",
        ),
    ),
    Twist(
        "function",
        "fail",
        _class("_Bad", "", "(KeyError)") + "def fail():\n    raise _Bad('x')\n",
        _class("_Bad", "", "(Exception)") + "def fail():\n    raise _Bad('x')\n",
        (
            _RAISE.format("SystemError if EXPR() else 1", "KeyError"),
            _RAISE.format("SystemError if EXPR() else 1", "Exception"),
        ),
    ),
    Twist(
        "function",
        "find",
        "def find(key):\n    raise KeyError(key)\n",
        "def find(key):\n    raise AttributeError(key)\n",
        (
            "try:\n    EXPR('x')\nexcept KeyError:\n    print('atNUM', 'caught')",
            "try:\n    EXPR('x')\nexcept Exception:\n    print('atNUM', 'caught')",
        ),
    ),
)


def _method(name: str, old: str, new: str, *uses: str, of_class: tuple[str, ...] = ()) -> Twist:
    return Twist("class", name, _class(name, old), _class(name, new), of_class, uses)


_RUN = "    def run(self{}):\n        return {}"
METHODS = (
    _method(
        "Alpha",
        "    def size(self):\n        return 1",
        "    @property\n    def size(self):\n        return 1",
        "EXPR.size()",
        "callable(EXPR.size)",
    ),
    _method(
        "Beta",
        "    @property\n    def size(self):\n        return 1",
        "    def size(self):\n        return 1",
        "EXPR.size",
        "EXPR.size + 1",
        "getattr(EXPR, 'size') + 1",
        "(lambda q: q.size + 1)(EXPR)",
    ),
    _method(
        "Gamma",
        "    def __init__(self):\n        self.size = 1",
        "    @property\n    def size(self):\n        return 1",
        "EXPR.size",
        "_g = EXPR\n_g.size = 2\nprint('atNUM', _g.size)",
    ),
    _method(
        "Delta",
        "    @staticmethod\n    def parse(text):\n        return text",
        "    def parse(self, text):\n        return text",
        "EXPR.parse('a')",
        of_class=("EXPR.parse('a')", "list(map(EXPR.parse, ['a']))"),
    ),
    _method(
        "Epsilon",
        "    @classmethod\n    def make(cls):\n        return cls()",
        "    @staticmethod\n    def make():\n        return Epsilon()",
        "type(EXPR.make()).__name__[:3]",
        of_class=("EXPR.make() is not None", "type(EXPR.make()).__name__[:3]"),
    ),
    _method(
        "Zeta",
        _RUN.format("", "1"),
        "    async def run(self):\n        return 1",
        "EXPR.run()",
        "EXPR.run() + 1",
    ),
    _method(
        "Eta",
        "    async def run(self):\n        return 1",
        _RUN.format("", "1"),
        _ASYNC,
    ),
    _method(
        "Theta",
        "    def items(self):\n        return [1, 2]",
        "    def items(self):\n        yield 1\n        yield 2",
        "sum(EXPR.items())",
        "len(EXPR.items())",
        "EXPR.items()[0]",
        "_h = EXPR.items()\nprint('atNUM', list(_h), list(_h))",
        "[each for each in EXPR.items()]",
    ),
    _method(
        "Iota",
        "    def items(self):\n        yield 1\n        yield 2",
        "    def items(self):\n        return [1, 2]",
        "next(EXPR.items())",
        "list(EXPR.items())",
        "[each for each in EXPR.items()]",
    ),
    _method(
        "Kappa",
        _RUN.format(", a, b=1", "a"),
        _RUN.format(", a", "a"),
        "EXPR.run(1)",
        "EXPR.run(1, 2)",
        "EXPR.run(1, b=2)",
    ),
    _method(
        "Lamda",
        _RUN.format(", a=1", "a"),
        _RUN.format(", a", "a"),
        "EXPR.run()",
        "EXPR.run(2)",
        "EXPR.run(a=3)",
    ),
    _method(
        "Mu",
        _RUN.format(", a", "a"),
        _RUN.format(", b", "b"),
        "EXPR.run(1)",
        "EXPR.run(a=1)",
        "EXPR.run(**{'a': 1})",
        "(lambda f: f(a=2))(EXPR.run)",
    ),
    _method(
        "Nu",
        _RUN.format(", a=1", "a"),
        _RUN.format(", *, a=1", "a"),
        "EXPR.run(1)",
        "EXPR.run(a=1)",
        "list(map(EXPR.run, [4]))",
        "EXPR.run(*[5])",
    ),
    _method(
        "Xi",
        _RUN.format(", *a", "len(a)"),
        _RUN.format(", a", "1"),
        "EXPR.run(1)",
        "EXPR.run(1, 2)",
        "EXPR.run()",
    ),
    _method(
        "Omicron",
        _RUN.format("", "[1]"),
        _RUN.format("", "1"),
        "EXPR.run()[0]",
        "len(EXPR.run())",
        "bool(EXPR.run())",
    ),
    _method(
        "Pi",
        _RUN.format("", "{'a': 1}"),
        _RUN.format("", "[1]"),
        "EXPR.run()['a']",
        "len(EXPR.run())",
        "EXPR.run().get('a')",
        "_y = EXPR.run()\nprint('atNUM', _y['a'])",
    ),
    _method(
        "Rho",
        _RUN.format("", "'a'"),
        "    def run(self):\n        pass",
        "EXPR.run().upper()",
        "EXPR.run() + 'b'",
    ),
    _method(
        "Sigma",
        "    def __init__(self):\n        self.parts = [1]",
        "    def __init__(self):\n        self.parts = (1,)",
        "EXPR.parts[0]",
        "_s = EXPR\n_s.parts.append(2)\nprint('atNUM', len(_s.parts))",
        "[each for each in EXPR.parts]",
        "len(EXPR.parts)",
    ),
    _method(
        "Tau",
        "    limit = [1]",
        "    limit = 1",
        "EXPR.limit[0]",
        "bool(EXPR.limit)",
        of_class=("EXPR.limit[0]", "len(EXPR.limit)"),
    ),
    _method(
        "Upsilon",
        "    limit = 1\n    more = 2",
        "    limit = 1",
        "EXPR.limit",
        "EXPR.more",
        "getattr(EXPR, 'more')",
        "getattr(EXPR, 'more', 2)",
        "vars(type(EXPR))['more']",
        of_class=("EXPR.more", "EXPR.limit", "hasattr(EXPR, 'more')"),
    ),
    _method(
        "Phi",
        "    class Inner:\n        x = 1",
        "    pass",
        "EXPR.Inner.x",
        of_class=("EXPR.Inner.x", "EXPR.Inner().x"),
    ),
    _method(
        "Chi",
        "    def __init__(self):\n        self.x = 1",
        "    __slots__ = ('x',)\n    def __init__(self):\n        self.x = 1",
        "EXPR.x",
        "_c = EXPR\n_c.other = 2\nprint('atNUM', _c.other)",
        "EXPR.__dict__['x']",
        "vars(EXPR)['x']",
    ),
)


def _special(name: str, method: str, *uses: str, more: str = "") -> Twist:
    body = "    x = 1\n" + more
    return Twist(
        "class", name, _class(name, body + method), _class(name, body), (), ("EXPR.x", *uses)
    )


def _def(name: str, arguments: str, result: str) -> str:
    return f"    def {name}(self{arguments}):\n        return {result}\n"


SPECIAL_METHODS = (
    _special(
        "HasLen", _def("__len__", "", "2"), "len(EXPR)", "EXPR.__len__()", "sum(map(len, [EXPR]))"
    ),
    _special(
        "HasIter",
        _def("__iter__", "", "iter([1])"),
        "list(EXPR)",
        "[*EXPR]",
        "(lambda a: a)(*EXPR)",
        "1 in EXPR",
        "max(EXPR)",
        "dict.fromkeys(EXPR)",
        "','.join(map(str, EXPR))",
    ),
    _special(
        "HasItem",
        _def("__getitem__", ", i", "i"),
        "EXPR[3]",
        "EXPR['a']",
        "__import__('operator').itemgetter(2)(EXPR)",
    ),
    _special("HasContains", _def("__contains__", ", i", "True"), "3 in EXPR", "3 not in EXPR"),
    _special(
        "HasCall",
        _def("__call__", ", i=1", "i"),
        "EXPR()",
        "EXPR(2)",
        "list(map(EXPR, [3]))",
        "callable(EXPR)",
    ),
    _special(
        "HasEnter",
        _def("__enter__", "", "self") + _def("__exit__", ", *a", "None"),
        "with EXPR as _w:\n    print('atNUM', _w.x)",
        "__import__('contextlib').ExitStack().enter_context(EXPR).x",
    ),
    _special(
        "HasAdd",
        _def("__add__", ", o", "3"),
        "EXPR + 1",
        "sum([EXPR], EXPR) and 1",
        "__import__('operator').add(EXPR, 1)",
    ),
    _special("HasRadd", _def("__radd__", ", o", "3"), "1 + EXPR", "sum([EXPR])"),
    _special(
        "HasLt",
        _def("__lt__", ", o", "False"),
        "EXPR < EXPR",
        "sorted([EXPR, EXPR])[0].x",
        "min([EXPR, EXPR]).x",
        "[EXPR, EXPR].sort()",
    ),
    _special(
        "HasEq",
        _def("__eq__", ", o", "True") + _def("__hash__", "", "1"),
        "EXPR == 1",
        "[EXPR].count(1)",
        "EXPR != EXPR",
        "len({EXPR, 1})",
        "1 in [EXPR]",
    ),
    _special(
        "HasBool",
        _def("__bool__", "", "False"),
        "bool(EXPR)",
        "'y' if EXPR else 'n'",
        "not EXPR",
        "bool(EXPR and 1)",
        "any([EXPR])",
    ),
    _special("HasInt", _def("__int__", "", "4"), "int(EXPR)", "f'{int(EXPR)}'"),
    _special(
        "HasNext",
        _def("__iter__", "", "self") + _def("__next__", "", "5"),
        "next(EXPR)",
        "next(iter(EXPR))",
    ),
    _special(
        "HasStr",
        _def("__str__", "", "'str'"),
        "str(EXPR)",
        "f'{EXPR}'",
        "'%s' % EXPR",
        "'{}'.format(EXPR)",
    ),
    _special(
        "HasRepr",
        _def("__repr__", "", "'repr'"),
        "repr(EXPR)",
        "f'{EXPR!r}'",
        "str([EXPR])",
        "'%r' % (EXPR,)",
    ),
    _special("HasIndex", _def("__index__", "", "1"), "[1, 2][EXPR]", "range(EXPR)[0]", "hex(EXPR)"),
    _special("HasFormat", _def("__format__", ", spec", "'f'"), "f'{EXPR:>3}'", "format(EXPR, 'x')"),
    _special(
        "HasSet",
        _def("__setitem__", ", i, v", "None"),
        "_t = EXPR\n_t[1] = 2\nprint('atNUM', _t.x)",
    ),
    _special(
        "HasHash",
        _def("__fspath__", "", "'.'"),
        "__import__('os').fspath(EXPR)",
        "bool(__import__('os').listdir(EXPR))",
    ),
    Twist(
        "class",
        "HasAttr",
        _class("HasAttr", "    x = 1\n" + _def("__getattr__", ", name", "name")),
        _class("HasAttr", "    x = 1"),
        (),
        ("EXPR.x", "EXPR.anything", "getattr(EXPR, 'more')"),
    ),
)

CLASSES = (
    Twist(
        "class",
        "Made",
        _class("Made", "    def __init__(self, a, b=1):\n        self.a = a"),
        _class("Made", "    def __init__(self, a):\n        self.a = a"),
        (
            "EXPR(1).a",
            "EXPR(1, 2).a",
            "EXPR(1, b=2).a",
            "EXPR(*[1, 2]).a",
            "list(map(EXPR, [1]))[0].a",
            "__import__('functools').partial(EXPR, b=2)(1).a",
        ),
        ("EXPR.a",),
        "EXPR(1)",
    ),
    Twist(
        "class",
        "Asks",
        _class("Asks", "    a = 1"),
        _class("Asks", "    def __init__(self, a):\n        self.a = a"),
        ("EXPR().a", "EXPR.a", "[kind().a for kind in (EXPR,)]"),
        ("EXPR.a",),
    ),
    Twist(
        "class",
        "Mixed",
        _class("_Mix", "    def mix(self):\n        return 1")
        + _class("Mixed", "    x = 1", "(_Mix)"),
        _class("Mixed", "    x = 1"),
        (),
        ("EXPR.x", "EXPR.mix()"),
    ),
    Twist(
        "class",
        "Shape",
        _class(
            "Shape",
            "    def area(self):\n        return 1\n    def twice(self):\n        return self.area() * 2",
        ),
        "import abc\n"
        + _class(
            "Shape",
            "    @abc.abstractmethod\n    def area(self): ...\n    def twice(self):\n        return self.area() * 2",
            "(abc.ABC)",
        ),
        (
            "EXPR().twice()",
            "class _S(EXPR):\n    pass\nprint('atNUM', _S().twice())",
            "class _S(EXPR):\n    def area(self):\n        return 3\nprint('atNUM', _S().twice())",
            "EXPR.__name__",
        ),
    ),
    Twist(
        "class",
        "Hook",
        _class(
            "Hook",
            "    def run(self):\n        return self.step()\n    def step(self):\n        return 1",
        ),
        _class(
            "Hook",
            "    def run(self):\n        return self.phase()\n    def phase(self):\n        return 1",
        ),
        (
            "class _H(EXPR):\n    def step(self):\n        return 3\nprint('atNUM', _H().run())",
            "EXPR().run()",
        ),
        ("EXPR.run()",),
    ),
    Twist(
        "class",
        "Tagged",
        _class(
            "Tagged",
            "    x = 1\n    def __init_subclass__(cls, tag=None, **kw):\n        cls.tag = tag",
        ),
        _class("Tagged", "    x = 1"),
        (
            "class _T(EXPR, tag='a'):\n    pass\nprint('atNUM', _T.x)",
            "class _T(EXPR):\n    pass\nprint('atNUM', _T.x)",
            "class _T(EXPR, tag='a'):\n    pass\nprint('atNUM', _T.tag)",
        ),
    ),
    Twist(
        "class",
        "Box",
        "from typing import Generic, TypeVar\nT = TypeVar('T')\n"
        + _class("Box", "    x = 1", "(Generic[T])"),
        _class("Box", "    x = 1"),
        (
            "EXPR().x",
            "EXPR[int]().x",
            "class _B(EXPR[int]):\n    pass\nprint('atNUM', _B().x)",
            "def _f(a: EXPR[int]):\n    return a.x\nprint('atNUM', _f(EXPR()))",
        ),
    ),
    Twist(
        "class",
        "Numeric",
        _class("Numeric", "    pass", "(int)"),
        _class("Numeric", "    def __init__(self, value=0):\n        self.value = value"),
        ("EXPR(1) + 1", "EXPR(2) is not None", "range(EXPR(3))[0]"),
        ("EXPR + 1", "EXPR < 3", "int(EXPR)", "isinstance(EXPR, int)"),
        "EXPR(1)",
    ),
    Twist(
        "class",
        "Table",
        _class("Table", "    pass", "(dict)"),
        _class(
            "Table",
            "    def __init__(self, **kw):\n        self.kw = kw\n    def get(self, key, other=None):\n        "
            "return self.kw.get(key, other)",
        ),
        (
            "EXPR(a=1).get('a')",
            "EXPR(a=1)['a']",
            "len(EXPR(a=1))",
            "EXPR(a=1).items()",
            "dict(EXPR(a=1))",
            "{**EXPR(a=1)}",
        ),
        (
            "EXPR.get('a')",
            "EXPR['a']",
            "'a' in EXPR",
            "EXPR.setdefault('a', 2)",
            "list(EXPR)",
            "isinstance(EXPR, dict)",
        ),
        "EXPR(a=1)",
    ),
    Twist(
        "class",
        "Sole",
        _class(
            "Sole", "    x = 1\n    def __new__(cls, a=1):\n        return super().__new__(cls)"
        ),
        _class("Sole", "    x = 1"),
        ("EXPR().x", "EXPR(2).x", "EXPR(a=2).x"),
        ("EXPR.x",),
    ),
)


def _function(name: str, old: str, new: str, *uses: str) -> Twist:
    return Twist("function", name, f"def {name}{old}\n", f"def {name}{new}\n", uses)


FUNCTIONS = (
    _function(
        "run_a",
        "(a, b=1):\n    return a",
        "(a):\n    return a",
        "EXPR(1)",
        "EXPR(1, 2)",
        "EXPR(1, b=2)",
        "EXPR(*[1, 2])",
        "list(map(EXPR, [1], [2]))",
        "__import__('functools').partial(EXPR, b=2)(1)",
        "EXPR(**{'a': 1, 'b': 2})",
    ),
    _function(
        "run_b",
        "(a):\n    return a",
        "(a, b):\n    return a",
        "EXPR(1)",
        "list(map(EXPR, [1]))",
        "EXPR.__name__",
    ),
    _function(
        "run_c",
        "(a):\n    return a",
        "(b):\n    return b",
        "EXPR(1)",
        "EXPR(a=1)",
        "EXPR(**dict(a=1))",
        "__import__('functools').partial(EXPR, a=2)()",
    ),
    _function(
        "run_d",
        "(a=1):\n    return a",
        "(*, a=1):\n    return a",
        "EXPR(1)",
        "EXPR()",
        "EXPR(a=2)",
        "list(map(EXPR, [1]))",
        "(lambda f: f(3))(EXPR)",
    ),
    _function("run_e", "(**kw):\n    return 1", "():\n    return 1", "EXPR()", "EXPR(a=1)"),
    Twist(
        "function",
        "run_f",
        "def run_f():\n    return 1\n",
        "async def run_f():\n    return 1\n",
        ("EXPR()", "EXPR() + 1", "list(map(EXPR, []))"),
    ),
    Twist(
        "function",
        "run_g",
        "async def run_g():\n    return 1\n",
        "def run_g():\n    return 1\n",
        (
            "import asyncio\nprint('atNUM', asyncio.run(EXPR()))",
            "import asyncio\nasync def _g():\n    return await EXPR()\nprint('atNUM', asyncio.run(_g()))",
        ),
    ),
    _function(
        "rows_a",
        "():\n    return [1, 2]",
        "():\n    yield 1\n    yield 2",
        "sum(EXPR())",
        "len(EXPR())",
        "EXPR()[0]",
        "_r = EXPR()\nprint('atNUM', list(_r), list(_r))",
        "[each for each in EXPR()]",
        "1 in EXPR()",
        "sorted(EXPR())",
        "(EXPR() or [3])[0]",
        "EXPR() + [3]",
    ),
    _function(
        "rows_b",
        "():\n    yield 1\n    yield 2",
        "():\n    return [1, 2]",
        "next(EXPR())",
        "list(EXPR())",
        "[each for each in EXPR()]",
        "_n = EXPR()\nprint('atNUM', next(_n), next(_n))",
    ),
    _function(
        "rows_c",
        "():\n    return {'a': 1}",
        "():\n    return [1]",
        "EXPR()['a']",
        "len(EXPR())",
        "EXPR().get('a')",
        "_c = EXPR()\nprint('atNUM', _c['a'])",
        "{**EXPR()}",
        "'a' in EXPR()",
    ),
    _function(
        "rows_d",
        "():\n    return (1, 2)",
        "():\n    return 1",
        "EXPR()[0]",
        "_a, _b = EXPR()\nprint('atNUM', _a)",
        "bool(EXPR())",
        "_d = EXPR()\nprint('atNUM', _d[0])",
    ),
    _function(
        "rows_e",
        "():\n    return (1, 2)",
        "():\n    return (1, 2, 3)",
        "EXPR()[0]",
        "_a, _b = EXPR()\nprint('atNUM', _a)",
        "EXPR()[1]",
    ),
    _function(
        "text_a",
        "():\n    return 'a'",
        "():\n    pass",
        "EXPR().upper()",
        "EXPR() + 'b'",
        "f'{EXPR()}'",
        "EXPR()\nprint('atNUM')",
    ),
    Twist(
        "function",
        "build",
        "def build():\n    return 1\n",
        _class("build", ""),
        ("EXPR() + 1", "EXPR() == 1", "bool(EXPR())", "list(map(EXPR, []))"),
    ),
    Twist(
        "class",
        "Maker",
        _class("Maker", "    x = 1"),
        "def Maker():\n    return None\n",
        (
            "EXPR().x",
            "EXPR.x",
            "isinstance(1, EXPR)",
            "class _M(EXPR):\n    pass\nprint('atNUM', _M.x)",
            "bool(callable(EXPR))",
        ),
        ("EXPR.x",),
    ),
    Twist(
        "function",
        "wrap_b",
        "def wrap_b(f):\n    return f\n",
        _class("wrap_b", "    def __init__(self, f):\n        self.f = f"),
        ("@EXPR\ndef _x():\n    return 1\nprint('atNUM', _x())",),
    ),
    Twist(
        "function",
        "cached",
        "import functools\n@functools.lru_cache\ndef cached():\n    return 1\n",
        "def cached():\n    return 1\n",
        ("EXPR()", "EXPR.cache_clear()", "EXPR.__wrapped__()"),
    ),
    Twist(
        "function",
        "session",
        "import contextlib\n@contextlib.contextmanager\ndef session():\n    yield 1\n",
        "def session():\n    yield 1\n",
        ("with EXPR() as _s:\n    print('atNUM', _s)",),
    ),
    Twist(
        "function",
        "marked",
        "def marked():\n    return 1\nmarked.tag = 'x'\n",
        "def marked():\n    return 1\n",
        ("EXPR()", "EXPR.tag", "getattr(EXPR, 'tag', None)"),
    ),
    Twist(
        "function",
        "lam",
        "lam = lambda a, b=1: a\n",
        "lam = lambda a: a\n",
        ("EXPR(1)", "EXPR(1, 2)", "EXPR(1, b=2)"),
    ),
    Twist(
        "function",
        "getter",
        "import functools\ndef _get(a, b=1):\n    return a\ngetter = functools.partial(_get, 1)\n",
        "import functools\ndef _get(a):\n    return a\ngetter = functools.partial(_get, 1)\n",
        ("EXPR()", "EXPR(b=2)", "EXPR.args[0]"),
    ),
)


def _value(name: str, old: str, new: str, *uses: str, before: str = "", after: str = "") -> Twist:
    return Twist("value", name, f"{before}{name} = {old}\n", f"{after}{name} = {new}\n", uses)


VALUES = (
    _value(
        "NAMES",
        "['a']",
        "('a',)",
        "EXPR[0]",
        "EXPR + ['b']",
        "len(EXPR)",
        "EXPR.append('b')",
        "EXPR.index('a')",
        "sorted(EXPR)",
        "','.join(EXPR)",
        "[*EXPR]",
    ),
    _value(
        "TABLE",
        "{'a': 1, 'b': 2}",
        "{'a': 1}",
        "EXPR['a']",
        "EXPR['b']",
        "_k = 'b'\nprint('atNUM', EXPR[_k])",
        "(lambda a, b: a)(**EXPR)",
        "EXPR.pop('b')",
        "'%(b)s' % EXPR",
        "'{b}'.format(**EXPR)",
        "__import__('operator').itemgetter('b')(EXPR)",
    ),
    _value(
        "SIZES",
        "[1, 2]",
        "[1]",
        "EXPR[0]",
        "EXPR[1]",
        "_a, _b = EXPR\nprint('atNUM', _a)",
        "EXPR[-1] and 1",
        "(lambda a, b: a)(*EXPR)",
        "_z = 1\nprint('atNUM', EXPR[_z])",
        "EXPR.pop(1)",
    ),
    _value(
        "LIMIT",
        "3",
        "'3'",
        "EXPR + 1",
        "range(EXPR)[0]",
        "f'{EXPR}'",
        "EXPR > 2",
        "[1, 2, 3, 4][EXPR]",
        "str(EXPR)",
        "bool(EXPR)",
        "(lambda n=EXPR: n + 1)()",
        "max(EXPR, 1)",
    ),
    _value(
        "LABEL",
        "'a'",
        "('a',)",
        "EXPR.upper()",
        "EXPR + 'b'",
        "EXPR[0]",
        "'a' in EXPR",
        "'x'.startswith(EXPR)",
        "EXPR == 'a'",
        "{EXPR: 1}['a']",
    ),
    _value(
        "PATTERN",
        "re.compile('a')",
        "'a'",
        "bool(EXPR.match('a'))",
        "EXPR.sub('b', 'a')",
        "bool(__import__('re').match(EXPR, 'a'))",
        "EXPR.pattern",
        before="import re\n",
    ),
    _value(
        "PATTERN_B",
        "'a'",
        "re.compile('a')",
        "bool(__import__('re').match(EXPR, 'a'))",
        "EXPR + 'b'",
        "EXPR.upper()",
        "len(EXPR)",
        "EXPR in 'abc'",
        after="import re\n",
    ),
    _value(
        "HOME",
        "'.'",
        "Path('.')",
        "EXPR + '/a'",
        "__import__('os').path.join(EXPR, 'a')",
        "EXPR.endswith('.')",
        "str(EXPR)",
        after="from pathlib import Path\n",
    ),
    _value("NOTHING", "None", "[]", "EXPR is None", "EXPR or 1", "[1] if EXPR is None else EXPR"),
    _value(
        "GROUP",
        "{'a'}",
        "['a']",
        "EXPR | {'b'} == {'a', 'b'}",
        "'a' in EXPR",
        "EXPR.add('b')",
        "len(EXPR)",
        "sorted(EXPR)",
    ),
    _value(
        "FROZEN",
        "frozenset({'a'})",
        "{'a'}",
        "'a' in EXPR",
        "{EXPR: 1}[EXPR]",
        "len(EXPR)",
        "hash(EXPR) and 1",
    ),
    _value(
        "ORDERED",
        "OrderedDict(a=1)",
        "{'a': 1}",
        "EXPR['a']",
        "EXPR.move_to_end('a')",
        "len(EXPR)",
        before="from collections import OrderedDict\n",
    ),
    _value(
        "QUEUE",
        "deque([1])",
        "[1]",
        "EXPR.popleft()",
        "EXPR[0]",
        "len(EXPR)",
        "EXPR.appendleft(2)",
        before="from collections import deque\n",
    ),
    _value(
        "COUNTS",
        "defaultdict(list)",
        "{}",
        "EXPR['a']",
        "len(EXPR)",
        "EXPR.get('a')",
        before="from collections import defaultdict\n",
    ),
    Twist(
        "value",
        "engine",
        _class(
            "_Engine",
            "    def run(self, a=1):\n        return 1\n    def __len__(self):\n        return 2\n    x = 1",
        )
        + "engine = _Engine()\n",
        _class("_Engine", "    def run(self):\n        return 1\n    x = 1")
        + "engine = _Engine()\n",
        (
            "EXPR.run()",
            "EXPR.run(2)",
            "EXPR.run(a=2)",
            "len(EXPR)",
            "EXPR.x",
            "(lambda e: len(e))(EXPR)",
            "(lambda e: e.run(2))(EXPR)",
        ),
    ),
    Twist(
        "value",
        "motor",
        _class("_Motor", "    x = 1\n    y = 2") + "motor = _Motor()\n",
        _class("_Motor", "    x = 1") + "def _make():\n    return _Motor()\nmotor = _make()\n",
        ("EXPR.x", "EXPR.y"),
    ),
    Twist(
        "value",
        "tuple_of",
        "tuple_of = (int, str)\n",
        "tuple_of = [int, str]\n",
        ("isinstance(1, EXPR)", "EXPR[0] is int", "len(EXPR)"),
    ),
)

TWISTS = (
    *DATA_CLASSES,
    *TUPLES,
    *ENUMERATIONS,
    *ERRORS,
    *METHODS,
    *SPECIAL_METHODS,
    *CLASSES,
    *FUNCTIONS,
    *VALUES,
)
