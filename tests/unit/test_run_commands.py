"""Which modules the commands in scripts and documents run, and what only names a module."""

from __future__ import annotations

from pathlib import Path

import pytest
from audited import audit_files

from unfork.audit.liveness.run_commands import modules_in_commands
from unfork.files.tree import WorkTree

FILES = {
    "job.py": "print(1)\n",
    "web/__init__.py": "",
    "web/main.py": "app = object()\n",
    "web/web/main.py": "app = object()\n",
}


def runners(root: Path, name: str, text: str) -> dict[str, tuple[str, ...]]:
    audit = audit_files(root, {**FILES, name: text})
    commands = modules_in_commands(audit.model, WorkTree(root), [name], audit.model.modules)
    return dict(commands.runners)


@pytest.mark.parametrize(
    "line",
    [
        "python job.py",
        "$ python3.11 -u ./job.py --once",
        'CMD ["python", "job.py"]',
        "0 3 * * * cd /srv/app && /usr/bin/python /srv/app/job.py",
        "run: uv run job.py",
        "./job.py",
        "`nohup python -X dev job.py &`",
        '"$(PYTHON)" -m job',
        ".venv\\Scripts\\python.exe job.py",
    ],
)
def test_a_command_runs_a_module(tmp_path: Path, line: str) -> None:
    assert runners(tmp_path, "nightly.sh", f"{line}\n") == {"job": ("nightly.sh",)}


@pytest.mark.parametrize(
    "line",
    [
        "- job.py (use the other one)",
        "git mv job.py attic/",
        "cp a.py job.py",
        "Python, and more: job.py",
        "see job.py",
        "python other.py > job.py.log",
    ],
)
def test_a_file_that_is_named_is_not_run(tmp_path: Path, line: str) -> None:
    assert runners(tmp_path, "README.md", f"{line}\n") == {}


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("cd web && python main.py", "web/main"),
        ("cd web\npython main.py", "web/main"),
        ("uvicorn web.main:app --reload", "web/main"),
        ("python -m gunicorn web.web.main:app", "web/web/main"),
    ],
)
def test_a_command_is_read_from_the_folder_it_starts_in(
    tmp_path: Path, text: str, key: str
) -> None:
    assert list(runners(tmp_path, "run.sh", f"{text}\n")) == [key]


def test_a_file_that_may_be_either_of_two_is_neither(tmp_path: Path) -> None:
    assert runners(tmp_path, "web/Dockerfile", "CMD python web/main.py\n") == {}
