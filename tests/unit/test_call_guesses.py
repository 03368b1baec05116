"""Guesses about calls that `unfork init` writes: what is certain, what is asked, what is not said."""

from __future__ import annotations

from pathlib import Path

from unfork.files.tree import WorkTree
from unfork.loading.one_off import OneOff, migration_of_one_off
from unfork.planning.call_guesses import CallGuess
from unfork.planning.comparison import compare_modules
from unfork_codemods.calls import CallChange


def _guesses(root: Path, old: str, new: str) -> dict[str, CallGuess]:
    (root / "app").mkdir()
    for name, text in (("__init__", ""), ("old", old), ("new", new)):
        (root / "app" / f"{name}.py").write_text(text, encoding="utf-8")
    migration = migration_of_one_off(OneOff("app.old", "app.new", ()))
    guesses = compare_modules(WorkTree(root).begin(), migration).calls
    return {guess.legacy: guess for guess in guesses}


def test_a_method_with_the_same_body_is_certain(tmp_path: Path) -> None:
    """Its name, and its parameters by their places, are called differently."""
    old = "class E:\n    def run_job(self, job, attempts=3):\n        return print(job, attempts)\n"
    new = 'class E:\n    def go(self, job: str, retries: int = 3):\n        "Go."\n        return print(job, retries)\n'
    guess = _guesses(tmp_path, old, new)["E.run_job"]
    assert guess.change == CallChange("go", {"attempts": "retries"})
    assert guess.is_certain


def test_another_body_is_a_question(tmp_path: Path) -> None:
    """Place and default are a guess; what is lost is dropped, what is needed is added."""
    old = "def submit(job, attempts=3, verbose=False):\n    return print(job)\n"
    new = "def submit(job, retries=3, *, mode):\n    return print(mode)\n"
    guess = _guesses(tmp_path, old, new)["submit"]
    added = {"mode": "None"}
    assert guess.change == CallChange(None, {"attempts": "retries"}, ("verbose",), added)
    assert not guess.is_certain


def test_bodies_that_only_pass_say_nothing(tmp_path: Path) -> None:
    """They are alike whatever they are for."""
    old = "class E:\n    def start(self, first=1):\n        pass\n"
    new = "class E:\n    def start(self, second=1):\n        pass\n"
    assert not _guesses(tmp_path, old, new)["E.start"].is_certain


def test_what_is_alike_is_not_mentioned(tmp_path: Path) -> None:
    """Nor is a member that has no counterpart at all."""
    text = "def same(a, b=1):\n    return a\n\n\nclass E:\n    def run(self):\n        return 1\n"
    gone = "\n    def vanish(self, what):\n        return what\n"
    assert _guesses(tmp_path, text + gone, text) == {}
