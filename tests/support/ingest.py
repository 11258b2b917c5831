"""Requests to ``POST /v1/traces``."""

from __future__ import annotations

from typing import Any

import httpx
import orjson

from tests.support.traces import native_trace

NDJSON = "application/x-ndjson"


async def ingest(client: httpx.AsyncClient, lines: list[Any], **parameters: str) -> dict[str, Any]:
    """The answer to lines, with its status."""
    body = b"".join(orjson.dumps(line) + b"\n" for line in lines)
    response = await client.post("/v1/traces", content=body, params=parameters, headers={"Content-Type": NDJSON})
    return {"status": response.status_code, **response.json()}


def scored(prompt: str, *scores: float, **fields: Any) -> dict[str, Any]:
    """A native line with scores of its first step."""
    given = [{"scorer": "ada", "kind": "HUMAN", "score": score, "step_index": 0} | fields for score in scores]
    return native_trace(prompt, scores=given)
