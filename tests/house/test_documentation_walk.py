"""README, tutorial, guides and reference work word for word, one after the other, in one data folder."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.documentation import DOCS, PAGES
from tests.support.postgres import PostgresServer
from tests.support.runs import StandIn, stand_in
from tests.support.servers import serving
from tests.support.walk import Command, Walk, commands_in, furnish, pages_in_order, run_with_postgresql, steps_of

__all__ = ["stand_in"]


@pytest.fixture
def walk(tmp_path: Path, stand_in: StandIn) -> Iterator[Walk]:
    """The first start in a checkout, as a reader sees it; what trains is a stand-in, which is quick."""
    variables = furnish(tmp_path)
    settings = {"TUNIX_RT_DATA_DIR": str(tmp_path / ".tunix-rt"), "TUNIX_RT_TRAINER_PYTHON": str(stand_in.python)}
    with (
        serving([sys.executable, "-m", "tunix_rt"], tmp_path, settings) as server,
        httpx.Client(base_url=server.url, trust_env=False, timeout=60) as client,
    ):
        yield Walk(server, client, tmp_path, variables)


def test_every_page_answers_as_shown_after_those_before_it(walk: Walk):
    for page in pages_in_order():
        walk.go(page)


def test_the_blocks_for_postgresql_work(postgres: PostgresServer, tmp_path: Path):
    pages = [page for page in PAGES if list(commands_in(page, {"sh postgresql"}))]
    assert pages == [DOCS / "guides" / "operating.md"]
    try:
        run_with_postgresql(pages[0], tmp_path, postgres)
    finally:
        postgres.drop_database("tunix_rt")
        postgres.drop_database("tunix_rt_restored")


def test_every_page_with_something_to_do_is_walked():
    walked = pages_in_order()
    commands = [step for page in walked for step in steps_of(page) if isinstance(step, Command)]

    assert {page for page in PAGES if steps_of(page)} <= set(walked)
    assert len(commands) > 10
