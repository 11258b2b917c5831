"""``tunix-rt serve``."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
from pathlib import Path
from typing import Any

import click

from tunix_rt.db.engine import database_url
from tunix_rt.db.migrate import current_revision, revisions, upgrade
from tunix_rt.db.session import Database
from tunix_rt.errors import SettingsError
from tunix_rt.http.guard import is_loopback
from tunix_rt.settings import Settings, settings_from

logger = logging.getLogger("tunix_rt")


@click.command(name="serve")
@click.option("--host", help="Address to listen on.  [default: 127.0.0.1]")
@click.option("--port", type=int, help="TCP port to listen on.  [default: 8000]")
@click.option("--data-dir", type=click.Path(path_type=Path, file_okay=False), help="Folder of the embedded database.")
def command(**options: Any) -> None:
    """Migrate the database if needed, then serve the API and GraphiQL.

    The API is at /graphql, GraphiQL at /graphiql.
    """
    settings = settings_from(**options)
    logging.basicConfig(level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    require_loopback(settings)
    asyncio.run(prepare(settings))
    run(settings)


def require_loopback(settings: Settings) -> None:
    """Refuses an address that others can reach: nobody would be asked for a key.

    Raises:
        SettingsError: if it is not loopback.
    """
    if not is_loopback(settings.host):
        raise SettingsError(
            f"Listening on {settings.host} would let anyone in: this version has no keys yet. "
            "Listen on 127.0.0.1 and put a proxy or an SSH tunnel in front."
        )


async def prepare(settings: Settings) -> None:
    """Migrates an older database, and fills an empty one with the bundled samples."""
    url = database_url(settings).render_as_string(hide_password=False)
    database = Database(settings)
    try:
        async with database.read() as session:
            found = await current_revision(session)
        if found != revisions()[-1]:
            logger.info("migrating the database from revision %s to %s", found or "none", revisions()[-1])
            await asyncio.to_thread(upgrade, url)
        if settings.load_samples and found is None:
            from tunix_rt.samples import load_samples

            added = await load_samples(database, settings.trace_max_bytes)
            logger.info("loaded %d sample traces", added)
    finally:
        await database.close()


def rest_garbage_collector() -> None:
    """Takes what was built at start out of the collector's sight, and lets it look less often.

    The schema alone is some 100,000 objects that live for ever; looking at them again and again cost a quarter of
    each request.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def run(settings: Settings) -> None:
    """Serves until interrupted."""
    import uvicorn

    from tunix_rt.app import create_app

    app = create_app(settings)
    rest_garbage_collector()
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_level=settings.log_level,
        access_log=settings.log_level == "debug",
        log_config=None,
        timeout_graceful_shutdown=5,
        ws_max_size=1 << 20,
        server_header=False,
    )
    click.echo(
        f"tunix-rt serves on http://{settings.host}:{settings.port} (GraphiQL at /graphiql, API at /graphql)", err=True
    )
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(config).run()
