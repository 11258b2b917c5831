"""A statement is compiled once for all databases of one kind that a process opens."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from sqlalchemy import literal, select

from tunix_rt.db.connections.compiled import COMPILED, CompiledStatements
from tunix_rt.db.session import Database
from tunix_rt.settings import Settings


async def read(settings: Settings, value: str) -> str:
    """Returns a value through the database's own connection for reading."""
    database = Database(settings)
    async with database.read() as session:
        found: str = (await session.execute(select(literal(value).label("compiled_once")))).scalar_one()
    await database.close()
    return found


async def test_a_statement_of_a_second_database_is_compiled_already(settings: Settings):
    COMPILED.clear()
    assert await read(settings, "first") == "first"
    known = list(COMPILED)
    assert any("compiled_once" in repr(key) for key in known)

    assert await read(settings, "second") == "second"
    assert list(COMPILED) == known


async def test_those_of_the_two_databases_are_apart(sqlite_url: str, postgresql_url: str, tmp_path: Path):
    COMPILED.clear()
    settings = Settings(data_dir=tmp_path)
    for url in (sqlite_url, postgresql_url):
        assert await read(replace(settings, database_url=url), "same") == "same"
    names = [key[0] for key in COMPILED if "compiled_once" in repr(key)]
    assert names == ["sqlite", "postgresql"]


def test_a_version_has_its_own():
    class Dialect:
        name = "postgresql"
        server_version_info = (15, 1)

    class NewerDialect(Dialect):
        server_version_info = (18, 0)

    cache = CompiledStatements(2)
    cache[Dialect(), "statement"] = "older"
    assert cache.get((Dialect(), "statement")) == "older"
    assert cache.get((NewerDialect(), "statement"), "none") == "none"
