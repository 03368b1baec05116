"""What a program has in it, told from its text: what the generator covers, and what faults have in common."""

from __future__ import annotations

import re

from .model import Program

_PATTERNS = {
    "star import": r"import \*",
    "relative import": r"^\s*from \.+\w* import|^\s*from \.+ import",
    "relative import, two levels": r"^\s*from \.\.",
    "relative import, three levels": r"^\s*from \.\.\.",
    "from import with as": r"^\s*from .* import \w+ as ",
    "import of a dotted module": r"^\s*import \w+\.\w+[\w.]*$",
    "import of a module with as": r"^\s*import [\w.]+ as ",
    "import in parentheses": r"import \(\n",
    "import in a function": r"^    (?:from|import) .*",
    "import in a class": r"class Holder\w*:\n    (?:from|import)",
    "import in try": r"try:\n\s+(?:from|import|mod)",
    "import under a condition": r"(?:if [^\n]*|else):\n\s+(?:from|import)",
    "import for checkers only": r"if TYPE_CHECKING:",
    "string annotation": r': "',
    "global": r"^\s+global ",
    "nonlocal": r"^\s+nonlocal ",
    "del and again": r"^del ",
    "__all__, a literal": r"^__all__ = [\[(][^\]\n]*[\])]$",
    "__all__, augmented": r"^__all__ \+=|__all__\.append|__all__ = .*\] \+ \[",
    "module __getattr__": r"^def __getattr__",
    "import_module": r"import_module\(",
    "__import__": r"__import__\(",
    "getattr on a module": r"getattr\(\w",
    "subclass": r"^class \w+\([\w.]+\)",
    "decorator": r"^\s*@[\w.]*(?:mark|label|traced|logged|alias\d|my_\d|_p\d)",
    "registry": r"PLUGINS|ADDONS",
    "enum": r"enum\.Enum",
    "except clause": r"except \(?[\w., ]+\)?(?: as error)?:",
    "match": r"^\s*match ",
    "dataclass": r"@dataclasses",
    "mock.patch with a literal": r"patch\(\"",
    "mock.patch, joined literals": r"\" \"\.",
    "mock.patch, f-string": r"patch\(f\"",
    "mock.patch, computed": r"patch\(\w+ \+|% WHERE|format\(WHERE",
    "mock.patch.object": r"patch\.object",
    "mock.patch.multiple": r"patch\.multiple",
    "mock.patch as a decorator": r"@mock\.patch",
    "patch.dict of sys.modules": r"patch\.dict",
    "sys.modules item": r"sys\.modules\[\"",
    "monkeypatch": r"monkeypatch\.",
    "attribute store": r"^[\w.]+\.\w+ = ",
    "setattr": r"^setattr|vars\(",
    "legacy module imports from elsewhere": r"import SEEN",
    "doctest": r">>> ",
    "if __name__": r"if __name__ ==",
    "lazy string names": r"import_module\(NAME",
    "runpy": r"run_module\(\"",
}
_COMPILED = {name: re.compile(pattern, re.MULTILINE) for name, pattern in _PATTERNS.items()}
_STEPS = {
    "redirect without to": r'from = "[\w.]+"\n(?!to)',
    "redirect with to": r"^to = ",
    "names": r"\[redirect\.names\]",
    "third home": r":\w+\"$",
    "several redirects": r"(?s)\[\[redirect\]\].*\[\[redirect\]\]",
    "deprecate": r"\[\[deprecate\]\]",
    "shim": r"shim = true",
    "remove": r"\[\[remove\]\]",
    "exclude": r"exclude =",
    "roots": r"roots =",
    "repair": r"\[\[repair\]\]",
    "align": r"\[\[align\]\]",
    "surface": r"surface =",
}


def features(program: Program) -> set[str]:
    """Return the names of what is in a program and its migration."""
    text = "".join(text for path, text in program.files.items())
    present = {name for name, pattern in _COMPILED.items() if pattern.search(text)}
    present |= {
        f"migration: {n}"
        for n, p in _STEPS.items()
        if re.search(p, program.migration, re.MULTILINE)
    }
    return present | set(_of_layout(program))


def _of_layout(program: Program) -> list[str]:
    paths = program.files.keys()
    return [
        *(["layout: src"] if any(path.startswith("src/") for path in paths) else []),
        *(
            ["layout: packages"]
            if any(path.endswith("__init__.py") for path in paths)
            else ["layout: no package"]
        ),
        *(
            ["layout: legacy package"]
            if any(path.endswith("__init__.py") for path in program.legacy)
            else []
        ),
        *(["layout: stub"] if any(path.endswith(".pyi") for path in paths) else []),
        *(["layout: __main__"] if any(path.endswith("__main__.py") for path in paths) else []),
    ]
