"""GraphiQL in a real browser, on a real server with the sample traces."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlencode

import httpx
import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.support.browser import Seen
from tests.support.postgres import free_port
from tests.support.repository import ROOT
from tests.support.servers import RunningServer, serving
from tests.support.waiting import WAIT_SECONDS

EXAMPLES = ROOT / "client" / "web" / "graphiql" / "examples"
TABS = ["Welcome", "Search", "Score", "Watch", "Datasets", "Exports", "Runs", "Follow", "Evaluate"]

CREATE_TRACE = """
mutation Create($prompt: String!) {
  createTrace(
    input: {trace: {prompt: $prompt, finalAnswer: "42", steps: [{type: "thought", content: "Count."}]}}
  ) {
    trace { id }
    errors { message }
  }
}
"""

# From a trace on, so that it makes no difference whether the subscription or the next trace comes first.
WATCH_AFTER = """
subscription Watch($after: ID!) {
  traceCreated(after: $after) { id promptPreview }
}
"""


@pytest.fixture
def graphiql(page: Page, seen: Seen, server: RunningServer) -> Page:
    """GraphiQL as who comes for the first time finds it."""
    return opened(page, f"{server.url}/graphiql")


def opened(page: Page, url: str) -> Page:
    """The page, once it can be used: its editor is there and the schema has been read."""
    with page.expect_response(re.compile(r"/graphql$")):
        page.goto(url)
    expect(editor(page)).to_contain_text("{")
    return page


def editor(page: Page) -> Locator:
    return page.locator(".graphiql-query-editor .view-lines")


def result(page: Page) -> Locator:
    return page.locator(".graphiql-response .view-lines")


def run(page: Page) -> None:
    page.get_by_role("button", name=re.compile("Execute query")).click()


def tabs(page: Page) -> Locator:
    return page.locator(".graphiql-tab-button")


def open_tab(page: Page, name: str) -> None:
    tabs(page).filter(has_text=name).click()


def open_pane(page: Page, name: str) -> None:
    page.get_by_role("button", name=f"Show {name}").click()


def letters(text: str) -> re.Pattern[str]:
    """Returns a pattern for a text in an editor, which uses other spaces and breaks long lines anywhere."""
    return re.compile(r"\s*".join(re.escape(letter) for letter in text if not letter.isspace()))


def test_runs_its_examples(graphiql: Page):
    expect(graphiql).to_have_title("tunix-rt · GraphiQL")
    expect(tabs(graphiql)).to_have_text(TABS)
    expect(result(graphiql)).to_have_text("")

    run(graphiql)
    expect(result(graphiql)).to_contain_text(letters('"totalCount":'))
    expect(result(graphiql)).to_contain_text(letters("1 January 2024 was a Monday."))

    open_tab(graphiql, "Search")
    run(graphiql)
    expect(result(graphiql)).to_contain_text(letters("Three boxes are labelled"))

    open_tab(graphiql, "Score")
    run(graphiql)
    expect(result(graphiql)).to_contain_text(letters('"scoredCount":'))

    followed = '"subscription": "ended: the server has sent everything"'
    for name, answer in (
        ("Datasets", '"key": "samples-1"'),
        ("Exports", '"fileName":'),
        ("Runs", '"stdout":'),
        ("Follow", followed),
        ("Evaluate", '"name": "long"'),
    ):
        open_tab(graphiql, name)
        run(graphiql)
        expect(result(graphiql)).to_contain_text(letters(answer))
        expect(result(graphiql)).not_to_contain_text(letters('"message":'))


def test_opens_examples_again(graphiql: Page):
    graphiql.get_by_role("button", name="Close Tab").first.click()
    expect(tabs(graphiql)).to_have_text(TABS[1:])
    open_pane(graphiql, "Examples")
    examples = graphiql.get_by_role("region", name="Examples")

    for name, operation in (("Runs", "mutation Runs"), ("Welcome", "query Welcome")):
        examples.get_by_role("button", name=name).click()
        expect(editor(graphiql)).to_contain_text(letters(operation))

    expect(tabs(graphiql)).to_have_text([*TABS[1:], "Runs", "Welcome"])
    run(graphiql)
    expect(result(graphiql)).to_contain_text(letters('"totalCount":'))


def test_shows_a_trace_that_is_stored_meanwhile(page: Page, seen: Seen, server: RunningServer):
    shared = {"q": WATCH_AFTER, "variables": json.dumps({"after": create_trace(server, "Stored before")})}
    opened(page, f"{server.url}/graphiql?{urlencode(shared)}")
    with page.expect_websocket() as opening:
        run(page)
    stop = page.get_by_role("button", name=re.compile("Stop query"))
    expect(stop).to_be_visible()
    expect(result(page)).to_contain_text(letters('"subscription": "connected"'))

    created = create_trace(server, "Stored meanwhile")

    expect(result(page)).to_contain_text(letters('"promptPreview": "Stored meanwhile"'))
    expect(result(page)).to_contain_text(letters(created))
    second = create_trace(server, "Stored later")
    expect(result(page)).to_contain_text(letters(second))
    expect(result(page)).to_contain_text(letters(created))
    assert opening.value.url == server.url.replace("http:", "ws:") + "/graphql"
    stop.click()
    expect(stop).to_have_count(0)
    expect(result(page)).to_contain_text(letters('"subscription": "ended: stopped here"'))
    expect(result(page)).to_contain_text(letters(second))


def test_shows_why_a_subscription_ended(page: Page, seen: Seen, server: RunningServer):
    query = 'subscription { runEvents(id: "nobody") { seq } }'
    opened(page, f"{server.url}/graphiql?{urlencode({'q': query})}")
    run(page)

    expect(result(page)).to_contain_text(letters("There is no run 'nobody'."))
    expect(result(page)).to_contain_text(letters('"subscription": "ended: the server'))


def test_goes_on_where_a_server_was_lost(page: Page, tmp_path: Path):
    command, port = [sys.executable, "-m", "tunix_rt"], free_port()
    with serving(command, tmp_path, port=port) as server:
        before = create_trace(server, "Stored before")
        watch = f'subscription Watch {{ traceCreated(after: "{before}") {{ promptPreview }} }}'
        opened(page, f"{server.url}/graphiql?{urlencode({'q': watch})}")
        run(page)
        last = create_trace(server, "Stored first")
        expect(result(page)).to_contain_text(letters("Stored first"))
        server.process.kill()
        state = f'"subscription": "reconnecting after {last}: the connection to the server is lost"'
        expect(result(page)).to_contain_text(letters(state))
    expect(result(page)).not_to_contain_text("isTrusted")
    expect(result(page)).to_contain_text(letters("Stored first"))

    with serving(command, tmp_path, port=port) as server:
        create_trace(server, "Stored meanwhile")
        expect(result(page)).to_contain_text(letters("Stored meanwhile"))
        expect(result(page)).not_to_contain_text(letters("is lost"))
        create_trace(server, "Stored last")
        expect(result(page)).to_contain_text(letters("Stored last"))

    text = result(page).inner_text()
    assert [len(letters(f"Stored {when}").findall(text)) for when in ("first", "meanwhile", "last")] == [1, 1, 1]
    assert "_resume" not in text


def create_trace(server: RunningServer, prompt: str) -> str:
    """Stores a trace over HTTP, as a notebook would, and gives its id."""
    body = {"query": CREATE_TRACE, "variables": {"prompt": prompt}}
    answer = httpx.post(f"{server.url}/graphql", json=body, trust_env=False, timeout=WAIT_SECONDS).json()
    trace_id: str = answer["data"]["createTrace"]["trace"]["id"]
    return trace_id


def test_builds_a_query_by_ticking_fields(graphiql: Page):
    open_pane(graphiql, "GraphiQL Explorer")
    explorer = graphiql.locator(".graphiql-explorer-root")
    expect(explorer.get_by_text("orderBy")).to_be_visible()
    expect(editor(graphiql)).not_to_contain_text("externalId")

    explorer.get_by_text("externalId", exact=True).first.click()

    expect(editor(graphiql)).to_contain_text("externalId")


def test_remembers_what_was_run(graphiql: Page):
    open_pane(graphiql, "History")
    history = graphiql.get_by_role("region", name="History")
    expect(history.get_by_text("Welcome")).to_have_count(0)

    run(graphiql)

    expect(history.get_by_text("Welcome")).to_be_visible()


def test_describes_every_type_and_every_icon(graphiql: Page):
    open_pane(graphiql, "Documentation Explorer")
    docs = graphiql.get_by_role("region", name="Documentation Explorer")
    docs.get_by_role("link", name="Query", exact=True).click()

    expect(docs).to_contain_text("All traces, newest first by default.")
    expect(graphiql.locator("svg title").filter(has_text="close icon")).to_have_count(len(TABS))


def test_begins_the_documentation_with_the_schema_and_lists_types_by_name(graphiql: Page):
    open_pane(graphiql, "Documentation Explorer")
    docs = graphiql.get_by_role("region", name="Documentation Explorer")

    expect(docs).to_contain_text("Reasoning traces and their scores, datasets, exports, generations")
    expect(docs.get_by_role("link", name="AlignedPrompt", exact=True)).to_be_visible()
    roots, names = (links := docs.get_by_role("link").all_inner_texts())[:3], links[3:]
    assert roots == ["Query", "Mutation", "Subscription"]
    assert len(names) > 100
    assert names == sorted(names, key=str.casefold)


def test_opens_each_type_at_its_start_and_goes_back_to_where_it_was(graphiql: Page):
    open_pane(graphiql, "Documentation Explorer")
    docs = graphiql.get_by_role("region", name="Documentation Explorer")
    pane, title = graphiql.locator(".graphiql-plugin"), docs.locator(".graphiql-doc-explorer-title")
    left: list[float] = []
    for link in ("TraceWhere", "StringFilter"):  # the second one is that of the last fields of the first
        docs.get_by_role("link", name=link, exact=True).last.scroll_into_view_if_needed()
        pane.evaluate("pane => new Promise(shown => requestAnimationFrame(() => requestAnimationFrame(shown)))")
        left.append(pane.evaluate("pane => pane.scrollTop"))
        docs.get_by_role("link", name=link, exact=True).last.click()
        expect(title).to_have_text(link)
        assert pane.evaluate("pane => pane.scrollTop") == 0

    assert all(left)
    for _ in range(2):
        docs.get_by_role("link", name="Go back").click()
        assert pane.evaluate("pane => pane.scrollTop") == left.pop()


def test_has_the_result_below_the_operation_in_a_narrow_window(graphiql: Page):
    graphiql.set_viewport_size({"width": 800, "height": 700})
    open_pane(graphiql, "Examples")
    run(graphiql)
    expect(result(graphiql)).to_contain_text(letters('"totalCount":'))

    boxes = [graphiql.locator(f".graphiql-{part}").bounding_box() for part in ("editors", "response")]
    assert all(box is not None and box["width"] > 400 and box["height"] > 200 for box in boxes)
    above, below = (box["y"] for box in boxes if box is not None)
    assert below > above + 200
    assert graphiql.evaluate("document.documentElement.scrollWidth") == 800


def test_has_the_search_below_the_heading_of_the_documentation_in_a_narrow_window(graphiql: Page):
    graphiql.set_viewport_size({"width": 800, "height": 700})
    open_pane(graphiql, "Documentation Explorer")
    docs = graphiql.get_by_role("region", name="Documentation Explorer")
    for heading in ("Docs", "Query"):
        if heading != "Docs":
            docs.get_by_role("link", name=heading, exact=True).click()
        expect(docs.locator(".graphiql-doc-explorer-title")).to_have_text(heading)
        title, search = (docs.locator(f".graphiql-doc-explorer-{part}").bounding_box() for part in ("title", "search"))
        assert title is not None
        assert search is not None
        assert title["y"] + title["height"] <= search["y"]
        assert search["width"] > 100


def test_opens_what_a_link_holds(page: Page, seen: Seen, server: RunningServer):
    shared = {
        "q": "query Shared($first: Int) { traces(first: $first) { nodes { uuid } } }",
        "variables": '{"first": 1}',
    }
    opened(page, f"{server.url}/graphiql?{urlencode(shared)}")
    expect(tabs(page)).to_have_text(["Shared", *TABS])

    run(page)

    expect(result(page)).to_contain_text("uuid")
    assert result(page).inner_text().count("uuid") == 1


def test_copies_a_link_to_the_query(context: BrowserContext, graphiql: Page, server: RunningServer):
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_tab(graphiql, "Watch")

    graphiql.get_by_role("button", name="Copy a link to this query").click()
    graphiql.get_by_role("button", name="Link copied").wait_for()
    link = graphiql.evaluate("navigator.clipboard.readText()")

    page, _, query = link.partition("?")
    assert page == f"{server.url}/graphiql/"
    assert parse_qs(query) == {"q": [(EXAMPLES / "watch.graphql").read_text().rstrip()]}


def test_shows_an_answer_that_is_no_graphql(page: Page, server: RunningServer):
    page.route("**/graphql", lambda route: route.fulfill(status=502, content_type="text/html", body="<h1>Sorry</h1>"))
    opened(page, f"{server.url}/graphiql")

    run(page)

    expect(result(page)).to_contain_text(letters("502 Bad Gateway (text/html): <h1>Sorry</h1>"))


def test_follows_the_system_in_being_light_or_dark(graphiql: Page):
    graphiql.emulate_media(color_scheme="light")
    light = brightness(graphiql)

    graphiql.emulate_media(color_scheme="dark")

    assert light > 200
    assert brightness(graphiql) < 80


def brightness(page: Page) -> int:
    """Returns the brightness of the page's background, 0 to 255."""
    color = page.locator(".graphiql-container").evaluate("node => getComputedStyle(node).backgroundColor")
    return max(int(channel) for channel in re.findall(r"\d+", color)[:3])
