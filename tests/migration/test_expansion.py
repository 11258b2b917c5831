"""Steps that only add to the schema: older servers work with it, and find that out from the database."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, inspect, text

from tests.migration.conftest import Work
from tests.support.newer_version import CONTRACTS, EXPANDS, add_step
from tests.support.waiting import WAIT_SECONDS
from tunix_rt.db import migrate
from tunix_rt.db.migrate import downgrade, migrations_folder, revision_of, revisions, upgrade

LAST = revisions()[-1]
BASELINE = next(path.name[:4] for path in migrations_folder().glob("versions/*_schema_compatibility.py"))
"""The step before which no older server knows that it may use a newer database."""
ADDS = {
    "a default": 'op.add_column("traces", sa.Column("a", sa.Integer(), server_default="0", nullable=False))',
    "a nullable column": 'op.add_column("scores", sa.Column("a", sa.Integer))',
    "a table": 'op.create_table("made_up", sa.Column("a", sa.Integer, primary_key=True))',
    "an index": 'op.create_index("ix_made_up", "scores", ["scorer_version"])',
}
BREAKS = {
    "a column less": 'op.drop_column("rubrics", "created_at")',
    "a table less": 'op.drop_table("rubrics")',
    "a required column": 'op.add_column("rubrics", sa.Column("a", sa.Integer, nullable=False))',
    "a unique index": 'op.create_index("ix_made_up", "scores", ["scorer_version"], unique=True)',
    "a renamed table": 'op.rename_table("rubrics", "criteria")',
}


def described(connection: Connection) -> dict[str, dict[str, Any]]:
    """Returns what programs rely on: columns and constraints of each table."""
    seen = inspect(connection)
    return {
        table: {
            "columns": {column["name"]: column for column in seen.get_columns(table)},
            "unique": {
                *(str(found["name"]) for found in seen.get_unique_constraints(table)),
                *(str(found["name"]) for found in seen.get_indexes(table) if found["unique"]),
            },
            "checks": {str(found["name"]): found["sqltext"] for found in seen.get_check_constraints(table)},
            "foreign": {str(found["name"]) for found in seen.get_foreign_keys(table)},
        }
        for table in seen.get_table_names()
    }


def breaking_parts(before: dict[str, dict[str, Any]], after: dict[str, dict[str, Any]]) -> list[str]:
    """Returns what programs that know the schema before cannot use in the one after it."""
    found = [f"table {name} is gone" for name in before if name not in after]
    for name in before.keys() & after.keys():
        old, new = before[name], after[name]
        for column in old["columns"].keys() | new["columns"].keys():
            was, now = old["columns"].get(column), new["columns"].get(column)
            if now is None:
                found.append(f"column {name}.{column} is gone")
            elif was is None:
                if not now["nullable"] and now["default"] is None and not now.get("identity"):
                    found.append(f"column {name}.{column} is required")
            elif str(was["type"]) != str(now["type"]) or (was["nullable"] and not now["nullable"]):
                found.append(f"column {name}.{column} is narrower")
        for kind in ("unique", "foreign"):
            found += [f"{kind} constraint {added} is new" for added in new[kind] - old[kind]]
        known = old["checks"].items()
        found += [f"check {check} is new" for check, rule in new["checks"].items() if (check, rule) not in known]
    return sorted(found)


def phase_of(revision: str) -> str:
    """Returns what a step declares itself to be; "contract" if it declares nothing."""
    (path,) = (migrate.migrations_folder() / "versions").glob(f"{revision}_*.py")
    return "expand" if '\nphase = "expand"' in path.read_text() else "contract"


def test_each_step_declares_its_phase():
    """Since the baseline, so that the author of a step decides whether older servers work after it."""
    later = revisions()[revisions().index(BASELINE) + 1 :]
    undeclared = []
    for revision in later:
        (path,) = (migrate.migrations_folder() / "versions").glob(f"{revision}_*.py")
        if not re.search(r'^phase = "(expand|contract)"', path.read_text(), re.MULTILINE):
            undeclared.append(path.name)

    assert later
    assert undeclared == []


def test_each_step_that_expands_only_adds(empty_database_url: str, on: Work):
    upgrade(empty_database_url, BASELINE)
    for revision in revisions()[revisions().index(BASELINE) + 1 :]:
        before = on(empty_database_url, described)
        upgrade(empty_database_url, revision)
        found = breaking_parts(before, on(empty_database_url, described))

        assert phase_of(revision) == "contract" or not found, (revision, found)


@pytest.fixture
def more_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Adds a step behind the last one, and returns its revision."""
    folder = tmp_path / "migrations"
    shutil.copytree(migrate.migrations_folder(), folder, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(migrate, "migrations_folder", lambda: folder)
    return lambda *given: add_step(folder / "versions", *given)


@pytest.mark.parametrize("kind", [*ADDS, *BREAKS])
def test_what_only_adds_is_distinguished_from_what_breaks(database_url: str, kind: str, more_steps: Any, on: Work):
    more_steps("expand", {**ADDS, **BREAKS}[kind])
    before = on(database_url, described)
    upgrade(database_url)
    found = breaking_parts(before, on(database_url, described))

    assert bool(found) == (kind in BREAKS), found


def oldest(connection: Connection) -> Any:
    """Returns the oldest revision whose programs can use the database."""
    return connection.execute(text("SELECT oldest_revision FROM schema_compatibility")).scalar_one()


def test_the_database_has_the_last_step_that_is_no_expansion(database_url: str, more_steps: Any, on: Work):
    at_start = on(database_url, oldest)
    expanded, contracted, again = more_steps(*EXPANDS), more_steps(*CONTRACTS), more_steps(*EXPANDS)
    found = []
    for revision in (expanded, contracted, again):
        upgrade(database_url, revision)
        found.append(on(database_url, oldest))
    for revision in (contracted, expanded, LAST):
        downgrade(database_url, revision)
        found.append(on(database_url, oldest))

    assert at_start == max(step for step in revisions() if step <= LAST and phase_of(step) != "expand")
    assert found == [at_start, contracted, contracted, contracted, at_start, at_start]


@contextmanager
def migrating(url: str) -> Iterator[threading.Thread]:
    """Migrates in another thread, which has ended at the end of the block."""
    thread = threading.Thread(target=upgrade, args=(url,))
    thread.start()
    yield thread
    thread.join(WAIT_SECONDS * 3)
    assert not thread.is_alive()


def test_readers_do_not_wait_behind_a_step_that_waits_for_a_long_transaction(
    postgresql_url: str, more_steps: Any, on: Work
):
    target = more_steps("expand", ADDS["a default"])
    count = text("SELECT count(*) FROM traces")
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'traces'::regclass")

    def read_for_long(connection: Connection) -> None:
        connection.execute(count)
        with migrating(postgresql_url) as thread, ThreadPoolExecutor() as other:
            while not other.submit(on, postgresql_url, lambda found: found.execute(waiting).scalar_one()).result():
                assert thread.is_alive()
            reading = other.submit(on, postgresql_url, lambda found: found.execute(count).scalar_one())
            assert reading.result(WAIT_SECONDS * 3) == 0
            connection.rollback()

    on(postgresql_url, read_for_long)

    assert on(postgresql_url, revision_of) == target
