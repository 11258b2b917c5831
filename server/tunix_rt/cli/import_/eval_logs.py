"""Logs of Inspect with the ending ``.eval``: a ZIP archive with a header and a JSON file for each sample."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from zipfile import BadZipFile, ZipFile, ZipInfo

import msgspec

from tunix_rt.domain.exports.containers.parquet import INSTALL
from tunix_rt.domain.text import decode_json
from tunix_rt.errors import BadUserInput, NotInstalled

EVAL_ENDING = ".eval"
HEADERS = ("header.json", "_journal/start.json")
"""The files that have ``eval``, the second one in the log of an evaluation that did not finish."""
SAMPLES = "samples/"
HEADER_MAX_BYTES = 64 << 20
ZSTANDARD = 93
"""The method of compression in ZIP archives that Inspect writes since 0.3.206."""
LOCAL_HEADER = struct.Struct("<26xHH")


def is_eval_log(path: Path) -> bool:
    """Returns whether a path names a log in Inspect's own container."""
    return path.suffix == EVAL_ENDING and path.is_file()


def samples_of(path: Path, max_bytes: int) -> Iterator[tuple[str, bytes]]:
    """Yields each sample of a log with the name of its file, as a log that has this sample only.

    Args:
        max_bytes: the largest sample that is read whole; of a larger one only the beginning is.

    Raises:
        BadUserInput: the file is damaged, or no log.
        NotInstalled: it is compressed with Zstandard, which needs the extra ``parquet``.
    """
    try:
        with ZipFile(path) as archive:
            found = {info.filename: info for info in archive.infolist()}
            header = next((found[name] for name in HEADERS if name in found), None)
            if header is None:
                raise BadUserInput(f"{path.name} is not an Inspect log: it has no {HEADERS[0]}.")
            about = eval_of(path, content_of(path, archive, header, HEADER_MAX_BYTES))
            for name, info in sorted(found.items()):
                if name.startswith(SAMPLES) and name.endswith(".json"):
                    sample = content_of(path, archive, info, max_bytes)
                    yield name.removeprefix(SAMPLES), b'{"eval":%b,"samples":[%b]}' % (about, sample)
    except (BadZipFile, EOFError, zlib.error, struct.error) as error:
        raise BadUserInput(f"{path.name} is damaged, or not an Inspect log: {error}.") from error


def content_of(path: Path, archive: ZipFile, info: ZipInfo, max_bytes: int) -> bytes:
    """Returns at most ``max_bytes`` and one byte of a file in an archive; raises as ``samples_of`` does."""
    if info.compress_type == ZSTANDARD:
        return zstandard_content(path, info, max_bytes + 1)
    with archive.open(info) as file:
        return file.read(max_bytes + 1)


def zstandard_content(path: Path, info: ZipInfo, most: int) -> bytes:
    """Returns the beginning of a file that Python's own reader of archives cannot decompress.

    Raises:
        NotInstalled: pyarrow, which can, is not installed.
        BadUserInput: the content is damaged.
    """
    try:
        import pyarrow as pa
    except ImportError:
        raise NotInstalled(f"{path.name} is compressed with Zstandard: {INSTALL}.") from None
    with path.open("rb") as file:
        file.seek(info.header_offset)
        name_bytes, extra_bytes = LOCAL_HEADER.unpack(file.read(LOCAL_HEADER.size))
        file.seek(name_bytes + extra_bytes, 1)
        packed = file.read(info.compress_size)
    try:
        content: bytes = pa.CompressedInputStream(pa.BufferReader(packed), "zstd").read(most)
    except OSError as error:
        raise BadUserInput(f"{path.name} is damaged: {info.filename}: {error}.") from error
    return content


def eval_of(path: Path, header: bytes) -> bytes:
    """Returns the description of the evaluation in a header, as JSON.

    Raises:
        BadUserInput: the header is not a JSON object.
    """
    fields = decode_json(header)
    if not isinstance(fields, dict):
        raise BadUserInput(f"{path.name} is not an Inspect log: its header is not an object.")
    return msgspec.json.encode(fields.get("eval"))
