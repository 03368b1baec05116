"""The processes of a session, as /proc has them."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path


def session(leader: int) -> list[int]:
    """Return the processes of a session that are alive."""
    pids = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                state, _, _, sid = entry.joinpath("stat").read_text().rpartition(")")[2].split()[:4]
                if int(sid) == leader and state != "Z":
                    pids.append(int(entry.name))
    return pids


def workers(leader: int) -> list[int]:
    """Return the children of a process that are Python."""
    pids = []
    for pid in session(leader):
        with suppress(OSError):
            line = Path(f"/proc/{pid}/cmdline").read_bytes()
            if pid != leader and b"unfork" in line:
                pids.append(pid)
    return pids
