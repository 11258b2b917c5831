"""The fixtures of the API's tests."""

from tests.support.api import address, ask, store

__all__ = ["address", "ask", "store"]
