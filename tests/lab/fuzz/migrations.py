"""Fuzz the migrations: those of the cases, mutated, and tables put together by a small grammar.

See fuzzing.py for how it is run.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from fuzzing import Files, Sample, main, seeds
from hypothesis import strategies as st
from sources import mutated

_ODD = (
    *(
        "",
        ".",
        "..",
        "a..b",
        "../../etc/passwd",
        "/etc/passwd",
        "C:\\x",
        "proj/legacy.py",
        "proj.legacy.py",
        "class",
    ),
    *(
        "é",
        "ﬁ",
        "a\u200bb",
        "\u202eproj",
        "a\nb",
        "a\0b",
        "\x1b[2J",
        "proj.legacy:Old",
        ":",
        "a:",
        ":a",
        "None",
        "*",
    ),
    *(
        "a" * 5000,
        ".".join("a" * 500),
        "__init__",
        "proj.__init__",
        "proj.legacy.Old",
        "PROJ.LEGACY",
        " proj",
        "~",
    ),
)
_KEYS = (
    "from",
    "to",
    "names",
    "module",
    "modules",
    "prefer",
    "use",
    "since",
    "removal",
    "shim",
    "surface",
    "nmaes",
)
_WHEN = ("2025", 'a"b', "%s {x}", "x" * 200, "a\\nb")
_STEPS = ("redirect", "repair", "align", "deprecate", "remove")
_VALUES = st.one_of(
    st.sampled_from(
        ("1", "true", "1.5", "[]", "{}", "1979-05-27", "[[]]", "nan", "''", '"""\n"""', "[1, 'a']")
    ),
    st.sampled_from(_ODD).map(json.dumps),
    st.text(max_size=8).map(json.dumps),
)


def _modules(files: Files) -> list[str]:
    """Return the names of the modules of a project, from each root."""
    names = []
    for path in sorted(files):
        if path.endswith(".py"):
            name = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
            names += [name, name.removeprefix("src.")]
    return names or ["a"]


def _words(files: Files) -> list[str]:
    return sorted(
        {
            word
            for text in files.values()
            for word in text.decode("latin-1").split()
            if word.isidentifier()
        }
    )


@st.composite
def tables(draw: st.DrawFn, files: Files) -> str:
    """Return a migration that is mostly what one may be."""
    module = st.sampled_from(_modules(files))
    if draw(st.integers(0, 11)) == 0:
        module = st.one_of(module, st.sampled_from(_ODD))
    name = st.sampled_from(_words(files) or ["a"])
    lines = ["[migration]", "name = 'fuzz'"]
    if draw(st.integers(0, 11)) == 0:
        lines.append(
            f"roots = {json.dumps(draw(st.lists(st.sampled_from(('.', 'src', 'proj', '..', 'no')))))}"
        )
    if draw(st.integers(0, 11)) == 0:
        lines.append(
            f"exclude = {json.dumps(draw(st.lists(st.sampled_from(('*', 'proj/**', '../*', '[', '**/x', 'use.py')))))}"
        )
    for _ in range(draw(st.integers(1, 4))):
        step = draw(st.sampled_from(_STEPS))
        lines += [f"[[{step}]]", *_step(draw, step, module, name)]
    return "\n".join(lines) + "\n"


def _step(
    draw: st.DrawFn, step: str, module: st.SearchStrategy[str], name: st.SearchStrategy[str]
) -> Iterable[str]:
    text = json.dumps

    def names() -> str:
        pairs = draw(
            st.lists(
                st.tuples(name, name, module, st.booleans()), max_size=4, unique_by=lambda p: p[0]
            )
        )
        return ", ".join(f"{text(a)} = {text(f'{m}:{b}' if c else b)}" for a, b, m, c in pairs)

    match step:
        case "redirect":
            yield f"from = {text(draw(module))}"
            if draw(st.integers(0, 3)):
                yield f"to = {text(draw(module))}"
            yield f"names = {{ {names()} }}"
        case "repair":
            yield f"module = {text(draw(module))}"
            yield f"prefer = {text(draw(st.lists(module, max_size=2)))}"
            yield f"names = {{ {names()} }}"
        case "align":
            yield f"modules = {text(draw(st.lists(module, min_size=1, max_size=3)))}"
            if draw(st.booleans()):
                yield f"surface = {text(draw(module))}"
        case "deprecate":
            yield f"module = {text(draw(module))}"
            if draw(st.booleans()):
                yield f"use = {text(draw(module))}"
            yield f"shim = {draw(st.sampled_from(('true', 'false')))}"
            yield f"since = {text(draw(st.sampled_from(_WHEN)))}"
        case _:
            yield f"module = {text(draw(module))}"
    if draw(st.integers(0, 12)) == 0:
        yield f"{draw(st.sampled_from(_KEYS))} = {draw(_VALUES)}"


@st.composite
def samples(draw: st.DrawFn) -> Sample:
    """Return a project of a case with another migration."""
    start = draw(st.sampled_from(seeds()))
    match draw(st.sampled_from(("grammar", "grammar", "mutated", "other", "bytes"))):
        case "grammar":
            return Sample(draw(tables(start.files)), start.files)
        case "mutated":
            text = start.migration.encode()
            for _ in range(draw(st.integers(1, 3))):
                text = draw(mutated(text))
            return Sample(text.decode("utf-8", "replace"), start.files)
        case "other":
            return Sample(draw(st.sampled_from(seeds())).migration, start.files)
    return Sample(draw(st.text(max_size=60)), start.files)


if __name__ == "__main__":
    main(samples(), __doc__)
