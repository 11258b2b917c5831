"""The tables, one file a noun. Importing this package makes ``METADATA`` whole."""

from tunix_rt.db.models.base import METADATA
from tunix_rt.db.models.idempotency import idempotency_keys
from tunix_rt.db.models.scores import scores
from tunix_rt.db.models.traces import traces

__all__ = ["METADATA", "idempotency_keys", "scores", "traces"]
