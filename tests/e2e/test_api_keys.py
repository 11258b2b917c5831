"""API keys and the audit log in a real browser: the first key of a server, a second one, rotation and revocation."""

from __future__ import annotations

import re

import httpx
from playwright.sync_api import Page, expect

from tests.support.browser import PHONE, Seen, assert_accessible
from tests.support.keys import VIEWER, bearer
from tests.support.servers import RunningServer


def viewer_of(server: RunningServer, secret: str) -> httpx.Response:
    """Returns the answer to a program that asks who it is."""
    query = {"query": VIEWER}
    return httpx.post(f"{server.url}/graphql", json=query, headers=bearer(secret), trust_env=False, timeout=60)


def shown_secret(page: Page) -> str:
    """Returns the secret that a page shows."""
    expect(page.get_by_text("Copy the secret now")).to_be_visible()
    return page.locator("code", has_text=re.compile("^trt_[a-z0-9]+_")).inner_text()


def create_key(page: Page, name: str, *scopes: str) -> str:
    """Fills in and sends the form of a key, and returns the shown secret."""
    page.get_by_label("Name").fill(name)
    for scope in scopes:
        page.get_by_role("checkbox", name=scope).check()
    page.get_by_role("button", name="Create the key").click()
    return shown_secret(page)


def test_the_first_key_signs_its_browser_in_and_others_are_rotated_and_revoked(
    page: Page, seen: Seen, empty_server: RunningServer
):
    page.goto(f"{empty_server.url}/")
    expect(page.get_by_role("link", name="API keys")).to_be_visible()  # the server has answered that all are permitted
    page.keyboard.press("g")
    page.keyboard.press("k")
    expect(page.get_by_text("This server asks for no key")).to_be_visible()
    page.keyboard.press("n")
    expect(page.get_by_text("This is the first key")).to_be_visible()
    secret = create_key(page, "boss")
    assert_accessible(page)
    expect(page.get_by_role("button", name="Signed in as boss")).to_be_visible()
    assert viewer_of(empty_server, secret).json()["data"]["viewer"]["scopes"] == ["READ", "WRITE", "RUN", "ADMIN"]

    page.get_by_role("button", name="Create another key").click()
    first = create_key(page, "cluster", "Run")
    assert viewer_of(empty_server, first).json()["data"]["viewer"]["scopes"] == ["READ", "RUN"]
    page.get_by_role("link", name="Show the key").click()
    page.get_by_role("button", name="Rotate").click()
    assert_accessible(page)
    page.get_by_role("button", name="Rotate the key").click()
    second = shown_secret(page)
    assert_accessible(page)
    assert viewer_of(empty_server, first).status_code == 401
    assert viewer_of(empty_server, second).json()["data"]["viewer"]["keyName"] == "cluster"

    page.get_by_role("button", name="Revoke").click()
    page.get_by_role("button", name="Revoke the key").click()
    expect(page.get_by_role("button", name="Revoke")).to_have_count(0)
    assert viewer_of(empty_server, second).status_code == 401
    assert_accessible(page)

    page.keyboard.press("g")
    page.keyboard.press("a")
    rows = page.get_by_role("grid", name="Audit log").get_by_role("row")
    expect(rows.nth(1)).to_contain_text("revokeKey")
    expect(rows.nth(1)).to_contain_text("boss")
    actions = [rows.nth(place).get_by_role("gridcell").first.inner_text() for place in range(1, 6)]
    assert actions == ["revokeKey", "rotateKey", "createKey", "POST /v1/session", "createKey"]
    assert_accessible(page)
    page.set_viewport_size(PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.get_by_role("link", name="revokeKey").click()
    expect(page.get_by_role("heading", name="cluster", level=1)).to_be_visible()
    page.get_by_role("link", name="What was done with it").click()
    expect(page.get_by_text("No event matches")).to_be_visible()


def test_a_key_that_is_rotated_or_revoked_by_its_own_browser(page: Page, seen: Seen, empty_server: RunningServer):
    page.goto(f"{empty_server.url}/keys/new")
    create_key(page, "boss")
    page.get_by_role("link", name="Show the key").click()
    page.get_by_role("button", name="Rotate").click()
    page.get_by_role("button", name="Rotate the key").click()
    shown_secret(page)
    page.goto(f"{empty_server.url}/keys")
    expect(page.get_by_role("link", name="boss")).to_be_visible()

    page.get_by_role("link", name="boss").click()
    page.get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("You are signed in with this key.")).to_be_visible()
    page.get_by_role("button", name="Revoke the key").click()
    expect(page.get_by_label("API key", exact=True)).to_be_focused()
    page.goto(f"{empty_server.url}/keys")
    expect(page.get_by_label("API key", exact=True)).to_be_focused()
    seen.forgive("401")
