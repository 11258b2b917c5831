"""``evaluationEvents`` over WebSocket: from the creation of an evaluation to its end, and from any place again."""

from __future__ import annotations

from typing import Any

import httpx

from tests.support.evaluations import answers, created, stored_prompts
from tests.support.subscriptions import Socket, socket
from tests.support.traces import CREATE_TRACES, UNKNOWN_UUID, data_of, on_sqlite

EVENTS = """
subscription ($id: ID!, $after: Int! = 0) {
  evaluationEvents(id: $id, after: $after) { seq status attempt progress reason }
}
"""


async def heard(opened: Socket, **variables: Any) -> list[dict[str, Any]]:
    """The events of a subscription until it completes."""
    await opened.subscribe("s", EVENTS, **variables)
    found: list[dict[str, Any]] = []
    while (message := await opened.receive())["type"] != "complete":
        assert message["type"] == "next", message
        found += data_of(message["payload"])["evaluationEvents"]
    return found


@on_sqlite
async def test_an_evaluation_is_followed_to_its_end_and_again_from_any_event(address: str):
    async with httpx.AsyncClient(base_url=f"http://{address}", trust_env=False, timeout=60) as client:

        async def ask(query: str, **variables: Any) -> dict[str, Any]:
            return data_of((await client.post("/graphql", json={"query": query, "variables": variables})).json())

        async def store(*traces: dict[str, Any]) -> list[dict[str, Any]]:
            stored: list[dict[str, Any]] = (await ask(CREATE_TRACES, input={"traces": traces}))["createTraces"][
                "traces"
            ]
            return stored

        dataset = await stored_prompts(ask, store, 3)
        await store(*answers("small", [True, False, True]))
        evaluation = await created(ask, "small", datasetId=dataset["id"])
    async with socket(address) as opened:
        events = await heard(opened, id=evaluation["name"])
        again = await heard(opened, id=evaluation["id"], after=1)
        nothing = await heard(opened, id=evaluation["id"], after=len(events))
        await opened.subscribe("missing", EVENTS, id=UNKNOWN_UUID)
        refused = await opened.receive()

    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert [events[0]["status"], events[1]["status"], events[-1]["status"]] == ["PENDING", "RUNNING", "COMPLETED"]
    assert (events[-1]["progress"], events[-1]["attempt"]) == (1, 1)
    assert (again, nothing) == (events[1:], [])
    assert refused["payload"]["errors"][0]["extensions"]["code"] == "NOT_FOUND"
