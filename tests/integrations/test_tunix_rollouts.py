"""Rollouts and runs of a Tunix program: sent live to a real server, stored once, kept while it is unreachable."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from tests.support.postgres import free_port
from tests.support.repository import ROOT
from tests.support.servers import RunningServer, serving
from tests.support.waiting import WAIT_SECONDS
from tunix_rt.domain.answers.absent import NO_ANSWER
from tunix_rt.domain.traces.given_origins import RAW_TEXT_MAX_CHARS
from tunix_rt.domain.traces.trace import ANSWER_MAX_CHARS, STEP_CONTENT_MAX_CHARS
from tunix_rt_tunix import RolloutsRefused, RolloutWriter, RunReporter, rollouts, split_answer
from tunix_rt_tunix.rollouts import EMPTY, sampling_of

RUN = """
{
  run(id: "my-sft") {
    status statusReason modelId lastBatch parameters trainingProgress { step totalSteps }
    metrics { name steps values } logs { nodes { text } }
  }
}
"""
PRODUCED = """
{
  run(id: "my-grpo") {
    status method
    producedTraces(where: { producedBy: { policyVersion: { gte: 0 } } }, first: 100) {
      totalCount
      nodes {
        group
        producedBy {
          modelId policyVersion sampleIndex promptPosition finishReason tokenCount rawText
          samplingParameters { temperature topP maxNewTokens seed }
        }
      }
    }
  }
}
"""
TRACES = """
{
  traces(where: { source: { eq: "grpo" } }, orderBy: [{ field: CREATED_AT }], first: 100) {
    totalCount
    nodes {
      externalId prompt finalAnswer referenceAnswer meta group
      steps { type content } latestScores { scorer score kind }
    }
  }
}
"""
SERVER = [sys.executable, "-m", "tunix_rt"]
QUIET = {"TUNIX_RT_LOAD_SAMPLES": "false"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A running server."""
    with serving(SERVER, tmp_path_factory.mktemp("server"), QUIET) as running:
        yield running


def asked(url: str, query: str) -> dict[str, Any]:
    """Returns the data of a query."""
    with httpx.Client(base_url=url, trust_env=False, timeout=WAIT_SECONDS) as client:
        body = client.post("/graphql", json={"query": query}).json()
    assert "errors" not in body, body
    data: dict[str, Any] = body["data"]
    return data


def stored(url: str, source: str = "grpo") -> list[dict[str, Any]]:
    """Returns the traces of a source, in order."""
    nodes: list[dict[str, Any]] = asked(url, TRACES.replace("grpo", source))["traces"]["nodes"]
    return sorted(nodes, key=lambda node: [int(part) for part in node["externalId"].split("/")[-2:]])


def correct(prompts: Sequence[str], completions: Sequence[str], answer: Sequence[str], **_: Any) -> list[float]:
    """Rewards right answers."""
    return [float(split_answer(text)[1] == right) for text, right in zip(completions, answer, strict=True)]


def brief(prompts: Sequence[str], completions: Sequence[str], **_: Any) -> list[float]:
    """Rewards short completions."""
    return [0.25 if len(text) < 12 else 0.0 for text in completions]


def batch(writer: RolloutWriter, completions: list[str]) -> None:
    """Does what Tunix's learner does with one batch: computes the rewards, then calls the metric functions."""
    prompts, columns = ["What is 1+1?"] * len(completions), {"answer": ["2"] * len(completions)}
    reward_fns: list[Callable[..., Sequence[float]]] = writer.rewards(correct, brief)
    found = [function(prompts=prompts, completions=completions, mode="train", **columns) for function in reward_fns]
    rewards = [sum(values) for values in zip(*found, strict=True)]
    assert writer(prompts=prompts, completions=completions, advantages=None, rewards=rewards, **columns) == {}


def test_rollouts_become_traces_with_scores(server: RunningServer):
    writer = RolloutWriter(server.url, "grpo")

    batch(writer, ["1 and 1 make 2. Answer: 2", "Answer: 3"])
    assert len(stored(server.url)) == 2, "they are there while training goes on"
    batch(writer, ["", "2\0"])
    writer.close()

    traces = stored(server.url)
    assert [trace["externalId"] for trace in traces] == ["0/0", "0/1", "1/0", "1/1"]
    assert [trace["finalAnswer"] for trace in traces] == ["2", "3", "(no final answer)", "2\ufffd"]
    assert [[step["type"] for step in trace["steps"]] for trace in traces] == [["reasoning"], *[["answer"]] * 3]
    assert traces[0]["steps"] == [{"type": "reasoning", "content": "1 and 1 make 2."}]
    assert traces[3]["meta"]["rollout"] == {"step": 1, "position": 1}
    assert {trace["referenceAnswer"] for trace in traces} == {"2"}
    assert len({trace["group"] for trace in traces}) == 1
    scores = [{node["scorer"]: node["score"] for node in trace["latestScores"]} for trace in traces]
    assert scores == [
        {"brief": 0.0, "correct": 1.0, "reward": 1.0},
        {"brief": 0.25, "correct": 0.0, "reward": 0.25},
        {"brief": 0.25, "correct": 0.0, "reward": 0.25},
        {"brief": 0.25, "correct": 0.0, "reward": 0.25},
    ]
    assert writer.stored == 4
    assert EMPTY == NO_ANSWER


def test_the_same_rollouts_are_stored_once(server: RunningServer):
    for _ in range(2):
        writer = RolloutWriter(server.url, "twice", step=lambda: 7)
        batch(writer, ["Answer: 2"])
        batch(writer, ["Answer: 3"])

    assert [trace["externalId"] for trace in stored(server.url, "twice")] == ["7/0", "7/1"]
    assert writer.stored == 0


def test_a_completion_of_any_length_is_stored(server: RunningServer):
    RunReporter(server.url, "long", model_id="m").close()
    writer = RolloutWriter(server.url, "long", run="long")
    batch(writer, ["think " * 10_000, "y" * 250_000 + " Answer: 2"])
    writer.close()

    traces = stored(server.url, "long")
    assert [trace["finalAnswer"] for trace in traces] == [EMPTY, "2"]
    lengths = [[len(step["content"]) for step in trace["steps"]] for trace in traces]
    assert lengths == [[59_999], [STEP_CONTENT_MAX_CHARS, 50_000]]
    limits = (ANSWER_MAX_CHARS, STEP_CONTENT_MAX_CHARS, RAW_TEXT_MAX_CHARS)
    assert limits == (rollouts.ANSWER_MAX_CHARS, rollouts.STEP_MAX_CHARS, rollouts.RAW_TEXT_MAX_CHARS)


def test_rewards_that_are_not_finite_are_left_out(server: RunningServer):
    writer = RolloutWriter(server.url, "nan")
    writer(prompts=["q", "q"], completions=["Answer: 2", "Answer: 3"], rewards=[float("nan"), 0.5])
    writer.close()

    assert [trace["latestScores"] for trace in stored(server.url, "nan")] == [
        [],
        [{"scorer": "reward", "score": 0.5, "kind": "MODEL"}],
    ]


def test_training_goes_on_while_the_server_is_away(tmp_path: Path):
    port = free_port()
    writer = RolloutWriter(f"http://127.0.0.1:{port}/", "away")
    batch(writer, ["Answer: 2", "Answer: 3"])
    with pytest.raises(RolloutsRefused, match="2 rollouts are not stored"):
        writer.close()

    run = RunReporter(f"http://127.0.0.1:{port}/", "away", model_id="m")
    run.measure("loss", 1, 0.5)
    linked = RolloutWriter(f"http://127.0.0.1:{port}/", "linked", run=run)
    batch(linked, ["Answer: 2"])
    with serving(SERVER, tmp_path, QUIET, port) as running:
        batch(writer, ["Answer: 4"])
        run.close()
        assert (run.lost, run.unsent) == (0, 0)
        linked.close()
        assert [trace["externalId"] for trace in stored(running.url, "linked")] == ["away/0/0"]
        assert [trace["externalId"] for trace in stored(running.url, "away")] == ["0/0", "0/1", "1/0"]
    assert writer.stored == 3


def test_refused_rollouts_end_training(server: RunningServer):
    writer = RolloutWriter(server.url, "refused", prompt=lambda _: "")

    with pytest.raises(RolloutsRefused, match="1 rollouts were refused"):
        batch(writer, ["Answer: 2"])


def test_it_imports_nothing_but_the_standard_library():
    probe = "import sys, tunix_rt_tunix; print(*{name.partition('.')[0] for name in sys.modules})"
    shown = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True).stdout.split()

    assert not {"tunix_rt", "httpx", "numpy", "jax", "tunix"} & set(shown)


def test_real_trainings_send_the_rewards_and_the_losses_that_tunix_reports(
    server: RunningServer, tmp_path: Path, compiled: Path
):
    program = [sys.executable, "-m", "tests.support.trainer.grpo_program", server.url, str(tmp_path)]
    environment = os.environ | {"JAX_COMPILATION_CACHE_DIR": str(compiled)}
    done = subprocess.run(program, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    reported = json.loads(done.stdout.splitlines()[-1])

    traces = stored(server.url, "my-grpo")

    assert len(traces) == reported["written"] == 8
    rewards: dict[str, list[float]] = {}
    for trace in traces:
        scores = {found["scorer"]: found["score"] for found in trace["latestScores"]}
        assert scores["reward"] == pytest.approx(scores["digits"] + scores["length"])
        rewards.setdefault(str(trace["meta"]["rollout"]["step"]), []).append(scores["reward"])
    assert {step: sum(found) / len(found) for step, found in rewards.items()} == pytest.approx(reported["sums"])
    run = asked(server.url, RUN)["run"]
    assert (run["status"], run["modelId"], run["parameters"]) == ("COMPLETED", "google/gemma-3-270m", {"rank": 8})
    assert run["trainingProgress"] == {"step": 2, "totalSteps": 2}
    curves = {curve["name"]: dict(zip(curve["steps"], curve["values"], strict=True)) for curve in run["metrics"]}
    assert {str(step): value for step, value in curves["train/loss"].items()} == pytest.approx(reported["losses"])
    assert set(curves["train/loss"]) == {1, 2}
    assert not any(name.startswith("jax") for name in curves)
    assert [line["text"] for line in run["logs"]["nodes"]] == ["2 batches"]
    check_produced(asked(server.url, PRODUCED)["run"])
    assert {(trace["prompt"], trace["referenceAnswer"]) for trace in traces} == {
        ("What is 0+0?", "0"),
        ("What is 1+0?", "1"),
        ("What is 0+1?", "1"),
        ("What is 1+1?", "2"),
    }


def check_produced(run: dict[str, Any]) -> None:
    """Checks that the rollouts are linked to their run, in groups of a prompt, with what Tunix knows of them."""
    produced = run["producedTraces"]
    assert (run["status"], run["method"], produced["totalCount"]) == ("COMPLETED", "GRPO", 8)
    origins = [node["producedBy"] for node in produced["nodes"]]
    sampling = {"temperature": 1.0, "topP": 1.0, "maxNewTokens": 32, "seed": None}
    assert {origin["modelId"] for origin in origins} == {"google/gemma-3-270m"}
    assert sorted((origin["policyVersion"], origin["sampleIndex"]) for origin in origins) == sorted(
        (step, sample) for step in (0, 1) for sample in (0, 0, 1, 1)
    )
    for origin in origins:
        assert origin["samplingParameters"] == sampling
        assert [origin[name] for name in ("promptPosition", "finishReason", "tokenCount")] == [None, None, None]
    groups = [node["group"] for node in produced["nodes"]]
    assert sorted(map(groups.count, set(groups))) == [2, 2, 2, 2]


def test_a_refused_run_refuses_its_rollouts(server: RunningServer):
    RunReporter(server.url, "taken", model_id="m").close()
    again = RunReporter(server.url, "taken", model_id="m")
    again.close()
    assert again.refusal is not None

    with pytest.raises(RolloutsRefused, match=r"The run taken is not registered: .*outputName"):
        batch(RolloutWriter(server.url, "refused-run", run=again), ["Answer: 2"])
    with pytest.raises(RolloutsRefused, match=r"There is no run .*nobody"):
        batch(RolloutWriter(server.url, "refused-run", run="nobody"), ["Answer: 2"])
    assert stored(server.url, "refused-run") == []


def test_sampling_parameters_are_those_of_tunix_or_given_by_name():
    config = SimpleNamespace(temperature=0.9, top_p=None, max_tokens_to_generate=64, seed=None)

    assert sampling_of(config) == {"temperature": 0.9, "top_p": 1.0, "max_new_tokens": 64, "seed": None}
    assert sampling_of(SimpleNamespace(**vars(config) | {"seed": [0, 1]}))["seed"] is None
    given = {"temperature": 0.5, "top_p": 0.9, "max_new_tokens": 8, "seed": 3}
    assert sampling_of(given) == given
