"""``tunix-rt samples``."""

from __future__ import annotations

from typing import Any

import click

from tunix_rt.cli.client.base import OperationClient, call_input
from tunix_rt.cli.client.running import run_operations
from tunix_rt.cli.options import shared_options, wants_json
from tunix_rt.cli.output.tables import print_json
from tunix_rt.domain.text import quantity

IMPORT = """
mutation ($input: ImportSamplesInput!) {
  importSamples(input: $input) { importedCount duplicateCount errors { code message path } }
}
"""


@click.group(name="samples")
def command() -> None:
    """Load the bundled sample traces.

    \b
    Example: tunix-rt samples load
    """


@command.command(name="load")
@click.option("--source", "sources", multiple=True, help="Only samples of this source; may be repeated.")
@shared_options
def load(sources: tuple[str, ...]) -> None:
    """Load the sample traces. Those that are stored already are skipped; a missing database is created.

    \b
    Example: tunix-rt samples load
    """

    async def run(client: OperationClient) -> dict[str, Any]:
        found: dict[str, Any] = await call_input(client, IMPORT, {"sources": list(sources) or None})
        return found

    found = run_operations(run, creates=True)
    if wants_json():
        print_json({name: value for name, value in found.items() if name != "errors"})
        return
    duplicates = f", {found['duplicateCount']:,} stored already" if found["duplicateCount"] else ""
    click.echo(f"{quantity(found['importedCount'], 'trace')} added{duplicates}.")
