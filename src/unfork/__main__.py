"""``python -m unfork``, and the ``unfork`` command."""

from __future__ import annotations

import gc
import os
import sys

from unfork import console
from unfork.cli import cli


def main() -> None:
    """Run the command line, and exit with a code of CONTRACT's table, or with 130 on Ctrl-C.

    What nobody foresaw is exit code 2 and one line; with UNFORK_DEBUG=1 in the environment, the traceback too.
    """
    console.steady_streams()
    gc.set_threshold(
        50_000, 20, 50
    )  # the process is the command's own, and its syntax trees have no circles
    try:
        cli.main(prog_name="unfork")
    except Exception as error:  # noqa: BLE001 (a bug, wherever it is)
        if os.environ.get("UNFORK_DEBUG"):
            from traceback import print_exc  # late: a hook has no time for it

            print_exc()
        what = f"{type(error).__name__}: {error}".splitlines()[0]
        console.say(f"this is a bug in unfork: {what}; UNFORK_DEBUG=1 shows where", "error")
        sys.exit(2)


if __name__ == "__main__":
    main()
