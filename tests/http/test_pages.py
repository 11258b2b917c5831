"""Pages: the paths of the web client and of GraphiQL, the headers, and the files that are served."""

from __future__ import annotations

import gzip
import os
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from tests.support.pages import pages_client
from tests.support.repository import ROOT
from tests.support.traces import on_sqlite
from tunix_rt.app import create_app
from tunix_rt.http.pages import CLIENT_PATHS, page_routes
from tunix_rt.settings import Settings

PAGE = "<!doctype html><title>GraphiQL</title>"
CLIENT_PAGE = "<!doctype html><title>tunix-rt</title>"
SCRIPT = "console.log('as it is');"
SCRIPT_URL = "/graphiql/assets/main-a1b2.js"
CLIENT_SCRIPT_URL = "/assets/main-a1b2.js"
URLS = ["/graphiql/", SCRIPT_URL, "/", "/traces/x", CLIENT_SCRIPT_URL, "/favicon.svg"]


@pytest.fixture
def web(tmp_path: Path) -> Path:
    """The folder of two builds of a few files; beside them is a file that nobody may see."""
    web = tmp_path / "web"
    for name, page in (("graphiql", PAGE), ("app", CLIENT_PAGE)):
        assets = web / name / "assets"
        assets.mkdir(parents=True)
        (assets.parent / "index.html").write_text(page)
        (assets / "main-a1b2.js").write_text(SCRIPT)
        (assets / "main-a1b2.js.gz").write_bytes(gzip.compress(SCRIPT.encode()))
        (assets / "main-a1b2.js.br").write_bytes(b"in brotli")
        (assets / "small-c3d4.css").write_text("body { margin: 0 }")
        (assets / "icons-e5f6.ttf").write_bytes(b"a font")
        (assets / "maths-a7b8.woff2").write_bytes(b"a font")
    (web / "secret.txt").write_text("secret")
    for name in ("favicon.svg", "licenses.md", "persisted-documents.json"):
        (web / "app" / name).write_text(name)
    return web


@pytest.fixture
def folder(web: Path) -> Path:
    """The folder of the built GraphiQL."""
    return web / "graphiql"


@pytest.fixture
async def client(web: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an application that has only pages; it accepts no coding by default."""
    async with pages_client(Starlette(routes=page_routes(web))) as client:
        yield client


async def sent(client: httpx.AsyncClient, url: str, accept_encoding: str) -> tuple[str | None, bytes]:
    """The coding and the bytes that are sent for a URL, as they are sent."""
    async with client.stream("GET", url, headers={"Accept-Encoding": accept_encoding}) as response:
        assert response.status_code == 200
        content = b"".join([chunk async for chunk in response.aiter_raw()])
    assert response.headers["content-length"] == str(len(content))
    return response.headers.get("content-encoding"), content


@pytest.mark.parametrize(
    ("asked", "led_to"),
    [
        ("/graphiql", "graphiql/"),
        ("/graphiql?q=%7B%20health%20%7D&variables=%7B%7D", "graphiql/?q=%7B%20health%20%7D&variables=%7B%7D"),
    ],
)
async def test_leads_to_graphiql(client: httpx.AsyncClient, asked: str, led_to: str):
    response = await client.get(asked)

    assert response.status_code == 307
    assert response.headers["location"] == led_to


async def test_leads_to_graphiql_below_a_prefix(web: Path):
    async with pages_client(Starlette(routes=[Mount("/team/x", routes=page_routes(web))])) as client:
        response = await client.get("/team/x/graphiql?q=1", follow_redirects=True)

    assert response.url.raw_path == b"/team/x/graphiql/?q=1"
    assert response.text == PAGE


async def test_serves_the_page_to_be_asked_about_each_time(client: httpx.AsyncClient):
    response = await client.get("/graphiql/")

    assert response.text == PAGE
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "url",
    [
        "/",
        "/?q=1",
        *CLIENT_PATHS,
        *(f"{path}/" for path in CLIENT_PATHS),
        *(f"{path}/a/b.c?d=e" for path in CLIENT_PATHS),
    ],
)
async def test_serves_the_web_client_at_its_own_paths(client: httpx.AsyncClient, url: str):
    response = await client.get(url)

    assert (response.status_code, response.text) == (200, CLIENT_PAGE)
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["cache-control"] == "no-cache"


def test_the_paths_are_those_of_the_web_client():
    files = (ROOT / "client" / "web" / "src" / "features").glob("*/routes.ts")
    paths = {path for file in files for path in re.findall(r'path: "(\w+)', file.read_text())}

    assert {f"/{path}" for path in paths} == set(CLIENT_PATHS)


async def test_serves_the_files_beside_the_web_client(client: httpx.AsyncClient):
    for name, media_type in {"favicon.svg": "image/svg+xml", "licenses.md": "text/markdown; charset=utf-8"}.items():
        response = await client.get(f"/{name}")

        assert response.text == name
        assert response.headers["content-type"] == media_type
        assert response.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "path",
    ["/trace", "/tracesx", "/Traces", "/x/traces", "/index.html", "/persisted-documents.json", "/app", "/v1/runs"],
)
async def test_serves_the_web_client_at_no_other_path(client: httpx.AsyncClient, path: str):
    assert (await client.get(path)).status_code == 404


@on_sqlite
async def test_the_web_client_hides_no_route_of_the_api(app_client: httpx.AsyncClient):
    for method, path, status in [("GET", "/v1/traces", 405), ("GET", "/graphql", 400), ("GET", "/healthz", 200)]:
        response = await app_client.request(method, path)

        assert response.status_code == status
        assert response.headers["content-type"] == "application/json"


@on_sqlite
async def test_a_browser_at_an_unknown_address_gets_the_web_client(settings: Settings, web: Path):
    browser = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    (web / "app" / "persisted-documents.json").write_text("{}")
    app = create_app(settings, web)
    async with app.router.lifespan_context(app), pages_client(app) as client:
        unknown = await client.get("/tracesx/1?a=b", headers=browser)
        answers = {
            (method, path, accept): (await client.request(method, path, headers={"Accept": accept})).status_code
            for method, path, accept in [
                ("GET", "/v1/traces", browser["Accept"]),
                ("POST", "/tracesx", browser["Accept"]),
                ("GET", "/tracesx", "*/*"),
                ("GET", "/tracesx", "text/html;q=0"),
                ("GET", "/traces", browser["Accept"]),
            ]
        }

    assert (unknown.status_code, unknown.text) == (404, CLIENT_PAGE)
    assert unknown.headers["content-security-policy"].startswith("default-src 'none'")
    assert list(answers.values()) == [405, 404, 404, 404, 200]


@pytest.mark.parametrize("url", [SCRIPT_URL, CLIENT_SCRIPT_URL])
async def test_serves_assets_to_be_kept_for_ever(client: httpx.AsyncClient, url: str):
    response = await client.get(url)

    assert response.text == SCRIPT
    assert response.headers["cache-control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("url", URLS)
async def test_sends_a_policy_that_admits_nothing_foreign(client: httpx.AsyncClient, url: str):
    headers = (await client.get(url)).headers
    policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))

    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert policy["form-action"] == "'none'"
    assert policy["base-uri"] == "'none'"
    assert set(" ".join(policy.values()).split()) == {"'self'", "'none'", "'unsafe-inline'", "data:"}
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("main-a1b2.js", "text/javascript; charset=utf-8"),
        ("small-c3d4.css", "text/css; charset=utf-8"),
        ("icons-e5f6.ttf", "font/ttf"),
        ("maths-a7b8.woff2", "font/woff2"),
    ],
)
async def test_names_the_type_of_an_asset(client: httpx.AsyncClient, name: str, media_type: str):
    response = await client.get(f"/graphiql/assets/{name}", headers={"Accept-Encoding": "gzip"})

    assert response.headers["content-type"] == media_type


@pytest.mark.parametrize(
    ("accept_encoding", "coding"),
    [
        ("", None),
        ("identity", None),
        ("deflate, zstd", None),
        ("gzip", "gzip"),
        ("GZIP", "gzip"),
        ("br", "br"),
        ("gzip, deflate, br, zstd", "br"),
        ("gzip;q=1.0, br;q=0.5", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("br;q=0, gzip;q=0", None),
        ("*", "br"),
        ("br;q=0, *", "gzip"),
        ("gzip, *;q=0", "gzip"),
        ("*;q=0", None),
    ],
)
async def test_sends_the_best_coding_that_is_accepted(
    client: httpx.AsyncClient, accept_encoding: str, coding: str | None
):
    contents = {None: SCRIPT.encode(), "gzip": gzip.compress(SCRIPT.encode()), "br": b"in brotli"}

    found, content = await sent(client, SCRIPT_URL, accept_encoding)

    assert found == coding
    assert content[10:] == contents[coding][10:]


async def test_sends_as_it_is_what_is_stored_in_no_coding(client: httpx.AsyncClient):
    assert await sent(client, "/graphiql/assets/small-c3d4.css", "br, gzip") == (None, b"body { margin: 0 }")


@pytest.mark.parametrize("accept_encoding", ["", "gzip", "br"])
async def test_reports_caches_that_codings_differ(client: httpx.AsyncClient, accept_encoding: str):
    response = await client.head(SCRIPT_URL, headers={"Accept-Encoding": accept_encoding})

    assert response.headers["vary"] == "Accept-Encoding"


async def test_gives_each_coding_a_tag_separate(client: httpx.AsyncClient):
    tags = {
        (await client.head(SCRIPT_URL, headers={"Accept-Encoding": coding})).headers["etag"]
        for coding in ["", "gzip", "br"]
    }

    assert len(tags) == 3


@pytest.mark.parametrize("url", URLS)
async def test_answers_304_when_nothing_has_changed(client: httpx.AsyncClient, url: str):
    first = await client.get(url)

    second = await client.get(url, headers={"If-None-Match": first.headers["etag"]})

    assert second.status_code == 304
    assert second.content == b""
    for name in ["etag", "cache-control", "vary"]:
        assert second.headers[name] == first.headers[name]


async def test_sends_a_page_that_was_rebuilt(client: httpx.AsyncClient, folder: Path):
    tag = (await client.get("/graphiql/")).headers["etag"]
    (folder / "index.html").write_text(PAGE + "<p>again")

    response = await client.get("/graphiql/", headers={"If-None-Match": tag})

    assert response.text == PAGE + "<p>again"


async def test_recognises_a_rebuilt_page_by_its_content(client: httpx.AsyncClient, folder: Path):
    tag, age = (await client.get("/graphiql/")).headers["etag"], (folder / "index.html").stat().st_mtime
    (folder / "index.html").write_text(PAGE.swapcase())
    os.utime(folder / "index.html", (age, age))

    response = await client.get("/graphiql/", headers={"If-None-Match": tag})

    assert response.text == PAGE.swapcase()


@pytest.mark.parametrize("url", URLS)
async def test_answers_head_like_get_without_the_content(client: httpx.AsyncClient, url: str):
    got, head = await client.get(url), await client.head(url)

    assert head.status_code == 200
    assert head.content == b""
    assert head.headers == got.headers


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("url", ["/graphiql", *URLS])
async def test_only_reads(client: httpx.AsyncClient, method: str, url: str):
    response = await client.request(method, url)

    assert response.status_code == 405
    assert set(response.headers["allow"].split(", ")) == {"GET", "HEAD"}


@pytest.mark.parametrize(
    "path",
    [
        "assets",
        "assets/",
        "assets/none.js",
        "assets/main-a1b2.js.gz",
        "assets/main-a1b2.js.br",
        "../secret.txt",
        "..%2fsecret.txt",
        "%2e%2e/secret.txt",
        "assets/../../secret.txt",
        "assets/..%2f..%2fsecret.txt",
        "..%5csecret.txt",
        "/etc/passwd",
        "%2fetc%2fpasswd",
        "link.txt",
        "%00",
        "x" * 5000,
    ],
)
@pytest.mark.parametrize("base", ["/graphiql/", "/", "/assets/"])
async def test_has_nothing_else(client: httpx.AsyncClient, web: Path, path: str, base: str):
    for folder in (web / "graphiql", web / "app", web / "app" / "assets"):
        (folder / "link.txt").symlink_to(web / "secret.txt")
    url = httpx.URL("http://127.0.0.1").copy_with(raw_path=base.encode() + path.encode())

    response = await client.get(url, follow_redirects=True)

    assert response.status_code == 404
    assert "secret" not in response.text
