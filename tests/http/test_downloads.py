"""Files over plain HTTP: whole and in ranges, by a signed URL, for as long as it is valid."""

from __future__ import annotations

import hashlib
import uuid
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.support.api import Ask
from tests.support.downloads import code, export
from tests.support.exports import exported
from tests.support.traces import on_sqlite

__all__ = ["export"]


@pytest.fixture
async def content(app_client: httpx.AsyncClient, export: dict[str, Any]) -> bytes:
    """Its file."""
    return (await app_client.get(export["downloadUrl"])).content


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
async def test_of_several_parts_those_that_there_are_are_sent(
    app_client: httpx.AsyncClient, export: dict[str, Any], content: bytes
):
    response = await app_client.get(export["downloadUrl"], headers={"Range": "bytes=999999999-,0-4"})

    assert (response.status_code, response.content) == (206, content[:5])


@on_sqlite
async def test_preconditions_by_tag_and_by_date(app_client: httpx.AsyncClient, export: dict[str, Any]):
    url, tag = export["downloadUrl"], f'"{export["sha256"]}"'
    then = (await app_client.head(url)).headers["last-modified"]
    sent: list[tuple[list[tuple[str, str]], int]] = [
        ([("If-None-Match", '"x"'), ("If-None-Match", tag)], 304),
        ([("If-Modified-Since", then)], 304),
        ([("If-Unmodified-Since", "Thu, 01 Jan 1970 00:00:00 GMT")], 412),
        ([("If-Match", '"x"'), ("Range", "bytes=999999999-")], 412),
        ([("If-Range", f"W/{tag}"), ("Range", "bytes=0-4")], 200),
        ([("If-Range", then), ("Range", "bytes=0-4")], 206),
    ]

    for headers, status in sent:
        assert (await app_client.get(url, headers=headers)).status_code == status, headers


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
