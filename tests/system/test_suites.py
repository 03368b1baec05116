"""The script that moves modules of real projects has to move them rightly itself: copies, renames, splits."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "lab" / "suites"))

from copying import can_rename, copied, home_of, renamed
from projects import Project
from splitting import NotSplit, split
from survey import Module, survey

SHAPES = '''\
"""Shapes."""
from __future__ import annotations

import os
import re

from .units import Unit, convert

__all__ = ["Shape", "area"]


class Shape:
    def turned(self, unit: "Unit") -> "Shape":
        return Shape()

    Unit = Unit


def area(shape: Shape, *, Shape_=None) -> str:
    return f"{Shape.__name__} Shape {shape.Shape}"


def path() -> str:
    return os.sep + area(Shape())
'''


@pytest.fixture
def shapes(tmp_path: Path) -> Module:
    package = tmp_path / "pkg"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "units.py").write_text("class Unit: ...\ndef convert(): ...\n")
    (package / "shapes.py").write_text(SHAPES)
    return Module("pkg.shapes", package / "shapes.py")


def test_a_copy_is_one_package_deeper(shapes: Module) -> None:
    assert home_of(shapes) == "pkg._core.shapes_impl"
    assert copied(shapes, {}) == SHAPES.replace("from .units", "from ..units")


def test_a_name_is_renamed_in_code_annotations_and_exports_but_not_as_attribute(
    shapes: Module,
) -> None:
    assert can_rename(shapes, "Shape") and not can_rename(shapes, "Unit")
    text = copied(shapes, {"Shape": renamed("Shape")})
    assert '__all__ = ["CoreShape", "area"]' in text
    assert 'def turned(self, unit: "Unit") -> "CoreShape":\n        return CoreShape()' in text
    assert 'f"{CoreShape.__name__} Shape {shape.Shape}"' in text
    assert [renamed(name) for name in ("area", "LIMIT")] == ["core_area", "CORE_LIMIT"]


def test_a_split_module_needs_its_first_half_only(shapes: Module) -> None:
    division = split(shapes)
    (base, base_text), (more, more_text) = division.modules
    assert division.homes == {"Shape": base, "area": base, "path": more}
    assert "import os" not in base_text and "from .units import Unit, convert" in base_text
    assert "from .shapes_base import (Shape, area)" in more_text and "import os" in more_text
    assert "__all__ = []" in more_text


def test_both_halves_have_what_guards_the_imports_of_types(tmp_path: Path) -> None:
    path = tmp_path / "errors.py"
    path.write_text(
        "import typing\nif typing.TYPE_CHECKING:\n    from os import PathLike\n\n\n"
        "class Error(Exception):\n    pass\n\n\nclass Lost(Error):\n    pass\n"
    )
    division = split(Module("errors", path))
    assert all("import typing\n" in text for _, text in division.modules)


def test_what_a_global_ties_together_is_not_split(tmp_path: Path) -> None:
    path = tmp_path / "state.py"
    path.write_text("def set():\n    global x\n    x = 1\n\n\ndef get():\n    return x\n")
    with pytest.raises(NotSplit):
        split(Module("state", path))


def test_importers_are_counted_by_file(shapes: Module) -> None:
    root = shapes.path.parents[1]
    (root / "tests").mkdir()
    (root / "tests" / "test_a.py").write_text(
        "from pkg.shapes import area\nfrom pkg import shapes\nshapes.path()\n"
    )
    (root / "pkg" / "use.py").write_text("from .shapes import area, Shape\n")
    surveyed = survey(Project("pkg==1", "pkg", ()), root)
    assert surveyed.importers["pkg.shapes"] == 2 and surveyed.importers["pkg.units"] == 1
    module = surveyed.modules["pkg.shapes"]
    assert surveyed.ranked_names(module) == ["area", "Shape", "path"]
