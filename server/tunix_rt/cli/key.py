"""``tunix-rt key``: create, list, rotate and revoke API keys, directly in the database."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import click

from tunix_rt.cli.database import existing_database, migrate_if_new
from tunix_rt.cli.options import command_settings, data_dir_option
from tunix_rt.cli.output.tables import print_table
from tunix_rt.db.identity import now
from tunix_rt.db.session import Database
from tunix_rt.domain.keys import storage
from tunix_rt.domain.keys.scopes import KeyScope
from tunix_rt.domain.keys.secret import NewSecret
from tunix_rt.domain.keys.storage import KeyDraft

HEADER = ("KEY", "PREFIX", "SCOPES", "STATE", "CREATED", "EXPIRES", "LAST USED")
UNITS = {"m": "minutes", "h": "hours", "d": "days"}


class ScopeList(click.ParamType[tuple[KeyScope, ...]]):
    """Scopes that are separated by commas."""

    name = "SCOPES"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        words = [word.strip().lower() for word in str(value).split(",")]
        known = {scope.value: scope for scope in KeyScope}
        if unknown := [word for word in words if word not in known]:
            self.fail(f"{unknown[0]!r} is not one of {', '.join(known)}.", param, ctx)
        return tuple(scope for name, scope in known.items() if name in words)


class Lifetime(click.ParamType[datetime]):
    """A time from now: a number of minutes, hours or days."""

    name = "TIME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        found = re.fullmatch(r"([1-9][0-9]{0,5})([mhd])", str(value), re.ASCII)
        if found is None:
            self.fail(f"{value!r} is not a number with m, h or d, such as 90d.", param, ctx)
        return now() + timedelta(**{UNITS[found[2]]: int(found[1])})


@click.group(name="key")
def command() -> None:
    """Create, list, rotate and revoke API keys.

    As soon as there is a key, every request to a server on this database needs one.
    """


@command.command(name="create")
@click.argument("name")
@click.option("--scopes", type=ScopeList(), required=True, help="Comma-separated: read, write, run, admin.")
@click.option("--expires", type=Lifetime(), help="Lifetime, such as 90d, 12h or 30m.  [default: unlimited]")
@data_dir_option
def create(name: str, scopes: tuple[KeyScope, ...], expires: datetime | None) -> None:
    """Create a key NAME, and print its secret once."""

    async def add(database: Database) -> NewSecret:
        async with database.write() as session:
            _, secret = await storage.add_key(session, KeyDraft(name, scopes, expires))
        return secret

    print_secret(f"Created the key {name}", asyncio.run(in_migrated_database(add)))


async def in_migrated_database(change: Callable[[Database], Awaitable[NewSecret]]) -> NewSecret:
    """Runs a change in the database of the settings, which is created if it does not exist."""
    database = Database(command_settings())
    try:
        await migrate_if_new(database, command_settings())
        return await change(database)
    finally:
        await database.close()


def with_database(work: Callable[[Database], Awaitable[None]]) -> None:
    """Runs work in the existing database of the settings."""

    async def do() -> None:
        async with existing_database(command_settings()) as database:
            await work(database)

    asyncio.run(do())


def print_secret(done: str, secret: NewSecret) -> None:
    """Prints a secret to standard output, and what was done to standard error."""
    click.echo(f"{done}. Store its secret now: it is not shown again.", err=True)
    click.echo(secret.text)


@command.command(name="list")
@data_dir_option
def list_() -> None:
    """List all keys, revoked ones included."""

    async def print_list(database: Database) -> None:
        async with database.read() as session:
            rows = await storage.all_keys(session)
        if rows:
            print_table(HEADER, [cells_of(row) for row in rows])
        else:
            click.echo("No keys found.", err=True)

    with_database(print_list)


def cells_of(row: Any) -> tuple[str, ...]:
    """Returns a key's row of the table."""
    times = (row.created_at, row.expires_at, row.last_used_at)
    return (row.name, row.prefix, row.scopes, state_of(row), *(f"{at:%Y-%m-%d %H:%MZ}" if at else "" for at in times))


def state_of(row: Any) -> str:
    """Returns whether a key is valid, revoked or expired."""
    if row.revoked_at is not None:
        return "revoked"
    return "expired" if row.expires_at is not None and row.expires_at <= now() else "valid"


@command.command(name="rotate")
@click.argument("name")
@click.option("--expires", type=Lifetime(), help="Lifetime, such as 90d.  [default: the same as before]")
@data_dir_option
def rotate(name: str, expires: datetime | None) -> None:
    """Replace the secret of the key NAME, and print the new one once. NAME may also be the key's prefix."""

    async def do(database: Database) -> None:
        async with database.write() as session:
            row, secret = await storage.rotate_key(session, await storage.find_key(session, name), expires)
        print_secret(f"Rotated the key {row.name}", secret)

    with_database(do)


@command.command(name="revoke")
@click.argument("name")
@data_dir_option
def revoke(name: str) -> None:
    """Revoke the key NAME permanently. NAME may also be the key's prefix.

    Servers refuse it, and end its streams, within five seconds.
    """

    async def do(database: Database) -> None:
        async with database.write() as session:
            row = await storage.revoke_key(session, await storage.find_key(session, name))
        click.echo(f"Revoked the key {row.name}.", err=True)

    with_database(do)
