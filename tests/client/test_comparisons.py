"""Agreement of scorers, contamination of datasets, lists of evaluations and leaderboards through the Python client."""

from __future__ import annotations

from pathlib import Path

import pytest

from tunix_rt_client import BadInput, Client, NotFound, UnknownArgument

SUMS = {"source": {"eq": "sums"}}
SAME = {"all": {"eq": "sums"}, "again": {"in": ["sums"]}}
"""Two filters of the same traces."""


def test_scorers_and_datasets_are_compared(filled: Client):
    traces = filled.traces(SUMS)
    traces.score("answer_match")
    frame = traces.to_pandas(["id", "score.answer_match"])
    frame["score"] = 1.0
    filled.add_scores(frame, "ada", kind="HUMAN")
    agreement = filled.scorer_agreement("answer_match", "ada")
    counts = (agreement.both_passed_count, agreement.only_a_count, agreement.only_b_count, agreement.neither_count)
    assert counts == (20, 0, 10, 0)
    assert agreement.agreement == pytest.approx(2 / 3)
    assert "Agreement of answer_match and ada" in agreement._repr_html_()
    assert "Only ada passes" in agreement._repr_html_()
    disagreements = agreement.disagreements()
    assert len(disagreements) == 10
    assert set(disagreements.to_pandas(["reference_answer"])["reference_answer"]) == {"-1"}
    assert filled.scorer_agreement("ada", "answer_match", threshold=1, threshold_b=0).only_a_count == 0
    assert filled.scorer_agreement("ada", "answer_match", where={"source": {"eq": "other"}}).trace_count == 0

    whole = filled.create_dataset("whole", "1", where={})
    train, test = whole.split(train=0.8, test=0.2)
    assert train.contamination(test).equal_count == 0
    found = whole.contamination("whole-1")
    assert (found.train_prompt_count, found.equal_count) == (30, 30)
    assert filled.contamination(whole, test).equal_count == test.trace_count
    pairs = found.pairs()
    assert len(pairs) == len(pairs.to_pandas()) == 30
    assert set(pairs.to_pandas()["kind"]) == {"EQUAL_PROMPT"}
    first = pairs.first()
    assert first is not None
    assert (first.overlap, first.train_trace) == (1, first.eval_trace)
    assert list(train.contamination(test).pairs().to_pandas().columns) == [
        "kind",
        "overlap",
        "train_prompt",
        "eval_prompt",
    ]
    with pytest.raises(NotFound, match="nothing"):
        filled.contamination(whole, "nothing")


def test_evaluations_are_listed_and_their_candidates_ranked(filled: Client):
    dataset = filled.create_dataset("sums", "1", where={})
    assert filled.evaluations().first() is None
    assert filled.leaderboard(dataset, "answer_match") == []
    assert "no evaluation" in filled.leaderboard(dataset, "answer_match")._repr_html_()
    assert list(filled.leaderboard(dataset, "answer_match").to_pandas()["name"]) == []
    candidates = {name: {"where": {"source": given}} for name, given in SAME.items()}
    evaluation = filled.create_evaluation("first", dataset, "answer_match", candidates, seed=3).wait()
    assert filled.evaluations({"name": {"eq": "first"}}).first() == evaluation
    assert filled.evaluations({"name": {"eq": "second"}}).count() == 0
    assert filled.evaluations(order_by="-createdAt").to_pandas()["scorer"].to_list() == ["answer_match"]
    leaderboard = filled.leaderboard(dataset, "answer_match")
    frame = leaderboard.to_pandas()
    assert set(frame["name"]) == {"all", "again"}
    assert set(frame["best_rank"]) == {1}
    assert set(frame["worst_rank"]) == {2}
    assert "rank 1 to 2, mean 0.667" in leaderboard._repr_html_()
    with pytest.raises(BadInput, match="candidates must be a dict"):
        filled.create_evaluation("second", dataset, "answer_match", ["run:first"])  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="'a' is of type int"):
        filled.create_evaluation("second", dataset, "answer_match", {"a": 1})  # type: ignore[dict-item]


def test_the_traces_of_a_filter_are_exported_and_arguments_checked(filled: Client, tmp_path: Path):
    traces = filled.traces({"externalId": {"in": ["sum-3", "sum-4"]}}, order_by="-externalId")
    traces.score("answer_match")
    export = traces.export(tmp_path / "some.jsonl", include_scores=True)
    assert "2" in export._repr_html_()
    lines = (tmp_path / "some.jsonl").read_text().splitlines()
    assert ["4 + 4" in line for line in lines] == [True, False]
    assert all("answer_match" in line for line in lines)
    with pytest.raises(BadInput, match="cannot be used to export"):
        traces[:1].export(tmp_path / "one.jsonl")
    with pytest.raises(BadInput, match="Did you mean 'includeScores'"):
        traces.export(tmp_path / "none.jsonl", include_score=True)
    assert filled.traces({"source": {"eq": "other"}}).export(tmp_path / "none.csv").row_count == 0

    with pytest.raises(
        UnknownArgument, match=r"Client\.traces has no argument 'wher'\. Did you mean 'where'"
    ) as caught:
        filled.traces(wher={})  # type: ignore[call-arg]
    assert (caught.value.path, isinstance(caught.value, TypeError)) == (["wher"], True)
    with pytest.raises(UnknownArgument, match=r"Traces\.count has no argument 'n'\. It takes none"):
        filled.traces().count(n=1)  # type: ignore[call-arg]
    with pytest.raises(BadInput, match="Did you mean 'learningRate'"):
        filled.start_run("nothing", "tiny-random/qwen3", learning_rte=1)
