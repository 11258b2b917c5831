"""The client: one object from which everything else is reached."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from tunix_rt_client._async.connection import AsyncConnection
from tunix_rt_client._async.live import subscribe
from tunix_rt_client._async.methods.datasets import AsyncDatasetMethods
from tunix_rt_client._async.methods.evaluations import AsyncEvaluationMethods
from tunix_rt_client._async.methods.generations import AsyncGenerationMethods
from tunix_rt_client._async.methods.groups import AsyncGroupMethods
from tunix_rt_client._async.methods.runs import AsyncRunMethods
from tunix_rt_client._async.methods.traces import AsyncTraceMethods
from tunix_rt_client.arguments import checks_arguments
from tunix_rt_client.local.server import LocalServer


@checks_arguments
class AsyncClient(
    AsyncTraceMethods,
    AsyncGroupMethods,
    AsyncDatasetMethods,
    AsyncRunMethods,
    AsyncGenerationMethods,
    AsyncEvaluationMethods,
):
    """A client of one tunix-rt server.

    Args:
        url: the server's address.
        timeout: seconds that a read, or what is given to ``execute``, may take; the client's mutations take as long as
            the server permits.
        key: an API key of the server; None for the one in the environment variable ``TUNIX_RT_KEY``, if there is any.
    """

    def __init__(self, url: str = "http://127.0.0.1:8000", *, timeout: float = 60.0, key: str | None = None) -> None:
        self.connection = AsyncConnection(url, timeout=timeout, key=key)
        self.server: LocalServer | None = None

    def __repr__(self) -> str:
        return f"AsyncClient({self.connection.url!r})"

    @classmethod
    async def local(
        cls, data_dir: str | Path = ".tunix-rt", *, timeout: float = 60.0, key: str | None = None
    ) -> AsyncClient:
        """Returns a client of the server that serves a data folder, which is started if there is none.

        A server that was started stops when the last client on the folder is closed, or its process has ended. A server
        that was found, such as ``tunix-rt serve``, is left alone.

        Args:
            data_dir: the data folder, which is created if there is none.
            timeout: as of the class.
            key: an API key of the server, as of the class.

        Raises:
            TunixRtError: tunix-rt is not installed, or the server did not start; the message has its log.
            Unauthenticated: the server has API keys, and this is none of them.
        """
        server = LocalServer(Path(data_dir), key)
        try:
            client = cls(await asyncio.to_thread(server.start), timeout=timeout, key=key)
        except BaseException:
            server.abandon()
            raise
        client.server = server
        return client

    async def aclose(self) -> None:
        """Closes the connection, and ends the use of a server of ``local``."""
        await self.connection.aclose()
        if self.server is not None:
            await asyncio.to_thread(self.server.stop)

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    async def execute(self, query: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Executes any operation and returns its data.

        Raises:
            RequestError: the response has a top-level error. Errors in a mutation's payload are part of the data.
            ConnectionLost: there was no answer; the operation is not repeated.
        """
        return await self.connection.execute(query, variables, repeatable=False)

    async def subscribe(self, query: str, variables: Mapping[str, Any] | None = None) -> AsyncIterator[dict[str, Any]]:
        """Yields the data of each result of a subscription.

        Raises:
            ConnectionLost: the socket broke.
        """
        async for data in subscribe(self.connection, query, variables):
            yield data
