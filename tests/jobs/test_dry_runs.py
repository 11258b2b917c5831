"""Dry runs: their checks, their output, and their results if the database fails meanwhile."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import types
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select

from tests.support.run_storage import claimed_run
from tests.support.runs import enter_run, make_dataset, run_of, sequence_of, until_status
from tests.support.waiting import until
from tunix_rt.app import create_app
from tunix_rt.db.models import traces, tunix_runs
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.models.runs import RunMode
from tunix_rt.db.session import Database
from tunix_rt.domain.answers.absent import NO_ANSWER
from tunix_rt.domain.exports.dataset_file import write_dataset_file
from tunix_rt.domain.runs.base_models import model_at
from tunix_rt.domain.runs.config import RunConfig
from tunix_rt.domain.runs.lifecycle import RunResult
from tunix_rt.domain.runs.manifest import Training
from tunix_rt.errors import ErrorCode, ValidationErrors
from tunix_rt.jobs.dry_runs import counting
from tunix_rt.jobs.dry_runs.check import make_check_folder
from tunix_rt.jobs.dry_runs.kind import DryRuns
from tunix_rt.jobs.runs.runner import LocalRunner
from tunix_rt.jobs.worker import Worker
from tunix_rt.settings import Settings
from tunix_rt.trainer.data.tokens import train_tokenizer


@pytest.fixture
def dry_runs(database: Database, settings: Settings) -> DryRuns:
    """The kind of dry runs, performed in this process."""
    return DryRuns(database, settings)


@pytest.fixture
async def runner(database: Database, settings: Settings, dry_runs: DryRuns) -> AsyncIterator[LocalRunner]:
    """A runner on a machine where training is not possible."""

    async def status() -> Any:
        return types.SimpleNamespace(available=False, message="Install it: pip install it")

    runner = LocalRunner(database, settings, dry_runs, types.SimpleNamespace(status=status), lambda: None)
    yield runner
    await runner.close()


async def finished(runner: LocalRunner, dataset: Any, **parameters: Any) -> RunResult:
    """Performs a dry run and returns its result."""
    given: dict[str, Any] = {"model_id": "tiny-random/qwen3"} | parameters
    return await runner.finish(RunConfig(dataset_id=dataset, **given))


async def test_a_dry_run_reports_real_numbers(database: Database, runner: LocalRunner):
    training = Training(batch_size=4, num_epochs=2, max_seq_length=128)
    ended = await finished(runner, await make_dataset(database, 10), training=training, output_name="mine")

    row = ended.row
    assert (ended.persisted, ended.warnings) == (True, ())
    assert (row["status"], row["exit_code"], row["message"]) == ("COMPLETED", 0, "Dry-run validation successful.")
    assert (row["total_steps"], row["stderr"], row["progress"]) == (6, "", 1.0)
    lines = row["stdout"].splitlines()
    assert lines[:3] == ["Dataset: math-v1", "Model: tiny-random/qwen3", "Output: runs/mine"]
    assert "✓ Dataset loaded: 10 traces" in lines
    assert f"✓ Manifest made: {len(row['manifest'])} bytes of YAML" in lines
    assert "Steps: 3 an epoch, 6 in total" in lines
    entries = await sequence_of(database, row["id"])
    assert [entry.seq for entry in entries] == list(range(1, row["last_seq"] + 1))
    assert [entry.text for entry in entries if hasattr(entry, "text")] == lines
    counts = {entry.name: entry.value for entry in entries if hasattr(entry, "value_kind")}
    assert counts["dataset/records"] == counts["dataset/used"] == 10
    assert counts["dataset/steps_per_epoch"] == 3
    assert 10 < counts["dataset/target_tokens"] < counts["dataset/tokens"]
    assert [entry.status for entry in entries if hasattr(entry, "status")] == ["PENDING", "RUNNING", "COMPLETED"]


async def test_a_plan_that_cannot_be_meant_is_warned_of(database: Database, runner: LocalRunner):
    training = Training(num_epochs=1, batch_size=8, gradient_accumulation_steps=1024, warmup_steps=5)
    for model in ("tiny-random/qwen3", "google/gemma-2b-it"):
        dataset = await make_dataset(database, 10, name=model[:4])
        ended = await finished(runner, dataset, model_id=model, training=training)

        assert ended.row["total_steps"] == 1
        assert [line for line in ended.row["stdout"].splitlines() if line.startswith("! ")] == [
            "! Gradient accumulation is reduced from 1,024 to 2 batches: there are no more",
            "! Warmup (5 steps) is not shorter than the training (1 steps): the learning rate never reaches 2e-05",
        ]


async def test_nothing_is_left_in_the_data_folder(database: Database, settings: Settings, runner: LocalRunner):
    await finished(runner, await make_dataset(database))

    assert [path.name for path in settings.data_dir.joinpath("runs").iterdir()] == []


async def test_deleted_traces_are_counted_and_all_of_them_are_too_many(database: Database, runner: LocalRunner):
    dataset = await make_dataset(database, 3)
    async with database.write() as session:
        ids = (await session.execute(select(traces.c.id))).scalars().all()
        await session.execute(delete(traces).where(traces.c.id == ids[0]))
    some = await finished(runner, dataset)
    async with database.write() as session:
        await session.execute(delete(traces))
    none = await finished(runner, dataset)

    assert "✓ Dataset loaded: 2 traces, 1 deleted since it was built" in some.row["stdout"].splitlines()
    assert (none.row["status"], none.row["message"], none.row["stdout"]) == ("FAILED", "Empty dataset.", "")
    assert none.row["stderr"] == "None of the dataset's 3 traces is left: all were deleted."
    assert (none.row["exit_code"], none.row["error_code"]) == (None, "BAD_USER_INPUT")


async def test_traces_without_a_final_answer_are_left_out(database: Database, runner: LocalRunner, tmp_path: Path):
    dataset = await make_dataset(database, 3, answers=["4", NO_ANSWER, f"4, not {NO_ANSWER}"])
    some = await finished(runner, dataset)
    none = await finished(runner, await make_dataset(database, 1, answers=[NO_ANSWER], name="none"))
    written = await write_dataset_file(database, dataset, tmp_path / "train.jsonl", "numbered")

    assert "✓ Dataset loaded: 2 traces, 1 without a final answer left out" in some.row["stdout"].splitlines()
    assert (none.row["message"], none.row["error_code"]) == ("Empty dataset.", "BAD_USER_INPUT")
    assert none.row["stderr"] == "None of the traces that are left in the dataset has a final answer."
    assert (written.records, written.unanswered, written.missing) == (2, 1, 0)
    answers = [json.loads(line)["final_answer"] for line in (tmp_path / "train.jsonl").read_bytes().splitlines()]
    assert answers == [f"4, not {NO_ANSWER}", "4"]


async def test_records_that_are_too_long_are_counted(database: Database, runner: LocalRunner):
    dataset = await make_dataset(database, 2, prompts=["short", "long " * 300])
    ended = await finished(runner, dataset, training=Training(max_seq_length=128))

    assert "1 are longer than 128 and left out" in ended.row["stdout"]
    assert ended.row["total_steps"] == 3


async def test_without_a_tokenizer_records_are_counted(database: Database, runner: LocalRunner):
    ended = await finished(runner, await make_dataset(database, 10), model_id="google/gemma-2b-it")

    assert "- Tokens: 10 records, not counted: the model's tokenizer is not available here" in ended.row["stdout"]
    assert "Steps: at most 2 an epoch, at most 6 in total" in ended.row["stdout"]


async def test_an_unknown_model_is_reported(database: Database, runner: LocalRunner):
    ended = await finished(runner, await make_dataset(database), model_id="no such model")

    assert (ended.row["status"], ended.row["error_code"]) == ("FAILED", "NOT_FOUND")
    assert ended.row["stderr"] == (
        "There is no model 'no such model': it must be a folder with a config.json in the models folder, a Hugging "
        "Face id of the form owner/name, or one of tiny-random/qwen3, tiny-random/gemma3."
    )


TOKENIZERS: dict[str, dict[str, bytes | None]] = {
    "none": {},
    "of an older kind alone": {"tokenizer.model": b"\x0a"},
    "empty": {"tokenizer.json": b""},
    "no JSON": {"tokenizer.json": b"{"},
    "no tokenizer": {"tokenizer.json": b'{"version": "1.0"}'},
    "right": {"tokenizer.json": None},
}


@pytest.mark.parametrize("kind", TOKENIZERS)
async def test_the_list_of_models_and_a_dry_run_agree_on_a_tokenizer(
    database: Database, settings: Settings, runner: LocalRunner, kind: str
):
    place = settings.models_folder / "mine"
    place.mkdir(parents=True)
    (place / "config.json").write_text('{"model_type": "qwen3"}')
    for name, content in TOKENIZERS[kind].items():
        whole = train_tokenizer(["two and two make four"]).to_str().encode()
        (place / name).write_bytes(whole if content is None else content)

    ended = await finished(runner, await make_dataset(database), model_id="mine")

    assert model_at(place, "model").has_tokenizer is (kind == "right")
    assert (ended.row["status"], ended.row["error_code"]) == (
        ("COMPLETED", None) if kind == "right" else ("FAILED", "BAD_USER_INPUT")
    )


async def test_the_folder_of_a_dry_run_that_was_killed_is_removed_and_no_other(
    database: Database, settings: Settings, dry_runs: DryRuns
):
    made, lock = make_check_folder(settings.data_dir)
    killed, given_up = make_check_folder(settings.data_dir)
    given_up.release()  # as the system does, however its process ends
    young, also = make_check_folder(settings.data_dir)
    also.release()
    for folder in (made, killed):
        os.utime(folder, (0, 0))

    await dry_runs.sweep(database)

    assert [folder.exists() for folder in (made, killed, young)] == [True, False, True]
    lock.release()
    await dry_runs.sweep(database)
    assert not made.exists()


@pytest.mark.parametrize("limit", [0, 16, 200, 100_000])
async def test_a_full_disk_is_reported_and_nothing_is_left(
    database: Database, settings: Settings, dry_runs: DryRuns, limit: int
):
    dataset = await make_dataset(database, prompts=["x" * 40_000 + str(number) for number in range(10)])
    row = await run_of(database, await enter_run(database, settings, dataset, mode=RunMode.DRY_RUN))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        finding = await dry_runs.check(row, None)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert finding is not None
    assert (finding.status, finding.error, finding.message, finding.stderr) == (
        JobStatus.FAILED,
        ErrorCode.UNAVAILABLE,
        "File preparation error.",
        "The data folder cannot be written: File too large.",
    )
    assert list((settings.data_dir / "runs").iterdir()) == []


async def test_prompts_shared_by_training_and_evaluation_are_reported(database: Database, runner: LocalRunner):
    train = await make_dataset(database, 3)
    evaluated = await make_dataset(database, 4, name="eval", prompts=["What is 0 + 0? (math)", "a", "b", "c"])
    ended = await finished(runner, train, eval_dataset_id=evaluated)

    assert "! 1 prompt is in both the training and the evaluation dataset" in ended.row["stdout"].splitlines()


async def test_the_interpreter_that_trains_counts_where_this_one_cannot(
    database: Database, settings: Settings, runner: LocalRunner, monkeypatch: pytest.MonkeyPatch
):
    dataset = await make_dataset(database, 10)
    here = await finished(runner, dataset)
    monkeypatch.setattr(counting, "FEW_RECORDS", 5)
    other = LocalRunner(database, settings, DryRuns(database, settings), runner.tunix, lambda: None)
    elsewhere = await finished(other, dataset)

    def counts(ended: RunResult) -> list[str]:
        return [line for line in ended.row["stdout"].splitlines() if line.startswith("✓ Tokens")]

    assert counts(here) == counts(elsewhere) != []


async def test_all_errors_are_reported_together_and_nothing_is_inserted(database: Database, runner: LocalRunner):
    with pytest.raises(ValidationErrors) as caught:
        await finished(
            runner,
            await make_dataset(database),
            model_id="",
            training=Training(learning_rate=2, batch_size=0),
            output_name="../up",
            timeout_seconds=0,
        )

    paths = {error.path for error in caught.value.errors}
    assert paths == {("model_id",), ("learning_rate",), ("batch_size",), ("output_name",), ("timeout_seconds",)}
    async with database.read() as session:
        assert (await session.execute(select(tunix_runs.c.id))).all() == []


async def test_a_dry_run_that_nobody_waits_for_is_done_by_a_worker(
    database: Database, settings: Settings, dry_runs: DryRuns
):
    run_id = await enter_run(database, settings, await make_dataset(database), mode=RunMode.DRY_RUN)
    worker = Worker(database, [dry_runs])
    worker.start()
    row = await until_status(database, run_id)
    await worker.stop()

    assert (row.status, row.attempt) == ("COMPLETED", 1)


async def test_a_dry_run_whose_server_stops_waits_for_another(
    database: Database, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    run_id = await enter_run(database, settings, await make_dataset(database), mode=RunMode.DRY_RUN)
    python = tmp_path / "never"
    python.write_text("#!/bin/sh\nexec sleep 600\n")
    python.chmod(0o755)
    slow = DryRuns(database, replace(settings, trainer_python=str(python)))
    monkeypatch.setattr(counting, "FEW_RECORDS", 0)
    worker = Worker(database, [slow])
    worker.start()
    await until_status(database, run_id, JobStatus.RUNNING)
    await worker.stop()

    row = await run_of(database, run_id)
    assert (row.status, row.owner, row.attempt) == ("PENDING", None, 1)


async def test_a_dry_run_whose_server_stops_as_it_begins_waits_for_another(
    database: Database, settings: Settings, dry_runs: DryRuns
):
    run_id = await enter_run(database, settings, await make_dataset(database), mode=RunMode.DRY_RUN)
    beginning = asyncio.create_task(dry_runs.run(await claimed_run(database)))
    await asyncio.sleep(0)  # it reads its row
    beginning.cancel()
    await asyncio.wait([beginning])

    row = await run_of(database, run_id)
    assert (row.status, row.owner, row.attempt) == ("PENDING", None, 1)


async def test_a_server_runs_jobs_unless_its_worker_is_disabled(database: Database, settings: Settings):
    run_id = await enter_run(database, settings, await make_dataset(database), mode=RunMode.DRY_RUN)

    async def started() -> bool:
        return (await run_of(database, run_id)).attempt == 1

    disabled = create_app(replace(settings, worker=False))
    async with disabled.router.lifespan_context(disabled):
        await asyncio.sleep(0.5)  # a worker begins at once
        assert not await started()
    enabled = create_app(settings)
    async with enabled.router.lifespan_context(enabled):
        await until(started, "it was not started")
