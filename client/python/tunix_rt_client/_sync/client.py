# Generated from _async/client.py: edit that file, then run python client/python/codegen/generate.py.
"""The client: one object from which everything else is reached."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from tunix_rt_client._sync.connection import Connection
from tunix_rt_client._sync.live import subscribe
from tunix_rt_client._sync.methods.datasets import DatasetMethods
from tunix_rt_client._sync.methods.evaluations import EvaluationMethods
from tunix_rt_client._sync.methods.generations import GenerationMethods
from tunix_rt_client._sync.methods.groups import GroupMethods
from tunix_rt_client._sync.methods.runs import RunMethods
from tunix_rt_client._sync.methods.traces import TraceMethods
from tunix_rt_client.arguments import checks_arguments
from tunix_rt_client.local.server import LocalServer


@checks_arguments
class Client(
    TraceMethods,
    GroupMethods,
    DatasetMethods,
    RunMethods,
    GenerationMethods,
    EvaluationMethods,
):
    """A client of one tunix-rt server.

    Args:
        url: the server's address.
        timeout: seconds that a read, or what is given to ``execute``, may take; the client's mutations take as long as
            the server permits.
        key: an API key of the server; None for the one in the environment variable ``TUNIX_RT_KEY``, if there is any.
    """

    def __init__(self, url: str = "http://127.0.0.1:8000", *, timeout: float = 60.0, key: str | None = None) -> None:
        self.connection = Connection(url, timeout=timeout, key=key)
        self.server: LocalServer | None = None

    def __repr__(self) -> str:
        return f"Client({self.connection.url!r})"

    @classmethod
    def local(
        cls, data_dir: str | Path = ".tunix-rt", *, timeout: float = 60.0, key: str | None = None
    ) -> Client:
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
            client = cls(server.start(), timeout=timeout, key=key)
        except BaseException:
            server.abandon()
            raise
        client.server = server
        return client

    def close(self) -> None:
        """Closes the connection, and ends the use of a server of ``local``."""
        self.connection.close()
        if self.server is not None:
            self.server.stop()

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def execute(self, query: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Executes any operation and returns its data.

        Raises:
            RequestError: the response has a top-level error. Errors in a mutation's payload are part of the data.
            ConnectionLost: there was no answer; the operation is not repeated.
        """
        return self.connection.execute(query, variables, repeatable=False)

    def subscribe(self, query: str, variables: Mapping[str, Any] | None = None) -> Iterator[dict[str, Any]]:
        """Yields the data of each result of a subscription.

        Raises:
            ConnectionLost: the socket broke.
        """
        for data in subscribe(self.connection, query, variables):
            yield data
