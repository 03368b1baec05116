"""However a run is ended: its workers end with it, and nothing lies about. lab/signals.py does it at length."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from hostile import USE, build, environment, unfork
from lab.sessions import session, workers

from unfork.processes import Died, Pool


@pytest.fixture(autouse=True)
def _interruptible() -> Iterator[None]:
    """Let the processes under test be interruptible, though a shell may run the tests in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


if not Path("/proc/self/stat").exists():
    pytest.skip("needs /proc to find the workers", allow_module_level=True)

PATIENCE = 30.0
NEW = USE.replace("old", "new")


def many(folder: Path, count: int = 250) -> Path:
    body = USE + "\n".join(f"def f{n}():\n    return Engine, {n}\n" for n in range(80))
    return build(folder.resolve(), {f"root/d{n % 20}/m{n}.py": body for n in range(count)})


@contextmanager
def started(root: Path, *args: str) -> Iterator[subprocess.Popen[bytes]]:
    """Start unfork in a session of its own; kill what is left of it at the end."""
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [sys.executable, "-m", "unfork", *args],
        cwd=root,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=pipe,
        stderr=pipe,
        start_new_session=True,
    ) as run:
        try:
            yield run
        finally:
            for pid in session(run.pid):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)


def until(true: Callable[[], object]) -> bool:
    """Wait until something is true; return whether it came to be."""
    end = time.monotonic() + PATIENCE
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(0.005)
    return True


@pytest.mark.parametrize("command", ["diff", "check", "apply", "audit"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_workers_end_with_who_started_them(tmp_path: Path, command: str, number: int) -> None:
    root = many(tmp_path)
    with started(root, command, "-j", "2") as run:
        assert until(lambda: len(workers(run.pid)) == 2)
        os.kill(run.pid, number)
        _, err = run.communicate(timeout=PATIENCE)  # nobody holds the pipes any more
        assert until(lambda: not session(run.pid))
    assert b"Traceback" not in err
    if number == signal.SIGINT:
        assert (run.returncode, err) in ((130, b"unfork: interrupted\n"), (-2, b""))
    else:
        assert run.returncode in (-number, 0, 1)


def test_ctrl_c_at_the_terminal_goes_to_all_and_is_answered_once(tmp_path: Path) -> None:
    root = many(tmp_path)
    with started(root, "diff", "-j", "2") as run:
        assert until(lambda: len(workers(run.pid)) == 2)
        os.killpg(run.pid, signal.SIGINT)
        _, err = run.communicate(timeout=PATIENCE)
        assert until(lambda: not session(run.pid))
    assert (run.returncode, err) == (130, b"unfork: interrupted\n")


INTERRUPTED = """
import os, runpy, signal, sys
MODULE = sys.argv.pop(1)
class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == MODULE:
            sys.meta_path.remove(self)
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Interrupting())
runpy.run_module("unfork", run_name="__main__", alter_sys=True)
"""


@pytest.mark.parametrize(
    "module",
    [
        *(
            "typing",
            "unfork.endings",
            "gc",
            "click",
            "unfork.cli",
            "unfork.commands",
            "unfork.files.tree",
        ),
        *("subprocess", "tomllib", "ast", "unfork.reports", "rich.console", "unfork.reports.rich"),
    ],
)
def test_ctrl_c_while_modules_are_imported_is_no_traceback(tmp_path: Path, module: str) -> None:
    root = build(tmp_path.resolve(), {"root/use.py": USE})
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED, module, "diff"],
        cwd=root,
        env=environment() | {"FORCE_COLOR": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    ended = (done.returncode, done.stderr)
    assert ended in ((130, "unfork: interrupted\n"), (-signal.SIGINT, "")), ended


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
@pytest.mark.parametrize("command", ["apply", "undo"])
def test_what_has_begun_is_taken_back(tmp_path: Path, number: int, command: str) -> None:
    root = many(tmp_path)
    if command == "undo":
        assert unfork(root, "apply").returncode == 0
    before = {path: path.read_text() for path in root.glob("d*/m*.py")}
    with started(root, command) as run:
        assert until(lambda: (root / ".unfork/pending").exists() or run.poll() is not None)
        os.kill(run.pid, number)
        _, err = run.communicate(timeout=PATIENCE)
    assert b"Traceback" not in err
    after = {path: path.read_text() for path in root.glob("d*/m*.py")}
    assert after == before or run.returncode in (0, 130, -number)
    assert len({text.startswith(USE) for text in after.values()}) == 1
    assert not list(root.rglob(".unfork-*"))
    assert not (root / ".unfork/pending").exists()


def test_a_signal_that_is_ignored_stays_so(tmp_path: Path) -> None:
    """As under nohup."""
    root = many(tmp_path, 40)
    with subprocess.Popen(
        ["nohup", sys.executable, "-m", "unfork", "apply"],
        cwd=root,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as run:
        until(lambda: (root / ".unfork/pending").exists() or run.poll() is not None)
        run.send_signal(signal.SIGHUP)
        run.communicate(timeout=PATIENCE)
    assert run.returncode == 0
    assert all(path.read_text().startswith(NEW) for path in root.glob("d*/m*.py"))


HOLDS = """
import os, signal, sys
from pathlib import Path
from unfork.files.locking import hold_lock
with hold_lock(Path(sys.argv[1])):
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_the_lock_of_a_killed_run_goes_with_the_next_that_has_nothing_to_write(
    tmp_path: Path,
) -> None:
    root = build(tmp_path.resolve(), {"root/use.py": NEW})
    lock = root / ".unfork/lock"
    killed = subprocess.run([sys.executable, "-c", HOLDS, lock], check=False)
    assert killed.returncode == -signal.SIGKILL and lock.exists()
    applied = unfork(root, "apply")
    assert applied.returncode == 0 and "Nothing to change" in applied.stdout, applied
    assert not lock.parent.exists()


# -- the pool by itself


def nothing() -> None:
    """There is nothing to be prepared."""


def doubled(state: int, task: int) -> int:
    return state * task


def dies_of_seven(state: int, task: int) -> int:
    if task == 7:
        os.kill(os.getpid(), signal.SIGKILL)
    return task


class Odd(Exception):
    """An error that cannot be sent as it is."""

    def __init__(self, one: int, two: int) -> None:
        super().__init__("odd")


def fails(state: int, task: int) -> int:
    if task == 3:
        raise Odd(1, 2)
    raise KeyError(task)


def test_results_are_in_the_order_of_the_tasks() -> None:
    told = []
    with Pool(3, 2, nothing) as pool:
        assert pool.run(doubled, range(50), lambda number, result: told.append(number)) == list(
            range(0, 100, 2)
        )
        assert pool.run(doubled, [1]) == [2]
    assert sorted(told) == list(range(50))


def test_a_worker_that_dies_costs_its_task() -> None:
    with Pool(2, 0, nothing) as pool:
        results = pool.run(dies_of_seven, range(12))
        assert [isinstance(result, Died) for result in results] == [n == 7 for n in range(12)]
        assert pool.run(dies_of_seven, [1, 2]) == [1, 2]


@pytest.mark.parametrize(("task", "kind"), [(1, KeyError), (3, RuntimeError)])
def test_what_a_task_raises_is_raised_with_where_it_was(task: int, kind: type[Exception]) -> None:
    with Pool(1, 0, nothing) as pool, pytest.raises(kind) as raised:
        pool.run(fails, [task])
    assert "in fails" in "".join(getattr(raised.value, "__notes__", ()))


def test_where_there_is_no_process_this_one_works(tmp_path: Path) -> None:
    root = many(tmp_path, 80)
    program = f"""
import resource, sys
sys.argv = ["unfork", "diff", "-j", "4"]
resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))
import os
os.setuid(65534) if os.geteuid() == 0 else None
os.chdir({str(root)!r})
from unfork.__main__ import main
main()
"""
    for path in (tmp_path, *tmp_path.resolve().parents):
        if not path.stat().st_mode & 0o005:
            pytest.skip("the folder of the tests is closed to others")
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment(), capture_output=True, text=True
    )
    assert "Traceback" not in done.stderr
    assert done.returncode in (1, 2)
