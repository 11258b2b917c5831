"""A server in a thread of the tests' process: its own process would cost seconds of work to start."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress

from tests.support.api import listening
from tunix_rt.app import create_app
from tunix_rt.settings import Settings


@contextmanager
def background_server(settings: Settings, port: int = 0, server_id: str = "") -> Iterator[str]:
    """Serves a migrated database until the end of the block, and yields the URL.

    Args:
        port: where it listens; a free one if not given.
        server_id: its id; its own choice if not given.
    """
    address: Future[str] = Future()
    loop, stopping = asyncio.new_event_loop(), asyncio.Event()

    async def serve() -> None:
        app = create_app(settings)
        app.state.server_id = server_id or app.state.server_id
        async with listening(app, settings, port) as found:
            address.set_result(f"http://{found}")
            await stopping.wait()

    def run() -> None:
        try:
            loop.run_until_complete(serve())
        except BaseException as error:
            if not address.done():
                address.set_exception(error)
            raise
        finally:
            loop.close()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield address.result()
    finally:
        with suppress(RuntimeError):  # the loop has ended, with the error that the address has
            loop.call_soon_threadsafe(stopping.set)
        thread.join()
