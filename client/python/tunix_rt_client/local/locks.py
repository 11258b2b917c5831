"""Locks of files, which the system frees when the process ends, however it does."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path

from tunix_rt_client.errors import TunixRtError

PAUSE = 0.05


class FileLock:
    """A lock that this instance holds; another one in the same process excludes it."""

    def __init__(self, handle: int) -> None:
        self._handle: int | None = handle

    @classmethod
    def take(cls, path: Path, *, shared: bool) -> FileLock | None:
        """Takes the lock of a file, which is created if necessary; returns None while others have it.

        Raises:
            TunixRtError: the file cannot be created, or its file system has no locks.
        """
        import fcntl

        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise TunixRtError(f"The data folder {path.parent} cannot be written: {error.strerror}.") from None
        try:
            fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return None
        except OSError as error:
            os.close(handle)
            raise TunixRtError(f"{path} cannot be locked: {error.strerror}.") from None
        return cls(handle)

    @classmethod
    def wait_for(cls, path: Path, *, shared: bool, seconds: float) -> FileLock:
        """Takes the lock of a file once others have released it.

        Raises:
            TunixRtError: as ``take`` does, or they have not released it in time.
        """
        deadline = time.monotonic() + seconds
        while (lock := cls.take(path, shared=shared)) is None:
            if time.monotonic() > deadline:
                raise TunixRtError(f"Another process has locked {path} for {seconds:g} seconds.")
            time.sleep(PAUSE)
        return lock

    def release(self) -> None:
        """Releases the lock, in forked processes too."""
        import fcntl

        if self._handle is not None:
            with suppress(OSError):
                fcntl.flock(self._handle, fcntl.LOCK_UN)
            os.close(self._handle)
            self._handle = None

    def __enter__(self) -> FileLock:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()
