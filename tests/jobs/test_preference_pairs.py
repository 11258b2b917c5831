"""DPO runs: pairs are mined from the answers to each prompt, and are what the trainer gets."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import update

from tests.support.factories import insert_rows, origin_draft, score_row
from tests.support.runs import (
    StandIn,
    enter_run,
    folder_of_run,
    make_scored_dataset,
    sequence_of,
    until_status,
    with_stand_in,
)
from tunix_rt.db.models import traces
from tunix_rt.db.models.runs import RunMode
from tunix_rt.db.session import Database
from tunix_rt.domain.exports import pairs_file
from tunix_rt.domain.exports.formats import ExportFormat, FormatOptions
from tunix_rt.domain.exports.pairs_file import pairs_text, write_pairs_file
from tunix_rt.domain.exports.records import ExportReader
from tunix_rt.domain.exports.rows import DatabaseRows
from tunix_rt.domain.exports.sources import OfDataset
from tunix_rt.domain.preferences.pairs import PairRecipe, PairRule
from tunix_rt.domain.reasoning_templates import DEFAULT_TEMPLATE
from tunix_rt.domain.runs.manifest import Lora, Training
from tunix_rt.domain.traces.origins import add_origins
from tunix_rt.domain.traces.storage import delete_traces
from tunix_rt.errors import BadUserInput, NotFound, ValidationErrors
from tunix_rt.jobs.dry_runs.kind import DryRuns
from tunix_rt.jobs.runs.kind import Runs
from tunix_rt.jobs.worker import Worker
from tunix_rt.settings import Settings
from tunix_rt.trainer.contract import Method

ANSWERS: dict[str, list[float | None]] = {
    "Right or wrong?": [0.0, 1.0, 0.5],
    "All right": [1.0, 1.0],
    "Not scored": [None, 1.0],
    "Close": [0.25, 0.5],
}
DPO: dict[str, Any] = {"method": Method.DPO, "preference": PairRecipe("ada")}


async def pairs_in(database: Database, dataset_id: uuid.UUID, path: Path, recipe: PairRecipe) -> list[Any]:
    """Returns the scores of the chosen and the rejected answers, pair by pair."""
    counts = await write_pairs_file(database, dataset_id, recipe, path, DEFAULT_TEMPLATE)
    lines = [json.loads(line) for line in (await asyncio.to_thread(path.read_bytes)).splitlines()]
    assert counts.records == len(lines)
    for line in lines:
        assert line["chosen"] == f"Reasoning:\n1. Two and two make four.\nAnswer: {line['score_chosen']}"
        assert line["rejected"].endswith(f"Answer: {line['score_rejected']}")
    return [(line["prompt"], line["score_chosen"], line["score_rejected"]) for line in lines]


async def test_pairs_are_found_within_prompts(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    dataset_id, *_ = await make_scored_dataset(database, ANSWERS)
    path = tmp_path / "pairs.jsonl"

    assert await pairs_in(database, dataset_id, path, PairRecipe("ada")) == [
        ("Close", 0.5, 0.25),
        ("Right or wrong?", 1.0, 0.0),
    ]
    monkeypatch.setattr(pairs_file, "PAGE_ROWS", 2)
    monkeypatch.setattr(pairs_file, "CHUNK_PAIRS", 1)
    everything = PairRecipe("ada", PairRule.ALL, margin=0.5, per_group=9)
    assert await pairs_in(database, dataset_id, path, everything) == [
        ("Right or wrong?", 1.0, 0.0),
        ("Right or wrong?", 1.0, 0.5),
        ("Right or wrong?", 0.5, 0.0),
    ]
    assert await pairs_in(database, dataset_id, path, PairRecipe("nobody")) == []
    with pytest.raises(NotFound):
        await write_pairs_file(database, uuid.uuid4(), everything, path, DEFAULT_TEMPLATE)


async def test_prompts_of_one_group_share_its_number_of_pairs(database: Database, tmp_path: Path):
    dataset_id, *_ = await make_scored_dataset(database, ANSWERS)
    async with database.write() as session:
        await session.execute(update(traces).values(group_key="all"))
    options = FormatOptions(scorer="ada", pairs_per_group=1)
    rows = DatabaseRows(database, OfDataset(dataset_id), ExportFormat.PREFERENCE, options)
    reader = ExportReader(ExportFormat.PREFERENCE, options)

    assert await pairs_in(database, dataset_id, tmp_path / "pairs.jsonl", PairRecipe("ada")) == [
        ("Right or wrong?", 1.0, 0.0)
    ]
    (line,) = [line async for page in reader.pages(rows) for line in page.lines]
    assert json.loads(line)["metadata"]["scores"] == [1.0, 0.0]


async def test_the_latest_scores_of_remaining_traces_count(database: Database, tmp_path: Path):
    dataset_id, *ids = await make_scored_dataset(database, {"Prompt": [0.0, 1.0, 0.5]})
    newest, middle, _ = ids
    async with database.write() as session:
        await insert_rows(session, [], [score_row(newest, 2.0, seconds=9), score_row(middle, 5.0, step_index=0)])
        await delete_traces(session, [middle])
        await add_origins(session, [(newest, origin_draft(malformed=True, raw_text="0.5, I think"))])

    counts = await write_pairs_file(database, dataset_id, PairRecipe("ada"), tmp_path / "pairs.jsonl", "think")

    assert (counts.traces, counts.missing, counts.scored, counts.prompts, counts.records) == (3, 1, 2, 1, 1)
    (line,) = (await asyncio.to_thread((tmp_path / "pairs.jsonl").read_bytes)).splitlines()
    assert json.loads(line)["chosen_trace_id"] == str(newest)
    assert json.loads(line)["chosen"] == "0.5, I think"
    assert json.loads(line)["rejected"] == "<think>\nTwo and two make four.\n</think>\n\n0.0"
    assert pairs_text(counts) == "1 pair of 1 prompt, from 2 scored traces"


@pytest.fixture
async def worker(database: Database, settings: Settings, stand_in: StandIn) -> AsyncIterator[Worker]:
    """A worker with the stand-in as trainer, for runs and dry runs."""
    given = with_stand_in(settings, stand_in)
    worker = Worker(database, [Runs(given), DryRuns(database, given)])
    worker.start()
    yield worker
    await worker.stop()


@pytest.mark.usefixtures("worker")
async def test_the_trainer_gets_the_pairs(database: Database, settings: Settings):
    dataset_id, *_ = await make_scored_dataset(database, ANSWERS)

    run_id = await enter_run(database, settings, dataset_id, training=Training(beta=0.2), lora=Lora(rank=2), **DPO)
    row = await until_status(database, run_id)

    assert row.status == "COMPLETED", row.message
    manifest = yaml.safe_load(row.manifest)
    assert (manifest["method"], manifest["dataset"]["format"]) == ("DPO", "preference")
    assert (manifest["training"]["beta"], manifest["lora"]) == (0.2, {"rank": 2})
    lines = await asyncio.to_thread((folder_of_run(settings, row) / "dataset.jsonl").read_bytes)
    assert [json.loads(line)["prompt"] for line in lines.splitlines()] == ["Close", "Right or wrong?"]
    texts = [entry.text for entry in await sequence_of(database, run_id) if hasattr(entry, "text")]
    assert "warning: dataset.jsonl has 2 pairs of 2 prompts, from 8 scored traces; 1 trace has no score." in texts


@pytest.mark.usefixtures("worker")
async def test_a_dry_run_counts_the_pairs(database: Database, settings: Settings):
    dataset_id, *_ = await make_scored_dataset(database, ANSWERS)
    checked = await enter_run(database, settings, dataset_id, mode=RunMode.DRY_RUN, **DPO)
    nothing = {"method": Method.DPO, "preference": PairRecipe("nobody")}
    empty = await enter_run(database, settings, dataset_id, mode=RunMode.DRY_RUN, **nothing)

    row, refused = await until_status(database, checked), await until_status(database, empty)

    assert "✓ Dataset loaded: 2 pairs of 2 prompts, from 8 scored traces; 1 trace has no score\n" in row.stdout
    assert "✓ Export rendered: 2 records of preference, " in row.stdout
    assert "2 records" in row.stdout
    assert row.total_steps == 3
    assert (refused.status, refused.error_code) == ("FAILED", "BAD_USER_INPUT")
    assert refused.stderr == (
        "The dataset has no preference pairs: of its 9 traces, none has a score of 'nobody'. Score them first, or name "
        "another scorer of theirs."
    )
    counts = pairs_file.PairsFile(FormatOptions(), traces=9, scored=8)
    with pytest.raises(BadUserInput, match=r"8 have a score of 'ada', but no two answers .* have different scores\."):
        pairs_file.require_pairs(counts, PairRecipe("ada"))
    with pytest.raises(BadUserInput, match=r"differ by 5 or more\. Lower the margin\."):
        pairs_file.require_pairs(counts, PairRecipe("ada", margin=5))


@pytest.mark.parametrize(
    ("parameters", "paths"),
    [
        ({"method": Method.DPO}, [("preference",)]),
        ({"preference": PairRecipe("ada")}, [("preference",)]),
        ({"method": Method.DPO, "preference": PairRecipe("", per_group=0)}, [("preference", "scorer")]),
        ({"training": Training(beta=0.1)}, [("beta",)]),
        (DPO | {"training": Training(beta=11.0)}, [("beta",)]),
    ],
)
async def test_contradictions_are_refused(
    database: Database, settings: Settings, parameters: dict[str, Any], paths: list[tuple[str, ...]]
):
    dataset_id, *_ = await make_scored_dataset(database, {"Prompt": [0.0, 1.0]})

    with pytest.raises(ValidationErrors) as refusal:
        await enter_run(database, settings, dataset_id, **parameters)

    assert [error.path for error in refusal.value.errors] == paths
    assert all(isinstance(error, BadUserInput) for error in refusal.value.errors)
