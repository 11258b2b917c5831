"""Labels of runs in GraphQL: they are stored with the run, and invalid ones are refused by their place."""

from __future__ import annotations

from typing import Any

from tests.support.api import Ask
from tests.support.no_worker import settings
from tests.support.runs import stand_in
from tests.support.started_runs import dataset
from tests.support.traces import on_sqlite

__all__ = ["dataset", "settings", "stand_in"]

START = """
mutation ($input: StartRunInput!) {
  startRun(input: $input) { run { status config { labels } } errors { code message path } }
}
"""


async def started(ask: Ask, dataset: dict[str, Any], *labels: str) -> dict[str, Any]:
    """Returns the payload of ``startRun`` with some labels."""
    given = {"datasetId": dataset["id"], "modelId": "tiny-random/qwen3", "labels": list(labels)}
    payload: dict[str, Any] = (await ask(START, input=given))["startRun"]
    return payload


@on_sqlite
async def test_labels_are_stored_with_the_run_and_invalid_ones_are_refused(ask: Ask, dataset: dict[str, Any]):
    assert (await started(ask, dataset, "gpu", "tpu-v5e"))["run"]["config"]["labels"] == ["gpu", "tpu-v5e"]
    refused = await started(ask, dataset, "gpu", "GPU")
    (error,) = refused["errors"]
    assert (refused["run"], error["code"], error["path"]) == (None, "BAD_USER_INPUT", ["input", "labels", "1"])
    (many,) = (await started(ask, dataset, *map(str, range(9))))["errors"]
    assert many["message"] == "labels must have at most 8 labels; it has 9."
