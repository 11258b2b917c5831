"""The models and the migrations describe one and the same database."""

from __future__ import annotations

from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Text, inspect
from sqlalchemy.engine.interfaces import ReflectedColumn

from tests.migration.conftest import Work
from tunix_rt.db.migrate import migrations_folder, revision_of, revisions
from tunix_rt.db.models import METADATA
from tunix_rt.domain.filtering.scores import SCORES
from tunix_rt.domain.filtering.traces import TRACES

# What SQLAlchemy has no model for, and the migrations therefore make by hand.
BY_HAND = {
    "postgresql": {"column traces.search", "index ix_traces_search", "index ix_traces_meta"},
    "sqlite": {
        "table trace_meta",
        "table trace_search",
        "table trace_search_config",
        "table trace_search_data",
        "table trace_search_docsize",
        "table trace_search_idx",
        "default traces.seq",  # an identity column is AUTOINCREMENT here, which is no default
    },
}
LEDGER_CHECKS = (
    "status",
    "attempt_range",
    "progress_range",
    "owner_while_running",
    "lease_of_owner",
    "completed_at_the_end",
)
JOBS = ("datasets", "evaluations", "exports", "generations", "tunix_runs")
TABLES = [table.name for table in METADATA.sorted_tables]


def described(difference: Any) -> str:
    """A difference that alembic found, in a few words."""
    if isinstance(difference, list):
        (kind, _, table, column, *_), *others = difference
        return f"{kind.removeprefix('modify_')} {table}.{column}" + "".join(f" and {other}" for other in others)
    kind, *rest = difference
    if not kind.startswith("remove_"):
        return repr(difference)
    if kind == "remove_column":
        return f"column {rest[1]}.{rest[2].name}"
    return f"{kind.removeprefix('remove_')} {rest[0].name}"


def test_autogenerate_finds_nothing_to_do(database_url: str, on: Work):
    def differences(connection: Connection) -> list[str]:
        options = {"compare_type": True, "compare_server_default": True, "target_metadata": METADATA}
        context = MigrationContext.configure(connection, opts=options)
        return [described(found) for found in compare_metadata(context, METADATA)]

    found = on(database_url, differences)

    assert len(found) == len(set(found))
    assert set(found) == BY_HAND["sqlite" if database_url.startswith("sqlite") else "postgresql"]


def column_facts(column: ReflectedColumn) -> tuple[Any, ...]:
    """Returns the facts of a column; its type with its length, zone and collation."""
    kind = column["type"]
    return (
        column["name"],
        type(kind).__name__,
        str(kind),
        getattr(kind, "collation", None),
        getattr(kind, "timezone", None),
        column["nullable"],
        column.get("comment"),
        bool(column.get("identity")),
    )


def by_name(found: list[Any]) -> dict[Any, Any]:
    """Constraints or indexes by their names."""
    return {part["name"]: part for part in found}


def facts(connection: Connection) -> dict[str, Any]:
    """Returns the database's description of the tables that have models."""
    seen = inspect(connection)
    modelled = {index.name for table in METADATA.sorted_tables for index in table.indexes}
    return {
        table: {
            "columns": [column_facts(column) for column in seen.get_columns(table) if column["name"] != "search"],
            "primary key": seen.get_pk_constraint(table),
            "foreign keys": by_name(seen.get_foreign_keys(table)),
            "unique": by_name(seen.get_unique_constraints(table)),
            "checks": by_name(seen.get_check_constraints(table)),
            "indexes": by_name([found for found in seen.get_indexes(table) if found["name"] in modelled]),
        }
        for table in TABLES
    }


def test_migrations_make_what_the_models_make(database_url: str, empty_twin_url: str, on: Work):
    on(empty_twin_url, METADATA.create_all)

    migrated, modelled = on(database_url, facts), on(empty_twin_url, facts)

    for table in TABLES:
        assert migrated[table] == modelled[table], table
    assert {name for table in TABLES for name in migrated[table]["checks"]} == {
        "ck_audit_events_outcome",
        "ck_traces_step_count_range",
        "ck_traces_char_count_range",
        "ck_scores_kind",
        "ck_scores_step_index_range",
        "ck_datasets_trace_count_range",
        "ck_datasets_whole_when_completed",
        "ck_contaminated_pairs_kind",
        "ck_contaminated_pairs_overlap_range",
        "ck_protected_sets_prompt_count_range",
        "ck_exports_count_range",
        "ck_export_events_status",
        "ck_generations_count_range",
        "ck_generation_labels_label_length",
        "ck_generation_labels_position_range",
        "ck_generation_events_status",
        "ck_trace_origins_finish_reason",
        "ck_trace_origins_count_range",
        "ck_tunix_runs_mode",
        "ck_tunix_runs_method",
        "ck_run_states_status",
        "ck_run_labels_label_length",
        "ck_run_labels_position_range",
        "ck_run_logs_stream",
        "ck_run_metrics_value_kind",
        "ck_run_metrics_value_while_finite",
        "ck_run_weights_step_range",
        "ck_saved_views_page",
        "ck_run_artifacts_kind",
        "ck_run_artifacts_byte_size_range",
        "ck_evaluations_samples_range",
        "ck_evaluations_prompt_count_range",
        "ck_evaluation_events_status",
        "ck_evaluation_candidates_kind",
        "ck_evaluation_candidates_mean_with_interval",
        "ck_evaluation_candidates_count_range",
        "ck_evaluation_pairs_test",
        "ck_evaluation_pairs_p_value_range",
        "ck_evaluation_rivals_p_value_range",
        *(f"ck_{table}_{check}" for table in JOBS for check in LEDGER_CHECKS),
    }


@pytest.fixture
def empty_twin_url(request: pytest.FixtureRequest, database_url: str, tmp_path: Any) -> str:
    """An empty database of the same kind as ``database_url``."""
    if database_url.startswith("sqlite"):
        return f"sqlite+aiosqlite:///{tmp_path / 'twin.db'}"
    url: str = request.getfixturevalue("empty_postgresql_url")
    return url


def test_every_constraint_and_index_has_a_name(database_url: str, on: Work):
    found = on(database_url, facts)

    for table in TABLES:
        for kind in ("foreign keys", "unique", "checks", "indexes"):
            assert all(found[table][kind]), (table, kind)


def test_every_text_that_filters_compare_is_in_code_point_order(postgresql_url: str, on: Work):
    def collations(connection: Connection) -> dict[str, Any]:
        seen = inspect(connection)
        return {
            f"{noun.table.name}.{column['name']}": getattr(column["type"], "collation", None)
            for noun in (TRACES, SCORES)
            for column in seen.get_columns(noun.table.name)
            if column["name"] in {known.name for known in noun.columns.values()} and isinstance(column["type"], Text)
        }

    found = on(postgresql_url, collations)

    assert len(found) == 14
    assert set(found.values()) == {"C"}, found


def test_a_migrated_database_is_at_the_last_revision(database_url: str, on: Work):
    assert on(database_url, revision_of) == revisions()[-1]


def test_revisions_are_numbered_without_gaps_and_each_follows_the_one_before():
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(migrations_folder()))
    scripts = ScriptDirectory.from_config(config)

    assert revisions() == [f"{number:04}" for number in range(1, len(revisions()) + 1)]
    assert scripts.get_heads() == [revisions()[-1]]
    for revision, before in zip(revisions(), [None, *revisions()], strict=False):
        assert scripts.get_revision(revision).down_revision == before
