"""The container of an export by the suffix of the file to write."""

from __future__ import annotations

from pathlib import Path

from tunix_rt_client.errors import BadInput

SUFFIXES = {
    ".jsonl": "JSONL",
    ".jsonl.gz": "JSONL_GZ",
    ".csv": "CSV",
    ".parquet": "PARQUET",
    ".zip": "HUGGING_FACE",
}


def container_of(path: Path) -> str:
    """Returns the container that a file's suffix names.

    Raises:
        BadInput: it names none.
    """
    for suffix in sorted(SUFFIXES, key=len, reverse=True):
        if path.name.lower().endswith(suffix):
            return SUFFIXES[suffix]
    known = ", ".join(SUFFIXES)
    raise BadInput(
        f"The suffix of {path.name!r} names no container: {known}; or pass container=.", code="BAD_USER_INPUT"
    )
