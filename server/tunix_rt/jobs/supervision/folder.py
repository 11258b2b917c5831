"""What a run's folder says of its processes: who holds it, which they are, what they left."""

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
        supervisor_started, trainer_started: when, as ``start_time`` gives it: a pid alone may be another's by now.
    """

    attempt: int
    owner: str
    supervisor: int
    supervisor_started: int | None
    trainer: int
    trainer_started: int | None


class FolderLock:
    """The hold on a run's folder, which ends with the process however that ends.

    Args:
        identity: of the folder itself: another machine's folder for the same run has another.
    """

    def __init__(self, handle: int, identity: str) -> None:
        self._handle = handle
        self.identity = identity

    @classmethod
    def take(cls, folder: Path) -> FolderLock | None:
        """The lock, in a folder that is made if need be; None while another process has it.

        Raises:
            OSError: the folder cannot be made or written.
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
        """Gives the folder up."""
        os.close(self._handle)


def identity_in(handle: int) -> str:
    """What a lock's file says, written if it says nothing yet."""
    found = os.pread(handle, 64, 0).decode("ascii", "replace")
    if len(found) == 32:
        return found
    fresh = uuid.uuid4().hex
    os.ftruncate(handle, 0)
    os.pwrite(handle, fresh.encode(), 0)
    os.fsync(handle)
    return fresh


def is_held(folder: Path) -> bool:
    """Whether a living process has the folder's lock."""
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
    """Writes down which processes work in the folder.

    Raises:
        OSError: it cannot be written.
    """
    write_atomically(folder / PROCESS_FILE, msgspec.json.encode(processes))


def known_processes(folder: Path) -> Processes | None:
    """What was written down last; None if nothing was, or it cannot be read."""
    try:
        return msgspec.json.decode((folder / PROCESS_FILE).read_bytes(), type=Processes)
    except (OSError, msgspec.DecodeError):
        return None


def start_time(pid: int) -> int | None:
    """When a process began, in the kernel's ticks since it booted; None if there is none, or no /proc."""
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
