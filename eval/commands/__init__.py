"""`radalike eval …`: evaluation on the command line, a file a command."""

from __future__ import annotations

import typer

from eval.commands.ann import ann
from eval.commands.compare import compare
from eval.commands.failures import failures
from eval.commands.knn import knn
from eval.commands.probe import probe
from eval.commands.report import report
from eval.commands.retrieval import retrieval
from eval.commands.runs import runs
from eval.commands.saturation import saturation
from eval.commands.space import space
from eval.datasets import command as datasets


def register(app: typer.Typer) -> None:
    """Add the commands of this package to Radalike's."""
    commands = typer.Typer(help="Measure how good the answers are.", no_args_is_help=True)
    for command in (ann, compare, report, retrieval, runs, space, failures, knn, probe, saturation):
        commands.command(command.__name__)(command)
    app.add_typer(commands, name="eval")
    datasets.register(app)
