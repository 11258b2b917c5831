"""A dataset that is stored without the API, for the tests of commands."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import insert

from tests.support.factories import START, insert_rows
from tunix_rt.db.identity import new_id
from tunix_rt.db.models import dataset_traces, datasets
from tunix_rt.db.session import Database
from tunix_rt.domain.jobs.ledger import completed_job

KEY = "math-v1"


async def store_dataset(database: Database, rows: list[dict[str, Any]]) -> uuid.UUID:
    """A dataset of some traces, in their order."""
    dataset_id = new_id()
    about = {"key": KEY, "name": "math", "version": "v1", "build_id": new_id(), "trace_count": len(rows)}
    members = [
        {
            "dataset_id": dataset_id,
            "position": position,
            "trace_id": row["id"],
            "content_hash": bytes.fromhex(row["content_hash"]),
            "prompt_hash": bytes.fromhex(row["prompt_hash"]),
        }
        for position, row in enumerate(rows)
    ]
    whole = {"id": dataset_id, "sha256": "0" * 64, "recipe": {}, "stats": {}} | completed_job(START)
    async with database.write() as session:
        await insert_rows(session, rows)
        await session.execute(insert(datasets).values(about | whole))
        await session.execute(insert(dataset_traces), members)
    return dataset_id
