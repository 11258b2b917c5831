"""A large table in little time: stored traces copied by the database, without another check, hash or search index."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import text

from tests.benchmarks.databases import settings_for
from tunix_rt.db.session import Database

ORIGINALS = 20_000
COPIED = "trace_version, source, step_count, char_count, prompt_preview, final_answer_preview, meta, payload"
"""The columns that the copies share; ids, times and hashes are unique, and ids and times increase."""

OWN = {
    "sqlite": """lower(printf('01a%09x70008000%s', seq + :above, hex(randomblob(6)))),
        strftime('%Y-%m-%d %H:%M:%f', 1790000000 + (seq + :above) * 0.001, 'unixepoch') || '000',
        lower(hex(randomblob(32))), lower(hex(randomblob(32))), lower(hex(randomblob(32)))""",
    "postgresql": """
        CAST('01a' || lpad(to_hex(seq + :above), 9, '0') || '70008000' || left(md5(seq::text), 12) AS uuid),
        to_timestamp(1790000000 + (seq + :above) * 0.001),
        md5(random()::text) || md5(random()::text), md5(random()::text) || md5(random()::text),
        md5(random()::text) || md5(random()::text)""",
}


async def multiply(url: str, folder: Path, total: int) -> None:
    """Copies the traces of a table until it has ``total``; searches do not find the copies."""
    database = Database(settings_for(url, folder))
    statement = text(
        f"INSERT INTO traces (id, created_at, prompt_hash, content_hash, group_key, {COPIED}) "
        f"SELECT {OWN[database.kind]}, {COPIED} FROM traces ORDER BY seq LIMIT :most"
    )
    async with database.read() as session:
        count: int = (await session.execute(text("SELECT count(*) FROM traces"))).scalar_one()
    originals = min(count, ORIGINALS)
    while count < total:
        most = min(originals, total - count)
        async with database.write() as session:
            await session.execute(statement, {"above": count, "most": most})
        count += most
    await database.close()
