"""The fixtures of the transport's tests."""

from tests.support.api import address, ask, store

__all__ = ["address", "ask", "store"]
