"""The work of ``tunix-rt storage clean``, on the database and the storage of the settings."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import click

from tunix_rt.cli.database import existing_database
from tunix_rt.cli.options import command_settings
from tunix_rt.cli.output.questions import confirm
from tunix_rt.cli.output.values import bytes_of
from tunix_rt.domain.orphans import find_orphans
from tunix_rt.domain.storage.base import AttemptFolder, StorageFailed, StoredObject
from tunix_rt.domain.storage.opening import open_storage
from tunix_rt.domain.text import quantity

Orphans = Mapping[AttemptFolder, Sequence[StoredObject]]


def clean_storage(*, dry_run: bool, yes: bool) -> None:
    """Removes the orphans after asking, or only lists them.

    Raises:
        NotFound, SchemaOutdated: as ``existing_database`` does.
        Unavailable, StorageFailed: the storage cannot be reached, or some files could not be removed.
    """
    orphans = asyncio.run(find())
    for key in sorted(stored.key for files in orphans.values() for stored in files):
        click.echo(key)
    if not orphans or dry_run:
        click.echo(f"{summary(orphans)}.", err=True)
        return
    if not yes:
        confirm(f"{summary(orphans)}. Remove them?")
    left = asyncio.run(remove(orphans))
    if left:
        raise StorageFailed(f"{summary(left)} could not be removed.")
    click.echo("Removed them.", err=True)


async def find() -> Orphans:
    """Returns the orphans."""
    settings = command_settings()
    async with existing_database(settings) as database:
        return await find_orphans(database, open_storage(settings))


async def remove(orphans: Orphans) -> Orphans:
    """Removes orphans, and returns those that are left."""
    settings = command_settings()
    storage = open_storage(settings)
    for files in orphans.values():
        await storage.remove_files([stored.key for stored in files])
    async with existing_database(settings) as database:
        left = await find_orphans(database, storage)
    return {folder: files for folder, files in left.items() if folder in orphans}


def summary(orphans: Orphans) -> str:
    """Returns the number and the size of orphans."""
    files = [stored for found in orphans.values() for stored in found]
    return f"{quantity(len(files), 'orphan')}, {bytes_of(sum(stored.size for stored in files))}"
