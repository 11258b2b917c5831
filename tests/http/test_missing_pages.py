"""Pages that are not built yet."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.applications import Starlette

from tests.support.pages import pages_client
from tunix_rt.http.pages import page_routes


@pytest.mark.parametrize(
    ("url", "asset_url", "title"),
    [
        ("/graphiql/", "/graphiql/assets/main-a1b2.js", "GraphiQL is not built"),
        ("/", "/assets/main-a1b2.js", "The web client is not built"),
        ("/runs/1", "/favicon.svg", "The web client is not built"),
    ],
)
async def test_explains_how_to_build_a_missing_page(tmp_path: Path, url: str, asset_url: str, title: str):
    async with pages_client(Starlette(routes=page_routes(tmp_path / "nothing"))) as client:
        page, asset = await client.get(url), await client.get(asset_url)

    assert page.status_code == 503
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["cache-control"] == "no-store"
    assert "<code>make web</code>" in page.text
    assert f"<h1>{title}</h1>" in page.text
    assert asset.status_code == 404


@pytest.mark.parametrize(("name", "url"), [("graphiql", "/graphiql/"), ("app", "/")])
async def test_finds_a_page_that_is_built_meanwhile(tmp_path: Path, name: str, url: str):
    async with pages_client(Starlette(routes=page_routes(tmp_path))) as client:
        assert (await client.get(url)).status_code == 503
        (tmp_path / name).mkdir()
        (tmp_path / name / "index.html").write_text("<!doctype html>")

        assert (await client.get(url)).text == "<!doctype html>"
