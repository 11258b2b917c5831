"""Exports as jobs: waiting for them, and downloading their files."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import sys
from collections.abc import Mapping
from contextlib import aclosing
from pathlib import Path
from typing import Any

import click

from tunix_rt.cli.client.base import OperationClient, call_input
from tunix_rt.cli.client.following import JobFeed, ended_job, follow_job, hinting
from tunix_rt.cli.export.documents import EVENTS, SHOW, START, STATE
from tunix_rt.cli.export.options import STANDARD_OUTPUT
from tunix_rt.cli.output.progress import progress
from tunix_rt.cli.output.values import percent
from tunix_rt.domain.text import quantity
from tunix_rt.errors import BadUserInput, Conflict

FEED = JobFeed("export", EVENTS, STATE)


async def start_export(client: OperationClient, values: Mapping[str, Any]) -> dict[str, Any]:
    """Starts an export and returns it."""
    found: dict[str, Any] = (await call_input(client, START, values))["export"]
    return found


async def finished_export(client: OperationClient, export_id: str) -> dict[str, Any]:
    """Waits until an export has ended, showing the progress, and returns it.

    Raises:
        Conflict: it did not complete.
    """
    with progress("exporting") as show:
        async with hinting(client, FEED, export_id), aclosing(follow_job(client, FEED, export_id)) as batches:
            async for events in batches:
                show(f"exporting: {events[-1]['status']}, {percent(events[-1]['progress'])}")
    found = await ended_job(client, SHOW, export_id)
    require_completed(found)
    return found


def require_completed(found: Mapping[str, Any]) -> None:
    """Checks that an export has its file; raises as ``finished_export`` does."""
    if found["status"] != "COMPLETED":
        reason = f": {found['error']['message']}" if found["error"] else "."
        raise Conflict(f"The export {found['uuid']} is {found['status']}{reason}")
    if found["downloadUrl"] is None:
        raise Conflict(f"The file of the export {found['uuid']} was removed; create the export again.")


async def fetch_file(client: OperationClient, found: Mapping[str, Any], output: Path) -> None:
    """Downloads the file of an export, which appears under its name when it is complete and its SHA-256 is right.

    Raises:
        BadUserInput: the file cannot be written, or it was damaged on its way.
    """
    from tunix_rt.domain.atomic_files import part_of, put_in_place

    target = Path(found["fileName"]) if output == STANDARD_OUTPUT else output
    part = part_of(target)
    try:
        with progress(f"downloading {found['fileName']}"):
            await client.download(found["downloadUrl"], part)
        if await asyncio.to_thread(sha256_of, part) != found["sha256"]:
            raise BadUserInput(f"{found['fileName']} was damaged on its way: its SHA-256 differs. Download it again.")
        if output == STANDARD_OUTPUT:
            with part.open("rb") as file:
                shutil.copyfileobj(file, sys.stdout.buffer)
        else:
            put_in_place(part, output)
    except OSError as error:
        raise BadUserInput(f"{output} cannot be written: {error.strerror}.") from error
    finally:
        part.unlink(missing_ok=True)


def sha256_of(file: Path) -> str:
    """Returns the SHA-256 of a file in hexadecimal."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def report_export(found: Mapping[str, Any]) -> None:
    """Prints the counts and the warnings of a completed export on standard error."""
    for warning in found["warnings"]:
        click.echo(f"tunix-rt: {warning}", err=True)
    parts = [quantity(found["rowCount"], "record")]
    if found["missingCount"]:
        parts.append(f"without {quantity(found['missingCount'], 'deleted member')}")
    if found["skippedCount"]:
        parts.append(f"without {quantity(found['skippedCount'], 'member')} that the scorer has not scored")
    click.echo(f"{', '.join(parts)} ({quantity(found['byteSize'], 'byte')}, sha256 {found['sha256']}).", err=True)
