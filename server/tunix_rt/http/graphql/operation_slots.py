"""The limit on concurrent operations over WebSockets and server-sent events."""

from __future__ import annotations

from tunix_rt.errors import Unavailable


class OperationSlots:
    """Counts the operations of all connections.

    Args:
        most: the maximum number of concurrent operations.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self.taken = 0

    def take(self) -> None:
        """Takes a slot, which must be given back.

        Raises:
            Unavailable: all slots are taken.
        """
        if self.taken >= self._most:
            raise Unavailable(
                f"The server runs at most {self._most} concurrent operations over WebSockets and server-sent events; "
                "try again later."
            )
        self.taken += 1

    def give_back(self, _: object = None) -> None:
        """Frees a slot."""
        self.taken -= 1
