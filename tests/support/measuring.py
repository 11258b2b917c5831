"""Which tests are measured for coverage: measuring doubles what a test costs, so that nothing is measured twice."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

BY_DATABASE = ("database_url", "empty_database_url")
"""The fixtures whose tests run on both databases, on SQLite first."""

UNMEASURED = (
    "tests/house/",
    "tests/http/test_audits.py",
    "tests/api/test_fuzz.py",
    # Whole trainings, whose trainers run what those of tests/trainer run.
    "tests/integrations/test_tunix_rollouts.py::test_real_trainings_send_the_rewards_and_the_losses_that_tunix_reports",
    "tests/jobs/remote/test_real_resume.py",
    "tests/jobs/test_generation.py",
    "tests/jobs/test_grpo_training.py",
    "tests/jobs/test_training.py",
    "tests/trainer/test_preferences.py::test_a_killed_run_resumes_with_the_same_weights",
    "tests/trainer/test_resuming.py::test_a_killed_run_resumes_with_the_same_result",
    "tests/trainer/test_rollouts.py::test_a_killed_run_resumes_with_the_same_weights_and_samples_nothing_twice",
    "tests/trainer/test_rollouts.py::test_the_losses_and_sums_are_those_of_tunix_own_learner",
    # Users of a whole server, whose parts the tests of the API and of jobs run.
    "tests/client/",
    "tests/e2e/",
    "tests/jobs/test_server_crash.py",
    # What all migrations together run, from none of them to the last and back, is measured.
    "tests/migration/test_steps.py::test_each_step_down_and_up_keeps_the_data_and_makes_the_same",
    # What they measure is memory, of tens of thousands of equal rows.
    "tests/api/live/test_stream_memory.py",
    "tests/cli/test_import_tables.py::test_memory_does_not_grow_with_a_table",
    # Of all that the tests run, these files add 13 branches to what the others run, and take a sixth of the time.
    "tests/api/datasets/test_datasets.py",
    "tests/api/execution/test_documents.py",
    "tests/api/execution/test_statement_counts.py",
    "tests/api/test_messages.py",
    "tests/api/traces/test_delete_traces.py",
    "tests/cli/test_data_dir.py",
    "tests/cli/test_serve.py",
    "tests/db/test_crash.py",
    "tests/db/test_deletion.py",
    "tests/db/test_integrity.py",
    "tests/domain/test_math_verify.py",
    "tests/jobs/engines/test_slurm_cluster.py",
    "tests/jobs/remote/test_attempt_process.py",
    "tests/jobs/remote/test_remote_worker.py",
    "tests/jobs/test_export_recovery.py",
    "tests/jobs/test_killed_processes.py",
    "tests/jobs/test_path_redaction.py",
    "tests/jobs/test_queue.py",
    "tests/jobs/test_run_queue.py",
    "tests/migration/test_drift.py",
    "tests/property/test_ledger.py",
    "tests/property/test_reasoning_templates.py",
    "tests/property/test_round_trips.py",
    "tests/trainer/test_training.py",
)
"""Tests of rules, random documents, the whole, kills and memory: what they run, the tests of its parts run as well."""

HANDED_ON = "COVERAGE_PROCESS_CONFIG"
"""The variable by which processes that a test starts are measured too."""

ALONE = f"""
import os, runpy, sys
os.environ.pop({HANDED_ON!r}, None)
runpy.run_module("tunix_rt", run_name="__main__", alter_sys=True)
"""
"""The program, whose own processes are not measured."""


def is_measured(item: pytest.Item) -> bool:
    """Whether a test counts for coverage: not what repeats a test on PostgreSQL, nor what is listed."""
    callspec = getattr(item, "callspec", None)
    params = {} if callspec is None else callspec.params
    repeats = any(params.get(fixture) == "postgresql" for fixture in BY_DATABASE)
    return not repeats and not item.nodeid.startswith(UNMEASURED)


@contextmanager
def unmeasured() -> Iterator[None]:
    """Pauses the measuring of this process, and of those that it starts."""
    module = sys.modules.get("coverage")
    current = None if module is None else module.Coverage.current()
    if current is None:
        yield
        return
    config = os.environ.pop(HANDED_ON, None)
    current.stop()
    try:
        yield
    finally:
        current.start()
        if config is not None:
            os.environ[HANDED_ON] = config
