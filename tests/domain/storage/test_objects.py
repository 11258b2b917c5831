"""Large files in an object storage: parts that are lost on the way are sent again, and half a file is none."""

from __future__ import annotations

import random
import uuid
from pathlib import Path

import obstore
import pytest

from tests.support.object_storage import BUCKET, ObjectServer, Proxy, store_at
from tests.support.waiting import WAIT_SECONDS, until
from tunix_rt.db.session import Retrying
from tunix_rt.domain.storage.base import AttemptFolder, Storage, Upload
from tunix_rt.domain.storage.opening import open_storage
from tunix_rt.errors import Unavailable
from tunix_rt.settings import Settings

SIZE = 18 << 20
"""Three parts, and more ranges."""

CONTENT = random.Random(7).randbytes(SIZE)  # noqa: S311
FOLDER = AttemptFolder("exports", uuid.UUID(int=9), 1)


@pytest.fixture
def storage(proxy: Proxy, prefix: str, tmp_path: Path) -> Storage:
    """The storage, reached by the proxy."""
    return open_storage(Settings(data_dir=tmp_path / "data", storage_url=f"s3://{BUCKET}/{prefix}"))


@pytest.fixture
def upload(tmp_path: Path) -> Upload:
    """A large file that is to be stored."""
    (tmp_path / "part").write_bytes(CONTENT)
    return Upload(tmp_path / "part", FOLDER, "large.bin", "worker", "application/octet-stream")


async def test_a_lost_part_does_not_leave_half_a_file(
    storage: Storage, upload: Upload, proxy: Proxy, object_server: ObjectServer, prefix: str
):
    async def break_off(line: str) -> None:
        if "partNumber=2" in line:
            raise ConnectionError

    proxy.change(on_request=break_off)
    with pytest.raises(Unavailable):
        await storage.add(upload)
    assert await storage.find(upload.key) is None
    assert upload.part.read_bytes() == CONTENT  # it can be sent again

    proxy.change(on_request=None)
    await Retrying(WAIT_SECONDS)(storage.add, upload)  # as the process of an export does

    assert bytes(obstore.get(store_at(object_server.url, prefix), upload.key).bytes()) == CONTENT
    assert not upload.part.exists()


async def test_a_broken_connection_does_not_end_a_download(
    storage: Storage, upload: Upload, proxy: Proxy, tmp_path: Path
):
    await storage.add(upload)
    broken: list[str] = []

    async def break_off_once(line: str) -> None:
        if line.startswith("GET") and len(broken) < 2:
            broken.append(line)
            raise ConnectionError

    proxy.change(on_request=break_off_once)
    found = await storage.find(upload.key)
    assert found is not None
    await found.copy_to(tmp_path / "copy")

    assert len(broken) == 2
    assert (tmp_path / "copy").read_bytes() == CONTENT


@pytest.mark.parametrize("change", ["removed", "shortened"])
async def test_a_file_that_changes_while_it_is_read_is_not_completed(
    storage: Storage, upload: Upload, object_server: ObjectServer, prefix: str, change: str
):
    await storage.add(upload)
    found = await storage.find(upload.key)
    assert found is not None
    async with found.open() as reader:
        assert await reader.read(1000) == CONTENT[:1000]
        if change == "removed":
            obstore.delete(store_at(object_server.url, prefix), upload.key)
        else:
            obstore.put(store_at(object_server.url, prefix), upload.key, CONTENT[:300_000])
        with pytest.raises(Unavailable):
            await reader.read(SIZE)


async def test_a_path_is_that_of_a_copy(storage: Storage, upload: Upload, tmp_path: Path):
    await storage.add(upload)

    path = await storage.path_of(upload.key)

    assert path == tmp_path / "data" / upload.key
    assert path.read_bytes() == CONTENT
    assert await storage.path_of(FOLDER.key("other")) is None
    await storage.remove(FOLDER.path)
    assert (path.exists(), await storage.find(upload.key)) == (False, None)


async def test_a_file_that_was_stored_earlier_is_found_in_the_data_folder(storage: Storage, tmp_path: Path):
    path = tmp_path / "data" / FOLDER.key("earlier")
    path.parent.mkdir(parents=True)
    path.write_bytes(b"earlier")

    found = await storage.find(FOLDER.key("earlier"))

    assert found is not None
    async with found.open() as reader:
        assert await reader.read(100) == b"earlier"


async def test_a_removal_that_fails_leaves_the_file(storage: Storage, upload: Upload, proxy: Proxy):
    await storage.add(upload)
    proxy.change(refuses=True)
    await storage.remove(FOLDER.path)
    proxy.change(refuses=False)

    async def is_there() -> bool:
        return await storage.find(upload.key) is not None

    await until(is_there, "the file was removed")
