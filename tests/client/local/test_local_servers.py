"""``Client.local()``: servers on a data folder, found or started, and how long they live."""

from __future__ import annotations

import asyncio
import errno
import fcntl
import json
import os
import shutil
import signal
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.support.background import background_server
from tests.support.keys import new_key
from tests.support.no_worker import settings
from tests.support.repository import ROOT
from tests.support.servers import clean_environment
from tests.support.waiting import until
from tunix_rt.cli.serving import folder as serving
from tunix_rt.db.session import Database
from tunix_rt.domain.keys.scopes import KeyScope
from tunix_rt.settings import Settings
from tunix_rt_client import AsyncClient, Client, TunixRtError, Unauthenticated
from tunix_rt_client.local.finding import SERVER_FILE, running_server
from tunix_rt_client.local.locks import FileLock
from tunix_rt_client.local.server import CLIENTS_LOCK, LocalServer

__all__ = ["settings"]

SERVER_ID = "the-server-of-this-test"

KILLED_NOTEBOOK = """
import os, signal, sys
from tunix_rt_client import Client

client = Client.local(sys.argv[1])
print(client.connection.url, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """A data folder has an embedded database."""
    return sqlite_url


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Removes the settings of the tests, which servers that are started here would have."""
    for variable in os.environ.keys() - clean_environment().keys():
        monkeypatch.delenv(variable)


@pytest.fixture
def published(settings: Settings) -> Iterator[str]:
    """The URL of a server, in a thread, that describes itself in its data folder."""
    settings.data_dir.mkdir(exist_ok=True)
    with background_server(settings, server_id=SERVER_ID) as url:
        served = publish(settings.data_dir, url)
        yield url
        served.withdraw()
    assert not served.path.exists()


def publish(folder: Path, url: str) -> serving.ServedFolder:
    """Writes the file of a server that was started otherwise than by ``serve``."""
    served = serving.ServedFolder(folder, url, SERVER_ID)
    served.publish()
    return served


def is_up(url: str) -> bool:
    """Returns whether a server answers that it is alive."""
    try:
        return httpx.get(f"{url}/healthz", trust_env=False, timeout=30).status_code == 200
    except httpx.TransportError:
        return False


def test_a_started_server_lives_until_its_last_client_is_closed(tmp_path: Path):
    folder = tmp_path / "data"
    with ThreadPoolExecutor() as threads:
        clients = list(threads.map(Client.local, [folder] * 2))
    servers = [client.server for client in clients if client.server]
    (process,) = [server.process for server in servers if server.process]
    (starter, other) = clients if servers[0].process else clients[::-1]
    described = json.loads((folder / SERVER_FILE).read_text())
    assert described.keys() == {"folder", "url", "server", "process"}
    assert (described["url"], described["process"]) == (starter.connection.url, process.pid)
    assert other.connection.url == starter.connection.url
    assert os.getsid(process.pid) != os.getsid(0)  # interrupting a cell of a notebook interrupts all of its session

    starter.close()
    assert other.traces().count() > 0
    other.close()

    assert process.wait(60) == 0
    assert not (folder / SERVER_FILE).exists()


async def test_a_server_ends_after_its_notebook_was_killed(tmp_path: Path):
    script = [sys.executable, "-c", KILLED_NOTEBOOK, str(tmp_path / "data")]
    ended = await asyncio.create_subprocess_exec(
        *script, cwd=ROOT / "client" / "python", stdout=asyncio.subprocess.PIPE
    )
    output, _ = await ended.communicate()
    assert ended.returncode == -signal.SIGKILL

    async def is_gone() -> bool:
        return not is_up(output.decode().strip())

    await until(is_gone)


def test_the_start_of_the_only_client_ends_with_it(tmp_path: Path):
    client = Client.local(tmp_path / "data")
    assert client.traces().count() > 0
    assert client.server is not None
    process = client.server.process
    client.close()
    assert process is not None
    assert process.poll() == 0


def test_a_server_that_was_found_is_left_alone(published: str, settings: Settings):
    with Client.local(settings.data_dir) as client:
        assert client.connection.url == published
        assert client.server is not None
        assert client.server.process is None
    assert is_up(published)


def test_the_content_of_the_file_is_checked(
    published: str, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    folder, file, copy = settings.data_dir, settings.data_dir / SERVER_FILE, tmp_path / "copy"
    assert running_server(folder) == published
    copy.mkdir()
    shutil.copy(file, copy)
    assert running_server(copy) is None
    described = json.loads(file.read_text())

    for wrong in ({"server": "of another time"}, {"url": "http://127.0.0.1:9"}, {"url": f"{published}/readyz?"}):
        file.write_text(json.dumps(described | wrong))
        assert running_server(folder) is None
    for text in ("", "[]", "{}", "null", json.dumps(described | {"url": 1})):
        file.write_text(text)
        assert running_server(folder) is None

    file.write_text(json.dumps(described))
    monkeypatch.setenv("TUNIX_RT_DATABASE_URL", "postgresql://elsewhere/traces")
    assert running_server(folder) is None


def test_the_file_of_another_server_is_left(tmp_path: Path):
    first, second = (serving.ServedFolder(tmp_path, "http://127.0.0.1:9", server) for server in "ab")
    first.publish()
    second.publish()

    first.withdraw()
    assert second.path.exists()
    second.withdraw()
    assert not second.path.exists()


def test_a_server_of_another_database_is_not_one_of_the_folder(settings: Settings):
    assert settings.database_url
    assert serving.served_folder(settings, "http://127.0.0.1:9", "id") is None


@pytest.mark.parametrize(
    ("host", "url"),
    [("127.0.0.1", "http://127.0.0.1:8"), ("0.0.0.0", "http://127.0.0.1:8"), ("::", "http://[::1]:8")],  # noqa: S104
)
def test_the_url_is_one_that_this_machine_reaches(host: str, url: str):
    assert serving.reachable_url(host, 8) == url


async def test_a_server_with_keys_asks_for_one(database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch):
    secret = await new_key(database, "notebook", KeyScope.READ)
    settings.data_dir.mkdir(exist_ok=True)
    with background_server(settings, server_id=SERVER_ID) as url:
        publish(settings.data_dir, url)
        with pytest.raises(Unauthenticated, match="An API key is needed for the server on") as refused:
            Client.local(settings.data_dir)
        assert "give one as key, or set TUNIX_RT_KEY. `tunix-rt key create NAME --data-dir" in str(refused.value)
        with pytest.raises(Unauthenticated, match="This API key is not valid for the server on"):
            Client.local(settings.data_dir, key="trt_abcdefgh_" + "0" * 64)
        with Client.local(settings.data_dir, key=secret) as client:
            assert client.traces().count() == 0
        monkeypatch.setenv("TUNIX_RT_KEY", secret)
        with Client.local(settings.data_dir) as client:
            assert client.traces().count() == 0


def test_a_server_that_cannot_start_is_reported_with_its_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "file").write_text("")
    with pytest.raises(TunixRtError, match=r"The data folder .*/file/data cannot be created: Not a directory\."):
        Client.local(tmp_path / "file" / "data")
    monkeypatch.setenv("TUNIX_RT_PROT", "8000")
    with pytest.raises(TunixRtError, match=r"The server did not start:\n.*There is no setting TUNIX_RT_PROT"):
        Client.local(tmp_path / "data")


def test_a_server_that_is_not_ready_in_time_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tunix_rt_client.local.server.START_SECONDS", 0)
    server = LocalServer(tmp_path / "data")

    with pytest.raises(TunixRtError, match="The server was not ready after 0 seconds:"):
        server.start()

    assert server.process is not None
    assert server.process.poll() is not None


async def test_the_event_loop_goes_on_while_a_server_starts_and_stops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    goes_on = threading.Event()

    def start(_: LocalServer) -> str:
        assert goes_on.wait(60)
        goes_on.clear()
        return "http://127.0.0.1:9"

    def stop(_: LocalServer) -> None:
        assert goes_on.wait(60)

    monkeypatch.setattr(LocalServer, "start", start)
    monkeypatch.setattr(LocalServer, "stop", stop)
    opening = asyncio.create_task(AsyncClient.local(tmp_path))
    await asyncio.sleep(0)
    goes_on.set()
    client = await opening
    closing = asyncio.create_task(client.aclose())
    await asyncio.sleep(0)
    goes_on.set()
    await closing


async def test_a_start_that_nobody_waits_for_any_more_leaves_no_server(tmp_path: Path):
    lock = tmp_path / CLIENTS_LOCK
    opening = asyncio.create_task(AsyncClient.local(tmp_path))

    async def is_starting() -> bool:
        return lock.exists()

    async def is_unused() -> bool:
        taken = FileLock.take(lock, shared=False)
        if taken is not None:
            taken.release()
        return taken is not None

    await until(is_starting)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    await until(is_unused)
    assert running_server(tmp_path) is None


def test_a_forked_process_does_not_end_the_use_of_its_parent(
    published: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    assert published
    with Client.local(settings.data_dir) as client:
        assert client.server is not None
        with monkeypatch.context() as forked:
            forked.setattr(os, "getpid", lambda: 0)
            client.server.stop()
        assert FileLock.take(settings.data_dir / CLIENTS_LOCK, shared=False) is None
    lock = FileLock.take(settings.data_dir / CLIENTS_LOCK, shared=False)
    assert lock is not None
    lock.release()


def test_a_file_system_without_locks_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def refuse(*_: object) -> None:
        raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(TunixRtError, match=r"clients\.lock cannot be locked: Operation not supported\."):
        Client.local(tmp_path)


def test_client_and_server_agree_on_the_names():
    assert (SERVER_FILE, CLIENTS_LOCK) == (serving.SERVER_FILE, serving.CLIENTS_LOCK)
