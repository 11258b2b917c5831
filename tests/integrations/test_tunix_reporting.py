"""Runs of a Tunix program: reported by a separate thread, stored once, and never in the way of training."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.api import Ask, ask, listening
from tests.support.postgres import free_port
from tests.support.traces import on_sqlite
from tunix_rt.app import create_app
from tunix_rt.settings import Settings
from tunix_rt_tunix import RunReporter, reporting
from tunix_rt_tunix.connection import Connection

__all__ = ["ask"]

RUN = """
query ($id: ID!) {
  run(id: $id) {
    status method modelId parameters lastBatch error { code message } trainingProgress { step totalSteps }
    metrics { name steps values kinds } logs { nodes { text stream } }
  }
}
"""


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shortens the time between two requests."""
    monkeypatch.setattr(reporting, "SECONDS_BETWEEN", 0.02)


class LosingConnection(Connection):
    """A connection to a real server that loses every other answer."""

    def post(self, path: str, body: bytes, content_type: str) -> dict[str, Any] | None:
        """Returns the answer, or None in its place."""
        answer = super().post(path, body, content_type)
        lost = self.__dict__.setdefault("lost", [True])
        lost[0] = not lost[0]
        return answer if lost[0] else None


async def stored(ask: Ask, name: str = "own-sft") -> dict[str, Any]:
    """Returns a run as the server has it."""
    run: dict[str, Any] = (await ask(RUN, id=name))["run"]
    return run


async def trained(settings: Settings, train: Callable[[str], Any]) -> Any:
    """Returns the result of a program that runs beside a server on the fresh database."""
    async with listening(create_app(settings), settings) as address:
        return await asyncio.to_thread(train, f"http://{address}")


def measured(run: RunReporter, values: list[float]) -> None:
    """Does what Tunix does: logs a value of each step to the backend, and closes it."""
    backend = run.backend()
    for step, value in enumerate(values):
        backend.log_scalar("/train/loss", value, step=step)
    backend.log_scalar("/jax/core/compile/time", 3.0, step=1)
    backend.log_scalar("own", 3.0, device="cpu")
    backend.close()


async def test_a_training_is_a_run_with_metrics_and_log(ask: Ask, settings: Settings):
    def train(url: str) -> None:
        parameters = {"rank": 4, "clip": math.inf, "decay": {"end": math.nan}}
        with RunReporter(url, "own-sft", model_id="own/model", method="LORA", parameters=parameters) as run:
            run.total_steps = 3
            measured(run, [2.0, math.nan, -math.inf, 0.5])
            run.log("one\ntwo\0")
            run.log("x" * 20_000, "STDERR")

    await trained(settings, train)

    run = await stored(ask)
    lines = run.pop("logs")["nodes"]
    last = run.pop("lastBatch")
    assert run == {
        "status": "COMPLETED",
        "method": "LORA",
        "modelId": "own/model",
        "parameters": {"rank": 4, "clip": "Infinity", "decay": {"end": "NaN"}},
        "error": None,
        "trainingProgress": {"step": 3, "totalSteps": 3},
        "metrics": [
            {
                "name": "train/loss",
                "steps": [0, 1, 2, 3],
                "values": [2.0, None, None, 0.5],
                "kinds": ["FINITE", "NAN", "NEGATIVE_INFINITY", "FINITE"],
            }
        ],
    }
    assert [(line["text"][:5], line["stream"]) for line in lines] == [
        ("one", "STDOUT"), ("two\ufffd", "STDOUT"), ("xxxxx", "STDERR")
    ]  # fmt: skip
    assert len(lines[-1]["text"]) == 16_384
    assert last >= 1


async def test_lost_answers_store_nothing_twice(ask: Ask, settings: Settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(reporting, "Connection", LosingConnection)
    monkeypatch.setattr(reporting, "RETRY_MAX_SECONDS", 0.02)
    monkeypatch.setattr(reporting, "BATCH_MAX", 10)

    def train(url: str) -> RunReporter:
        with RunReporter(url, "own-sft", model_id="m") as run:
            for step in range(45):
                run.measure("loss", step, step)
        return run

    run = await trained(settings, train)

    assert (run.lost, run.unsent) == (0, 0)
    found = await stored(ask)
    assert found["status"] == "COMPLETED"
    assert found["lastBatch"] >= 5
    assert found["metrics"][0]["steps"] == list(range(45))


@on_sqlite
async def test_how_a_training_ends_is_how_its_run_ends(ask: Ask, settings: Settings):
    def train(url: str) -> None:
        for name, error in (("failed", ValueError("too large")), ("stopped", KeyboardInterrupt())):
            with pytest.raises(type(error)), RunReporter(url, name, model_id="m"):
                raise error
        continued = RunReporter(url, "continued", model_id="m")
        continued.measure("loss", 1, 2.0)
        while continued.unsent:
            assert continued.refusal is None
        with RunReporter(url, "continued", model_id="m", resume=True) as again:
            again.measure("loss", 2, 1.0)
        continued.measure("loss", 3, 1.0)
        continued.close()
        assert continued.refusal is not None, "the run has been finished by the program that continued it"
        assert continued.lost == 1

    await trained(settings, train)

    failed = await stored(ask, "failed")
    assert (failed["status"], failed["error"]["message"]) == ("FAILED", "ValueError: too large")
    assert (await stored(ask, "stopped"))["status"] == "CANCELLED"
    continued = await stored(ask, "continued")
    assert (continued["status"], continued["metrics"][0]["steps"]) == ("COMPLETED", [1, 2])


@on_sqlite
async def test_a_refusal_is_reported_and_does_not_stop_training(
    ask: Ask, settings: Settings, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.WARNING, "tunix_rt_tunix")

    def train(url: str) -> RunReporter:
        with RunReporter(url, "a/b", model_id="m") as run:
            measured(run, [1.0])
        return run

    run = await trained(settings, train)

    assert run.refusal is not None
    assert "outputName must be a name" in run.refusal
    assert (run.lost, run.unsent) == (1, 0)
    assert "is not recorded" in caplog.text
    assert await ask("{ runs { totalCount } }") == {"runs": {"totalCount": 0}}


def test_training_goes_on_while_the_server_is_away(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture):
    monkeypatch.setattr(reporting, "BUFFERED_MAX", 3)
    caplog.set_level(logging.WARNING, "tunix_rt_tunix")
    run = RunReporter(f"http://127.0.0.1:{free_port()}", "away", model_id="m")

    measured(run, [4.0, 3.0, 2.0, 1.0])
    run.close(seconds=0.1)

    assert (run.lost, run.unsent, run.refusal) == (1, 3, None)
    assert "the server cannot be reached" in caplog.text
    assert "Not stored of the run away: 4 values and lines." in caplog.text
