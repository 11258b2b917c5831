"""Root fields that run at the same time, of which one fails."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest
from sqlalchemy import text

from tests.conftest import Execute
from tests.support.waiting import until
from tunix_rt.db.session import Database

FAILING = 'leaderboard(datasetId: $missing, scorer: "answer_match") { __typename }'
SIBLING = "scores { totalCount nodes { id } }"
WAITING = text(
    "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' "
    "AND query LIKE '%scores%'"
)
ALIVE = text("SELECT count(*) FROM pg_stat_activity WHERE pid = :pid")


@asynccontextmanager
async def locked_scores(database: Database) -> AsyncIterator[None]:
    """Nobody else can read the table of scores until the block ends."""
    async with database.write() as session:
        await session.execute(text("LOCK TABLE scores IN ACCESS EXCLUSIVE MODE"))
        yield


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_failing_field_does_not_cost_the_connection_of_another(
    graphql: Execute, database: Database, caplog: pytest.LogCaptureFixture
):
    query = f"query ($missing: ID!) {{ {FAILING} {SIBLING} }}"
    async with database.read() as session:

        async def waiting() -> int | None:
            return (await session.execute(WAITING)).scalar()

        with caplog.at_level(logging.WARNING):
            async with locked_scores(database):
                request = asyncio.ensure_future(graphql(query, {"missing": str(uuid4())}))
                process = await until(waiting, "the other field does not read")
            answer = await request
        assert [error["extensions"]["code"] for error in answer["errors"]] == ["NOT_FOUND"]
        assert (await session.execute(ALIVE, {"pid": process})).scalar() == 1
    assert caplog.records == []
