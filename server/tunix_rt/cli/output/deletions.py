"""Results of mutations that delete rows by ids or by a filter."""

from __future__ import annotations

from typing import Any

import click

from tunix_rt.cli.options import wants_json
from tunix_rt.cli.output.tables import print_json
from tunix_rt.domain.text import quantity


def print_deleted(noun: str, found: dict[str, Any], *, dry_run: bool) -> None:
    """Prints the number of rows deleted, or in a dry run of those that would be.

    Args:
        noun: the singular of the rows' name.
        found: the payload of the mutation.
    """
    if wants_json():
        print_json({name: value for name, value in found.items() if name != "errors"})
        return
    count, done = (found["matchedCount"], "would be deleted") if dry_run else (found["deletedCount"], "deleted")
    click.echo(f"{quantity(count, noun)} {done}.")
    if missing := found["missingUuids"]:
        click.echo(f"Not found: {', '.join(missing)}", err=True)
