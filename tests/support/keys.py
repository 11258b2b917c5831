"""API keys for tests: stored keys, and the headers by which clients send them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tests.conftest import Execute
from tunix_rt.db.session import Database
from tunix_rt.domain.keys.scopes import KeyScope
from tunix_rt.domain.keys.storage import KeyDraft, add_key

CREATE_KEY = """
mutation ($input: CreateKeyInput!) {
  createKey(input: $input) {
    key { id uuid name prefix scopes createdAt rotatedAt expiresAt revokedAt lastUsedAt }
    secret
    errors { code message path }
  }
}
"""
VIEWER = "{ viewer { keyName scopes expiresAt } }"


async def new_key(database: Database, name: str, *scopes: KeyScope, expires_at: datetime | None = None) -> str:
    """Stores a key, as another process does, and returns its secret."""
    async with database.write() as session:
        _, secret = await add_key(session, KeyDraft(name, scopes or (KeyScope.READ,), expires_at))
    return secret.text


async def keys_of_all_scopes(database: Database) -> dict[KeyScope, str]:
    """Stores a key of each scope, named like it, and returns their secrets."""
    return {scope: await new_key(database, scope.value, scope) for scope in KeyScope}


def bearer(secret: str) -> dict[str, str]:
    """Returns the headers of a request with a key."""
    return {"Authorization": f"Bearer {secret}"}


async def create_key(graphql: Execute, name: str, *scopes: str, **fields: Any) -> dict[str, Any]:
    """Creates a key by the API, and returns the payload."""
    given = {"name": name, "scopes": list(scopes)} | fields
    payload: dict[str, Any] = (await graphql(CREATE_KEY, {"input": given}))["data"]["createKey"]
    return payload
