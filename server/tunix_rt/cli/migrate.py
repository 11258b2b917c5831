"""``tunix-rt migrate``."""

from __future__ import annotations

import asyncio

import click

from tunix_rt.cli.options import command_settings, data_dir_option
from tunix_rt.cli.output.questions import confirmation_option
from tunix_rt.errors import NotFound
from tunix_rt.settings import Settings


@click.group(name="migrate")
def command() -> None:
    """Migrate the database up or down, or show its revision.

    \b
    Example: tunix-rt migrate status
    """


@command.command()
@click.argument("revision", default="head")
@data_dir_option
def up(revision: str) -> None:
    """Migrate up to REVISION, the newest if none is given. The data are kept.

    \b
    Example: tunix-rt migrate up
    """
    from tunix_rt.db.migrate import upgrade

    settings = command_settings()
    upgrade(url_of(settings), revision)
    report(settings)


@command.command()
@click.argument("revision")
@confirmation_option("Tables that the revision {revision} does not have will be dropped.")
@data_dir_option
def down(revision: str) -> None:
    """Migrate down to REVISION, or with `base` to an empty database.

    \b
    Example: tunix-rt migrate down 0001
    """
    from tunix_rt.cli.database import missing_file
    from tunix_rt.db.migrate import downgrade

    settings = command_settings()
    if file := missing_file(settings):
        raise NotFound(f"There is no database {file}.")
    downgrade(url_of(settings), revision)
    report(settings)


@command.command()
@data_dir_option
def status() -> None:
    """Print the revision of the database, and the one that this version needs.

    \b
    Example: tunix-rt migrate status
    """
    report(command_settings())


def url_of(settings: Settings) -> str:
    """Returns the database's URL, with its password."""
    from tunix_rt.db.connections.engine import database_url

    return database_url(settings).render_as_string(hide_password=False)


def report(settings: Settings) -> None:
    """Prints the revision found and the one needed."""
    from tunix_rt.cli.database import missing_file
    from tunix_rt.db.migrate import is_foreign, revisions

    found, expanded = (None, False) if missing_file(settings) else asyncio.run(revision_of(settings))
    state = "current" if found == revisions()[-1] else "not current: run `tunix-rt migrate up`"
    if expanded:
        state = "of a newer version, which this version can use"
    elif is_foreign(found):
        state = "of another program; use an empty database"
    elif found is not None and found not in revisions():
        state = "created by a newer version; use that version"
    click.echo(f"The database is at revision {found or 'none'}; this version needs {revisions()[-1]} ({state}).")


async def revision_of(settings: Settings) -> tuple[str | None, bool]:
    """Returns the revision that the database is at, and whether a newer version has only added to this version's."""
    from tunix_rt.db.migrate import current_revision, is_expanded
    from tunix_rt.db.session import Database

    database = Database(settings)
    try:
        async with database.read() as session:
            found = await current_revision(session)
            return found, await is_expanded(session, found)
    finally:
        await database.close()
