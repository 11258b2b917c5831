"""The base of the methods of every noun."""

from __future__ import annotations

from tunix_rt_client._async.connection import AsyncConnection


class AsyncMethods:
    """Methods of the client that use its connection."""

    connection: AsyncConnection
