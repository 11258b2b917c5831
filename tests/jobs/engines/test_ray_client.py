"""The client of Ray's Jobs API, with a real cluster."""

from __future__ import annotations

import shlex
import sys
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.object_storage import proxying
from tests.support.postgres import free_port
from tests.support.ray_head import CPUS, RayHead
from tests.support.waiting import until
from tunix_rt.domain.jobs.queue import Hold
from tunix_rt.domain.jobs.resources import Resources
from tunix_rt.errors import Unavailable
from tunix_rt.jobs.engines.clusters.base import ClusterRefused
from tunix_rt.jobs.engines.clusters.submission import Submission
from tunix_rt.jobs.engines.ray.client import RayClient, RayJob
from tunix_rt.jobs.engines.ray.submission import submission_of
from tunix_rt.settings import Settings

SAVER = """
import pathlib, signal, sys, time
folder = pathlib.Path(sys.argv[1])

def save(*_):
    time.sleep(4)
    (folder / "saved").touch()
    sys.exit(5)

signal.signal(signal.SIGTERM, save)
(folder / "started").touch()
time.sleep(600)
"""


@pytest.fixture
async def client(ray: RayHead) -> AsyncIterator[RayClient]:
    """A client of the cluster."""
    client = RayClient(f"{ray.url}/", ray.token)
    yield client
    await client.close()


def python(code: str, *arguments: Any) -> str:
    """Returns the command that executes a program with this interpreter."""
    return "exec " + shlex.join([sys.executable, "-c", code, *map(str, arguments)])


def job(command: str, **values: Any) -> dict[str, Any]:
    """Returns a submission with a new id."""
    return {"submission_id": f"test-{uuid.uuid4()}", "entrypoint": command, **values}


async def ended(client: RayClient, submission: dict[str, Any]) -> RayJob:
    """Returns the state of a job once it has ended."""

    async def found() -> RayJob | None:
        state = await client.find(submission["submission_id"])
        return state if state is not None and state.has_ended else None

    return await until(found)


async def test_the_exit_status_of_a_command(client: RayClient):
    seven = job(python("raise SystemExit(7)"))
    killed = job(python("import os; os.kill(os.getpid(), 9)"))
    for submission in (seven, killed):
        await client.submit(submission)

    assert await ended(client, seven) == RayJob("FAILED", 7)
    assert await ended(client, killed) == RayJob("FAILED", -9)


async def test_a_job_that_is_submitted_again_runs_once(client: RayClient, tmp_path: Path):
    code = "import pathlib, sys; file = pathlib.Path(sys.argv[1]).open('a'); file.write('x')"
    submission = job(python(code, tmp_path / "runs"))
    await client.submit(submission)

    await client.submit(submission)
    await ended(client, submission)
    await client.submit(submission)

    assert (tmp_path / "runs").read_text() == "x"


async def test_a_lost_response_may_be_followed_by_the_same_request(ray: RayHead):
    async with proxying(ray.port) as proxy:
        client, submission = RayClient(proxy.url, ray.token), job("true")
        proxy.cut_after = 0
        with pytest.raises(Unavailable, match="cannot be reached"):
            await client.submit(submission)
        proxy.cut_after = None

        await client.submit(submission)

        assert await ended(client, submission) == RayJob("SUCCEEDED", 0)
        await client.close()


async def test_a_job_that_is_stopped_has_the_time_of_its_run_to_save(client: RayClient, tmp_path: Path):
    settings = Settings(public_url="http://server.example", run_grace_seconds=10)
    submission = submission_of(settings, Submission(Hold(uuid.uuid4(), "owner", 1), Resources(), "token", 60.0))
    submission["entrypoint"] = python(SAVER, tmp_path)
    await client.submit(submission)

    async def started() -> bool:
        return (tmp_path / "started").exists()

    await until(started)
    await client.stop(submission["submission_id"])
    await ended(client, submission)

    assert (tmp_path / "saved").exists()


async def test_a_job_without_resources_waits_even_if_it_is_stopped(client: RayClient):
    submission = job("true", entrypoint_num_gpus=1.0)
    await client.submit(submission)

    await client.stop(submission["submission_id"])

    found = await client.find(submission["submission_id"])
    assert found is not None
    assert (found.status, found.has_ended) == ("PENDING", False)


async def test_a_job_that_the_cluster_does_not_know(client: RayClient):
    assert await client.find("unknown") is None
    await client.stop("unknown")


async def test_the_resources_of_the_cluster(client: RayClient):
    resources = {one.name: one.total for one in await client.resources()}

    assert resources.keys() == {"CPU", "memory"}
    assert resources["CPU"] == CPUS
    assert resources["memory"] >= 1 << 28


async def test_another_token_is_refused(ray: RayHead):
    client = RayClient(ray.url, "of-others")

    for call in (client.find("a"), client.submit(job("true")), client.stop("a"), client.resources()):
        with pytest.raises(ClusterRefused, match="does not accept the token") as error:
            await call
        assert "of-others" not in error.value.message
    await client.close()


async def test_a_cluster_that_does_not_answer():
    client = RayClient(f"http://127.0.0.1:{free_port()}", "token")

    for call in (client.find("a"), client.submit(job("true")), client.stop("a"), client.resources()):
        with pytest.raises(Unavailable, match=r"cannot be reached \(ConnectError\)") as error:
            await call
        assert not isinstance(error.value, ClusterRefused)
    await client.close()
