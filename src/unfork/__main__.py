"""``python -m unfork``, and the ``unfork`` command."""

from __future__ import annotations

import gc

from unfork import console
from unfork.cli import cli


def main() -> None:
    """Run the command line, and exit with a code of CONTRACT's table, or with 130 on Ctrl-C."""
    console.steady_streams()
    gc.set_threshold(
        50_000, 20, 50
    )  # the process is the command's own, and its syntax trees have no circles
    cli.main(prog_name="unfork")


if __name__ == "__main__":
    main()
