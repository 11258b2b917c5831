"""Clients of applications that have pages only."""

from __future__ import annotations

import httpx
from starlette.applications import Starlette


def pages_client(app: Starlette) -> httpx.AsyncClient:
    """Returns a client that accepts no coding by default."""
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://127.0.0.1", headers={"Accept-Encoding": ""}
    )
