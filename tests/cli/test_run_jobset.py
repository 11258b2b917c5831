"""``tunix-rt run jobset``: a manifest for ``kubectl apply`` on standard output, and nothing else there."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.commands import Commands
from tests.support.kubernetes.job_sets import errors_in
from tests.support.run_requests import config_row, entered
from tunix_rt.db.session import Database
from tunix_rt.settings import Settings

JOB_SET = ["run", "jobset", "first", "--image", "registry.example/tunix-rt:1"]
REACHED = ["--server-url", "https://traces.example"]


@pytest.fixture
def run(sqlite_url: str) -> dict[str, Any]:
    """A run that waits for a worker."""

    async def enter() -> dict[str, Any]:
        database = Database(Settings(database_url=sqlite_url))
        try:
            return await entered(database, output_name="first", mode="TRAIN", config=config_row())
        finally:
            await database.close()

    return asyncio.run(enter())


@pytest.fixture
def commands(sqlite_url: str, tmp_path: Path) -> Commands:
    """The command line on the fresh database."""
    return Commands.on(sqlite_url, tmp_path / "data")


def test_a_job_set_is_printed_for_kubectl(commands: Commands, run: dict[str, Any]):
    tpu = ["--accelerator", "tpu-v6e", "--topology", "2x2", "--queue", "team-a", "--cpus", "2.5", "--memory-gib", "16"]
    names = ["--namespace", "ml", "--secret-name", "keys"]
    status, output, messages = commands.run(*JOB_SET, *REACHED, *tpu, *names)

    assert status == 0, messages
    job_set = yaml.safe_load(output)
    assert errors_in(job_set) == []
    assert job_set["metadata"] == {
        "name": f"tunix-rt-{run['id']}", "namespace": "ml", "labels": {"kueue.x-k8s.io/queue-name": "team-a"}
    }  # fmt: skip
    (container,) = job_set["spec"]["replicatedJobs"][0]["template"]["spec"]["template"]["spec"]["containers"]
    limits = {"google.com/tpu": 4, "memory": "16Gi"}
    assert container["resources"] == {"requests": {"cpu": "2.5", **limits}, "limits": limits}
    secret = "kubectl create secret generic keys --namespace ml --from-file=key=/dev/stdin"
    assert messages.endswith(f"tunix-rt key create NAME --scopes run | tr -d '\\n' | {secret}\n")
    assert commands.json(*JOB_SET, *REACHED, *tpu, *names)["yaml"] == output


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        ([*JOB_SET, *REACHED, "--accelerator", "gpu", "--gpus", "17"], 1, "gpus must be between 1 and 16; it is 17."),
        ([*JOB_SET, *REACHED, "--accelerator", "tpu-v5e"], 1, "topology is required by the accelerator TPU_V5E"),
        ([*JOB_SET[:-1], "bad image", *REACHED], 1, "--image must be the name of a container image: 1 to 512 letters"),
        ([*JOB_SET[:-1], "bad image", *REACHED], 1, "it is 'bad image'."),
        ([*JOB_SET, *REACHED, "--accelerator", "tpu-v9"], 2, "'tpu-v9'"),
        (JOB_SET, 1, "must be an address that the cluster reaches"),
        (["run", "jobset", "nobody", "--image", "a", *REACHED], 1, "There is no run 'nobody'"),
        (["run", "jobset", "first"], 2, "Missing option '--image'"),
        (["worker", "--run", "00000000-0000-0000-0000-000000000001"], 2, "--run needs --server."),
        (["worker", "--server", "http://traces.example", "--run", "first"], 2, "'first' is not a valid UUID"),
    ],
)
def test_bad_input_is_refused(commands: Commands, run: dict[str, Any], words: list[str], status: int, message: str):
    assert message in commands.refusal(*words, status=status)
