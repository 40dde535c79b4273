"""The entry of `radalike`: gathers the commands, and turns errors into exit codes.

Exit codes: 0 all well, 1 a check that did not pass (an ingest with --strict and rejects, an index
that is not as it should be), 2 a wrong request, 3 a failure, 130 interrupted.
"""

from __future__ import annotations

import sys
from importlib.metadata import entry_points

import typer
from typer.exceptions import TyperException

from radalike.cli import (
    adapt,
    audit,
    compare,
    config,
    default_encoder,
    encoders,
    erase,
    index,
    judgements,
    locate,
    people,
    rejects,
    remap,
    search,
    similar,
    status,
)
from radalike.cli.output import INTERRUPTED, print_error
from radalike.errors import RadalikeError, UsageError

_FRONT_DOORS = "radalike.commands"
_FAILED = 3


def _build() -> typer.Typer:
    application = typer.Typer(
        name="radalike",
        help="Find radiology images that look alike. Research use only, not a medical device.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,  # its tracebacks print local variables: patient data
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    for module in (
        search,
        similar,
        compare,
        locate,
        status,
        index,
        encoders,
        default_encoder,
        adapt,
        rejects,
        remap,
        erase,
        people,
        audit,
        judgements,
        config,
    ):
        module.register(application)
    for door in sorted(entry_points(group=_FRONT_DOORS), key=lambda each: each.name):
        door.load()(application)
    return application


app = _build()


def run() -> None:
    """Run the command line; never shows a traceback, which may hold patient data."""
    as_json = "--json" in sys.argv
    try:
        code = app(standalone_mode=False)
    except RadalikeError as exc:
        print_error(exc, as_json=as_json)
        sys.exit(exc.exit_code)
    except (typer.Abort, KeyboardInterrupt):
        code = INTERRUPTED
    except TyperException as exc:
        hint = "`radalike COMMAND --help` shows what it takes, with an example"
        if exc.format_message():  # else the help itself was the answer
            print_error(UsageError(exc.format_message(), hint=hint), as_json=as_json)
        sys.exit(UsageError.exit_code)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(_FAILED)
    except Exception as exc:  # noqa: BLE001 - the last resort: nothing may print a traceback
        failure = RadalikeError(
            f"an unexpected error ({type(exc).__name__}); this is a fault of Radalike",
            hint="run it as `python -X dev -c 'from radalike.cli.main import app; app()' …` "
            "to see where; mind that the traceback can hold patient data",
        )
        print_error(failure, as_json=as_json)
        sys.exit(_FAILED)
    if code == INTERRUPTED:
        typer.echo("radalike: interrupted", err=True)
    sys.exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    run()
