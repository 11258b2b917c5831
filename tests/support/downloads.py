"""An export to download, and refusals."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.support.api import Ask, Store
from tests.support.exports import exported
from tests.support.traces import trace_input


@pytest.fixture
async def export(ask: Ask, store: Store) -> dict[str, Any]:
    """A finished export of a few traces."""
    await store(*(trace_input(f"prompt {number}") for number in range(20)))
    return await exported(ask, where={})


def code(response: httpx.Response) -> str:
    """The code of a refusal."""
    (error,) = response.json()["errors"]
    assert error["extensions"]["requestId"] == response.headers["x-request-id"]
    found: str = error["extensions"]["code"]
    return found
