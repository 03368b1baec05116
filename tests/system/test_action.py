"""The GitHub action's run steps, carried out as GitHub would, and the workflows as YAML."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from offline_installs import offline_installation
from small_project import CONFIGURED, FIXED, environment, git, make_repository, write_files

yaml = pytest.importorskip("yaml", reason="pre-commit brings it along")
ROOT = Path(__file__).parents[2]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS: dict[str, Any] = {
    step.get("name", step.get("uses")): step for step in ACTION["runs"]["steps"]
}
NOTHING: Mapping[str, str] = {}
WORKFLOWS = sorted((ROOT / "docs/workflows").glob("*.yml"))
pytestmark = pytest.mark.skipif(
    sys.platform == "win32" or shutil.which("bash") is None, reason="the steps are for bash"
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path.resolve() / "a project"
    write_files(folder, CONFIGURED)
    make_repository(folder)
    program = tmp_path / "bin/unfork"
    write_files(tmp_path, {"bin/unfork": f'#!/bin/sh\nexec "{sys.executable}" -m unfork "$@"\n'})
    program.chmod(0o755)
    return folder


def run_step(
    root: Path, name: str, more: Mapping[str, str] = NOTHING, **given: str
) -> subprocess.CompletedProcess[str]:
    """Run a step in bash, with GitHub's options, the inputs given or by default, and more variables."""
    inputs = {key: value.get("default", "") for key, value in ACTION["inputs"].items()} | given
    known = {f"inputs.{key}": value for key, value in inputs.items()}
    known["github.action_path"] = str(ROOT)
    step = STEPS[name]
    variables = {
        key: re.sub(r"\$\{\{ ([\w.-]+) \}\}", lambda match: known[match[1]], text)
        for key, text in step["env"].items()
    }
    env = environment(**variables, GITHUB_OUTPUT=str(root.parent / "output"))
    env |= more
    env["PATH"] = f"{root.parent / 'bin'}:{env['PATH']}"
    script = root.parent / "step.sh"
    script.write_text(step["run"])
    command = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", str(script)]
    return subprocess.run(command, cwd=root, env=env, capture_output=True, text=True)


def test_what_is_installed_is_what_checks(root: Path) -> None:
    """Carry out both steps in a fresh environment; the packages of this Python stand in for the package index."""
    pytest.importorskip("hatchling", reason="it builds the wheel that pip installs")
    folder = root.parent / "python"
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    more = offline_installation(root.parent / "packages")
    for name in ("python", "unfork"):
        program = root.parent / "bin" / name
        program.write_text(f'#!/bin/sh\nexec "{folder}/bin/{name}" "$@"\n')
        program.chmod(0o755)
    done = run_step(root, "Install", more)
    assert (done.returncode, done.stderr) == (0, "")
    done = run_step(root, "Check", more, paths="proj/user.py")
    assert (done.returncode, done.stderr) == (1, "")
    assert "::error file=proj/user.py,line=2," in done.stdout


def test_check_annotates_and_fails(root: Path) -> None:
    done = run_step(root, "Check")
    assert (done.returncode, done.stderr) == (1, "")
    assert "::error file=proj/user.py,line=2," in done.stdout


def test_check_of_what_is_clean(root: Path) -> None:
    done = run_step(
        root, "Check", migrations="migration.toml\n", paths="proj/clean.py\nproj/new.py\n"
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_an_input_is_never_shell(root: Path) -> None:
    done = run_step(root, "Check", paths="$(touch ran); touch ran\n")
    assert done.returncode == 2
    assert not (root / "ran").exists()


def test_sarif_goes_into_the_file_that_is_uploaded(root: Path) -> None:
    done = run_step(root, "Check", format="sarif")
    assert done.returncode == 1
    file = STEPS["Upload"]["with"]["sarif_file"]
    results = json.loads((root / file).read_text())["runs"][0]["results"]
    assert [result["ruleId"] for result in results] == ["UF001"]


def test_the_branch_and_its_output(root: Path) -> None:
    done = run_step(root, "Branch", branch="tidy", test="test -f proj/new.py")
    assert done.returncode == 0, done.stderr
    assert git(root, "show", "tidy:proj/user.py") == FIXED
    assert (root.parent / "output").read_text() == "branch=tidy\n"


def test_no_branch_where_nothing_changes_or_the_test_fails(root: Path) -> None:
    assert run_step(root, "Branch", branch="tidy", test="false").returncode == 0
    assert not (root.parent / "output").exists()
    assert run_step(root, "Branch", branch="tidy", migrations="gone.toml").returncode == 2


def test_no_expression_stands_in_a_script() -> None:
    files = [ROOT / "action.yml", *WORKFLOWS]
    for file in files:
        for step in steps_of(yaml.safe_load(file.read_text(encoding="utf-8"))):
            assert "${{" not in step.get("run", ""), file.name
            assert ("run" in step) != ("uses" in step), file.name


@pytest.mark.parametrize("file", [ROOT / "action.yml", *WORKFLOWS], ids=lambda file: file.name)
def test_others_actions_are_pinned_and_get_no_credentials(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    for step in steps_of(yaml.safe_load(text)):
        used = step.get("uses", "")
        if used and not used.startswith("OWNER/"):
            assert re.fullmatch(r"[\w-]+/[\w/-]+@[0-9a-f]{40}", used)
            assert re.search(rf"{used} # v\d+\.\d+\.\d+$", text, re.MULTILINE)
        if used.startswith("actions/checkout@"):
            assert step["with"] == {"persist-credentials": False}


def steps_of(text: dict[str, Any]) -> list[dict[str, Any]]:
    jobs = [text["runs"]] if "runs" in text else text["jobs"].values()
    return [step for job in jobs for step in job["steps"]]


def test_the_workflows_use_inputs_that_the_action_has() -> None:
    assert [file.name for file in WORKFLOWS] == ["guard.yml", "release.yml", "tests.yml"]
    used = [
        step
        for file in WORKFLOWS
        for step in steps_of(yaml.safe_load(file.read_text(encoding="utf-8")))
        if "/unfork@" in step.get("uses", "")
    ]
    assert len(used) == 2
    for step in used:
        assert set(step.get("with", {})) <= set(ACTION["inputs"])


def test_the_pre_commit_page_is_a_configuration(tmp_path: Path) -> None:
    pytest.importorskip("pre_commit")
    page = (ROOT / "docs/ci.md").read_text(encoding="utf-8")
    text = page.partition("```yaml\n")[2].partition("```")[0]
    write_files(tmp_path, {".pre-commit-config.yaml": text})
    command = [sys.executable, "-m", "pre_commit", "validate-config"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    offered = {hook["id"] for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}
    hooks = yaml.safe_load(text)["repos"][0]["hooks"]
    assert {hook["id"] for hook in hooks} == offered
    pattern = re.compile(hooks[1]["files"])
    assert pattern.search("pyproject.toml")
    assert pattern.search("migrations/one.toml")
    assert not pattern.search("other/pyproject.toml")
