"""The dataset's file: JSON lines, whose required texts depend on the format."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, TypeAlias

from tunix_rt.trainer.contract import DatasetFormat, TrainerErrorCode
from tunix_rt.trainer.errors import TrainerError

Record: TypeAlias = Mapping[str, Any]

TEXTS: Final = {
    DatasetFormat.TUNIX_SFT: ("prompts",),
    DatasetFormat.PREFERENCE: ("prompt", "chosen", "rejected"),
    DatasetFormat.PROMPT_ONLY: ("prompts",),
}
"""The keys of a record that must have texts, by format."""


class RecordReader:
    """Reads the records of a file once; afterwards ``sha256`` and ``count`` are set."""

    def __init__(self, path: Path, format: DatasetFormat = DatasetFormat.TUNIX_SFT) -> None:
        self.path = path
        self.format = format
        self.count = 0
        self.digest = hashlib.sha256()

    @property
    def sha256(self) -> str:
        """The SHA-256 of the part that has been read, in hexadecimal."""
        return self.digest.hexdigest()

    def __iter__(self) -> Iterator[Record]:
        """Yields the records.

        Raises:
            TrainerError: NOT_FOUND if there is no such file, BAD_DATASET with the line that is not a record.
        """
        try:
            with self.path.open("rb") as file:
                for number, line in enumerate(file, 1):
                    self.digest.update(line)
                    if line.strip():
                        self.count += 1
                        yield self.record(line, number)
        except FileNotFoundError:
            raise TrainerError(TrainerErrorCode.NOT_FOUND, f"There is no dataset at {self.path}.") from None
        except OSError as error:
            raise TrainerError(TrainerErrorCode.BAD_DATASET, f"The dataset cannot be read: {error}") from None

    def texts(self) -> Iterator[str]:
        """Yields the texts of each record as one, to train a tokenizer on; raises as ``__iter__`` does."""
        for record in self:
            yield "\n".join(record[key] for key in TEXTS[self.format])

    def record(self, line: bytes, number: int) -> Record:
        """Returns the record in one line.

        Raises:
            TrainerError: BAD_DATASET if the line has none.
        """
        try:
            record = json.loads(line)
        except ValueError as error:
            raise self.bad_line(number, f"is not JSON: {error}") from None
        for key in TEXTS[self.format]:
            if not isinstance(record, dict) or not isinstance(record.get(key), str):
                raise self.bad_line(
                    number, f"is not a record of the format {self.format.value}: it has no text in `{key}`."
                )
        found: Record = record
        return found

    def bad_line(self, number: int, problem: str) -> TrainerError:
        """Returns the error of a line that is not a record."""
        return TrainerError(TrainerErrorCode.BAD_DATASET, f"Line {number:,} of {self.path} {problem}")
