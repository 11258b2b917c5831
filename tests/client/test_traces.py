"""Traces through the Python client: imported, read, scored, deleted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy
import pandas
import pytest

from tests.client.conftest import ROWS
from tunix_rt_client import BadInput, Client, Conflict, NotFound, Trace
from tunix_rt_client._sync import collection


def test_plain_rows_become_traces(filled: Client):
    trace = filled.trace(("sums", "sum-4"))
    assert (trace.prompt, trace.final_answer) == ("What is 4 + 4?", "8")
    assert [step.content for step in trace.steps] == ["Add 4 to itself.", "That is 8."]
    assert trace.meta == {"level": 0, "source": "sums"}
    assert filled.trace(str(trace.uuid)) == filled.trace(trace.id) == trace
    assert "What is 4 + 4?" in trace._repr_html_()
    report = filled.import_traces(ROWS, set={"source": "sums"})
    assert (report.duplicates, list(report.to_pandas()["reason"])) == (len(ROWS), [])
    with pytest.raises(NotFound, match="There is no trace 'sums nothing'"):
        filled.trace(("sums", "nothing"))
    with pytest.raises(BadInput) as caught:
        filled.trace("nothing")
    assert (caught.value.code, caught.value.path) == ("BAD_ID", ["id"])
    assert caught.value.request_id
    with pytest.raises(BadInput, match="the pair of its source and external id; it is"):
        filled.trace(("sums", "sum-4", "sum-5"))  # type: ignore[arg-type]


def test_a_collection_is_read_page_by_page_and_only_when_asked(filled: Client, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(collection, "PAGE", 7)
    asked: list[Any] = []
    execute = filled.connection.execute

    def recorded(document: str, variables: dict[str, Any]) -> dict[str, Any]:
        asked.append(variables)
        return execute(document, variables)

    monkeypatch.setattr(filled.connection, "execute", recorded)

    traces = filled.traces({"source": {"eq": "sums"}}, order_by="externalId")
    assert asked == []
    assert [trace.external_id for trace in traces[:3]] == ["sum-0", "sum-1", "sum-10"]
    assert [given["first"] for given in asked] == [3]
    first = traces.first()
    assert first is not None
    assert first.external_id == "sum-0"
    assert sorted(trace.external_id or "" for trace in traces) == sorted(str(row["external_id"]) for row in ROWS)
    assert [given["first"] for given in asked if given and "first" in given] == [3, 1, 7, 7, 7, 7, 7]
    assert len(traces) == traces.count() == 30
    assert len(traces[:4]) == len(traces[:9][:4]) == 4
    assert len(traces[:9].to_list()) == 9
    assert repr(traces[:4]) == "Traces(where={'source': {'eq': 'sums'}}, limit=4)"
    descending = filled.traces(order_by=["-charCount", "createdAt"])[:1].to_list()
    assert descending[0].char_count == max(trace.char_count for trace in traces)
    with pytest.raises(BadInput, match="Only the first objects"):
        traces[2:4]
    with pytest.raises(BadInput, match=r"use first\(\)"):
        traces[0]  # type: ignore[index]


def test_a_page_that_is_too_large_is_read_in_halves(client: Client, monkeypatch: pytest.MonkeyPatch):
    long = [{"prompt": f"p{n}", "steps": ["x" * 190_000] * 20, "final_answer": "a"} for n in range(24)]
    assert client.import_traces(long).added == 24
    asked: list[int] = []
    execute = client.connection.execute

    def counted(document: str, variables: dict[str, Any]) -> dict[str, Any]:
        asked.append(variables.get("first", 0))
        return execute(document, variables)

    monkeypatch.setattr(client.connection, "execute", counted)
    assert len(client.traces().to_list()) == 24
    assert asked[0] == 500
    assert 0 < min(filter(None, asked)) < 24


def test_tables_have_a_column_for_each_scorer(filled: Client):
    traces = filled.traces({"source": {"eq": "sums"}})
    report = traces.score("answer_match")
    assert (report.scored, report.unscored) == (30, 0)
    assert traces.score("answer_match", only_missing=True).skipped == 30

    frame = traces.to_pandas()
    assert len(frame) == 30
    assert frame["score.answer_match"].mean() == pytest.approx(2 / 3)
    assert frame.loc[frame.external_id == "sum-2", "steps"].item() == ["Add 2 to itself.", "That is 4."]
    assert list(traces.to_pandas(["prompt", "score.answer_match"]).columns) == ["prompt", "score.answer_match"]
    assert traces.to_arrow(["meta", "steps"])["meta"][0].as_py() == json.dumps(traces.rows(["meta"])[0]["meta"])
    assert traces.to_hf(["prompt"]).column_names == ["prompt"]
    with pytest.raises(BadInput, match=r"There is no column 'promt'\. Did you mean 'prompt'"):
        traces.to_pandas(["promt"])
    with pytest.raises(BadInput, match="must be a list of columns"):
        filled.traces(fields="prompt")
    nothing = filled.traces({"source": {"eq": "nothing"}}, fields=["prompt", "meta"])
    for table in (nothing.to_pandas().columns, nothing.to_arrow().column_names, nothing.to_hf().column_names):
        assert list(table) == ["prompt", "meta"]


def test_a_table_reads_only_its_columns(filled: Client, monkeypatch: pytest.MonkeyPatch):
    asked: list[str] = []
    execute = filled.connection.execute

    def recorded(document: str, variables: dict[str, Any], **options: Any) -> dict[str, Any]:
        asked.append(document)
        return execute(document, variables, **options)

    monkeypatch.setattr(filled.connection, "execute", recorded)
    columns = ["external_id", "created_at", "steps", "score.answer_match"]
    traces = filled.traces({"source": {"eq": "sums"}}, order_by="externalId", fields=columns)
    row = next(iter(traces[:1].iter_rows()))
    selected = " ".join(asked[-1].partition("nodes {")[2].partition("}\n    pageInfo")[0].split())
    assert selected == "externalId createdAt steps { content } latestScores { scorer score stepIndex }"
    assert list(row) == columns
    assert row["created_at"].tzinfo is not None
    assert row["steps"] == ["Add 0 to itself.", "That is 0."]
    assert row["score.answer_match"] is None
    dataset = traces.create_dataset("sums", "1")
    assert list(dataset.traces().select(["prompt"]).rows()[0]) == ["prompt"]
    assert asked[-1].count("prompt") == 1
    assert list(traces.rows(["prompt"])[0]) == ["prompt"]

    trace = filled.traces({"source": {"eq": "sums"}}).first()
    assert trace is not None
    assert filled.traces({"id": {"eq": trace.uuid}, "createdAt": {"lte": trace.created_at}}).count() == 1
    assert filled.traces({"id": {"in": [trace]}, "stepCount": {"eq": numpy.int64(2)}}).count() == 1
    for value in ({1}, float("nan")):
        with pytest.raises(BadInput, match="cannot be sent as JSON"):
            filled.traces({"stepCount": {"gt": value}}).count()
    with pytest.raises(BadInput, match="order_by must be"):
        filled.traces(order_by=5)  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="Row 1 must be a dict"):
        filled.import_traces([{"prompt": "p"}, 2])


def test_rows_of_other_shapes_are_mapped(client: Client):
    frame = pandas.DataFrame(
        {"question": ["q1", "q2"], "cot": ["one\ntwo", "three"], "answer": [7, 8], "n": numpy.array([1, 2])}
    )
    columns = {"prompt": "question", "steps": "cot", "final_answer": "answer", "external_id": "n", "meta": ["n"]}
    assert client.import_traces(frame, map=columns).added == 2
    traces = {trace.prompt: trace for trace in client.traces()}
    assert [step.content for step in traces["q1"].steps] == ["one", "two"]
    assert traces["q2"].meta == {"n": 2}
    assert (traces["q2"].final_answer, traces["q2"].external_id) == ("8", "2")


def test_a_file_is_taken_by_its_suffix_and_refused_lines_are_a_table(client: Client, tmp_path: Path):
    table = tmp_path / "table.csv"
    table.write_text("q,cot,a\nwhat,think,that\n,nothing,\n")
    report = client.import_traces(table, map={"prompt": "q", "steps": "cot", "final_answer": "a"})
    assert (report.lines, report.added, report.rejected) == (2, 1, 1)
    assert list(report.to_pandas()["field"]) == ["prompt", "final_answer"]
    assert "prompt" in report._repr_html_()

    more = tmp_path / "more.csv"
    more.write_text("q,cot,a,level,note\nwhere,think,there,2,x\n")
    columns = {"prompt": "q", "steps": "cot", "final_answer": "a", "meta": ["level"]}
    assert client.import_traces(more, map=columns).added == 1
    (found,) = client.traces({"search": "where"})
    assert found.meta == {"level": "2"}

    answers = [{"question": "Who?", "completions": ["She.", "He."]}]
    assert client.import_traces(answers, format="rows", map={"prompt": "question"}).added == 2
    with pytest.raises(BadInput, match="map is for"):
        client.import_traces([{"question": "2 + 2?", "answer": "#### 4"}], format="gsm8k", map={"prompt": "question"})

    lines = tmp_path / "rows.jsonl"
    lines.write_text(json.dumps({"question": "2 + 2?", "answer": "Add.\n#### 4"}) + "\n")
    assert client.import_traces(str(lines), format="gsm8k").added == 1
    with pytest.raises(BadInput) as caught:
        client.import_traces([{"prompt": "p", "final_answer": "", "steps": ["s"]}], on_error="stop")
    assert caught.value.path == ["final_answer"]
    assert caught.value.request_id
    with pytest.raises(BadInput, match="Rows must be a list of dicts"):
        client.import_traces({"prompt": "p"})
    with pytest.raises(BadInput, match="format"):
        client.import_traces([{}], format="nothing")


def test_scores_are_added_in_bulk(filled: Client, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tunix_rt_client._sync.imports.BATCH", 4)
    frame = filled.traces({"source": {"eq": "sums"}}, order_by="createdAt").to_pandas(["id", "content_hash"])
    frame["score"] = numpy.linspace(0, 1, len(frame))
    assert filled.add_scores(frame, "rm-v2") == 30
    named = [{"source": "sums", "external_id": "sum-0", "score": 0.5, "rationale": "r"}]
    assert filled.add_scores(named, "rm-v2", kind="HUMAN", version="2") == 1
    trace = filled.trace(("sums", "sum-0"))
    assert trace.score_by("rm-v2") == 0.5
    assert trace.score_by("nobody") is None
    numbered = {"prompt": "n", "final_answer": "a", "external_id": 7}
    filled.import_traces([numbered], set={"source": "numbered"})
    versioned = {"source": "numbered", "external_id": 7, "score": 1, "scorer_version": "3"}
    assert filled.add_scores([versioned], "rm-v2") == 1
    assert filled.trace(("numbered", "7")).latest_scores[0].scorer_version == "3"
    (by_person,) = [score.id for score in trace.latest_scores if score.kind == "HUMAN"]
    assert filled.delete_scores([by_person]) == 1
    assert filled.trace(("sums", "sum-0")).score_by("rm-v2") == 0.0, "the one before counts again"
    assert filled.delete_scores([by_person]) == 0
    with pytest.raises(NotFound):
        filled.add_scores([{"source": "sums", "external_id": "nothing", "score": 0.5}], "rm-v2")


def test_traces_are_deleted_by_their_number(filled: Client):
    some = filled.traces({"meta": [{"path": ["level"], "eq": 1}]})
    with pytest.raises(BadInput, match="cannot be used to delete"):
        some[:2].delete()
    with pytest.raises(Conflict, match="15"):
        some.delete(expected_count=14)
    assert some.delete() == 15
    assert len(filled.traces()) == 15
    with pytest.raises(BadInput):
        filled.traces().delete()


def test_scorers_are_listed(client: Client):
    assert {"baseline", "answer_match"} <= {scorer.name for scorer in client.scorers()}


def test_any_operation_can_be_executed(filled: Client):
    found = filled.execute("query ($n: Int) { traces(first: $n) { totalCount } }", {"n": 1})
    assert found == {"traces": {"totalCount": 30}}
    with pytest.raises(BadInput, match="nothing"):
        filled.execute("{ nothing }")


def test_a_subscription_yields_what_happens(filled: Client):
    query = "subscription ($after: ID!) { traceCreated(after: $after) { prompt } }"
    seen = iter(filled.subscribe(query, {"after": filled.trace(("sums", "sum-29")).id}))
    for prompt in ("before it is opened", "while it is open"):
        filled.import_traces([{"prompt": prompt, "steps": ["s"], "final_answer": "a"}])
        assert next(seen) == {"traceCreated": {"prompt": prompt}}
    with pytest.raises(BadInput):
        next(iter(filled.subscribe("subscription { nothing }")))


def test_a_trace_is_a_typed_record(filled: Client):
    trace = filled.traces().first()
    assert isinstance(trace, Trace)
    assert trace.created_at.tzinfo is not None
