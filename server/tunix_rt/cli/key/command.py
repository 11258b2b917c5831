"""``tunix-rt key``: create, list, rotate and revoke API keys, directly in the database."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from tunix_rt.cli.options import data_dir_option, json_option
from tunix_rt.domain.keys.scopes import KeyScope

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
        return datetime.now(UTC) + timedelta(**{UNITS[found[2]]: int(found[1])})


@click.group(name="key")
def command() -> None:
    """Create, list, rotate and revoke API keys.

    As soon as there is a key, every request to a server on this database needs one.

    \b
    Example: tunix-rt key create notebook --scopes write --expires 90d
    """


@command.command(name="create")
@click.argument("name")
@click.option("--scopes", type=ScopeList(), required=True, help="Comma-separated: read, write, run, admin.")
@click.option("--expires", type=Lifetime(), help="Lifetime, such as 90d, 12h or 30m.  [default: unlimited]")
@data_dir_option
def create(name: str, scopes: tuple[KeyScope, ...], expires: datetime | None) -> None:
    """Create a key NAME, and print its secret once.

    \b
    Example: tunix-rt key create notebook --scopes write,run
    """
    from tunix_rt.cli.key.storing import create_key

    print_secret(f"Created the key {name}", create_key(name, scopes, expires))


def print_secret(done: str, secret: str) -> None:
    """Prints a secret to standard output, and what was done to standard error."""
    click.echo(f"{done}. Store its secret now: it is not shown again.", err=True)
    click.echo(secret)


@command.command(name="list")
@data_dir_option
@json_option
def list_() -> None:
    """List all keys, revoked ones included.

    \b
    Example: tunix-rt key list
    """
    from tunix_rt.cli.key.storing import print_keys

    print_keys()


@command.command(name="rotate")
@click.argument("name")
@click.option("--expires", type=Lifetime(), help="Lifetime, such as 90d.  [default: the same as before]")
@data_dir_option
def rotate(name: str, expires: datetime | None) -> None:
    """Replace the secret of the key NAME, and print the new one once. NAME may also be the key's prefix.

    \b
    Example: tunix-rt key rotate notebook
    """
    from tunix_rt.cli.key.storing import rotate_key

    found, secret = rotate_key(name, expires)
    print_secret(f"Rotated the key {found}", secret)


@command.command(name="revoke")
@click.argument("name")
@data_dir_option
def revoke(name: str) -> None:
    """Revoke the key NAME permanently. NAME may also be the key's prefix.

    Servers refuse it, and end its streams, within five seconds.

    \b
    Example: tunix-rt key revoke notebook
    """
    from tunix_rt.cli.key.storing import revoke_key

    click.echo(f"Revoked the key {revoke_key(name)}.", err=True)
