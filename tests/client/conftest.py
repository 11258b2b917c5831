"""A server process for the Python client, on a fresh database of each kind."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.runs import StandIn, make_stand_in
from tests.support.servers import RunningServer, serving
from tunix_rt_client import Client

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
def trainer(tmp_path: Path) -> StandIn:
    """A trainer that stands in for runs of the server."""
    return make_stand_in(tmp_path)


@pytest.fixture
def served(database_url: str, tmp_path: Path, trainer: StandIn) -> Iterator[RunningServer]:
    """A server on the fresh database, without traces."""
    environment = trainer.environment | {"TUNIX_RT_DATABASE_URL": database_url, "TUNIX_RT_LOAD_SAMPLES": "false"}
    with serving([sys.executable, "-m", "tunix_rt"], tmp_path, environment) as running:
        yield running


@pytest.fixture
def client(served: RunningServer) -> Iterator[Client]:
    """The sync client of that server."""
    with Client(served.url) as connected:
        yield connected


@pytest.fixture
def filled(client: Client) -> Client:
    """The client, with the rows imported."""
    assert client.import_traces(ROWS, set={"source": "sums"}).added == len(ROWS)
    return client
