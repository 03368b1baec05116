"""Functions of a shim that adapt old calls: they take what the old one took, and call its counterpart with it."""

from __future__ import annotations

import ast

from unfork.verification.states import States
from unfork.verification.values import Module, Taken, Value
from unfork_codemods.calls import CallChange


def is_rewritten(states: States, path: str, name: str) -> bool:
    """Return whether a module defines something else under a name than it did."""
    old = _definitions(states.source_before(path).tree, name)
    new = _definitions(states.source_after(path).tree, name)
    return bool(new) and list(map(ast.dump, old)) != list(map(ast.dump, new))


def is_adapter(states: States, path: str, name: str) -> bool:
    """Return whether a function of a shim takes the calls of the function before, and makes calls of its counterpart.

    It warns, and then returns what the counterpart returns, which is given each parameter, as the migration lists it.
    """
    old = _function(states.source_before(path).tree, name)
    new = _function(states.source_after(path).tree, name)
    if old is None or new is None or _parameters(old) != _parameters(new):
        return False
    match new.body:
        case [
            ast.Expr(
                value=ast.Call(func=ast.Attribute(value=ast.Name(id="warnings"), attr="warn"))
            ),
            ast.Return(
                value=ast.Call(
                    func=ast.Attribute(
                        value=ast.Call(
                            func=ast.Attribute(
                                value=ast.Name(id="importlib"), attr="import_module"
                            ),
                            args=[ast.Constant(value=str(module))],
                            keywords=[],
                        ),
                        attr=target,
                    )
                ) as call
            ),
        ]:
            is_same = _is_counterpart(states, path, name, module, target)
            return is_same and _passes_all_on(states, old, call)
        case _:
            return False


def _definitions(tree: ast.Module, name: str) -> list[ast.stmt]:
    return [node for node in tree.body if getattr(node, "name", "") == name]


def _function(tree: ast.Module, name: str) -> ast.FunctionDef | None:
    """Return the function that a module defines once under a name, if it is a plain one."""
    match _definitions(tree, name):
        case [ast.FunctionDef(decorator_list=[]) as node]:
            return node
        case _:
            return None


def _parameters(node: ast.FunctionDef) -> object:
    """Return the parameters with their kinds and defaults, without annotations."""
    spec = node.args
    places = [[arg.arg for arg in some] for some in (spec.posonlyargs, spec.args, spec.kwonlyargs)]
    stars = [arg.arg if arg is not None else None for arg in (spec.vararg, spec.kwarg)]
    keywords = [default and ast.dump(default) for default in spec.kw_defaults]
    return places, stars, [ast.dump(default) for default in spec.defaults], keywords


def _is_counterpart(states: States, path: str, name: str, module: str, target: str) -> bool:
    before, after = states.tree_states(False)
    value: Value = Taken(after.finder.absolute(module, path), target)
    was = before.attribute(Module(path), name)
    return states.counterparts(False).agree(was, after.resolve(value))


def _passes_all_on(states: States, old: ast.FunctionDef, call: ast.Call) -> bool:
    """Return whether a call passes all parameters on, but those that the migration drops, each under its new name."""
    redirects = states.project.migration.redirects
    tables = [r.calls[old.name] for r in redirects if old.name in r.calls]
    return any(_is_passed_by(change, old.args, call) for change in tables)


def _is_passed_by(change: CallChange, spec: ast.arguments, call: ast.Call) -> bool:
    places = [arg.arg for arg in (*spec.posonlyargs, *spec.args)]
    star = [f"*{spec.vararg.arg}"] if spec.vararg else []
    double = [f"**{spec.kwarg.arg}"] if spec.kwarg else []
    whole = [*places, *star, *(arg.arg for arg in spec.kwonlyargs), *double]
    added = {name: ast.dump(ast.parse(text, mode="eval").body) for name, text in change.add.items()}
    by_place = [ast.unparse(node) for node in call.args]
    by_name: list[str] = []
    for keyword in call.keywords:
        value = ast.unparse(keyword.value)
        if keyword.arg in added:
            if ast.dump(keyword.value) != added.pop(keyword.arg):
                return False
        elif keyword.arg is None:
            by_name.append(f"**{value}")
        elif keyword.arg != change.rename.get(value, value):
            return False
        else:
            by_name.append(value)
    wanted = [name for name in whole if name not in change.drop]
    in_order = by_place == wanted[: len(by_place)]
    return in_order and sorted(by_place + by_name) == sorted(wanted) and not added
