"""The browser of the end-to-end tests, which asks nobody on the network anything, and the servers that it shows."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Playwright, expect

from tests.support.browser import Seen
from tests.support.runs import make_stand_in
from tests.support.servers import RunningServer, serving
from tests.support.stock import Stock, fill
from tests.support.ungar_package import STAND_INS
from tests.tools.browser import ARGUMENTS, INSTALL, find_chromium

WAIT_SECONDS = 20
"""How long something may take to appear: no measure of speed, only the end of waiting for what does not come."""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any], playwright: Playwright) -> dict[str, Any]:
    """Returns the options with which Playwright starts the browser."""
    executable = find_chromium(playwright)
    if executable is None:
        pytest.fail(INSTALL, pytrace=False)
    return {**browser_type_launch_args, "executable_path": executable, "args": ARGUMENTS}


@pytest.fixture(scope="session", autouse=True)
def wait_limit() -> None:
    """Lets slow machines take their time."""
    expect.set_options(timeout=WAIT_SECONDS * 1000)


@pytest.fixture
def seen(context: BrowserContext) -> Iterator[Seen]:
    """Records the test's browser; complaints and foreign requests fail the test at its end.

    A test that provokes complaints checks them, and clears the list.
    """
    seen = Seen()
    seen.watch(context)
    yield seen
    assert seen.requests
    assert seen.foreign() == []
    assert seen.complaints == []


@pytest.fixture
def empty_server(tmp_path: Path) -> Iterator[RunningServer]:
    """A server process on a separate SQLite database without any data, for one test."""
    with serving([sys.executable, "-m", "tunix_rt"], tmp_path, {"TUNIX_RT_LOAD_SAMPLES": "false"}) as running:
        yield running


@pytest.fixture(scope="session")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stock]:
    """A server that has something on each page, where a trainer and UNGAR are stand-ins.

    Its tests delete nothing of the stock.
    """
    folder = tmp_path_factory.mktemp("stock")
    trainer = make_stand_in(folder)
    environment = trainer.environment | {"PYTHONPATH": str(STAND_INS)}
    with serving([sys.executable, "-m", "tunix_rt"], folder, environment) as running:
        yield fill(running, trainer)
