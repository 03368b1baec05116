"""Names of the standard library that say what an annotation, a decorator or a call is."""

from __future__ import annotations

STAND_INS = frozenset(
    {
        "AsyncMock",
        "MagicMock",
        "Mock",
        "NonCallableMagicMock",
        "NonCallableMock",
        "SimpleNamespace",
        "create_autospec",
        "patch",
    }
)
"""Calls that make something that may stand for anything, in tests above all."""
GIVING = frozenset({"get", "get_nowait", "load", "loads", "recv", "result"})
"""Calls of a library that give what somebody else has put there: of pickles, queues, futures, connections."""
VAGUE = STAND_INS | {"Any", "object", "TypeVar", "Protocol", "Generic", "ParamSpec", "AnyStr"}
"""Annotations that say nothing of a value."""
UNWRAPPED = frozenset(
    {
        "Annotated",
        "Awaitable",
        "ClassVar",
        "Coroutine",
        "Final",
        "InitVar",
        "NotRequired",
        "ReadOnly",
        "Required",
    }
)
"""Annotations that mean what their argument means."""
CONTAINERS = frozenset(
    {
        "AbstractSet",
        "AsyncGenerator",
        "AsyncIterable",
        "AsyncIterator",
        "Collection",
        "Container",
        "Deque",
        "FrozenSet",
        "Generator",
        "Iterable",
        "Iterator",
        "List",
        "MutableSequence",
        "MutableSet",
        "Reversible",
        "Sequence",
        "Set",
        "Tuple",
        "ValuesView",
        "deque",
        "frozenset",
        "list",
        "set",
        "tuple",
    }
)
"""Types that are looped over, with the type of their elements as first argument."""
MAPPINGS = frozenset(
    {
        "DefaultDict",
        "Dict",
        "Mapping",
        "MutableMapping",
        "OrderedDict",
        "WeakValueDictionary",
        "defaultdict",
        "dict",
    }
)
"""Types of mappings, with the type of the values as last argument."""
SAME = frozenset(
    {
        "copy",
        "deepcopy",
        "ensure_future",
        "proxy",
        "replace",
        "shield",
        "wait_for",
    }
)
"""Calls that return what they are given, or something like it."""
COLLECTING = frozenset(
    {
        "chain",
        "deque",
        "frozenset",
        "iter",
        "list",
        "reversed",
        "set",
        "sorted",
        "tuple",
    }
)
"""Calls that return something with the elements of what they are given."""
PICKING = frozenset(["next", "min", "max", "choice"])
"""Calls that return an element of what they are given."""
CLASS_MAKERS = frozenset(
    {
        "Enum",
        "Flag",
        "IntEnum",
        "IntFlag",
        "NamedTuple",
        "StrEnum",
        "make_dataclass",
        "namedtuple",
    }
)
"""Calls that make a class, which a name is then bound to."""
FILLING = frozenset(
    {
        "add",
        "append",
        "appendleft",
        "extend",
        "insert",
        "setdefault",
        "update",
    }
)
"""Methods that add elements to a container."""
TRANSPARENT_DECORATORS = frozenset(
    {
        "abstractmethod",
        "cache",
        "classmethod",
        "final",
        "lru_cache",
        "overload",
        "override",
        "staticmethod",
    }
)
"""Decorators that leave what a call of the function returns."""
PROPERTY_DECORATORS = frozenset(
    {
        "abstractproperty",
        "cached_property",
        "deleter",
        "getter",
        "property",
        "setter",
    }
)
"""Decorators that make an attribute of a method."""
MANAGERS = frozenset({"contextmanager", "asynccontextmanager"})
"""Decorators that make a context manager of a generator."""
