"""Cancels, retries and deletes jobs of any kind, and prints the result."""

from __future__ import annotations

from typing import Any

import click

from tunix_rt.cli.client.base import OperationClient, call
from tunix_rt.cli.client.running import run_operations
from tunix_rt.cli.options import wants_json
from tunix_rt.cli.output.tables import print_json


def cancel_job(document: str, noun: str, name: str) -> None:
    """Cancels a job and prints whether it is cancelled or still being cancelled."""
    found = execute_change(document, noun, name)
    is_running = found["status"] == "RUNNING"
    print_change(found, f"{found['uuid']} {'is being cancelled' if is_running else 'is cancelled'}.")


def retry_job(document: str, noun: str, name: str) -> None:
    """Retries a job and prints that it is queued."""
    found = execute_change(document, noun, name)
    print_change(found, f"{found['uuid']} is queued.")


def delete_job(document: str, name: str) -> None:
    """Deletes an object and prints that it is deleted."""
    deleted = execute_change(document, "deletedUuid", name)
    print_change({"deletedUuid": deleted}, f"{deleted} is deleted.")


def execute_change(document: str, field: str, name: str) -> Any:
    """Executes a mutation on one object and returns a field of its payload."""

    async def do(client: OperationClient) -> Any:
        return (await call(client, document, input={"id": name}))[field]

    return run_operations(do)


def print_change(found: dict[str, Any], message: str) -> None:
    """Prints the message on standard error, or with ``--json`` the object on standard output."""
    if wants_json():
        print_json(found)
    else:
        click.echo(message, err=True)
