"""Check that what ``[redirect.calls]`` names exists on both sides."""

from __future__ import annotations

from collections.abc import Iterable

from unfork.errors import MigrationError
from unfork.nearest import nearest_word
from unfork.reading.index import Index
from unfork.reading.interface import Interface
from unfork.reading.signatures import Signature
from unfork_codemods.calls import CallChange
from unfork_codemods.project import Kind, is_external
from unfork_codemods.redirect import Redirect
from unfork_codemods.step import line_of


def check_calls(file: str, redirect: Redirect, index: Index) -> None:
    """Raise MigrationError for a function, class, member or argument that is not there.

    What the text does not tell is taken at its word: a class with bases outside the project, a module that is gone.
    """
    for key, change in redirect.calls.items():
        line = line_of(redirect, "calls", key)
        owner, _, member = key.partition(".")
        legacy = index.named(redirect.source).key
        if index.has_file(legacy) and index.is_readable(legacy):
            if index.origin(legacy, owner).kind is Kind.MISSING:
                why = f"'{redirect.source}' does not define '{owner}'"
                raise MigrationError(file, line, why + _hint(owner, index.names(legacy)))
            old = index.interfaces.interface(legacy, owner)
            _check_member(file, line, f"{redirect.source}:{owner}", old, member)
            # a shim has the new arguments
            if index.origin(legacy, owner).kind is Kind.OWN:
                given = (*change.rename, *change.drop)
                _check_arguments(file, line, f"{redirect.source}:{owner}", old, member, given)
        _check_counterpart(file, line, redirect, index, key, change)


def _check_counterpart(
    file: str, line: int, redirect: Redirect, index: Index, key: str, change: CallChange
) -> None:
    owner, _, member = key.partition(".")
    target = redirect.names.get(owner)
    module = target.module if target is not None else redirect.to
    if module is None or is_external(index.named(module).key):
        return
    name = target.name if target is not None else owner
    new = index.interfaces.interface(index.named(module).key, name)
    counterpart = f"{module}:{name}"
    _check_member(file, line, counterpart, new, change.to or member)
    given = (*change.rename.values(), *change.add)
    _check_arguments(file, line, counterpart, new, change.to or member, given)


def _check_arguments(
    file: str,
    line: int,
    owner: str,
    interface: Interface | None,
    member: str,
    parameters: Iterable[str],
) -> None:
    signature = _signature(interface, member)
    for parameter in parameters:
        if signature is not None and not _takes(signature, parameter):
            why = f"{owner}: {signature} takes no argument '{parameter}'"
            raise MigrationError(file, line, why + _hint(parameter, _parameters(signature)))


def _check_member(
    file: str, line: int, owner: str, interface: Interface | None, member: str
) -> None:
    if interface is None or not member or member == "__init__":
        return
    if interface.members is None:
        if interface.call is not None:
            raise MigrationError(file, line, f"{owner} is a function, and has no '{member}'")
    elif interface.complete and member not in interface.members:
        why = f"{owner} has no '{member}'"
        raise MigrationError(file, line, why + _hint(member, interface.members))


def _signature(interface: Interface | None, member: str) -> Signature | None:
    if interface is None:
        return None
    return (interface.members or {}).get(member) if member else interface.call


def _parameters(signature: Signature) -> list[str]:
    spec = signature.arguments
    return [arg.arg for arg in (*spec.posonlyargs, *spec.args, *spec.kwonlyargs)]


def _takes(signature: Signature, parameter: str) -> bool:
    return signature.arguments.kwarg is not None or parameter in _parameters(signature)


def _hint(word: str, known: Iterable[str]) -> str:
    near = nearest_word(word, known)
    return f"; did you mean '{near}'?" if near else ""
