"""``tunix-rt serve``."""

from __future__ import annotations

from typing import Any

import click

from tunix_rt.cli.options import command_settings, data_dir_option


@click.command(name="serve")
@click.option("--host", help="Address to listen on.  [default: 127.0.0.1]")
@click.option("--port", type=int, help="TCP port to listen on.  [default: 8000]")
@click.option("--until-unused", is_flag=True, help="Stop when no Client.local() of Python uses the data folder.")
@data_dir_option
def command(*, until_unused: bool, **options: Any) -> None:
    """Migrate the database if needed, then serve the web client, the API and GraphiQL.

    The web client is at /, the API at /graphql, GraphiQL at /graphiql.

    \b
    Example: tunix-rt serve --port 8080 --data-dir data
    """
    from tunix_rt.cli.serving.server import serve

    serve(command_settings(**options), until_unused=until_unused)
