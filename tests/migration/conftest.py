"""Fixtures of the migrations' tests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar

import pytest
from sqlalchemy import Connection, event
from sqlalchemy.ext.asyncio import create_async_engine

T = TypeVar("T")
Work: TypeAlias = Callable[[str, Callable[[Connection], Any]], Any]
"""``on(url, work)`` gives what ``work`` gives on a connection, and commits."""


@pytest.fixture
def on() -> Work:
    """Runs a function on a plain connection, with foreign keys on."""

    async def run(url: str, work: Callable[[Connection], T]) -> T:
        engine = create_async_engine(url)
        if engine.dialect.name == "sqlite":
            event.listen(engine.sync_engine, "connect", lambda raw, _: raw.execute("PRAGMA foreign_keys=ON"))
        try:
            async with engine.begin() as connection:
                return await connection.run_sync(work)
        finally:
            await engine.dispose()

    return lambda url, work: asyncio.run(run(url, work))
