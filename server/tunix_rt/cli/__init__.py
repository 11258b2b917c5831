"""The command line: one module or folder for each command, imported only when the command is called."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from tunix_rt import __version__
from tunix_rt.cli.groups import LazyGroup
from tunix_rt.errors import ErrorCode, SchemaOutdated, TunixRtError, errors_of

BY_HEADER = "send it as `Authorization: Bearer KEY`, or sign in with a browser"
BY_VARIABLE = "set TUNIX_RT_KEY to it"
"""How a command gets its API key, in place of what the server's error advises to programs."""
COMMANDS = {
    "serve": "Migrate the database if needed, then serve the web client, the API and GraphiQL.",
    "demo": "Run the whole loop on small sums, with real training.",
    "worker": "Run exports, dataset builds, training runs and generations.",
    "import": "Import traces from a file or standard input.",
    "trace": "List, search, show and delete traces.",
    "score": "Score traces, list scores and scorers, import scores.",
    "dataset": "Create, list, show, split, cancel, retry, verify, compare and delete datasets.",
    "export": "Write a dataset to a file; start, list, show, download, cancel, retry and delete exports.",
    "run": "Start, list, show, watch, compare, cancel, retry, replay and delete training runs.",
    "generate": "Let a model answer the prompts of a dataset.",
    "generation": "List, show, watch, cancel, retry and delete generations.",
    "evaluate": "Compare candidates on the prompts of a dataset.",
    "evaluation": "List, show, watch, cancel, retry and delete evaluations, and rank their candidates.",
    "model": "List the base models.",
    "samples": "Load the bundled sample traces.",
    "doctor": "Check Python, packages, folders, database, models, workers and jobs.",
    "storage": "Remove stored files that belong to no job.",
    "completion": "Print the completion script of a shell.",
    "key": "Create, list, rotate and revoke API keys.",
    "audit": "List what clients with API keys did.",
    "migrate": "Migrate the database up or down, or show its revision.",
    "schema": "Print the GraphQL schema.",
}
"""The commands. Each is in the module ``tunix_rt.cli.NAME``, or the one that ``MODULES`` names."""

MODULES = {
    "demo": "demo.command",
    "dataset": "dataset.command",
    "doctor": "doctor.command",
    "export": "export.command",
    "import": "import_.command",
    "key": "key.command",
    "run": "run.command",
    "evaluate": "evaluation.evaluate",
    "evaluation": "evaluation.command",
    "generate": "generation.start",
    "generation": "generation.command",
    "score": "score.command",
    "storage": "storage.command",
    "trace": "trace.command",
}
"""Modules of the commands that have a folder; ``import`` is a keyword of Python."""

HELP = """A GraphQL server for reasoning traces, scores, datasets and Tunix training runs.

Every setting is an environment variable that starts with TUNIX_RT_.

\b
Example: tunix-rt serve
"""
INTERRUPTED = 130
"""The exit status of a program ended by SIGINT, as shells report it."""
UNAVAILABLE = {ErrorCode.UNAVAILABLE, ErrorCode.TIMEOUT}
UNAVAILABLE_STATUS = 3
"""The exit status if the database or the server could not be reached, or did not answer in time."""


group = LazyGroup("tunix-rt", HELP, COMMANDS, {name: f"tunix_rt.cli.{MODULES.get(name, name)}" for name in COMMANDS})
group.context_settings = {"help_option_names": ["-h", "--help"]}
group = click.version_option(__version__, prog_name="tunix-rt")(group)


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs a command line; after an error it prints its messages, one a line, and exits with its status.

    Args:
        arguments: the words after the program's name; those of the process if None.
    """
    try:
        group.main(arguments, prog_name="tunix-rt", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort as error:
        sys.exit(report_abort(error))
    except TunixRtError as error:
        for message in dict.fromkeys(single.message for single in errors_of(error)):
            click.echo(f"tunix-rt: {message.replace(BY_HEADER, BY_VARIABLE)}", err=True)
        sys.exit(exit_status(error))


def report_abort(error: click.Abort) -> int:
    """Prints why a command was given up, and returns its exit status: 130 after Ctrl-C, 1 after a question."""
    if isinstance(error.__context__, KeyboardInterrupt):
        click.echo("tunix-rt: Interrupted by Ctrl-C.", err=True)
        return INTERRUPTED
    click.echo("tunix-rt: Nothing was changed.", err=True)
    return 1


def exit_status(error: TunixRtError) -> int:
    """Returns the exit status of an error: 3 if the same command may succeed later, otherwise 1."""
    if isinstance(error, SchemaOutdated):  # only a migration helps
        return 1
    return UNAVAILABLE_STATUS if error.code in UNAVAILABLE else 1
