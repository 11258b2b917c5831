"""Groups, generations, evaluations and leaderboards through the Python client."""

from __future__ import annotations

import pytest

from tests.support.runs import StandIn
from tunix_rt_client import Client, NotFound


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
