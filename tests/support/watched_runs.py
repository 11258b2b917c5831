"""Subscriptions to runs that poll more often than those of a server."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.subscriptions import Socket
from tests.support.traces import data_of
from tunix_rt.api.live import changed_runs, job_events

SEQS = "subscription ($id: ID!, $after: Int! = 0) { runEvents(id: $id, after: $after) { seq } }"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks more often than a server does, so that tests wait less."""
    monkeypatch.setattr(job_events, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(changed_runs, "POLL_SECONDS", 0.01)


async def reported(opened: Socket, name: str, number: int) -> list[dict[str, Any]]:
    """Returns the next ``number`` events of an operation."""
    found: list[dict[str, Any]] = []
    while len(found) < number:
        message = await opened.receive()
        assert (message["id"], message["type"]) == (name, "next"), message
        found += data_of(message["payload"])["runEvents"]
    assert len(found) == number, "more events were sent than written"
    return found


async def seqs(opened: Socket, name: str, number: int) -> list[int]:
    """Returns the sequence numbers of the next ``number`` events."""
    return [found["seq"] for found in await reported(opened, name, number)]
