"""Which module of a group the audit keeps: what counts as an offer, and what does not."""

from __future__ import annotations

from pathlib import Path

import pytest
from audited import audit_files

CAPTURE = """
class Quality:
    def rate(self, text):
        words = text.split()
        return len(set(words)) / len(words)


class UnifiedCapture:
    def __init__(self, quality):
        self.quality = quality
        self.kept = []

    def add(self, text):
        if self.quality.rate(text) > 0.5:
            self.kept.append(text)
        return len(self.kept)
"""
ENHANCED = """
{imports}

class EnhancedCapture:
    def __init__(self, agent, tools):
        self.agent = agent
        self.log = {{tool: [] for tool in tools}}

    def add(self, tool, entry):
        self.log[tool].append((self.agent, entry))
        return self.log


def capture_agent(agent, entry):
    return EnhancedCapture(agent, ["all"]).add("all", entry)
"""
USE = 'from utils.{0} import {1}\n\nif __name__ == "__main__":\n    print({1})\n'


@pytest.mark.parametrize(
    "imports", ["", "from utils import database\n", "from ..utils import database\n"]
)
def test_a_package_at_the_root_does_not_offer_what_is_missing(tmp_path: Path, imports: str) -> None:
    files = {
        "__init__.py": "",
        "utils/__init__.py": "",
        "utils/database.py": "def connect():\n    return 1\n",
        "utils/capture.py": CAPTURE,
        "utils/capture_enhanced.py": ENHANCED.format(imports=imports),
        "one.py": USE.format("capture", "UnifiedCapture"),
        "two.py": USE.format("capture", "Quality"),
        "three.py": USE.format("capture_enhanced", "EnhancedCapture"),
    }
    (group,) = audit_files(tmp_path, files).groups
    assert group.canonical.key == "utils/capture"
    assert group.forks[0].standing.covers == 0.5
