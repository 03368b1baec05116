"""The list of known findings (``--baseline``), and the comparison of findings with it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from unfork.errors import UnforkError
from unfork.values import NOTES, Finding

VERSION = 2
"""Version 1 had the message of each finding instead of its module and name."""
_ANY = "*"
"""The module of an entry of version 1, which covers any finding with its path and code."""
_WRITE_AGAIN = "delete the file, and write a new one with --write-baseline"


@dataclass(frozen=True, slots=True, order=True)
class Known:
    """A finding identified by what it is about, not by its line or its wording, which may change."""

    path: str
    code: str
    module: str = ""
    name: str = ""

    @property
    def subject(self) -> str:
        """What the finding is about, in words; empty if only its file says."""
        if self.module == _ANY:
            return ""
        return " of ".join(part for part in (self.name, self.module) if part)


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
    findings: Iterable[Finding], baseline: Baseline, covered: Callable[[Known], bool]
) -> Ratchet:
    """Compare findings with a baseline. If there are more findings than an entry counts, the last ones are new.

    ``covered`` returns whether this run would have found an entry: others are never gone. Notes are never in a
    baseline, and are always new.
    """
    rest = Counter(dict(baseline))
    new = []
    for finding in sorted(findings):
        own = known_finding(finding)
        keys = () if finding.code in NOTES else (own, Known(own.path, own.code, _ANY, _ANY))
        key = next((key for key in keys if rest[key] > 0), None)
        if key is None:
            new.append(finding)
        else:
            rest[key] -= 1
    gone = {key: count for key, count in sorted(rest.items()) if count > 0 and covered(key)}
    return Ratchet(tuple(new), gone)


def baseline_of(
    findings: Iterable[Finding], before: Baseline, covered: Callable[[Known], bool]
) -> Baseline:
    """Return the baseline of all ``findings``, with the entries of ``before`` that were not covered."""
    kept = {key: count for key, count in before.items() if not covered(key)}
    return Counter(
        known_finding(finding) for finding in findings if finding.code not in NOTES
    ) + Counter(kept)


def known_finding(finding: Finding) -> Known:
    """Return the baseline entry of a finding."""
    return Known(finding.path, finding.code, finding.module, finding.name)


def baseline_text(baseline: Baseline) -> str:
    """Return the text of a baseline file: sorted JSON, one entry per line, the same on all systems."""
    entries = [
        json.dumps(
            {"path": k.path, "code": k.code, "module": k.module, "name": k.name, "count": count}
        )
        for k, count in sorted(baseline.items())
    ]
    listed = "\n    " + ",\n    ".join(entries) + "\n  " if entries else ""
    return f'{{\n  "version": {VERSION},\n  "findings": [{listed}]\n}}\n'


def read_baseline(file: Path) -> Baseline:
    """Read a baseline file, one of version 1 too: its entries say how many findings of a code a file has.

    Raises UnforkError if it does not exist, cannot be read, or is not a baseline.
    """
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        why = "there is no such file; --write-baseline writes it"
        raise UnforkError(f"the baseline {file}: {why}") from None
    except OSError as error:
        why = error.strerror or str(error)
        raise UnforkError(f"the baseline {file} cannot be read: {why}") from None
    except (ValueError, RecursionError) as error:  # merge conflicts, for instance
        why = f"is not valid JSON ({error})"
        raise UnforkError(f"the baseline {file} {why}: {_WRITE_AGAIN}") from None
    entries = data.get("findings") if isinstance(data, dict) else None
    version = data.get("version") if isinstance(data, dict) else None
    if isinstance(version, int) and version > VERSION:
        why = f"was written by a newer unfork (version {version} of baselines): update unfork"
        raise UnforkError(f"the baseline {file} {why}")
    if not isinstance(entries, list) or version not in (1, VERSION):
        raise UnforkError(f"{file} is not an unfork baseline: delete it, or name another file")
    baseline: Counter[Known] = Counter()
    for number, entry in enumerate(entries, 1):
        key, count = _parse_entry(file, number, entry, version)
        baseline[key] += count
    return baseline


def _parse_entry(file: Path, number: int, entry: object, version: object) -> tuple[Known, int]:
    match entry:
        case {"path": str(path), "code": str(code), "message": str(), "count": int(count)} if (
            version == 1 and count > 0
        ):
            return Known(path, code, _ANY, _ANY), count
        case {
            "path": str(path),
            "code": str(code),
            "module": str(module),
            "name": str(name),
            "count": int(count),
        } if version == VERSION and count > 0:
            return Known(path, code, module, name), count
    why = f"entry {number} is wrong: {_WRITE_AGAIN}"
    raise UnforkError(f"the baseline {file}: {why}")
