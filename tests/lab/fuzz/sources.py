"""Fuzz the sources: the projects of the cases, mutated, and statements put together by a small grammar.

See fuzzing.py for how it is run.
"""

from __future__ import annotations

import re

from fuzzing import Sample, main, real_lines, seeds
from hypothesis import strategies as st

_WORD = re.compile(rb"[A-Za-z_][A-Za-z_0-9]*|\s+|[^\sA-Za-z_]")
_TOKENS = (
    *(b"import", b"from", b"as", b"*", b",", b"(", b")", b".", b"..", b";", b":", b"\\\n", b"\n"),
    *(
        b"\n    ",
        b"\t",
        b"\f",
        b"\r",
        b"\r\n",
        b'"',
        b"'",
        b'"""',
        b"#",
        b"=",
        b"if True:",
        b"try:",
    ),
    *(
        b"class X:",
        b"def f():",
        b"lambda x:",
        b"global ",
        b"nonlocal ",
        b"del ",
        b"async ",
        b"await ",
    ),
    *(b"with open(x) as ", b"except* E as ", b"match x:", b"case ", b"[x for x in ", b"{**", b"@"),
    *(
        b"__all__",
        b"__all__ += ",
        b"__getattr__",
        b"importlib.import_module",
        b"patch",
        b"f'{",
        b"}'",
    ),
    *(
        b"TYPE_CHECKING",
        b"# unfork: ignore",
        b"# noqa: UF001",
        b"yield ",
        b":=",
        b"->",
        b"type X = ",
    ),
    *(b"\xef\xbb\xbf", b"\x00", b"\xff", "é".encode(), "\u2028".encode(), "ﬁ".encode(), b"\x1b[2J"),
    *(b"# coding: latin-1\n", b"# coding: utf-16\n", b"# coding: rot13\n", b"# coding: utf-7\n"),
)


@st.composite
def mutated(draw: st.DrawFn, text: bytes) -> bytes:
    """Change a text in one place: by tokens, lines or bytes."""
    tokens = _WORD.findall(text) or [b""]
    at = draw(st.integers(0, len(tokens) - 1))
    end = min(len(tokens), at + draw(st.sampled_from((1, 1, 2, 5, 20))))
    match draw(st.sampled_from(("drop", "double", "put", "swap", "name", "line", "lines", "byte"))):
        case "drop":
            tokens[at:end] = []
        case "double":
            tokens[at:at] = tokens[at:end]
        case "put":
            tokens[at:at] = [draw(st.sampled_from(_TOKENS))]
        case "swap":
            other = draw(st.integers(0, len(tokens) - 1))
            tokens[at], tokens[other] = tokens[other], tokens[at]
        case "name":
            names = sorted({t for t in tokens if t[:1].isalpha() or t[:1] == b"_"}) or [b"x"]
            old, new = draw(st.sampled_from(names)), draw(st.sampled_from(names))
            tokens = [new if t == old else t for t in tokens]
        case "line":
            return _inserted(draw, text, [draw(st.sampled_from(real_lines()))])
        case "lines":
            start = draw(st.integers(0, len(real_lines()) - 8))
            return _inserted(draw, text, list(real_lines()[start : start + 8]))
        case "byte":
            place = draw(st.integers(0, len(text)))
            return text[:place] + draw(st.binary(min_size=1, max_size=2)) + text[place + 1 :]
    return b"".join(tokens)


def _inserted(draw: st.DrawFn, text: bytes, new: list[bytes]) -> bytes:
    lines = text.split(b"\n")
    at = draw(st.integers(0, len(lines)))
    return b"\n".join((*lines[:at], *new, *lines[at:]))


# -- a small grammar: imports in all places, and what is done with their names


_NAMES = (
    "Old",
    "Same",
    "helper",
    "assist",
    "lost",
    "now",
    "New",
    "legacy",
    "proj",
    "x",
    "util",
    "call",
)
_MODULES = (
    *(
        "proj.legacy",
        "proj.canonical",
        "proj",
        "proj.util",
        "proj.state",
        "proj.legacy_tools",
        "legacy",
    ),
    *(
        "proj.twin_old",
        "proj.twin",
        "other.legacy",
        "other",
        ".",
        ".legacy",
        "..legacy",
        "..",
        "...proj",
    ),
)
_FRAMES = (
    *(
        "{}",
        "{}",
        "if True:\n    {}",
        "try:\n    {}\nexcept ImportError:\n    pass",
        "def f():\n    {}",
    ),
    *(
        "def f({n}=None):\n    {}\n    return {n}",
        "class C:\n    {}\n    y = {n}",
        "for {n} in ():\n    {}",
    ),
    *(
        "try:\n    pass\nexcept Exception as {n}:\n    {}",
        "if TYPE_CHECKING:\n    {}",
        "with open({n}) as {n}:\n    {}",
    ),
    *(
        "def f():\n    global {n}\n    {}",
        "def f():\n    def g():\n        nonlocal {n}\n    {}",
        "while {n}: {}",
    ),
    *(
        "match {n}:\n    case {n}.kind:\n        {}\n    case {n}():\n        pass",
        "if {n}: {}; {n}",
    ),
    *(
        "async def f():\n    {}\n    async with {n}: pass",
        "else_ = 1\nif else_:\n    pass\nelse:\n    {}",
    ),
)
_USES = (
    *(
        "{n}",
        "{n}()",
        "{n}.kind",
        "{m}.{n}",
        "{m}.{n}.kind",
        "{n} = 1",
        "del {n}",
        "{n}: {n} = {n}()",
    ),
    *(
        "f'{{{n}.kind}} {{{m}.{n}!r:>{{x}}}}'",
        "[{n} for {n} in {n}]",
        "lambda {n}={n}: {n}",
        "({n} := 1)",
    ),
    *(
        "__all__ = ['{n}', '{k}']",
        "__all__ += ['{n}']",
        "getattr({m}, '{n}')",
        "x: '{n}' = 1",
        "def {n}(): pass",
    ),
    *(
        "def g(a: '{m}.{n}') -> \"List['{n}']\": pass",
        "patch('{m}.{n}')",
        "patch.object({m}, '{n}')",
    ),
    *(
        "import_module('{m}').{n}()",
        "__import__('{m}')",
        "monkeypatch.setattr('{m}.{n}', 1)",
        "globals()['{n}']",
    ),
    *(
        "class {n}({n}): {n} = {n}",
        "@{n}\ndef {k}(): pass",
        "{m}",
        "{m} = {m}",
        "cast('{n}', 1)",
        "print(*{n}, **{k})",
    ),
    *(
        "x = {n} if {k} else {m}",
        "try:\n    {n}\nexcept* {k}.Error:\n    pass",
        "# names {m}.{n}",
        "'''{m}.{n}'''",
    ),
)


@st.composite
def statements(draw: st.DrawFn) -> bytes:
    """Return a module text made of imports and uses."""
    lines: list[str] = []
    for _ in range(draw(st.integers(1, 7))):
        line = draw(st.one_of(_imports(), _uses()))
        frame = draw(st.sampled_from(_FRAMES))
        inner = line.replace("\n", "\n        ") if frame != "{}" else line
        lines.append(frame.replace("{n}", draw(st.sampled_from(_NAMES))).replace("{}", inner))
    return ("\n".join(lines) + draw(st.sampled_from(("\n", "")))).encode()


@st.composite
def _imports(draw: st.DrawFn) -> str:
    module = draw(st.sampled_from(_MODULES))
    if not module.startswith(".") and draw(st.booleans()):
        alias = draw(st.sampled_from(("", "", *(f" as {name}" for name in _NAMES))))
        more = draw(st.sampled_from(("", "", ", sys", ", proj.util", ", other.legacy as now")))
        return f"import {module}{alias}{more}"
    names = draw(st.lists(st.sampled_from(_NAMES), min_size=1, max_size=4))
    if draw(st.integers(0, 6)) == 0:
        return f"from {module} import *"
    aliased = [
        draw(st.sampled_from((name, name, f"{name} as {name}", f"{name} as x"))) for name in names
    ]
    shape = draw(
        st.sampled_from(
            ("{}", "({})", "(\n    {},\n)", "\\\n    {}", "(  # why\n    {}  # that\n)")
        )
    )
    return f"from {module} import " + shape.replace("{}", ", ".join(aliased))


@st.composite
def _uses(draw: st.DrawFn) -> str:
    use = draw(st.sampled_from(_USES))
    one, two = draw(st.sampled_from(_NAMES)), draw(st.sampled_from(_NAMES))
    module = draw(st.sampled_from([m for m in _MODULES if not m.startswith(".")]))
    return use.format(n=one, k=two, m=module)


@st.composite
def samples(draw: st.DrawFn) -> Sample:
    """Return a project of a case, one or two of its files changed or written anew."""
    start = draw(st.sampled_from(seeds()))
    files = dict(start.files)
    python = [path for path in sorted(files) if path.endswith((".py", ".pyi"))]
    if draw(st.booleans()) and python:
        for _ in range(draw(st.integers(1, 4))):
            path = draw(st.sampled_from(python[-3:] + python))
            files[path] = draw(mutated(files[path]))
    else:
        places = (
            "use.py",
            "proj/app.py",
            "proj/sub/deep/app.py",
            "proj/sub/__init__.py",
            "proj/legacy.py",
            "use.pyi",
        )
        for path in draw(st.lists(st.sampled_from(places), min_size=1, max_size=2, unique=True)):
            files[path] = draw(statements())
    return Sample(start.migration, files)


if __name__ == "__main__":
    main(samples(), __doc__)
