"""Runs the operations of a command on the database or the server that its options name."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import TypeVar

import click

from tunix_rt.cli.client.base import OperationClient
from tunix_rt.cli.client.local import local_client
from tunix_rt.cli.client.naming import names_unknown, with_suggestions
from tunix_rt.cli.client.option_names import option_names
from tunix_rt.cli.client.remote import remote_client
from tunix_rt.cli.options import command_settings, uses_server
from tunix_rt.errors import TunixRtError
from tunix_rt.settings import Settings

T = TypeVar("T")


def run_operations(command: Callable[[OperationClient], Awaitable[T]], *, creates: bool = False) -> T:
    """Opens the database or server of the command's options, names it on standard error, and runs a coroutine with it.

    Args:
        creates: whether a missing database is created, as by commands that need nothing in it.

    Raises:
        TunixRtError: with the names of options in place of the API's fields, and with suggestions for unknown names.
    """

    async def run() -> T:
        async with client_of(command_settings(), creates) as client:
            gc.enable()
            report_place(client.place)
            try:
                return await command(client)
            except TunixRtError as error:
                await with_suggestions(client, error)
                raise

    gc.disable()  # what is imported stays, so that a collection meanwhile finds nothing: it is a tenth of the time
    with option_names():
        return asyncio.run(run())


def suggest_names(settings: Settings, error: TunixRtError) -> None:
    """Adds the existing names that are similar to an unknown one to an error of a command without operations."""

    async def suggest() -> None:
        async with client_of(settings) as client:
            await with_suggestions(client, error)

    if names_unknown(error):
        asyncio.run(suggest())


def client_of(settings: Settings, creates: bool = False) -> AbstractAsyncContextManager[OperationClient]:
    """Returns a client of the server that the command's options or the settings name; of the database otherwise.

    Args:
        creates: whether a missing database is created.
    """
    return remote_client(settings) if uses_server(settings) else local_client(settings, creates)


def report_place(place: str) -> None:
    """Prints the database or the server that the command works on."""
    click.echo(f"tunix-rt: using {place}", err=True)
