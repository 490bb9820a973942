"""The group of commands: global options, and how every error leaves the process."""
import sys
import traceback
from typing import Any

import click

INTERRUPTED, UNEXPECTED, REFUSED = 130, 1, 2


class Tool(click.Group):
    """Errors on stderr, one line each; a traceback only with -v."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except KeyboardInterrupt:
            click.echo("interrupted; what was committed until now stays", err=True)
            ctx.exit(INTERRUPTED)
        except Exception as error:  # noqa: BLE001 - the outermost place: every exception becomes an exit code here
            ctx.exit(_tell(error, verbose=bool(ctx.params.get("verbose"))))

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Exit codes"):
            formatter.write_dl([
                ("0", "all good"), ("1", "unexpected error"), ("2", "usage or configuration"),
                ("3", "partial: something failed or could not be measured"), ("4", "everything failed"),
                ("5", "a change of the inventory is held and waits for a decision"),
                ("6", "report --alerts found something"), ("130", "interrupted"),
            ])


def _tell(error: Exception, *, verbose: bool) -> int:
    from capacity_sync.domain.outcomes import (
        ConfigurationRefused,
        DispatchFailed,
        StoreFailed,
        StoreRefused,
        Unsupported,
    )
    from capacity_sync.settings.findings import one_line

    if verbose:
        traceback.print_exception(error, file=sys.stderr)
    if isinstance(error, ConfigurationRefused | StoreRefused | Unsupported):
        for line in str(error).splitlines():
            click.echo(one_line(line), err=True)
        return REFUSED
    expected = isinstance(error, StoreFailed | DispatchFailed)
    text = str(error) if expected else f"unexpected {type(error).__name__}: {error}"
    click.echo(one_line(text) + ("" if verbose else "; -v shows where"), err=True)
    return UNEXPECTED
