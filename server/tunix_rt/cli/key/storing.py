"""The work of ``tunix-rt key`` in the database of the settings."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from tunix_rt.cli.database import created_database, existing_database
from tunix_rt.cli.options import command_settings
from tunix_rt.cli.output.tables import Columns, print_rows
from tunix_rt.db.identity import now
from tunix_rt.db.session import Session
from tunix_rt.domain.audit.recording import AuditedAction, note_objects
from tunix_rt.domain.keys import storage
from tunix_rt.domain.keys.scopes import KeyScope
from tunix_rt.domain.keys.storage import KeyDraft

T = TypeVar("T")


def create_key(name: str, scopes: tuple[KeyScope, ...], expires: datetime | None) -> str:
    """Creates a key, and the database if it does not exist; returns the key's secret.

    Raises:
        TunixRtError: as ``storage.add_key`` does.
    """

    async def create() -> str:
        async with created_database(command_settings()) as database:
            with AuditedAction("createKey").recording():
                async with database.write() as session:
                    row, secret = await storage.add_key(session, KeyDraft(name, scopes, expires))
                    note_objects("ApiKey", [row["id"]])
        return secret.text

    return asyncio.run(create())


def rotate_key(name: str, expires: datetime | None) -> tuple[str, str]:
    """Replaces the secret of a key; returns the key's name and the new secret.

    Raises:
        TunixRtError: as ``storage.find_key`` and ``storage.rotate_key`` do.
    """

    async def rotate(session: Session) -> tuple[str, str]:
        row, secret = await storage.rotate_key(session, await storage.find_key(session, name), expires)
        note_objects("ApiKey", [row.id])
        return row.name, secret.text

    return run_change("rotateKey", rotate)


def revoke_key(name: str) -> str:
    """Revokes a key; returns its name.

    Raises:
        TunixRtError: as ``storage.find_key`` and ``storage.revoke_key`` do.
    """

    async def revoke(session: Session) -> str:
        row = await storage.revoke_key(session, await storage.find_key(session, name))
        note_objects("ApiKey", [row.id])
        found: str = row.name
        return found

    return run_change("revokeKey", revoke)


def run_change(action: str, change: Callable[[Session], Awaitable[T]]) -> T:
    """Runs a change in a transaction of the existing database, and records it in the audit log."""

    async def run() -> T:
        with AuditedAction(action).recording():
            return await changing()

    async def changing() -> T:
        async with existing_database(command_settings()) as database, database.write() as session:
            return await change(session)

    return asyncio.run(run())


def print_keys() -> None:
    """Prints a table of all keys; with ``--json`` an array."""

    async def read() -> Any:
        async with existing_database(command_settings()) as database, database.read() as session:
            return await storage.all_keys(session)

    print_rows(COLUMNS, [key_object(row) for row in asyncio.run(read())], "keys")


def key_object(row: Any) -> dict[str, Any]:
    """Returns a key with the fields of ``ApiKey``, as the API spells them."""
    times = {"createdAt": row.created_at, "rotatedAt": row.rotated_at, "expiresAt": row.expires_at}
    times |= {"revokedAt": row.revoked_at, "lastUsedAt": row.last_used_at}
    return {
        "uuid": str(row.id),
        "name": row.name,
        "prefix": row.prefix,
        "scopes": [KeyScope(scope).name for scope in row.scopes.split(",")],
        **{name: None if at is None else at.isoformat().replace("+00:00", "Z") for name, at in times.items()},
    }


def scopes_of(key: Mapping[str, Any]) -> str:
    """Returns the scopes of a key as ``key create`` takes them."""
    return ",".join(KeyScope[name].value for name in key["scopes"])


def state_of(key: Mapping[str, Any]) -> str:
    """Returns whether a key is valid, revoked or expired."""
    if key["revokedAt"] is not None:
        return "revoked"
    expires = key["expiresAt"]
    return "expired" if expires is not None and datetime.fromisoformat(expires) <= now() else "valid"


COLUMNS: Columns = {
    "KEY": "name",
    "PREFIX": "prefix",
    "SCOPES": scopes_of,
    "STATE": state_of,
    "CREATED": "createdAt",
    "EXPIRES": "expiresAt",
    "LAST USED": "lastUsedAt",
}
