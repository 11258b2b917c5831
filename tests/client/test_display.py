"""Cards of notebooks: names in words, numbers that are read at a glance, and the notebook's own colours."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import matplotlib
import pytest
from tqdm import tqdm

from tunix_rt_client import Client, JobFailed, run_progress
from tunix_rt_client._generated.records import Difference, GroupSummaryFields, MetricSeries, PassAtK
from tunix_rt_client._sync import imports, jobs, runs, traces
from tunix_rt_client.display import LONGEST, card, card_rows, value_text
from tunix_rt_client.reports import Differences, Refusal
from tunix_rt_client.run_tables import plot_metrics


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (4.986448952680576, "4.986"),
        (3978.0, "3,978"),
        (7473, "7,473"),
        (0.00002, "2e-05"),
        (float("nan"), "nan"),
        (float("inf"), "inf"),
        (True, "True"),
        (None, ""),
        (datetime(2026, 1, 31, 12, tzinfo=UTC), "2026-01-31 12:00:00 UTC"),
        (["a", 1000], "a, 1,000"),
        ("x" * (LONGEST + 1), f"{'x' * LONGEST}… (2,001 characters)"),
    ],
)
def test_a_value_is_shown_as_people_write_it(value: Any, text: str):
    assert value_text(value) == text


def test_fields_have_names_in_words_and_empty_ones_are_left_out():
    fields = {
        "model_id": "m",
        "sha256": "5c",
        "derived_sha256": "5d",
        "train/grad_norm": 1.0,
        "tags": [],
        "notes": None,
    }

    assert card_rows(fields) == [
        ("Model id", "m"),
        ("SHA-256", "5c"),
        ("Derived SHA-256", "5d"),
        ("train/grad_norm", 1.0),
    ]


def test_a_card_takes_the_colour_of_its_notebook_and_escapes_texts():
    found = card("<b>", [("a<", "<script>")])

    assert "color:inherit" in found
    assert "<script>" not in found
    assert "&lt;b&gt;" in found


@pytest.mark.parametrize(
    ("field", "reason", "text"),
    [
        (
            "prompt",
            "prompt must have 1 to 50000 characters; it has 0.",
            "prompt must have 1 to 50000 characters; it has 0.",
        ),
        ("colour", "There is no field 'colour'.", "colour: There is no field 'colour'."),
        (None, "Not valid JSON.", "Not valid JSON."),
    ],
)
def test_a_refusal_names_its_field_once(field: str | None, reason: str, text: str):
    assert Refusal(1, field, "BAD_USER_INPUT", reason).text == text


def test_differences_are_a_table_with_a_column_for_each_run():
    found = Differences(["<first>", "second"], [Difference(field="learningRate", values=["0.1", None])])

    html = found._repr_html_()
    assert "&lt;first&gt;</th>" in html
    assert html.count("<tr>") == 2
    assert "color:inherit" in html
    assert found.to_pandas().loc["learningRate"].tolist() == ["0.1", None]


def test_equal_runs_have_no_differences():
    found = Differences(["first", "second"], [])

    assert "the runs have the same ones" in found._repr_html_()
    assert list(found.to_pandas().columns) == ["first", "second"]
    assert found.to_pandas().empty


def test_records_inside_a_record_are_shown_by_their_fields():
    counts = {"group_count": 2, "graded_group_count": 2, "solved_group_count": 1}
    counts |= {"trace_count": 4, "graded_count": 4, "correct_count": 1}
    found = [PassAtK(k=1, value=0.25, group_count=2), PassAtK(k=8, value=None, group_count=0)]

    html = GroupSummaryFields(**counts, pass_at_k=found)._repr_html_()

    assert ">Group summary<" in html
    assert ">k 1, value 0.25, group count 2; k 8, group count 0<" in html


def test_a_plot_has_whole_steps():
    matplotlib.use("Agg")
    curve = MetricSeries(name="train/loss", steps=[1, 2, 3], values=[3.0, 2.0, 1.0], kinds=[], point_count=3)
    axes = plot_metrics("first", [curve], log=False)

    assert all(float(tick).is_integer() for tick in axes.get_xticks())


def test_the_bar_of_a_run_shows_its_loss_beside_the_remaining_time(monkeypatch: pytest.MonkeyPatch):
    shown = io.StringIO()
    monkeypatch.setattr(run_progress, "progress_bar", lambda *_: tqdm(file=shown, ncols=100))
    nothing = {"step": None, "totalSteps": None, "etaSeconds": None}
    bar = run_progress.RunBar("first")
    bar.take({"__typename": "RunState", "status": "PENDING", "trainingProgress": nothing})
    assert "PENDING" in shown.getvalue()

    point = {"__typename": "RunMetricPoint", "name": "train/loss"}
    trained: dict[str, Any] = {"__typename": "RunState", "status": "RUNNING"}
    trained |= {"trainingProgress": {"step": 3, "totalSteps": 10, "etaSeconds": 7.0}}
    for value, kind, text in ((2.5, "FINITE", "loss 2.5, 7 s left"), (None, "NAN", "loss nan, 7 s left")):
        bar.take(point | {"value": value, "kind": kind})
        bar.take(trained)
        last = shown.getvalue().rpartition("\r")[2]
        assert "3/10" in last
        assert text in last
        assert "PENDING" not in last
    bar.close()


def test_no_bar_is_opened_for_a_job_that_has_ended(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(jobs, "progress_bar", interrupt)
    jobs.wait_for(cast("jobs.Job", SimpleNamespace(status="COMPLETED")), "j", None)
    with pytest.raises(JobFailed, match="j is FAILED: out of memory"):
        jobs.wait_for(cast("jobs.Job", SimpleNamespace(status="FAILED", failure=lambda: "out of memory")), "j", None)


def interrupt(*_: Any, **__: Any) -> Any:
    """Stands in for work during which the user presses Ctrl-C."""
    raise KeyboardInterrupt


JOB: Any = SimpleNamespace(id="j", name="j", status="RUNNING", connection=None, refresh=interrupt, events=interrupt)


@pytest.mark.parametrize(
    "work",
    [
        lambda client: client.traces().score(),
        lambda client: client.add_scores([{"id": "t", "score": 1}], "mine"),
        lambda _: jobs.wait_for(JOB, "j", None),
        lambda _: jobs.watch_job(JOB, "j", "", ""),
        lambda _: runs.Run.watch(JOB),
    ],
    ids=["score", "add scores", "wait", "watch a job", "watch a run"],
)
def test_an_interrupted_bar_is_closed(work: Callable[[Client], object], monkeypatch: pytest.MonkeyPatch):
    bars: list[Any] = []

    def shown_bar(*_: Any) -> Any:
        bars.append(tqdm(file=io.StringIO()))
        return bars[-1]

    for module in (imports, jobs, run_progress, traces):
        monkeypatch.setattr(module, "progress_bar", shown_bar)
    monkeypatch.setattr(jobs, "follow", interrupt)
    with Client() as client:
        monkeypatch.setattr(client.connection, "execute", lambda *_: {"traces": {"totalCount": 1}})
        monkeypatch.setattr(client.connection, "mutate", interrupt)
        with pytest.raises(KeyboardInterrupt):
            work(client)

    (bar,) = bars
    assert bar.disable, "tqdm has closed it"
