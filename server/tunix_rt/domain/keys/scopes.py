"""Scopes: the permissions of a key."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum


class KeyScope(Enum):
    """A permission of a key."""

    READ = "read"
    WRITE = "write"
    RUN = "run"
    ADMIN = "admin"


INCLUDED: dict[KeyScope, frozenset[KeyScope]] = {
    KeyScope.READ: frozenset({KeyScope.READ}),
    KeyScope.WRITE: frozenset({KeyScope.READ, KeyScope.WRITE}),
    KeyScope.RUN: frozenset({KeyScope.READ, KeyScope.RUN}),
    KeyScope.ADMIN: frozenset(KeyScope),
}
"""The scopes that each one includes: payloads of mutations return stored data, so ``write`` and ``run`` include
``read``; who may create keys could give any scope to a key, so ``admin`` includes all.
"""


def with_included(scopes: Iterable[KeyScope]) -> frozenset[KeyScope]:
    """Returns scopes with all that they include."""
    return frozenset().union(*(INCLUDED[scope] for scope in scopes))


def scopes_text(scopes: Iterable[KeyScope]) -> str:
    """Returns scopes as they are stored, in the order of their definition."""
    given = set(scopes)
    return ",".join(scope.value for scope in KeyScope if scope in given)


def scopes_of(text: str) -> tuple[KeyScope, ...]:
    """Parses stored scopes; one that this version does not know permits nothing."""
    words = set(text.split(","))
    return tuple(scope for scope in KeyScope if scope.value in words)
