"""Files over plain HTTP: whole and in ranges, by a signed URL, for as long as it is valid."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import stat
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from sqlalchemy import insert

from tests.support.api import Ask, Store
from tests.support.exports import CREATE_DATASET, EXPORT, exported
from tests.support.factories import insert_rows, population
from tests.support.ledger import export_row
from tests.support.traces import DELETE_TRACES, on_sqlite, trace_input
from tunix_rt.app import create_app
from tunix_rt.db.identity import now
from tunix_rt.db.models import exports
from tunix_rt.db.session import Database
from tunix_rt.domain.exports.formats import export_formats
from tunix_rt.domain.signed_urls import Signer
from tunix_rt.errors import Forbidden, Unavailable
from tunix_rt.settings import Settings


@pytest.fixture
async def export(ask: Ask, store: Store) -> dict[str, Any]:
    """A finished export of a few traces."""
    await store(*(trace_input(f"prompt {number}") for number in range(20)))
    return await exported(ask, where={})


@pytest.fixture
async def content(app_client: httpx.AsyncClient, export: dict[str, Any]) -> bytes:
    """Its file."""
    return (await app_client.get(export["downloadUrl"])).content


def code(response: httpx.Response) -> str:
    """The code of a refusal."""
    (error,) = response.json()["errors"]
    assert error["extensions"]["requestId"] == response.headers["x-request-id"]
    found: str = error["extensions"]["code"]
    return found


@on_sqlite
async def test_a_file_is_an_attachment_with_its_digest(
    app_client: httpx.AsyncClient, export: dict[str, Any], content: bytes
):
    response = await app_client.get(export["downloadUrl"])

    assert export["downloadUrl"].startswith(f"http://127.0.0.1:8000/v1/exports/{export['uuid']}/{export['fileName']}?")
    assert (response.status_code, hashlib.sha256(content).hexdigest()) == (200, export["sha256"])
    assert response.headers["content-disposition"] == f'attachment; filename="{export["fileName"]}"'
    assert response.headers["content-type"] == "application/x-ndjson; charset=utf-8"
    assert response.headers["etag"] == f'"{export["sha256"]}"'
    assert response.headers["accept-ranges"] == "bytes"
    assert int(response.headers["content-length"]) == len(content) == export["byteSize"]


@on_sqlite
async def test_only_the_head_is_asked_for(app_client: httpx.AsyncClient, export: dict[str, Any]):
    response = await app_client.head(export["downloadUrl"])

    assert (response.status_code, response.content) == (200, b"")
    assert int(response.headers["content-length"]) == export["byteSize"]


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [("bytes=0-9", 0, 10), ("bytes=10-", 10, None), ("bytes=-7", -7, None), ("bytes=5-999999999", 5, None)],
)
@on_sqlite
async def test_a_part_is_asked_for(
    app_client: httpx.AsyncClient,
    export: dict[str, Any],
    content: bytes,
    asked: str,
    start: int,
    stop: int | None,
):
    response = await app_client.get(export["downloadUrl"], headers={"Range": asked})

    assert (response.status_code, response.content) == (206, content[start:stop])
    first = len(content) + start if start < 0 else start
    assert response.headers["content-range"] == f"bytes {first}-{first + len(response.content) - 1}/{len(content)}"


@on_sqlite
async def test_a_part_beyond_the_end_is_refused(app_client: httpx.AsyncClient, export: dict[str, Any], content: bytes):
    response = await app_client.get(export["downloadUrl"], headers={"Range": f"bytes={len(content)}-"})

    assert (response.status_code, code(response)) == (416, "BAD_USER_INPUT")
    assert response.headers["content-range"] == f"bytes */{len(content)}"


@pytest.mark.parametrize("asked", ["bytes", "bytes=", "bytes=a-b", "bytes=5-3"])
@on_sqlite
async def test_a_part_that_is_not_understood_is_refused(
    app_client: httpx.AsyncClient, export: dict[str, Any], asked: str
):
    response = await app_client.get(export["downloadUrl"], headers={"Range": asked})

    assert (response.status_code, code(response)) == (400, "BAD_USER_INPUT")


@pytest.mark.parametrize("asked", ["nonsense", "lines=1-2", "x=0-4", "=0-4", ""])
@on_sqlite
async def test_a_range_in_another_unit_is_ignored(
    app_client: httpx.AsyncClient, export: dict[str, Any], content: bytes, asked: str
):
    response = await app_client.get(export["downloadUrl"], headers={"Range": asked})

    assert (response.status_code, response.content) == (200, content)


@pytest.mark.parametrize("asked", ["bytes=0-4", "bytes=999999999-", "bytes=x"])
@on_sqlite
async def test_the_head_has_no_parts(app_client: httpx.AsyncClient, export: dict[str, Any], asked: str):
    response = await app_client.head(export["downloadUrl"], headers={"Range": asked})

    assert response.status_code == 200
    assert int(response.headers["content-length"]) == export["byteSize"]


@pytest.mark.parametrize(
    ("tags", "status"), [('"SHA"', 200), ('"x", "SHA"', 200), ("*", 200), ('"x"', 412), ('W/"SHA"', 412), ("", 412)]
)
@on_sqlite
async def test_another_file_than_is_asked_for_is_refused(
    app_client: httpx.AsyncClient, export: dict[str, Any], tags: str, status: int
):
    headers = {"If-Match": tags.replace("SHA", export["sha256"]), "If-None-Match": '"y"'}
    response = await app_client.get(export["downloadUrl"], headers=headers)

    assert response.status_code == status
    if status == 412:
        assert code(response) == "BAD_USER_INPUT"


@on_sqlite
async def test_several_parts_are_asked_for(app_client: httpx.AsyncClient, export: dict[str, Any], content: bytes):
    response = await app_client.get(export["downloadUrl"], headers={"Range": "bytes=0-4, 10-14"})

    assert response.status_code == 206
    assert response.headers["content-type"].startswith("multipart/byteranges")
    assert content[:5] in response.content
    assert content[10:15] in response.content


@on_sqlite
async def test_a_download_goes_on_where_it_stopped_only_if_the_file_is_the_same(
    app_client: httpx.AsyncClient, export: dict[str, Any], content: bytes
):
    for etag, status, expected in ((f'"{export["sha256"]}"', 206, content[100:]), ('"another"', 200, content)):
        headers = {"Range": "bytes=100-", "If-Range": etag}
        response = await app_client.get(export["downloadUrl"], headers=headers)
        assert (response.status_code, response.content) == (status, expected)


@pytest.mark.parametrize(
    ("tags", "status"), [('"SHA"', 304), ('W/"SHA"', 304), ('"x", "SHA"', 304), ("*", 304), ('"x"', 200)]
)
@on_sqlite
async def test_a_file_that_is_known_is_not_sent_again(
    app_client: httpx.AsyncClient, export: dict[str, Any], tags: str, status: int
):
    headers = {"If-None-Match": tags.replace("SHA", export["sha256"])}
    response = await app_client.get(export["downloadUrl"], headers=headers)

    assert response.status_code == status
    assert response.headers["etag"] == f'"{export["sha256"]}"'


@on_sqlite
async def test_a_url_is_good_for_its_file_alone(app_client: httpx.AsyncClient, ask: Ask, export: dict[str, Any]):
    other = await exported(ask, where={}, format="TUNIX_SFT")
    url = urlsplit(export["downloadUrl"])
    query = parse_qs(url.query)
    expires, signature = query["expires"][0], query["signature"][0]
    foreign = urlsplit(other["downloadUrl"])
    for path, words in (
        (foreign.path, url.query),
        (url.path, foreign.query),
        (url.path, ""),
        (url.path, f"expires={expires}"),
        (url.path, f"signature={signature}"),
        (url.path, f"expires={int(expires) + 1}&signature={signature}"),
        (url.path, f"expires={expires}&signature={signature[:-1]}"),
        (url.path, f"expires={expires}&signature=%C3%A9"),
        (url.path, f"expires=²&signature={signature}"),
        (url.path, f"expires=-1&signature={signature}"),
        (url.path, f"expires={'9' * 50}&signature={signature}"),
        (url.path.replace(".jsonl", ".json"), url.query),
        (f"/v1/exports/{uuid.uuid4()}/{export['fileName']}", url.query),
        ("/v1/exports/nonsense/file", url.query),
    ):
        response = await app_client.get(f"{path}?{words}")
        assert (response.status_code, code(response)) == (403, "FORBIDDEN"), (path, words)


def signer(settings: Settings, seconds: float = 60) -> Signer:
    """The signer of a server, as another process of it has it."""
    return Signer(settings.data_dir, timedelta(seconds=seconds))


@on_sqlite
async def test_a_url_expires(app_client: httpx.AsyncClient, settings: Settings, export: dict[str, Any]):
    path = urlsplit(export["downloadUrl"]).path
    valid = signer(settings).signed(path, datetime.now(UTC))
    expired = signer(settings).signed(path, datetime.now(UTC) - timedelta(seconds=62))

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
    query = parse_qs(urlsplit(signer(settings).signed("/a", at, at + timedelta(seconds=5))).query)

    assert int(query["expires"][0]) == int((at + timedelta(seconds=5)).timestamp())


def test_paths_are_quoted(settings: Settings):
    at = datetime.now(UTC)
    url = urlsplit(signer(settings).signed("/v1/exports/a b/é?.jsonl", at))

    assert url.path == "/v1/exports/a%20b/%C3%A9%3F.jsonl"
    query = parse_qs(url.query)
    signer(settings).check("/v1/exports/a b/é?.jsonl", query["expires"][0], query["signature"][0], at)
    with pytest.raises(Forbidden):
        signer(settings).check("/v1/exports/a b/é?", query["expires"][0], query["signature"][0], at)


def test_the_secret_is_made_once_and_for_the_owner_alone(settings: Settings):
    at = datetime.now(UTC)
    urls = {signer(settings).signed("/a", at) for _ in range(3)}

    assert len(urls) == 1
    assert stat.S_IMODE((settings.data_dir / "secret").stat().st_mode) == 0o600
    assert [path.name for path in settings.data_dir.iterdir()] == ["secret"]


@pytest.mark.parametrize("secret", [b"", b"short"])
def test_a_secret_that_is_none_signs_nothing(settings: Settings, secret: bytes):
    settings.data_dir.mkdir()
    (settings.data_dir / "secret").write_bytes(secret)
    signer = Signer(settings.data_dir, timedelta(hours=1))
    forged = hmac.new(secret, b"/v1/a\n4102444800", hashlib.sha256).hexdigest()
    for use in (lambda: signer.signed("/v1/a", now()), lambda: signer.check("/v1/a", "4102444800", forged, now())):
        with pytest.raises(Unavailable, match=f"it has {len(secret)}. Remove it"):
            use()

    (settings.data_dir / "secret").unlink()
    assert "signature=" in signer.signed("/v1/a", now())


def test_a_folder_that_takes_no_secret_is_unavailable(settings: Settings, tmp_path: Path):
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(Unavailable, match="secret"):
        Signer(tmp_path / "file", timedelta(seconds=1)).signed("/a", datetime.now(UTC))


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


# Streams.


@pytest.fixture
async def key(ask: Ask, database: Database) -> str:
    """The key of a dataset of traces with awkward values."""
    async with database.write() as session:
        await insert_rows(session, population(seed=5, size=150)[0])
    payload = (await ask(CREATE_DATASET, input={"name": "odd", "version": "1"}))["createDataset"]
    found: str = payload["dataset"]["key"]
    return found


async def test_a_dataset_is_streamed_as_it_is_exported(app_client: httpx.AsyncClient, ask: Ask, key: str):
    for format_ in export_formats():
        export = await exported(ask, datasetId=key, format=format_.name)
        response = await app_client.get(f"/v1/datasets/{key}/export.jsonl", params={"format": format_.value})
        assert response.status_code == 200
        assert hashlib.sha256(response.content).hexdigest() == export["sha256"]
        assert response.headers["content-disposition"] == f'attachment; filename="{key}.{format_.value}.jsonl"'
        assert response.headers["content-type"] == "application/x-ndjson; charset=utf-8"


@on_sqlite
async def test_a_stream_takes_options_and_leaves_out_what_was_deleted(
    app_client: httpx.AsyncClient, ask: Ask, store: Store
):
    await store(trace_input("kept <bos>"), trace_input("deleted", meta={"source": "gone"}))
    dataset = (await ask(CREATE_DATASET, input={"name": "a", "version": "1"}))["createDataset"]["dataset"]
    await ask(DELETE_TRACES, input={"where": {"source": {"eq": "gone"}}})
    options = {"system_instruction": "Be brief.", "keep_control_tokens": "true", "round_trip": "true"}

    response = await app_client.get(
        f"/v1/datasets/{dataset['uuid']}/export.jsonl", params={"format": "TUNIX_SFT", **options}
    )

    (line,) = response.text.splitlines()
    assert "Be brief.\\n\\nkept <bos>" in line
    assert '"tunix_rt"' in line


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"format": "nonsense"}, "format must be one of trace, tunix_sft"),
        ({"format": ""}, "format must be one of"),
        ({"formats": "trace"}, "no parameter 'formats'"),
        ({"keep_control_tokens": "yes"}, "keep_control_tokens must be true or false"),
        ({"format": "trace", "system_instruction": "x"}, "is not supported"),
        ({"format": "tunix_sft", "system_instruction": "x" * 20_001}, "20000"),
    ],
)
@on_sqlite
async def test_a_stream_that_cannot_be_made_is_refused(
    app_client: httpx.AsyncClient, query: dict[str, str], words: str
):
    response = await app_client.get("/v1/datasets/any/export.jsonl", params=query)

    assert (response.status_code, code(response)) == (400, "BAD_USER_INPUT")
    assert words in response.json()["errors"][0]["message"]


@pytest.mark.parametrize("name", ["nothing", str(uuid.uuid4()), "a%20b", "%00"])
@on_sqlite
async def test_a_stream_of_an_unknown_dataset_is_not_found(app_client: httpx.AsyncClient, name: str):
    response = await app_client.get(f"/v1/datasets/{name}/export.jsonl")

    assert (response.status_code, code(response)) == (404, "NOT_FOUND")


@on_sqlite
async def test_the_head_of_a_stream(app_client: httpx.AsyncClient, key: str):
    response = await app_client.head(f"/v1/datasets/{key}/export.jsonl")

    assert (response.status_code, response.content) == (200, b"")
    assert key in response.headers["content-disposition"]


@on_sqlite
async def test_others_are_served_while_a_dataset_is_streamed(address: str, database: Database, settings: Settings):
    rows = [row | {"id": uuid.uuid4()} for row in population(seed=5, size=150)[0] for _ in range(100)]
    async with database.write() as session:
        await insert_rows(session, rows)
    async with httpx.AsyncClient(base_url=f"http://{address}", trust_env=False, timeout=60) as client:
        answer = await client.post(
            "/graphql", json={"query": CREATE_DATASET, "variables": {"input": {"name": "big", "version": "1"}}}
        )
        key = answer.json()["data"]["createDataset"]["dataset"]["key"]
        streaming = asyncio.create_task(client.get(f"/v1/datasets/{key}/export.jsonl?format=tunix_sft"))
        answered = 0
        while not streaming.done():
            assert (await client.post("/graphql", json={"query": "{ traces(first: 1) { nodes { id } } }"})).is_success
            answered += 1
        lines = (await streaming).text.splitlines()

    assert len(lines) == len(rows)
    assert answered > 10, "nobody else was served"
