"""Datasets verified and split through the API."""

from __future__ import annotations

from typing import Any

from tests.support.api import Ask

VERIFY = """
mutation ($input: VerifyDatasetInput!) {
  verifyDataset(input: $input) {
    verification {
      intact reproducible sha256 derivedSha256 derivationError newerCount
      counts { kind count } changes { kind traceUuid position reason }
    }
    errors { code message path }
  }
}
"""


SPLIT = """
mutation ($input: SplitDatasetInput!) {
  splitDataset(input: $input) {
    datasets {
      id key name version traceCount sha256 parent { key }
      recipe { ... on SplitRecipe { parentKey parentSha256 part parts { name count } promptSeed } }
    }
    errors { code message path }
  }
}
"""


async def verify(ask: Ask, dataset: dict[str, Any]) -> dict[str, Any]:
    """Returns the result of a verification, its changes as {(kind, uuid): position}."""
    payload = (await ask(VERIFY, input={"id": dataset["id"]}))["verifyDataset"]
    assert payload["errors"] == []
    found: dict[str, Any] = payload["verification"]
    assert all(change["reason"] for change in found["changes"])
    found["changes"] = {(change["kind"], change["traceUuid"]): change["position"] for change in found["changes"]}
    return found
