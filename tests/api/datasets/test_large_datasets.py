"""Large datasets through the API: built by processes, followed, cancelled; and of no use until they are completed."""

from __future__ import annotations

import asyncio
import uuid
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import Execute
from tests.support.api import Ask, Store
from tests.support.traces import UNKNOWN_UUID, code_of, error_of, trace_input, user_error_of
from tests.support.waiting import until
from tunix_rt.db.session import Database
from tunix_rt.domain.datasets.members import append_members
from tunix_rt.settings import Settings

JOB = "id uuid key status progress attempt startedAt completedAt error { code message } traceCount sha256"
CREATE = f"""
mutation ($input: CreateDatasetInput!) {{
  createDataset(input: $input) {{ dataset {{ {JOB} stats {{ traceCount }} }} errors {{ code message path }} }}
}}
"""
SPLIT = f"""
mutation ($input: SplitDatasetInput!) {{
  splitDataset(input: $input) {{ datasets {{ {JOB} }} errors {{ code message path }} }}
}}
"""
ONE = f"query ($id: ID!) {{ dataset(id: $id) {{ {JOB} stats {{ traceCount }} traces {{ nodes {{ id }} }} }} }}"
STATUS = f"query ($id: ID!) {{ dataset(id: $id) {{ {JOB} }} }}"
CANCEL = """
mutation ($input: CancelDatasetInput!) {
  cancelDataset(input: $input) { dataset { status } errors { code message path } }
}
"""
RETRY = """
mutation ($input: RetryDatasetInput!) {
  retryDataset(input: $input) { dataset { status } errors { code message path } }
}
"""
DELETE = """
mutation ($input: DeleteDatasetInput!) { deleteDataset(input: $input) { deletedUuid errors { code message path } } }
"""
MEMBERSHIP = """
query {
  all: traces { nodes { datasets { totalCount nodes { key } } } }
  some: traces(where: { datasets: { some: {} } }) { totalCount }
  none: traces(where: { datasets: { none: {} } }) { totalCount }
  every: traces(where: { datasets: { every: { key: { eq: "other" } } } }) { totalCount }
}
"""


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """A server that builds a dataset of more than three members in a process."""
    return Settings(data_dir=tmp_path / "data", database_url=database_url, load_samples=False, dataset_direct_max=3)


@pytest.fixture
async def five(store: Store) -> list[dict[str, Any]]:
    """Five traces, oldest first."""
    return await store(*(trace_input(f"prompt {n}") for n in range(5)))


async def create(ask: Ask, **fields: Any) -> dict[str, Any]:
    """A dataset as its creation answers it."""
    payload = (await ask(CREATE, input={"name": "ds", "version": "1"} | fields))["createDataset"]
    assert payload["errors"] == []
    dataset: dict[str, Any] = payload["dataset"]
    return dataset


async def ended(ask: Ask, dataset_id: str) -> dict[str, Any]:
    """A dataset once its building has ended."""

    async def look() -> Any:
        found = (await ask(STATUS, id=dataset_id))["dataset"]
        return found if found["completedAt"] else None

    dataset: dict[str, Any] = await until(look, "the dataset was not built")
    return dataset


async def test_a_large_dataset_is_answered_at_once_and_built_by_a_process(ask: Ask, five: list[dict[str, Any]]):
    small = await create(ask, limit=3)
    large = await create(ask, version="2")

    assert (small["status"], small["attempt"], small["progress"], small["traceCount"]) == ("COMPLETED", 1, 1, 3)
    assert (large["status"], large["attempt"], large["traceCount"]) == ("PENDING", 0, 0)
    assert (large["sha256"], large["stats"], large["error"]) == (None, None, None)
    built = await ended(ask, large["id"])
    assert (built["status"], built["progress"], built["traceCount"], built["error"]) == ("COMPLETED", 1, 5, None)
    found = (await ask(ONE, id=large["id"]))["dataset"]
    assert found["stats"] == {"traceCount": 5}
    assert [node["id"] for node in found["traces"]["nodes"]] == [trace["id"] for trace in reversed(five)]


async def test_a_large_dataset_has_the_sum_of_a_small_one(ask: Ask, five: list[dict[str, Any]], database: Database):
    parts = [{"name": "a", "count": 3}, {"name": "b", "count": 2}]
    large = await create(ask)
    sums = (await ended(ask, large["id"]))["sha256"]
    payload = (await ask(SPLIT, input={"id": large["id"], "parts": parts}))["splitDataset"]

    assert payload["errors"] == []
    assert [part["status"] for part in payload["datasets"]] == ["PENDING", "PENDING"]
    built = [await ended(ask, part["id"]) for part in payload["datasets"]]
    assert [(part["status"], part["traceCount"]) for part in built] == [("COMPLETED", 3), ("COMPLETED", 2)]
    verify = "mutation ($id: ID!) { verifyDataset(input: {id: $id}) { verification { intact reproducible sha256 } } }"
    for dataset_id, sum_ in [(large["id"], sums), *((part["id"], part["sha256"]) for part in built)]:
        found = (await ask(verify, id=dataset_id))["verifyDataset"]["verification"]
        assert found == {"intact": True, "reproducible": True, "sha256": sum_}


async def test_equal_requests_at_once_enter_one_dataset(ask: Ask, five: list[dict[str, Any]]):
    found = await asyncio.gather(*(create(ask, idempotencyKey="once") for _ in range(8)))

    assert len({dataset["id"] for dataset in found}) == 1
    assert (await ask("{ datasets { totalCount } }"))["datasets"]["totalCount"] == 1
    again = (await ask(CREATE, input={"name": "ds", "version": "1"}))["createDataset"]
    assert user_error_of(again)["code"] == "CONFLICT"


class TestUnfinished:
    """A dataset that nobody builds, with one member already."""

    @pytest.fixture
    def settings(self, database_url: str, tmp_path: Path) -> Settings:
        """A server that leaves large datasets to others."""
        data_dir = tmp_path / "data"
        return Settings(
            data_dir=data_dir, database_url=database_url, load_samples=False, dataset_direct_max=3, dataset_slots=0
        )

    @pytest.fixture
    async def unfinished(self, ask: Ask, five: list[dict[str, Any]], database: Database) -> dict[str, Any]:
        """The dataset."""
        dataset = await create(ask)
        member = (uuid.UUID(five[0]["uuid"]).hex, b"\0" * 32, b"\0" * 32)
        async with database.write() as session:
            await append_members(session, uuid.UUID(dataset["uuid"]), 0, [member])
        return dataset

    @pytest.mark.parametrize(
        ("mutation", "title", "given", "path"),
        [
            ("startExport", "StartExport", {"datasetId": "ID"}, ["datasetId"]),
            ("startExport", "StartExport", {"datasetId": "KEY"}, ["datasetId"]),
            ("splitDataset", "SplitDataset", {"id": "ID", "parts": [{"name": "a", "count": 1}]}, ["id"]),
            ("verifyDataset", "VerifyDataset", {"id": "ID"}, ["id"]),
            ("createDataset", "CreateDataset", {"name": "b", "version": "1", "parentDatasetId": "ID"}, None),
            ("startRun", "StartRun", {"datasetId": "ID", "modelId": "google/gemma-2b-it"}, ["datasetId"]),
            ("startRun", "StartRun", {"datasetId": "KEY", "modelId": "google/gemma-2b-it"}, None),
            (
                "generateManifest",
                "GenerateManifest",
                {"datasetId": "ID", "modelId": "google/gemma-2b-it"},
                ["datasetId"],
            ),
            ("generateManifest", "GenerateManifest", {"datasetId": "KEY", "modelId": "google/gemma-2b-it"}, None),
        ],
    )
    async def test_it_is_of_no_use(
        self, ask: Ask, unfinished: dict[str, Any], mutation: str, title: str, given: dict[str, Any], path: Any
    ):
        names = {"ID": unfinished["id"], "KEY": unfinished["key"]}
        query = f"mutation ($input: {title}Input!) {{ {mutation}(input: $input) {{ errors {{ code message path }} }} }}"

        wanted = {name: names.get(value, value) if isinstance(value, str) else value for name, value in given.items()}
        error = user_error_of((await ask(query, input=wanted))[mutation])

        assert (error["code"], "is PENDING" in error["message"]) == ("CONFLICT", True)
        assert path is None or error["path"] == ["input", *path]

    async def test_its_members_are_not_shown(self, graphql: Execute, unfinished: dict[str, Any]):
        error = error_of(await graphql(ONE, {"id": unfinished["id"]}))

        assert error["extensions"]["code"] == "CONFLICT"
        assert "is PENDING; wait until its status is COMPLETED" in error["message"]

    async def test_it_overlaps_with_nothing(self, graphql: Execute, ask: Ask, unfinished: dict[str, Any]):
        other = await create(ask, version="2", limit=2)
        query = "query ($a: ID!, $b: ID!) { datasetOverlap(a: $a, b: $b) { sharedPrompts } }"

        for pair in ((unfinished, other), (other, unfinished)):
            assert code_of(await graphql(query, {"a": pair[0]["id"], "b": pair[1]["id"]})) == "CONFLICT"

    async def test_no_trace_is_in_it(self, ask: Ask, unfinished: dict[str, Any]):
        found = await ask(MEMBERSHIP)

        assert [node["datasets"]["totalCount"] for node in found["all"]["nodes"]] == [0] * 5
        assert (found["some"]["totalCount"], found["none"]["totalCount"], found["every"]["totalCount"]) == (0, 5, 5)

    async def test_it_is_not_streamed(self, app_client: httpx.AsyncClient, unfinished: dict[str, Any]):
        response = await app_client.get(f"/v1/datasets/{unfinished['key']}/export.jsonl")

        assert response.status_code == 409
        assert "is PENDING" in response.json()["errors"][0]["message"]

    async def test_it_is_found_by_its_status_cancelled_retried_and_deleted(self, ask: Ask, unfinished: dict[str, Any]):
        given = {"input": {"id": unfinished["id"]}}
        by_status = "query ($s: JobStatus!) { datasets(where: {status: {eq: $s}}) { nodes { key } } }"

        assert (await ask(by_status, s="PENDING"))["datasets"]["nodes"] == [{"key": "ds-1"}]
        assert user_error_of((await ask(RETRY, **given))["retryDataset"])["code"] == "CONFLICT"
        assert (await ask(CANCEL, **given))["cancelDataset"]["dataset"] == {"status": "CANCELLED"}
        assert user_error_of((await ask(CANCEL, **given))["cancelDataset"])["code"] == "CONFLICT"
        assert (await ask(by_status, s="CANCELLED"))["datasets"]["nodes"] == [{"key": "ds-1"}]
        assert (await ask(RETRY, **given))["retryDataset"]["dataset"] == {"status": "PENDING"}
        assert (await ask(DELETE, **given))["deleteDataset"]["deletedUuid"] == unfinished["uuid"]
        unknown = {"input": {"id": UNKNOWN_UUID}}
        assert user_error_of((await ask(CANCEL, **unknown))["cancelDataset"])["code"] == "NOT_FOUND"
        assert user_error_of((await ask(RETRY, **unknown))["retryDataset"])["code"] == "NOT_FOUND"
