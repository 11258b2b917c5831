"""The client of slurmrestd, with a real cluster."""

from __future__ import annotations

import time
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.postgres import free_port
from tests.support.slurm_daemons import CLOSED, CPUS, GPUS, MEMORY_MIB, SlurmDaemons
from tests.support.waiting import until
from tunix_rt.errors import Unavailable
from tunix_rt.jobs.engines.clusters.base import ClusterRefused, JobState
from tunix_rt.jobs.engines.slurm.client import SlurmClient
from tunix_rt.jobs.engines.slurm.replies import SlurmJob
from tunix_rt.jobs.engines.slurm.token import SlurmToken

SAVER = """#!/bin/sh
trap 'touch saved; exit 5' TERM
touch started
while :; do sleep 0.1; done
"""
FAILING = "#!/bin/sh\nexit 7\n"
KILLED = "#!/bin/sh\nkill -9 $$\n"


@pytest.fixture
async def client(slurm: SlurmDaemons) -> AsyncIterator[SlurmClient]:
    """A client of the cluster."""
    client = SlurmClient(f"{slurm.url}/", SlurmToken(slurm.token))
    yield client
    await client.close()


def job(folder: Path, script: str = "#!/bin/sh\n", **values: Any) -> dict[str, Any]:
    """Returns a submission with a new name."""
    given = {"name": f"test-{uuid.uuid4()}", "current_working_directory": str(folder), "standard_output": "/dev/null"}
    common = {"environment": {"PATH": "/usr/bin:/bin"}, "tasks": 1, "no_requeue": True}
    return {"script": script, "job": given | common | values}


async def reached(client: SlurmClient, job_id: int, state: JobState) -> SlurmJob:
    """Returns a job once it has a state."""

    async def found() -> SlurmJob | None:
        job = await client.find(job_id)
        return job if job is not None and job.state is state else None

    return await until(found)


async def test_the_exit_status_of_a_process(client: SlurmClient, tmp_path: Path):
    scripts = {FAILING: 7, KILLED: -9, "#!/bin/sh\n": 0}
    numbers = [await client.submit(job(tmp_path, script)) for script in scripts]

    ended = [await reached(client, number, JobState.ENDED) for number in numbers]

    assert [one.exit_status for one in ended] == list(scripts.values())


async def test_a_job_is_found_by_its_number_and_by_its_name(client: SlurmClient, tmp_path: Path):
    submission = job(tmp_path, partition=CLOSED)
    number = await client.submit(submission)

    found = await client.find(number)

    assert found is not None
    assert (found.name, found.state, found.exit_status) == (submission["job"]["name"], JobState.WAITING, None)
    assert [one.job_id for one in await client.jobs_named(submission["job"]["name"])] == [number]
    assert await client.jobs_named("none") == []
    await client.cancel(number)


async def test_a_job_that_waits_is_cancelled_at_once(client: SlurmClient, tmp_path: Path):
    number = await client.submit(job(tmp_path, partition=CLOSED))

    await client.cancel(number)

    found = await client.find(number)
    assert found is not None
    assert (found.state, found.exit_status) == (JobState.ENDED, None)
    await client.cancel(number)


async def test_a_job_that_runs_has_time_to_save(client: SlurmClient, tmp_path: Path):
    number = await client.submit(job(tmp_path, SAVER))

    async def started() -> bool:
        return (tmp_path / "started").exists()

    await until(started)
    assert (await reached(client, number, JobState.RUNNING)).exit_status is None
    await client.cancel(number)
    await reached(client, number, JobState.ENDED)

    assert (tmp_path / "saved").exists()


async def test_a_job_that_the_cluster_does_not_know(client: SlurmClient):
    assert await client.find(9_999_999) is None
    await client.cancel(9_999_999)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"gres": f"gpu:{GPUS + 1}"}, "Requested node configuration is not available"),
        ({"memory_per_node": MEMORY_MIB + 1}, "Requested node configuration is not available"),
        ({"partition": "none"}, "Invalid partition name"),
    ],
)
async def test_a_job_that_the_cluster_refuses(client: SlurmClient, tmp_path: Path, values: dict[str, Any], words: str):
    with pytest.raises(ClusterRefused, match=words):
        await client.submit(job(tmp_path, **values))


async def test_the_resources_of_the_cluster(client: SlurmClient):
    expected = {"CPU": CPUS, "GPU": GPUS, "memory": MEMORY_MIB << 20}
    assert {one.name: one.total for one in await client.resources()} == expected
    assert {one.name: one.total for one in await client.resources(CLOSED)} == expected
    assert await client.resources("none") == []


async def test_another_token_is_refused_without_giving_a_job_up(slurm: SlurmDaemons, tmp_path: Path):
    """Slurm 22.05 drops such requests, so that its controller seems to be unreachable."""
    token = slurm.token(key=b"of-others")
    client = SlurmClient(slurm.url, SlurmToken(lambda: token))

    for call in (client.find(1), client.submit(job(tmp_path)), client.cancel(1), client.resources()):
        with pytest.raises(Unavailable, match=r"controller is unreachable, or does not accept the token\.") as error:
            await call
        assert not isinstance(error.value, ClusterRefused)
        assert token not in error.value.message
    await client.close()


async def test_a_request_without_a_user_is_refused(slurm: SlurmDaemons):
    client = SlurmClient(slurm.url, SlurmToken(lambda: "no-token"))

    with pytest.raises(ClusterRefused, match="does not accept the token"):
        await client.resources()
    await client.close()


async def test_an_expired_token_is_reported_and_a_new_one_is_used(slurm: SlurmDaemons, tmp_path: Path):
    file = tmp_path / "token"
    client = SlurmClient(slurm.url, SlurmToken(file.read_text))
    with pytest.raises(Unavailable, match=r"The token for Slurm at .* cannot be read \(FileNotFoundError\)"):
        await client.resources()
    file.write_text(slurm.token(-3600) + "\n")
    hour = time.strftime("%Y-%m-%dT%H", time.gmtime(time.time() - 3600))
    with pytest.raises(Unavailable, match=rf"The token for Slurm at .* expired at {hour}.*Z: replace it\.") as error:
        await client.find(1)
    assert not isinstance(error.value, ClusterRefused)

    file.write_text(slurm.token() + "\n")

    assert await client.resources()
    await client.close()


async def test_a_version_that_the_cluster_does_not_have(slurm: SlurmDaemons):
    client = SlurmClient(slurm.url, SlurmToken(slurm.token), "v0.0.1")

    with pytest.raises(Unavailable, match="has no /nodes of this version of its API"):
        await client.resources()
    await client.close()


async def test_a_cluster_that_does_not_answer(slurm: SlurmDaemons, tmp_path: Path):
    client = SlurmClient(f"http://127.0.0.1:{free_port()}", SlurmToken(slurm.token))

    for call in (client.find(1), client.submit(job(tmp_path)), client.cancel(1), client.resources()):
        with pytest.raises(Unavailable, match=r"cannot be reached \(ConnectError\)") as error:
            await call
        assert not isinstance(error.value, ClusterRefused)
    await client.close()
