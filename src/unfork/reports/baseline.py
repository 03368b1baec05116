"""The list of known findings (``--baseline``), and the comparison of findings with it."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from unfork.errors import UnforkError
from unfork.values import NOTES, Finding


@dataclass(frozen=True, slots=True, order=True)
class Known:
    """A finding identified by its content, not by its line number, which may change."""

    path: str
    code: str
    message: str


Baseline = Mapping[Known, int]
"""The number of known findings for each entry."""


@dataclass(frozen=True, slots=True)
class Ratchet:
    """The result of a comparison with a baseline: the ``new`` findings, and the entries that are ``gone``.

    ``gone`` has the number of findings of each entry that no longer occur.
    """

    new: tuple[Finding, ...]
    gone: Baseline


def compare_to_baseline(
    findings: Iterable[Finding], baseline: Baseline, covered: Callable[[str], bool]
) -> Ratchet:
    """Compare findings with a baseline. If there are more findings than an entry counts, the last ones are new.

    ``covered`` returns whether this run checked a path: entries for other paths are never gone. Notes are never in a
    baseline, and are always new.
    """
    rest = Counter(dict(baseline))
    new = []
    for finding in sorted(findings):
        key = known_finding(finding)
        if finding.code not in NOTES and rest[key] > 0:
            rest[key] -= 1
        else:
            new.append(finding)
    gone = {key: count for key, count in sorted(rest.items()) if count > 0 and covered(key.path)}
    return Ratchet(tuple(new), gone)


def baseline_of(
    findings: Iterable[Finding], before: Baseline, covered: Callable[[str], bool]
) -> Baseline:
    """Return the baseline of all ``findings``, with the entries of ``before`` for paths that were not covered."""
    kept = {key: count for key, count in before.items() if not covered(key.path)}
    return Counter(
        known_finding(finding) for finding in findings if finding.code not in NOTES
    ) + Counter(kept)


_PLACE = re.compile(
    r"(?<=\.py):\d+(?::\d+)?|(?<=\.pyi):\d+(?::\d+)?|(?<=\.ipynb):\d+(?::\d+)?|\b(line|lines|column|cell) \d+"
)


def known_finding(finding: Finding) -> Known:
    """Return the baseline entry of a finding: its path, its code, and its message without line numbers.

    For a file that cannot be parsed (UF007) the message is empty: each Python version words it differently.
    """
    if finding.code == "UF007":
        return Known(finding.path, finding.code, "")
    message = _PLACE.sub(lambda match: match[1] or "", finding.message)
    return Known(finding.path, finding.code, message)


def baseline_text(baseline: Baseline) -> str:
    """Return the text of a baseline file: sorted JSON, one entry per line, the same on all systems."""
    entries = [
        json.dumps({"path": k.path, "code": k.code, "message": k.message, "count": count})
        for k, count in sorted(baseline.items())
    ]
    listed = "\n    " + ",\n    ".join(entries) + "\n  " if entries else ""
    return f'{{\n  "version": 1,\n  "findings": [{listed}]\n}}\n'


def read_baseline(file: Path) -> Baseline:
    """Read a baseline file. Raises UnforkError if it does not exist, cannot be read, or is not a baseline."""
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        why = "there is no such file; --write-baseline writes it"
        raise UnforkError(f"the baseline {file}: {why}") from None
    except (OSError, ValueError, RecursionError) as error:
        raise UnforkError(f"the baseline {file} cannot be read: {error}") from None
    entries = data.get("findings") if isinstance(data, dict) else None
    if not isinstance(entries, list) or data.get("version") != 1:
        raise UnforkError(f"{file} is no baseline of unfork: delete it, or name another file")
    baseline: Counter[Known] = Counter()
    for number, entry in enumerate(entries, 1):
        key, count = _parse_entry(file, number, entry)
        baseline[key] += count
    return baseline


def _parse_entry(file: Path, number: int, entry: object) -> tuple[Known, int]:
    match entry:
        case {"path": str(path), "code": str(code), "message": str(message), "count": int(count)}:
            if count > 0:
                return Known(path, code, message), count
    why = f"entry {number} is wrong: delete the file, and write it anew with --write-baseline"
    raise UnforkError(f"the baseline {file}: {why}")
