"""What "did you mean" says of a module or name that is not where the migration says: it was moved, or is misspelled."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_project import write_files

from unfork.errors import MigrationError
from unfork.files.tree import WorkTree
from unfork.loading.migrations import load_migration
from unfork.nearest import nearest_module
from unfork.planning.pipeline import make_plan

ENGINE = "class Engine:\n    pass\n\n\ndef load(path):\n    return path\n"
FILES = {
    "shop/__init__.py": "",
    "shop/core/__init__.py": "",
    "shop/engine_v2.py": ENGINE,
    "shop/core/engine.py": ENGINE,
    "shop/retries.py": "def retry(job):\n    return job()\n",
    "use.py": "from shop.engine_v2 import Engine\n\nEngine()\n",
}


def _outcome(tmp_path: Path, redirect: str, **files: str) -> str:
    """Return what is said of a migration with one redirect: its error, or the caveats of its plan."""
    more = {path.replace("__", "/") + ".py": text for path, text in files.items()}
    write_files(tmp_path, FILES | more)
    (tmp_path / "m.toml").write_text(f'[migration]\nname = "m"\n[[redirect]]\n{redirect}')
    try:
        plan = make_plan(WorkTree(tmp_path), [load_migration(tmp_path / "m.toml")], jobs=1)
    except MigrationError as error:
        return str(error)
    return "\n".join(plan.caveats)


def _redirect(source: str, to: str, *names: str) -> str:
    return "\n".join([f'from = "{source}"', f'to = "{to}"', "[redirect.names]", *names]) + "\n"


@pytest.mark.parametrize(
    ("dotted", "candidates", "meant"),
    [
        ("shop.engin", ["shop.engine"], "shop.engine"),
        ("shopp.engine", ["shop.engine"], "shop.engine"),
        ("shop.coreengine", ["shop.core.engine"], "shop.core.engine"),
        ("shop.engine_v3", ["shop.engine_v2"], "shop.engine_v2"),
        ("app.helpers", ["app.files"], None),
        ("company.billing.api", ["company.billing.cli"], None),
        ("shop.engine", ["shop.engine_v2"], None),
        ("shop.a", ["shop.b"], None),
        ("shop.engine", ["shop"], None),
    ],
)
def test_only_the_parts_that_differ_count(
    dotted: str, candidates: list[str], meant: str | None
) -> None:
    assert nearest_module(dotted, candidates) == meant


def test_a_canonical_module_that_was_moved(tmp_path: Path) -> None:
    said = _outcome(tmp_path, _redirect("shop.engine_v2", "shop.engine"))
    assert said.endswith("there is no module 'shop.engine'; did you mean 'shop.core.engine'?")


def test_a_moved_module_and_one_of_nearly_the_name(tmp_path: Path) -> None:
    said = _outcome(tmp_path, _redirect("shop.engine_v2", "shop.engine"), shop__engines=ENGINE)
    assert said.endswith("; did you mean 'shop.core.engine' or 'shop.engines'?")


def test_never_the_module_that_a_redirect_leads_away_from(tmp_path: Path) -> None:
    said = _outcome(tmp_path, _redirect("shop.engine_v2", "shop.engine_v3"))
    assert "there is no module 'shop.engine_v3'" in said
    assert "did you mean" not in said


def test_several_of_the_name_are_no_hint(tmp_path: Path) -> None:
    said = _outcome(tmp_path, _redirect("shop.engine_v2", "shop.engine"), shop__old__engine=ENGINE)
    assert "did you mean" not in said


def test_the_canonical_module_is_never_meant_for_the_legacy_one(tmp_path: Path) -> None:
    said = _outcome(tmp_path, _redirect("shop.core.engin", "shop.core.engine"))
    assert said == "m: shop.core.engin does not exist any more"


def test_a_legacy_module_that_was_moved(tmp_path: Path) -> None:
    moved = {"shop__old__engine_v1": ENGINE}
    said = _outcome(tmp_path, _redirect("shop.engine_v1", "shop.core.engine"), **moved)
    assert said.endswith("; did you mean 'shop.engine_v2' or 'shop.old.engine_v1'?")


def test_what_was_moved_into_the_target_is_not_meant(tmp_path: Path) -> None:
    files = {"lib__moved__text": "def clean(s):\n    return s\n", "lib__files__text": ""}
    said = _outcome(tmp_path, 'from = "lib.old.*"\nto = "lib.moved.*"\n', **files)
    assert "did you mean" not in said


def test_a_name_that_was_moved(tmp_path: Path) -> None:
    names = 'load = "shop.core.engine:retry"'
    said = _outcome(tmp_path, _redirect("shop.engine_v2", "shop.core.engine", names))
    assert said.endswith("does not define 'retry'; did you mean 'shop.retries:retry'?")


def test_a_name_that_only_the_legacy_module_has_is_no_hint(tmp_path: Path) -> None:
    names = 'load = "shop.core.engine:resume"'
    more = {"shop__engine_v2": ENGINE + "def resume():\n    pass\n"}
    said = _outcome(tmp_path, _redirect("shop.engine_v2", "shop.core.engine", names), **more)
    assert said.endswith("does not define 'resume'")
