"""Executes the notebooks of the Python client, each on a fresh data folder, and stores their outputs.

python -m tests.tools.notebooks [NAME...]
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

from tests.support.repository import ROOT
from tests.support.servers import clean_environment

FOLDER = ROOT / "client" / "notebooks"
NAMES = ("explore-and-curate", "train-and-watch", "grade-and-compare")
CELL_SECONDS = 1800
"""The most that a cell may take before the execution is given up, on a machine that does much else."""
VARIES = "varies"
"""The tag of cells whose outputs differ from one execution to the next, or from one machine to the next."""


def read_notebook(name: str) -> NotebookNode:
    """Returns a notebook as it is stored."""
    return nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)


def execute(name: str, folder: Path) -> NotebookNode:
    """Returns a notebook with the outputs of its execution in a folder.

    Raises:
        nbclient.exceptions.CellExecutionError: a cell raised an error; the message has it.
    """
    notebook = read_notebook(name)
    client = NotebookClient(
        notebook, timeout=CELL_SECONDS, record_timing=False, resources={"metadata": {"path": str(folder)}}
    )
    with patch.dict(os.environ, kernel_environment(folder), clear=True):
        client.execute()
    for cell in notebook.cells:
        cell.metadata = {"tags": cell.metadata["tags"]} if "tags" in cell.metadata else {}
    return notebook


def kernel_environment(folder: Path) -> dict[str, str]:
    """Returns the variables of a kernel: the client on its path, plots within the notebook, no settings of tests."""
    return clean_environment() | {
        "PYTHONPATH": str(ROOT / "client" / "python"),
        "PYTHONWARNINGS": "ignore:IProgress not found",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "MPLCONFIGDIR": str(folder),
        "IPYTHONDIR": str(folder),
        "JUPYTER_DATA_DIR": str(folder),
    }


def main(names: Sequence[str]) -> None:
    """Executes notebooks and stores them with their outputs."""
    for name in names or NAMES:
        with TemporaryDirectory() as folder:
            nbformat.write(execute(name, Path(folder)), FOLDER / f"{name}.ipynb")
        print(name)


if __name__ == "__main__":
    main(sys.argv[1:])
