"""The work of ``tunix-rt key`` in the database of the settings."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, TypeVar

import click

from tunix_rt.cli.database import created_database, existing_database
from tunix_rt.cli.options import command_settings
from tunix_rt.cli.output.tables import print_table
from tunix_rt.db.identity import now
from tunix_rt.db.session import Session
from tunix_rt.domain.audit.recording import AuditedAction, note_objects
from tunix_rt.domain.keys import storage
from tunix_rt.domain.keys.scopes import KeyScope
from tunix_rt.domain.keys.storage import KeyDraft

T = TypeVar("T")
HEADER = ("KEY", "PREFIX", "SCOPES", "STATE", "CREATED", "EXPIRES", "LAST USED")


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
    """Prints a table of all keys."""

    async def read() -> Any:
        async with existing_database(command_settings()) as database, database.read() as session:
            return await storage.all_keys(session)

    if rows := asyncio.run(read()):
        print_table(HEADER, [cells_of(row) for row in rows])
    else:
        click.echo("No keys found.", err=True)


def cells_of(row: Any) -> tuple[str, ...]:
    """Returns a key's row of the table."""
    times = (row.created_at, row.expires_at, row.last_used_at)
    return (row.name, row.prefix, row.scopes, state_of(row), *(f"{at:%Y-%m-%d %H:%MZ}" if at else "" for at in times))


def state_of(row: Any) -> str:
    """Returns whether a key is valid, revoked or expired."""
    if row.revoked_at is not None:
        return "revoked"
    return "expired" if row.expires_at is not None and row.expires_at <= now() else "valid"
