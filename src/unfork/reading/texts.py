"""The value of a string expression, piece by piece: literals, constants, and combinations of them.

    "a" ".b"    f"{MODULE}.run"    MODULE + ".run"    "%s.run" % MODULE    "{}.run".format(MODULE)    for t in ["a.b"]

A name counts if it is bound once, to such an expression (the language reference, 6.2.3 literal concatenation, 6.1
f-strings as of PEP 498 and 701). Anything else is an unknown piece. This is the only reader of such expressions: the
codemods, the check whether code may load a removed module, and the audit all use it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product

from unfork.nodes import FunctionDef
from unfork.reading.scope_analysis import analyse_scopes
from unfork.reading.scopes import Bind, Scope, resolve_name
from unfork.reading.source import Source
from unfork.reading.text_methods import derived_text, part_of_text

_LITERAL = re.compile(
    rb"(?P<prefix>[a-zA-Z]*)(?P<quotes>\"\"\"|'''|\"|')(?P<content>.*?)(?P=quotes)", re.DOTALL
)
_BETWEEN = re.compile(rb"(?:[ \t\f\\\r\n()]|#[^\r\n]*)*")
_FIELD = re.compile(rb"\{[^{}\"'\\]*\}")
_PERCENT = re.compile(r"%(?:(?P<name>)[sd]|\(\w+\)[sdr]|[-+ #0-9.]*[a-z])")
_BRACES = re.compile(r"\{(?:(?P<name>\w*)\}|[^{}]*\})")
"""The fields of templates; those that have a group ``name`` hold an argument as it is."""
_MOST = 64
"""If one expression may have more texts than this, all are unknown."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Part of a text. ``text`` is None if unknown; ``start`` is its offset in the file, None if it is not there."""

    text: str | None
    start: int | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """A possible value of an expression. ``names`` are the uses of constants and loop variables that provide it."""

    pieces: tuple[Piece, ...]
    names: tuple[ast.Name, ...] = ()

    @property
    def value(self) -> str | None:
        """The whole text; None if a piece is unknown."""
        texts = [piece.text for piece in self.pieces]
        return None if None in texts else "".join(text or "" for text in texts)

    @property
    def beginning(self) -> str:
        """The text up to the first unknown piece."""
        text = ""
        for piece in self.pieces:
            if piece.text is None:
                break
            text += piece.text
        return text

    def part(self, start: int, end: int) -> Text:
        """Return the characters ``[start, end)``; every piece is known."""
        pieces: list[Piece] = []
        at = 0
        for piece in self.pieces:
            text = piece.text or ""
            first, last = max(start - at, 0), min(end - at, len(text))
            if first < last:
                skipped = len(text[:first].encode())
                offset = None if piece.start is None else piece.start + skipped
                pieces.append(Piece(text[first:last], offset))
            at += len(text)
        return replace(self, pieces=tuple(pieces))

    def __add__(self, other: Text) -> Text:
        return Text(self.pieces + other.pieces, self.names + other.names)


UNKNOWN = Text((Piece(None),))
_EMPTY = Text(())


@dataclass
class Texts:
    """Reads the string expressions of one file.

    ``own_name`` is the value of ``__name__`` here, and ``parents`` maps each node to its parent. ``imported`` returns
    the constant that an import binds, and ``module_name`` the ``__name__`` of an expression that is a module; both
    return None if it is unknown, as they do for who reads one file by itself.
    """

    source: Source
    parents: Callable[[], Mapping[ast.AST, ast.AST]]
    imported: Callable[[ast.AST, ast.alias], str | None] = lambda *_: None
    module_name: Callable[[ast.expr, Scope], str | None] = lambda *_: None
    own_name: str | None = None
    _reading: set[tuple[Scope, str]] = field(default_factory=set)

    def of(self, node: ast.expr, scope: Scope) -> Sequence[Text]:
        """Return all possible values of an expression: more than one if a loop iterates over a literal list."""
        texts = list(self.read_expression(node, scope))
        return texts if len(texts) <= _MOST else [UNKNOWN]

    def of_looked_up(self, node: ast.expr, scope: Scope) -> Sequence[Text]:
        """Return the same, also of a look-up in a literal table: ``TABLE[key]``, ``TABLE.get(key)``."""
        match node:
            case ast.Subscript(value=ast.Name() as table, slice=key):
                pass
            case ast.Call(func=ast.Attribute(value=ast.Name() as table, attr="get"), args=[key]):
                pass
            case _:
                return self.of(node, scope)
        entries = _entries(self._literal_of_name(table, scope), key) or ()
        texts = [text for entry in entries for text in self.of(entry, scope)]
        if not 0 < len(texts) <= _MOST:
            return [UNKNOWN]
        return [replace(text, names=(*text.names, table)) for text in texts]

    def read_expression(self, node: ast.expr, scope: Scope) -> Iterable[Text]:
        """Yield the possible values of an expression: what a subclass that knows more expressions extends."""
        match node:
            case ast.Constant(value=str() as value):
                return [self._literal_text(node, value)]
            case ast.JoinedStr():
                return self._fstring_texts(node, scope)
            case ast.BinOp(op=ast.Add()):
                return _concatenate_all([self.of(node.left, scope), self.of(node.right, scope)])
            case ast.BinOp(op=ast.Mod()):
                given = node.right.elts if isinstance(node.right, ast.Tuple) else [node.right]
                return self._fill_template(node.left, _PERCENT, given, {}, scope)
            case ast.Call(func=ast.Attribute(value=form, attr="format")):
                named = {k.arg: k.value for k in node.keywords if k.arg is not None}
                return self._fill_template(form, _BRACES, node.args, named, scope)
            case ast.Call(
                func=ast.Attribute(value=ast.Constant(value=str() as between), attr="join"),
                args=[listed],
            ):
                held: ast.expr | None = listed
                if isinstance(listed, ast.Name):
                    held = self._literal_of_name(listed, scope)
                if not isinstance(held, ast.List | ast.Tuple):
                    return [UNKNOWN]
                return self._join_elements(between, held.elts, scope)
            case ast.Attribute(value=ast.Name() as owner, attr="__module__"):
                return self._texts_of_origin(owner, scope)
            case ast.Attribute(attr="__name__"):
                return [Text((Piece(self.module_name(node.value, scope)),))]
            case ast.IfExp():
                return [*self.of(node.body, scope), *self.of(node.orelse, scope)]
            case ast.Attribute(value=ast.Name(id="__spec__"), attr="name" | "parent" as part):
                own = "__name__" if part == "name" else "__package__"
                return self._texts_of_name(ast.Name(own, ast.Load()), scope)
            case ast.Name():
                return self._texts_of_name(node, scope)
            case _:
                return self._derived_texts(node, scope)

    def _texts_of_origin(self, owner: ast.Name, scope: Scope) -> Iterable[Text]:
        """Return the module of a class or function, which is this one if the file defines it."""
        reached = resolve_name(scope, owner.id)
        bind = self.only_bind(reached.binds[owner.id]) if reached is not None else None
        is_own = bind is not None and isinstance(bind.node, ast.ClassDef | FunctionDef)
        return [Text((Piece(self.own_name if is_own else None),))]

    def _derived_texts(self, node: ast.expr, scope: Scope) -> Iterable[Text]:
        """Return what a method or a slice makes of a text: nothing that stands in the file."""
        derived = derived_text(node)
        for text in self.of(derived.base, scope) if derived is not None else [UNKNOWN]:
            made = derived.of(text.value) if derived and text.value is not None else None
            yield replace(text, pieces=(Piece(made),))

    # -- literals

    def _literal_text(self, node: ast.Constant, value: str) -> Text:
        pieces = self._pieces_in_source(node, [])
        if pieces is not None and "".join(piece.text or "" for piece in pieces) == value:
            return Text(tuple(pieces))
        return Text((Piece(value),))

    def _fstring_texts(self, node: ast.JoinedStr, scope: Scope) -> Iterable[Text]:
        fields = [part for part in node.values if isinstance(part, ast.FormattedValue)]
        plain = all(part.conversion in (-1, 115) and part.format_spec is None for part in fields)
        ways = [self.of(part.value, scope) if plain else [UNKNOWN] for part in fields]
        for chosen in product(*ways):
            yield self._fill_fstring(node, chosen)

    def _fill_fstring(self, node: ast.JoinedStr, chosen: Sequence[Text]) -> Text:
        """Return the value of an f-string whose fields have the values ``chosen``."""
        known = iter(chosen)
        parts = [
            Text((Piece(str(part.value)),)) if isinstance(part, ast.Constant) else next(known)
            for part in node.values
        ]
        told = sum(parts, _EMPTY)
        pieces = self._pieces_in_source(node, chosen)
        if pieces is None or told.value is None:
            return told
        written = Text(tuple(pieces), told.names)
        return written if written.value == told.value else told

    def _pieces_in_source(self, node: ast.expr, fields: Sequence[Text]) -> list[Piece] | None:
        """Return the pieces of a string as spelled, with ``fields`` in its braces; None if it has escapes, say."""
        at, end = self.source.span(node)
        data, known = self.source.data, iter(fields)
        pieces: list[Piece] = []
        while at < end:
            literal = _LITERAL.match(data, at, end)
            prefix = literal["prefix"].lower() if literal else b""
            if literal is None or b"\\" in literal["content"] or b"b" in prefix:
                return None
            start, stop = literal.span("content")
            if b"f" not in prefix:
                pieces.append(Piece(data[start:stop].decode(), start))
            else:
                for text, offset in _split_fields(data, start, stop):
                    if offset is not None:
                        pieces.append(Piece(text, offset))
                    elif (filled := next(known, None)) is not None:
                        pieces += filled.pieces
                    else:
                        return None
            between = _BETWEEN.match(data, literal.end(), end)
            at = between.end() if between else end
        return pieces if next(known, None) is None else None

    # -- combinations

    def _fill_template(
        self,
        form: ast.expr,
        holes: re.Pattern[str],
        given: Sequence[ast.expr],
        named: Mapping[str, ast.expr],
        scope: Scope,
    ) -> Iterable[Text]:
        """Yield the values of a template with its holes filled: for ``%`` in order, for braces by name too."""
        for template in self.of(form, scope):
            if template.value is None or _has_other_marks(template.value, holes):
                yield UNKNOWN
                continue
            parts: list[Sequence[Text]] = []
            at = 0
            for number, hole in enumerate(holes.finditer(template.value)):
                argument = _argument_of(hole["name"], number, given, named)
                parts.append([template.part(at, hole.start())])
                parts.append([UNKNOWN] if argument is None else self.of(argument, scope))
                at = hole.end()
            rest = template.part(at, len(template.value))
            yield from _concatenate_all([*parts, [rest]])

    def _join_elements(
        self, between: str, given: Sequence[ast.expr], scope: Scope
    ) -> Iterable[Text]:
        parts: list[Sequence[Text]] = []
        for number, element in enumerate(given):
            parts += [[Text((Piece(between),))]] if number else []
            parts.append([UNKNOWN] if isinstance(element, ast.Starred) else self.of(element, scope))
        return _concatenate_all(parts)

    # -- names

    def _texts_of_name(self, node: ast.Name, scope: Scope) -> Iterable[Text]:
        reached = resolve_name(scope, node.id)
        if reached is None:
            return [Text((Piece(self._own_names.get(node.id)),))]
        key = reached, node.id
        bind = None if key in self._reading else self.only_bind(reached.binds[node.id])
        if bind is None:
            return [UNKNOWN]
        self._reading.add(key)
        try:
            texts = list(self._texts_of_binding(bind, reached))
        finally:
            self._reading.discard(key)
        return [replace(text, names=(*text.names, node)) for text in texts]

    @property
    def _own_names(self) -> Mapping[str, str | None]:
        """What the file's own module and package are called: names that Python binds."""
        is_package = self.source.path.rpartition("/")[2].startswith("__init__.")
        package = self.own_name
        if package is not None and not is_package:
            package = package.rpartition(".")[0]
        return {"__name__": self.own_name, "__package__": package}

    def only_bind(self, binds: Sequence[Bind]) -> Bind | None:
        """Return the binding that tells the value of a name; None if it may have another value."""
        return binds[0] if len(binds) == 1 else None

    def _texts_of_binding(self, bind: Bind, scope: Scope) -> Iterable[Text]:
        if bind.alias is not None:
            return [Text((Piece(self.imported(bind.node, bind.alias)),))]
        holder = self.parents().get(bind.node)
        match holder:
            case ast.Assign(targets=targets) if bind.node in targets:
                return self.of(holder.value, scope)
            case ast.AnnAssign(value=ast.expr() as value) | ast.NamedExpr(value=value):
                return self.of(value, scope)
            case ast.For() | ast.comprehension():
                return self._texts_of_elements(holder.iter, None, scope)
            case ast.Tuple() if isinstance(bind.node, ast.expr):
                outer, position = self.parents().get(holder), holder.elts.index(bind.node)
                if isinstance(outer, ast.For | ast.comprehension):
                    return self._texts_of_elements(outer.iter, position, scope)
                if isinstance(outer, ast.Assign) and holder in outer.targets:
                    return self._texts_of_entries(outer.value, position, scope)
            case ast.arguments() if isinstance(bind.node, ast.arg):
                return self._parametrize_texts(bind.node, self.parents().get(holder), scope)
            case _:
                pass
        return [UNKNOWN]

    def _texts_of_elements(
        self, listed: ast.expr, position: int | None, scope: Scope
    ) -> Iterable[Text]:
        """Return the values of a literal list's elements, or those at a position within them."""
        held: ast.expr | None = listed
        names: tuple[ast.Name, ...] = ()
        match listed:
            case ast.Name() as table:
                held, names = self._literal_of_name(table, scope), (table,)
            case ast.Call(
                func=ast.Attribute(value=ast.Name() as table, attr="values" | "items" as method),
                args=[],
            ):
                held = _entries_of_dictionary(self._literal_of_name(table, scope), method)
                names = (table,)
            case _:
                pass
        if not isinstance(held, ast.List | ast.Tuple | ast.Set):
            return [UNKNOWN]
        return self._texts_at(held.elts, position, scope, names)

    def _texts_of_entries(self, looked_up: ast.expr, position: int, scope: Scope) -> Iterable[Text]:
        """Return the values at a position within the entries of a table that is looked up: ``a, b = TABLE[key]``."""
        match looked_up:
            case ast.Subscript(value=ast.Name() as table, slice=key):
                pass
            case ast.Call(func=ast.Attribute(value=ast.Name() as table, attr="get"), args=[key]):
                pass
            case _:
                part = part_of_text(looked_up, position)
                return [UNKNOWN] if part is None else self.of(part, scope)
        entries = _entries(self._literal_of_name(table, scope), key)
        return self._texts_at(entries, position, scope, (table,)) if entries else [UNKNOWN]

    def _texts_at(
        self,
        elements: Sequence[ast.expr],
        position: int | None,
        scope: Scope,
        names: tuple[ast.Name, ...],
    ) -> Iterable[Text]:
        chosen = [_element_at(element, position) for element in elements]
        texts = [t for e in chosen for t in ([UNKNOWN] if e is None else self.of(e, scope))]
        return [replace(text, names=(*text.names, *names)) for text in texts]

    def _literal_of_name(self, node: ast.Name, scope: Scope) -> ast.expr | None:
        """Return the expression that a name is bound to, once; None if it may be bound to another."""
        reached = resolve_name(scope, node.id)
        binds = reached.binds[node.id] if reached is not None else []
        holder = self.parents().get(binds[0].node) if len(binds) == 1 else None
        if isinstance(holder, ast.Assign) and binds[0].node not in holder.targets:
            return None
        return holder.value if isinstance(holder, ast.Assign | ast.AnnAssign) else None

    def _parametrize_texts(
        self, arg: ast.arg, function: ast.AST | None, scope: Scope
    ) -> Iterable[Text]:
        """Return the values that ``@pytest.mark.parametrize("name", [...])`` gives to a parameter."""
        for call in getattr(function, "decorator_list", ()):
            match call:
                case ast.Call(
                    func=ast.Attribute(attr="parametrize"),
                    args=[
                        ast.Constant(value=str() as said),
                        ast.List() | ast.Tuple() as listed,
                        *_,
                    ],
                ):
                    names = [name.strip() for name in said.split(",")]
                    if arg.arg in names and not call.keywords:
                        position = names.index(arg.arg) if len(names) > 1 else None
                        return self._texts_of_elements(listed, position, scope.parent or scope)
                case _:
                    pass
        return [UNKNOWN]


def constant_string(source: Source, name: str, own_name: str | None = None) -> str | None:
    """Return the string that a module's name always is; None if its text does not show it. Raises Unparsable.

    ``own_name`` is the ``__name__`` of the module, if it is known.
    """
    scopes = analyse_scopes(source)
    texts = Texts(source, lambda: source.parents, own_name=own_name)
    values = texts.of(ast.Name(name, ast.Load()), scopes.module)
    return values[0].value if len(values) == 1 else None


def _has_other_marks(template: str, holes: re.Pattern[str]) -> bool:
    """Return whether a template has escaped marks, or fields that are not understood."""
    rest = holes.sub("", template)
    return any(mark in rest for mark in ("{}" if holes is _BRACES else "%"))


def _argument_of(
    name: str | None, number: int, given: Sequence[ast.expr], named: Mapping[str, ast.expr]
) -> ast.expr | None:
    """Return what a template's field holds; ``name`` is None if it holds that in another form."""
    if name is None:
        return None
    place = int(name) if name.isdecimal() else number
    return named.get(name) or (given[place] if place < len(given) else None)


def _entries(table: ast.expr | None, key: ast.expr) -> Sequence[ast.expr] | None:
    """Return the expressions that a look-up may give; None if the table is not literal."""
    match table, key:
        case ast.Dict(keys=keys, values=values), _ if None not in keys:
            told = [k.value if isinstance(k, ast.Constant) else key for k in keys]
            if isinstance(key, ast.Constant) and key.value in told:
                return [value for k, value in zip(told, values) if k in (key.value, key)]
            return values
        case ast.List(elts=elements) | ast.Tuple(elts=elements), ast.Constant(value=int(at)):
            return elements[at : at + 1] or None
        case ((ast.List(elts=elements) | ast.Tuple(elts=elements)), _) if not isinstance(
            key, ast.Slice
        ):
            return elements
        case _:
            return None


def _entries_of_dictionary(table: ast.expr | None, method: str) -> ast.expr | None:
    """Return a literal dictionary's values, or its items, as a literal list; None if it is no literal dictionary."""
    if not isinstance(table, ast.Dict) or None in table.keys:
        return None
    if method == "values":
        return ast.List(table.values)
    items = zip(table.keys, table.values, strict=True)
    return ast.List([ast.Tuple([key, value]) for key, value in items if key is not None])


def _element_at(element: ast.expr, position: int | None) -> ast.expr | None:
    if isinstance(element, ast.Starred):
        return None
    if position is None:
        return element
    listed = isinstance(element, ast.Tuple | ast.List) and position < len(element.elts)
    return element.elts[position] if listed else None  # type: ignore[attr-defined]


def _concatenate_all(parts: Sequence[Sequence[Text]]) -> Iterator[Text]:
    for chosen in product(*parts):
        yield sum(chosen, _EMPTY)


def _split_fields(data: bytes, start: int, stop: int) -> Iterator[tuple[str, int | None]]:
    """Yield the texts of an f-string with their offsets, and an empty text without an offset for each field."""
    at = start
    for hole in _FIELD.finditer(data, start, stop):
        if at < hole.start():
            yield data[at : hole.start()].decode(), at
        yield "", None
        at = hole.end()
    if at < stop:
        yield data[at:stop].decode(), at
