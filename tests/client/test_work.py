"""Datasets, exports and runs through the Python client."""

from __future__ import annotations

import hashlib
import json
import math
from pathlib import Path

import matplotlib as mpl
import pytest

from tests.support.runs import StandIn
from tunix_rt_client import BadInput, Client, Conflict, JobFailed, NotFound, TunixRtError, WaitTimeout

mpl.use("agg")


def test_a_dataset_is_created_split_verified_and_exported(filled: Client, tmp_path: Path):
    dataset = filled.traces({"source": {"eq": "sums"}}).create_dataset("sums", "1")
    assert (dataset.key, dataset.trace_count, dataset.status) == ("sums-1", 30, "COMPLETED")
    assert repr(dataset) == "Dataset('sums-1', 30 traces, COMPLETED)"
    assert "sums-1" in dataset._repr_html_()
    assert filled.dataset("sums-1") == filled.dataset(dataset.id) == dataset.refresh() == dataset.wait()
    assert len(dataset.traces({"stepCount": {"eq": 2}})) == len(list(dataset)) == len(dataset.to_pandas()) == 30
    assert dataset.to_hf().num_rows == 30
    with pytest.raises(Conflict):
        filled.create_dataset("sums", "1", where={})
    with pytest.raises(NotFound, match="no dataset 'nothing'"):
        filled.dataset("nothing")

    train, test = dataset.split(train=0.8, test=0.2, seed=3)
    assert train.trace_count + test.trace_count == 30
    overlap = train.overlap(test)
    assert (overlap.shared_prompts, train.overlap(dataset).shared_prompts) == (0, train.trace_count)
    assert dataset.verify().reproducible
    assert {found.key for found in filled.datasets(order_by="key")} == {"sums-1", train.key, test.key}

    file = tmp_path / "sums.jsonl"
    export = dataset.export(file, format="TUNIX_SFT")
    assert (export.row_count, export.status) == (30, "COMPLETED")
    assert hashlib.sha256(file.read_bytes()).hexdigest() == export.sha256
    assert [path.name for path in tmp_path.glob("sums*")] == ["sums.jsonl"]
    assert len(file.read_text().splitlines()) == 30
    assert json.loads(file.read_text().splitlines()[0])
    assert export.download(tmp_path / "again.jsonl").read_bytes() == file.read_bytes()
    assert export.refresh().wait() is export
    with pytest.raises(BadInput, match="names no container"):
        dataset.export(tmp_path / "sums.docx")
    test.delete()
    with pytest.raises(NotFound):
        test.refresh()


def test_a_damaged_download_is_not_kept(filled: Client, tmp_path: Path):
    dataset = filled.create_dataset("d", "1", where={})
    export = dataset.export(tmp_path / "whole.jsonl")
    export.sha256 = "0" * 64
    with pytest.raises(TunixRtError, match="differs from its checksum"):
        export.download(tmp_path / "damaged.jsonl")
    assert list(tmp_path.glob("damaged*")) == []


def test_a_run_is_checked_started_watched_and_read(filled: Client, trainer: StandIn, tmp_path: Path):
    trainer.does(steps=3, lines=600)
    dataset = filled.create_dataset("d", "1", where={})
    checked = filled.dry_run(dataset, "tiny-random/qwen3", max_seq_length=256)
    assert (checked.mode, checked.status) == ("DRY_RUN", "COMPLETED")

    run = filled.start_run(dataset, "tiny-random/qwen3", method="LORA", lora={"rank": 4}, output_name="first")
    assert run.watch() is run
    assert (run.status, run.name, run.method, run.dataset_key) == ("COMPLETED", "first", "LORA", "d-1")
    found = [filled.run("first"), run.refresh(), run.wait()]
    assert {(one.uuid, one.status, one.stdout) for one in found} == {(run.uuid, "COMPLETED", run.stdout)}
    assert repr(run) == "Run('first', LORA of tiny-random/qwen3, COMPLETED)"
    assert "tiny-random/qwen3" in run._repr_html_()

    events = list(run.events())
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert [event["seq"] for event in run.events(after=3)] == [event["seq"] for event in events[3:]]
    assert len(lines := list(run.logs())) > 600
    assert list(run.logs(follow=False)) == lines, "the same over several pages"
    frame = run.metrics()
    assert list(frame.index) == sorted(frame.index)
    assert "train/loss" in frame
    assert [one.name for one in run.series("train/loss")] == ["train/loss"]
    axes = run.plot()
    assert len(axes.get_lines()) >= 1
    assert (mpl.colors.to_rgba(axes.get_facecolor())[3], mpl.colors.to_rgba(axes.figure.get_facecolor())[3]) == (0, 0)
    ticks = [label.get_color() for axis in (axes.xaxis, axes.yaxis) for label in axis.get_ticklabels()]
    assert {mpl.colors.to_rgb(color)[0] > 0.5 for color in ticks} == {True, False}, "Jupyter adds no background"
    assert run.plot("train/loss", log=True).get_yscale() == "log"

    assert run.verdict() is None, "it is no replay"
    assert [checkpoint.step for checkpoint in run.checkpoints()] == [1, 2, 3]
    with pytest.raises(Conflict, match="dry run"):
        checked.replay()
    names = {artifact.name for artifact in run.artifacts()}
    assert {"manifest.yaml"} <= names
    assert run.download("manifest.yaml", tmp_path / "m.yaml").read_text().startswith("version")
    with pytest.raises(NotFound, match="no file 'nothing'"):
        run.download("nothing", tmp_path / "n")
    assert run.update(tags=["a"], notes="n").tags == ["a"]
    assert run.dry_run(learning_rate=1e-3).mode == "DRY_RUN"
    with pytest.raises(TunixRtError, match="this client started"):
        filled.run("first").dry_run()


def test_a_training_is_repeated_and_its_weights_are_compared(filled: Client, trainer: StandIn):
    receipt = {"python": "3.11", "devices": ["cpu:0"], "versions": {"jax": "1"}}
    trainer.does(steps=2, receipt=receipt, hashes=[digit * 64 for digit in "012"])
    dataset = filled.create_dataset("d", "1", where={})
    run = filled.start_run(dataset, "tiny-random/qwen3", output_name="first").wait()
    (found,) = run.receipts()
    assert [(package.name, package.value) for package in found.packages] == [("jax", "1")]
    assert [weights.sha256[0] for weights in found.weights] == ["0", "1", "2"]
    assert "step 0, sha-256 000" in found._repr_html_()

    trainer.does(steps=2, receipt=receipt | {"versions": {"jax": "2"}}, hashes=[digit * 64 for digit in "013"])
    replay = run.replay().wait()
    assert replay.uuid != run.uuid
    verdict = replay.verdict()
    assert verdict is not None
    assert (verdict.verdict, verdict.step) == ("EQUAL_UNTIL", 1)
    differences = [(found.path, found.original, found.replay) for found in verdict.differences]
    assert ("versions.jax", "1", "2") in differences


def test_runs_are_listed_and_compared(filled: Client, trainer: StandIn):
    assert list(filled.runs().to_pandas()[["name", "status"]]["name"]) == []
    trainer.does(steps=2)
    dataset = filled.create_dataset("d", "1", where={})
    runs = [
        filled.start_run(dataset, "tiny-random/qwen3", learning_rate=rate, output_name=f"r{rate}").wait()
        for rate in (1e-3, 1e-4)
    ]
    listed = filled.runs({"status": {"eq": "COMPLETED"}}, order_by="train/loss")
    assert {run.name for run in listed} == {"r0.001", "r0.0001"}
    assert set(listed.to_pandas()["name"]) == {"r0.001", "r0.0001"}
    found = filled.compare_runs(runs)
    assert {one.field: one.values for one in found}["learningRate"] == ["0.001", "0.0001"]
    assert found.to_pandas().loc["learningRate", ["r0.001", "r0.0001"]].tolist() == ["0.001", "0.0001"]
    assert ">r0.0001</th>" in found._repr_html_()
    assert {"tiny-random/qwen3", "run:r0.001"} <= {model.model_id for model in filled.base_models()}
    runs[0].delete()
    with pytest.raises(NotFound):
        runs[0].refresh()


def test_a_run_that_fails_or_is_cancelled_raises(filled: Client, trainer: StandIn):
    dataset = filled.create_dataset("d", "1", where={})
    with pytest.raises(BadInput) as caught:
        filled.start_run(dataset, "tiny-random/qwen3", learning_rate=7)
    assert caught.value.path == ["input", "learningRate"]
    assert caught.value.request_id
    trainer.does(error="BAD_MODEL", steps=1)
    run = filled.start_run(dataset, "tiny-random/qwen3")
    with pytest.raises(JobFailed) as failed:
        run.watch()
    assert failed.value.status == "FAILED"

    trainer.does(steps=3, gate=str(trainer.gate))
    assert run.retry().status in {"PENDING", "RUNNING"}
    with pytest.raises(WaitTimeout, match="it goes on"):
        run.wait(0.2)
    assert list(run.logs(follow=False)), "it does not wait for a run that goes on"
    run.cancel()
    with pytest.raises(JobFailed, match="CANCELLED"):
        run.wait(60)


def test_a_training_of_ones_own_is_registered_reported_and_finished(filled: Client):
    dataset = filled.create_dataset("d", "1", where={})
    run = filled.register_run(
        "own/model", "own", method="LORA", dataset=dataset, parameters={"lr": 1e-3}, total_steps=3
    )
    assert (run.name, run.status, run.engine, run.last_batch) == ("own", "RUNNING", "external", 0)
    assert list(run.metrics("train/loss")["train/loss"]) == []
    assert run.metrics().index.name == "step"
    with pytest.raises(Conflict, match="has this outputName"):
        filled.register_run("own/model", "own")

    assert run.report({"train/loss": 2.5, "train/norm": math.inf}, step=1, lines=["one", "two"]) is run
    run.report({"train/loss": math.nan}, step=2).report()
    assert (run.last_batch, run.training_progress.step, run.training_progress.total_steps) == (3, 2, 3)
    with pytest.raises(BadInput, match="need the step"):
        run.report({"train/loss": 1.0})
    with pytest.raises(BadInput, match="error is required"):
        run.finish("FAILED")
    again = filled.run("own")
    assert again.finish("FAILED", "out of memory").failure() == "out of memory"
    with pytest.raises(Conflict, match="FAILED already"):
        run.report()

    assert [run.refresh().status, *run.logs()] == ["FAILED", "one", "two"]
    series = {one.name: (one.steps, one.values, one.kinds) for one in run.series()}
    assert series == {
        "train/loss": ([1, 2], [2.5, None], ["FINITE", "NAN"]),
        "train/norm": ([1], [None], ["POSITIVE_INFINITY"]),
    }

    rollout = {"prompt": "1 + 1?", "final_answer": "2", "produced_by": {"run": "own", "raw_text": "2"}}
    assert filled.import_traces([rollout]).added == 1
    assert filled.traces({"producedBy": {"runId": {"eq": run.id}}}).count() == 1
