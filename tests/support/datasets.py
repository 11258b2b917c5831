"""Datasets of ten traces, as the tests of the API create and read them."""

from __future__ import annotations

from typing import Any, TypeAlias

import pytest

from tests.support.api import Ask, Store
from tests.support.traces import trace_input, user_error_of

DATASET = """
  id uuid key name version buildId traceCount sha256 sessionId trainingRunId createdAt
  stats {
    traceCount avgStepCount minStepCount maxStepCount avgCharCount sourceCount
    sources { source count } scores { scorer count mean low high }
  }
  recipe {
    __typename
    ... on SelectionRecipe { where orderBy { field direction } strategy seed limit asOf }
    ... on SplitRecipe { parentKey parentSha256 part parts { name count } promptSeed }
  }
"""


CREATE = f"""
mutation ($input: CreateDatasetInput!) {{
  createDataset(input: $input) {{ dataset {{ {DATASET} }} errors {{ code message path }} }}
}}
"""


DELETE_DATASET = """
mutation ($input: DeleteDatasetInput!) { deleteDataset(input: $input) { deletedUuid errors { code message path } } }
"""


MEMBERS = """
query ($id: ID!, $where: TraceWhere, $orderBy: [TraceOrder!], $first: Int, $after: String, $last: Int) {
  dataset(id: $id) {
    traces(where: $where, orderBy: $orderBy, first: $first, after: $after, last: $last) {
      totalCount
      nodes { id prompt }
      pageInfo { hasNextPage endCursor }
    }
  }
}
"""


Traces: TypeAlias = list[dict[str, Any]]


@pytest.fixture
async def ten(store: Store) -> Traces:
    """Ten traces, oldest first; `n` counts them, every third is from `b`."""
    return await store(
        *(trace_input(f"prompt {n}", meta={"n": n, "source": "b" if n % 3 == 0 else "a"}) for n in range(10))
    )


async def create(ask: Ask, **fields: Any) -> dict[str, Any]:
    """A built dataset."""
    payload = (await ask(CREATE, input={"name": "ds", "version": "1"} | fields))["createDataset"]
    assert payload["errors"] == []
    dataset: dict[str, Any] = payload["dataset"]
    return dataset


async def refused(ask: Ask, **fields: Any) -> dict[str, Any]:
    """The only error of a dataset that is refused, of which nothing is stored."""
    payload = (await ask(CREATE, input={"name": "ds", "version": "1"} | fields))["createDataset"]
    assert payload["dataset"] is None
    assert (await ask("{ datasets { totalCount } }"))["datasets"]["totalCount"] == 0
    return user_error_of(payload)


async def prompts(ask: Ask, dataset: dict[str, Any], **arguments: Any) -> list[str]:
    """The prompts of a dataset's members."""
    found = (await ask(MEMBERS, id=dataset["id"], **arguments))["dataset"]["traces"]["nodes"]
    return [node["prompt"] for node in found]
