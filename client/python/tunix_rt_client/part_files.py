"""Files that are being downloaded, beside their targets."""

from __future__ import annotations

import hashlib
from pathlib import Path
from types import TracebackType

from tunix_rt_client.errors import TunixRtError

SUFFIX = ".part"
DIGEST_CHARACTERS = 16
"""Characters of the checksum in the name of a part, so that no other content is taken for its beginning."""

READ_BYTES = 1 << 20


class PartFile:
    """The part of a file that was received so far. A context: its end closes the file.

    With a checksum, what was received stays if the download is interrupted, and the next download of the same content
    to the same target goes on from it. Without one it is removed.

    Args:
        target: the path that the whole file gets.
        size: the size of the whole file in bytes; None if it is not known.
        sha256: its checksum in hexadecimal; None if there is none.

    Attributes:
        received: the number of bytes received.
    """

    def __init__(self, target: Path, size: int | None, sha256: str | None) -> None:
        mark = "" if sha256 is None else f".{sha256[:DIGEST_CHARACTERS]}"
        self.path = target.with_name(f"{target.name}{mark}{SUFFIX}")
        self._target, self._size, self._sha256 = target, size, sha256
        self._digest = hashlib.sha256()
        self.received = 0
        self._file = self.path.open("w+b" if sha256 is None else "a+b")
        self._file.seek(0)
        while chunk := self._file.read(READ_BYTES):
            self._count(chunk)
        if size is not None and self.received > size:
            self.clear()

    def __enter__(self) -> PartFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._file.close()
        if error is not None and (self._sha256 is None or not self.received):
            self.path.unlink(missing_ok=True)

    @property
    def is_whole(self) -> bool:
        """Returns whether every byte was received, as far as the size is known."""
        return self.received > 0 and self.received == self._size

    def write(self, chunk: bytes) -> None:
        """Appends bytes that were received."""
        self._file.write(chunk)
        self._count(chunk)

    def clear(self) -> None:
        """Drops what was received."""
        self._file.truncate(0)
        self._file.seek(0)
        self._digest = hashlib.sha256()
        self.received = 0

    def finish(self) -> None:
        """Gives the file its name.

        Raises:
            TunixRtError: it differs from its checksum; it is removed.
        """
        self._file.close()
        if self._sha256 is not None and self._digest.hexdigest() != self._sha256:
            self.path.unlink()
            raise TunixRtError(f"{self._target.name} differs from its checksum: it was damaged in transit or on disk.")
        self.path.replace(self._target)

    def _count(self, chunk: bytes) -> None:
        self._digest.update(chunk)
        self.received += len(chunk)
