"""Generated programs whose canonical module is a copy that has changed: they work after a migration, or are left.

tests/lab/README.md tells of the generator, and of what it found.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest
from lab.programs.differing import generate_differing
from lab.programs.more_twists import MORE_TWISTS
from lab.programs.oracle import Oracle
from lab.programs.run import new_oracle
from lab.programs.twists import TWISTS

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="interpreters are forked")

# fmt: off
MENDED = {
    95, 115, 161, 163, 171, 267, 271, 298, 313, 326, 327, 347, 358, 377, 385, 404, 433, 462, 466, 485, 495,
    590, 776, 918, 964, 1059, 1080, 1212, 1230, 1421, 1453, 5030, 5069, 5147, 5285,
}
"""Programs that were broken when they were first run, each of another kind or reached in another way."""
# fmt: on
SEEDS = sorted({*range(60), *MENDED, *range(5000, 5030)})


@pytest.fixture(scope="module")
def oracle() -> Iterator[Oracle]:
    with new_oracle() as oracle:
        yield oracle


@pytest.mark.parametrize("seed", SEEDS)
def test_a_program_works_after_its_migration(oracle: Oracle, seed: int) -> None:
    verdict = oracle.judge(generate_differing(seed))
    assert verdict.kind in ("done", "left"), f"{verdict.kind}: {verdict.why}"


def test_a_seed_is_one_program() -> None:
    assert generate_differing(7) == generate_differing(7)
    assert generate_differing(7) != generate_differing(8)


def test_each_definition_differs_from_its_copy() -> None:
    twists = (*TWISTS, *MORE_TWISTS)
    names = [twist.name for twist in twists]
    assert len(names) == len(set(names))
    assert all(twist.old != twist.new and (twist.uses or twist.instance_uses) for twist in twists)
