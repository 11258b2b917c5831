"""Requests for the tests of exports, and waits for their processes."""

from __future__ import annotations

from typing import Any

from tests.support.api import Ask
from tests.support.waiting import until

FIELDS = """
  id uuid status progress createdAt startedAt completedAt attempt error { code message }
  format container options { systemInstruction keepControlTokens roundTrip escapeFormulas template customTemplate }
  rowCount missingCount skippedCount byteSize warnings sha256 fileName downloadUrl expiresAt dataset { key }
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
