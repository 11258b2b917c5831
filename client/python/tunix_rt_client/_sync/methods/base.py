# Generated from _async/methods/base.py: edit that file, then run python client/python/codegen/generate.py.
"""The base of the methods of every noun."""

from __future__ import annotations

from tunix_rt_client._sync.connection import Connection


class Methods:
    """Methods of the client that use its connection."""

    connection: Connection
