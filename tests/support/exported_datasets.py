"""A dataset and the records of its exports."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import httpx
import pytest

from tests.support.api import Ask, Store
from tests.support.exports import (
    CREATE_DATASET,
)
from tests.support.traces import trace_input


@pytest.fixture
async def dataset(ask: Ask, store: Store) -> dict[str, Any]:
    """A dataset of five traces, the newest first."""
    await store(*(trace_input(f"prompt {number}", meta={"source": "s", "n": number}) for number in range(5)))
    payload = (await ask(CREATE_DATASET, input={"name": "math", "version": "v1"}))["createDataset"]
    found: dict[str, Any] = payload["dataset"]
    return found


async def lines_of(client: httpx.AsyncClient, export: dict[str, Any]) -> list[Any]:
    """Returns the records of an export's file, after comparing the file with the export's size and hash."""
    response = await client.get(export["downloadUrl"])
    assert response.status_code == 200, response.text
    assert (len(response.content), hashlib.sha256(response.content).hexdigest()) == (
        export["byteSize"],
        export["sha256"],
    )
    return [json.loads(line) for line in response.text.splitlines()]


def prompts(lines: list[Any]) -> list[str]:
    """The prompts of records in the format TRACE."""
    return [line["prompts"] for line in lines]
