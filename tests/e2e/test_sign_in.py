"""Signing in to the web client and GraphiQL with an API key, in a real browser, and signing out."""

from __future__ import annotations

import httpx
from playwright.sync_api import Page, expect

from tests.support.browser import PHONE, Seen, assert_accessible
from tests.support.keys import CREATE_KEY
from tests.support.servers import RunningServer

GREET = """
new Promise((resolve) => {
  const socket = new WebSocket(location.origin.replace("http", "ws") + "/graphql", "graphql-transport-ws");
  socket.onopen = () => socket.send(JSON.stringify({type: "connection_init"}));
  socket.onmessage = ({data}) => resolve(JSON.parse(data).type);
  socket.onclose = ({code}) => resolve(code);
})
"""


def new_secret(server: RunningServer) -> str:
    """Creates the first key of a server, and returns its secret."""
    body = {"query": CREATE_KEY, "variables": {"input": {"name": "ada", "scopes": ["READ"]}}}
    created = httpx.post(f"{server.url}/graphql", json=body, trust_env=False, timeout=60).json()
    secret: str = created["data"]["createKey"]["secret"]
    return secret


def test_signing_in_and_out(page: Page, seen: Seen, empty_server: RunningServer):
    secret = new_secret(empty_server)
    page.goto(f"{empty_server.url}/graphiql")
    expect(page.locator(".result-window")).to_contain_text("This server asks for an API key. Sign in at http")
    page.goto(f"{empty_server.url}/datasets?search=sums")
    field = page.get_by_label("API key", exact=True)
    expect(field).to_be_focused()
    assert_accessible(page)
    assert page.evaluate(GREET) == 4403
    page.keyboard.type("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The API key is unknown, revoked or expired.")).to_be_visible()
    assert_accessible(page)

    field.fill(secret)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Datasets", level=1)).to_be_visible()
    assert page.url.endswith("/datasets?search=sums")
    assert page.evaluate(GREET) == "connection_ack"
    assert page.evaluate("document.cookie") == ""
    assert_accessible(page)
    page.goto(f"{empty_server.url}/graphiql")
    expect(page.get_by_label("Show Documentation Explorer")).to_be_visible()
    page.goto(f"{empty_server.url}/traces")
    seen.forgive("401")

    page.set_viewport_size(PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.get_by_role("button", name="Signed in as ada").click()
    assert_accessible(page)
    page.get_by_role("button", name="Sign out").click()
    expect(field).to_be_focused()
    assert page.context.cookies() == []
    seen.forgive("401")
