"""The module of each root field of queries, for a schema that has only some of them."""

from __future__ import annotations

from collections.abc import Mapping

from strawberry.utils.str_converters import to_camel_case

ROOTS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "audit": ("AuditQueries", ("audit_events",)),
    "contamination": (
        "ContaminationQueries",
        ("contamination", "contaminations", "protected_set", "protected_sets"),
    ),
    "datasets": ("DatasetQueries", ("dataset", "datasets", "dataset_overlap")),
    "evaluations": ("EvaluationQueries", ("evaluation", "evaluations", "leaderboard")),
    "exports": ("ExportQueries", ("export", "exports")),
    "generations": ("GenerationQueries", ("generation", "generations")),
    "groups": ("GroupQueries", ("trace_groups", "trace_group", "trace_group_summary")),
    "keys": ("KeyQueries", ("viewer", "key", "keys")),
    "rubrics": ("RubricQueries", ("rubric", "rubrics")),
    "runs": ("RunQueries", ("run", "runs", "run_job_set", "compare_runs", "base_models")),
    "scores": ("ScoreQueries", ("score", "scores", "scorers", "scorers_in_use")),
    "server": ("ServerQueries", ("server_info", "health", "workers", "engines", "tunix_status", "ungar_status")),
    "traces.stored": ("TraceQueries", ("trace", "traces")),
    "traces.summaries": (
        "TraceSummaryQueries",
        ("meta_paths", "sources", "trace_distributions", "compare_traces", "scorer_agreement"),
    ),
    "views": ("ViewQueries", ("saved_view", "saved_views")),
}
"""The class of each module of ``api.roots``, and its fields: named here, since importing them all takes long."""

MODULES = {to_camel_case(field): module for module, (_, fields) in ROOTS.items() for field in fields}
"""The module of each root field, by its name in the schema."""
