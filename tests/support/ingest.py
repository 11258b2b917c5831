"""Requests to ``POST /v1/traces``."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from typing import Any

import httpx
import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from tests.support.traces import native_trace

NDJSON = "application/x-ndjson"
PARQUET = "application/vnd.apache.parquet"


async def ingest(client: httpx.AsyncClient, lines: list[Any], **parameters: str) -> dict[str, Any]:
    """The answer to lines, with its status."""
    body = b"".join(orjson.dumps(line) + b"\n" for line in lines)
    response = await client.post("/v1/traces", content=body, params=parameters, headers={"Content-Type": NDJSON})
    return {"status": response.status_code, **response.json()}


def scored(prompt: str, *scores: float, **fields: Any) -> dict[str, Any]:
    """A native line with scores of its first step."""
    given = [{"scorer": "ada", "kind": "HUMAN", "score": score, "step_index": 0} | fields for score in scores]
    return native_trace(prompt, scores=given)


async def send(
    client: httpx.AsyncClient, body: bytes | AsyncIterator[bytes], media: str, *parameters: tuple[str, str]
) -> dict[str, Any]:
    """The answer to a body, with its status."""
    headers = {"Content-Type": media}
    response = await client.post("/v1/traces", content=body, params=list(parameters), headers=headers)
    return {"status": response.status_code, **response.json()}


def messages(answer: dict[str, Any]) -> list[str]:
    """Returns the errors of a response."""
    return [error["message"] for error in answer["errors"]]


def parquet(columns: dict[str, Any], **options: Any) -> bytes:
    """A Parquet file with those columns."""
    file = io.BytesIO()
    pq.write_table(pa.table(columns), file, **options)
    return file.getvalue()
