"""The job of an attempt, as it is submitted to a Ray cluster."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

import pytest

from tunix_rt.domain.jobs.queue import Hold
from tunix_rt.domain.jobs.resources import Resources
from tunix_rt.errors import SettingsError
from tunix_rt.jobs.engines.clusters.submission import Submission
from tunix_rt.jobs.engines.ray.submission import submission_of
from tunix_rt.settings import Settings

HOLD = Hold(uuid.UUID(int=7), "host:1:abc", 3)
GIVEN: dict[str, Any] = {
    "ray_address": "http://ray.example:8265",
    "ray_token": "of-the-cluster",
    "public_url": "http://server.example",
    "database_url": "postgresql://user:password@database.example/traces",
    "judge_key": "of-the-judge",
    "run_grace_seconds": 45.5,
}


def of(resources: Resources | None = None, secret: str = "") -> Submission:
    """The job of an attempt."""
    return Submission(HOLD, resources or Resources(), secret, 60.0)


def test_the_job_has_the_token_of_its_attempt_and_no_other_secret():
    submission = submission_of(Settings(**GIVEN), of(secret="trt_attempt_x"))

    assert submission["submission_id"] == f"tunix-rt-{HOLD.id}-3"
    assert submission["entrypoint"] == "exec python -m tunix_rt.jobs.remote.process"
    assert submission["runtime_env"] == {
        "env_vars": {
            "TUNIX_RT_SERVER": "http://server.example",
            "TUNIX_RT_ATTEMPT_TOKEN": "trt_attempt_x",
            "RAY_JOB_STOP_WAIT_TIME_S": "76",
        }
    }
    assert not [secret for secret in ("password", "of-the-cluster", "of-the-judge") if secret in json.dumps(submission)]


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (Resources(), {"entrypoint_num_cpus": 1.0}),
        (Resources(cpus=2.5, gpus=4), {"entrypoint_num_cpus": 2.5, "entrypoint_num_gpus": 4.0}),
        (Resources(tpus=8), {"entrypoint_num_cpus": 1.0, "entrypoint_resources": {"TPU": 8.0}}),
        (Resources(memory_gib=3), {"entrypoint_num_cpus": 1.0, "entrypoint_memory": 3 * 1024**3}),
    ],
)
def test_resources_have_the_names_of_the_api(resources: Resources, expected: dict[str, Any]):
    submission = submission_of(Settings(**GIVEN), of(resources))

    assert {name: value for name, value in submission.items() if name.startswith("entrypoint_")} == expected


def test_the_runtime_environment_of_the_settings_is_kept_but_for_our_variables(tmp_path: Path):
    file = tmp_path / "environment.json"
    file.write_text(json.dumps({"pip": ["a"], "env_vars": {"HF_HOME": "/models", "TUNIX_RT_SERVER": "http://other"}}))

    settings = Settings(**GIVEN, ray_runtime_env_file=str(file), ray_python="my env/python")
    submission = submission_of(settings, of())

    assert submission["entrypoint"] == "exec 'my env/python' -m tunix_rt.jobs.remote.process"
    assert submission["runtime_env"]["pip"] == ["a"]
    variables = submission["runtime_env"]["env_vars"]
    assert (variables["HF_HOME"], variables["TUNIX_RT_SERVER"]) == ("/models", "http://server.example")


@pytest.mark.parametrize("content", [None, "", "[]", '{"env_vars": []}', '{"env_vars": {"A": 1}}', "\xff"])
def test_a_runtime_environment_that_cannot_be_used(tmp_path: Path, content: str | None):
    file = tmp_path / "environment.json"
    if content is not None:
        file.write_text(content, encoding="latin-1")
    settings = Settings(**GIVEN, ray_runtime_env_file=str(file))

    with pytest.raises(SettingsError, match="TUNIX_RT_RAY_RUNTIME_ENV_FILE must be a readable JSON object"):
        submission_of(settings, of())
