"""A server for the Python client, on a fresh database of each kind."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.background import background_server
from tests.support.runs import StandIn, stand_in, with_stand_in
from tunix_rt.settings import Settings
from tunix_rt_client import Client

__all__ = ["stand_in"]

ROWS = [
    {
        "prompt": f"What is {number} + {number}?",
        "steps": f"Add {number} to itself.\nThat is {2 * number}.",
        "final_answer": str(2 * number),
        "reference_answer": str(2 * number if number % 3 else -1),
        "external_id": f"sum-{number}",
        "level": number % 2,
    }
    for number in range(30)
]
"""Plain rows, of which every third has an answer that differs from its reference."""


@pytest.fixture
def trainer(stand_in: StandIn) -> StandIn:
    """A trainer that stands in for runs of the server."""
    return stand_in


@pytest.fixture
def served(settings: Settings, trainer: StandIn) -> Iterator[str]:
    """The URL of a server on the fresh database, without traces, in a thread: a process takes seconds to start."""
    with background_server(with_stand_in(settings, trainer)) as url:
        yield url


@pytest.fixture
def client(served: str) -> Iterator[Client]:
    """The sync client of that server."""
    with Client(served) as connected:
        yield connected


@pytest.fixture
def filled(client: Client) -> Client:
    """The client, with the rows imported."""
    assert client.import_traces(ROWS, set={"source": "sums"}).added == len(ROWS)
    return client
