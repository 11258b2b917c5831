"""The model of a run as one ZIP archive, by its signed URL."""

from __future__ import annotations

import hashlib
import io
import zipfile
from pathlib import Path
from typing import Any

import httpx

from tests.support.api import Ask
from tests.support.no_worker import settings
from tests.support.run_requests import artifact, entered
from tests.support.traces import code_of
from tunix_rt.db.session import Database
from tunix_rt.domain.runs.config import folder_name
from tunix_rt.domain.runs.files import folder_of
from tunix_rt.settings import Settings

__all__ = ["settings"]

FILES = {
    "model/config.json": ("CONFIG", b"{}"),
    "model/model.safetensors": ("WEIGHTS", b"\0\1" * 1_000_000),
    "model.txt": ("OTHER", b"elsewhere"),
    "adapter/adapter.safetensors": ("ADAPTER", b"elsewhere"),
}
URLS = "{ runs(orderBy: [{field: CREATED_AT}]) { nodes { modelArchiveUrl } } }"


async def store_files(database: Database, settings: Settings, run: dict[str, Any], *names: str) -> Path:
    """Stores some of ``FILES`` for a run, and returns its folder."""
    folder = folder_of(settings.data_dir, folder_name(run["id"], run["output_name"]))
    for name in names:
        kind, content = FILES[name]
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
        sha256 = hashlib.sha256(content).hexdigest()
        await artifact(database, run, name, kind=kind, byte_size=len(content), sha256=sha256)
    await artifact(database, run, "model/nested", kind="OTHER", byte_size=1, sha256=None)
    return folder


async def test_a_model_is_downloaded_as_one_archive(
    ask: Ask, app_client: httpx.AsyncClient, database: Database, settings: Settings
):
    run = await entered(database, 0, output_name="mine")
    folder = await store_files(database, settings, run, *FILES)
    without_weights = await entered(database, 1)
    await store_files(database, settings, without_weights, "model/config.json", "adapter/adapter.safetensors")
    await entered(database, 2)

    url, *others = [node["modelArchiveUrl"] for node in (await ask(URLS))["runs"]["nodes"]]
    assert others == [None, None]
    whole, head = await app_client.get(url), await app_client.head(url)

    assert (whole.status_code, head.status_code, head.content) == (200, 200, b"")
    assert whole.headers["content-length"] == head.headers["content-length"] == str(len(whole.content))
    assert whole.headers["content-type"] == "application/zip"
    assert whole.headers["content-disposition"] == 'attachment; filename="mine.zip"'
    with zipfile.ZipFile(io.BytesIO(whole.content)) as read:
        assert {name: read.read(name) for name in read.namelist()} == {
            "mine/config.json": b"{}",
            "mine/model.safetensors": FILES["model/model.safetensors"][1],
        }
    assert (await app_client.get(url, headers={"If-Match": '"another"'})).status_code == 412
    known = await app_client.get(url, headers={"If-None-Match": whole.headers["etag"]})
    assert (known.status_code, known.content) == (304, b"")

    unsigned = await app_client.get(url.partition("?")[0])
    assert (unsigned.status_code, code_of(unsigned.json())) == (403, "FORBIDDEN")
    (folder / "model/config.json").unlink()
    assert (await app_client.get(url)).status_code == 410
