"""What the tests of exports send, and how they wait for what processes do."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from tests.support.api import Ask

WAIT_SECONDS = 60

FIELDS = """
  id uuid status progress createdAt startedAt completedAt attempt error { code message }
  format container options { systemInstruction keepControlTokens roundTrip escapeFormulas }
  rowCount missingCount byteSize warnings sha256 fileName downloadUrl expiresAt dataset { key }
"""
START = f"""
mutation ($input: StartExportInput!) {{
  startExport(input: $input) {{ export {{ {FIELDS} }} errors {{ code message path }} }}
}}
"""
CANCEL = f"""
mutation ($input: CancelExportInput!) {{
  cancelExport(input: $input) {{ export {{ {FIELDS} }} errors {{ code message path }} }}
}}
"""
RETRY = f"""
mutation ($input: RetryExportInput!) {{
  retryExport(input: $input) {{ export {{ {FIELDS} }} errors {{ code message path }} }}
}}
"""
DELETE = """
mutation ($input: DeleteExportInput!) {
  deleteExport(input: $input) { deletedUuid errors { code message path } }
}
"""
EXPORT = f"query ($id: ID!) {{ export(id: $id) {{ {FIELDS} }} }}"
CREATE_DATASET = """
mutation ($input: CreateDatasetInput!) {
  createDataset(input: $input) { dataset { id uuid key traceCount } errors { code message path } }
}
"""
ENDS = {"COMPLETED", "FAILED", "TIMEOUT", "CANCELLED"}


async def until(look: Callable[[], Awaitable[Any]], what: str = "nothing came", seconds: float = 0.02) -> Any:
    """The first thing that a look finds, looked for every so many seconds until the time is over."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        if (found := await look()) is not None:
            return found
        await asyncio.sleep(seconds)
    raise AssertionError(what)


async def started(ask: Ask, **given: Any) -> dict[str, Any]:
    """An export that was just started."""
    payload = (await ask(START, input=given))["startExport"]
    assert payload["errors"] == []
    export: dict[str, Any] = payload["export"]
    return export


async def refusal(ask: Ask, **given: Any) -> tuple[str, list[str], str]:
    """Why an export is not started: the code, the path and the message of the only error."""
    payload = (await ask(START, input=given))["startExport"]
    assert payload["export"] is None
    (error,) = payload["errors"]
    return error["code"], error["path"], error["message"]


async def ended(ask: Ask, export_id: str) -> dict[str, Any]:
    """An export once it has ended."""

    async def look() -> Any:
        export = (await ask(EXPORT, id=export_id))["export"]
        return export if export["status"] in ENDS else None

    export: dict[str, Any] = await until(look, "the export did not end")
    return export


async def exported(ask: Ask, **given: Any) -> dict[str, Any]:
    """An export that has completed."""
    export = await ended(ask, (await started(ask, **given))["id"])
    assert export["status"] == "COMPLETED", export
    return export
