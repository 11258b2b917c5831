"""``ungarStatus`` and ``generateUngarTraces``: played, stored in one go, previewed, and refused in the payload."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.conftest import Execute
from tests.support import ungar_package
from tests.support.api import Ask
from tests.support.traces import COUNT_TRACES, on_sqlite, user_error_of
from tunix_rt.db.session import Database
from tunix_rt.settings import Settings

GENERATE = """
mutation ($input: GenerateUngarTracesInput!) {
  generateUngarTraces(input: $input) {
    count
    traces { uuid prompt source meta }
    preview { traceUuid game episodeIndex episodeSeed myCard opponentCard result }
    errors { code message path }
  }
}
"""
STATUS = "{ ungarStatus { available version message installCommand } }"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Leaves the most games that may be played time on a busy machine."""
    return replace(settings, request_timeout_seconds=600)


@pytest.fixture(params=ungar_package.PACKAGES)
def package(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The package, each that there is."""
    ungar_package.use(monkeypatch, request.param)


async def generated(ask: Ask, **given: Any) -> dict[str, Any]:
    """The payload of a call that goes well."""
    payload: dict[str, Any] = (await ask(GENERATE, input=given))["generateUngarTraces"]
    assert payload["errors"] == []
    return payload


async def count(ask: Ask) -> int:
    """Returns the number of stored traces."""
    number: int = (await ask(COUNT_TRACES))["traces"]["totalCount"]
    return number


async def test_traces_are_stored_and_previewed(package: None, ask: Ask):
    payload = await generated(ask, count=5, seed=42)

    assert payload["count"] == 5
    assert payload["preview"] == [
        {
            "traceUuid": payload["traces"][index]["uuid"],
            "game": "HIGH_CARD_DUEL",
            "episodeIndex": index,
            "episodeSeed": 42 + index,
            "myCard": mine,
            "opponentCard": other,
            "result": result,
        }
        for index, (mine, other, result) in enumerate([("TS", "JH", "loss"), ("2H", "QH", "loss"), ("AH", "5S", "win")])
    ]
    stored = await ask(
        '{ traces(where: {source: {eq: "ungar"}}, orderBy: {field: ID}) { nodes { uuid prompt source meta } } }'
    )
    assert stored["traces"]["nodes"] == payload["traces"]


@on_sqlite
async def test_nothing_is_stored_without_persist(package: None, ask: Ask):
    payload = await generated(ask, count=5, seed=42, persist=False)

    assert (payload["count"], payload["traces"]) == (5, None)
    assert [(episode["traceUuid"], episode["myCard"]) for episode in payload["preview"]] == [
        (None, "TS"),
        (None, "2H"),
        (None, "AH"),
    ]
    assert await count(ask) == 0


@on_sqlite
async def test_other_games_have_no_cards_of_a_duel(package: None, ask: Ask):
    (episode,) = (await generated(ask, count=1, seed=1, game="SPADES_MINI"))["preview"]

    assert (episode["game"], episode["myCard"], episode["opponentCard"]) == ("SPADES_MINI", None, None)


async def test_as_many_as_may_be(package: None, ask: Ask):
    payload = await generated(ask, count=10_000, seed=0)

    assert payload["count"] == len(payload["traces"]) == await count(ask) == 10_000
    assert [trace["meta"]["episode_index"] for trace in payload["traces"]] == list(range(10_000))


async def test_the_same_key_plays_once(package: None, ask: Ask, graphql: Execute):
    first = await generated(ask, count=4, idempotencyKey="k")
    again = await generated(ask, count=4, idempotencyKey="k")
    other = (await graphql(GENERATE, {"input": {"count": 5, "idempotencyKey": "k"}}))["data"]["generateUngarTraces"]

    assert again == first
    assert user_error_of(other)["code"] == "CONFLICT"
    assert await count(ask) == 4


@on_sqlite
@pytest.mark.parametrize(
    ("given", "reported"),
    [
        ({"count": 0}, [("count", "count must be between 1 and 10000; it is 0.")]),
        ({"count": 10_001}, [("count", "count must be between 1 and 10000; it is 10001.")]),
        ({"count": 1, "seed": -1}, [("seed", "seed must be between 0 and 2147483647; it is -1.")]),
        ({"count": -5, "seed": -5}, [("count", "it is -5"), ("seed", "it is -5")]),
        ({"count": 1, "persist": False, "idempotencyKey": "k"}, [("idempotencyKey", "requires persist")]),
        ({"count": 2, "game": "GIN_RUMMY", "seed": 1}, [("game", "did not end within 490 moves")]),
    ],
)
async def test_what_cannot_be_played_is_refused(package: None, ask: Ask, given: dict[str, Any], reported: list[Any]):
    payload = (await ask(GENERATE, input=given))["generateUngarTraces"]

    assert (payload["traces"], payload["count"], payload["preview"]) == (None, 0, [])
    for error, (field, words) in zip(payload["errors"], reported, strict=True):
        assert (error["code"], error["path"]) == ("BAD_USER_INPUT", ["input", field])
        assert words in error["message"]
    assert await count(ask) == 0


@on_sqlite
async def test_without_the_package_it_is_unavailable(ask: Ask, monkeypatch: pytest.MonkeyPatch):
    ungar_package.hide(monkeypatch)

    status = (await ask(STATUS))["ungarStatus"]
    error = user_error_of((await ask(GENERATE, input={"count": 1}))["generateUngarTraces"])
    assert (status["available"], status["version"]) == (False, None)
    assert (error["code"], error["path"]) == ("UNAVAILABLE", ["input"])
    assert error["message"] == status["message"]
    assert error["message"].endswith(status["installCommand"])


@on_sqlite
async def test_with_the_package_it_is_available(package: None, ask: Ask):
    status = (await ask(STATUS))["ungarStatus"]

    assert (status["available"], status["version"]) == (True, "0.1.0")


async def test_all_are_stored_or_none(
    package: None, graphql: Execute, ask: Ask, database: Database, monkeypatch: pytest.MonkeyPatch
):
    from tunix_rt.api import payloads

    async def fail(*_: Any) -> None:
        raise RuntimeError("after the traces were written")

    monkeypatch.setattr(payloads, "remember_result", fail)
    body = await graphql(GENERATE, {"input": {"count": 10, "idempotencyKey": "k"}})

    assert body["errors"][0]["extensions"]["code"] == "INTERNAL"
    assert await count(ask) == 0
