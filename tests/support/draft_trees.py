"""Small projects of the kinds that drafts have to cope with: what is loaded by name, copied as a folder, or broken."""

from __future__ import annotations

THING = "class Thing:\n" + "".join(
    f"    def step_{n}(self, value):\n        self.v{n} = value + {n}\n        return [value] * {n}\n"
    for n in range(6)
)
OTHER = THING.replace("step_", "move_").replace("Thing", "Other")
THIRD = THING.replace("step_", "turn_").replace("Thing", "Third")
START = "if __name__ == '__main__':\n    print(Thing().step_1(2))\n"
CONFLICT = "<<<<<<< HEAD\nimport re\n=======\nimport json\n>>>>>>> topic\n"
PARTS = {"one": THING, "two": OTHER, "three": THIRD}


def package(name: str, more: str = "") -> dict[str, str]:
    """Return the files of a package of three modules; ``more`` is added to one of them."""
    files = {f"{name}/{part}.py": text for part, text in PARTS.items()}
    return files | {f"{name}/__init__.py": "", f"{name}/two.py": OTHER + more}


TREES: dict[str, dict[str, str]] = {
    "a folder with the name of a declared library": {
        "pyproject.toml": '[project]\nname = "x"\nversion = "1"\ndependencies = ["redis>=5"]\n',
        "redis/probe.py": "def probe():\n    return 1\n",
        "app/__init__.py": "",
        "app/v1.2-old/store.py": "class Redis:\n    size = 1\n",
        "app/use.py": "from redis.client import Redis\n\nSTORE = Redis()\n",
    },
    "plug-ins loaded by computed names": {
        "plugins/mail.py": THING,
        "plugins/mail_v2.py": THING,
        "main.py": "import importlib\n\nfor name in ('mail', 'mail_v2'):\n"
        "    importlib.import_module('plugins.' + name)\n",
    },
    "a module loaded from its path": {
        "bot/__init__.py": "",
        "bot/state.py": THING,
        "old_state.py": THING,
        "main.py": "import importlib.util\nfrom bot.state import Thing\n\n"
        "spec = importlib.util.spec_from_file_location('s', 'old_state.py')\n" + START,
    },
    "several definers of names that are missing": {
        "app/__init__.py": "",
        "app/base.py": "x = 1\n",
        "app/use.py": "from .base import Page, Query, Lost\nfrom nowhere_to_be_seen import it\n",
        "app/near/__init__.py": "",
        "app/near/pages.py": "class Page:\n    pass\n",
        "app/far/__init__.py": "",
        "app/far/pages.py": "class Page:\n    pass\n\n\nclass Query:\n    pass\n",
    },
    "packages with a lazy front": {
        **package("app"),
        **package("app_v2"),
        "app/__init__.py": "def __getattr__(name):\n    from . import one\n    return getattr(one, name)\n",
        "app_v2/__init__.py": "def __getattr__(name):\n    from . import one\n    return getattr(one, name)\n",
        "main.py": f"from app import Thing\nfrom app_v2.two import Other\n{START}",
    },
    "copies that do not parse": {
        "app/__init__.py": "",
        "app/thing.py": THING,
        "app/thing_enhanced.py": CONFLICT + THING,
        "app/other.py": f"{OTHER}\ndef broken(:\n",
        "app/other_old.py": OTHER,
        "app/front.py": "from app.thing_enhanced import *\n",
        "main.py": f"from app.front import Thing\nfrom app.other_old import Other\n{START}",
    },
    "copies that are both in use, and differ": {
        "app/__init__.py": "",
        "app/thing.py": f"{THING}\nLIMIT = 1\nSAME = 3\n",
        "app/thing_unified.py": f"{THING}\nLIMIT = 2\nSAME = 3\n",
        "a.py": f"from app.thing import Thing, LIMIT, SAME\n{START}",
        "b.py": f"from app.thing_unified import Thing, LIMIT, SAME\n{START}",
    },
    "copies whose methods and arguments are called differently": {
        "app/__init__.py": "",
        "app/thing.py": THING,
        "app/thing_old.py": THING.replace("step_2", "go").replace(
            "step_3(self, value)", "step_3(self, number)"
        ),
        "a.py": f"from app.thing import Thing\n{START}",
        "b.py": "from app.thing_old import Thing\n\nif __name__ == '__main__':\n"
        "    print(Thing().go(1), Thing().step_3(number=2))\n",
    },
    "copies that nothing tells apart": {
        "app/__init__.py": "",
        "app/left.py": THING,
        "app/right.py": THING,
    },
    "copies in archives and tests": {
        "app/__init__.py": "",
        "app/thing.py": THING,
        "archive/thing.py": THING,
        "tests/thing.py": THING,
        "tests/test_thing.py": "from tests.thing import Thing\nfrom archive.thing import Thing as Old\n",
        "main.py": f"from app.thing import Thing\n{START}",
    },
    "a fallback for a failed import": {
        "app/__init__.py": "",
        "app/thing.py": THING,
        "app/thing_fallback.py": THING,
        "main.py": "try:\n    from app.thing import Thing\nexcept ImportError:\n"
        f"    from app.thing_fallback import Thing\n{START}",
    },
    "two roots, and two names for one file": {
        "src/app/__init__.py": "",
        "src/app/thing.py": THING,
        "src/app/thing_copy.py": THING,
        "a.py": f"from src.app.thing import Thing\nfrom app.thing import Thing as Same\n{START}",
        "src/b.py": f"from app.thing_copy import Thing\n{START}",
    },
    "a package that is a copy as a whole": {
        **package("app"),
        **package("app_v2"),
        "main.py": f"from app.one import Thing\nimport app.two, app.three\n{START}",
        "tool.py": f"from app_v2 import one\nfrom app_v2.two import Other\nThing = one.Thing\n{START}",
    },
    "a package that is mostly a copy": {
        **package("app"),
        **package("app_v2", "\n\ndef odd():\n    return 'odd'\n"),
        "app_v2/extra.py": "EXTRA = 1\n",
        "main.py": f"from app.one import Thing\nimport app.two, app.three\n{START}",
        "more.py": f"from app.one import Thing\nfrom app.two import Other\n{START}",
        "tool.py": f"from app_v2.two import odd, Other\nfrom app_v2.extra import EXTRA\n{START}",
    },
    "folders that nothing tells apart": {**package("east"), **package("west")},
    "a folder with a copy of itself inside": {
        **package("app"),
        **{f"app/{path}": text for path, text in package("inner").items()},
        "main.py": f"from app.one import Thing\nfrom app.inner.two import Other\n{START}",
    },
    "a copy of the root": {
        **{path.removeprefix("app/"): text for path, text in package("app").items()},
        **package("project-copy"),
        "main.py": f"from one import Thing\nfrom two import Other\n{START}",
    },
    "a chain of modules that only forward": {
        "app/__init__.py": "",
        "app/core.py": THING,
        "app/middle.py": "from app.core import *\n",
        "app/outer.py": "from app.middle import Thing\n\nGadget = Thing\n",
        "main.py": f"from app.outer import Gadget as Thing\nfrom app.middle import Thing as T\n{START}",
    },
    "a module that forwards to a copy": {
        "app/__init__.py": "",
        "app/thing.py": THING,
        "app/thing_old.py": THING,
        "app/front.py": "from app.thing_old import *\n",
        "main.py": f"from app.thing import Thing\nfrom app.front import Thing as Old\n{START}",
    },
    "nothing to say": {"main.py": f"{THING}\n{START}"},
}
"""The projects by what they show."""
