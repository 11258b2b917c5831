"""The server process: logging, the database, and the loop."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import signal
import socket

import click

from tunix_rt.cli.database import migrate_if_needed
from tunix_rt.cli.options import command_line
from tunix_rt.cli.serving.folder import ClientsLock, reachable_url, served_folder
from tunix_rt.cli.serving.listening import bind
from tunix_rt.db.session import Database
from tunix_rt.domain.keys.storage import has_usable_key
from tunix_rt.domain.storage.opening import open_storage
from tunix_rt.domain.traces.storage import has_ever_held_traces
from tunix_rt.errors import SettingsError
from tunix_rt.logs import set_up_logging
from tunix_rt.samples.loading import load_samples
from tunix_rt.setting_values import is_loopback
from tunix_rt.settings import Settings

TICKS = 5
"""Tenths of a second between two looks for clients."""

logger = logging.getLogger("tunix_rt")


def serve(settings: Settings, *, until_unused: bool = False) -> None:
    """Serves until SIGINT or SIGTERM, after everything is checked and prepared.

    Args:
        until_unused: whether to stop also when no client has the lock of the data folder.

    Raises:
        SettingsError: the address is not available, or needs a key.
    """
    set_up_logging(settings.log_level)
    listener = bind(settings) if is_loopback(settings.host) else None
    asyncio.run(prepare(settings))
    # An address that others can reach is bound only if there is a key.
    run(settings, listener or bind(settings), until_unused=until_unused)


async def require_key(database: Database, settings: Settings) -> None:
    """Checks that there is an API key if other machines can reach the address, unless a proxy signs users in.

    Raises:
        SettingsError: there is none.
    """
    if is_loopback(settings.host) or settings.proxy_scopes:
        return
    async with database.read() as session:
        usable = await has_usable_key(session)
    if not usable:
        raise SettingsError(
            f"Listening on {settings.host} needs an API key, since other machines can reach it. "
            f"Create one: {command_line('key', 'create', 'NAME', '--scopes', 'admin')}"
        )


async def prepare(settings: Settings) -> None:
    """Migrates a new or an older database, and adds the samples to an empty one.

    Raises:
        NotInstalled, SettingsError: as ``open_storage`` and ``require_key`` raise them.
    """
    open_storage(settings)
    database = Database(settings)
    try:
        await migrate_if_needed(database, settings)
        await require_key(database, settings)
        async with database.read() as session:
            empty = not await has_ever_held_traces(session)
        if settings.load_samples and empty:
            report = await load_samples(database, settings.trace_max_bytes)
            logger.info("loaded %d sample traces", report.added)
    finally:
        await database.close()


def rest_garbage_collector() -> None:
    """Excludes the objects built at start from garbage collection, and makes collections less frequent.

    The schema alone has about 100,000 objects that live for ever; traversing them again and again took a quarter of the
    time of each request. The second generation is collected at 100,000 objects: with four times as many, the validation
    of one large document stopped all other requests for 170 milliseconds.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 5, 200)


def run(settings: Settings, listener: socket.socket, *, until_unused: bool = False) -> None:
    """Serves until SIGINT or SIGTERM, or with ``until_unused`` until no client has the lock of the data folder."""
    import uvicorn

    from tunix_rt.app import create_app
    from tunix_rt.http.protocol import server_config

    app = create_app(settings)
    host, port = listener.getsockname()[:2]
    served = served_folder(settings, reachable_url(host, port), app.state.server_id)
    clients = ClientsLock(settings.data_dir) if until_unused else None

    class EndingServer(uvicorn.Server):
        """A server that clients find while it serves, and that ends the open streams first when it stops.

        Streams do not end by themselves.
        """

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if served is not None:
                await asyncio.to_thread(served.publish)

        async def on_tick(self, counter: int) -> bool:
            unused = clients is not None and counter % TICKS == 0 and clients.take_if_unused()
            return await super().on_tick(counter) or unused

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            if served is not None:
                await asyncio.to_thread(served.withdraw)
            app.state.services.end()
            await super().shutdown(sockets)

    rest_garbage_collector()
    debug = settings.log_level == "debug"
    config = server_config(
        app, settings, log_level="debug" if debug else "warning", access_log=debug, timeout_graceful_shutdown=5
    )
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    click.echo(f"tunix-rt serves the web client on {address} (GraphiQL at /graphiql, API at /graphql)", err=True)
    # uvicorn raises the signal again once it has stopped; by default that would end the process with status 143.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt):
        EndingServer(config).run(sockets=[listener])
