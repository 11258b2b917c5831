"""The state of a run's folder: its lock, and the processes that work in it."""

from __future__ import annotations

import fcntl
import os
import uuid
from contextlib import suppress
from pathlib import Path

import msgspec

from tunix_rt.domain.atomic_files import write_atomically

LOCK_FILE = ".supervisor.lock"
PROCESS_FILE = "process.json"


class Processes(msgspec.Struct, kw_only=True):
    """The processes of the newest attempt whose trainer was started.

    Args:
        supervisor_started, trainer_started: their start times from ``start_time``: a pid may be reused.
    """

    attempt: int
    owner: str
    supervisor: int
    supervisor_started: int | None
    trainer: int
    trainer_started: int | None


class FolderLock:
    """The lock of a run's folder, which the system frees when the process exits.

    Args:
        identity: the folder's identity; the folder of the same run on another machine has another.
    """

    def __init__(self, handle: int, identity: str) -> None:
        self._handle = handle
        self.identity = identity

    @classmethod
    def take(cls, folder: Path) -> FolderLock | None:
        """Takes the lock, in a folder that is created if necessary; returns None while another process has it.

        Raises:
            OSError: the folder cannot be created or written.
        """
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return cls(handle, identity_in(handle))
        except BlockingIOError:
            os.close(handle)
            return None
        except OSError:
            os.close(handle)
            raise

    def release(self) -> None:
        """Releases the lock."""
        os.close(self._handle)


def identity_in(handle: int) -> str:
    """Returns the identity in a lock file, written on first use."""
    found = os.pread(handle, 64, 0).decode("ascii", "replace")
    if len(found) == 32:
        return found
    fresh = uuid.uuid4().hex
    os.ftruncate(handle, 0)
    os.pwrite(handle, fresh.encode(), 0)
    os.fsync(handle)
    return fresh


def is_locked(folder: Path) -> bool:
    """Returns whether a live process has the folder's lock."""
    try:
        handle = os.open(folder / LOCK_FILE, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def remember_processes(folder: Path, processes: Processes) -> None:
    """Stores which processes work in the folder.

    Raises:
        OSError: they cannot be written.
    """
    write_atomically(folder / PROCESS_FILE, msgspec.json.encode(processes))


def known_processes(folder: Path) -> Processes | None:
    """Returns the processes that were stored last; None if there are none, or they cannot be read."""
    try:
        return msgspec.json.decode((folder / PROCESS_FILE).read_bytes(), type=Processes)
    except (OSError, msgspec.DecodeError):
        return None


def start_time(pid: int) -> int | None:
    """Returns a process's start time in kernel ticks since boot; None if there is no such process, or no /proc."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    return int(text.rpartition(")")[2].split()[19])


def processes_marked(*marks: str) -> list[int]:
    """Returns this user's processes whose environment has all marks ``NAME=value``; none where there is no /proc."""
    found = []
    wanted = {mark.encode() for mark in marks}
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if wanted <= set((entry / "environ").read_bytes().split(b"\0")):
                found.append(int(entry.name))
    return found
