"""Signed URLs of files."""

from __future__ import annotations

import hashlib
import hmac
import stat
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from sqlalchemy import insert

from tests.support.api import Ask
from tests.support.downloads import code, export
from tests.support.exports import EXPORT
from tests.support.ledger import export_row
from tests.support.traces import on_sqlite
from tunix_rt.app import create_app
from tunix_rt.db.identity import now
from tunix_rt.db.models import exports
from tunix_rt.db.session import Database
from tunix_rt.domain.signed_urls import Signer
from tunix_rt.errors import Forbidden, Unavailable
from tunix_rt.settings import Settings

__all__ = ["export"]


def signer(settings: Settings, seconds: float = 60) -> Signer:
    """The signer of a server, as another process of it has it."""
    return Signer(settings.data_dir, timedelta(seconds=seconds))


@on_sqlite
async def test_a_url_expires(app_client: httpx.AsyncClient, settings: Settings, export: dict[str, Any]):
    path = urlsplit(export["downloadUrl"]).path
    valid = signer(settings).sign(path, datetime.now(UTC))
    expired = signer(settings).sign(path, datetime.now(UTC) - timedelta(seconds=62))

    assert (await app_client.get(valid)).status_code == 200
    refused = await app_client.get(expired)
    assert (refused.status_code, code(refused)) == (403, "FORBIDDEN")
    assert "expired" in refused.json()["errors"][0]["message"]


@on_sqlite
async def test_urls_begin_where_users_reach_the_server(settings: Settings, database: Database):
    row = completed_row()
    async with database.write() as session:
        await session.execute(insert(exports), [row])
    app = create_app(replace(settings, public_url="https://traces.example/rt/"))
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client,
    ):
        body = {"query": EXPORT, "variables": {"id": str(row["id"])}}
        found = (await client.post("/graphql", json=body)).json()["data"]["export"]

    assert found["downloadUrl"].startswith(f"https://traces.example/rt/v1/exports/{row['id']}/traces.jsonl?")


def completed_row() -> dict[str, Any]:
    """The row of an export that has completed, though its file is not there."""
    at = datetime.now(UTC)
    done: dict[str, Any] = {"status": "COMPLETED", "completed_at": at, "expires_at": at + timedelta(hours=1)}
    return export_row(path="nowhere/1/traces.jsonl", sha256="0" * 64, **done)


def test_no_url_outlives_its_file(settings: Settings):
    at = datetime.now(UTC)
    query = parse_qs(urlsplit(signer(settings).sign("/a", at, at + timedelta(seconds=5))).query)

    assert int(query["expires"][0]) == int((at + timedelta(seconds=5)).timestamp())


def test_paths_are_quoted(settings: Settings):
    at = datetime.now(UTC)
    url = urlsplit(signer(settings).sign("/v1/exports/a b/é?.jsonl", at))

    assert url.path == "/v1/exports/a%20b/%C3%A9%3F.jsonl"
    query = parse_qs(url.query)
    signer(settings).check("/v1/exports/a b/é?.jsonl", query["expires"][0], query["signature"][0], at)
    with pytest.raises(Forbidden):
        signer(settings).check("/v1/exports/a b/é?", query["expires"][0], query["signature"][0], at)


def test_the_secret_is_made_once_and_for_the_owner_alone(settings: Settings):
    at = datetime.now(UTC)
    urls = {signer(settings).sign("/a", at) for _ in range(3)}

    assert len(urls) == 1
    assert stat.S_IMODE((settings.data_dir / "secret").stat().st_mode) == 0o600
    assert [path.name for path in settings.data_dir.iterdir()] == ["secret"]


@pytest.mark.parametrize("secret", [b"", b"short"])
def test_a_secret_that_is_none_signs_nothing(settings: Settings, secret: bytes):
    settings.data_dir.mkdir()
    (settings.data_dir / "secret").write_bytes(secret)
    signer = Signer(settings.data_dir, timedelta(hours=1))
    forged = hmac.new(secret, b"/v1/a\n4102444800", hashlib.sha256).hexdigest()
    for use in (lambda: signer.sign("/v1/a", now()), lambda: signer.check("/v1/a", "4102444800", forged, now())):
        with pytest.raises(Unavailable, match=f"it has {len(secret)}. Remove it"):
            use()

    (settings.data_dir / "secret").unlink()
    assert "signature=" in signer.sign("/v1/a", now())


def test_a_folder_that_takes_no_secret_is_unavailable(settings: Settings, tmp_path: Path):
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(Unavailable, match="secret"):
        Signer(tmp_path / "file", timedelta(seconds=1)).sign("/a", datetime.now(UTC))


@on_sqlite
async def test_a_file_that_is_not_there_is_gone(
    app_client: httpx.AsyncClient, ask: Ask, settings: Settings, database: Database
):
    row = completed_row()
    async with database.write() as session:
        await session.execute(insert(exports), [row])
    url = (await ask(EXPORT, id=str(row["id"])))["export"]["downloadUrl"]
    response = await app_client.get(url)

    assert (response.status_code, code(response)) == (410, "NOT_FOUND")
