"""The scorer ``judge`` against a real HTTP server that misbehaves: each trace gets its score or the reason for none."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from types import MappingProxyType
from typing import Any

import pytest

from tests.support.factories import trace, trace_draft
from tests.support.waiting import until
from tunix_rt.db.session import Database
from tunix_rt.domain.scorers.judge import verdict_of
from tunix_rt.domain.scorers.running.chat_endpoint import RESPONSE_MAX_BYTES, InvalidCompletion
from tunix_rt.domain.scorers.scoring import WAITING_PART
from tunix_rt.domain.scorers.service import ScorerService
from tunix_rt.domain.traces.storage import add_traces
from tunix_rt.errors import NotInstalled, SettingsError
from tunix_rt.settings import Settings

GOOD = '{"score": 0.75, "rationale": "Right, {mostly}."}'
LATER = {"busy", "broken", "closes", "half", "prose", "not json", "no content"}
"""Behaviours that end after the first request."""
BROKEN = (500, "oops")
ANSWERS: dict[str, tuple[Any, ...]] = {
    "busy": (429, "{}", {"Retry-After": "0.01"}),
    "broken": BROKEN,
    "always broken": BROKEN,
    "refused": (401, "{}"),
    "not json": (200, "<html>"),
    "half": (200, '{"choices": [', {"Content-Length": "999"}),
    "huge": (200, " " * (RESPONSE_MAX_BYTES + 1)),
}
"""Status, body and headers of responses that are no completion."""


class Endpoint(ThreadingHTTPServer):
    """A chat completions API whose behaviour each problem names."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: Counter[str] = Counter()
        self.requests: list[dict[str, Any]] = []
        self.keys: set[str | None] = set()
        self.over = Event()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignores clients that have gone."""


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: Endpoint

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        kind = json.loads(request["messages"][1]["content"])["problem"]
        first = not self.server.asked[kind]
        self.server.asked[kind] += 1
        self.server.requests.append(request)
        self.server.keys.add(self.headers["Authorization"])
        self.behave(kind if first or kind not in LATER else "good")

    def behave(self, kind: str) -> None:
        """Answers as the problem requires."""
        match kind:
            case "slow":
                self.server.over.wait()
            case "drips":
                self.drip(b" ", with_headers=True)
            case "drips headers":
                self.drip(b"X: y\r\n", with_headers=False)
            case "closes":
                self.connection.close()
            case "prose" | "always prose":
                self.complete("I prefer not to answer.")
            case "too high":
                self.complete('{"score": 11}')
            case "no content":
                self.complete(None)
            case _ if kind in ANSWERS:
                self.answer(*ANSWERS[kind])
            case _:
                self.complete(f"<think>{{hm}}</think>\n```json\n{GOOD}\n```")

    def drip(self, piece: bytes, *, with_headers: bool) -> None:
        """Sends a response that never ends, in small pieces."""
        self.send_response(200)
        self.end_headers() if with_headers else self.flush_headers()
        while not self.server.over.wait(0.1):
            self.wfile.write(piece)

    def complete(self, content: str | None) -> None:
        """Answers with a completion; one without content is a refusal."""
        choices = [{"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": "stop"}]
        self.answer(200, json.dumps({"choices": choices, "usage": {"prompt_tokens": 100, "completion_tokens": 20}}))

    def answer(self, status: int, body: str, headers: Mapping[str, str] = MappingProxyType({})) -> None:
        """Answers with a status and a body."""
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: Any) -> None:
        """Logs nothing."""


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    """The running server."""
    with Endpoint() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.over.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def configured(settings: Settings, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The settings of a judge at the server."""
    monkeypatch.setattr("tunix_rt.domain.scorers.running.chat_endpoint.BACKOFF_SECONDS", 0.01)
    return replace(
        settings,
        judge_url=f"http://127.0.0.1:{endpoint.server_port}/v1/",
        judge_model="tiny-judge",
        judge_key="secret",
        judge_timeout_seconds=4.0,
        judge_attempts=2,
        judge_at_once=8,
        judge_input_price=2.0,
        judge_output_price=10.0,
    )


async def test_each_trace_gets_its_score_or_the_reason(database: Database, configured: Settings, endpoint: Endpoint):
    reasons = {
        "slow": "TIMEOUT: The endpoint took longer than 4 s.",
        "drips": "TIMEOUT: The endpoint took longer than 4 s.",
        "drips headers": "TIMEOUT: The endpoint took longer than 4 s.",
        "huge": f"SCORER_FAILED: The response has more than {RESPONSE_MAX_BYTES} bytes.",
        "always broken": "SCORER_FAILED: After 2 of 2 attempts, the endpoint answered HTTP 500.",
        "refused": "SCORER_FAILED: The endpoint refused the request with HTTP 401.",
        "always prose": "SCORER_FAILED: After 2 of 2 attempts, the model gave no valid verdict: "
        "it is not a JSON object. It took 200 tokens of prompts and 40 of completions.",
        "too high": "SCORER_FAILED: After 2 of 2 attempts, the model gave no valid verdict: Expected `float` <= 1.0 - "
        "at `$.score`. It took 200 tokens of prompts and 40 of completions.",
    }
    kinds = ["good", *sorted(LATER), *reasons]
    drafts = [trace_draft(trace(kind, final_answer="18")) for kind in kinds]
    drafts[0].reference_answer = "eighteen"
    async with database.write() as session:
        ids = [row["id"] for row in await add_traces(session, drafts)]
    service = ScorerService(configured)

    scorer = await service.scorer("judge")
    batch = await service.score(database, ids, scorer, only_missing=False)
    again = await service.score(database, ids[:1], scorer, only_missing=True)
    await service.close()

    assert {kinds[ids.index(key)]: f"{why.code.value}: {why.message}" for key, why in batch.failures} == reasons
    rows = {kinds[ids.index(row["trace_id"])]: row for row in batch.rows}
    assert rows.keys() == {"good", *LATER}
    assert {(row["score"], row["rationale"], row["kind"]) for row in rows.values()} == {
        (0.75, "Right, {mostly}.", "MODEL")
    }
    cost = pytest.approx((100 * 2 + 20 * 10) / 1e6)
    once = {"model": "tiny-judge", "attempts": 1, "prompt_tokens": 100, "completion_tokens": 20, "cost": cost}
    assert rows["good"]["details"] == once
    assert rows["busy"]["details"] == once | {"attempts": 2}
    twice = {"attempts": 2, "prompt_tokens": 200, "completion_tokens": 40, "cost": pytest.approx(8e-4)}
    assert rows["prose"]["details"] == once | twice
    assert (again.rows, again.skipped) == ([], 1)
    assert endpoint.keys == {"Bearer secret"}
    assert "secret" not in repr(configured)
    assert endpoint.asked["refused"] == 1
    texts = [json.loads(request["messages"][1]["content"]) for request in endpoint.requests]
    assert [(one["final_answer"], one["reference_answer"]) for one in texts if one["problem"] == "good"] == [
        ("18", "eighteen")
    ]


async def test_what_was_graded_before_a_cancellation_is_stored(
    database: Database, configured: Settings, endpoint: Endpoint
):
    drafts = [trace_draft(trace("good", final_answer=str(place))) for place in range(WAITING_PART)]
    drafts += [trace_draft(trace("slow", final_answer=str(place))) for place in range(2)]
    async with database.write() as session:
        ids = [row["id"] for row in await add_traces(session, drafts)]
    service = ScorerService(replace(configured, judge_timeout_seconds=60.0, request_timeout_seconds=600.0))
    scorer = await service.scorer("judge")

    task = asyncio.create_task(service.score(database, ids, scorer, only_missing=False))
    await until(lambda: asyncio.to_thread(lambda: endpoint.asked["slow"] == 2))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    again = await service.score(database, ids[:WAITING_PART], scorer, only_missing=True)
    await service.close()

    assert (again.skipped, again.rows, endpoint.asked) == (WAITING_PART, [], {"good": WAITING_PART, "slow": 2})


async def test_no_part_of_a_batch_starts_after_its_time(database: Database, configured: Settings, endpoint: Endpoint):
    drafts = [trace_draft(trace("good", final_answer=str(place))) for place in range(WAITING_PART + 1)]
    async with database.write() as session:
        ids = [row["id"] for row in await add_traces(session, drafts)]
    service = ScorerService(configured)
    scorer = replace(await service.scorer("judge"), at_once=WAITING_PART)

    batch = await service.score(database, ids, scorer, only_missing=False, until=time.monotonic())
    await service.close()

    assert (batch.processed, len(batch.rows)) == (WAITING_PART, WAITING_PART)


async def test_the_version_is_a_hash_of_model_and_rubric(configured: Settings, tmp_path: Path):
    rubric = tmp_path / "rubric.txt"
    rubric.write_text("Score 1.")
    variants = [
        configured,
        replace(configured, judge_model="other"),
        replace(configured, judge_rubric_file=str(rubric)),
    ]

    versions = [(await ScorerService(settings).scorer("judge")).version for settings in (*variants, configured)]

    assert len(set(versions)) == 3
    assert versions[0] == versions[3]


async def test_without_an_endpoint_the_judge_is_unavailable(settings: Settings):
    with pytest.raises(NotInstalled, match="TUNIX_RT_JUDGE_URL"):
        await ScorerService(settings).scorer("judge")
    with pytest.raises(SettingsError, match="JUDGE_URL"):
        replace(settings, judge_url="localhost:80")
    with pytest.raises(SettingsError, match="JUDGE_RUBRIC_FILE"):
        replace(settings, judge_rubric_file="/nowhere")


@pytest.mark.parametrize(
    "content", ["", "{", "{" * 5000, '{"score": "1"}', '{"score": true}', '{"score": NaN}', "[0.5]"]
)
def test_what_is_no_verdict_is_refused(content: str):
    with pytest.raises(InvalidCompletion):
        verdict_of(content)


def test_the_last_verdict_counts():
    assert verdict_of('For example {"score": 0}. So: {"score": 1, "rationale": "Good"} Bye {').score == 1.0
