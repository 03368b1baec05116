"""Deprecate: importing a module warns once, at the line that imports it."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst
import libcst.matchers as m

from unfork_codemods.deprecate import Deprecate
from unfork_codemods.edits import Edit

_WIDTH = 88
_IMPORTS = (cst.Import, cst.ImportFrom, cst.LazyImport, cst.LazyImportFrom)


def deprecation_edits(text: str, step: Deprecate) -> tuple[Edit, ...]:
    """Return the edits that make a module warn, empty if it already warns in these words.

    Raises ParserSyntaxError if LibCST cannot parse the text; it does not know all Python syntax.
    """
    module = cst.parse_module(text)
    codemod = DeprecateModule(step)
    module.visit(codemod)
    return codemod.edits


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
        self.edits: tuple[Edit, ...] = ()

    def visit_Module(self, node: cst.Module) -> bool:
        """Return False: the statements of the module itself are all that is needed."""
        return False

    def leave_Module(self, original_node: cst.Module, updated_node: cst.Module) -> cst.Module:
        """Compute the edits and return the module unchanged."""
        self.edits = tuple(_Page(original_node, self._step).edits())
        return updated_node


class _Page:
    """A module's top-level statements, and where they start in the text."""

    def __init__(self, module: cst.Module, step: Deprecate) -> None:
        self._module, self._step = module, step
        self._newline = module.default_newline

    def _start(self, at: int) -> int:
        """Return where a statement starts in the text, in bytes; the end of the text behind the last one."""
        body = self._module.body
        size = sum(
            len(self._module.code_for_node(n).encode()) for n in (*self._module.header, *body[:at])
        )
        return min(size, len(self._module.bytes)) if at == len(body) else size

    def edits(self) -> Sequence[Edit]:
        call_at = next((i for i, node in enumerate(self._module.body) if _is_warning(node)), None)
        if call_at is not None:
            return self._update_warning(call_at)
        at = self._behind_imports()
        name = self._warnings_name()
        call = self._warning_call(name or self._free_name())
        if name is not None:
            return [
                Edit(
                    self._start(at),
                    self._start(at),
                    self._call_with_blank_lines(call, at).encode(),
                )
            ]
        line = (
            "import warnings" if self._free_name() == "warnings" else "import warnings as _warnings"
        )
        import_at, lead = self._import_position(at)
        if import_at == at:
            place = self._start(at) if at else self._behind_header()
            block = self._call_with_blank_lines(call, at, follows_import=True)
            text = f"{self._missing_line_ending(at)}{self._blank_line_above(at)}{line}{self._newline}{block}"
            return [Edit(place, place, text.encode())]
        place = self._start(import_at) + lead
        text = f"{'' if lead else self._blank_line_above(import_at)}{line}{self._newline}"
        return [
            Edit(place, place, text.encode()),
            Edit(self._start(at), self._start(at), self._call_with_blank_lines(call, at).encode()),
        ]

    # -- the warning

    def _update_warning(self, at: int) -> Sequence[Edit]:
        node = cst.ensure_type(self._module.body[at], cst.SimpleStatementLine)
        call = cst.ensure_type(cst.ensure_type(node.body[0], cst.Expr).value, cst.Call)
        name = cst.ensure_type(cst.ensure_type(call.func, cst.Attribute).value, cst.Name).value
        if _is_up_to_date(call, self._warning_message()):
            return []
        bare = node.with_changes(leading_lines=[], trailing_whitespace=cst.TrailingWhitespace())
        old = self._module.code_for_node(bare).rstrip("\r\n").encode()
        lead = "".join(self._module.code_for_node(line) for line in node.leading_lines)
        start = self._start(at) + len(lead.encode())
        return [Edit(start, start + len(old), self._warning_call(name).encode())]

    def _warning_message(self) -> str:
        use = f"; use {self._step.use} instead" if self._step.use else ""
        return f"{self._step.module} {deprecated_words(self._step)}{use}"

    def _warning_call(self, name: str) -> str:
        lines = [
            f'    "{escape_for_quotes(part)}"'
            for part in _wrap_text(self._warning_message(), _WIDTH - 7)
        ]
        lines[-1] += ","
        body = [f"{name}.warn(", *lines, "    DeprecationWarning,", "    stacklevel=2,", ")"]
        return self._newline.join(body)

    def _call_with_blank_lines(self, call: str, at: int, follows_import: bool = False) -> str:
        """Return the call with the blank lines around it."""
        before = self._newline if at > 0 or follows_import or self._module.header else ""
        after = "" if at == len(self._module.body) or self._starts_blank(at) else self._newline
        ending = "" if follows_import else self._missing_line_ending(at)
        return f"{ending}{before}{call}{self._newline}{after}"

    def _missing_line_ending(self, at: int) -> str:
        """Return a line ending if the file ends at ``at`` without one, else an empty string."""
        is_end = at == len(self._module.body) and bool(at or self._module.header)
        return self._newline if is_end and not self._module.has_trailing_newline else ""

    def _starts_blank(self, at: int) -> bool:
        lines: Sequence[cst.EmptyLine] = getattr(self._module.body[at], "leading_lines", ())
        return len(lines) > 0 and lines[0].comment is None

    def _blank_line_above(self, at: int) -> str:
        """Return the blank line that separates an import from a preceding statement of another kind."""
        if not self._module.body:
            return self._newline if _is_comment(self._module.header[-1:]) else ""
        before = self._module.body[at - 1] if at else None
        apart = before is not None and (not _is_import(before) or _is_future(before))
        return self._newline if apart else ""

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

    def _behind_header(self) -> int:
        """Return where the first statement's own comments start: after the last blank line of the file's header."""
        lines = list(self._module.header)
        while self._module.body and _is_comment(lines[-1:]):
            lines.pop()
        header = "".join(self._module.code_for_node(line) for line in lines)
        return len(header.encode()) or self._start(0)

    def _import_position(self, at: int) -> tuple[int, int]:
        """Return the statement before which ``import warnings`` goes, and after how many bytes of its leading lines.

        It goes among the first plain imports, in order if these are sorted; else before the first other import.
        """
        body = self._module.body
        first = next((i for i in range(at) if _is_import(body[i]) and not _is_future(body[i])), at)
        if first == at or not _is_plain_import(body[first]):
            return (first, 0) if first < at and not _has_lead(body[first]) else (at, 0)
        end = first
        while end < at and _is_plain_import(body[end]) and not self._is_set_apart(end, first):
            end += 1
        names = [_plain_name(body[i]) for i in range(first, end)]
        if names != sorted(names):
            return end, 0
        behind = first + sum(name < "warnings" for name in names)
        return behind, self._leading_bytes(behind) if behind == first else 0

    def _leading_bytes(self, position: int) -> int:
        lines = getattr(self._module.body[position], "leading_lines", ())
        return sum(len(self._module.code_for_node(line).encode()) for line in lines)

    def _is_set_apart(self, position: int, first: int) -> bool:
        """Return whether a blank line separates a plain import from the first one."""
        return position > first and self._starts_blank(position)

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


def _is_comment(lines: Sequence[cst.EmptyLine]) -> bool:
    return any(line.comment is not None for line in lines)


def _has_lead(node: cst.CSTNode) -> bool:
    return any(line.comment is not None for line in getattr(node, "leading_lines", ()))


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
