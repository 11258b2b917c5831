"""One real training on a CPU, from the import to the exported weights, as a user does it: over HTTP and a WebSocket."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import random
import signal
import struct
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from tests.support.factories import trace
from tests.support.served_user import ServedUser
from tests.support.servers import serving
from tunix_rt.domain.runs.files import folder_of
from tunix_rt.jobs.supervision.folder import known_processes

CREATE = """
mutation ($input: CreateDatasetInput!) { createDataset(input: $input) { dataset { traceCount } errors { message } } }
"""
START = """
mutation ($input: StartRunInput!) { startRun(input: $input) { run { id status } errors { message } } }
"""
EVENTS = """
subscription ($id: ID!, $after: Int!) {
  runEvents(id: $id, after: $after) {
    __typename seq attempt
    ... on RunState { status progress trainingProgress { step } reason }
    ... on RunLogLine { text }
    ... on RunMetricPoint { name step value }
  }
}
"""
RUN = """
query ($id: ID!) {
  run(id: $id) {
    status attempt statusReason exitCode
    metrics { name steps values }
    attempts { attempt status reason }
    artifacts(first: 100) { nodes { name kind sha256 byteSize downloadUrl } }
  }
}
"""
REPLAY = """
mutation ($id: ID!) { replayRun(input: { id: $id }) { run { id } errors { message } } }
"""
REPLAYED = """
query ($id: ID!) {
  run(id: $id) {
    status statusReason replay { verdict step differences { path } }
    receipts { packages { name value } datasets { evaluation } weights { step } }
  }
}
"""
STATUS = "query ($id: ID!) { run(id: $id) { status } }"
PARAMETERS = {
    "datasetId": "sums-1",
    "evalDatasetId": "more-sums-1",
    "modelId": "tiny-random/qwen3",
    "mode": "TRAIN",
    "method": "LORA",
    "learningRate": 0.01,
    "numEpochs": 2,
    "batchSize": 8,
    "maxSeqLength": 128,
    "saveEverySteps": 10,
    "evalEverySteps": 20,
    "seed": 7,
    "lora": {"rank": 8, "alpha": 16},
}
NDJSON = {"Content-Type": "application/x-ndjson"}
TENSORS = {
    "model.embed_tokens.weight",
    "model.layers.0.self_attn.q_proj.weight",
    "model.layers.1.mlp.down_proj.weight",
    "model.norm.weight",
}


def sums(count: int, seed: int, source: str) -> Iterator[dict[str, Any]]:
    """Yields sums with reasoning, whose form a tiny model learns quickly."""
    chosen = random.Random(seed)  # noqa: S311
    for number in range(count):
        a, b = chosen.randint(1, 20), chosen.randint(1, 20)
        yield trace(
            f"What is {a}+{b}? ({number})",
            final_answer=str(a + b),
            steps=[{"i": 0, "type": "reasoning", "content": f"add {a} and {b}"}],
            meta={"source": source},
        )


class Client(ServedUser):
    """A user who trains and samples models."""

    async def events(self, run: str, after: int = 0) -> AsyncGenerator[dict[str, Any], None]:
        """Yields the events of a run as they are appended, until it has ended."""
        address = self.server.url.replace("http", "ws") + "/graphql"
        async with connect(address, subprotocols=[Subprotocol("graphql-transport-ws")], proxy=None) as socket:
            await socket.send(json.dumps({"type": "connection_init"}))
            variables = {"id": run, "after": after}
            payload = {"query": EVENTS, "variables": variables}
            await socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": payload}))
            async for text in socket:
                message = json.loads(text)
                if message["type"] == "complete":
                    return
                if message["type"] == "next":
                    for event in message["payload"]["data"]["runEvents"]:
                        yield event

    async def started(self, name: str) -> str:
        """Returns the id of a run that was started."""
        payload = await self.ask(START, input=PARAMETERS | {"outputName": name})
        assert payload["errors"] == []
        run: str = payload["run"]["id"]
        return run

    async def import_sums(self, source: str, count: int, seed: int) -> None:
        """Imports sums, and creates a dataset of them."""
        lines = "".join(json.dumps(found) + "\n" for found in sums(count, seed, source))
        report = (await self.http.post("/v1/traces", content=lines, headers=NDJSON)).json()
        assert report["added"] == count
        selection = {"name": source, "version": "1", "where": {"source": {"eq": source}}}
        assert (await self.ask(CREATE, input=selection))["dataset"]["traceCount"] == count

    def folder(self, name: str) -> Path:
        """Returns the folder of a run."""
        return folder_of(self.server.data_dir, name)


@pytest.fixture
async def client(tmp_path: Path, compiled: Path) -> AsyncIterator[Client]:
    """A user of a server with two datasets of imported sums."""
    environment = {"TUNIX_RT_LOAD_SAMPLES": "false", "JAX_COMPILATION_CACHE_DIR": str(compiled)}
    with serving([sys.executable, "-m", "tunix_rt"], tmp_path, environment) as server:
        async with httpx.AsyncClient(base_url=server.url, trust_env=False, timeout=60) as http:
            client = Client(server, http)
            for source, count, seed in (("sums", 400, 1), ("more-sums", 80, 2)):
                await client.import_sums(source, count, seed)
            yield client


async def trained(client: Client, run: str) -> list[dict[str, Any]]:
    """Follows a run until its end and returns its events, after checking that they arrive during training."""
    found, streamed = [], False
    async with aclosing(client.events(run)) as events:
        async for event in events:
            found.append(event)
            if not streamed and event.get("name") == "train/loss":
                streamed = (await client.ask(STATUS, id=run))["status"] == "RUNNING"
    assert streamed, "the events came when all was over"
    return found


async def weights_of(client: Client, run: dict[str, Any]) -> bytes:
    """Downloads the exported weights."""
    (artifact,) = [found for found in run["artifacts"]["nodes"] if found["kind"] == "WEIGHTS"]
    content = (await client.http.get(artifact["downloadUrl"])).content
    assert (len(content), hashlib.sha256(content).hexdigest()) == (artifact["byteSize"], artifact["sha256"])
    return content


def tensor_names(weights: bytes) -> set[str]:
    """Returns the names in a safetensors file, after checking that its last tensor ends where the file does."""
    (length,) = struct.unpack("<Q", weights[:8])
    header = json.loads(weights[8 : 8 + length])
    header.pop("__metadata__", None)
    assert max(found["data_offsets"][1] for found in header.values()) == len(weights) - 8 - length
    return set(header)


async def kill_after(client: Client, run: str, step: int) -> None:
    """Kills the trainer of a run once it has completed a step."""
    async with aclosing(client.events(run)) as events:
        async for event in events:
            if event.get("name") == "train/loss" and event["step"] >= step:
                break
    processes = await asyncio.to_thread(known_processes, client.folder("killed"))
    assert processes is not None
    os.kill(processes.trainer, signal.SIGKILL)


async def test_a_model_learns_and_killed_or_replayed_training_ends_with_the_same_weights(client: Client):
    first, second = await client.started("whole"), await client.started("killed")
    events = await trained(client, first)
    run = await client.ask(RUN, id=first)

    assert (run["status"], run["attempt"], run["exitCode"]) == ("COMPLETED", 1, 0), run["statusReason"]
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert events[-1]["status"] == "COMPLETED"
    losses = {found["name"]: found["values"] for found in run["metrics"]}
    assert losses["eval/loss"][-1] < losses["eval/loss"][0] / 2
    assert losses["train/loss"] == [event["value"] for event in events if event.get("name") == "train/loss"]
    weights = await weights_of(client, run)
    assert tensor_names(weights) >= TENSORS
    model = client.folder("whole") / "model"
    assert json.loads((model / "config.json").read_text())["architectures"] == ["Qwen3ForCausalLM"]
    assert {"README.md", "tokenizer.json", "tokenizer_config.json"} <= {path.name for path in model.iterdir()}

    await kill_after(client, second, 25)
    again = await trained(client, second)
    run = await client.ask(RUN, id=second)

    assert (run["status"], run["attempt"]) == ("COMPLETED", 2), run["statusReason"]
    assert [found["status"] for found in run["attempts"]] == ["FAILED", "COMPLETED"]
    assert "killed by signal 9" in run["attempts"][0]["reason"]
    assert "It resumes from the checkpoint of step " in "".join(event.get("reason") or "" for event in again)
    assert [event["seq"] for event in again] == list(range(1, len(again) + 1))
    assert await weights_of(client, run) == weights

    payload = await client.ask(REPLAY, id=second)
    assert payload["errors"] == []
    await trained(client, payload["run"]["id"])
    run = await client.ask(REPLAYED, id=payload["run"]["id"])

    assert run["status"] == "COMPLETED", run["statusReason"]
    assert run["replay"] == {"verdict": "EQUAL", "step": 100, "differences": []}
    (receipt,) = run["receipts"]
    assert [found["step"] for found in receipt["weights"]] == [0, *range(10, 101, 10)]
    assert [found["evaluation"] for found in receipt["datasets"]] == [False, True]
    assert {"jax", "tunix"} <= {found["name"] for found in receipt["packages"]}
