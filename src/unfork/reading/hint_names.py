"""Names that are given to what evaluates annotations, where the annotated module does not bind them at run time.

typing.get_type_hints(Box, localns={"Old": Old})        Box.update_forward_refs(Old=Old)
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from unfork.nodes import last_name
from unfork.reading.calls import callee_name
from unfork.reading.source import Source

_EVALUATING = frozenset(
    {
        "evaluate_forward_ref",
        "get_annotations",
        "get_type_hints",
        "model_rebuild",
        "resolve_types",
        "update_forward_refs",
    }
)
"""Functions of typing, inspect, annotationlib, attrs and pydantic that evaluate annotations with given names."""
_HAS_ONE = re.compile("|".join((*sorted(_EVALUATING), r"\bfields\(", "__annotations__")).encode())
"""A file may also look the texts of annotations up itself: ``KINDS[field.type]``, by PEP 563."""


def names_given_to_hints(source: Source) -> frozenset[str]:
    """Return the names under which a file may give values to what evaluates annotations. Raises Unparsable."""
    if not _HAS_ONE.search(source.data):
        return frozenset()
    return source.once(_names_given)


def _names_given(source: Source) -> frozenset[str]:
    return frozenset(name for node in source.nodes for name in _names_in(node))


def _names_in(node: ast.AST) -> Iterator[str]:
    """Yield the names that a mapping or a call gives to what is called so: ``{"Old": models.Old}``."""
    match node:
        case ast.Dict(keys=keys, values=values):
            given = [(getattr(k, "value", None), v) for k, v in zip(keys, values, strict=True)]
        case ast.Call(keywords=keywords) if callee_name(node) in _EVALUATING | {"dict"}:
            given = [(keyword.arg, keyword.value) for keyword in keywords]
        case _:
            return
    yield from (name for name, value in given if name and name == last_name(value))
