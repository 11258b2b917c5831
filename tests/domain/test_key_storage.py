"""Stored keys: their lifetime over several rotations, their number, and which one a text names."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.support.keys import new_key
from tunix_rt.db.identity import now
from tunix_rt.db.models import api_keys
from tunix_rt.db.session import Database
from tunix_rt.domain.keys import storage
from tunix_rt.domain.keys.storage import find_key, has_usable_key, record_use, revoke_key, rotate_key
from tunix_rt.errors import Conflict

DAY = timedelta(days=1)


async def test_every_rotation_starts_the_same_lifetime_again(database: Database, monkeypatch: pytest.MonkeyPatch):
    start = now()
    await new_key(database, "ada", expires_at=start + 10 * DAY)
    await new_key(database, "for ever")

    for days in (4, 9):
        monkeypatch.setattr(storage, "now", lambda at=start + days * DAY: at)
        async with database.write() as session:
            row, _ = await rotate_key(session, await find_key(session, "ada"), None)
            ever, _ = await rotate_key(session, await find_key(session, "for ever"), None)
        assert row.rotated_at == start + days * DAY
        assert timedelta(0) <= row.rotated_at + 10 * DAY - row.expires_at < DAY / 2
        assert ever.expires_at is None


async def test_revoked_keys_count_among_all_that_there_may_be(database: Database, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(storage, "KEYS_MAX", 2)
    for name in ("ada", "bob"):
        await new_key(database, name)
    async with database.write() as session:
        await revoke_key(session, await find_key(session, "ada"))

    with pytest.raises(Conflict, match=r"There are 2 keys already, revoked ones included"):
        await new_key(database, "eve")


async def test_a_text_names_a_key_by_its_name_before_another_by_its_prefix(database: Database):
    await new_key(database, "ada")
    async with database.read() as session:
        ada, prefix = (await session.execute(select(api_keys.c.id, api_keys.c.prefix))).one()
        assert await find_key(session, prefix) == ada
    await new_key(database, prefix)

    async with database.read() as session:
        named = await session.scalar(select(api_keys.c.id).where(api_keys.c.name == prefix))
        assert await find_key(session, prefix) == named != ada


async def test_only_a_key_that_is_neither_revoked_nor_expired_is_usable(
    database: Database, monkeypatch: pytest.MonkeyPatch
):
    async def usable() -> bool:
        async with database.read() as session:
            return await has_usable_key(session)

    assert not await usable()
    await new_key(database, "ada", expires_at=now() + DAY)
    assert await usable()
    monkeypatch.setattr(storage, "now", lambda: now() + 2 * DAY)
    assert not await usable()
    await new_key(database, "bob")
    assert await usable()
    async with database.write() as session:
        await revoke_key(session, await find_key(session, "bob"))
    assert not await usable()


async def test_a_use_is_stored_again_before_a_server_reports_the_next_one(
    database: Database, monkeypatch: pytest.MonkeyPatch
):
    await new_key(database, "ada")
    start, uses = now(), []
    for seconds in (0, 29, 30, 59, 89.99):
        monkeypatch.setattr(storage, "now", lambda at=start + timedelta(seconds=seconds): at)
        async with database.write() as session:
            await record_use(session, await find_key(session, "ada"))
            uses.append((await session.execute(select(api_keys.c.last_used_at))).scalar_one())

    assert [(use - start).total_seconds() for use in uses] == [0, 0, 30, 30, 89.99]
