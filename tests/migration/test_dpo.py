"""The step that accepts the method DPO keeps other runs both ways; an older version cannot represent runs of DPO."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, insert, select, text
from sqlalchemy.exc import IntegrityError

from tests.migration.conftest import Work
from tests.support.factories import START
from tests.support.ledger import run_row
from tunix_rt.db.identity import new_id
from tunix_rt.db.migrate import downgrade, upgrade
from tunix_rt.db.models import evaluation_candidates, evaluations, tunix_runs
from tunix_rt.domain.jobs.ledger import new_job


def store(connection: Connection) -> None:
    """Stores a run of each of three methods, which are the candidates of an evaluation."""
    counts = {"prompt_count": 0, "answer_count": 0, "unscored_count": 0}
    evaluation = {"id": new_id(), "name": "first", "dataset_key": "math-v1", "scorer": "length", "seed": 0}
    connection.execute(insert(evaluations).values(**evaluation, prompt_count=0, **new_job(START)))
    for place, method in enumerate(("SFT", "LORA", "DPO")):
        run = run_row(method=method)
        connection.execute(insert(tunix_runs).values(**run))
        candidate = {"id": new_id(), "evaluation_id": evaluation["id"], "position": place, "name": method}
        connection.execute(insert(evaluation_candidates).values(**candidate, kind="RUN", run_id=run["id"], **counts))


def methods(connection: Connection) -> list[str]:
    """Returns the methods of all runs."""
    return sorted(connection.scalars(select(tunix_runs.c.method)))


def candidates(connection: Connection) -> list[str]:
    """Returns the names of the candidates that have their run."""
    has_run = evaluation_candidates.c.run_id.is_not(None)
    return sorted(connection.scalars(select(evaluation_candidates.c.name).where(has_run)))


def test_other_runs_are_kept_both_ways(database_url: str, on: Work):
    on(database_url, store)

    downgrade(database_url, "0019")
    assert on(database_url, methods) == on(database_url, candidates) == ["LORA", "SFT"]
    with pytest.raises(IntegrityError, match="method"):
        on(database_url, lambda connection: connection.execute(text("UPDATE tunix_runs SET method = 'DPO'")))

    upgrade(database_url)
    assert on(database_url, methods) == ["LORA", "SFT"]
    on(database_url, lambda connection: connection.execute(text("UPDATE tunix_runs SET method = 'DPO'")))
    assert on(database_url, methods) == ["DPO", "DPO"]
