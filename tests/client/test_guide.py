"""The guide for notebooks: its blocks run in order against a real server, and its experiment is short."""

from __future__ import annotations

import sys
from pathlib import Path

import matplotlib as mpl
import pytest

from tests.support.documentation import BLOCK, DOCS
from tests.support.repository import ROOT
from tests.support.runs import StandIn
from tests.support.servers import serving
from tunix_rt_client import Client

mpl.use("agg")
PACKAGE = ROOT / "client" / "python"
ROWS = [{"prompt": "1 + 1?", "steps": "Add.", "final_answer": "2"}]
BLOCKS = [
    found["text"]
    for found in BLOCK.finditer((DOCS / "guides" / "notebook.md").read_text())
    if found["info"] == "python notebook"
]


def test_the_experiment_takes_at_most_25_lines_and_no_graphql():
    experiment = BLOCKS[0]
    assert len([line for line in experiment.splitlines() if line.strip()]) <= 25
    assert not any(word in experiment for word in ("query", "mutation", "nodes", "edges"))


def test_the_example_of_the_package_runs(client: Client):
    client.import_traces(ROWS, set={"source": "gsm8k"})
    (example,) = [found["text"] for found in BLOCK.finditer((PACKAGE / "README.md").read_text())]
    names: dict[str, object] = {}
    exec(example.replace("http://127.0.0.1:8000", client.connection.url), names)  # noqa: S102
    names["client"].close()  # type: ignore[attr-defined]

    assert len(names["frame"]) == len(ROWS)  # type: ignore[arg-type]


def test_the_blocks_run_in_order(
    tmp_path: Path, trainer: StandIn, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.chdir(tmp_path)
    trainer.does(steps=20, lines=5)
    with serving([sys.executable, "-m", "tunix_rt"], tmp_path, trainer.environment) as server:
        names: dict[str, object] = {}
        for block in BLOCKS:
            exec(block.replace("Client()", f"Client({server.url!r})"), names)  # noqa: S102
        names["client"].close()  # type: ignore[attr-defined]
    shown = capsys.readouterr().out
    for expected in ("0 prompts in both", "1 added", "1 scores", "learningRate", "COMPLETED", "events"):
        assert expected in shown
    assert (tmp_path / "train.parquet").exists()
    assert (tmp_path / "model.zip").exists()
