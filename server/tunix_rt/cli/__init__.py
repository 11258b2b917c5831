"""The command line: one module for each command, imported only when the command is called."""

from __future__ import annotations

import importlib
import sys

import click

from tunix_rt import __version__
from tunix_rt.errors import TunixRtError, errors_of

COMMANDS = {
    "serve": "Migrate the database if needed, then serve the web client, the API and GraphiQL.",
    "demo": "Run the whole loop on small sums, with real training.",
    "worker": "Run exports, dataset builds, training runs and generations.",
    "import": "Import traces from a file or standard input.",
    "export": "Write a dataset to a file or standard output.",
    "run": "Start, inspect and cancel training runs.",
    "generate": "Let a model answer the prompts of a dataset.",
    "generation": "List, show and cancel generations.",
    "evaluate": "Compare candidates on the prompts of a dataset.",
    "evaluation": "List and show evaluations.",
    "migrate": "Migrate the database up or down, or show its revision.",
    "schema": "Print the GraphQL schema.",
}
"""Each command is in the module ``tunix_rt.cli.NAME``, or the one that ``MODULES`` names."""

MODULES = {
    "demo": "demo.command",
    "import": "import_.command",
    "run": "run.command",
    "evaluate": "evaluation.evaluate",
    "evaluation": "evaluation.command",
    "generate": "generation.start",
    "generation": "generation.command",
}
"""Modules of the commands that have a folder; ``import`` is a keyword of Python."""


class LazyGroup(click.Group):
    """A group that imports a command's module only when the command is called, so that ``--help`` is fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"tunix_rt.cli.{MODULES.get(cmd_name, cmd_name)}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="tunix-rt")
def group() -> None:
    """A GraphQL server for reasoning traces, scores, datasets and Tunix training runs.

    Every setting is an environment variable that starts with TUNIX_RT_.
    """


def main() -> None:
    """Runs the command line; exits with status 1 after user errors, which are printed one a line."""
    try:
        group(prog_name="tunix-rt")
    except TunixRtError as error:
        for single in errors_of(error):
            click.echo(f"tunix-rt: {single.message}", err=True)
        sys.exit(1)
