"""The file in the data folder by which clients find its server, and the lock by which the server knows of them.

The Python client (``tunix_rt_client.local``) reads the file and holds the lock; the names are in both.
"""

from __future__ import annotations

import fcntl
import logging
import os
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson

from tunix_rt.domain.atomic_files import write_atomically
from tunix_rt.settings import Settings

SERVER_FILE = "server.json"
CLIENTS_LOCK = "clients.lock"

ANY_ADDRESSES = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 (compared, not bound)
"""Addresses that mean all of this machine, and the one by which a program on it reaches them."""

logger = logging.getLogger("tunix_rt")


@dataclass(frozen=True)
class ServedFolder:
    """The server of a data folder, as its file describes it.

    Args:
        folder: the data folder; its absolute path is in the file, since the folder may be copied with the file.
        url: the server's URL on this machine.
        server: the server's id, which ``/healthz?server=`` confirms, so that no other server is taken for it.
    """

    folder: Path
    url: str
    server: str

    @property
    def path(self) -> Path:
        """The path of the file."""
        return self.folder / SERVER_FILE

    def publish(self) -> None:
        """Writes the file. A folder that cannot be written has none; ``/readyz`` reports such a folder."""
        content = asdict(self) | {"folder": str(self.folder.resolve()), "process": os.getpid()}
        try:
            write_atomically(self.path, orjson.dumps(content))
        except OSError as error:
            logger.warning("clients on the data folder cannot find this server: %s", error.strerror)

    def withdraw(self) -> None:
        """Removes the file, unless it is that of another server that was started since."""
        try:
            if orjson.loads(self.path.read_bytes())["server"] == self.server:
                self.path.unlink()
        except (OSError, ValueError, KeyError, TypeError):
            return


def served_folder(settings: Settings, url: str, server: str) -> ServedFolder | None:
    """Returns the server of the settings' data folder; None if its data is in another database."""
    return None if settings.database_url else ServedFolder(settings.data_dir, url, server)


def reachable_url(host: str, port: int) -> str:
    """Returns the URL by which programs on this machine reach a server."""
    host = ANY_ADDRESSES.get(host, host)
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


class ClientsLock:
    """The lock of a data folder that each of its clients shares.

    A client has it from before it looks for the server until it is closed; the system frees it when the process ends.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / CLIENTS_LOCK
        self._handle: int | None = None

    def take_if_unused(self) -> bool:
        """Takes the lock for the rest of this process if no client has it, and returns whether it did.

        New clients then wait until this process has ended, instead of finding a server that stops.
        """
        try:
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError:  # the folder is gone
            return False
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(handle)
            return False
        self._handle = handle
        return True
