"""``--types`` as a process: with a scripted language server, and with real type checkers where they are installed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

_SERVER = Path(__file__).parents[1] / "support" / "language_server.py"
_ENGINES = {"ty": "ty", "pyrefly": "pyrefly", "basedpyright": "basedpyright-langserver"}
_FILES = {
    "app/__init__.py": "",
    "app/old.py": "class Engine:\n"
    "    def run_job(self, attempts: int = 1) -> int:\n        return attempts\n\n"
    '    def name(self) -> str:\n        return "old"\n',
    "app/new.py": "class Engine:\n"
    "    def perform(self, retries: int = 1) -> int:\n        return retries\n\n"
    '    def name(self) -> bytes:\n        return b"new"\n',
    "m.toml": '[migration]\nname = "m"\n[[redirect]]\nfrom = "app.old"\nto = "app.new"\n'
    '[redirect.calls]\n"Engine.run_job" = { to = "perform", rename = { attempts = "retries" } }\n',
    "factory.py": "from app.old import Engine\n\n\ndef make() -> Engine:\n    return Engine()\n",
    "use.py": "import factory\n\nprint(factory.make().run_job(attempts=2))\n",
}


def _project(root: Path, **files: str) -> Path:
    for name, text in {**_FILES, **files}.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return root


def _unfork(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "unfork", *arguments, "-m", "m.toml", "--root", "."]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)


def test_a_new_error_leaves_the_file(tmp_path: Path) -> None:
    """The rest is written, and the exit code says that something is left."""
    root = _project(tmp_path)
    files = {
        "one.py": "from app.old import helper\n\nhelper()  # needs app.old in one.py\n",
        "two.py": "from app.old import helper\n\nhelper()\n",
        "app/old.py": "def helper(): ...\n",
        "app/new.py": "def helper(): ...\n",
        "m.toml": _FILES["m.toml"].partition("[redirect.calls]")[0],
        "factory.py": "",
        "use.py": "",
    }
    root = _project(tmp_path, **files)
    done = _unfork(root, "apply", "--format", "plain", "--types", f"{sys.executable} {_SERVER}")
    assert done.returncode == 1, done.stderr
    assert "one.py:3:1 UF009 " in done.stdout
    assert "no app.old in one.py (needs)" in done.stdout
    assert (root / "one.py").read_text(encoding="utf-8") == files["one.py"]
    assert (root / "two.py").read_text(encoding="utf-8").startswith("from app.new import helper")


@pytest.mark.parametrize("engine", ["no-such-type-checker", f"{sys.executable} -c pass"])
def test_a_type_checker_that_cannot_be_used(tmp_path: Path, engine: str) -> None:
    """That is an error of the whole run; nothing is written."""
    root = _project(tmp_path)
    done = _unfork(root, "apply", "--types", engine)
    assert done.returncode == 2
    assert f"--types {engine}: " in done.stderr
    assert "Traceback" not in done.stderr
    assert (root / "factory.py").read_text(encoding="utf-8") == _FILES["factory.py"]


@pytest.mark.skipif(sys.platform == "win32", reason="signals there end a process at once")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_leaves_nothing_behind(tmp_path: Path, number: signal.Signals) -> None:
    """Neither the copy of the project nor the server."""
    root, log = _project(tmp_path / "root"), tmp_path / "log"
    (root / "use.py").write_text("", encoding="utf-8")
    (tmp_path / "tmp").mkdir()
    engine = f"{sys.executable} {_SERVER} --sleeps-at .py --log {log}"
    command = [sys.executable, "-m", "unfork", "diff", "-m", "m.toml", "--types", engine]
    env = {**os.environ, "TMPDIR": str(tmp_path / "tmp")}
    process = subprocess.Popen(
        command, cwd=root, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    while not log.exists() or "diagnostic" not in log.read_text(encoding="utf-8"):
        assert process.poll() is None
        time.sleep(0.05)
    assert list((tmp_path / "tmp").glob("unfork-types-*"))
    process.send_signal(number)
    assert process.wait(60) != 0
    assert not list((tmp_path / "tmp").glob("unfork-types-*"))


@pytest.mark.parametrize("engine", sorted(_ENGINES))
def test_real_type_checkers(tmp_path: Path, engine: str) -> None:
    """Each of them sees the receiver, and the error that a moved class causes elsewhere."""
    if shutil.which(_ENGINES[engine]) is None:
        pytest.skip(f"{engine} is not installed")
    root = _project(tmp_path)
    done = _unfork(root, "apply", "--types", engine)
    assert done.returncode == 0, done.stdout + done.stderr
    use = (root / "use.py").read_text(encoding="utf-8")
    assert use == "import factory\n\nprint(factory.make().perform(retries=2))\n"

    label = "import factory\n\nlabel: str = factory.make().name()\n"
    root = _project(tmp_path / "again", **{"label.py": label})
    done = _unfork(root, "diff", "--format", "plain", "--types", engine)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Nothing to change" in done.stdout
    assert "label.py:3: " in done.stdout and "bytes" in done.stdout


@pytest.mark.parametrize("engine", sorted(_ENGINES))
def test_real_type_checkers_infer_what_functions_return(tmp_path: Path, engine: str) -> None:
    """Two of three do; what is not known is listed, and the class stays."""
    if shutil.which(_ENGINES[engine]) is None:
        pytest.skip(f"{engine} is not installed")
    factory = _FILES["factory.py"].replace(" -> Engine", "")
    root = _project(tmp_path, **{"factory.py": factory})
    done = _unfork(root, "diff", "--format", "plain", "--types", engine)
    assert done.returncode == 1, done.stdout + done.stderr
    is_known = "+print(factory.make().perform(retries=2))" in done.stdout
    is_listed = "run_job" in done.stdout and "annotate it" in done.stdout
    assert is_known != is_listed
    assert is_known or engine == "ty"


@pytest.mark.parametrize("engine", sorted(_ENGINES))
def test_real_type_checkers_know_the_roots(tmp_path: Path, engine: str) -> None:
    """A folder that only the migration names as one that imports start from."""
    if shutil.which(_ENGINES[engine]) is None:
        pytest.skip(f"{engine} is not installed")
    migration = _FILES["m.toml"].replace('name = "m"', 'name = "m"\nroots = ["py"]')
    moved = {f"py/{name}": text for name, text in _FILES.items() if name.endswith(".py")}
    scripts = {"scripts/use.py": moved.pop("py/use.py"), "m.toml": migration}
    for name, text in {**moved, **scripts}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    done = _unfork(tmp_path, "diff", "--format", "plain", "--types", engine)
    assert "+print(factory.make().perform(retries=2))" in done.stdout, done.stdout + done.stderr
