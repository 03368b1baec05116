"""Which files can name a module at all, determined from their bytes: the others are never parsed.

A file that names the module ``a.b.legacy`` has its last word in an import statement, after the word before it
(``b.legacy``), after a package imported under another name (``import a.b as p``), or in quotes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

from unfork.common_parts import common_parts
from unfork.reading.disguise import normalized_text
from unfork.reading.signs import has_sign, sign_patterns

_FAR, _OFTEN = 2_000, 30
"""Maximum characters per stretch of a pattern, and maximum stretches: a longer text may name anything.

Reading to the end of a file from each of many starting points would take quadratic time.
"""
_COMMENT = rb"#[^\r\n]{0,300}[\r\n]"
"""A comment with its line end: it can match in only one way, so a search never backtracks."""
_LINE_JOIN = rb"\\(?:\r\n?|\n)"


class _Run(NamedTuple):
    """Stretches of the given characters, separated by ``between``."""

    characters: bytes
    between: bytes
    more: bytes
    """What would follow if the run were not cut short."""

    @property
    def pattern(self) -> bytes:
        stretch = rb"%b{0,%d}" % (self.characters, _FAR)
        return rb"%b(?:%b%b){0,%d}" % (stretch, self.between, stretch, _OFTEN)

    def too_long(self, head: bytes) -> bytes:
        """Return the pattern of a run after ``head`` that is cut short."""
        return rb"%b(?>%b)(?=%b)" % (head, self.pattern, self.more)


_LINE = _Run(rb"[^\n\\;#]", _LINE_JOIN, rb"[^\n\\;#]|" + _LINE_JOIN)
"""The rest of a logical line."""
_REST = _Run(rb"[^\n\\]", _LINE_JOIN, rb"[^\n\\]|" + _LINE_JOIN)
"""The same, including a comment and what follows a semicolon."""
_NAMES = _Run(rb"[^()#]", _COMMENT, rb"[^()]")
"""Names in brackets, after ``import``; a bracket in a comment does not close them."""
_GAP = _Run(rb"[ \t\f\\\r\n)]", _COMMENT, rb"[ \t\f\\\r\n)#]")
"""The text between a package and a module taken from it, except the dot: ``(package) .module``."""
_BRACKET = rb"[ \t\f\\\r\n]*+\("
_IMPORT = re.compile(rb"[ \t]*(?:from|import)[ \t]")
_NO_PLAIN_STRING = rb"\s*\(\s*(?!\s|\)|[rRuU]?[\"'][^\"'%{}]*[\"']\s*[,)])"
_OR_RENAMED = rb"|[ \t]+as\b"
_KEY_IN_PIECES = rb"\s*\[\s*(?:[fF][\"']|\w+\s*[+%]|[\"'][\w.]*[\"']\s*(?:[+%]|\.\s*\w|[\"']))"
_PUT_TOGETHER = rb"\s*\(\s*(?:[fF][\"']|[A-Z_]+\b|\w+\s*[+%])"
_TAKING_PATHS = (
    *("patch", "import_module", "__import__", "importorskip"),
    *("find_spec", "run_module", "resolve_name"),
)
_TAKING_ANYTHING = ("setattr", "delattr", "multiple", "setitem", "MonkeyPatch")
_COMPUTED = sign_patterns(
    dict.fromkeys(_TAKING_PATHS, rb"(?:%b%b)" % (_NO_PLAIN_STRING, _OR_RENAMED))
    | dict.fromkeys(_TAKING_ANYTHING, _PUT_TOGETHER)
    | {"modules": _KEY_IN_PIECES}
)
"""A call that takes a path but gets no plain string: the path is composed, or held in a variable.

Also such a call by another name, and a key of ``sys.modules`` that is composed.
"""
# patterns of bytes are compiled when they are first used: most hooks need none of these
_GIVEN = rb"(?:patch|Patch|\.setattr|\.delattr)\s*\(\s*(?:(?:target|name)\s*=\s*)?(\w+)\s*[,)]"
"""A call that replaces something by a path held in a variable."""
_VARS = rb"(?:vars(?<!\wvars)|dir(?<!\wdir)|getmembers)\s*\(\s*(\w+)"
_OWNER = re.compile(rb"(?<!\w)(\w+)(?:\.\w+)*\.\Z")
"""A possible module whose namespace is accessed: any of its names can be replaced through that."""
_NEAR = 200
"""The maximum distance before ``__dict__`` in which its owner's name is searched for."""
_IMPORTED = rb"\bimport\b(?:[^=:\"'\[{;)#]|#[^\n]*)*+"
"""What may be the imported names: up to a character that none contains, except in comments."""
_FEW = 16
"""Up to this many words, searching for each is faster than examining every word of a text."""
_PARTS = bytes(
    [c if c >= 0x80 or chr(c).isalnum() or c == ord("_") else ord(" ") for c in range(256)]
)
"""Replaces everything that is not in an identifier with blanks; bytes of 128 and above are letters, or in a string."""


class Words(NamedTuple):
    """Words to search for in texts that mostly have none. If there are few, parts of longer words match, too."""

    words: frozenset[bytes]

    def within(self, buffer: bytearray, size: int) -> bool:
        """Return whether the first ``size`` bytes of a buffer contain one of the words, even in disguise."""
        if self.plainly_within(buffer, size):
            return True
        data = bytes(memoryview(buffer)[:size])
        plain = normalized_text(data)
        return plain is not data and bool(self.present_in(plain))

    def plainly_within(self, buffer: bytearray, size: int) -> bool:
        """Return whether the first ``size`` bytes of a buffer contain one of the words as it is: no Python file."""
        parts = common_parts(self.words, _FEW)
        if parts is not None and not any(buffer.find(part, 0, size) >= 0 for part in parts):
            return False
        if len(self.words) <= _FEW:
            return True
        return not self.words.isdisjoint(identifiers_in(bytes(memoryview(buffer)[:size])))

    def present_in(self, data: bytes) -> frozenset[bytes]:
        """Return the words that a text contains."""
        if len(self.words) <= _FEW:
            return frozenset(word for word in self.words if word in data)
        return self.words.intersection(identifiers_in(data))


def identifiers_in(data: bytes) -> list[bytes]:
    """Return the identifiers and numbers of a text, in order; those in strings and comments, too."""
    return data.translate(_PARTS).split()


class Prefilter:
    """Looks for modules, given by their dotted names."""

    def __init__(self, modules: frozenset[str]) -> None:
        self.modules = modules

    def matches(self, data: bytes) -> bool:
        """Return whether a file's bytes may name one of the modules."""
        plain = normalized_text(data)
        return self._matches_text(data) or (plain is not data and self._matches_text(plain))

    def _matches_text(self, data: bytes) -> bool:
        present = self.words.present_in(data)
        if any(_is_imported(word, data) for word in present):
            return True
        if not present:
            return False
        return self._names_a_module(data, present) or may_compute_paths(data)

    def _names_a_module(self, data: bytes, present: Iterable[bytes]) -> bool:
        return any(self._of(word)._any_use_pattern.search(data) for word in present)

    def uses(self, data: bytes) -> Iterator[int]:
        """Yield where a text may use one of the modules outside import statements.

        b.legacy.x    "a.b.legacy.x"    ".legacy"
        """
        for word in self.words.present_in(data):
            yield from (match.start() for match in self._of(word)._used.finditer(data))

    def has_alias(self, data: bytes) -> bool:
        """Return whether a text has a package of one of the modules by another name.

        import a.b as p    for p.legacy
        """
        return any(self._of(word)._aliased.search(data) for word in self.words.present_in(data))

    def _of(self, last_word: bytes) -> Prefilter:
        """Return the filter for the modules of one last segment.

        Nearly every text has a set of segments of its own: patterns for each set would have to be compiled each time.
        """
        return self._by_word[last_word]

    @cached_property
    def _by_word(self) -> Mapping[bytes, Prefilter]:
        modules: dict[bytes, set[str]] = {}
        for name in self.modules:
            modules.setdefault(last_word(name), set()).add(name)
        return {word: Prefilter(frozenset(names)) for word, names in modules.items()}

    @cached_property
    def words(self) -> Words:
        """The last segments of the modules."""
        return Words(frozenset(map(last_word, self.modules)))

    @cached_property
    def _any_use_pattern(self) -> re.Pattern[bytes]:
        """The pattern of anything that can name one of the modules; it may match more.

        from a.b import x, legacy    from .legacy import x
        """
        last = _any_word_pattern(self.words.words)
        heads = [(rb"from\b", _LINE), (rb"import\b", _LINE), (b"import" + _BRACKET, _NAMES)]
        return _starting_with_letters(
            *(head + run.pattern + rb"\b" + last + rb"\b" for head, run in heads),
            *(run.too_long(head) for head, run in heads),
            *self._use_patterns,
            *self._alias_patterns,
        )

    @cached_property
    def _used(self) -> re.Pattern[bytes]:
        return _starting_with_letters(*self._use_patterns)

    @cached_property
    def _use_patterns(self) -> list[bytes]:
        patterns = []
        for module in sorted(self.modules):
            package, _, last = (re.escape(part.encode()) for part in module.rpartition("."))
            near = package.rpartition(rb"\.")[2]
            if package:
                dot = rb"%b(?>%b)\." % (near, _GAP.pattern)
                patterns.append(rb"%b(?>%b)%b\b" % (dot, _GAP.pattern, last))
                patterns += [_GAP.too_long(near), _GAP.too_long(dot)]
            else:
                patterns.append(rb"\b" + last + rb"\b")
            top = b"" if package else last + rb"\b|"
            patterns += [quote + rb"(?:" + top + rb"\.+" + last + rb"\b)" for quote in (b'"', b"'")]
            patterns.append(rb"__import__\(\s*[\"']%b\b" % last)  # relative, by its level
        return patterns

    @cached_property
    def _aliased(self) -> re.Pattern[bytes]:
        return _starting_with_letters(*self._alias_patterns)

    @property
    def _alias_patterns(self) -> list[bytes]:
        packages = {module.split(".")[-2] for module in self.modules if "." in module}
        return [re.escape(package.encode()) + rb"[ \t]+as[ \t]" for package in sorted(packages)]


def may_compute_paths(data: bytes) -> bool:
    """Return whether a text may compose the path of a module or object that it imports or replaces."""
    if has_sign(data, _COMPUTED):
        return True
    has_sign_of_namespace = any(
        sign in data for sign in (b"vars", b"__dict__", b"dir(", b"getmembers")
    )
    return has_sign_of_namespace and _has_namespace_of_module(data)


def may_wrap_a_patch(data: bytes) -> bool:
    """Return whether a text may replace something by a path passed as a function's parameter."""
    given = {match[1] for match in re.finditer(_GIVEN, data)} if b"def " in data else set()
    return any(len(re.findall(rb"[(,*]\s*%b\s*[,:)=]" % name, data)) > 1 for name in given)


def _has_namespace_of_module(data: bytes) -> bool:
    """Return whether a text accesses or lists the namespace of what it may have imported, by name or by a star."""
    owners = {match[1] for match in re.finditer(_VARS, data)} | set(_dict_owners(data))
    if not owners:
        return False
    lists = (match[0] for match in re.finditer(_IMPORTED, data))
    imported = {word for names in lists for word in re.findall(rb"(?<![\w.])\w+|\*", names)}
    return not imported.isdisjoint({*owners, b"*"}) or b"__import__" in owners


def _dict_owners(data: bytes) -> Iterator[bytes]:
    """Yield the first names of the expressions whose ``__dict__`` a text accesses."""
    at = data.find(b"__dict__")
    while at >= 0:
        match = _OWNER.search(data, max(0, at - _NEAR), at)
        if match is not None:
            yield match[1]
        at = data.find(b"__dict__", at + 1)


def _starting_with_letters(*alternatives: bytes) -> re.Pattern[bytes]:
    """Return a pattern of the alternatives. If each starts with a known letter, a search skips all other letters."""
    return re.compile(b"|".join(alternatives) or rb"(?!)")


def _is_imported(word: bytes, data: bytes) -> bool:
    """Return whether the first line with a word imports exactly that word: a fast test of the usual case."""
    at = data.find(word)
    line = data.rfind(b"\n", 0, at) + 1
    alone = not data[at - 1 : at].isalnum() and data[at + len(word) : at + len(word) + 1].isspace()
    return alone and data[at - 1 : at] != b"_" and _IMPORT.match(data, line) is not None


class Taking:
    """Finds by a file's bytes whether it may take one of the ``names`` from another module.

    A name may be taken by an import, as an attribute, in quotes, or after a colon in quotes. A name that is also the
    last segment of a ``legacy`` module does not count directly after that module's package: there it is the module.
    """

    def __init__(self, names: Iterable[str], legacy: Iterable[str]) -> None:
        packages: dict[str, list[str]] = {}
        for module in legacy:
            package, _, last = module.rpartition(".")
            if package:
                packages.setdefault(last, []).append(package)
        every = [(name, sorted(packages.get(name, ()))) for name in sorted(set(names))]
        self._anywhere = _starting_with_letters(*(_pattern_elsewhere(*entry) for entry in every))
        self._any_use_pattern = _starting_with_letters(
            *(way for entry in every for way in _taking_patterns(*entry))
        )
        self._keywords = _starting_with_letters(*(_as_keyword(name) for name, _ in every))

    def may_be_in(self, data: bytes) -> bool:
        """Return whether a file may take one of the names."""
        first = self._anywhere.search(data)  # few files get past this, and the pattern is slow
        if first is None:
            return False
        if b".multiple" in data and self._keywords.search(data):
            return True
        return self._any_use_pattern.search(data) is not None


def _pattern_elsewhere(name: str, packages: Iterable[str]) -> bytes:
    """Return the pattern of a name anywhere except directly after one of the packages, or in ``from .name import``."""
    word = re.escape(name.encode())
    tails = [rb"\b%b\." % re.escape(package.rpartition(".")[2].encode()) for package in packages]
    return word + b"".join(rb"(?<!%b%b)" % (before, word) for before in [*tails, rb"\bfrom \."])


def _taking_patterns(name: str, packages: Iterable[str]) -> Iterator[bytes]:
    word = re.escape(name.encode())
    heads = (re.escape(package.encode()) for package in packages)
    other = b"".join(rb"(?<!\bfrom %b import)" % head for head in heads)
    for head, run in ((rb"import\b" + other, _REST), (b"import" + other + _BRACKET, _NAMES)):
        yield head + run.pattern + rb"\b%b\b" % word
        yield run.too_long(head)
    yield rb"\.\s*%b\b" % _pattern_elsewhere(name, packages)
    yield rb":%b[.\"']" % word
    yield rb"\"%b\"" % word
    yield rb"'%b'" % word


def _as_keyword(name: str) -> bytes:
    """Return the pattern of a name as a keyword argument: ``patch.multiple("consumer", name=fake)``."""
    return rb"\b%b\s*=(?!=)" % re.escape(name.encode())


def _any_word_pattern(words: Iterable[bytes]) -> bytes:
    escaped = sorted({re.escape(word) for word in words}, key=len, reverse=True)
    return b"(?:" + b"|".join(escaped) + b")" if escaped else b"(?!)"


def last_word(module: str) -> bytes:
    """Return the last segment of a dotted name."""
    return module.rpartition(".")[2].encode()
