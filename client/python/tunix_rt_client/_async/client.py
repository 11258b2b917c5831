"""The client: one object from which everything else is reached."""

from __future__ import annotations

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
from tunix_rt_client.local import LocalServer


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

    @classmethod
    def local(cls, data_dir: str | Path = ".tunix-rt", *, timeout: float = 60.0) -> AsyncClient:
        """Starts a server on a data folder; it stops when the client is closed, or with this process.

        Raises:
            TunixRtError: tunix-rt is not installed, or the server did not start; the message has its log.
        """
        server = LocalServer(Path(data_dir))
        client = cls(server.start(), timeout=timeout)
        client.server = server
        return client

    async def aclose(self) -> None:
        """Closes the connection, and stops the server if ``local`` started it."""
        await self.connection.aclose()
        if self.server is not None:
            self.server.stop()

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
