"""The files of runs, through the API and by their URLs; and the base models."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import delete

from tests.support.api import Ask
from tests.support.no_worker import settings
from tests.support.run_requests import artifact, entered
from tests.support.traces import code_of, on_sqlite
from tunix_rt.db.models import run_artifacts
from tunix_rt.db.session import Database
from tunix_rt.domain.runs.config import folder_name
from tunix_rt.domain.runs.files import folder_of
from tunix_rt.settings import Settings

__all__ = ["settings"]


async def test_files_and_checkpoints(ask: Ask, database: Database):
    run, other = await entered(database), await entered(database, 1)
    await artifact(database, other, "checkpoints/9", kind="CHECKPOINT", step=9, sha256=None)
    await artifact(database, run, "model/model.safetensors", kind="WEIGHTS", byte_size=5_000_000_000)
    for step in (20, 3, 100):
        await artifact(database, run, f"checkpoints/{step}", kind="CHECKPOINT", step=step, sha256=None)
    query = """
    query ($id: ID!, $where: RunArtifactWhere) {
      run(id: $id) {
        artifacts(where: $where, orderBy: [{field: BYTE_SIZE, direction: DESC}], first: 1) {
          totalCount nodes { name kind step byteSize sha256 downloadUrl }
        }
        checkpoints { step name downloadUrl }
      }
    }
    """

    found = (await ask(query, id=str(run["id"])))["run"]

    assert found["artifacts"]["totalCount"] == 4
    (file,) = found["artifacts"]["nodes"]
    assert file.pop("downloadUrl").startswith("http://127.0.0.1:8000/v1/artifacts/")
    assert file == {
        "name": "model/model.safetensors",
        "kind": "WEIGHTS",
        "step": None,
        "byteSize": 5_000_000_000,
        "sha256": "00",
    }
    assert found["checkpoints"] == [
        {"step": step, "name": f"checkpoints/{step}", "downloadUrl": None} for step in (3, 20, 100)
    ]
    kept = (await ask(query, id=str(run["id"]), where={"kind": {"eq": "CHECKPOINT"}, "step": {"lt": 5}}))["run"]
    assert kept["artifacts"]["nodes"][0]["name"] == "checkpoints/3"


def on_disk(settings: Settings, run: dict[str, Any], name: str, content: bytes) -> Path:
    """A file in a run's folder."""
    file = folder_of(settings.data_dir, folder_name(run["id"], run["output_name"])) / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return file


URLS = "query ($id: ID!) { run(id: $id) { artifacts { nodes { downloadUrl } } } }"


async def url_of(ask: Ask, run: dict[str, Any]) -> str:
    """Returns the download URL of the only file of a run."""
    ((file,),) = (await ask(URLS, id=str(run["id"])))["run"]["artifacts"].values()
    url: str = file["downloadUrl"]
    return url


@pytest.mark.parametrize("output_name", [None, "mine"])
async def test_files_are_had_whole_and_in_parts(
    ask: Ask, app_client: httpx.AsyncClient, database: Database, settings: Settings, output_name: str | None
):
    content, run = b'{"step": 1}\n' * 100, await entered(database, output_name=output_name)
    sha256 = hashlib.sha256(content).hexdigest()
    file = on_disk(settings, run, "model/config.json", content)
    await artifact(database, run, "model/config.json", kind="CONFIG", byte_size=len(content), sha256=sha256)
    url = await url_of(ask, run)

    whole = await app_client.get(url)
    part = await app_client.get(url, headers={"Range": "bytes=12-23"})
    head = await app_client.head(url)
    known = await app_client.get(url, headers={"If-None-Match": whole.headers["etag"]})
    beyond = await app_client.get(url, headers={"Range": "bytes=99999-"})

    assert (whole.status_code, whole.content) == (200, content)
    assert whole.headers["etag"] == f'"{sha256}"'
    assert whole.headers["content-disposition"] == 'attachment; filename="config.json"'
    assert whole.headers["content-type"].startswith("application/json")
    assert (part.status_code, part.content) == (206, content[12:24])
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(len(content)))
    assert (known.status_code, known.content) == (304, b"")
    assert beyond.status_code == 416
    file.unlink()
    assert (await app_client.get(url)).status_code == 410


@on_sqlite
@pytest.mark.parametrize("part", [None, "bytes=0-0", "bytes=0-0,2-2"])
async def test_a_file_that_cannot_be_read_is_reported(
    ask: Ask, app_client: httpx.AsyncClient, database: Database, settings: Settings, part: str | None
):
    run = await entered(database)
    file = on_disk(settings, run, "manifest.yaml", b"a: 1")
    await artifact(database, run, "manifest.yaml", kind="MANIFEST")
    file.unlink()
    file.mkdir()  # root may read any file, but no folder

    refused = await app_client.get(await url_of(ask, run), headers={} if part is None else {"Range": part})

    assert (refused.status_code, code_of(refused.json())) == (503, "UNAVAILABLE")
    assert refused.json()["errors"][0]["message"] == "The file manifest.yaml cannot be read: Is a directory."


async def test_files_require_a_signed_url(
    ask: Ask, app_client: httpx.AsyncClient, database: Database, settings: Settings
):
    run = await entered(database)
    on_disk(settings, run, "manifest.yaml", b"a: 1\n")
    file = await artifact(database, run, "manifest.yaml", kind="MANIFEST")
    url = await url_of(ask, run)

    for wrong in (
        url.partition("?")[0],
        url[:-1] + ("0" if url[-1] != "0" else "1"),
        url.replace("expires=", "expires=9"),
    ):
        refused = await app_client.get(wrong)
        assert (refused.status_code, code_of(refused.json())) == (403, "FORBIDDEN"), wrong
    async with database.write() as session:
        await session.execute(delete(run_artifacts).where(run_artifacts.c.id == file["id"]))
    missing = await app_client.get(url)
    assert (missing.status_code, code_of(missing.json())) == (404, "NOT_FOUND")


@on_sqlite
async def test_no_name_leads_out_of_a_runs_folder(
    ask: Ask, app_client: httpx.AsyncClient, database: Database, settings: Settings
):
    run = await entered(database)
    on_disk(settings, run, "x", b"")
    (settings.data_dir / "secrets.txt").write_bytes(b"secret")
    await artifact(database, run, "../../secrets.txt")

    refused = await app_client.get(await url_of(ask, run))

    assert (refused.status_code, code_of(refused.json())) == (404, "NOT_FOUND")


MODELS = "{ baseModels { modelId source family parameterCount byteSize hasTokenizer problem } }"


def safetensors(**shapes: list[int]) -> bytes:
    """The head of a file of weights."""
    tensors = {name: {"dtype": "F32", "shape": shape, "data_offsets": [0, 0]} for name, shape in shapes.items()}
    header = json.dumps({"__metadata__": {"format": "pt"}} | tensors).encode()
    return len(header).to_bytes(8, "little") + header


@on_sqlite
async def test_base_models(ask: Ask, settings: Settings):
    def made(family: str) -> dict[str, Any]:
        unknown = {"parameterCount": None, "byteSize": None, "hasTokenizer": True, "problem": None}
        return {"modelId": f"tiny-random/{family}", "source": "TINY_RANDOM", "family": family} | unknown

    assert (await ask(MODELS))["baseModels"] == [made("qwen3"), made("gemma3")], "without a folder"
    folder, weights = settings.models_folder, safetensors(a=[3, 4], b=[5])
    files = {
        "Qwen/Qwen3-0.6B/config.json": b'{"model_type": "qwen3"}',
        "Qwen/Qwen3-0.6B/model-1.safetensors": weights,
        "Qwen/Qwen3-0.6B/model-2.safetensors": safetensors(c=[2, 2]),
        "Qwen/Qwen3-0.6B/tokenizer.json": b'{"model": {"type": "BPE"}}',
        "broken/config.json": b"{",
        "headless/config.json": b"{}",
        "headless/model.safetensors": b"\xff" * 16,
        "mute/config.json": b'{"model_type": "llama"}',
        "mute/model.safetensors": weights,
        "no-model/notes.txt": b"",
        "weightless/config.json": b'{"model_type": "llama"}',
        "weightless/tokenizer.model": b"",
    }
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    (folder / "linked").symlink_to(folder.parent)

    found = (await ask(MODELS))["baseModels"]

    def at(model_id: str, family: str | None, parameters: int | None, tokenizer: bool, problem: str | None) -> Any:
        size = None if parameters is None else sum(
            len(content) for name, content in files.items() if name.startswith(f"{model_id}/model")
        )  # fmt: skip
        reported = {"parameterCount": parameters, "byteSize": size, "hasTokenizer": tokenizer, "problem": problem}
        return {"modelId": model_id, "source": "FOLDER", "family": family} | reported

    assert found[2:] == [
        at("Qwen/Qwen3-0.6B", "qwen3", 21, True, None),
        at("broken", None, None, False, "It cannot be read: config.json is not a JSON object."),
        at("headless", None, None, False, "It cannot be read: model.safetensors is not in the format safetensors."),
        at("mute", "llama", 17, False, "It has no tokenizer.json that can be read."),
        at("weightless", "llama", None, False, "It has no weights in safetensors."),
    ]
