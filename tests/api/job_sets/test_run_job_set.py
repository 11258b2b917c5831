"""`runJobSet`: manifests that the API of JobSets accepts, and options that no cluster could use."""

from __future__ import annotations

import re
import uuid
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import Execute
from tests.support.api import Ask
from tests.support.kubernetes.job_sets import errors_in
from tests.support.run_requests import config_row, entered
from tests.support.traces import on_sqlite
from tunix_rt.cli.worker import exit_status
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.session import Database
from tunix_rt.settings import Settings

QUERY = """
query ($id: ID!, $input: JobSetInput!) { runJobSet(id: $id, input: $input) { name yaml secretCommand } }
"""
REQUIRED = {"image": "registry.example/team/tunix-rt:1.0", "serverUrl": "https://traces.example"}
TRAINING: dict[str, Any] = {"mode": "TRAIN", "max_attempts": 3, "config": config_row()}


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Settings of a server that gives training two minutes to save its work."""
    return Settings(data_dir=tmp_path / "data", database_url=database_url, load_samples=False, run_grace_seconds=119.5)


async def rendered(ask: Ask, run: dict[str, Any], **options: Any) -> dict[str, Any]:
    """Returns the JobSet of a run, which the API has to accept."""
    found = (await ask(QUERY, id=str(run["id"]), input=REQUIRED | options))["runJobSet"]
    job_set: dict[str, Any] = yaml.safe_load(found["yaml"])
    assert errors_in(job_set) == []
    assert job_set["metadata"]["name"] == found["name"]
    return job_set


def pod_in(job_set: dict[str, Any]) -> dict[str, Any]:
    """Returns the only pod of a JobSet of one host."""
    (replicated,) = job_set["spec"]["replicatedJobs"]
    job = replicated["template"]["spec"]
    assert (replicated["replicas"], job["parallelism"], job["completions"]) == (1, 1, 1)
    pod: dict[str, Any] = job["template"]["spec"]
    return pod


def refused(answer: dict[str, Any]) -> tuple[str, str, list[str]]:
    """Returns the code, the message and the path of the argument of a refusal."""
    (error,) = answer["errors"]
    details = error["extensions"]
    return details["code"], error["message"], details.get("argumentPath", [])


async def test_a_worker_trains_the_run_with_a_key_from_a_secret(ask: Ask, database: Database):
    run = await entered(database, output_name="first", **TRAINING)
    found = (await ask(QUERY, id="first", input=REQUIRED))["runJobSet"]
    job_set = await rendered(ask, run)

    pod = pod_in(job_set)
    (container,) = pod["containers"]
    assert container["command"] == [
        *("tunix-rt", "worker", "--server", "https://traces.example", "--run", str(run["id"]))
    ]
    key = {"secretKeyRef": {"name": "tunix-rt", "key": "key"}}
    assert {"name": "TUNIX_RT_KEY", "valueFrom": key} in container["env"]
    assert found["secretCommand"] == "kubectl create secret generic tunix-rt --from-file=key=/dev/stdin"
    assert job_set["spec"]["failurePolicy"]["maxRestarts"] == 2
    assert pod["terminationGracePeriodSeconds"] == 150  # 119.5 seconds to save, rounded up, and 30 to upload
    assert not {"resources", "nodeSelector", "labels"} & {*container, *pod, *job_set["metadata"]}


async def test_the_end_of_the_run_fails_the_job_set_without_a_restart(ask: Ask, database: Database):
    spec = (await rendered(ask, await entered(database, **TRAINING)))["spec"]

    (rule,) = spec["replicatedJobs"][0]["template"]["spec"]["podFailurePolicy"]["rules"]
    assert rule == {"action": "FailJob", "onExitCodes": {"operator": "In", "values": [exit_status(JobStatus.FAILED)]}}
    assert exit_status(JobStatus.CANCELLED) == exit_status(JobStatus.FAILED) != exit_status(None)
    (rule,) = spec["failurePolicy"]["rules"]
    assert rule == {"name": "ended", "action": "FailJobSet", "onJobFailureReasons": ["PodFailurePolicy"]}


async def test_names_fit_into_the_labels_of_pods(ask: Ask, database: Database):
    job_set = await rendered(ask, await entered(database, **TRAINING))

    pod_name = f"{job_set['metadata']['name']}-{job_set['spec']['replicatedJobs'][0]['name']}-0-0-abcde"
    assert re.fullmatch(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", pod_name)


@on_sqlite
@pytest.mark.parametrize(("accelerator", "nodes"), [("TPU_V5E", "tpu-v5-lite-podslice"), ("TPU_V6E", "tpu-v6e-slice")])
@pytest.mark.parametrize(("topology", "chips"), [("1x1", 1), ("2x2", 4), ("2x4", 8)])
async def test_a_slice_of_tpus(ask: Ask, database: Database, accelerator: str, nodes: str, topology: str, chips: int):
    run = await entered(database, **TRAINING)

    pod = pod_in(await rendered(ask, run, accelerator=accelerator, topology=topology))

    assert pod["nodeSelector"] == {
        "cloud.google.com/gke-tpu-accelerator": nodes,
        "cloud.google.com/gke-tpu-topology": topology,
    }
    resources = {"google.com/tpu": chips}
    assert pod["containers"][0]["resources"] == {"requests": resources, "limits": resources}


@on_sqlite
async def test_gpus_cpus_memory_namespace_and_queue(ask: Ask, database: Database):
    run = await entered(database, **TRAINING)
    options = {"gpus": 4, "cpus": 3.5, "memoryGib": 64, "namespace": "ml", "queue": "team-a", "secretName": "keys"}

    job_set = await rendered(ask, run, accelerator="GPU", **options)
    found = (await ask(QUERY, id=str(run["id"]), input=REQUIRED | options | {"accelerator": "GPU"}))["runJobSet"]

    (container,) = pod_in(job_set)["containers"]
    limits = {"nvidia.com/gpu": 4, "memory": "64Gi"}
    assert container["resources"] == {"requests": {"cpu": "3.5", **limits}, "limits": limits}
    assert container["env"][0]["valueFrom"]["secretKeyRef"]["name"] == "keys"
    assert job_set["metadata"]["namespace"] == "ml"
    assert job_set["metadata"]["labels"] == {"kueue.x-k8s.io/queue-name": "team-a"}
    assert "secret generic keys --namespace ml " in found["secretCommand"]


@on_sqlite
async def test_a_gpu_host_has_one_gpu_by_default(ask: Ask, database: Database):
    run = await entered(database, **TRAINING)

    (container,) = pod_in(await rendered(ask, run, accelerator="GPU"))["containers"]

    assert container["resources"]["limits"] == {"nvidia.com/gpu": 1}


@on_sqlite
@pytest.mark.parametrize(
    ("options", "field", "words"),
    [
        ({"accelerator": "TPU_V5E"}, "topology", "topology is required by the accelerator TPU_V5E: 1x1, 2x2 or 2x4"),
        ({"accelerator": "TPU_V6E", "topology": "4x4"}, "topology", "training runs on one host, and 4x4 has 4"),
        ({"accelerator": "TPU_V6E", "topology": "2x3"}, "topology", "for the accelerator TPU_V6E; it is '2x3'"),
        ({"topology": "2x2"}, "topology", "leave it out for the accelerator CPU"),
        ({"gpus": 2}, "gpus", "leave it out for CPU"),
        ({"accelerator": "GPU", "gpus": 17}, "gpus", "gpus must be between 1 and 16; it is 17"),
        ({"accelerator": "GPU", "gpus": 0}, "gpus", "it is 0"),
        ({"cpus": 0.01}, "cpus", "cpus must be between 0.1 and 1,024; it is 0.01"),
        ({"memoryGib": 0}, "memoryGib", "memoryGib must be between 1 and 65,536; it is 0"),
        ({"image": "a b"}, "image", "it is 'a b'"),
        ({"image": "a" * 513}, "image", "1 to 512"),
        ({"image": "--privileged"}, "image", "it is '--privileged'"),
        ({"namespace": "Team"}, "namespace", "it is 'Team'"),
        ({"queue": "-a"}, "queue", "it is '-a'"),
        ({"secretName": "a; rm"}, "secretName", "it is 'a; rm'"),
        ({"serverUrl": "http://127.0.0.1:8000"}, "serverUrl", "an address that the cluster reaches"),
        ({"serverUrl": "http://localhost"}, "serverUrl", "an address that the cluster reaches"),
        ({"serverUrl": "http://0.0.0.0:1"}, "serverUrl", "an address that the cluster reaches"),
        ({"serverUrl": "ftp://traces.example"}, "serverUrl", "must be an http or https URL"),
        ({"serverUrl": "http://traces.example/" + "a" * 500}, "serverUrl", "at most 512 characters"),
    ],
)
async def test_an_option_that_no_cluster_could_use(
    graphql: Execute, database: Database, options: dict[str, Any], field: str, words: str
):
    run = await entered(database, **TRAINING)

    code, message, path = refused(await graphql(QUERY, {"id": str(run["id"]), "input": REQUIRED | options}))

    assert (code, path) == ("BAD_USER_INPUT", ["input", field])
    assert words in message


@on_sqlite
@pytest.mark.parametrize(
    ("mesh", "options", "field"),
    [
        ({"fsdp": 8, "tp": None}, {"accelerator": "TPU_V5E", "topology": "2x2"}, "topology"),
        ({"fsdp": 2, "tp": 2}, {"accelerator": "GPU", "gpus": 3}, "gpus"),
        ({"fsdp": None, "tp": 2}, {}, "accelerator"),
    ],
)
async def test_a_host_with_too_few_devices_for_the_mesh(
    graphql: Execute, database: Database, mesh: dict[str, Any], options: dict[str, Any], field: str
):
    run = await entered(database, **TRAINING | {"config": config_row() | {"mesh": mesh}})

    code, message, path = refused(await graphql(QUERY, {"id": str(run["id"]), "input": REQUIRED | options}))

    needed = (mesh["fsdp"] or 1) * (mesh["tp"] or 1)
    assert (code, path) == ("BAD_USER_INPUT", ["input", field])
    assert f"the {needed} devices of the run's mesh" in message


async def test_a_mesh_that_the_host_has(ask: Ask, database: Database):
    run = await entered(database, **TRAINING | {"config": config_row() | {"mesh": {"fsdp": 2, "tp": 2}}})

    await rendered(ask, run, accelerator="TPU_V5E", topology="2x2")


@on_sqlite
@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"mode": "DRY_RUN"}, "The run is a dry run"),
        ({"engine": "external"}, "The run is external"),
        ({"engine": "ray"}, "The run is trained by the cluster of its engine RAY"),
        ({"config": None}, "imported without its parameters"),
        ({"status": "FAILED"}, "The run is FAILED; retry it first"),
        ({"status": "COMPLETED"}, "The run is COMPLETED; start a new run instead"),
    ],
)
async def test_a_run_that_no_worker_takes(graphql: Execute, database: Database, columns: dict[str, Any], words: str):
    run = await entered(database, **TRAINING | columns)

    code, message, path = refused(await graphql(QUERY, {"id": str(run["id"]), "input": REQUIRED}))

    assert (code, path) == ("CONFLICT", ["id"])
    assert words in message


async def test_a_run_that_does_not_exist_has_none(ask: Ask):
    for name in (str(uuid.uuid4()), "nobody"):
        assert (await ask(QUERY, id=name, input=REQUIRED))["runJobSet"] is None


async def test_the_url_of_the_request_is_the_default(graphql: Execute, database: Database):
    run = await entered(database, **TRAINING)

    code, message, path = refused(await graphql(QUERY, {"id": str(run["id"]), "input": {"image": "a"}}))

    assert (code, path) == ("BAD_USER_INPUT", ["input", "serverUrl"])
    assert "is valid on one machine only" in message


def test_the_schema_refuses_what_the_api_does_not_know():
    job: dict[str, Any] = {"replicas": 1, "template": {"spec": {"template": {"spec": {"containers": []}}}}}
    job_set = {"apiVersion": "jobset.x-k8s.io/v1alpha2", "kind": "JobSet", "spec": {"replicatedJobs": [job]}}

    assert any("name" in error for error in errors_in(job_set))
    assert errors_in(job_set | {"spec": {"replicatedJobs": [job | {"name": "run"}]}}) == []
    assert errors_in(job_set | {"spec": {"hosts": 2, "replicatedJobs": [job | {"name": "run"}]}})
