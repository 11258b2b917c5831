"""Groups, generations, evaluations and leaderboards through the Python client."""

from __future__ import annotations

import time

import pytest

from tests.support.runs import StandIn
from tunix_rt_client import BadInput, Client, Conflict, JobFailed, NotFound


def test_answers_are_generated_grouped_and_evaluated(filled: Client, trainer: StandIn):
    trainer.does(steps=1)
    dataset = filled.traces({"source": {"eq": "sums"}}, order_by="externalId")[:6].create_dataset("sums", "1")
    run = filled.start_run(dataset, "tiny-random/qwen3", output_name="first").wait()
    generation = filled.start_generation(run, dataset, samples_per_prompt=2, scorers=["answer_match"]).wait()
    assert (generation.model_id, generation.answer_count, generation.status) == ("run:first", 12, "COMPLETED")
    assert repr(generation) == "Generation('run:first', 12 answers, COMPLETED)"
    assert "12" in generation._repr_html_()
    assert len(generation.traces()) == len(generation.traces().to_pandas()) == 12
    assert filled.generation(str(generation.uuid)) == generation.refresh() == filled.generations().first()
    assert filled.generations().count() == 1

    groups = filled.trace_groups({"source": {"ne": "sums"}}, scorer="answer_match", order_by="-size")
    assert {group.size for group in groups} == {2}
    assert len(groups) == len(groups.to_pandas()) == 6
    assert filled.trace_groups(scorer="answer_match", having={"size": {"gt": 3}}).count() == 0
    summary = groups[:2].summary(k=[1, 2, 3])
    assert (summary.group_count, summary.trace_count) == (6, 12), "slices do not limit a summary"
    assert [found.k for found in summary.pass_at_k if found.value is not None] == [1, 2]
    assert "k 1, value" in summary._repr_html_()

    written = {"where": {"source": {"eq": "sums"}}}
    evaluation = filled.create_evaluation(
        "first", dataset, "answer_match", {"trained": generation, "written": written}, seed=3
    ).wait()
    means, pairs = evaluation.results()
    assert [found.name for found in means] == ["trained", "written"]
    assert list(evaluation.to_pandas()["name"]) == ["trained", "written"]
    assert (pairs[0].a.name, pairs[0].b.name, pairs[0].prompt_count) == ("trained", "written", 6)
    assert repr(evaluation) == "Evaluation('first', 6 prompts, COMPLETED)"
    assert "sums-1" in evaluation._repr_html_()
    assert filled.evaluation(evaluation.id) == evaluation.refresh()
    assert filled.leaderboard(dataset, "answer_match")[0].candidate.name == "written"
    assert evaluation.watch() is evaluation
    assert [event["seq"] for event in evaluation.events(after=1)] == [
        event["seq"] for event in evaluation.events() if event["seq"] > 1
    ]
    outcomes = {name: evaluation.prompts(pairs[0], name) for name in ("wins", "losses", "ties", "both_wrong")}
    counts = [pairs[0].win_count, pairs[0].loss_count, pairs[0].tie_count, pairs[0].both_wrong_count]
    assert [len(found) for found in outcomes.values()] == counts
    assert [len(found.to_pandas()) for found in outcomes.values()] == counts
    lost = outcomes["losses"].to_pandas().iloc[0]
    assert lost["score_a"] < lost["score_b"]
    assert lost["answer_b"] == lost["reference_answer"] != lost["answer_a"]
    with pytest.raises(BadInput, match="wins, losses, ties, both_wrong; it is 'lost'"):
        evaluation.prompts(pairs[0], "lost")
    with pytest.raises(Conflict):
        evaluation.retry()
    gone = outcomes["losses"]
    evaluation.delete()
    with pytest.raises(NotFound, match="its evaluation was deleted"):
        gone.count()
    with pytest.raises(NotFound):
        evaluation.refresh()
    for missing in (filled.generation, filled.evaluation):
        with pytest.raises(NotFound):
            missing("01a22531-7041-7727-bad0-94804a0fd55e")


def test_a_generation_is_cancelled(filled: Client, trainer: StandIn):
    trainer.does(steps=1)
    dataset = filled.create_dataset("sums", "1", where={})
    run = filled.start_run(dataset, "tiny-random/qwen3", output_name="first").wait()
    trainer.does(gate=str(trainer.gate))
    generation = filled.start_generation(run, where={"source": {"eq": "sums"}})
    assert generation.cancel().status in {"RUNNING", "CANCELLED"}
    with pytest.raises(JobFailed, match="CANCELLED"):
        generation.watch()
    trainer.does(steps=1)
    assert generation.retry().status in {"PENDING", "RUNNING"}
    assert generation.watch() is generation
    assert (generation.status, generation.answer_count) == ("COMPLETED", 30)
    events = list(generation.events())
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert events[-1]["answerCount"] == 30
    assert [event["seq"] for event in generation.events(after=2)] == [event["seq"] for event in events[2:]]
    generation.delete()
    assert filled.generations().count() == 0
    assert filled.traces({"producedBy": {"modelId": {"eq": "run:first"}}}).count() == 30, "its answers are kept"


def test_an_evaluation_is_cancelled_and_retried(filled: Client, trainer: StandIn):
    trainer.does(steps=1)
    dataset = filled.create_dataset("sums", "1", where={})
    run = filled.start_run(dataset, "tiny-random/qwen3", output_name="first").wait()
    trainer.does(gate=str(trainer.gate))
    written = {"where": {"source": {"eq": "sums"}}}
    sampling = {"temperature": 0, "max_new_tokens": 32}
    evaluation = filled.create_evaluation(
        "first", dataset, "answer_match", {"trained": run, "written": written}, sampling=sampling
    )
    assert evaluation.cancel().status in {"PENDING", "RUNNING", "CANCELLED"}
    with pytest.raises(JobFailed, match="CANCELLED"):
        evaluation.watch()
    trainer.does(steps=1)
    while filled.generations({"status": {"in": ["PENDING", "RUNNING"]}}).count():
        time.sleep(0.05)
    assert evaluation.retry().status in {"PENDING", "RUNNING"}
    assert evaluation.watch().status == "COMPLETED"
