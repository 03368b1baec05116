"""Functions that take the path of a package to read its data files, by their full names."""

from __future__ import annotations

import ast

from unfork.reading.scopes import Scope, resolve_name

ONE_FILE = frozenset(
    {
        *(
            f"{package}.{name}"
            for package in ("importlib.resources", "importlib_resources")
            for name in (
                "open_text",
                "open_binary",
                "read_text",
                "read_binary",
                "path",
                "is_resource",
            )
        ),
        "pkgutil.get_data",
        *(
            f"pkg_resources.resource_{name}"
            for name in ("filename", "string", "stream", "exists", "isdir", "listdir")
        ),
    }
)
"""Functions that take a package and the name of a file in it."""
ALL_FILES = frozenset({"importlib.resources.files", "importlib_resources.files"})
"""Functions that take a package, whose result leads to its files."""
LISTING = frozenset({"importlib.resources.contents", "importlib_resources.contents"})
TEMPLATES = frozenset({"jinja2.PackageLoader", "jinja2.loaders.PackageLoader"})
"""Takes a package, and a folder in it: ``templates`` unless the call names another."""
_KNOWN = ONE_FILE | ALL_FILES | LISTING | TEMPLATES


def resource_function(call: ast.Call, scope: Scope) -> str:
    """Return the dotted name of such a function that is called through an import; empty for any other call."""
    names: list[str] = []
    node = call.func
    while isinstance(node, ast.Attribute):
        names.insert(0, node.attr)
        node = node.value
    reached = resolve_name(scope, node.id) if isinstance(node, ast.Name) else None
    if reached is None or not isinstance(node, ast.Name):
        return ""
    binds = reached.binds[node.id]
    if not all(bind.alias is not None for bind in binds):
        return ""
    for bind in binds:
        statement, alias = bind.node, bind.alias
        if alias is None:
            continue
        if isinstance(statement, ast.ImportFrom):
            top = f"{statement.module}.{alias.name}"
        else:
            top = alias.name if alias.asname else node.id
        dotted = ".".join((top, *names))
        if dotted in _KNOWN:
            return dotted
    return ""
