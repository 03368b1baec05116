"""What a hook usually is: ``unfork check FILE...``, without options, and nothing to find.

Such a run needs no click, whose import would take half of its time. In any doubt, the command line does everything.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from unfork.errors import UnforkError
from unfork.project import CLEAN, Asked, Project, may_be_cut_off


def is_clean_check(args: Sequence[str]) -> bool:
    """Return whether these arguments ask for a check that certainly finds nothing; then nothing more is to be done.

    False means that nobody knows yet: there are options or no files, one of the files may be concerned, or something is
    wrong, which the command line will say. On a terminal, a clean check says so.
    """
    command, *paths = args or [""]
    if command != "check" or not paths or any(path.startswith("-") for path in paths):
        return False
    try:
        project = Project.find(Asked(None, tuple(paths), (), None))
        clean = project.baseline is None and project.is_quiet() and not may_be_cut_off(project.root)
    except (UnforkError, OSError):
        return False
    if clean and sys.stdout.isatty():
        print(CLEAN)
    return clean
