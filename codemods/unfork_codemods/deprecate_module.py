"""Deprecate: importing a module warns once, at the line that imports it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import libcst as cst
import libcst.matchers as m

from unfork_codemods.deprecate import Deprecate
from unfork_codemods.edits import Edit
from unfork_codemods.new_import import NewImport
from unfork_codemods.tree_edits import below_lines, leading_lines, tree_edits

_WIDTH = 88
_Statement = TypeVar("_Statement", bound=cst.CSTNode)
_IMPORTS = (cst.Import, cst.ImportFrom, cst.LazyImport, cst.LazyImportFrom)


def deprecation_edits(text: str, step: Deprecate) -> tuple[Edit, ...]:
    """Return the edits that make a module warn, empty if it already warns in these words.

    Raises ParserSyntaxError if LibCST cannot parse the text; it does not know all Python syntax.
    """
    module = cst.parse_module(text)
    return tree_edits(module, module.visit(DeprecateModule(step)))


class DeprecateModule(cst.CSTTransformer):
    """Insert one call of ``warnings.warn`` after a module's imports, or update the existing call.

        \"\"\"Docstring.\"\"\"
        from __future__ import annotations
        import os
        import warnings

        warnings.warn("m is deprecated ...", DeprecationWarning, stacklevel=2)

    With ``stacklevel=2`` Python shows the line that imports the module: the frames of the import system are not
    counted (the library reference, ``warnings.warn``).
    """

    def __init__(self, step: Deprecate) -> None:
        self._step = step

    def visit_Module(self, node: cst.Module) -> bool:
        """Return False: the statements of the module itself are all that is needed."""
        return False

    def leave_Module(self, original_node: cst.Module, updated_node: cst.Module) -> cst.Module:
        """Return the module with its warning."""
        return _Deprecation(updated_node, self._step).warning_module()


class _Deprecation:
    """A module, and the step that makes it warn."""

    def __init__(self, module: cst.Module, step: Deprecate) -> None:
        self._module, self._step = module, step

    def warning_module(self) -> cst.Module:
        """Return the module with the call of ``warnings.warn``, and with ``import warnings`` where it has none."""
        call_at = next((i for i, node in enumerate(self._module.body) if _is_warning(node)), None)
        if call_at is not None:
            return self._with_updated_warning(call_at)
        at = self._behind_imports()
        name = self._warnings_name()
        if name is not None:
            return self._with_call(self._module, at, name)
        asname = None if self._free_name() == "warnings" else "_warnings"
        new = NewImport("", "warnings", asname)
        return self._with_call(self._with_import(at, self._parse(new.statement)), at + 1, new.local)

    # -- the warning

    def _with_updated_warning(self, at: int) -> cst.Module:
        node = cst.ensure_type(self._module.body[at], cst.SimpleStatementLine)
        call = cst.ensure_type(cst.ensure_type(node.body[0], cst.Expr).value, cst.Call)
        name = cst.ensure_type(cst.ensure_type(call.func, cst.Attribute).value, cst.Name).value
        if _is_up_to_date(call, self._warning_message()):
            return self._module
        updated = node.with_changes(body=self._warning_call(name).body)
        return _with_statements(self._module, at, [updated], replaced=1)

    def _warning_message(self) -> str:
        use = f"; use {self._step.use} instead" if self._step.use else ""
        return f"{self._step.module} {deprecated_words(self._step)}{use}"

    def _warning_call(self, name: str) -> cst.SimpleStatementLine:
        lines = [
            f'    "{escape_for_quotes(part)}"'
            for part in _wrap_text(self._warning_message(), _WIDTH - 7)
        ]
        lines[-1] += ","
        body = [f"{name}.warn(", *lines, "    DeprecationWarning,", "    stacklevel=2,", ")"]
        return self._parse(self._module.default_newline.join(body))

    def _parse(self, text: str) -> cst.SimpleStatementLine:
        config = self._module.config_for_parsing
        line = cst.parse_statement(text + self._module.default_newline, config=config)
        return cst.ensure_type(line, cst.SimpleStatementLine)

    def _with_call(self, module: cst.Module, at: int, name: str) -> cst.Module:
        """Return a module with the call before its statement ``at``, set apart by blank lines."""
        call = self._warning_call(name)
        if at > 0 or module.header:
            call = _below_blank_line(call)
        following = module.body[at : at + 1]
        apart = [n if _starts_blank(n) else _below_blank_line(n) for n in following]
        return _with_statements(module, at, [call, *apart], replaced=len(apart))

    # -- the import

    def _with_import(self, end: int, line: cst.SimpleStatementLine) -> cst.Module:
        """Return the module with ``import warnings`` in its import block, which ends before the statement ``end``.

        It goes among the first plain imports, in order if these are sorted; else before the first other import.
        """
        at, takes_comments = self._import_position(end)
        if at == 0 == end:
            return self._with_first_import(line)
        lead = leading_lines(self._module.body[at]) if takes_comments else ()
        if lead:
            first = self._module.body[at].with_changes(leading_lines=())
            new = [line.with_changes(leading_lines=lead), first]
            return _with_statements(self._module, at, new, replaced=1)
        is_apart = at > 0 and _is_set_apart_from_imports(self._module.body[at - 1])
        return _with_statements(self._module, at, [_below_blank_line(line) if is_apart else line])

    def _with_first_import(self, line: cst.SimpleStatementLine) -> cst.Module:
        """Return the module with an import as its first statement, above the comments of the one that was the first."""
        header, body = list(self._module.header), self._module.body
        if not body:
            line = _below_blank_line(line) if _is_comment(header[-1:]) else line
            return _with_statements(self._module, 0, [line])
        comments: list[cst.EmptyLine] = []
        while _is_comment(header[-1:]):
            comments.insert(0, header.pop())
        if not header:
            header, comments = comments, []
        first = below_lines(comments, body[0])
        module = self._module.with_changes(header=header)
        return _with_statements(module, 0, [line, first], replaced=1)

    # -- its position

    def _behind_imports(self) -> int:
        """Return the position after the docstring, the ``__future__`` imports and the import block.

        As for linters (pycodestyle, E402), the block may also contain conditions and ``try``, assignments to dunder
        names, and changes of ``sys.path``.
        """
        end = 1 if self._module.get_docstring() is not None else 0
        for position, node in enumerate(self._module.body):
            if position < end:
                continue
            if _is_import(node) or _holds_import(node):
                end = position + 1
            elif not _may_stand_among_imports(node):
                break
        return end

    def _import_position(self, end: int) -> tuple[int, bool]:
        """Return the statement before which ``import warnings`` goes, and whether it takes over that one's comments."""
        body = self._module.body
        first = next(
            (i for i in range(end) if _is_import(body[i]) and not _is_future(body[i])), end
        )
        if first == end or not _is_plain_import(body[first]):
            is_first = first < end and not _is_comment(leading_lines(body[first]))
            return first if is_first else end, False
        last = first + 1
        while last < end and _is_plain_import(body[last]) and not _starts_blank(body[last]):
            last += 1
        names = [_plain_name(body[i]) for i in range(first, last)]
        if names != sorted(names):
            return last, False
        at = first + sum(name < "warnings" for name in names)
        return at, at == first

    def _warnings_name(self) -> str | None:
        """Return the name to which the module binds ``warnings`` before the end of its import block."""
        end = self._behind_imports()
        for node in self._module.body[:end]:
            for statement in (
                getattr(node, "body", ()) if isinstance(node, cst.SimpleStatementLine) else ()
            ):
                if not isinstance(statement, cst.Import | cst.LazyImport):
                    continue
                for alias in statement.names:
                    if alias.evaluated_name == "warnings":
                        return alias.evaluated_alias or "warnings"
        return None

    def _free_name(self) -> str:
        is_taken = any(self._is_binding_warnings(node) for node in self._module.body)
        return "_warnings" if is_taken else "warnings"

    def _is_binding_warnings(self, node: cst.CSTNode) -> bool:
        """Return whether a top-level statement binds the name ``warnings`` to something else."""
        target = m.AssignTarget(m.Name("warnings")) | m.AnnAssign(target=m.Name("warnings"))
        imported = m.ImportAlias(name=m.Name("warnings"), asname=None) | m.AsName(
            m.Name("warnings")
        )
        defined = m.FunctionDef(name=m.Name("warnings")) | m.ClassDef(name=m.Name("warnings"))
        if m.matches(node, defined):
            return True
        if not isinstance(node, cst.SimpleStatementLine):
            return False
        if m.findall(node, target):
            return True
        return bool(m.findall(node, imported)) and not m.findall(
            node, m.Import([m.ImportAlias(m.Name("warnings"))])
        )


def escape_for_quotes(text: str) -> str:
    """Return a text escaped for a double-quoted Python string."""
    return text.replace("\\", "\\\\").replace('"', '\\"')


def deprecated_words(step: Deprecate) -> str:
    """Return the part of the message that says since when a module is deprecated and when it will be removed."""
    since = f" since {step.since}" if step.since else ""
    removal = f" and will be removed in {step.removal}" if step.removal else ""
    return f"is deprecated{since}{removal}"


# -- changed modules


def _with_statements(
    module: cst.Module, at: int, new: Sequence[cst.CSTNode], replaced: int = 0
) -> cst.Module:
    """Return a module with new statements before its statement ``at``, of which some replace those that are there."""
    body = [*module.body[:at], *new, *module.body[at + replaced :]]
    is_end = at == len(module.body) and not module.footer
    ends = is_end or module.has_trailing_newline
    return module.with_changes(body=body, has_trailing_newline=ends)


def _below_blank_line(node: _Statement) -> _Statement:
    return below_lines([cst.EmptyLine()], node)


# -- kinds of statement


def _is_warning(node: cst.BaseStatement | cst.BaseSmallStatement) -> bool:
    """Return whether a statement calls ``warnings.warn`` for a deprecation: the call that this codemod manages."""
    call = m.Call(
        func=m.Attribute(value=m.Name(), attr=m.Name("warn")),
        args=[m.ZeroOrMore(), m.Arg(value=m.Name("DeprecationWarning")), m.ZeroOrMore()],
    )
    return m.matches(node, m.SimpleStatementLine(body=[m.Expr(value=call)]))


def _is_up_to_date(call: cst.Call, message: str) -> bool:
    text = call.args[0].value
    said = (
        text.evaluated_value
        if isinstance(text, cst.SimpleString | cst.ConcatenatedString)
        else None
    )
    level = next(
        (arg.value for arg in call.args if arg.keyword and arg.keyword.value == "stacklevel"), None
    )
    return said == message and isinstance(level, cst.Integer) and level.value == "2"


def _small_statements(node: cst.CSTNode) -> Sequence[cst.BaseSmallStatement]:
    return node.body if isinstance(node, cst.SimpleStatementLine) else ()


def _is_import(node: cst.CSTNode) -> bool:
    return any(isinstance(small, _IMPORTS) for small in _small_statements(node))


def _is_plain_import(node: cst.CSTNode) -> bool:
    return len(_small_statements(node)) == 1 and isinstance(_small_statements(node)[0], cst.Import)


def _is_future(node: cst.CSTNode) -> bool:
    return any(
        m.matches(small, m.ImportFrom(module=m.Name("__future__")))
        for small in _small_statements(node)
    )


def _plain_name(node: cst.CSTNode) -> str:
    return cst.ensure_type(_small_statements(node)[0], cst.Import).names[0].evaluated_name


def _is_set_apart_from_imports(node: cst.CSTNode) -> bool:
    """Return whether a blank line separates a statement from the imports below it."""
    return not _is_import(node) or _is_future(node)


def _is_comment(lines: Sequence[cst.EmptyLine]) -> bool:
    """Return whether one of some lines has a comment."""
    return any(line.comment is not None for line in lines)


def _starts_blank(node: cst.CSTNode) -> bool:
    """Return whether there is a blank line above a statement and its comments."""
    return bool(leading_lines(node)) and not _is_comment(leading_lines(node)[:1])


def _holds_import(node: cst.CSTNode) -> bool:
    """Return whether a top-level condition or ``try`` contains an import."""
    if not isinstance(node, cst.If | cst.Try | cst.TryStar | cst.With):
        return False
    return any(_is_import(part) for part in m.findall(node, m.SimpleStatementLine()))


def _may_stand_among_imports(node: cst.CSTNode) -> bool:
    if isinstance(node, cst.If | cst.Try | cst.TryStar | cst.With):
        return True
    dunder = m.AssignTarget(
        target=m.Name(value=m.MatchIfTrue(lambda name: name[:2] == name[-2:] == "__"))
    )
    path = m.Expr(
        value=m.Call(func=m.Attribute(value=m.Attribute(value=m.Name("sys"), attr=m.Name("path"))))
    )
    small = (
        m.Assign(targets=[m.AtLeastN(dunder, n=1)])
        | path
        | m.Expr(value=m.SimpleString())
        | m.Pass()
    )
    return m.matches(node, m.SimpleStatementLine(body=[m.AtLeastN(small, n=1)]))


def _wrap_text(text: str, width: int) -> list[str]:
    """Return a text split after spaces into pieces of at most ``width`` characters, which join to the text again."""
    pieces = [""]
    for word in text.split(" "):
        if pieces[-1] and len(pieces[-1]) + len(word) > width:
            pieces.append("")
        pieces[-1] += f"{word} "
    pieces[-1] = pieces[-1].removesuffix(" ")
    return pieces
