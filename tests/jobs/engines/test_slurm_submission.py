"""The job of an attempt, as it is submitted to slurmrestd; and the forms of its responses."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tunix_rt.domain.jobs.queue import Hold
from tunix_rt.domain.jobs.resources import Resources
from tunix_rt.errors import SettingsError
from tunix_rt.jobs.engines.clusters.base import JobState
from tunix_rt.jobs.engines.clusters.submission import Submission
from tunix_rt.jobs.engines.slurm.replies import SlurmJob, SlurmNode
from tunix_rt.jobs.engines.slurm.submission import submission_of
from tunix_rt.jobs.engines.slurm.token import SlurmToken
from tunix_rt.settings import Settings

HOLD = Hold(uuid.UUID(int=7), "host:1:abc", 3)
OLD, NEW = "v0.0.38", "v0.0.41"
GIVEN: dict[str, Any] = {
    "slurm_address": "http://slurm.example:6820",
    "slurm_token": "of-the-cluster",
    "public_url": "http://server.example",
    "database_url": "postgresql://user:password@database.example/traces",
    "judge_key": "of-the-judge",
    "run_grace_seconds": 45.5,
}


def of(resources: Resources | None = None, secret: str = "") -> Submission:
    """The job of an attempt."""
    return Submission(HOLD, resources or Resources(), secret, 100.0)


def test_the_job_has_the_token_of_its_attempt_and_no_other_secret():
    submission = submission_of(Settings(**GIVEN, slurm_folder="/scratch/"), of(secret="trt_attempt_x"), OLD)

    name = f"tunix-rt-{HOLD.id}-3"
    assert submission["script"] == "#!/bin/sh\nexec python -m tunix_rt.jobs.remote.process\n"
    assert submission["job"] == {
        "name": name,
        "current_working_directory": "/scratch",
        "standard_output": f"/scratch/{name}.log",
        "environment": {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "TUNIX_RT_SERVER": "http://server.example",
            "TUNIX_RT_ATTEMPT_TOKEN": "trt_attempt_x",
        },
        "tasks": 1,
        "nodes": "1",
        "time_limit": 3,  # 100 seconds, 45.5 to stop, 30 to upload
        "no_requeue": True,
        "cpus_per_task": 1,
    }
    assert not [secret for secret in ("password", "of-the-cluster", "of-the-judge") if secret in json.dumps(submission)]


def test_newer_versions_have_other_forms():
    job = submission_of(Settings(**GIVEN), of(Resources(gpus=1), "t"), NEW)["job"]

    assert "TUNIX_RT_ATTEMPT_TOKEN=t" in job["environment"]
    assert (job["requeue"], job["tres_per_node"]) == (False, "gres/gpu:1")
    assert not job.keys() & {"no_requeue", "gres"}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (Resources(), {"cpus_per_task": 1}),
        (Resources(cpus=2.5, gpus=4), {"cpus_per_task": 3, "gres": "gpu:4"}),
        (Resources(tpus=8, gpus=1), {"cpus_per_task": 1, "gres": "gpu:1,tpu:8"}),
        (Resources(cpus=0.1, memory_gib=3), {"cpus_per_task": 1, "memory_per_node": 3072}),
    ],
)
def test_resources_have_the_names_of_the_api(resources: Resources, expected: dict[str, Any]):
    job = submission_of(Settings(**GIVEN), of(resources), OLD)["job"]

    names = ("cpus_per_task", "gres", "memory_per_node")
    assert {name: job[name] for name in names if name in job} == expected


def test_the_settings_choose_where_a_job_runs(tmp_path: Path):
    file = tmp_path / "start"
    file.write_text("module load cuda\n\n")
    given: dict[str, Any] = {
        "slurm_partition": "gpu",
        "slurm_account": "maths",
        "slurm_qos": "long",
    }
    settings = Settings(**GIVEN, **given, slurm_script_file=str(file), slurm_python="my env/python")

    submission = submission_of(settings, of(), OLD)

    last = "exec 'my env/python' -m tunix_rt.jobs.remote.process\n"
    assert submission["script"] == f"#!/bin/sh\nmodule load cuda\n{last}"
    assert submission["job"].items() >= {"partition": "gpu", "account": "maths", "qos": "long"}.items()
    file.write_text("#!/bin/bash -l")
    assert submission_of(settings, of(), OLD)["script"] == f"#!/bin/bash -l\n{last}"


@pytest.mark.parametrize("content", [None, b"\xff"])
def test_a_start_of_the_script_that_cannot_be_read(tmp_path: Path, content: bytes | None):
    file = tmp_path / "start"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(SettingsError, match="TUNIX_RT_SLURM_SCRIPT_FILE must be a readable text file"):
        submission_of(Settings(**GIVEN, slurm_script_file=str(file)), of(), OLD)


@pytest.mark.parametrize(
    ("state", "exit_code", "expected"),
    [
        ("PENDING", 0, (JobState.WAITING, None)),
        ("CONFIGURING", 0, (JobState.WAITING, None)),
        ("RUNNING", 0, (JobState.RUNNING, None)),
        ("COMPLETING", 1792, (JobState.RUNNING, None)),
        ("SOMETHING_NEW", 0, (JobState.RUNNING, None)),
        ("COMPLETED", 0, (JobState.ENDED, 0)),
        ("FAILED", 1792, (JobState.ENDED, 7)),
        ("FAILED", 9, (JobState.ENDED, -9)),
        ("NODE_FAIL", 0, (JobState.ENDED, None)),
        (["RUNNING", "COMPLETING"], None, (JobState.RUNNING, None)),
        (["COMPLETED", "COMPLETING"], None, (JobState.RUNNING, None)),
        (["FAILED"], {"return_code": {"set": True, "number": 7}}, (JobState.ENDED, 7)),
        (["FAILED"], {"return_code": {"number": 0}, "signal": {"id": {"number": 9}}}, (JobState.ENDED, -9)),
        (["FAILED"], {"return_code": {"number": 0}, "signal": {"signal_id": 15}}, (JobState.ENDED, -15)),
        (["CANCELLED"], {"return_code": {"number": 0}, "signal": {}}, (JobState.ENDED, None)),
    ],
)
def test_the_state_and_the_exit_status_of_a_job(state: Any, exit_code: Any, expected: tuple[JobState, int | None]):
    job = msgspec.convert({"job_id": 1, "job_state": state, "exit_code": exit_code}, SlurmJob)

    assert (job.state, job.exit_status) == expected


@pytest.mark.parametrize(
    ("values", "is_usable", "expected"),
    [
        ({"state": "idle"}, True, {"CPU": 8, "memory": 1 << 30}),
        ({"state": ["MIXED"], "gres": "gpu:a100:4(S:0-1),gpu:2,tpu:v5e:8"}, True, {"GPU": 6, "TPU": 8}),
        ({"state": "down"}, False, {"CPU": 8}),
        ({"state": ["IDLE", "DRAIN"]}, False, {"CPU": 8}),
        ({"state": "idle", "state_flags": ["NOT_RESPONDING"]}, False, {"CPU": 8}),
    ],
)
def test_the_resources_of_a_node(values: dict[str, Any], is_usable: bool, expected: dict[str, int]):
    node = msgspec.convert({"cpus": 8, "real_memory": 1024} | values, SlurmNode)

    assert node.is_usable is is_usable
    assert node.resources().items() >= expected.items()


@pytest.mark.parametrize("token", ["", "a", "a.b.c", "a.bm90IGpzb24.c", "a.W10.c"])
def test_a_token_that_is_not_a_json_web_token_has_no_user(token: str):
    assert SlurmToken(lambda: token).headers("Slurm") == {"X-SLURM-USER-TOKEN": token}


def test_the_user_of_the_settings_precedes_that_of_the_token():
    token = "a.eyJzdW4iOiJhZGEifQ.c"  # {"sun":"ada"}

    assert SlurmToken(lambda: token).headers("Slurm")["X-SLURM-USER-NAME"] == "ada"
    assert SlurmToken(lambda: token, "grace").headers("Slurm")["X-SLURM-USER-NAME"] == "grace"
