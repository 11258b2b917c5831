"""``tunix-rt evaluate`` and ``tunix-rt evaluation``: from traces to tables, without a server."""

from __future__ import annotations

import asyncio
import json
import re
from itertools import groupby
from pathlib import Path

import pytest

from tests.support.commands import call
from tests.support.factories import insert_rows, trace, trace_row
from tests.support.fork_server import ForkServer
from tests.support.program import Program
from tests.support.stored_dataset import store_dataset
from tunix_rt.db.session import Database
from tunix_rt.settings import Settings

PROMPTS = 8
RIGHT = {"small": 1, "large": 8}
UNGRADED = ("left", "right")
"""Sources of answers without a reference answer."""


async def store(settings: Settings) -> None:
    """Stores a dataset of eight prompts, and the answers of two sources."""
    database = Database(settings)
    prompts = [trace(f"What is 2 + 2? ({number})") for number in range(PROMPTS)]
    await store_dataset(database, [trace_row(prompt) for prompt in prompts])
    rows = [
        trace_row(
            prompt | {"final_answer": "4" if number < right else "5", "meta": {"source": source}}, reference_answer="4"
        )
        for source, right in RIGHT.items()
        for number, prompt in enumerate(prompts)
    ]
    rows += [trace_row(prompt | {"meta": {"source": source}}) for source in UNGRADED for prompt in prompts]
    async with database.write() as session:
        await insert_rows(session, rows)
    await database.close()


@pytest.fixture
def program(sqlite_url: str, tmp_path: Path, fork_server: ForkServer) -> Program:
    """The program, with prompts and answers."""
    asyncio.run(store(Settings(data_dir=tmp_path / "data", database_url=sqlite_url)))
    return Program(sqlite_url, tmp_path, fork_server)


def cells_of(line: str) -> list[str]:
    """The cells of a table's line, which two spaces or more separate."""
    return [cell.strip() for cell in line.split("  ") if cell.strip()]


def test_an_evaluation_is_made_listed_and_shown(program: Program):
    candidates = ("--candidate", "source:small", "--candidate", "big=source:large")
    status, output, messages = call(program, "evaluate", "math-v1", *candidates, "--name", "first", "--seed", "3")

    assert status == 0, messages
    lines = output.splitlines()
    assert lines[0] == "first: COMPLETED, math-v1 by answer_match, 8 prompts"
    small, big, pair = (cells_of(lines[place]) for place in (3, 4, 7))
    assert (small[:2], small[3:]) == (["small", "0.125"], ["8", "8", "0"])
    assert big == ["big", "1", "0.6306 to 1", "8", "8", "0"]
    assert (pair[:3], pair[4:]) == (
        ["small", "big", "-0.875"],
        ["big is better", "0.0156", "0.0156", "0", "7", "1", "0"],
    )
    assert call(program, "evaluation", "show", "first")[1] == output
    watched = call(program, "evaluation", "watch", "first")
    # A slow machine has time to show the progress in between.
    shown = re.sub(r"(RUNNING, \d+ %\n)+", "RUNNING\n", watched[1])
    assert (watched[0], shown) == (0, f"PENDING, 0 %\nRUNNING\nCOMPLETED, 100 %\n{output}")
    events = call(program, "evaluation", "watch", "first", "--json")[1].splitlines()
    assert [status for status, _ in groupby(json.loads(event)["status"] for event in events)] == [
        "PENDING",
        "RUNNING",
        "COMPLETED",
    ]
    listed = call(program, "evaluation", "list")[1].splitlines()
    assert cells_of(listed[1])[1:6] == ["first", "COMPLETED", "math-v1", "answer_match", "8"]


def test_what_cannot_be_evaluated_is_refused(program: Program):
    refused = [
        call(program, "evaluate", "math-v1", "--candidate", "small"),
        call(program, "evaluate", "math-v1", "--candidate", "generation:x"),
        call(program, "evaluate", "math-v1", "--candidate", "source:small", "--scorer", "nobody"),
        call(program, "evaluation", "show", "none"),
        call(program, "evaluate", "math-v1", "--candidate", "a=source:x", "--candidate", "a=source:y", "--name", "b"),
    ]
    failed = call(program, "evaluate", "math-v1", "--candidate", "source:nowhere", "--name", "failed")

    assert [status for status, _, _ in refused] == [1, 1, 1, 1, 1]
    assert refused[0][2].startswith("tunix-rt: --candidate must be [NAME=]KIND:VALUE")
    assert "There is no scorer 'nobody'." in refused[2][2]
    assert "A candidate's name must be unique; candidates[0] also has it." in refused[4][2]
    assert (failed[0], failed[1]) == (1, "failed: FAILED, math-v1 by answer_match, 0 prompts\n")
    assert (
        failed[2].splitlines()[1] + "\n" == "The candidate 'nowhere' has no answer to any of the dataset's 8 prompts.\n"
    )


def test_an_evaluation_without_a_name_is_found_by_the_one_it_gets(program: Program):
    status, output, messages = call(program, "evaluate", "math-v1", "--candidate", "source:large")
    name = output.split(":")[0]

    assert (status, name.startswith("math-v1-")) == (0, True), messages
    assert call(program, "evaluation", "show", name)[1] == output


def test_candidates_without_scores_are_listed_with_the_reason(program: Program):
    options = ("--candidate", "source:left", "--candidate", "source:right")
    status, output, messages = call(program, "evaluate", "math-v1", *options)

    assert status == 0, messages
    assert [cells_of(line)[0] for line in output.splitlines()[2:]] == ["CANDIDATE", "left", "right"]
    assert "No answer has a score by answer_match, of: left, right." in messages
