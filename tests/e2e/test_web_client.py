"""The frame of the web client in a real browser, on a real server."""

from __future__ import annotations

import json
import re
from typing import Any

from playwright.sync_api import Page, Request, Route, expect

from tests.support.browser import SCHEMES, Seen, assert_accessible, use_scheme
from tests.support.servers import RunningServer


def test_an_empty_server_is_accessible(page: Page, seen: Seen, empty_server: RunningServer):
    page.goto(empty_server.url)

    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    assert_accessible(page)


def test_colours_follow_the_system(page: Page, seen: Seen, server: RunningServer):
    page.goto(server.url)
    brightness = {}
    for scheme in SCHEMES:
        use_scheme(page, scheme)
        color = page.locator("body").evaluate("body => getComputedStyle(body).backgroundColor")
        brightness[scheme] = max(int(channel) for channel in re.findall(r"\d+", color)[:3])

    assert brightness["light"] > 200
    assert brightness["dark"] < 80


def is_operation(request: Request) -> bool:
    return request.url.endswith("/graphql") and request.method == "POST"


def test_documents_are_sent_by_their_hash(page: Page, seen: Seen, server: RunningServer):
    with page.expect_request(is_operation) as sent:
        page.goto(server.url)

    body = json.loads(sent.value.post_data or "")
    assert "query" not in body
    assert re.fullmatch(r"[0-9a-f]{64}", body["extensions"]["persistedQuery"]["sha256Hash"])
    response = sent.value.response()
    assert response is not None
    assert "errors" not in response.json()


def test_a_server_of_another_build_gets_the_texts(page: Page, seen: Seen, server: RunningServer):
    sent: list[dict[str, Any]] = []

    def rename(route: Route) -> None:
        body = json.loads(route.request.post_data or "")
        sent.append(body)
        if "persistedQuery" in body["extensions"]:
            body["extensions"]["persistedQuery"]["sha256Hash"] = "0" * 64
        route.continue_(post_data=json.dumps(body))

    page.route("**/graphql", rename)
    page.goto(server.url)

    expect(page.get_by_role("main")).to_contain_text("traces")
    page.wait_for_load_state("networkidle")
    assert "query" not in sent[0]
    assert "query" in sent[-1]
    assert all("query" in body or "persistedQuery" in body["extensions"] for body in sent)
    assert not [body for body in sent if "query" in body and "persistedQuery" in body["extensions"]]
    assert [complaint for complaint in seen.complaints if "400" not in complaint] == []
    seen.complaints.clear()
