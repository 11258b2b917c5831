"""Streamed ZIP archives: other programs read them, their size is known before, and sizes of 4 GiB and more fit."""

from __future__ import annotations

import io
import tempfile
import zipfile
from pathlib import Path

import pytest

from tunix_rt.db.identity import now
from tunix_rt.domain import zip_archive
from tunix_rt.domain.storage.folder import FolderFile
from tunix_rt.domain.zip_archive import ArchivedFile, FileChanged, ZipArchive
from tunix_rt.errors import Unavailable

CONTENTS = {"m/config.json": b"{}", "m/empty": b"", "m/größe 🦉.bin": bytes(range(256)) * 9000}


def archive_of(folder: Path) -> ZipArchive:
    """Returns the archive of files that are written to a folder."""
    files = []
    for place, (name, content) in enumerate(CONTENTS.items()):
        path = folder / str(place)
        path.write_bytes(content)
        files.append(ArchivedFile(name, FolderFile(path, len(content), now()), len(content)))
    return ZipArchive(files)


@pytest.mark.parametrize(("limit", "count_limit"), [(0xFFFFFFFF, 0xFFFF), (0xFFFFFFFF, 2), (100, 0xFFFF), (0, 0)])
async def test_archives_are_read_by_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: int, count_limit: int
):
    """Lower limits make small archives use the fields of large ones."""
    archive = archive_of(tmp_path)
    plain = b"".join([piece async for piece in archive.pieces()])
    if limit < 0xFFFFFFFF:
        monkeypatch.setattr(ArchivedFile, "is_large", property(lambda file: file.size >= limit))
    monkeypatch.setattr(zip_archive, "COUNT_LIMIT", count_limit)

    pieces = [piece async for piece in archive.pieces()]
    whole = b"".join(pieces)

    assert len(whole) == archive.size
    assert max(map(len, pieces)) <= zip_archive.PIECE_BYTES
    assert (whole == plain) is ((limit, count_limit) == (0xFFFFFFFF, 0xFFFF))
    with zipfile.ZipFile(io.BytesIO(whole)) as read:
        assert read.testzip() is None
        assert {name: read.read(name) for name in read.namelist()} == CONTENTS
        assert {found.compress_type for found in read.infolist()} == {zipfile.ZIP_STORED}


def test_large_sizes_are_stored_in_the_fields_of_zip64():
    """The contents of the archive are a hole in a file, of which only the directory is read."""
    unread = FolderFile(Path("unread"), 0, now())
    large, small = ArchivedFile("large", unread, 2**32 + 5), ArchivedFile("small", unread, 3)
    archive = ZipArchive([large, small])
    start = len(large.header()) + large.size + len(large.descriptor(0))
    offset = start + len(small.header()) + small.size + len(small.descriptor(0))
    directory = large.entry(7, 0) + small.entry(8, start)

    end = archive._end(offset, len(directory))
    assert archive.size == offset + len(directory) + len(end)

    with tempfile.TemporaryFile() as file:
        file.seek(offset)
        file.write(directory + end)
        with zipfile.ZipFile(file) as read:
            found = [(one.filename, one.file_size, one.CRC, one.header_offset) for one in read.infolist()]
    assert found == [("large", 2**32 + 5, 7, 0), ("small", 3, 8, start)]


@pytest.mark.parametrize("changed", [b"{", b"{ }"])
async def test_a_file_of_another_size_ends_the_stream(tmp_path: Path, changed: bytes):
    archive = archive_of(tmp_path)
    (tmp_path / "0").write_bytes(changed)

    with pytest.raises(FileChanged, match=r"m/config\.json"):
        _ = [piece async for piece in archive.pieces()]


async def test_a_removed_file_ends_the_stream(tmp_path: Path):
    archive = archive_of(tmp_path)
    (tmp_path / "0").unlink()

    with pytest.raises(Unavailable, match="No such file"):
        _ = [piece async for piece in archive.pieces()]
