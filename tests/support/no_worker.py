"""Settings of a server that runs no jobs, so that jobs stay as tests store them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tunix_rt.settings import Settings


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """The settings of a server that runs no jobs."""
    return replace(settings, worker=False)
