"""A newer version migrates the database while a server of the version before serves from it."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from tests.support.api import client_of
from tests.support.newer_version import NewerVersion
from tests.support.servers import clean_environment
from tests.support.traces import CREATE_TRACES, data_of, trace_input
from tunix_rt.cli.database import existing_database, migrate_if_needed
from tunix_rt.db.migrate import current_revision, revisions
from tunix_rt.db.session import Database
from tunix_rt.errors import SchemaOutdated
from tunix_rt.settings import Settings

ADD = """
    op.add_column("traces", sa.Column("newer", sa.Integer(), server_default="0", nullable=False))
    op.create_table("newer", sa.Column("id", sa.Integer, primary_key=True))
    op.create_index("ix_newer", "scores", ["scorer_version"])
""".strip()
REMOVE = 'op.drop_table("rubrics")'
PROMPTS = "{ traces { nodes { prompt scores { nodes { score } } } } }"


async def migrate_with(newer: NewerVersion, url: str) -> None:
    """Migrates the database by the command of the newer version."""
    environment = clean_environment() | newer.environment | {"TUNIX_RT_DATABASE_URL": url}
    command = [sys.executable, "-m", "tunix_rt", "migrate", "up"]
    await asyncio.to_thread(subprocess.run, command, env=environment, check=True)


async def store(client: httpx.AsyncClient, prompt: str) -> None:
    """Stores a trace."""
    variables = {"input": {"traces": [trace_input(prompt)]}}
    stored = (await client.post("/graphql", json={"query": CREATE_TRACES, "variables": variables})).json()
    assert data_of(stored)["createTraces"]["errors"] == []


async def prompts(client: httpx.AsyncClient) -> list[str]:
    """Returns the prompts of all traces, newest first."""
    nodes = data_of((await client.post("/graphql", json={"query": PROMPTS})).json())["traces"]["nodes"]
    return [node["prompt"] for node in nodes]


async def test_a_server_of_the_version_before_works_until_its_schema_is_gone(
    settings: Settings, database: Database, tmp_path: Path
):
    newer, older = NewerVersion(tmp_path / "newer"), replace(settings, worker=False)
    expanded = newer.add_step("expand", ADD)
    async with client_of(older) as client:
        await store(client, "before")
        await migrate_with(newer, settings.database_url)
        async with database.read() as session:
            assert await current_revision(session) == expanded
        await store(client, "after")
        assert await prompts(client) == ["after", "before"]
        assert (await client.get("/readyz")).status_code == 200

        await migrate_if_needed(database, older)  # as the older version starts again
        async with existing_database(older), client_of(older) as restarted:
            await store(restarted, "restarted")
            assert await prompts(restarted) == ["restarted", "after", "before"]
        assert expanded not in revisions()

        contracted = newer.add_step("contract", REMOVE)
        await migrate_with(newer, settings.database_url)
        refused = await client.get("/readyz")
        with pytest.raises(SchemaOutdated, match=contracted):
            await migrate_if_needed(database, older)

    assert refused.status_code == 503
    assert contracted in refused.json()["errors"][0]["message"]
