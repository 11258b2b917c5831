"""Generations for workers without the database, claimed as such workers do it."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from tests.support.runs import StandIn, make_dataset, with_stand_in
from tunix_rt.db.identity import now
from tunix_rt.db.models import generations, trace_origins
from tunix_rt.db.models.jobs import JobKindName
from tunix_rt.db.session import Database
from tunix_rt.domain.attempts.claims import ClaimedAttempt, WorkerClaim, claim_attempt, may_claim
from tunix_rt.domain.exports.sources import OfDataset
from tunix_rt.domain.generations.lifecycle import GenerationPlan, enter_generation
from tunix_rt.domain.generations.options import GenerationOptions
from tunix_rt.settings import Settings

PROMPTS, SAMPLES = 5, 3
LEASE = timedelta(seconds=60)
TINY = "tiny-random/qwen3"


@pytest.fixture
def settings(settings: Settings, stand_in: StandIn) -> Settings:
    """The settings of a server that runs no jobs itself, and waits for no lost attempt."""
    return with_stand_in(settings, stand_in, worker=False, worker_grace_seconds=0.0)


async def entered(database: Database, model_id: str = TINY, *labels: str) -> uuid.UUID:
    """A generation that waits."""
    options = GenerationOptions(samples_per_prompt=SAMPLES, scorers=("baseline",), labels=labels)
    source = OfDataset(await make_dataset(database, PROMPTS, name=uuid.uuid4().hex))
    async with database.write() as session:
        row = await enter_generation(session, GenerationPlan(model_id, source, options), now())
    return uuid.UUID(str(row["id"]))


async def row_of(database: Database, generation_id: uuid.UUID) -> Any:
    """A generation's row."""
    async with database.read() as session:
        return (await session.execute(select(generations).where(generations.c.id == generation_id))).one()


async def keys_of(database: Database, generation_id: uuid.UUID) -> list[tuple[int, int]]:
    """The keys of the stored answers, in order."""
    columns = (trace_origins.c.prompt_position, trace_origins.c.sample_index)
    query = select(*columns).where(trace_origins.c.generation_id == generation_id).order_by(*columns)
    async with database.read() as session:
        return [(row[0], row[1]) for row in await session.execute(query)]


async def let_pass(database: Database, generation_id: uuid.UUID) -> None:
    """Lets time pass for a generation's lease."""
    mine = update(generations).where(generations.c.id == generation_id, generations.c.owner.is_not(None))
    async with database.write() as session:
        await session.execute(mine.values(lease_expires_at=now() - timedelta(minutes=1)))


async def claimed(database: Database, owner: str = "w:1:a", **changed: Any) -> ClaimedAttempt | None:
    """The attempt that a claim gets."""
    given: dict[str, Any] = {"worker": uuid.uuid4(), "host": "h", "process_id": 1, "version": "1"}
    claim = WorkerClaim(**given | {"kinds": [JobKindName.GENERATION], "owner": owner} | changed)
    async with database.write() as session:
        wanted = await may_claim(session, claim, LEASE, timedelta())
        found = await claim_attempt(session, claim, LEASE, timedelta())
    assert wanted or found is None
    return found


async def held(database: Database) -> ClaimedAttempt:
    """The first attempt at a new generation."""
    await entered(database)
    found = await claimed(database)
    assert found is not None
    return found
