"""What is generated of the client is up to date, and the sync client is the async one without waiting."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import tunix_rt_client
from codegen.generate import stale
from codegen.operations import Operations
from codegen.sync import sync_module
from tests.support.repository import ROOT
from tunix_rt_client import (
    AsyncClient,
    AsyncDataset,
    AsyncEvaluation,
    AsyncExport,
    AsyncGeneration,
    AsyncRun,
    AsyncTraces,
)

PACKAGE = ROOT / "client" / "python" / "tunix_rt_client"
PAIRS = [
    (AsyncClient, tunix_rt_client.Client),
    (AsyncDataset, tunix_rt_client.Dataset),
    (AsyncEvaluation, tunix_rt_client.Evaluation),
    (AsyncExport, tunix_rt_client.Export),
    (AsyncGeneration, tunix_rt_client.Generation),
    (AsyncRun, tunix_rt_client.Run),
    (AsyncTraces, tunix_rt_client.Traces),
]


def test_generated_modules_are_up_to_date():
    assert stale() == []


def test_an_operation_that_the_schema_does_not_have_is_refused(tmp_path: Path):
    (tmp_path / "wrong.graphql").write_text("query Wrong { traces { nodes { nothing } } }")
    with pytest.raises(ValueError, match="Cannot query field 'nothing' on type 'Trace'"):
        Operations.read(ROOT / "schema.graphql", tmp_path)


@pytest.mark.parametrize(("asynchronous", "synchronous"), PAIRS)
def test_both_clients_have_the_same_methods(asynchronous: type, synchronous: type):
    assert methods_of(asynchronous) == {
        {"close": "aclose"}.get(name, name): parameters for name, parameters in methods_of(synchronous).items()
    }
    assert inspect.getmembers(asynchronous, inspect.iscoroutinefunction)
    assert not inspect.getmembers(synchronous, inspect.iscoroutinefunction)


def methods_of(owner: type) -> dict[str, list[str]]:
    """Returns the public methods of a class with the names of their parameters."""
    found = inspect.getmembers(owner, inspect.isfunction)
    return {name: list(inspect.signature(value).parameters) for name, value in found if not name.startswith("_")}


def test_no_word_of_the_async_client_is_left_in_the_sync_one():
    words = re.compile(r"\b(await|async|asyncio|aiter_\w+|aread|aclose|Async[A-Z]\w*)\b")
    for module in (PACKAGE / "_async").rglob("*.py"):
        left = words.findall(sync_module(module.read_text(), module.name).partition("\n")[2])
        assert left == [], module.name


def test_importing_the_client_reads_nothing_that_takes_long():
    extras = {"pandas", "pyarrow", "datasets", "matplotlib", "websockets", "tqdm", "httpx", "asyncio", "rich"}
    code = f"import sys, tunix_rt_client; print(sorted({extras} & sys.modules.keys()))"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=PACKAGE.parent, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_every_public_method_is_used_by_a_test():
    tests = "\n".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    unused = {
        f"{owner.__name__}.{name}"
        for _, owner in PAIRS
        for name in methods_of(owner)
        if not re.search(rf"\.{name}\(", tests) and name not in INTERNAL
    }
    assert unused == set()


INTERNAL = {
    "bind",
    "changed",
    "connection_of",
    "copy_from",
    "failure",
    "limited",
    "nodes",
    "pages",
    "record_of",
    "require_whole",
    "where",
}
"""Methods that the client's own modules call."""


def test_the_package_is_built_with_its_types(tmp_path: Path):
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path)]
    subprocess.run([*command, str(PACKAGE.parent)], check=True, capture_output=True)
    (wheel,) = tmp_path.glob("tunix_rt_client-*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {
        "tunix_rt_client/py.typed",
        "tunix_rt_client/_sync/client.py",
        "tunix_rt_client/_generated/records.py",
    } <= names
    assert not any("codegen" in name for name in names)
