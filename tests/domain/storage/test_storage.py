"""The storage in a folder, its settings, and the keys of its files."""

from __future__ import annotations

import errno
import os
import shutil
import sys
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import anyio
import pytest

from tunix_rt.domain.storage.base import AttemptFolder, Upload
from tunix_rt.domain.storage.folder import FolderStorage
from tunix_rt.domain.storage.opening import open_storage
from tunix_rt.errors import Conflict, NotInstalled, SettingsError, Unavailable
from tunix_rt.settings import Settings

FOLDER = AttemptFolder("exports", uuid.UUID(int=7), 2)


def upload_of(part: Path, content: bytes = b"content") -> Upload:
    """Returns a finished file that is to be stored."""
    part.write_bytes(content)
    return Upload(part, FOLDER, "file.jsonl", "worker", "text/plain")


async def test_a_file_is_moved_into_the_folder(tmp_path: Path):
    storage = FolderStorage(tmp_path / "root")
    upload = upload_of(tmp_path / "part")

    await storage.add(upload)

    assert not upload.part.exists()
    found = await storage.find(upload.key)
    assert found is not None
    assert found.size == 7
    async with found.open() as reader:
        assert (await reader.seek(3), await reader.read(2), await reader.read(9)) == (3, b"te", b"nt")
    assert [stored.key async for stored in storage.objects()] == [upload.key]
    assert await storage.path_of(upload.key) == tmp_path / "root" / upload.key


async def test_a_cancelled_reader_leaves_no_file_open(tmp_path: Path):
    storage = FolderStorage(tmp_path)
    await storage.add(upload_of(tmp_path / "part"))
    found = await storage.find(FOLDER.key("file.jsonl"))
    assert found is not None
    with anyio.CancelScope() as scope:
        async with found.open() as reader:
            assert await reader.read(2) == b"co"
            scope.cancel()
            await anyio.sleep_forever()

    assert cast("anyio.AsyncFile[bytes]", reader).wrapped.closed


async def test_a_stored_file_is_not_replaced_by_another(tmp_path: Path):
    storage = FolderStorage(tmp_path / "root")
    await storage.add(upload_of(tmp_path / "part"))
    await storage.add(upload_of(tmp_path / "part"))

    with pytest.raises(Conflict):
        await storage.add(upload_of(tmp_path / "part", b"other"))

    assert (tmp_path / "root" / FOLDER.key("file.jsonl")).read_bytes() == b"content"


async def test_a_file_that_is_kept_is_copied_and_a_refused_copy_leaves_nothing(tmp_path: Path):
    storage = FolderStorage(tmp_path / "root")
    await storage.add(replace(upload_of(tmp_path / "part"), keep=True))
    await storage.add(replace(upload_of(tmp_path / "part"), keep=True))
    for keep in (True, False):
        other = upload_of(tmp_path / "other", b"other")
        with pytest.raises(Conflict):
            await storage.add(replace(other, keep=keep))
        assert other.part.read_bytes() == b"other"

    assert (tmp_path / "part").read_bytes() == b"content"
    assert [path.name for path in (tmp_path / "root" / FOLDER.path).iterdir()] == ["file.jsonl"]
    other_folder = AttemptFolder("exports", FOLDER.job_id, 3)
    (tmp_path / "root" / other_folder.path).mkdir()
    await storage.remove_files([other_folder.key("missing"), FOLDER.key("file.jsonl")])
    assert list((tmp_path / "root" / FOLDER.job_folder).iterdir()) == []


async def test_a_file_on_another_disk_is_copied(tmp_path: Path):
    part = Path("/dev/shm") / f"tunix-rt-{uuid.uuid4()}"  # noqa: S108
    storage = FolderStorage(tmp_path)

    await storage.add(upload_of(part))

    assert not part.exists()
    assert [path.name for path in (tmp_path / FOLDER.path).iterdir()] == ["file.jsonl"]


async def test_an_attempt_is_removed_alone(tmp_path: Path):
    storage = FolderStorage(tmp_path)
    await storage.add(upload_of(tmp_path / "part"))

    await storage.remove(AttemptFolder("exports", FOLDER.job_id, 1).path)
    assert await storage.find(FOLDER.key("file.jsonl")) is not None

    await storage.remove(FOLDER.path)
    assert await storage.find(FOLDER.key("file.jsonl")) is None


@pytest.mark.parametrize(
    "key", ["", "ready", "models/a/1/b", f"exports/{FOLDER.job_id}/x/a", f"exports/{FOLDER.job_id}/2", "exports/a/2/b"]
)
def test_other_keys_belong_to_no_attempt(key: str):
    assert AttemptFolder.of(key) is None


def test_a_key_names_its_attempt():
    assert AttemptFolder.of(FOLDER.key("a/b c.jsonl")) == FOLDER


@pytest.mark.parametrize(
    "url",
    ["bucket", "ftp://a", "s3://", "s3://key:secret@bucket", "file://host/a", "file:///", "s3://b?x=1", "/folder"],
)
def test_a_url_of_no_storage_is_refused(url: str):
    with pytest.raises(SettingsError, match="TUNIX_RT_STORAGE_URL must be"):
        Settings(storage_url=url)


def test_the_storage_is_that_of_the_settings(tmp_path: Path):
    assert open_storage(Settings(data_dir=tmp_path / "data")).location == str(tmp_path / "data")
    assert open_storage(Settings(storage_url=f"file://{tmp_path}/a%20b")).location == f"{tmp_path}/a b"
    assert open_storage(Settings(storage_url="s3://bucket/prefix")).location == "s3://bucket/prefix"


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "obstore", None)
    for name in [name for name in sys.modules if name.startswith("tunix_rt.domain.storage.")]:
        if name.rpartition(".")[2] in {"objects", "reading", "requests"}:
            monkeypatch.delitem(sys.modules, name)

    with pytest.raises(NotInstalled, match="pip install"):
        open_storage(Settings(storage_url="s3://bucket"))


async def test_files_that_vanish_while_they_are_listed_are_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    storage = FolderStorage(tmp_path)
    await storage.add(upload_of(tmp_path / "part"))
    for attempt in (3, 4):
        place = tmp_path / AttemptFolder("exports", FOLDER.job_id, attempt).path
        place.mkdir()
        (place / "gone.jsonl").write_bytes(b"")
    (tmp_path / FOLDER.key("a")).symlink_to(tmp_path / "nowhere")
    (tmp_path / FOLDER.key("b")).mkdir()
    stat, scandir = Path.stat, os.scandir

    def vanishing_file(path: Path, **options: bool) -> os.stat_result:
        if path.name == "gone.jsonl":
            path.unlink(missing_ok=True)
        return stat(path, **options)

    def vanishing_folder(path: Any) -> Any:
        if str(path).endswith("/4"):
            shutil.rmtree(path)
        return scandir(path)

    monkeypatch.setattr(Path, "stat", vanishing_file)
    monkeypatch.setattr(os, "scandir", vanishing_folder)
    assert [found.key async for found in storage.objects()] == [FOLDER.key("file.jsonl")]
    assert not (tmp_path / AttemptFolder("exports", FOLDER.job_id, 3).key("gone.jsonl")).exists()


async def test_a_folder_that_cannot_be_listed_is_unavailable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    storage = FolderStorage(tmp_path)
    await storage.add(upload_of(tmp_path / "part"))

    def refuse(_: Any) -> Any:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(Unavailable, match="cannot be read: Permission denied"):
        [found async for found in storage.objects()]
