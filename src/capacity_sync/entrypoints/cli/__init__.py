"""The command `capacity-sync`. Everything heavy is imported by the command that needs it."""
import signal
import sys


def main() -> None:
    """What the installed command runs. SIGTERM, of `timeout`, systemd or Kubernetes, is Ctrl-C."""
    from capacity_sync.entrypoints.cli.commands import cli

    try:
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        cli(prog_name="capacity-sync")
    except KeyboardInterrupt:
        sys.exit(130)
