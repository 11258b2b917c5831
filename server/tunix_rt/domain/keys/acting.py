"""The client whose request this task serves, for `createdBy` of the objects that it stores.

A context variable, since objects are stored far below the request, and by the same functions in jobs, which serve no
client.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from tunix_rt.domain.keys.grant import Grant


@dataclass(frozen=True)
class Actor:
    """The client of a request.

    Args:
        name: the name of its key or of its user; None without one.
        address: the network address that the request came from; None if it is not known.
        jobs_max: the number of its jobs that may wait or run at a time; 0 for any number.
    """

    name: str | None = None
    address: str | None = None
    jobs_max: int = 0

    @classmethod
    def of(cls, grant: Grant, address: str | None, jobs_max: int = 0) -> Actor:
        """Returns the client of a request with some permissions."""
        return cls(grant.name, address, jobs_max)


NOBODY = Actor()
"""Commands on the local database, and jobs."""
actor: ContextVar[Actor] = ContextVar("actor", default=NOBODY)
"""The client whose request this task serves."""


@contextmanager
def acting(client: Actor) -> Iterator[None]:
    """Serves a client within the block; tasks that start in it serve the same client."""
    token = actor.set(client)
    try:
        yield
    finally:
        actor.reset(token)


def author() -> str | None:
    """Returns the name of the key or the user that the current request has; None without one."""
    return actor.get().name
