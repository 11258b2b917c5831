"""The limits on concurrent operations over WebSockets and server-sent events."""

from __future__ import annotations

import uuid

from tunix_rt.domain.keys.quotas import Quotas
from tunix_rt.errors import Unavailable


class OperationSlots:
    """Counts the operations of all connections.

    Args:
        maximum: the maximum number of concurrent operations.
    """

    def __init__(self, maximum: int) -> None:
        self._maximum = maximum
        self.taken = 0

    def take(self, quotas: Quotas, account: uuid.UUID | None) -> None:
        """Takes a slot for a key or user, which must be given back.

        Raises:
            Unavailable: all slots are taken.
            RateLimited: it has too many.
        """
        if self.taken >= self._maximum:
            raise Unavailable(
                f"The server runs at most {self._maximum} concurrent operations over WebSockets and server-sent "
                "events; try again later."
            )
        quotas.open_operation(account)
        self.taken += 1

    def give_back(self, quotas: Quotas, account: uuid.UUID | None) -> None:
        """Frees a slot."""
        quotas.close_operation(account)
        self.taken -= 1
