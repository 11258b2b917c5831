"""The fixtures that every room of the tests shares: databases, the application, and a running server."""

from __future__ import annotations

import gc
import os
import shutil
import signal
import sqlite3
import sys
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator, Mapping, Sequence
from contextlib import nullcontext
from itertools import count
from pathlib import Path
from typing import Any, TypeAlias

import httpx
import hypothesis
import pytest
from obstore.store import S3Store

from tests.support import forks
from tests.support.distribution import group_of, place_of, steady_name, worker_count
from tests.support.measuring import is_measured, unmeasured
from tests.support.object_storage import ObjectServer, Proxy, environment_of, proxying, store_at
from tests.support.postgres import PostgresMissing, PostgresServer, folder_in_memory
from tests.support.processes import end, job_processes, processes_about
from tests.support.ray_head import RayHead, ray_head
from tests.support.servers import RunningServer, serving
from tests.support.slurm_daemons import SlurmDaemons, slurm_daemons
from tunix_rt.db.migrate import upgrade
from tunix_rt.db.session import Database
from tunix_rt.jobs.engines import local
from tunix_rt.settings import Settings

Execute: TypeAlias = Callable[..., Awaitable[dict[str, Any]]]
"""``await graphql(query, variables=None)`` gives the decoded body of the answer."""

TEMPLATE = "template_tunix_rt"
NAMES = (f"test_{os.getpid()}_{number}" for number in count(1))
"""Names of databases, distinct in forks of a process that share its PostgreSQL server."""

# Hypothesis has a profile for CI. Elsewhere, too, a slow machine is no failure.
hypothesis.settings.register_profile("here", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
if "CI" not in os.environ:
    hypothesis.settings.load_profile("here")


def pytest_configure() -> None:
    """Removes what the processes of the tests would take over from the calling shell.

    Its settings; and that Ctrl-C is ignored, as it is by whatever a shell starts in the background. Until all tests are
    collected nothing is garbage.
    """
    gc.disable()
    for name in [name for name in os.environ if name.startswith("TUNIX_RT_")]:
        del os.environ[name]
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_xdist_auto_num_workers() -> int:
    """Returns the number of processes of ``-n auto``."""
    return worker_count()


def pytest_make_parametrize_id(val: object) -> str | None:
    """Names a test with a random id equally in all processes, which have to collect the same tests."""
    return steady_name(val)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Keeps tests together that share something costly."""
    if group := group_of(item):
        item.add_marker(pytest.mark.xdist_group(group))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts the tests in the order in which they take the least time, all of them together."""
    items.sort(key=place_of)
    for item in items:
        # pytest-xdist 3.8 writes a test's group where pytest 9.2 no longer looks for the test's name.
        group = group_of(item)
        if group and item.config.getoption("loadgroup", False) and not item.nodeid.endswith(f"@{group}"):
            item._id = type(item._id).parse(f"{item.nodeid}@{group}")


def pytest_collection_finish() -> None:
    """Takes what is imported and collected out of garbage collection, which would go through all of it again and again.

    With 300 tests it took a seventh of their time, and thousands are collected.
    """
    gc.collect()
    gc.freeze()
    gc.enable()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Runs a test, with coverage where it is the first of its kind."""
    with nullcontext() if is_measured(item) else unmeasured():
        return (yield)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Async tests run on asyncio, as the server does."""
    return "asyncio"


@pytest.fixture(scope="session", autouse=True)
def nothing_outlives_the_tests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Ends the processes that servers of the tests have left, which outlive their servers by design."""
    yield
    end(processes_about(tmp_path_factory.getbasetemp()))


@pytest.fixture(scope="session", autouse=True)
def forked_jobs() -> Iterator[None]:
    """Starts the processes of jobs as forks of one process, where the worker is in this process."""
    interpreter, start_process = sys.executable, local.start_process

    def start(command: Sequence[str], environment: Mapping[str, str]) -> Any:
        return (forks.start if command[0] == interpreter else start_process)(command, environment)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(local, "start_process", start)
        yield


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server of the tests' own, in memory: each test copies and removes 400 files of a database."""
    try:
        server = PostgresServer(folder_in_memory())
    except PostgresMissing as missing:
        raise pytest.fail.Exception(str(missing), pytrace=False) from None
    yield server
    server.stop()


@pytest.fixture(scope="session")
def postgres_template(postgres: PostgresServer) -> str:
    """The name of a migrated PostgreSQL database to make copies of."""
    postgres.create_database(TEMPLATE)
    upgrade(postgres.url(TEMPLATE))
    return TEMPLATE


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to make copies of, with nothing left in its write-ahead log."""
    file = tmp_path_factory.mktemp("sqlite") / "template.db"
    upgrade(f"sqlite+aiosqlite:///{file}")
    connection = sqlite3.connect(file)
    busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    connection.close()
    assert not busy, "something still reads the template"
    return file


@pytest.fixture
def end_jobs() -> Callable[[], None]:
    """Ends the jobs that a test has started in this process: they would ask for its database again and again."""
    return lambda: end(job_processes())


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path, end_jobs: Callable[[], None]) -> Iterator[str]:
    """A fresh, migrated SQLite database."""
    file = tmp_path / "tunix_rt.db"
    shutil.copyfile(sqlite_template, file)
    yield f"sqlite+aiosqlite:///{file}"
    end_jobs()


@pytest.fixture
def postgresql_url(postgres: PostgresServer, postgres_template: str, end_jobs: Callable[[], None]) -> Iterator[str]:
    """A fresh, migrated PostgreSQL database."""
    name = next(NAMES)
    postgres.create_database(name, postgres_template)
    yield postgres.url(name)
    end_jobs()
    postgres.drop_database(name)


@pytest.fixture
def empty_postgresql_url(postgres: PostgresServer) -> Iterator[str]:
    """A fresh PostgreSQL database that was never migrated."""
    name = next(NAMES)
    postgres.create_database(name)
    yield postgres.url(name)
    postgres.drop_database(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh, migrated database; a test that asks for it runs once on each kind."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A fresh database that was never migrated; a test that asks for it runs once on each kind."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}"
    url: str = request.getfixturevalue("empty_postgresql_url")
    return url


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """The settings of a server on the fresh database, which has no samples in it."""
    return Settings(data_dir=tmp_path / "data", database_url=database_url, load_samples=False)


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    """The fresh database, open."""
    database = Database(settings)
    yield database
    await database.close()


@pytest.fixture
async def app_client(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """An HTTP client of the application on the fresh database, in this process, after its start and before its end."""
    from tunix_rt.app import create_app

    app = create_app(settings)
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client,
    ):
        yield client


@pytest.fixture
def graphql(app_client: httpx.AsyncClient) -> Execute:
    """Executes a GraphQL document over HTTP, on the fresh database."""

    async def execute(query: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
        response = await app_client.post("/graphql", json={"query": query, "variables": variables})
        body: dict[str, Any] = response.json()
        return body

    return execute


@pytest.fixture(scope="session")
def object_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectServer]:
    """An S3 server of the tests' own."""
    server = ObjectServer(tmp_path_factory.mktemp("objects"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def ray() -> Iterator[RayHead]:
    """A Ray cluster of one node of the tests' own."""
    with ray_head() as head:
        yield head


@pytest.fixture(scope="session")
def slurm() -> Iterator[SlurmDaemons]:
    """A Slurm cluster of one node of the tests' own."""
    with slurm_daemons() as daemons:
        yield daemons


@pytest.fixture
async def proxy(object_server: ObjectServer, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Proxy]:
    """The way to the S3 server, which tests disturb."""
    async with proxying(object_server.port) as proxy:
        for name, value in environment_of(proxy.url).items():
            monkeypatch.setenv(name, value)
        yield proxy


@pytest.fixture
def prefix() -> str:
    """The prefix of the test's files in the bucket."""
    return f"test-{uuid.uuid4()}"


@pytest.fixture
def bucket(object_server: ObjectServer, prefix: str) -> S3Store:
    """The test's part of the bucket, reached directly."""
    return store_at(object_server.url, prefix)


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cache of compiled programs that all trainers of this session share."""
    return tmp_path_factory.mktemp("compiled")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server process with the sample traces on a separate SQLite database, for the whole session."""
    with serving([sys.executable, "-m", "tunix_rt"], tmp_path_factory.mktemp("server")) as running:
        yield running
