"""Reuse of exports: an equal one whose file is there and does not expire soon, or else one in progress."""

from __future__ import annotations

import uuid
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.support.ledger import enter, export_row
from tests.support.runs import make_dataset
from tunix_rt.db.identity import now
from tunix_rt.db.session import Database
from tunix_rt.domain.exports.containers import Container
from tunix_rt.domain.exports.files import storage_key
from tunix_rt.domain.exports.formats import ExportFormat, FormatOptions
from tunix_rt.domain.exports.reuse import best_of, exports_like
from tunix_rt.domain.storage.folder import FolderStorage

FORMAT, OPTIONS = ExportFormat.TUNIX_SFT, FormatOptions(template="think")
SECOND = timedelta(seconds=1)


def done(**columns: Any) -> dict[str, Any]:
    """Returns the columns of a completed export whose file is kept for a day."""
    at = now()
    ended = {"status": "COMPLETED", "attempt": 1, "progress": 1.0, "started_at": at, "completed_at": at}
    return ended | {"sha256": "0" * 64, "expires_at": at + timedelta(days=1)} | columns


async def test_the_newest_equal_export_that_is_kept_is_chosen(database: Database, tmp_path: Path):
    dataset, other, at = await make_dataset(database), await make_dataset(database, name="other"), now()
    like: dict[str, Any] = {"dataset_id": dataset, "format": FORMAT.value, "options": asdict(OPTIONS)}
    rows = [
        export_row(at + place * SECOND, **(like | columns))
        for place, columns in enumerate(
            [
                done(path="old"),
                done(path="kept"),
                done(path="expires", expires_at=at + timedelta(minutes=59)),
                done(path="gone"),
                done(path=None),
                {"status": "FAILED", "completed_at": at, "error_code": "INTERNAL", "error_message": "x"},
                done(path="kept", dataset_id=other),
                done(path="kept", format=ExportFormat.TRACE.value),
                done(path="kept", container=Container.CSV.value),
                done(path="kept", options=asdict(FormatOptions())),
            ]
        )
    ]
    waiting = [export_row(at + place * SECOND, **like) for place in (20, 21)]
    await enter(database, [*reversed(rows), *waiting])
    storage = FolderStorage(tmp_path)
    for name in ("old", "kept", "expires"):
        path = tmp_path / storage_key(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()

    async with database.read() as session:
        found = await exports_like(session, dataset, FORMAT, Container.JSONL, OPTIONS)
    ids: list[uuid.UUID] = [row["id"] for row in rows]
    assert [row.id for row in found] == [waiting[1]["id"], waiting[0]["id"], *reversed(ids[:5])]

    async def best(count: int) -> uuid.UUID | None:
        chosen = await best_of(found[:count], storage, at)
        return None if chosen is None else uuid.UUID(str(chosen.id))

    assert await best(7) == ids[1]
    assert await best(5) == waiting[1]["id"], "the newest in progress if no file is kept"
    assert await best_of(found[2:5], storage, at) is None
