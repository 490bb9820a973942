"""The command `capacity-sync`. Everything heavy is imported by the command that needs it."""
import sys


def main() -> None:
    """What the installed command runs."""
    from capacity_sync.entrypoints.cli.commands import cli

    try:
        cli(prog_name="capacity-sync")
    except KeyboardInterrupt:
        sys.exit(130)
