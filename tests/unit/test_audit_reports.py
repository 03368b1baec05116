"""The audit's reports, and the command that writes them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from rich.console import Console

from unfork.audit.blocks import Block, as_code, without_backticks
from unfork.audit.report.markdown_report import written_blocks
from unfork.audit.report.rich_report import rich_text
from unfork.audit.report.sections import terminal_blocks
from unfork.audit.report.text_report import markdown_text
from unfork.audit.run import audit_tree
from unfork.files.tree import WorkTree
from unfork.files.write import write_changes
from unfork.loading.migrations import bundled_migrations
from unfork.planning.pipeline import make_plan

DATA = Path(__file__).parents[2] / "testdata"
ENGINES = DATA / "repos" / "engines" / "before"


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = tmp_path_factory.mktemp("audit").resolve() / "engines"
    shutil.copytree(ENGINES, copy, ignore=shutil.ignore_patterns("__pycache__", ".git"))
    return copy


def unfork(*args: str, color: bool = False) -> subprocess.CompletedProcess[str]:
    env = {key: value for key, value in os.environ.items() if key != "FORCE_COLOR"}
    env |= {"FORCE_COLOR": "1", "COLUMNS": "100"} if color else {}
    command = [sys.executable, "-m", "unfork", "audit", *args]
    return subprocess.run(command, capture_output=True, text=True, env=env, check=False)


@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="shares are counted in bytecode")
def test_the_written_report_is_the_golden_one(engines: Path) -> None:
    audit = audit_tree(WorkTree(engines), jobs=1)
    text = "".join(markdown_text(written_blocks(audit)))
    assert text == (DATA / "audit" / "engines.md").read_text(encoding="utf-8")


def test_it_says_what_a_person_would_have_found(engines: Path) -> None:
    audit = audit_tree(WorkTree(engines), jobs=1)
    (group,) = audit.groups
    assert group.canonical.key == "src/orchestration/job_execution_engine"
    assert {fork.key for fork in group.forks} == {
        "src/core/job_execution_engine",
        "src/orchestration/job_execution_engine_enhanced",
    }
    dead = {module.key for module in audit.dead if not module.key.startswith("src/web")}
    assert dead == {"src/orchestration/batch_runner", "src/orchestration/retention"}
    where = {broken.name: broken.definers for broken in audit.broken if broken.code == "UF002"}
    assert "src/orchestration/job_state" in where["JobExecution"]
    assert where["ExecutionEvent"] == ("src/orchestration/production_execution_engine",)
    assert {spelling.key.rpartition("/")[2] for spelling in audit.spellings} == {
        "job_execution_engine",
        "job_execution_engine_enhanced",
        "job_state",
        "production_execution_engine",
    }


def test_once_nobody_imports_them_the_other_engines_are_dead(engines: Path, tmp_path: Path) -> None:
    root = tmp_path.resolve() / "engines"
    shutil.copytree(engines, root)
    (whole,) = (
        migration for migration in bundled_migrations() if migration.name == "execution-engines"
    )
    moving = whole.imports_only()
    write_changes(root, make_plan(WorkTree(root), [moving], jobs=1).changes)
    for left in ("src/orchestration/batch_runner", "tools/job_report", "tools/validate_engines"):
        (
            root / f"{left}.py"
        ).unlink()  # a conflict, a name without a counterpart, a line to be left alone
    audit = audit_tree(WorkTree(root), jobs=1)
    (group,) = audit.groups
    assert group.canonical.key == "src/orchestration/job_execution_engine"
    others = {
        "src/core/job_execution_engine",
        "src/orchestration/job_execution_engine_enhanced",
    }
    assert {fork.key for fork in group.forks} == others
    assert "src/orchestration/job_execution_engine_enhanced" in {
        module.key for module in audit.dead
    }
    (core,) = (module for module in audit.doubtful if module.key == "src/core/job_execution_engine")
    assert (core.users, core.doubts) == ((), ("cli.py:16 names it in a string",))


def test_plain_lists_the_findings_first(engines: Path) -> None:
    done = unfork("--root", str(engines), "--format", "plain")
    assert done.returncode == 1
    assert done.stdout.startswith("src/orchestration/batch_runner.py:8:1 UF007 ")
    assert "\x1b" not in done.stdout
    assert "is canonical" in done.stdout
    assert "Two copies in one process (5, UF101 and UF004)" in done.stdout


def test_rich_paints_tables_and_trees(engines: Path) -> None:
    done = unfork("--root", str(engines), color=True)
    assert "\x1b[" in done.stdout
    assert "├── " in done.stdout


@pytest.fixture(scope="module")
def engines_blocks() -> list[Block]:
    return [*terminal_blocks(audit_tree(WorkTree(ENGINES), jobs=1))]


@pytest.mark.parametrize("width", [20, 40, 80, 120])
def test_a_terminal_breaks_lines_between_words(engines_blocks: list[Block], width: int) -> None:
    def lines(columns: int) -> list[str]:
        console = Console(width=columns, color_system=None, legacy_windows=False)
        return "".join(rich_text(engines_blocks, console)).splitlines()

    def words(columns: int) -> set[str]:
        return {word.removesuffix(":") for line in lines(columns) for word in line.split()}

    rules = {word for word in words(width) if not word.strip("─│├└")}
    assert words(width) - rules <= words(1000)
    texts = [re.sub(r"^[│├└─ ]*(?:\d+\. |[+•] )?", "", line) for line in lines(width)]
    too_long = [text for text, line in zip(texts, lines(width)) if len(line.rstrip()) > width]
    assert [text for text in too_long if " " in text.strip()] == []


def test_json_holds_all_of_it(engines: Path) -> None:
    report = json.loads(unfork("--root", str(engines), "--format", "json").stdout)
    assert report["command"] == "audit"
    assert report["exit_code"] == 1
    assert report["summary"]["findings"] == len(report["findings"])
    forks = {fork["module"]: fork for fork in report["groups"][0]["forks"]}
    names = {name["name"]: name for name in forks["src.core.job_execution_engine"]["names"]}
    assert names["JobState"]["to"] == "src.orchestration.job_state:JobStatus"
    assert names["JobState"]["moves"] is True
    assert all(broken["defined_in"] for broken in report["broken"])


def test_sarif_and_github(engines: Path) -> None:
    log = json.loads(unfork("--root", str(engines), "--format", "sarif").stdout)
    schema = json.loads((DATA / "sarif" / "sarif-schema-2.1.0.json").read_text(encoding="utf-8"))
    jsonschema.Draft7Validator(schema).validate(log)
    lines = unfork("--root", str(engines), "--format", "github").stdout.splitlines()
    assert lines[0].startswith("::error file=src/orchestration/batch_runner.py,line=8,col=1,")


def test_one_module_is_explained(engines: Path) -> None:
    path = str(engines / "src/core/job_execution_engine.py")
    done = unfork("--root", str(engines), path)
    assert "duplicates src.orchestration.job_execution_engine" in done.stdout
    assert "cli.py:69" in done.stdout
    assert "JobState as JobStatus moves to src.orchestration.job_state" in done.stdout
    assert "cli → src.core.job_execution_engine" in done.stdout
    assert any(
        line.startswith("It duplicates") and len(line) > 200 for line in done.stdout.splitlines()
    )
    report = json.loads(unfork("--root", str(engines), path, "--format", "json").stdout)
    assert report["modules"][0]["canonical"] == "src.orchestration.job_execution_engine"


def test_the_canonical_one_is_explained(engines: Path) -> None:
    path = str(engines / "src/orchestration/job_execution_engine.py")
    done = unfork("--root", str(engines), path, "--format", "markdown")
    assert "It is the canonical one of its group" in done.stdout
    assert "It is imported under two names" in done.stdout


def test_output_and_draft_are_written(engines: Path, tmp_path: Path) -> None:
    out, draft = tmp_path / "report.md", tmp_path / "drafted.toml"
    options = ("--format", "markdown", "-o", str(out), "--draft", str(draft))
    done = unfork("--root", str(engines), *options)
    assert (done.returncode, done.stdout) == (1, "")
    assert out.read_text(encoding="utf-8").startswith("# Audit of engines\n")
    assert 'name    = "drafted"' in draft.read_text(encoding="utf-8")
    again = unfork("--root", str(engines), "--draft", str(draft))
    assert again.returncode == 2
    assert "exists, and may have your answers in it" in again.stderr


def test_the_folder_of_a_draft_is_made(engines: Path, tmp_path: Path) -> None:
    draft = tmp_path / "migrations" / "new" / "drafted.toml"
    done = unfork("--root", str(engines), "--draft", str(draft))
    assert (done.returncode, f"{draft}: " in done.stderr) == (1, True)
    assert 'name    = "drafted"' in draft.read_text(encoding="utf-8")


def test_a_draft_below_a_file_is_refused_before_any_work(engines: Path, tmp_path: Path) -> None:
    (tmp_path / "migrations").touch()
    for name in ("migrations/x.toml", "migrations/new/x.toml"):
        done = unfork("--root", str(engines), "--draft", str(tmp_path / name))
        assert (done.returncode, done.stdout) == (2, "")
        assert f"{tmp_path / 'migrations'} is no folder; name a file in a folder" in done.stderr


def test_a_clean_project(tmp_path: Path) -> None:
    done = unfork("--root", str(tmp_path))
    assert done.returncode == 0
    assert "No findings." in done.stdout


def test_mistakes_are_told_without_a_traceback(tmp_path: Path) -> None:
    for args in (("nowhere.py",), ("--draft", f"{__file__}/x.toml"), ("--root", "nowhere")):
        done = unfork(*args)
        assert done.returncode == 2
        assert "Traceback" not in done.stderr


def test_hostile_names_are_shown_as_escapes(tmp_path: Path) -> None:
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "__init__.py").touch()
    (tmp_path / "a`b|\x1b[31m.py").write_text("import p.gone\n", encoding="utf-8")
    for form in ("plain", "markdown", "json", "github", "sarif"):
        done = unfork("--root", str(tmp_path), "--format", form)
        assert done.returncode == 1, done.stderr
        assert "\x1b" not in done.stdout


def test_code_cannot_be_left_by_a_backtick() -> None:
    assert as_code("a`b") == "`a'b`"
    assert without_backticks("see `x_y` there") == "see x_y there"
