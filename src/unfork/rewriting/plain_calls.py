"""Calls, decorators and base classes that only make a value: what is not listed may do anything."""

from __future__ import annotations

import builtins


def _word_set(text: str) -> frozenset[str]:
    return frozenset(text.split())


PLAIN_CALLS = frozenset(dir(builtins)) - _word_set(
    "__import__ breakpoint compile delattr eval exec exit input next open print quit setattr"
)
"""Builtins that only make a value."""
PLAIN_MODULES = _word_set(
    "abc attr attrs collections contextvars copy dataclasses datetime decimal enum fractions functools itertools math "
    "pathlib re string struct textwrap types typing typing_extensions uuid"
)
"""Modules whose functions and classes only make values, as decorators too."""
PLAIN_NAMES = _word_set(
    "contextlib.asynccontextmanager contextlib.contextmanager contextlib.suppress json.dumps json.loads "
    "logging.getLogger operator.attrgetter operator.itemgetter operator.methodcaller os.environ.get os.fspath "
    "os.getenv os.path threading.Condition threading.Event threading.Lock threading.RLock threading.Semaphore "
    "threading.local warnings.deprecated weakref.WeakKeyDictionary weakref.WeakSet weakref.WeakValueDictionary "
    "weakref.ref"
)
"""Other names that only make values, by their full names or those of what contains them."""
PLAIN_METHODS = _word_set(
    "absolute capitalize casefold copy decode encode endswith format get hex items join joinpath keys lower "
    "removeprefix removesuffix replace resolve rsplit split startswith strip title to_bytes union upper values "
    "with_suffix zfill"
)
"""Methods that change nothing, whatever they are methods of."""
OWN_DECORATORS = _word_set("deleter getter register setter")
"""Methods of a property, or a single-dispatch function, of the same block: what they change belongs to it."""
QUIET_LIBRARIES = _word_set("attr attrs pydantic typing_extensions")
"""Libraries whose base classes and metaclasses keep no list of their subclasses."""
