"""Calls and subscripts that name a module, or a name in one, by a string; and calls that replace such a name."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from unfork.verification.import_calls import level_given
from unfork.verification.machine import Frame, Machine
from unfork.verification.namespaces import expressions_looked_up_in, expressions_read
from unfork.verification.texts import HOLE, looked_up, own_texts, text_of, texts_of
from unfork.verification.values import (
    OPAQUE,
    Attribute,
    Module,
    Outside,
    Taken,
    Value,
    Values,
)

_MEANINGS = {
    "importlib.import_module": "import",
    "builtins.__import__": "import top",
    "pytest.importorskip": "import",
    "importlib.reload": "reload",
    "importlib.util.find_spec": "module",
    **{
        f"{package}.{name}": "module"
        for package in ("importlib.resources", "importlib_resources")
        for name in (
            "files",
            "path",
            "contents",
            "open_text",
            "open_binary",
            "read_text",
            "read_binary",
            "is_resource",
        )
    },
    **{
        f"pkg_resources.resource_{name}": "module"
        for name in ("filename", "string", "stream", "exists", "isdir", "listdir")
    },
    "jinja2.PackageLoader": "module",
    "jinja2.loaders.PackageLoader": "module",
    "pkgutil.get_data": "module",
    "pkgutil.find_loader": "module",
    "pkgutil.get_loader": "module",
    "importlib.find_loader": "module",
    "runpy.run_module": "module",
    "pkgutil.resolve_name": "resolve",
    "fixtures.MonkeyPatch": "patch",
    "fixtures.MockPatch": "patch",
    "fixtures.MockPatchObject": "setattr",
    "builtins.getattr": "getattr",
    "builtins.hasattr": "hasattr",
    "builtins.setattr": "setattr",
    "builtins.delattr": "setattr",
    "sys.modules.pop": "replace module",
    "sys.modules.setdefault": "replace module",
    "sys.modules.__setitem__": "replace module",
    "sys.modules.__delitem__": "replace module",
    "sys.modules.get": "get module",
    **{
        f"{mock}.{name}": meaning
        for mock in ("unittest.mock", "mock", "mock.mock")
        for name, meaning in (
            ("patch", "patch"),
            ("patch.object", "setattr"),
            ("patch.multiple", "patch multiple"),
            ("patch.dict", "patch dict"),
        )
    },
}
_METHODS = {
    "patch": "patch",
    "patch.object": "setattr",
    "patch.multiple": "patch multiple",
    "patch.dict": "patch dict",
    "spy": "setattr",
    "setattr": "monkeypatch",
    "delattr": "monkeypatch",
    "setitem": "setitem",
    "delitem": "setitem",
}
"""What fixture methods do: pytest's ``monkeypatch`` and pytest-mock's ``mocker``."""
_TYPED = {
    "cast": (0,),
    "NewType": (1,),
    "ForwardRef": (0,),
    "TypeVar": (),
    "TypedDict": (1,),
    "NamedTuple": (1,),
}
_GENERIC = frozenset(
    f"builtins.{name}" for name in ("list", "dict", "tuple", "set", "frozenset", "type")
)


def annotation_arguments(node: ast.Call, known: Values) -> list[ast.expr]:
    """Return the arguments of a call that are annotations: ``cast("X", x)``, ``TypeVar("T", bound="X")``."""
    for value in known:
        if not isinstance(value, Outside):
            continue
        module, _, name = value.dotted.rpartition(".")
        if module not in ("typing", "typing_extensions") or name not in _TYPED:
            continue
        arguments = [a for position, a in enumerate(node.args) if position in _TYPED[name]]
        if name == "TypeVar":
            arguments = [*node.args[1:], *(k.value for k in node.keywords if k.arg == "bound")]
        return arguments
    return []


def is_generic(machine: Machine, base: Values) -> bool:
    """Return whether subscripting a value gives a type that contains annotations: ``Optional["X"]``."""
    for value in machine.modules.outside(base):
        if isinstance(value, Outside):
            module, _, name = value.dotted.rpartition(".")
            if value.dotted in _GENERIC or (
                module in _TYPING and name not in ("Literal", "Annotated")
            ):
                return True
    return False


_TYPING = ("typing", "typing_extensions", "collections.abc")


def call_result(machine: Machine, frame: Frame, node: ast.Call, known: Values) -> Values | None:
    """Return the result of a call and record its effect on modules; None for a call without special meaning."""
    meaning = _call_meaning(node, known)
    if meaning is None:
        _reach_around(machine, frame, node, known)
        _patch_through(machine, frame, node, known)
        _update_own(machine, frame, node)
        return None
    call = _Call(machine, frame, node)
    match meaning:
        case "import" | "import top":
            return call.imports(whole=meaning == "import" or _has_list(node))
        case "reload":
            return call.values(0)
        case "module" | "get module":
            return call.names_module() if meaning == "get module" else call.names_module() and None
        case "resolve":
            return call.resolves()
        case "getattr" | "hasattr":
            return call.attribute()
        case "setattr":
            return call.replaces_attribute()
        case "patch" | "monkeypatch":
            return call.patches(meaning == "patch")
        case "patch multiple":
            return call.patches_multiple()
        case "patch dict" | "setitem":
            return call.patches_dict(meaning == "setitem")
        case _:
            return call.replaces_module()


def _call_meaning(node: ast.Call, known: Values) -> str | None:
    outside = [v.dotted for v in known if isinstance(v, Outside)]
    for dotted in outside:
        meaning = _MEANINGS.get(dotted) or _METHODS.get(_method_of_patch(dotted))
        if meaning is not None:
            return meaning
    if outside or not isinstance(node.func, ast.Attribute):
        return None
    name = node.func.attr
    if isinstance(node.func.value, ast.Attribute) and node.func.value.attr == "patch":
        return _METHODS.get(f"patch.{name}")
    if isinstance(node.func.value, ast.Name) and node.func.value.id == "patch":
        return _METHODS.get(f"patch.{name}")
    return _METHODS.get(name)


def _method_of_patch(dotted: str) -> str:
    """Return ``patch.object`` of ``asynctest.patch.object``: libraries for tests pass on what ``mock`` defines."""
    _, found, method = dotted.partition(".patch")
    return f"patch{method}" if found else ""


def _reach_around(machine: Machine, frame: Frame, node: ast.Call, known: Values) -> None:
    """Record a module that takes all its names, and binds others not shown in its text: ``globals()["x"] = 1``."""
    if node.args or not frame.live:
        return
    names = ("builtins.globals", "builtins.vars", "builtins.locals")
    if any(isinstance(v, Outside) and v.dotted in names for v in known):
        around = [part for part in machine.tree.body if _is_within(node, part)]
        is_one_entry = any(entry is node for entry in expressions_looked_up_in(around))
        if frame.kind != "class" and not is_one_entry:
            machine.event("namespace", node, frozenset(), "", frame)
        is_read = any(part is node for part in expressions_read(around))
        machine.dynamic = machine.dynamic or not is_read


def is_own_dictionary(machine: Machine, frame: Frame, node: ast.expr) -> bool:
    """Return whether an expression is the dictionary of the module that it stands in: ``globals()``."""
    match node:
        case ast.Call(func=func, args=[], keywords=[]):
            names = ["globals", *(["vars", "locals"] if frame.kind == "module" else [])]
            known = machine.seen.get(id(func), OPAQUE)
            return any(Outside(f"builtins.{name}") in known for name in names)
        case _:
            return False


def _update_own(machine: Machine, frame: Frame, node: ast.Call) -> None:
    """Record the names that a module binds in its dictionary: ``globals().update(run=fake)``."""
    match node.func:
        case ast.Attribute(value=table, attr="update") if is_own_dictionary(machine, frame, table):
            for name in [*(keyword.arg for keyword in node.keywords), *(None for _ in node.args)]:
                _note_own_name(machine, frame, node, name)
        case _:
            return


def _note_own_name(machine: Machine, frame: Frame, node: ast.expr, name: str | None) -> None:
    """Record a name that a module binds in its dictionary; ``__getattr__`` is only asked for those it lacks."""
    asked = (
        part
        for part in machine.tree.body
        if isinstance(part, ast.FunctionDef) and part.name == "__getattr__"
    )
    if name is not None or not any(_is_within(node, part) for part in asked):
        own = frozenset({Module(machine.path)})
        machine.event("replace", node, own, name or HOLE, frame)


def _is_within(node: ast.expr, statement: ast.stmt) -> bool:
    return statement.lineno <= node.lineno <= (statement.end_lineno or 0)


def _patch_through(machine: Machine, frame: Frame, node: ast.Call, known: Values) -> None:
    """Record what is replaced by a function that passes its argument to a patch."""
    if not machine.names_paths or not any(
        _may_be_path(machine, argument) for argument in _given_arguments(node)
    ):
        return
    for target in machine.modules.wrappers.targets(node, machine.modules.defined(known)):
        call = _Call(machine, frame, node)
        call.arguments = [target]
        call.patches(always=True)


def _given_arguments(node: ast.Call) -> Iterator[ast.expr]:
    yield from node.args
    yield from (keyword.value for keyword in node.keywords)


def _may_be_path(machine: Machine, node: ast.expr) -> bool:
    """Return whether an expression may be the path of an object: a text with a dot, directly or through a name."""
    if isinstance(node, ast.Name):
        return any("." in text for text in own_texts(machine, node))
    texts = (part.value for part in ast.walk(node) if isinstance(part, ast.Constant))
    return any(isinstance(text, str) and "." in text for text in texts)


def _has_list(node: ast.Call) -> bool:
    """Return whether ``__import__`` returns the named module itself: it has a non-empty ``fromlist``."""
    given = [keyword.value for keyword in node.keywords if keyword.arg == "fromlist"]
    match node.args[3:4] + given:
        case [ast.List(elts=names) | ast.Tuple(elts=names)]:
            return bool(names)
        case [ast.Constant(value=value)]:
            return bool(value)
        case other:
            return bool(other)


def _inside(path: str) -> str:
    """Return where a relative name starts from that is to be in a module, which Python then takes for a package."""
    return path if path.endswith("__init__.py") else f"{path.rpartition('.')[0]}/__init__.py"


class _Call:
    """A call with special meaning, in its context."""

    def __init__(self, machine: Machine, frame: Frame, node: ast.Call) -> None:
        self.machine, self.frame, self.node = machine, frame, node
        named = (k.value for name in _IN_ORDER for k in node.keywords if k.arg == name)
        self.arguments = [*node.args, *named]

    def text(self, position: int) -> str | None:
        if position >= len(self.arguments):
            return None
        return text_of(self.machine, self.arguments[position])

    def values(self, position: int) -> Values:
        if position >= len(self.arguments):
            return OPAQUE
        return self.machine.seen.get(id(self.arguments[position]), OPAQUE)

    def note(self, position: int, values: Values) -> None:
        argument = self.arguments[position]
        if not isinstance(argument, ast.Name):
            self.machine.note(argument, values)

    def module(self, position: int) -> Values:
        """Return the module that an argument names."""
        text = self.text(position)
        if text is None or HOLE in text or not text:
            return OPAQUE
        place = self._place(text)
        self.note(position, frozenset({place}))
        return frozenset({place})

    def _place(self, text: str) -> Value:
        finder = self.machine.modules.finder
        number = level_given(self.node)
        if number:
            return finder.relative(number, text, self.machine.path)
        if text.startswith("."):
            level = len(text) - len(text.lstrip("."))
            anchor = self.text(1)
            beside = f"{anchor}." if anchor and HOLE not in anchor else ""
            package = finder.absolute(anchor) if beside and anchor else None
            importer = _inside(package.path) if isinstance(package, Module) else self.machine.path
            return finder.relative(level, text.lstrip("."), importer)
        return finder.absolute(text, self.machine.path)

    def imports(self, whole: bool) -> Values:
        strings = looked_up(self.machine, self.arguments[0]) if self.arguments and whole else ()
        if strings:
            return self._imports_any(strings)
        module = self.module(0)
        if module != OPAQUE:
            self.machine.event("import", self.node, module, self.text(0) or "", self.frame)
            self.machine.load(self.frame, *module)
        elif self.text(0):
            self.machine.event("import", self.node, OPAQUE, self.text(0) or "", self.frame)
        text = self.text(0) or ""
        if whole or module == OPAQUE or "." not in text:
            return module
        finder = self.machine.modules.finder
        return frozenset({finder.absolute(text.partition(".")[0], self.machine.path)})

    def _imports_any(self, strings: Sequence[tuple[str, ast.Constant]]) -> Values:
        """Return the modules that the strings of a table name, of which one is imported."""
        modules: Values = frozenset()
        for text, string in strings:
            place = frozenset({self._place(text)})
            self.machine.note(string, place)
            self.machine.event("import", self.node, place, text, self.frame)
            modules |= place
        return modules

    def names_module(self) -> Values:
        module = self.module(0)
        if module != OPAQUE:
            self.machine.event("name module", self.node, module, self.text(0) or "", self.frame)
        return module

    def resolves(self) -> Values:
        text = self.text(0)
        if text is None or HOLE in text:
            return OPAQUE
        values = self.path(text.replace(":", "."))
        self.note(0, values)
        return values

    def path(self, text: str) -> Values:
        """Return what a dotted path leads to, importing modules on the way; a script is ``__main__`` itself."""
        top, *rest = text.split(".")
        path, finder = self.machine.path, self.machine.modules.finder
        value: Value = Module(path) if top == "__main__" else finder.absolute(top, path)
        for name in rest:
            value = Taken(value, name)
        return frozenset({value})

    def attribute(self) -> Values:
        name = self.text(1)
        if name is None or HOLE in name:
            return OPAQUE
        base = self.values(0)
        values = frozenset(Attribute(v, name) for v in base) if base != OPAQUE else OPAQUE
        self.note(1, values)
        if values != OPAQUE and not isinstance(self.arguments[1], ast.Name):
            self.machine.owners.add(id(self.arguments[0]))
        return values

    def replaces_attribute(self) -> Values:
        self.attribute()
        base, name = self.values(0), self.text(1) or HOLE
        if base != OPAQUE or HOLE not in name or not self._gives_loaded_module():
            self.replace(base, name)
        return OPAQUE

    def _gives_loaded_module(self) -> bool:
        """Return whether an attribute is set to a module as ``sys.modules`` has it.

        setattr(sys.modules[parent], child, sys.modules[name])

        That is what an import does with a submodule (language reference, 5.4.2): whoever replaces the module does it
        where it is put into ``sys.modules``.
        """
        match self.node.args[2:]:
            case [ast.Subscript(value=table)]:
                known = self.machine.seen.get(id(table), OPAQUE)
                return Outside("sys.modules") in self.machine.modules.resolved(known)
            case _:
                return False

    def replace(self, base: Values, name: str) -> None:
        self.machine.event("replace", self.node, base, name, self.frame)

    def patches(self, always: bool) -> Values:
        texts = texts_of(self.machine, self.arguments[0]) if self.arguments else []
        if not texts and not always and self.text(1) is not None:
            return self.replaces_attribute()
        for text in texts:
            if HOLE in text or "." not in text:
                self.replace(OPAQUE, text)
                continue
            self.note(0, self.path(text))
            base, _, name = text.rpartition(".")
            self.replace(self.path(base), name)
        return OPAQUE

    def patches_multiple(self) -> Values:
        text = self.text(0)
        base = self.values(0)
        if text is not None and HOLE not in text:
            base = self.path(text)
            self.note(0, base)
        for keyword in self.node.keywords:
            if keyword.arg and keyword.arg not in _MULTIPLE_OPTIONS:
                self.replace(base, keyword.arg)
        return OPAQUE

    def patches_dict(self, item: bool) -> Values:
        is_modules = self.text(0) == "sys.modules" or Outside("sys.modules") in (
            self.machine.modules.resolved(self.values(0))
        )
        if is_modules and item:
            return self.replaces_module(1)
        if not is_modules:
            text = self.text(0)
            if text is not None and HOLE not in text and "." in text and not item:
                values = self.path(text)
                self.note(0, values)
                self.machine.event("name object", self.node, values, text, self.frame)
            return OPAQUE
        table = self.arguments[1] if len(self.arguments) > 1 else None
        for key in table.keys if isinstance(table, ast.Dict) else ():
            if key is not None:
                note_module_key(self.machine, self.frame, key, "replace module")
        return OPAQUE

    def replaces_module(self, position: int = 0) -> Values:
        if position < len(self.arguments):
            return note_module_key(
                self.machine, self.frame, self.arguments[position], "replace module"
            )
        return OPAQUE


_IN_ORDER = (
    "target",
    "name",
    "attribute",
    "package",
    "anchor",
    "package_or_requirement",
    "package_name",
)
"""Arguments that may be given by keyword, in positional order."""
_MULTIPLE_OPTIONS = ("spec", "create", "spec_set", "autospec", "new_callable")


def note_module_key(machine: Machine, frame: Frame, key: ast.expr, kind: str) -> Values:
    """Record a key of ``sys.modules``, as an event of a kind, and return the module that it names."""
    text = text_of(machine, key)
    if text is None:
        if kind == "replace module":
            machine.event("replace module", key, OPAQUE, HOLE, frame)
        return OPAQUE
    place = machine.modules.finder.absolute(text, machine.path) if HOLE not in text else None
    values: Values = frozenset({place}) if place is not None else OPAQUE
    if place is not None and not isinstance(key, ast.Name):
        machine.note(key, values)
    machine.event(kind, key, values, text, frame)
    return values


def subscript_value(machine: Machine, frame: Frame, node: ast.Subscript, base: Values) -> Values:
    """Return what a subscript gives: a module of ``sys.modules``, or a name in a module's dictionary."""
    named = _named_in_dictionary(machine, frame, node)
    if named != OPAQUE or base == OPAQUE:
        return named
    known = machine.modules.resolved(base)
    if Outside("sys.modules") in known:
        kind = "read module" if isinstance(node.ctx, ast.Load) else "replace module"
        return note_module_key(machine, frame, node.slice, kind)
    return OPAQUE


def _named_in_dictionary(machine: Machine, frame: Frame, node: ast.Subscript) -> Values:
    """Return what a key of a module's dictionary gives: ``module.__dict__["x"]``, ``vars(module)["x"]``."""
    if is_own_dictionary(machine, frame, node.value) and not isinstance(node.ctx, ast.Load):
        _note_own_name(machine, frame, node, text_of(machine, node.slice))
        return OPAQUE
    match node.value:
        case ast.Attribute(value=owner, attr="__dict__"):
            pass
        case ast.Call(func=func, args=[owner], keywords=[]) if Outside("builtins.vars") in (
            machine.seen.get(id(func), OPAQUE)
        ):
            pass
        case _:
            return OPAQUE
    name = text_of(machine, node.slice)
    known = machine.seen.get(id(owner), OPAQUE)
    if name is None or known == OPAQUE:
        return OPAQUE
    if not isinstance(node.ctx, ast.Load):
        machine.event("replace", node, known, name, frame)
    return frozenset(Attribute(value, name) for value in known)
