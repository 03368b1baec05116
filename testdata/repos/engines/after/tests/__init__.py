"""The tests. Workers have src/ on their path, so the tests do too."""

import sys
from pathlib import Path

SOURCE = str(Path(__file__).resolve().parent.parent / "src")
if SOURCE not in sys.path:
    sys.path.append(SOURCE)
