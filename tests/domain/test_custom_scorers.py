"""Custom scorers run in processes, and a failure, a hang or an exit costs the score of one trace."""

from __future__ import annotations

import asyncio
import sys
import time
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

from tests.support.factories import trace, trace_draft
from tunix_rt.db.session import Database
from tunix_rt.domain.scorers.base import ScorerProgram, ScorerSource, ScoringFailure, Verdict
from tunix_rt.domain.scorers.running.processes import WORKER, ScorerProcess, ScorerProcesses
from tunix_rt.domain.scorers.running.scored_traces import ScorableTrace
from tunix_rt.domain.scorers.service import ScorerService
from tunix_rt.domain.traces.storage import add_traces
from tunix_rt.errors import BadUserInput, ErrorCode, NotInstalled
from tunix_rt.settings import Settings

CUSTOM = """
import os, sys, time
from tunix_rt.domain.scorers.base import Scorer, Verdict
from _helper import WORD

def score(trace):
    print("This is no frame.")
    match trace.external_id:
        case "raises":
            raise KeyError("steps")
        case "hangs":
            time.sleep(60)
        case "ends":
            os._exit(3)
        case "leaves":
            sys.exit("early")
        case "infinite":
            return Verdict(float("inf"), {})
        case "number":
            return 1.0
        case "none":
            return None
    return Verdict(float(WORD in trace.final_answer), {"meta": trace.meta, "reference": trace.reference_answer}, "Yes.")

SCORER = Scorer(name="custom", version="3", description="Looks for a word.", low=0.0, high=1.0, score=score)
"""
KINDS = ["good", "raises", "hangs", "ends", "leaves", "infinite", "number", "none", "good again"]


@pytest.fixture
async def service(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    """The scorers of a folder, with a time limit that is short for the trace that hangs alone."""
    score_within = ScorerProcesses.score

    async def score(
        self: ScorerProcesses, program: ScorerProgram, scored: ScorableTrace, seconds: float
    ) -> Verdict | ScoringFailure | None:
        return await score_within(self, program, scored, 1.0 if scored.external_id == "hangs" else seconds)

    monkeypatch.setattr(ScorerProcesses, "score", score)
    folder = settings.data_dir / "scorers"
    folder.mkdir(parents=True)
    (folder / "_helper.py").write_text("WORD = 'eighteen'")
    (folder / "custom.py").write_text(CUSTOM)
    service = ScorerService(Settings(data_dir=settings.data_dir))
    yield service
    await service.close()


async def test_the_failures_of_a_custom_scorer_are_reported_by_trace(service: ScorerService, database: Database):
    drafts = [trace_draft(trace(kind, final_answer="eighteen", meta={"level": 3}), kind) for kind in KINDS]
    drafts[0].reference_answer = "18"
    async with database.write() as session:
        ids = [row["id"] for row in await add_traces(session, drafts)]

    scoring = asyncio.create_task(service.score(database, ids, await service.scorer("custom"), only_missing=False))
    turns = 0
    while not scoring.done():
        await asyncio.sleep(0)
        turns += 1
    batch = await scoring

    assert turns > 1000  # the event loop was free while the scorer slept
    assert [(row["trace_id"], row["score"]) for row in batch.rows] == [(ids[0], 1.0), (ids[-1], 1.0)]
    row = batch.rows[0]
    assert (row["scorer"], row["scorer_version"], row["kind"], row["rationale"]) == ("custom", "3", "CODE", "Yes.")
    assert row["details"] == {"meta": {"level": 3}, "reference": "18"}
    assert (batch.unscored, batch.processed) == (1, len(ids))
    failures = {KINDS[ids.index(trace_id)]: failure for trace_id, failure in batch.failures}
    assert {kind: failure.code for kind, failure in failures.items()} == dict.fromkeys(
        ("raises", "ends", "leaves", "infinite", "number"), ErrorCode.SCORER_FAILED
    ) | {"hangs": ErrorCode.TIMEOUT}
    assert failures["raises"].message == "KeyError: 'steps'"
    assert failures["hangs"].message == "The scorer took longer than 1 s."
    assert failures["number"].message == "TypeError: score must return a Verdict or None; it returned float."


async def test_slow_traces_are_left_when_the_time_is_up(service: ScorerService, database: Database):
    async with database.write() as session:
        rows = await add_traces(session, [trace_draft(trace(f"Question {n}"), f"t{n}") for n in range(40)])
    ids = [row["id"] for row in rows]
    scorer = await service.scorer("custom")

    batch = await service.score(database, ids, scorer, only_missing=False, until=time.monotonic())
    rest = await service.score(database, ids, scorer, only_missing=True)

    assert 1 <= batch.processed < len(ids)
    assert [row["trace_id"] for row in batch.rows] == ids[: batch.processed]
    assert (rest.skipped, len(rest.rows)) == (batch.processed, len(ids) - batch.processed)


async def test_files_that_are_no_scorers_are_listed_with_the_reason(service: ScorerService, settings: Settings):
    folder = settings.data_dir / "scorers"
    (folder / "broken.py").write_text("import nothing_of_the_kind")
    (folder / "empty.py").write_text("")
    (folder / "same.py").write_text(CUSTOM.replace('name="custom"', 'name="baseline"'))

    found = await service.scorers()

    assert (found["custom"].source, found["custom"].origin, found["custom"].unavailable) == (
        ScorerSource.FOLDER,
        "custom.py",
        None,
    )
    assert found["broken"].unavailable == "broken.py: ModuleNotFoundError: No module named 'nothing_of_the_kind'"
    assert "SCORER must be a Scorer" in (found["empty"].unavailable or "")
    assert found["baseline"].source is ScorerSource.BUILT_IN
    assert "rename the one of same.py" in (found["baseline (same.py)"].unavailable or "")
    with pytest.raises(NotInstalled, match=r"broken\.py"):
        await service.scorer("broken")
    with pytest.raises(BadUserInput, match=r"'baseline', 'baseline \(same\.py\)'"):
        await service.scorer("unknown")

    (folder / "broken.py").write_text(CUSTOM.replace('name="custom"', 'name="repaired"'))
    assert (await service.scorer("repaired")).version == "3"


async def test_each_trace_has_the_reason_why_a_scorer_cannot_be_loaded(tmp_path: Path):
    program = ScorerProgram(ScorerSource.FOLDER, str(tmp_path / "missing.py"))
    stored = ScorableTrace("{}", None, None, None)
    processes = ScorerProcesses()

    failures = [await processes.score(program, stored, 60) for _ in range(2)]

    for failure in failures:
        assert isinstance(failure, ScoringFailure)
        assert failure.message.startswith("FileNotFoundError: ")


async def test_a_scorer_of_an_installed_package_is_found(
    service: ScorerService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "their_scorer.py").write_text(CUSTOM.replace("from _helper import WORD", "WORD = 'x'"))
    info = tmp_path / "their_package-2.1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: their-package\nVersion: 2.1\n")
    (info / "entry_points.txt").write_text("[tunix_rt.scorers]\ntheirs = their_scorer:SCORER\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    found = (await service.scorers())["custom"]
    theirs = [scorer for scorer in (await service.scorers()).values() if scorer.source is ScorerSource.PACKAGE]

    assert found.source is ScorerSource.FOLDER
    assert [(scorer.origin, scorer.name) for scorer in theirs] == [("their-package 2.1", "custom (their-package 2.1)")]


async def test_the_process_of_a_scorer_that_hangs_ends_with_the_server(service: ScorerService):
    program = (await service.scorer("custom")).program
    assert program is not None
    command = [sys.executable, "-m", WORKER, program.source.value, program.name]
    started = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE)
    process = ScorerProcess(program, started)
    assert (await process.receive())[0] == "ready"
    await process.send(['{"prompt": "p", "final_answer": "a", "steps": []}', None, "hangs"])

    assert started.stdin is not None
    started.stdin.close()

    assert await asyncio.wait_for(started.wait(), 10) == 0
