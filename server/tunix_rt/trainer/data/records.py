"""The dataset's file: JSON lines in the format ``tunix_sft``."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from tunix_rt.trainer.contract import TrainerErrorCode
from tunix_rt.trainer.errors import TrainerError


class RecordReader:
    """Reads the conversations of a file once; afterwards ``sha256`` and ``count`` are set."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count = 0
        self.digest = hashlib.sha256()

    @property
    def sha256(self) -> str:
        """The SHA-256 of the part that has been read, in hexadecimal."""
        return self.digest.hexdigest()

    def __iter__(self) -> Iterator[str]:
        """Yields the ``prompts`` of each record.

        Raises:
            TrainerError: NOT_FOUND if there is no such file, BAD_DATASET with the line that is not a record.
        """
        try:
            with self.path.open("rb") as file:
                for number, line in enumerate(file, 1):
                    self.digest.update(line)
                    if line.strip():
                        self.count += 1
                        yield conversation(line, number, self.path)
        except FileNotFoundError:
            raise TrainerError(TrainerErrorCode.NOT_FOUND, f"There is no dataset at {self.path}.") from None
        except OSError as error:
            raise TrainerError(TrainerErrorCode.BAD_DATASET, f"The dataset cannot be read: {error}") from None


def conversation(line: bytes, number: int, path: Path) -> str:
    """Returns the conversation in one line.

    Raises:
        TrainerError: BAD_DATASET if the line has none.
    """
    try:
        record = json.loads(line)
    except ValueError as error:
        raise TrainerError(TrainerErrorCode.BAD_DATASET, f"Line {number:,} of {path} is no JSON: {error}") from None
    text = record.get("prompts") if isinstance(record, dict) else None
    if not isinstance(text, str):
        raise TrainerError(
            TrainerErrorCode.BAD_DATASET,
            f"Line {number:,} of {path} is no tunix_sft record: it has no text in `prompts`.",
        )
    return text
