"""The logs of the server and of its processes, on standard error."""

from __future__ import annotations

import logging

LINE = "%(asctime)s %(levelname)s %(name)s: %(message)s"
LIBRARIES = ("alembic", "httpx", "uvicorn")
"""The libraries that log each of their steps or requests at ``info``."""


def set_up_logging(level: str) -> None:
    """Writes the logs of this process to standard error; informational ones of libraries at ``debug`` only.

    Args:
        level: the lowest level that is logged, in lower case.
    """
    logging.basicConfig(level=level.upper(), format=LINE)
    if level != "debug":
        for name in LIBRARIES:
            logging.getLogger(name).setLevel(logging.WARNING)
