"""The permissions of a request, and how it proves them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from tunix_rt.domain.keys.scopes import KeyScope
from tunix_rt.errors import ScopeMissing, Unavailable

USER = "user:"
"""The prefix of users' names among the names of clients."""


@dataclass(frozen=True)
class Grant:
    """The permissions of a request.

    Args:
        scopes: with all that they include.
        key_id: the key; None for a request without one.
        name: the key's name, or ``user:`` and the name of a user.
        prefix: the beginning of the key's secret.
        expires_at: when the key expires; None if it does not.
        user: the user whom a proxy has signed in; None for others.
    """

    scopes: frozenset[KeyScope]
    key_id: uuid.UUID | None = None
    name: str | None = None
    prefix: str | None = None
    expires_at: datetime | None = None
    user: str | None = None

    @classmethod
    def of_user(cls, user: str, scopes: frozenset[KeyScope]) -> Grant:
        """Returns the permissions of a user whom a proxy has signed in; no key may have such a name."""
        return cls(scopes, name=USER + user, user=user)

    @property
    def account(self) -> uuid.UUID | None:
        """The key, or an id of the user, for which quotas count; None for a request without either."""
        return self.key_id if self.user is None else uuid.uuid5(uuid.NAMESPACE_URL, USER + self.user)

    def require(self, scopes: Iterable[KeyScope]) -> None:
        """Checks that the request may do what needs some scopes.

        Raises:
            ScopeMissing: a scope is missing.
        """
        missing = [scope.value for scope in KeyScope if scope in scopes and scope not in self.scopes]
        if missing:
            client = f"API key {self.name}" if self.user is None else f"user {self.user}"
            raise ScopeMissing(f"The {client} lacks the scope {' and '.join(missing)}, which this needs.")


WITHOUT_KEY = Grant(frozenset(KeyScope))
"""The permissions of everybody who can reach a server that has no keys."""


@dataclass(frozen=True)
class Undecided(Grant):
    """The permissions before the keys could be read for the first time: the server's health may be read.

    Args:
        reason: why they cannot be read, as a sentence; empty if that is not known.
    """

    reason: str = ""

    def require(self, scopes: Iterable[KeyScope]) -> None:
        """Refuses what needs any scope.

        Raises:
            Unavailable: a scope is needed.
        """
        if any(True for _ in scopes):
            raise keys_unreadable(self.reason)


def keys_unreadable(reason: str) -> Unavailable:
    """Returns the error of a request that cannot be decided, with the reason, which may be empty."""
    if reason:
        return Unavailable(f"The API keys cannot be read. {reason}")
    return Unavailable("The API keys cannot be read from the database now; try again later.")
