"""The step that renames the mode LOCAL to TRAIN takes stored runs, their parameters and saved views with it."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import Connection, insert, select, text
from sqlalchemy.exc import IntegrityError

from tests.migration.conftest import Work
from tests.support.factories import START
from tests.support.ledger import run_row
from tunix_rt.db.migrate import downgrade, upgrade
from tunix_rt.db.models import tunix_runs
from tunix_rt.db.models.runs import RunMode
from tunix_rt.db.models.views import saved_views
from tunix_rt.domain.runs.config import RunConfig, config_json

SEARCH = '?q=mode%3ALOCAL&where=%7B%22mode%22%3A%7B%22eq%22%3A%22TRAIN%22%7D%7D&other={"mode":{"eq":"TRAIN"}}'
VIEW = {"id": uuid.UUID(int=5), "page": "RUNS", "name": "trained", "search": SEARCH, "created_at": START}


def store(connection: Connection) -> None:
    """Stores a run of each mode, one without parameters, and a view of runs that train."""
    for mode in RunMode:
        config = RunConfig(dataset_id=uuid.UUID(int=1), model_id="LOCAL", mode=mode)
        connection.execute(insert(tunix_runs).values(**run_row(mode=mode.value, config=config_json(config))))
    connection.execute(insert(tunix_runs).values(**run_row(mode="TRAIN", config=None)))
    connection.execute(insert(saved_views).values(**VIEW))


def stored(connection: Connection) -> list[object]:
    """Returns the modes and parameters of all runs, and the views."""
    runs = connection.execute(select(tunix_runs.c.mode, tunix_runs.c.config).order_by(tunix_runs.c.id))
    return [*map(tuple, runs), *connection.scalars(select(saved_views.c.search))]


def test_stored_runs_and_views_are_renamed_both_ways(database_url: str, on: Work):
    on(database_url, store)
    before = on(database_url, stored)

    downgrade(database_url, "0015")
    modes = on(database_url, lambda connection: connection.scalars(select(tunix_runs.c.mode)).all())
    assert sorted(modes) == ["DRY_RUN", "LOCAL", "LOCAL"]
    (search,) = on(database_url, lambda connection: connection.scalars(select(saved_views.c.search)).all())
    assert search == SEARCH.replace("TRAIN", "LOCAL")
    configs = on(database_url, lambda connection: connection.scalars(select(tunix_runs.c.config)).all())
    assert sorted(config["mode"] for config in configs if config) == ["DRY_RUN", "LOCAL"]

    upgrade(database_url)
    assert on(database_url, stored) == before
    with pytest.raises(IntegrityError, match="mode"):
        on(database_url, lambda connection: connection.execute(text("UPDATE tunix_runs SET mode = 'LOCAL'")))
