"""The command `capacity-sync`. Everything heavy is imported by the command that needs it."""
import gc
import signal
import sys

OBJECTS = 100_000
"""New ones between two collections: by default 700, and a tenth of a short command goes to looking at its imports."""


def main() -> None:
    """What the installed command runs. SIGTERM, of `timeout`, systemd or Kubernetes, is Ctrl-C."""
    gc.set_threshold(OBJECTS)
    from capacity_sync.entrypoints.cli.commands import cli

    try:
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        cli(prog_name="capacity-sync")
    except KeyboardInterrupt:
        sys.exit(130)
