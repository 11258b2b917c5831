"""Tunix is imported module by module, so that a program waits for what it uses only."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from unittest.mock import patch

import pytest

from tunix_rt.trainer.tunix_package import import_by_module


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of packages, in front of all others; what the test imports is taken out again."""
    monkeypatch.syspath_prepend(str(tmp_path))
    with patch.dict(sys.modules):
        yield tmp_path


def test_a_module_is_imported_without_the_whole_package(folder: Path):
    (folder / "tunix").mkdir()
    (folder / "tunix" / "__init__.py").write_text("raise RuntimeError('all of it is imported')")
    (folder / "tunix" / "part.py").write_text("VALUE = 7")

    import_by_module()

    assert import_module("tunix.part").VALUE == 7


def test_without_tunix_its_import_fails_as_ever(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "path", [str(folder)])

    import_by_module()

    with pytest.raises(ModuleNotFoundError, match="tunix"):
        import_module("tunix.part")
