"""The arguments of one call, from how the legacy definition takes them to how the canonical one does.

submit("a", 2, verbose=True)      rename = { attempts = "retries" }, drop = ["verbose"]
submit("a", retries=2)            where the second parameter is another one by now
"""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from unfork.reading.signatures import Signature, results_agree
from unfork.reading.source import Source, Span
from unfork_codemods.calls import CallChange
from unfork_codemods.edits import Edit

_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")
_WEAK = ast.GeneratorExp | ast.NamedExpr | ast.Yield | ast.YieldFrom
"""Expressions that may stand without parentheses as a positional argument, and not after ``name=``."""


class CannotChange(Exception):
    """The reason why no edit makes a call fit the canonical definition."""


class Call(NamedTuple):
    """A call to change: its node, how many arguments come before those of the definition, and both signatures.

    A signature that is not known is None. ``complete`` is False where another call gives more (``partial``), and
    ``given`` is how many parameters have a value from there already, None where that is the other call.
    """

    node: ast.Call
    skipped: int
    old: Signature | None
    new: Signature | None
    complete: bool = True
    given: int | None = None


class _Argument(NamedTuple):
    """An argument as it will be: under a ``keyword``, by position (None), or not at all (``dropped``)."""

    node: ast.expr | ast.keyword
    keyword: str | None = None
    dropped: bool = False


def call_edits(source: Source, call: Call, change: CallChange) -> list[Edit]:
    """Return the edits that make a call fit the canonical definition.

    Raises CannotChange if no call of it does what this one did.
    """
    arguments, added = _adapted(call, change)
    if not added and all(a.keyword is None and not a.dropped for a in arguments):
        return [
            edit
            for keyword in call.node.keywords
            for edit in _mapping_edits(source, keyword.value, change)
            if keyword.arg is None
        ]
    return list(_text_edits(source, call, arguments, change, added))


def fits_as_it_is(call: Call, change: CallChange) -> bool:
    """Return whether the canonical definition takes a call as the legacy one does, without any edit."""
    try:
        arguments, added = _adapted(call, change)
    except CannotChange:
        return False
    names = {
        name for k in call.node.keywords if k.arg is None for name in _literal_keys(k.value) or ()
    }
    is_kept = all(a.keyword is None and not a.dropped for a in arguments)
    return not added and is_kept and names.isdisjoint(change.rename)


def _adapted(call: Call, change: CallChange) -> tuple[list[_Argument], Mapping[str, str]]:
    """Return the arguments as the canonical definition takes them, and those to add. Raises CannotChange."""
    arguments = [
        *_positional_arguments(call, change),
        *_keyword_arguments(call, change),
    ]
    arguments.sort(key=_position)
    is_first = call.given is None
    added = _added_keywords(arguments, call.node.keywords, change) if is_first else {}
    _check_fit(call, arguments, added, change)
    return arguments, added


def _position(argument: _Argument) -> tuple[int, int]:
    node = argument.node
    value = node.value if isinstance(node, ast.keyword) and node.arg is None else node
    return value.lineno, value.col_offset


def _positional_arguments(call: Call, change: CallChange) -> Iterator[_Argument]:
    """Yield what becomes of the arguments that are given by position.

    An argument whose position means something else now is given by name; so are all after it.
    """
    places = _places(call.old)[call.given or 0 :]
    new_places = _places(call.new)[call.given or 0 :]
    known = _keyword_names(call.new)
    by_name = False
    at = 0
    for position, node in enumerate(call.node.args[call.skipped :]):
        if isinstance(node, ast.Starred):
            rest = [change.rename.get(name, name) for name in places[position:]]
            moves = any(a != b and a in known for a, b in zip(rest, new_places[at:]))
            short = len(rest) > len(new_places[at:]) and not _takes_more(call.new)
            if by_name or moves or short or set(places[position:]) & set(change.drop):
                raise CannotChange("what * passes cannot be told apart")
            yield from map(_Argument, call.node.args[call.skipped + position :])
            return
        old = places[position] if position < len(places) else None
        if old is not None and old in change.drop:
            _check_without_effect(node, old)
            yield _Argument(node, dropped=True)
            continue
        name = change.rename.get(old, old) if old is not None else None
        new_name = new_places[at] if at < len(new_places) else None
        moves = name is not None and call.new is not None and name != new_name and name in known
        if moves or (by_name and name is not None):
            by_name = True
            yield _Argument(node, keyword=name)
        elif by_name:
            raise CannotChange("an argument after a named one has no name")
        else:
            at += 1
            yield _Argument(node)


def _keyword_arguments(call: Call, change: CallChange) -> Iterator[_Argument]:
    for keyword in call.node.keywords:
        if keyword.arg is None:
            _check_mapping(call, keyword.value, change)
            yield _Argument(keyword)
        elif keyword.arg in change.drop:
            _check_without_effect(keyword.value, keyword.arg)
            yield _Argument(keyword, dropped=True)
        else:
            yield _Argument(keyword, change.rename.get(keyword.arg))


def _check_mapping(call: Call, value: ast.expr, change: CallChange) -> None:
    """Raise CannotChange for ``**mapping`` that may pass what changes, or lack what is new, unless it is a literal."""
    names = _literal_keys(value)
    if names is None:
        changed = [*change.rename, *change.drop, *_names_lost(call, change)]
        if changed:
            raise CannotChange(f"** may pass {changed[0]!r}, under its old name")
    elif set(names) & set(change.drop):
        raise CannotChange("** passes an argument that is dropped")


def _names_lost(call: Call, change: CallChange) -> list[str]:
    """Return the arguments that a mapping may pass, or has to, and that only one of the definitions takes."""
    if call.old is None or call.new is None:
        return []
    count = len(call.node.args) - call.skipped + (call.given or 0)
    told = {keyword.arg for keyword in call.node.keywords}
    told |= {*_places(call.old)[:count], *_places(call.new)[:count]}
    told |= {*change.rename.values(), *change.add}
    return [name for name in call.old.names_lost(call.new) if name not in told]


def _literal_keys(value: ast.expr) -> dict[str, ast.Constant] | None:
    """Return the keys of a dictionary display whose keys are all strings, by text; None for anything else."""
    if not isinstance(value, ast.Dict):
        return None
    keys: dict[str, ast.Constant] = {}
    for key in value.keys:
        if not isinstance(key, ast.Constant) or not isinstance(key.value, str):
            return None
        keys[key.value] = key
    return keys


def _check_without_effect(node: ast.expr, name: str) -> None:
    """Raise CannotChange if computing a dropped argument may have an effect: only names and literals have none."""
    if isinstance(node, ast.Name):
        return
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError, MemoryError, RecursionError):
        why = f"{name!r} is dropped, and {ast.unparse(node)} may have an effect"
        raise CannotChange(why) from None


def _added_keywords(
    arguments: Sequence[_Argument], keywords: Sequence[ast.keyword], change: CallChange
) -> Mapping[str, str]:
    given = {argument.keyword for argument in arguments if not argument.dropped}
    given |= {keyword.arg for keyword in keywords if keyword.arg not in change.drop}
    return {name: text for name, text in change.add.items() if name not in given}


def _check_fit(
    call: Call, arguments: Sequence[_Argument], added: Mapping[str, str], change: CallChange
) -> None:
    """Raise CannotChange if the new signature does not take the arguments."""
    if call.new is None:
        return
    if call.old is not None and not results_agree(call.old.result, call.new.result):
        gives = call.new.result or f"no {call.old.result.partition(' ')[2]}"
        raise CannotChange(f"a call gives {gives} there")
    fitted = ast.Call(call.node.func, [], [])
    for argument in arguments:
        node = argument.node
        if argument.dropped:
            continue
        if isinstance(node, ast.keyword):
            fitted.keywords += _keywords_as_given(node, argument, change)
        elif argument.keyword is not None:
            fitted.keywords.append(ast.keyword(argument.keyword, node))
        else:
            fitted.args.append(node)
    fitted.keywords += [ast.keyword(name, ast.Constant(None)) for name in added]
    why = call.new.refusal(fitted, given=call.complete)
    if why is not None:
        raise CannotChange(f"{call.new} {why}")


def _keywords_as_given(
    node: ast.keyword, argument: _Argument, change: CallChange
) -> list[ast.keyword]:
    """Return what a keyword argument gives by its new name; a literal mapping gives what it has."""
    keys = _literal_keys(node.value) if node.arg is None else None
    if keys is not None:
        return [ast.keyword(change.rename.get(key, key), node.value) for key in keys]
    return [ast.keyword(argument.keyword or node.arg, node.value)]


def _places(signature: Signature | None) -> list[str]:
    """Return the names of the parameters that take arguments by position, without ``self``."""
    if signature is None:
        return []
    spec = signature.arguments
    return [arg.arg for arg in (*spec.posonlyargs, *spec.args)][1 if signature.bound else 0 :]


def _takes_more(signature: Signature | None) -> bool:
    """Return whether a definition takes any number of positional arguments."""
    return signature is None or signature.arguments.vararg is not None


def _keyword_names(signature: Signature | None) -> set[str]:
    if signature is None:
        return set()
    spec = signature.arguments
    return {arg.arg for arg in (*spec.args, *spec.kwonlyargs)}


# -- text


@dataclass
class _Layout:
    """Where the parts of a call stand: after its opening parenthesis, and the span of each argument."""

    start: int
    spans: list[Span] = field(default_factory=list)


def _text_edits(
    source: Source,
    call: Call,
    arguments: Sequence[_Argument],
    change: CallChange,
    added: Mapping[str, str],
) -> Iterator[Edit]:
    layout = _layout_of(source, call.node)
    spans = layout.spans[call.skipped :]
    if len(spans) != len(arguments):
        raise CannotChange("its arguments cannot be told apart in the text")
    for argument, span in zip(arguments, spans):
        if not argument.dropped:
            yield from _argument_edits(source, argument, span, change)
    kept = [number for number, argument in enumerate(arguments) if not argument.dropped]
    yield from _deletions(arguments, spans, kept[-1] if kept else -1, layout, call.skipped)
    before = layout.spans[: call.skipped + (kept[-1] + 1 if kept else 0)]
    if added:
        text = ", ".join(f"{name}={literal}" for name, literal in added.items())
        at = before[-1][1] if before else layout.start
        yield Edit(at, at, (f", {text}" if before else text).encode())


def _argument_edits(
    source: Source, argument: _Argument, span: Span, change: CallChange
) -> Iterator[Edit]:
    node = argument.node
    if isinstance(node, ast.keyword):
        if node.arg is None:
            yield from _mapping_edits(source, node.value, change)
        elif argument.keyword is not None:
            yield Edit(span[0], span[0] + len(node.arg.encode()), argument.keyword.encode())
    elif argument.keyword is not None:
        is_weak = isinstance(node, _WEAK) and source.offset(node.lineno, node.col_offset) == span[0]
        bare = is_weak and source.data[span[0] : span[0] + 1] != b"("
        yield Edit(span[0], span[0], f"{argument.keyword}={'(' if bare else ''}".encode())
        if bare:
            yield Edit(span[1], span[1], b")")


def _mapping_edits(source: Source, value: ast.expr, change: CallChange) -> Iterator[Edit]:
    for name, key in (_literal_keys(value) or {}).items():
        if name in change.rename:
            start = source.offset(key.lineno, key.col_offset)
            end = source.offset(key.end_lineno or key.lineno, key.end_col_offset or 0)
            old = source.data[start:end]
            if old[1:-1] != name.encode():
                raise CannotChange("** passes an argument by a string that cannot be edited")
            yield Edit(start + 1, end - 1, change.rename[name].encode())


def _deletions(
    arguments: Sequence[_Argument], spans: Sequence[Span], last: int, layout: _Layout, skipped: int
) -> Iterator[Edit]:
    """Yield the edits that delete dropped arguments, each with the comma that belongs to it."""
    for number, argument in enumerate(arguments):
        if argument.dropped and number < last:
            yield Edit(spans[number][0], spans[number + 1][0], b"")
    if last + 1 < len(arguments):
        before = layout.spans[: skipped + last + 1]
        yield Edit(before[-1][1] if before else spans[0][0], spans[-1][1], b"")


def _layout_of(source: Source, node: ast.Call) -> _Layout:
    """Return where the arguments of a call stand, by its tokens: an argument's parentheses belong to it."""
    start = source.offset(node.func.end_lineno or node.lineno, node.func.end_col_offset or 0)
    end = source.offset(node.end_lineno or node.lineno, node.end_col_offset or 0)
    start = _opening(source.data, start, end)
    layout = _Layout(start + 1)
    text = source.data[start:end].decode("utf-8", "surrogateescape")
    offsets = _line_offsets(text)
    depth, first, last = 0, -1, -1
    for token in _tokens(text):
        low = start + offsets[token.start[0] - 1] + _width(token.line[: token.start[1]])
        high = low + _width(token.string)
        if token.string in _CLOSING and token.type == tokenize.OP:
            depth -= 1
        is_end = depth == 0 and token.string == ")"
        if (depth == 1 and token.string == ",") or is_end:
            if first >= 0:
                layout.spans.append((first, last))
            first = -1
            if is_end:
                break
        elif depth >= 1:
            first, last = (low if first < 0 else first), high
        if token.string in _OPENING and token.type == tokenize.OP:
            depth += 1
    return layout


def _tokens(text: str) -> Iterator[tokenize.TokenInfo]:
    skipped = (tokenize.NL, tokenize.NEWLINE, tokenize.COMMENT, tokenize.INDENT, tokenize.DEDENT)
    try:
        for token in tokenize.generate_tokens(io.StringIO(text, newline="").readline):
            if token.type not in skipped:
                yield token
    except (tokenize.TokenError, SyntaxError) as error:
        raise CannotChange("its text cannot be told apart") from error


def _opening(data: bytes, start: int, end: int) -> int:
    """Return the offset of the parenthesis that opens the arguments, after those that close the called expression."""
    at = data.find(b"(", start, end)
    if at < 0:
        raise CannotChange("its text cannot be told apart")
    return at


def _line_offsets(text: str) -> list[int]:
    offsets = [0]
    for line in io.StringIO(text, newline=""):
        offsets.append(offsets[-1] + _width(line))
    return offsets


def _width(text: str) -> int:
    return len(text.encode("utf-8", "surrogateescape"))
