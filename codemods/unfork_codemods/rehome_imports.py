"""Rewrite one import statement to import its names from their destinations.

Redirect, repair and align share this part: they differ in where a name goes, not in how the statement is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import libcst as cst

from unfork_codemods.new_import import NewImport

_PRAGMAS = (
    "noqa",
    "type:",
    "pylint:",
    "pyright:",
    "mypy:",
    "ruff:",
    "isort:",
    "fmt:",
    "pragma:",
    "nosec",
    "unfork:",
)
"""Comments that apply to the whole statement for a tool: each statement that replaces it needs them."""


def rehome_statement(
    text: str, destinations: Sequence[Sequence[NewImport]], newline: str, gap: str
) -> str:
    """Return a rewritten import statement: the imports ``destinations[n]``, possibly none, replace its n-th name.

    ``text`` is the statement from its keyword on, with its trailing comment; ``gap`` is the text between the statements
    that replace it. Returns an empty text if nothing is left to import.
    """
    line = cst.parse_statement(
        text + newline, config=cst.PartialParserConfig(default_newline=newline)
    )
    rewritten = line.visit(RehomeImports(destinations, newline))
    lines = (
        [rewritten]
        if isinstance(rewritten, cst.BaseStatement)
        else list(getattr(rewritten, "nodes", ()))
    )
    module = cst.Module([], default_newline=newline)
    texts = [module.code_for_node(node).removesuffix(newline) for node in lines]
    return gap.join(texts)


def further_statements(
    text: str, destinations: Sequence[Sequence[NewImport]], module: str, newline: str
) -> tuple[list[str], list[str]]:
    """Return the statements to add above and below a ``from`` import once it imports from ``module`` alone.

    Names that come before its own go above it, the others below. A tool's comment on the statement ``text`` is
    repeated on the added statements.
    """
    config = cst.PartialParserConfig(default_newline=newline)
    line = cst.ensure_type(
        cst.parse_statement(text + newline, config=config), cst.SimpleStatementLine
    )
    statement = cst.ensure_type(line.body[0], cst.ImportFrom)
    groups = _group_by_module(destinations, _items_of_statement(statement))
    layout = _Layout.of(statement, newline)
    comment = line.trailing_whitespace.comment
    behind = f"  {comment.value}" if comment is not None and _is_pragma(comment.value) else ""
    texts = [layout.extra_statement(group) + behind for group in groups]
    at = next(position for position, group in enumerate(groups) if group.module == module)
    return texts[:at], texts[at + 1 :]


class RehomeImports(cst.CSTTransformer):
    """Rewrite the one import of a statement line.

    from a.legacy import (          from a.canonical import (
        Engine,  # live      ->         Engine,  # live
        Status,                     )
    )                               from a.state import Status
    """

    def __init__(self, destinations: Sequence[Sequence[NewImport]], newline: str) -> None:
        self._homes = destinations
        self._newline = newline

    def visit_SimpleStatementLine(self, node: cst.SimpleStatementLine) -> bool:
        """Return False: nothing inside the statement needs a visit."""
        return False

    def leave_SimpleStatementLine(
        self, original_node: cst.SimpleStatementLine, updated_node: cst.SimpleStatementLine
    ) -> cst.BaseStatement | cst.FlattenSentinel[cst.BaseStatement]:
        """Return the line with its import changed in place, or the several lines that replace it."""
        statement = updated_node.body[0]
        if isinstance(statement, cst.ImportFrom):
            return self._rewrite_from_import(updated_node, statement)
        assert isinstance(statement, cst.Import)
        return self._rewrite_plain_import(updated_node, statement)

    # -- from module import names

    def _rewrite_from_import(
        self, line: cst.SimpleStatementLine, statement: cst.ImportFrom
    ) -> cst.BaseStatement | cst.FlattenSentinel[cst.BaseStatement]:
        items = (
            [_Item("*")]
            if isinstance(statement.names, cst.ImportStar)
            else _items_of_statement(statement)
        )
        groups = _group_by_module(self._homes, items)
        if self._in_place(groups) and not isinstance(statement.names, cst.ImportStar):
            return line.with_changes(body=[self._rename_in_place(statement)])
        layout = _Layout.of(statement, self._newline)
        return self._statement_lines(
            line, [layout.statement(group, first=group is groups[0]) for group in groups]
        )

    def _in_place(self, groups: Sequence[_Group]) -> bool:
        """Return whether each name becomes exactly one name, all from one module: then no name is added or removed."""
        return (
            len(groups) == 1
            and bool(groups[0].module)
            and all(len(destinations) == 1 for destinations in self._homes)
            and (len(set(groups[0].imports)) == len(self._homes))
        )

    def _rename_in_place(self, statement: cst.ImportFrom) -> cst.ImportFrom:
        assert not isinstance(statement.names, cst.ImportStar)
        names = [
            _rename_alias(alias, destinations[0])
            for alias, destinations in zip(statement.names, self._homes)
        ]
        module = self._homes[0][0].module
        dots = len(module) - len(module.lstrip("."))
        path = module.lstrip(".")
        before = statement.whitespace_before_import
        return statement.with_changes(
            module=_dotted_node(path) if path else None,
            relative=[cst.Dot() for _ in range(dots)],
            names=names,
            whitespace_before_import=cst.SimpleWhitespace(" ") if before.empty else before,
        )

    # -- import a.b, c

    def _rewrite_plain_import(
        self, line: cst.SimpleStatementLine, statement: cst.Import
    ) -> cst.BaseStatement | cst.FlattenSentinel[cst.BaseStatement]:
        plain: list[cst.ImportAlias] = []
        taken: set[NewImport] = set()
        others: list[NewImport] = []
        for alias, destinations in zip(statement.names, self._homes):
            for destination in (
                destination for destination in destinations if destination not in taken
            ):
                taken.add(destination)
                if destination.module or destination is not destinations[0]:
                    others.append(destination)
                else:
                    plain.append(_rename_alias(alias, destination))
        groups = _group_by_module(
            [[destination] for destination in others], [_Item("") for _ in others]
        )
        statements = [_Layout.plain().statement(group) for group in groups]
        if not plain:
            return self._statement_lines(line, statements)
        first = line.with_changes(
            body=[statement.with_changes(names=_with_commas(plain, statement))]
        )
        if not statements:
            return first
        return self._statement_lines(
            line, [cst.Module([]).code_for_node(first.body[0]), *statements]
        )

    # -- the resulting lines

    def _statement_lines(
        self, line: cst.SimpleStatementLine, statements: Sequence[str]
    ) -> cst.FlattenSentinel[cst.BaseStatement]:
        """Return one line per statement; the old line's trailing comment stays on the first, a pragma goes on each."""
        made: list[cst.BaseStatement] = []
        for position, statement in enumerate(statements):
            trailing = line.trailing_whitespace
            comment = trailing.comment.value if trailing.comment else ""
            keeps = position == 0 or _is_pragma(comment)
            config = cst.PartialParserConfig(default_newline=self._newline)
            parsed = cst.ensure_type(
                cst.parse_statement(statement + self._newline, config=config),
                cst.SimpleStatementLine,
            )
            own = parsed.trailing_whitespace.comment
            if keeps and own is None:
                parsed = parsed.with_changes(trailing_whitespace=trailing)
            elif keeps and trailing.comment is not None and own is not None:
                both = own.with_changes(value=f"{own.value}  {trailing.comment.value}")
                parsed = parsed.with_deep_changes(parsed.trailing_whitespace, comment=both)
            made.append(parsed)
        return cst.FlattenSentinel(made)


_WIDTH = 79
"""The maximum length of a new line."""


@dataclass(slots=True)
class _Item:
    """A name of a statement with its own comments: those on the lines above, and the one after it.

    # above
    name as other,  # behind
    """

    text: str
    above: list[str] = field(default_factory=list)
    behind: str = ""


@dataclass(slots=True)
class _Group:
    """The names that come from one module, each with its comments. Without a module: plain imports."""

    module: str
    imports: list[NewImport] = field(default_factory=list)
    items: list[_Item] = field(default_factory=list)

    @property
    def has_comments(self) -> bool:
        """Whether one of the names has a comment."""
        return any(item.above or item.behind for item in self.items)


def _group_by_module(
    destinations: Sequence[Sequence[NewImport]], items: Sequence[_Item]
) -> list[_Group]:
    """Return the new imports by module in order of appearance; each once, with the comments of the names it replaces.

    A star forms a group of its own (the language reference, 7.11), and so does a plain import.
    """
    groups: dict[NewImport | str, _Group] = {}
    for new_imports, item in zip(destinations, items):
        for position, new in enumerate(new_imports):
            key = new.module if new.module and new.name != "*" else new
            group = groups.setdefault(key, _Group(new.module))
            text = new.alias_text
            own = _Item(text, item.above, item.behind) if position == 0 else _Item(text)
            if new in group.imports:
                same = group.items[group.imports.index(new)]
                same.above = same.above + own.above
                same.behind = same.behind or own.behind
            else:
                group.imports.append(new)
                group.items.append(own)
    return list(groups.values())


@dataclass(frozen=True, slots=True)
class _Layout:
    """The layout of the old statement: in brackets or not, on one line or several, and its indents."""

    brackets: bool
    several_lines: bool
    item_indent: str
    close_indent: str
    trailing_comma: bool
    head_comment: str
    newline: str
    packed: bool = False
    """Whether names share lines with each other or with the opening bracket."""

    @classmethod
    def plain(cls) -> _Layout:
        """Return the layout of a statement without brackets."""
        return cls(False, False, "", "", False, "", "\n")

    @classmethod
    def of(cls, statement: cst.ImportFrom, newline: str) -> _Layout:
        """Return the layout of a statement."""
        if (
            statement.lpar is None
            or statement.rpar is None
            or isinstance(statement.names, cst.ImportStar)
        ):
            return cls.plain()
        opening = statement.lpar.whitespace_after
        closing = statement.rpar.whitespace_before
        last = statement.names[-1].comma
        if isinstance(last, cst.Comma) and isinstance(
            last.whitespace_after, cst.ParenthesizedWhitespace
        ):
            closing = last.whitespace_after
        commas = [
            alias.comma.whitespace_after
            for alias in statement.names
            if isinstance(alias.comma, cst.Comma)
        ]
        several = any(
            isinstance(space, cst.ParenthesizedWhitespace) for space in (opening, closing, *commas)
        )
        item = opening if isinstance(opening, cst.ParenthesizedWhitespace) else None
        close = closing if isinstance(closing, cst.ParenthesizedWhitespace) else None
        close_indent = close.last_line.value if close else ""
        return cls(
            brackets=True,
            several_lines=several,
            item_indent=item.last_line.value if item else f"{close_indent}    ",
            close_indent=close_indent,
            trailing_comma=isinstance(last, cst.Comma),
            head_comment=item.first_line.comment.value if item and item.first_line.comment else "",
            newline=newline,
            packed=several
            and not all(map(_is_broken, (opening, *commas[: len(statement.names) - 1]))),
        )

    def extra_statement(self, group: _Group) -> str:
        """Return a statement added to the old one, on one short line if the old one's names shared lines."""
        pragma = f"  {self.head_comment}" if _is_pragma(self.head_comment) else ""
        short = _Layout.plain().statement(group, first=False) + pragma
        is_short = self.packed and not group.has_comments and len(short) <= _WIDTH
        return short if is_short else self.statement(group, first=False)

    def statement(self, group: _Group, first: bool = True) -> str:
        """Return the statement that imports a group's names, laid out like the old one.

        The ``first`` statement gets the comment at the old statement's head, and all of them get a tool's comment.
        """
        if not group.module:
            return _plain_import(group.items[0])
        head = f"from {group.module} import "
        if self.several_lines or group.has_comments:
            comment = self.head_comment if first or _is_pragma(self.head_comment) else ""
            return head + "(" + self._bracketed_names(group, comment) + ")"
        names = ", ".join(item.text for item in group.items)
        return f"{head}({names})" if self.brackets and len(group.items) > 1 else head + names

    def _bracketed_names(self, group: _Group, comment: str) -> str:
        lines = [f"  {comment}" if comment else ""]
        for position, item in enumerate(group.items):
            lines += [f"{self.item_indent}{above}" for above in item.above]
            comma = "," if self.trailing_comma or position < len(group.items) - 1 else ""
            behind = f"  {item.behind}" if item.behind else ""
            lines.append(f"{self.item_indent}{item.text}{comma}{behind}")
        return self.newline.join(lines) + self.newline + self.close_indent


def _is_pragma(comment: str) -> bool:
    return comment.lstrip("# ").startswith(_PRAGMAS)


def _plain_import(item: _Item) -> str:
    """Return a plain ``import``; as it has no brackets, all comments of its name go after it."""
    return "  ".join(filter(None, [f"import {item.text}", *item.above, item.behind]))


def _is_broken(space: cst.BaseParenthesizableWhitespace) -> bool:
    return isinstance(space, cst.ParenthesizedWhitespace)


def _items_of_statement(statement: cst.ImportFrom) -> list[_Item]:
    """Return the names of a statement with their comments, assigned as a reader would.

    from m import (  # of the statement
        # of a, above
        a,  # of a
        b  # of b
        # of b, at the end
    )
    """
    assert not isinstance(statement.names, cst.ImportStar)
    items = [_Item("") for _ in statement.names]
    if statement.lpar is not None:
        items[0].above += _own_lines(statement.lpar.whitespace_after)
    for position, alias in enumerate(statement.names):
        if not isinstance(alias.comma, cst.Comma):
            continue
        for space in (alias.comma.whitespace_before, alias.comma.whitespace_after):
            items[position].behind = items[position].behind or _first_comment(space)
            follower = items[min(position + 1, len(items) - 1)]
            follower.above += _own_lines(space)
    if statement.rpar is not None:
        items[-1].behind = items[-1].behind or _first_comment(statement.rpar.whitespace_before)
        items[-1].above += _own_lines(statement.rpar.whitespace_before)
    return items


def _own_lines(space: cst.BaseParenthesizableWhitespace) -> list[str]:
    if not isinstance(space, cst.ParenthesizedWhitespace):
        return []
    return [line.comment.value for line in space.empty_lines if line.comment]


def _first_comment(space: cst.BaseParenthesizableWhitespace) -> str:
    if not isinstance(space, cst.ParenthesizedWhitespace) or space.first_line.comment is None:
        return ""
    return space.first_line.comment.value


def _rename_alias(alias: cst.ImportAlias, new: NewImport) -> cst.ImportAlias:
    """Return an alias with another name and its white space unchanged."""
    name = _dotted_node(new.name)
    if new.asname is None:
        return alias.with_changes(name=name, asname=None)
    old = alias.asname or cst.AsName(cst.Name(new.asname))
    return alias.with_changes(name=name, asname=old.with_changes(name=cst.Name(new.asname)))


def _dotted_node(name: str) -> cst.Name | cst.Attribute:
    first, *rest = name.split(".")
    node: cst.Name | cst.Attribute = cst.Name(first)
    for part in rest:
        node = cst.Attribute(node, cst.Name(part))
    return node


def _with_commas(
    aliases: Sequence[cst.ImportAlias], statement: cst.Import
) -> Iterable[cst.ImportAlias]:
    """Return the names separated as the old ones were."""
    if len(aliases) == len(statement.names):
        return [new.with_changes(comma=old.comma) for new, old in zip(aliases, statement.names)]
    commas = [alias.comma for alias in statement.names if isinstance(alias.comma, cst.Comma)]
    comma = commas[0] if commas else cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
    last = len(aliases) - 1
    return [
        alias.with_changes(comma=comma if position < last else cst.MaybeSentinel.DEFAULT)
        for position, alias in enumerate(aliases)
    ]
