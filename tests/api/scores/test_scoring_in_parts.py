"""Scoring many traces takes several requests, and failures of a scorer are reported beside the scores."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.api import Ask, Store
from tests.support.traces import COUNT_SCORES, SCORE_TRACES, on_sqlite, trace_input, user_error_of
from tunix_rt.settings import Settings

FAILING = """
from tunix_rt.domain.scorers.base import Scorer, Verdict

def score(trace):
    return Verdict(1.0, {}) if trace.external_id == "good" else 1 / 0

SCORER = Scorer(name="failing", version="1", description="Fails.", low=0.0, high=1.0, score=score)
"""


async def score(ask: Ask, **fields: Any) -> dict[str, Any]:
    """The payload of scoreTraces."""
    payload: dict[str, Any] = (await ask(SCORE_TRACES, input=fields))["scoreTraces"]
    return payload


async def count(ask: Ask) -> int:
    """Returns the number of stored scores."""
    number: int = (await ask(COUNT_SCORES))["scores"]["totalCount"]
    return number


async def test_many_traces_are_scored_in_parts(ask: Ask, store: Store, monkeypatch: pytest.MonkeyPatch):
    """Each request's time is over at once, so that it does one batch of 500."""
    monkeypatch.setattr("tunix_rt.api.traces.scoring.SHARE_OF_TIME", 0.0)
    stored = await store(*(trace_input(meta={"source": "a" if n < 1000 else "b"}) for n in range(1000)))
    stored += await store(*(trace_input(meta={"source": "a"}) for n in range(201)))
    await store(*(trace_input(meta={"source": "b"}) for n in range(100)))
    where = {"source": {"eq": "a"}}
    parts: list[dict[str, Any]] = []

    while not parts or parts[-1]["remainingCount"]:
        parts.append(await score(ask, where=where, **({"after": parts[-1]["lastId"]} if parts else {})))

    assert [(part["scoredCount"], part["remainingCount"]) for part in parts] == [(500, 701), (500, 201), (201, 0)]
    assert [part["lastId"] for part in parts] == [stored[place]["id"] for place in (499, 999, 1200)]
    assert await count(ask) == 1201


@on_sqlite
async def test_going_on_after_an_id(ask: Ask, store: Store, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tunix_rt.api.traces.scoring.SCORE_BATCH", 2)
    monkeypatch.setattr("tunix_rt.api.traces.scoring.SHARE_OF_TIME", 0)
    ids = [trace["id"] for trace in await store(*(trace_input() for _ in range(3)))]

    first = await score(ask, ids=ids)
    second = await score(ask, ids=ids, after=first["lastId"])
    foreign = user_error_of(await score(ask, ids=ids[:2], after=ids[2]))
    malformed = user_error_of(await score(ask, where={}, after="nonsense"))

    assert (first["scoredCount"], first["remainingCount"], first["lastId"]) == (2, 1, ids[1])
    assert (second["scoredCount"], second["remainingCount"], second["lastId"]) == (1, 0, ids[2])
    assert (foreign["code"], foreign["path"]) == ("BAD_USER_INPUT", ["input", "after"])
    assert (malformed["code"], malformed["path"]) == ("BAD_ID", ["input", "after"])


@on_sqlite
async def test_nothing_is_last_if_nothing_was_processed(ask: Ask, store: Store):
    first, last = [trace["id"] for trace in await store(trace_input(), trace_input())]

    assert (await score(ask, where={}, after=first))["lastId"] == last
    selections: list[dict[str, Any]] = [{"where": {}}, {"ids": [last]}]
    for selected in selections:
        payload = await score(ask, after=last, **selected)
        assert (payload["scoredCount"], payload["remainingCount"], payload["lastId"]) == (0, 0, None)


async def test_by_a_filter_in_batches(ask: Ask, store: Store):
    await store(*(trace_input(meta={"source": "a" if number < 901 else "b"}) for number in range(1000)))

    payload = await score(ask, where={"source": {"eq": "a"}})

    assert (payload["scoredCount"], len(payload["scores"])) == (901, 500)
    assert await count(ask) == 901
    assert (await score(ask, where={}, onlyMissing=True))["scoredCount"] == 99
    assert (await score(ask, where={"source": {"in": []}}))["scoredCount"] == 0


@on_sqlite
async def test_all_are_counted_and_the_first_are_shown(
    ask: Ask, store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    for name, value in (("SCORE_BATCH", 2), ("SHOWN_SCORES", 1), ("SHOWN_FAILURES", 3)):
        monkeypatch.setattr(f"tunix_rt.api.traces.scoring.{name}", value)
    (settings.data_dir / "scorers").mkdir(parents=True)
    (settings.data_dir / "scorers" / "failing.py").write_text(FAILING)
    stored = await store(*(trace_input(externalId=name) for name in ("bad", "good", "bad", "bad", "good", "bad")))
    mutation = """mutation { scoreTraces(input: {scorer: "failing", where: {}}) {
        scoredCount failedCount scores { trace { uuid } } failures { traceUuid }
    } }"""

    payload = (await ask(mutation))["scoreTraces"]

    assert (payload["scoredCount"], payload["failedCount"]) == (2, 4)
    assert payload["scores"] == [{"trace": {"uuid": stored[1]["uuid"]}}]
    assert [failure["traceUuid"] for failure in payload["failures"]] == [stored[place]["uuid"] for place in (0, 2, 3)]


@on_sqlite
async def test_the_failures_of_a_scorer_are_in_the_payload(ask: Ask, store: Store, settings: Settings):
    folder = settings.data_dir / "scorers"
    folder.mkdir(parents=True)
    (folder / "failing.py").write_text(FAILING)
    _, bad = await store(*(trace_input(externalId=name) for name in ("good", "bad")))
    mutation = """mutation { scoreTraces(input: {scorer: "failing", where: {}}) {
        scoredCount failedCount unscoredCount remainingCount failures { traceUuid code message } errors { code }
    } }"""

    listed = (await ask("{ scorers { name source origin unavailableReason } }"))["scorers"]
    payload = (await ask(mutation))["scoreTraces"]

    assert {"name": "failing", "source": "FOLDER", "origin": "failing.py", "unavailableReason": None} in listed
    failure = {"traceUuid": bad["uuid"], "code": "SCORER_FAILED", "message": "ZeroDivisionError: division by zero"}
    assert payload == {
        "scoredCount": 1,
        "failedCount": 1,
        "unscoredCount": 0,
        "remainingCount": 0,
        "failures": [failure],
        "errors": [],
    }
    assert await count(ask) == 1
