"""Generated programs work after a migration as they did before: a hundred of those that the lab tries by the thousand.

tests/lab/README.md tells of the generator, and of what it found.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from lab.programs.generate import MOST_FILES, generate
from lab.programs.interpreters import Outcome
from lab.programs.model import Program
from lab.programs.oracle import Oracle, Tree
from lab.programs.run import new_oracle
from lab.programs.shrink import shrink

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="interpreters are forked")

# fmt: off
SEEDS = (
    4, 8, 9, 10, 16, 18, 21, 22, 23, 27, 28, 29, 31, 33, 34, 38, 40, 41, 42, 43, 44, 48, 50,
    63, 65, 69, 73, 81, 82, 83, 84, 86, 88, 89, 92, 98, 99, 100, 101, 105, 107, 108, 113, 114,
    116, 128, 131, 132, 135, 136, 145, 146, 147, 150, 151, 152, 158, 162, 165, 166, 167, 169,
    173, 174, 179, 180, 185, 186, 193, 194, 195, 199, 200, 204, 206, 207, 210, 211, 212, 218,
    220, 221, 222, 224, 232, 239, 240, 245, 249, 253, 257, 258, 261, 263, 283, 288, 296, 300,
    315, 322,
)
# fmt: on


@pytest.fixture(scope="module")
def oracle() -> Iterator[Oracle]:
    with new_oracle() as oracle:
        yield oracle


@pytest.mark.parametrize("seed", SEEDS)
def test_a_program_works_after_its_migration(oracle: Oracle, seed: int) -> None:
    verdict = oracle.judge(generate(seed))
    assert verdict.kind in ("done", "left", "split", "order"), f"{verdict.kind}: {verdict.why}"


def test_a_seed_is_one_program() -> None:
    assert generate(7) == generate(7)
    assert generate(7) != generate(8)
    assert all(3 <= len(generate(seed).files) <= MOST_FILES for seed in range(20))


MOVED = Program(
    files={
        "old.py": 'def run(): return "<old:run>"\nEXTRA = 1\n',
        "new.py": 'def go(): return "<new:go>"\n',
        "use.py": "from old import run\nprint(run())\n",
    },
    migration='[migration]\nname = "m"\n[[redirect]]\nfrom = "old"\nto = "new"\nnames = { run = "go" }\n',
    runs=("use.py",),
    moved={"old:run": "new:go", "old": "new"},
    legacy=("old.py",),
)


def test_the_oracle_knows_what_is_done_and_what_is_left(oracle: Oracle) -> None:
    assert oracle.judge(MOVED).kind == "done"
    more = {**MOVED.files, "use.py": "from old import run, EXTRA\nprint(run(), EXTRA)\n"}
    assert oracle.judge(MOVED.with_files(more)).kind == "left"


@pytest.mark.parametrize(
    ("printed", "error", "loaded", "kind"),
    [
        ("<new:go>\n", "", (), ""),
        ("<old:run>\n", "", (), ""),
        ("<new:run>\n", "", (), "broken"),
        ("<new:go>\n", "NameError: run", (), "broken"),
        ("<new:go>\n", "", ("old.py",), "silent"),
    ],
)
def test_the_oracle_tells_a_fault(
    oracle: Oracle, printed: str, error: str, loaded: tuple[str, ...], kind: str
) -> None:
    before, after = Outcome("<old:run>\n", "", ("old.py",)), Outcome(printed, error, loaded)
    assert oracle.behaviour(MOVED, [before], [after], (), True)[0] == kind


def test_a_program_that_fails_before_is_unfit(oracle: Oracle) -> None:
    broken = {**MOVED.files, "use.py": "from old import nothing\n"}
    assert oracle.judge(MOVED.with_files(broken)).kind == "unfit"


def test_shrinking_keeps_the_verdict(oracle: Oracle) -> None:
    extra = {
        "use.py": "import os\nfrom old import run, EXTRA\nprint(EXTRA, os.sep)\n",
        "spare.py": "X = 1\n",
    }
    program = MOVED.with_files({**MOVED.files, **extra})
    small = shrink(oracle, program, oracle.judge(program))
    assert oracle.judge(small).kind == "left"
    assert "spare.py" not in small.files
    assert "import os" not in small.files["use.py"]


def test_a_tree_in_memory_reads_like_one_on_disk() -> None:
    tree = Tree({"b.py": "x", "a.toml": "y"})
    assert tree.paths((".py",)) == ("b.py",)
    with pytest.raises(FileNotFoundError):
        tree.read(str(Path("nowhere.py")))
