"""What nobody foresaw is one line and exit code 2, and takes nothing away."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

RUN = """
import unfork.planning.pipeline as pipeline
def fails(*args, **kwargs):
    raise LookupError("no such thing\\nat all")
pipeline.make_plan = fails
from unfork.__main__ import main
main()
"""


@pytest.mark.parametrize("debug", [False, True])
def test_a_bug_is_one_line(tmp_path: Path, debug: bool) -> None:
    (tmp_path / "old.py").write_text("")
    (tmp_path / "new.py").write_text("")
    text = '[migration]\nname = "m"\n[[redirect]]\nfrom = "old"\nto = "new"\n'
    (tmp_path / "m.toml").write_text(text)
    (tmp_path / "report.json").write_text("as it was")
    command = [
        sys.executable,
        "-c",
        RUN,
        "diff",
        "-m",
        "m.toml",
        "--root",
        ".",
        "-o",
        "report.json",
    ]
    env = {**os.environ, "UNFORK_DEBUG": "1" if debug else ""}
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env=env)
    assert done.returncode == 2
    assert ("Traceback" in done.stderr) is debug
    assert "this is a bug in unfork: LookupError: no such thing; UNFORK_DEBUG=1" in done.stderr
    assert debug or done.stderr.count("\n") == 1
    assert (tmp_path / "report.json").read_text() == "as it was"
