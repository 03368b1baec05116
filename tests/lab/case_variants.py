"""Variants of all cases of testdata, run before and after.

python tests/lab/case_variants.py                              every kind, some 10,000 variants
python tests/lab/case_variants.py --kind shim --only cycle     cases with a word in their name
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from variants import VARIANTS, outcomes, runnable_cases


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kind", action="append", choices=VARIANTS, help="all, if none is named")
    parser.add_argument("--only", default="", metavar="WORD")
    asked = parser.parse_args()
    counts: Counter[str] = Counter()
    for kind in asked.kind or VARIANTS:
        cases = (case for case in runnable_cases() if asked.only in case.name)
        for outcome in outcomes(variant for case in cases for variant in VARIANTS[kind](case)):
            counts[kind] += 1
            for module, error in outcome.broken.items():
                print(f"{kind}: {outcome.variant.name}: {module} is broken\n{error}", flush=True)
            for path in outcome.unstable:
                print(f"{kind}: {outcome.variant.name}: changes {path} again", flush=True)
            counts["broken"] += bool(outcome.broken)
            counts["unstable"] += bool(outcome.unstable)
    print(", ".join(f"{kind} {count}" for kind, count in counts.items()))
    return 1 if counts["broken"] or counts["unstable"] else 0


if __name__ == "__main__":
    sys.exit(main())
