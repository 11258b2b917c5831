"""The keys in memory: when they are read, what they decide, and which streams they end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.engine import Engine

from tests.support.keys import new_key
from tests.support.waiting import until
from tunix_rt.db.models import api_keys
from tunix_rt.db.session import Database
from tunix_rt.domain.keys import ring as module
from tunix_rt.domain.keys.grant import WITHOUT_KEY, Grant, Undecided
from tunix_rt.domain.keys.ring import REFRESH_SECONDS, USABLE_SECONDS, KeyRing
from tunix_rt.domain.keys.scopes import KeyScope
from tunix_rt.domain.keys.storage import find_key, record_use, revoke_key, rotate_key
from tunix_rt.domain.signed_urls import Signer
from tunix_rt.errors import Unauthenticated, Unavailable
from tunix_rt.settings import Settings


@pytest.fixture
async def ring(database: Database, tmp_path: Path) -> AsyncIterator[KeyRing]:
    """The keys of a server on loopback."""
    ring = KeyRing(database, Signer(tmp_path, timedelta()), always=False, local_without=False)
    yield ring
    await ring.close()


@pytest.fixture
def at_short_intervals(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reads keys at intervals of a hundredth of a second."""
    monkeypatch.setattr(module, "REFRESH_SECONDS", 0.01)


@pytest.fixture
def broken(tmp_path: Path) -> Database:
    """A database that cannot be read."""
    file = tmp_path / "no.db"
    file.write_bytes(b"This is not a database. " * 500)
    return Database(Settings(data_dir=tmp_path, database_url=f"sqlite+aiosqlite:///{file}"))


async def revoke(database: Database, name: str) -> None:
    """Revokes a key, as another process does."""
    async with database.write() as session:
        await revoke_key(session, await find_key(session, name))


@contextmanager
def statements_on_keys(verb: str) -> Iterator[list[str]]:
    """Collects the statements on the table of keys that begin with a verb."""
    statements: list[str] = []

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        if "api_keys" in statement and statement.startswith(verb):
            statements.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(Engine, "before_cursor_execute", note)


async def is_refused(ring: KeyRing, secret: str) -> bool:
    """Returns whether a secret is refused."""
    try:
        await ring.grant(secret, local=True)
    except Unauthenticated:
        return True
    return False


def test_another_process_has_an_effect_within_five_seconds():
    assert REFRESH_SECONDS < USABLE_SECONDS < 5


async def test_requests_are_decided_without_the_database(ring: KeyRing, database: Database):
    secret = await new_key(database, "ada")
    await ring.grant(secret, local=True)

    with statements_on_keys("SELECT") as statements:
        for _ in range(500):
            assert (await ring.grant(secret, local=True)).name == "ada"

    assert statements == []


async def test_many_requests_share_one_reading(ring: KeyRing):
    grants = await asyncio.gather(*(ring.grant(None, local=True) for _ in range(50)))

    assert grants == [WITHOUT_KEY] * 50


async def test_the_first_key_of_another_process_is_required_at_once(
    ring: KeyRing, database: Database, at_short_intervals: None
):
    assert await ring.grant(None, local=True) is WITHOUT_KEY
    secret = await new_key(database, "ada")

    async def is_closed() -> bool:
        try:
            await ring.grant(None, local=True)
        except Unauthenticated:
            return True
        return False

    await until(is_closed)
    assert (await ring.grant(secret, local=True)).scopes == {KeyScope.READ}


async def test_revoking_and_rotating_by_another_process_are_noticed(
    ring: KeyRing, database: Database, at_short_intervals: None
):
    secrets = [await new_key(database, name) for name in ("ada", "bob")]
    for secret in secrets:
        assert not await is_refused(ring, secret)
    await revoke(database, "ada")
    async with database.write() as session:
        _, rotated = await rotate_key(session, await find_key(session, "bob"), None)

    for secret in secrets:
        await until(partial(is_refused, ring, secret))
    assert not await is_refused(ring, rotated.text)


async def test_streams_end_with_their_key_only(ring: KeyRing, database: Database, at_short_intervals: None):
    ended: list[str] = []
    grants: dict[str, Grant] = {}
    for name in ("ada", "bob"):
        secret = await new_key(database, name)
        await ring.refresh()
        grants[name] = await ring.grant(secret, local=True)

    with (
        ring.watching(grants["ada"], lambda: ended.append("ada")),
        ring.watching(grants["bob"], lambda: ended.append("bob")),
    ):
        await revoke(database, "ada")
        await until(lambda: value_of(ended))
        await ring.refresh()

    assert ended == ["ada"]


async def value_of(found: list[str]) -> list[str]:
    """Returns a list when it is asked for."""
    return found


async def test_a_stream_without_a_key_ends_when_the_first_key_is_created(
    ring: KeyRing, database: Database, at_short_intervals: None
):
    ended: list[str] = []
    with ring.watching(await ring.grant(None, local=True), lambda: ended.append("anonymous")):
        await new_key(database, "ada")
        await until(lambda: value_of(ended))

    assert ended == ["anonymous"]


async def test_a_stream_ends_when_its_key_expires(
    ring: KeyRing, database: Database, at_short_intervals: None, monkeypatch: pytest.MonkeyPatch
):
    soon, ended = datetime.now(UTC) + timedelta(hours=1), []
    grant = await ring.grant(await new_key(database, "ada", expires_at=soon), local=True)
    with ring.watching(grant, lambda: ended.append("ada")):
        monkeypatch.setattr(module, "now", lambda: soon)
        await until(lambda: value_of(ended))

    assert ended == ["ada"]


async def test_nothing_is_read_after_the_last_stream(ring: KeyRing, database: Database, at_short_intervals: None):
    with ring.watching(await ring.grant(None, local=True), lambda: None):
        assert ring._watching is not None

    async def is_idle() -> bool:
        return ring._watching is None

    await until(is_idle)


async def test_keys_that_were_never_read_permit_nothing(broken: Database, tmp_path: Path):
    ring = KeyRing(broken, Signer(tmp_path, timedelta()), always=False, local_without=False)
    await ring.start()
    grant = await ring.grant(None, local=True)
    with pytest.raises(Unavailable, match="cannot be read"):
        grant.require({KeyScope.READ})
    grant.require(())
    await ring.close()
    await broken.close()

    assert isinstance(grant, Undecided)


async def test_an_address_of_the_network_is_closed_while_keys_cannot_be_read(broken: Database, tmp_path: Path):
    ring = KeyRing(broken, Signer(tmp_path, timedelta()), always=True, local_without=False)
    with pytest.raises(Unavailable, match="cannot be read"):
        await ring.grant(None, local=True)
    await ring.close()
    await broken.close()


async def test_keys_are_forgotten_if_they_cannot_be_read_again(
    ring: KeyRing, database: Database, broken: Database, monkeypatch: pytest.MonkeyPatch
):
    secret = await new_key(database, "ada")
    await ring.grant(secret, local=True)
    monkeypatch.setattr(module, "REFRESH_SECONDS", 0.0)
    monkeypatch.setattr(module, "USABLE_SECONDS", 0.0)
    monkeypatch.setattr(ring, "_database", broken)

    with pytest.raises(Unavailable, match="cannot be read"):
        await ring.grant(secret, local=True)
    await broken.close()


async def test_the_last_use_is_written_at_most_once_a_minute(database: Database):
    await new_key(database, "ada")
    uses = []
    for _ in range(2):
        async with database.write() as session:
            await record_use(session, await find_key(session, "ada"))
        async with database.read() as session:
            uses.append((await session.execute(select(api_keys.c.last_used_at))).scalar_one())

    assert uses[0] == uses[1] is not None


async def test_a_use_is_stored_once_a_minute_however_many_requests_there_are(
    ring: KeyRing, database: Database, monkeypatch: pytest.MonkeyPatch
):
    secret = await new_key(database, "ada")
    with statements_on_keys("UPDATE") as stored:
        for _ in range(20):
            await ring.grant(secret, local=True)
        monkeypatch.setattr(module, "USE_RECORDED", timedelta(0))
        await ring.grant(secret, local=True)
        await ring.close()

    assert len(stored) == 2


async def test_stopping_does_not_cut_off_a_statement(ring: KeyRing, database: Database):
    secret = await new_key(database, "ada")
    await ring.grant(secret, local=True)
    await ring.close()

    async with database.read() as session:
        assert (await session.execute(select(api_keys.c.last_used_at))).scalar_one() is not None
