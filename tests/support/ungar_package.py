"""UNGAR for tests: the stand-in always, the package itself too where it is installed, and its absence."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

STAND_INS = Path(__file__).parent / "stand_ins"
PACKAGES = ["stand-in", *(["installed"] if importlib.util.find_spec("ungar") else [])]
"""What there is to test with on this machine."""


def forget(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes the package importable again, and restores the previous modules after the test."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "ungar"]:
        monkeypatch.delitem(sys.modules, name)


def use(monkeypatch: pytest.MonkeyPatch, package: str) -> None:
    """Makes one of ``PACKAGES`` the one that is imported."""
    forget(monkeypatch)
    if package == "stand-in":
        monkeypatch.syspath_prepend(STAND_INS)


def hide(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes the package one that is not installed."""
    forget(monkeypatch)
    monkeypatch.setitem(sys.modules, "ungar", None)
