"""``tunix-rt run register``, ``report`` and ``finish``: a training elsewhere, from the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.commands import Commands

METRICS = ["run", "metrics", "own"]


@pytest.fixture
def commands(database_url: str, tmp_path: Path) -> Commands:
    """The command line on the fresh database."""
    return Commands.on(database_url, tmp_path / "data")


def test_a_run_is_registered_reported_and_finished(commands: Commands):
    options = ["--method", "lora", "--parameters", '{"lr": 0.001}', "--total-steps", "3"]
    uuid = commands.succeed("run", "register", "own", "--model", "own/model", *options).strip()
    metrics = ["--metric", "train/loss=2.5", "--metric", "a=b=nan", "--metric", "low=-inf"]
    shown = commands.json("run", "report", "own", "--step", "1", *metrics, "--line", "one", "--line", "two")
    assert (shown["uuid"], shown["lastBatch"], shown["engine"]) == (uuid, 1, "external")
    assert f"{uuid} has batch 2." in commands.run("run", "report", uuid)[2]

    for words in (("cancel", "own"), ("delete", "own", "--yes")):
        assert "`tunix-rt run finish` ends it here." in commands.refusal("run", *words)
    assert commands.refusal("run", "report", "own", "--step", "-1", "--metric", "a=1").count("-1") == 1

    found = {one["name"]: (one["steps"], one["values"], one["kinds"]) for one in commands.json(*METRICS)}
    assert found == {
        "train/loss": ([1], [2.5], ["FINITE"]),
        "a=b": ([1], [None], ["NAN"]),
        "low": ([1], [None], ["NEGATIVE_INFINITY"]),
    }
    assert commands.succeed(*METRICS).split()[:4] == ["STEP", "train/loss", "a=b", "low"]
    assert commands.succeed("run", "logs", "own").splitlines() == ["one", "two"]
    assert f"{uuid} is COMPLETED." in commands.run("run", "finish", "own")[2]
    shown = commands.succeed("run", "show", "own")
    assert "Engine:       external\n" in shown
    assert "Parameters:   lr 0.001\n" in shown
    assert commands.json("run", "show", "own")["trainingProgress"] == {
        "step": 1, "totalSteps": 3, "epoch": None, "etaSeconds": None
    }  # fmt: skip
    assert "The run is COMPLETED already" in commands.refusal("run", "report", "own")


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (["register", "own", "--model", "m"], 1, "has this outputName"),
        (["register", "new", "--model", "m", "--parameters", "{"], 2, "not valid JSON"),
        (["register", "new", "--model", "m", "--parameters", "[1]"], 1, "parameters must be a JSON object"),
        (["register", "a/b", "--model", ""], 1, "--model must have 1 to 256 characters; it has 0."),
        (["report", "own", "--metric", "loss=1"], 2, "it needs --step"),
        (["report", "own", "--step", "1", "--metric", "loss"], 2, "'loss' is not NAME=VALUE with a number"),
        (["report", "own", "--step", "-1"], 1, "step must be"),
        (["report", "nobody"], 1, "nobody"),
        (["finish", "own", "--status", "failed"], 1, "error is required if status is FAILED"),
        (["compare", "own"], 1, "RUNS must have 2 to 20 runs; it has 1."),
        (["finish", "nobody"], 1, "There is no run 'nobody'"),
    ],
)
def test_bad_input_is_refused(commands: Commands, words: list[str], status: int, message: str):
    commands.succeed("run", "register", "own", "--model", "own/model")

    assert message in commands.refusal("run", *words, status=status)
