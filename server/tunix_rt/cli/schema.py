"""``tunix-rt schema``."""

from __future__ import annotations

import click


@click.command(name="schema")
def command() -> None:
    """Print the GraphQL schema in its definition language.

    \b
    Example: tunix-rt schema > schema.graphql
    """
    from tunix_rt.api.execution.limits.operation import Limits
    from tunix_rt.api.schema import build_schema
    from tunix_rt.settings import Settings

    click.echo(build_schema(Limits.of(Settings())).as_str())
