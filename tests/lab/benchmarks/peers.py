"""Other tools on the same job: LibCST's runner on a sample, and rope, both only for comparison."""

from __future__ import annotations

import shutil
from pathlib import Path

from clock import Command, in_turn, run
from corpus import commit, git
from lab import Lab
from migrations import DENSE, DENSE_TO, SPARSE, SPARSE_TO
from results import Section, compared, raw

SAMPLE = 60
_ROPE = """\
import sys
from rope.base.project import Project
from rope.refactor.rename import Rename
project = Project(".", ropefolder=None)
module = project.find_module(sys.argv[1])
Rename(project, module).get_changes(sys.argv[2])
"""


def measure_libcst(lab: Lab) -> Section:
    """Run LibCST's codemod runner and unfork in turn on 60 files that are to change."""
    folder = _sample(lab)
    name = f"{DENSE_TO.rpartition('.')[0]}:{DENSE_TO.rpartition('.')[2]}"
    words = ["codemod", "rename.RenameCommand", "--old_name", DENSE, "--new_name", name]
    more = ["--jobs", "2", "--no-format", "--hide-progress", "sample"]
    runner = [str(lab.python), "-m", "libcst.tool", *words, *more]
    unfork = lab.unfork("unfork", "apply", "-m", lab.migration("dense"), "-j", "2", tree=folder)

    def anew() -> None:
        _sample(lab)

    samples = in_turn([unfork, Command("libcst", runner, folder)], 2, anew)
    changed = git(folder, "diff", "--name-only", "-z").count("\0")
    what = f"`apply`, {SAMPLE} files to change, 2 processes"
    row = compared(samples, "", what, "unfork", "libcst", against="LibCST's codemod runner")
    return Section("libcst", (row,), (f"LibCST changed {changed} files.",), samples=raw(samples))


def _sample(lab: Lab) -> Path:
    """Return a folder with 60 files of the corpus, as they are there, and what they import."""
    folder = lab.cache / "sample"
    shutil.rmtree(folder, ignore_errors=True)
    helpers = folder / "homeassistant" / "helpers"
    shutil.copytree(lab.tree / "homeassistant" / "helpers", helpers)
    shutil.copyfile(lab.tree / "homeassistant" / "__init__.py", helpers.parent / "__init__.py")
    text = f"from {DENSE} import"
    components = sorted((lab.tree / "homeassistant" / "components").glob("*/sensor.py"))
    concerned = [path for path in components if text in path.read_text(encoding="utf-8")]
    (folder / "sample").mkdir()
    for path in concerned[:: len(concerned) // SAMPLE][:SAMPLE]:
        shutil.copyfile(path, folder / "sample" / f"{path.parent.name}.py")
    (folder / ".libcst.codemod.yaml").write_text(
        "generated_code_marker: '@generated'\nformatter: []\nblacklist_patterns: []\n"
        "modules:\n- libcst.codemod.commands\nrepo_root: .\n",
        encoding="utf-8",
    )
    commit(folder)
    return folder


def measure_rope(lab: Lab) -> Section:
    """Run rope's rename of a module once, without writing."""
    args = [str(lab.python), "-c", _ROPE, SPARSE, SPARSE_TO.rpartition(".")[2] + "_new"]
    ours = in_turn([lab.unfork("unfork", "diff", "-m", lab.migration("sparse"))], lab.rounds)
    samples = {**ours, "rope": [run(Command("rope", args, lab.tree))]}
    what = "`diff`, 3 files to change"
    row = compared(samples, "", what, "unfork", "rope", against="rope (once)")
    return Section("rope", (row,), samples=raw(samples))
