"""Redacts the signatures of download URLs in logs, which more people can read than may download."""

from __future__ import annotations

import logging
import re
from typing import Any

SIGNATURE = re.compile(r"(signature=)[^&\s\"']+", re.IGNORECASE)
LOGGERS = ("uvicorn.access", "uvicorn.error")
"""Those that log requests with their query."""


class RedactSignatures(logging.Filter):
    """Puts a placeholder in place of every signature in a record."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = redact(record.msg)
        if isinstance(record.args, tuple):
            record.args = tuple(map(redact, record.args))
        return True


def redact(value: Any) -> Any:
    """Returns a value without the signatures in it, where it is a text."""
    return SIGNATURE.sub(r"\1…", value) if isinstance(value, str) else value


def redact_logs() -> None:
    """Installs the redaction on all request logs."""
    for name in LOGGERS:
        logger = logging.getLogger(name)
        if not any(isinstance(found, RedactSignatures) for found in logger.filters):
            logger.addFilter(RedactSignatures())
