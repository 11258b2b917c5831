"""The notebooks: executed against a real server, with a real training, and compared with their stored outputs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from nbformat import NotebookNode

from tests.tools.notebooks import FOLDER, NAMES, VARIES, execute, read_notebook

LARGEST = 100_000
"""Bytes of a notebook with its outputs."""


def outputs_of(cell: NotebookNode) -> list[Any]:
    """Returns what must be equal in two executions of a cell: its outputs, or only their kinds where they vary."""
    if VARIES not in cell.metadata.get("tags", ()):
        return joined(cell.outputs)
    return [(output["output_type"], sorted(output.get("data", {}))) for output in joined(cell.outputs)]


def joined(outputs: list[Any]) -> list[dict[str, Any]]:
    """Returns outputs with neighbouring pieces of one stream joined, which a kernel cuts anywhere."""
    found: list[dict[str, Any]] = []
    for output in map(dict, outputs):
        if (
            found
            and output["output_type"] == found[-1]["output_type"] == "stream"
            and output["name"] == found[-1]["name"]
        ):
            found[-1]["text"] += output["text"]
        else:
            found.append(output)
    return found


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_shows_what_its_execution_yields(name: str, tmp_path: Path):
    stored, executed = read_notebook(name), execute(name, tmp_path)
    for was, now in zip(stored.cells, executed.cells, strict=True):
        if was.cell_type == "code":
            assert outputs_of(now) == outputs_of(was), was.source
            assert now.execution_count == was.execution_count
            assert not any(output.get("name") == "stderr" for output in now.outputs), was.source


def test_notebooks_are_small_and_mostly_reproducible():
    assert sorted(path.stem for path in FOLDER.glob("*.ipynb")) == sorted(NAMES)
    for name in NAMES:
        assert (FOLDER / f"{name}.ipynb").stat().st_size < LARGEST
        shown = [cell for cell in read_notebook(name).cells if cell.cell_type == "code" and cell.outputs]
        varying = [cell for cell in shown if VARIES in cell.metadata.get("tags", ())]
        assert 2 * len(varying) <= len(shown), name
