"""``python -m unfork``, and the ``unfork`` command."""

import signal
import sys

if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # until our own handling is loaded


def main() -> None:
    """Run the command line, and exit with a code from CONTRACT's table, or with 130 on Ctrl-C."""
    import gc

    # the process belongs to the command: neither its modules nor its syntax trees are garbage, and what is in cycles is
    # collected where it is made
    gc.disable()
    from unfork import console
    from unfork.endings import exit_code

    console.steady_streams()
    sys.exit(exit_code(_run_command_line))


def _run_command_line() -> int:
    import gc

    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    from unfork.hook import is_clean_check

    try:
        if is_clean_check(sys.argv[1:]):
            return 0
        from unfork import cli

        return cli.run()
    finally:
        gc.freeze()  # Python looks for cycles once more as it ends, and among millions of nodes that takes a minute


if __name__ == "__main__":
    main()
