"""``generateManifest``: the original's YAML, with the export where it really lies, made once and used again."""

from __future__ import annotations

import asyncio
import json
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from sqlalchemy import update

from tests.support.api import Ask, Store, client_of
from tests.support.exports import CREATE_DATASET, exported, started
from tests.support.traces import CREATE_TRACES, UNKNOWN_UUID, data_of, on_sqlite, trace_input, user_error_of
from tunix_rt.db.models import exports
from tunix_rt.db.session import Database
from tunix_rt.settings import Settings

MANIFEST = """
mutation ($input: GenerateManifestInput!) {
  generateManifest(input: $input) {
    manifest { yaml path outputDir format dataset { key traceCount } modelId }
    export { id status rowCount expiresAt }
    errors { code message path }
  }
}
"""
MODEL = "google/gemma-2b-it"


@pytest.fixture
async def dataset(ask: Ask, store: Store) -> dict[str, Any]:
    """A dataset of three traces."""
    await store(*(trace_input(f"prompt {number}") for number in range(3)))
    found: dict[str, Any] = (await ask(CREATE_DATASET, input={"name": "ds", "version": "v1"}))["createDataset"][
        "dataset"
    ]
    return found


async def asked(ask: Ask, **given: Any) -> dict[str, Any]:
    """The payload."""
    payload: dict[str, Any] = (await ask(MANIFEST, input={"modelId": MODEL, **given}))["generateManifest"]
    return payload


async def given_manifest(ask: Ask, **given: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The manifest and the export of a request that goes well."""
    payload = await asked(ask, **given)
    assert payload["errors"] == []
    assert payload["export"]["status"] == "COMPLETED"
    return payload["manifest"], payload["export"]


async def change(database: Database, export: dict[str, Any], **columns: Any) -> None:
    """Changes an export behind the server's back."""
    async with database.write() as session:
        await session.execute(update(exports).where(exports.c.id == uuid.UUID(export["uuid"])).values(columns))


async def test_the_defaults_are_the_originals(ask: Ask, dataset: dict[str, Any], settings: Settings):
    manifest, export = await given_manifest(ask, datasetId="ds-v1", outputName="run_001")

    output = settings.data_dir / "runs" / "run_001"
    assert manifest["yaml"] == (
        "version: '1.0'\nrunner: tunix\nmode: sft\n"
        f"model:\n  model_id: {MODEL}\n"
        f"dataset:\n  format: tunix_sft\n  path: {manifest['path']}\n"
        "training:\n  learning_rate: 2.0e-05\n  num_epochs: 3\n  batch_size: 8\n  max_seq_length: 2048\n"
        f"output:\n  output_dir: {output}\n"
    )
    assert (manifest["format"], manifest["modelId"], manifest["outputDir"]) == ("TUNIX_SFT", MODEL, str(output))
    assert (manifest["dataset"], export["rowCount"]) == ({"key": "ds-v1", "traceCount": 3}, 3)


def records_of(file: Path) -> list[Any]:
    """Returns the records of a file of JSON lines."""
    return [json.loads(line) for line in file.read_text().splitlines()]


async def test_the_path_is_where_the_export_lies(ask: Ask, dataset: dict[str, Any]):
    manifest, _ = await given_manifest(ask, datasetId=dataset["id"])

    file = Path(manifest["path"])
    assert file.is_absolute()
    assert yaml.safe_load(manifest["yaml"])["dataset"]["path"] == str(file)
    lines = records_of(file)
    assert len(lines) == 3
    assert lines[0]["prompts"].startswith("<start_of_turn>user\nprompt 2<end_of_turn>\n<start_of_turn>model\n")


async def test_an_export_that_is_there_is_used_again(ask: Ask, dataset: dict[str, Any]):
    first = await given_manifest(ask, datasetId=dataset["id"])
    second = await given_manifest(ask, datasetId=dataset["uuid"])

    assert (first[0]["path"], first[1]) == (second[0]["path"], second[1])
    assert first[0]["outputDir"] != second[0]["outputDir"], "two trainings do not share a folder unasked"
    assert (await ask("{ exports { totalCount } }"))["exports"]["totalCount"] == 1


@on_sqlite
async def test_only_an_export_of_the_same_kind_is_used(ask: Ask, dataset: dict[str, Any]):
    for given in (
        {"format": "TRACE"},
        {"format": "TUNIX_SFT", "container": "JSONL_GZ"},
        {"format": "TUNIX_SFT", "systemInstruction": "Be brief."},
        {"format": "TUNIX_SFT", "roundTrip": True},
    ):
        await exported(ask, datasetId=dataset["id"], **given)
    fitting = await exported(ask, datasetId=dataset["id"], format="TUNIX_SFT")
    await exported(ask, datasetId=dataset["id"], format="TUNIX_SFT", keepControlTokens=True)

    _, export = await given_manifest(ask, datasetId=dataset["id"])
    assert export["id"] == fitting["id"]


def remove(path: str) -> None:
    """Takes a file away."""
    Path(path).unlink()


async def test_a_file_that_goes_soon_or_is_gone_is_written_again(ask: Ask, dataset: dict[str, Any], database: Database):
    old = await exported(ask, datasetId=dataset["id"], format="TUNIX_SFT")
    await change(database, old, expires_at=datetime.now(UTC) + timedelta(minutes=30))

    manifest, export = await given_manifest(ask, datasetId=dataset["id"])
    assert export["id"] != old["id"]
    remove(manifest["path"])
    assert (await given_manifest(ask, datasetId=dataset["id"]))[1]["id"] not in {old["id"], export["id"]}


@on_sqlite
async def test_every_parameter_is_written(ask: Ask, dataset: dict[str, Any]):
    manifest, _ = await given_manifest(
        ask,
        datasetId=dataset["id"],
        method="LORA",
        learningRate=0.001,
        numEpochs=1,
        batchSize=4,
        maxSeqLength=256,
        maxSteps=200,
        seed=0,
        gradientAccumulationSteps=2,
        warmupSteps=10,
        schedule="COSINE",
        weightDecay=0.5,
        maxGradNorm=1,
        saveEverySteps=50,
        evalEverySteps=25,
        lora={"rank": 8, "alpha": 16, "modulePath": ".*attn.*"},
        mesh={"fsdp": 2, "tp": 1},
    )

    read = yaml.safe_load(manifest["yaml"])
    assert read["method"] == "LORA"
    assert read["training"] == {
        "learning_rate": 0.001,
        "num_epochs": 1,
        "batch_size": 4,
        "max_seq_length": 256,
        "max_steps": 200,
        "seed": 0,
        "gradient_accumulation_steps": 2,
        "warmup_steps": 10,
        "schedule": "COSINE",
        "weight_decay": 0.5,
        "max_grad_norm": 1.0,
        "save_every_steps": 50,
        "eval_every_steps": 25,
    }
    assert (read["lora"], read["mesh"]) == (
        {"rank": 8, "alpha": 16.0, "module_path": ".*attn.*"},
        {"fsdp": 2, "tp": 1},
    )


@on_sqlite
@pytest.mark.parametrize(
    ("given", "paths"),
    [
        ({"modelId": ""}, [["modelId"]]),
        ({"modelId": "x" * 257}, [["modelId"]]),
        ({"learningRate": 0}, [["learningRate"]]),
        ({"learningRate": 1.01}, [["learningRate"]]),
        ({"numEpochs": 101}, [["numEpochs"]]),
        ({"batchSize": 513}, [["batchSize"]]),
        ({"maxSeqLength": 127}, [["maxSeqLength"]]),
        ({"lora": {"rank": 8}}, [["lora"]]),
        ({"method": "LORA", "lora": {"rank": 0, "alpha": 0}}, [["lora", "rank"], ["lora", "alpha"]]),
        ({"mesh": {"fsdp": 0}}, [["mesh", "fsdp"]]),
        ({"mesh": {"fsdp": 3}}, [["batchSize"]]),
        ({"method": "LORA", "lora": {"modulePath": "("}}, [["lora", "modulePath"]]),
        ({"modelId": "../../etc"}, [["modelId"]]),
        ({"modelId": "two\nlines"}, [["modelId"]]),
        ({"outputName": "../up"}, [["outputName"]]),
        ({"outputName": "a/b"}, [["outputName"]]),
        ({"outputName": ".."}, [["outputName"]]),
        ({"outputName": "/etc"}, [["outputName"]]),
        ({"outputName": ""}, [["outputName"]]),
        ({"outputName": "x" * 65}, [["outputName"]]),
        (
            {"modelId": "", "outputName": "/", "batchSize": 0, "seed": -1, "maxSteps": 1, "warmupSteps": 2},
            [["modelId"], ["outputName"], ["batchSize"], ["seed"], ["warmupSteps"]],
        ),
    ],
)
async def test_what_is_out_of_its_range_is_refused_on_its_field(
    ask: Ask, dataset: dict[str, Any], given: dict[str, Any], paths: list[list[str]]
):
    payload = await asked(ask, datasetId=dataset["id"], **given)

    assert (payload["manifest"], payload["export"]) == (None, None)
    assert [error["path"] for error in payload["errors"]] == [["input", *path] for path in paths]
    assert {error["code"] for error in payload["errors"]} == {"BAD_USER_INPUT"}
    assert (await ask("{ exports { totalCount } }"))["exports"]["totalCount"] == 0


@on_sqlite
@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"datasetId": UNKNOWN_UUID}, "NOT_FOUND", "datasetId"),
        ({"datasetId": "nonsense"}, "NOT_FOUND", "datasetId"),
        ({"datasetId": "nothing-v1"}, "NOT_FOUND", "datasetId"),
        ({"datasetId": ""}, "NOT_FOUND", "datasetId"),
    ],
)
async def test_a_dataset_has_to_be_named_and_there(ask: Ask, given: dict[str, Any], code: str, field: str):
    error = user_error_of(await asked(ask, **given))

    assert (error["code"], error["path"]) == (code, ["input", field])


def asking(client: httpx.AsyncClient) -> Ask:
    """Executes a document on an application of the test's own."""

    async def execute(query: str, **variables: Any) -> dict[str, Any]:
        return data_of((await client.post("/graphql", json={"query": query, "variables": variables})).json())

    return execute


async def test_while_the_export_waits_there_is_no_manifest(settings: Settings):
    async with client_of(replace(settings, export_slots=0)) as client:
        ask = asking(client)
        await ask(CREATE_TRACES, input={"traces": [trace_input()]})
        await ask(CREATE_DATASET, input={"name": "ds", "version": "v1"})
    async with client_of(replace(settings, export_slots=0, request_timeout_seconds=4)) as client:
        ask = asking(client)
        payloads = [await asked(ask, datasetId="ds-v1") for _ in range(2)]
    async with client_of(settings) as client:
        _, export = await given_manifest(asking(client), datasetId="ds-v1")

    for payload in payloads:
        assert (payload["manifest"], payload["export"]["status"], payload["errors"]) == (None, "PENDING", [])
        assert payload["export"]["id"] == export["id"], "the export that was started is the one that is used"


def put_a_file(path: Path) -> None:
    """Puts a file where a folder is going to be needed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("a file where the folder should be")


@on_sqlite
async def test_an_export_that_fails_reports_why(ask: Ask, dataset: dict[str, Any], settings: Settings):
    put_a_file(settings.data_dir / "exports")

    payload = await asked(ask, datasetId=dataset["id"])
    error = user_error_of(payload)
    assert (payload["manifest"], payload["export"]["status"]) == (None, "FAILED")
    assert error["code"] == "UNAVAILABLE"
    assert error["message"].startswith("The dataset's file is not available: ")


@on_sqlite
async def test_many_who_ask_at_once_get_one_answer_each(ask: Ask, dataset: dict[str, Any]):
    pending = await started(ask, datasetId=dataset["id"], format="TUNIX_SFT")

    found = await asyncio.gather(*(given_manifest(ask, datasetId=dataset["id"]) for _ in range(10)))
    assert {export["id"] for _, export in found} == {pending["id"]}
