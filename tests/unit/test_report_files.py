"""A report file is written completely or not at all."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from unfork.files import durable
from unfork.files.output import write_output


def test_a_report_that_cannot_get_its_metadata_leaves_no_file_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    handles: list[int] = []

    def refuse(handle: int, dress: object) -> None:
        handles.append(handle)
        raise OSError(errno.EIO, "no metadata today")

    monkeypatch.setattr(durable, "put_on", refuse)
    report = tmp_path / "report.txt"
    report.write_bytes(b"old")

    with pytest.raises(OSError, match="no metadata"):
        write_output(report, b"new")

    assert report.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["report.txt"]
    with pytest.raises(OSError):
        os.fstat(handles[0])
