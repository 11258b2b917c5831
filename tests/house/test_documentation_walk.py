"""README, tutorial, guides and reference work word for word, one after the other, in one data folder."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.apart import DATABASES, run_apart
from tests.support.blocks import APART, WALKED, Command, commands_in
from tests.support.documentation import BLOCK, PAGES, name_of
from tests.support.postgres import PostgresServer
from tests.support.runs import StandIn, stand_in
from tests.support.servers import serving
from tests.support.walk import Walk, furnish, pages_in_order, steps_of

__all__ = ["stand_in"]

RUN = (["sh"], ["python"])
"""The languages of blocks that are run."""
OWN = {"python notebook", "python program", "python scorer", "sh reference"}
"""The marks of blocks that other tests run."""
REASON = re.compile(r"\w+ elsewhere \([^()]{10,}\)")


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


@pytest.mark.parametrize("page", [page for page in PAGES if list(commands_in(page, APART))], ids=name_of)
def test_the_blocks_that_run_apart_work(page: Path, postgres: PostgresServer, tmp_path: Path):
    try:
        run_apart(page, tmp_path, postgres)
    finally:
        for name in DATABASES:
            postgres.drop_database(name)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_block_is_executed_or_has_a_reason(page: Path):
    marks = {block["info"] for block in BLOCK.finditer(page.read_text()) if block["info"].split()[:1] in RUN}
    unknown = {mark for mark in marks - WALKED - APART - OWN if not REASON.fullmatch(mark)}

    assert not unknown


def test_every_page_with_something_to_do_is_walked():
    walked = pages_in_order()
    commands = [step for page in walked for step in steps_of(page) if isinstance(step, Command)]

    assert {page for page in PAGES if steps_of(page)} <= set(walked)
    assert len(commands) > 10
