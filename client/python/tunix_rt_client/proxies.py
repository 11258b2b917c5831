"""Proxies of the environment (``HTTP_PROXY``), which cannot reach a server on this machine."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

LOOPBACK = {"localhost", "127.0.0.1", "::1"}
FIRST_WITH_PROXIES = 15
"""The version of websockets from which on it uses the proxies of the environment."""


def uses_proxies(url: str) -> bool:
    """Returns whether requests to a server may take the proxies of the environment: not those within this machine."""
    return urlsplit(url).hostname not in LOOPBACK


def socket_options(url: str) -> dict[str, Any]:
    """Returns the options with which a WebSocket to a server takes the same way as its requests."""
    from websockets.version import version

    has_proxies = int(version.partition(".")[0]) >= FIRST_WITH_PROXIES
    return {"proxy": None} if has_proxies and not uses_proxies(url) else {}
