"""Traces created through the API."""

from __future__ import annotations

from typing import Any

from tests.support.api import Ask
from tests.support.traces import (
    COUNT_TRACES,
    CREATE_TRACE,
)

OWL = "🦉"


async def create(ask: Ask, trace: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """The payload of createTrace."""
    payload: dict[str, Any] = (await ask(CREATE_TRACE, input={"trace": trace, **fields}))["createTrace"]
    return payload


async def count(ask: Ask) -> int:
    """Returns the number of stored traces."""
    number: int = (await ask(COUNT_TRACES))["traces"]["totalCount"]
    return number
