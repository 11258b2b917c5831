"""Redaction of the signatures of download URLs in logs, which people without access to the files may read."""

from __future__ import annotations

import logging
import re
from typing import Any

SIGNATURE = re.compile(r"(signature=)[^&\s\"']+", re.IGNORECASE)
LOGGERS = ("uvicorn.access", "uvicorn.error")
"""The loggers that log requests with their query."""


class RedactSignatures(logging.Filter):
    """Replaces every signature in a log record by a placeholder."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = redact(record.msg)
        if isinstance(record.args, tuple):
            record.args = tuple(map(redact, record.args))
        return True


def redact(value: Any) -> Any:
    """Returns a text with its signatures replaced; any other value unchanged."""
    return SIGNATURE.sub(r"\1…", value) if isinstance(value, str) else value


def redact_logs() -> None:
    """Installs the redaction on all loggers of requests."""
    for name in LOGGERS:
        logger = logging.getLogger(name)
        if not any(isinstance(found, RedactSignatures) for found in logger.filters):
            logger.addFilter(RedactSignatures())
